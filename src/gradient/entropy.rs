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

use std::sync::Arc;

use nalgebra::DMatrix;

use super::none_of;
use crate::chain::Chain;
use crate::error::Error;
use crate::evaluation::{Evaluation, values_of_pairs};
use crate::field::{Real, dot};
use crate::linalg::Solvable;
use crate::mdp::Mdp;
use crate::policy::Policy;
use crate::solved::Solved;

/// The soft values of a policy at a temperature α ≥ 0 of the entropy.
#[derive(Clone, Debug, PartialEq)]
pub struct SoftValues<F> {
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

impl<F: Real + Solvable> Solved<F> {
    /// The model with the rewards r − α log π of this policy, log π frozen: what is sampled on it and what
    /// is exact about it are of J_α, ∇J its ∇J_α; α < 0 where rewards are costs.
    ///
    /// # Errors
    /// [`Error::Argument`] for an α that is not finite, and [`Error::SteepEntropy`] where log π diverges.
    pub fn paying_entropy(&self, alpha: &F) -> Result<Mdp<F>, Error> {
        check_weight(alpha)?;
        check_scores(self.policy(), self.evaluation())?;
        let logs = logarithms(self.policy());
        let bonus: Vec<F> = logs.iter().map(|log| -(log.clone() * alpha)).collect();
        Ok(Mdp::clone(self.mdp()).with_bonus(&bonus))
    }
}

/// J_α as J of a policy: the policy where it is paid r − α log π, log π frozen, so that J and ∇J, and the laws
/// of its estimators, are those of J_α; the Hessian is not (theory, 4.8).
#[derive(Clone, Debug)]
pub struct Softened<F: Solvable = f64> {
    plain: Solved<F>,
    paid: Solved<F>,
    alpha: F,
}

impl<F: Real + Solvable> Softened<F> {
    /// At a temperature α, in units of reward per nat; below 0 where rewards are costs.
    ///
    /// # Errors
    /// [`Error::Argument`] for α < 0, [`Error::SteepEntropy`] where log π diverges, and where the policy has no value.
    pub fn new(plain: Solved<F>, alpha: F) -> Result<Softened<F>, Error> {
        let paid = Arc::new(plain.paying_entropy(&alpha)?);
        let (policy, options) = (Arc::clone(plain.policy()), plain.options().clone());
        Ok(Softened {
            paid: Solved::by(paid, policy, options)?,
            plain,
            alpha,
        })
    }

    /// J_α at other parameters θ \[d\], of the same model. Errors with [`Error::Policy`] unless they are d finite numbers,
    /// with [`Error::SteepEntropy`] where log π diverges, and where that policy has no value.
    pub fn with_theta(&self, theta: Vec<F>) -> Result<Softened<F>, Error> {
        Softened::new(self.plain.with_theta(theta)?, self.alpha.clone())
    }
}

impl<F: Solvable> Softened<F> {
    /// The policy where it is paid r.
    pub fn plain(&self) -> &Solved<F> {
        &self.plain
    }

    /// The policy where it is paid r − α log π, log π frozen.
    pub fn paid(&self) -> &Solved<F> {
        &self.paid
    }

    /// α.
    pub fn alpha(&self) -> &F {
        &self.alpha
    }

    /// ∇²J_α [d, d]: the Hessian of J with the rewards r − α log π frozen, less α times the Fisher matrix
    /// weighed by the visits, for what log π_φ pays has the slope 0 at φ = θ for every θ.
    ///
    /// # Errors
    /// [`Error::NotDifferentiable`] or [`Error::GainJumps`] where J has no derivative, [`Error::NoScore`] where an action
    /// of probability 0 has no score, [`Error::Policy`] where ∇²π does not exist, [`Error::TooLarge`], [`Error::Factor`].
    pub fn hessian(&self) -> Result<DMatrix<F>, Error> {
        let mut hessian = self.paid.hessian()?;
        for (h, fisher) in hessian.iter_mut().zip(self.plain.fisher()?.iter()) {
            *h -= fisher.clone() * &self.alpha;
        }
        Ok(hessian)
    }
}

/// Errors unless α is a number.
pub(super) fn check_weight<F: Solvable>(alpha: &F) -> Result<(), Error> {
    if alpha.to_number().is_some() {
        return Ok(());
    }
    Err(Error::Argument {
        name: "α, the weight of the entropy,",
        found: alpha.to_f64().to_string(),
        expected: "a finite number",
    })
}

impl<F: Real + Solvable> SoftValues<F> {
    /// The soft values of a solved policy.
    ///
    /// Errors if a solver did not certify a solution, where J has no gradient, and with
    /// [`Error::SteepEntropy`] where an action of probability 0 has ∇π ≠ 0: log π diverges there, and the
    /// gradient with it.
    pub fn new(at: &Solved<F>, alpha: &F) -> Result<SoftValues<F>, Error> {
        at.derivatives().check_differentiable(at, false)?;
        check_scores(at.policy(), at.evaluation())?;
        match at.chain() {
            Ok(chain) => SoftValues::by_factors(chain, at, alpha),
            Err(_) => SoftValues::with_frozen_rewards(at, alpha),
        }
    }

