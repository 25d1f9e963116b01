//! What rounding can do to each entry of an exact covariance.
//!
//! Products x_k y_l are summed, and by Schwarz's inequality Σ w |x_k y_l| ≤ √(Σ w x_k²) √(Σ w y_l²): what is known of
//! each coordinate is enough for all pairs of them.

use std::f64::consts::SQRT_2;

use nalgebra::DMatrix;

use super::super::{Contribution, Detail, Experiment, Moments, Resolved, Target};
use super::weighed::Weighed;
use crate::error::Error;
use crate::linalg::Solvable;

/// What one coordinate of an estimator contributes to the bounds of covariances with it, \[d\] each.
#[derive(Clone, Debug, PartialEq)]
pub struct CovarianceErrors {
    /// The relative error of a sum of products ([`Target::unit`]).
    unit: f64,
    /// √E X² of the terms that second moments are sums of.
    raw: Vec<f64>,
    /// √E X² of the terms where nothing was taken from a return before it was multiplied.
    plain: Vec<f64>,
    /// Where centred numbers were squared in their place: √Var and the root of [`Moments::centred`].
    centred: Option<[Vec<f64>; 2]>,
    /// 2√‖N‖∞ max|v| max|ψ_k| where returns and values are subtracted before they are squared, else 0; under a behavior
    /// [`Weighed::squares`] in the place of ‖N‖∞ max ψ_k².
    subtracted: Vec<f64>,
    /// What errors of v and q in Ψ can do to X, as a root mean square e: with |δΨ| ≤ ε the sum Σ cᵗ |ψ_k δΨ| has a mean of
    /// at most m_k, what ∇J may be off by, and from each state at most ε max|ψ_k| ‖N‖∞, so that e² is at most twice
    /// the product of both. Under a behavior, and without γᵗ, the first is weighed otherwise ([`Weighed::off`]).
    off: Vec<f64>,
    /// √Var.
    deviation: Vec<f64>,
    /// What errors of Ψ can do to E X where γᵗ is not before it as before ∇J, else 0.
    pub(super) mean: Vec<f64>,
}

impl CovarianceErrors {
    /// Those of an estimator in an experiment.
    ///
    /// Errors if the terms of a total return less a baseline have no second moments.
    pub(super) fn new<F: Solvable>(
        experiment: &Experiment<F>,
        target: &Target<F>,
        resolved: &Resolved<F>,
        moments: &Moments<F>,
    ) -> Result<CovarianceErrors, Error> {
        let steepest = steepest(experiment, moments.variance.len());
        let deviation = roots(&moments.variance);
        let from_each = |k: usize| target.advantage_error * steepest[k] * target.length;
        let weighed = Weighed::new(experiment, resolved, (&steepest, target.length));
        let off = |k: usize| {
            let own = (2.0 * target.rounding[k] * from_each(k)).sqrt();
            let weighed = weighed.as_ref();
            weighed.map_or(own, |all| own.max(target.advantage_error * all.off[k]))
        };
        let values = if is_difference(resolved) {
            2.0 * target.largest_value
        } else {
            0.0
        };
        let squares = |k: usize| {
            let own = target.length.sqrt() * steepest[k];
            let weighed = weighed.as_ref();
            weighed.map_or(own, |all| own.max(all.squares[k].sqrt()))
        };
        let terms = |terms: &Vec<f64>| terms.iter().map(|x| x.sqrt()).collect();
        let centred = moments.centred.as_ref().map(terms);
        let [raw, plain] = sizes(experiment, resolved, moments)?;
        Ok(CovarianceErrors {
            unit: target.unit,
            raw,
            plain,
            centred: centred.map(|terms| [deviation.clone(), terms]),
            subtracted: (0..steepest.len()).map(|k| values * squares(k)).collect(),
            off: (0..steepest.len()).map(off).collect(),
            deviation,
            mean: weighed.map_or_else(
                || vec![0.0; steepest.len()],
                |all| {
                    all.mean
                        .iter()
                        .map(|x| target.advantage_error * x)
                        .collect()
                },
            ),
        })
    }

    /// Of Cov(ĝ_k, ĝ_l) as a sum of given values.
    pub(super) fn of_sum(&self, k: usize, l: usize) -> f64 {
        match &self.centred {
            // (φ_k + e_k)(φ_l + e_l) with |e| ≤ u times the terms of φ
            Some([x, terms]) => {
                let crossed = terms[k] * x[l] + x[k] * terms[l];
                self.unit * (x[k] * x[l] + crossed + self.unit * terms[k] * terms[l])
            }
            None => self.unit * self.raw[k] * self.raw[l],
        }
    }

