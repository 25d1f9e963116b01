//! Gradients of the gain and of the bias, for unichain and multichain models (theory, 2.4).
//!
//! ```text
//! ∇g = P*(q_h ∇π) + D((pg) ∇π)
//! ∇h = D((r + ph) ∇π − ∇g) − P*((p D h) ∇π)
//! ```
//!
//! The second term of ∇g is the change of the absorption probabilities; it vanishes for a unichain
//! model, whose g is constant. The line for ∇h differentiates g + h = r^π + Ph and P*h = 0; it
//! agrees with h' = D' r^π + D r^π' and D' = Z (P' − P*') Z − P*' (Kato 1980, chapter II).

use nalgebra::DMatrix;

use super::agreement::{slopes, steepest};
use super::criterion::{Checks, Derivatives};
use super::finite_difference::{scales, third_by_slopes};
use super::finite_horizon::{add_direct_effect, assembled, pair_with_slopes, times_policy};
use super::hessian_error;
use super::sensitivity::{Sensitivity, in_the_long_run};
use crate::chain::Structure;
use crate::error::Error;
use crate::evaluation::average_accuracy::{LongRunErrors, within_rewards};
use crate::evaluation::{Average, accuracy};
use crate::field::UNIT;
use crate::linalg::{Csr, Solvable, SolverOptions, largest};
use crate::mdp::Mdp;
use crate::policy::Policy;
use crate::solved::Solved;

/// W(s, a) = (ρ₀P*)(s) q_h(s, a) + (ρ₀D)(s) ((pg)(s, a) − g(s)) \[SA\], so that ∇J = W ∇π for
/// J = ρ₀g: one transposed solve with P* and, for a multichain model, one with D.
///
/// Errors if an iterative solver gave up.
pub fn weights<F: Solvable>(average: &Average<F>, mdp: &Mdp<F>) -> Result<Vec<F>, Error> {
    weigh(average, mdp, |_| F::zero())
}

/// Pair weights \[SA\] with q_h − h for q_h: the same gradient from smaller numbers, since Σₐ ∇π = 0.
pub fn centered_weights<F: Solvable>(average: &Average<F>, mdp: &Mdp<F>) -> Result<Vec<F>, Error> {
    weigh(average, mdp, F::clone)
}

fn weigh<F: Solvable>(
    average: &Average<F>,
    mdp: &Mdp<F>,
    baseline: impl Fn(&F) -> F,
) -> Result<Vec<F>, Error> {
    Error::check_pairs(mdp.space(), average.space())?;
    let (space, q) = (mdp.space(), average.q_over_bias(mdp));
    let (rho, h) = (average.occupancy(), average.bias());
    let mut weights: Vec<F> = (0..mdp.pairs())
        .map(|pair| {
            let s = space.state_of(pair);
            (q[pair].clone() - baseline(&h[s])) * &rho[s]
        })
        .collect();
    if !average.long_run().structure().is_unichain() {
        let drift = average.long_run().deviation_row(mdp.initial())?;
        let rises = gain_rise(average, mdp);
        for (pair, rise) in rises.into_iter().enumerate() {
            weights[pair] += rise * &drift[space.state_of(pair)];
        }
    }
    Ok(weights)
}

/// Errors with [`Error::OtherSpace`] unless the policy and what was made of it are those of a model.
fn check<F: Solvable>(average: &Average<F>, mdp: &Mdp<F>, policy: &Policy<F>) -> Result<(), Error> {
    Error::check_space(mdp, policy)?;
    Error::check_pairs(mdp.space(), average.space())
}

