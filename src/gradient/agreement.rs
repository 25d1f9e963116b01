//! How far the exact routes lie apart, and how far rounding alone may set them.

use std::collections::HashMap;

use super::finite_difference::scales;
use super::{Route, RouteGradient};
use crate::chain::Chain;
use crate::error::Error;
use crate::evaluation::advantage_accuracy::advantage_errors;
use crate::evaluation::faults::{each_fault, unit};
use crate::field::UNIT;
use crate::linalg::{Csr, Factors, Solvable, largest, largest_or_nan};
use crate::policy::Policy;
use crate::solved::Solved;

/// The largest difference between two routes that are exact up to rounding.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Disagreement {
    /// max |gₖ − g'ₖ| over such routes and parameters; infinite where an entry is not finite.
    pub max: f64,
    /// What rounding and the residuals of the solves can account for, see `tolerance`.
    pub tolerance: f64,
    /// A bound on the error of any entry of the adjoint.
    pub adjoint: f64,
}

impl Disagreement {
    /// Compares the exact routes with each other and with `gradient`, the adjoint.
    ///
    /// The tolerance is the criterion's: what rounding and the residuals of its solves can do to two
    /// routes.
    pub(super) fn new(
        at: &Solved,
        gradient: &[f64],
        routes: &[RouteGradient],
    ) -> Result<Disagreement, Error> {
        let mut asked = routes.iter().map(|asked| asked.route);
        let complex = asked.any(|route| route == Route::ComplexStep);
        let (tolerance, adjoint) = tolerances(at, complex)?;
        let exact = routes.iter().filter(|route| route.route.is_exact());
        let others: Vec<&[f64]> = exact
            .filter_map(|route| route.gradient.as_deref())
            .collect();
        let (mut max, mut finite) = (0.0f64, true);
        for (k, &own) in gradient.iter().enumerate() {
            let (mut low, mut high) = (own, own);
            finite &= own.is_finite();
            for other in &others {
                low = low.min(other[k]);
                high = high.max(other[k]);
                finite &= other[k].is_finite(); // min and max pass over what is not a number
            }
            max = max.max(high - low);
        }
        let max = if finite { max } else { f64::INFINITY };
        Ok(Disagreement {
            max,
            tolerance,
            adjoint,
        })
    }

    /// In a field whose routes must not differ at all.
    pub(super) fn exactly<F: Solvable>(
        gradient: &[F],
        routes: &[RouteGradient<F>],
    ) -> Disagreement {
        let others = routes.iter().filter_map(|route| route.gradient.as_ref());
        let entries = others.flat_map(|other| gradient.iter().zip(other));
        let apart = entries.map(|(x, y)| (x.clone() - y).abs().to_f64());
        Disagreement {
            max: apart.fold(0.0, f64::max),
            tolerance: 0.0,
            adjoint: 0.0,
        }
    }

    /// Whether the routes agree as far as they must.
    pub fn agrees(&self) -> bool {
        self.max <= self.tolerance
    }
}

/// The criterion's tolerance and its bound on the adjoint alone, with what is lost below the normal numbers.
pub(super) fn tolerances(at: &Solved, complex: bool) -> Result<(f64, f64), Error> {
    let tolerance = at.checks().tolerance(at, complex)?;
    let (adjoint, lost) = (at.checks().adjoint_error(at, tolerance)?, underflow(at));
    Ok((tolerance + lost, adjoint + lost))
}

/// What is lost of products below the normal numbers, which are multiples of 2⁻¹⁰⁷⁴: up to one for each pair and step, in
/// values and in visits; nothing beside any other tolerance.
fn underflow(at: &Solved) -> f64 {
    const LEAST: f64 = f64::MIN_POSITIVE * f64::EPSILON;
    let visits: f64 = at.evaluation().occupancy.iter().map(|x| x.abs()).sum();
    let steps = visits.clamp(1.0, 1e150);
    16.0 * LEAST * at.mdp().pairs() as f64 * steps * steps
}

