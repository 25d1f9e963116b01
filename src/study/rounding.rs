//! What rounding may have done to numbers, as users are told of it.

use super::{Listener, Note, StudyError};
use crate::estimator::shown;
use crate::evaluation::Rounding;
use crate::field::Field;
use crate::linalg::Solvable;
use crate::solved::Solved;

/// Numbers that may be off by more than this part of the largest are worth a word; a choice.
const DOUBTFUL: f64 = 1e-3;

/// The bounds of a solved policy, with a word where little is left of its values.
///
/// Errors if an iterative solver gave up.
pub(super) fn rounding<F: Solvable>(
    solved: &Solved<F>,
    listener: &dyn Listener,
) -> Result<Rounding, StudyError> {
    let rounding = solved.rounding()?;
    if let Some((error, size)) = lost(rounding.value, solved.v()) {
        listener.note(Note::LostValues { error, size });
    }
    Ok(rounding)
}

/// A bound that is not small beside the largest of the numbers that it is of, and that.
pub(super) fn lost<F: Field>(error: Option<f64>, numbers: &[F]) -> Option<(f64, f64)> {
    let size = numbers.iter().map(|x| x.to_f64().abs());
    let size = size.fold(0.0, f64::max);
    let error = error.filter(|error| *error > DOUBTFUL * size)?;
    Some((error, size))
}

/// A bound on any of some numbers, where it may show in the ninth digit of one.
pub(super) fn shown_error<F: Field>(error: f64, numbers: &[F]) -> Option<f64> {
    let numbers: Vec<f64> = numbers.iter().map(F::to_f64).collect();
    shown(&vec![error; numbers.len()], &numbers).map(|_| error)
}
