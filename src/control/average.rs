//! The average reward: multichain policy iteration (Howard 1960; Puterman 1994, section 9.2).
//!
//! ```text
//! g(s) = maxₐ (p g)(s, a)       g(s) + h(s) = max (r + p h)(s, a) over the a that attain the first
//! ```
//!
//! A policy is evaluated to its gain g and bias h with P*h = 0, which decides between policies
//! whose classes differ. An action is changed where p g grows, and only where it grows nowhere,
//! where r + p h does. Where all gains are equal this is the unichain method.

use std::collections::HashSet;

use super::farsighted;
use super::multichain;
use super::rounding::radius;
use super::rule::DecisionRule;
use super::{ControlMethod, ControlOptions, ControlStop, Iteration, Optimum};
use crate::error::Error;
use crate::evaluation::{Average, Evaluation};
use crate::field::{UNIT, dot};
use crate::linalg::{Solvable, SolverOptions};
use crate::mdp::Mdp;

/// The optimal gain, the bias of a gain-optimal policy that satisfies the optimality equations,
/// and the actions that attain both.
///
/// Where a policy on the way has a bias beyond floating point, or so large that the bound says nothing, the way begins
/// elsewhere ([`farsighted`]). Errors where each such way meets such a policy, or a system that is not solved.
pub fn solve<F: Solvable>(mdp: &Mdp<F>, options: &ControlOptions) -> Result<Optimum<F>, Error> {
    let mut found = from(
        mdp,
        options,
        &DecisionRule::of_largest(mdp.space(), mdp.r()),
    );
    if F::EXACT {
        return found;
    }
    let size = mdp.r().iter().map(|r| r.abs().to_f64()).fold(0.0, f64::max);
    let bound = |found: &Result<Optimum<F>, Error>| match found {
        Ok(optimum) => optimum.error_bound.unwrap_or(f64::MAX),
        Err(Error::Overflow { .. } | Error::Factor(_)) => f64::INFINITY,
        // what no other start mends
        Err(_) => 0.0,
    };
    let is_poor = |found: &_| bound(found) > POOR * size;
    if is_poor(&found) {
        for rule in farsighted::rules(mdp, options) {
            let other = from(mdp, options, &rule);
            if bound(&other) < bound(&found) {
                found = other;
            }
            if !is_poor(&found) {
                break;
            }
        }
    }
    let poor = is_poor(&found);
    found.map(|optimum| Optimum {
        stop: match optimum.stop {
            ControlStop::Optimal if poor => ControlStop::Precision,
            stop => stop,
        },
        ..optimum
    })
}

/// A bound on the gain above this part of the largest reward is worth another start, and does not tell what is optimal; a choice.
const POOR: f64 = 1e-6;

/// From a rule. In floating point two policies may take turns, because margins for rounding are too narrow for
/// how ill-conditioned the model is, or so wide that they hide what an action loses. Then the
/// other margins get a try, and the better bound decides.
fn from<F: Solvable>(
    mdp: &Mdp<F>,
    options: &ControlOptions,
    start: &DecisionRule,
) -> Result<Optimum<F>, Error> {
    let narrow = iterate(mdp, options, start, NARROW)?;
    if narrow.stop != ControlStop::Precision {
        return Ok(narrow);
    }
    let bound = |optimum: &Optimum<F>| optimum.error_bound.unwrap_or(f64::INFINITY);
    match iterate(mdp, options, start, WIDE) {
        Ok(wide) if bound(&wide) < bound(&narrow) => Ok(wide),
        _ => Ok(narrow),
    }
}

/// Margins for what elimination may have done to g and h, in units of n u relative to their size; a choice.
const NARROW: f64 = 8.0;
/// The margin for classes that hang together by small probabilities, which have large condition
/// numbers. Too large a margin only lists more ties; the bound on the gain does not rest on it.
const WIDE: f64 = 1e3;

