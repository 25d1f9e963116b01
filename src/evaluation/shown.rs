//! Which bounds on errors are worth a word: those that may show in the ninth digit of a number.

pub(super) use crate::field::CLOSE;
use crate::linalg::Solvable;

/// The largest of errors, where one is more than a billionth of its number.
pub(super) fn shown_of<'a, F: Solvable>(pairs: impl Iterator<Item = (f64, &'a F)>) -> Option<f64> {
    let (mut largest, mut shows) = (0.0, false);
    for (error, x) in pairs {
        shows |= error > CLOSE * x.to_f64().abs();
        largest = f64::max(largest, error);
    }
    shows.then_some(largest)
}

/// The largest of errors that show, where a 0 may be what rounding has left: beside others it is measured by the largest of them, and where all are
/// 0 any error shows.
pub(super) fn shown_beside<F: Solvable>(pairs: Vec<(f64, &F)>) -> Option<f64> {
    let sizes = pairs.iter().map(|(_, x)| x.to_f64().abs());
    let most = sizes.fold(0.0, f64::max);
    let shows = |(error, x): &(f64, &F)| {
        let size = if x.is_zero() { most } else { x.to_f64().abs() };
        *error > CLOSE * size
    };
    let largest = pairs
        .iter()
        .fold(0.0, |most: f64, (error, _)| most.max(*error));
    pairs.iter().any(shows).then_some(largest)
}

/// The largest of errors that show, of numbers that are 0 by what they stand for where they are 0.
pub(super) fn shown_but_zeros<'a, F: Solvable>(
    pairs: impl Iterator<Item = (f64, &'a F)>,
) -> Option<f64> {
    shown_of(pairs.filter(|(_, x)| !x.is_zero()))
}
