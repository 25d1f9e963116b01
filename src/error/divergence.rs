//! Why a moment of an estimator does not exist.

use std::fmt;

/// Why a moment does not exist.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Divergence {
    /// The scores of a continuing task sum to a martingale of unbounded variance.
    TotalReturnOfContinuingTask,
    /// Without γᵗ the terms of a continuing task do not fade.
    DroppedOnContinuingTask,
    /// Importance weights: the spectral radius of c² Σₐ π²/b p is not below 1.
    ImportanceWeights {
        /// The spectral radius.
        spectral_radius: f64,
    },
    /// The product of all ratios of a trajectory without end has no limit to speak of.
    RatioOfContinuingTask,
    /// What is divided by the number of steps takes trajectories that end.
    StepsOfContinuingTask,
}

impl fmt::Display for Divergence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Divergence::TotalReturnOfContinuingTask => f.write_str(
                "the total-return estimator has no finite variance on a continuing task",
            ),
            Divergence::DroppedOnContinuingTask => f.write_str(
                "without γ^t the estimator has neither mean nor variance on a continuing task",
            ),
            Divergence::ImportanceWeights { spectral_radius } => write!(
                f,
                "the importance-sampling estimator has no finite variance: its second moments grow \
                 by {spectral_radius} per step"
            ),
            Divergence::RatioOfContinuingTask => f.write_str(
                "the ratio of a whole trajectory does not exist on a continuing task that is not cut",
            ),
            Divergence::StepsOfContinuingTask => f.write_str(
                "there is no mean over the steps of a continuing task that is not cut",
            ),
        }
    }
}