fn iterate<F: Solvable>(
    mdp: &Mdp<F>,
    options: &ControlOptions,
    start: &DecisionRule,
    units: f64,
) -> Result<Optimum<F>, Error> {
    let mut rule = start.clone();
    let mut seen = HashSet::new();
    let mut trace = Vec::new();
    for iteration in 1.. {
        let policy = rule.followed(mdp.space());
        let average = Average::new(mdp, &policy, &options.solver)?;
        let mut numbers = average.gain().iter().chain(average.bias());
        if !numbers.all(|x| x.to_f64().is_finite()) && !F::EXACT {
            return Err(Error::Overflow {
                quantity: "the bias of each policy that was tried on the way to an optimal one",
            });
        }
        let gains = Gains::new(mdp, &average, units);
        let next = gains.improve(mdp, &rule);
        if options.trace {
            trace.push(Iteration {
                iteration,
                residual: gains.residual(mdp),
                j_greedy: Some(dot(mdp.initial(), average.gain()).to_f64()),
            });
        }
        let stop = match next {
            None => ControlStop::Optimal,
            // a solver that errs more than its residual says could make two policies take turns
            Some(ref next) if !seen.insert(next.clone()) => ControlStop::Precision,
            Some(_) if iteration >= options.iterations => ControlStop::Iterations,
            Some(next) => {
                rule = next;
                continue;
            }
        };
        let Evaluation { v, q, j, gain, .. } = average.evaluate(mdp, &policy);
        return Ok(Optimum {
            greedy: Gains::new(mdp, &average, WIDE).optimal(mdp),
            error_bound: gains.error_bound(mdp, &rule, &options.solver),
            v,
            q,
            policy,
            j,
            iterations: iteration,
            method: ControlMethod::PolicyIteration,
            stop,
            undefined: Vec::new(),
            gain,
            by_time: None,
            error_bounds: None,
            dual: None,
            trace,
        });
    }
    unreachable!("an iteration without an end")
}

/// What the two equations compare, pair by pair.
struct Gains<'a, F: Solvable> {
    g: &'a [F],
    h: &'a [F],
    /// (p g)(s, a) − g(s) [SA].
    by_gain: Vec<F>,
    /// r + p h − g(s) − h(s) [SA].
    by_bias: Vec<F>,
    /// Below these, a difference may be rounding [SA].
    gain_margin: Vec<f64>,
    bias_margin: Vec<f64>,
}

impl<'a, F: Solvable> Gains<'a, F> {
    fn new(mdp: &Mdp<F>, average: &'a Average<F>, units: f64) -> Gains<'a, F> {
        let space = mdp.space();
        let (g, h) = (average.gain(), average.bias());
        let (pg, ph) = (mdp.p().mul(g), mdp.p().mul(h));
        let pairs = 0..space.pairs();
        let by_gain = |pair: usize| pg[pair].clone() - &g[space.state_of(pair)];
        let by_bias = |pair: usize| {
            let s = space.state_of(pair);
            mdp.r()[pair].clone() + &ph[pair] - &g[s] - &h[s]
        };
        let size = |x: &[F]| x.iter().map(|x| x.abs().to_f64()).fold(0.0, f64::max);
        let solved = units * mdp.states() as f64 * UNIT;
        let margin = |x: &'a [F]| {
            let of_solution = solved * size(x);
            move |pair: usize| {
                if F::EXACT {
                    0.0
                } else {
                    radius(mdp, 1.0, x, pair) + of_solution
                }
            }
        };
        let (of_gain, of_bias) = (margin(g), margin(h));
        let largest_r = mdp.r().iter().map(|r| r.abs().to_f64()).fold(0.0, f64::max);
        let floor = if F::EXACT { 0.0 } else { solved * largest_r };
        Gains {
            by_gain: pairs.clone().map(by_gain).collect(),
            by_bias: pairs.clone().map(by_bias).collect(),
            gain_margin: pairs.clone().map(|pair| of_gain(pair) + floor).collect(),
            bias_margin: pairs
                .map(|pair| of_bias(pair) + of_gain(pair) + floor)
                .collect(),
            g,
            h,
        }
    }

    /// A better rule, if there is one.
    fn improve(&self, mdp: &Mdp<F>, rule: &DecisionRule) -> Option<DecisionRule> {
        let by_gain = self.better(mdp, rule, &self.by_gain, &self.gain_margin, |_, _| true);
        if by_gain != *rule {
            return Some(by_gain);
        }
        let keeps_gain = |pair: usize, taken: usize| !self.loses_gain(pair, taken);
        let by_bias = self.better(mdp, rule, &self.by_bias, &self.bias_margin, keeps_gain);
        (by_bias != *rule).then_some(by_bias)
    }

