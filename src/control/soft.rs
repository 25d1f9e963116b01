//! The soft optimum: the best policy when every action also earns α times its surprise
//! (theory, 7.4).
//!
//! ```text
//! v = α log Σₐ e^{q/α},   q = r + γ p v,   π ∝ e^{q/α}
//! ```
//!
//! Found by soft policy iteration, which is Newton's method on the first equation: evaluate π with
//! the rewards r^π + α H(π), take π ∝ e^{q/α} again.

pub mod average;

use super::certificate::slack;
use super::proper::Problem;
use super::rounding::{contraction, radius};
use super::rule::{DecisionRule, tied};
use super::{ControlMethod, ControlOptions, ControlStop, Iteration, Optimum};
use crate::chain::Chain;
use crate::error::Error;
use crate::evaluation::{q_of, values_of_pairs};
use crate::field::{UNIT, dot};
use crate::mdp::{Criterion, Mdp};
use crate::policy::Policy;

/// The soft optimum at the entropy weight α > 0, for the discounted and the total criterion.
///
/// `v`, `q` and `j` hold the entropy's reward, the policy is the soft one, `greedy` lists the most
/// probable actions. At γ = 1 actions that may lead to where nothing terminates have probability 0.
///
/// Errors if a system was not solved, with [`Error::Unbounded`] if at γ = 1 staying for ever pays,
/// entropy included, with [`Error::NoProperPolicy`] if ρ₀ then starts where no policy terminates, with
/// [`Error::Criterion`] unless the reward is discounted or total, with [`Error::DiscountRounds`] if γ < 1 is 1 in floating
/// point, and with [`Error::Overflow`] if a value is too large.
pub fn solve(mdp: &Mdp, alpha: f64, options: &ControlOptions) -> Result<Optimum, Error> {
    let problem = Problem::new(mdp)?;
    let optimum = iterate(&problem.mdp, alpha, options)?;
    let Some(kept) = problem.kept else {
        return Ok(optimum);
    };
    // where nothing is kept the first action stands, as for any rule
    let mut pi: Vec<f64> = DecisionRule::empty(mdp.states()).chances(mdp.space());
    for (&pair, &probability) in kept.iter().zip(optimum.policy.probabilities()) {
        let pairs = mdp.space().pairs_of(mdp.space().state_of(pair));
        if kept.binary_search(&pairs.start).is_err() {
            pi[pairs.start] = 0.0;
        }
        pi[pair] = probability;
    }
    Ok(Optimum {
        q: q_of(mdp, &optimum.v),
        policy: Policy::on_simplex(mdp.space(), pi),
        greedy: optimum.greedy.into_iter().map(|pair| kept[pair]).collect(),
        undefined: problem.undefined,
        ..optimum
    })
}

/// Soft policy iteration, where every state can terminate or γ < 1.
fn iterate(mdp: &Mdp, alpha: f64, options: &ControlOptions) -> Result<Optimum, Error> {
    // what the policy is greedy for; nothing at first, which makes it the uniform one
    let nothing = vec![0.0; mdp.pairs()];
    let mut target = SoftPolicy::new(mdp, &nothing, &nothing, alpha);
    let mut trace = Vec::new();
    let mut pace = Pace::default();
    for iteration in 1.. {
        let (v, rest) = values(mdp, &target, alpha, options)
            .map_err(|error| pace.unbounded(mdp).unwrap_or(error))?;
        let (q, advantage) = values_of_pairs(mdp, &v, &rest);
        let soft = SoftPolicy::new(mdp, &q, &advantage, alpha);
        let run = Run {
            mdp,
            alpha,
            v: &v,
            q: &q,
            soft: &soft,
        };
        let (residual, bound) = (run.residual(), error_bound(&run, options));
        if options.trace {
            trace.push(Iteration {
                iteration,
                residual,
                j_greedy: Some(dot(mdp.initial(), &v)),
            });
        }
        pace = pace.after(residual, &v);
        if pace.creeping > PATIENCE
            && let Some(error) = pace.unbounded(mdp)
        {
            return Err(error);
        }
        let stop = match bound {
            Some(bound) if options.tolerance.is_some_and(|t| bound <= t) => ControlStop::Tolerance,
            _ if pace.stalled && !pace.grows() => ControlStop::Precision,
            _ if iteration >= options.iterations => ControlStop::Iterations,
            _ => {
                target = soft;
                continue;
            }
        };
        return Ok(Optimum {
            policy: soft.policy(mdp)?,
            greedy: tied(mdp.space(), &q, 2.0 * bound.unwrap_or(0.0)),
            j: dot(mdp.initial(), &v),
            v,
            q,
            iterations: iteration,
            error_bound: bound,
            method: ControlMethod::PolicyIteration,
            stop,
            undefined: Vec::new(),
            gain: None,
            by_time: None,
            error_bounds: None,
            dual: None,
            trace,
        });
    }
    unreachable!("an iteration without an end")
}

/// Iterations in a row that may raise values without a smaller residual. What rounding does to one
/// evaluation it does not do to the next; growth that goes on is that of values without a bound. The number is a
/// choice.
const PATIENCE: usize = 50;

