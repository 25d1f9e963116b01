//! Which solver serves an `f64` system, and the stated rule that chooses it.

mod options;
mod served;

pub use options::{SolverKind, SolverOptions};
pub use served::GTH_ROWS;
pub(crate) use served::MODERATE;

use nalgebra::DMatrix;

use super::{Blocks, FactorError, Factors, largest_or_nan};
use served::Served;

/// The solver of an `f64` system.
#[derive(Debug)]
pub struct Solver {
    served: Served,
    /// Whether A⁻¹ ≥ 0, so that no answer to b ≥ 0 is negative.
    positive: bool,
}

impl Solver {
    /// Factors a matrix with the chosen solver.
    ///
    /// `Auto` takes, for a matrix of n rows,
    /// - dense LU, if n ≤ 64, or if n ≤ 400 and an eighth of the entries or more are stored;
    /// - sparse LU, if n ≤ 2000 and the symbolic fill promises at most 10⁸ multiplications;
    /// - else BiCGSTAB, as long as it certifies its answers within 500 iterations (n/64 if dense);
    ///   from the first that it does not, and where there are so many right-hand sides that this
    ///   costs less, dense or sparse LU takes over.
    ///
    /// Errors if the matrix is singular, if LU does not fit into memory, if `Krylov` was asked for
    /// and has no certificate, and if the build lacks `Lapack`.
    pub fn new(
        matrix: impl Into<Blocks<f64>>,
        options: &SolverOptions,
    ) -> Result<Solver, FactorError> {
        Ok(Solver {
            served: Served::new(matrix.into(), options)?,
            positive: false,
        })
    }

    /// A solver of A x = b for A = I − P with P ≥ 0, given also by its slacks 1 − Σⱼ P(i, j), none of which is
    /// negative (as one is where written probabilities sum to more than 1). `Auto` takes the
    /// elimination without subtraction, accurate in every component,
    /// - dense ([`Gth`](super::Gth)), if n ≤ 300, or if n ≤ 400 and an eighth of the entries or more are stored;
    /// - dense or sparse ([`SparseGth`](super::SparseGth)) up to 4 · 10⁹ multiplications, if ‖A⁻¹‖∞ is not known to be
    ///   below 2000, so that an iteration would lose digits;
    /// - else what [`Solver::new`] says.
    ///
    /// A⁻¹ = Σ Pᵗ ≥ 0. So where other solvers answer to b ≥ 0 with something negative, that is cut
    /// off at 0, which is nearer to the truth, or it is an error if it is not small.
    ///
    /// Sparse LU refines its answers by the slacks.
    ///
    /// Errors if the matrix is singular, if LU does not fit into memory, if `Krylov` was asked for
    /// and has no certificate, if the build lacks `Lapack`, and with [`FactorError::Lost`] where factors that subtract have
    /// no digit left.
    pub fn dominant(
        matrix: impl Into<Blocks<f64>>,
        slack: &[f64],
        options: &SolverOptions,
    ) -> Result<Solver, FactorError> {
        let matrix = matrix.into();
        // A = I − P with P ≥ 0 off the diagonal and no row sum of P above 1
        let positive = slack.iter().all(|&slack| slack >= 0.0) && matrix.is_z_matrix();
        let served = if positive {
            Served::dominant(matrix.clone(), slack, options)
        } else {
            Served::refined(matrix.clone(), slack, options)
        };
        let solver = Solver {
            served: served?,
            positive,
        };
        if positive && options.inverse_norm.is_none() && solver.subtracts() {
            solver.confirm(&matrix, slack)?;
        }
        Ok(solver)
    }

    /// Whether factors are here that may have drowned.
    fn subtracts(&self) -> bool {
        matches!(self.served, Served::Direct(_)) && !self.is_componentwise()
    }

    /// Errors with [`FactorError::Lost`] unless z of A z = 1 proves that ‖A⁻¹‖∞ ≤ 2 max z: where 1 − A z is at most 1/2,
    /// A⁻¹ 1 ≤ z + A⁻¹ 1/2. Factors that have lost all digits have a norm as wrong as their answers.
    fn confirm(&self, matrix: &Blocks<f64>, slack: &[f64]) -> Result<(), FactorError> {
        let ones = vec![1.0; slack.len()];
        let z = self.solve(&ones)?;
        let unit = (matrix.longest_row() + 16) as f64 * f64::EPSILON / 2.0;
        let mut left = Vec::with_capacity(z.len());
        matrix.each_residual(Some(slack), &ones, &z, |row, entries, e| {
            let flows = entries.magnitudes();
            let flows = flows.map(|(next, size)| size * (z[next] - z[row]).abs());
            let size = 1.0 + flows.sum::<f64>() + (slack[row] * z[row]).abs();
            left.push(e.abs() + unit * size);
        });
        let residual = largest_or_nan(&left);
        if residual <= HALF {
            Ok(())
        } else {
            Err(FactorError::Lost { residual })
        }
    }

