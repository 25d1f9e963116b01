//! Entropy regularisation: the soft value of a policy and its gradient (theory, 4.8).
//!
//! ```text
//! J_α = ρ^π Σₐ π (r − α log π)      v = (I − γp^π)⁻¹ (r^π + α H(π)),  q = r + γ p v
//! ∇J_α = ρ^π ((q − α log π) ∇π)
//! ```
//!
//! The entropy of the current state is in v, not in q: v = π(q − α log π), and 0 log 0 = 0.
//!
//! Under every criterion ∇J_α is the gradient of the model with the rewards r − α log π, log π
//! frozen: what moving log π would add is −α Σₐ ∇π = 0. So on a horizon q_t − α log π stands for
//! q_t, and for the average reward q_h − α log π for q_h:
//!
//! ```text
//! finite horizon   ∇J_α = Σₜ γᵗ pₜ ((q_t − α log π)∇π)
//! average          ∇J_α = ρ₀P*((q_h − α log π)∇π) + ρ₀D((pg)∇π),   g = P*(r^π + α H(π))
//! ```

use super::{Evaluated, Under, average, finite_horizon, no_score};
use crate::error::Error;
use crate::evaluation::{Evaluation, Prepared, action_values};
use crate::field::{Real, dot};
use crate::linalg::SolverOptions;
use crate::policy::Policy;

/// The soft values of a policy at a temperature α ≥ 0 of the entropy.
#[derive(Clone, Debug, PartialEq)]
pub struct Soft<F> {
    /// v(s) \[S\], in units of reward, the entropy paid at rate α included: at t = 0 on a horizon,
    /// the bias h for the average reward.
    pub v: Vec<F>,
    /// q(s, a) = r + γ p v \[SA\]; r + γ p v₁ on a horizon, r − g + p h for the average reward.
    pub q: Vec<F>,
    /// g(s) \[S\], in reward per step, for the average reward.
    pub gain: Option<Vec<F>>,
    /// H(π(·|s)) = −Σₐ π log π \[S\], in nats.
    pub entropy: Vec<F>,
    /// J_α = ρ₀ v; ρ₀ g for the average reward.
    pub j: F,
    /// ∇J_α \[d\].
    pub gradient: Vec<F>,
}

impl<F: Real> Soft<F> {
    /// Under the model's own criterion.
    ///
    /// Errors as [`Soft::new`], and as [`Gradient::of`](super::Gradient::of) where J has no
    /// gradient.
    pub fn of(under: Under<'_, F>, alpha: &F) -> Result<Soft<F>, Error> {
        let Under {
            mdp,
            policy,
            prepared,
            evaluation,
        } = under;
        if let Prepared::Resolvent(chain) = prepared {
            under.on(chain).check_differentiable(true)?;
            return Soft::new(under.on(chain), alpha);
        }
        check_scores(policy, evaluation)?;
        let logs = logarithms(policy);
        let frozen = mdp.r().iter().zip(&logs);
        let frozen = frozen.map(|(r, log)| r.clone() - log.clone() * alpha);
        let frozen = mdp.clone().with_rewards(frozen.collect());
        let soft = Prepared::new(&frozen, policy, &SolverOptions::default())?;
        let weights = match &soft {
            Prepared::Average(run) => {
                average::check_differentiable(run, mdp, policy)?;
                average::centered_weights(run, &frozen)?
            }
            Prepared::FiniteHorizon(run) => finite_horizon::centered_weights(run, &frozen),
            Prepared::Resolvent(_) => unreachable!("the criterion is that of `prepared`"),
        };
        let found = soft.evaluate(&frozen, policy)?;
        let with_entropy = found.q.into_iter().zip(&logs);
        Ok(Soft {
            q: with_entropy
                .map(|(q, log)| log.clone() * alpha + q)
                .collect(),
            v: found.v,
            gain: found.gain,
            entropy: entropies(policy, &logs),
            j: found.j,
            gradient: policy.pull_back(&weights),
        })
    }

    /// Under the discounted or the total reward. One solve; ρ^π is that of the evaluation, since
    /// p^π does not depend on α.
    ///
    /// Errors if a solver did not certify the solution, and with [`Error::NoScore`] where an
    /// action of probability 0 has ∇π ≠ 0: log π diverges there, and the gradient with it.
    pub fn new(at: Evaluated<'_, F>, alpha: &F) -> Result<Soft<F>, Error> {
        let space = at.mdp.space();
        check_scores(at.policy, at.evaluation)?;
        let logs = logarithms(at.policy);
        let entropy = entropies(at.policy, &logs);
        let rewards = at.chain.dynamics().r().iter().zip(&entropy).enumerate();
        let undefined = |s: usize| at.chain.undefined().binary_search(&s).is_ok();
        let rewards: Vec<F> = rewards
            .map(|(s, (r, h))| match undefined(s) {
                true => F::zero(),
                false => h.clone() * alpha + r,
            })
            .collect();
        let v = at.chain.resolvent().solve(&rewards)?.x;
        let q = action_values(at.mdp, &v);
        let weights: Vec<F> = (0..space.pairs())
            .map(|pair| {
                let state = space.state_of(pair);
                let soft = q[pair].clone() - &v[state] - logs[pair].clone() * alpha;
                soft * &at.evaluation.occupancy[state]
            })
            .collect();
        Ok(Soft {
            j: dot(at.chain.dynamics().initial(), &v),
            gradient: at.policy.pull_back(&weights),
            v,
            q,
            gain: None,
            entropy,
        })
    }
}

/// Errors with [`Error::NoScore`] where log π diverges in a state that is visited.
fn check_scores<F: Real>(policy: &Policy<F>, evaluation: &Evaluation<F>) -> Result<(), Error> {
    let space = policy.space();
    let occupied = |pair: usize| !evaluation.occupancy[space.state_of(pair)].is_zero();
    let steep = policy.scores().missing.into_iter();
    no_score(space, steep.filter(|&pair| occupied(pair)))
}

/// log π \[SA\], 0 where π = 0.
fn logarithms<F: Real>(policy: &Policy<F>) -> Vec<F> {
    let logs = policy.log_probabilities().into_iter();
    logs.map(|x| x.unwrap_or_else(F::zero)).collect()
}

/// H(π(·|s)) \[S\].
fn entropies<F: Real>(policy: &Policy<F>, logs: &[F]) -> Vec<F> {
    let (space, pi) = (policy.space(), policy.probabilities());
    let entropy = |s| {
        let block = space.pairs_of(s);
        -dot(&pi[block.clone()], &logs[block])
    };
    (0..space.states()).map(entropy).collect()
}
