//! Dense LU with partial pivoting, by the matrix crate.

use faer::linalg::solvers::{DenseSolveCore, PartialPivLu, SolveCore};
use faer::{Conj, Mat, MatMut};
use nalgebra::DMatrix;

use super::{Csr, FactorError, Factors};

/// Dense P A = L U over `f64`: O(n³) operations, n² memory, backward stable.
#[derive(Clone, Debug)]
pub struct DenseLu {
    lu: PartialPivLu<f64>,
}

impl DenseLu {
    /// Factors a square matrix.
    ///
    /// Errors with [`FactorError::Singular`] if a pivot is 0 or not a number.
    pub fn new(a: &Csr<f64>) -> Result<DenseLu, FactorError> {
        let mut dense = Mat::zeros(a.rows(), a.rows());
        for row in 0..a.rows() {
            for (column, &value) in a.row(row) {
                dense[(row, column)] = value;
            }
        }
        DenseLu::factored(&dense)
    }

    /// Factors the matrix of these entries, given row and column. Errors as [`DenseLu::new`].
    pub fn from_entries(
        rows: usize,
        entry: impl FnMut(usize, usize) -> f64,
    ) -> Result<DenseLu, FactorError> {
        DenseLu::factored(&Mat::from_fn(rows, rows, entry))
    }

    fn factored(dense: &Mat<f64>) -> Result<DenseLu, FactorError> {
        let lu = dense.partial_piv_lu();
        let pivots = lu.U().diagonal().column_vector();
        match (0..dense.nrows()).find(|&k| pivots[k] == 0.0 || !pivots[k].is_finite()) {
            Some(column) => Err(FactorError::Singular { column }),
            None => Ok(DenseLu { lu }),
        }
    }
}

/// A matrix of nalgebra as one of faer, in place.
pub(super) fn view(x: &mut [f64], rows: usize) -> MatMut<'_, f64> {
    let columns = x.len().checked_div(rows).unwrap_or(0);
    MatMut::from_column_major_slice_mut(x, rows, columns)
}

impl Factors<f64> for DenseLu {
    fn solve(&self, b: &[f64]) -> Result<Vec<f64>, FactorError> {
        let mut x = b.to_vec();
        self.lu
            .solve_in_place_with_conj(Conj::No, view(&mut x, b.len()));
        Ok(x)
    }

    fn solve_transposed(&self, b: &[f64]) -> Result<Vec<f64>, FactorError> {
        let mut x = b.to_vec();
        self.lu
            .solve_transpose_in_place_with_conj(Conj::No, view(&mut x, b.len()));
        Ok(x)
    }

    fn solve_many(&self, mut b: DMatrix<f64>) -> Result<DMatrix<f64>, FactorError> {
        let rows = b.nrows();
        self.lu
            .solve_in_place_with_conj(Conj::No, view(b.as_mut_slice(), rows));
        Ok(b)
    }

    fn solve_transposed_many(&self, mut b: DMatrix<f64>) -> Result<DMatrix<f64>, FactorError> {
        let rows = b.nrows();
        self.lu
            .solve_transpose_in_place_with_conj(Conj::No, view(b.as_mut_slice(), rows));
        Ok(b)
    }

    /// From the inverses of the triangles: half the operations of solving for the identity.
    fn inverse(&self, rows: usize) -> Result<DMatrix<f64>, FactorError> {
        let inverse = self.lu.inverse();
        let mut out = DMatrix::zeros(rows, rows);
        view(out.as_mut_slice(), rows).copy_from(&inverse);
        Ok(out)
    }

    fn name(&self) -> &'static str {
        "dense"
    }
}
