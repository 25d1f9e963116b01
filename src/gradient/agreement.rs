//! How far the exact routes lie apart, and how far rounding alone may set them.

use super::finite_difference::scales;
use super::{Evaluated, Route, RouteGradient};
use crate::error::Error;
use crate::linalg::Factors;
use crate::policy::Policy;

/// The largest difference between two routes that are exact up to rounding.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Disagreement {
    /// max |gₖ − g'ₖ| over such routes and parameters; infinite where an entry is not finite.
    pub max: f64,
    /// What rounding and the residuals of the solves can account for, see `Disagreement::new`.
    pub tolerance: f64,
}

impl Disagreement {
    /// Compares the exact routes with each other and with `gradient`, the adjoint.
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
    /// further solve err by (n + 8)³ u relative to ρ at most ([`Gth`](crate::linalg::Gth)).
    ///
    /// The complex step, where it was asked for, eliminates without knowing of M-matrices and has
    /// no residual to show: its bound is a priori, 2ηₙ K M (D + 1/ℓ)|q|∞ with D = maxₖ maxₛ Σₐ|∂ₖπ|
    /// and the shortest ℓ, for the two systems that its real and its imaginary part solve.
    pub(super) fn new(
        at: Evaluated<'_, f64>,
        gradient: &[f64],
        routes: &[RouteGradient],
    ) -> Result<Disagreement, Error> {
        let asked = |route| routes.iter().any(|asked| asked.route == route);
        let complex = match asked(Route::ComplexStep) {
            true => elimination(at)?,
            false => 0.0,
        };
        let tolerance = 2.0 * (rounding(at)? + complex);
        Ok(Disagreement::within(tolerance, gradient, routes))
    }

    /// The same with a tolerance that is known.
    pub(super) fn within(
        tolerance: f64,
        gradient: &[f64],
        routes: &[RouteGradient],
    ) -> Disagreement {
        let exact = routes.iter().filter(|route| route.route.is_exact());
        let mut low = gradient.to_vec();
        let mut high = gradient.to_vec();
        let mut finite = gradient.iter().all(|x| x.is_finite());
        for route in exact.filter_map(|route| route.gradient.as_ref()) {
            for (k, &x) in route.iter().enumerate() {
                low[k] = low[k].min(x);
                high[k] = high[k].max(x);
                finite &= x.is_finite(); // min and max pass over what is not a number
            }
        }
        let spread = low.iter().zip(&high).map(|(low, high)| high - low);
        let max = match finite {
            true => spread.fold(0.0, f64::max),
            false => f64::INFINITY,
        };
        Disagreement { max, tolerance }
    }

    /// Whether the routes agree as far as they must.
    pub fn agrees(&self) -> bool {
        self.max <= self.tolerance
    }
}

/// What the complex step's elimination adds to the error of an entry of ∇J.
fn elimination(at: Evaluated<'_, f64>) -> Result<f64, Error> {
    let matrix = at.chain.resolvent().matrix();
    let states = matrix.rows();
    let fullest = (0..states).map(|s| matrix.row(s).len()).max().unwrap_or(0);
    let unit = (states + fullest + 16) as f64 * f64::EPSILON / 2.0;
    let time = at.chain.inverse_norm()?;
    let (slope, _) = slopes(at.policy, at.mdp.r());
    let size = (slope + steepest(at.policy)) * largest(&at.evaluation.q);
    let mass: f64 = at.evaluation.occupancy.iter().map(|x| x.abs()).sum();
    Ok(2.0 * unit * time * mass.max(1.0) * size)
}

/// The largest bound on the error of an entry of ∇J.
fn rounding(at: Evaluated<'_, f64>) -> Result<f64, Error> {
    let (evaluation, space) = (at.evaluation, at.mdp.space());
    let errors = Errors::new(at)?;
    let d = at.policy.parameters();
    let scales = scales(at.policy);
    let (mut weighted, mut solved, mut total) = (vec![0.0; d], vec![0.0; d], vec![0.0; d]);
    for pair in 0..space.pairs() {
        let state = space.state_of(pair);
        let rho = evaluation.occupancy[state].abs();
        let advantage = evaluation.advantage[pair].abs();
        let off = errors.advantage(at, pair);
        let rounded = errors.unit * evaluation.pair_occupancy[pair].abs() * advantage;
        for (k, slope) in at.policy.derivative().row(pair) {
            let slope = slope.abs();
            weighted[k] += slope * advantage;
            solved[k] += slope * advantage * rho;
            total[k] += slope * (errors.occupancy[state] * advantage + rho * off);
            total[k] += rounded / scales[k];
        }
    }
    let further = |k: usize| f64::min(errors.solve * weighted[k], errors.relative * solved[k]);
    Ok((0..d).map(|k| total[k] + further(k)).fold(0.0, f64::max))
}

/// Bounds on what is wrong with the parts of a gradient.
struct Errors {
    /// η.
    unit: f64,
    /// εᵥ [S].
    values: Vec<f64>,
    /// ε_ρ [S].
    occupancy: Vec<f64>,
    /// Of a further solve, relative to Σ |∂ₖπ||A|.
    solve: f64,
    /// The same relative to Σ ρ |∂ₖπ||A|; infinite where factors have no such bound.
    relative: f64,
}

