//! Numbers as a file writes them: exact, and small in memory.
//!
//! A literal of a model file (`0.1`, `9/10`, `1e-3`) denotes exactly one rational number. A
//! [`Number`] holds that value; it is rounded once, to the nearest `f64`, where floating point is
//! asked for (theory, section 8, *Conditioning*, says what the rounding costs).

mod literal;
mod short;
mod tens;
mod written;

pub use literal::LiteralError;
pub(crate) use short::{digits, leading};
pub(crate) use tens::Tens;
pub(crate) use written::Literal;

use std::fmt;
use std::num::NonZeroU64;

use dashu_int::{IBig, UBig};
use dashu_ratio::RBig;

/// Exact fractions of any size, always in lowest terms.
pub type Rational = RBig;

/// An exact rational number that usually fits in two machine words.
///
/// In lowest terms, the denominator positive; two equal values compare equal.
///
/// ```
/// use exact_mdp::number::Number;
///
/// let third: Number = "1/3".parse()?;
/// assert_eq!(third, Number::ratio(1, 3).ok_or("no denominator")?);
/// assert_eq!("0.1".parse::<Number>()?, Number::ratio(1, 10).ok_or("no denominator")?);
/// // rounded once
/// assert_eq!(third.to_f64(), 1.0 / 3.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Number {
    /// Numerator and denominator fit in 64 bits.
    Small {
        /// The signed numerator.
        numerator: i64,
        /// The positive denominator; that it is not 0 saves the enum its tag.
        denominator: NonZeroU64,
    },
    /// Everything else.
    Large(Box<Rational>),
}

impl Number {
    /// The number 0.
    pub const ZERO: Number = Number::Small {
        numerator: 0,
        denominator: NonZeroU64::MIN,
    };
    /// The number 1.
    pub const ONE: Number = Number::Small {
        numerator: 1,
        denominator: NonZeroU64::MIN,
    };

    /// `numerator / denominator` in lowest terms; `None` if the denominator is 0.
    pub fn ratio(numerator: i64, denominator: u64) -> Option<Number> {
        if denominator == 0 {
            return None;
        }
        let magnitude = numerator.unsigned_abs();
        let divisor = match Tens::of(denominator) {
            Some(tens) => tens.shared(magnitude),
            None => gcd(magnitude, denominator).max(1),
        };
        if divisor == 1 {
            let denominator = NonZeroU64::new(denominator)?;
            return Some(Number::Small {
                numerator,
                denominator,
            });
        }
        let magnitude = magnitude / divisor;
        let numerator = if numerator < 0 {
            0i64.checked_sub_unsigned(magnitude)?
        } else {
            i64::try_from(magnitude).ok()?
        };
        Some(Number::Small {
            numerator,
            denominator: NonZeroU64::new(denominator / divisor)?,
        })
    }

    /// The exact value of a finite `f64`; `None` for an infinity or a NaN.
    pub fn from_f64(x: f64) -> Option<Number> {
        binary(x).or_else(|| Rational::try_from(x).ok().map(Number::from))
    }

    /// Whether the number is 0.
    pub fn is_zero(&self) -> bool {
        matches!(self, Number::Small { numerator: 0, .. })
    }

    /// Whether the number is below 0.
    pub fn is_negative(&self) -> bool {
        match self {
            Number::Small { numerator, .. } => *numerator < 0,
            Number::Large(x) => **x < Rational::ZERO,
        }
    }

    /// The nearest `f64`, ties to even; an infinity where the number is too large for one.
    pub fn to_f64(&self) -> f64 {
        // whole numbers up to this are doubles, and a quotient of two is rounded once
        const EXACT: u64 = 1 << 53;
        match self {
            Number::Small {
                numerator,
                denominator,
            } if numerator.unsigned_abs() <= EXACT
                && (denominator.get() <= EXACT || denominator.is_power_of_two()) =>
            {
                // both operands are exact, so the quotient is rounded once
                *numerator as f64 / denominator.get() as f64
            }
            Number::Small {
                numerator,
                denominator,
            } => {
                let nearest = quotient(numerator.unsigned_abs(), denominator.get());
                if *numerator < 0 { -nearest } else { nearest }
            }
            _ => self.to_rational().to_f64().value(),
        }
    }

    /// The number as a fraction of unlimited size.
    pub fn to_rational(&self) -> Rational {
        match self {
            Number::Small {
                numerator,
                denominator,
            } => Rational::from_parts(IBig::from(*numerator), UBig::from(denominator.get())),
            Number::Large(x) => (**x).clone(),
        }
    }
}

impl From<Rational> for Number {
    fn from(x: Rational) -> Number {
        let small = i64::try_from(x.numerator().clone()).ok().zip(
            u64::try_from(x.denominator().clone())
                .ok()
                .and_then(NonZeroU64::new),
        );
        match small {
            Some((numerator, denominator)) => Number::Small {
                numerator,
                denominator,
            },
            None => Number::Large(Box::new(x)),
        }
    }
}

impl From<i64> for Number {
    fn from(x: i64) -> Number {
        Number::Small {
            numerator: x,
            denominator: NonZeroU64::MIN,
        }
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Number) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Number) -> std::cmp::Ordering {
        match (self, other) {
            (
                Number::Small {
                    numerator: a,
                    denominator: b,
                },
                Number::Small {
                    numerator: c,
                    denominator: d,
                },
            ) => {
                let (b, d) = (i128::from(b.get()), i128::from(d.get()));
                (i128::from(*a) * d).cmp(&(i128::from(*c) * b))
            }
            _ => self.to_rational().cmp(&other.to_rational()),
        }
    }
}

