//! What is no fraction, to twelve decimals.

use std::f64::consts::LN_10;

use dashu_base::SquareRoot;
use dashu_int::{IBig, UBig};

use crate::field::{Ball, Field};
use crate::number::{Number, Rational};

/// Why a formula has no value somewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Undefined {
    #[error("divides by 0")]
    Zero,
    #[error("is no real number, or too large for one")]
    NotReal,
}

/// Decimals of what is no fraction.
const DECIMALS: f64 = 1e12;
const PLACES: usize = 12;

/// More zeros behind the point than any number has that can be written; a choice.
const MOST: f64 = 400.0;

/// √x to twelve decimals, or to twelve digits where it is small.
pub(super) fn root(x: &Rational) -> Result<Rational, Undefined> {
    if x.is_zero() {
        return Ok(Rational::ZERO);
    }
    let size = Field::to_f64(x);
    let Ok(numerator) = UBig::try_from(x.numerator().clone()) else {
        return Err(Undefined::NotReal);
    };
    let zeros = (-0.5 * size.log10()).floor().clamp(0.0, MOST) as usize;
    let unit = UBig::from(10u8).pow(PLACES + zeros);
    // twice the number of units, rounded down: half of the next one is the nearest number of units
    let twice = (UBig::from(4u8) * numerator * &unit * &unit / x.denominator()).sqrt();
    let units = (twice + UBig::from(1u8)) / UBig::from(2u8);
    Ok(Rational::from_parts(IBig::from(units), unit))
}

/// eˣ to twelve decimals, or to twelve digits where it is small; of thirty digits at most.
pub(super) fn exponential(x: &Rational) -> Result<Rational, Undefined> {
    let power = Ball::enclosing(x).checked_exp();
    let power = power.and_then(Ball::center).ok_or(Undefined::NotReal)?;
    let zeros = (-Field::to_f64(x) / LN_10).floor().clamp(0.0, MOST) as usize;
    let unit = UBig::from(10u8).pow(PLACES + zeros);
    let half = Rational::from_parts(IBig::from(1u8), UBig::from(2u8));
    let units = (power * Rational::from(unit.clone()) + half).floor();
    Ok(Rational::from_parts(units, unit))
}

/// cos x and sin x of all digits of x: a float of it, then one of what that leaves, each turned by the next.
pub(super) fn turned(x: &Rational) -> Result<(f64, f64), Undefined> {
    // moves no decimal
    const LEFT: f64 = 1e-20;
    let mut rest = x.clone();
    let (mut cos, mut sin) = (1.0, 0.0);
    loop {
        let part = rest.to_f64().value();
        if part.abs() < LEFT {
            return Ok((cos, sin));
        }
        let exact = Number::from_f64(part).ok_or(Undefined::NotReal)?;
        rest -= exact.to_rational();
        let (by_sin, by_cos) = part.sin_cos();
        (cos, sin) = (cos * by_cos - sin * by_sin, sin * by_cos + cos * by_sin);
    }
}

/// To twelve decimals.
pub(super) fn rounded(x: f64) -> Result<Rational, Undefined> {
    let scaled = (x * DECIMALS).round();
    let number = Number::from_f64(scaled).ok_or(Undefined::NotReal)?;
    let unit = Number::from_f64(DECIMALS).ok_or(Undefined::NotReal)?;
    Ok(number.to_rational() / unit.to_rational())
}
