//! The nabla-log route: ∇J = ρ^π π (q ∇log π), the expectation that score-function estimators
//! sample (Williams 1992).

use crate::error::Error;
use crate::linalg::Solvable;
use crate::solved::Solved;

/// ∇J \[d\] = Σ π(a|s) W(s, a) ψ(s, a), with W = ρ(s) A(s, a) for the discounted and the total
/// reward; `None` where a pair has no score although ∇π ≠ 0: there this form is not the gradient
/// (theory, section 3, *The nabla-log condition*).
///
/// Errors if a solver did not certify a solution.
pub fn gradient<F: Solvable>(at: &Solved<F>, unscored: &[usize]) -> Result<Option<Vec<F>>, Error> {
    if !unscored.is_empty() {
        return Ok(None);
    }
    let weights = at.derivatives().score_weights(at)?;
    Ok(Some(at.policy().weighted_scores(&weights)))
}
