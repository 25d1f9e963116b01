//! One estimator's sample against its exact law.

use super::design::Design;
use super::law::{Exact, Prediction};
use super::verdict::{BiasVerdict, SampleVerdict};
use crate::estimator::{Baseline, Critic, Psi, shown};
use crate::number::Number;
use crate::sampling;

/// An estimator in a report: its name, its exact law and, if it was sampled, the sample.
///
/// What does not exist is `None`, `null` in JSON.
#[derive(Clone, Debug)]
pub struct ComparedEstimator {
    /// The name that parses to this estimator.
    pub name: String,
    /// Ψ.
    pub psi: Psi,
    /// Whether γᵗ stands before the score.
    pub discounting: bool,
    /// λ of GAE.
    pub lambda: Option<f64>,
    /// n of the n-step estimator.
    pub n: Option<usize>,
    /// The kind of baseline.
    pub baseline: Option<&'static str>,
    /// The critic.
    pub critic: Option<String>,
    /// T, if an infinite horizon is cut there.
    pub truncation: Option<usize>,
    /// X̄ \[d\].
    pub mean: Option<Vec<f64>>,
    /// E ĝ \[d\], exact.
    pub expectation: Option<Vec<f64>>,
    /// Var ĝ_k \[d\] of one trajectory, exact.
    pub variance: Option<Vec<f64>>,
    /// What rounding can do to E ĝ and so to the bias \[d\]; `None` where that cannot show in the ninth digit
    /// of the largest entry.
    pub expectation_error: Option<Vec<f64>>,
    /// The same of the variances \[d\].
    pub variance_error: Option<Vec<f64>>,
    /// Cov ĝ \[d\]\[d\] of one trajectory, exact; only if it was asked for.
    pub covariance: Option<Vec<Vec<f64>>>,
    /// The sample variance \[d\], divisor N − 1.
    pub sample_variance: Option<Vec<f64>>,
    /// √(Var ĝ_k/N) \[d\], exact.
    pub standard_error: Option<Vec<f64>>,
    /// E ĝ − ∇J \[d\], exact.
    pub bias: Option<Vec<f64>>,
    /// ‖E ĝ − ∇J‖₂.
    pub bias_norm: Option<f64>,
    /// Whether that is no more than rounding.
    pub bias_is_rounding: bool,
    /// The cosine between E ĝ and ∇J.
    pub cosine: Option<f64>,
    /// Whether a small step along E ĝ raises J; `None` where E ĝ or ∇J is 0.
    pub ascends: Option<bool>,
    /// (X̄_k − E ĝ_k)/SE_k \[d\]; `None` where nothing varies.
    pub z: Option<Vec<Option<f64>>>,
    /// N Δᵀ Σ⁺ Δ; for a model too large for Σ, the largest z².
    pub statistic: Option<f64>,
    /// rank Σ; for a model too large for Σ, the number of coordinates that vary.
    pub degrees_of_freedom: Option<usize>,
    /// The probability of a larger statistic.
    pub p_value: Option<f64>,
    /// `chi-square`, or `max-z` for a model too large for Σ.
    pub test: Option<&'static str>,
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
    pub decision_p_value: Option<f64>,
    /// Does the sample agree with the exact expectation?
    pub verdict: SampleVerdict,
    /// Is the exact expectation ∇J?
    pub bias_verdict: Option<BiasVerdict>,
    /// Trajectories at which the relative root-mean-square error is 1 % (or as the options say).
    pub trajectories_for_error: Option<f64>,
    /// Trajectories that detect a scale error of 1 % (or as the options say).
    pub trajectories_to_detect: Option<f64>,
}

