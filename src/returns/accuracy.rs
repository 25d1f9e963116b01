//! How far rounding may have moved variances of the return (theory, 2.5).
//!
//! Every δ = r + γv(s') − v(s) is known to ε = 2‖N‖∞ max (|e| + η z_v) + 4u (max|v| + max|r|), e the residual of v,
//! and c₂ = N₂ E[δ²] with N₂ ≤ N, so that by Cauchy and Schwarz
//!
//! ```text
//! |δ c₂(s)| ≤ 2ε √(‖N‖∞ c₂(s)) + 3ε² ‖N‖∞ + (η + 4nu) c₂(s)
//! ```
//!
//! and what ρ₀ mixes, the squares of v(s) − J, is known to 4ε √Var + 4ε² beside that.

use super::ReturnMoments;
use crate::error::Error;
use crate::evaluation::{Prepared, largest_fault, unit};
use crate::linalg::Solvable;
use crate::solved::Solved;

impl<F: Solvable> Solved<F> {
    /// A bound on what rounding has done to Var G and to Var[G | S₀ = s] of any state, in units of reward squared;
    /// infinite where it is no number. `None` over a horizon, and in a field that is exact or has bounds of its own.
    ///
    /// # Errors
    /// Those of the solver of a linear system.
    pub fn return_variance_error(&self, moments: &ReturnMoments<F>) -> Result<Option<f64>, Error> {
        let Prepared::Resolvent(chain) = self.prepared() else {
            return Ok(None);
        };
        if F::EXACT || F::one().certified().is_some() {
            return Ok(None);
        }
        let most = |x: &[F]| {
            x.iter()
                .fold(0.0, |most: f64, x| most.max(x.to_f64().abs()))
        };
        let r = chain.dynamics().r();
        let (v, rest) = chain.resolvent().solve_finely(r)?;
        let outcomes = (0..self.mdp().pairs()).flat_map(|pair| self.mdp().outcomes(pair));
        let rewards = outcomes.fold(0.0, |most: f64, o| most.max(o.reward.to_f64().abs()));
        let length = chain.inverse_norm()?.to_f64();
        let values = length * largest_fault(chain, r, &v.x, &rest);
        let off = 2.0 * values + 2.0 * f64::EPSILON * (most(&v.x) + rewards);
        let relative = unit(chain) + 2.0 * v.x.len() as f64 * f64::EPSILON;
        let largest = most(&moments.variance_by_state).max(moments.variance.to_f64().abs());
        let mixed = 4.0 * off * largest.sqrt() + 4.0 * off * off;
        let by_state = 2.0 * off * (length * largest).sqrt() + 3.0 * off * off * length;
        let bound = mixed + by_state + relative * largest;
        Ok(Some(if bound.is_nan() { f64::INFINITY } else { bound }))
    }
}
