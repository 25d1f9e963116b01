//! Modified policy iteration (Puterman & Shin 1978): improve, then evaluate only roughly.
//!
//! Where something terminates far away, values start from what spreads outward from there ([`super::front`]),
//! which leaves little to do. Where something terminates, an improving sweep v ← T*v runs in place, so that news travel along
//! a whole row of states at once, and the sweeps of the greedy policy that follow go the way that
//! its values flow ([`super::flow`]). Where nothing does, every sweep moves v to the middle of
//! MacQueen's bounds. Where sweeps hardly help, because the policy wanders, a solve of its
//! equations takes their place. None of this has to be right: a plain sweep at the end bounds
//! |v − v*| whatever came before (theory, 7.1), and shifts v to the middle of its bounds where
//! nothing terminates.
//!
//! Neither the values nor the greedy policies improve step by step (theory, 7.2); the policy that
//! is returned is greedy for certified values. A change that no longer halves although rounding does not
//! explain it says that this method gets no further: where a policy wanders for long, each improvement may move values by much, and
//! what improves is its worth, not what it leaves to improve ([`super::further`]).

use super::chosen::Chosen;
use super::flow::Flow;
use super::front;
use super::kernel::{BellmanKernel, Change, SweepBounds};
use super::proper::{Problem, check_terminates, terminating};
use super::rule::DecisionRule;
use super::value_iteration::{check_bounded, objective, values};
use super::{Certified, ControlMethod, ControlOptions, ControlStop, Found, Iteration, MODERATE};
use crate::chain::Chain;
use crate::error::Error;
use crate::field::UNIT;
use crate::linalg::{SolverKind, SolverOptions};
use crate::mdp::{Criterion, Mdp};

/// Sweeps of one policy before it is improved again; a choice, of which no measurement is kept.
const SWEEPS: usize = 30;
/// Sweeps of a policy that changes in many states; a choice, of which no measurement is kept.
const FEW: usize = 4;
/// How much of the change those sweeps may leave; a choice, of which no measurement is kept.
const LEFT: f64 = 0.05;
/// Improvements before a policy is worth sweeps of its own: where something terminates, these
/// alone carry news through the whole model, and where steps are certain they are all it takes.
const FIRST: usize = 2;
/// Improvements before sweeps of one policy where steps are certain; a choice, not a measurement.
const FIRST_CERTAIN: usize = 12;
/// The order of states is renewed when one in so many changes its action; a choice, of which no measurement is kept.
const STALE: usize = 12;
/// Improvements that may pass without halving the change before rounding is taken for the reason; a choice.
const PATIENCE: usize = 20;
/// Sweeps that together leave more than this much of the first one's change are too slow; a choice.
const SLOW: f64 = 0.5;
/// A sweep within rounding that leaves more than this much of the last one's change is the last; a choice.
const DROWNED: f64 = 0.8;
/// The relative error to which a Krylov method then solves for the correction; a choice.
const ROUGH: f64 = 1e-3;

/// From values that spread from the ends of episodes, from v = T*0 where those are near or none, at γ = 1 from the
/// values of a policy that terminates.
///
/// Errors if at γ = 1 the values of that policy cannot be found, and with [`Error::Unbounded`] if
/// there is no optimum.
pub fn iterate(problem: &Problem<'_, f64>, options: &ControlOptions) -> Result<Found<f64>, Error> {
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
        if idle >= PATIENCE && run.solver == Inner::Sweeps {
            // sweeps hardly help, or rounding forbids it: a solve will tell
            (run.solver, idle) = (Inner::Solves, 0);
        }
        // what no longer halves and is as small as what rounding does to q is rounding, not progress
        let drowned = idle > 0 && span <= run.kernel.rounding(run.reward, &run.v);
        let rounded = span <= 8.0 * UNIT * size || drowned;
        let still = rounded || idle >= PATIENCE;
        let last = run.iterations >= options.iterations;
        // no action changed: the evaluation to come is as good as the last
        let settled = change.actions == 0 && run.is_under_way();
        if settled && !still && !last {
            run.evaluate(change);
        }
        let enough = span * run.steps() <= 0.5 * options.tolerance.unwrap_or(0.0);
        if still || settled || enough || last {
            let swept = run.kernel.certify(&run.v, &mut run.q, &mut run.rule);
            let bound = run.bound(swept);
            let within = bound.is_some_and(|bound| options.tolerance.is_some_and(|t| bound <= t));
            let stop = match (within, still, last) {
                (true, ..) => Some(ControlStop::Tolerance),
                (_, true, _) => Some(ControlStop::Precision),
                (.., true) => Some(ControlStop::Iterations),
                _ => None,
            };
            if let Some(stop) = stop {
                if stop != ControlStop::Tolerance && check_terminates(run.mdp, &run.rule).is_err() {
                    check_bounded(problem, options)?;
                }
                let found = run.found(stop, bound, &problem.start);
                return Ok(Found {
                    is_stuck: stop == ControlStop::Precision && !rounded,
                    ..found
                });
            }
        }
        if !settled && run.is_under_way() {
            run.evaluate(change);
        }
    }
}

