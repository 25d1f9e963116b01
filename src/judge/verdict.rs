//! What a judgment comes to, and to how many digits.

/// What a judgment comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The vector is the exact one, to rounding.
    Right,
    /// It is not.
    Wrong,
    /// A sample agrees with the exact law.
    Consistent,
    /// A sample contradicts it.
    Inconsistent,
    /// On this model right and wrong look alike.
    CannotBeTold,
}

impl Verdict {
    /// Whether nothing speaks against what was judged.
    pub fn is_good(self) -> bool {
        matches!(self, Verdict::Right | Verdict::Consistent)
    }

    /// The verdict in words.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Right => "right",
            Verdict::Wrong => "wrong",
            Verdict::Consistent => "consistent",
            Verdict::Inconsistent => "inconsistent",
            Verdict::CannotBeTold => "cannot be told",
        }
    }
}

/// Digits of agreement from a relative difference.
pub(super) fn digits(apart: f64) -> u32 {
    match apart {
        0.0 => 16,
        x if x >= 1.0 => 0,
        x => (-x.log10()).floor().clamp(0.0, 16.0) as u32,
    }
}