/// How the iteration gets on. Newton's method squares the residual until rounding stops it; a small
/// residual alone says nothing at γ = 1, where values may creep upwards for ever.
struct Pace {
    residual: f64,
    /// Whether the residual is 0, or no longer halves.
    stalled: bool,
    v: Vec<f64>,
    /// v now − v before [S]; empty before the second iteration.
    growth: Vec<f64>,
    /// Iterations in a row that raised values without a smaller residual.
    creeping: usize,
}

impl Default for Pace {
    fn default() -> Pace {
        Pace {
            residual: f64::INFINITY,
            stalled: false,
            v: Vec::new(),
            growth: Vec::new(),
            creeping: 0,
        }
    }
}

impl Pace {
    fn after(self, residual: f64, v: &[f64]) -> Pace {
        let next = Pace {
            residual,
            stalled: residual >= 0.5 * self.residual || residual == 0.0,
            growth: v.iter().zip(&self.v).map(|(v, w)| v - w).collect(),
            v: v.to_vec(),
            creeping: 0,
        };
        if next.stalled && next.grows() {
            Pace {
                creeping: self.creeping + 1,
                ..next
            }
        } else {
            next
        }
    }

    fn most(&self) -> f64 {
        self.growth.iter().copied().fold(0.0, f64::max)
    }

    /// Whether values grow by more than rounding, which would lower some about as much: in exact
    /// arithmetic none falls. The first values might still.
    fn grows(&self) -> bool {
        let size = self.v.iter().map(|v| v.abs()).fold(0.0, f64::max);
        let fall = self.growth.iter().copied().fold(0.0, f64::min).abs();
        // both numbers are choices
        self.growth.is_empty() || (self.most() > 1e-9 * size && self.most() > 1e3 * fall)
    }

    /// The states whose values grow most, if any certainly do at γ = 1.
    fn unbounded(&self, mdp: &Mdp) -> Option<Error> {
        if *mdp.criterion() != Criterion::Total || self.growth.is_empty() || !self.grows() {
            return None;
        }
        let most = self.most();
        let grown = (0..mdp.states()).filter(|&s| self.growth[s] >= 0.5 * most);
        let name = |s: usize| mdp.space().state_names().get(s).into_owned();
        Some(Error::Unbounded {
            states: grown.map(name).collect(),
        })
    }
}

/// An iterate: v, its q and T_α v.
struct Run<'a> {
    mdp: &'a Mdp,
    alpha: f64,
    v: &'a [f64],
    q: &'a [f64],
    soft: &'a SoftPolicy,
}

impl Run<'_> {
    /// |T_α v − v|∞.
    fn residual(&self) -> f64 {
        let change = self
            .soft
            .maximum
            .iter()
            .zip(self.v)
            .map(|(x, y)| (x - y).abs());
        change.fold(0.0, f64::max)
    }
}

/// v = (I − γp^π)⁻¹ (r^π + α H(π)), and what it lacks in its last digits. Errors if the system was not solved, and if v is
/// too large.
fn values(
    mdp: &Mdp,
    soft: &SoftPolicy,
    alpha: f64,
    options: &ControlOptions,
) -> Result<(Vec<f64>, Vec<f64>), Error> {
    let policy = soft.policy(mdp)?;
    let chain = Chain::new(mdp, &policy, &options.solver)?;
    let mut reward = chain.dynamics().r().to_vec();
    for (pair, &pi) in policy.probabilities().iter().enumerate() {
        if pi > 0.0 {
            reward[mdp.space().state_of(pair)] -= alpha * pi * soft.log_pi[pair];
        }
    }
    let (v, rest) = chain.resolvent().solve_finely(&reward)?;
    if v.x.iter().all(|v| v.is_finite()) {
        Ok((v.x, rest))
    } else {
        Err(Error::Overflow {
            quantity: "the soft optimum",
        })
    }
}

/// α log Σₐ e^{q/α} and the policy that attains it.
struct SoftPolicy {
    /// α log Σₐ e^{q/α} [S]; 0 on terminal states.
    maximum: Vec<f64>,
    /// log π = (q − α log Σₐ e^{q/α})/α [SA], also where π is within rounding of 1: the surprise
    /// of a step that is all but certain adds up where an episode takes many of them.
    log_pi: Vec<f64>,
}

impl SoftPolicy {
    /// Relative to the largest q of each state, by what q differs by within a state: q itself, or the advantages, whose
    /// digits do not go where values are large and alike (γ near 1, long episodes).
    fn new(mdp: &Mdp, q: &[f64], advantage: &[f64], alpha: f64) -> SoftPolicy {
        let mut soft = SoftPolicy {
            maximum: vec![0.0; mdp.states()],
            log_pi: vec![0.0; q.len()],
        };
        for state in 0..mdp.states() {
            let pairs = mdp.space().pairs_of(state);
            let best = pairs.clone().reduce(|best, pair| {
                if advantage[pair] > advantage[best] {
                    pair
                } else {
                    best
                }
            });
            let Some(best) = best else { continue };
            let below = |pair: usize| (advantage[pair] - advantage[best]) / alpha;
            let others = pairs.clone().filter(|&pair| pair != best);
            let log_sum = others.map(|pair| below(pair).exp()).sum::<f64>().ln_1p();
            soft.maximum[state] = q[best] + alpha * log_sum;
            pairs.for_each(|pair| soft.log_pi[pair] = below(pair) - log_sum);
        }
        soft
    }

