//! Actor-critic (A2C): the policy follows an estimate that asks a critic u(s), and the critic learns
//! u from the same trajectories (Sutton & Barto 2018, section 13.5; Mnih et al. 2016).
//!
//! ```text
//! θ ← θ + η ĝ(u)        u(s) ← u(s) + α mean over the visits of s of Dₜ
//! ```
//!
//! with Dₜ the residual of the estimator: δₜ for TD, Σ_{l<n} γˡδₜ₊ₗ for n steps, Σ (γλ)ˡδₜ₊ₗ for GAE.
//! Under the average reward Rₜ − g stands for Rₜ, g the gain of the policy at hand, and γ is 1: u comes to differ
//! from the bias h by a constant. Behind a cut that is no end of the task δ_{T−1} holds γ u(S_T), behind a
//! horizon 0. The critic starts at 0; what it gets wrong is bias of ĝ, not of the J that the trace shows.

use super::sampled::Draws;
use super::{AscentOptions, GoOn, Iterate, StepRule};
use crate::error::Error;
use crate::estimator::{Critic, Estimator, Multiplier, Sampling};
use crate::linalg::moved;
use crate::mdp::Mdp;
use crate::number::Number;
use crate::policy::Policy;
use crate::sampling::Fate;
use crate::trajectory::{Event, Record};

/// Sampled steps with a learned critic.
pub(super) struct ActorCritic {
    batch: Draws,
    estimator: Estimator,
    step: f64,
    critic: Learned,
}

impl ActorCritic {
    /// Errors with [`Error::EstimatorRange`] for an estimator that drops γᵗ where death stands in its place, with
    /// [`Error::CostlySample`] where a step would take too long, and with [`Error::Argument`] for a cut of a horizon.
    pub fn new(
        mdp: &Mdp,
        policy: &Policy,
        options: &AscentOptions,
        step: f64,
    ) -> Result<ActorCritic, Error> {
        // the critic learns from them one by one
        let batch = Draws::new(mdp, policy, options, Fate::Kept)?;
        let estimator = options.estimator();
        let gamma = mdp.discount();
        // death stands for the discount
        let discount = match batch.sampling {
            Sampling::Geometric => 1.0,
            _ => gamma,
        };
        let (decay, window) = match estimator.multiplier() {
            Multiplier::Gae { lambda, .. } => (discount * lambda.to_f64(), usize::MAX),
            Multiplier::NStep { n, .. } => (discount, *n),
            _ => (0.0, 1),
        };
        Ok(ActorCritic {
            critic: Learned {
                u: vec![0.0; mdp.states()],
                discount,
                decay,
                window,
                step: options.critic_step,
                horizon: match batch.sampling {
                    Sampling::FiniteHorizon(horizon) => Some(horizon),
                    _ => None,
                },
            },
            batch,
            estimator,
            step,
        })
    }
}

impl StepRule for ActorCritic {
    fn next(&mut self, at: &Iterate, go_on: &GoOn) -> Result<Option<(Iterate, f64)>, Error> {
        let values = self.critic.u.iter();
        let numbers = values.map(|&x| Number::from_f64(x).unwrap_or(Number::ZERO));
        let critic = Critic::File(numbers.collect());
        let estimator = self.estimator.clone().with_critic(critic)?;
        let mut sampler = self.batch.sampler(at, &estimator)?;
        let estimate = self.batch.mean(&mut sampler, go_on)?;
        if go_on().is_break() {
            return Ok(None);
        }
        let record = sampler.record(self.batch.trajectories)?;
        self.critic.learn(at.solved.mdp(), &record);
        let theta = moved(at.theta(), &estimate, self.step);
        Ok(Some((at.at(theta)?, self.step)))
    }
}

/// u(s) [S] and how it learns.
struct Learned {
    u: Vec<f64>,
    /// γ of the residuals; 1 where trajectories die instead.
    discount: f64,
    /// The weight of the next residual relative to the last.
    decay: f64,
    /// How many residuals count.
    window: usize,
    /// α.
    step: f64,
    /// T, after which nothing is to come, whatever the state is worth before.
    horizon: Option<usize>,
}

