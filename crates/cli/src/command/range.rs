//! Numbers within a range, and names, as flags take them.

use clap::builder::{NonEmptyStringValueParser, TypedValueParser};
use exact_mdp::number::{Number, Rational};
use exact_mdp::returns::Risk;
use exact_mdp::study::{PolicyName, StudyError};

/// A seed of what is sampled.
pub fn seed(text: &str) -> Result<u64, String> {
    let expected = "expected a whole number from 0 to 2^64 − 1";
    text.parse().map_err(|_| expected.to_string())
}

/// A policy, by its name.
pub fn policy(text: &str) -> Result<PolicyName, String> {
    let name: PolicyName = text
        .parse()
        .map_err(|error: StudyError| error.to_string())?;
    name.check_there().map_err(|error| error.to_string())?;
    Ok(name)
}

/// A criterion of risk, by its name.
pub fn risk(text: &str) -> Result<Risk, String> {
    text.parse::<Risk>().map_err(|error| error.to_string())
}

/// A positive number.
pub fn positive(text: &str) -> Result<f64, String> {
    in_range(text, "a positive number", |x| x > 0.0)
}

/// A number of at least 0.
pub fn not_negative(text: &str) -> Result<f64, String> {
    in_range(text, "a number of at least 0", |x| x >= 0.0)
}

/// The weight of an entropy, at least 0.
pub fn weight(text: &str) -> Result<Number, String> {
    match text.parse::<Number>() {
        Ok(x) if !x.is_negative() && x.to_f64().is_finite() => Ok(x),
        _ => Err(format!("`{text}` is not a number of at least 0")),
    }
}

/// Any number.
pub fn number(text: &str) -> Result<f64, String> {
    in_range(text, "a number", |_| true)
}

/// A number above 0, at most 1.
pub fn share(text: &str) -> Result<f64, String> {
    in_range(text, "a number above 0, at most 1", |x| x > 0.0 && x <= 1.0)
}

/// Counts from the least to the most of them, as people write them: 100000, 100_000, 1e5, 100k.
pub fn counts<T: TryFrom<u64> + Clone + Send + Sync + 'static>(
    least: u64,
    most: u64,
) -> impl TypedValueParser<Value = T> {
    NonEmptyStringValueParser::new().try_map(move |text| {
        let count = count(&text).filter(|count| (least..=most).contains(count));
        let found = count.and_then(|count| T::try_from(count).ok());
        found.ok_or_else(|| {
            // a most that nobody means is named to those who exceed it
            let most = match most {
                _ if most >= u64::from(u32::MAX) && !exceeds(&text, most) => String::new(),
                u64::MAX => " and at most 2^64 − 1".to_string(),
                most => format!(" and at most {most}"),
            };
            format!(
                "expected a whole number, at least {least}{most}; it may be written 100000, 100_000, 1e5 or 100k"
            )
        })
    })
}

/// Whether a text is a whole number above this.
fn exceeds(text: &str, most: u64) -> bool {
    let digits = text.trim_end_matches(['k', 'K', 'M', 'G']).replace('_', "");
    let is_huge = || digits.parse::<Number>().is_ok_and(|x| x.to_f64() > 1e10);
    count(text).map_or_else(is_huge, |count| count > most)
}

/// A whole number, with `_` between its digits, an exponent, or the endings k, M and G.
fn count(text: &str) -> Option<u64> {
    let (number, factor) = match text.strip_suffix(['k', 'K']) {
        Some(number) => (number, 1_000),
        None => match text.strip_suffix('M') {
            Some(number) => (number, 1_000_000),
            None => match text.strip_suffix('G') {
                Some(number) => (number, 1_000_000_000),
                None => (text, 1),
            },
        },
    };
    let between_digits = !number.starts_with('_') && !number.ends_with('_');
    let plain: String = number.chars().filter(|c| *c != '_').collect();
    let decimal = plain
        .bytes()
        .all(|b| b.is_ascii_digit() || b".e+".contains(&b));
    let exact: Number = plain.parse().ok()?;
    let scaled = exact.to_rational() * Rational::from(factor);
    let whole = between_digits && decimal && scaled.is_int();
    whole.then(|| scaled.to_string().parse().ok()).flatten()
}

/// A number, a decimal or a fraction as in model files, rounded once.
fn in_range(text: &str, expected: &str, holds: impl Fn(f64) -> bool) -> Result<f64, String> {
    let fraction = || text.parse::<Number>().ok().map(|x| x.to_f64());
    match text.parse::<f64>().ok().or_else(fraction) {
        Some(x) if x.is_finite() && holds(x) => Ok(x),
        _ => Err(format!("`{text}` is not {expected}")),
    }
}

#[cfg(test)]
mod tests {
    use super::{count, exceeds, not_negative, positive};

    #[test]
    fn numbers_are_read_as_in_model_files() {
        assert_eq!(positive("1/10"), Ok(0.1));
        assert_eq!(positive("1e-12"), Ok(1e-12));
        assert_eq!(not_negative("0/3"), Ok(0.0));
        for text in ["-1/10", "1/0", "inf", "nan", "ten", ""] {
            assert!(positive(text).is_err(), "{text}");
        }
    }

    #[test]
    fn numbers_that_are_too_large_are_known_as_such() {
        for text in ["4294967296", "5G", "1e30", "99_999_999_999_999_999_999"] {
            assert!(exceeds(text, u64::from(u32::MAX)), "{text}");
        }
        for text in ["4294967295", "4G", "0", "-1", "ten", "1/2", ""] {
            assert!(!exceeds(text, u64::from(u32::MAX)), "{text}");
        }
    }

    #[test]
    fn counts_are_read_as_people_write_them() {
        for text in ["100000", "100_000", "1e5", "1.0e5", "100k", "0.1M", "1e+5"] {
            assert_eq!(count(text), Some(100_000), "{text}");
        }
        assert_eq!(count("2G"), Some(2_000_000_000));
        assert_eq!(count("18446744073709551615"), Some(u64::MAX));
        for text in [
            "", "k", "_1", "1_", "1.5", "-1", "1e-3", "0x10", "1/2", "ten", "1e99", "1kk",
        ] {
            assert_eq!(count(text), None, "{text}");
        }
    }
}
