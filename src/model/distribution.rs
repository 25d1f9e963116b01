//! Distributions as written: whether they sum to 1, and the mend where they do not.

use dashu_base::PowerOfTwo;
use dashu_int::{IBig, UBig};

use super::error::{Rounding, SumMend};
use crate::mdp::{PARTS, Space, off_one};
use crate::number::{Number, Rational, Tens};

/// How far off 1 rounding may bring a sum, as far as one can tell: float32, six decimals.
const ROUNDING: f64 = 1e-4;

/// Most entries for which fractions are guessed; a choice.
const GUESSED: usize = 32;

/// What a distribution sums to.
pub(crate) enum Sum {
    /// 1.
    One,
    /// Not 1, but within the tolerance.
    Nearly(Number),
    /// Not 1.
    Wrong(Number, SumMend),
}

impl Sum {
    /// Sums up the probabilities of a row or of ρ₀, none of them negative; a sum off by up to what
    /// is `allowed` is accepted, one off by rounding is told how to be.
    pub(crate) fn within<'n>(
        numbers: impl Iterator<Item = &'n Number> + Clone,
        allowed: Option<&Number>,
    ) -> Sum {
        let (total, mend) = match Sum::of(numbers.clone()) {
            Sum::Wrong(total, mend) => (total, mend),
            fine => return fine,
        };
        let off = Number::from(total.to_rational() - Rational::ONE);
        let off = if off.is_negative() {
            Number::from(-off.to_rational())
        } else {
            off
        };
        match allowed {
            Some(allowed) if off <= *allowed => Sum::Nearly(total),
            Some(allowed) => Sum::Wrong(total, SumMend::Beyond(Box::new((off, allowed.clone())))),
            None if off.to_f64() > ROUNDING => Sum::Wrong(total, mend),
            None => {
                let cause = rounding(numbers, off.to_f64());
                Sum::Wrong(total, SumMend::Rounded(Box::new(mend), cause))
            }
        }
    }

    /// What is accepted, a total of 1 or nearly; any other total as it came.
    pub(crate) fn accepted(total: Number) -> Result<Sum, Number> {
        if total == Number::ONE {
            return Ok(Sum::One);
        }
        if is_nearly_one(&total) {
            return Ok(Sum::Nearly(total));
        }
        if matches!(total, Number::Small { .. }) {
            return Err(total);
        }
        let off = total.to_rational() - Rational::ONE;
        let off = if off < Rational::ZERO { -off } else { off };
        // used as written, with a warning
        if off <= off_one(false) {
            Ok(Sum::Nearly(total))
        } else {
            Err(total)
        }
    }

    /// Sums up probabilities, none of them negative.
    pub(crate) fn of<'n>(numbers: impl Iterator<Item = &'n Number> + Clone) -> Sum {
        let total = match Sum::accepted(sum(numbers.clone())) {
            Ok(accepted) => return accepted,
            Err(total) => total,
        };
        let off = total.to_rational() - Rational::ONE;
        let magnitude = if off < Rational::ZERO {
            -off.clone()
        } else {
            off.clone()
        };
        let mend = fractions(numbers).unwrap_or(if off < Rational::ZERO {
            SumMend::Missing(magnitude.into())
        } else {
            SumMend::TooMuch(magnitude.into())
        });
        Sum::Wrong(total, mend)
    }
}

/// Whether a sum in machine words is within the tolerance of 1; others are looked at as fractions.
fn is_nearly_one(total: &Number) -> bool {
    let Some((numerator, denominator)) = words(total) else {
        return false;
    };
    let one = i128::from(denominator);
    let off = (i128::from(numerator) - one).abs();
    // off / one ≤ 1 / PARTS
    off.checked_mul(i128::from(PARTS))
        .is_some_and(|off| off <= one)
}

/// What numbers seem to have been rounded to, their sum being off by so much.
fn rounding<'n>(numbers: impl Iterator<Item = &'n Number> + Clone, off: f64) -> Option<Rounding> {
    let count = numbers.clone().count() as f64;
    let is_short = |x: f64| (x * 4096.0).fract() == 0.0;
    let values = numbers.clone().map(Number::to_f64);
    let is_single = values.clone().all(|x| f64::from(x as f32) == x);
    // half an ulp of each, below 1, and of sums taken in float32
    if is_single && !values.clone().all(is_short) && off <= count * 2f64.powi(-23) {
        return Some(Rounding::Single);
    }
    let digits = numbers
        .map(decimals)
        .try_fold(0, |most, n| Some(n?.max(most)))?;
    let fits = digits >= 3 && off <= count * 10f64.powi(-(digits as i32));
    fits.then_some(Rounding::Decimals(digits))
}