/// ∇g [S, d]; d applications of P* and, for a multichain model, of D.
///
/// Errors if an iterative solver gave up, and with [`Error::TooLarge`] where n·d numbers are too many.
pub fn jacobian<F: Solvable>(
    average: &Average<F>,
    mdp: &Mdp<F>,
    policy: &Policy<F>,
) -> Result<DMatrix<F>, Error> {
    check(average, mdp, policy)?;
    Error::check_size("jacobian", mdp.states(), policy.parameters())?;
    let run = average.long_run();
    let direct = direct_effect(mdp, policy, &average.q_over_bias(mdp));
    let mut jacobian = by_column(direct, |x| run.limit(x))?;
    if !run.structure().is_unichain() {
        let absorption = direct_effect(mdp, policy, &gain_rise(average, mdp));
        let absorption = by_column(absorption, |x| run.deviation(x))?;
        jacobian.zip_apply(&absorption, |x, y| *x += y);
    }
    Ok(jacobian)
}

/// ∇h [S, d], given ∇g.
///
/// Errors if an iterative solver gave up, and with [`Error::TooLarge`] where n·d numbers are too many.
pub fn bias_jacobian<F: Solvable>(
    average: &Average<F>,
    mdp: &Mdp<F>,
    policy: &Policy<F>,
    gain_jacobian: &DMatrix<F>,
) -> Result<DMatrix<F>, Error> {
    check(average, mdp, policy)?;
    let shape = (mdp.states(), policy.parameters());
    Error::check_length("column of ∇g", shape.0, gain_jacobian.nrows())?;
    Error::check_length("row of ∇g", shape.1, gain_jacobian.ncols())?;
    Error::check_size("jacobian", shape.0, shape.1)?;
    let run = average.long_run();
    let mut direct = direct_effect(mdp, policy, &average.q_over_bias(mdp));
    direct.zip_apply(gain_jacobian, |x, y| *x -= y);
    let mut jacobian = by_column(direct, |x| run.deviation(x))?;
    let second = mdp.p().mul(&run.deviation(average.bias())?);
    let second = by_column(direct_effect(mdp, policy, &second), |x| run.limit(x))?;
    jacobian.zip_apply(&second, |x, y| *x -= y);
    Ok(jacobian)
}

/// ∇²(ρ₀g) [d, d] for J = ρ₀g.
///
/// ```text
/// ∂ₖ∂ₗJ = ρ[(∂ₖ∂ₗπ) q_h + (∂ₖπ)(p ∂ₗh) + (∂ₗπ)(p ∂ₖh)]
///       + ω[(∂ₖ∂ₗπ)(pg) + (∂ₖπ)(p ∂ₗg) + (∂ₗπ)(p ∂ₖg)],       ρ = ρ₀P*,  ω = ρ₀D
/// ```
///
/// Differentiate (I − P) g = 0 and g + h = r^π + Ph twice. The second under P* says that P*∂ₖ∂ₗg
/// is P* of the first bracket, since P*(I − P) = 0; the first under D that (I − P*) ∂ₖ∂ₗg is D of
/// the second bracket, since D(I − P) = I − P*. For a unichain model g and ∇g are constant over
/// the states, and the second line is 0. Costs ∇g and ∇h, 3d solves with each class.
///
/// Errors if an iterative solver gave up, where ∇²π does not exist, and with [`Error::TooLarge`].
pub fn hessian<F: Solvable>(
    average: &Average<F>,
    mdp: &Mdp<F>,
    policy: &Policy<F>,
) -> Result<DMatrix<F>, Error> {
    let (d, run) = (policy.parameters(), average.long_run());
    Error::check_size("hessian", d, d)?;
    Error::check_size("jacobian", mdp.states(), d)?;
    let gain = jacobian(average, mdp, policy)?;
    let bias = bias_jacobian(average, mdp, policy, &gain)?;
    let mut cross = DMatrix::from_element(d, d, F::zero());
    pair_with_slopes(&mut cross, mdp, policy, average.occupancy(), &bias);
    if !run.structure().is_unichain() {
        let drift = run.deviation_row(mdp.initial())?;
        pair_with_slopes(&mut cross, mdp, policy, &drift, &gain);
    }
    assembled(&cross, policy, &centered_weights(average, mdp)?)
}

