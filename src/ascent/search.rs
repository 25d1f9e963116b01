//! Searches that use J alone, evaluated at parameters drawn around θ: nothing is differentiated. J is exact, or
//! the mean of sampled returns ([`Draws::rollouts`]).
//!
//! ```text
//! evolution       θ + η ĝ,  ĝ = (1/N) Σ ξ (J(θ + σξ) − J(θ − σξ))/2σ        (Salimans et al. 2017)
//! cross-entropy   θ, σ: mean and deviation of the best fifth of N draws N(θ, diag σ²)
//!                                                                 (Mannor, Rubinstein & Gat 2003)
//! random-search   the best of N draws N(θ, σ²I) if it raises J; σ grows by 3/2 then, halves else
//!                                                                 (Rastrigin 1963)
//! ```

use super::{GoOn, HALVINGS, Iterate, StepRule};
use crate::error::Error;
use crate::estimator::Sampling;
use crate::evaluation::Prepared;
use crate::gradient::evolution::Smoothing;
use crate::linalg::{moved, norm};
use crate::mdp::Mdp;
use crate::policy::{Policy, standard_normal};
use crate::sampling::{Fate, check_cost};
use crate::trajectory::{Simulator, record};

/// σ of the evolution strategy, in units of θ; a choice.
const SMOOTHING: f64 = 0.1;
/// One draw in so many is kept by the cross-entropy method; a choice.
const ONE_IN: usize = 5;
/// A deviation below this has converged; a choice.
const CONVERGED: f64 = 1e-12;

/// What is drawn around each iterate.
pub(super) struct Draws {
    /// How many policies are drawn around each iterate.
    pub samples: usize,
    /// The seed; every draw has a stream of its own.
    pub seed: u64,
    /// Rounds that have been drawn.
    pub rounds: u64,
    /// Of how many sampled returns J is the mean; `None`: J itself.
    pub rollouts: Option<u64>,
}

impl Draws {
    /// The seed of the next round.
    fn round(&mut self) -> u64 {
        // 2⁶⁴/φ, odd: the multiples of it are spread over all seeds evenly (Knuth 1998, 6.4)
        const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;
        let seed = self.seed.wrapping_add(self.rounds.wrapping_mul(GOLDEN));
        self.rounds += 1;
        seed
    }

    /// Parameters θ + σ ξ with their J, the best first; those without a value are left out.
    fn best_first(&mut self, at: &Iterate, sigma: &[f64], go_on: &GoOn) -> Vec<(f64, Vec<f64>)> {
        let seed = self.round();
        let this = &*self;
        let draw = |i: usize| {
            let xi = standard_normal(seed, i as u64, sigma.len());
            let shift = xi.iter().zip(sigma).map(|(x, sigma)| x * sigma);
            let theta: Vec<f64> = at.theta().iter().zip(shift).map(|(x, y)| x + y).collect();
            Some((this.value(at, theta.clone(), (seed, i as u64))?, theta))
        };
        let mut drawn: Vec<(f64, Vec<f64>)> = (0..this.samples)
            .take_while(|_| go_on().is_continue())
            .filter_map(draw)
            .collect();
        drawn.sort_by(|(x, _), (y, _)| y.total_cmp(x));
        drawn
    }
}

impl Draws {
    /// J at θ, or the mean of sampled returns from a stream of its own; `None` where J has no value.
    fn value(&self, at: &Iterate, theta: Vec<f64>, (seed, stream): (u64, u64)) -> Option<f64> {
        let Some(trajectories) = self.rollouts else {
            return objective(at, theta);
        };
        // 2⁶⁴/x, x⁴ = x + 1, odd: spread as evenly, and unlike the multiples above (Roberts 2018)
        const STREAMS: u64 = 0xd1b5_4a32_d192_ed03;
        let policy = at.policy_at(theta).ok()?;
        let seed = seed ^ stream.wrapping_add(1).wrapping_mul(STREAMS);
        rolled_out(at.solved.mdp(), &policy, trajectories, seed)
    }

    /// The gradient of the smoothed J from pairs of sampled returns \[d\].
    fn sampled_gradient(&mut self, at: &Iterate, go_on: &GoOn) -> Option<Vec<f64>> {
        let (seed, samples) = (self.round(), self.samples.max(2));
        let mut mean = vec![0.0; at.theta().len()];
        for i in (0..samples as u64).take_while(|_| go_on().is_continue()) {
            let xi = standard_normal(seed, i, mean.len());
            let at_end = |sign: f64, stream| {
                let theta = moved(at.theta(), &xi, sign * SMOOTHING);
                self.value(at, theta, (seed, stream))
            };
            let (up, down) = (at_end(1.0, 2 * i)?, at_end(-1.0, 2 * i + 1)?);
            mean = moved(&mean, &xi, (up - down) / (2.0 * SMOOTHING * samples as f64));
        }
        Some(mean)
    }
}

/// Steps after which an episode is called endless; a choice.
const LONGEST: usize = 100_000;

