//! Ranges of the numbers in requests: asked here, every front end has them.

use super::StudyError;
use crate::error::Error;
use crate::mend::Argument;
use crate::number::Number;

/// Errors unless a number is what is expected of it.
pub(super) fn expect(
    name: &'static str,
    found: &impl ToString,
    expected: &'static str,
    is_so: bool,
) -> Result<(), Error> {
    if is_so {
        return Ok(());
    }
    Err(Error::Argument {
        name,
        found: found.to_string(),
        expected,
    })
}

/// Errors unless a number is above 0.
pub(super) fn positive(name: &'static str, found: &Number) -> Result<(), Error> {
    let is_so = !found.is_negative() && !found.is_zero();
    expect(name, found, "a number above 0, as 1/2", is_so)
}

/// Errors unless a number is at least 0.
pub(super) fn not_negative(name: &'static str, found: &Number) -> Result<(), Error> {
    let is_so = !found.is_negative();
    expect(name, found, "a number that is at least 0", is_so)
}

/// Errors unless a rate of false alarms is one.
pub(super) fn false_alarm(rate: f64) -> Result<(), StudyError> {
    if rate > 0.0 && rate < 1.0 {
        return Ok(());
    }
    Err(StudyError::Range {
        argument: Argument::FalseAlarm,
        expected: "a probability between 0 and 1",
    })
}

/// α as it is, the weight of an entropy; an error unless it is finite and at least 0.
pub(super) fn entropy(alpha: f64) -> Result<f64, Error> {
    let is_so = alpha.is_finite() && alpha >= 0.0;
    let (name, expected) = (
        "α, the weight of the entropy,",
        "a number that is at least 0",
    );
    expect(name, &alpha, expected, is_so).map(|()| alpha)
}

/// Errors unless a number is finite and above 0.
pub(super) fn positive_float(name: &'static str, found: f64) -> Result<(), Error> {
    let is_so = found.is_finite() && found > 0.0;
    expect(name, &found, "a number above 0", is_so)
}
