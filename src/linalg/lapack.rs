//! Dense LU by the system's LAPACK (feature `lapack`).

use nalgebra::DMatrix;

use super::{Csr, FactorError, Factors};

/// Dense P A = L U by `dgetrf`, and solves by `dgetrs`.
#[derive(Clone, Debug)]
pub struct LapackLu {
    lu: nalgebra_lapack::LU<f64, nalgebra::Dyn, nalgebra::Dyn>,
}

impl LapackLu {
    /// Factors a square matrix.
    ///
    /// Errors with [`FactorError::Singular`] if a pivot is 0 or not a number.
    pub fn new(a: &Csr<f64>) -> Result<LapackLu, FactorError> {
        let n = a.rows();
        if n == 0 || i32::try_from(n).is_err() {
            return Err(FactorError::TooLarge);
        }
        FactorError::check_dense::<f64>(n, 3)?;
        let mut dense = DMatrix::zeros(n, n);
        for row in 0..n {
            for (column, &value) in a.row(row) {
                dense[(row, column)] = value;
            }
        }
        let lu = nalgebra_lapack::LU::new(dense);
        let upper = lu.u();
        match (0..n).find(|&k| upper[(k, k)] == 0.0 || !upper[(k, k)].is_finite()) {
            Some(column) => Err(FactorError::Singular { column }),
            None => Ok(LapackLu { lu }),
        }
    }
}

fn column(b: &[f64]) -> DMatrix<f64> {
    DMatrix::from_column_slice(b.len(), 1, b)
}

/// LAPACK refuses only shapes that do not fit; ours do.
fn solved(done: bool, x: DMatrix<f64>) -> Result<DMatrix<f64>, FactorError> {
    assert!(done, "the right-hand side has the rows of the matrix");
    Ok(x)
}

impl Factors<f64> for LapackLu {
    fn solve(&self, b: &[f64]) -> Result<Vec<f64>, FactorError> {
        Ok(self.solve_many(column(b))?.data.into())
    }

    fn solve_transposed(&self, b: &[f64]) -> Result<Vec<f64>, FactorError> {
        Ok(self.solve_transposed_many(column(b))?.data.into())
    }

    fn solve_many(&self, mut b: DMatrix<f64>) -> Result<DMatrix<f64>, FactorError> {
        solved(self.lu.solve_mut(&mut b), b)
    }

    fn solve_transposed_many(&self, mut b: DMatrix<f64>) -> Result<DMatrix<f64>, FactorError> {
        solved(self.lu.solve_transpose_mut(&mut b), b)
    }

    fn name(&self) -> &'static str {
        "lapack"
    }
}
