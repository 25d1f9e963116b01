//! The soft optimum of the average reward (theory, 7.4).
//!
//! ```text
//! g + h = α log Σₐ e^{(r + p h)/α},   π ∝ e^{(r + p h)/α}
//! ```
//!
//! Soft policy iteration: evaluate π with the rewards r − α log π, take π ∝ e^{q/α} again. Every action has
//! a positive probability, so one gain serves all states where they reach each other.

use super::{SoftPolicy, own_rounding};
use crate::control::rounding::radius;
use crate::control::rule::tied;
use crate::control::{ControlMethod, ControlOptions, ControlStop, Iteration, Optimum};
use crate::error::Error;
use crate::evaluation::{Prepared, q_of};
use crate::field::{UNIT, dot};
use crate::mdp::Mdp;

/// Gains that differ by less are one, relative to the rewards; a choice.
const ONE_GAIN: f64 = 1e-9;

/// The soft optimum at α > 0: h, q = r − g + p h, the soft policy, and the gain with a bound on its error.
///
/// Errors with [`Error::Argument`] where the states have different gains, and if a system was not solved.
pub fn solve(mdp: &Mdp, alpha: f64, options: &ControlOptions) -> Result<Optimum, Error> {
    let nothing = vec![0.0; mdp.pairs()];
    let mut soft = SoftPolicy::new(mdp, &nothing, &nothing, alpha);
    let (mut trace, mut before) = (Vec::new(), f64::INFINITY);
    for iteration in 1.. {
        let policy = soft.policy(mdp)?;
        let paid = mdp.r().iter().zip(&soft.log_pi).zip(policy.probabilities());
        let paid = paid.map(|((r, log), pi)| if *pi > 0.0 { r - alpha * log } else { *r });
        let frozen = mdp.clone().with_rewards(paid.collect())?;
        let found = Prepared::new(&frozen, &policy, &options.solver)?.evaluate(&frozen, &policy)?;
        let gain = found.gain.unwrap_or_default();
        let g = dot(mdp.initial(), &gain);
        check_one_gain(&gain, mdp)?;
        let h = found.v;
        let q: Vec<f64> = q_of(mdp, &h).iter().map(|q| q - g).collect();
        let next = SoftPolicy::new(mdp, &q, &q, alpha);
        let (least, most) = rises(mdp, &h, &next);
        let residual = least.abs().max(most.abs());
        if options.trace {
            trace.push(Iteration {
                iteration,
                residual,
                j_greedy: Some(g),
            });
        }
        let rounding = (0..mdp.pairs()).map(|pair| radius(mdp, 1.0, &h, pair));
        let rounding = rounding.fold(0.0, f64::max) + own_rounding(mdp, &q, alpha) + UNIT * g.abs();
        // min (T h − h) ≤ g* ≤ max (T h − h): T is monotone and commutes with constants
        let bound = residual + 2.0 * rounding;
        let stop = if options
            .tolerance
            .is_some_and(|tolerance| bound <= tolerance)
        {
            ControlStop::Tolerance
        } else if residual >= 0.5 * before || residual == 0.0 {
            ControlStop::Precision
        } else if iteration >= options.iterations {
            ControlStop::Iterations
        } else {
            (soft, before) = (next, residual);
            continue;
        };
        return Ok(Optimum {
            policy: next.policy(mdp)?,
            greedy: tied(mdp.space(), &q, 4.0 * bound),
            j: g,
            v: h,
            q,
            iterations: iteration,
            error_bound: bound.is_finite().then_some(bound),
            method: ControlMethod::PolicyIteration,
            stop,
            undefined: Vec::new(),
            gain: Some(gain),
            by_time: None,
            error_bounds: None,
            dual: None,
            trace,
        });
    }
    unreachable!("an iteration without an end")
}

/// The least and the most of α log Σₐ e^{q/α} − h over the states that act, 0 at the optimum.
fn rises(mdp: &Mdp, h: &[f64], soft: &SoftPolicy) -> (f64, f64) {
    let acting = (0..mdp.states()).filter(|&s| !mdp.space().is_terminal(s));
    let rises = acting.map(|s| soft.maximum[s] - h[s]);
    rises.fold((0.0, 0.0), |(least, most), x| {
        (f64::min(least, x), f64::max(most, x))
    })
}

fn check_one_gain(gain: &[f64], mdp: &Mdp) -> Result<(), Error> {
    let least = gain.iter().copied().fold(f64::INFINITY, f64::min);
    let most = gain.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let size = gain
        .iter()
        .chain(mdp.r())
        // not 0, of rewards that all are
        .fold(1e-300, |x: f64, y| x.max(y.abs()));
    if most - least <= ONE_GAIN * size {
        return Ok(());
    }
    Err(Error::Argument {
        name: "the gain under the entropy",
        found: format!("between {least} and {most}, by state"),
        expected: "the same in all states: a model whose states reach each other",
    })
}
