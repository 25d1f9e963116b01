//! Entropy regularisation: the soft value of a policy and its gradient (theory, 4.8).
//!
//! ```text
//! J_α = ρ^π Σₐ π (r − α log π)      v = (I − γp^π)⁻¹ (r^π + α H(π)),  q = r + γ p v
//! ∇J_α = ρ^π ((q − α log π) ∇π)
//! ```
//!
//! The entropy of the current state is in v, not in q: v = π(q − α log π), and 0 log 0 = 0.

use super::{Evaluated, no_score};
use crate::error::Error;
use crate::evaluation::action_values;
use crate::field::{Real, dot};

/// The soft values of a policy at a temperature α ≥ 0 of the entropy.
#[derive(Clone, Debug, PartialEq)]
pub struct Soft<F> {
    /// v(s) \[S\], in units of reward, the entropy paid at rate α included.
    pub v: Vec<F>,
    /// q(s, a) = r + γ p v \[SA\].
    pub q: Vec<F>,
    /// H(π(·|s)) = −Σₐ π log π \[S\], in nats.
    pub entropy: Vec<F>,
    /// J_α = ρ₀ v.
    pub j: F,
    /// ∇J_α \[d\].
    pub gradient: Vec<F>,
}

impl<F: Real> Soft<F> {
    /// One solve; ρ^π is that of the evaluation, since p^π does not depend on α.
    ///
    /// Errors if a solver did not certify the solution, and with [`Error::NoScore`] where an
    /// action of probability 0 has ∇π ≠ 0: log π diverges there, and the gradient with it.
    pub fn new(at: Evaluated<'_, F>, alpha: &F) -> Result<Soft<F>, Error> {
        let space = at.mdp.space();
        let occupied = |pair: usize| !at.evaluation.occupancy[space.state_of(pair)].is_zero();
        let steep = at.policy.scores().missing.into_iter();
        no_score(space, steep.filter(|&pair| occupied(pair)))?;
        let pi = at.policy.probabilities();
        let logs = at.policy.log_probabilities();
        let logs: Vec<F> = logs
            .into_iter()
            .map(|x| x.unwrap_or_else(F::zero))
            .collect();
        let entropy: Vec<F> = (0..space.states())
            .map(|s| {
                let block = space.pairs_of(s);
                -dot(&pi[block.clone()], &logs[block])
            })
            .collect();
        let rewards = at.chain.dynamics().r().iter().zip(&entropy).enumerate();
        let undefined = |s: usize| at.chain.undefined().binary_search(&s).is_ok();
        let rewards: Vec<F> = rewards
            .map(|(s, (r, h))| match undefined(s) {
                true => F::zero(),
                false => h.clone() * alpha + r,
            })
            .collect();
        let v = at.chain.resolvent().solve(&rewards)?.x;
        let q = action_values(at.mdp, &v);
        let weights: Vec<F> = (0..space.pairs())
            .map(|pair| {
                let state = space.state_of(pair);
                let soft = q[pair].clone() - &v[state] - logs[pair].clone() * alpha;
                soft * &at.evaluation.occupancy[state]
            })
            .collect();
        Ok(Soft {
            j: dot(at.chain.dynamics().initial(), &v),
            gradient: at.policy.pull_back(&weights),
            v,
            q,
            entropy,
        })
    }
}
