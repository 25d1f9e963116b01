//! Two estimators on the same trajectories: the law of their difference (theory, 6, *Paired tests*).
//!
//! ```text
//! E(ĝ − g̃) = E ĝ − E g̃        Cov(ĝ − g̃) = Cov ĝ + Cov g̃ − C − Cᵀ,   C = Cov(ĝ, g̃)
//! ```
//!
//! What the two have in common cancels, so that a difference is known far better than either mean.

use nalgebra::DMatrix;

use super::design::{Design, Exact};
use super::judgment::Judgment;
use super::law::{Law, Laws};
use super::statistic::Factor;
use super::verdict::{BiasVerdict, Verdict};
use crate::error::Error;
use crate::estimator::{Bias, Kurtosis, Moments};
use crate::sampling;

/// The exact law of the difference of two estimators.
#[derive(Clone, Debug)]
pub struct Pair {
    /// Which two of [`Design::estimators`]; both have a law.
    pub estimators: (usize, usize),
    /// Cov(ĝ, g̃) of one trajectory, row by row.
    pub cross_covariance: Vec<Vec<f64>>,
    /// The former less the latter.
    difference: Exact,
}

/// The difference of two estimators on the same trajectories against its exact law.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Paired {
    /// The former less the latter.
    pub estimators: [String; 2],
    /// The mean of the sampled differences \[d\]; `None` where nothing was sampled.
    pub mean: Option<Vec<f64>>,
    /// E(ĝ − g̃) \[d\], exact.
    pub expectation: Vec<f64>,
    /// Var(ĝ_k − g̃_k) \[d\] of one trajectory, exact.
    pub variance: Vec<f64>,
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
    /// Parameters whose difference varies too rarely for the statistic, as [`Judgment::rare`].
    pub rare: Vec<usize>,
    /// The p-value that the verdict rests on.
    pub decision_p_value: Option<f64>,
    /// tr Cov(ĝ − g̃) beside tr Cov ĝ + tr Cov g̃, that of independent samples.
    pub variance_ratio: Option<f64>,
    /// Does the sample agree with the exact expectation?
    pub verdict: Verdict,
    /// Cov(ĝ_k, g̃_l) \[d\]\[d\] of one trajectory, exact.
    pub cross_covariance: Vec<Vec<f64>>,
}

impl Pair {
    /// The law of the difference of two estimators that have laws with covariances; `None` if one
    /// has not.
    ///
    /// Errors if a linear system is singular.
    pub(super) fn new(
        design: &Design,
        laws: &Laws,
        (i, j): (usize, usize),
    ) -> Result<Option<Pair>, Error> {
        let [left, right] = [&design.estimators[i], &design.estimators[j]];
        let (Ok(a), Ok(b)) = (&left.law, &right.law) else {
            return Ok(None);
        };
        let (Some(own), Some(other)) = (&a.moments.covariance, &b.moments.covariance) else {
            return Ok(None);
        };
        let experiment = &laws.experiment;
        let cross = experiment.cross_covariance(&left.resolved, &right.resolved)?;
        let mut covariance = own + other;
        covariance -= &cross;
        covariance -= cross.transpose();
        let law = difference(laws, (a, b), covariance);
        let row = |k| cross.row(k).iter().copied().collect();
        Ok(Some(Pair {
            estimators: (i, j),
            cross_covariance: (0..cross.nrows()).map(row).collect(),
            difference: Exact {
                law: Ok(law),
                ..left.clone()
            },
        }))
    }

    /// The sampled differences against the law; the verdict is left to who knows the other tests.
    pub(super) fn judge(
        &self,
        design: &Design,
        sample: Option<&sampling::Moments>,
        trajectories: u64,
    ) -> Paired {
        let judgment = match sample {
            Some(sample) => Judgment::sampled(design, &self.difference, sample, trajectories),
            None => Judgment::exact(design, &self.difference, trajectories),
        };
        let (i, j) = self.estimators;
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
            cross_covariance: self.cross_covariance.clone(),
        }
    }
}

/// The law of a − b, whose covariance is given.
fn difference(laws: &Laws, (a, b): (&Law, &Law), covariance: DMatrix<f64>) -> Law {
    let diagonal = covariance.diagonal();
    let variance: Vec<f64> = diagonal.iter().map(|x| x.max(0.0)).collect();
    let raw = a.moments.raw.iter().zip(&b.moments.raw).map(|(a, b)| a + b);
    let raw: Vec<f64> = raw.collect();
    // four matrices are added, each known to the error of its raw moments
    let errors = a.error.iter().zip(&b.error);
    let error: Vec<f64> = errors.map(|(a, b)| 4.0 * (a + b)).collect();
    let known = error.iter().zip(&variance);
    let tolerance = known.map(|(known, variance)| match *variance > 0.0 {
        true => known / variance,
        false => f64::INFINITY,
    });
    let means = a.moments.mean.iter().zip(&b.moments.mean);
    let mean: Vec<f64> = means.map(|(a, b)| a - b).collect();
    let mut law = Law {
        kurtosis: kurtosis(a, b, &variance),
        bias: Bias::new(&mean, &vec![0.0; mean.len()]),
        bias_is_rounding: true,
        bias_verdict: BiasVerdict::Unbiased,
        factor: None,
        for_error: None,
        to_detect: None,
        tolerance: tolerance.collect(),
        error,
        moments: Moments {
            mean,
            variance,
            covariance: None,
            raw,
        },
    };
    let (random, tolerance) = (law.random(), law.tolerance.clone());
    law.factor = Some(Factor::new(&covariance, &random, laws.rank, tolerance));
    law.moments.covariance = Some(covariance);
    law
}

/// At most (κ_a^¼ σ_a + κ_b^¼ σ_b)⁴/σ⁴, by Minkowski's inequality for fourth moments.
fn kurtosis(a: &Law, b: &Law, variance: &[f64]) -> Option<Kurtosis<f64>> {
    let (left, right) = (a.kurtosis.as_ref()?, b.kurtosis.as_ref()?);
    let norm = |kurtosis: &Kurtosis<f64>, law: &Law, k: usize| {
        kurtosis.values[k].max(0.0).powf(0.25) * law.moments.variance[k].sqrt()
    };
    let bound = |(k, variance): (usize, &f64)| match *variance > 0.0 {
        true => (norm(left, a, k) + norm(right, b, k)).powi(4) / (variance * variance),
        false => 0.0,
    };
    Some(Kurtosis {
        values: variance.iter().enumerate().map(bound).collect(),
        exact: false,
    })
}
