//! The elimination without subtraction in blocks, for some hundred rows of `f64`.

use std::ops::Range;

use faer::linalg::matmul::matmul;
use faer::linalg::triangular_solve::{
    solve_lower_triangular_in_place, solve_unit_lower_triangular_in_place,
    solve_unit_upper_triangular_in_place, solve_upper_triangular_in_place,
};
use faer::{Accum, MatMut, MatRef, Par};
use nalgebra::DMatrix;

use crate::linalg::dense::{inverted_in_order, view};
use crate::linalg::{Csr, FactorError, Factors};

/// A = L U of a diagonally dominant M-matrix, made without subtraction ([`Gth`](super::Gth)): all
/// entries off the diagonals of L and U are at most 0, so that what the matrix crate subtracts in
/// updates and in triangular solves adds up numbers of one sign.
#[derive(Clone, Debug)]
pub struct BlockedGth {
    rows: usize,
    /// Column by column, L below the diagonal (its own is 1), U on and above it.
    factors: Vec<f64>,
}

/// Columns eliminated before the rest of the matrix is updated at once; a choice, of which no measurement is kept.
const PANEL: usize = 32;

impl BlockedGth {
    /// Eliminates A = I − P given by its off-diagonal entries (its diagonal is ignored) and its
    /// slacks; O(n³).
    ///
    /// Errors with [`FactorError::Singular`] if a pivot vanishes: no way out of some states.
    pub fn of(matrix: &Csr<f64>, slack: &[f64]) -> Result<BlockedGth, FactorError> {
        let n = matrix.rows();
        FactorError::check_dense::<f64>(n, 1)?;
        let mut a = vec![0.0; n * n];
        for i in 0..n {
            for (j, &x) in matrix.row(i).filter(|&(j, _)| j != i) {
                a[j * n + i] = x;
            }
        }
        BlockedGth::new(a, slack.to_vec())
    }

    /// Eliminates A = I − P in columns [n, n], its diagonal ignored, with its slacks \[n\].
    pub(super) fn new(mut a: Vec<f64>, mut slack: Vec<f64>) -> Result<BlockedGth, FactorError> {
        let n = slack.len();
        for start in (0..n).step_by(PANEL) {
            let panel = start..(start + PANEL).min(n);
            pulp::Arch::new().dispatch(
                #[inline(always)]
                || eliminate(&mut a, &mut slack, panel.clone()),
            )?;
            update_rest(view(&mut a, n), panel);
        }
        Ok(BlockedGth {
            rows: n,
            factors: a,
        })
    }

    fn factors(&self) -> MatRef<'_, f64> {
        MatRef::from_column_major_slice(&self.factors, self.rows, self.rows)
    }

    pub(super) fn apply(&self, x: &mut [f64]) {
        let mut x = view(x, self.rows);
        solve_unit_lower_triangular_in_place(self.factors(), x.as_mut(), Par::Seq);
        solve_upper_triangular_in_place(self.factors(), x, Par::Seq);
    }

    pub(super) fn apply_transposed(&self, x: &mut [f64]) {
        let mut x = view(x, self.rows);
        let transposed = self.factors().transpose();
        solve_lower_triangular_in_place(transposed, x.as_mut(), Par::Seq);
        solve_unit_upper_triangular_in_place(transposed, x, Par::Seq);
    }
}

/// The rows and columns of a panel, in a matrix that the panels before it have updated.
#[inline(always)]
fn eliminate(a: &mut [f64], slack: &mut [f64], panel: Range<usize>) -> Result<(), FactorError> {
    let n = slack.len();
    // the matrix lies in columns; the rows of U are made in rows
    let mut rows = vec![0.0; panel.len() * n];
    for (k, row) in panel.clone().zip(rows.chunks_exact_mut(n)) {
        (k..n).for_each(|j| row[j] = a[j * n + k]);
    }
    for k in panel.clone() {
        let (above, row) = rows.split_at_mut((k - panel.start) * n);
        let row = &mut row[k..n];
        let (left, column) = a.split_at_mut(k * n);
        let column = &mut column[k + 1..n];
        for (l, above) in panel.clone().zip(above.chunks_exact(n)) {
            let left = &left[l * n..][k..n];
            subtract_scaled(&mut row[1..], &above[k + 1..], left[0]);
            subtract_scaled(column, &left[1..], above[k]);
        }
        let pivot = slack[k] - row[1..].iter().sum::<f64>();
        if pivot == 0.0 {
            return Err(FactorError::Singular { column: k });
        }
        row[0] = pivot;
        let own = slack[k];
        for (multiplier, slack) in column.iter_mut().zip(&mut slack[k + 1..]) {
            *multiplier /= pivot;
            *slack -= *multiplier * own;
        }
    }
    for (k, row) in panel.zip(rows.chunks_exact(n)) {
        (k..n).for_each(|j| a[j * n + k] = row[j]);
    }
    Ok(())
}

