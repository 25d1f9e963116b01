//! How well one vector explains another, as it is or up to a factor.

/// The vector that is judged, and the precision to which it can be.
#[derive(Clone, Copy)]
pub(super) struct Fit<'a> {
    pub given: &'a [f64],
    /// What residuals are relative to: the largest entry.
    pub size: f64,
    /// Up to which residual a vector explains the given one.
    pub tolerance: f64,
}

impl Fit<'_> {
    /// max |g − s x| / size.
    pub fn residual(&self, x: &[f64], scale: f64) -> f64 {
        let entries = self.given.iter().zip(x);
        let largest = entries.map(|(g, x)| (g - scale * x).abs());
        largest.fold(0.0, f64::max) / self.size
    }

    /// The residual, if it is within the tolerance.
    pub fn explains(&self, x: &[f64]) -> Option<f64> {
        let residual = self.residual(x, 1.0);
        (residual <= self.tolerance).then_some(residual)
    }

    /// The factor that fits best, with its residual, if that is within the tolerance.
    pub fn explains_up_to_scale(&self, x: &[f64]) -> Option<(f64, f64)> {
        let largest = largest(x);
        if largest == 0.0 || largest.is_nan() {
            return None;
        }
        let square: f64 = x.iter().map(|x| (x / largest).powi(2)).sum();
        let product: f64 = x.iter().zip(self.given).map(|(x, g)| x / largest * g).sum();
        let scale = product / square / largest;
        let residual = self.residual(x, scale);
        (scale != 0.0 && residual <= self.tolerance).then_some((scale, residual))
    }

    /// c with g = x + c y, its residual and the size of the part c y, if that is within the
    /// tolerance and c y is visible.
    pub fn explains_along(&self, x: &[f64], y: &[f64]) -> Option<(f64, f64)> {
        let rest: Vec<f64> = self.given.iter().zip(x).map(|(g, x)| g - x).collect();
        let rest = Fit {
            given: &rest,
            ..*self
        };
        let (factor, residual) = rest.explains_up_to_scale(y)?;
        (factor.abs() * largest(y) > 10.0 * self.tolerance * self.size)
            .then_some((factor, residual))
    }
}

pub(super) use crate::linalg::largest;

/// max |x − y|, and where.
pub(super) fn furthest(x: &[f64], y: &[f64]) -> (f64, usize) {
    let entries = x.iter().zip(y).map(|(x, y)| (x - y).abs()).enumerate();
    let mut most = (0.0, 0);
    for (k, apart) in entries {
        if apart > most.0 {
            most = (apart, k);
        }
    }
    most
}
