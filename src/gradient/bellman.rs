//! The forward route: ∇v from its Bellman equation, then ∇J = ρ₀ ∇v.

use super::jacobian::{columns, right_side, solve_columns};
use crate::chain::Chain;
use crate::error::Error;
use crate::field::dot;
use crate::linalg::Solvable;
use crate::solved::Solved;

/// ∇J \[d\] = ρ₀ ∇v, ρ₀ ∇v₀ on a horizon, ρ₀ ∇g for the average reward.
///
/// Errors if a solver did not certify a solution.
pub fn gradient<F: Solvable>(at: &Solved<F>) -> Result<Vec<F>, Error> {
    at.derivatives().forward(at)
}

/// ∇J \[d\] = ρ₀ (I − γp^π)⁻¹ (q∇π), the resolvent applied to the right. One solve per state for
/// tabular policies, one per parameter where features are shared; memory O(n + d), up to 4096 states
/// O(n²).
pub(super) fn by_columns<F: Solvable>(chain: &Chain<F>, at: &Solved<F>) -> Result<Vec<F>, Error> {
    let initial = chain.dynamics().initial();
    let mut gradient = vec![F::zero(); at.policy().parameters()];
    solve_columns(chain, &columns(&right_side(chain, at)), |column, x| {
        let started = dot(initial, x);
        for (k, factor) in &column.parameters {
            gradient[*k] = started.clone() * factor;
        }
    })?;
    Ok(gradient)
}
