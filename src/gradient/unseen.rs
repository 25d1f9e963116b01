//! What the visits of the long run do not see: which of its classes is reached.
//!
//! Under the average reward ∇J = ρ₀P*(q_h∇π) + ρ₀D((pg)∇π). The second part is of states that are left for ever, which have no
//! share in ρ₀P*: a Fisher matrix and a mean divergence over these visits, runs that begin in the long run, and q_h − h
//! hold nothing of it. (Policies of such models are improved by pg before q_h; Puterman 1994, 9.2.)

use crate::error::Error;
use crate::linalg::Solvable;
use crate::solved::Solved;

/// A part of the largest reward below which a weight of ∇J is not told; a choice.
const LITTLE: f64 = 1e-9;

impl<F: Solvable> Solved<F> {
    /// Whether ∇J has such a part, beyond what may be rounding.
    ///
    /// Errors if a solver did not certify a solution, and where J has no gradient.
    pub(crate) fn moves_between_classes(&self) -> Result<bool, Error> {
        let long_run = self.long_run();
        if long_run.is_none_or(|run| run.structure().is_unichain()) {
            return Ok(false);
        }
        let (space, pi) = (self.mdp().space(), self.policy().probabilities());
        let weights = self.pair_weights()?;
        let rounding = self.derivatives().weights_error(self)?.unwrap_or(0.0);
        let rewards = self.mdp().r().iter().map(|r| r.to_f64().abs());
        let least = rounding.max(LITTLE * rewards.fold(0.0, f64::max));
        let is_left = |pair: usize| self.occupancy()[space.state_of(pair)].is_zero();
        let size = |pair: usize| (pi[pair].to_f64() * weights[pair].to_f64()).abs();
        Ok((0..weights.len()).any(|pair| is_left(pair) && size(pair) > least))
    }
}
