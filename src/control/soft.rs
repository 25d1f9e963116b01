//! The soft optimum: the best policy when every action also earns α times its surprise
//! (theory, 7.4).
//!
//! ```text
//! v = α log Σₐ e^{q/α},   q = r + γ p v,   π ∝ e^{q/α}
//! ```
//!
//! Found by soft policy iteration, which is Newton's method on the first equation: evaluate π with
//! the rewards r^π + α H(π), take π ∝ e^{q/α} again.

use super::proper::Problem;
use super::rounding::{UNIT, contraction, radius};
use super::rule::tied;
use super::{Method, Optimum, Options, Step, Stop};
use crate::chain::Chain;
use crate::error::Error;
use crate::evaluation::action_values;
use crate::field::dot;
use crate::mdp::Mdp;
use crate::policy::Policy;

/// The soft optimum at the entropy weight α > 0, for the discounted and the total criterion.
///
/// `v`, `q` and `j` hold the entropy's reward, the policy is the soft one, `greedy` lists the most
/// probable actions. Errors if a system was not solved, and as [`super::solve`].
pub fn solve(mdp: &Mdp, alpha: f64, options: &Options) -> Result<Optimum, Error> {
    let problem = Problem::new(mdp)?;
    if !problem.undefined.is_empty() || problem.kept.is_some() {
        let name = |&s: &usize| mdp.space().state_names().get(s).into_owned();
        return Err(Error::NoProperPolicy {
            states: problem.undefined.iter().map(name).collect(),
        });
    }
    let mut policy = Policy::uniform(mdp.space());
    let mut trace = Vec::new();
    let mut before = f64::INFINITY;
    for iteration in 1.. {
        let v = values(mdp, &policy, alpha, options)?;
        let q = action_values(mdp, &v);
        let soft = soft_maximum(mdp, &q, alpha);
        let change = soft.iter().zip(&v).map(|(x, y)| (x - y).abs());
        let residual = change.fold(0.0, f64::max);
        if options.trace {
            trace.push(Step {
                iteration,
                residual,
                j_greedy: Some(dot(mdp.initial(), &v)),
            });
        }
        let bound = error_bound(mdp, &v, &q, residual, alpha);
        let stop = match bound {
            Some(bound) if options.tolerance.is_some_and(|t| bound <= t) => Stop::Tolerance,
            // Newton's method squares the residual until rounding stops it
            _ if residual >= 0.5 * before || residual == 0.0 => Stop::Precision,
            _ if iteration >= options.iterations => Stop::Iterations,
            _ => {
                before = residual;
                policy = soft_policy(mdp, &q, &soft, alpha)?;
                continue;
            }
        };
        let error = bound.unwrap_or(0.0);
        return Ok(Optimum {
            policy: soft_policy(mdp, &q, &soft, alpha)?,
            greedy: tied(mdp.space(), &q, 2.0 * error),
            j: dot(mdp.initial(), &v),
            v,
            q,
            iterations: iteration,
            error_bound: bound,
            method: Method::PolicyIteration,
            stop,
            undefined: Vec::new(),
            gain: None,
            v_by_time: None,
            policy_by_time: None,
            dual: None,
            trace,
        });
    }
    unreachable!("an iteration without an end")
}

/// v = (I − γp^π)⁻¹ (r^π + α H(π)).
fn values(mdp: &Mdp, policy: &Policy, alpha: f64, options: &Options) -> Result<Vec<f64>, Error> {
    let chain = Chain::new(mdp, policy, &options.solver)?;
    let mut reward = chain.dynamics().r().to_vec();
    for (pair, &pi) in policy.probabilities().iter().enumerate() {
        if pi > 0.0 {
            reward[mdp.space().state_of(pair)] -= alpha * pi * pi.ln();
        }
    }
    Ok(chain.resolvent().solve(&reward)?.x)
}

/// α log Σₐ e^{q/α} [S], relative to the largest q of the state; 0 on terminal states.
fn soft_maximum(mdp: &Mdp, q: &[f64], alpha: f64) -> Vec<f64> {
    let of = |state: usize| {
        let q = &q[mdp.space().pairs_of(state)];
        let most = q.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = q.iter().map(|q| ((q - most) / alpha).exp()).sum();
        if q.is_empty() {
            0.0
        } else {
            most + alpha * sum.ln()
        }
    };
    (0..mdp.states()).map(of).collect()
}

/// π = e^{(q − v)/α} as a tabular softmax with θ = (q − v)/α.
fn soft_policy(mdp: &Mdp, q: &[f64], v: &[f64], alpha: f64) -> Result<Policy, Error> {
    let space = mdp.space();
    let logit = |pair: usize| (q[pair] - v[space.state_of(pair)]) / alpha;
    let theta = (0..space.pairs()).map(logit).collect();
    Ok(Policy::softmax(space, theta, 1.0)?)
}

/// |v − v_α|∞ ≤ (|T_α v − v|∞ + rounding)/(1 − β). The soft maximum does not expand errors of q;
/// its own rounding is that of one exponential per action, a sum and a logarithm.
fn error_bound(mdp: &Mdp, v: &[f64], q: &[f64], residual: f64, alpha: f64) -> Option<f64> {
    let rounding = (0..mdp.pairs()).map(|pair| radius(mdp, mdp.discount(), v, pair));
    let largest = q.iter().map(|q| q.abs()).fold(0.0, f64::max);
    let actions = (0..mdp.states())
        .map(|s| mdp.space().pairs_of(s).len())
        .max();
    let actions = actions.unwrap_or(0) as f64;
    let own =
        UNIT * (4.0 * largest + alpha * (2.0 * actions + 8.0) * (1.0 + actions.ln().max(0.0)));
    let beta = contraction(mdp);
    let bound = (residual + rounding.fold(0.0, f64::max) + own) / (1.0 - beta);
    (beta < 1.0 && bound.is_finite()).then_some(bound * (1.0 + 8.0 * UNIT))
}