    /// Whether p g is certainly smaller than that of the other pair.
    fn loses_gain(&self, pair: usize, other: usize) -> bool {
        let loss = self.by_gain[other].clone() - &self.by_gain[pair];
        exceeds(&loss, self.gain_margin[pair] + self.gain_margin[other])
    }

    fn better(
        &self,
        mdp: &Mdp<F>,
        rule: &DecisionRule,
        x: &[F],
        margin: &[f64],
        allowed: impl Fn(usize, usize) -> bool,
    ) -> DecisionRule {
        let mut better = rule.clone();
        for (state, taken) in rule.pairs() {
            let candidates = mdp
                .space()
                .pairs_of(state)
                .filter(|&pair| allowed(pair, taken));
            let best = candidates.reduce(|best, pair| if x[pair] > x[best] { pair } else { best });
            let Some(best) = best else { continue };
            if exceeds(&(x[best].clone() - &x[taken]), margin[best] + margin[taken]) {
                better.set(state, best);
            }
        }
        better
    }

    /// The pairs that may attain both maxima.
    fn optimal(&self, mdp: &Mdp<F>) -> Vec<usize> {
        let mut optimal = Vec::new();
        for state in 0..mdp.states() {
            let pairs = mdp.space().pairs_of(state);
            let Some(first) = first_best(pairs.clone(), &self.by_gain) else {
                continue;
            };
            let keep: Vec<usize> = pairs
                .filter(|&pair| !self.loses_gain(pair, first))
                .collect();
            let Some(best) = first_best(keep.iter().copied(), &self.by_bias) else {
                continue;
            };
            optimal.extend(keep.into_iter().filter(|&pair| {
                let loss = self.by_bias[best].clone() - &self.by_bias[pair];
                !exceeds(&loss, self.bias_margin[pair] + self.bias_margin[best])
            }));
        }
        optimal
    }

    /// |g − g*|∞, by the bounds min (T h − h) ≤ g* ≤ max (T h − h) where all gains are equal
    /// (Puterman 1994, theorem 8.5.5), the minimum under the policy; component by component where
    /// they are not ([`multichain`]); 0 in an exact field.
    fn error_bound(
        &self,
        mdp: &Mdp<F>,
        rule: &DecisionRule,
        solver: &SolverOptions,
    ) -> Option<f64> {
        if F::EXACT {
            return Some(0.0);
        }
        let g: Vec<f64> = self.g.iter().map(F::to_f64).collect();
        let least = g.iter().copied().fold(f64::INFINITY, f64::min);
        let most = g.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let size = f64::max(least.abs(), most.abs());
        if most - least > WIDE * mdp.states() as f64 * UNIT * size || least.is_nan() {
            return multichain::error_bound(mdp, rule, (&g, self.h), solver);
        }
        let space = mdp.space();
        let near = |pair: usize| {
            let radius = radius(mdp, 1.0, self.h, pair) + 4.0 * UNIT * size;
            let value = self.by_bias[pair].to_f64() + g[space.state_of(pair)];
            (value - radius, value + radius)
        };
        let terminal = (0..space.states()).any(|s| space.is_terminal(s));
        let (mut low, mut high) = if terminal {
            (0.0, 0.0)
        } else {
            (f64::INFINITY, f64::NEG_INFINITY)
        };
        rule.pairs()
            .for_each(|(_, pair)| low = f64::min(low, near(pair).0));
        (0..space.pairs()).for_each(|pair| high = f64::max(high, near(pair).1));
        Some(f64::max(high - least, most - low) * (1.0 + 4.0 * UNIT))
    }

    fn residual(&self, mdp: &Mdp<F>) -> f64 {
        let space = mdp.space();
        let pairs = 0..space.pairs();
        let largest = |x: &[F]| pairs.clone().map(|p| x[p].to_f64()).fold(0.0, f64::max);
        f64::max(largest(&self.by_gain), largest(&self.by_bias))
    }
}

fn first_best<F: Solvable>(mut pairs: impl Iterator<Item = usize>, x: &[F]) -> Option<usize> {
    let first = pairs.next()?;
    Some(pairs.fold(
        first,
        |best, pair| if x[pair] > x[best] { pair } else { best },
    ))
}

fn exceeds<F: Solvable>(difference: &F, margin: f64) -> bool {
    if F::EXACT {
        return *difference > F::zero();
    }
    difference.to_f64() > margin
}
