//! The adjoint route: ∇J = ρ^π (A∇π), from one transposed solve.

use super::Evaluated;
use crate::field::Field;

/// ∇J \[d\] = Σₛ ρ(s) Σₐ A(s,a) ∇π(a|s).
///
/// A stands for q, which differ by a function of the state; Σₐ ∇π = 0. Costs O(m), or the
/// entries of φ for log-linear policies, beside the evaluation. Source: Sutton et al. (2000),
/// theorem 1, there with d^π for ρ^π.
pub fn gradient<F: Field>(at: Evaluated<'_, F>) -> Vec<F> {
    let space = at.mdp.space();
    let evaluation = at.evaluation;
    let weighted = |(pair, advantage): (usize, &F)| {
        advantage.clone() * &evaluation.occupancy[space.state_of(pair)]
    };
    let weights: Vec<F> = evaluation
        .advantage
        .iter()
        .enumerate()
        .map(weighted)
        .collect();
    at.policy.pull_back(&weights)
}
