//! Proven bounds on optimal values: policy iteration over balls from a floating-point optimum.
//!
//! ```text
//! v^π ≤ v* ≤ v^π + c w      c (w − γ p w)(s, a) ≥ (q^π(s, a) − v^π(s))⁺ for all pairs, w ≥ 0
//! ```
//!
//! The policy π is improved as long as an action is certainly better. Then what its values, known
//! to about 30 digits, leave uncertain about the others is all that v* can exceed them by: w = 1
//! below γ = 1, at γ = 1 the expected length of an episode (see [`super::certificate`]). Where no
//! such w is found the bound of the floating-point optimum serves.

use super::certificate::excess_bound;
use super::endless::without_waiting;
use super::proper::{Problem, check_terminates};
use super::rule::DecisionRule;
use super::{ControlOptions, Optimum, OptimumByTime};
use crate::chain::Chain;
use crate::error::Error;
use crate::evaluation::{Average, FiniteHorizon, q_of};
use crate::field::{Ball, Field, dot};
use crate::mdp::{Criterion, Mdp};
use crate::policy::Policy;

/// The optimum of a model over balls, from that of the same model in floating point.
///
/// For the average reward `v`, `q` and the occupancies of the policy are certified as those of the
/// policy found, the gain as the optimal one; where it is not the same everywhere, within the bound
/// of `found`.
///
/// Errors where there is no optimum, a value is too large or a system was not solved, and where one cannot be bounded
/// ([`FactorError::Unverified`](crate::linalg::FactorError::Unverified)).
pub(crate) fn enclosed(
    mdp: &Mdp<Ball>,
    found: &Optimum<f64>,
    options: &ControlOptions,
) -> Result<Optimum<Ball>, Error> {
    let enclosure = match mdp.criterion() {
        Criterion::FiniteHorizon { horizon, .. } => backward(mdp, *horizon),
        Criterion::Average => average(mdp, found, options)?,
        Criterion::Discounted { .. } | Criterion::Total => stationary(mdp, found, options)?,
    };
    let error = enclosure.gain.as_ref().unwrap_or(&enclosure.v).iter();
    let error = error.filter_map(|x| x.certified()).map(|(_, bound)| bound);
    let error = error.fold(0.0, f64::max);
    let space = mdp.space();
    let greedy = enclosure
        .greedy
        .unwrap_or_else(|| possible(mdp, &enclosure.q));
    Ok(Optimum {
        greedy: match mdp.criterion() {
            Criterion::Total => without_waiting(mdp, greedy),
            _ => greedy,
        },
        j: dot(
            mdp.initial(),
            enclosure.gain.as_ref().unwrap_or(&enclosure.v),
        ),
        q: enclosure.q,
        v: enclosure.v,
        policy: enclosure.rule.followed(space),
        iterations: found.iterations,
        error_bound: error.is_finite().then_some(error),
        method: found.method,
        stop: found.stop,
        undefined: found.undefined.clone(),
        gain: enclosure.gain,
        by_time: found
            .by_time
            .as_ref()
            .zip(enclosure.by_time)
            .map(|(found, (v, greedy))| {
                let exact = |rule: &Vec<f64>| rule.iter().map(|x| Ball::exact(*x)).collect();
                let policy = found.policy.iter().map(exact).collect();
                OptimumByTime { v, policy, greedy }
            }),
        error_bounds: None,
        dual: found.dual.clone(),
        trace: found.trace.clone(),
    })
}

/// At each time: v_t, and the pairs that may be optimal.
type ByTime = (Vec<Vec<Ball>>, Vec<Vec<usize>>);

/// Values that hold the optimal ones, and a policy.
struct Enclosure {
    v: Vec<Ball>,
    q: Vec<Ball>,
    gain: Option<Vec<Ball>>,
    rule: DecisionRule,
    /// The pairs that may be optimal, if not by q.
    greedy: Option<Vec<usize>>,
    by_time: Option<ByTime>,
}

/// The pair that a deterministic policy takes in each state, among those that are kept.
fn rule_of(policy: &Policy<f64>, problem: &Problem<'_, Ball>) -> DecisionRule {
    let own = |pair: usize| problem.kept.as_ref().map_or(pair, |kept| kept[pair]);
    let mut rule = problem.start.clone();
    for pair in 0..problem.mdp.pairs() {
        if policy.probabilities()[own(pair)] == 1.0 {
            rule.set(problem.mdp.space().state_of(pair), pair);
        }
    }
    rule
}