/// How far two exact routes may differ where there is a resolvent.
///
/// The tolerance is twice a bound on the error of any one route, state by state from the
/// solutions themselves. With the residuals e of v and ρ, u the unit roundoff and η = (z + 16)u
/// for z entries in the fullest row (products; theory, section 8):
///
/// ```text
/// εᵥ = N (|e| + η z_v)           z_v = |r^π| + Σ |Aᵢⱼ||vⱼ − vᵢ| + σ|v|
/// ε_ρ = (|e_ρ| + η (ρ₀ + ρ|A|)) N
/// |δA(s, a)| ≤ εᵥ(s) + γ p εᵥ + η (|r| + γ Σ p |v(s') − v(s)| + (1 − γ)|v(s)|)
///              + 2u (|v(s)| + γ p |v|)
/// |ĝₖ − gₖ| ≤ Σ ε_ρ |∂ₖπ| |A| + Σ ρ |∂ₖπ| |δA| + η Σ ρ π |A|/ℓₖ + (a further solve)
/// ```
///
/// The last term but one is the rounding of ∂ₖπ, ℓₖ the length over which π changes by its own
/// order; a further solve, as the forward and the dual route make one, errs by 2ηₙ K M Σ |∂ₖπ||A|
/// with K = ‖N‖∞, M = Σρ and ηₙ = η + nu. Where factors were made without subtraction, ρ and a
/// further solve err by (n + 8)³ u relative to ρ at most ([`Gth`](crate::linalg::Gth)). An iteration finds
/// εᵥ and ε_ρ to a relative 1e-5, which the factor of two has room for.
///
/// The complex step, where it was asked for, eliminates without knowing of M-matrices and has
/// no residual to show: its bound is a priori, 2ηₙ K M (D + 1/ℓ)|q|∞ with D = maxₖ maxₛ Σₐ|∂ₖπ|
/// and the shortest ℓ, for the two systems that its real and its imaginary part solve.
pub(super) fn tolerance(chain: &Chain, at: &Solved, complex: bool) -> Result<f64, Error> {
    let complex = if complex {
        elimination(chain, at)?
    } else {
        0.0
    };
    Ok(2.0 * (rounding(chain, at)? + complex))
}

/// A bound on the error of an entry of the adjoint, where two routes may differ by this tolerance: where episodes are long
/// and that shows, advantages are off by no more than differences of values, and visits relative to themselves.
pub(super) fn adjoint_error(chain: &Chain, at: &Solved, tolerance: f64) -> Result<f64, Error> {
    /// Bounds below this part of the largest entry are not told; a choice.
    const SHOWN: f64 = 1e-9;
    let is_known = chain.resolvent().factors().is_componentwise() && chain.is_long()?;
    let found = at.policy().pull_back(&at.pair_weights()?);
    if !is_known || tolerance <= SHOWN * largest(&found) {
        return Ok(tolerance);
    }
    let (space, values) = (at.mdp().space(), (at.v(), &*at.evaluation().rest));
    let apart = chain.difference_norm()?;
    let errors = advantage_errors(at.mdp(), at.policy(), chain, values, Some(apart))?;
    let (unit, scales) = (unit(chain), scales(at.policy()));
    let relative = unit + (chain.resolvent().blocks().rows() as f64 + 8.0).powi(3) * UNIT;
    let mut room = (Vec::new(), Csr::empty(scales.len()));
    let mut total = vec![0.0; scales.len()];
    for (pair, off) in errors.iter().enumerate() {
        let rho = at.occupancy()[space.state_of(pair)].abs();
        let advantage = at.advantage()[pair].abs();
        let rounded = unit * at.pair_occupancy()[pair].abs() * advantage;
        at.policy().each_slope(pair, &mut room, |k, slope| {
            total[k] += slope.abs() * rho * (relative * advantage + (1.0 + relative) * off);
            total[k] += rounded / scales[k];
        });
    }
    Ok(tolerance.min(2.0 * largest_or_nan(&total)))
}

/// What the complex step's elimination adds to the error of an entry of ∇J.
fn elimination(chain: &Chain, at: &Solved) -> Result<f64, Error> {
    let blocks = chain.resolvent().blocks();
    let (states, fullest) = (blocks.rows(), blocks.longest_row());
    let unit = (states + fullest + 16) as f64 * f64::EPSILON / 2.0;
    let time = chain.inverse_norm()?;
    let (slope, _) = slopes(at.policy(), at.mdp().r());
    let size = (slope + steepest(at.policy())) * largest(&at.evaluation().q);
    let mass: f64 = at.evaluation().occupancy.iter().map(|x| x.abs()).sum();
    Ok(2.0 * unit * time * mass.max(1.0) * size)
}

