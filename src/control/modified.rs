//! Modified policy iteration (Puterman & Shin 1978): improve, then evaluate only roughly.
//!
//! Where something terminates, an improving sweep v ← T*v runs in place, so that news travel along
//! a whole row of states at once, and the sweeps of the greedy policy that follow go in the order
//! of falling values. Where nothing does, every sweep moves v to the middle of MacQueen's bounds. Where they hardly help, because the policy wanders, a Krylov solve
//! of its equations takes their place. None of this has to be right: a plain sweep at the end
//! bounds |v − v*| whatever came before (theory, 7.1), and shifts v to the middle of its bounds
//! where nothing terminates.
//!
//! Neither the values nor the greedy policies improve step by step (theory, 7.2); the policy that
//! is returned is greedy for certified values.

use super::kernel::{Change, Kernel, Swept};
use super::proper::{Problem, terminating};
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
/// Sweeps of a policy that changes in many states.
const FEW: usize = 4;
/// How much of the change those sweeps may leave.
const LEFT: f64 = 0.05;
/// Improvements that may pass without halving the change before rounding is taken for the reason.
const PATIENCE: usize = 20;
/// Sweeps that each leave more than this much are too slow.
const SLOW: f64 = 0.98;

/// From v = T*0, at γ = 1 from the values of a policy that terminates.
///
/// Errors if at γ = 1 the values of that policy cannot be found.
pub fn iterate(problem: &Problem<'_, f64>, options: &Options) -> Result<Found<f64>, Error> {
    let mut run = Run::new(problem, options)?;
    let (mut least, mut idle) = (f64::INFINITY, 0);
    loop {
        run.iterations += 1;
        let change = run.improve();
        let span = change.span();
        if span < 0.5 * least {
            (least, idle) = (span, 0);
        } else {
            idle += 1;
        }
        let size = run.v.iter().map(|v| v.abs()).fold(0.0, f64::max);
        let still = span <= 8.0 * UNIT * size || idle >= PATIENCE;
        let last = run.iterations >= options.iterations;
        // no action changed: the evaluation to come is as good as the last
        let settled = change.actions == 0;
        if settled && !still && !last {
            run.evaluate(change);
        }
        let enough = span * run.steps() <= 0.5 * options.tolerance.unwrap_or(0.0);
        if still || settled || enough || last {
            let swept = run.kernel.certify(&run.v, &mut run.q, &mut run.rule);
            let bound = run.bound(swept);
            let within = bound.is_some_and(|bound| options.tolerance.is_some_and(|t| bound <= t));
            let stop = match (within, still, last) {
                (true, ..) => Some(Stop::Tolerance),
                (_, true, _) => Some(Stop::Precision),
                (.., true) => Some(Stop::Iterations),
                _ => None,
            };
            if let Some(stop) = stop {
                return Ok(run.found(stop, bound, &problem.start));
            }
        }
        if !settled {
            run.evaluate(change);
        }
    }
}

struct Run<'a> {
    mdp: &'a Mdp,
    options: &'a Options,
    kernel: Kernel<'a>,
    v: Vec<f64>,
    /// What is swept into, where v must stand meanwhile; terminal states stay 0.
    next: Vec<f64>,
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
                _ => rewards(mdp, &problem.start),
            },
            next: vec![0.0; mdp.states()],
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

    /// One improving sweep: in place where something terminates; apart where nothing does, since
    /// then all values are off by nearly the same, which a shift takes away.
    fn improve(&mut self) -> Change {
        let kernel = &self.kernel;
        let change = if kernel.terminates() {
            self.upward = !self.upward;
            kernel.improve_in_place(&mut self.v, &mut self.rule, self.upward)
        } else {
            let change = kernel.improve_apart(&self.v, &mut self.next, &mut self.rule);
            self.shift(change);
            change
        };
        if self.options.trace {
            self.trace.push(Step {
                iteration: self.iterations,
                residual: f64::max(change.most, -change.least),
                j_greedy: objective(self.mdp, &self.rule, self.options),
            });
        }
        change
    }

    /// v ← the swept values, moved to the middle of MacQueen's bounds.
    fn shift(&mut self, change: Change) {
        std::mem::swap(&mut self.v, &mut self.next);
        let gamma = self.kernel.discount();
        let shift = 0.5 * (change.least + change.most) * gamma / (1.0 - gamma);
        self.v.iter_mut().for_each(|v| *v += shift);
    }

    /// Sweeps of the policy: a few while many states still change their action, until little of
    /// the change is left while some do, and to the end when none does.
    fn evaluate(&mut self, change: Change) {
        if self.krylov && self.solve() {
            return;
        }
        let states = self.mdp.states();
        let (sweeps, left) = match change.actions {
            0 => (10 * SWEEPS, 0.0),
            some if some > states / 50 => (FEW, LEFT),
            _ => (SWEEPS, LEFT),
        };
        let goal = 0.2 * self.options.tolerance.unwrap_or(0.0) / self.steps();
        let size = self.v.iter().map(|v| v.abs()).fold(0.0, f64::max);
        let goal = f64::max(f64::max(goal, 4.0 * UNIT * size), left * change.span());
        let terminates = self.kernel.terminates();
        let copied = terminates || (sweeps > FEW && self.kernel.has_short_rows());
        let chosen = copied.then(|| self.kernel.under(&self.rule, &self.v));
        let mut before = change.span();
        for sweep in 1..=sweeps {
            let change = match &chosen {
                Some(chosen) if terminates => chosen.sweep(&mut self.v),
                Some(chosen) => chosen.sweep_apart(&self.v, &mut self.next),
                None => {
                    let kernel = &self.kernel;
                    kernel.evaluate_apart(&self.rule, &self.v, &mut self.next)
                }
            };
            if !terminates {
                self.shift(change);
            }
            if change.span() <= goal {
                return;
            }
            if sweep == SWEEPS && change.span() > SLOW * before && states > 1_000 {
                self.krylov = true;
                return;
            }
            before = change.span();
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
    fn bound(&mut self, swept: Swept) -> Option<f64> {
        let mdp = self.mdp;
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

    fn found(self, stop: Stop, bound: Option<f64>, start: &Rule) -> Found<f64> {
        let reward = expected_size(self.mdp);
        let rule = terminating(self.mdp, self.rule, &self.q, start);
        let certified = bound.map(|error_bound| Certified {
            error_bound,
            rounding: self.kernel.rounding(reward, &self.v),
            q: self.q,
        });
        Found {
            certified,
            v: self.v,
            rule,
            iterations: self.iterations,
            method: Method::ModifiedPolicyIteration,
            stop,
            trace: self.trace,
        }
    }
}

/// T*0: the reward of the rule that is greedy for the rewards.
fn rewards(mdp: &Mdp, greedy: &Rule) -> Vec<f64> {
    let mut v = vec![0.0; mdp.states()];
    greedy
        .pairs()
        .for_each(|(state, pair)| v[state] = mdp.r()[pair]);
    v
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
