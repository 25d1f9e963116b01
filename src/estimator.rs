//! Policy-gradient estimators: which Ψₜ multiplies the score, and whether γᵗ stands before it.
//!
//! One trajectory gives ĝ = Σₜ wₜ ψₜ Ψₜ with wₜ = γᵗ ("with γᵗ") or wₜ = 1 ("dropped"); the average
//! of N independent trajectories has the same mean and 1/N of the covariance (theory, section 5).
//!
//! An [`Estimator`] is what a user names; [`Sampling`] is how trajectories are drawn. With a model
//! and a policy the two make a [`Resolved`] estimator: numbers only, which is what the simulator
//! accumulates and whose exact moments are computed.

mod accuracy;
mod adjoint;
mod assembly;
mod baseline;
mod bias;
mod by_parameter;
mod centred;
mod conditional;
mod critic;
mod differential;
mod doubling;
mod experiment;
mod form;
mod geometric;
mod importance;
mod joint;
mod kurtosis;
mod law;
mod moments;
mod multiplier;
mod name;
mod named;
mod process;
mod psi;
mod recursion;
mod resolved;
mod rows;
mod selected;
mod shaped;
mod stepwise;
mod table;
mod tabular;

pub use accuracy::{CovarianceErrors, MomentErrors};
pub(crate) use accuracy::{shown, shown_in_each, shown_rows};
pub use bias::{Bias, Target, truncation, truncation_bound};
pub use differential::Differential;
pub use experiment::{Experiment, Kurtosis};
pub use geometric::{occupancy_sampling, random_rollout};
pub(crate) use importance::check_support;
pub use law::Law;
pub use moments::{Detail, Moments};
pub use multiplier::{Estimator, Multiplier};
pub use name::{all, parse_list, parse_list_beside, repeated};
pub use psi::Psi;
pub use resolved::{BatchEstimator, BatchKind, Contribution, Resolved, Traced, WHITENING};
pub use table::Table;

use crate::chain::Termination;
use crate::error::Error;
use crate::linalg::{Csr, Solvable};
use crate::mdp::{Criterion, Mdp};
use crate::number::Number;
use crate::policy::Policy;

/// What is subtracted from the return; the mean does not change (theory, 5.7).
#[derive(Clone, Debug, PartialEq)]
pub enum Baseline {
    /// One number b for every state and time, in units of reward.
    Constant(Number),
    /// The value function v(s).
    V,
    /// The constant that minimises the trace of the covariance.
    OptimalConstant,
    /// The function of the state that minimises the trace of the covariance.
    OptimalState,
    /// The function of the state, the same at all times, that minimises the trace of the covariance: that
    /// of the state where nothing ends at a horizon or a cut.
    OptimalStationary,
    /// One function of the state for each parameter k, b_k(s), which minimises the variance of ĝ_k alone; by
    /// time, b_{k,t}(s), where trajectories end at a horizon or a cut.
    OptimalParameter,
    /// One function b_k(s) for each parameter at all times: that of [`Baseline::OptimalParameter`] where nothing ends at a horizon or a cut.
    OptimalParameterStationary,
    /// Σₐ π‖ψ‖²q / Σₐ π‖ψ‖², which would be best if the noise of different times were independent
    /// (Weaver & Tao 2001; Greensmith, Bartlett & Baxter 2004).
    Textbook,
    /// b(s) \[S\], given by the user, or b_t(s) of T steps, time by time; the entries of terminal states
    /// are not used.
    File(Vec<Number>),
}

/// What stands for v (and, through q = r + γpv, for q and A) in Ψ.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Critic {
    /// The exact v of the model's criterion.
    #[default]
    Exact,
    /// u(s) \[S\], given by the user, or u_t(s) over a horizon of T steps, time by time; 0 is used on
    /// terminal states.
    File(Vec<Number>),
    /// v plus independent normal errors of standard deviation `scale`, in units of reward.
    Noise {
        /// Seed of the errors.
        seed: u64,
        /// Their standard deviation.
        scale: f64,
    },
}

/// How a trajectory begins and ends. It begins in S₀ ~ ρ₀ and always ends in a terminal state; one
/// that starts there has length 0 and contributes the zero vector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sampling {
    /// T actions, the criterion being J_T; critics and baselines depend on the time.
    FiniteHorizon(usize),
    /// Until a terminal state is reached, which happens almost surely.
    Episodic,
    /// For ever: nobody samples this, but its moments exist where γ < 1.
    Infinite,
    /// T actions of an infinite horizon, with the critics of the infinite horizon. Returns end at
    /// the cut; residuals bootstrap with u(S_T) and end there (theory, 5.1).
    Truncated(usize),
    /// G1: after each reward the trajectory dies with probability 1 − γ, and rewards and scores
    /// are undiscounted (theory, 5.5). A critic is 0 in death.
    Geometric,
    /// T actions of the average reward, on a [`Differential`] model: the run begins in the long run
    /// and each score is weighed by 1/T. Returns and residuals end as those of a cut do.
    LongRun(usize),
}

