//! Literals of a few digits, as most numbers of large files are: read in one pass.

use std::num::NonZeroU64;

use super::Number;
use super::tens::{FIVES, UNITS};

/// Most digits of a literal, or of a part of a fraction, that are read here.
const DIGITS: usize = 18;

/// The number that a text begins with, of the kinds `[-] digits [. digits]` and `[-] digits / digits`
/// of up to 18 digits, and its length; `None` where there is none, or a longer one. What stands behind
/// it may belong to it (`e-3`): that is for the caller to look at.
pub(crate) fn leading(text: &[u8]) -> Option<(Number, usize)> {
    let negative = text.first() == Some(&b'-');
    let begin = usize::from(negative);
    let (whole, count) = digits(text.get(begin..)?);
    let at = begin + count;
    match text.get(at) {
        Some(b'.') => {
            let (part, decimals) = digits(&text[at + 1..]);
            if !(1..=DIGITS).contains(&(count + decimals)) {
                return None;
            }
            let magnitude = whole * UNITS[decimals] + part;
            let number = over_tens(negative, magnitude as i64, decimals as u32)?;
            Some((number, at + 1 + decimals))
        }
        Some(b'/') => {
            let (below, length) = digits(&text[at + 1..]);
            let is_short = (1..=DIGITS).contains(&count) && (1..=DIGITS).contains(&length);
            is_short.then_some(())?;
            let above = whole as i64;
            let number = Number::ratio(if negative { -above } else { above }, below)?;
            Some((number, at + 1 + length))
        }
        _ => {
            (1..=DIGITS).contains(&count).then_some(())?;
            let value = whole as i64;
            Some((Number::from(if negative { -value } else { value }), at))
        }
    }
}

/// The digits that a text begins with, as a number, and how many there are; the number means nothing
/// beyond 19. (Eight at a time in one word took longer for numbers of four to seventeen digits.)
#[inline]
pub(crate) fn digits(text: &[u8]) -> (u64, usize) {
    let (mut value, mut count) = (0u64, 0);
    while let Some(byte) = text.get(count)
        && byte.is_ascii_digit()
    {
        value = value.wrapping_mul(10).wrapping_add(u64::from(byte - b'0'));
        count += 1;
    }
    (value, count)
}

/// ± magnitude / 10^tens, of up to 19 tens. The denominator has the factors 2 and 5 only, and one of
/// them alone divides the mantissa, unless that ends in 0: both are divided out where a general
/// divisor would take a dozen divisions.
pub(super) fn over_tens(negative: bool, mut magnitude: i64, tens: u32) -> Option<Number> {
    if magnitude == 0 {
        return Some(Number::ZERO);
    }
    let twos = magnitude.trailing_zeros().min(tens);
    let mut fives = 0;
    magnitude >>= twos;
    while fives < tens && magnitude % 5 == 0 {
        magnitude /= 5;
        fives += 1;
    }
    let denominator = FIVES[(tens - fives) as usize] << (tens - twos);
    Some(Number::Small {
        numerator: if negative { -magnitude } else { magnitude },
        denominator: NonZeroU64::new(denominator)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_end_where_others_begin() {
        let mut state = 1u64;
        for _ in 0..50_000 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            let count = (state >> 40) as usize % 20;
            let number = (state >> 3) % 10u64.pow(count as u32);
            let written = format!("{number:0count$}");
            let written = if count == 0 { "" } else { &written };
            let after = [0, b'/', b':', b' ', 0x7f, 0x80, 0xff, b'a'][(state >> 61) as usize];
            let mut text = written.as_bytes().to_vec();
            assert_eq!(digits(&text), (number, count));
            text.push(after);
            assert_eq!(digits(&text), (number, count), "{written} {after}");
            text.extend(b"1\xff2345678");
            assert_eq!(digits(&text), (number, count), "{written} {after}");
        }
    }
}
