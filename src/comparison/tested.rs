//! What a law says of a sample: its statistic, its rare coordinates, and what cannot be chance.

use super::power::trajectories_to_detect;
use super::prediction::Prediction;
use super::statistic::{CovarianceFactor, NO_CHANCE, upper_tail};
use crate::estimator::Target;

/// Where the exact kurtosis of a coordinate exceeds this part of N, its mean is not yet normal in
/// the tail: it is judged by the fourth-moment bound instead; a choice.
const RARE: f64 = 1e-3;

/// The outcome of one test of the whole vector.
pub(super) struct Test {
    pub statistic: f64,
    pub p_value: f64,
}

impl Prediction {
    /// At most how many trajectories it takes until the verdict, which tests this law at `level`,
    /// sees a mean that is off by δ \[d\] with the given power: 1 where δ cannot be chance at all.
    ///
    /// χ² tests the coordinates that are not rare at that N (`rare`), at half the level where
    /// the variances are tested beside the mean, and at half of that beside rare coordinates.
    /// `None` if it is never seen, and where no covariance or no kurtoses are known.
    pub fn to_see(
        &self,
        target: &Target<f64>,
        delta: &[f64],
        level: f64,
        power: f64,
    ) -> Option<f64> {
        if self.cannot_be(target, delta, 1.0) {
            return Some(1.0);
        }
        let kurtosis = self.kurtosis.as_ref()?;
        let level = if kurtosis.exact { level / 2.0 } else { level };
        let whole = self.factor.as_ref()?;
        let least = trajectories_to_detect(whole.distance(delta), whole.rank(), level, power)?;
        let needed = |samples: f64| {
            let rare = self.rare(&self.random(), samples);
            if rare.is_empty() {
                return Some(least);
            }
            let others = self.factor_without(&rare)?;
            trajectories_to_detect(others.distance(delta), others.rank(), level / 2.0, power)
        };
        let suffices = |samples: f64| needed(samples).is_some_and(|needed| needed <= samples);
        let rarest = kurtosis.values.iter().copied().fold(0.0, f64::max);
        let (mut low, mut high) = (least, least.max(rarest / RARE).ceil());
        if suffices(low) {
            return Some(low);
        }
        if !high.is_finite() {
            return None;
        }
        // the more trajectories, the fewer coordinates are rare
        while high > 1.01 * low && high > low + 1.0 {
            // of large numbers the product has no value
            let middle = (low.sqrt() * high.sqrt()).ceil();
            if middle <= low || middle >= high {
                break;
            }
            if suffices(middle) {
                high = middle
            } else {
                low = middle
            }
        }
        Some(high)
    }

    pub(super) fn degrees_of_freedom(&self) -> usize {
        match &self.factor {
            Some(factor) => factor.rank(),
            None => self.random().len(),
        }
    }

    pub(super) fn test(
        &self,
        delta: &[f64],
        z: &[Option<f64>],
        over: &[usize],
        samples: f64,
    ) -> Test {
        if let Some(factor) = &self.factor {
            let statistic = factor.statistic(delta, samples);
            return Test {
                statistic: statistic.value,
                p_value: statistic.p_value,
            };
        }
        let squares = over.iter().filter_map(|&k| z[k]).map(|z| z * z);
        let largest = squares.fold(0.0, f64::max);
        Test {
            statistic: largest,
            p_value: match over {
                [] => 1.0,
                _ => (over.len() as f64 * upper_tail(largest, 1)).min(1.0),
            },
        }
    }

    /// Coordinates whose kurtosis is too large for N; all of them where no kurtoses are known.
    pub(super) fn rare(&self, random: &[usize], samples: f64) -> Vec<usize> {
        let Some(kurtosis) = &self.kurtosis else {
            return random.to_vec();
        };
        let rare = random.iter().copied();
        rare.filter(|&k| kurtosis.values[k] > RARE * samples)
            .collect()
    }

    /// Trajectories from which on some coordinate is not rare, if all of them are; infinite where no
    /// kurtoses are known.
    pub(super) fn too_few(&self, random: &[usize], rare: &[usize]) -> Option<f64> {
        if random.is_empty() || rare.len() < random.len() {
            return None;
        }
        let Some(kurtosis) = &self.kurtosis else {
            return Some(f64::INFINITY);
        };
        let needed = random.iter().map(|&k| kurtosis.values[k] / RARE);
        Some(needed.fold(f64::INFINITY, f64::min).ceil())
    }