    /// One solve with the factors of the chain; ρ^π is that of the evaluation, since p^π does not
    /// depend on α.
    fn by_factors(chain: &Chain<F>, at: &Solved<F>, alpha: &F) -> Result<SoftValues<F>, Error> {
        let space = at.mdp().space();
        let logs = logarithms(at.policy());
        let entropy = entropies(at.policy(), &logs);
        let rewards = chain.dynamics().r().iter().zip(&entropy).enumerate();
        let undefined = |s: usize| chain.undefined().binary_search(&s).is_ok();
        let soft = |(s, (r, h)): (usize, (&F, &F))| {
            if undefined(s) {
                F::zero()
            } else {
                h.clone() * alpha + r
            }
        };
        let rewards: Vec<F> = rewards.map(soft).collect();
        let (v, rest) = chain.resolvent().solve_finely(&rewards)?;
        let v = v.x;
        let (q, advantage) = values_of_pairs(at.mdp(), &v, &rest);
        let weights: Vec<F> = (0..space.pairs())
            .map(|pair| {
                let state = space.state_of(pair);
                let soft = advantage[pair].clone() - logs[pair].clone() * alpha;
                soft * &at.occupancy()[state]
            })
            .collect();
        Ok(SoftValues {
            j: dot(chain.dynamics().initial(), &v),
            gradient: at.policy().pull_back(&weights),
            v,
            q,
            gain: None,
            entropy,
        })
    }

    /// The gradient of the model with the rewards r − α log π, log π frozen.
    fn with_frozen_rewards(at: &Solved<F>, alpha: &F) -> Result<SoftValues<F>, Error> {
        let logs = logarithms(at.policy());
        let frozen = at.mdp().r().iter().zip(&logs);
        let frozen = frozen.map(|(r, log)| r.clone() - log.clone() * alpha);
        let frozen = Mdp::clone(at.mdp()).with_rewards(frozen.collect())?;
        let soft = Solved::new(frozen, Arc::clone(at.policy()))?;
        let with_entropy = soft.q().iter().zip(&logs);
        Ok(SoftValues {
            q: with_entropy
                .map(|(q, log)| log.clone() * alpha + q)
                .collect(),
            v: soft.v().to_vec(),
            gain: soft.evaluation().gain.clone(),
            entropy: entropies(at.policy(), &logs),
            j: soft.j().clone(),
            gradient: at.policy().pull_back(&soft.pair_weights()?),
        })
    }
}

/// Errors with [`Error::SteepEntropy`] where log π diverges in a state that is visited.
fn check_scores<F: Real + Solvable>(
    policy: &Policy<F>,
    evaluation: &Evaluation<F>,
) -> Result<(), Error> {
    let space = policy.space();
    let occupied = |pair: usize| !evaluation.occupancy[space.state_of(pair)].is_zero();
    Error::check_scores(policy)?;
    let steep = policy.scores().missing.into_iter();
    none_of(space, steep.filter(|&pair| occupied(pair)))
        .map_err(|pairs| Error::SteepEntropy { pairs })
}

/// log π \[SA\], 0 where π = 0.
fn logarithms<F: Real + Solvable>(policy: &Policy<F>) -> Vec<F> {
    let logs = policy.log_probabilities().into_iter();
    logs.map(|x| x.unwrap_or_else(F::zero)).collect()
}

/// H(π(·|s)) \[S\].
fn entropies<F: Real + Solvable>(policy: &Policy<F>, logs: &[F]) -> Vec<F> {
    let (space, pi) = (policy.space(), policy.probabilities());
    let entropy = |s| {
        let block = space.pairs_of(s);
        -dot(&pi[block.clone()], &logs[block])
    };
    (0..space.states()).map(entropy).collect()
}
