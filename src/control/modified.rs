//! Modified policy iteration (Puterman & Shin 1978): improve, then evaluate only roughly.
//!
//! An improving sweep v ← T*v runs in place, so that news travel along a whole row of states at
//! once; sweeps of the greedy policy alone follow, in the order of falling values, until they have
//! done most of what they can. Where they hardly help, because the policy wanders, a Krylov solve
//! of its equations takes their place. None of this has to be right: a plain sweep at the end
//! bounds |v − v*| whatever came before (theory, 7.1), and shifts v to the middle of its bounds
//! where nothing terminates.
//!
//! Neither the values nor the greedy policies improve step by step (theory, 7.2); the policy that
//! is returned is greedy for certified values.

use super::kernel::{Chosen, Kernel, Swept};
use super::proper::Problem;
use super::rounding::UNIT;
use super::rule::Rule;
use super::value_iteration::{objective, values};
use super::{Certified, Found, Method, Options, Step, Stop};
use crate::chain::Chain;
use crate::error::Error;
use crate::linalg::{SolverKind, SolverOptions};
use crate::mdp::{Criterion, Mdp};

/// Sweeps of one policy before it is improved again.
const SWEEPS: usize = 30;
/// How much of the change those sweeps may leave.
const LEFT: f64 = 0.05;

/// From v = 0, at γ = 1 from the values of a policy that terminates.
///
/// Errors if at γ = 1 the values of that policy cannot be found.
pub fn iterate(problem: &Problem<'_, f64>, options: &Options) -> Result<Found<f64>, Error> {
    let mdp = &*problem.mdp;
    let mut run = Run::new(problem, options)?;
    let mut checked = f64::INFINITY;
    loop {
        run.iterations += 1;
        let span = run.improve();
        let size = run.v.iter().map(|v| v.abs()).fold(0.0, f64::max);
        let still = span <= 8.0 * UNIT * size;
        let enough = still || span * run.steps() <= 0.5 * options.tolerance.unwrap_or(0.0);
        if enough || run.iterations >= options.iterations {
            let swept = run.kernel.certify(&run.v, &mut run.q, &mut run.rule);
            let bound = run.settle(mdp, swept);
            let stop = match bound {
                Some(bound) if options.tolerance.is_some_and(|t| bound <= t) => Stop::Tolerance,
                _ if run.iterations >= options.iterations => Stop::Iterations,
                // in the limits of rounding the changes stop shrinking
                _ if still || span >= 0.5 * checked => Stop::Precision,
                _ => {
                    checked = span;
                    run.evaluate(span);
                    continue;
                }
            };
            return Ok(run.found(stop, bound));
        }
        run.evaluate(span);
    }
}

struct Run<'a> {
    mdp: &'a Mdp,
    options: &'a Options,
    kernel: Kernel<'a>,
    v: Vec<f64>,
    q: Vec<f64>,
    rule: Rule,
    upward: bool,
    krylov: bool,
    iterations: usize,
    trace: Vec<Step>,
}

