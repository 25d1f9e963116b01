//! Two sides compared, or the reason why they were not.

use std::fmt;

use super::algebra::largest;
use exact_mdp::error::Error;
use exact_mdp::linalg::FactorError;
use exact_mdp::mdp::MdpError;
use exact_mdp::policy::PolicyError;

/// Why an identity was not checked, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skip {
    reason: String,
    /// Whether both sides were there, and rounding alone could account for anything.
    undecided: bool,
}

impl Skip {
    /// With this reason.
    pub fn new(reason: impl Into<String>) -> Skip {
        Skip {
            reason: reason.into(),
            undecided: false,
        }
    }

    /// Sides that agree and would do so whatever they are.
    fn undecided(reason: impl Into<String>) -> Skip {
        Skip {
            undecided: true,
            ..Skip::new(reason)
        }
    }

    /// Whether the identity applies, and cannot be told to hold or not.
    pub fn is_undecided(&self) -> bool {
        self.undecided
    }

    /// An error if a size is above a limit.
    pub fn beyond(size: usize, limit: usize, what: &str) -> Result<(), Skip> {
        if size <= limit {
            Ok(())
        } else {
            Err(Skip::new(format!(
                "too large: {size} {what}, at most {limit}"
            )))
        }
    }

    /// An error with this reason unless a condition holds.
    pub fn unless(condition: bool, reason: &str) -> Result<(), Skip> {
        if condition {
            Ok(())
        } else {
            Err(Skip::new(reason))
        }
    }
}

impl fmt::Display for Skip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl From<Error> for Skip {
    fn from(error: Error) -> Skip {
        Skip::new(error.to_string())
    }
}

impl From<MdpError> for Skip {
    fn from(error: MdpError) -> Skip {
        Skip::new(error.to_string())
    }
}

impl From<FactorError> for Skip {
    fn from(error: FactorError) -> Skip {
        Skip::new(error.to_string())
    }
}

impl From<PolicyError> for Skip {
    fn from(error: PolicyError) -> Skip {
        Skip::new(error.to_string())
    }
}

/// How far two sides are apart, and how far they may be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sides {
    /// The largest difference of an entry, relative to the scale; for an inequality, by how much
    /// it is violated. Infinite where a side is not a number, or its scale overflows.
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
        let size = if left == 0.0 || right == 0.0 {
            0.0
        } else {
            left.max(right) / scale
        };
        Sides { size, ..self }
    }

    /// What rounding can account for, relative to the sides themselves where they do not vanish, or
    /// else to the scale: near 1 the comparison says nothing.
    pub fn bluntness(&self) -> f64 {
        if self.size > 0.0 {
            self.tolerance.max(self.tolerance / self.size)
        } else {
            self.tolerance
        }
    }

    /// Unless a side is no number where rewards of this size have squares that are none, or the sides disagree where the
    /// squares are so small that they are none.
    pub(super) fn told_of(self, rewards: f64) -> Result<Sides, Skip> {
        const ROOT: f64 = 1e150;
        if self.discrepancy.is_infinite() && rewards > ROOT {
            return Err(Skip::undecided(
                "the squares of the rewards overflow: scale the rewards down",
            ));
        }
        if !self.agree() && rewards > 0.0 && rewards < 1.0 / ROOT {
            return Err(Skip::undecided(
                "the squares of the rewards are below the numbers of floating point: scale the rewards up",
            ));
        }
        Ok(self)
    }

    /// Unless the sides agree but would do so whatever they are.
    pub(super) fn telling(self) -> Result<Sides, Skip> {
        const BLUNT: f64 = 1e-2;
        let bluntness = self.bluntness();
        match self.agree() && bluntness > BLUNT {
            true if bluntness.is_infinite() => Err(Skip::undecided(
                "the scale of what is compared overflows: scale the rewards down",
            )),
            true => Err(Skip::undecided(format!(
                "cannot be told, too ill-conditioned: rounding alone may reach {bluntness:.0e} of what is compared"
            ))),
            false => Ok(self),
        }
    }

    /// Where the scale or the tolerance overflows nothing can be said: both numbers are infinite.
    fn over(
        differences: impl Iterator<Item = f64>,
        same_shape: bool,
        scale: f64,
        tolerance: f64,
    ) -> Sides {
        if !scale.is_finite() || !tolerance.is_finite() {
            return Sides {
                discrepancy: f64::INFINITY,
                tolerance: f64::INFINITY,
                size: 0.0,
            };
        }
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

    /// Both comparisons in one: the one that is further beyond its tolerance; one of which nothing
    /// can be said comes before all that agree.
    pub fn and(self, other: Sides) -> Sides {
        let beyond = |sides: &Sides| {
            if sides.tolerance.is_infinite() {
                1.0
            } else {
                sides.discrepancy / sides.tolerance.max(f64::MIN_POSITIVE)
            }
        };
        if beyond(&other) > beyond(&self) {
            other
        } else {
            self
        }
    }

    /// Whether the discrepancy is within the tolerance.
    pub fn agree(&self) -> bool {
        self.discrepancy <= self.tolerance
    }
}

#[cfg(test)]
mod tests {
    use super::Sides;

    /// 1 and 2 are not equal, however much rounding could do to them.
    #[test]
    fn a_disagreement_is_never_skipped() {
        let apart = Sides::equal(&[1.0], &[2.0], 1.0, 0.5);
        assert!(apart.bluntness() > 1e-2);
        assert_eq!(apart.telling(), Ok(apart));
        let missing = Sides::equal(&[f64::NAN], &[2.0], 1.0, 0.5);
        assert!(!missing.telling().expect("a verdict").agree());
        assert!(Sides::equal(&[1.0], &[1.1], 1.0, 0.5).telling().is_err());
    }

    /// What is no number among numbers whose squares exist is a failure.
    #[test]
    fn squares_that_overflow_tell_nothing() {
        let lost = Sides::equal(&[f64::NAN], &[2.0], 1.0, 1e-12);
        assert_eq!(lost.told_of(1e100), Ok(lost));
        assert!(lost.told_of(1e155).expect_err("a skip").is_undecided());
        let failed = Sides::equal(&[1.0], &[2.0], 1.0, 1e-12);
        assert_eq!(failed.told_of(1e155), Ok(failed));
    }

    /// A discrepancy relative to ∞ is 0: no evidence, alone or beside sides that agree.
    #[test]
    fn a_scale_that_overflows_is_skipped() {
        let lost = Sides::equal(&[1.0], &[2.0], f64::INFINITY, 1e-12);
        let held = Sides::equal(&[1.0], &[1.0], 1.0, 1e-12);
        let failed = Sides::equal(&[1.0], &[2.0], 1.0, 1e-12);
        for sides in [lost, lost.and(held), held.and(lost)] {
            let skip = sides.telling().expect_err("a skip").to_string();
            assert!(skip.contains("overflows"), "{skip}");
        }
        for sides in [lost.and(failed), failed.and(lost)] {
            assert_eq!(sides.telling(), Ok(failed));
        }
    }
}
