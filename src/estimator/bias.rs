//! How far the mean of an estimator is from ∇J, exactly (theory, 5.1).

use super::Sampling;
use super::critic::advantage_table;
use super::experiment::Experiment;
use super::process::{Order, Process};
use crate::chain::Chain;
use crate::error::Error;
use crate::evaluation::advantage_accuracy::advantage_errors;
use crate::evaluation::faults::met;
use crate::field::UNIT;
use crate::linalg::{Factors, Solvable, SolverOptions, scaled_norm};
use crate::mdp::{Criterion, Mdp};
use crate::policy::Policy;

/// E ĝ beside ∇J.
#[derive(Clone, Debug, PartialEq)]
pub struct Bias {
    /// E ĝ − ∇J \[d\], in units of reward per parameter.
    pub vector: Vec<f64>,
    /// ‖E ĝ − ∇J‖₂.
    pub norm: f64,
    /// The cosine between E ĝ and ∇J; `None` if one of them is 0, or where rounding may be all that there is of
    /// their product.
    pub cosine: Option<f64>,
    /// Whether a small step along E ĝ raises J: E ĝ · ∇J > 0; `None` where there is no cosine.
    pub ascends: Option<bool>,
}

impl Bias {
    /// The bias of a mean \[d\] against ∇J \[d\].
    pub(crate) fn new(mean: &[f64], gradient: &[f64]) -> Bias {
        let vector: Vec<f64> = mean.iter().zip(gradient).map(|(m, g)| m - g).collect();
        let (length, slope) = (scaled_norm(mean), scaled_norm(gradient));
        // divided first: a product of small numbers may vanish
        let unit = mean.iter().zip(gradient);
        let cosine: f64 = unit.map(|(m, g)| (m / length) * (g / slope)).sum();
        let cosine = (length > 0.0 && slope > 0.0).then_some(cosine);
        Bias {
            norm: scaled_norm(&vector),
            vector,
            cosine: cosine.map(|cosine| cosine.clamp(-1.0, 1.0)),
            ascends: cosine.map(|cosine| cosine > 0.0),
        }
    }
}

impl Bias {
    /// Without a cosine and a verdict on the ascent where rounding, which may have moved E ĝ and ∇J by so much
    /// \[d\], may be all that there is of E ĝ · ∇J.
    #[must_use]
    pub(crate) fn told(mut self, mean: &[f64], gradient: &[f64], errors: &[f64]) -> Bias {
        let (length, slope) = (scaled_norm(mean), scaled_norm(gradient));
        let entries = mean.iter().zip(gradient).zip(errors);
        let (mut product, mut doubt) = (0.0, 0.0);
        for ((m, g), error) in entries {
            product += (m / length) * (g / slope);
            doubt += (m / length).abs() * (error / slope) + (g / slope).abs() * (error / length);
        }
        if product.abs() <= doubt || doubt.is_nan() {
            (self.cosine, self.ascends) = (None, None);
        }
        self
    }
}

/// ∇J of the criterion that the experiment belongs to, and how exactly it and the means are known.
#[derive(Clone, Debug, PartialEq)]
pub struct Target<F> {
    /// ∇J \[d\].
    pub gradient: Vec<F>,
    /// What rounding can do to E ĝ_k − ∂_kJ \[d\]: Σ ρ(s) Σₐ |∂_kπ| (κ |A| + n |δA|), with n
    /// the number of states, u the unit roundoff, δA the error of A and κ = n u ‖N‖∞, where ‖N‖∞ is the largest expected
    /// (discounted) length, or (n + 8)³ u of factors made without subtraction; over a horizon and in the long run n u ‖N‖∞ (|q| + |v|) in the place of
    /// both, and what rounding has done to rewards much larger than R − g. 0 in an exact field.
    pub rounding: Vec<f64>,
    /// The part of it that rewards have as they were read, all alike in E ĝ and ∇J: it moves both, and not what is between
    /// them \[d\].
    pub read: Vec<f64>,
    /// maxₖ Σ ρ(s) Σₐ |∂_kπ| |A|, the size of the terms of ∇J: where rounding can do as much, no
    /// digit is certain.
    pub size: f64,
    /// n u ‖N‖∞, the relative part of that: what rounding can do to a second moment as well.
    pub unit: f64,
    /// ‖N‖∞, or the steps of a trajectory.
    pub length: f64,
    /// max |v|, in units of reward.
    pub largest_value: f64,
    /// The largest error of an advantage, in units of reward.
    pub advantage_error: f64,
    /// What it can do to a product of two sums over a whole trajectory, as the total return is
    /// \[d\]: n u ‖N‖∞ maxₛ |v| maxₛ Σₐ |∂_kπ|, whichever states the sums pass through.
    pub rounding_of_total: Vec<f64>,
}

