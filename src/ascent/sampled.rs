//! REINFORCE: θ + ηĝ with the mean ĝ of N trajectories' estimates (theory, section 5).
//!
//! Trajectories are drawn as the criterion has it: T steps of a horizon, whole episodes where every
//! policy on the way terminates, otherwise with death at rate 1 − γ in place of the discount
//! ([`Sampling::Geometric`]), which leaves the mean what it is. Under the average reward they are runs that begin
//! in the long run of the policy at hand and are paid what is beyond its gain ([`Differential`]). Step k draws from a seed of its own,
//! so that a run is a function of its seed.

use super::{AscentOptions, GoOn, Iterate, StepRule};
use crate::chain::Termination;
use crate::error::Error;
use crate::estimator::{Differential, Estimator, Experiment, Psi, Sampling};
use crate::linalg::moved;
use crate::mdp::{Criterion, Mdp};
use crate::policy::Policy;
use crate::sampling::{Fate, Plan, Sampler, check_cost};

/// Steps after which an episode is called endless; a choice.
const LONGEST: usize = 10_000_000;

/// From the seed of one step to that of the next; odd, so that all 2⁶⁴ seeds of a run differ.
const STRIDE: u64 = 0x9E37_79B9_7F4A_7C15;

/// Sampled gradient steps.
pub(super) struct Reinforce {
    batch: Draws,
    estimator: Estimator,
    step: f64,
}

impl Reinforce {
    /// Errors with [`Error::EstimatorRange`] for an estimator that drops γᵗ where death stands in its place, with
    /// [`Error::CostlySample`] where a step would take too long, and with [`Error::Argument`] for a cut of a horizon.
    pub fn new(
        mdp: &Mdp,
        policy: &Policy,
        options: &AscentOptions,
        step: f64,
    ) -> Result<Reinforce, Error> {
        Ok(Reinforce {
            batch: Draws::new(mdp, policy, options, Fate::Summed)?,
            estimator: options.estimator(),
            step,
        })
    }
}

impl StepRule for Reinforce {
    fn next(&mut self, at: &Iterate, go_on: &GoOn) -> Result<Option<(Iterate, f64)>, Error> {
        let mut sampler = self.batch.sampler(at, &self.estimator)?;
        let estimate = self.batch.mean(&mut sampler, go_on)?;
        let theta = moved(at.theta(), &estimate, self.step);
        Ok(Some((at.at(theta)?, self.step)))
    }
}

fn check_weighted(estimator: &Estimator) -> Result<(), Error> {
    if estimator.discounting() || estimator.psi() == Psi::TotalReturn {
        Ok(())
    } else {
        Err(Error::EstimatorRange {
            found: estimator.to_string(),
            expected: "episodes die at rate 1 − γ here, in place of the discount, so there is no γ^t to drop",
        })
    }
}

/// How the trajectories of a sampled ascent are drawn: T steps of a horizon, whole episodes where the
/// policy terminates, otherwise with death at rate 1 − γ in place of the discount; cut after so many steps
/// where that is asked for; runs of the long run under the average reward.
///
/// Errors with [`Error::Argument`] for a cut of a horizon.
pub fn sampling(mdp: &Mdp, policy: &Policy, truncation: Option<usize>) -> Result<Sampling, Error> {
    Error::check_space(mdp, policy)?;
    match (mdp.criterion(), truncation) {
        (criterion, Some(steps)) => Sampling::cut_after(steps, criterion),
        (Criterion::FiniteHorizon { horizon, .. }, None) => Ok(Sampling::FiniteHorizon(*horizon)),
        (Criterion::Average, None) => Ok(Sampling::LongRun(Sampling::RUN)),
        (Criterion::Total, None) => Ok(Sampling::Episodic),
        (Criterion::Discounted { .. }, None) if Termination::is_sure(mdp, policy) => {
            Ok(Sampling::Episodic)
        }
        (Criterion::Discounted { .. }, None) => Ok(Sampling::Geometric),
    }
}

/// Errors with [`Error::Criterion`] under the average reward, where no return is whole.
pub(super) fn whole_returns(mdp: &Mdp) -> Result<(), Error> {
    match mdp.criterion() {
        Criterion::Average => Err(Error::Criterion {
            needed: "discounted, finite-horizon or total for sampled returns",
            found: mdp.criterion().kind(),
        }),
        _ => Ok(()),
    }
}

/// How the trajectories of every step are drawn.
pub(super) struct Draws {
    pub sampling: Sampling,
    pub trajectories: u64,
    seed: u64,
    threads: usize,
}

impl Draws {
    /// Errors with [`Error::Argument`] for a cut of a horizon, with [`Error::EstimatorRange`]
    /// for an estimator that drops γᵗ where death stands in its place, and with [`Error::CostlySample`] where the
    /// first step would take too long.
    pub fn new(
        mdp: &Mdp,
        policy: &Policy,
        options: &AscentOptions,
        fate: Fate,
    ) -> Result<Draws, Error> {
        let sampling = sampling(mdp, policy, options.truncation)?;
        if sampling == Sampling::Geometric {
            check_weighted(&options.estimator())?;
        }
        let who = (mdp, policy);
        check_cost(who, sampling, LONGEST, options.trajectories, fate)?;
        Ok(Draws {
            sampling,
            trajectories: options.trajectories,
            seed: options
                .seed
                .wrapping_add(STRIDE.wrapping_mul(options.made as u64)),
            threads: options.threads,
        })
    }

    /// The sampler of the next step, on trajectories that no other step has seen.
    pub fn sampler(&mut self, at: &Iterate, estimator: &Estimator) -> Result<Sampler, Error> {
        let (policy, solver) = (at.solved.policy(), at.solved.options());
        let long_run = match self.sampling {
            Sampling::LongRun(_) => Some(Differential::new(at.solved.mdp(), policy, solver)?),
            _ => None,
        };
        let mdp = long_run
            .as_ref()
            .map_or(&**at.solved.mdp(), Differential::model);
        let experiment = Experiment::new(mdp, policy, self.sampling, solver)?;
        let resolved = experiment.resolve(estimator)?;
        let plan = Plan {
            threads: self.threads,
            cap: LONGEST,
            ..Plan::new(self.sampling, self.seed)
        };
        self.seed = self.seed.wrapping_add(STRIDE);
        Sampler::new(mdp, policy, None, &[resolved], plan)
    }

    /// ĝ [d], of fewer trajectories where it is not gone on.
    pub fn mean(&self, sampler: &mut Sampler, go_on: &GoOn) -> Result<Vec<f64>, Error> {
        let samples = sampler.sample_to(self.trajectories, &|_| go_on())?;
        Ok(samples
            .estimators
            .into_iter()
            .next()
            .map_or_else(Vec::new, |moments| moments.mean))
    }
}
