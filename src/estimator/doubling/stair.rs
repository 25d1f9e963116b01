//! Square matrices whose rows end early, as those of moments do that follow from lower ones.

use crate::estimator::rows::{Rows, axpy};
use crate::linalg::Solvable;

/// A square matrix [n, n] whose row i is 0 from column `ends[i]` on. The rows that a row reaches end
/// no later than it does, so that products keep the shape.
#[derive(Clone, Debug)]
pub struct Stair<F> {
    ends: Vec<usize>,
    /// Row i stands at `starts[i]..starts[i] + ends[i]`.
    starts: Vec<usize>,
    data: Vec<F>,
}

impl<F: Solvable> Stair<F> {
    /// All zero.
    pub fn zero(ends: Vec<usize>) -> Stair<F> {
        let mut size = 0;
        let starts = ends.iter().map(|end| {
            size += end;
            size - end
        });
        let starts = starts.collect();
        Stair {
            data: vec![F::zero(); size],
            starts,
            ends,
        }
    }

    /// n.
    pub fn size(&self) -> usize {
        self.ends.len()
    }

    /// Row i, as far as it goes.
    pub fn row(&self, i: usize) -> &[F] {
        &self.data[self.starts[i]..self.starts[i] + self.ends[i]]
    }

    /// Row i, to be written.
    pub fn row_mut(&mut self, i: usize) -> &mut [F] {
        &mut self.data[self.starts[i]..self.starts[i] + self.ends[i]]
    }

    /// A B.
    pub fn times(&self, other: &Stair<F>) -> Stair<F> {
        let mut product = Stair::zero(self.ends.clone());
        F::vectorized(
            #[inline(always)]
            || {
                for i in 0..self.size() {
                    let row = product.row_mut(i);
                    for (k, a) in self.row(i).iter().enumerate() {
                        axpy(row, a, other.row(k));
                    }
                }
            },
        );
        product
    }

    /// A X for X given by rows [n][k].
    pub fn times_rows(&self, x: &Rows<F>) -> Rows<F> {
        let mut product = Rows::zero(self.size(), x.width());
        F::vectorized(
            #[inline(always)]
            || {
                for i in 0..self.size() {
                    let row = product.row_mut(i);
                    for (k, a) in self.row(i).iter().enumerate() {
                        axpy(row, a, x.row(k));
                    }
                }
            },
        );
        product
    }

    /// sum ← sum + X A for X given by rows [k][n].
    pub fn add_left(&self, x: &Rows<F>, sum: &mut Rows<F>) {
        F::vectorized(
            #[inline(always)]
            || {
                for i in 0..x.rows() {
                    let row = sum.row_mut(i);
                    for (k, a) in x.row(i).iter().enumerate() {
                        axpy(row, a, self.row(k));
                    }
                }
            },
        );
    }

    /// A x.
    pub fn apply(&self, x: &[F]) -> Vec<F> {
        let row = |i| crate::field::dot(self.row(i), &x[..self.ends[i]]);
        (0..self.size()).map(row).collect()
    }

    /// x A.
    pub fn apply_left(&self, x: &[F]) -> Vec<F> {
        let mut product = vec![F::zero(); self.size()];
        for (k, a) in x.iter().enumerate() {
            axpy(&mut product, a, self.row(k));
        }
        product
    }
}
