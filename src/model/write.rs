//! A model → a model file.

use std::fmt;

use crate::number::Number;

/// A number as a literal of the format: a decimal where it has a short one, else a fraction.
pub(super) struct Literal<'a>(pub &'a Number);

impl fmt::Display for Literal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Number::Small {
            numerator,
            denominator,
        } = self.0
        else {
            return write!(f, "{}", self.0);
        };
        let mut digits = 0;
        let mut unit = 1u64;
        while !unit.is_multiple_of(*denominator) && digits < 9 {
            unit *= 10;
            digits += 1;
        }
        let scaled = i128::from(*numerator) * i128::from(unit / denominator);
        if !unit.is_multiple_of(*denominator) || digits == 0 {
            return write!(f, "{}", self.0);
        }
        let sign = if scaled < 0 { "-" } else { "" };
        let (whole, part) = (
            scaled.unsigned_abs() / u128::from(unit),
            scaled.unsigned_abs() % u128::from(unit),
        );
        write!(f, "{sign}{whole}.{part:0digits$}")
    }
}
