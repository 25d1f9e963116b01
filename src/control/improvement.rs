//! One policy after another, each better than the one before, without a certificate at the end.

use std::collections::HashSet;

use super::fine::Fine;
use super::proper::{Problem, check_terminates};
use super::rounding::{below_one, radius, radius_of_rises};
use super::rule::{DecisionRule, action_value};
use super::{ControlMethod, ControlOptions, ControlStop, Found, Iteration};
use crate::chain::Chain;
use crate::error::Error;
use crate::field::dot;
use crate::linalg::Solvable;
use crate::mdp::{Criterion, Mdp};

/// Values of policy iteration, without a certificate: one that asks for these values to certify
/// others would ask for ever. `None` if the iterations were used up, or a system was not solved.
pub fn uncertified<F: Solvable>(
    problem: &Problem<'_, F>,
    options: &ControlOptions,
) -> Option<Vec<F>> {
    let mut run = Run::new(&problem.mdp, options);
    let certain = run.improve(problem.start.clone(), Trust::Bound).ok()?;
    let end = match certain.likely.clone() {
        Some(likely) => run.improve(likely, Trust::Values).unwrap_or(certain),
        None => certain,
    };
    (end.stop != ControlStop::Iterations).then_some(end.v)
}

/// 1 − γ below which values are large beside what tells actions apart; a choice.
const NEAR: f64 = 1e-4;

/// Policies that values at their word are followed through, or two for each state: where rounding alone tells actions
/// apart, one follows the other without end (87,802 of 32 states with exits of 1e-40 before one returned).
const TRUSTED: usize = 200;

/// How far an evaluation is believed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Trust {
    /// As far as the bound on its error allows: no policy can return.
    Bound,
    /// Up to the rounding of each q.
    Values,
}

/// Where no further improvement was found, or allowed.
pub(super) struct End<F> {
    pub v: Vec<F>,
    pub rule: DecisionRule,
    pub stop: ControlStop,
    /// The policy that is better if the values are good to more than their bound says.
    pub likely: Option<DecisionRule>,
}

/// Policies one after another.
pub(super) struct Run<'a, F: Solvable> {
    mdp: &'a Mdp<F>,
    options: &'a ControlOptions,
    iterations: usize,
    trace: Vec<Iteration>,
}

impl<'a, F: Solvable> Run<'a, F> {
    pub fn new(mdp: &'a Mdp<F>, options: &'a ControlOptions) -> Run<'a, F> {
        Run {
            mdp,
            options,
            iterations: 0,
            trace: Vec::new(),
        }
    }

    pub fn improve(&mut self, mut rule: DecisionRule, trust: Trust) -> Result<End<F>, Error> {
        let mut seen = HashSet::from([rule.clone()]);
        let most = match trust {
            Trust::Bound => usize::MAX,
            Trust::Values => TRUSTED.max(2 * self.mdp.states()),
        };
        loop {
            let valued = Valued::new(self.mdp, &rule, self.options)?;
            self.iterations += 1;
            let improved = match trust {
                Trust::Bound => valued.improve(self.mdp, &rule, valued.error),
                Trust::Values => self.trusting(&rule, &valued),
            };
            self.record(&improved, &valued);
            let stop = match improved.rule {
                None => ControlStop::Optimal,
                // the certified error forbids it; a solver that errs more than it says does not
                Some(ref next) if !seen.insert(next.clone()) || seen.len() > most => {
                    ControlStop::Precision
                }
                Some(_) if self.iterations >= self.options.iterations => ControlStop::Iterations,
                Some(next) => {
                    rule = next;
                    continue;
                }
            };
            let doubtful = trust == Trust::Bound && !F::EXACT && stop == ControlStop::Optimal;
            let likely = doubtful.then(|| self.trusting(&rule, &valued).rule);
            return Ok(End {
                likely: likely.flatten(),
                v: valued.v,
                rule,
                stop,
            });
        }
    }

    /// Improvements of values taken at their word.
    fn trusting(&self, rule: &DecisionRule, valued: &Valued<F>) -> Improved {
        // where γ is no hindrance q tells as much
        let ends = *self.mdp.criterion() == Criterion::Total;
        let is_near = ends || self.mdp.discount_complement().to_f64() < NEAR;
        let fine = (is_near && !F::EXACT).then(|| Fine::new(self.mdp, rule, &self.options.solver));
        let Some(Ok(fine)) = fine else {
            return valued.improve(self.mdp, rule, 0.0);
        };
        let advantages = fine.advantages(self.mdp);
        let rounding = |pair| radius_of_rises(self.mdp, &fine.v, pair);
        better(self.mdp, rule, |pair| advantages[pair].clone(), rounding)
    }

    fn record(&mut self, improved: &Improved, valued: &Valued<F>) {
        if self.options.trace {
            self.trace.push(Iteration {
                iteration: self.iterations,
                residual: improved.residual,
                j_greedy: Some(dot(self.mdp.initial(), &valued.v).to_f64()),
            });
        }
    }

    pub fn found(self, end: End<F>) -> Found<F> {
        Found {
            v: end.v,
            rule: end.rule,
            iterations: self.iterations,
            method: ControlMethod::PolicyIteration,
            stop: end.stop,
            is_stuck: false,
            certified: None,
            trace: self.trace,
        }
    }
}

