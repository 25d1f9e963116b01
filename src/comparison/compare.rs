//! A comparison asked of a solved policy.

use std::ops::ControlFlow;

use super::{Comparison, ComparisonOptions, Design, compare};
use crate::error::Error;
use crate::estimator::{Estimator, Sampling};
use crate::policy::Policy;
use crate::solved::Solved;

/// A comparison that is being asked for: [`Solved::compare`].
#[derive(Clone, Debug)]
#[must_use = "nothing is sampled before `run`"]
pub struct Compare<'a> {
    solved: Solved,
    estimators: &'a [Estimator],
    options: ComparisonOptions,
}

impl Solved {
    /// Estimators sampled beside their exact laws and ∇J; [`Compare::run`] runs it.
    pub fn compare<'a>(&self, estimators: &'a [Estimator]) -> Compare<'a> {
        Compare {
            options: ComparisonOptions {
                solver: self.options().clone(),
                ..ComparisonOptions::default()
            },
            solved: self.clone(),
            estimators,
        }
    }
}

impl Compare<'_> {
    /// N; with [`Compare::sequential`] the most there may be. 10⁵ unless said.
    pub fn trajectories(mut self, trajectories: u64) -> Self {
        self.options.trajectories = trajectories;
        self
    }

    /// Trajectory i is a function of the seed and i. 0 unless said.
    pub fn seed(mut self, seed: u64) -> Self {
        self.options.seed = seed;
        self
    }

    /// Threads; 0 for as many as the machine has. Changes no result.
    pub fn threads(mut self, threads: usize) -> Self {
        self.options.threads = threads;
        self
    }

    /// The probability that any estimator of the run is called inconsistent by chance. 10⁻⁴ unless
    /// said.
    pub fn false_alarm(mut self, rate: f64) -> Self {
        self.options.false_alarm = rate;
        self
    }

    /// Looks early and stops when the answer is clear, at the same false-alarm rate.
    pub fn sequential(mut self) -> Self {
        self.options.sequential = true;
        self
    }

    /// Draws trajectories in this way instead of the criterion's own.
    pub fn sampling(mut self, sampling: Sampling) -> Self {
        self.options.sampling = Some(sampling);
        self
    }

    /// Lets another policy act; the estimates are weighed by π/b.
    pub fn behavior(mut self, behavior: &Policy) -> Self {
        self.options.behavior = Some(behavior.clone());
        self
    }

    /// Also tests differences from the first estimator on the same trajectories.
    pub fn paired(mut self) -> Self {
        self.options.paired = true;
        self
    }

    /// With all options at once.
    pub fn with(mut self, options: ComparisonOptions) -> Self {
        self.options = options;
        self
    }

    /// The exact side alone: how trajectories are drawn, every law, and how many trajectories show
    /// an error. Nothing is sampled.
    ///
    /// # Errors
    /// [`Error::Criterion`] for a way of sampling that the criterion does not have,
    /// [`Error::NoScore`], [`Error::Underflow`], [`Error::NoSupport`], [`Error::Factor`].
    pub fn design(&self) -> Result<Design, Error> {
        let (mdp, policy) = (self.solved.mdp(), self.solved.policy());
        Design::new(mdp, policy, self.estimators, &self.options)
    }

    /// Samples and judges.
    ///
    /// # Errors
    /// [`Error::Criterion`] for a way of sampling that the criterion does not have,
    /// [`Error::NoScore`], [`Error::Underflow`], [`Error::NoSupport`], [`Error::Factor`], and [`Error::Overlong`] if an
    /// episode never ends.
    pub fn run(self) -> Result<Comparison, Error> {
        self.run_with(&|_| ControlFlow::Continue(()))
    }

    /// [`Compare::run`]; `progress` is told how many trajectories are done and may stop the run:
    /// what was sampled up to then is judged.
    pub fn run_with(
        self,
        progress: &(dyn Fn(u64) -> ControlFlow<()> + Sync),
    ) -> Result<Comparison, Error> {
        let (mdp, policy) = (self.solved.mdp(), self.solved.policy());
        compare(mdp, policy, self.estimators, &self.options, progress)
    }
}
