//! The policies that `gradient --plot` draws beside the own one: those that differ from it in one
//! state, with the direction that ∇J moves them in.

use std::sync::Arc;

use exact_mdp::mdp::Mdp;
use exact_mdp::policy::{Kind, Policy};
use exact_mdp::solved::Solved;

use crate::simplex::Simplex;

/// At most so many states are drawn, those in which ∇J is largest.
const DRAWN: usize = 6;
/// Larger models would take seconds.
const STATES: usize = 300;
/// Into so many parts a side of a simplex is cut.
const PARTS: usize = 8;

/// The simplexes of the states with two or three actions and parameters of their own, the largest
/// ∇J first; none where the policy has parameters that several states share.
pub fn simplexes(mdp: &Arc<Mdp>, policy: &Policy, gradient: &[f64]) -> Vec<Simplex> {
    let space = mdp.space();
    let kind = policy.parametrization().kind();
    let own = matches!(kind, Kind::Softmax | Kind::Direct | Kind::Simplex);
    if !own || policy.mix().is_some() || gradient.len() != space.pairs() || mdp.states() > STATES {
        return Vec::new();
    }
    let size = |state: usize| {
        space
            .pairs_of(state)
            .map(|k| gradient[k].powi(2))
            .sum::<f64>()
    };
    let mut states: Vec<usize> = (0..mdp.states())
        .filter(|&s| matches!(space.pairs_of(s).len(), 2 | 3))
        .collect();
    states.sort_by(|&a, &b| size(b).total_cmp(&size(a)));
    states.truncate(DRAWN);
    let found = states.into_iter().map(|state| simplex(mdp, policy, state));
    found.filter(|simplex| !simplex.field.is_empty()).collect()
}

fn simplex(mdp: &Arc<Mdp>, policy: &Policy, state: usize) -> Simplex {
    let space = mdp.space();
    let pairs = space.pairs_of(state);
    let probabilities = policy.probabilities();
    let moved = |weights: Vec<f64>| {
        let mut other = probabilities.to_vec();
        other[pairs.clone()].copy_from_slice(&weights);
        let direction = direction(mdp, policy, other, state)?;
        Some((weights, direction))
    };
    Simplex {
        state: (state, space.state_names().get(state).into_owned()),
        actions: pairs
            .clone()
            .map(|pair| (pair + 1, space.pair_names(pair).1.into_owned()))
            .collect(),
        at: probabilities[pairs.clone()].to_vec(),
        field: inside(pairs.len()).into_iter().filter_map(moved).collect(),
    }
}

/// The weights inside of a simplex, evenly.
fn inside(actions: usize) -> Vec<Vec<f64>> {
    let share = |k: usize| k as f64 / PARTS as f64;
    let rest = |used: usize| PARTS - used;
    if actions == 2 {
        return (1..PARTS).map(|a| vec![share(rest(a)), share(a)]).collect();
    }
    let pairs = (1..PARTS - 1).flat_map(|a| (1..PARTS - a).map(move |b| (a, b)));
    pairs
        .map(|(a, b)| vec![share(rest(a + b)), share(a), share(b)])
        .collect()
}

/// dπ(·|s) of a small step along ∇J: that of θ for a softmax, Σ_b π_a(δ_ab − π_b) ∂J/∂θ_b, else the
/// part of ∇J along the simplex. `None` where the policy has no value.
fn direction(
    mdp: &Arc<Mdp>,
    policy: &Policy,
    probabilities: Vec<f64>,
    state: usize,
) -> Option<Vec<f64>> {
    let other = Policy::simplex(mdp.space(), probabilities).ok()?;
    let solved = Solved::new(Arc::clone(mdp), Arc::new(other)).ok()?;
    let pairs = mdp.space().pairs_of(state);
    // W with ∇J = W∇π, in which each time has its own advantages
    let weights = solved.pair_weights().ok()?;
    let pi = solved.policy().probabilities();
    let (pi, w) = (&pi[pairs.clone()], &weights[pairs]);
    if policy.parametrization().kind() != Kind::Softmax {
        let mean = w.iter().sum::<f64>() / w.len() as f64;
        return Some(w.iter().map(|w| w - mean).collect());
    }
    let theta: Vec<f64> = pi.iter().zip(w).map(|(p, w)| p * w).collect();
    let mean: f64 = pi.iter().zip(&theta).map(|(p, g)| p * g).sum();
    Some(pi.iter().zip(theta).map(|(p, g)| p * (g - mean)).collect())
}
