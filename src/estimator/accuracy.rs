//! What rounding can do to the exact moments of an estimator.

mod covariances;
mod weighed;

pub use covariances::CovarianceErrors;
pub(crate) use covariances::shown_rows;

use super::{Contribution, Experiment, Moments, Resolved, Target};
use crate::error::Error;
use crate::field::CLOSE;
use crate::linalg::Solvable;

/// A priori bounds on what rounding has done to exact moments; 0 in an exact field.
#[derive(Clone, Debug, PartialEq)]
pub struct MomentErrors {
    /// Of E ĝ_k \[d\], in units of reward per parameter:
    /// [`Target::rounding`], for a total return with [`Target::rounding_of_total`], and the relative part of √E X_k².
    pub mean: Vec<f64>,
    /// Of E ĝ_k − ∂_kJ \[d\]: the same less [`Target::read`].
    pub bias: Vec<f64>,
    /// Of E ĝ_k² \[d\] as sums of given values, in the squares of those units.
    pub square: Vec<f64>,
    /// Of Var ĝ_k \[d\]: that, and what errors of v and q in Ψ can do, which are mostly the same in all states and
    /// then hardly do anything.
    pub variance: Vec<f64>,
    /// What covariances are known to; `None` of a difference of two estimators.
    pub covariance: Option<CovarianceErrors>,
}

impl MomentErrors {
    /// Those of moments that were computed in an experiment.
    ///
    /// Errors if the terms of a total return less a baseline have no second moments.
    pub fn new<F: Solvable>(
        experiment: &Experiment<F>,
        target: &Target<F>,
        resolved: &Resolved<F>,
        moments: &Moments<F>,
    ) -> Result<MomentErrors, Error> {
        let known = CovarianceErrors::new(experiment, target, resolved, moments)?;
        let coordinates = 0..moments.mean.len();
        let square: Vec<f64> = coordinates.clone().map(|k| known.of_sum(k, k)).collect();
        Ok(MomentErrors {
            mean: of_means(
                target,
                resolved,
                &moments.mean,
                (&square, &known.mean),
                false,
            ),
            bias: of_means(
                target,
                resolved,
                &moments.mean,
                (&square, &known.mean),
                true,
            ),
            variance: coordinates.map(|k| known.of(k, k)).collect(),
            square,
            covariance: Some(known),
        })
    }
}

impl Target<f64> {
    /// What rounding may have done to any entry of ∇J, where it may show in the ninth digit of one.
    pub fn error(&self) -> Option<f64> {
        shown_in_each(&self.rounding, &self.gradient)?;
        self.rounding.iter().copied().reduce(f64::max)
    }
}

/// Of E ĝ_k, or of E ĝ_k − ∂_kJ \[d\].
fn of_means<F: Solvable>(
    target: &Target<F>,
    resolved: &Resolved<F>,
    mean: &[F],
    (squares, weighed): (&[f64], &[f64]),
    less_read: bool,
) -> Vec<f64> {
    let whole = matches!(resolved.form, Contribution::TotalReturn { .. });
    let allowed = |k: usize| {
        let total = if whole {
            target.rounding_of_total[k]
        } else {
            0.0
        };
        // the mean is known to itself times the relative part, and |E X| ≤ √E X²
        let own = target.unit * mean[k].to_f64().abs();
        let read = if less_read { target.read[k] } else { 0.0 };
        (target.rounding[k] - read).max(weighed[k])
            + total
            + f64::max((target.unit * squares[k]).sqrt(), own)
    };
    (0..squares.len()).map(allowed).collect()
}

/// Bounds of numbers each of which stands for itself, where one of them may show in the ninth digit of its own: of one that is 0
/// any error does.
pub(crate) fn shown_in_each(errors: &[f64], numbers: &[f64]) -> Option<Vec<f64>> {
    let lost = |(error, x): (&f64, &f64)| *x == 0.0 && *error > 0.0;
    if errors.iter().zip(numbers).any(lost) {
        return Some(errors.to_vec());
    }
    shown(errors, numbers)
}

/// Bounds where one of them may show in the ninth digit of its number, or of the largest of them beside a 0; `None`
/// where none does.
pub(crate) fn shown(errors: &[f64], numbers: &[f64]) -> Option<Vec<f64>> {
    let largest = numbers.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
    let of = |k: usize| numbers.get(k).map_or(0.0, |x: &f64| x.abs());
    let size = |k: usize| if of(k) > 0.0 { of(k) } else { largest };
    let shows = (0..errors.len()).any(|k| errors[k] > CLOSE * size(k));
    shows.then(|| errors.to_vec())
}
