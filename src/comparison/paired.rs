//! Two estimators sampled on the same trajectories, against the exact law of their difference.

use super::design::Design;
use super::difference::Pair;
use super::judgment::ComparedEstimator;
use super::verdict::SampleVerdict;
use crate::sampling;

/// The difference of two estimators on the same trajectories against its exact law.
#[derive(Clone, Debug)]
pub struct Paired {
    /// The former less the latter.
    pub estimators: [String; 2],
    /// The mean of the sampled differences \[d\]; `None` where nothing was sampled.
    pub mean: Option<Vec<f64>>,
    /// E(ĝ − g̃) \[d\], exact.
    pub expectation: Vec<f64>,
    /// Var(ĝ_k − g̃_k) \[d\] of one trajectory, exact.
    pub variance: Vec<f64>,
    /// What rounding can do to that expectation \[d\], as [`ComparedEstimator::expectation_error`].
    pub expectation_error: Option<Vec<f64>>,
    /// The same of the variances \[d\].
    pub variance_error: Option<Vec<f64>>,
    /// The sample variance \[d\], divisor N − 1.
    pub sample_variance: Option<Vec<f64>>,
    /// √(Var/N) \[d\], exact.
    pub standard_error: Vec<f64>,
    /// z of each coordinate \[d\]; `None` where nothing varies.
    pub z: Option<Vec<Option<f64>>>,
    /// N Δᵀ Σ⁺ Δ.
    pub statistic: Option<f64>,
    /// rank Σ.
    pub degrees_of_freedom: Option<usize>,
    /// The probability of a larger statistic.
    pub p_value: Option<f64>,
    /// Parameters whose difference varies too rarely for the statistic, as [`ComparedEstimator::rare`].
    pub rare: Vec<usize>,
    /// The p-value that the verdict rests on.
    pub decision_p_value: Option<f64>,
    /// tr Cov(ĝ − g̃) beside tr Cov ĝ + tr Cov g̃, that of independent samples.
    pub variance_ratio: Option<f64>,
    /// Does the sample agree with the exact expectation?
    pub verdict: SampleVerdict,
    /// Cov(ĝ_k, g̃_l) \[d\]\[d\] of one trajectory, exact.
    pub cross_covariance: Vec<Vec<f64>>,
}

impl Paired {
    /// The sampled differences against the law; the verdict is left to who knows the other tests.
    pub(super) fn new(
        pair: &Pair,
        design: &Design,
        sample: Option<&sampling::SampleMoments>,
        trajectories: u64,
    ) -> Paired {
        let judgment = match sample {
            Some(sample) => {
                ComparedEstimator::sampled(design, &pair.difference, sample, trajectories)
            }
            None => ComparedEstimator::exact(design, &pair.difference, trajectories),
        };
        let (i, j) = pair.estimators;
        let trace = |i: usize| {
            let law = design.estimators[i].law.as_ref().ok();
            law.map_or(0.0, |law| law.moments.trace())
        };
        let variance = judgment.variance.unwrap_or_default();
        let apart = trace(i) + trace(j);
        Paired {
            estimators: [i, j].map(|i| design.estimators[i].estimator.to_string()),
            mean: judgment.mean,
            expectation: judgment.expectation.unwrap_or_default(),
            expectation_error: judgment.expectation_error,
            variance_error: judgment.variance_error,
            sample_variance: judgment.sample_variance,
            standard_error: judgment.standard_error.unwrap_or_default(),
            z: judgment.z,
            statistic: judgment.statistic,
            degrees_of_freedom: judgment.degrees_of_freedom,
            p_value: judgment.p_value,
            rare: judgment.rare,
            decision_p_value: judgment.decision_p_value,
            variance_ratio: (apart > 0.0).then(|| variance.iter().sum::<f64>() / apart),
            variance,
            verdict: judgment.verdict,
            cross_covariance: pair.cross_covariance.clone(),
        }
    }
}