    /// Of Cov(ĝ_k, ĝ_l).
    pub fn of(&self, k: usize, l: usize) -> f64 {
        let subtracted = match self.centred {
            Some(_) => 0.0,
            None => self.unit * self.subtracted[k] * self.subtracted[l],
        };
        self.of_sum(k, l) + subtracted + self.of_values(self, k, l)
    }

    /// Of Cov(ĝ_k, g̃_l) with another estimator of the same trajectories, which is never centred or shaped.
    pub fn with(&self, other: &CovarianceErrors, k: usize, l: usize) -> f64 {
        let sizes = |one: &CovarianceErrors, k: usize| one.plain[k] + one.subtracted[k];
        let sum = self.unit * sizes(self, k) * sizes(other, l);
        sum + self.of_values(other, k, l)
    }

    /// |δ Cov(X_k, Y_l)| ≤ e_k σ_l + σ_k e_l + e_k e_l.
    fn of_values(&self, other: &CovarianceErrors, k: usize, l: usize) -> f64 {
        let crossed = self.off[k] * other.deviation[l] + self.deviation[k] * other.off[l];
        crossed + self.off[k] * other.off[l]
    }
}

/// Bounds [d, d] of a covariance, row by row, where one of them may show in the ninth digit of its entry; else `None`.
pub(crate) fn shown_rows(
    covariance: &DMatrix<f64>,
    error: impl Fn(usize, usize) -> f64,
) -> Option<Vec<Vec<f64>>> {
    let (rows, columns) = covariance.shape();
    if columns == 0 {
        return None;
    }
    let entries = (0..rows).flat_map(|k| (0..columns).map(move |l| (k, l)));
    let errors: Vec<f64> = entries.clone().map(|(k, l)| error(k, l)).collect();
    let numbers: Vec<f64> = entries.map(|at| covariance[at]).collect();
    let told = super::shown(&errors, &numbers)?;
    Some(told.chunks(columns).map(<[f64]>::to_vec).collect())
}

fn is_difference<F: Solvable>(resolved: &Resolved<F>) -> bool {
    matches!(
        &resolved.form,
        Contribution::Return { baseline: Some(_) } | Contribution::ReturnByParameter { .. }
    )
}

/// max |ψ_k| \[d\].
fn steepest<F: Solvable>(experiment: &Experiment<F>, parameters: usize) -> Vec<f64> {
    let mut largest = vec![0.0f64; parameters];
    for pair in 0..experiment.mdp().pairs() {
        for (k, score) in experiment.process().score(pair) {
            largest[k] = largest[k].max(score.to_f64().abs());
        }
    }
    largest
}

/// √E X_k² of the terms \[d\], as they were summed and as they stand.
///
/// X = Y − bU of a total return with a baseline is a difference, whose terms may be far larger:
/// √E(bU)² ≤ √EY² + √EX², so that together they are at most 2√EY² + √EX². Of what was shaped the moments hold E Ỹ² +
/// E Z² with X = Ỹ + Z, which is at least E X²/2.
fn sizes<F: Solvable>(
    experiment: &Experiment<F>,
    resolved: &Resolved<F>,
    moments: &Moments<F>,
) -> Result<[Vec<f64>; 2], Error> {
    let own = roots(&moments.raw);
    let twice = |roots: &[f64]| roots.iter().map(|x| SQRT_2 * x).collect::<Vec<_>>();
    let plain = match &resolved.form {
        Contribution::TotalReturn { baseline } if !baseline.is_zero() => {
            let without = Resolved {
                form: Contribution::TotalReturn {
                    baseline: F::zero(),
                },
                ..resolved.clone()
            };
            let without = experiment.moments(&without, Detail::Variances)?;
            let of_return = roots(&without.raw);
            let of_return = if without.shaped {
                twice(&of_return)
            } else {
                of_return
            };
            let whole = if moments.shaped {
                twice(&own)
            } else {
                own.clone()
            };
            let both = of_return.into_iter().zip(whole);
            both.map(|(y, x)| 2.0 * y + x).collect()
        }
        _ if moments.shaped => twice(&own),
        _ => own.clone(),
    };
    Ok(if moments.shaped {
        [own, plain]
    } else {
        [plain.clone(), plain]
    })
}

fn roots<F: Solvable>(squares: &[F]) -> Vec<f64> {
    let root = |x: &F| x.to_f64().max(0.0).sqrt();
    squares.iter().map(root).collect()
}