    /// An answer to b, without what can only be rounding.
    fn signed(&self, b: &[f64], mut x: Vec<f64>) -> Result<Vec<f64>, FactorError> {
        if !self.positive || self.is_componentwise() || b.iter().any(|&b| b < 0.0) {
            return Ok(x);
        }
        let size = x.iter().fold(0.0, |size, x| f64::max(size, x.abs()));
        if let Some(row) = x.iter().position(|&x| x < -DROWNED * size) {
            let value = x[row];
            return Err(FactorError::Drowned { row, value, size });
        }
        x.iter_mut().filter(|x| **x < 0.0).for_each(|x| *x = 0.0);
        Ok(x)
    }
}

/// Relative to the largest component: a negative one beyond this is no rounding error that leaves
/// the others their digits. The number is a choice.
const DROWNED: f64 = 1e-9;

/// What may be left of 1 where a solution bounds the inverse.
const HALF: f64 = 0.5;

impl Factors<f64> for Solver {
    fn solve(&self, b: &[f64]) -> Result<Vec<f64>, FactorError> {
        self.signed(b, self.served.solve(b)?)
    }

    fn solve_transposed(&self, b: &[f64]) -> Result<Vec<f64>, FactorError> {
        self.signed(b, self.served.solve_transposed(b)?)
    }

    fn solve_roughly(&self, b: &[f64]) -> Result<Vec<f64>, FactorError> {
        if self.is_direct() {
            return self.solve(b);
        }
        self.served.solve_roughly(b)
    }

    fn solve_transposed_roughly(&self, b: &[f64]) -> Result<Vec<f64>, FactorError> {
        if self.is_direct() {
            return self.solve_transposed(b);
        }
        self.served.solve_transposed_roughly(b)
    }

    fn solve_many(&self, b: DMatrix<f64>) -> Result<DMatrix<f64>, FactorError> {
        self.served.solve_many(b)
    }

    fn solve_transposed_many(&self, b: DMatrix<f64>) -> Result<DMatrix<f64>, FactorError> {
        self.served.solve_transposed_many(b)
    }

    fn inverse(&self, rows: usize) -> Result<DMatrix<f64>, FactorError> {
        self.served.inverse(rows)
    }

    fn is_componentwise(&self) -> bool {
        self.served.is_componentwise()
    }

    fn is_direct(&self) -> bool {
        self.served.is_direct()
    }

    fn name(&self) -> &'static str {
        self.served.name()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::linalg::Csr;

    /// A walk on a torus, too large for a factorization at once: one right side is iterated, for
    /// hundreds the factors pay.
    #[test]
    fn a_factorization_takes_over_where_many_right_sides_make_it_cheaper() {
        const SIDE: usize = 50;
        let row = |i: usize| {
            let (x, y) = (i % SIDE, i / SIDE);
            let at = |x: usize, y: usize| (x % SIDE + y % SIDE * SIDE, -0.95 / 4.0);
            let around = [
                at(x + 1, y),
                at(x + SIDE - 1, y),
                at(x, y + 1),
                at(x, y + SIDE - 1),
            ];
            around.into_iter().chain([(i, 1.0)])
        };
        let matrix = Csr::from_rows(SIDE * SIDE, (0..SIDE * SIDE).map(row));
        let solver = Solver::new(Arc::new(matrix), &SolverOptions::default()).unwrap();
        let ones = |columns| DMatrix::from_element(SIDE * SIDE, columns, 1.0);
        let few = solver.solve_many(ones(2)).unwrap();
        assert_eq!(solver.name(), "krylov");
        let many = solver.solve_many(ones(200)).unwrap();
        assert_eq!(solver.name(), "sparse after krylov");
        // rows sum to 1 − 0.95
        for x in few.iter().chain(many.iter()) {
            assert!((x - 20.0).abs() <= 1e-9, "{x}");
        }
    }
}
