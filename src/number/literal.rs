//! Literals of a model file, read exactly.
//!
//! A literal is an integer (`-3`), a decimal (`0.1`), a scientific literal (`1e-3`) or a fraction
//! of two integers (`9/10`). Its value is the rational number that the text says. A literal whose
//! nearest `f64` would be an infinity, or zero although its value is not, is refused before any
//! large number is made: `1e999999999` costs nothing.

use std::str::FromStr;

use dashu_int::{IBig, UBig};
use dashu_ratio::RBig;

use super::short::{leading, over_tens};
use super::{Number, Rational};

/// Longest literal that is read; the exact decimal expansion of any `f64` is far shorter.
const MAX_LENGTH: usize = 20_000;

/// Digits that an exponent adds to the denominator, at most; a choice.
const MAX_EXPONENT: usize = 400;

/// Why a text is not a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LiteralError {
    /// Neither integer, decimal, scientific literal nor fraction.
    #[error("not a number")]
    Malformed,
    /// An infinity or NaN.
    #[error("not finite")]
    NotFinite,
    /// A fraction with denominator zero.
    #[error("a fraction with denominator 0")]
    ZeroDenominator,
    /// At least 2^1024 in magnitude.
    #[error("too large for a 64-bit floating-point number (at most about 1.8e308)")]
    TooLarge,
    /// Not zero, but rounded to zero: its support would be lost.
    #[error("too close to 0 for a 64-bit floating-point number (at least about 4.9e-324)")]
    TooSmall,
    /// More characters than a number needs.
    #[error("longer than {MAX_LENGTH} characters")]
    TooLong,
}

impl FromStr for Number {
    type Err = LiteralError;

    fn from_str(text: &str) -> Result<Number, LiteralError> {
        match leading(text.as_bytes()) {
            Some((number, length)) if length == text.len() => Ok(number),
            _ => Number::from_long(text),
        }
    }
}

impl Number {
    /// Any literal.
    fn from_long(text: &str) -> Result<Number, LiteralError> {
        let number = match text.split_once('/') {
            // a decimal that may be read, with its exponent, is a fraction that may be read
            Some((p, q)) if p.len().max(q.len()) <= MAX_LENGTH + MAX_EXPONENT => {
                fraction(p.trim(), q.trim())?
            }
            None if text.len() <= MAX_LENGTH => decimal(text)?,
            _ => return Err(LiteralError::TooLong),
        };
        if matches!(number, Number::Small { .. }) {
            // between 2⁻⁶⁴ and 2⁶³
            return Ok(number);
        }
        let rounded = number.to_f64();
        if rounded.is_infinite() {
            Err(LiteralError::TooLarge)
        } else if rounded == 0.0 && !number.is_zero() {
            Err(LiteralError::TooSmall)
        } else {
            Ok(number)
        }
    }
}

fn fraction(numerator: &str, denominator: &str) -> Result<Number, LiteralError> {
    let (negative, numerator) = sign(numerator);
    if !all_digits(numerator) || !all_digits(denominator) {
        return Err(LiteralError::Malformed);
    }
    if denominator.bytes().all(|digit| digit == b'0') {
        return Err(LiteralError::ZeroDenominator);
    }
    let small = numerator.parse::<i64>().ok().zip(denominator.parse().ok());
    if let Some((n, d)) = small
        && let Some(number) = Number::ratio(if negative { -n } else { n }, d)
    {
        return Ok(number);
    }
    Ok(large(negative, natural(numerator)?, natural(denominator)?))
}

/// `[sign] digits [. digits] [e exponent]`, with a digit before or after the point.
fn decimal(text: &str) -> Result<Number, LiteralError> {
    let (negative, unsigned) = sign(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(part) || (whole.is_empty() && part.is_empty()) {
        return Err(malformed(unsigned));
    }
    let exponent = exponent.map_or(Ok(0), written_exponent)?;
    let part = part.trim_end_matches('0');
    let power = exponent.saturating_sub(part.len() as i64);
    if let Some(number) = small_decimal(negative, whole, part, power) {
        return Ok(number);
    }
    let joined = format!("{whole}{part}");
    let significant = joined.trim_start_matches('0');
    if significant.is_empty() {
        return Ok(Number::ZERO);
    }
    // 10^(magnitude − 1) ≤ |x| < 10^magnitude: out of reach before any power of ten is made
    let magnitude = power.saturating_add(significant.len() as i64);
    if magnitude > 310 {
        return Err(LiteralError::TooLarge);
    }
    if magnitude < -330 {
        return Err(LiteralError::TooSmall);
    }
    let mantissa = natural(significant)?;
    let scale = UBig::from(10u8).pow(power.unsigned_abs() as usize);
    Ok(if power >= 0 {
        large(negative, mantissa * scale, UBig::ONE)
    } else {
        large(negative, mantissa, scale)
    })
}

/// The common case, without big integers: a mantissa below 2⁶³ and a denominator up to 10¹⁹.
fn small_decimal(negative: bool, whole: &str, part: &str, power: i64) -> Option<Number> {
    if !(-19..=0).contains(&power) {
        return None;
    }
    let mut magnitude = 0i64;
    for digit in whole.bytes().chain(part.bytes()) {
        magnitude = magnitude.checked_mul(10)?;
        magnitude = magnitude.checked_add(i64::from(digit - b'0'))?;
    }
    over_tens(negative, magnitude, power.unsigned_abs() as u32)
}

/// The exponent, saturated: beyond ±10^15 nothing changes any more.
fn written_exponent(text: &str) -> Result<i64, LiteralError> {
    let (negative, digits) = sign(text);
    if !all_digits(digits) {
        return Err(LiteralError::Malformed);
    }
    let digits = digits.trim_start_matches('0');
    let magnitude = match digits.len() {
        0 => 0,
        1..=15 => digits.parse().map_err(|_| LiteralError::Malformed)?,
        _ => 1_000_000_000_000_000,
    };
    Ok(if negative { -magnitude } else { magnitude })
}

fn sign(text: &str) -> (bool, &str) {
    match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    }
}