    /// The smaller of two p-values, doubled if there are two: of the statistic without the rare coordinates,
    /// and of these by [`Prediction::chance_at_most`], once for each that is not another's opposite.
    pub(super) fn guarded(
        &self,
        delta: &[f64],
        z: &[Option<f64>],
        rare: &[usize],
        samples: f64,
    ) -> f64 {
        let bound = |&k: &usize| z[k].map_or(1.0, |z| self.chance_at_most(k, z.abs(), samples));
        let rarest = rare.iter().map(bound).fold(1.0, f64::min);
        let p_rare = (rarest * self.distinct(rare)).min(1.0);
        let others = self.frequent(rare);
        if others.is_empty() {
            return p_rare;
        }
        let p_others = match self.factor_without(rare) {
            Some(factor) => factor.statistic(delta, samples).p_value,
            None => self.test(delta, z, &others, samples).p_value,
        };
        (2.0 * p_others.min(p_rare)).min(1.0)
    }

    /// The coordinates that vary without the rare ones.
    pub(super) fn frequent(&self, rare: &[usize]) -> Vec<usize> {
        let mut random = self.random();
        random.retain(|k| rare.binary_search(k).is_err());
        random
    }

    /// The covariance of these, factored; `None` if the model is too large for it.
    pub(super) fn factor_without(&self, rare: &[usize]) -> Option<CovarianceFactor> {
        let (factor, covariance) = (self.factor.as_ref()?, self.covariance.as_ref()?);
        let (others, tolerance) = (self.frequent(rare), self.tolerance.clone());
        Some(CovarianceFactor::new(
            covariance,
            &others,
            factor.rank(),
            tolerance,
        ))
    }

    /// Var S_kk ≈ (κ_k − 1) Σ_kk²/N. A sample variance is farther from normal than a mean, so only
    /// coordinates that are not rare are looked at, and half their z counts; Bonferroni over the
    /// coordinates. Where there are none, whether the sample varies too little or too much, by
    /// [`Prediction::too_even`] and [`Prediction::too_wide`]. `None` where no kurtosis is known exactly.
    pub(super) fn variance_p_value(
        &self,
        delta: &[f64],
        sampled: &[f64],
        samples: f64,
    ) -> Option<f64> {
        let kurtosis = self.kurtosis.as_ref().filter(|kurtosis| kurtosis.exact)?;
        let well_known = |&k: &usize| {
            // near κ = 1 the law of a sample variance is far from normal
            let spreads = (kurtosis.values[k] - 1.0) * samples > 1.0 / RARE;
            let known = kurtosis.values[k] - 1.0 > self.tolerance[k];
            known && spreads && kurtosis.values[k] <= RARE * samples
        };
        let random = self.random();
        let known: Vec<usize> = random.iter().copied().filter(well_known).collect();
        let score = |&k: &usize| {
            let error = self.exact.variance[k] * ((kurtosis.values[k] - 1.0) / samples).sqrt();
            ((sampled[k] - self.exact.variance[k]) / error).abs()
        };
        let Some(largest) = known.iter().map(score).reduce(f64::max) else {
            let even = self.too_even(delta, sampled, &random, samples)?;
            let wide = self.too_wide(sampled, &random, samples)?;
            return Some((2.0 * even.min(wide)).min(1.0));
        };
        let half = 0.5 * largest;
        Some((known.len() as f64 * upper_tail(half * half, 1)).min(1.0))
    }

    /// Whether no chance moves a mean of N samples by δ \[d\]: what lies outside the range of Σ is
    /// more than rounding, or a coordinate moves that does not vary.
    pub(super) fn cannot_be(&self, target: &Target<f64>, delta: &[f64], samples: f64) -> bool {
        let factor = self.factor.as_ref();
        let outside = factor.is_some_and(|f| f.statistic(delta, samples).outside > 1.0);
        let mut fixed = (0..delta.len()).filter(|&k| self.tolerance[k] >= 1.0);
        outside
            || fixed.any(|k| {
                let allowed =
                    NO_CHANCE * (self.errors.square[k] / samples).sqrt() + target.rounding[k];
                delta[k].abs() > allowed
            })
    }
}
