//! Fractions as decimals, with any number of digits, correctly rounded.

use dashu_int::{IBig, UBig};
use exact_mdp::field::Field;
use exact_mdp::number::Rational;

/// A fraction is shown beside its decimal up to this many characters.
const SHORT: usize = 24;
/// Beyond these powers of ten a decimal has an exponent.
const PLAIN: std::ops::Range<i64> = -5..21;

/// An integer by itself, a fraction as `1/3 ≈ 0.333333`, with `=` where the decimal is exact; a
/// fraction of many digits only as a decimal.
pub fn cell(x: &Rational, digits: usize) -> String {
    let fraction = x.to_string();
    if x.is_int() && fraction.len() <= SHORT {
        return fraction;
    }
    let (decimal, exact) = decimal(x, digits.max(1));
    match fraction.len() <= SHORT {
        true if exact => format!("{fraction} = {decimal}"),
        true => format!("{fraction} ≈ {decimal}"),
        false => decimal,
    }
}

/// So many significant digits, the nearest decimal, ties to even, without trailing zeros where
/// it is exact; and whether it is.
fn decimal(x: &Rational, digits: usize) -> (String, bool) {
    if x.is_zero() {
        return ("0".to_string(), true);
    }
    let (numerator, denominator) = (x.numerator(), x.denominator());
    let magnitude = Rational::from_parts(Field::abs(x).numerator().clone(), denominator.clone());
    let exponent = exponent(&magnitude);
    let (rounded, exact) = rounded(&scaled(&magnitude, digits as i64 - 1 - exponent));
    let mut text = rounded.to_string();
    // 9.99… may have become 10.0…
    let exponent = exponent + i64::from(text.len() > digits);
    text.truncate(digits);
    if exact {
        text.truncate(text.trim_end_matches('0').len());
    }
    let sign = if *numerator < IBig::ZERO { "-" } else { "" };
    (format!("{sign}{}", placed(&text, exponent)), exact)
}

/// The power of ten of the leading digit of x > 0.
fn exponent(x: &Rational) -> i64 {
    let length = |n: String| n.len() as i64;
    let guess = length(x.numerator().to_string()) - length(x.denominator().to_string());
    // the guess is the exponent or one more
    if scaled(x, -guess) >= Rational::ONE {
        guess
    } else {
        guess - 1
    }
}

/// x 10ᵏ.
fn scaled(x: &Rational, k: i64) -> Rational {
    let power = UBig::from(10u8).pow(k.unsigned_abs() as usize);
    if k >= 0 {
        x * Rational::from(power)
    } else {
        x / Rational::from(power)
    }
}

/// The nearest integer to x > 0, ties to even; and whether x is it.
fn rounded(x: &Rational) -> (IBig, bool) {
    let below = x.floor();
    let rest = x - Rational::from(below.clone());
    if rest.is_zero() {
        return (below, true);
    }
    let twice = rest * Rational::from(2);
    let odd = &below % IBig::from(2) == IBig::ONE;
    let up = twice > Rational::ONE || (twice == Rational::ONE && odd);
    (below + IBig::from(u8::from(up)), false)
}

/// Digits with the point after the one of the given power of ten.
fn placed(digits: &str, exponent: i64) -> String {
    if !PLAIN.contains(&exponent) {
        let (first, rest) = digits.split_at(1);
        return match rest {
            "" => format!("{first}e{exponent}"),
            rest => format!("{first}.{rest}e{exponent}"),
        };
    }
    if exponent < 0 {
        let zeros = "0".repeat(exponent.unsigned_abs() as usize - 1);
        return format!("0.{zeros}{digits}");
    }
    let whole = exponent as usize + 1;
    match digits.split_at_checked(whole) {
        Some((whole, "")) => whole.to_string(),
        Some((whole, rest)) => format!("{whole}.{rest}"),
        None => format!("{digits}{}", "0".repeat(whole - digits.len())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(p: i64, q: u64, digits: usize) -> String {
        cell(&Rational::from_parts(p.into(), q.into()), digits)
    }

    #[test]
    fn fractions_stand_beside_their_decimals() {
        assert_eq!(shown(1, 3, 6), "1/3 ≈ 0.333333");
        assert_eq!(shown(-1, 8, 6), "-1/8 = -0.125");
        assert_eq!(shown(-14, 1, 6), "-14");
        assert_eq!(shown(0, 1, 6), "0");
        assert_eq!(shown(262, 201, 10), "262/201 ≈ 1.303482587");
        assert_eq!(shown(1, 3_000_000, 3), "1/3000000 ≈ 3.33e-7");
        assert_eq!(shown(1, 2_000, 3), "1/2000 = 0.0005");
        assert_eq!(shown(200_001, 2, 3), "200001/2 ≈ 100000");
    }

    #[test]
    fn rounding_is_to_the_nearest_and_ties_to_even() {
        assert_eq!(shown(25, 1000, 1), "1/40 ≈ 0.02");
        assert_eq!(shown(35, 1000, 1), "7/200 ≈ 0.04");
        assert_eq!(shown(999_999, 1_000_000, 3), "999999/1000000 ≈ 1.00");
        assert_eq!(shown(2, 3, 50), format!("2/3 ≈ 0.{}7", "6".repeat(49)));
    }
}
