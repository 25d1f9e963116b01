//! Numbers within a range, and names, as flags take them.

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

/// A positive number.
pub fn positive(text: &str) -> Result<f64, String> {
    in_range(text, "a positive number", |x| x > 0.0)
}

/// A number of at least 0.
pub fn not_negative(text: &str) -> Result<f64, String> {
    in_range(text, "a number of at least 0", |x| x >= 0.0)
}

/// A number above 0, at most 1.
pub fn share(text: &str) -> Result<f64, String> {
    in_range(text, "a number above 0, at most 1", |x| x > 0.0 && x <= 1.0)
}

/// A whole number from 1 on.
pub fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse::<usize>() {
        Ok(n) if n > 0 => Ok(n),
        _ => Err(format!("`{text}` is not a whole number from 1 on")),
    }
}

fn in_range(text: &str, expected: &str, holds: impl Fn(f64) -> bool) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(x) if x.is_finite() && holds(x) => Ok(x),
        _ => Err(format!("`{text}` is not {expected}")),
    }
}
