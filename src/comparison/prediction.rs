//! The exact law of one estimator, and what it predicts of a sample of it.

use std::sync::Arc;

use nalgebra::DMatrix;

use super::statistic::CovarianceFactor;
use super::verdict::BiasVerdict;
use crate::estimator::{Bias, Kurtosis, MomentErrors, shown_in_each, shown_rows};

/// The exact law of one trajectory's estimate: what there is to say for each parameter and of all, whatever is sampled.
#[derive(Clone, Debug)]
pub struct ExactLaw {
    /// E ĝ \[d\].
    pub expectation: Vec<f64>,
    /// Var ĝ_k \[d\].
    pub variance: Vec<f64>,
    /// What rounding can do to E ĝ \[d\]; `None` where that cannot show in the ninth digit
    /// of the largest entry.
    pub expectation_error: Option<Vec<f64>>,
    /// What rounding can do to the variances \[d\]; `None` where that cannot show in the ninth digit of the largest.
    pub variance_error: Option<Vec<f64>>,
    /// E ĝ against ∇J.
    pub bias: Bias,
    /// What rounding can do to that \[d\], where it is a bias and that may show in the ninth digit.
    pub bias_error: Option<Vec<f64>>,
    /// Whether that is no more than rounding can do.
    pub bias_is_rounding: bool,
    /// Whether the estimator is biased: where a cut is our own, without that cut.
    pub bias_verdict: BiasVerdict,
    /// rank Σ; for a model too large for Σ, the number of coordinates that vary.
    pub degrees_of_freedom: usize,
    /// `chi-square`, or `max-z` for a model too large for Σ.
    pub test: &'static str,
    /// Trajectories at which the relative root-mean-square error is 1 % (or as the options say).
    pub trajectories_for_error: Option<f64>,
    /// Trajectories at which the verdict sees a mean scaled by 1 + 1 % (or as the options say), at the options'
    /// rates ([`Prediction::to_see`]).
    pub trajectories_to_detect: Option<f64>,
}

impl ExactLaw {
    /// Of these moments, before anything is known of a test.
    pub(super) fn new(
        (expectation, variance): (Vec<f64>, Vec<f64>),
        errors: &MomentErrors,
        bias: Bias,
    ) -> ExactLaw {
        ExactLaw {
            expectation_error: shown_in_each(&errors.mean, &expectation),
            variance_error: shown_in_each(&errors.variance, &variance),
            bias_error: None,
            expectation,
            variance,
            bias,
            bias_is_rounding: true,
            bias_verdict: BiasVerdict::Unbiased,
            degrees_of_freedom: 0,
            test: "max-z",
            trajectories_for_error: None,
            trajectories_to_detect: None,
        }
    }

    /// tr Cov ĝ = Σ Var ĝ_k.
    pub fn trace(&self) -> f64 {
        self.variance.iter().sum()
    }

    /// √(Var ĝ_k/N) \[d\].
    pub(super) fn standard_error(&self, trajectories: u64) -> Vec<f64> {
        let error = |variance: &f64| (variance / trajectories as f64).sqrt();
        self.variance.iter().map(error).collect()
    }
}

/// What the exact law of an estimator predicts of a sample of it.
#[derive(Clone, Debug)]
pub struct Prediction {
    /// The law itself, which judgments share and outlives the tables here.
    pub exact: Arc<ExactLaw>,
    /// Cov ĝ [d, d] of one trajectory, unless the model is too large.
    pub covariance: Option<DMatrix<f64>>,
    /// E ĝ_k² \[d\], to the rounding of which variances are known.
    pub raw: Vec<f64>,
    /// Kurtoses E(X − μ)⁴/σ⁴ of the coordinates ([`Experiment::kurtosis`](crate::estimator::Experiment::kurtosis)), where they are known
    /// and the model is small enough for the covariance.
    pub kurtosis: Option<Kurtosis<f64>>,
    /// The relative error to which each variance is known, \[d\].
    pub tolerance: Vec<f64>,
    /// The absolute errors to which means and second moments are known.
    pub errors: MomentErrors,
    /// B, trajectories of which each row that is held against it is the mean.
    pub batch: f64,
    /// The covariance, factored; `None` if the model is too large.
    pub factor: Option<CovarianceFactor>,
}

impl Prediction {
    /// Coordinates whose variance is more than rounding.
    pub fn random(&self) -> Vec<usize> {
        random(&self.tolerance)
    }

    /// What rounding can do to the entries of the covariance, where it may show in one of them.
    pub fn covariance_error(&self) -> Option<Vec<Vec<f64>>> {
        let known = self.errors.covariance.as_ref()?;
        shown_rows(self.covariance.as_ref()?, |k, l| known.of(k, l))
    }

    /// The same law for rows that are means of B trajectories: N of them vary in their sample variance as B N trajectories of
    /// the kurtosis κ + 2(B − 1) do.
    pub(crate) fn of_batches(&mut self, batch: f64) {
        self.batch = batch;
        if let Some(kurtosis) = &mut self.kurtosis {
            let values = kurtosis.values.iter_mut().filter(|value| **value > 0.0);
            values.for_each(|value| *value += 2.0 * (batch - 1.0));
        }
    }

    /// The same law of means of N samples that are known to standard errors \[d\] which no number of samples takes
    /// away, as of numbers that were rounded: no direction is tested in which the law varies by less.
    pub(crate) fn known_to(&mut self, errors: &[f64], samples: f64) {
        if errors.iter().all(|error| *error == 0.0) {
            return;
        }
        let both = self.errors.square.iter_mut().zip(errors);
        both.for_each(|(square, error)| *square = square.max(samples * error * error));
        self.tolerance = tolerance(&self.exact.variance, &self.errors.square);
        let random = self.random();
        if let (Some(factor), Some(covariance)) = (&mut self.factor, &self.covariance) {
            let (most, tolerance) = (factor.rank(), self.tolerance.clone());
            *factor = CovarianceFactor::new(covariance, &random, most, tolerance);
        }
        self.tell_test();
    }

    /// Tells the law by which test it is held against a sample.
    pub(super) fn tell_test(&mut self) {
        let degrees = self.degrees_of_freedom();
        let exact = Arc::make_mut(&mut self.exact);
        exact.degrees_of_freedom = degrees;
        exact.test = self.factor.as_ref().map_or("max-z", |_| "chi-square");
    }

    /// The covariance of one trajectory row by row, if it was computed.
    pub fn covariance(&self) -> Option<Vec<Vec<f64>>> {
        let covariance = self.covariance.as_ref()?;
        let rows = covariance.row_iter();
        Some(rows.map(|row| row.iter().copied().collect()).collect())
    }
}

/// Coordinates whose variance is known to less than itself.
pub(super) fn random(tolerance: &[f64]) -> Vec<usize> {
    let coordinates = 0..tolerance.len();
    coordinates.filter(|&k| tolerance[k] < 1.0).collect()
}

/// The relative error to which each variance is known \[d\].
pub(super) fn tolerance(variance: &[f64], error: &[f64]) -> Vec<f64> {
    let coordinates = error.iter().zip(variance);
    let relative = coordinates.map(|(error, variance)| {
        if *variance > 0.0 {
            error / variance
        } else {
            f64::INFINITY
        }
    });
    relative.collect()
}
