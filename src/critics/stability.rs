//! Whether a learner gets to where it is at rest.

use nalgebra::DMatrix;

use super::echelon::Echelon;
use super::{Critics, Learner, left_times, weighed};
use crate::error::Error;
use crate::field::Field;
use crate::gradient::Differentiable;
use crate::linalg::Solvable;

/// What rounding may do to an eigenvalue, and to an entry, as a part of what it is summed of; a choice.
const ROUNDING: f64 = 1e-12;

impl<F: Differentiable> Critics<'_, F> {
    /// Whether w ← w + α(b − Aw) comes to rest for small α: every eigenvalue of A has a positive real
    /// part, or one has a negative one. `None` where they were not found, and where 0 is among them.
    ///
    /// Errors if a linear system of the chain is not solved.
    pub fn is_stable(&self, learner: &Learner<F>) -> Result<Option<bool>, Error> {
        let columns: Vec<Vec<F>> = (0..self.features.count())
            .map(|j| self.features.column(j))
            .collect();
        let weights = self.counted(learner)?;
        let tested = self.tested(learner, &columns);
        let roots: Vec<f64> = weights.iter().map(|d| d.to_f64().sqrt()).collect();
        let echelon = Echelon::new(&tested, &roots, 0.0);
        let is_full = echelon.columns.len() == columns.len();
        if matches!(learner, Learner::MonteCarlo | Learner::BellmanResidual) {
            // A is the matrix of a least-squares problem
            return Ok(is_full.then_some(true));
        }
        if is_full {
            let images = self.images(learner, &echelon.columns)?;
            let sizes = self.sizes(learner, &echelon.columns)?;
            if is_positive(&echelon.columns, &weights, (&images, &sizes)) {
                return Ok(Some(true));
            }
        }
        let images = self.images(learner, &columns)?;
        let a = left_times(&weighed(&tested, &weights), &images);
        Ok(has_positive_eigenvalues(&a))
    }

    /// What the images of columns are summed of, (I − λγP)⁻¹ (I + γP) |Φ|.
    fn sizes(&self, learner: &Learner<F>, phi: &[Vec<F>]) -> Result<Vec<Vec<F>>, Error> {
        let (Learner::Td(lambda) | Learner::Emphatic(lambda)) = learner else {
            return Ok(phi.to_vec());
        };
        let traces = self.traces(lambda)?;
        let size = |x: &Vec<F>| {
            let x: Vec<F> = x.iter().map(Field::abs).collect();
            let next = self.chain.dynamics().p().mul(&x);
            let both = x.iter().zip(next);
            let sum: Vec<F> = both
                .map(|(x, next)| next * self.chain.discount() + x)
                .collect();
            Ok(traces.solve(&sum)?.x)
        };
        phi.iter().map(size).collect()
    }
}

/// Whether xᵀAx > 0 for all x ≠ 0, A = Φᵀ D X, from which it follows that all eigenvalues have positive real parts, those
/// of TᵀAT and of A alike. In units of the diagonal it is told however rarely some states are met (Demmel & Veselić 1992).
fn is_positive<F: Solvable>(
    phi: &[Vec<F>],
    d: &[F],
    (images, sizes): (&[Vec<F>], &[Vec<F>]),
) -> bool {
    let a = left_times(&weighed(phi, d), images);
    let a = a.map(|x| x.to_f64());
    let size = a.nrows();
    if (0..size).any(|i| a[(i, i)] <= 0.0) {
        return false;
    }
    let unit = |i: usize, j: usize| a[(i, i)].sqrt() * a[(j, j)].sqrt();
    let symmetric = DMatrix::from_fn(size, size, |i, j| {
        (a[(i, j)] + a[(j, i)]) / (2.0 * unit(i, j))
    });
    let counted: Vec<Vec<F>> = phi
        .iter()
        .map(|x| x.iter().map(Field::abs).collect())
        .collect();
    let terms = left_times(&weighed(&counted, d), sizes);
    let rounding = (0..size)
        .flat_map(|i| (0..size).map(move |j| (i, j)))
        .map(|(i, j)| ROUNDING * terms[(i, j)].to_f64() / unit(i, j))
        .fold(0.0, f64::max);
    let least = symmetric.symmetric_eigenvalues().min();
    least > rounding * size as f64
}

/// Whether every eigenvalue has a positive real part; `None` where they were not found, or where
/// rounding could decide.
fn has_positive_eigenvalues<F: Solvable>(a: &DMatrix<F>) -> Option<bool> {
    let a = a.map(|x| x.to_f64());
    let size = a.iter().fold(0.0, |size: f64, x| size.max(x.abs()));
    let rounding = size * ROUNDING * a.nrows() as f64;
    // an eigenvalue takes two or three sweeps; a choice
    let schur = nalgebra::linalg::Schur::try_new(a, f64::EPSILON, 10_000)?;
    let eigenvalues = schur.complex_eigenvalues();
    let least = eigenvalues
        .iter()
        .map(|z| z.re)
        .fold(f64::INFINITY, f64::min);
    if least.abs() > rounding {
        Some(least > 0.0)
    } else {
        None
    }
}
