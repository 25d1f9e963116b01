//! Value iteration with certified stopping (MacQueen 1966; Porteus 1971; theory, 7.1).
//!
//! ```text
//! v' = T*v,  Δ = v' − v:   v' + γ/(1−γ) min Δ ≤ v^π ≤ v* ≤ v' + γ/(1−γ) max Δ,   π greedy for v
//! ```
//!
//! The minimum and the maximum include the 0 of terminal states; without it the bounds are wrong
//! (theory, 9.12). At γ = 1 no such bound exists; there the values run, from those of a policy
//! that terminates, until they stand still, and the certificate at the end decides.

use super::certificate::Certificate;
use super::kernel::BellmanKernel;
use super::policy_iteration;
use super::proper::{Problem, check_terminates, terminating};
use super::rounding::contraction;
use super::rule::DecisionRule;
use super::{ControlMethod, ControlOptions, ControlStop, Found, Iteration};
use crate::chain::Chain;
use crate::error::Error;
use crate::evaluation::q_of;
use crate::field::{UNIT, dot};
use crate::mdp::{Criterion, Mdp};

/// v₀ = 0, at γ = 1 the values of a policy that terminates; then v ← T*v.
///
/// Hands back the exact values of the last greedy policy, unless that never terminates. Errors if
/// a system was not solved, and with [`Error::Unbounded`] if at γ = 1 there is no optimum.
pub fn iterate(problem: &Problem<'_, f64>, options: &ControlOptions) -> Result<Found<f64>, Error> {
    let mdp = &*problem.mdp;
    let kernel = BellmanKernel::new(mdp);
    let stopping = Stopping::new(mdp, &kernel, options);
    let total = *mdp.criterion() == Criterion::Total;
    let mut v = if total {
        values(mdp, &problem.start, options)?
    } else {
        vec![0.0; mdp.states()]
    };
    let mut rule = problem.start.clone();
    let mut next = v.clone();
    let mut trace = Vec::new();
    let mut iterations = 0;
    let stop = loop {
        kernel.improve(&v, &mut next, &mut rule);
        iterations += 1;
        let change = Change::new(mdp, &v, &next);
        std::mem::swap(&mut v, &mut next);
        if options.trace {
            trace.push(Iteration {
                iteration: iterations,
                residual: f64::max(change.most, -change.least),
                j_greedy: objective(mdp, &rule, options),
            });
        }
        if let Some(stop) = stopping.after(&change, &v) {
            break stop;
        }
        if iterations >= options.iterations {
            break ControlStop::Iterations;
        }
        // values without an end: the greedy rule goes round then
        if iterations == SUSPICIOUS && check_terminates(mdp, &rule).is_err() {
            check_bounded(problem, options)?;
        }
    };
    let Settled { v, rule, bound } = settle(problem, v, rule, options);
    let within = options
        .tolerance
        .is_some_and(|tolerance| bound <= tolerance);
    Ok(Found {
        v,
        rule,
        iterations,
        method: ControlMethod::ValueIteration,
        // the interval was narrow enough, but rounding hides how near the values are
        stop: match stop {
            ControlStop::Tolerance if !within => ControlStop::Precision,
            stop => stop,
        },
        is_stuck: false,
        certified: None,
        trace,
    })
}

/// Iterations at γ = 1 after which it is time to ask whether there is an optimum at all; a choice.
const SUSPICIOUS: usize = 1_000;

/// Errors with [`Error::Unbounded`] if at γ = 1 going round and round pays for ever: policy
/// iteration finds out in finitely many steps, where values only grow and grow.
pub fn check_bounded(problem: &Problem<'_, f64>, options: &ControlOptions) -> Result<(), Error> {
    let options = ControlOptions {
        trace: false,
        ..options.clone()
    };
    match policy_iteration::iterate(problem, &options) {
        Err(unbounded @ Error::Unbounded { .. }) => Err(unbounded),
        _ => Ok(()),
    }
}

/// Values, the policy that they belong to, and how far they may be from v*.
pub struct Settled {
    pub v: Vec<f64>,
    pub rule: DecisionRule,
    /// |v − v*|∞ is at most this; infinite where nothing was certified.
    pub bound: f64,
}

/// The exact values of the greedy policy, of one that terminates if that does not, or the values
/// of the iteration where they are certainly nearer.
pub fn settle(
    problem: &Problem<'_, f64>,
    v: Vec<f64>,
    rule: DecisionRule,
    options: &ControlOptions,
) -> Settled {
    let mdp = &*problem.mdp;
    let rule = terminating(mdp, rule, &q_of(mdp, &v), &problem.start);
    let bound = |v: &[f64]| {
        let certificate = Certificate::new(mdp, v, &rule, &options.solver);
        certificate.error_bound.unwrap_or(f64::INFINITY)
    };
    let own = bound(&v);
    let exact = values(mdp, &rule, options).map(|exact| (bound(&exact), exact));
    let (bound, v) = match exact {
        Ok((bound, exact)) if bound <= own => (bound, exact),
        _ => (own, v),
    };
    Settled { v, rule, bound }
}

/// The values of a rule. Errors if at γ = 1 it does not terminate.
pub fn values(mdp: &Mdp, rule: &DecisionRule, options: &ControlOptions) -> Result<Vec<f64>, Error> {
    check_terminates(mdp, rule)?;
    let chain = Chain::new(mdp, &rule.followed(mdp.space()), &options.solver)?;
    Ok(chain.resolvent().solve(chain.dynamics().r())?.x)
}

/// J of a rule; `None` where it never terminates.
pub fn objective(mdp: &Mdp, rule: &DecisionRule, options: &ControlOptions) -> Option<f64> {
    let v = values(mdp, rule, options).ok()?;
    Some(dot(mdp.initial(), &v))
}

/// min Δ and max Δ, the 0 of terminal states included.
struct Change {
    least: f64,
    most: f64,
}

impl Change {
    fn new(mdp: &Mdp, v: &[f64], next: &[f64]) -> Change {
        let mut change = Change {
            least: f64::INFINITY,
            most: f64::NEG_INFINITY,
        };
        for state in 0..mdp.states() {
            let delta = next[state] - v[state];
            change.least = change.least.min(delta);
            change.most = change.most.max(delta);
        }
        change
    }
}

/// When enough is known.
struct Stopping {
    beta: f64,
    rounding: f64,
    reward: f64,
    tolerance: f64,
}

impl Stopping {
    fn new(mdp: &Mdp, kernel: &BellmanKernel<'_>, options: &ControlOptions) -> Stopping {
        let reward = mdp.r().iter().map(|r| r.abs()).fold(0.0, f64::max);
        Stopping {
            beta: contraction(mdp),
            rounding: (2 * kernel.longest_row() + 8) as f64 * UNIT,
            reward,
            tolerance: options.tolerance.unwrap_or(0.0),
        }
    }

    /// Half the width of MacQueen's interval bounds the error of the midpoint, its whole width the
    /// loss of the greedy policy.
    fn after(&self, change: &Change, v: &[f64]) -> Option<ControlStop> {
        let size = v.iter().map(|v| v.abs()).fold(0.0, f64::max);
        let rounding = self.rounding * (self.reward + size);
        let span = change.most - change.least;
        let width = self.beta / (1.0 - self.beta) * (span + 2.0 * rounding);
        if self.beta < 1.0 && width <= self.tolerance {
            return Some(ControlStop::Tolerance);
        }
        let still = f64::max(change.most, -change.least);
        let unchanged = if self.beta < 1.0 { span } else { still };
        (unchanged <= 4.0 * UNIT * size).then_some(ControlStop::Precision)
    }
}
