//! The soft optimum: optimal control when surprise is paid for (theory, 7.4).

use super::algebra::{ahead, backup, best, largest, plus};
use super::case::{ALPHA, have};
use super::operators::state_function;
use super::{Case, Discounted, Identity, Section, Sides, Skip};
use exact_mdp::chain::Chain;
use exact_mdp::control::Optimum;
use exact_mdp::linalg::SolverOptions;
use exact_mdp::mdp::Mdp;

identities! { Control;
"soft-optimality-equation" equation {
    "v*_α = α log Σₐ exp(q/α), q = r + γ p v*_α, α = 0.1",
    "max over all distributions of π(q − α log π) is the log-sum-exp; one outcome at a time.",
    "Cen et al. 2022; theory, 7.4 (7.15)"
}
"soft-optimal-policy" policy {
    "v*_α = (I − γp^π)⁻¹(r^π + αH(π)) for π ∝ exp(q/α), α = 0.1",
    "The soft optimal policy, evaluated by its own linear system with the entropy as one more reward.",
    "Cen et al. 2022; theory, 7.4 (7.15)"
}
"soft-contraction" contraction {
    "|T_α u − T_α w|∞ ≤ γ |u − w|∞, T_α v = α log Σₐ exp((r + γpv)/α)",
    "The log-sum-exp is monotone and commutes with constants, as the maximum is.",
    "theory, 7.4 (7.16)"
}
"soft-policy-loss" loss {
    "0 ≤ v* − v^π ≤ α log|A|/(1 − γ) for the soft optimal π, α = 0.1",
    "v^π ≥ v*_α − α max H/(1 − γ), and v*_α ≥ v*: what the entropy buys is at most what it costs.",
    "theory, 7.4 (7.17)"
}
}

/// α log Σₐ exp((r + γpv)/α) [S]; 0 on terminal states.
fn sweep(mdp: &Mdp, gamma: f64, v: &[f64]) -> Vec<f64> {
    let q = backup(mdp, gamma, v);
    let top = best(mdp, &q);
    let state = |s: usize| {
        let block = mdp.space().pairs_of(s);
        let sum: f64 = block.clone().map(|i| ((q[i] - top[s]) / ALPHA).exp()).sum();
        if block.is_empty() {
            0.0
        } else {
            top[s] + ALPHA * sum.ln()
        }
    };
    (0..mdp.states()).map(state).collect()
}

/// The largest log|A(s)|.
fn choices(mdp: &Mdp) -> f64 {
    let actions = (0..mdp.states()).map(|s| mdp.space().pairs_of(s).len());
    (actions.max().unwrap_or(1).max(1) as f64).ln()
}

/// |v*_α|, |r| and |q|, with the entropy of a step.
fn scale(d: &Discounted, o: &Optimum) -> f64 {
    d.reward_scale() + largest(&o.v) + largest(&o.q) + ALPHA * choices(&d.mdp)
}

/// What rounding and the certified error of v*_α allow, relative to the scale.
fn tolerance(d: &Discounted, o: &Optimum, norm: f64) -> Result<f64, Skip> {
    let error = o.error_bound;
    let error = error.ok_or_else(|| Skip::new("the soft optimum has no certificate"))?;
    let norm = norm.max(d.inverse_norm);
    Ok(4.0 * d.tolerance(0) * norm + 2.0 * error * norm / scale(d, o))
}

fn equation(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let o = have(&d.soft_optimum)?;
    let right = sweep(&d.mdp, d.gamma, &o.v);
    Ok(Sides::equal(
        &o.v,
        &right,
        scale(d, o),
        tolerance(d, o, 1.0)?,
    ))
}

/// The chain of the soft optimal policy, and its ‖N‖∞.
fn chain(d: &Discounted, o: &Optimum) -> Result<(Chain, f64), Skip> {
    let chain = Chain::new(&d.mdp, &o.policy, &SolverOptions::default())?;
    let norm = chain.inverse_norm()?;
    Ok((chain, norm))
}

fn policy(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let o = have(&d.soft_optimum)?;
    let (chain, norm) = chain(d, o)?;
    let mut paid = chain.dynamics().r().to_vec();
    for (i, &pi) in o.policy.probabilities().iter().enumerate() {
        if pi > 0.0 {
            paid[d.mdp.space().state_of(i)] -= ALPHA * pi * pi.ln();
        }
    }
    let v = chain.resolvent().solve(&paid)?.x;
    Ok(Sides::equal(&v, &o.v, scale(d, o), tolerance(d, o, norm)?))
}

fn contraction(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let (u, w) = (state_function(d, 130), state_function(d, 131));
    let moved = plus(
        &sweep(&d.mdp, d.gamma, &u),
        -1.0,
        &sweep(&d.mdp, d.gamma, &w),
    );
    let right = d.gamma * largest(&plus(&u, -1.0, &w));
    let size = d.reward_scale() + right + ALPHA * choices(&d.mdp) + largest(&ahead(&d.mdp, &u));
    Ok(Sides::at_most(
        &[largest(&moved)],
        &[right],
        size,
        4.0 * d.tolerance(0),
    ))
}

fn loss(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    Skip::unless(d.gamma < 1.0, "the discount is 1")?;
    let (o, soft) = (have(&d.optimum)?, have(&d.soft_optimum)?);
    let (chain, norm) = chain(d, soft)?;
    let v = chain.evaluate(&d.mdp, &soft.policy)?.v;
    let loss = plus(&o.v, -1.0, &v);
    let bound = ALPHA * choices(&d.mdp) / (1.0 - d.gamma);
    let size = scale(d, soft) + bound;
    let error = o.error_bound.unwrap_or(0.0) / size;
    let tolerance = tolerance(d, soft, norm)? + error;
    let below = Sides::at_most(&loss, &vec![bound; loss.len()], size, tolerance);
    let gain: Vec<f64> = loss.iter().map(|x| -x).collect();
    Ok(below.and(Sides::at_most(
        &gain,
        &vec![0.0; gain.len()],
        size,
        tolerance,
    )))
}
