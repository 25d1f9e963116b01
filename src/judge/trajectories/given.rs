//! What a user gives: trajectories, the numbers made of them, and what both are held against.

use super::names::NotRead;
use crate::estimator::{Critic, Estimator};
use crate::judge::given::GivenError;
use crate::number::Number;
use crate::policy::Policy;

/// One trajectory of a user.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trajectory {
    /// S₀, S₁, …; one more than its steps where the state after the last one is known.
    pub states: Vec<usize>,
    /// A₀, A₁, …, as indices into the names of actions.
    pub actions: Vec<usize>,
    /// R₀, R₁, …
    pub rewards: Vec<f64>,
    /// Sₜ₊₁ of each step, as far as it is known.
    pub next: Vec<Option<usize>>,
    /// Whether each step ended in a terminal state (or at the horizon).
    pub terminated: Option<Vec<bool>>,
    /// Whether it was cut after each step.
    pub truncated: Option<Vec<bool>>,
    /// Whether one or the other.
    pub done: Option<Vec<bool>>,
    /// log π(Aₜ|Sₜ), as the user has it.
    pub log_probabilities: Option<Vec<f64>>,
}

/// What a user says that an estimator gives on the trajectories.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Claim {
    /// Which estimator, if that is said.
    pub name: Option<String>,
    /// Ψₜ of each step.
    pub psi: Option<Vec<Vec<f64>>>,
    /// X \[d\] of each trajectory.
    pub contributions: Option<Vec<Vec<f64>>>,
    /// The estimate \[d\].
    pub estimate: Option<Vec<f64>>,
}

/// A user's trajectories, and what the user makes of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trajectories {
    /// Each of them.
    pub each: Vec<Trajectory>,
    /// The numbers of estimators.
    pub claims: Vec<Claim>,
    /// The columns of them that were not read.
    pub not_read: Vec<NotRead>,
}

impl Trajectories {
    /// Errors for what says nothing of them, because no number is given that it would be about.
    pub fn check(&self, options: &TrajectoryOptions) -> Result<(), GivenError> {
        let is_of = |claim: &&Claim| match (&claim.name, &options.named) {
            (Some(own), Some(named)) => *own == named.to_string(),
            _ => true,
        };
        let what = match &options.named {
            Some(named) => format!("the estimator {named}"),
            None if options.critic != Critic::Exact => "the critic".to_string(),
            None if options.baseline.is_some() => "the baseline".to_string(),
            None if options.entropy.is_some() => "the entropy".to_string(),
            None => return Ok(()),
        };
        if self.claims.iter().any(|claim| is_of(&claim)) {
            return Ok(());
        }
        let not_read = self.not_read.iter().map(|column| match &column.why {
            Some(why) => format!("`{}` ({why})", column.name),
            None => format!("`{}`", column.name),
        });
        Err(GivenError::NothingOf {
            what,
            not_read: not_read.collect(),
        })
    }

    /// The number of steps of all of them.
    pub fn steps(&self) -> usize {
        self.each.iter().map(|one| one.actions.len()).sum()
    }
}

/// What trajectories are held against.
#[derive(Clone, Debug)]
pub struct TrajectoryOptions {
    /// The estimator whose numbers the user gives; `None` to ask which they could be.
    pub named: Option<Estimator>,
    /// Who acted, if another policy.
    pub behavior: Option<Policy>,
    /// What stands for v.
    pub critic: Critic,
    /// b(s) \[S\] of one estimator more.
    pub baseline: Option<Vec<Number>>,
    /// α, where each reward has −α log π(a|s) added: the numbers are those of J_α.
    pub entropy: Option<f64>,
    /// The probability that right data are called inconsistent.
    pub false_alarm: f64,
}

impl Default for TrajectoryOptions {
    fn default() -> TrajectoryOptions {
        TrajectoryOptions {
            named: None,
            behavior: None,
            critic: Critic::Exact,
            baseline: None,
            entropy: None,
            false_alarm: 1e-4,
        }
    }
}