/// The largest bound on the error of an entry of ∇J.
fn rounding(chain: &Chain, at: &Solved) -> Result<f64, Error> {
    let (evaluation, space) = (at.evaluation(), at.mdp().space());
    let errors = Errors::new(chain, at)?;
    let d = at.policy().parameters();
    let scales = scales(at.policy());
    let mut room = (Vec::new(), Csr::empty(d));
    let (mut weighted, mut solved, mut total) = (vec![0.0; d], vec![0.0; d], vec![0.0; d]);
    for pair in 0..space.pairs() {
        let state = space.state_of(pair);
        let rho = evaluation.occupancy[state].abs();
        let advantage = evaluation.advantage[pair].abs();
        let off = errors.advantage(at, pair);
        let rounded = errors.unit * evaluation.pair_occupancy[pair].abs() * advantage;
        at.policy().each_slope(pair, &mut room, |k, slope| {
            let slope = slope.abs();
            weighted[k] += slope * advantage;
            solved[k] += slope * advantage * rho;
            total[k] += slope * (errors.occupancy[state] * advantage + rho * off);
            total[k] += rounded / scales[k];
        });
    }
    let further = |k: usize| f64::min(errors.solve * weighted[k], errors.relative * solved[k]);
    Ok((0..d).map(|k| total[k] + further(k)).fold(0.0, f64::max))
}

/// Bounds on what is wrong with the parts of a gradient.
struct Errors {
    /// η.
    unit: f64,
    /// εᵥ and v [S], side by side in memory.
    values: Vec<(f64, f64)>,
    /// ε_ρ [S].
    occupancy: Vec<f64>,
    /// Of a further solve, relative to Σ |∂ₖπ||A|.
    solve: f64,
    /// Of a further solve, relative to Σ ρ |∂ₖπ||A|; infinite where factors have no such bound.
    relative: f64,
}

impl Errors {
    fn new(chain: &Chain, at: &Solved) -> Result<Errors, Error> {
        let (evaluation, resolvent) = (at.evaluation(), chain.resolvent());
        let states = resolvent.blocks().rows();
        let (roundoff, unit) = (f64::EPSILON / 2.0, unit(chain));
        let values = resolvent.solve_roughly(&value_residual(chain, at))?;
        let mut occupancy = resolvent.solve_transposed_roughly(&occupancy_residual(chain, at))?;
        let mut relative = f64::INFINITY;
        if resolvent.factors().is_componentwise() {
            relative = (states as f64 + 8.0).powi(3) * roundoff;
            for (error, rho) in occupancy.iter_mut().zip(&evaluation.occupancy) {
                *error = error.min(relative * rho);
            }
        }
        let time = largest(&resolvent.solve_roughly(&vec![1.0; states])?);
        let mass: f64 = evaluation.occupancy.iter().map(|x| x.abs()).sum();
        Ok(Errors {
            solve: 2.0 * (unit + states as f64 * roundoff) * time * mass,
            unit,
            values: values
                .iter()
                .map(|x| x.abs())
                .zip(at.v().iter().copied())
                .collect(),
            occupancy: occupancy.into_iter().map(f64::abs).collect(),
            relative,
        })
    }

    /// Of A(s, a).
    fn advantage(&self, at: &Solved, pair: usize) -> f64 {
        let (v, state) = (&at.evaluation().v, at.mdp().space().state_of(pair));
        let gamma = at.mdp().discount();
        let (mut solved, mut size, mut rounded) = (0.0, 0.0, 0.0);
        for (next, p) in at.mdp().p().row(pair) {
            let (error, value) = self.values[next];
            solved += p * error;
            size += p * (value - v[state]).abs();
            rounded += p * value.abs();
        }
        let lost = at.mdp().discount_complement() * v[state].abs();
        self.values[state].0
            + gamma * solved
            + self.unit * (at.mdp().r()[pair].abs() + gamma * size + lost)
            + f64::EPSILON * (v[state].abs() + gamma * rounded)
    }
}

/// |e| + η z_v [S].
fn value_residual(chain: &Chain, at: &Solved) -> Vec<f64> {
    let mut sizes = Vec::with_capacity(at.v().len());
    each_fault(chain, chain.dynamics().r(), (at.v(), &[]), |size| {
        sizes.push(size);
    });
    sizes
}

/// |e_ρ| + η (ρ₀ + ρ|A|) [S].
fn occupancy_residual(chain: &Chain, at: &Solved) -> Vec<f64> {
    let (initial, unit) = (chain.dynamics().initial(), unit(chain));
    // ρA and ρ₀ + ρ|A|, side by side in memory
    let mut sums: Vec<(f64, f64)> = initial.iter().map(|b| (0.0, *b)).collect();
    let blocks = chain.resolvent().blocks();
    blocks.each_in_halves(0..blocks.rows(), |row, halves| {
        let rho = at.occupancy()[row];
        let mut add = |(next, a): (u32, f64)| {
            let (product, size) = &mut sums[next as usize];
            *product += a * rho;
            *size += (a * rho).abs();
        };
        halves.lower().chain(halves.upper()).for_each(&mut add);
        halves
            .diagonal
            .into_iter()
            .for_each(|a| add((row as u32, a)));
    });
    let rows = initial.iter().zip(sums);
    rows.map(|(b, (product, size))| (b - product).abs() + unit * size)
        .collect()
}

