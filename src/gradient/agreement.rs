//! How far the exact routes lie apart, and how far rounding alone may set them.

use super::{Evaluated, RouteGradient};
use crate::error::Error;
use crate::policy::Policy;

/// The largest difference between two routes that are exact up to rounding.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Disagreement {
    /// max |gₖ − g'ₖ| over such routes and parameters.
    pub max: f64,
    /// What rounding and the residuals of the solves can account for, see `Disagreement::new`.
    pub tolerance: f64,
}

impl Disagreement {
    /// Compares the exact routes with each other and with `gradient`, the adjoint.
    ///
    /// The tolerance is twice a bound on the error of any one route. With K = ‖N‖∞, M = Σρ, the
    /// residuals eᵥ, e_ρ, η = (n + z + 16)u for n states and z entries in the fullest row (the
    /// backward error of elimination and of the products; theory, section 8), D = maxₖ maxₛ
    /// Σₐ|∂ₖπ| and Q = maxₖ maxₛ Σₐ|q ∂ₖπ|:
    ///
    /// ```text
    /// |v̂ − v| ≤ εᵥ = K (eᵥ + η(|r|∞ + 2|v|∞))      |ρ̂ − ρ|₁ ≤ ε_ρ = K (n e_ρ + 2ηM)
    /// |ĝₖ − gₖ| ≤ ε_ρ Q + γ εᵥ M D + 3ηK²Q
    /// ```
    pub(super) fn new(
        at: Evaluated<'_, f64>,
        gradient: &[f64],
        routes: &[RouteGradient],
    ) -> Result<Disagreement, Error> {
        let tolerance = 2.0 * rounding(at)?;
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
        for route in exact.filter_map(|route| route.gradient.as_ref()) {
            for (k, &x) in route.iter().enumerate() {
                low[k] = low[k].min(x);
                high[k] = high[k].max(x);
            }
        }
        let spread = low.iter().zip(&high).map(|(low, high)| high - low);
        Disagreement {
            max: spread.fold(0.0, f64::max),
            tolerance,
        }
    }

    /// Whether the routes agree as far as they must.
    pub fn agrees(&self) -> bool {
        self.max <= self.tolerance
    }
}

fn rounding(at: Evaluated<'_, f64>) -> Result<f64, Error> {
    let evaluation = at.evaluation;
    let p = at.chain.dynamics().p();
    let fullest = (0..p.rows()).map(|s| p.row(s).len()).max().unwrap_or(0);
    let eta = (p.rows() + fullest + 16) as f64 * f64::EPSILON / 2.0;
    let time = at.chain.inverse_norm()?;
    let mass: f64 = evaluation.occupancy.iter().map(|x| x.abs()).sum();
    let (slope, weighted) = slopes(at.policy, &evaluation.q);
    let states = p.rows() as f64;
    let values = largest(&evaluation.v);
    let rewards = largest(at.chain.dynamics().r());
    let v = time * (evaluation.residuals.v + eta * (rewards + 2.0 * values));
    let occupancy = time * (states * evaluation.residuals.occupancy + 2.0 * eta * mass);
    let solve = 3.0 * eta * time * time * weighted;
    Ok(occupancy * weighted + at.chain.discount() * v * mass * slope + solve)
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

pub(super) fn largest(x: &[f64]) -> f64 {
    x.iter().fold(0.0, |largest, x| largest.max(x.abs()))
}
