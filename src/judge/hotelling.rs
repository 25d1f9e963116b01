//! The law of T² of a mean by its sample's own covariance.

use statrs::distribution::{ContinuousCDF, FisherSnedecor};

/// P(T² ≥ x) of N rows whose covariance is their own, of rank r, over `free` coordinates (r, less those that
/// were fitted): (N − r) T²/((N − 1) free) has Fisher's law of `free` and N − r degrees of freedom (Hotelling
/// 1931). `None` where N is not above r + 1, when r may be no more than the number of rows.
pub(super) fn tail(x: f64, rank: usize, free: usize, samples: f64) -> Option<f64> {
    let left = samples - rank as f64;
    if left <= 1.0 {
        return None;
    }
    match FisherSnedecor::new(free as f64, left) {
        Ok(law) if x.is_finite() => {
            Some(law.sf(x.max(0.0) * left / ((samples - 1.0) * free as f64)))
        }
        Ok(_) => Some(0.0),
        Err(_) => Some(1.0),
    }
}