impl ComparedEstimator {
    /// The exact side, nothing sampled.
    pub fn exact(design: &Design, exact: &Exact, trajectories: u64) -> ComparedEstimator {
        let estimator = &exact.estimator;
        let law = exact.law.as_ref().ok();
        let error = |variance: &f64| (variance / trajectories as f64).sqrt();
        ComparedEstimator {
            name: estimator.to_string(),
            psi: estimator.psi(),
            discounting: estimator.discounting(),
            lambda: estimator.lambda().map(Number::to_f64),
            n: estimator.steps(),
            baseline: estimator.baseline().map(Baseline::name),
            critic: estimator.critic().map(Critic::name),
            truncation: design.truncation(),
            mean: None,
            expectation: law.map(|law| law.moments.mean.clone()),
            variance: law.map(|law| law.moments.variance.clone()),
            expectation_error: law.and_then(|law| shown(&law.errors.mean, &law.moments.mean)),
            variance_error: law.and_then(|law| shown(&law.errors.variance, &law.moments.variance)),
            covariance: None,
            sample_variance: None,
            standard_error: law.map(|law| law.moments.variance.iter().map(error).collect()),
            bias: law.map(|law| law.bias.vector.clone()),
            bias_norm: law.map(|law| law.bias.norm),
            bias_is_rounding: law.is_some_and(|law| law.bias_is_rounding),
            cosine: law.and_then(|law| law.bias.cosine),
            ascends: law.and_then(|law| law.bias.ascends),
            z: None,
            statistic: None,
            degrees_of_freedom: law.map(Prediction::degrees_of_freedom),
            p_value: None,
            test: law.map(|law| law.factor.as_ref().map_or("max-z", |_| "chi-square")),
            rare: Vec::new(),
            too_few: None,
            variance_p_value: None,
            decision_p_value: None,
            verdict: match exact.law {
                Ok(_) => SampleVerdict::NotSampled,
                Err(divergence) => SampleVerdict::NoVariance(divergence),
            },
            bias_verdict: law.map(|law| law.bias_verdict),
            trajectories_for_error: law.and_then(|law| law.for_error),
            trajectories_to_detect: law.and_then(|law| law.to_detect),
        }
    }

    /// The sample beside the exact side; the verdict is left to who knows the other tests.
    pub fn sampled(
        design: &Design,
        exact: &Exact,
        sample: &sampling::SampleMoments,
        trajectories: u64,
    ) -> ComparedEstimator {
        let mut judgment = ComparedEstimator::exact(design, exact, trajectories);
        let Ok(law) = &exact.law else {
            return judgment;
        };
        let samples = trajectories as f64;
        let means = sample.mean.iter().zip(&law.moments.mean);
        let delta: Vec<f64> = means.map(|(sampled, exact)| sampled - exact).collect();
        let random = law.random();
        let mut z = vec![None; delta.len()];
        for &k in &random {
            z[k] = Some(delta[k] / (law.moments.variance[k] / samples).sqrt());
        }
        let test = law.test(&delta, &z, &random, samples);
        judgment.mean = Some(sample.mean.clone());
        // one batch has no variance to be seen
        let batch = exact.estimator.is_of_batch();
        judgment.sample_variance = (!batch).then(|| sample.variance.clone());
        judgment.statistic = Some(test.statistic);
        judgment.p_value = Some(test.p_value);
        judgment.rare = law.rare(&random, samples);
        judgment.too_few = law.too_few(&random, &judgment.rare);
        let decision = if judgment.rare.is_empty() {
            test.p_value
        } else {
            law.guarded(&delta, &z, &judgment.rare, samples)
        };
        let impossible = law.cannot_be(&design.target, &delta, samples);
        let spread = law.variance_p_value(&sample.variance, samples);
        let decision = spread.map_or(decision, |spread| (2.0 * decision.min(spread)).min(1.0));
        judgment.variance_p_value = spread;
        judgment.decision_p_value = Some(if impossible { 0.0 } else { decision });
        judgment.z = Some(z);
        judgment
    }

    /// ‖E ĝ − ∇J‖₂, 0 where that is rounding.
    pub fn visible_bias(&self) -> Option<f64> {
        let norm = self.bias_norm;
        norm.map(|norm| if self.bias_is_rounding { 0.0 } else { norm })
    }

    /// Whether the verdict rests on the variances of the sample, the mean being less unlikely.
    pub fn rests_on_variance(&self) -> bool {
        let Some(p) = self.variance_p_value else {
            return false;
        };
        let decides = self.decision_p_value == Some((2.0 * p).min(1.0));
        decides && self.p_value.is_some_and(|mean| mean > p)
    }
}