/// (pg)(s, a) − g(s) [SA], summed over differences, so that it is 0 where no action leads out of
/// the class.
fn gain_rise<F: Solvable>(average: &Average<F>, mdp: &Mdp<F>) -> Vec<F> {
    let g = average.gain_apart();
    let rise = |pair| {
        let own = &g[mdp.space().state_of(pair)];
        let mut sum = F::zero();
        for (next, p) in mdp.p().row(pair) {
            sum += (g[next].clone() - own) * p;
        }
        sum
    };
    (0..mdp.pairs()).map(rise).collect()
}

/// x∇π [S, d].
fn direct_effect<F: Solvable>(mdp: &Mdp<F>, policy: &Policy<F>, x: &[F]) -> DMatrix<F> {
    let mut effect = DMatrix::from_element(mdp.states(), policy.parameters(), F::zero());
    add_direct_effect(&mut effect, mdp, policy, x);
    effect
}

/// Each column in the place of what is made of it: there is one such table at a time.
fn by_column<F: Solvable>(
    mut x: DMatrix<F>,
    apply: impl Fn(&[F]) -> Result<Vec<F>, Error>,
) -> Result<DMatrix<F>, Error> {
    let rows = x.nrows().max(1);
    for column in x.as_mut_slice().chunks_exact_mut(rows) {
        let found = apply(column)?;
        column.clone_from_slice(&found);
    }
    Ok(x)
}

/// Errors with [`Error::GainJumps`] if a parameter gives weight to an action of probability 0 and
/// there are fewer recurrent classes nearby: P* is not even continuous there. As many classes, be
/// they larger, leave the eigenvalue 1 of P its multiplicity, and P* is smooth (Kato 1980).
pub fn check_differentiable<F: Solvable>(
    average: &Average<F>,
    mdp: &Mdp<F>,
    policy: &Policy<F>,
) -> Result<(), Error> {
    check(average, mdp, policy)?;
    let pairs = 0..mdp.pairs();
    let appearing: Vec<usize> = pairs.filter(|&pair| policy.appears_nearby(pair)).collect();
    let classes = average.long_run().structure().recurrent().len();
    if appearing.is_empty() || classes == Structure::nearby(mdp, policy)?.recurrent().len() {
        return Ok(());
    }
    let named = |&pair: &usize| {
        let (state, action) = mdp.space().pair_names(pair);
        (state.into_owned(), action.into_owned())
    };
    Err(Error::GainJumps {
        pairs: appearing.iter().map(named).collect(),
    })
}

/// Whether dual numbers, and complex ones, know the derivative here: not where weight appears, to
/// first order, that joins a state to a recurrent class, of which the elimination class by class
/// knows nothing.
pub fn has_dual(average: &Average<f64>, mdp: &Mdp<f64>, policy: &Policy<f64>) -> bool {
    let moves = |pair| policy.slopes(pair).any(|(_, x)| x != 0.0);
    let appears = |pair: usize| policy.appears_nearby(pair) && moves(pair);
    let structure = average.long_run().structure();
    let nearby = || Structure::nearby(mdp, policy);
    !(0..mdp.pairs()).any(appears) || nearby().is_ok_and(|nearby| structure.same_classes(&nearby))
}

impl<F: Solvable> Derivatives<F> for Average<F> {
    fn check_differentiable(&self, at: &Solved<F>, _everywhere: bool) -> Result<(), Error> {
        check_differentiable(self, at.mdp(), at.policy())
    }

    fn weights(&self, at: &Solved<F>) -> Result<Vec<F>, Error> {
        centered_weights(self, at.mdp())
    }

    /// As in an entry of ∇J: 4ηK²B, or of ρ (q_h − h) alone what is known of each.
    fn weights_error(&self, at: &Solved<F>) -> Result<Option<f64>, Error> {
        if !accuracy::are_wanted(at.mdp()) {
            return Ok(None);
        }
        if let Some(errors) = self.errors_of_one_class(at) {
            return Ok(Some(largest(&errors)));
        }
        let floats = |x: &[F]| x.iter().map(F::to_f64).collect::<Vec<f64>>();
        let sizes = [at.mdp().r(), self.bias(), self.gain()].map(|x| largest(&floats(x)));
        let inverse = self.long_run().inverse_norm()?;
        let size = sizes[0] + 2.0 * sizes[1] + 2.0 * sizes[2];
        Ok(Some(4.0 * unit(at.mdp()) * inverse * inverse * size))
    }

