//! Probabilities known within sets: what nature leaves (theory, 7.11).

use std::sync::Arc;

use nalgebra::{DMatrix, DVector};

use super::algebra::{largest, plus};
use super::case::{have, slack};
use super::operators::state_function;
use super::{Case, Discounted, Identity, Section, Sides, Skip};
use exact_mdp::error::Error;
use exact_mdp::mdp::{Criterion, Mdp};
use exact_mdp::robust::{Nature, Robust};

identities! { Control;
"robust-equation" equation {
    "v(s) = maxₐ max_c [E min(w, c) − (ε/2)(c − min w)], w = r(s, a, s') + γv(s'), for nature within Σ|p − p̄| ≤ ε = 0.2",
    "The dual of nature's linear program, which moves ε/2 from the largest w to the smallest; c need only be one of the w.",
    "Iyengar 2005, 4.3; Rockafellar & Uryasev 2000; theory, 7.11 (7.54)"
}
"robust-contraction" contraction {
    "|Tu − Tw|∞ ≤ γ |u − w|∞, (Tv)(s) = maxₐ min_p Σ p(s')(r(s, a, s') + γv(s'))",
    "A minimum of contractions is one, and so is a maximum.",
    "Iyengar 2005; Nilim & El Ghaoui 2005; theory, 7.11 (7.55)"
}
"robust-between" between {
    "v_robust ≤ v* ≤ v_optimistic, and v* − v_robust ≤ (ε/2) max sp(r + γv*)/(1 − γ)",
    "The model's own p is in the sets; moving ε/2 costs a step at most ε/2 of the spread of what may follow.",
    "Iyengar 2005; theory, 7.11 (7.56)"
}
"robust-kernel" kernel {
    "v_robust = (I − γ p̃^π)⁻¹ r̃^π for the p̃ that nature chooses against the robust π",
    "Nature needs no more than a stationary choice; the policy is evaluated in that model by its own linear system.",
    "Iyengar 2005; theory, 7.11 (7.57)"
}
"robust-horizon" horizon {
    "v_t(s) = maxₐ max_c [E min(w, c) − (ε/2)(c − min w)], w = r(s, a, s') + γv_{t+1}(s'), v_T = 0",
    "Nature chooses anew at each step; its linear program there has the same dual.",
    "Iyengar 2005, 2; theory, 7.11 (7.62)"
}
"robust-average" average {
    "g + v(s) = maxₐ max_c [E min(w, c) − (ε/2)(c − min w)], w = r(s, a, s') + v(s')",
    "Where every p returns to one state under every policy, the gain and relative values solve one equation.",
    "Hoffman & Karp 1966; theory, 7.11 (7.63)"
}
"robust-without-radius" without_radius {
    "v_robust = v_optimistic = v* for ε = 0",
    "Nature has no choice.",
    "theory, 7.11 (7.58)"
}
}

/// ε of the sets; a choice.
const RADIUS: f64 = 0.2;
/// Entries of p under a robust optimisation; a choice.
const MOST: usize = 4_000;
/// States of a chain that is solved densely; a choice.
const DENSE: usize = 300;

/// What nature leaves, the scale of that, and what rounding may do to it.
struct Solved<'a> {
    d: &'a Discounted,
    mdp: Arc<Mdp>,
    found: Robust,
    scale: f64,
    tolerance: f64,
}

fn discounted(case: &Case) -> Result<&Discounted, Skip> {
    let d = case.discounted()?;
    let discounted = matches!(d.mdp.criterion(), Criterion::Discounted { .. });
    Skip::unless(discounted && d.gamma < 1.0, "the reward is not discounted")?;
    Skip::beyond(d.mdp.p().stored(), MOST, "entries of p")?;
    Ok(d)
}

fn solved(case: &Case, nature: Nature, radius: f64) -> Result<Solved<'_>, Skip> {
    summed(discounted(case)?, case, nature, radius)
}

/// The discounted reward, and the total one where it is known.
fn summed<'a>(
    d: &'a Discounted,
    case: &Case,
    nature: Nature,
    radius: f64,
) -> Result<Solved<'a>, Skip> {
    Skip::beyond(d.mdp.p().stored(), MOST, "entries of p")?;
    let mdp = Arc::new(d.mdp.clone());
    let found = match (case.formulas.robust)(&mdp, nature, radius) {
        Err(error @ Error::Trapped { .. }) => return Err(Skip::new(error.to_string())),
        found => found?,
    };
    let scale = d.reward_scale() + largest(&found.v);
    let relative = if scale > 0.0 {
        found.error_bound / scale
    } else {
        0.0
    };
    let rest = if d.gamma < 1.0 { 1.0 - d.gamma } else { 1.0 };
    Ok(Solved {
        tolerance: 4.0 * d.tolerance(0) / rest + 4.0 * relative,
        scale,
        found,
        mdp,
        d,
    })
}

