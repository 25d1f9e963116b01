//! Vectors row by row, one for each state, and sums of them.

use std::ops::Range;

use nalgebra::DMatrix;

use crate::field::Field;
use crate::linalg::Csr;

/// One d-vector per state, row by row.
#[derive(Clone, Debug)]
pub(super) struct Rows<F> {
    width: usize,
    data: Vec<F>,
}

impl<F: Field> Rows<F> {
    /// All zero.
    pub fn zero(rows: usize, width: usize) -> Rows<F> {
        Rows {
            width,
            data: vec![F::zero(); rows * width],
        }
    }

    /// The columns of the identity that belong to some states.
    pub fn unit(rows: usize, columns: Range<usize>) -> Rows<F> {
        let mut unit = Rows::zero(rows, columns.len());
        for (column, row) in columns.enumerate() {
            unit.row_mut(row)[column] = F::one();
        }
        unit
    }

    /// The rows of a matrix, several at a time: each line of memory is read once.
    pub fn of(matrix: &DMatrix<F>) -> Rows<F> {
        const TILE: usize = 8;
        let (rows, width) = matrix.shape();
        let mut out = Rows::zero(rows, width);
        for first in (0..rows).step_by(TILE) {
            let tile = first..rows.min(first + TILE);
            for (column, entries) in matrix.as_slice().chunks_exact(rows).enumerate() {
                for (row, entry) in tile.clone().zip(&entries[tile.clone()]) {
                    out.data[row * width + column] = entry.clone();
                }
            }
        }
        out
    }

    /// Some of the columns.
    pub fn columns(&self, columns: Range<usize>) -> Rows<F> {
        let width = columns.len();
        let rows = (0..self.rows()).flat_map(|row| &self.row(row)[columns.clone()]);
        let data = rows.cloned().collect();
        Rows { width, data }
    }

    /// The columns as rows.
    pub fn transposed(&self) -> Rows<F> {
        let column = |column: usize| (0..self.rows()).map(move |row| self.row(row)[column].clone());
        Rows {
            width: self.rows(),
            data: (0..self.width).flat_map(column).collect(),
        }
    }

    /// A times these rows.
    pub fn left(&self, a: &Csr<F>) -> Rows<F> {
        let mut out = Rows::zero(a.rows(), self.width);
        for row in 0..a.rows() {
            let sum = &mut out.data[row * self.width..(row + 1) * self.width];
            a.row(row)
                .for_each(|(column, entry)| axpy(sum, entry, self.row(column)));
        }
        out
    }

    /// The rows as a matrix, as solvers take them.
    pub fn to_matrix(&self) -> DMatrix<F> {
        DMatrix::from_row_slice(self.rows(), self.width, &self.data)
    }

    /// Number of entries of each row.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Number of rows; 0 if they have no entries.
    pub fn rows(&self) -> usize {
        self.data.len().checked_div(self.width).unwrap_or(0)
    }

    /// The vector of a state.
    pub fn row(&self, row: usize) -> &[F] {
        &self.data[row * self.width..(row + 1) * self.width]
    }

    /// The vector of a state, to be written.
    pub fn row_mut(&mut self, row: usize) -> &mut [F] {
        &mut self.data[row * self.width..(row + 1) * self.width]
    }
}

/// y ← y + a x.
pub(super) fn axpy<F: Field>(y: &mut [F], a: &F, x: &[F]) {
    if a.is_zero() {
        return;
    }
    for (y, x) in y.iter_mut().zip(x) {
        *y += a.clone() * x;
    }
}

/// y ← y + a x for a sparse x.
pub(super) fn axpy_sparse<'a, F: Field>(
    y: &mut [F],
    a: &F,
    x: impl Iterator<Item = (usize, &'a F)>,
) {
    for (k, value) in x {
        y[k] += a.clone() * value;
    }
}
