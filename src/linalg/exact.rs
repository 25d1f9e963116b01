//! LU with partial pivoting over any field: exact over fractions, the reference that the fast
//! solvers are tested against, and over `f64` itself the fastest for a few dozen states.

use faer::MatRef;
use faer::perm::PermRef;
use nalgebra::DMatrix;

use super::dense::inverted;
use super::{Csr, FactorError, Factors};
use crate::field::{Field, dot};

/// Dense P A = L U over any field; the pivot is the entry of largest magnitude.
#[derive(Clone, Debug)]
pub struct ExactLu<F: Field> {
    /// L below the diagonal (its own is 1) and U above, row by row.
    lu: Vec<F>,
    /// Row `pivot[i]` of A stands in row i of LU.
    pivot: Vec<usize>,
}

impl<F: Field> ExactLu<F> {
    /// Factors a square matrix in O(n³) operations of the field.
    ///
    /// Errors with [`FactorError::Singular`] if a column has no non-zero pivot.
    pub fn new(a: &Csr<F>) -> Result<ExactLu<F>, FactorError> {
        let n = a.rows();
        FactorError::check_dense::<F>(n, 1)?;
        let mut lu = vec![F::zero(); n * n];
        for row in 0..n {
            for (column, value) in a.row(row) {
                lu[row * n + column] = value.clone();
            }
        }
        let mut pivot: Vec<usize> = (0..n).collect();
        for k in 0..n {
            let mut best = k;
            let mut largest = lu[k * n + k].abs();
            for i in k + 1..n {
                let candidate = lu[i * n + k].abs();
                if candidate > largest {
                    (best, largest) = (i, candidate);
                }
            }
            if largest.is_zero() {
                return Err(FactorError::Singular { column: k });
            }
            if best != k {
                pivot.swap(k, best);
                let (upper, lower) = lu.split_at_mut(best * n);
                upper[k * n..(k + 1) * n].swap_with_slice(&mut lower[..n]);
            }
            eliminate(&mut lu, n, k);
        }
        Ok(ExactLu { lu, pivot })
    }

    fn row(&self, i: usize) -> &[F] {
        let n = self.pivot.len();
        &self.lu[i * n..(i + 1) * n]
    }
}

fn eliminate<F: Field>(lu: &mut [F], n: usize, k: usize) {
    let (upper, lower) = lu.split_at_mut((k + 1) * n);
    let (diagonal, right) = (&upper[k * n + k], &upper[k * n + k + 1..]);
    let inverse = F::one() / diagonal;
    for row in lower.chunks_exact_mut(n) {
        if row[k].is_zero() {
            continue;
        }
        let factor = row[k].clone() * &inverse;
        subtract_scaled(&mut row[k + 1..], right, &factor);
        row[k] = factor;
    }
}

/// y −= c x; over an exact field zeros are cheaper skipped.
fn subtract_scaled<F: Field>(y: &mut [F], x: &[F], c: &F) {
    for (y, x) in y.iter_mut().zip(x) {
        if !(F::EXACT && x.is_zero()) {
            *y -= x.clone() * c;
        }
    }
}

impl<F: Field> Factors<F> for ExactLu<F> {
    fn solve(&self, b: &[F]) -> Result<Vec<F>, FactorError> {
        let n = self.pivot.len();
        let mut x: Vec<F> = self.pivot.iter().map(|&row| b[row].clone()).collect();
        for i in 0..n {
            let known = dot(&self.row(i)[..i], &x[..i]);
            x[i] -= known;
        }
        for i in (0..n).rev() {
            let known = dot(&self.row(i)[i + 1..], &x[i + 1..]);
            x[i] = (x[i].clone() - known) / &self.row(i)[i];
        }
        Ok(x)
    }

    fn solve_transposed(&self, b: &[F]) -> Result<Vec<F>, FactorError> {
        let n = self.pivot.len();
        let mut y = b.to_vec();
        for i in 0..n {
            let (done, rest) = y.split_at_mut(i + 1);
            done[i] = done[i].clone() / &self.row(i)[i];
            subtract_scaled(rest, &self.row(i)[i + 1..], &done[i]);
        }
        for i in (0..n).rev() {
            let (rest, done) = y.split_at_mut(i);
            subtract_scaled(rest, &self.row(i)[..i], &done[0]);
        }
        let mut x = y.clone();
        for (y, &row) in y.into_iter().zip(&self.pivot) {
            x[row] = y;
        }
        Ok(x)
    }

    fn name(&self) -> &'static str {
        "exact"
    }
}

impl ExactLu<f64> {
    /// A⁻¹ by the kernels of the matrix crate, which are faster than n solves here.
    pub(super) fn inverse_by_blocks(&self) -> DMatrix<f64> {
        let n = self.pivot.len();
        let mut back = vec![0; n];
        for (row, &from) in self.pivot.iter().enumerate() {
            back[from] = row;
        }
        let lu = MatRef::from_row_major_slice(&self.lu, n, n);
        inverted(lu, lu, PermRef::new_checked(&self.pivot, &back, n))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::number::{Number, Rational};

    #[test]
    fn fractions_are_solved_exactly_in_both_directions() {
        let q = |p, q| Number::ratio(p, q).unwrap().to_rational();
        let a = Csr::from_rows(2, [vec![(1, q(1, 3))], vec![(0, q(2, 1)), (1, q(1, 7))]]);
        let lu = ExactLu::new(&a).unwrap();
        let b = [q(5, 2), q(-1, 9)];
        assert_eq!(a.mul(&lu.solve(&b).unwrap()), b);
        assert_eq!(a.mul_transposed(&lu.solve_transposed(&b).unwrap()), b);
        let singular = Csr::<Rational>::from_rows(1, [vec![(0, q(0, 1))]]);
        assert_eq!(
            ExactLu::new(&singular).unwrap_err(),
            FactorError::Singular { column: 0 }
        );
    }
}
