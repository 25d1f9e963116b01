//! Names, texts and numbers as YAML scalars.

use std::fmt;

use crate::number::Number;

/// A name: plain where that is safe, quoted otherwise.
pub(super) struct Name<'a>(pub &'a str);

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.0;
        let inner = |c: char| c.is_alphanumeric() || "_-+.".contains(c);
        let first = |c: char| c.is_alphanumeric() || c == '_';
        // `null` would be a cell without a state in `layout`
        if name.starts_with(first) && name.chars().all(inner) && name != "null" {
            f.write_str(name)
        } else {
            quoted(name, f)
        }
    }
}

/// A text for people: plain where that is safe, quoted otherwise.
pub(super) struct Text<'a>(pub &'a str);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0;
        let first = |c: char| c.is_alphanumeric();
        let inner = |c: char| c.is_alphanumeric() || " _-+.,()'/&;=".contains(c);
        if text.starts_with(first) && text.chars().all(inner) && !text.ends_with(' ') {
            f.write_str(text)
        } else {
            quoted(text, f)
        }
    }
}

/// In double quotes, everything but plain characters escaped.
fn quoted(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str("\"")?;
    for c in text.chars() {
        match c {
            '"' | '\\' => write!(f, "\\{c}")?,
            ' '..='~' => write!(f, "{c}")?,
            _ if c.is_alphanumeric() => write!(f, "{c}")?,
            _ => write!(f, "\\U{:08X}", u32::from(c))?,
        }
    }
    f.write_str("\"")
}

/// A number as a literal of the format: the decimal where it has a short one, the fraction
/// otherwise.
pub(in crate::model) struct Literal<'a>(pub &'a Number);

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

    #[test]
    fn names_are_quoted_where_yaml_would_read_something_else() {
        for (name, written) in [
            ("cold", "cold"),
            ("a-b.c_1", "a-b.c_1"),
            ("é", "é"),
            ("1/2", "\"1/2\""),
            ("-x", "\"-x\""),
            ("a: b", "\"a: b\""),
            ("say \"no\"", "\"say \\\"no\\\"\""),
            ("null", "\"null\""),
            ("☃", "\"\\U00002603\""),
        ] {
            assert_eq!(Name(name).to_string(), written);
        }
    }
}
