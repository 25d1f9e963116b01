//! The shortest solution of a least-squares problem, M⁺y, from the rows of M as they come.
//!
//! ```text
//! M D⁻¹ = Q R          rows in blocks, each under the R so far (Lawson & Hanson 1995, chapter 27)
//! R = Q₁ (R₁ 0)ᵀ Pᵀ    by columns of falling size, of which the rank are kept
//! M⁺y = (R₁ᵀ Pᵀ D)⁺ Q₁ᵀ Qᵀ y
//! ```
//!
//! MᵀM is never formed: its condition is the square of M's. D are the sizes of the columns, so that which columns
//! count as combinations of others does not change with the unit of any of them.

use nalgebra::{DMatrix, DVector, Dyn, PermutationSequence};

use super::largest;
use crate::field::UNIT;

/// Rows that are reduced together, beside those of the factor: a choice, so that a block fits a cache.
const BLOCK: usize = 256;

/// A least-squares problem, reduced to as many rows as there are columns.
#[derive(Clone, Debug)]
pub(crate) struct LeastSquares {
    /// The largest size of an entry of each column \[d\]; 1 for a column of zeros.
    scales: Vec<f64>,
    /// (R, Qᵀy) and after them rows that are not yet reduced [·, d + 1], row by row.
    rows: Vec<f64>,
}

impl LeastSquares {
    /// Without rows yet. `sizes` is the largest size of an entry of each column \[d\].
    pub(crate) fn new(sizes: &[f64]) -> LeastSquares {
        let scale = |&size: &f64| if size > 0.0 { size } else { 1.0 };
        LeastSquares {
            scales: sizes.iter().map(scale).collect(),
            rows: Vec::new(),
        }
    }

    /// A row of M, its entries by column, and its entry of y.
    pub(crate) fn push(&mut self, row: impl Iterator<Item = (usize, f64)>, y: f64) {
        let width = self.scales.len() + 1;
        let first = self.rows.len();
        self.rows.resize(first + width, 0.0);
        row.for_each(|(column, x)| self.rows[first + column] += x / self.scales[column]);
        self.rows[first + width - 1] = y;
        if self.rows.len() / width >= 2 * width + BLOCK {
            self.reduce();
        }
    }

    /// As many rows as there are columns, with the same M⁺y.
    fn reduce(&mut self) {
        let width = self.scales.len() + 1;
        let height = self.rows.len() / width;
        let factor = DMatrix::from_row_slice(height, width, &self.rows)
            .qr()
            .unpack_r();
        let kept = factor.nrows().min(width - 1);
        self.rows.clear();
        for row in factor.rows(0, kept).row_iter() {
            self.rows.extend(row.iter());
        }
    }

    /// M⁺y \[d\] and the rank of M. A column counts as a combination of others where what is left of it is at most
    /// `noise` times the largest column, both divided by the sizes of their entries.
    pub(crate) fn shortest(mut self, noise: f64) -> (Vec<f64>, usize) {
        let of = self.pivoted(noise);
        let right = of.y.rows(0, of.kept.nrows()).clone_owned();
        let right = DMatrix::from_column_slice(right.nrows(), 1, right.as_slice());
        let solution = self.along(&of, right);
        (solution.as_slice().to_vec(), of.kept.nrows())
    }

    /// The lengths of the rows of M⁺ \[d\], of the same rank: what an entry of M⁺y moves by as y does by 1, at most.
    pub(crate) fn reach(mut self, noise: f64) -> Vec<f64> {
        let of = self.pivoted(noise);
        let rank = of.kept.nrows();
        let inverse = self.along(&of, DMatrix::identity(rank, rank));
        let length = |k: usize| {
            let sizes: Vec<f64> = inverse.row(k).iter().map(|x| x.abs()).collect();
            // squares of what is as large as 10¹⁵⁴ are no numbers
            let most = largest(&sizes);
            let squares = sizes.iter().map(|x| (x / most) * (x / most));
            if most > 0.0 {
                most * squares.sum::<f64>().sqrt()
            } else {
                0.0
            }
        };
        (0..self.scales.len()).map(length).collect()
    }