/// Errors with [`Error::CostlySample`] where so many returns of a policy are more than is kept.
pub(super) fn check_rollouts(mdp: &Mdp, policy: &Policy, rollouts: u64) -> Result<(), Error> {
    let sampling = super::sampling(mdp, policy, None)?;
    check_cost((mdp, policy), sampling, usize::MAX, rollouts, Fate::Kept)
}

/// The mean of so many sampled returns; `None` where an episode has no end.
fn rolled_out(mdp: &Mdp, policy: &Policy, trajectories: u64, seed: u64) -> Option<f64> {
    let sampling = super::sampling(mdp, policy, None).ok()?;
    let simulator = Simulator::new(mdp, policy, sampling).ok()?;
    let record = record(&simulator, seed, trajectories, LONGEST).ok()?;
    // who dies at rate 1 − γ is not discounted
    let discount = if sampling == Sampling::Geometric {
        1.0
    } else {
        mdp.discount()
    };
    let to_go = |i: usize| {
        let rewards: Vec<f64> = record.events(i).map(|event| event.reward).collect();
        rewards
            .iter()
            .rev()
            .fold(0.0, |later, r| r + discount * later)
    };
    let returns: f64 = (0..record.trajectories()).map(to_go).sum();
    Some(returns / trajectories as f64)
}

/// J at θ; `None` where that has no value.
fn objective(at: &Iterate, theta: Vec<f64>) -> Option<f64> {
    let policy = at.policy_at(theta).ok()?;
    let (mdp, options) = (at.solved.mdp(), at.solved.options());
    let j = Prepared::new(mdp, &policy, options).and_then(|prepared| prepared.objective(mdp));
    j.ok().filter(|j| j.is_finite())
}

/// An evolution strategy: steps along a sampled gradient of the smoothed J.
pub(super) struct EvolutionRule {
    /// η.
    pub step: f64,
    /// Pairs θ ± σξ.
    pub draws: Draws,
}

impl StepRule for EvolutionRule {
    fn next(&mut self, at: &Iterate, go_on: &GoOn) -> Result<Option<(Iterate, f64)>, Error> {
        let mean = if self.draws.rollouts.is_some() {
            let Some(mean) = self.draws.sampled_gradient(at, go_on) else {
                return Ok(None);
            };
            mean
        } else {
            let smoothing = Smoothing {
                sigma: SMOOTHING,
                samples: self.draws.samples.max(2),
                seed: self.draws.round(),
            };
            at.solved.evolution(smoothing)?.mean
        };
        let theta = moved(at.theta(), &mean, self.step);
        Ok(Some((at.at(theta)?, self.step)))
    }
}

/// The cross-entropy method.
pub(super) struct CrossEntropy {
    /// σ \[d\]; empty before the first step.
    pub sigma: Vec<f64>,
    /// σ of the first step.
    pub first: f64,
    pub draws: Draws,
}

impl StepRule for CrossEntropy {
    fn next(&mut self, at: &Iterate, go_on: &GoOn) -> Result<Option<(Iterate, f64)>, Error> {
        self.sigma.resize(at.theta().len(), self.first);
        let mut drawn = self.draws.best_first(at, &self.sigma, go_on);
        drawn.truncate((self.draws.samples / ONE_IN).max(2));
        if drawn.len() < 2 || norm(&self.sigma) <= CONVERGED {
            return Ok(None);
        }
        let share = 1.0 / drawn.len() as f64;
        let mut mean = vec![0.0; self.sigma.len()];
        for (_, theta) in &drawn {
            mean = moved(&mean, theta, share);
        }
        let deviation = |k: usize| {
            let squares = drawn.iter().map(|(_, theta)| (theta[k] - mean[k]).powi(2));
            (squares.sum::<f64>() * share).sqrt()
        };
        self.sigma = (0..mean.len()).map(deviation).collect();
        let size = norm(&self.sigma);
        Ok(at.trial(mean)?.map(|next| (next, size)))
    }
}

/// Random search.
pub(super) struct RandomSearch {
    /// σ.
    pub sigma: f64,
    pub draws: Draws,
}

impl StepRule for RandomSearch {
    fn next(&mut self, at: &Iterate, go_on: &GoOn) -> Result<Option<(Iterate, f64)>, Error> {
        for _ in 0..HALVINGS {
            let sigma = vec![self.sigma; at.theta().len()];
            let best = self.draws.best_first(at, &sigma, go_on).into_iter().next();
            let here = match self.draws.rollouts {
                None => at.j() + at.error(),
                Some(_) => {
                    let stream = (self.draws.round(), u64::MAX);
                    let value = self.draws.value(at, at.theta().to_vec(), stream);
                    value.unwrap_or(f64::INFINITY)
                }
            };
            if let Some((j, theta)) = best
                && j > here
                && let Some(next) = at.trial(theta)?
            {
                let taken = self.sigma;
                self.sigma *= 1.5;
                return Ok(Some((next, taken)));
            }
            self.sigma /= 2.0;
            if self.sigma <= CONVERGED {
                break;
            }
        }
        Ok(None)
    }
}
