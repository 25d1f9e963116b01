//! Policy iteration (Howard 1960): evaluate exactly, improve where it certainly helps.
//!
//! A state changes its action only where q(s, a) − v(s) exceeds what rounding may have done to it;
//! otherwise two actions that tie could take turns for ever. Every policy is then better than the
//! one before in some state and worse in none, so none returns, and the number of iterations is
//! finite (theory, 7.2; Ye 2011). Over an exact field any improvement counts.

use std::collections::HashSet;

use super::proper::{Problem, check_terminates};
use super::rounding::{contraction, radius};
use super::rule::{Rule, action_value};
use super::{Found, Method, Options, Step, Stop};
use crate::chain::Chain;
use crate::error::Error;
use crate::field::{Field, dot};
use crate::mdp::{Criterion, Mdp};

/// Policy iteration from the problem's start.
///
/// Errors with [`Error::Unbounded`] if an improvement stops a policy at γ = 1 from terminating:
/// then the reward of going round and round is positive. Errors if a system was not solved.
pub fn iterate<F: Field>(problem: &Problem<'_, F>, options: &Options) -> Result<Found<F>, Error> {
    let mdp = &*problem.mdp;
    let mut rule = problem.start.clone();
    let mut seen = HashSet::new();
    let mut trace = Vec::new();
    let mut iterations = 0;
    loop {
        let valued = Valued::new(mdp, &rule, options)?;
        iterations += 1;
        let improved = valued.improve(mdp, &rule);
        if options.trace {
            trace.push(Step {
                iteration: iterations,
                residual: improved.residual,
                j_greedy: Some(dot(mdp.initial(), &valued.v).to_f64()),
            });
        }
        let stop = match improved.rule {
            None => Some(Stop::Optimal),
            // the certified error forbids it; a solver that errs more than it says does not
            Some(ref next) if !seen.insert(next.clone()) => Some(Stop::Precision),
            Some(_) if iterations >= options.iterations => Some(Stop::Iterations),
            Some(_) => None,
        };
        match (stop, improved.rule) {
            (None, Some(next)) => rule = next,
            (stop, _) => {
                return Ok(Found {
                    v: valued.v,
                    rule,
                    iterations,
                    method: Method::PolicyIteration,
                    stop: stop.unwrap_or(Stop::Optimal),
                    certified: None,
                    trace,
                });
            }
        }
    }
}

/// A policy's values and how far they may be off.
struct Valued<F: Field> {
    v: Vec<F>,
    /// |v − v^π|∞ is at most this.
    error: f64,
}

struct Improved {
    /// The better policy, if there is one.
    rule: Option<Rule>,
    residual: f64,
}

impl<F: Field> Valued<F> {
    fn new(mdp: &Mdp<F>, rule: &Rule, options: &Options) -> Result<Valued<F>, Error> {
        let policy = rule.policy(mdp.space());
        check_terminates(mdp, rule)?;
        let chain = Chain::new(mdp, &policy, &options.solver)?;
        let v = chain.resolvent().solve(chain.dynamics().r())?.x;
        if F::EXACT {
            return Ok(Valued { v, error: 0.0 });
        }
        let error = evaluation_error(mdp, rule, &v) * inverse_norm(mdp, &chain)?;
        Ok(Valued { v, error })
    }

    /// The best action of every state where it is certainly better than the one taken.
    fn improve(&self, mdp: &Mdp<F>, rule: &Rule) -> Improved {
        let discount = mdp.discount();
        let gamma = discount.to_f64();
        let mut next = rule.clone();
        let mut residual = 0.0;
        for (state, taken) in rule.pairs() {
            let q = |pair| action_value(mdp, &discount, &self.v, pair);
            let (mut best, mut best_q) = (taken, q(taken));
            let taken_q = best_q.clone();
            for pair in mdp.space().pairs_of(state).filter(|&pair| pair != taken) {
                let value = q(pair);
                if value > best_q {
                    (best, best_q) = (pair, value);
                }
            }
            let gain = best_q - &taken_q;
            residual = f64::max(residual, gain.to_f64());
            let rounding = |pair| radius(mdp, gamma, &self.v, pair);
            if best != taken
                && (F::EXACT || {
                    let margin = rounding(best) + rounding(taken) + 2.0 * gamma * self.error;
                    gain.to_f64() > margin
                })
            {
                next.set(state, best);
            }
        }
        Improved {
            rule: (next != *rule).then_some(next),
            residual,
        }
    }
}

/// maxₛ |r^π + γ p^π v − v|(s), rounding included.
fn evaluation_error<F: Field>(mdp: &Mdp<F>, rule: &Rule, v: &[F]) -> f64 {
    let discount = mdp.discount();
    let off = |(state, pair): (usize, usize)| {
        let residual = action_value(mdp, &discount, v, pair) - &v[state];
        residual.abs().to_f64() + radius(mdp, discount.to_f64(), v, pair)
    };
    rule.pairs().map(off).fold(0.0, f64::max)
}

/// ‖(I − γp^π)⁻¹‖∞: 1/(1 − β) below γ = 1, at γ = 1 the largest expected length of an episode.
fn inverse_norm<F: Field>(mdp: &Mdp<F>, chain: &Chain<F>) -> Result<f64, Error> {
    if *mdp.criterion() != Criterion::Total {
        return Ok(1.0 / (1.0 - contraction(mdp)));
    }
    let length = chain.resolvent().solve(&vec![F::one(); mdp.states()])?.x;
    Ok(length.iter().map(F::to_f64).fold(0.0, f64::max))
}