impl<'a> Run<'a> {
    fn new(problem: &'a Problem<'_, f64>, options: &'a Options) -> Result<Run<'a>, Error> {
        let mdp = &*problem.mdp;
        Ok(Run {
            mdp,
            options,
            kernel: Kernel::new(mdp),
            v: match mdp.criterion() {
                Criterion::Total => values(mdp, &problem.start, options)?,
                _ => vec![0.0; mdp.states()],
            },
            q: vec![0.0; mdp.pairs()],
            rule: problem.start.clone(),
            upward: false,
            krylov: false,
            iterations: 0,
            trace: Vec::new(),
        })
    }

    /// How many steps a change may add up over: 1/(1 − γ), or at γ = 1 a guess that only decides
    /// when to look.
    fn steps(&self) -> f64 {
        match self.mdp.discount() {
            1.0 => 1e3,
            gamma => 1.0 / (1.0 - gamma),
        }
    }

    /// One improving sweep; the width of the changes.
    fn improve(&mut self) -> f64 {
        let kernel = &self.kernel;
        let (least, most) = kernel.improve_in_place(&mut self.v, &mut self.rule, self.upward);
        self.upward = !self.upward;
        if self.options.trace {
            self.trace.push(Step {
                iteration: self.iterations,
                residual: f64::max(most, -least),
                j_greedy: objective(self.mdp, &self.rule, self.options),
            });
        }
        most - least
    }

    /// Sweeps of the policy until little of `span` is left.
    fn evaluate(&mut self, span: f64) {
        if self.krylov && self.solve() {
            return;
        }
        let chosen: Chosen = self.kernel.under(&self.rule, &self.v);
        let mut before = span;
        for sweep in 1..=SWEEPS {
            let (least, most) = chosen.sweep(&mut self.v);
            let left = most - least;
            if left <= LEFT * span {
                return;
            }
            // sweeps that each leave more than nine tenths are not worth their time
            if sweep == SWEEPS && left > 0.9 * before && self.mdp.states() > 1_000 {
                self.krylov = true;
            }
            before = left;
        }
    }

    /// The policy's values by a Krylov method; whether it got there.
    fn solve(&mut self) -> bool {
        let options = SolverOptions {
            solver: SolverKind::Krylov,
            ..self.options.solver.clone()
        };
        let solved = Chain::new(self.mdp, &self.rule.policy(self.mdp.space()), &options)
            .and_then(|chain| Ok(chain.resolvent().solve(chain.dynamics().r())?.x));
        match solved {
            Ok(v) => {
                self.v = v;
                true
            }
            Err(_) => {
                self.krylov = false;
                false
            }
        }
    }

    /// Shifts v into the middle of its bounds where nothing terminates; the certified error.
    fn settle(&mut self, mdp: &Mdp, swept: Swept) -> Option<f64> {
        let gamma = mdp.discount();
        let slack = (self.kernel.longest_row() + 4) as f64 * UNIT;
        let beta = gamma * swept.row_sums.1 * (1.0 + slack) * (1.0 + 2.0 * UNIT);
        if beta >= 1.0 {
            return None;
        }
        let Swept { least, most, .. } = swept;
        let mut furthest = f64::max(most, -least);
        if !self.kernel.terminates() {
            let shift = 0.5 * (least + most) / (1.0 - gamma);
            self.v.iter_mut().for_each(|v| *v += shift);
            self.q.iter_mut().for_each(|q| *q += gamma * shift);
            // rows that do not quite sum to 1 let a part of the shift show
            let off = f64::max(1.0 - swept.row_sums.0, swept.row_sums.1 - 1.0) + slack;
            furthest = 0.5 * (most - least) + gamma * off * shift.abs();
            furthest += 8.0 * UNIT * shift.abs();
        }
        let rounding = self.kernel.rounding(expected_size(mdp), &self.v);
        let bound = (furthest + rounding) / (1.0 - beta) * (1.0 + 8.0 * UNIT);
        bound.is_finite().then_some(bound)
    }

    fn found(self, stop: Stop, bound: Option<f64>) -> Found<f64> {
        let reward = expected_size(self.mdp);
        let certified = bound.map(|error_bound| Certified {
            error_bound,
            rounding: self.kernel.rounding(reward, &self.v),
        });
        Found {
            certified,
            v: self.v,
            rule: self.rule,
            iterations: self.iterations,
            method: Method::ModifiedPolicyIteration,
            stop,
            trace: self.trace,
        }
    }
}

/// maxₛₐ Σ p |r(s, a, s')|, rounded up.
fn expected_size(mdp: &Mdp) -> f64 {
    if mdp.rewards_are_by_pair() {
        return mdp.r().iter().map(|r| r.abs()).fold(0.0, f64::max);
    }
    let of = |pair| {
        mdp.outcomes(pair)
            .map(|o| o.probability * o.reward.abs())
            .sum::<f64>()
    };
    let count = |pair: usize| mdp.outcomes(pair).count();
    let slack = |pair: usize| 1.0 + (count(pair) + 2) as f64 * UNIT;
    (0..mdp.pairs())
        .map(|pair| of(pair) * slack(pair))
        .fold(0.0, f64::max)
}
