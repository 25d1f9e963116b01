//! Products with a few hundred dense rows, both ways in one pass over them.

use std::ops::{AddAssign, Mul};

use crate::linalg::strands;

/// A number of either precision.
pub(super) trait Number: Copy + Default + AddAssign + Mul<Output = Self> {}

impl<T: Copy + Default + AddAssign + Mul<Output = T>> Number for T {}

/// Σ xᵢ yᵢ.
pub(super) fn dot<T: Number>(x: &[T], y: &[T]) -> T {
    let (strands, mut sum) = strands(x, y);
    strands.into_iter().for_each(|strand| sum += strand);
    sum
}

/// out += Σᵢ weightᵢ rowᵢ, four rows at a time.
pub(super) fn add_rows<T: Number>(rows: &[T], weights: &[T], out: &mut [T]) {
    let n = out.len();
    let (fours, rest) = weights.as_chunks::<4>();
    let (whole, tail) = rows.split_at(4 * n * fours.len());
    for (rows, w) in whole.chunks_exact(4 * n).zip(fours) {
        let (a, rows) = rows.split_at(n);
        let (b, rows) = rows.split_at(n);
        let (c, d) = rows.split_at(n);
        let rows = a.iter().zip(b).zip(c.iter().zip(d));
        for (out, ((a, b), (c, d))) in out.iter_mut().zip(rows) {
            let mut sum = w[0] * *a;
            sum += w[1] * *b;
            sum += w[2] * *c;
            sum += w[3] * *d;
            *out += sum;
        }
    }
    for (row, w) in tail.chunks_exact(n).zip(rest) {
        out.iter_mut().zip(row).for_each(|(out, x)| *out += *w * *x);
    }
}

/// `right` += M x and `left` += y M for the square matrix M of these rows.
pub(super) fn both<T: Number>(
    rows: &[T],
    (x, right): (&[T], &mut [T]),
    (y, left): (&[T], &mut [T]),
) {
    let n = x.len();
    // as many rows at a time as stay near the processor for the second product
    for (block, right) in right.chunks_mut(4).enumerate() {
        let (from, count) = (4 * block, right.len());
        let block = &rows[from * n..(from + count) * n];
        for (row, right) in block.chunks_exact(n).zip(right) {
            *right += dot(row, x);
        }
        add_rows(block, &y[from..from + count], left);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_of_integers_are_exact() {
        let n = 11;
        let entry = |i: usize| (i * 7 % 13) as f64 - 6.0;
        let rows: Vec<f64> = (0..n * n).map(entry).collect();
        let (x, y): (Vec<f64>, Vec<f64>) = (0..n).map(|i| (entry(i), entry(3 * i))).unzip();
        let (mut right, mut left) = (vec![1.0; n], vec![2.0; n]);
        both(&rows, (&x, &mut right), (&y, &mut left));
        for i in 0..n {
            let row: f64 = (0..n).map(|j| rows[i * n + j] * x[j]).sum();
            let column: f64 = (0..n).map(|j| rows[j * n + i] * y[j]).sum();
            assert_eq!((right[i], left[i]), (row + 1.0, column + 2.0));
        }
    }
}