    fn score_weights(&self, at: &Solved<F>) -> Result<Vec<F>, Error> {
        Ok(times_policy(weights(self, at.mdp())?, at.policy()))
    }

    fn jacobian(&self, at: &Solved<F>) -> Result<DMatrix<F>, Error> {
        jacobian(self, at.mdp(), at.policy())
    }

    fn hessian(&self, at: &Solved<F>) -> Result<DMatrix<F>, Error> {
        hessian(self, at.mdp(), at.policy())
    }

    fn jacobian_error(&self, at: &Solved<F>, policy: &Policy<f64>) -> Result<f64, Error> {
        hessian_error::long_run::jacobian_bound(at, self, policy)
    }

    fn hessian_error(&self, at: &Solved<F>, policy: &Policy<f64>) -> Result<f64, Error> {
        hessian_error::long_run::bound(at, self, policy)
    }

    fn sensitivity(&self, at: &Solved<F>) -> Result<Sensitivity<F>, Error> {
        in_the_long_run(self, at)
    }
}

impl Checks for Average {
    fn objective_error(&self, at: &Solved) -> Result<f64, Error> {
        let anyhow = rounding(self, at)?.0;
        let known = self.errors(at).map_or(anyhow, |errors| {
            let starts = at.mdp().initial().iter().zip(&errors.gain);
            starts.map(|(mass, error)| mass * error).sum()
        });
        Ok(known.min(anyhow).min(within_rewards(at.mdp(), *at.j())))
    }

    /// Of the bias.
    fn values_error(&self, at: &Solved) -> Result<f64, Error> {
        let inverse = self.long_run().inverse_norm()?.max(1.0);
        let anyhow = 2.0 * unit(at.mdp()) * inverse * inverse * size(self, at);
        let known = self.errors(at).map(|errors| largest(&errors.bias));
        Ok(known.map_or(anyhow, |known| known.min(anyhow)))
    }

    fn tolerance(&self, at: &Solved, _complex: bool) -> Result<f64, Error> {
        Ok(2.0 * rounding(self, at)?.1)
    }

    /// Of W ∇π: the errors of its weights, and ∂ₖπ, which is rounded as π/ℓₖ is.
    fn adjoint_error(&self, at: &Solved, tolerance: f64) -> Result<f64, Error> {
        let Some(errors) = self.errors_of_one_class(at) else {
            return Ok(tolerance);
        };
        let (policy, eta) = (at.policy(), unit(at.mdp()));
        let scales = scales(policy);
        let mut room = (Vec::new(), Csr::empty(policy.parameters()));
        let mut total = vec![0.0; policy.parameters()];
        for (pair, error) in errors.iter().enumerate() {
            let size = (at.pair_occupancy()[pair] * at.advantage()[pair]).abs();
            policy.each_slope(pair, &mut room, |k, slope| {
                let weight = at.occupancy()[at.mdp().space().state_of(pair)];
                let rounded = eta * weight.abs() * at.advantage()[pair].abs();
                total[k] += slope.abs() * (error + rounded) + eta * size / scales[k];
            });
        }
        Ok(tolerance.min(2.0 * largest(&total)))
    }

    fn third_derivative(&self, at: &Solved, k: usize, scale: f64) -> Result<f64, Error> {
        third_by_slopes(at, k, scale, |policy| {
            let moved = Average::new(at.mdp(), policy, &SolverOptions::default())?;
            centered_weights(&moved, at.mdp())
        })
    }

    fn has_dual(&self, at: &Solved) -> bool {
        has_dual(self, at.mdp(), at.policy())
    }
}

impl<F: Solvable> Average<F> {
    /// What is known of each number where no factors subtract.
    fn errors(&self, at: &Solved<F>) -> Option<LongRunErrors> {
        let wanted = accuracy::are_wanted(at.mdp());
        let known = wanted.then(|| self.errors_of_each(at.mdp(), at.policy()))?;
        known.filter(|known| known.relative.is_finite())
    }

