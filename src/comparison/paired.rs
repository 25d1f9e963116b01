//! Two estimators sampled on the same trajectories, against the exact law of their difference.

use std::sync::Arc;

use super::design::Design;
use super::difference::Pair;
use super::judgment::ComparedSample;
use super::prediction::ExactLaw;
use super::verdict::SampleVerdict;
use crate::sampling;

/// The difference of two estimators on the same trajectories against its exact law.
#[derive(Clone, Debug)]
pub struct Paired {
    /// The former less the latter.
    pub estimators: [String; 2],
    /// The exact law of the difference; its bias is against 0.
    pub law: Arc<ExactLaw>,
    /// √(Var/N) \[d\] of the mean difference by that law.
    pub standard_error: Vec<f64>,
    /// The sampled differences; `None` where nothing was sampled.
    pub sample: Option<ComparedSample>,
    /// tr Cov(ĝ − g̃) beside tr Cov ĝ + tr Cov g̃, that of independent samples.
    pub variance_ratio: Option<f64>,
    /// Does the sample agree with the exact expectation?
    pub verdict: SampleVerdict,
    /// Cov(ĝ_k, g̃_l) \[d\]\[d\] of one trajectory, exact.
    pub cross_covariance: Vec<Vec<f64>>,
    /// What rounding can do to that \[d\]\[d\]; `None` where that cannot show in the ninth digit of an entry.
    pub cross_covariance_error: Option<Vec<Vec<f64>>>,
}

impl Paired {
    /// The sampled differences against the law; the verdict is left to who knows the other tests.
    pub(super) fn new(
        pair: &Pair,
        design: &Design,
        sample: Option<&sampling::SampleMoments>,
        trajectories: u64,
    ) -> Paired {
        let (i, j) = pair.estimators;
        let batch = design.estimators[i].estimator.is_of_batch();
        let sample = sample.map(|sample| {
            ComparedSample::new(design, &pair.difference, (sample, batch), trajectories)
        });
        let trace = |i: usize| {
            let law = design.estimators[i].law.as_ref().ok();
            law.map_or(0.0, |law| law.exact.trace())
        };
        let law = Arc::clone(&pair.difference.exact);
        let apart = trace(i) + trace(j);
        Paired {
            estimators: [i, j].map(|i| design.estimators[i].estimator.to_string()),
            variance_ratio: (apart > 0.0).then(|| law.trace() / apart),
            standard_error: law.standard_error(trajectories),
            law,
            sample,
            verdict: SampleVerdict::NotSampled,
            cross_covariance: pair.cross_covariance.clone(),
            cross_covariance_error: pair.cross_covariance_error.clone(),
        }
    }
}
