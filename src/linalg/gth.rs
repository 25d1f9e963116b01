//! Elimination without subtraction for I − P with P ≥ 0 substochastic.
//!
//! The matrix is given by its off-diagonal entries a and the slacks σᵢ = 1 − Σⱼ Pᵢⱼ, which the
//! caller knows as sums of probabilities and not as differences. Every step adds, multiplies or
//! divides numbers of one sign, so for b ≥ 0 the solution has a small relative error in every
//! component, however close I − P is to singular (theory, section 8; Grassmann, Taksar & Heyman
//! 1985; Alfa, Xue & Ye 2002).

mod blocked;
mod sparse;
mod symbolic;

pub use blocked::BlockedGth;
pub use sparse::SparseGth;
pub use symbolic::Symbolic;

use std::ops::Range;

use faer::MatRef;
use nalgebra::DMatrix;

use super::dense::inverted_in_order;
use super::{Csr, FactorError, Factors};
use crate::field::{Field, dot};

/// The factors of a diagonally dominant M-matrix I − P.
#[derive(Clone, Debug)]
pub struct Gth<F: Field> {
    /// Row by row: above the diagonal the reduced entries, below it the multipliers, on it the
    /// pivots.
    reduced: Vec<F>,
    /// Where each row has entries: outside stand zeros.
    span: Vec<Range<usize>>,
}

impl<F: Field> Gth<F> {
    /// Eliminates in O(n³), less where the entries stand near the diagonal; `a` holds the
    /// off-diagonal entries row by row [n, n], its diagonal is ignored: it follows from the slacks.
    ///
    /// Errors with [`FactorError::Singular`] if a pivot vanishes: no way out of some states.
    pub fn new(mut a: Vec<F>, mut slack: Vec<F>) -> Result<Gth<F>, FactorError> {
        let n = slack.len();
        assert_eq!(a.len(), n * n, "a square matrix and one slack per row");
        let mut span: Vec<_> = (0..n).map(|i| span_of(&a[i * n..(i + 1) * n], i)).collect();
        for k in 0..n {
            let (upper, lower) = a.split_at_mut((k + 1) * n);
            let end = span[k].end;
            let right = &upper[k * n + k + 1..k * n + end];
            let mut pivot = slack[k].clone();
            right.iter().for_each(|x| pivot += x);
            if pivot.is_zero() {
                return Err(FactorError::Singular { column: k });
            }
            let inverse = F::one() / &pivot;
            for (i, row) in (k + 1..n).zip(lower.chunks_exact_mut(n)) {
                if row[k].is_zero() {
                    continue;
                }
                let factor = row[k].clone() * &inverse;
                let escaped = factor.clone() * &slack[k];
                slack[i] += escaped;
                add_scaled(&mut row[k + 1..end], right, &factor);
                row[k] = factor;
                span[i].end = span[i].end.max(end);
            }
            upper[k * n + k] = pivot;
        }
        Ok(Gth { reduced: a, span })
    }

    /// The elimination of A = I − P in compressed rows, given its slacks 1 − Σⱼ P(i, j) ≥ 0 \[n\]; its diagonal is ignored.
    pub fn of(matrix: &Csr<F>, slack: &[F]) -> Result<Gth<F>, FactorError> {
        let n = matrix.rows();
        FactorError::check_dense::<F>(n, 1)?;
        let mut a = vec![F::zero(); n * n];
        for (i, row) in a.chunks_exact_mut(n.max(1)).enumerate() {
            for (j, x) in matrix.row(i).filter(|&(j, _)| j != i) {
                row[j] = -x.clone();
            }
        }
        Gth::new(a, slack.to_vec())
    }

    /// The multipliers of row i, from the first that is not 0.
    fn left(&self, i: usize) -> (usize, &[F]) {
        let first = self.span[i].start;
        let row = i * self.span.len();
        (first, &self.reduced[row + first..row + i])
    }

    /// The pivot of row i and the entries behind it, to the last that is not 0.
    fn right(&self, i: usize) -> (&F, &[F]) {
        let row = i * self.span.len();
        let entries = &self.reduced[row + i..row + self.span[i].end];
        (&entries[0], &entries[1..])
    }
}

