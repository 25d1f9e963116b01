//! A model under a policy with everything that the library claims about it.
//!
//! Every claim is a public field: a test can put a wrong one in its place and see which identities
//! notice.

mod discounted;
mod horizon;
mod long_term;
mod within_reach;

pub use discounted::{ALPHA, Discounted};
pub use horizon::Horizon;
pub use long_term::LongTerm;

use super::{Formulas, Skip};
use exact_mdp::gradient::sensitivity::Sensitivity;
use exact_mdp::linalg::{Csr, SolverOptions};
use exact_mdp::mdp::Mdp;
use exact_mdp::policy::Policy;
use exact_mdp::solved::Solved;
use within_reach::WithinReach;

/// What is claimed, criterion by criterion.
pub struct Case {
    /// The model, under its own criterion; without what [`Case::left_out`] names.
    pub mdp: Mdp,
    /// States without actions here although the model gives them some, increasing: under the total
    /// reward, where from states out of reach of ρ₀ the policy may never terminate, all that are
    /// out of its reach. They have no part in J, ρ or ∇J.
    pub left_out: Vec<usize>,
    /// The policy.
    pub policy: Policy,
    /// π \[SA\].
    pub probabilities: Vec<f64>,
    /// ∇π [SA, d].
    pub derivative: Csr<f64>,
    /// ψ = ∇log π [SA, d].
    pub scores: Result<Csr<f64>, Skip>,
    /// Discounted or total reward.
    pub discounted: Result<Discounted, Skip>,
    /// A horizon: the model's, or seven steps.
    pub horizon: Result<Horizon, Skip>,
    /// The average reward.
    pub long_term: Result<LongTerm, Skip>,
    /// ∂J with respect to the model, under its own criterion.
    pub sensitivity: Result<Sensitivity<f64>, Skip>,
    /// What an identity applies to arguments of its own.
    pub formulas: Formulas,
}

impl Case {
    /// Everything that can be claimed about a policy in a model at a reasonable price.
    pub fn new(mdp: Mdp, policy: Policy, options: &SolverOptions) -> Case {
        let WithinReach {
            mdp,
            policy,
            left_out,
        } = WithinReach::new(mdp, policy);
        let scores = policy.scores();
        let complete = scores.missing.is_empty();
        Case {
            probabilities: policy.probabilities().to_vec(),
            derivative: policy.derivative().clone(),
            scores: Skip::unless(
                complete,
                "an action of probability 0 has ∇π ≠ 0, so there is no score",
            )
            .map(|()| scores.rows),
            discounted: Discounted::new(&mdp, &policy, options),
            horizon: Horizon::new(&mdp, &policy),
            long_term: LongTerm::new(&mdp, &policy, options),
            sensitivity: sensitivity(&mdp, &policy, options),
            formulas: Formulas::LIBRARY,
            left_out,
            mdp,
            policy,
        }
    }

    /// The discounted or total reward, or why there is none.
    pub fn discounted(&self) -> Result<&Discounted, Skip> {
        self.discounted.as_ref().map_err(Skip::clone)
    }

    /// The finite horizon, or why there is none.
    pub fn horizon(&self) -> Result<&Horizon, Skip> {
        self.horizon.as_ref().map_err(Skip::clone)
    }

    /// The average reward, or why there is none.
    pub fn long_term(&self) -> Result<&LongTerm, Skip> {
        self.long_term.as_ref().map_err(Skip::clone)
    }

    /// The scores, or why there are none.
    pub fn scores(&self) -> Result<&Csr<f64>, Skip> {
        self.scores.as_ref().map_err(Skip::clone)
    }
}

/// How far the rows of p and ρ₀ as written are from sums of 1: the theorems are about those, and
/// hold up to that.
pub fn slack(mdp: &Mdp) -> f64 {
    let rows = mdp.deficits().unwrap_or_default().iter();
    let initial = 1.0 - mdp.initial().iter().sum::<f64>();
    let rounding = mdp.states() as f64 * f64::EPSILON;
    let started = if initial.abs() > rounding {
        initial.abs()
    } else {
        0.0
    };
    rows.map(|x| x.abs()).fold(started, f64::max)
}

fn sensitivity(
    mdp: &Mdp,
    policy: &Policy,
    options: &SolverOptions,
) -> Result<Sensitivity<f64>, Skip> {
    let solved = Solved::by(mdp.clone(), policy.clone(), options.clone())?;
    Ok(solved.sensitivity()?)
}

/// A claim, or why there is none.
pub(super) fn have<T>(claim: &Result<T, Skip>) -> Result<&T, Skip> {
    claim.as_ref().map_err(Skip::clone)
}
