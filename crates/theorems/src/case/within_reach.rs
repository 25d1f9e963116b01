//! Under the total reward: a model without the states that ρ₀ cannot reach, where values there do
//! not exist.

use std::sync::Arc;

use exact_mdp::chain::Termination;
use exact_mdp::control::restricted;
use exact_mdp::linalg::Csr;
use exact_mdp::mdp::{Criterion, Mdp, Space};
use exact_mdp::policy::{Gaussian, LogLinear, Parametrization, Policy, PolicyError};

/// A model and a policy in which every state has a value, as far as ρ₀ reaches.
pub(super) struct WithinReach {
    pub mdp: Mdp,
    pub policy: Policy,
    /// The states that lost their actions, increasing.
    pub left_out: Vec<usize>,
}

impl WithinReach {
    /// The model itself, unless γ = 1 and the policy may never terminate from some state; then all
    /// states that ρ₀ reaches by no action lose their actions, and the policy its parameters there.
    /// J, ρ and ∇J stay what they are, since nothing in reach leads there.
    ///
    /// Nothing is changed where an action leads from within reach to a state without a value.
    pub fn new(mdp: Mdp, policy: Policy) -> WithinReach {
        let whole = |mdp, policy| WithinReach {
            mdp,
            policy,
            left_out: Vec::new(),
        };
        if *mdp.criterion() != Criterion::Total {
            return whole(mdp, policy);
        }
        let everything = Policy::uniform(mdp.space());
        let (Ok(own), Ok(any)) = (
            Termination::new(&mdp, &policy),
            Termination::new(&mdp, &everything),
        ) else {
            return whole(mdp, policy);
        };
        let (undefined, reached) = (own.undefined, any.reachable);
        let mut states = undefined.iter().zip(&reached);
        let hidden = states.clone().any(|(undefined, _)| *undefined);
        if !hidden || states.any(|(undefined, reached)| *undefined && *reached) {
            return whole(mdp, policy);
        }
        let space = Arc::clone(mdp.space());
        let kept = (0..space.pairs()).filter(|&pair| reached[space.state_of(pair)]);
        let kept: Vec<usize> = kept.collect();
        let Ok(smaller) = restricted(&mdp, &kept) else {
            return whole(mdp, policy);
        };
        let Ok(restricted) = on(smaller.space(), &policy, &kept) else {
            return whole(mdp, policy);
        };
        let left_out = (0..space.states()).filter(|&s| !reached[s] && !space.is_terminal(s));
        WithinReach {
            left_out: left_out.collect(),
            mdp: smaller,
            policy: restricted,
        }
    }
}

/// A Gaussian policy on a space some of whose states have no actions any more.
fn gaussian(
    space: &Arc<Space>,
    policy: &Policy,
    family: Gaussian<f64>,
) -> Result<Policy, PolicyError> {
    let theta = policy.theta().unwrap_or_default();
    let own = policy.space();
    let kept = |state: &usize| !space.is_terminal(*state);
    let theta = match &family.features {
        Some(_) => theta.to_vec(),
        None => {
            let middle = theta.len() / 2;
            let half = |half: &[f64]| {
                let states = (0..own.states()).filter(kept);
                states
                    .map(|s| half[own.alive_before(s)])
                    .collect::<Vec<f64>>()
            };
            [half(&theta[..middle]), half(&theta[middle..])].concat()
        }
    };
    Policy::new(space, Parametrization::Gaussian(family), theta)
}

/// The policy on some of its pairs, which are those of `space`, in this order: whole states.
fn on(space: &Arc<Space>, policy: &Policy, kept: &[usize]) -> Result<Policy, PolicyError> {
    let sigma: Vec<f64> = kept.iter().map(|&pair| policy.unmixed()[pair]).collect();
    let parametrization = policy.parametrization().clone();
    let theta = policy.theta().unwrap_or_default();
    let restricted = match parametrization {
        Parametrization::Simplex(_) => Policy::simplex(space, sigma)?,
        Parametrization::Direct(_) => {
            let last = |pair: &usize| pair + 1 == space.pairs_of(space.state_of(*pair)).end;
            let free = (0..space.pairs()).filter(|pair| !last(pair));
            let theta = free.map(|pair| sigma[pair]).collect();
            Policy::new(space, parametrization, theta)?
        }
        Parametrization::LogLinear(family) => {
            let of = |table: &Csr<f64>| {
                let row = |&pair: &usize| table.row(pair).map(|(k, &x)| (k, x));
                let rows: Vec<Vec<_>> = kept.iter().map(|pair| row(pair).collect()).collect();
                Arc::new(Csr::from_rows(table.columns(), rows))
            };
            let family = LogLinear {
                features: of(&family.features),
                rest: family.rest.as_deref().map(of),
                ..family
            };
            Policy::new(space, Parametrization::LogLinear(family), theta.to_vec())?
        }
        Parametrization::Factored(_) => return Err(PolicyError::NoPlayers),
        Parametrization::Controller(_) => {
            return Err(PolicyError::NotPartlySeen {
                parametrization: policy.parametrization().kind(),
            });
        }
        Parametrization::Gaussian(family) => gaussian(space, policy, family)?,
        Parametrization::Softmax(_) | Parametrization::Escort(_) => {
            let theta = kept.iter().filter_map(|&pair| theta.get(pair).copied());
            let theta = theta.collect();
            Policy::new(space, parametrization, theta)?
        }
    };
    Ok(match policy.mix() {
        Some(&epsilon) => restricted.mixed(epsilon)?,
        None => restricted,
    })
}
