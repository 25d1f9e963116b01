//! Numbers as the literals of a model file.

use std::fmt;

use super::Number;

/// A number as a literal of the format: the decimal where it has a short one, the fraction
/// otherwise.
pub(crate) struct Literal<'a>(pub &'a Number);

impl fmt::Display for Literal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Number::Small {
                numerator,
                denominator,
            } if denominator.get() > 1 => match decimal(*numerator, denominator.get()) {
                Some(decimal) => f.write_str(&decimal),
                None => write!(f, "{}", self.0),
            },
            _ => write!(f, "{}", self.0),
        }
    }
}

/// The decimal with at most nine digits after the point, if it is exact.
fn decimal(numerator: i64, denominator: u64) -> Option<String> {
    let digits = (1..=9u32).find(|&digits| 10u64.pow(digits).is_multiple_of(denominator))?;
    let unit = 10u64.pow(digits);
    let magnitude = u128::from(numerator.unsigned_abs()) * u128::from(unit / denominator);
    let (whole, part) = (magnitude / u128::from(unit), magnitude % u128::from(unit));
    let sign = if numerator < 0 { "-" } else { "" };
    Some(format!(
        "{sign}{whole}.{part:0width$}",
        width = digits as usize
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_read_back_as_the_same_number() {
        for (number, written) in [
            ("9/10", "0.9"),
            ("-1/8", "-0.125"),
            ("1/3", "1/3"),
            ("-5", "-5"),
            ("1/1000000000", "0.000000001"),
            ("1/10000000000", "1/10000000000"),
            ("7/2", "3.5"),
            ("1e25", "10000000000000000000000000"),
        ] {
            let number: Number = number.parse().unwrap();
            let literal = Literal(&number).to_string();
            assert_eq!(literal, written);
            assert_eq!(literal.parse(), Ok(number));
        }
    }
}
