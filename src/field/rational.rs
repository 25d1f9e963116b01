//! Exact fractions as a field: every answer is the true one.

use dashu_base::{BitTest, DivEuclid};
use dashu_int::{IBig, UBig};

use super::Field;
use crate::number::{Number, Rational};

/// Binary digits of numerator and denominator from which on a fraction is called long; a choice.
const LONG: usize = 2048;

/// Binary digits that are left of a long one; a choice.
const SHORT: usize = 512;

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
    fn shortened(&self) -> Option<(Rational, Rational)> {
        let (numerator, denominator) = (self.numerator(), self.denominator());
        let digits = (numerator.bit_len(), denominator.bit_len());
        if digits.0 + digits.1 <= LONG {
            return None;
        }
        // x 2^shift has so many digits before the point
        let (up, down) = (SHORT + digits.1, digits.0);
        let (shift, is_up) = (up.abs_diff(down), up > down);
        let denominator = IBig::from(denominator.clone());
        let whole = if is_up {
            (numerator.clone() << shift).div_euclid(denominator)
        } else {
            numerator.clone().div_euclid(denominator << shift)
        };
        let scaled = |whole: IBig| {
            if is_up {
                Rational::from_parts(whole, UBig::ONE << shift)
            } else {
                Rational::from(whole << shift)
            }
        };
        Some((scaled(whole.clone()), scaled(whole + IBig::ONE)))
    }
}