impl Learned {
    /// Moves u(s) by α towards the mean target of the visits of s.
    fn learn(&mut self, mdp: &Mdp, record: &Record) {
        let mut sums = vec![0.0; self.u.len()];
        let mut visits = vec![0u64; self.u.len()];
        for trajectory in 0..record.trajectories() {
            let events: Vec<Event> = record.events(trajectory).collect();
            let states = events.iter().map(|e| mdp.space().state_of(e.pair as usize));
            for (state, residual) in states.zip(self.residuals(mdp, &events)) {
                sums[state] += residual;
                visits[state] += 1;
            }
        }
        for (state, &count) in visits.iter().enumerate().filter(|(_, count)| **count > 0) {
            self.u[state] += self.step * sums[state] / count as f64;
        }
    }

    /// Dₜ of a trajectory, summed backward.
    fn residuals(&self, mdp: &Mdp, events: &[Event]) -> Vec<f64> {
        let value = |state: usize| self.u.get(state).copied().unwrap_or(0.0);
        let deltas: Vec<f64> = events
            .iter()
            .zip(1..)
            .map(|(e, time)| {
                let here = value(mdp.space().state_of(e.pair as usize));
                let next = if self.horizon == Some(time) {
                    0.0
                } else {
                    value(e.next as usize)
                };
                e.reward + self.discount * next - here
            })
            .collect();
        let mut residuals = deltas.clone();
        match self.window {
            usize::MAX => {
                for t in (0..deltas.len().saturating_sub(1)).rev() {
                    residuals[t] += self.decay * residuals[t + 1];
                }
            }
            window => {
                for (t, residual) in residuals.iter_mut().enumerate() {
                    let ahead = deltas[t..].iter().take(window).rev();
                    *residual = ahead.fold(0.0, |sum, delta| delta + self.decay * sum);
                }
            }
        }
        residuals
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mdp::{Criterion, MdpParts, Names, OutcomeTable, Space};
    use std::sync::Arc;

    /// x pays 1, y pays 2, then the end; γ = 1/2 and u = 0: δ = (1, 2), so D₀ is 1 for TD, 2 for two
    /// steps, 1 + λ for GAE.
    #[test]
    fn residuals_of_a_short_episode() {
        let names = Names::Numbered;
        let sets = vec![vec![0], vec![0], vec![]];
        let mut outcomes = OutcomeTable::default();
        for (next, reward) in [(1, 1.0), (2, 2.0)] {
            outcomes.push(next, 1.0, reward);
            outcomes.end_pair();
        }
        let mdp = Mdp::new(MdpParts {
            name: "two steps".into(),
            space: Arc::new(Space::new(names(3), names(1), sets).unwrap()),
            outcomes,
            initial: vec![1.0, 0.0, 0.0],
            criterion: Criterion::Discounted { discount: 0.5 },
        })
        .unwrap();
        let event = |pair, next, reward| Event { pair, next, reward };
        let events = [event(0, 1, 1.0), event(1, 2, 2.0)];
        let residuals = |decay, window| {
            let critic = Learned {
                u: vec![0.0; 3],
                discount: 0.5,
                decay,
                window,
                step: 0.5,
                horizon: None,
            };
            critic.residuals(&mdp, &events)
        };
        assert_eq!(residuals(0.0, 1), [1.0, 2.0]);
        assert_eq!(residuals(0.5, 2), [2.0, 2.0]);
        assert_eq!(residuals(0.25, usize::MAX), [1.5, 2.0]);
        // y is worth 8, but not after the horizon
        let critic = |horizon| Learned {
            u: vec![0.0, 8.0, 0.0],
            discount: 0.5,
            decay: 0.0,
            window: 1,
            step: 0.5,
            horizon,
        };
        assert_eq!(critic(None).residuals(&mdp, &events[..1]), [5.0]);
        assert_eq!(critic(Some(1)).residuals(&mdp, &events[..1]), [1.0]);
    }
}
