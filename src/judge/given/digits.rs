//! How many digits a number takes, in decimals and in bits: by these it shows how it was rounded.

/// Significant digits that a number has at least where numbers that have no more than some are called rounded: of three many
/// a number has no more as it is. A choice.
pub(in crate::judge) const LEAST_DIGITS: u32 = 4;

/// The significant digits of the shortest decimal that is this double; 1 of 0.
pub(in crate::judge) fn significant_digits(x: f64) -> u32 {
    let text = format!("{x:e}");
    let mantissa = text.split('e').next().unwrap_or_default();
    mantissa.bytes().filter(u8::is_ascii_digit).count() as u32
}

/// Whether the shortest decimal of a number has no more than n significant digits.
pub(in crate::judge) fn has_digits(x: f64, n: u32) -> bool {
    // whole numbers below 10^n have, which need not be written to be seen
    let is_short = x.fract() == 0.0 && x.abs() < 10f64.powi(n as i32);
    is_short || significant_digits(x) <= n
}

/// Half a unit of the n-th significant digit of a number; 0 of 0.
pub(in crate::judge) fn half_unit(x: f64, n: u32) -> f64 {
    let text = format!("{x:e}");
    let exponent = text
        .split_once('e')
        .and_then(|(_, e)| e.parse::<i32>().ok());
    exponent
        .filter(|_| x != 0.0)
        .map_or(0.0, |exponent| 0.5 * 10f64.powi(exponent + 1 - n as i32))
}

/// The significant bits of 16-bit numbers (IEEE 754, binary16).
pub(in crate::judge) const HALF: u32 = 11;

/// How many bits a number takes from the first that is 1 to the last.
pub(in crate::judge) fn significant_bits(x: f64) -> u32 {
    // of 53 significant bits the first is not stored (IEEE 754, binary64)
    const STORED: u32 = f64::MANTISSA_DIGITS - 1;
    match x.to_bits() & ((1 << STORED) - 1) {
        0 => u32::from(x != 0.0),
        stored => f64::MANTISSA_DIGITS - stored.trailing_zeros(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As one counts them.
    #[test]
    fn digits_are_those_of_the_shortest_decimal() {
        let of = [
            (2.2912, 5),
            (-1.3348e-3, 5),
            (0.1, 1),
            (-250.0, 2),
            (0.0, 1),
            (1e300, 1),
        ];
        for (x, digits) in of {
            assert_eq!(significant_digits(x), digits, "{x}");
            assert!(has_digits(x, digits), "{x}");
            assert!(digits == 1 || !has_digits(x, digits - 1), "{x}");
        }
        assert_eq!(half_unit(2.2912, 5), 0.5e-4);
        assert_eq!(half_unit(-0.0013348, 5), 0.5e-7);
        assert_eq!(half_unit(0.0, 5), 0.0);
    }
}
