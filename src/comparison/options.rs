//! How to compare: how many trajectories, how they are drawn, what is tested.

use crate::error::Error;
use crate::estimator::Sampling;
use crate::linalg::SolverOptions;
use crate::policy::Policy;

/// How to compare.
#[derive(Clone, Debug)]
pub struct ComparisonOptions {
    /// N; with [`ComparisonOptions::sequential`] the most there may be.
    pub trajectories: u64,
    /// Trajectory i is a function of the seed and i.
    pub seed: u64,
    /// Threads; 0 for as many as the machine has. Changes no result.
    pub threads: usize,
    /// The probability that any estimator of the run is called inconsistent by chance.
    pub false_alarm: f64,
    /// Whether to look early and stop when the answer is clear, at the same false-alarm rate.
    pub sequential: bool,
    /// How to sample; `None` for the criterion's own way, with a truncation that is small beside
    /// the standard error where the task does not end.
    pub sampling: Option<Sampling>,
    /// Who acts; `None` for the policy itself. The estimates are weighed by π/b (theory, 5.6).
    pub behavior: Option<Policy>,
    /// Whether to keep the error at N = 10, 18, 32, 56, 100, … for a plot
    /// ([`Comparison::convergence`](super::Comparison::convergence)).
    pub checkpoints: bool,
    /// Whether to test differences from the first estimator on the same trajectories
    /// ([`Comparison::paired`](super::Comparison::paired)); needs covariances, that is no more parameters than
    /// [`ComparisonOptions::covariance_limit`].
    pub paired: bool,
    /// Whether each [`ComparedEstimator`](super::ComparedEstimator) carries its whole covariance.
    pub covariance: bool,
    /// The relative error of the mean that should be detected.
    pub relative_error: f64,
    /// With which probability.
    pub power: f64,
    /// Up to this many parameters the whole covariance is computed, in O(d²) memory and O(d³)
    /// time; beyond, the coordinates are tested one by one (`max-z`).
    pub covariance_limit: usize,
    /// How linear systems are solved.
    pub solver: SolverOptions,
}

impl Default for ComparisonOptions {
    fn default() -> ComparisonOptions {
        ComparisonOptions {
            trajectories: 100_000,
            seed: 0,
            threads: 0,
            false_alarm: 1e-4,
            sequential: false,
            sampling: None,
            behavior: None,
            checkpoints: false,
            paired: false,
            covariance: false,
            relative_error: 0.01,
            power: 0.9,
            covariance_limit: 1024,
            solver: SolverOptions::default(),
        }
    }
}

impl ComparisonOptions {
    /// Errors with [`Error::Argument`] at the first number outside its range.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let refuse = |name, found: String, expected| {
            Err(Error::Argument {
                name,
                found,
                expected,
            })
        };
        let inside = |x: f64| x > 0.0 && x < 1.0;
        if self.trajectories == 0 {
            return refuse("the number of trajectories", "0".into(), "at least 1");
        }
        let probability = "a probability between 0 and 1";
        if !inside(self.false_alarm) {
            let found = self.false_alarm.to_string();
            return refuse("the rate of false alarms", found, probability);
        }
        if !inside(self.power) {
            return refuse("the power", self.power.to_string(), probability);
        }
        if !(self.relative_error > 0.0 && self.relative_error.is_finite()) {
            let found = self.relative_error.to_string();
            return refuse("the relative error", found, "a number above 0");
        }
        Ok(())
    }
}
