//! LU with partial pivoting over any field; the reference that the fast solvers are tested against.

use nalgebra::DMatrix;

use super::{Csr, FactorError, Factors};
use crate::field::Field;

/// Dense P A = L U over any field; the pivot is the entry of largest magnitude.
#[derive(Clone, Debug)]
pub struct ExactLu<F: Field> {
    lu: DMatrix<F>,
    /// Row `pivot[i]` of A stands in row i of LU.
    pivot: Vec<usize>,
}

impl<F: Field> ExactLu<F> {
    /// Factors a square matrix in O(n³) operations of the field.
    ///
    /// Errors with [`FactorError::Singular`] if a column has no non-zero pivot.
    pub fn new(a: Csr<F>) -> Result<ExactLu<F>, FactorError> {
        let n = a.rows();
        let mut lu = DMatrix::from_element(n, n, F::zero());
        for row in 0..n {
            for (column, value) in a.row(row) {
                lu[(row, column)] = value.clone();
            }
        }
        let mut pivot: Vec<usize> = (0..n).collect();
        for k in 0..n {
            let mut best = k;
            for i in k + 1..n {
                if lu[(i, k)].abs() > lu[(best, k)].abs() {
                    best = i;
                }
            }
            if lu[(best, k)].is_zero() {
                return Err(FactorError::Singular { column: k });
            }
            lu.swap_rows(k, best);
            pivot.swap(k, best);
            eliminate(&mut lu, k);
        }
        Ok(ExactLu { lu, pivot })
    }
}

fn eliminate<F: Field>(lu: &mut DMatrix<F>, k: usize) {
    let n = lu.nrows();
    let inverse = F::one() / &lu[(k, k)];
    for i in k + 1..n {
        if lu[(i, k)].is_zero() {
            continue;
        }
        let factor = lu[(i, k)].clone() * &inverse;
        for j in k + 1..n {
            if !lu[(k, j)].is_zero() {
                let product = factor.clone() * &lu[(k, j)];
                lu[(i, j)] -= product;
            }
        }
        lu[(i, k)] = factor;
    }
}

impl<F: Field> Factors<F> for ExactLu<F> {
    fn solve(&self, b: &[F]) -> Result<Vec<F>, FactorError> {
        let n = self.pivot.len();
        let mut x: Vec<F> = self.pivot.iter().map(|&row| b[row].clone()).collect();
        for i in 0..n {
            for j in 0..i {
                let product = self.lu[(i, j)].clone() * &x[j];
                x[i] -= product;
            }
        }
        for i in (0..n).rev() {
            for j in i + 1..n {
                let product = self.lu[(i, j)].clone() * &x[j];
                x[i] -= product;
            }
            x[i] = x[i].clone() / &self.lu[(i, i)];
        }
        Ok(x)
    }

    fn solve_transposed(&self, b: &[F]) -> Result<Vec<F>, FactorError> {
        let n = self.pivot.len();
        let mut x = b.to_vec();
        for i in 0..n {
            for j in 0..i {
                let product = self.lu[(j, i)].clone() * &x[j];
                x[i] -= product;
            }
            x[i] = x[i].clone() / &self.lu[(i, i)];
        }
        for i in (0..n).rev() {
            for j in i + 1..n {
                let product = self.lu[(j, i)].clone() * &x[j];
                x[i] -= product;
            }
        }
        let mut out = x.clone();
        for (i, &row) in self.pivot.iter().enumerate() {
            out[row] = x[i].clone();
        }
        Ok(out)
    }

    fn name(&self) -> &'static str {
        "exact"
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
        let lu = ExactLu::new(a.clone()).unwrap();
        let b = [q(5, 2), q(-1, 9)];
        assert_eq!(a.mul(&lu.solve(&b).unwrap()), b);
        assert_eq!(a.mul_transposed(&lu.solve_transposed(&b).unwrap()), b);
        let singular = Csr::<Rational>::from_rows(1, [vec![(0, q(0, 1))]]);
        assert_eq!(
            ExactLu::new(singular).unwrap_err(),
            FactorError::Singular { column: 0 }
        );
    }
}
