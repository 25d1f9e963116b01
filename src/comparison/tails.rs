//! Bounds on chance that hold for every N, whatever the law, from its second and fourth moments; and which error
//! the verdict that rests on them sees.

use super::power::trajectories_to_detect;
use super::prediction::Prediction;
use crate::estimator::Target;

/// Correlations nearer to ±1 than this are ±1: one coordinate is the other, or its opposite.
const SAME: f64 = 1e-9;

impl Prediction {
    /// P(|z_k| ≥ t) of the mean of N, at most: the smaller of
    ///
    /// - E z⁴/t⁴ with E z⁴ = 3 + (κ − 3)/N (Markov);
    /// - κ/(N η⁴) + 2 exp(−h(ηt)/η²), h(u) = (1 + u) ln(1 + u) − u, for any η > 0: no X exceeds ησ√N, but for
    ///   the first term, and those that do not follow Bennett's inequality (1962), whose E X may be below 0;
    /// - 1/t² (Chebyshev), the only one where κ is not known.
    pub(super) fn chance_at_most(&self, k: usize, t: f64, samples: f64) -> f64 {
        let chebyshev = 1.0 / (t * t);
        let Some(kurtosis) = &self.kurtosis else {
            return chebyshev.min(1.0);
        };
        let kurtosis = kurtosis.values[k];
        let markov = (3.0 + (kurtosis - 3.0) / samples) / t.powi(4);
        let bennett = |step: i32| {
            let eta = 1.25f64.powi(step);
            let u = eta * t;
            let h = (1.0 + u) * u.ln_1p() - u;
            kurtosis / (samples * eta.powi(4)) + 2.0 * (-h / (eta * eta)).exp()
        };
        let least = (-20..=40).map(bennett).fold(markov, f64::min);
        least.min(chebyshev).min(1.0)
    }

    /// How many of these coordinates are not another of them, or its opposite (as the two scores of a state with
    /// two actions are): so many events a union bound adds up.
    pub(super) fn distinct(&self, coordinates: &[usize]) -> f64 {
        self.apart(coordinates).len() as f64
    }

    /// The first of these coordinates that are each other, or their opposite.
    pub(super) fn apart(&self, coordinates: &[usize]) -> Vec<usize> {
        let Some(covariance) = &self.covariance else {
            return coordinates.to_vec();
        };
        let is_another = |i: usize, j: usize| {
            let (own, other) = (covariance[(i, i)].sqrt(), covariance[(j, j)].sqrt());
            (covariance[(i, j)] / own / other).abs() >= 1.0 - SAME
        };
        let mut distinct: Vec<usize> = Vec::new();
        for &k in coordinates {
            if !distinct.iter().any(|&j| is_another(k, j)) {
                distinct.push(k);
            }
        }
        distinct
    }

    /// The kurtosis of a row, of what batches have here.
    pub(super) fn of_a_row(&self, kurtosis: f64) -> f64 {
        1.0 + (kurtosis - 1.0) / self.batch
    }

    /// The probability that one of these coordinates varies as little as in the sample, at most; `None` where
    /// there are none or κ is not known exactly.
    ///
    /// S is the mean of n rows (Xᵢ − μ)² about the mean μ of the law, which are never negative, have the mean σ² and the
    /// second moment κσ⁴. Of all such rows those that are 0 or κσ² have the largest E exp(−λS), so that
    /// P(S ≤ rσ²) ≤ exp(−n KL(r/κ ‖ 1/κ)) (Chernoff). A row of B trajectories has a kurtosis of 1 + (κ − 1)/B, with κ + 2(B − 1)
    /// for κ as batches of B have it here.
    pub(super) fn too_even(
        &self,
        delta: &[f64],
        sampled: &[f64],
        coordinates: &[usize],
        samples: f64,
    ) -> Option<f64> {
        let kurtosis = self.kurtosis.as_ref().filter(|kurtosis| kurtosis.exact)?;
        let chance = |&k: &usize| {
            let kurtosis = self.of_a_row(kurtosis.values[k]);
            let least = self.exact.variance[k] * (1.0 - self.tolerance[k]);
            let ratio = (sampled[k] + self.batch * delta[k] * delta[k]) / least;
            too_even(samples / self.batch, kurtosis, ratio)
        };
        self.least(coordinates, chance)
    }

    /// The least of the chances of these coordinates, times how many of them differ (Bonferroni); `None` of none.
    fn least(&self, coordinates: &[usize], chance: impl Fn(&usize) -> f64) -> Option<f64> {
        let least = coordinates.iter().map(chance).reduce(f64::min)?;
        Some((least * self.distinct(coordinates)).min(1.0))
    }

