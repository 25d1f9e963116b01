//! Exact fractions as a field: every answer is the true one.

use super::Field;
use crate::number::{Number, Rational};

impl Field for Rational {
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

    fn to_number(&self) -> Option<Number> {
        Some(Number::from(self.clone()))
    }

    fn checked_exp(&self) -> Option<Rational> {
        self.is_zero().then_some(Rational::ONE)
    }

    fn checked_ln(&self) -> Option<Rational> {
        self.is_one().then_some(Rational::ZERO)
    }

    fn checked_pow(&self, p: &Rational) -> Option<Rational> {
        if self.is_zero() && *p < Rational::ZERO {
            return None;
        }
        if p.is_zero() || self.is_one() {
            return Some(Rational::ONE);
        }
        if self.is_zero() {
            return Some(Rational::ZERO);
        }
        let whole = p.is_int().then(|| isize::try_from(p.numerator().clone()));
        whole?.ok().map(|p| self.pow(p))
    }
}