impl std::fmt::Display for Sampling {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Sampling::FiniteHorizon(steps) => write!(f, "over a horizon of {steps} steps"),
            Sampling::Episodic => f.write_str("until a terminal state"),
            Sampling::Infinite => f.write_str("for ever"),
            Sampling::Truncated(steps) => write!(f, "cut after {steps} steps"),
            Sampling::Geometric => f.write_str("geometric"),
            Sampling::LongRun(steps) => write!(f, "a long run of {steps} steps"),
        }
    }
}

impl Sampling {
    /// Steps of a run of the average reward, unless another number is asked for; a choice.
    pub const RUN: usize = 100;

    /// The largest number of actions, if there is one.
    pub fn steps(&self) -> Option<usize> {
        match self {
            Sampling::FiniteHorizon(steps)
            | Sampling::Truncated(steps)
            | Sampling::LongRun(steps) => Some(*steps),
            _ => None,
        }
    }

    /// How one trajectory of the criterion goes on: to the horizon, until it ends, or for ever.
    ///
    /// Errors with [`Error::OtherSpace`] for a policy of another model, with [`Error::Criterion`] for the average reward.
    pub fn own<F: Solvable>(mdp: &Mdp<F>, policy: &Policy<F>) -> Result<Sampling, Error> {
        Error::check_space(mdp, policy)?;
        match mdp.criterion() {
            Criterion::FiniteHorizon { horizon, .. } => Ok(Sampling::FiniteHorizon(*horizon)),
            Criterion::Total => Ok(Sampling::Episodic),
            Criterion::Discounted { .. } => {
                let ends = Termination::new(mdp, policy)?.undefined_or_improper(mdp);
                Ok(match ends {
                    Ok(_) => Sampling::Episodic,
                    Err(_) => Sampling::Infinite,
                })
            }
            Criterion::Average => Err(Error::Criterion {
                needed: "discounted, finite-horizon or total",
                found: mdp.criterion().kind(),
            }),
        }
    }

    /// The trajectories of which the law of an estimator is told: the criterion's own ([`Sampling::own`]), and under the
    /// average reward runs of [`Sampling::RUN`] steps.
    ///
    /// Errors with [`Error::OtherSpace`] for a policy of another model.
    pub fn of_laws<F: Solvable>(mdp: &Mdp<F>, policy: &Policy<F>) -> Result<Sampling, Error> {
        Error::check_space(mdp, policy)?;
        match mdp.criterion() {
            Criterion::Average => Ok(Sampling::LongRun(Sampling::RUN)),
            _ => Sampling::own(mdp, policy),
        }
    }

    /// How one trajectory ends that is cut after T = `steps` steps: under the average reward it is a run
    /// of T steps.
    ///
    /// Errors with [`Error::Argument`] under a finite horizon, which ends every trajectory.
    pub fn cut_after<F>(steps: usize, criterion: &Criterion<F>) -> Result<Sampling, Error> {
        match criterion {
            Criterion::FiniteHorizon { .. } => Err(Error::Argument {
                name: "the cut of a trajectory",
                found: format!("after {steps} steps, on a finite horizon"),
                expected: "none: the horizon ends each; or another criterion",
            }),
            Criterion::Average => Ok(Sampling::LongRun(steps)),
            Criterion::Discounted { .. } | Criterion::Total => Ok(Sampling::Truncated(steps)),
        }
    }

    /// Errors with [`Error::Argument`] for trajectories of no step.
    pub(crate) fn check(&self) -> Result<(), Error> {
        if self.steps() == Some(0) {
            return Err(Error::Argument {
                name: "the number of steps of a trajectory",
                found: "0".into(),
                expected: "at least 1",
            });
        }
        Ok(())
    }

    /// T, where a task without end is cut there.
    pub fn cut(&self) -> Option<usize> {
        match self {
            Sampling::Truncated(steps) | Sampling::LongRun(steps) => Some(*steps),
            _ => None,
        }
    }

    /// The scores [SA, d] as they enter a sum: those of a long run by 1/T, so that the sum is an
    /// average over its steps.
    pub(crate) fn weigh<F: Solvable>(&self, scores: Csr<F>) -> Csr<F> {
        let Sampling::LongRun(steps) = self else {
            return scores;
        };
        let weight = F::one() / &F::from_number(&Number::from(*steps as i64));
        scores.map(|x| x.clone() * &weight)
    }
}

#[cfg(test)]
mod tests;