/// y −= c x.
#[inline(always)]
fn subtract_scaled(y: &mut [f64], x: &[f64], c: f64) {
    if c != 0.0 {
        y.iter_mut().zip(x).for_each(|(y, x)| *y -= c * x);
    }
}

/// What lies behind a panel in both directions, less L U of the panel.
fn update_rest(a: MatMut<'_, f64>, panel: Range<usize>) {
    let (_, upper, lower, rest) = a.split_at_mut(panel.end, panel.end);
    let lower = lower.as_ref().subcols(panel.start, panel.len());
    let upper = upper.as_ref().subrows(panel.start, panel.len());
    matmul(rest, Accum::Add, lower, upper, -1.0, Par::Seq);
}

impl Factors<f64> for BlockedGth {
    fn solve(&self, b: &[f64]) -> Result<Vec<f64>, FactorError> {
        let mut x = b.to_vec();
        self.apply(&mut x);
        Ok(x)
    }

    fn solve_transposed(&self, b: &[f64]) -> Result<Vec<f64>, FactorError> {
        let mut x = b.to_vec();
        self.apply_transposed(&mut x);
        Ok(x)
    }

    fn solve_many(&self, mut b: DMatrix<f64>) -> Result<DMatrix<f64>, FactorError> {
        self.apply(b.as_mut_slice());
        Ok(b)
    }

    fn solve_transposed_many(&self, mut b: DMatrix<f64>) -> Result<DMatrix<f64>, FactorError> {
        self.apply_transposed(b.as_mut_slice());
        Ok(b)
    }

    /// 4/3 n³ operations beside the factorization, where n right-hand sides take 2n³.
    fn inverse(&self, _: usize) -> Result<DMatrix<f64>, FactorError> {
        Ok(inverted_in_order(self.factors()))
    }

    fn name(&self) -> &'static str {
        "gth"
    }

    fn is_componentwise(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linalg::Gth;

    /// The blocks change the order of the sums, and nothing else: each sum of numbers of one sign
    /// has a relative error of its length in units, and n of them follow each other.
    #[test]
    fn blocks_agree_with_the_plain_elimination_in_every_component() {
        for n in [1, 31, 32, 33, 100] {
            let entry = |i: usize, j: usize| match (i * 7 + j * j * 3) % 5 {
                0 => -2f64.powi(-(((i * j) % 40) as i32)) / n as f64,
                _ => 0.0,
            };
            let ring = |i: usize| ((i + 1) % n, -0.5);
            let row = |i| (0..n).map(move |j| (j, entry(i, j))).chain([ring(i)]);
            let matrix = Csr::from_rows(n, (0..n).map(row));
            let slack: Vec<f64> = (0..n).map(|i| 10f64.powi(-((i % 13) as i32))).collect();
            let blocked = BlockedGth::of(&matrix, &slack).unwrap();
            let plain = Gth::of(&matrix, &slack).unwrap();
            let b: Vec<f64> = (0..n).map(|i| (i % 3) as f64).collect();
            let tolerance = (n * n) as f64 * 4.0 * f64::EPSILON;
            let pairs = [
                (blocked.solve(&b), plain.solve(&b)),
                (blocked.solve_transposed(&b), plain.solve_transposed(&b)),
            ];
            for (x, y) in pairs {
                for (x, y) in x.unwrap().into_iter().zip(y.unwrap()) {
                    assert!((x - y).abs() <= tolerance * y.abs(), "{n}: {x} and {y}");
                }
            }
            let columns = plain.solve_many(DMatrix::identity(n, n)).unwrap();
            for inverse in [blocked.inverse(n).unwrap(), plain.inverse_by_blocks()] {
                for (x, y) in inverse.iter().zip(&columns) {
                    assert!((x - y).abs() <= tolerance * y.abs(), "{n}: {x} and {y}");
                }
            }
        }
    }

    #[test]
    fn a_class_without_a_way_out_is_singular() {
        let a = Csr::from_rows(2, [vec![(1, -1.0)], vec![(0, -1.0)]]);
        let error = BlockedGth::of(&a, &[0.0, 0.0]).unwrap_err();
        assert_eq!(error, FactorError::Singular { column: 1 });
    }
}
