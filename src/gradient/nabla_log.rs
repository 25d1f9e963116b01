//! The nabla-log route: ∇J = ρ^π π (q ∇log π), the expectation that score-function estimators
//! sample (Williams 1992).

use super::Evaluated;
use crate::field::Field;
use crate::policy::Scores;

/// ∇J \[d\] = Σ ρ(s,a) q(s,a) ψ(s,a), with A for q, the same since E ψ = 0 in each state; `None`
/// where a pair has no score although ∇π ≠ 0: there this form is not the gradient (theory, section
/// 3, *The nabla-log condition*).
pub fn gradient<F: Field>(at: Evaluated<'_, F>, scores: &Scores<F>) -> Option<Vec<F>> {
    if !scores.missing.is_empty() {
        return None;
    }
    let visits = at.evaluation.pair_occupancy.iter();
    let pairs = visits.zip(&at.evaluation.advantage);
    let weights: Vec<F> = pairs.map(|(visits, a)| visits.clone() * a).collect();
    Some(scores.rows.mul_transposed(&weights))
}