    fn pivoted(&mut self, noise: f64) -> Pivoted {
        self.reduce();
        let d = self.scales.len();
        let height = self.rows.len() / (d + 1);
        let whole = DMatrix::from_row_slice(height, d + 1, &self.rows);
        let mut y = whole.column(d).clone_owned();
        let factors = whole.columns(0, d).clone_owned().col_piv_qr();
        factors.q_tr_mul(&mut y);
        let upper = factors.r();
        let diagonal = |i: usize| upper[(i, i)].abs();
        let pivots = upper.nrows().min(d);
        let least = noise.max(UNIT) * (0..pivots).map(diagonal).fold(0.0, f64::max);
        let rank = (0..pivots).take_while(|&i| diagonal(i) > least).count();
        Pivoted {
            kept: upper.rows(0, rank).clone_owned(),
            order: factors.p().clone(),
            y,
        }
    }

    /// (R₁ᵀ Pᵀ D)⁺ C [d, ·].
    fn along(&self, of: &Pivoted, right: DMatrix<f64>) -> DMatrix<f64> {
        let d = self.scales.len();
        if of.kept.nrows() < d {
            let mut rows = of.kept.clone();
            of.order.inv_permute_columns(&mut rows);
            return self.shortest_along(rows, &right);
        }
        let mut solved = solved_upper(&of.kept, right);
        of.order.inv_permute_rows(&mut solved);
        for (scale, mut row) in self.scales.iter().zip(solved.row_iter_mut()) {
            row /= *scale;
        }
        solved
    }

    /// (B D)⁺C [d, ·] for rows B [r, d] that are independent: with D Bᵀ = Q L it is Q L⁻ᵀ C.
    fn shortest_along(&self, mut rows: DMatrix<f64>, right: &DMatrix<f64>) -> DMatrix<f64> {
        if rows.nrows() == 0 {
            return DMatrix::zeros(rows.ncols(), right.ncols());
        }
        // the unit does not matter, and squares of sizes like 10⁻³⁰⁰ are not numbers
        let unit = largest(&self.scales);
        for (scale, mut column) in self.scales.iter().zip(rows.column_iter_mut()) {
            column *= scale / unit;
        }
        let factors = rows.transpose().qr();
        let lower = factors.r().transpose();
        let solved = lower.solve_lower_triangular(right);
        let solved = solved.unwrap_or_else(|| DMatrix::zeros(rows.nrows(), right.ncols()));
        (factors.q() * solved) / unit
    }
}

/// R₁ [rank, d] of the columns in their order, that order, and Q₁ᵀ Qᵀ y.
struct Pivoted {
    kept: DMatrix<f64>,
    order: PermutationSequence<Dyn>,
    y: DVector<f64>,
}

