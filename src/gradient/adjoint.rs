//! The adjoint route: ∇J = W ∇π, from one transposed solve; ρ^π (A∇π) where there is a resolvent.

use crate::error::Error;
use crate::linalg::Solvable;
use crate::solved::Solved;

/// ∇J \[d\] = Σ W(s, a) ∇π(a|s), with W = ρ(s) A(s, a) for the discounted and the total reward.
///
/// Costs O(m), or the entries of φ for log-linear policies, beside the evaluation. Source: Sutton
/// et al. (2000), theorem 1, there with d^π for ρ^π.
///
/// Errors with [`Error::NotDifferentiable`] or [`Error::GainJumps`] where J has no gradient, and if
/// a solver did not certify a solution.
pub fn gradient<F: Solvable>(at: &Solved<F>) -> Result<Vec<F>, Error> {
    let criterion = at.derivatives();
    criterion.check_differentiable(at, false)?;
    Ok(at.policy().pull_back(&criterion.weights(at)?))
}
