//! The exact law of the difference of two estimators on the same trajectories (theory, 6, *Paired
//! tests*).
//!
//! ```text
//! E(ĝ − g̃) = E ĝ − E g̃        Cov(ĝ − g̃) = Cov ĝ + Cov g̃ − C − Cᵀ,   C = Cov(ĝ, g̃)
//! ```
//!
//! What the two have in common cancels, so that a difference is known far better than either mean.

use std::sync::Arc;

use nalgebra::DMatrix;

use super::law::{ExactEstimator, Laws};
use super::prediction::{ExactLaw, Prediction, tolerance};
use super::statistic::CovarianceFactor;
use crate::error::Error;
use crate::estimator::{Bias, Kurtosis, MomentErrors, shown_rows};

/// The exact law of the difference of two estimators.
#[derive(Clone, Debug)]
pub struct Pair {
    /// Which two of [`Design::estimators`](super::Design::estimators); both have a law.
    pub estimators: (usize, usize),
    /// Cov(ĝ, g̃) of one trajectory, row by row.
    pub cross_covariance: Vec<Vec<f64>>,
    /// What rounding can do to that \[d\]\[d\], where it may show.
    pub cross_covariance_error: Option<Vec<Vec<f64>>>,
    /// The former less the latter.
    pub(super) difference: Prediction,
}

impl Pair {
    /// The law of the difference of two estimators that have laws with covariances; `None` if one
    /// has not.
    ///
    /// Errors if a linear system is singular.
    pub(super) fn new(
        estimators: &[ExactEstimator],
        laws: &Laws,
        (i, j): (usize, usize),
    ) -> Result<Option<Pair>, Error> {
        let [left, right] = [&estimators[i], &estimators[j]];
        let (Ok(a), Ok(b)) = (&left.law, &right.law) else {
            return Ok(None);
        };
        let (Some(own), Some(other)) = (&a.covariance, &b.covariance) else {
            return Ok(None);
        };
        let experiment = &laws.experiment;
        let cross = experiment.cross_covariance(&left.resolved, &right.resolved)?;
        let mut covariance = own + other;
        covariance -= &cross;
        covariance -= cross.transpose();
        let own = [left, right].iter().any(|one| {
            // each coordinate is multiplied by a number of its own
            one.estimator.is_by_parameter() || one.resolved.is_in_sample()
        });
        let most = if own { covariance.nrows() } else { laws.rank };
        let difference = difference(laws.target.unit, most, (a, b), covariance);
        let known = [a, b].map(|law| law.errors.covariance.as_ref());
        let known = known[0].zip(known[1]);
        let row = |k| cross.row(k).iter().copied().collect();
        Ok(Some(Pair {
            estimators: (i, j),
            cross_covariance: (0..cross.nrows()).map(row).collect(),
            cross_covariance_error: known
                .and_then(|(x, y)| shown_rows(&cross, |k, l| x.with(y, k, l))),
            difference,
        }))
    }
}

/// The law of a − b, whose covariance of a rank of at most `most` is given; `unit` is what is rounded of a second moment.
fn difference(
    unit: f64,
    most: usize,
    (a, b): (&Prediction, &Prediction),
    covariance: DMatrix<f64>,
) -> Prediction {
    let diagonal = covariance.diagonal();
    let variance: Vec<f64> = diagonal.iter().map(|x| x.max(0.0)).collect();
    let raw = a.raw.iter().zip(&b.raw).map(|(a, b)| a + b);
    let raw: Vec<f64> = raw.collect();
    // four matrices are added, each known to the error of its raw moments
    let add = |x: &[f64], y: &[f64], factor: f64| -> Vec<f64> {
        let both = x.iter().zip(y);
        both.map(|(x, y)| factor * (x + y)).collect()
    };
    let errors = MomentErrors {
        mean: add(&a.errors.mean, &b.errors.mean, 1.0),
        bias: add(&a.errors.bias, &b.errors.bias, 1.0),
        square: {
            // C is a difference of second moments, whatever the variances are made of
            let known = add(&a.errors.square, &b.errors.square, 4.0);
            let known = known.iter().zip(&raw);
            known.map(|(known, raw)| known + 4.0 * unit * raw).collect()
        },
        variance: add(&a.errors.variance, &b.errors.variance, 4.0),
        covariance: None,
    };
    let means = a.exact.expectation.iter().zip(&b.exact.expectation);
    let mean: Vec<f64> = means.map(|(a, b)| a - b).collect();
    let bias = Bias::new(&mean, &vec![0.0; mean.len()]);
    let mut law = Prediction {
        batch: 1.0,
        kurtosis: kurtosis(a, b, &variance),
        factor: None,
        tolerance: tolerance(&variance, &errors.square),
        exact: Arc::new(ExactLaw::new((mean, variance), &errors, bias)),
        errors,
        covariance: None,
        raw,
    };
    let (random, tolerance) = (law.random(), law.tolerance.clone());
    law.factor = Some(CovarianceFactor::new(
        &covariance,
        &random,
        most.min(random.len()),
        tolerance,
    ));
    law.covariance = Some(covariance);
    law.tell_test();
    law
}

/// At most (κ_a^¼ σ_a + κ_b^¼ σ_b)⁴/σ⁴, by Minkowski's inequality for fourth moments.
fn kurtosis(a: &Prediction, b: &Prediction, variance: &[f64]) -> Option<Kurtosis<f64>> {
    let (left, right) = (a.kurtosis.as_ref()?, b.kurtosis.as_ref()?);
    let norm = |kurtosis: &Kurtosis<f64>, law: &Prediction, k: usize| {
        kurtosis.values[k].max(0.0).powf(0.25) * law.exact.variance[k].sqrt()
    };
    let bound = |(k, variance): (usize, &f64)| {
        if *variance > 0.0 {
            (norm(left, a, k) + norm(right, b, k)).powi(4) / (variance * variance)
        } else {
            0.0
        }
    };
    Some(Kurtosis {
        values: variance.iter().enumerate().map(bound).collect(),
        exact: false,
    })
}
