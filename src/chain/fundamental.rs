//! The fundamental matrix of a chain.

use nalgebra::DMatrix;

use super::LongRun;
use crate::linalg::Solvable;

/// Z = D + P* = I + P D, of D and P* of the same chain (Kemeny & Snell 1960; Puterman 1994, A.5).
///
/// Both sums are the same, and where one is a small difference of large terms the other often is not: on the way to where
/// a chain is absorbed for ever D + P* is 1 − E steps, and of P D every term has one sign. Of each entry that is taken
/// whose terms are smaller.
pub fn fundamental_matrix<F: Solvable>(
    long_run: &LongRun<F>,
    deviation: &DMatrix<F>,
    limiting: &DMatrix<F>,
) -> DMatrix<F> {
    let p = long_run.p();
    let entry = |s: usize, to: usize| {
        let (own, limit) = (&deviation[(s, to)], &limiting[(s, to)]);
        let plain = own.clone() + limit;
        if F::EXACT {
            return plain;
        }
        let mut ahead = if s == to { F::one() } else { F::zero() };
        let mut size = ahead.to_f64();
        for (next, p) in p.row(s) {
            let term = p.clone() * &deviation[(next, to)];
            size += term.to_f64().abs();
            ahead += term;
        }
        if size < own.to_f64().abs() + limit.to_f64().abs() {
            ahead
        } else {
            plain
        }
    };
    DMatrix::from_fn(p.rows(), p.rows(), entry)
}
