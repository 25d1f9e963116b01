//! What is known before sampling: how to sample, exact moments, biases, and how many trajectories
//! it takes to see an error (theory, 6, *Design of a test*).

use std::sync::Arc;

use super::ComparisonOptions;
use super::difference::Pair;
use super::law::{ExactEstimator, Laws};
use super::sequential::looks;
use crate::chain::Termination;
use crate::error::Error;
use crate::estimator::{
    Detail, Differential, Estimator, Experiment, Psi, Sampling, Target, truncation,
    truncation_bound,
};
use crate::mdp::{Criterion, Mdp};
use crate::policy::Policy;

/// The bound on the truncation bias is at most this part of the standard error; a choice.
const SMALL: f64 = 0.1;

/// The exact side of a comparison.
#[derive(Clone, Debug)]
pub struct Design {
    /// How trajectories are drawn.
    pub sampling: Sampling,
    /// Under the average reward the model as its long run is sampled.
    pub long_run: Option<Differential>,
    /// ∇J \[d\], and how exactly it is known.
    pub target: Target<f64>,
    /// Where an infinite horizon is cut by our own choice, what that can do to the mean of a sum of
    /// discounted returns, \[d\]; under a cut that was asked for the bias is what it is.
    pub truncation_bound: Option<Vec<f64>>,
    /// The estimators, in order.
    pub estimators: Vec<ExactEstimator>,
    /// With [`ComparisonOptions::paired`]: the differences of the others from the first that has a law.
    pub pairs: Vec<Pair>,
}

/// Rewards whose fourth powers are normal numbers yet: 10⁻³⁰⁰, where the least is 2·10⁻³⁰⁸.
pub(crate) const FOURTH_POWER: f64 = 1e-75;

/// Errors where the rewards are so small that no fourth moment is left of them.
fn check_scale(mdp: &Mdp) -> Result<(), Error> {
    check_power(mdp, FOURTH_POWER, "the fourth moment of the rewards")
}

/// Errors where rewards are smaller than what leaves something of one of their powers.
pub(crate) fn check_power(mdp: &Mdp, smallest: f64, quantity: &'static str) -> Result<(), Error> {
    let rewards = (0..mdp.pairs()).flat_map(|pair| mdp.outcomes(pair).map(|o| o.reward.abs()));
    let largest = rewards.fold(0.0, f64::max);
    if largest == 0.0 || largest >= smallest {
        Ok(())
    } else {
        Err(Error::Underflow { quantity })
    }
}

impl Design {
    /// Computes everything that needs no sample.
    ///
    /// Errors with [`Error::Criterion`] for a way of sampling that the criterion does not have, with
    /// [`Error::NoScore`] on the boundary of a direct parametrization, with [`Error::Underflow`]
    /// where fourth powers of the rewards vanish, as moments then do, with [`Error::Improper`] if episodes may never end,
    /// with [`Error::GainJumps`] where an average reward is not continuous, and with [`Error::Factor`].
    pub fn new(
        mdp: &Mdp,
        policy: &Policy,
        estimators: &[Estimator],
        options: &ComparisonOptions,
    ) -> Result<Design, Error> {
        options.check()?;
        check_scale(mdp)?;
        let sampling = match options.sampling {
            Some(sampling) => sampling,
            None => sampling_of(mdp, policy, options)?,
        };
        let truncation_bound = match (sampling, options.sampling) {
            (Sampling::Truncated(steps), None) => Some(truncation_bound(mdp, policy, steps)?),
            _ => None,
        };
        let long_run = match sampling {
            Sampling::LongRun(_) => Some(Differential::new(mdp, policy, &options.solver)?),
            _ => None,
        };
        let laws = Laws::new(mdp, policy, sampling, options, long_run.as_ref())?;
        let exact = estimators.iter().map(|estimator| laws.exact(estimator));
        let mut design = Design {
            sampling,
            truncation_bound,
            estimators: exact.collect::<Result<_, Error>>()?,
            target: laws.target.clone(),
            pairs: Vec::new(),
            long_run: None,
        };
        if options.paired {
            design.pairs = design.pairs(&laws)?;
        }
        design.long_run = long_run;
        design.foresee(options);
        Ok(design)
    }