fn all_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

fn malformed(unsigned: &str) -> LiteralError {
    match unsigned.to_ascii_lowercase().as_str() {
        "inf" | ".inf" | "infinity" | "nan" | ".nan" => LiteralError::NotFinite,
        _ => LiteralError::Malformed,
    }
}

fn natural(digits: &str) -> Result<UBig, LiteralError> {
    UBig::from_str_radix(digits, 10).map_err(|_| LiteralError::Malformed)
}

fn large(negative: bool, numerator: UBig, denominator: UBig) -> Number {
    let numerator = IBig::from(numerator);
    let numerator = if negative { -numerator } else { numerator };
    Number::from(RBig::from_parts(numerator, denominator) as Rational)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<String, LiteralError> {
        text.parse::<Number>().map(|number| number.to_string())
    }

    #[test]
    fn literals_have_the_value_they_say() {
        for (text, value) in [
            ("0", "0"),
            ("-0", "0"),
            ("007", "7"),
            ("+3", "3"),
            ("0.1", "1/10"),
            (".5", "1/2"),
            ("5.", "5"),
            ("-2.50", "-5/2"),
            ("1e-3", "1/1000"),
            ("12.5E1", "125"),
            ("0e999999999", "0"),
            ("0.000", "0"),
            ("9/10", "9/10"),
            ("-4 / 6", "-2/3"),
            ("0/5", "0"),
            (
                "18446744073709551615/18446744073709551616",
                "18446744073709551615/18446744073709551616",
            ),
            ("1e20", "100000000000000000000"),
            (
                "0.12345678901234567890123",
                "12345678901234567890123/100000000000000000000000",
            ),
        ] {
            assert_eq!(read(text).as_deref(), Ok(value), "{text}");
        }
    }

    #[test]
    fn what_a_text_begins_with_is_read_as_any_literal_is() {
        const LETTERS: &[u8] = b"00123456789..-+e/5";
        let mut state = 1u64;
        let mut read = 0;
        for _ in 0..200_000 {
            let mut next = |below: usize| {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                (state >> 33) as usize % below
            };
            let length = next(24);
            let mut letter = |_| {
                let letters = if next(2) == 0 { 13 } else { 18 };
                LETTERS[next(letters)]
            };
            let text: Vec<u8> = (0..length).map(&mut letter).collect();
            let text = String::from_utf8(text).unwrap();
            if let Some((number, length)) = leading(text.as_bytes()) {
                let text = &text[..length];
                assert_eq!(Number::from_long(text), Ok(number), "{text}");
                read += 1;
            }
        }
        assert!(read > 100_000);
    }

    #[test]
    fn what_is_not_a_number_is_refused() {
        for text in [
            "", "-", ".", "e5", "1e", "1e+", "0x10", "1_000", "1,5", "half", "1/2/3", "1/-2",
            "0.5/2", "٣", "1 2",
        ] {
            assert_eq!(read(text), Err(LiteralError::Malformed), "{text}");
        }
        for text in ["inf", "-.inf", "NaN", ".nan"] {
            assert_eq!(read(text), Err(LiteralError::NotFinite), "{text}");
        }
        assert_eq!(read("1/0"), Err(LiteralError::ZeroDenominator));
        assert_eq!(read(&"1".repeat(20_001)), Err(LiteralError::TooLong));
        // what was read as a decimal is written as a fraction, and read again
        let long = format!("0.{}e-300", "3".repeat(19_990));
        let fraction = read(&long).unwrap();
        assert!(fraction.len() > 40_000);
        assert_eq!(read(&fraction), Ok(fraction));
    }

    #[test]
    fn magnitudes_beyond_f64_are_refused_without_making_them() {
        for text in [
            "1e999999999",
            "1e999999999999999999999999",
            "1e309",
            "-2e308",
        ] {
            assert_eq!(read(text), Err(LiteralError::TooLarge), "{text}");
        }
        for text in ["1e-999999999", "1e-99999999999999999999", "2e-324"] {
            assert_eq!(read(text), Err(LiteralError::TooSmall), "{text}");
        }
        assert_eq!(
            "1.7976931348623157e308"
                .parse::<Number>()
                .map(|x| x.to_f64()),
            Ok(f64::MAX)
        );
        assert_eq!("5e-324".parse::<Number>().map(|x| x.to_f64()), Ok(5e-324));
    }
}