fn stationary(
    mdp: &Mdp<Ball>,
    found: &Optimum<f64>,
    options: &ControlOptions,
) -> Result<Enclosure, Error> {
    let problem = Problem::new(mdp)?;
    let own = |pair: usize| problem.kept.as_ref().map_or(pair, |kept| kept[pair]);
    let kept = &*problem.mdp;
    let mut rule = rule_of(&found.policy, &problem);
    if check_terminates(kept, &rule).is_err() {
        rule = problem.start.clone();
    }
    let (v, gaps) = loop {
        check_terminates(kept, &rule)?;
        let chain = Chain::new(kept, &rule.followed(kept.space()), &options.solver)?;
        let v = chain.resolvent().solve(chain.dynamics().r())?.x;
        let gaps = gaps(kept, &rule, &v);
        match improved(kept, &rule, &gaps) {
            Some(better) => rule = better,
            None => break (v, gaps),
        }
    };
    let excess = excess(kept, &rule, &gaps, options);
    let v = (0..mdp.states()).map(|s| match (excess, found.error_bound) {
        (Some(excess), _) => v[s].widened(excess),
        (None, Some(bound)) => {
            let apart = (v[s] - Ball::exact(found.v[s])).magnitude();
            v[s].widened(apart + bound)
        }
        (None, None) => v[s].widened(f64::INFINITY),
    });
    let mut v: Vec<Ball> = v.collect();
    for state in (0..mdp.states()).filter(|&s| mdp.space().is_terminal(s)) {
        v[state] = Ball::zero();
    }
    Ok(Enclosure {
        q: q_of(mdp, &v),
        v,
        gain: None,
        rule: rule.map(own),
        greedy: problem.kept.is_some().then(|| found.greedy.clone()),
        by_time: None,
    })
}

/// q(s, a) − v(s) [SA]; exactly 0 for what the rule takes, and for a step that leads back for
/// certain without reward at γ = 1.
fn gaps(mdp: &Mdp<Ball>, rule: &DecisionRule, v: &[Ball]) -> Vec<Ball> {
    let q = q_of(mdp, v);
    let total = *mdp.criterion() == Criterion::Total;
    let gap = |pair: usize| {
        let state = mdp.space().state_of(pair);
        let mut row = mdp.p().row(pair);
        let back = |(next, p): (usize, &Ball)| next == state && *p == Ball::one();
        let idle = total && mdp.r()[pair].is_zero() && row.len() == 1 && row.all(back);
        if idle || rule.pair(state) == Some(pair) {
            Ball::zero()
        } else {
            q[pair] - v[state]
        }
    };
    (0..mdp.pairs()).map(gap).collect()
}

/// The rule with the best of the actions that are certainly better, if there are any.
fn improved(mdp: &Mdp<Ball>, rule: &DecisionRule, gaps: &[Ball]) -> Option<DecisionRule> {
    let mut next = rule.clone();
    for (state, taken) in rule.pairs() {
        let pairs = mdp.space().pairs_of(state);
        let best = pairs.fold(taken, |best, pair| {
            if gaps[pair].upper() > gaps[best].upper() {
                pair
            } else {
                best
            }
        });
        if gaps[best].lower() > 0.0 {
            next.set(state, best);
        }
    }
    (next != *rule).then_some(next)
}

/// How much v* may exceed the values of the rule.
fn excess(
    mdp: &Mdp<Ball>,
    rule: &DecisionRule,
    gaps: &[Ball],
    options: &ControlOptions,
) -> Option<f64> {
    let most = gaps.iter().map(|gap| gap.upper()).fold(0.0, f64::max);
    if most == 0.0 {
        return Some(0.0);
    }
    if *mdp.criterion() == Criterion::Total {
        return excess_bound(mdp, rule, gaps, &options.solver);
    }
    let ones = vec![Ball::one(); mdp.states()];
    let sums = mdp.p().mul(&ones);
    let left = |sum: &Ball| (Ball::one() - mdp.discount() * sum).lower();
    let left = sums.iter().map(left).fold(f64::INFINITY, f64::min);
    (left > 0.0).then(|| (Ball::exact(most) / Ball::exact(left)).upper())
}

