//! How well one vector explains another, as it is or up to a factor.

use statrs::function::erf::erfc;

use super::hotelling::tail;
use crate::comparison::CovarianceFactor;
use crate::field::dot;

/// How far two vectors are apart.
#[derive(Clone, Copy)]
pub(super) enum Metric<'a> {
    /// By the largest difference of two entries.
    Entries,
    /// As means of N samples whose covariance is known, factored; coordinates that never vary, where
    /// that is no chance, to rounding.
    Sample(&'a CovarianceFactor, f64, &'a [usize]),
}

/// The vector that is judged, and the precision to which it can be.
#[derive(Clone, Copy)]
pub(super) struct Fit<'a> {
    pub given: &'a [f64],
    /// What residuals are relative to: the largest entry.
    pub size: f64,
    /// Up to which residual a vector explains the given one; for samples, down to which p-value.
    pub tolerance: f64,
    pub metric: Metric<'a>,
}

impl Fit<'_> {
    /// Whether entries are known to rounding.
    pub fn is_exact(&self) -> bool {
        matches!(self.metric, Metric::Entries)
    }

    /// The residual of g − s x, if that is within the tolerance: max |g − s x| / size, or for samples
    /// the root of the mean square in standard errors. `fitted` parameters take their degrees of
    /// freedom.
    pub fn residual(&self, x: &[f64], scale: f64, fitted: usize) -> Option<f64> {
        let entries = self.given.iter().zip(x).map(|(g, x)| g - scale * x);
        match self.metric {
            Metric::Entries => {
                let largest = entries.fold(0.0, |most: f64, x| most.max(x.abs()));
                let residual = largest / self.size;
                (residual <= self.tolerance).then_some(residual)
            }
            Metric::Sample(factor, samples, fixed) => {
                let rest: Vec<f64> = entries.collect();
                if fixed.iter().any(|&k| rest[k].abs() > 1e-6 * self.size) {
                    return None;
                }
                let found = factor.statistic(&rest, samples);
                let free = found
                    .degrees_of_freedom
                    .checked_sub(fitted)
                    .filter(|n| *n > 0)?;
                let chance = tail(found.value, found.degrees_of_freedom, free, samples)?;
                let likely = found.outside <= 1.0 && chance >= self.tolerance;
                likely.then_some((found.value / free as f64).sqrt())
            }
        }
    }

    /// The residual as it is, if that is within the tolerance.
    pub fn explains(&self, x: &[f64]) -> Option<f64> {
        self.residual(x, 1.0, 0)
    }

    /// The factor that fits best, with its residual, if that is within the tolerance.
    pub fn explains_up_to_scale(&self, x: &[f64]) -> Option<(f64, f64)> {
        let largest = largest(x);
        if largest == 0.0 || largest.is_nan() {
            return None;
        }
        let unit: Vec<f64> = x.iter().map(|x| x / largest).collect();
        let (square, product) = match self.metric {
            Metric::Entries => (dot(&unit, &unit), dot(&unit, self.given)),
            Metric::Sample(factor, ..) => {
                let (x, g) = (factor.whiten(&unit), factor.whiten(self.given));
                (dot(&x, &x), dot(&x, &g))
            }
        };
        let scale = Some(product / square / largest).filter(|s| s.is_finite() && *s != 0.0)?;
        Some((scale, self.residual(x, scale, 1)?))
    }

    /// The residual of 0, if that is within the tolerance of a mean and no factor of x is told from 0 either.
    pub fn explains_as_nothing(&self, x: &[f64]) -> Option<f64> {
        let Metric::Sample(factor, samples, _) = self.metric else {
            return None;
        };
        let residual = self.residual(x, 0.0, 0)?;
        if let Some((scale, _)) = self.explains_up_to_scale(x) {
            let rest: Vec<f64> = self
                .given
                .iter()
                .zip(x)
                .map(|(g, x)| g - scale * x)
                .collect();
            let of = |x: &[f64]| factor.statistic(x, samples).value;
            // z² of the factor
            let square = (of(self.given) - of(&rest)).max(0.0);
            if erfc((0.5 * square).sqrt()) < self.tolerance {
                return None;
            }
        }
        Some(residual)
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

/// Whether two vectors are one, as far as rounding lets us know.
pub(super) fn same(x: &[f64], y: &[f64]) -> bool {
    furthest(x, y).0 <= 1e-9 * largest(x).max(largest(y))
}

/// Whether one vector is a multiple of another.
pub(super) fn same_direction(x: &[f64], y: &[f64]) -> bool {
    let fit = Fit {
        given: y,
        size: largest(y),
        tolerance: 1e-9,
        metric: Metric::Entries,
    };
    fit.explains_up_to_scale(x).is_some()
}
