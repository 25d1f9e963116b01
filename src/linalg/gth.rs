//! Elimination without subtraction for I − P with P ≥ 0 substochastic.
//!
//! The matrix is given by its off-diagonal entries a and the slacks σᵢ = 1 − Σⱼ Pᵢⱼ, which the
//! caller knows as sums of probabilities and not as differences. Every step adds, multiplies or
//! divides numbers of one sign, so for b ≥ 0 the solution has a small relative error in every
//! component, however close I − P is to singular (theory, section 8; Grassmann, Taksar & Heyman
//! 1985; Alfa, Xue & Ye 2002).

use nalgebra::DMatrix;

use super::{FactorError, Factors};
use crate::field::Field;

/// The factors of a diagonally dominant M-matrix I − P.
#[derive(Clone, Debug)]
pub struct Gth<F: Field> {
    /// Above the diagonal the reduced entries, below it the multipliers, on it the pivots.
    reduced: DMatrix<F>,
}

impl<F: Field> Gth<F> {
    /// Eliminates in O(n³); the diagonal of `a` is ignored, it follows from the slacks.
    ///
    /// Errors with [`FactorError::Singular`] if a pivot vanishes: no way out of some states.
    pub fn new(mut a: DMatrix<F>, mut slack: Vec<F>) -> Result<Gth<F>, FactorError> {
        let n = a.nrows();
        for k in 0..n {
            let mut pivot = slack[k].clone();
            for j in k + 1..n {
                pivot += &a[(k, j)];
            }
            if pivot.is_zero() {
                return Err(FactorError::Singular { column: k });
            }
            for i in k + 1..n {
                if !a[(i, k)].is_zero() {
                    let factor = a[(i, k)].clone() / &pivot;
                    let escaped = factor.clone() * &slack[k];
                    slack[i] += escaped;
                    a[(i, k)] = factor;
                }
            }
            a[(k, k)] = pivot;
            update(&mut a, k);
        }
        Ok(Gth { reduced: a })
    }
}

/// aᵢⱼ += aᵢₖ aₖⱼ / dₖ for i, j > k, column by column as the storage lies.
fn update<F: Field>(a: &mut DMatrix<F>, k: usize) {
    let n = a.nrows();
    for j in k + 1..n {
        let top = a[(k, j)].clone();
        if top.is_zero() {
            continue;
        }
        for i in (k + 1..n).filter(|&i| i != j) {
            let product = a[(i, k)].clone() * &top;
            a[(i, j)] += product;
        }
    }
}

impl<F: Field> Factors<F> for Gth<F> {
    fn solve(&self, b: &[F]) -> Result<Vec<F>, FactorError> {
        let (a, n) = (&self.reduced, b.len());
        let mut x = b.to_vec();
        for k in 0..n {
            for i in k + 1..n {
                let product = a[(i, k)].clone() * &x[k];
                x[i] += product;
            }
        }
        for k in (0..n).rev() {
            for j in k + 1..n {
                let product = a[(k, j)].clone() * &x[j];
                x[k] += product;
            }
            x[k] = x[k].clone() / &a[(k, k)];
        }
        Ok(x)
    }

    fn solve_transposed(&self, b: &[F]) -> Result<Vec<F>, FactorError> {
        let (a, n) = (&self.reduced, b.len());
        let mut x = b.to_vec();
        for k in 0..n {
            for i in 0..k {
                let product = a[(i, k)].clone() * &x[i];
                x[k] += product;
            }
            x[k] = x[k].clone() / &a[(k, k)];
        }
        for k in (0..n).rev() {
            for i in k + 1..n {
                let product = a[(i, k)].clone() * &x[i];
                x[k] += product;
            }
        }
        Ok(x)
    }

    fn name(&self) -> &'static str {
        "gth"
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
        let a = DMatrix::from_fn(3, 3, |i, j| rows[i][j].clone());
        let gth = Gth::new(a, vec![q(1, 4), q(1, 3), q(1, 5)]).unwrap();
        let b = [q(1, 7), q(-2, 1), q(3, 5)];
        assert_eq!(gth.solve(&b), lu.solve(&b));
        assert_eq!(gth.solve_transposed(&b), lu.solve_transposed(&b));
    }

    /// Theory, mark 8.9: at a slack of 1e-12, where LU keeps five digits, all digits survive.
    #[test]
    fn nearly_singular_systems_keep_relative_accuracy() {
        let slack = 1e-12;
        let a = DMatrix::from_row_slice(2, 2, &[0.0, 1.0, 0.3, 0.0]);
        let x = Gth::new(a, vec![0.0, slack]).unwrap().solve(&[1.0, 1.0]);
        // x₀ = 1 + x₁ and (0.3 + slack) x₁ = 1 + 0.3 x₀, so x₁ = 1.3/slack
        let expected = 1.3 / slack;
        assert!((x.unwrap()[1] / expected - 1.0).abs() < 4.0 * f64::EPSILON);
    }

    #[test]
    fn a_class_without_a_way_out_is_singular() {
        let a = DMatrix::from_row_slice(2, 2, &[0.0, 1.0, 1.0, 0.0]);
        let error = Gth::new(a, vec![0.0, 0.0]).unwrap_err();
        assert_eq!(error, FactorError::Singular { column: 1 });
    }
}
