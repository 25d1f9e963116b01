//! How far off 1 a sum of probabilities may be.

use crate::number::Rational;

/// Sums off 1 by no more than one part in so many are used as written: files hold rounded numbers. A choice.
pub(crate) const PARTS: u32 = 1_000_000_000;

/// How far off 1 a sum of probabilities in floating point may be: 1/[`PARTS`].
pub(crate) const OFF_ONE: f64 = 1.0 / PARTS as f64;

/// How far off 1 a sum of fractions may be: 1/[`PARTS`] where they stand for rounded numbers, 0 where they are exact.
pub(crate) fn off_one(exact: bool) -> Rational {
    if exact {
        Rational::ZERO
    } else {
        Rational::from_parts(1.into(), PARTS.into())
    }
}
