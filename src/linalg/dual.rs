//! Linear systems over dual numbers.
//!
//! A x = b over dual numbers splits into A x = b and A x' = b' − A'x with the same real factors
//! (theory, section 4.2).

use std::sync::Arc;

use super::{Csr, FactorError, Factors, Solvable, SolverOptions, slack};
use crate::field::Dual;

/// The factors of a dual matrix: those of its value, and its derivative.
pub struct DualFactors {
    value: Arc<<f64 as Solvable>::Factors>,
    derivative: Csr<f64>,
    /// The derivative of the slacks.
    slack: Option<Vec<f64>>,
}

impl DualFactors {
    /// From the factors of A, from A' and, if they are known, from the slacks of A, whose
    /// derivatives spare A'x its cancellation; the factors may be shared between directions.
    pub fn new(
        value: Arc<<f64 as Solvable>::Factors>,
        derivative: Csr<f64>,
        slack: Option<&[Dual]>,
    ) -> DualFactors {
        let slack = slack.map(|slack| slack.iter().map(|x| x.derivative).collect());
        DualFactors {
            value,
            derivative,
            slack,
        }
    }

    /// A' x.
    fn derivative_times(&self, x: &[f64]) -> Vec<f64> {
        match &self.slack {
            Some(slack) => slack::product(&self.derivative, slack, x),
            None => self.derivative.mul(x),
        }
    }

    fn assemble(
        b: &[Dual],
        solve: impl Fn(&[f64]) -> Result<Vec<f64>, FactorError>,
        derivative_times: impl Fn(&[f64]) -> Vec<f64>,
    ) -> Result<Vec<Dual>, FactorError> {
        let (values, slopes): (Vec<f64>, Vec<f64>) =
            b.iter().map(|x| (x.value, x.derivative)).unzip();
        let x = solve(&values)?;
        let a_prime_x = derivative_times(&x);
        let right: Vec<f64> = slopes.iter().zip(&a_prime_x).map(|(b, a)| b - a).collect();
        let x_prime = solve(&right)?;
        Ok(x.into_iter()
            .zip(x_prime)
            .map(|(value, derivative)| Dual { value, derivative })
            .collect())
    }
}

impl Factors<Dual> for DualFactors {
    fn solve(&self, b: &[Dual]) -> Result<Vec<Dual>, FactorError> {
        DualFactors::assemble(b, |b| self.value.solve(b), |x| self.derivative_times(x))
    }

    fn solve_transposed(&self, b: &[Dual]) -> Result<Vec<Dual>, FactorError> {
        DualFactors::assemble(
            b,
            |b| self.value.solve_transposed(b),
            |x| self.derivative.mul_transposed(x),
        )
    }

    fn is_componentwise(&self) -> bool {
        self.value.is_componentwise()
    }

    fn is_direct(&self) -> bool {
        self.value.is_direct()
    }

    fn name(&self) -> &'static str {
        self.value.name()
    }
}

impl Solvable for Dual {
    type Factors = DualFactors;

    fn factor(
        matrix: impl Into<Arc<Csr<Dual>>>,
        options: &SolverOptions,
    ) -> Result<DualFactors, FactorError> {
        let matrix = matrix.into();
        let value = f64::factor(matrix.map(|x| x.value), options)?;
        let derivative = matrix.map(|x| x.derivative);
        Ok(DualFactors::new(Arc::new(value), derivative, None))
    }

    fn factor_dominant(
        matrix: impl Into<Arc<Csr<Dual>>>,
        slack: &[Dual],
        options: &SolverOptions,
    ) -> Result<DualFactors, FactorError> {
        let matrix = matrix.into();
        let values: Vec<f64> = slack.iter().map(|x| x.value).collect();
        let value = f64::factor_dominant(matrix.map(|x| x.value), &values, options)?;
        let derivative = matrix.map(|x| x.derivative);
        Ok(DualFactors::new(Arc::new(value), derivative, Some(slack)))
    }
}
