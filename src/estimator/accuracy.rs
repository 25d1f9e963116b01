//! What rounding can do to the exact moments of an estimator.

use super::{Contribution, Detail, Experiment, Moments, Resolved, Target};
use crate::error::Error;
use crate::linalg::Solvable;

/// A priori bounds on what rounding has done to exact moments; 0 in an exact field.
#[derive(Clone, Debug, PartialEq)]
pub struct MomentErrors {
    /// Of E ĝ_k, and of E ĝ_k − ∂_kJ \[d\], in units of reward per parameter:
    /// [`Target::rounding`], for a total return with [`Target::rounding_of_total`], and the relative part of √E X_k².
    pub mean: Vec<f64>,
    /// Of E ĝ_k² \[d\] as sums of given values, in the squares of those units.
    pub square: Vec<f64>,
    /// Of Var ĝ_k \[d\]: that, and what errors of v and q in Ψ can do, which are mostly the same in all states and
    /// then hardly do anything.
    pub variance: Vec<f64>,
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
        let square = of_squares(experiment, target.unit, resolved, moments)?;
        Ok(MomentErrors {
            mean: of_means(target, resolved, &moments.mean, &square),
            variance: of_variances(experiment, target, (resolved, moments), &square),
            square,
        })
    }
}

/// Of E X_k² \[d\].
///
/// X = Y − bU of a total return with a baseline is a difference, whose terms may be far larger:
/// √E(bU)² ≤ √EY² + √EX², so that together they are at most (2√EY² + √EX²)².
fn of_squares<F: Solvable>(
    experiment: &Experiment<F>,
    unit: f64,
    resolved: &Resolved<F>,
    moments: &Moments<F>,
) -> Result<Vec<f64>, Error> {
    let floats = |x: &[F]| -> Vec<f64> { x.iter().map(F::to_f64).collect() };
    let raw = floats(&moments.raw);
    match &resolved.form {
        Contribution::TotalReturn { baseline } if !baseline.is_zero() && !moments.shaped => {
            let plain = Resolved {
                form: Contribution::TotalReturn {
                    baseline: F::zero(),
                },
                ..resolved.clone()
            };
            let plain = experiment.moments(&plain, Detail::Variances)?;
            let terms = floats(&plain.raw).into_iter().zip(raw);
            let size = terms.map(|(y, x)| 2.0 * y.sqrt() + x.sqrt());
            Ok(size.map(|size| unit * size * size).collect())
        }
        _ => match &moments.centred {
            // the sum of squares (φ + e)² with |e| ≤ u times the terms of φ
            Some(terms) => {
                let both = floats(&moments.variance).into_iter().zip(terms);
                let error =
                    |(x, terms): (f64, &f64)| unit * (x + 2.0 * (terms * x).sqrt() + unit * terms);
                Ok(both.map(error).collect())
            }
            None => Ok(raw.into_iter().map(|raw| unit * raw).collect()),
        },
    }
}

/// Of E ĝ_k − ∂_kJ \[d\].
fn of_means<F: Solvable>(
    target: &Target<F>,
    resolved: &Resolved<F>,
    mean: &[F],
    squares: &[f64],
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
        target.rounding[k] + total + f64::max((target.unit * squares[k]).sqrt(), own)
    };
    (0..squares.len()).map(allowed).collect()
}

/// Of Var ĝ_k \[d\]. With |δΨ| ≤ ε the sum Σ cᵗ |ψ_k δΨ| has a mean of at most m_k, what ∇J may be off by, and from
/// each state at most ε max|ψ_k| ‖N‖∞, so that its mean square e² is at most twice the product of both, and
/// |δ Var| ≤ 2e√Var + e². What is not centred is a sum of squares of returns and of values, less each other.
fn of_variances<F: Solvable>(
    experiment: &Experiment<F>,
    target: &Target<F>,
    (resolved, moments): (&Resolved<F>, &Moments<F>),
    square: &[f64],
) -> Vec<f64> {
    let variance = &moments.variance;
    let mut largest = vec![0.0f64; variance.len()];
    for pair in 0..experiment.mdp().pairs() {
        for (k, score) in experiment.process().score(pair) {
            largest[k] = largest[k].max(score.to_f64().abs());
        }
    }
    let is_difference = matches!(
        &resolved.form,
        Contribution::Return { baseline: Some(_) } | Contribution::ReturnByParameter { .. }
    );
    let terms = if is_difference && moments.centred.is_none() {
        4.0 * target.unit * target.length * target.largest_value.powi(2)
    } else {
        0.0
    };
    let allowed = |k: usize| {
        let from_each = target.advantage_error * largest[k] * target.length;
        let error = (2.0 * target.rounding[k] * from_each).sqrt();
        let subtracted = terms * largest[k] * largest[k];
        square[k] + subtracted + 2.0 * error * variance[k].to_f64().abs().sqrt() + error * error
    };
    (0..variance.len()).map(allowed).collect()
}

/// Bounds where one of them may show in the ninth digit of its number, or of the largest of them beside a 0; `None`
/// where none does.
pub(crate) fn shown(errors: &[f64], numbers: &[f64]) -> Option<Vec<f64>> {
    // Relative errors above this are worth a word; a choice.
    const CLOSE: f64 = 1e-9;
    let largest = numbers.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
    let of = |k: usize| numbers.get(k).map_or(0.0, |x: &f64| x.abs());
    let size = |k: usize| if of(k) > 0.0 { of(k) } else { largest };
    let shows = (0..errors.len()).any(|k| errors[k] > CLOSE * size(k));
    shows.then(|| errors.to_vec())
}
