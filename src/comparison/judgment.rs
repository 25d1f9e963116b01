//! One estimator's sample against its exact law.

use std::sync::Arc;

use super::basis::Basis;
use super::design::Design;
use super::law::ExactEstimator;
use super::prediction::{ExactLaw, Prediction};
use super::verdict::{BiasVerdict, SampleVerdict};
use crate::estimator::Estimator;
use crate::sampling;

/// An estimator with its exact law and, if it was sampled, the sample held against that.
#[derive(Clone, Debug)]
pub struct ComparedEstimator {
    /// The name that parses to this estimator.
    pub name: String,
    /// The estimator.
    pub estimator: Estimator,
    /// T, if an infinite horizon is cut there.
    pub truncation: Option<usize>,
    /// The exact law; `None` where it has no variance, as the verdict says.
    pub law: Option<Arc<ExactLaw>>,
    /// √(Var ĝ_k/N) \[d\] by that law; empty where there is none.
    pub standard_error: Vec<f64>,
    /// Cov ĝ \[d\]\[d\] of one trajectory; only if it was asked for.
    pub covariance: Option<Vec<Vec<f64>>>,
    /// What rounding can do to that \[d\]\[d\]; `None` where it was not asked for or that cannot show.
    pub covariance_error: Option<Vec<Vec<f64>>>,
    /// The sample; `None` where nothing was sampled.
    pub sample: Option<ComparedSample>,
    /// Does the sample agree with the exact expectation?
    pub verdict: SampleVerdict,
}

/// A sample against the exact law of its estimator.
#[derive(Clone, Debug)]
pub struct ComparedSample {
    /// X̄ \[d\].
    pub mean: Vec<f64>,
    /// The sample variance \[d\], divisor N − 1; `None` of what is a function of all trajectories together.
    pub variance: Option<Vec<f64>>,
    /// (X̄_k − E ĝ_k)/SE_k \[d\]; `None` where nothing varies.
    pub z: Vec<Option<f64>>,
    /// N Δᵀ Σ⁺ Δ; for a model too large for Σ, the largest z².
    pub statistic: f64,
    /// The probability of a larger statistic.
    pub p_value: f64,
    /// Coordinates that vary too seldom for normal theory at this N; they are judged by a bound
    /// that holds always. Raise N for a sharper test.
    pub rare: Vec<usize>,
    /// Where all coordinates that vary do so too seldom for normal theory: trajectories from which on
    /// one does not, infinite where no fourth moments are known. Such a sample fails by gross errors
    /// only.
    pub too_few: Option<f64>,
    /// Sample variances against the exact ones, by the exact kurtoses: a fault that leaves the mean
    /// alone, such as a wrong baseline, shows here.
    pub variance_p_value: Option<f64>,
    /// The p-value that the verdict rests on: the smaller of those of mean and variance, doubled;
    /// coordinates that are rare at this N enter by a bound.
    pub decision_p_value: f64,
    /// Which of these tests that is.
    pub decided_by: Basis,
}

impl ComparedEstimator {
    /// An estimator beside its sample, if there is one; the verdict on that is left to who knows the other tests.
    pub fn new(
        design: &Design,
        exact: &ExactEstimator,
        sample: Option<&sampling::SampleMoments>,
        trajectories: u64,
    ) -> ComparedEstimator {
        let law = exact.law.as_ref();
        let sampled = law.ok().zip(sample).map(|(law, sample)| {
            let batch = exact.estimator.is_of_batch();
            ComparedSample::new(design, law, (sample, batch), trajectories)
        });
        ComparedEstimator {
            name: exact.estimator.to_string(),
            estimator: exact.estimator.clone(),
            truncation: design.truncation(),
            standard_error: law
                .map_or_else(|_| Vec::new(), |law| law.exact.standard_error(trajectories)),
            law: law.ok().map(|law| Arc::clone(&law.exact)),
            covariance: None,
            covariance_error: None,
            sample: sampled,
            verdict: match law {
                Ok(_) => SampleVerdict::NotSampled,
                Err(divergence) => SampleVerdict::NoVariance(*divergence),
            },
        }
    }

    /// ‖E ĝ − ∇J‖₂, 0 where that is rounding.
    pub fn visible_bias(&self) -> Option<f64> {
        let law = self.law.as_ref()?;
        Some(if law.bias_is_rounding {
            0.0
        } else {
            law.bias.norm
        })
    }

    /// Is the exact expectation ∇J? `None` where there is none.
    pub fn bias_verdict(&self) -> Option<BiasVerdict> {
        Some(self.law.as_ref()?.bias_verdict)
    }
}

impl ComparedSample {
    /// The sample of an estimator, or of what is a function of the whole batch, against its law.
    pub(super) fn new(
        design: &Design,
        law: &Prediction,
        (sample, batch): (&sampling::SampleMoments, bool),
        trajectories: u64,
    ) -> ComparedSample {
        let samples = trajectories as f64;
        let means = sample.mean.iter().zip(&law.exact.expectation);
        let delta: Vec<f64> = means.map(|(sampled, exact)| sampled - exact).collect();
        let random = law.random();
        let mut z = vec![None; delta.len()];
        for &k in &random {
            z[k] = Some(delta[k] / (law.exact.variance[k] / samples).sqrt());
        }
        let test = law.test(&delta, &z, &random, samples);
        let rare = law.rare(&random, samples);
        let decision = if rare.is_empty() {
            test.p_value
        } else {
            law.guarded(&delta, &z, &rare, samples)
        };
        let impossible = law.cannot_be(&design.target, &delta, samples);
        let spread = law.variance_p_value(&delta, &sample.variance, samples);
        let decided_by = match spread {
            _ if impossible => Basis::NoChance,
            Some(spread) if spread < decision => Basis::Variances,
            _ if rare.is_empty() => Basis::Mean,
            _ => Basis::MeanByBounds,
        };
        let decision = spread.map_or(decision, |spread| (2.0 * decision.min(spread)).min(1.0));
        ComparedSample {
            mean: sample.mean.clone(),
            // one batch has no variance to be seen
            variance: (!batch).then(|| sample.variance.clone()),
            statistic: test.statistic,
            p_value: test.p_value,
            too_few: law.too_few(&random, &rare),
            rare,
            variance_p_value: spread,
            decision_p_value: if impossible { 0.0 } else { decision },
            decided_by,
            z,
        }
    }

    /// Whether the verdict rests on the variances of the sample, the mean being less unlikely.
    pub fn rests_on_variance(&self) -> bool {
        let Some(p) = self.variance_p_value else {
            return false;
        };
        self.decision_p_value == (2.0 * p).min(1.0) && self.p_value > p
    }
}