impl Errors {
    fn new(at: Evaluated<'_, f64>) -> Result<Errors, Error> {
        let (evaluation, resolvent) = (at.evaluation, at.chain.resolvent());
        let matrix = resolvent.matrix();
        let states = matrix.rows();
        let fullest = (0..states).map(|s| matrix.row(s).len()).max().unwrap_or(0);
        let roundoff = f64::EPSILON / 2.0;
        let unit = (fullest + 16) as f64 * roundoff;
        let values = resolvent.solve(&value_residual(at, unit))?.x;
        let mut occupancy = resolvent.solve_transposed(&occupancy_residual(at, unit))?.x;
        let mut relative = f64::INFINITY;
        if resolvent.factors().is_componentwise() {
            relative = (states as f64 + 8.0).powi(3) * roundoff;
            for (error, rho) in occupancy.iter_mut().zip(&evaluation.occupancy) {
                *error = error.min(relative * rho);
            }
        }
        let time = at.chain.inverse_norm()?;
        let mass: f64 = evaluation.occupancy.iter().map(|x| x.abs()).sum();
        Ok(Errors {
            solve: 2.0 * (unit + states as f64 * roundoff) * time * mass,
            unit,
            values: values.into_iter().map(f64::abs).collect(),
            occupancy: occupancy.into_iter().map(f64::abs).collect(),
            relative,
        })
    }

    /// Of A(s, a).
    fn advantage(&self, at: Evaluated<'_, f64>, pair: usize) -> f64 {
        let (v, state) = (&at.evaluation.v, at.mdp.space().state_of(pair));
        let gamma = at.chain.discount();
        let (mut solved, mut size, mut rounded) = (0.0, 0.0, 0.0);
        for (next, p) in at.mdp.p().row(pair) {
            solved += p * self.values[next];
            size += p * (v[next] - v[state]).abs();
            rounded += p * v[next].abs();
        }
        let lost = at.mdp.discount_complement() * v[state].abs();
        self.values[state]
            + gamma * solved
            + self.unit * (at.mdp.r()[pair].abs() + gamma * size + lost)
            + f64::EPSILON * (v[state].abs() + gamma * rounded)
    }
}

/// |e| + η z_v [S].
fn value_residual(at: Evaluated<'_, f64>, unit: f64) -> Vec<f64> {
    let (r, v) = (at.chain.dynamics().r(), &at.evaluation.v);
    let resolvent = at.chain.resolvent();
    let residual = resolvent.residual(r, v);
    let row = |(s, e): (usize, f64)| {
        let entries = resolvent.matrix().row(s);
        let rise: f64 = entries.map(|(j, a)| a.abs() * (v[j] - v[s]).abs()).sum();
        let slack = resolvent.slack().map_or(1.0, |slack| slack[s]);
        e.abs() + unit * (r[s].abs() + rise + slack.abs() * v[s].abs())
    };
    residual.into_iter().enumerate().map(row).collect()
}

/// |e_ρ| + η (ρ₀ + ρ|A|) [S].
fn occupancy_residual(at: Evaluated<'_, f64>, unit: f64) -> Vec<f64> {
    let (matrix, rho) = (at.chain.resolvent().matrix(), &at.evaluation.occupancy);
    let initial = at.chain.dynamics().initial();
    let mut size = initial.to_vec();
    for (s, rho) in rho.iter().enumerate() {
        for (next, a) in matrix.row(s) {
            size[next] += (rho * a).abs();
        }
    }
    let product = matrix.mul_transposed(rho);
    let rows = initial.iter().zip(product).zip(size);
    rows.map(|((b, x), size)| (b - x).abs() + unit * size)
        .collect()
}

/// maxₖ maxₛ of Σₐ |∂ₖπ| and of Σₐ |x ∂ₖπ|, for x over pairs [SA].
pub(super) fn slopes(policy: &Policy<f64>, x: &[f64]) -> (f64, f64) {
    let space = policy.space();
    let derivative = policy.derivative();
    let mut sums = vec![(0.0, 0.0); policy.parameters()];
    let (mut slope, mut weighted) = (0.0f64, 0.0f64);
    for state in 0..space.states() {
        for pair in space.pairs_of(state) {
            for (k, slope) in derivative.row(pair) {
                sums[k].0 += slope.abs();
                sums[k].1 += (slope * x[pair]).abs();
            }
        }
        for pair in space.pairs_of(state) {
            for (k, _) in derivative.row(pair) {
                let (x, y) = std::mem::take(&mut sums[k]);
                slope = slope.max(x);
                weighted = weighted.max(y);
            }
        }
    }
    (slope, weighted)
}

/// maxₖ 1/ℓₖ, what the rounding of a probability is multiplied by in ∇π.
pub(super) fn steepest(policy: &Policy<f64>) -> f64 {
    let inverse = scales(policy).into_iter().map(f64::recip);
    inverse.fold(0.0, f64::max)
}

pub(super) fn largest(x: &[f64]) -> f64 {
    x.iter().fold(0.0, |largest, x| largest.max(x.abs()))
}