/// U⁻¹C; no pivot is 0, since each is above the noise.
fn solved_upper(upper: &DMatrix<f64>, right: DMatrix<f64>) -> DMatrix<f64> {
    upper.solve_upper_triangular(&right).unwrap_or(right)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shortest(rows: &[(&[f64], f64)], noise: f64) -> (Vec<f64>, usize) {
        let d = rows[0].0.len();
        let size = |k: usize| rows.iter().map(|(row, _)| row[k].abs()).fold(0.0, f64::max);
        let sizes: Vec<f64> = (0..d).map(size).collect();
        let mut problem = LeastSquares::new(&sizes);
        for (row, y) in rows {
            problem.push(row.iter().copied().enumerate(), *y);
        }
        problem.shortest(noise)
    }

    /// Columns (1, 1, 1) and (0, δ, 2δ) apart from the first by δ alone: MᵀM would be singular in floating point.
    /// y = 3 · first + 5 · second, so that M⁺y = (3, 5).
    #[test]
    fn columns_that_are_nearly_alike_keep_their_digits() {
        let delta = 2f64.powi(-36);
        let rows: Vec<([f64; 2], f64)> = (0..3)
            .map(|i| {
                let second = 1.0 + f64::from(i) * delta;
                ([1.0, second], 3.0 + 5.0 * second)
            })
            .collect();
        let rows: Vec<(&[f64], f64)> = rows.iter().map(|(row, y)| (&row[..], *y)).collect();
        let (found, rank) = shortest(&rows, 4.0 * UNIT);
        assert_eq!(rank, 2);
        // condition 2 / δ · √…, some 10¹¹: five digits are left of sixteen
        assert!(
            (found[0] - 3.0).abs() < 1e-4 && (found[1] - 5.0).abs() < 1e-4,
            "{found:?}"
        );
    }

    /// (1, 2) twice: M⁺y = (1, 2) (y₁ + y₂)/2/5; a column of 10⁻³⁰⁰ of its own is no combination of others.
    #[test]
    fn what_is_short_of_rank_has_the_shortest_solution() {
        let (found, rank) = shortest(&[(&[1.0, 2.0], 3.0), (&[1.0, 2.0], 7.0)], 8.0 * UNIT);
        assert_eq!(rank, 1);
        assert!((found[0] - 1.0).abs() < 1e-14 && (found[1] - 2.0).abs() < 1e-14);
        let (found, rank) = shortest(&[(&[1.0, 0.0], 3.0), (&[0.0, 1e-300], 7.0)], 8.0 * UNIT);
        assert_eq!(rank, 2);
        assert!((found[0] - 3.0).abs() < 1e-14 && (found[1] / 7e300 - 1.0).abs() < 1e-14);
        assert_eq!(shortest(&[(&[0.0, 0.0], 1.0)], UNIT), (vec![0.0; 2], 0));
    }

    /// M = (1 0; 0 δ; 0 0): the rows of M⁺ are (1, 0, 0) and (0, 1/δ, 0); of (1 1; 1 1) all of M⁺ is 1/4.
    #[test]
    fn the_reach_is_the_length_of_the_rows_of_the_pseudo_inverse() {
        let delta = 2f64.powi(-40);
        let mut problem = LeastSquares::new(&[1.0, 1.0]);
        problem.push([(0, 1.0)].into_iter(), 3.0);
        problem.push([(1, delta)].into_iter(), 5.0);
        assert_eq!(problem.reach(UNIT), [1.0, 1.0 / delta]);
        let mut problem = LeastSquares::new(&[1.0, 1.0]);
        for _ in 0..2 {
            problem.push([(0, 1.0), (1, 1.0)].into_iter(), 1.0);
        }
        let length = 0.125f64.sqrt();
        for x in problem.reach(8.0 * UNIT) {
            assert!((x - length).abs() < 1e-15, "{x}");
        }
    }

    /// A thousand rows, reduced in blocks, against the same reduced at once by the pseudo-inverse.
    #[test]
    fn blocks_change_nothing() {
        let entry = |i: usize, k: usize| ((i * 7 + k * k * 13 + 5) % 17) as f64 - 8.0;
        let rows: Vec<(Vec<f64>, f64)> = (0..1000)
            .map(|i| ((0..5).map(|k| entry(i, k)).collect(), entry(i, 9)))
            .collect();
        let refs: Vec<(&[f64], f64)> = rows.iter().map(|(row, y)| (&row[..], *y)).collect();
        let (found, rank) = shortest(&refs, 8.0 * UNIT);
        let m = DMatrix::from_fn(1000, 5, entry);
        let y = DVector::from_fn(1000, |i, _| entry(i, 9));
        let expected = m.clone().pseudo_inverse(1e-12).unwrap() * y;
        assert_eq!(rank, m.rank(1e-9));
        for (x, y) in found.iter().zip(expected.iter()) {
            assert!((x - y).abs() < 1e-12, "{x} {y}");
        }
    }
}