/// maxₖ maxₛ of Σₐ |∂ₖπ| and of Σₐ |x ∂ₖπ|, for x over pairs [SA].
pub(super) fn slopes(policy: &Policy<f64>, x: &[f64]) -> (f64, f64) {
    let space = policy.space();
    let mut sums = vec![(0.0, 0.0); policy.parameters()];
    let (mut slope, mut weighted) = (0.0f64, 0.0f64);
    for state in 0..space.states() {
        for pair in space.pairs_of(state) {
            for (k, slope) in policy.slopes(pair) {
                sums[k].0 += slope.abs();
                sums[k].1 += (slope * x[pair]).abs();
            }
        }
        for pair in space.pairs_of(state) {
            for (k, _) in policy.slopes(pair) {
                let (x, y) = std::mem::take(&mut sums[k]);
                slope = slope.max(x);
                weighted = weighted.max(y);
            }
        }
    }
    (slope, weighted)
}

/// |∂ₖπ| of each state by its parameters k: the pairs and the sizes, [S][…].
pub(super) fn slopes_by_state(policy: &Policy<f64>) -> Vec<Vec<Vec<(usize, f64)>>> {
    let space = policy.space();
    let of = |state| {
        let mut found: HashMap<usize, Vec<(usize, f64)>> = HashMap::new();
        for pair in space.pairs_of(state) {
            for (k, slope) in policy.slopes(pair) {
                found.entry(k).or_default().push((pair, slope.abs()));
            }
        }
        found.into_values().collect()
    };
    (0..space.states()).map(of).collect()
}

