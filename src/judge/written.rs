//! How exactly the numbers of a sample are written.

use super::NEARLY;
use super::given::{HALF, LEAST_DIGITS, has_digits, significant_bits};

/// The format of numbers as they come: of 64 bits, of 32, of 16, of a few decimals, or of a few significant digits.
#[derive(Clone, Debug)]
pub(super) struct Written {
    /// Whether all of them are numbers of 32 bits.
    is_single: bool,
    /// The most significant bits that one of them takes.
    bits: u32,
    /// Decimals that none of them exceeds; `None` where one has too many to have been rounded.
    decimals: Option<i32>,
    /// Significant digits that none of them exceeds; `None` where one has too many to have been rounded.
    digits: Option<u32>,
    /// The largest of them.
    largest: f64,
}

/// More decimals, and more significant digits, than these are no rounding that shows; choices.
const MOST_DECIMALS: i32 = 10;
const MOST_DIGITS: u32 = 10;

/// A unit of the last decimal beside √E X² and, of at least two decimals, beside the largest number, up to which numbers
/// are called rounded; choices.
const FINE: f64 = 1e-3;
const COARSEST: f64 = 1e-2;
const DECIMALS: i32 = 2;

impl Written {
    /// Of no numbers yet.
    pub fn new() -> Written {
        Written {
            is_single: true,
            bits: 0,
            decimals: Some(0),
            digits: Some(1),
            largest: 0.0,
        }
    }

    /// Takes note of numbers.
    pub fn see(&mut self, numbers: &[f64]) {
        for &x in numbers {
            self.largest = self.largest.max(x.abs());
            if self.is_single {
                self.is_single = f64::from(x as f32) == x;
                self.bits = self.bits.max(significant_bits(x));
            }
            if let Some(least) = self.decimals {
                self.decimals = (least..=MOST_DECIMALS).find(|&n| has_decimals(x, n));
            }
            if let Some(least) = self.digits {
                self.digits = (least..=MOST_DIGITS).find(|&n| has_digits(x, n));
            }
        }
    }

    /// The standard error that rounding stands for where numbers are of this size, eight of which it never
    /// exceeds; 0 for numbers of 64 bits. Sums in 32 bits lose as much as vectors may, [`NEARLY`].
    pub fn error(&self, size: f64) -> f64 {
        if self.is_single {
            let unit = match self.bits {
                10..=HALF => 0.5f64.powi(HALF as i32 - 1),
                _ => NEARLY / 2.0,
            };
            return unit * size;
        }
        self.of_decimals(size).max(self.of_digits(size))
    }

    fn of_decimals(&self, size: f64) -> f64 {
        let Some(decimals) = self.decimals else {
            return 0.0;
        };
        let unit = 0.1f64.powi(decimals);
        // coarser numbers are a few, as where there are few outcomes, and no rounding
        let is_few = decimals >= DECIMALS && unit <= COARSEST * self.largest;
        if is_few || unit <= FINE * size {
            unit
        } else {
            0.0
        }
    }

    /// Half a unit of the n-th digit is at most 10¹⁻ⁿ/2 of a number.
    fn of_digits(&self, size: f64) -> f64 {
        let digits = self.digits.filter(|digits| *digits >= LEAST_DIGITS);
        digits.map_or(0.0, |digits| 0.1f64.powi(digits as i32 - 1) * size)
    }
}

/// Whether a number has no more than n decimals.
pub(super) fn has_decimals(x: f64, n: i32) -> bool {
    let power = 10f64.powi(n);
    let whole = (x * power).round();
    whole.abs() < 1e15 && whole / power == x
}
