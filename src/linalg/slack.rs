//! Products with A = I − P by its off-diagonal entries and its slacks σᵢ = 1 − Σⱼ Pᵢⱼ.
//!
//! ```text
//! (A x)ᵢ = σᵢ xᵢ + Σ_{j≠i} Aᵢⱼ (xⱼ − xᵢ)
//! ```
//!
//! Where A is nearly singular, x is nearly constant and large: the plain product is a small
//! difference of large numbers, and this one is not (theory, section 8, *GTH-type elimination*).

use super::Csr;
use crate::field::Field;

/// A x; the diagonal of `a` is not read.
pub fn product<F: Field>(a: &Csr<F>, slack: &[F], x: &[F]) -> Vec<F> {
    let rows = (0..a.rows()).zip(slack.iter().zip(x));
    rows.map(|(i, (slack, own))| row(a, i, slack, x, own))
        .collect()
}

/// A component of A x, from a row of A, its slack and the same component of x.
pub(super) fn row<F: Field>(a: &Csr<F>, i: usize, slack: &F, x: &[F], own: &F) -> F {
    slack.clone() * own + a.row_times_rise(i, x, own)
}

/// b − A x; the diagonal of `a` is not read.
pub fn residual<F: Field>(a: &Csr<F>, slack: &[F], b: &[F], x: &[F]) -> Vec<F> {
    let product = product(a, slack, x);
    b.iter().zip(product).map(|(b, y)| b.clone() - y).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// x = 10¹² (1, 1 + 10⁻¹²) solves A x = b with slacks 10⁻¹²: A x is of order 1, and the plain
    /// product errs by the last digits of x.
    #[test]
    fn products_of_a_nearly_singular_matrix_keep_their_digits() {
        let slack = [1e-12, 3e-12];
        let p = Csr::from_rows(2, [vec![(0, 0.3), (1, 0.7)], vec![(0, 0.9), (1, 0.1)]]);
        let a = p.identity_minus_scaled(&1.0);
        let x = [1e12, 1e12 + 1.0];
        let y = product(&a, &slack, &x);
        assert!((y[0] - 0.3).abs() <= 4.0 * f64::EPSILON, "{y:?}");
        assert!((y[1] - 3.9 - 3e-12).abs() <= 16.0 * f64::EPSILON, "{y:?}");
        assert_eq!(residual(&a, &slack, &y, &x), [0.0, 0.0]);
    }
}
