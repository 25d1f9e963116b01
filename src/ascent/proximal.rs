//! PPO (Schulman et al. 2017) on the exact clipped surrogate (theory, 4.9):
//! ρ^π π min(w A, clip(w, 1 ± ε) A), w = π'/π.

use super::{GoOn, Iterate, StepRule};
use crate::error::Error;
use crate::linalg::{moved, norm};
use crate::policy::Policy;

/// Steps on one surrogate; as in Schulman et al. (2017) for MuJoCo.
const EPOCHS: usize = 10;
/// Halvings of a step before the surrogate is taken for flat: the first one moves θ by 1, the last by 10⁻¹².
const HALVINGS: usize = 40;

/// A few monotone gradient steps on the clipped surrogate of each iterate.
pub(super) struct ClippedRule {
    /// ε.
    pub epsilon: f64,
}

impl StepRule for ClippedRule {
    fn next(&mut self, at: &Iterate, _: &GoOn) -> Result<Option<(Iterate, f64)>, Error> {
        let mut policy = Policy::clone(at.solved.policy());
        let mut value = 0.0;
        let mut trial = None;
        for _ in 0..EPOCHS {
            let gradient = policy.pull_back(&self.active(at, &policy));
            let length = norm(&gradient);
            if length == 0.0 {
                break;
            }
            let mut step = trial.unwrap_or(1.0 / length);
            let theta = policy.theta().unwrap_or_default().to_vec();
            let better = (0..HALVINGS).find_map(|_| {
                let other = at.policy_at(moved(&theta, &gradient, step)).ok();
                let found = other.map(|other| (self.surrogate(at, &other), other));
                let found = found.filter(|(gain, _)| *gain > value);
                if found.is_none() {
                    step /= 2.0;
                }
                found
            });
            let Some((gain, other)) = better else { break };
            (policy, value, trial) = (other, gain, Some(2.0 * step));
        }
        if value <= 0.0 {
            return Ok(None);
        }
        let way = moved(policy.theta().unwrap_or_default(), at.theta(), -1.0);
        let next = at.trial(policy.theta().unwrap_or_default().to_vec())?;
        Ok(next.map(|next| (next, norm(&way))))
    }
}

impl ClippedRule {
    /// W where the clip is inactive, 0 elsewhere: what the surrogate's gradient pulls back.
    fn active(&self, at: &Iterate, policy: &Policy) -> Vec<f64> {
        let (pi, new) = (at.solved.policy().probabilities(), policy.probabilities());
        let weight = |(i, &w): (usize, &f64)| match w > 0.0 {
            true if new[i] > (1.0 + self.epsilon) * pi[i] => 0.0,
            false if new[i] < (1.0 - self.epsilon) * pi[i] => 0.0,
            _ => w,
        };
        at.weights.iter().enumerate().map(weight).collect()
    }

    /// The clipped surrogate; 0 at π itself, where Σₐ πW = 0.
    fn surrogate(&self, at: &Iterate, policy: &Policy) -> f64 {
        let (pi, new) = (at.solved.policy().probabilities(), policy.probabilities());
        let term = |(i, &w): (usize, &f64)| {
            if w > 0.0 {
                w * new[i].min((1.0 + self.epsilon) * pi[i])
            } else {
                w * new[i].max((1.0 - self.epsilon) * pi[i])
            }
        };
        at.weights.iter().enumerate().map(term).sum()
    }
}
