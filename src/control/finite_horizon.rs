//! A finite horizon: one recursion backward in time, and a policy that depends on the time.
//!
//! ```text
//! v_T = 0,   q_t = r + γ p v_{t+1},   v_t = maxₐ q_t,   π_t greedy for q_t
//! ```

use super::rounding::{contraction, radius};
use super::rule::DecisionRule;
use super::{ControlMethod, ControlStop, Optimum, OptimumByTime};
use crate::evaluation::{FiniteHorizon, q_of};
use crate::field::{UNIT, dot};
use crate::linalg::Solvable;
use crate::mdp::{Criterion, Mdp, Space};

/// The optimal values and decision rules of every time, as long as they are at most
/// [`FiniteHorizon::TABLE_LIMIT`] numbers; those at t = 0 always.
///
/// What all rewards share decides nothing, and takes the digits of what does: rules are found without it, and values are
/// more by what it is worth in the steps that are left.
pub fn solve<F: Solvable>(mdp: &Mdp<F>) -> Optimum<F> {
    match mdp.plain() {
        Some((less, offset)) => raised(recursion(&less), mdp, &offset),
        None => recursion(mdp),
    }
}

/// An optimum with a reward of c more at every step.
fn raised<F: Solvable>(mut found: Optimum<F>, mdp: &Mdp<F>, offset: &F) -> Optimum<F> {
    let Some(whole) = mdp.worth(offset) else {
        return found;
    };
    let all = found.v.iter_mut().chain(&mut found.q);
    all.for_each(|x| *x += &whole);
    if let Some(tables) = &mut found.by_time {
        let (mut steps, gamma) = (F::zero(), mdp.discount());
        // v at the end is 0
        for row in tables.v.iter_mut().rev().skip(1) {
            steps = F::one() + steps * &gamma;
            let more = offset.clone() * &steps;
            row.iter_mut().for_each(|x| *x += &more);
        }
    }
    found.j = dot(mdp.initial(), &found.v);
    if !F::EXACT {
        // γ and each of the sums is rounded, and so is what they are added to
        let length = 1.0 / mdp.discount_complement().to_f64();
        let steps = f64::min(found.iterations as f64, length);
        let rounded = 4.0 * UNIT * (steps + 2.0) * whole.to_f64().abs();
        found.error_bound = found.error_bound.map(|error| error + rounded);
    }
    found
}

/// The bounds of one step more, of each pair and the largest of each state; the largest rounding of the step itself.
fn step_bounds<F: Solvable>(
    mdp: &Mdp<F>,
    v: &[F],
    by_pair: &mut [f64],
    by_state: &mut [f64],
) -> f64 {
    let gamma = mdp.discount().to_f64();
    let mut rounded = 0.0;
    for (pair, bound) in by_pair.iter_mut().enumerate() {
        let own = radius(mdp, gamma, v, pair);
        rounded = f64::max(rounded, own);
        *bound = own + carried(mdp, gamma, by_state, pair);
    }
    for (state, bound) in by_state.iter_mut().enumerate() {
        let pairs = mdp.space().pairs_of(state);
        *bound = pairs.map(|pair| by_pair[pair]).fold(0.0, f64::max);
    }
    rounded
}

