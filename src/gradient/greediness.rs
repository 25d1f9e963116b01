//! The greediness gradient: ρ(q∇π) for frozen ρ and q, and when it is ∇J (theory, 4.6, 4.7, 4.10).
//!
//! ```text
//! ∇_θ ρ(πq) = ρ(q∇π)      equal to ∇J iff Σ (ρ(s)q(s,a) − ρ^π(s)q^π(s,a)) ∇π(a|s) = 0
//! ```

use crate::error::Error;
use crate::field::dot;
use crate::linalg::Solvable;
use crate::policy::Policy;
use crate::solved::Solved;

/// ρ(q∇π) \[d\] for any row ρ \[S\] and any q \[SA\]: the gradient of ρ(πq) with both frozen.
///
/// With q = q^π and a tabular policy it is an ascent direction of every v(s), whatever ρ ≥ 0; with
/// shared features it need not be.
///
/// # Errors
/// [`Error::Length`] and [`Error::Argument`] unless there is a finite weight for each state and value for each pair.
pub fn gradient<F: Solvable>(policy: &Policy<F>, measure: &[F], q: &[F]) -> Result<Vec<F>, Error> {
    let space = policy.space();
    Error::check_numbers("measure", space.states(), measure)?;
    Error::check_numbers("table of q", space.pairs(), q)?;
    Ok(pulled_back(policy, measure, q))
}

/// ρ(q∇π) \[d\] of tables of the policy's own states and pairs.
pub(crate) fn pulled_back<F: Solvable>(policy: &Policy<F>, measure: &[F], q: &[F]) -> Vec<F> {
    let space = policy.space();
    let weight = |(pair, q): (usize, &F)| q.clone() * &measure[space.state_of(pair)];
    let weights: Vec<F> = q.iter().enumerate().map(weight).collect();
    policy.pull_back(&weights)
}

/// ρ(s)(q − πq)(s,a) − W(s,a) \[SA\], W = ρ^π(s)A^π(s,a) where values do not depend on the time: for a tabular softmax and
/// for the interior of the direct parametrizations ρ(q∇π) = ∇J if and only if all of it is 0; for shared features that
/// is sufficient.
///
/// # Errors
/// [`Error::Length`] and [`Error::Argument`] unless there is a finite weight for each state and value for each pair; and if a solver did not
/// certify a solution.
pub fn tabular_gap<F: Solvable>(at: &Solved<F>, measure: &[F], q: &[F]) -> Result<Vec<F>, Error> {
    let space = at.mdp().space();
    Error::check_numbers("measure", space.states(), measure)?;
    Error::check_numbers("table of q", space.pairs(), q)?;
    let pi = at.policy().probabilities();
    let own = at.pair_weights()?;
    let mut gap = Vec::with_capacity(q.len());
    for (state, weight) in measure.iter().enumerate() {
        let block = space.pairs_of(state);
        let mean = dot(&pi[block.clone()], &q[block.clone()]);
        gap.extend(block.map(|pair| (q[pair].clone() - &mean) * weight - &own[pair]));
    }
    Ok(gap)
}

/// The excursion objective J_b = d_b v of a fixed state distribution d_b, off the policy.
#[derive(Clone, Debug, PartialEq)]
pub struct Excursion<F> {
    /// J_b.
    pub j: F,
    /// m = d_b (I − γp^π)⁻¹ \[S\], the emphatic weights (Sutton, Mahmood & White 2016).
    pub emphasis: Vec<F>,
    /// ∇J_b = d_b (I − γp^π)⁻¹ (q∇π) \[d\], the emphatic weighting (Imani, Graves & White 2018).
    pub gradient: Vec<F>,
    /// d_b (q∇π) \[d\], which omits the resolvent (Degris, White & Sutton 2012): not the gradient,
    /// but for tabular policies an ascent direction.
    pub degris: Vec<F>,
}

impl<F: Solvable> Excursion<F> {
    /// One transposed solve for d_b \[S\].
    ///
    /// # Errors
    /// [`Error::Length`] and [`Error::Argument`] unless there is a finite weight for each state, [`Error::Criterion`] unless the reward is
    /// discounted or total, and if a solver did not certify the solution.
    pub fn new(at: &Solved<F>, behavior: &[F]) -> Result<Excursion<F>, Error> {
        Error::check_numbers("measure", at.mdp().states(), behavior)?;
        let emphasis = at.chain()?.resolvent().solve_transposed(behavior)?.x;
        // for q, from which it differs by what Σₐ ∇π = 0 cancels
        let advantage = at.advantage();
        Ok(Excursion {
            j: dot(behavior, &at.evaluation().v),
            gradient: pulled_back(at.policy(), &emphasis, advantage),
            degris: pulled_back(at.policy(), behavior, advantage),
            emphasis,
        })
    }
}
