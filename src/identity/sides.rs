//! Two sides compared, or the reason why they were not.

use std::fmt;

use super::algebra::largest;
use crate::error::Error;
use crate::linalg::FactorError;
use crate::policy::PolicyError;

/// Why an identity was not checked, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skip(String);

impl Skip {
    /// With this reason.
    pub fn new(reason: impl Into<String>) -> Skip {
        Skip(reason.into())
    }

    /// An error if a size is above a limit.
    pub fn beyond(size: usize, limit: usize, what: &str) -> Result<(), Skip> {
        match size <= limit {
            true => Ok(()),
            false => Err(Skip(format!("too large: {size} {what}, at most {limit}"))),
        }
    }

    /// An error with this reason unless a condition holds.
    pub fn unless(condition: bool, reason: &str) -> Result<(), Skip> {
        match condition {
            true => Ok(()),
            false => Err(Skip(reason.to_string())),
        }
    }
}

impl fmt::Display for Skip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<Error> for Skip {
    fn from(error: Error) -> Skip {
        Skip(error.to_string())
    }
}

impl From<FactorError> for Skip {
    fn from(error: FactorError) -> Skip {
        Skip(error.to_string())
    }
}

impl From<PolicyError> for Skip {
    fn from(error: PolicyError) -> Skip {
        Skip(error.to_string())
    }
}

/// How far two sides are apart, and how far they may be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sides {
    /// The largest difference of an entry, relative to the scale; for an inequality, by how much
    /// it is violated. Infinite where a side is not a number.
    pub discrepancy: f64,
    /// What rounding can account for, relative to the same scale.
    pub tolerance: f64,
    /// The largest entry of either side, relative to the same scale: where the tolerance is not far
    /// below it, the check says little. 0 where a side is 0, as for what must vanish.
    pub size: f64,
}

impl Sides {
    /// left = right, entry by entry, both of about this scale.
    pub fn equal(left: &[f64], right: &[f64], scale: f64, tolerance: f64) -> Sides {
        let apart = left.iter().zip(right).map(|(x, y)| (x - y).abs());
        Sides::over(apart, left.len() == right.len(), scale, tolerance).sized(left, right, scale)
    }

    /// left ≤ right, entry by entry.
    pub fn at_most(left: &[f64], right: &[f64], scale: f64, tolerance: f64) -> Sides {
        let above = left.iter().zip(right).map(|(x, y)| x - y);
        Sides::over(above, left.len() == right.len(), scale, tolerance).sized(left, right, scale)
    }

    fn sized(self, left: &[f64], right: &[f64], scale: f64) -> Sides {
        let scale = if scale > 0.0 { scale } else { 1.0 };
        let (left, right) = (largest(left), largest(right));
        let size = match left == 0.0 || right == 0.0 {
            true => 0.0,
            false => left.max(right) / scale,
        };
        Sides { size, ..self }
    }

    /// What rounding can account for, relative to the sides themselves where they do not vanish, or
    /// else to the scale: near 1 the comparison says nothing.
    pub fn bluntness(&self) -> f64 {
        match self.size > 0.0 {
            true => self.tolerance.max(self.tolerance / self.size),
            false => self.tolerance,
        }
    }

    fn over(
        differences: impl Iterator<Item = f64>,
        same_shape: bool,
        scale: f64,
        tolerance: f64,
    ) -> Sides {
        let mut largest = 0.0;
        for difference in differences {
            if difference.is_nan() || difference > largest {
                largest = difference;
            }
            if largest.is_nan() {
                break;
            }
        }
        let scale = if scale > 0.0 { scale } else { 1.0 };
        let relative = largest / scale;
        let bad = relative.is_nan() || !same_shape;
        Sides {
            discrepancy: if bad { f64::INFINITY } else { relative },
            tolerance,
            size: 0.0,
        }
    }

    /// Both comparisons in one: the one that is further beyond its tolerance.
    pub fn and(self, other: Sides) -> Sides {
        let beyond = |sides: &Sides| sides.discrepancy / sides.tolerance.max(f64::MIN_POSITIVE);
        match beyond(&other) > beyond(&self) {
            true => other,
            false => self,
        }
    }

    /// Whether the discrepancy is within the tolerance.
    pub fn agree(&self) -> bool {
        self.discrepancy <= self.tolerance
    }
}