    /// The probability that one of these coordinates varies as much as in the sample, at most; `None` where there are none
    /// or κ is not known exactly.
    ///
    /// S is the sample variance, and Var S = σ⁴((κ − 1)/n + 2/(n(n − 1))) of n rows, and P(S ≥ (1 + x)σ²) ≤ V/(V + x²) with V = Var S/σ⁴ (Cantelli). With
    /// κ + 2(B − 1) for κ the first term is (κ − 1)/N of N = nB, and B ≤ (κ + 1)/2.
    pub(super) fn too_wide(
        &self,
        sampled: &[f64],
        coordinates: &[usize],
        samples: f64,
    ) -> Option<f64> {
        let kurtosis = self.kurtosis.as_ref().filter(|kurtosis| kurtosis.exact)?;
        let chance = |&k: &usize| {
            let kurtosis = kurtosis.values[k];
            let rows = (2.0 * samples / (kurtosis + 1.0)).clamp(2.0, samples.max(2.0));
            let square = (kurtosis - 1.0).max(0.0) / samples + 2.0 / (rows * (rows - 1.0));
            let more = (sampled[k] / self.exact.variance[k] - 1.0).max(0.0);
            square / (square + more * more)
        };
        self.least(coordinates, chance)
    }

    /// The least c such that the verdict on N trajectories, which tests this law at `level`, sees a mean that is off
    /// by c δ \[d\] with the given power, or a larger one than that; `None` where it sees none.
    ///
    /// Coordinates that are rare at this N are seen by the bound that holds for every N only, and the
    /// chance that hides such an error has the same bound.
    pub fn seen_error(
        &self,
        target: &Target<f64>,
        delta: &[f64],
        (level, power): (f64, f64),
        samples: f64,
    ) -> Option<f64> {
        let random = self.random();
        let rare = self.rare(&random, samples);
        let others = self.frequent(&rare);
        let tests_spread = self.kurtosis.as_ref().is_some_and(|k| k.exact);
        let level = if tests_spread { level / 2.0 } else { level };
        let share = if rare.is_empty() || others.is_empty() {
            level
        } else {
            level / 2.0
        };
        // of a small part of δ, whose N is a large number, so that rounding it up does not show
        const PART: f64 = 1e-3;
        let small: Vec<f64> = delta.iter().map(|x| PART * x).collect();
        let needed = match self.factor_without(&rare) {
            // seen for certain, and perhaps less than that
            _ if self.cannot_be(target, &small, samples) => Some(samples),
            Some(factor) => {
                trajectories_to_detect(factor.distance(&small), factor.rank(), share, power)
            }
            None => {
                let each = others.iter().filter_map(|&k| {
                    let distance = small[k] * small[k] / self.exact.variance[k];
                    trajectories_to_detect(distance, 1, share / others.len() as f64, power)
                });
                each.reduce(f64::min)
            }
        };
        let whole = needed.map(|needed| PART * (needed / samples).sqrt());
        let distinct = self.distinct(&rare);
        let by_bound = rare.iter().filter_map(|&k| {
            let z = delta[k].abs() / (self.exact.variance[k] / samples).sqrt();
            let seen = self.bounded_by(k, share / distinct, samples);
            let hidden = self.bounded_by(k, 1.0 - power, samples);
            (z > 0.0).then(|| (seen + hidden) / z)
        });
        whole.into_iter().chain(by_bound).reduce(f64::min)
    }

    /// t with P(|z_k| ≥ t) ≤ p.
    fn bounded_by(&self, k: usize, p: f64, samples: f64) -> f64 {
        // Chebyshev's bound is always one
        let (mut low, mut high) = (0.0, (1.0 / p).sqrt());
        for _ in 0..60 {
            let middle = 0.5 * (low + high);
            if self.chance_at_most(k, middle, samples) <= p {
                high = middle
            } else {
                low = middle
            }
        }
        high
    }
}

/// The probability at most that the mean of n squares of this kurtosis is no more than `ratio` of its expectation.
pub(super) fn too_even(rows: f64, kurtosis: f64, ratio: f64) -> f64 {
    if ratio >= 1.0 {
        return 1.0;
    }
    // a larger κ is a weaker bound, and near 1 rounding would be no chance at all
    let kurtosis = kurtosis.max(1.5);
    (-rows * divergence(ratio.max(0.0) / kurtosis, 1.0 / kurtosis)).exp()
}

/// KL(q ‖ p) of two coins, 0 ≤ q ≤ p < 1.
fn divergence(q: f64, p: f64) -> f64 {
    let heads = if q > 0.0 { q * (q / p).ln() } else { 0.0 };
    heads + (1.0 - q) * ((1.0 - q) / (1.0 - p)).ln()
}