struct Run<'a> {
    mdp: &'a Mdp,
    options: &'a ControlOptions,
    kernel: BellmanKernel<'a>,
    v: Vec<f64>,
    /// What is swept into, where v must stand meanwhile; terminal states stay 0.
    next: Vec<f64>,
    q: Vec<f64>,
    /// maxₛₐ Σ p |r(s, a, s')|.
    reward: f64,
    rule: DecisionRule,
    flow: Flow,
    chosen: Chosen,
    solver: Inner,
    iterations: usize,
    trace: Vec<Iteration>,
}

impl<'a> Run<'a> {
    fn new(problem: &'a Problem<'_, f64>, options: &'a ControlOptions) -> Result<Run<'a>, Error> {
        let mdp = &*problem.mdp;
        let kernel = BellmanKernel::new(mdp);
        let spread = front::values(mdp, &kernel, options.tolerance.unwrap_or(0.0));
        let (v, rule) = match (spread, mdp.criterion()) {
            (Some(spread), _) => spread,
            (None, Criterion::Total) => {
                (values(mdp, &problem.start, options)?, problem.start.clone())
            }
            (None, _) => (rewards(mdp, &problem.start), problem.start.clone()),
        };
        Ok(Run {
            mdp,
            options,
            kernel,
            v,
            next: vec![0.0; mdp.states()],
            q: vec![0.0; mdp.pairs()],
            reward: expected_size(mdp),
            rule,
            flow: Flow::default(),
            chosen: Chosen::default(),
            solver: Inner::Sweeps,
            iterations: 0,
            trace: Vec::new(),
        })
    }

    /// Whether policies are worth sweeps of their own.
    fn is_under_way(&self) -> bool {
        let first = match (self.kernel.terminates(), self.kernel.is_certain()) {
            (false, _) => 0,
            (true, false) => FIRST,
            (true, true) => FIRST_CERTAIN,
        };
        self.iterations > first
    }

    /// How many steps a change may add up over: 1/(1 − γ), or at γ = 1 a guess that only decides
    /// when to look.
    fn steps(&self) -> f64 {
        match self.mdp.discount() {
            // a choice
            1.0 => 1e3,
            gamma => 1.0 / (1.0 - gamma),
        }
    }

    /// One improving sweep: in place where something terminates; apart where nothing does, since
    /// then all values are off by nearly the same, which a shift takes away.
    fn improve(&mut self) -> Change {
        let upward = self.upward();
        let kernel = &self.kernel;
        let change = if kernel.terminates() {
            kernel.improve_in_place(&mut self.v, &mut self.rule, upward)
        } else {
            let change = kernel.improve_apart(&self.v, &mut self.next, &mut self.rule);
            std::mem::swap(&mut self.v, &mut self.next);
            self.shift(change);
            change
        };
        if self.options.trace {
            self.trace.push(Iteration {
                iteration: self.iterations,
                residual: f64::max(change.most, -change.least),
                j_greedy: objective(self.mdp, &self.rule, self.options),
            });
        }
        change
    }

    /// Whether to sweep from the first state to the last: by turns at first, then from the half
    /// whose values are larger.
    fn upward(&self) -> bool {
        if self.iterations <= FIRST || self.kernel.is_certain() {
            return self.iterations % 2 == 1;
        }
        let (low, high) = self.v.split_at(self.v.len() / 2);
        low.iter().sum::<f64>() > high.iter().sum::<f64>()
    }

    /// Moves the swept values to the middle of MacQueen's bounds.
    fn shift(&mut self, change: Change) {
        let gamma = self.kernel.discount();
        let shift = 0.5 * (change.least + change.most) * gamma / (1.0 - gamma);
        self.v.iter_mut().for_each(|v| *v += shift);
    }

    /// Sweeps of the policy: a few while many states still change their action, until little of
    /// the change is left while some do, and to the end when none does.
    fn evaluate(&mut self, change: Change) {
        if self.solver == Inner::Solves && self.solve() {
            return;
        }
        let states = self.mdp.states();
        let terminates = self.kernel.terminates();
        let (sweeps, left) = match change.actions {
            0 => (10 * SWEEPS, 0.0),
            some if some > states / 50 && !terminates => (FEW, LEFT),
            _ => (SWEEPS, LEFT),
        };
        let goal = 0.2 * self.options.tolerance.unwrap_or(0.0) / self.steps();
        let size = self.v.iter().map(|v| v.abs()).fold(0.0, f64::max);
        let goal = f64::max(f64::max(goal, 4.0 * UNIT * size), left * change.span());
        if terminates {
            self.follow(change);
        } else if self.kernel.has_short_rows() {
            self.chosen.update(&self.kernel, &self.rule);
        }
        let rounding = self.kernel.rounding(self.reward, &self.v);
        let (mut first, mut before) = (f64::INFINITY, f64::INFINITY);
        for at in 1..=sweeps {
            let span = self.sweep().span();
            if at == 1 {
                first = span;
            }
            // what rounding does to the many states of a large model never gets smaller
            let drowned = span <= rounding && span > DROWNED * before;
            if span <= goal || drowned {
                break;
            }
            before = span;
            let slow = at == SWEEPS && span > SLOW * first;
            if slow && self.solver == Inner::Sweeps {
                self.solver = Inner::Solves;
                break;
            }
        }
        if terminates {
            self.flow.store(&mut self.v);
        }
    }

    /// The policy's chain along the flow of its values.
    fn follow(&mut self, change: Change) {
        let stale = change.actions > self.mdp.states() / STALE;
        if stale || !self.flow.update(&self.kernel, &self.rule, &self.v) {
            self.flow.renew(&self.kernel, &self.rule, &self.v);
        }
    }

    /// One sweep of the policy: in place along the flow, or apart, from rows that were copied
    /// together if they are short.
    fn sweep(&mut self) -> Change {
        if self.kernel.terminates() {
            return self.flow.sweep();
        }
        let change = if self.kernel.has_short_rows() {
            self.chosen.sweep(&self.v, &mut self.next)
        } else {
            let kernel = &self.kernel;
            kernel.evaluate_apart(&self.rule, &self.v, &mut self.next)
        };
        std::mem::swap(&mut self.v, &mut self.next);
        self.shift(change);
        change
    }

    /// The policy's values by a Krylov method, or a factorization if there are few states, from
    /// those that are there; whether it got there.
    ///
    /// ```text
    /// v ← v + (I − γp^π)⁻¹ (r^π + γp^π v − v)
    /// ```
    fn solve(&mut self) -> bool {
        let options = if self.mdp.states() <= MODERATE {
            self.options.solver.clone()
        } else {
            SolverOptions {
                solver: SolverKind::Krylov,
                tolerance: ROUGH,
                ..self.options.solver.clone()
            }
        };
        self.next.copy_from_slice(&self.v);
        self.kernel
            .evaluate_apart(&self.rule, &self.v, &mut self.next);
        let residual: Vec<f64> = self.next.iter().zip(&self.v).map(|(x, v)| x - v).collect();
        let solved = Chain::new(self.mdp, &self.rule.followed(self.mdp.space()), &options)
            .and_then(|chain| Ok(chain.resolvent().solve(&residual)?.x));
        match solved {
            Ok(correction) => {
                self.v
                    .iter_mut()
                    .zip(&correction)
                    .for_each(|(v, x)| *v += x);
                true
            }
            Err(_) => {
                self.solver = Inner::SweepsAlone;
                false
            }
        }
    }

    /// Shifts v into the middle of its bounds where nothing terminates; the certified error.
    fn bound(&mut self, swept: SweepBounds) -> Option<f64> {
        let mdp = self.mdp;
        let gamma = mdp.discount();
        let slack = (self.kernel.longest_row() + 4) as f64 * UNIT;
        let beta = gamma * swept.row_sums.1 * (1.0 + slack) * (1.0 + 2.0 * UNIT);
        if beta >= 1.0 {
            return None;
        }
        let SweepBounds { least, most, .. } = swept;
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
        let rounding = self.kernel.rounding(self.reward, &self.v);
        let bound = (furthest + rounding) / (1.0 - beta) * (1.0 + 8.0 * UNIT);
        bound.is_finite().then_some(bound)
    }

    fn found(self, stop: ControlStop, bound: Option<f64>, start: &DecisionRule) -> Found<f64> {
        let rule = terminating(self.mdp, self.rule, &self.q, start);
        let certified = bound.map(|error_bound| Certified {
            error_bound,
            rounding: self.kernel.rounding(self.reward, &self.v),
            q: self.q,
        });
        Found {
            certified,
            v: self.v,
            rule,
            iterations: self.iterations,
            method: ControlMethod::ModifiedPolicyIteration,
            stop,
            is_stuck: false,
            trace: self.trace,
        }
    }
}

/// How a policy is evaluated.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Inner {
    /// By sweeps, while they help.
    Sweeps,
    /// By solving its equations.
    Solves,
    /// By sweeps, since its equations could not be solved.
    SweepsAlone,
}

/// T*0: the reward of the rule that is greedy for the rewards.
fn rewards(mdp: &Mdp, greedy: &DecisionRule) -> Vec<f64> {
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