    /// Of ρ (q_h − h) \[SA\], where it is all of W.
    fn errors_of_one_class(&self, at: &Solved<F>) -> Option<Vec<f64>> {
        if !self.long_run().structure().is_unichain() {
            return None;
        }
        let (errors, space) = (self.errors(at)?, at.mdp().space());
        let of_pair = |pair: usize| {
            let visits = at.occupancy()[space.state_of(pair)].to_f64().abs();
            let size = at.advantage()[pair].to_f64().abs();
            visits * (errors.advantage[pair] + (errors.relative + 4.0 * UNIT) * size)
        };
        Some((0..space.pairs()).map(of_pair).collect())
    }
}

/// η = (n + z + 16)u for n states and z entries in the fullest row.
fn unit<F: Solvable>(mdp: &Mdp<F>) -> f64 {
    let p = mdp.p();
    let fullest = (0..p.rows()).map(|i| p.row(i).len()).max().unwrap_or(0);
    (mdp.states() + fullest + 16) as f64 * f64::EPSILON / 2.0
}

/// Bounds on the absolute error of a computed J, and of an entry of ∇J by an exact route.
///
/// With η = (n + z + 16)u for n states and z entries in the fullest row (the backward error of
/// elimination), K the largest inverse norm of the systems solved, which one solve after
/// another squares, D = maxₖ maxₛ Σₐ|∂ₖπ| and B = |r|∞ + 2|h|∞ + 2|g|∞: g errs by ηB, and
/// behind the absorption by another factor K; ρ₀P*, ρ₀D, g and h in an entry of ∇J by
/// 4ηK²BD in all, and ∂ₖπ, which is rounded as π/ℓₖ is, by ηB/ℓₖ, again with K where there is
/// absorption.
fn rounding(average: &Average, at: &Solved) -> Result<(f64, f64), Error> {
    let (mdp, policy) = (at.mdp(), at.policy());
    let eta = unit(mdp);
    let inverse = average.long_run().inverse_norm()?;
    let (slope, _) = slopes(policy, mdp.r());
    let size = size(average, at);
    let behind = if average.long_run().structure().is_unichain() {
        1.0
    } else {
        inverse
    };
    let objective = eta * behind * size;
    let solved = 4.0 * eta * inverse * inverse * size * slope;
    Ok((objective, solved + objective * steepest(policy)))
}

/// B.
fn size(average: &Average, at: &Solved) -> f64 {
    largest(at.mdp().r()) + 2.0 * largest(average.bias()) + 2.0 * largest(average.gain())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linalg::SolverKind;
    use crate::model::Model;

    /// One step in a million leaves the start, for either class: factors that subtract know what is behind the absorption worse by
    /// its condition, others by its own rounding.
    #[test]
    fn slow_absorption_widens_what_rounding_may_do_to_the_gain() {
        let text = "
criterion: average
states: [start, left, right]
actions: [go]
initial: start
transitions:
  start: {go: {left: 1/3000000, right: 2/3000000, start: 999999/1000000}}
  left: {go: left}
  right: {go: right}
rewards: {left: {go: 0.1}, right: {go: 0.7}}
";
        let mdp: Mdp = Model::parse("slow", text).unwrap().mdp();
        let policy = Policy::uniform(mdp.space());
        // u times the 10⁶ steps that the absorption takes
        let least = f64::EPSILON / 2.0 * 1e6 * 0.5;
        for (solver, is_wide) in [(SolverKind::Auto, false), (SolverKind::Dense, true)] {
            let options = SolverOptions {
                solver,
                ..SolverOptions::default()
            };
            let solved = Solved::by(mdp.clone(), policy.clone(), options).unwrap();
            let allowed = solved.checks().objective_error(&solved).unwrap();
            let gain = solved.evaluation().gain.as_ref().unwrap();
            assert!((gain[0] - 0.5).abs() <= allowed);
            assert_eq!(allowed >= least, is_wide, "{allowed:e}");
        }
    }
}