    /// How many trajectories see the error that should be detected, now that the number of tests is
    /// known among which the false-alarm rate is divided.
    fn foresee(&mut self, options: &ComparisonOptions) {
        let looks = if options.sequential {
            looks(options.trajectories).len()
        } else {
            1
        };
        let tests = self.sampled().count() + self.pairs.len();
        let level = options.false_alarm / (looks * tests.max(1)) as f64;
        let seen = |exact: &ExactEstimator| {
            let law = exact.law.as_ref().ok()?;
            let off = law
                .exact
                .expectation
                .iter()
                .map(|m| m * options.relative_error);
            law.to_see(
                &self.target,
                &off.collect::<Vec<f64>>(),
                level,
                options.power,
            )
        };
        let all: Vec<Option<f64>> = self.estimators.iter().map(seen).collect();
        for (exact, to_detect) in self.estimators.iter_mut().zip(all) {
            if let Ok(law) = &mut exact.law {
                Arc::make_mut(&mut law.exact).trajectories_to_detect = to_detect;
            }
        }
    }

    /// T, if an infinite horizon is cut there.
    pub fn truncation(&self) -> Option<usize> {
        self.sampling.cut()
    }

    /// The model as it is sampled.
    pub fn model<'a>(&'a self, mdp: &'a Mdp) -> &'a Mdp {
        self.long_run.as_ref().map_or(mdp, Differential::model)
    }

    /// The estimators that have a law, which are those that are sampled.
    pub fn sampled(&self) -> impl Iterator<Item = &ExactEstimator> {
        self.estimators.iter().filter(|exact| exact.law.is_ok())
    }

    /// The pairs, numbered among the estimators that have a law.
    pub fn sampled_pairs(&self) -> Vec<(usize, usize)> {
        let number = |i: usize| {
            let before = self.estimators[..i].iter();
            before.filter(|exact| exact.law.is_ok()).count()
        };
        let pairs = self.pairs.iter().map(|pair| pair.estimators);
        pairs.map(|(i, j)| (number(i), number(j))).collect()
    }

    /// The differences from the first estimator that has a law.
    fn pairs(&self, laws: &Laws) -> Result<Vec<Pair>, Error> {
        let first = self.estimators.iter().position(|exact| exact.law.is_ok());
        let Some(first) = first else {
            return Ok(Vec::new());
        };
        let others = first + 1..self.estimators.len();
        let pair = |i| Pair::new(&self.estimators, laws, (i, first)).transpose();
        others.filter_map(pair).collect()
    }
}

/// The criterion's own way, if whoever acts ends every episode as well: for the average reward runs
/// of its long run. A discounted task without end is cut where the bound on the truncation bias is a
/// tenth of the standard error of the reward-to-go estimate, coordinate by coordinate.
fn sampling_of(mdp: &Mdp, policy: &Policy, options: &ComparisonOptions) -> Result<Sampling, Error> {
    match mdp.criterion() {
        Criterion::FiniteHorizon { horizon, .. } => return Ok(Sampling::FiniteHorizon(*horizon)),
        Criterion::Total => {
            if let Some(behavior) = &options.behavior {
                Termination::new(mdp, behavior)?.undefined_or_improper(mdp)?;
            }
            return Ok(Sampling::Episodic);
        }
        Criterion::Discounted { .. } => {}
        Criterion::Average => return Ok(Sampling::LongRun(Sampling::RUN)),
    }
    let rounds = || Error::DiscountRounds {
        complement: *mdp.discount_complement(),
    };
    let mut actors = std::iter::once(policy).chain(&options.behavior);
    if actors.all(|actor| Termination::is_sure(mdp, actor)) {
        return Ok(Sampling::Episodic);
    }
    // where nothing ends, a γ of 1 in floating point leaves neither squares of returns nor a place to cut
    if mdp.discount() >= 1.0 {
        return Err(rounds());
    }
    let experiment = Experiment::new(mdp, policy, Sampling::Infinite, &options.solver)?;
    let resolved = experiment.resolve(&Estimator::new(Psi::RewardToGo))?;
    let moments = experiment.moments(&resolved, Detail::Variances)?;
    let samples = options.trajectories as f64;
    let errors = moments
        .variance
        .iter()
        .zip(&moments.raw)
        .map(|(variance, raw)| {
            let visible = *variance > raw * mdp.states() as f64 * f64::EPSILON;
            if visible {
                SMALL * (variance / samples).sqrt()
            } else {
                0.0
            }
        });
    let steps = truncation(mdp, policy, &errors.collect::<Vec<f64>>())?;
    Ok(Sampling::Truncated(steps.ok_or_else(rounds)?))
}
