//! ∇J by the adjoint: ρ and the advantages of each rank, pulled back by the policy.

use exact_mdp::gradient::{Disagreement, Gradient, Route, RouteGradient};
use exact_mdp::mdp::{Criterion, Mdp};
use exact_mdp::policy::Policy;

use crate::Error;
use crate::certifier::largest;
use crate::evaluate::{Evaluated, evaluate};
use crate::world::World;

/// ∇J \[d\] = Σ ρ(s) A(s, a) ∇π(a|s) of any parametrization, with what it was made from; on rank 0.
///
/// Errors with [`Error::Uncertified`] and [`Error::Apart`] where no answer is certified, with [`Error::Criterion`],
/// [`Error::Improper`] and [`Error::Signed`] for what is not served, and with [`Error::NotDifferentiable`] at γ = 1 where
/// an action that the policy
/// does not take appears for parameters nearby.
pub fn gradient(
    world: &World,
    mdp: &Mdp,
    policy: &Policy,
) -> Result<Option<(Evaluated, Gradient)>, Error> {
    let appears = || (0..mdp.pairs()).any(|pair| policy.appears_nearby(pair));
    if *mdp.criterion() == Criterion::Total && appears() {
        return Err(Error::NotDifferentiable);
    }
    let longest = (0..mdp.pairs()).map(|pair| mdp.p().row(pair).len()).max();
    let mut most = [longest.unwrap_or(0) as f64, largest(mdp.r())];
    world.largest(&mut most)?;
    let Some(mut found) = evaluate(world, mdp, policy)? else {
        return Ok(None);
    };
    let evaluation = &found.evaluation;
    let weight =
        |pair: usize| evaluation.occupancy[mdp.space().state_of(pair)] * evaluation.advantage[pair];
    let weights: Vec<f64> = (0..mdp.pairs()).map(weight).collect();
    let gradient = policy.pull_back(&weights);
    found.by.gradient_bound = bound(mdp, policy, &found, most);
    let routes = vec![RouteGradient {
        route: Route::Adjoint,
        gradient: Some(gradient.clone()),
    }];
    let gradient = Gradient {
        gradient,
        routes,
        unscored: Vec::new(),
        finite_difference: None,
        disagreement: Disagreement {
            max: 0.0,
            tolerance: 0.0,
            adjoint: 0.0,
        },
    };
    Ok(Some((found, gradient)))
}

/// max over parameters of Σ |∂π(a|s)| δ(ρA)(s, a), where |δA| ≤ (1 + γ)|δv| and rounding.
fn bound(
    mdp: &Mdp,
    policy: &Policy,
    found: &Evaluated,
    [longest, rewards]: [f64; 2],
) -> Option<f64> {
    let evaluation = &found.evaluation;
    let (of_v, of_rho) = (found.by.value_bound?, found.by.occupancy_bound?);
    let size = largest(&evaluation.v);
    let rounding = (longest + 6.0) * f64::EPSILON * (rewards + 4.0 * size);
    let of_advantage = 2.0 * of_v + rounding;
    let derivative = policy.derivative().map(|x| x.abs());
    let visits = |pair: usize| evaluation.occupancy[mdp.space().state_of(pair)];
    let sizes = |pair: usize| evaluation.advantage[pair].abs();
    // rounding of the products and sums of the pull-back beside what v and ρ bring
    let count = 4.0 * mdp.space().actions() as f64 + 8.0;
    let spread = |pair: usize| visits(pair) * (of_advantage + count * f64::EPSILON * sizes(pair));
    let spread: Vec<f64> = (0..mdp.pairs()).map(spread).collect();
    let by_advantages = largest(&derivative.mul_transposed(&spread));
    let steepest = largest(derivative.values());
    let advantage = largest(&evaluation.advantage) + of_advantage;
    let actions = mdp.space().actions() as f64;
    Some(by_advantages + of_rho * steepest * advantage * actions)
}
