//! Policy mirror descent with the Kullback-Leibler divergence: π' ∝ π exp(ηA) in every state, the
//! unreached ones included.
//!
//! With steps that grow by 1/γ it converges linearly at rate γ (Xiao 2022); with steps without end
//! it becomes policy iteration.

use super::{GoOn, Iterate, StepRule};
use crate::error::Error;
use crate::linalg::moved;
use crate::policy::{Kind, Parametrization};

/// The largest change of a logit in one step: beyond it e^(ηA) is 0 or the rest is; a choice.
const LARGEST: f64 = 1e3;

/// Multiplicative steps, fixed or growing.
pub(super) struct Mirror {
    step: f64,
    grows: bool,
}

impl Mirror {
    /// With a first step.
    pub fn new(step: f64, grows: bool) -> Mirror {
        Mirror { step, grows }
    }
}

impl StepRule for Mirror {
    fn next(&mut self, at: &Iterate, _: &GoOn) -> Result<Option<(Iterate, f64)>, Error> {
        let advantage = &at.solved.evaluation().advantage;
        let largest = advantage.iter().fold(0.0, |m: f64, a| m.max(a.abs()));
        let step = if self.grows && largest > 0.0 {
            self.step.min(LARGEST / largest)
        } else {
            self.step
        };
        if self.grows {
            let discount = at.solved.mdp().discount();
            self.step = step
                / if discount > 0.0 && discount < 1.0 {
                    discount
                } else {
                    0.5
                };
        }
        let theta = match at.solved.policy().parametrization() {
            Parametrization::Softmax(softmax) => {
                moved(at.theta(), advantage, step * softmax.temperature)
            }
            _ => reweighed(at, step),
        };
        Ok(Some((at.at(theta)?, step)))
    }
}

/// θ of π exp(ηA), normalised in each state, for the direct forms.
fn reweighed(at: &Iterate, step: f64) -> Vec<f64> {
    let space = at.solved.mdp().space();
    let (pi, advantage) = (
        at.solved.policy().probabilities(),
        &at.solved.evaluation().advantage,
    );
    let last_is_free = at.solved.policy().parametrization().kind() != Kind::Direct;
    let mut theta = Vec::with_capacity(pi.len());
    for state in 0..space.states() {
        let pairs = space.pairs_of(state);
        let best = pairs
            .clone()
            .map(|i| advantage[i])
            .fold(f64::NEG_INFINITY, f64::max);
        let weight = |i: usize| pi[i] * (step * (advantage[i] - best)).exp();
        let total: f64 = pairs.clone().map(weight).sum();
        let free = pairs.start..if last_is_free || pairs.is_empty() {
            pairs.end
        } else {
            pairs.end - 1
        };
        // where the best action has π = 0 nothing may be left to weigh
        theta.extend(free.map(|i| {
            if total > 0.0 {
                weight(i) / total
            } else {
                pi[i]
            }
        }));
    }
    theta
}
