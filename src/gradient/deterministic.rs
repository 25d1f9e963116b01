//! Deterministic rules realised by fixed weights (theory, 4.10 iii; Silver et al. 2014).
//!
//! ```text
//! π(a|s) = ω_a(u_θ(s)),   q(s,u) = Σₐ ω_a(u) q(s,a):   ∇J = ρ^π (∇_θu ∂_uq(s,u))
//! ```
//!
//! In a finite MDP nothing is differentiated in the action itself; a rule u_θ(s) between the
//! actions is what a smooth actor is there. The form is that of the deterministic policy gradient
//! theorem, which needs a continuum of actions.

use crate::field::dot;
use crate::linalg::{Csr, Solvable};
use crate::mdp::Space;
use crate::solved::Solved;

/// What a rule does in every state.
#[derive(Clone, Debug, PartialEq)]
pub struct WeightedRule<F> {
    /// ω_a(u(s)) \[SA\], the probabilities of the policy that realises it.
    pub weights: Vec<F>,
    /// ∂ω_a/∂u \[SA\].
    pub slopes: Vec<F>,
}

impl<F: Solvable> WeightedRule<F> {
    /// Linear interpolation between neighbouring actions: u(s) in [0, |A(s)| − 1] lies between the
    /// actions ⌊u⌋ and ⌊u⌋ + 1. At a whole number, a kink, the slopes are those from the right, at
    /// the last action those from the left; beyond either end the nearest piece goes on, and its
    /// weights are no probabilities.
    pub fn interpolated(space: &Space, u: &[F]) -> WeightedRule<F> {
        let mut weights = vec![F::zero(); space.pairs()];
        let mut slopes = weights.clone();
        for (state, u) in u.iter().enumerate() {
            let block = space.pairs_of(state);
            match block.len() {
                0 => {}
                1 => weights[block.start] = F::one(),
                actions => {
                    let mut left = 0;
                    while left + 2 < actions && *u >= F::from_i64(left as i64 + 1) {
                        left += 1;
                    }
                    let share = u.clone() - F::from_i64(left as i64);
                    let pair = block.start + left;
                    weights[pair] = F::one() - &share;
                    weights[pair + 1] = share;
                    slopes[pair] = -F::one();
                    slopes[pair + 1] = F::one();
                }
            }
        }
        WeightedRule { weights, slopes }
    }

    /// ∇J \[d\] for the Jacobian ∇u [S, d] of the rule, `at` being the evaluation of the policy with
    /// these weights.
    pub fn gradient(&self, at: &Solved<F>, jacobian: &Csr<F>) -> Vec<F> {
        let (space, evaluation) = (at.mdp().space(), at.evaluation());
        let along = |state: usize| {
            let block = space.pairs_of(state);
            let slope = dot(&self.slopes[block.clone()], &evaluation.q[block]);
            slope * &evaluation.occupancy[state]
        };
        let weights: Vec<F> = (0..space.states()).map(along).collect();
        jacobian.mul_transposed(&weights)
    }
}
