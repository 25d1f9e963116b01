//! Balls: numbers with a proven bound on their error, from which certificates are made.
//!
//! A [`Ball`] is a midpoint of twice the working precision, the unevaluated sum of two `f64`, and
//! a radius; it stands for a real number no further from the midpoint than that. Every operation
//! returns a ball that contains the result for all numbers of its operands (theory, section 8), so
//! the whole algebra run over balls encloses every answer: literals as they are written, the
//! exponentials of a softmax, the systems solved ([`crate::linalg::VerifiedFactors`]). Because a
//! midpoint has about 32 digits, answers rounded to `f64` are nearly always the nearest ones.
//!
//! The midpoints are the double-double algorithms of Joldes, Muller & Popescu (2017), *Tight and
//! rigorous error bounds for basic building blocks of double-word arithmetic*; products are split
//! after Dekker (1971). A radius is rounded up by more than its own roundings; none but an exact
//! number has a radius below 10⁻³⁰⁰, so that underflow cannot lose one.

mod functions;
#[cfg(test)]
mod tests;

use std::ops::{Add, Div, Mul, Neg, Sub};

use super::operators::by_value;
use super::{Field, UNIT, as_bound};
use crate::number::{Number, Rational};

/// A real number within `radius` of `high + low`.
///
/// Balls compare by their midpoints: an order for pivots and maxima, not a proof. Two balls are
/// equal if they are the same set, and a ball is zero if it holds nothing else.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Ball {
    /// The `f64` nearest to the midpoint.
    high: f64,
    /// The rest of the midpoint, at most half a unit in the last place of `high`.
    low: f64,
    /// How far the number may be from the midpoint; infinite where nothing is known.
    radius: f64,
}

/// Above 3u² with u = 2⁻⁵³, the relative error of a sum of midpoints.
const SUM_ERROR: f64 = 4.0 * UNIT * UNIT;
/// Above the 8u² of a product of midpoints whose smallest part is left out.
const PRODUCT_ERROR: f64 = 16.0 * UNIT * UNIT;
/// The least radius of a number that is not exact; far above all that underflow can take away.
const TINY: f64 = 1e-300;
/// Below this a product's rounding error may underflow, and only the product itself is kept.
const SPLITTABLE: f64 = 1e-289; // above 2⁻⁹⁶⁰
/// Above this a factor's split may overflow; the fused multiplication, which does not split, is a
/// function call on baseline processors.
const LARGEST_SPLIT: f64 = 1e290;
/// More than eight roundings of nonnegative terms.
const UP: f64 = 1.0 + 8.0 * f64::EPSILON;

impl Ball {
    /// The number itself.
    pub fn exact(x: f64) -> Ball {
        Ball {
            high: x,
            low: 0.0,
            radius: if x.is_finite() { 0.0 } else { f64::INFINITY },
        }
    }

    /// The smallest ball with midpoint of twice the precision around a fraction.
    pub fn enclosing(x: &Rational) -> Ball {
        let high = Field::to_f64(x);
        let Ok(first) = Rational::try_from(high) else {
            return Ball::unknown(high);
        };
        let rest = x - first;
        let low = Field::to_f64(&rest);
        let inexact = Rational::try_from(low) != Ok(rest);
        Ball::around((high, low), low.abs() * f64::EPSILON, inexact)
    }

    /// The midpoint and nothing else: what refines an approximation.
    pub(crate) fn midpoint(self) -> Ball {
        Ball {
            radius: 0.0,
            ..self
        }
    }

    /// The midpoint as a fraction; `None` where it is not finite.
    pub(crate) fn center(self) -> Option<Rational> {
        let [high, low] = [self.high, self.low].map(|part| Rational::try_from(part).ok());
        Some(high? + low?)
    }

    /// The same midpoint, less well known by so much.
    pub fn widened(self, by: f64) -> Ball {
        let inexact = self.radius != 0.0 || by != 0.0;
        Ball::around((self.high, self.low), self.radius + by, inexact)
    }

    /// An upper bound.
    pub fn upper(self) -> f64 {
        let sum = self.high + (self.low + self.radius);
        sum + self.slack(sum)
    }