/// A policy's values and how far they may be off.
struct Valued<F: Solvable> {
    v: Vec<F>,
    /// |v − v^π|∞ is at most this.
    error: f64,
}

struct Improved {
    /// The better policy, if there is one.
    rule: Option<DecisionRule>,
    residual: f64,
}

impl<F: Solvable> Valued<F> {
    fn new(
        mdp: &Mdp<F>,
        rule: &DecisionRule,
        options: &ControlOptions,
    ) -> Result<Valued<F>, Error> {
        let policy = rule.followed(mdp.space());
        check_terminates(mdp, rule)?;
        let chain = Chain::new(mdp, &policy, &options.solver)?;
        let v = chain.resolvent().solve(chain.dynamics().r())?.x;
        if F::EXACT {
            return Ok(Valued { v, error: 0.0 });
        }
        let error = evaluation_error(mdp, rule, &v) * inverse_norm(mdp, &chain)?;
        Ok(Valued { v, error })
    }

    /// The best action of every state where it is better than the one taken by more than rounding
    /// and an error of the values can explain.
    fn improve(&self, mdp: &Mdp<F>, rule: &DecisionRule, error: f64) -> Improved {
        let discount = mdp.discount();
        let gamma = discount.to_f64();
        let q = |pair| action_value(mdp, &discount, &self.v, pair);
        let rounding = |pair| radius(mdp, gamma, &self.v, pair) + gamma * error;
        better(mdp, rule, q, rounding)
    }
}

/// The best action of every state where its q is larger than that of the one taken, by more than both may be off.
fn better<F: Solvable>(
    mdp: &Mdp<F>,
    rule: &DecisionRule,
    q: impl Fn(usize) -> F,
    rounding: impl Fn(usize) -> f64,
) -> Improved {
    let mut next = rule.clone();
    let mut residual = 0.0;
    for (state, taken) in rule.pairs() {
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
        let is_sure = || F::EXACT || gain.to_f64() > rounding(best) + rounding(taken);
        if best != taken && is_sure() {
            next.set(state, best);
        }
    }
    Improved {
        rule: (next != *rule).then_some(next),
        residual,
    }
}

/// maxₛ |r^π + γ p^π v − v|(s), rounding included.
fn evaluation_error<F: Solvable>(mdp: &Mdp<F>, rule: &DecisionRule, v: &[F]) -> f64 {
    let discount = mdp.discount();
    let off = |(state, pair): (usize, usize)| {
        let residual = action_value(mdp, &discount, v, pair) - &v[state];
        residual.abs().to_f64() + radius(mdp, discount.to_f64(), v, pair)
    };
    rule.pairs().map(off).fold(0.0, f64::max)
}

/// ‖(I − γp^π)⁻¹‖∞: 1/(1 − β) below γ = 1, at γ = 1 the largest expected length of an episode.
fn inverse_norm<F: Solvable>(mdp: &Mdp<F>, chain: &Chain<F>) -> Result<f64, Error> {
    if *mdp.criterion() != Criterion::Total {
        return Ok(1.0 / below_one(mdp));
    }
    let length = chain.resolvent().solve(&vec![F::one(); mdp.states()])?.x;
    if length.iter().any(|x| *x < F::zero()) {
        mdp.largest_excess(0..mdp.pairs()).map_or(Ok(()), Err)?;
    }
    Ok(length.iter().map(F::to_f64).fold(0.0, f64::max))
}
