//! What rounding may have done to numbers, as users are told of it.

use super::{Listener, Note, StudyError};
use crate::estimator::shown;
use crate::evaluation::RoundingBounds;
use crate::field::{Ball, Field};
use crate::linalg::{Solvable, largest};
use crate::solved::Solved;

/// Numbers that may be off by more than this part of the largest are worth a word; a choice.
const DOUBTFUL: f64 = 1e-3;

/// The bounds of a solved policy, with a word where little is left of its values.
///
/// Errors if an iterative solver gave up.
pub(super) fn rounding<F: Solvable>(
    solved: &Solved<F>,
    listener: &dyn Listener,
) -> Result<RoundingBounds, StudyError> {
    let rounding = solved.rounding()?;
    // a value that is 0 beside rewards that are not is worth no word
    let is_noise =
        |error: f64| largest(solved.v()) == 0.0 && error <= DOUBTFUL * smallest_reward(solved);
    let value = rounding.value.filter(|error| !is_noise(*error));
    if let Some((error, size)) = lost(value, solved.v()) {
        listener.note(Note::LostValues { error, size });
    }
    Ok(rounding)
}

/// The smallest reward that is not 0: what a value of 0 is told apart from.
fn smallest_reward<F: Solvable>(solved: &Solved<F>) -> f64 {
    let mdp = solved.mdp();
    let rewards = (0..mdp.pairs()).flat_map(|pair| mdp.outcomes(pair));
    let sizes = rewards.map(|outcome| outcome.reward.to_f64().abs());
    let least = sizes.filter(|x| *x > 0.0).fold(f64::INFINITY, f64::min);
    if least.is_finite() { least } else { 0.0 }
}

/// A bound that is not small beside the largest of the numbers that it is of, and that.
pub(super) fn lost<F: Field>(error: Option<f64>, numbers: &[F]) -> Option<(f64, f64)> {
    let size = largest(numbers);
    let error = error.filter(|error| *error > DOUBTFUL * size)?;
    Some((error, size))
}

/// A bound on any of some numbers, where it may show in the ninth digit of one.
pub(super) fn shown_error<F: Field>(error: f64, numbers: &[F]) -> Option<f64> {
    let numbers: Vec<f64> = numbers.iter().map(F::to_f64).collect();
    shown(&vec![error; numbers.len()], &numbers).map(|_| error)
}

/// How far a number may be from what a ball encloses; infinite where that is nothing.
pub(super) fn off(x: f64, ball: &Ball) -> f64 {
    let known = ball.certified().filter(|(value, _)| value.is_finite());
    known.map_or(f64::INFINITY, |(value, radius)| (x - value).abs() + radius)
}
