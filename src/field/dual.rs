//! Dual numbers x + εx' with ε² = 0: running the algebra over them yields a derivative.
//!
//! A linear system A x = b over dual numbers splits into A x = b and A x' = b' − A'x with the same
//! real factors (theory, section 4.2).

use std::cmp::Ordering;
use std::ops::{Add, Div, Mul, Neg, Sub};
use std::sync::Arc;

use super::operators::by_value;
use super::{Field, Real};
use crate::linalg::{Csr, FactorError, Factors, SolverOptions, slack};
use crate::number::Number;

/// A value with its derivative along one direction.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Dual {
    /// The value.
    pub value: f64,
    /// Its derivative.
    pub derivative: f64,
}

impl Dual {
    /// A value that does not depend on the direction.
    pub fn constant(value: f64) -> Dual {
        Dual {
            value,
            derivative: 0.0,
        }
    }

    /// The variable itself: derivative 1.
    pub fn variable(value: f64) -> Dual {
        Dual {
            value,
            derivative: 1.0,
        }
    }

    fn chain(value: f64, slope: f64, inner: f64) -> Dual {
        // a constant stays constant even where the slope is infinite
        let derivative = if inner == 0.0 { 0.0 } else { slope * inner };
        Dual { value, derivative }
    }
}

impl PartialOrd for Dual {
    fn partial_cmp(&self, other: &Dual) -> Option<Ordering> {
        self.value.partial_cmp(&other.value)
    }
}

impl Neg for Dual {
    type Output = Dual;
    fn neg(self) -> Dual {
        Dual {
            value: -self.value,
            derivative: -self.derivative,
        }
    }
}

impl Add<&Dual> for Dual {
    type Output = Dual;
    fn add(self, y: &Dual) -> Dual {
        Dual {
            value: self.value + y.value,
            derivative: self.derivative + y.derivative,
        }
    }
}

impl Sub<&Dual> for Dual {
    type Output = Dual;
    fn sub(self, y: &Dual) -> Dual {
        Dual {
            value: self.value - y.value,
            derivative: self.derivative - y.derivative,
        }
    }
}

impl Mul<&Dual> for Dual {
    type Output = Dual;
    fn mul(self, y: &Dual) -> Dual {
        Dual {
            value: self.value * y.value,
            derivative: self.derivative * y.value + self.value * y.derivative,
        }
    }
}

impl Div<&Dual> for Dual {
    type Output = Dual;
    fn div(self, y: &Dual) -> Dual {
        let value = self.value / y.value;
        // a constant divisor adds nothing even where the quotient overflows
        let carried = match y.derivative {
            0.0 => 0.0,
            slope => value * slope,
        };
        Dual {
            value,
            derivative: (self.derivative - carried) / y.value,
        }
    }
}

by_value!(Dual);

impl Field for Dual {
    type Factors = DualFactors;
    const EXACT: bool = false;

    fn zero() -> Dual {
        Dual::constant(0.0)
    }

    fn one() -> Dual {
        Dual::constant(1.0)
    }

    fn from_number(x: &Number) -> Dual {
        Dual::constant(x.to_f64())
    }

    fn to_f64(&self) -> f64 {
        self.value
    }

    fn to_number(&self) -> Option<Number> {
        Number::from_f64(self.value)
    }

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

    fn checked_exp(&self) -> Option<Dual> {
        Some(Real::exp(self))
    }

    fn checked_ln(&self) -> Option<Dual> {
        Some(Real::ln(self))
    }

    fn checked_pow(&self, p: &Dual) -> Option<Dual> {
        let defined = self.to_f64() > 0.0 || p.to_f64() >= 0.0;
        defined.then(|| Real::powf(self, p.to_f64()))
    }
}

impl Real for Dual {
    fn exp(&self) -> Dual {
        let value = self.value.exp();
        Dual::chain(value, value, self.derivative)
    }

    fn ln(&self) -> Dual {
        Dual::chain(self.value.ln(), 1.0 / self.value, self.derivative)
    }

    fn powf(&self, p: f64) -> Dual {
        let slope = match p {
            0.0 => 0.0,
            _ => p * self.value.powf(p - 1.0),
        };
        Dual::chain(self.value.powf(p), slope, self.derivative)
    }
}

/// The factors of a dual matrix: those of its value, and its derivative.
pub struct DualFactors {
    value: Arc<<f64 as Field>::Factors>,
    derivative: Csr<f64>,
    /// The derivative of the slacks.
    slack: Option<Vec<f64>>,
}

impl DualFactors {
    /// From the factors of A, from A' and, if they are known, from the slacks of A, whose
    /// derivatives spare A'x its cancellation; the factors may be shared between directions.
    pub fn new(
        value: Arc<<f64 as Field>::Factors>,
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