impl<F: Solvable> Target<F> {
    /// ∇J = Σₜ γᵗ pₜ (Aₜ∇π) over a finite horizon, otherwise ρ^π (A∇π).
    ///
    /// Errors with [`Error::Improper`] if γ = 1 and the policy may never terminate from ρ₀, with [`Error::ExcessRow`] where
    /// a row that sums to more than 1 outweighs every way out, and if a system is not solved.
    pub fn new(experiment: &Experiment<F>, options: &SolverOptions) -> Result<Target<F>, Error> {
        let mdp = experiment.mdp();
        let exact = if F::EXACT { 0.0 } else { f64::EPSILON };
        let unit = |length: f64| mdp.states() as f64 * exact * length;
        let known = |length: f64| (unit(length), length);
        Ok(match experiment.sampling() {
            Sampling::FiniteHorizon(horizon) => {
                let visits = stepwise(experiment.process(), mdp, horizon);
                Target::paired(experiment, &visits, known(horizon as f64), None)
            }
            _ => {
                let stationary = Stationary::new(mdp, experiment.policy(), options)?;
                let values = experiment.v();
                let rest = values.rest().unwrap_or_default();
                let (chain, v) = (&stationary.chain, values.at(0));
                let off = advantage_errors(mdp, experiment.policy(), chain, (v, rest), None)?;
                let off = off.into_iter().map(|x| x * mdp.states() as f64).collect();
                let (unit, length) = known(stationary.length);
                let of_visits = f64::min(unit, eliminated(chain));
                let off = Some((off, of_visits));
                Target::paired(experiment, &[stationary.visits], (unit, length), off)
            }
        })
    }

    /// Σₜ wₜ (Aₜ∇π) for measures wₜ \[S\], and what the unit, the relative error of the systems behind
    /// them, makes of it over trajectories of such a length; `off` is what is known of the errors of A \[SA\], in the place of
    /// those of q and v, and of those of the measures relative to themselves.
    pub(super) fn paired(
        experiment: &Experiment<F>,
        visits: &[Vec<F>],
        (unit, length): (f64, f64),
        off: Option<(Vec<f64>, f64)>,
    ) -> Target<F> {
        let (mdp, policy) = (experiment.mdp(), experiment.policy());
        let mut weights = vec![F::zero(); mdp.pairs()];
        let (mut magnitudes, mut sizes) = (vec![0.0; mdp.pairs()], vec![0.0; mdp.pairs()]);
        let met = met(mdp);
        let mut advantage_error = 0.0f64;
        let advantages = advantage_table(mdp, experiment.v(), experiment.q());
        for (time, visits) in visits.iter().enumerate() {
            let (q, v) = (experiment.q().at(time), experiment.v().at(time));
            let advantage = advantages.at(time);
            for pair in 0..mdp.pairs() {
                let state = mdp.space().state_of(pair);
                weights[pair] += visits[state].clone() * &advantage[pair];
                let mass = visits[state].to_f64().abs();
                let size = advantage[pair].to_f64().abs();
                sizes[pair] += mass * size;
                let error = match &off {
                    Some((off, of_visits)) => of_visits * size + off[pair],
                    None => unit * (q[pair].to_f64().abs() + v[state].to_f64().abs()),
                };
                if met[state] {
                    advantage_error = advantage_error.max(error);
                }
                magnitudes[pair] += mass * error;
            }
        }
        let (mut rounding, mut size) = (
            vec![0.0; policy.parameters()],
            vec![0.0; policy.parameters()],
        );
        for (pair, magnitude) in magnitudes.iter().enumerate() {
            for (k, slope) in policy.derivative().row(pair) {
                let slope = slope.to_f64().abs();
                size[k] += slope * sizes[pair];
                if unit > 0.0 {
                    rounding[k] += slope * magnitude;
                }
            }
        }
        let largest = (0..visits.len())
            .flat_map(|time| experiment.v().at(time).iter().zip(&met))
            .filter(|(_, met)| **met)
            .map(|(v, _)| v.to_f64().abs())
            .fold(0.0, f64::max);
        let slopes = slopes(mdp, policy).into_iter();
        Target {
            gradient: policy.pull_back(&weights),
            rounding,
            read: vec![0.0; policy.parameters()],
            size: size.into_iter().fold(0.0, f64::max),
            unit,
            length,
            largest_value: largest,
            advantage_error,
            rounding_of_total: slopes.map(|slope| unit * largest * slope).collect(),
        }
    }
}