/// The pairs that are not certainly worse than another of their state.
fn possible(mdp: &Mdp<Ball>, q: &[Ball]) -> Vec<usize> {
    let best = |state: usize| {
        let pairs = mdp.space().pairs_of(state);
        pairs
            .map(|pair| q[pair].lower())
            .fold(f64::NEG_INFINITY, f64::max)
    };
    let states = 0..mdp.states();
    let tied = |state: usize| {
        let best = best(state);
        let pairs = mdp.space().pairs_of(state);
        pairs.filter(move |&pair| q[pair].upper() >= best)
    };
    states.flat_map(tied).collect()
}

/// v_t = maxₐ (r + γ p v_{t+1}), widened by what the others may exceed the best by.
fn backward(mdp: &Mdp<Ball>, horizon: usize) -> Enclosure {
    let space = mdp.space();
    let fits = horizon.saturating_mul(space.states() + space.pairs())
        <= FiniteHorizon::<Ball>::TABLE_LIMIT;
    let mut v = vec![Ball::zero(); space.states()];
    let (mut values, mut ties) = (vec![v.clone()], Vec::new());
    let (mut q, mut rule) = (Vec::new(), DecisionRule::empty(space.states()));
    for _ in 0..horizon {
        q = q_of(mdp, &v);
        rule = DecisionRule::of_largest(space, &q);
        for (state, best) in rule.pairs() {
            let others = space.pairs_of(state).filter(|&pair| pair != best);
            let above = others.map(|pair| (q[pair] - q[best]).upper());
            v[state] = q[best].widened(above.fold(0.0, f64::max));
        }
        if fits {
            values.push(v.clone());
            ties.push(possible(mdp, &q));
        }
    }
    values.reverse();
    ties.reverse();
    Enclosure {
        v,
        q,
        gain: None,
        rule,
        greedy: None,
        by_time: fits.then_some((values, ties)),
    }
}

/// The policy's own gain from below; from above, where it is the same everywhere, the largest
/// r + p h − h, which no gain exceeds whatever h is, elsewhere the bound of the floating-point
/// optimum.
fn average(
    mdp: &Mdp<Ball>,
    found: &Optimum<f64>,
    options: &ControlOptions,
) -> Result<Enclosure, Error> {
    let space = mdp.space();
    let rule = rule_of(&found.policy, &Problem::new(mdp)?);
    let policy = rule.followed(space);
    let average = Average::new(mdp, &policy, &options.solver)?;
    let evaluation = average.evaluate(mdp, &policy);
    let (g, h) = (average.gain(), average.bias());
    let ph = mdp.p().mul(h);
    // r + p h − h is g itself for the pairs of the rule
    let others = (0..space.pairs()).filter(|&pair| rule.pair(space.state_of(pair)) != Some(pair));
    let steps = others.map(|pair| mdp.r()[pair] + ph[pair] - h[space.state_of(pair)]);
    let ends = (0..space.states()).filter(|&s| space.is_terminal(s));
    let steps = steps.chain(ends.map(|_| Ball::zero()));
    let above = steps.chain(g.iter().copied()).map(|x| (x - g[0]).upper());
    let most = above.fold(0.0, f64::max);
    let same = g
        .iter()
        .all(|x| (*x - g[0]).lower() <= 0.0 && (*x - g[0]).upper() >= 0.0);
    let gain = g
        .iter()
        .enumerate()
        .map(|(s, x)| match (same, found.error_bound) {
            (true, _) => x.widened(most + (g[0] - *x).upper().max(0.0)),
            (false, Some(bound)) => {
                let near = found.gain.as_ref().map_or(f64::INFINITY, |gain| gain[s]);
                x.widened((*x - Ball::exact(near)).magnitude() + bound)
            }
            (false, None) => x.widened(f64::INFINITY),
        });
    Ok(Enclosure {
        gain: Some(gain.collect()),
        v: evaluation.v,
        q: evaluation.q,
        rule,
        greedy: Some(found.greedy.clone()),
        by_time: None,
    })
}
