//! The forward route: ∇v from its Bellman equation, then ∇J = ρ₀ ∇v.

use super::Evaluated;
use super::jacobian::{columns, right_side, solve_columns};
use crate::error::Error;
use crate::field::{Field, dot};

/// ∇J \[d\] = ρ₀ (I − γp^π)⁻¹ (q∇π), the resolvent applied to the right. One solve per state for
/// tabular policies, one per parameter where features are shared; memory O(n + d), up to 4096 states
/// O(n²).
///
/// Errors if a solver did not certify a solution.
pub fn gradient<F: Field>(at: Evaluated<'_, F>) -> Result<Vec<F>, Error> {
    let initial = at.chain.dynamics().initial();
    let mut gradient = vec![F::zero(); at.policy.parameters()];
    solve_columns(at, &columns(&right_side(at)), |column, x| {
        let started = dot(initial, x);
        for (k, factor) in &column.parameters {
            gradient[*k] = started.clone() * factor;
        }
    })?;
    Ok(gradient)
}
