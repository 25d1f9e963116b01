//! Small systems of numbers with proven bounds, whatever their matrices are: those that refinement is proven for dominate
//! their rows, which no normal equation does.

use nalgebra::DMatrix;

use crate::linalg::Solvable;

/// x of Ax = b by Gaussian elimination with partial pivoting, all of it over the field, so that x has bounds where numbers do;
/// `None` where a pivot may be 0.
pub(super) fn solution<F: Solvable>(mut a: DMatrix<F>, mut b: Vec<F>) -> Option<Vec<F>> {
    let n = b.len();
    for k in 0..n {
        let size = |i: &usize| a[(*i, k)].to_f64().abs();
        let pivot = (k..n).max_by(|i, j| size(i).total_cmp(&size(j)))?;
        if may_be_zero(&a[(pivot, k)]) {
            return None;
        }
        a.swap_rows(k, pivot);
        b.swap(k, pivot);
        for i in k + 1..n {
            if a[(i, k)].is_zero() {
                continue;
            }
            let times = a[(i, k)].clone() / &a[(k, k)];
            for j in k + 1..n {
                let part = a[(k, j)].clone() * &times;
                a[(i, j)] -= part;
            }
            let part = b[k].clone() * &times;
            b[i] -= part;
        }
    }
    for k in (0..n).rev() {
        for j in k + 1..n {
            let part = a[(k, j)].clone() * &b[j];
            b[k] -= part;
        }
        b[k] = b[k].clone() / &a[(k, k)];
    }
    Some(b)
}

fn may_be_zero<F: Solvable>(x: &F) -> bool {
    let (value, bound) = x.certified().unwrap_or((x.to_f64(), 0.0));
    // a bound that is no number bounds nothing
    value == 0.0 || value.abs() <= bound || !value.is_finite() || bound.is_nan()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::{Ball, Field};
    use crate::number::{Number, Rational};

    /// Hilbert's matrix of 9 rows, whose condition is 5 · 10¹¹, against fractions; and a matrix without an inverse.
    #[test]
    fn what_is_nearly_singular_is_enclosed() {
        let entry = |i: usize, j: usize| Number::ratio(1, (i + j + 1) as u64).unwrap();
        let exact = DMatrix::from_fn(9, 9, |i, j| Rational::from_number(&entry(i, j)));
        let right = solution(exact, vec![Rational::one(); 9]).unwrap();
        let balls = DMatrix::from_fn(9, 9, |i, j| Ball::from_number(&entry(i, j)));
        let found = solution(balls, vec![Ball::one(); 9]).unwrap();
        for (x, right) in found.iter().zip(&right) {
            assert!(x.contains(right), "{x:?} {right}");
            // x is up to 1,261,260; bounds grow by the step, and the first, 9, is known to 10⁻⁷
            assert!(x.radius() <= 1e-6, "{x:?} {right}");
        }
        let third = Ball::from_number(&Number::ratio(1, 3).unwrap());
        let rows = DMatrix::from_fn(2, 2, |_, _| third);
        assert_eq!(solution(rows, vec![Ball::one(); 2]), None);
    }
}