/// Most digits behind the point that are taken for the end of a decimal; a choice.
const MOST: u32 = 12;

/// How many digits a decimal has behind the point; `None` if it has more than [`MOST`].
fn decimals(x: &Number) -> Option<u32> {
    let exactly = match x {
        Number::Small { denominator, .. } => {
            (0..=MOST).find(|digits| 10u64.pow(*digits).is_multiple_of(denominator.get()))
        }
        Number::Large(_) => None,
    };
    exactly.or_else(|| nearest_decimals(x))
}

/// How many digits the shortest decimal of a double, as an array holds it, has behind the point; `None` if it has more than [`MOST`].
fn nearest_decimals(x: &Number) -> Option<u32> {
    let double = x.to_f64();
    let written = format!("{double}");
    let digits = written
        .split_once('.')
        .map_or(0, |(_, digits)| digits.len()) as u32;
    let is_double = Number::from_f64(double).as_ref() == Some(x);
    (is_double && digits <= MOST).then_some(digits)
}

/// The fractions that rounded decimals seem to stand for, if with them the sum is 1.
fn fractions<'n>(numbers: impl Iterator<Item = &'n Number> + Clone) -> Option<SumMend> {
    if numbers.clone().nth(GUESSED).is_some() {
        return None;
    }
    let meant: Vec<Number> = numbers.clone().map(simplest).collect();
    if sum(meant.iter()) != Number::ONE {
        return None;
    }
    let mut replaced: Vec<(Number, Number)> = numbers.cloned().zip(meant).collect();
    replaced.retain(|(written, meant)| written != meant);
    replaced.sort();
    replaced.dedup();
    Some(SumMend::Fractions(replaced))
}

/// The fraction of least denominator that a decimal of k digits could be the rounding of; the
/// number itself if it is not a short decimal.
fn simplest(x: &Number) -> Number {
    let Number::Small {
        numerator,
        denominator,
    } = *x
    else {
        return x.clone();
    };
    let denominator = denominator.get();
    let mut unit = 1u64;
    while !unit.is_multiple_of(denominator) && unit < 1_000_000_000_000 {
        unit *= 10;
    }
    if !unit.is_multiple_of(denominator) || unit < 100 {
        return x.clone();
    }
    // |p/q − n/d| < 1/unit  ⇔  |p d − n q| unit < q d
    for q in 1..=100i128 {
        let (n, d) = (i128::from(numerator), i128::from(denominator));
        let p = (2 * n * q + d) / (2 * d);
        if (p * d - n * q).abs() * i128::from(unit) < q * d {
            return Number::ratio(p as i64, q as u64).unwrap_or_else(|| x.clone());
        }
    }
    x.clone()
}

/// Σ xᵢ, exactly: in machine words while it fits, in fractions of any size beyond.
pub(crate) fn sum<'n>(numbers: impl Iterator<Item = &'n Number> + Clone) -> Number {
    decimal_sum(numbers.clone())
        .or_else(|| binary_sum(numbers.clone()))
        .or_else(|| small_sum(numbers.clone()))
        .unwrap_or_else(|| {
            let sum = numbers.fold(Rational::ZERO, |sum, x| sum + x.to_rational());
            Number::from(sum)
        })
}

/// Where every denominator divides 10¹⁹, as those of decimals in machine words do: a sum of integers.
fn decimal_sum<'n>(numbers: impl Iterator<Item = &'n Number>) -> Option<Number> {
    // the largest power of ten in a machine word
    const DIGITS: u32 = 19;
    const UNIT: u64 = 10u64.pow(DIGITS);
    let mut total = 0i128;
    for number in numbers {
        let (numerator, denominator) = words(number)?;
        let units = i128::from(Tens::of(denominator)?.in_unit(DIGITS)?);
        total = total.checked_add(i128::from(numerator) * units)?;
    }
    if total == i128::from(UNIT) {
        return Some(Number::ONE);
    }
    let unit = Tens {
        twos: DIGITS,
        fives: DIGITS,
    };
    let shared = unit.shared(u64::try_from(total.unsigned_abs()).ok()?);
    let numerator = i64::try_from(total / i128::from(shared)).ok()?;
    Number::ratio(numerator, UNIT / shared)
}