/// The recursion itself.
///
/// The bound runs along: an error e of v_{t+1} becomes one of at most β e and the rounding of one
/// step of v_t. Which actions are optimal is decided by such bounds of each pair: what another state is worth, or this one at
/// another time, says nothing of a step that never sees it.
fn recursion<F: Solvable>(mdp: &Mdp<F>) -> Optimum<F> {
    let horizon = match mdp.criterion() {
        Criterion::FiniteHorizon { horizon, .. } => *horizon,
        _ => unreachable!("a model without a horizon has no last time"),
    };
    let space = mdp.space();
    let table = horizon.saturating_mul(space.states() + space.pairs());
    let kept = table <= FiniteHorizon::<F>::TABLE_LIMIT;
    let beta = contraction(mdp);
    let mut v = vec![F::zero(); space.states()];
    let (mut values, mut policies, mut ties) = (vec![v.clone()], Vec::new(), Vec::new());
    let (mut q, mut rule, mut error) = (Vec::new(), DecisionRule::empty(space.states()), 0.0);
    let (mut by_pair, mut by_state) = (vec![0.0; space.pairs()], vec![0.0; space.states()]);
    let may_settle = !kept && !F::EXACT && F::one().certified().is_none() && beta <= 1.0;
    for left in (0..horizon).rev() {
        q = q_of(mdp, &v);
        rule = DecisionRule::of_largest(space, &q);
        let mut rounded = 0.0;
        if !F::EXACT {
            rounded = step_bounds(mdp, &v, &mut by_pair, &mut by_state);
            error = beta * error + rounded;
        }
        let same = rule.pairs().all(|(state, pair)| v[state] == q[pair]);
        if may_settle && same {
            error = settled(error, beta, rounded, left);
            by_pair
                .iter_mut()
                .for_each(|bound| *bound = bound.max(error));
            break;
        }
        rule.pairs()
            .for_each(|(state, pair)| v[state] = q[pair].clone());
        if kept {
            values.push(v.clone());
            policies.push(rule.chances(space));
            ties.push(optimal(space, &q, &rule, &by_pair));
        }
    }
    values.reverse();
    policies.reverse();
    ties.reverse();
    Optimum {
        policy: rule.followed(space),
        greedy: optimal(space, &q, &rule, &by_pair),
        j: dot(mdp.initial(), &v),
        v,
        q,
        iterations: horizon,
        error_bound: Some(error),
        method: ControlMethod::BackwardInduction,
        stop: ControlStop::Optimal,
        undefined: Vec::new(),
        gain: None,
        by_time: kept.then_some(OptimumByTime {
            v: values,
            policy: policies,
            greedy: ties,
        }),
        error_bounds: None,
        dual: None,
        trace: Vec::new(),
    }
}

/// Where v no longer changes, as it does for γ < 1 after some 40/(1 − γ) steps, no later step does: what the
/// bound e ↦ βe + step comes to in so many of them.
fn settled(error: f64, beta: f64, step: f64, left: usize) -> f64 {
    let added = error + left as f64 * step;
    let limit = error.max(step / (1.0 - beta));
    (1.0 + 4.0 * f64::EPSILON) * added.min(limit)
}

/// The optimal decision rules of the times 0, …, T − 1, however many they are: the first of the best
/// pairs in each state.
pub fn rules<F: Solvable>(mdp: &Mdp<F>, horizon: usize) -> Vec<DecisionRule> {
    let less = mdp.without_offset();
    let mdp = less.as_ref().unwrap_or(mdp);
    let mut v = vec![F::zero(); mdp.states()];
    let mut rules = Vec::with_capacity(horizon);
    for _ in 0..horizon {
        let q = q_of(mdp, &v);
        let rule = DecisionRule::of_largest(mdp.space(), &q);
        rule.pairs()
            .for_each(|(state, pair)| v[state] = q[pair].clone());
        rules.push(rule);
    }
    rules.reverse();
    rules
}

/// γ Σ p e \[S\] of a pair, rounded up.
fn carried<F: Solvable>(mdp: &Mdp<F>, gamma: f64, errors: &[f64], pair: usize) -> f64 {
    let row = mdp.p().row(pair);
    let slack = 1.0 + (2 * row.len() + 8) as f64 * UNIT;
    let sum: f64 = row.map(|(next, p)| p.to_f64() * errors[next]).sum();
    gamma * sum * slack
}

/// The pairs whose q [SA], off by at most `errors` \[SA\], may be the largest of their state.
fn optimal<F: Solvable>(space: &Space, q: &[F], rule: &DecisionRule, errors: &[f64]) -> Vec<usize> {
    let tied = |&pair: &usize| {
        let best = rule.pair(space.state_of(pair));
        best.is_some_and(|best| {
            (q[best].clone() - &q[pair]).to_f64() <= errors[best] + errors[pair]
        })
    };
    (0..space.pairs()).filter(tied).collect()
}
