//! Which of several tests a decisive p-value is of.

/// The test that a verdict on a sample rests on: the one of the smallest p-value, at its share of the rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// The mean, by its exact covariance.
    Mean,
    /// The mean, where coordinates that vary too seldom enter by bounds.
    MeanByBounds,
    /// The mean, by the covariance of the sample.
    MeanByOwnSpread,
    /// The variances.
    Variances,
    /// The covariances.
    Covariances,
    /// What no chance does: a mean where the law does not vary, or rows that no scores span.
    NoChance,
}

impl Basis {
    /// The test in words.
    pub fn says(self) -> &'static str {
        match self {
            Basis::Mean => "the mean, by its exact covariance",
            Basis::MeanByBounds => "the mean, by bounds that hold for every N",
            Basis::MeanByOwnSpread => "the mean, by the covariance of the rows themselves",
            Basis::Variances => "the variances",
            Basis::Covariances => "the covariances, by bounds that hold for every N",
            Basis::NoChance => "what no chance does: the law does not vary in this direction",
        }
    }
}