impl fmt::Display for Number {
    /// An integer as `-3`, everything else as `p/q` in lowest terms.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Number::Small {
                numerator,
                denominator: NonZeroU64::MIN,
            } => write!(f, "{numerator}"),
            Number::Small {
                numerator,
                denominator,
            } => write!(f, "{numerator}/{denominator}"),
            Number::Large(x) => write!(f, "{x}"),
        }
    }
}

/// The value of a finite `f64` in machine words, where it fits.
fn binary(x: f64) -> Option<Number> {
    // the bits that are stored of a mantissa (IEEE 754, binary64)
    const FRACTION: u64 = (1 << 52) - 1;
    let bits = x.to_bits();
    let written = (bits >> 52) & 0x7ff;
    if !x.is_finite() || written == 0 {
        return (x == 0.0).then_some(Number::ZERO);
    }
    let mantissa = (bits & FRACTION) | (FRACTION + 1);
    let zeros = mantissa.trailing_zeros();
    // x = magnitude · 2^exponent, the magnitude odd
    let (magnitude, exponent) = (mantissa >> zeros, written as i64 - 1075 + i64::from(zeros));
    let (magnitude, denominator) = match exponent {
        -63..=0 => (magnitude as i64, 1u64 << -exponent),
        1..63 if i64::from(magnitude.leading_zeros()) > exponent => {
            ((magnitude << exponent) as i64, 1)
        }
        _ => return None,
    };
    Some(Number::Small {
        numerator: if x < 0.0 { -magnitude } else { magnitude },
        denominator: NonZeroU64::new(denominator)?,
    })
}

/// n/d for n > 0, d > 0, rounded once: the quotient to 63 bits or more, its last bit set if there
/// is a remainder, which is enough to know on which side of a tie it lies.
fn quotient(n: u64, d: u64) -> f64 {
    let shift = n.leading_zeros() + 64;
    let (n, d) = (u128::from(n) << shift, u128::from(d));
    let sticky = u128::from(n % d != 0);
    ((n / d) | sticky) as f64 * 0.5f64.powi(shift as i32)
}

/// The greatest common divisor, by halves (Stein 1967): a division takes as long as five steps of it.
fn gcd(mut a: u64, mut b: u64) -> u64 {
    if a == 0 || b == 0 {
        return a | b;
    }
    let twos = (a | b).trailing_zeros();
    a >>= a.trailing_zeros();
    while b != 0 {
        b >>= b.trailing_zeros();
        if a > b {
            (a, b) = (b, a);
        }
        b -= a;
    }
    a << twos
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_are_kept_in_lowest_terms_and_rounded_once() {
        let x = Number::ratio(-2, 20).unwrap();
        assert_eq!(x.to_string(), "-1/10");
        assert_eq!(x.to_f64(), -0.1);
        assert_eq!(Number::ratio(1, 0), None);
        assert_eq!(Number::from(x.to_rational()), x);
        assert_eq!(size_of::<Number>(), 16);
    }

    #[test]
    fn every_double_is_the_fraction_that_it_holds() {
        let mut state = 1u64;
        let edges = [
            0.0,
            -0.0,
            1.0,
            -1.5,
            2f64.powi(62),
            -2f64.powi(63),
            2f64.powi(-63),
        ];
        let edges =
            edges
                .into_iter()
                .chain([2f64.powi(-64), 5e-324, f64::MAX, 3.0 * 2f64.powi(61)]);
        let random = (0..20_000).map(|i| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            let near_one = (state >> 12) | ((1023 - 70 + i % 140) << 52);
            f64::from_bits(if i % 2 == 0 { state } else { near_one })
        });
        for x in edges.chain(random).filter(|x| x.is_finite()) {
            let number = Number::from_f64(x).unwrap();
            assert_eq!(
                number,
                Number::from(Rational::try_from(x).unwrap()),
                "{x:e}"
            );
            assert_eq!(number.to_f64(), x, "{x:e}");
        }
        assert_eq!(Number::from_f64(f64::NAN), None);
        assert_eq!(Number::from_f64(f64::INFINITY), None);
    }

    /// Beside the quotient of big fractions, and beside the reader of the standard library.
    #[test]
    fn long_decimals_are_rounded_to_the_nearest() {
        let mut state = 1u64;
        for _ in 0..2_000 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            let digits = state >> 1 >> (state % 60);
            for text in [
                format!("0.{digits}"),
                format!("-0.0{digits}"),
                format!("{}.{}", digits % 1000, digits),
                format!("{digits}e-12"),
                format!("{digits}/{}", (state >> 7) | 1),
            ] {
                let number: Number = text.parse().unwrap();
                assert_eq!(
                    number.to_f64(),
                    number.to_rational().to_f64().value(),
                    "{text}"
                );
                assert_eq!(Number::from(number.to_rational()), number, "{text}");
                if !text.contains('/') {
                    assert_eq!(number.to_f64(), text.parse::<f64>().unwrap(), "{text}");
                }
            }
        }
    }
}
