//! Numbers of which a log has kept a few digits only.

use crate::judge::given::{HALF, LEAST_DIGITS, half_unit, has_digits, significant_bits};
use crate::judge::written::has_decimals;
use crate::judge::{NEARLY, RIGHT, SINGLE};

/// Decimals of numbers that are made of trajectories, and of rewards, from which a rounding shows; choices. Of two
/// decimals many a reward has no more, and is another one than that of the model.
pub(super) const OF_NUMBERS: i32 = 2;
pub(super) const OF_REWARDS: i32 = 3;

/// More decimals, and more significant digits, than these are no rounding that is not within that of 32 bits; choices.
const MOST: i32 = 8;
const MOST_DIGITS: u32 = 8;

/// Half a unit of the last place beside the largest number, at most: three digits; a choice.
const COARSEST: f64 = 5e-3;

/// Numbers of a user, and up to where others are the same.
#[derive(Clone, Copy)]
pub(super) struct Own<'a> {
    pub rows: &'a [Vec<f64>],
    pub within: Within,
}

/// Up to where two rows of numbers are one.
#[derive(Clone, Copy)]
pub(super) struct Within {
    /// The largest difference, relative to the largest number, that is none: what 32 bits, or sums in them, leave.
    pub close: f64,
    /// What rounding to a few digits may have done to each number; 0 where it did not.
    pub written: f64,
}

impl Within {
    /// That of these numbers, by how they came.
    pub fn seen(rows: &[Vec<f64>]) -> Within {
        let is_single = rows.iter().flatten().all(|x| f64::from(*x as f32) == *x);
        Within {
            close: if is_single { SINGLE } else { NEARLY },
            written: rounding(rows, OF_NUMBERS),
        }
    }

    /// Whether they came as numbers of 32 bits.
    pub fn is_single(&self) -> bool {
        self.close == SINGLE
    }

    /// Whether numbers that are so far apart, relative and absolute, are one.
    pub fn holds(&self, relative: f64, most: f64) -> bool {
        relative <= self.close || most <= self.written
    }
}

impl Own<'_> {
    /// Numbers as they came.
    pub fn new(rows: &[Vec<f64>]) -> Own<'_> {
        Own {
            rows,
            within: Within::seen(rows),
        }
    }

    /// Whether numbers that are so far apart, as [`Noise::apart`](super::noise::Noise::apart) says, are one.
    pub fn fits(&self, (relative, most, _): (f64, f64, Vec<usize>)) -> bool {
        self.within.holds(relative, most)
    }

    /// Whether they are one to more digits than numbers are written with that have a few only.
    pub fn fits_closely(&self, (relative, ..): (f64, f64, Vec<usize>)) -> bool {
        relative <= self.within.close
    }

    /// Whether they are one so closely that no mistake could explain them better: to the last digits that they have.
    pub fn fits_best(&self, (relative, most, _): (f64, f64, Vec<usize>)) -> bool {
        let close = if self.within.is_single() {
            SINGLE
        } else {
            RIGHT
        };
        let Within { written, .. } = self.within;
        Within { close, written }.holds(relative, most)
    }
}

/// What rounding may have done to any of these numbers, as [`Rounding`] says of each.
pub(super) fn rounding(numbers: &[Vec<f64>], least: i32) -> f64 {
    Rounding::seen(numbers, least).most()
}

/// What rounding may have done to numbers that all have no more than a few decimals, but at least so many, or than a few
/// significant digits, or that are all of 16 bits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rounding {
    /// The largest number.
    largest: f64,
    /// Half a unit of the last decimal, or of the last of 16 bits of the largest; 0 for others.
    of_all: f64,
    /// The significant digits that each has at most.
    digits: Option<u32>,
}

impl Rounding {
    /// Of these numbers.
    pub fn seen(numbers: &[Vec<f64>], least: i32) -> Rounding {
        let finite = || numbers.iter().flatten().filter(|x| x.is_finite());
        let largest = finite().fold(0.0, |most, x| f64::max(most, x.abs()));
        let mut seen = Rounding {
            largest,
            of_all: 0.0,
            digits: None,
        };
        let bits = finite().map(|x| significant_bits(*x)).max();
        if bits.is_some_and(|bits| (HALF - 1..=HALF).contains(&bits)) {
            seen.of_all = 0.5f64.powi(HALF as i32) * largest;
            return seen;
        }
        let mut decimals = Some(0);
        let mut digits = Some(1);
        for x in finite() {
            decimals = decimals.and_then(|n| (n..=MOST).find(|n| has_decimals(*x, *n)));
            digits = digits.and_then(|n| (n..=MOST_DIGITS).find(|n| has_digits(*x, *n)));
            if (decimals, digits) == (None, None) {
                return seen;
            }
        }
        let unit = decimals
            .filter(|n| *n >= least)
            .map(|n| EXACTLY * 0.5 * 0.1f64.powi(n));
        seen.of_all = unit
            .filter(|unit| *unit <= COARSEST * largest)
            .unwrap_or(0.0);
        seen.digits = digits.filter(|n| *n >= LEAST_DIGITS);
        seen
    }

    /// What it may have done to this one.
    pub fn of(&self, x: f64) -> f64 {
        let of_digits = self.digits.map_or(0.0, |n| EXACTLY * half_unit(x, n));
        self.of_all.max(of_digits)
    }

    /// What it may have done to the largest.
    pub fn most(&self) -> f64 {
        self.of(self.largest)
    }
}

/// What lies half way between two is off by the last digit of 64 bits more.
const EXACTLY: f64 = 1.0 + 1e-9;

#[cfg(test)]
mod tests {
    use super::*;

    /// 1/3 to three decimals is off by 1/3000 < 1/2000, in binary16 (11 significant bits) by less than 2⁻¹¹/3.
    #[test]
    fn a_few_digits_are_half_a_unit_of_the_last() {
        let of = |x: f64| rounding(&[vec![x, 1.0]], OF_NUMBERS);
        assert!((of(0.333) - 0.0005).abs() < 1e-9);
        assert_eq!(of(0.333251953125), 0.5f64.powi(11));
        assert_eq!(of(1.0 / 3.0), 0.0);
        assert_eq!(of(f64::from(1.0f32 / 3.0)), 0.0);
        assert_eq!(of(0.5), 0.0);
        assert_eq!(rounding(&[vec![0.25, 1.0]], OF_REWARDS), 0.0);
    }
}
