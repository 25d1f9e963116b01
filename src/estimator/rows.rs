//! Vectors row by row, one for each state, and sums of them.

use std::ops::Range;

use nalgebra::DMatrix;

use crate::linalg::{Csr, Solvable};

/// Columns that [`Rows::product_columns`] works out side by side; a choice, of which no measurement is kept.
pub(super) const LANES: usize = 16;

/// One d-vector per state, row by row.
#[derive(Clone, Debug)]
pub(super) struct Rows<F> {
    width: usize,
    data: Vec<F>,
}

impl<F: Solvable> Rows<F> {
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
        // eight `f64` are a line of memory
        const TILE: usize = 8;
        let (rows, width) = matrix.shape();
        let mut out = Rows::zero(rows, width);
        for first in (0..rows).step_by(TILE) {
            let tile = first..rows.min(first + TILE);
            for (column, entries) in matrix.as_slice().chunks_exact(rows.max(1)).enumerate() {
                for (row, entry) in tile.clone().zip(&entries[tile.clone()]) {
                    out.data[row * width + column] = entry.clone();
                }
            }
        }
        out
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

    /// Some columns, best [`LANES`] of them, of A times these rows; as rows [columns][A's rows].
    pub fn product_columns(&self, a: &Csr<F>, columns: Range<usize>) -> Rows<F> {
        pulp::Arch::new().dispatch(
            #[inline(always)]
            || {
                if columns.len() == LANES {
                    return self.product_lanes::<LANES>(a, columns);
                }
                let mut out = Rows::zero(columns.len(), a.rows());
                for (k, column) in columns.enumerate() {
                    let lane = self.product_lanes::<1>(a, column..column + 1);
                    out.row_mut(k).clone_from_slice(&lane.data);
                }
                out
            },
        )
    }

    #[inline(always)]
    fn product_lanes<const L: usize>(&self, a: &Csr<F>, columns: Range<usize>) -> Rows<F> {
        let mut out = Rows::zero(L, a.rows());
        for row in 0..a.rows() {
            let mut sum: [F; L] = std::array::from_fn(|_| F::zero());
            for (j, entry) in a.row(row) {
                let (lanes, _) = self.row(j)[columns.clone()].as_chunks::<L>();
                for k in 0..L {
                    sum[k] += entry.clone() * &lanes[0][k];
                }
            }
            for (k, sum) in sum.into_iter().enumerate() {
                out.data[k * a.rows() + row] = sum;
            }
        }
        out
    }

    /// The inner product of a row with another one.
    pub fn inner_product(&self, row: usize, other: &[F]) -> F {
        pulp::Arch::new().dispatch(
            #[inline(always)]
            || {
                let (x, x_rest) = self.row(row).as_chunks::<LANES>();
                let (y, y_rest) = other.as_chunks::<LANES>();
                let mut partial: [F; LANES] = std::array::from_fn(|_| F::zero());
                for (x, y) in x.iter().zip(y) {
                    for k in 0..LANES {
                        partial[k] += x[k].clone() * &y[k];
                    }
                }
                let rest = crate::field::dot(x_rest, y_rest);
                partial.into_iter().fold(rest, |sum, x| sum + x)
            },
        )
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
pub(super) fn axpy<F: Solvable>(y: &mut [F], a: &F, x: &[F]) {
    if a.is_zero() {
        return;
    }
    for (y, x) in y.iter_mut().zip(x) {
        *y += a.clone() * x;
    }
}

/// y ← y + Σ aᵢ xᵢ, each entry's sum in the order of i, and y read and written once.
pub(super) fn axpy_all<F: Solvable>(y: &mut [F], terms: &[(F, &[F])]) {
    F::vectorized(
        #[inline(always)]
        || {
            let (lanes, rest) = y.as_chunks_mut::<LANES>();
            for (at, lanes) in lanes.iter_mut().enumerate() {
                let mut sums = lanes.clone();
                for (a, x) in terms {
                    let (x, _) = x[at * LANES..].as_chunks::<LANES>();
                    for k in 0..LANES {
                        sums[k] += a.clone() * &x[0][k];
                    }
                }
                *lanes = sums;
            }
            for (a, x) in terms {
                let x = &x[x.len() - rest.len()..];
                for (y, x) in rest.iter_mut().zip(x) {
                    *y += a.clone() * x;
                }
            }
        },
    );
}

/// y ← y + a x for a sparse x.
pub(super) fn axpy_sparse<'a, F: Solvable>(
    y: &mut [F],
    a: &F,
    x: impl Iterator<Item = (usize, &'a F)>,
) {
    for (k, value) in x {
        y[k] += a.clone() * value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whole numbers, so that every order of summation gives the same; 16 columns go side by side,
    /// the others one by one.
    #[test]
    fn products_by_columns_are_those_of_the_whole() {
        let (states, width) = (5, LANES + 4);
        let x = DMatrix::from_fn(states, width, |s, k| ((7 * s + 3 * k) % 13) as f64 - 6.0);
        let rows = Rows::of(&x);
        let a = Csr::from_rows(
            states,
            (0..3).map(|i| (0..states).map(move |s| (s, ((5 * i + s) % 7) as f64 - 3.0))),
        );
        let entry = |i: usize, k: usize| a.row(i).map(|(s, y)| y * x[(s, k)]).sum::<f64>();
        for columns in [0..LANES, 4..LANES + 4, LANES..LANES + 4] {
            let product = rows.product_columns(&a, columns.clone());
            assert_eq!((product.rows(), product.width()), (columns.len(), 3));
            for (at, k) in columns.enumerate() {
                let expected: Vec<f64> = (0..3).map(|i| entry(i, k)).collect();
                assert_eq!(product.row(at), expected, "column {k}");
            }
        }
    }

    /// Entry by entry the same sums in the same order, whatever is left of the lanes.
    #[test]
    fn sums_of_several_are_those_of_one_after_the_other() {
        for width in [0, 1, LANES - 1, LANES, 2 * LANES + 3] {
            let vector = |c: usize| (0..width).map(move |k| ((k * k + c) % 17) as f64 / 7.0);
            let of: Vec<(f64, Vec<f64>)> = (0..3)
                .map(|c| (0.1 + c as f64, vector(c).collect()))
                .collect();
            let terms: Vec<(f64, &[f64])> = of.iter().map(|(a, x)| (*a, x.as_slice())).collect();
            let (mut together, mut apart): (Vec<f64>, Vec<f64>) =
                (vector(9).collect(), vector(9).collect());
            axpy_all(&mut together, &terms);
            of.iter().for_each(|(a, x)| axpy(&mut apart, a, x));
            assert_eq!(together, apart);
        }
    }
}