    /// π as a tabular softmax with θ = log π.
    fn policy(&self, mdp: &Mdp) -> Result<Policy, Error> {
        if !self.log_pi.iter().all(|x| x.is_finite()) {
            let quantity = "q over the weight of the entropy";
            return Err(Error::Overflow { quantity });
        }
        Ok(Policy::softmax(mdp.space(), self.log_pi.clone(), 1.0)?)
    }
}

/// What floating point may have done to T_α v of a state beyond the rounding of its q: the soft
/// maximum does not expand errors of q; its own are those of one exponential per action, a sum and
/// a logarithm.
fn own_rounding(mdp: &Mdp, q: &[f64], alpha: f64) -> f64 {
    let largest = q.iter().map(|q| q.abs()).fold(0.0, f64::max);
    let actions = (0..mdp.states()).map(|s| mdp.space().pairs_of(s).len());
    let actions = actions.max().unwrap_or(0) as f64;
    UNIT * (4.0 * largest + alpha * (2.0 * actions + 8.0) * (1.0 + actions.ln().max(0.0)))
}

/// |v − v_α|∞: below γ = 1 at most (|T_α v − v|∞ + rounding)/(1 − β).
fn error_bound(run: &Run<'_>, options: &ControlOptions) -> Option<f64> {
    let Run { mdp, v, q, .. } = *run;
    let rounding = (0..mdp.pairs()).map(|pair| radius(mdp, mdp.discount(), v, pair));
    let rounding = rounding.fold(0.0, f64::max) + own_rounding(mdp, q, run.alpha);
    let residual = run.residual() + rounding;
    let beta = contraction(mdp);
    let bound = match *mdp.criterion() {
        Criterion::Total => bound_by_length(run, residual, rounding, options)?,
        _ if beta < 1.0 => residual / (1.0 - beta),
        _ => return None,
    };
    bound.is_finite().then_some(bound * (1.0 + 8.0 * UNIT))
}

/// c max w, where T_α lowers v + c w and raises v − c w. With w the expected length of an episode
/// under π ∝ e^{q/α}, δ = w − p^π w and D the width of p(·|s, a) w over the actions of a state:
///
/// ```text
/// T(v + c w) ≤ T v + c p^π w + c² D²/(8α)     (Hoeffding's lemma)
/// T(v − c w) ≥ T v − c p^π w                  (T is convex, π its derivative)
/// ```
///
/// so c δ − c² D²/(8α) ≥ |T v − v| is enough for both. `None` if it does not hold, because actions
/// wander for too long.
fn bound_by_length(
    run: &Run<'_>,
    residual: f64,
    rounding: f64,
    options: &ControlOptions,
) -> Option<f64> {
    let Run { mdp, q, alpha, .. } = *run;
    let space = mdp.space();
    let policy = run.soft.policy(mdp).ok()?;
    let alive = |s: usize| f64::from(u8::from(!space.is_terminal(s)));
    let ones: Vec<f64> = (0..space.states()).map(alive).collect();
    let chain = Chain::new(mdp, &policy, &options.solver).ok()?;
    let w = chain.resolvent().solve(&ones).ok()?.x;
    let size = q.iter().map(|q| q.abs()).fold(0.0, f64::max);
    let mut widths = Vec::new();
    for state in (0..space.states()).filter(|&s| !space.is_terminal(s)) {
        let pairs = space.pairs_of(state);
        let slack: Vec<f64> = pairs.clone().map(|pair| slack(mdp, &w, pair)).collect();
        let least = slack.iter().copied().fold(f64::INFINITY, f64::min);
        let most = slack.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let pi = &policy.probabilities()[pairs];
        // π as computed differs from e^{q/α} by this, relatively
        let off = 4.0 * (rounding + 8.0 * UNIT * size) / alpha + 16.0 * pi.len() as f64 * UNIT;
        let width = (most - least) * (1.0 + 4.0 * UNIT) + 4.0 * UNIT * w[state];
        let mean: f64 = pi.iter().zip(&slack).map(|(pi, x)| pi * x).sum();
        widths.push((mean - off * (width + mean.abs()), width));
    }
    if widths.is_empty() {
        return Some(0.0);
    }
    let least = widths
        .iter()
        .map(|(mean, _)| *mean)
        .fold(f64::INFINITY, f64::min);
    let c = 2.0 * residual / least;
    let enough =
        |(mean, width): &(f64, f64)| c * mean - (c * width).powi(2) / (8.0 * alpha) >= residual;
    let certain = least > 0.0 && widths.iter().all(enough) && w.iter().all(|w| *w >= 0.0);
    certain.then(|| c * w.iter().copied().fold(0.0, f64::max))
}