    /// A lower bound.
    pub fn lower(self) -> f64 {
        let sum = self.high + (self.low - self.radius);
        sum - self.slack(sum)
    }

    /// A bound on the magnitude; infinite where nothing is known.
    pub fn magnitude(self) -> f64 {
        let sum = self.high.abs() + self.low.abs() + self.radius;
        if sum == 0.0 {
            0.0
        } else if sum.is_nan() {
            f64::INFINITY
        } else {
            (sum * UP).max(TINY)
        }
    }

    /// How far the number may be from the midpoint.
    pub fn radius(self) -> f64 {
        self.radius
    }

    /// Whether a fraction is one of the numbers, decided exactly.
    pub fn contains(self, x: &Rational) -> bool {
        if self.radius == f64::INFINITY {
            return true;
        }
        let parts = [self.high, self.low, self.radius].map(Rational::try_from);
        let [Ok(high), Ok(low), Ok(radius)] = parts else {
            return false;
        };
        let distance = x - high - low;
        Field::abs(&distance) <= radius
    }

    /// Nothing is known about the number.
    fn unknown(near: f64) -> Ball {
        Ball {
            high: near,
            low: 0.0,
            radius: f64::INFINITY,
        }
    }

    /// A midpoint and a radius, rounded up; exactly the midpoint if `inexact` is false.
    fn around((high, low): (f64, f64), radius: f64, inexact: bool) -> Ball {
        if !(high.is_finite() && low.is_finite()) {
            return Ball::unknown(high);
        }
        let radius = match inexact {
            false => 0.0,
            true if radius.is_nan() => f64::INFINITY,
            true => (radius * UP).max(TINY),
        };
        Ball { high, low, radius }
    }

    /// What the three roundings of such a sum may have lost: those of low ± radius and of the sum,
    /// and that of adding this.
    fn slack(self, sum: f64) -> f64 {
        if self.low == 0.0 && self.radius == 0.0 {
            0.0
        } else {
            2.0 * f64::EPSILON * (sum.abs() + self.low.abs() + self.radius) + TINY
        }
    }

    fn is_exact(self) -> bool {
        self.radius == 0.0
    }
}

/// a + b = sum + error, exactly.
fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let shared = sum - a;
    (sum, (a - (sum - shared)) + (b - shared))
}

/// a + b = sum + error, exactly, where a = 0 or |a| ≥ |b|: in three operations.
fn fast_two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    (sum, b - (sum - a))
}

/// a · b − product, exactly where 10⁻²⁸⁹ ≤ |product| < ∞.
fn product_error(a: f64, b: f64, product: f64) -> f64 {
    if a.abs().max(b.abs()) > LARGEST_SPLIT {
        return a.mul_add(b, -product);
    }
    let (a_high, a_low) = split(a);
    let (b_high, b_low) = split(b);
    let rest = product - a_high * b_high;
    a_low * b_low - ((rest - a_high * b_low) - a_low * b_high)
}

/// x as the sum of two numbers of 26 bits each.
fn split(x: f64) -> (f64, f64) {
    const FACTOR: f64 = 134_217_729.0; // 2²⁷ + 1
    let scaled = FACTOR * x;
    let high = scaled - (scaled - x);
    (high, x - high)
}

impl Neg for Ball {
    type Output = Ball;
    fn neg(self) -> Ball {
        Ball {
            high: -self.high,
            low: -self.low,
            radius: self.radius,
        }
    }
}

impl Add<&Ball> for Ball {
    type Output = Ball;
    /// Algorithm 6 (AccurateDWPlusDW) of Joldes et al., relative error below 3u².
    fn add(self, y: &Ball) -> Ball {
        let (sum, error) = two_sum(self.high, y.high);
        let exact = self.is_exact() && y.is_exact();
        if self.low == 0.0 && y.low == 0.0 {
            return Ball::around((sum, error), self.radius + y.radius, !exact);
        }
        let (low, low_error) = two_sum(self.low, y.low);
        let (sum, error) = fast_two_sum(sum, error + low);
        let (high, low) = fast_two_sum(sum, error + low_error);
        let rounding = high.abs() * SUM_ERROR;
        Ball::around((high, low), self.radius + y.radius + rounding, true)
    }
}

