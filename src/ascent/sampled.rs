//! REINFORCE: θ + ηĝ with the mean ĝ of N trajectories' estimates (theory, section 5).
//!
//! Trajectories are drawn as the criterion has it: T steps of a horizon, whole episodes where every
//! policy on the way terminates, otherwise with death at rate 1 − γ in place of the discount
//! ([`Sampling::Geometric`]), which leaves the mean what it is. Step k draws from a seed of its own,
//! so that a run is a function of its seed.

use std::ops::ControlFlow;

use super::{Iterate, Options, StepRule, moved};
use crate::chain::Termination;
use crate::error::Error;
use crate::estimator::{Estimator, Experiment, Psi, Sampling};
use crate::mdp::{Criterion, Mdp};
use crate::policy::Policy;
use crate::sampling::{Fate, Plan, Sampler, check_cost};

/// Steps after which an episode is called endless.
const LONGEST: usize = 10_000_000;

/// From the seed of one step to that of the next; odd, so that all 2⁶⁴ seeds of a run differ.
const STRIDE: u64 = 0x9E37_79B9_7F4A_7C15;

/// Sampled gradient steps.
pub(super) struct Reinforce {
    batch: Batch,
    estimator: Estimator,
    step: f64,
}

impl Reinforce {
    /// Errors with [`Error::Criterion`] for the average reward.
    pub fn new(
        mdp: &Mdp,
        policy: &Policy,
        options: &Options,
        step: f64,
    ) -> Result<Reinforce, Error> {
        Ok(Reinforce {
            batch: Batch::new(mdp, policy, options)?,
            estimator: options.estimator(),
            step,
        })
    }
}

impl StepRule for Reinforce {
    fn next(&mut self, at: &Iterate) -> Result<Option<(Iterate, f64)>, Error> {
        let mut sampler = self.batch.sampler(at, &self.estimator)?;
        let estimate = self.batch.mean(&mut sampler)?;
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
/// policy terminates, otherwise with death at rate 1 − γ in place of the discount.
///
/// Errors with [`Error::Criterion`] for the average reward.
pub fn sampling(mdp: &Mdp, policy: &Policy) -> Result<Sampling, Error> {
    let ends = || {
        let termination = Termination::new(mdp, policy);
        termination.undefined_or_improper(mdp).is_ok()
    };
    match mdp.criterion() {
        Criterion::FiniteHorizon { horizon, .. } => Ok(Sampling::FiniteHorizon(*horizon)),
        Criterion::Total => Ok(Sampling::Episodic),
        Criterion::Discounted { .. } if ends() => Ok(Sampling::Episodic),
        Criterion::Discounted { .. } => Ok(Sampling::Geometric),
        Criterion::Average => Err(Error::Criterion {
            needed: "discounted, finite-horizon or total",
            found: mdp.criterion().kind(),
        }),
    }
}

/// How the trajectories of every step are drawn.
pub(super) struct Batch {
    pub sampling: Sampling,
    pub trajectories: u64,
    seed: u64,
    threads: usize,
}

impl Batch {
    /// Errors with [`Error::Criterion`] for the average reward, with [`Error::EstimatorRange`]
    /// for an estimator that drops γᵗ where death stands in its place, and as [`check_cost`] where the
    /// first step would take too long.
    pub fn new(mdp: &Mdp, policy: &Policy, options: &Options) -> Result<Batch, Error> {
        let sampling = sampling(mdp, policy)?;
        if sampling == Sampling::Geometric {
            check_weighted(&options.estimator())?;
        }
        let who = (mdp, policy);
        check_cost(who, sampling, LONGEST, options.trajectories, Fate::Summed)?;
        Ok(Batch {
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
        let experiment = Experiment::new(
            at.solved.mdp(),
            at.solved.policy(),
            self.sampling,
            at.solved.options(),
        )?;
        let resolved = experiment.resolve(estimator)?;
        let plan = Plan {
            threads: self.threads,
            cap: LONGEST,
            ..Plan::new(self.sampling, self.seed)
        };
        self.seed = self.seed.wrapping_add(STRIDE);
        Sampler::new(at.solved.mdp(), at.solved.policy(), None, &[resolved], plan)
    }

    /// ĝ [d].
    pub fn mean(&self, sampler: &mut Sampler) -> Result<Vec<f64>, Error> {
        let samples = sampler.sample_to(self.trajectories, &|_| ControlFlow::Continue(()))?;
        Ok(samples
            .estimators
            .into_iter()
            .next()
            .map_or_else(Vec::new, |moments| moments.mean))
    }
}