/// What may follow a pair: of each next state the probability, and r(s, a, s') + γv(s').
fn ahead(mdp: &Mdp, gamma: f64, v: &[f64], pair: usize) -> Vec<(f64, f64)> {
    let mut by_next: Vec<(usize, f64, f64)> = Vec::new();
    for outcome in mdp.outcomes(pair) {
        let (p, r) = (*outcome.probability, *outcome.reward);
        match by_next.iter_mut().find(|(next, ..)| *next == outcome.next) {
            Some((_, mass, paid)) => {
                *mass += p;
                *paid += p * r;
            }
            None => by_next.push((outcome.next, p, p * r)),
        }
    }
    let worth = |(next, mass, paid): (usize, f64, f64)| (mass, paid / mass + gamma * v[next]);
    let possible = by_next.into_iter().filter(|(_, mass, _)| *mass > 0.0);
    possible.map(worth).collect()
}

fn extremes(ahead: &[(f64, f64)]) -> (f64, f64) {
    let all = ahead.iter().map(|(_, w)| *w);
    all.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), w| {
        (low.min(w), high.max(w))
    })
}

/// The least mean of w within ε/2 in total variation.
fn least(ahead: &[(f64, f64)]) -> f64 {
    let low = extremes(ahead).0;
    let at = |c: f64| {
        let mean: f64 = ahead.iter().map(|(p, w)| p * w.min(c)).sum();
        mean - RADIUS / 2.0 * (c - low)
    };
    ahead
        .iter()
        .map(|(_, w)| at(*w))
        .fold(f64::NEG_INFINITY, f64::max)
}

/// maxₐ x(s, a) [S]; 0 on terminal states.
fn best_of(mdp: &Mdp, x: impl Fn(usize) -> f64) -> Vec<f64> {
    let state = |s| {
        let all = mdp.space().pairs_of(s).map(&x);
        let best = all.fold(f64::NEG_INFINITY, f64::max);
        if best == f64::NEG_INFINITY { 0.0 } else { best }
    };
    (0..mdp.states()).map(state).collect()
}

fn equation(case: &Case) -> Result<Sides, Skip> {
    let of = summed(case.discounted()?, case, Nature::Adverse, RADIUS)?;
    let right = dual(&of.mdp, of.d.gamma, &of.found.v);
    Ok(Sides::equal(&of.found.v, &right, of.scale, of.tolerance))
}

/// maxₐ min_p within Σ|p − p̄| ≤ ε of the next values, by duality [S].
fn dual(mdp: &Mdp, gamma: f64, next: &[f64]) -> Vec<f64> {
    best_of(mdp, |pair| least(&ahead(mdp, gamma, next, pair)))
}

/// What rounding may do to one step of a recursion, beside the size of what it adds.
const ROUNDING: f64 = 1e-12;

fn horizon(case: &Case) -> Result<Sides, Skip> {
    let of = case.horizon()?;
    Skip::beyond(of.mdp.p().stored(), MOST, "entries of p")?;
    let found = (case.formulas.robust)(&Arc::new(of.mdp.clone()), Nature::Adverse, RADIUS)?;
    let tables = found
        .by_time
        .ok_or_else(|| Skip::new("the horizon is too long for a table"))?;
    let steps = tables.v.windows(2);
    let right: Vec<f64> = steps
        .flat_map(|two| dual(&of.mdp, of.gamma, &two[1]))
        .collect();
    let left: Vec<f64> = tables.v[..tables.v.len() - 1].concat();
    let scale = largest(&left) + largest(of.mdp.r());
    Ok(Sides::equal(
        &left,
        &right,
        scale,
        ROUNDING + slack(&of.mdp),
    ))
}

fn average(case: &Case) -> Result<Sides, Skip> {
    let mdp = Arc::new(case.long_term()?.mdp.clone());
    Skip::beyond(mdp.p().stored(), MOST, "entries of p")?;
    let found = match (case.formulas.robust)(&mdp, Nature::Adverse, RADIUS) {
        Err(error @ Error::Trapped { .. }) => return Err(Skip::new(error.to_string())),
        found => found?,
    };
    let gain = found.gain.map_or(0.0, |gain| gain.value);
    let ends = |state| mdp.space().is_terminal(state);
    let left = found.v.iter().zip(0..);
    let left: Vec<f64> = left
        .map(|(v, state)| if ends(state) { *v } else { gain + v })
        .collect();
    let scale = largest(&left) + largest(mdp.r()) + found.error_bound;
    let right = dual(&mdp, 1.0, &found.v);
    Ok(Sides::equal(&left, &right, scale, ROUNDING + slack(&mdp)))
}

