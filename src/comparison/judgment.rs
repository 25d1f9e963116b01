//! One estimator's sample against its exact law.

use super::basis::Basis;
use super::design::Design;
use super::law::{ExactEstimator, Prediction};
use super::verdict::{BiasVerdict, SampleVerdict};
use crate::estimator::{Bias, Estimator, Moments, shown_in_each};
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
    pub law: Option<ExactLaw>,
    /// The sample; `None` where nothing was sampled.
    pub sample: Option<ComparedSample>,
    /// Does the sample agree with the exact expectation?
    pub verdict: SampleVerdict,
}

/// The exact law of one trajectory's estimate, and of the mean of N of them.
///
/// What a judgment tells of its [`Prediction`], which it outlives: that has the covariance and its factors, two tables of d²
/// numbers that end with the design; the numbers of each parameter are copied.
#[derive(Clone, Debug)]
pub struct ExactLaw {
    /// E ĝ \[d\].
    pub expectation: Vec<f64>,
    /// Var ĝ_k \[d\] of one trajectory.
    pub variance: Vec<f64>,
    /// What rounding can do to E ĝ and so to the bias \[d\]; `None` where that cannot show in the ninth digit
    /// of the largest entry.
    pub expectation_error: Option<Vec<f64>>,
    /// The same of the variances \[d\].
    pub variance_error: Option<Vec<f64>>,
    /// Cov ĝ \[d\]\[d\] of one trajectory; only if it was asked for.
    pub covariance: Option<Vec<Vec<f64>>>,
    /// What rounding can do to that \[d\]\[d\]; `None` where it was not asked for or that cannot show.
    pub covariance_error: Option<Vec<Vec<f64>>>,
    /// √(Var ĝ_k/N) \[d\].
    pub standard_error: Vec<f64>,
    /// E ĝ against ∇J.
    pub bias: Bias,
    /// Whether that is no more than rounding.
    pub bias_is_rounding: bool,
    /// Is the exact expectation ∇J?
    pub bias_verdict: BiasVerdict,
    /// rank Σ; for a model too large for Σ, the number of coordinates that vary.
    pub degrees_of_freedom: usize,
    /// `chi-square`, or `max-z` for a model too large for Σ.
    pub test: &'static str,
    /// Trajectories at which the relative root-mean-square error is 1 % (or as the options say).
    pub trajectories_for_error: Option<f64>,
    /// Trajectories that detect a scale error of 1 % (or as the options say).
    pub trajectories_to_detect: Option<f64>,
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
            law: law.ok().map(|law| ExactLaw::new(law, trajectories)),
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

impl ExactLaw {
    pub(super) fn new(law: &Prediction, trajectories: u64) -> ExactLaw {
        let Moments { mean, variance, .. } = &law.moments;
        let error = |variance: &f64| (variance / trajectories as f64).sqrt();
        ExactLaw {
            expectation: mean.clone(),
            variance: variance.clone(),
            expectation_error: shown_in_each(&law.errors.mean, mean),
            variance_error: shown_in_each(&law.errors.variance, variance),
            covariance: None,
            covariance_error: None,
            standard_error: variance.iter().map(error).collect(),
            bias: law.bias.clone(),
            bias_is_rounding: law.bias_is_rounding,
            bias_verdict: law.bias_verdict,
            degrees_of_freedom: law.degrees_of_freedom(),
            test: law.factor.as_ref().map_or("max-z", |_| "chi-square"),
            trajectories_for_error: law.for_error,
            trajectories_to_detect: law.to_detect,
        }
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
        let means = sample.mean.iter().zip(&law.moments.mean);
        let delta: Vec<f64> = means.map(|(sampled, exact)| sampled - exact).collect();
        let random = law.random();
        let mut z = vec![None; delta.len()];
        for &k in &random {
            z[k] = Some(delta[k] / (law.moments.variance[k] / samples).sqrt());
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
