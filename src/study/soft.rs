//! J with entropy beside J, in floating point.

use std::sync::Arc;

use super::StudyError;
use super::rounding::shown_error;
use crate::report::EntropyReport;
use crate::solved::Solved;

/// J_α and ∇J_α with what rounding may have done to them; `sign` is −1 where rewards are costs.
///
/// What is bounded are J and ∇J of the rewards r − α log π, which are the same numbers.
///
/// Errors where J has no gradient, with [`Error::NoScore`](crate::error::Error::NoScore) where log π diverges in a state that
/// is visited, and where a system is not solved.
pub(super) fn entropy(solved: &Solved, alpha: f64, sign: f64) -> Result<EntropyReport, StudyError> {
    let weight = sign * alpha;
    let soft = solved.entropy(&weight)?;
    let paid = Arc::new(solved.paying_entropy(&weight)?);
    let policy = Arc::clone(solved.policy());
    let paid = Solved::by(paid, policy, solved.options().clone())?;
    let found = paid.gradient_by(&[])?;
    let mut report = EntropyReport::new(&alpha, &soft, solved.evaluation());
    report.j_error = paid.rounding()?.objective;
    report.gradient_error = shown_error(found.disagreement.tolerance, &soft.gradient);
    Ok(report)
}
