//! What is forgotten when an action is squashed by tanh and its density is not (theory, 4.13; Haarnoja et
//! al. 2018, appendix C).
//!
//! ```text
//! a = tanh u:   log π(a|s) = log π(u|s) − log(1 − tanh² u),   −log(1 − tanh² u) = 2 log cosh u
//! H_a(s) = H_u(s) − E[2 log cosh u]
//! ```
//!
//! Here the actions of the model are u. Without the Jacobian the objective J + α Σ γᵗ H_a becomes J + α Σ γᵗ H_u:
//! its gradient is off by α ∇E Σ γᵗ 2 log cosh uₜ, a reward for actions near the ends.

use super::Grid;
use crate::error::Error;
use crate::field::Field;
use crate::gradient::Differentiable;
use crate::linalg::Solvable;
use crate::solved::Solved;

/// What leaving out log(1 − tanh² u) does, for each unit of α where α multiplies it.
#[derive(Clone, Debug)]
pub struct Squashing<F: Solvable = f64> {
    /// −Σₐ π log(π/Δu) \[S\], Δu the width of an action's cell: the entropy of u; `None` where the field
    /// has no such logarithm.
    pub before: Vec<Option<F>>,
    /// H_a(s) \[S\], the entropy of tanh u.
    pub after: Vec<Option<F>>,
    /// H_u − H_a = E[2 log cosh u] \[S\], by which the entropy is overstated.
    pub entropy: Vec<F>,
    /// Σ ρ(s) E[2 log cosh u]: by how much the objective is overstated.
    pub j: F,
    /// The gradient of that \[d\].
    pub gradient: Vec<F>,
}

/// 2 log cosh u = 2|u| + 2 log(1 + e^(−2|u|)) − 2 log 2.
pub(super) fn lost<F: Field>(u: &F) -> Option<F> {
    let twice = u.abs() + u.abs();
    if twice.is_zero() {
        return Some(F::zero());
    }
    let small = (-twice.clone()).checked_exp()?;
    let two = F::from_i64(2);
    Some(twice + ((F::one() + small).checked_ln()? - two.checked_ln()?) * &two)
}

impl<F: Differentiable> Solved<F> {
    /// What the density of a = tanh u without its Jacobian makes of entropies and of their gradient, the
    /// numbers of the actions being u.
    ///
    /// # Errors
    /// [`Error::Argument`] over exact fractions, which have no logarithms; [`Error::Criterion`] unless the
    /// reward is discounted or total; [`Error::NoScore`] where a density is 0; [`Error::Factor`].
    pub fn squashing(&self) -> Result<Squashing<F>, Error> {
        let grid = self.grid()?;
        let space = self.mdp().space();
        let reward = |pair| lost(grid.number(space, pair));
        let paid: Option<Vec<F>> = (0..space.pairs()).map(reward).collect();
        let paid = paid.ok_or_else(|| Error::Argument {
            name: "the arithmetic",
            found: "fractions, for logarithms of hyperbolic cosines".into(),
            expected: "floating point, or bounds",
        })?;
        let at = self.paying(paid)?;
        let pi = self.policy().probabilities();
        let entropy = |state: usize| {
            let pairs = space.pairs_of(state);
            pairs.fold(F::zero(), |sum, pair| {
                sum + pi[pair].clone() * &at.mdp().r()[pair]
            })
        };
        let entropy: Vec<F> = (0..space.states()).map(entropy).collect();
        let before = self.entropies(&grid);
        let both = before.iter().zip(&entropy);
        Ok(Squashing {
            after: both.map(|(h, lost)| Some(h.clone()? - lost)).collect(),
            before,
            entropy,
            j: at.j().clone(),
            gradient: at.gradient()?.to_vec(),
        })
    }

    /// −Σₐ π log(π/Δu), Δu from the middle between neighbours to the next, half a step at each end added.
    fn entropies(&self, grid: &Grid<F>) -> Vec<Option<F>> {
        let space = self.mdp().space();
        let (pi, logs) = (
            self.policy().probabilities(),
            self.policy().log_probabilities(),
        );
        let state = |pairs: &Vec<usize>| {
            let number = |i: usize| grid.number(space, pairs[i]).clone();
            let last = pairs.len().saturating_sub(1);
            let mut sum = F::zero();
            for (i, &pair) in pairs.iter().enumerate().filter(|(_, p)| !pi[**p].is_zero()) {
                let (left, right) = (i.saturating_sub(1), (i + 1).min(last));
                let width = match right - left {
                    0 => F::one(),
                    steps => (number(right) - number(left)) / &F::from_i64(steps as i64),
                };
                sum += pi[pair].clone() * &(width.checked_ln()? - logs[pair].as_ref()?);
            }
            Some(sum)
        };
        grid.order.iter().map(state).collect()
    }
}