impl Sub<&Ball> for Ball {
    type Output = Ball;
    fn sub(self, y: &Ball) -> Ball {
        self + -*y
    }
}

impl Mul<&Ball> for Ball {
    type Output = Ball;
    /// With |low| ≤ u|high|: low · low is left out (u²), and five roundings follow (7u²).
    fn mul(self, y: &Ball) -> Ball {
        if self.is_zero() || y.is_zero() {
            return Ball::zero();
        }
        let product = self.high * y.high;
        let spread = self.high.abs() * y.radius + (y.high.abs() + y.radius) * self.radius;
        let spread = as_bound(spread);
        if product.abs() < SPLITTABLE {
            let rounding = product.abs() * (8.0 * UNIT) + TINY;
            return Ball::around((product, 0.0), spread + rounding, true);
        }
        let error = product_error(self.high, y.high, product);
        if self.low == 0.0 && y.low == 0.0 {
            let exact = self.is_exact() && y.is_exact();
            return Ball::around((product, error), spread, !exact);
        }
        let cross = self.high * y.low + self.low * y.high;
        let parts = fast_two_sum(product, error + cross);
        let rounding = product.abs() * PRODUCT_ERROR;
        Ball::around(parts, spread + rounding, true)
    }
}

impl Div<&Ball> for Ball {
    type Output = Ball;
    /// Two steps of long division; the remainder, known as a ball, bounds the error of any
    /// quotient: |x/y − q| ≤ |x − q y|/|y|.
    fn div(self, y: &Ball) -> Ball {
        if self.is_zero() && !y.is_zero() {
            return Ball::zero();
        }
        let least = y.high.abs() * (1.0 - 2.0 * f64::EPSILON) - y.radius;
        let least = least * (1.0 - 4.0 * f64::EPSILON);
        let first = self.high / y.high;
        if !(least > 0.0 && first.is_finite()) {
            return Ball::unknown(first);
        }
        let (x, by) = (self.midpoint(), y.midpoint());
        let remainder = x - Ball::exact(first) * by;
        let (high, low) = fast_two_sum(first, remainder.high / y.high);
        let quotient = Ball {
            high,
            low,
            radius: 0.0,
        };
        let remainder = x - quotient * by;
        if remainder.is_zero() && self.is_exact() && y.is_exact() {
            return quotient;
        }
        let spread = remainder.magnitude() + self.radius + quotient.magnitude() * y.radius;
        Ball::around((high, low), spread * UP / least, true)
    }
}

by_value!(Ball);

impl Field for Ball {
    const EXACT: bool = false;

    fn zero() -> Ball {
        Ball::exact(0.0)
    }

    fn one() -> Ball {
        Ball::exact(1.0)
    }

    fn from_number(x: &Number) -> Ball {
        match x {
            Number::Small {
                numerator,
                denominator,
            } => {
                let whole = Ball::whole(i128::from(*numerator));
                match denominator.get() {
                    1 => whole,
                    denominator => whole / Ball::whole(i128::from(denominator)),
                }
            }
            Number::Large(x) => Ball::enclosing(x),
        }
    }

    fn to_f64(&self) -> f64 {
        self.high
    }

    /// None: the number is known to lie in the ball, not which it is.
    fn to_number(&self) -> Option<Number> {
        None
    }

    fn checked_exp(&self) -> Option<Ball> {
        Some(self.exp())
    }

    fn checked_ln(&self) -> Option<Ball> {
        self.ln()
    }

    fn checked_pow(&self, p: &Ball) -> Option<Ball> {
        self.pow(p)
    }

    /// The midpoint, or 0 where that is one of the numbers and no better known than to 10⁻¹⁸.
    fn certified(&self) -> Option<(f64, f64)> {
        let around_zero = self.high.abs() <= self.radius && self.radius <= 1e-18;
        Some(if around_zero {
            (0.0, self.magnitude())
        } else {
            (self.high, (*self - Ball::exact(self.high)).magnitude())
        })
    }
}

impl Ball {
    /// An integer of at most 64 bits and its sign, exactly.
    fn whole(x: i128) -> Ball {
        let high = x as f64;
        let low = (x - high as i128) as f64;
        Ball {
            high,
            low,
            radius: 0.0,
        }
    }
}
