//! Deterministic rules realised by fixed weights (theory, 4.10 iii; Silver et al. 2014).
//!
//! ```text
//! π(a|s) = ω_a(u_θ(s)),   q(s,u) = Σₐ ω_a(u) q(s,a):   ∇J = ρ^π (∇_θu ∂_uq(s,u))
//! ```
//!
//! In a finite MDP nothing is differentiated in the action itself; a rule u_θ(s) between the
//! actions is what a smooth actor is there. The form is that of the deterministic policy gradient
//! theorem, which needs a continuum of actions.

use crate::error::Error;
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
    ///
    /// # Errors
    /// [`Error::Length`] and [`Error::Argument`] unless there is a finite u for each state.
    pub fn interpolated(space: &Space, u: &[F]) -> Result<WeightedRule<F>, Error> {
        Error::check_numbers("rule", space.states(), u)?;
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
        Ok(WeightedRule { weights, slopes })
    }

    /// Quadratic splines among neighbouring actions: at a distance t from the nearest action, in steps, the
    /// weights ½(½ − t)², ¾ − t², ½(½ + t)², whose mean is u and whose variance is ¼ wherever u is, and
    /// whose slopes are those of the parabola through three points; between the last two actions of
    /// either end, from the middle on, linear.
    ///
    /// # Errors
    /// [`Error::Length`] and [`Error::Argument`] unless there is a finite u for each state.
    pub fn spline(space: &Space, u: &[F]) -> Result<WeightedRule<F>, Error> {
        let mut rule = WeightedRule::interpolated(space, u)?;
        let half = F::one() / &F::from_i64(2);
        for (state, u) in u.iter().enumerate() {
            let block = space.pairs_of(state);
            let mut nearest = 0;
            while nearest + 1 < block.len() && *u >= F::from_i64(nearest as i64) + &half {
                nearest += 1;
            }
            if nearest == 0 || nearest + 1 >= block.len() {
                continue;
            }
            let t = u.clone() - F::from_i64(nearest as i64);
            let (left, right) = (half.clone() - &t, half.clone() + &t);
            for pair in block.clone() {
                (rule.weights[pair], rule.slopes[pair]) = (F::zero(), F::zero());
            }
            let pair = block.start + nearest;
            rule.weights[pair - 1] = left.clone() * &left * &half;
            rule.weights[pair + 1] = right.clone() * &right * &half;
            rule.weights[pair] = F::one() - &rule.weights[pair - 1] - &rule.weights[pair + 1];
            rule.slopes[pair - 1] = -left;
            rule.slopes[pair + 1] = right;
            rule.slopes[pair] = -(t.clone() + &t);
        }
        Ok(rule)
    }

    /// ∂_uq(s, u) \[S\], `at` being the evaluation of the policy with these weights; on a horizon that at time 0.
    pub(crate) fn slopes_of(&self, at: &Solved<F>) -> Vec<F> {
        self.along(at.mdp().space(), &at.evaluation().q)
    }

    /// Σₐ ω'ₐ x(s, a) \[S\].
    fn along(&self, space: &Space, x: &[F]) -> Vec<F> {
        let of = |state: usize| {
            let block = space.pairs_of(state);
            dot(&self.slopes[block.clone()], &x[block])
        };
        (0..space.states()).map(of).collect()
    }

    /// ∇J \[d\] for the Jacobian ∇u [S, d] of the rule, `at` being the evaluation of the policy with
    /// these weights.
    ///
    /// # Errors
    /// [`Error::Length`] unless the rule has a slope for each pair and the Jacobian a row for each state, and if a solver
    /// did not certify a solution.
    pub fn gradient(&self, at: &Solved<F>, jacobian: &Csr<F>) -> Result<Vec<F>, Error> {
        Error::check_length("rule's slopes", at.mdp().pairs(), self.slopes.len())?;
        Error::check_length("column of the Jacobian", at.mdp().states(), jacobian.rows())?;
        let slopes = self.along(at.mdp().space(), &at.pair_weights()?);
        Ok(jacobian.mul_transposed(&slopes))
    }
}
