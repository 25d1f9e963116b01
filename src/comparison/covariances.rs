//! Bounds on chance for the covariances of a sample, which hold for every N and every law of these moments.

use nalgebra::DMatrix;

use super::prediction::Prediction;
use super::tails::too_even;

/// Directions that vary by less than this part of what they are the sum of are rounding; a choice.
const NOTHING: f64 = 1e-6;

impl Prediction {
    /// The probability that one of the covariances of N trajectories is as far off as in the sample, at most; `None` where
    /// there are no two coordinates of which kurtoses and a covariance are known.
    ///
    /// Where the correlation ρ of two coordinates is off, one of the sums x_k/σ_k ± x_l/σ_l varies less than it should. About the
    /// mean of the law its square has the mean s = 2 ± 2ρ, and by Minkowski's inequality in L⁴ the kurtosis
    ///
    /// ```text
    /// K ≤ (κ_k^¼ + κ_l^¼)⁴ / s²
    /// ```
    ///
    /// so that n rows have r s for s with the probability exp(−n KL(r/K ‖ 1/K)) at most, as variances have. `sampled` is the
    /// sample covariance [d, d] times the trajectories of a row.
    pub(crate) fn covariance_p_value(
        &self,
        delta: &[f64],
        sampled: &DMatrix<f64>,
        samples: f64,
    ) -> Option<f64> {
        let covariance = self.covariance.as_ref()?;
        let kurtosis = self.kurtosis.as_ref().filter(|known| known.exact)?;
        let random = self.random();
        if random.len() < 2 {
            return None;
        }
        let deviation = |k: usize| covariance[(k, k)].sqrt();
        let tolerance = |k: usize| self.tolerance[k];
        let length = |k: usize| {
            let own = self.of_a_row(kurtosis.values[k]);
            let own = if own.is_nan() { f64::INFINITY } else { own };
            own.max(1.0).powf(0.25)
        };
        let (rows, mut least, mut directions) = (samples / self.batch, 1.0f64, 0.0);
        for (i, &k) in random.iter().enumerate() {
            for &l in &random[i + 1..] {
                let unit = deviation(k) * deviation(l);
                let (own, other) = (deviation(k).powi(2), deviation(l).powi(2));
                let seen = sampled[(k, k)] / own + sampled[(l, l)] / other;
                for sign in [1.0, -1.0] {
                    let square = 2.0 + 2.0 * sign * covariance[(k, l)] / unit;
                    let known = 4.0 * tolerance(k).max(tolerance(l)).max(NOTHING);
                    if square <= 2.0 * known {
                        continue;
                    }
                    directions += 1.0;
                    let off = delta[k] / deviation(k) + sign * delta[l] / deviation(l);
                    let square = square - known;
                    let seen = seen + 2.0 * sign * sampled[(k, l)] / unit + self.batch * off * off;
                    let kurtosis = (length(k) + length(l)).powi(4) / (square * square);
                    least = least.min(too_even(rows, kurtosis, seen / square));
                }
            }
        }
        (directions > 0.0).then(|| (least * directions).min(1.0))
    }
}