/// maxₖ 1/ℓₖ, what the rounding of a probability is multiplied by in ∇π.
pub(super) fn steepest(policy: &Policy<f64>) -> f64 {
    let inverse = scales(policy).into_iter().map(f64::recip);
    inverse.fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::q_of;
    use crate::linalg::{SolverKind, SolverOptions};
    use crate::mdp::{Criterion, Mdp};
    use crate::model::Model;

    /// Two states, in each of which the policy nearly always stays.
    const LINGERING: &str = "
discount: 0.5
states: [s, t]
actions: [stay, go]
initial: {s: 1/2, t: 1/2}
transitions: {s: {stay: s, go: t}, t: {stay: t, go: s}}
rewards: {s: {stay: 1, go: 3}, t: {stay: -2, go: 1/2}}
";

    fn lingering() -> (Mdp, Policy<f64>) {
        let model = Model::parse("lingering", LINGERING).expect("a model");
        let theta = vec![99f64.ln(), 0.0, 99f64.ln(), 0.0];
        let policy = Policy::softmax(model.space(), theta, 1.0).expect("a policy");
        (model.mdp(), policy)
    }

    fn of_values(errors: &Errors) -> Vec<f64> {
        errors.values.iter().map(|(error, _)| *error).collect()
    }

    /// Errors of an evaluation whose v is off by so much, with q and A made from it.
    fn errors(mdp: &Mdp, policy: &Policy<f64>, off: &[f64]) -> (Errors, Vec<f64>, Vec<f64>) {
        let options = SolverOptions {
            solver: SolverKind::Dense,
            ..SolverOptions::default()
        };
        let solved = Solved::by(mdp.clone(), policy.clone(), options).expect("values");
        let mut evaluation = solved.evaluation().clone();
        let exact = evaluation.advantage.clone();
        evaluation.v.iter_mut().zip(off).for_each(|(v, x)| *v += x);
        evaluation.q = q_of(mdp, &evaluation.v);
        let space = mdp.space();
        let advantage = |pair| evaluation.q[pair] - evaluation.v[space.state_of(pair)];
        evaluation.advantage = (0..space.pairs()).map(advantage).collect();
        let at = solved.with_evaluation(evaluation.clone());
        let errors = Errors::new(at.chain().expect("a chain"), &at).expect("bounds");
        let bounds = (0..space.pairs()).map(|pair| errors.advantage(&at, pair));
        let wrong = evaluation.advantage.iter().zip(&exact);
        let bounds = bounds.collect();
        let wrong = wrong.map(|(x, y)| (x - y).abs()).collect();
        (errors, bounds, wrong)
    }

    /// v(s) too high and v(t) too low: A(s, go) = r + γv(t) − v(s) is off by both.
    #[test]
    fn an_error_of_v_is_within_what_is_allowed_for_advantages_and_nearly_all_of_it() {
        let (mdp, policy) = lingering();
        let off = [1e-6, -1e-6];
        let (errors, bounds, wrong) = errors(&mdp, &policy, &off);
        for ((bound, _), off) in errors.values.iter().zip(off) {
            assert!((1.0..1.1).contains(&(bound / off.abs())), "{bound:e}");
        }
        for (bound, wrong) in bounds.iter().zip(&wrong) {
            assert!(wrong <= bound, "{wrong:e}, allowed {bound:e}");
        }
        assert!((1.4e-6..1.6e-6).contains(&wrong[1]), "{wrong:?}");
        assert!(bounds[1] <= 1.1 * wrong[1], "{bounds:?} for {wrong:?}");
    }

    /// Rewards in other units, or another mass at the start: the same bounds in these units.
    #[test]
    fn bounds_are_in_the_units_of_what_they_bound() {
        let (mdp, policy) = lingering();
        let scale = 2f64.powi(20);
        let scaled = |x: &[f64]| x.iter().map(|x| scale * x).collect::<Vec<f64>>();
        let none = [0.0, 0.0];
        let (plain, by_pair, _) = errors(&mdp, &policy, &none);
        let dearer = mdp.clone().with_rewards(scaled(mdp.r())).unwrap();
        let (dear, dear_by_pair, _) = errors(&dearer, &policy, &none);
        assert_eq!(of_values(&dear), scaled(&of_values(&plain)));
        assert_eq!(dear_by_pair, scaled(&by_pair));
        assert_eq!(dear.occupancy, plain.occupancy);
        let many = mdp.clone().with_initial(scaled(mdp.initial())).unwrap();
        let (many, ..) = errors(&many, &policy, &none);
        assert_eq!(many.occupancy, scaled(&plain.occupancy));
        assert_eq!(of_values(&many), of_values(&plain));
    }

    /// The step of the differences is where truncation and rounding balance, both of which grow
    /// with the rewards: it stays, and what it finds is in the new units.
    #[test]
    fn differences_are_in_the_units_of_the_rewards_under_every_criterion() {
        let (mdp, policy) = lingering();
        let scale = 2f64.powi(20);
        let scaled = |x: &[f64]| x.iter().map(|x| scale * x).collect::<Vec<f64>>();
        let differences = |mdp: &Mdp| {
            let solved = Solved::new(mdp.clone(), policy.clone()).unwrap();
            let found = solved.gradient_by(&[Route::FiniteDifference]).unwrap();
            (found.finite_difference.expect("a step"), found.disagreement)
        };
        let (discount, horizon) = (0.5, 5);
        for criterion in [
            Criterion::Discounted { discount },
            Criterion::FiniteHorizon { discount, horizon },
            Criterion::Average,
        ] {
            let mdp = mdp.clone().under(criterion);
            let (plain, tolerance) = differences(&mdp);
            let (dear, wider) = differences(&mdp.clone().with_rewards(scaled(mdp.r())).unwrap());
            assert_eq!(dear.step, plain.step, "{:?}", mdp.criterion());
            assert_eq!(dear.gradient, scaled(&plain.gradient));
            assert_eq!(dear.error_bound, scaled(&plain.error_bound));
            assert_eq!(wider.tolerance, scale * tolerance.tolerance);
        }
    }

    /// Every action pays 1, so that v = 1/(1 − γ) everywhere: what is rounded in a difference of
    /// values is their difference, and then A itself as a sum, not 20 times v.
    #[test]
    fn a_large_flat_value_adds_hardly_more_than_its_own_rounding() {
        let (mdp, policy) = lingering();
        let discount = 1.0 - 2f64.powi(-10);
        let mdp = mdp.under(Criterion::Discounted { discount });
        let ones = vec![1.0; mdp.pairs()];
        let mdp = mdp.with_rewards(ones).unwrap();
        let (errors, bounds, _) = errors(&mdp, &policy, &[0.0, 0.0]);
        let of_values = largest(&of_values(&errors));
        for bound in bounds {
            let own = bound - (1.0 + discount) * of_values;
            assert!(own <= 4.0 * f64::EPSILON * 1024.0, "{own:e}");
        }
    }
}