fn contraction(case: &Case) -> Result<Sides, Skip> {
    let d = discounted(case)?;
    let mdp = Arc::new(d.mdp.clone());
    let sweep = |v: &[f64]| (case.formulas.robust_sweep)(&mdp, Nature::Adverse, RADIUS, v);
    let (u, w) = (state_function(d, 140), state_function(d, 141));
    // raised by the same everywhere: as far apart after a step as a step allows
    let raised = plus(&u, 1.0, &vec![1.0; u.len()]);
    let moved = sweep(&u)?;
    let apart = |w: &[f64]| -> Result<(f64, f64), Skip> {
        let left = largest(&plus(&moved, -1.0, &sweep(w)?));
        Ok((left, d.gamma * largest(&plus(&u, -1.0, w))))
    };
    let ((a, b), (x, y)) = (apart(&w)?, apart(&raised)?);
    let size = d.reward_scale() + largest(&u) + largest(&w) + 1.0;
    Ok(Sides::at_most(&[a, x], &[b, y], size, 4.0 * d.tolerance(0)))
}

fn between(case: &Case) -> Result<Sides, Skip> {
    let low = solved(case, Nature::Adverse, RADIUS)?;
    let high = solved(case, Nature::Kind, RADIUS)?;
    let o = have(&low.d.optimum)?;
    let error = o
        .error_bound
        .ok_or_else(|| Skip::new("the optimum has no certificate"))?;
    let scale = low.scale + high.scale + largest(&o.v);
    let relative = if scale > 0.0 { error / scale } else { 0.0 };
    let tolerance = low.tolerance + high.tolerance + 2.0 * relative;
    let spread = |pair| {
        let (low, high) = extremes(&ahead(&low.mdp, low.d.gamma, &o.v, pair));
        high - low
    };
    let spread = (0..low.mdp.pairs()).map(spread).fold(0.0, f64::max);
    let bound = RADIUS / 2.0 * spread / (1.0 - low.d.gamma);
    let lost = plus(&o.v, -1.0, &low.found.v);
    let sides = Sides::at_most(&low.found.v, &o.v, scale, tolerance);
    let sides = sides.and(Sides::at_most(&o.v, &high.found.v, scale, tolerance));
    let bound = Sides::at_most(&lost, &vec![bound; lost.len()], scale, tolerance);
    Ok(sides.and(bound))
}

fn kernel(case: &Case) -> Result<Sides, Skip> {
    let of = solved(case, Nature::Adverse, RADIUS)?;
    let (d, space) = (of.d, of.mdp.space());
    let states = space.states();
    Skip::beyond(states, DENSE, "states")?;
    let mut matrix = DMatrix::<f64>::identity(states, states);
    let mut paid = DVector::zeros(states);
    let nothing = vec![0.0; states];
    for (pair, pi) in of.found.policy.probabilities().iter().enumerate() {
        let state = space.state_of(pair);
        // r(s, a, s') is what is ahead where nothing follows
        let rewards = ahead(&of.mdp, 0.0, &nothing, pair);
        let nexts = next_states(&of.mdp, pair);
        for (next, (_, reward)) in nexts.into_iter().zip(rewards) {
            let p = of.found.kernel.get(pair, next) * pi;
            paid[state] += p * reward;
            if !space.is_terminal(next) {
                matrix[(state, next)] -= d.gamma * p;
            }
        }
    }
    let v = matrix.lu().solve(&paid);
    let v = v.ok_or_else(|| Skip::new("nature's chain is singular in floating point"))?;
    let tolerance = of.tolerance / (1.0 - d.gamma);
    Ok(Sides::equal(&of.found.v, v.as_slice(), of.scale, tolerance))
}

/// The next states of a pair, in the order in which [`ahead`] has them.
fn next_states(mdp: &Mdp, pair: usize) -> Vec<usize> {
    let mut nexts = Vec::new();
    for outcome in mdp.outcomes(pair).filter(|o| *o.probability > 0.0) {
        if !nexts.contains(&outcome.next) {
            nexts.push(outcome.next);
        }
    }
    nexts
}

fn without_radius(case: &Case) -> Result<Sides, Skip> {
    let low = solved(case, Nature::Adverse, 0.0)?;
    let high = solved(case, Nature::Kind, 0.0)?;
    let o = have(&low.d.optimum)?;
    let error = o
        .error_bound
        .ok_or_else(|| Skip::new("the optimum has no certificate"))?;
    let scale = low.scale + high.scale;
    let relative = if scale > 0.0 { error / scale } else { 0.0 };
    let tolerance = low.tolerance + high.tolerance + 2.0 * relative;
    let sides = Sides::equal(&low.found.v, &o.v, scale, tolerance);
    Ok(sides.and(Sides::equal(&high.found.v, &o.v, scale, tolerance)))
}
