//! One estimator's sample against its exact law.

use super::design::{Design, Exact};
use super::law::Law;
use super::statistic::{Factor, upper_tail};
use super::verdict::{BiasVerdict, Verdict};
use crate::estimator::{Psi, Target};
use crate::sampling;

/// Where the exact kurtosis of a coordinate exceeds this part of N, its mean is not yet normal in
/// the tail: it is judged by the fourth-moment bound instead.
pub(super) const RARE: f64 = 1e-3;

/// An estimator in a report: its name, its exact law and, if it was sampled, the sample.
///
/// What does not exist is `None`, `null` in JSON.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Judgment {
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
    /// Cov ĝ \[d\]\[d\] of one trajectory, exact; only if it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
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
    #[serde(skip)]
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
    /// Sample variances against the exact ones, by the exact kurtoses: a fault that leaves the mean
    /// alone, such as a wrong baseline, shows here.
    pub variance_p_value: Option<f64>,
    /// The p-value that the verdict rests on: the smaller of those of mean and variance, doubled;
    /// coordinates that are rare at this N enter by a bound.
    pub decision_p_value: Option<f64>,
    /// Does the sample agree with the exact expectation?
    pub verdict: Verdict,
    /// Is the exact expectation ∇J?
    pub bias_verdict: Option<BiasVerdict>,
    /// Trajectories at which the relative root-mean-square error is 1 % (or as the options say).
    pub trajectories_for_error: Option<f64>,
    /// Trajectories that detect a scale error of 1 % (or as the options say).
    pub trajectories_to_detect: Option<f64>,
}

impl Judgment {
    /// The exact side, nothing sampled.
    pub fn exact(design: &Design, exact: &Exact, trajectories: u64) -> Judgment {
        let estimator = &exact.estimator;
        let law = exact.law.as_ref().ok();
        let of = |psi: &[Psi]| psi.contains(&estimator.psi);
        let error = |variance: &f64| (variance / trajectories as f64).sqrt();
        Judgment {
            name: estimator.to_string(),
            psi: estimator.psi,
            discounting: estimator.discounting,
            lambda: of(&[Psi::Gae]).then(|| estimator.lambda.to_f64()),
            n: of(&[Psi::NStep]).then_some(estimator.n),
            baseline: of(&[Psi::TotalReturn, Psi::Baseline]).then(|| estimator.baseline.name()),
            critic: estimator.uses_critic().then(|| estimator.critic.name()),
            truncation: design.truncation(),
            mean: None,
            expectation: law.map(|law| law.moments.mean.clone()),
            variance: law.map(|law| law.moments.variance.clone()),
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
            degrees_of_freedom: law.map(Law::degrees_of_freedom),
            p_value: None,
            test: law.map(|law| law.factor.as_ref().map_or("max-z", |_| "chi-square")),
            rare: Vec::new(),
            variance_p_value: None,
            decision_p_value: None,
            verdict: match exact.law {
                Ok(_) => Verdict::NotSampled,
                Err(divergence) => Verdict::NoVariance(divergence),
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
        sample: &sampling::Moments,
        trajectories: u64,
    ) -> Judgment {
        let mut judgment = Judgment::exact(design, exact, trajectories);
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
        judgment.sample_variance = Some(sample.variance.clone());
        judgment.statistic = Some(test.statistic);
        judgment.p_value = Some(test.p_value);
        judgment.rare = law.rare(&random, samples);
        let decision = match judgment.rare.is_empty() {
            true => test.p_value,
            false => law.guarded(&delta, &z, &judgment.rare, samples),
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

/// The outcome of one test of the whole vector.
struct Test {
    statistic: f64,
    p_value: f64,
}

impl Law {
    fn degrees_of_freedom(&self) -> usize {
        match &self.factor {
            Some(factor) => factor.rank(),
            None => self.random().len(),
        }
    }

    fn test(&self, delta: &[f64], z: &[Option<f64>], over: &[usize], samples: f64) -> Test {
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

    /// The smaller of two p-values, doubled: of the statistic without the rare coordinates, and of
    /// these by E z⁴ = 3 + (κ − 3)/N, so that P(|z| ≥ t) ≤ E z⁴/t⁴ whatever the law; by 1/t²
    /// (Chebyshev) where no κ is known.
    fn guarded(&self, delta: &[f64], z: &[Option<f64>], rare: &[usize], samples: f64) -> f64 {
        let p_others = match self.factor_without(rare) {
            Some(factor) => factor.statistic(delta, samples).p_value,
            None => self.test(delta, z, &self.frequent(rare), samples).p_value,
        };
        let bound = |&k: &usize| {
            let Some(z) = z[k] else { return 1.0 };
            match &self.kurtosis {
                Some(kurtosis) => (3.0 + (kurtosis.values[k] - 3.0) / samples) / z.powi(4),
                None => 1.0 / (z * z),
            }
        };
        let p_rare = rare.iter().map(bound).fold(1.0, f64::min) * rare.len() as f64;
        (2.0 * p_others.min(p_rare)).min(1.0)
    }

    /// The coordinates that vary without the rare ones.
    fn frequent(&self, rare: &[usize]) -> Vec<usize> {
        let mut random = self.random();
        random.retain(|k| rare.binary_search(k).is_err());
        random
    }

    /// The covariance of these, factored; `None` if the model is too large for it.
    pub(super) fn factor_without(&self, rare: &[usize]) -> Option<Factor> {
        let (factor, covariance) = (self.factor.as_ref()?, self.moments.covariance.as_ref()?);
        let (others, tolerance) = (self.frequent(rare), self.tolerance.clone());
        Some(Factor::new(covariance, &others, factor.rank(), tolerance))
    }

    /// Var S_kk ≈ (κ_k − 1) Σ_kk²/N. A sample variance is farther from normal than a mean, so only
    /// coordinates that are not rare are looked at, and half their z counts; Bonferroni over the
    /// coordinates. `None` where no kurtosis is known exactly, or all are rare.
    fn variance_p_value(&self, sampled: &[f64], samples: f64) -> Option<f64> {
        let kurtosis = self.kurtosis.as_ref().filter(|kurtosis| kurtosis.exact)?;
        let well_known = |&k: &usize| {
            // near κ = 1 the law of a sample variance is far from normal
            let spreads = (kurtosis.values[k] - 1.0) * samples > 1.0 / RARE;
            let known = kurtosis.values[k] - 1.0 > self.tolerance[k];
            known && spreads && kurtosis.values[k] <= RARE * samples
        };
        let known: Vec<usize> = self.random().into_iter().filter(well_known).collect();
        let score = |&k: &usize| {
            let error = self.moments.variance[k] * ((kurtosis.values[k] - 1.0) / samples).sqrt();
            ((sampled[k] - self.moments.variance[k]) / error).abs()
        };
        let largest = known.iter().map(score).reduce(f64::max)?;
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
                let allowed = 8.0 * (self.error[k] / samples).sqrt() + target.rounding[k];
                delta[k].abs() > allowed
            })
    }
}