/// What an elimination without subtraction does to visits, relative to each ([`Gth`](crate::linalg::Gth)).
fn eliminated<F: Solvable>(chain: &Chain<F>) -> f64 {
    let resolvent = chain.resolvent();
    if resolvent.factors().is_componentwise() {
        (resolvent.blocks().rows() as f64 + 8.0).powi(3) * UNIT
    } else {
        f64::INFINITY
    }
}

/// γᵗ pₜ for t < T.
fn stepwise<F: Solvable>(process: &Process<F>, mdp: &Mdp<F>, horizon: usize) -> Vec<Vec<F>> {
    let gamma = mdp.discount();
    let mut visits = vec![process.initial().to_vec()];
    for time in 1..horizon {
        let moved = process.p(Order::First).mul_transposed(&visits[time - 1]);
        visits.push(moved.into_iter().map(|x| x * &gamma).collect());
    }
    visits
}

/// What a stationary ∇J is made of.
struct Stationary<F: Solvable> {
    chain: Chain<F>,
    /// ρ^π \[S\].
    visits: Vec<F>,
    /// ‖(I − γP)⁻¹‖∞, the largest expected discounted length of a trajectory.
    length: f64,
}

impl<F: Solvable> Stationary<F> {
    fn new(
        mdp: &Mdp<F>,
        policy: &Policy<F>,
        options: &SolverOptions,
    ) -> Result<Stationary<F>, Error> {
        let chain = Chain::new(mdp, policy, options)?;
        let initial = chain.dynamics().initial();
        let visits = chain.resolvent().solve_transposed(initial)?.x;
        let lengths = chain.resolvent().solve(&vec![F::one(); mdp.states()])?.x;
        Ok(Stationary {
            length: lengths.iter().map(F::to_f64).fold(1.0, f64::max),
            chain,
            visits,
        })
    }
}

/// A bound on the bias that cutting an infinite horizon at T leaves in coordinate k of the sums of
/// returns (theory, 5.1):
///
/// ```text
/// γᵀ (L_k/2) sp(r) [T/(1 − γ) + 1/(1 − γ)²],   L_k = maxₛ Σₐ |∂_kπ(a|s)|
/// ```
///
/// with sp(r) the span of r(s, a), 0 included where trajectories can end. In units of reward per
/// parameter, \[d\]; infinite at γ = 1.
///
/// # Errors
/// [`Error::OtherSpace`] for a policy of another model.
pub fn truncation_bound(mdp: &Mdp, policy: &Policy, steps: usize) -> Result<Vec<f64>, Error> {
    Error::check_space(mdp, policy)?;
    let factor = truncation_factor(mdp, steps as f64);
    let slopes = slopes(mdp, policy).into_iter();
    // where π does not move nothing is cut off, however long trajectories are
    let bound = |slope: f64| if slope == 0.0 { 0.0 } else { factor * slope };
    Ok(slopes.map(bound).collect())
}

/// The smallest T at which the bound is at most `allowed` \[d\] in every coordinate where that is
/// positive; `None` unless γ Σ p < 1.
///
/// `allowed` is a small part of the standard errors, so that cutting is not seen beside sampling.
///
/// # Errors
/// [`Error::OtherSpace`] for a policy of another model, [`Error::Length`] unless there is a bound for each parameter.
pub fn truncation(mdp: &Mdp, policy: &Policy, allowed: &[f64]) -> Result<Option<usize>, Error> {
    Error::check_space(mdp, policy)?;
    Error::check_length("list of bounds", policy.parameters(), allowed.len())?;
    let Criterion::Discounted { .. } = mdp.criterion() else {
        return Ok(None);
    };
    if decay(mdp).1 <= 0.0 {
        return Ok(None);
    }
    let slopes = slopes(mdp, policy);
    let ratios = allowed
        .iter()
        .zip(&slopes)
        .filter(|(a, slope)| **a > 0.0 && **slope > 0.0);
    let largest = ratios
        .map(|(a, slope)| a / slope)
        .fold(f64::INFINITY, f64::min);
    let fits = |steps: usize| truncation_factor(mdp, steps as f64) <= largest;
    let mut upper = 1;
    while !fits(upper) {
        upper *= 2;
    }
    // the bound falls in T since log γ ≤ −(1 − γ), so it can be bisected
    let mut lower = upper / 2;
    while upper - lower > 1 {
        let middle = lower + (upper - lower) / 2;
        if fits(middle) {
            upper = middle
        } else {
            lower = middle
        }
    }
    Ok(Some(upper))
}

