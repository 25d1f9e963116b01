//! Matrices of a report, kept as they were computed and written out row by row.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use nalgebra::DMatrix;

use super::Quantity;
use crate::linalg::{Csr, Solvable};

/// A matrix of numbers of any field, shared, not copied: as [`Quantity`] each number would take three
/// times its memory.
#[derive(Clone)]
pub struct Matrix {
    cells: Arc<dyn Cells>,
    /// Rows in which there is no number, ascending.
    undefined: Vec<usize>,
}

/// Numbers in rows and columns.
trait Cells: Send + Sync {
    fn shape(&self) -> (usize, usize);

    /// The numbers of some rows, row by row.
    fn quantities(&self, rows: Range<usize>) -> Vec<Quantity>;

    /// The entries of some rows as the nearest `f64`, NaN where there is no number.
    fn floats(&self, rows: Range<usize>) -> Vec<f64>;

    /// Per row the columns outside of which it is zero, and the numbers there; `None` where nothing
    /// is known of that.
    fn sparse_row(&self, _: usize) -> Option<(Vec<usize>, Vec<f64>)> {
        None
    }
}

impl<F: Solvable> Cells for DMatrix<F> {
    fn shape(&self) -> (usize, usize) {
        DMatrix::shape(self)
    }

    fn quantities(&self, rows: Range<usize>) -> Vec<Quantity> {
        let rows = rows.map(|row| self.row(row));
        rows.flat_map(|row| row.iter().map(Quantity::of).collect::<Vec<_>>())
            .collect()
    }

    fn floats(&self, rows: Range<usize>) -> Vec<f64> {
        let width = self.ncols();
        let mut floats = vec![0.0; rows.len() * width];
        let columns = self.as_slice().chunks_exact(self.nrows().max(1));
        for (j, column) in columns.enumerate() {
            for (i, x) in column[rows.clone()].iter().enumerate() {
                floats[i * width + j] = float(&Quantity::of(x));
            }
        }
        floats
    }
}

impl<F: Solvable> Cells for Csr<F> {
    fn shape(&self) -> (usize, usize) {
        (self.rows(), self.columns())
    }

    fn quantities(&self, rows: Range<usize>) -> Vec<Quantity> {
        let width = self.columns();
        let mut all = vec![Quantity::of(&F::zero()); rows.len() * width];
        for (i, row) in rows.enumerate() {
            for (j, x) in self.row(row) {
                all[i * width + j] = Quantity::of(x);
            }
        }
        all
    }

    fn floats(&self, rows: Range<usize>) -> Vec<f64> {
        let width = self.columns();
        let mut floats = vec![0.0; rows.len() * width];
        for (i, row) in rows.enumerate() {
            for (j, x) in self.row(row) {
                floats[i * width + j] = float(&Quantity::of(x));
            }
        }
        floats
    }

    fn sparse_row(&self, row: usize) -> Option<(Vec<usize>, Vec<f64>)> {
        Some(
            self.row(row)
                .map(|(j, x)| (j, float(&Quantity::of(x))))
                .unzip(),
        )
    }
}

fn float(x: &Quantity) -> f64 {
    x.value().unwrap_or(f64::NAN)
}

impl Matrix {
    /// Of numbers of a field.
    pub fn new<F: Solvable>(matrix: DMatrix<F>) -> Matrix {
        Matrix {
            cells: Arc::new(matrix),
            undefined: Vec::new(),
        }
    }

    /// Of numbers of a field that are zero nearly everywhere.
    pub(crate) fn sparse<F: Solvable>(matrix: Csr<F>) -> Matrix {
        Matrix {
            cells: Arc::new(matrix),
            undefined: Vec::new(),
        }
    }

    /// This matrix without numbers in these rows, which ascend.
    #[must_use]
    pub(super) fn without(self, undefined: &[usize]) -> Matrix {
        Matrix {
            undefined: undefined.to_vec(),
            ..self
        }
    }

    /// Rows and columns.
    pub fn shape(&self) -> (usize, usize) {
        self.cells.shape()
    }

    /// The numbers of one row.
    pub fn row(&self, row: usize) -> Vec<Quantity> {
        if self.undefined.binary_search(&row).is_ok() {
            return vec![Quantity::Undefined; self.shape().1];
        }
        self.cells.quantities(row..row + 1)
    }

    /// All numbers, row by row.
    pub fn rows(&self) -> impl Iterator<Item = Vec<Quantity>> {
        (0..self.shape().0).map(|row| self.row(row))
    }

    /// The numbers in blocks of some rows each, in order, NaN where there is none.
    pub(super) fn float_blocks(&self) -> impl Iterator<Item = Vec<f64>> {
        // small beside a matrix that is worth blocks; a choice
        const ROWS: usize = 32;
        let (rows, width) = self.shape();
        (0..rows).step_by(ROWS).map(move |first| {
            let block = first..rows.min(first + ROWS);
            let mut floats = self.cells.floats(block.clone());
            for row in self.undefined.iter().filter(|row| block.contains(row)) {
                floats[(row - first) * width..][..width].fill(f64::NAN);
            }
            floats
        })
    }

    /// The columns and the numbers of each row where all rows but few entries are known to be zero.
    pub(super) fn sparse_rows(&self) -> Option<SparseRows> {
        let rows = 0..self.shape().0;
        rows.map(|row| self.cells.sparse_row(row)).collect()
    }
}

/// The columns, and the numbers in them, of each row.
pub(super) type SparseRows = (Vec<Vec<usize>>, Vec<Vec<f64>>);

impl fmt::Debug for Matrix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.rows()).finish()
    }
}

impl PartialEq for Matrix {
    fn eq(&self, other: &Matrix) -> bool {
        self.shape() == other.shape() && self.rows().eq(other.rows())
    }
}

/// The entries of a matrix, row by row.
pub fn rows<F: Solvable>(matrix: &DMatrix<F>) -> Vec<Vec<Quantity>> {
    let row = |i: usize| matrix.row(i).iter().map(Quantity::of).collect();
    (0..matrix.nrows()).map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_and_sparse_rows_hold_the_rows() {
        let dense = DMatrix::from_fn(70, 3, |i, j| if i % 3 == j { i as f64 + 0.5 } else { 0.0 });
        let mut csr = Csr::empty(3);
        for i in 0..70 {
            csr.push_row(&mut vec![(i % 3, i as f64 + 0.5)]);
        }
        let matrix = Matrix::new(dense.clone()).without(&[1, 40]);
        assert_eq!(matrix.row(0)[0], Quantity::Float(0.5));
        assert_eq!(matrix.row(40), vec![Quantity::Undefined; 3]);
        let floats: Vec<f64> = matrix.float_blocks().flatten().collect();
        for (at, x) in floats.iter().enumerate() {
            let (i, j) = (at / 3, at % 3);
            assert!(if i == 1 || i == 40 {
                x.is_nan()
            } else {
                *x == dense[(i, j)]
            });
        }
        assert_eq!(floats.len(), 210);
        assert!(matrix.sparse_rows().is_none());
        let sparse = Matrix::sparse(csr);
        assert_eq!(sparse, Matrix::new(dense));
        let (columns, values) = sparse.sparse_rows().unwrap();
        assert_eq!((&columns[4], &values[4]), (&vec![1], &vec![4.5]));
    }
}