/// Where every denominator is a power of two up to 2¹¹⁰, as those of doubles that are not tiny are: a
/// sum of integers.
fn binary_sum<'n>(numbers: impl Iterator<Item = &'n Number>) -> Option<Number> {
    // leaves an i128 room for sums up to 2¹⁷
    const DIGITS: u32 = 110;
    let mut total = 0i128;
    for number in numbers {
        let (numerator, digits) = match number {
            Number::Small {
                numerator,
                denominator,
            } if denominator.is_power_of_two() => {
                (i128::from(*numerator), denominator.trailing_zeros())
            }
            Number::Large(x) if x.denominator().is_power_of_two() => {
                let digits = x.denominator().trailing_zeros()?;
                let numerator = i128::try_from(x.numerator().clone()).ok()?;
                (numerator, u32::try_from(digits).ok()?)
            }
            _ => return None,
        };
        let unit = 1i128 << DIGITS.checked_sub(digits)?;
        total = total.checked_add(numerator.checked_mul(unit)?)?;
    }
    let shared = total.trailing_zeros().min(DIGITS);
    let (above, below) = (
        IBig::from(total >> shared),
        UBig::ONE << (DIGITS - shared) as usize,
    );
    Some(Number::from(Rational::from_parts(above, below)))
}

fn small_sum<'n>(numbers: impl Iterator<Item = &'n Number>) -> Option<Number> {
    let (mut above, mut below) = (0i128, 1i128);
    for number in numbers {
        let (n, d) = words(number)?;
        let (n, d) = (i128::from(n), i128::from(d));
        if d == below {
            above = above.checked_add(n)?;
        } else {
            let shared = gcd(below, d);
            let scaled = n.checked_mul(below / shared)?;
            above = above.checked_mul(d / shared)?.checked_add(scaled)?;
            below = below.checked_mul(d / shared)?;
        }
    }
    let shared = gcd(above.abs(), below).max(1);
    let numerator = i64::try_from(above / shared).ok()?;
    Number::ratio(numerator, u64::try_from(below / shared).ok()?)
}

/// The numerator and the denominator of a number in machine words.
fn words(number: &Number) -> Option<(i64, u64)> {
    match number {
        Number::Small {
            numerator,
            denominator,
        } => Some((*numerator, denominator.get())),
        Number::Large(_) => None,
    }
}

fn gcd(mut a: i128, mut b: i128) -> i128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// The same weight for every state that is not terminal.
pub(crate) fn uniform(space: &Space) -> Vec<Number> {
    let alive = (0..space.states())
        .filter(|&s| !space.is_terminal(s))
        .count();
    let weight = Number::ratio(1, alive as u64).unwrap_or(Number::ZERO);
    let weight_of = |s| {
        if space.is_terminal(s) {
            Number::ZERO
        } else {
            weight.clone()
        }
    };
    (0..space.states()).map(weight_of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mend(written: &[&str]) -> String {
        let numbers: Vec<Number> = written.iter().map(|x| x.parse().unwrap()).collect();
        match Sum::of(numbers.iter()) {
            Sum::One => "one".into(),
            Sum::Nearly(sum) => format!("nearly {sum}"),
            Sum::Wrong(sum, mend) => format!("{sum}: {mend}"),
        }
    }

    #[test]
    fn quick_sums_are_those_of_fractions() {
        let mut state = 1u64;
        let mut next = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            state >> 20
        };
        for round in 0..20_000 {
            let numbers: Vec<Number> = (0..next() % 6)
                .map(|_| match (round % 4, next()) {
                    (0, x) => Number::ratio(x as i64 % 2000 - 1000, 10u64.pow((x % 19) as u32)),
                    (1, x) => Number::from_f64(x as f64 * 2f64.powi(-((x % 100) as i32))),
                    (2, x) => Number::ratio(x as i64, 1 + x % 7),
                    (_, x) => Number::ratio(i64::MAX - (x % 2) as i64, 1 << (x % 3)),
                })
                .map(Option::unwrap)
                .collect();
            let expected = numbers
                .iter()
                .fold(Rational::ZERO, |sum, x| sum + x.to_rational());
            assert_eq!(sum(numbers.iter()), Number::from(expected), "{numbers:?}");
        }
    }

    #[test]
    fn sums_are_exact_and_mends_are_fractions_where_they_fit() {
        assert_eq!(mend(&["0.1", "0.2", "0.7"]), "one");
        assert_eq!(mend(&["1/3", "2/3"]), "one");
        assert_eq!(
            mend(&["0.33", "0.33", "0.33"]),
            "99/100: did you mean 1/3 for 0.33?"
        );
        assert_eq!(
            mend(&["0.33", "0.66"]),
            "99/100: did you mean 1/3 for 0.33, 2/3 for 0.66?"
        );
        assert_eq!(mend(&["0.333333333333", "0.666666666667"]), "one");
        assert_eq!(
            mend(&["0.3333333333", "0.6666666666"]),
            "nearly 9999999999/10000000000"
        );
        assert_eq!(
            mend(&["0.9", "0.2"]),
            "11/10: 1/10 is too much; probabilities may be fractions like 1/3"
        );
        assert_eq!(mend(&["1e-300", "0.9999999999"]).split('/').count(), 2);
    }
}