impl Gth<f64> {
    /// (I − P)⁻¹ by the kernels of the matrix crate, which are faster than n solves here; L and U
    /// are M-matrices, so that sums of one sign stay such.
    pub(super) fn inverse_by_blocks(&self) -> DMatrix<f64> {
        let n = self.span.len();
        let mut lu: Vec<f64> = self.reduced.iter().map(|x| -x).collect();
        (0..n).for_each(|i| lu[i * n + i] = self.reduced[i * n + i]);
        inverted_in_order(MatRef::from_row_major_slice(&lu, n, n))
    }
}

/// From the first entry of row i that is not 0, at most i, to behind the last, at least i + 1.
fn span_of<F: Field>(row: &[F], i: usize) -> Range<usize> {
    let stored = |x: &F| !x.is_zero();
    let first = row[..i].iter().position(stored).unwrap_or(i);
    let last = row.iter().rposition(stored).unwrap_or(i);
    first..last.max(i) + 1
}

/// y += c x; over an exact field zeros are cheaper skipped.
fn add_scaled<F: Field>(y: &mut [F], x: &[F], c: &F) {
    for (y, x) in y.iter_mut().zip(x) {
        if !(F::EXACT && x.is_zero()) {
            *y += x.clone() * c;
        }
    }
}

impl<F: Field> Factors<F> for Gth<F> {
    fn solve(&self, b: &[F]) -> Result<Vec<F>, FactorError> {
        let mut x = b.to_vec();
        for i in 0..x.len() {
            let (first, left) = self.left(i);
            let known = dot(left, &x[first..i]);
            x[i] += known;
        }
        for i in (0..x.len()).rev() {
            let (pivot, right) = self.right(i);
            let known = dot(right, &x[i + 1..i + 1 + right.len()]);
            x[i] = (x[i].clone() + known) / pivot;
        }
        Ok(x)
    }

    fn solve_transposed(&self, b: &[F]) -> Result<Vec<F>, FactorError> {
        let mut x = b.to_vec();
        for i in 0..x.len() {
            let (pivot, right) = self.right(i);
            let (done, rest) = x.split_at_mut(i + 1);
            done[i] = done[i].clone() / pivot;
            add_scaled(&mut rest[..right.len()], right, &done[i]);
        }
        for i in (0..x.len()).rev() {
            let (first, left) = self.left(i);
            let (rest, done) = x.split_at_mut(i);
            add_scaled(&mut rest[first..], left, &done[0]);
        }
        Ok(x)
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
    use crate::linalg::{Csr, ExactLu};
    use crate::number::{Number, Rational};

    fn q(p: i64, d: u64) -> Rational {
        Number::ratio(p, d).unwrap().to_rational()
    }

    /// P = [[1/2, 1/4, 0], [1/3, 0, 1/3], [1/5, 2/5, 1/5]]; the same answers as LU of I − P.
    #[test]
    fn both_directions_agree_with_lu_over_fractions() {
        let rows = [
            [q(1, 2), q(1, 4), q(0, 1)],
            [q(1, 3), q(0, 1), q(1, 3)],
            [q(1, 5), q(2, 5), q(1, 5)],
        ];
        let p = Csr::from_rows(3, rows.clone().map(|row| row.into_iter().enumerate()));
        let lu = ExactLu::new(&p.identity_minus_scaled(&q(1, 1))).unwrap();
        let a = rows.concat();
        let gth = Gth::new(a, vec![q(1, 4), q(1, 3), q(1, 5)]).unwrap();
        let b = [q(1, 7), q(-2, 1), q(3, 5)];
        assert_eq!(gth.solve(&b), lu.solve(&b));
        assert_eq!(gth.solve_transposed(&b), lu.solve_transposed(&b));
    }

    /// Theory, mark 8.9: at a slack of 1e-12, where LU keeps five digits, all digits survive.
    #[test]
    fn nearly_singular_systems_keep_relative_accuracy() {
        let slack = 1e-12;
        let a = vec![0.0, 1.0, 0.3, 0.0];
        let x = Gth::new(a, vec![0.0, slack]).unwrap().solve(&[1.0, 1.0]);
        // x₀ = 1 + x₁ and (0.3 + slack) x₁ = 1 + 0.3 x₀, so x₁ = 1.3/slack
        let expected = 1.3 / slack;
        assert!((x.unwrap()[1] / expected - 1.0).abs() < 4.0 * f64::EPSILON);
    }

    #[test]
    fn a_class_without_a_way_out_is_singular() {
        let a = vec![0.0, 1.0, 1.0, 0.0];
        let error = Gth::new(a, vec![0.0, 0.0]).unwrap_err();
        assert_eq!(error, FactorError::Singular { column: 1 });
    }
}
