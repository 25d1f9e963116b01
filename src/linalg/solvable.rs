//! Which solver of linear systems serves a field.

use std::sync::Arc;

use super::{
    Blocks, Csr, ExactLu, FactorError, Factors, RationalFactors, Solver, SolverOptions,
    VerifiedFactors, dense_product,
};
use crate::field::{Ball, Complex, Field, add_scaled};
use crate::number::Rational;

/// A field with a solver of linear systems.
pub trait Solvable: Field {
    /// The factorisation (or preconditioned iteration) that solves systems over this field.
    type Factors: Factors<Self>;

    /// Factors a square matrix for solves in both directions.
    ///
    /// Errors if the matrix is singular or the chosen solver does not apply.
    fn factor(
        matrix: impl Into<Arc<Csr<Self>>>,
        options: &SolverOptions,
    ) -> Result<Self::Factors, FactorError>;

    /// Factors A = I − P with P ≥ 0 and its slacks 1 − Σⱼ P(i, j) as the caller knows them: a
    /// floating-point field loses their digits in A itself. An exact field does not need them.
    fn factor_dominant(
        matrix: impl Into<Arc<Csr<Self>>>,
        _slack: &[Self],
        options: &SolverOptions,
    ) -> Result<Self::Factors, FactorError> {
        Self::factor(matrix, options)
    }

    /// [`Solvable::factor_dominant`] where slacks are known, [`Solvable::factor`] where not, of a matrix that need
    /// not be stored.
    fn factor_blocks(
        matrix: &Blocks<Self>,
        slack: Option<&[Self]>,
        options: &SolverOptions,
    ) -> Result<Self::Factors, FactorError> {
        let matrix = Arc::clone(matrix.whole());
        match slack {
            Some(slack) => Self::factor_dominant(matrix, slack, options),
            None => Self::factor(matrix, options),
        }
    }

    /// A X for X [n, k], both X and the result row by row.
    fn product(a: &Csr<Self>, x: &[Self], k: usize) -> Vec<Self> {
        sparse_product(a, x, k)
    }
}

impl Solvable for f64 {
    type Factors = Solver;

    fn factor(
        matrix: impl Into<Arc<Csr<f64>>>,
        options: &SolverOptions,
    ) -> Result<Self::Factors, FactorError> {
        Solver::new(matrix.into(), options)
    }

    fn factor_dominant(
        matrix: impl Into<Arc<Csr<f64>>>,
        slack: &[f64],
        options: &SolverOptions,
    ) -> Result<Self::Factors, FactorError> {
        Solver::dominant(matrix.into(), slack, options)
    }

    fn factor_blocks(
        matrix: &Blocks<f64>,
        slack: Option<&[f64]>,
        options: &SolverOptions,
    ) -> Result<Self::Factors, FactorError> {
        match slack {
            Some(slack) => Solver::dominant(matrix.clone(), slack, options),
            None => Solver::new(matrix.clone(), options),
        }
    }

    /// By the dense kernels where every entry of A is stored.
    fn product(a: &Csr<f64>, x: &[f64], k: usize) -> Vec<f64> {
        match a.full() {
            Some(entries) => dense_product(entries, x, a.columns(), k),
            None => sparse_product(a, x, k),
        }
    }
}

impl Solvable for Rational {
    type Factors = RationalFactors;

    fn factor(
        matrix: impl Into<Arc<Csr<Rational>>>,
        _: &SolverOptions,
    ) -> Result<Self::Factors, FactorError> {
        RationalFactors::new(&matrix.into())
    }
}

impl Solvable for Complex {
    type Factors = ExactLu<Complex>;

    fn factor(
        matrix: impl Into<Arc<Csr<Complex>>>,
        _: &SolverOptions,
    ) -> Result<Self::Factors, FactorError> {
        ExactLu::new(&matrix.into())
    }
}

impl Solvable for Ball {
    type Factors = VerifiedFactors;

    fn factor(
        matrix: impl Into<Arc<Csr<Ball>>>,
        options: &SolverOptions,
    ) -> Result<VerifiedFactors, FactorError> {
        VerifiedFactors::new(matrix.into(), options)
    }

    fn factor_dominant(
        matrix: impl Into<Arc<Csr<Ball>>>,
        slack: &[Ball],
        options: &SolverOptions,
    ) -> Result<VerifiedFactors, FactorError> {
        VerifiedFactors::dominant(matrix.into(), slack, options)
    }
}

/// A X row by row, four rows of X at a time so that a row of the result is read and written a
/// quarter as often.
fn sparse_product<F: Field>(a: &Csr<F>, x: &[F], width: usize) -> Vec<F> {
    let mut y = vec![F::zero(); a.rows() * width];
    let at = |row: usize| &x[row * width..(row + 1) * width];
    for (i, y) in y.chunks_exact_mut(width.max(1)).enumerate() {
        let mut row = a.row(i);
        loop {
            match [row.next(), row.next(), row.next(), row.next()] {
                [Some((i, a)), Some((j, b)), Some((k, c)), Some((l, d))] => {
                    let rows = at(i).iter().zip(at(j)).zip(at(k)).zip(at(l));
                    for (y, (((p, q), r), s)) in y.iter_mut().zip(rows) {
                        *y += (p.clone() * a + q.clone() * b) + (r.clone() * c + s.clone() * d);
                    }
                }
                last => {
                    for (i, a) in last.into_iter().flatten() {
                        add_scaled(y, at(i), a);
                    }
                    break;
                }
            }
        }
    }
    y
}
