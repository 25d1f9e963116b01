//! Numbers of which a log has kept a few digits only.

use crate::judge::given::{HALF, significant_bits};
use crate::judge::written::has_decimals;

/// Decimals of numbers that are made of trajectories, and of rewards, from which a rounding shows; choices. Of two
/// decimals many a reward has no more, and is another one than that of the model.
pub(super) const OF_NUMBERS: i32 = 2;
pub(super) const OF_REWARDS: i32 = 3;

/// More decimals than these are no rounding that is not within that of 32 bits; a choice.
const MOST: i32 = 8;

/// Half a unit of the last place beside the largest number, at most: three digits; a choice.
const COARSEST: f64 = 5e-3;

/// Numbers of a user, and what rounding may have done to each of them.
#[derive(Clone, Copy)]
pub(super) struct Own<'a> {
    pub rows: &'a [Vec<f64>],
    pub written: f64,
}

impl Own<'_> {
    /// Numbers as they came.
    pub fn new(rows: &[Vec<f64>]) -> Own<'_> {
        Own {
            rows,
            written: rounding(rows, OF_NUMBERS),
        }
    }
}

/// What rounding may have done to each of these numbers, which all have no more than a few decimals but at least so
/// many, or are all of 16 bits; 0 for others.
pub(super) fn rounding(numbers: &[Vec<f64>], least: i32) -> f64 {
    let finite = || numbers.iter().flatten().filter(|x| x.is_finite());
    let largest = finite().fold(0.0, |most, x| f64::max(most, x.abs()));
    let bits = finite().map(|x| significant_bits(*x)).max();
    if bits.is_some_and(|bits| (HALF - 1..=HALF).contains(&bits)) {
        return 0.5f64.powi(HALF as i32) * largest;
    }
    let mut decimals = 0;
    for x in finite() {
        match (decimals..=MOST).find(|n| has_decimals(*x, *n)) {
            Some(n) => decimals = n,
            None => return 0.0,
        }
    }
    // what lies half way between two is off by the last digit of 64 bits more
    let unit = 0.5 * 0.1f64.powi(decimals) * (1.0 + 1e-9);
    if decimals >= least && unit <= COARSEST * largest {
        unit
    } else {
        0.0
    }
}

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
