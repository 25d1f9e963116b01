//! Dense LU with partial pivoting, by the matrix crate.

use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::lu::partial_pivoting::inverse::{inverse as inverse_of, inverse_scratch};
use faer::linalg::matmul::matmul;
use faer::linalg::solvers::{PartialPivLu, SolveCore};
use faer::perm::PermRef;
use faer::{Accum, Conj, Mat, MatMut, MatRef, Par};
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
        // the matrix and its factors
        FactorError::check_dense::<f64>(a.rows(), 2)?;
        DenseLu::factored(&by_columns(a))
    }

    /// Factors the matrix of these entries, given row and column.
    ///
    /// Errors with [`FactorError::Singular`] if a pivot is 0 or not a number.
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

/// The matrix column by column. Where all is stored, a few rows at a time, so that what is written
/// at once lies together.
fn by_columns(a: &Csr<f64>) -> Mat<f64> {
    // two lines of memory of each column
    const ROWS: usize = 16;
    let n = a.rows();
    let mut dense = Mat::zeros(n, n);
    if let Some(values) = a.full() {
        for (block, rows) in values.chunks(ROWS * n.max(1)).enumerate() {
            for column in 0..n {
                let into = &mut dense.col_as_slice_mut(column)[block * ROWS..];
                for (into, row) in into.iter_mut().zip(rows.chunks_exact(n)) {
                    *into = row[column];
                }
            }
        }
        return dense;
    }
    for row in 0..n {
        for (column, &value) in a.row(row) {
            dense[(row, column)] = value;
        }
    }
    dense
}

/// U⁻¹L⁻¹ from a packed L and U without pivoting; where both are M-matrices, from sums of numbers
/// of one sign.
pub(super) fn inverted_in_order(lu: MatRef<f64>) -> DMatrix<f64> {
    let order: Vec<usize> = (0..lu.nrows()).collect();
    inverted(lu, lu, PermRef::new_checked(&order, &order, lu.nrows()))
}

/// U⁻¹L⁻¹P from a packed or a separate L and U, 4/3 n³ operations.
pub(super) fn inverted(l: MatRef<f64>, u: MatRef<f64>, p: PermRef<usize>) -> DMatrix<f64> {
    let n = l.nrows();
    let mut inverse = vec![0.0; n * n];
    let mut scratch = MemBuffer::new(inverse_scratch::<usize, f64>(n, Par::Seq));
    let stack = MemStack::new(&mut scratch);
    inverse_of(view(&mut inverse, n), l, u, p, Par::Seq, stack);
    DMatrix::from_vec(n, n, inverse)
}

/// Y = A X for dense A [m, n] and X [n, k], all row by row.
pub fn dense_product(a: &[f64], x: &[f64], n: usize, k: usize) -> Vec<f64> {
    let m = a.len().checked_div(n).unwrap_or(0);
    let mut y = vec![0.0; m * k];
    matmul(
        MatMut::from_row_major_slice_mut(&mut y, m, k),
        Accum::Replace,
        MatRef::from_row_major_slice(a, m, n),
        MatRef::from_row_major_slice(x, n, k),
        1.0,
        Par::Seq,
    );
    y
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

    /// 4/3 n³ operations beside the factorization, where n right-hand sides take 2n³.
    fn inverse(&self, _: usize) -> Result<DMatrix<f64>, FactorError> {
        Ok(inverted(self.lu.L(), self.lu.U(), self.lu.P()))
    }

    fn name(&self) -> &'static str {
        "dense"
    }
}