/// γ and 1 − γ; where rows do not sum to 1, the largest γ Σ p and its rest.
fn decay(mdp: &Mdp) -> (f64, f64) {
    if mdp.deficits().is_none() {
        return (mdp.discount(), 1.0 - mdp.discount());
    }
    let slacks = (0..mdp.pairs()).map(|pair| mdp.slack(pair));
    let rest = slacks.fold(*mdp.discount_complement(), f64::min);
    (1.0 - rest, rest)
}

/// γᵀ sp(r)/2 [T/(1 − γ) + 1/(1 − γ)²].
fn truncation_factor(mdp: &Mdp, steps: f64) -> f64 {
    let (gamma, rest) = decay(mdp);
    if rest <= 0.0 {
        return f64::INFINITY;
    }
    // rows that sum to less than 1 end, as it were, now and then
    let loses = mdp.deficits().is_some();
    let mut range = mdp
        .r()
        .iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), &r| {
            (a.min(r), b.max(r))
        });
    if loses || (0..mdp.states()).any(|state| mdp.space().is_terminal(state)) {
        range = (range.0.min(0.0), range.1.max(0.0));
    }
    let span = (range.1 - range.0).max(0.0);
    if span == 0.0 {
        return 0.0;
    }
    gamma.powf(steps) * 0.5 * span * (steps / rest + 1.0 / (rest * rest))
}

/// L_k = maxₛ Σₐ |∂_kπ(a|s)| [d].
fn slopes<F: Solvable>(mdp: &Mdp<F>, policy: &Policy<F>) -> Vec<f64> {
    let mut largest = vec![0.0f64; policy.parameters()];
    let mut sums = vec![0.0; policy.parameters()];
    for state in 0..mdp.states() {
        let entries = || {
            let pairs = mdp.space().pairs_of(state);
            pairs.flat_map(|pair| policy.derivative().row(pair))
        };
        entries().for_each(|(k, slope)| sums[k] += slope.to_f64().abs());
        entries().for_each(|(k, _)| largest[k] = largest[k].max(sums[k]));
        entries().for_each(|(k, _)| sums[k] = 0.0);
    }
    largest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estimator::tests::examples::appendix_c;
    use crate::field::Field;

    /// The span of r is that of appendix C, 16/5; L = 1/2 for a softmax of two actions at 1/2.
    #[test]
    fn coordinates_that_do_not_vary_do_not_decide_where_to_cut() {
        let mdp = appendix_c().0.map(Field::to_f64);
        let policy = Policy::random(mdp.space(), 1);
        let allowed = vec![1e-3; policy.parameters()];
        let steps = truncation(&mdp, &policy, &allowed).unwrap().expect("γ < 1");
        let bound = |steps| {
            let bounds = truncation_bound(&mdp, &policy, steps).unwrap();
            bounds.into_iter().fold(0.0, f64::max)
        };
        assert!(bound(steps) <= 1e-3 && bound(steps - 1) > 1e-3);
        // the first two are those of state x; y alone decides then, or what is left of it
        let (mut some, mut none) = (allowed.clone(), allowed);
        some[..2].fill(0.0);
        none.fill(0.0);
        let by_y = truncation(&mdp, &policy, &some).unwrap().expect("γ < 1");
        assert!(by_y <= steps);
        let of_y = |steps| truncation_bound(&mdp, &policy, steps).unwrap()[2..].to_vec();
        assert!(of_y(by_y).iter().all(|x| *x <= 1e-3));
        assert!(of_y(by_y - 1).iter().any(|x| *x > 1e-3));
        assert_eq!(truncation(&mdp, &policy, &none).unwrap(), Some(1));
    }
}
