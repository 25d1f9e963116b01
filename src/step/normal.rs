//! Normal numbers.

use statrs::distribution::{ContinuousCDF, Normal};

/// P(X < 0) of a normal X.
pub(super) fn below_zero(mean: f64, deviation: f64) -> f64 {
    if deviation == 0.0 && !mean.is_nan() {
        f64::from(u8::from(mean < 0.0))
    } else if mean.is_finite() && deviation.is_finite() {
        Normal::standard().cdf(-mean / deviation)
    } else {
        f64::NAN
    }
}

/// √x, of what rounding has taken below 0 that of 0; what has overflowed is no number.
pub(super) fn root(x: f64) -> f64 {
    if x < 0.0 { 0.0 } else { x.sqrt() }
}
