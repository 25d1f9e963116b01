//! Exact fractions as a field: every answer is the true one.

use super::Field;
use crate::linalg::{Csr, ExactLu, FactorError, SolverOptions};
use crate::number::{Number, Rational};

impl Field for Rational {
    type Factors = ExactLu<Rational>;
    const EXACT: bool = true;

    fn zero() -> Rational {
        Rational::ZERO
    }

    fn one() -> Rational {
        Rational::ONE
    }

    fn from_number(x: &Number) -> Rational {
        x.to_rational()
    }

    fn to_f64(&self) -> f64 {
        Rational::to_f64(self).value()
    }

    fn factor(matrix: Csr<Rational>, _: &SolverOptions) -> Result<Self::Factors, FactorError> {
        ExactLu::new(matrix)
    }
}
