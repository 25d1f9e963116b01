//! How fast ascent is proven to be, and how fast it was (theory, 7.5).
//!
//! ```text
//! smoothness      |J(θ') − J(θ) − ∇J·(θ' − θ)| ≤ L/2 ‖θ' − θ‖²,   L = 8R/((1 − γ)³ τ²),
//!                 on simplices L = 2γ|A|R/(1 − γ)³
//! Łojasiewicz     ‖∇J‖ ≥ C (J* − J),   C = minₛ π(a*|s) / (τ √|S| ‖d*/d^π‖∞)
//! plain           J* − J_t ≤ 16 |S| R ‖d*/ρ₀‖²∞ ‖1/ρ₀‖∞ / (c² (1 − γ)⁶ t),   c = min over the path
//! projected       J* − J_t ≤ 8 R ‖d*/ρ₀‖∞ √(γ |S| |A| / t) / (1 − γ)³
//! natural         J* − J_t ≤ R (log|A|/(η t) + 1/((1 − γ)² t)),   uniform start
//! ```
//!
//! R is the span of the rewards, d = (1 − γ)ρ the normalised occupancy (Mei et al. 2020, lemmas 7
//! and 8, theorem 4; Agarwal et al. 2021, theorems 4.1 and 5.3, lemma D.3).

use super::errors::norm_error;
use super::plain::Plain;
use super::smoothness::proven;
use super::{
    Ascent, AscentMethod, AscentOptions, AscentStep, Goal, Iterate, default_step, reward_span,
};
use std::sync::Arc;

pub use super::smoothness::smoothness;
use crate::between::objective_error;
use crate::error::Error;
use crate::estimator::shown;
use crate::field::UNIT;
use crate::linalg::{MODERATE, norm};
use crate::mdp::Mdp;
use crate::policy::{Kind, Policy};
use crate::solved::Solved;

/// Rates of an ascent, as far as they are known.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rates {
    /// L: J is L-smooth in θ.
    pub smoothness: Option<f64>,
    /// C at the last policy: ‖∇J‖ ≥ C (J* − J).
    pub lojasiewicz: Option<f64>,
    /// ‖∇J‖/(J* − J) at the last policy.
    pub gradient_over_gap: Option<f64>,
    /// What rounding may have done to that, where it may show in the ninth digit; of large models it is not asked for.
    pub gradient_over_gap_error: Option<f64>,
    /// The proven bound on J* − J after the steps that were made.
    pub proven_gap: Option<f64>,
    /// The observed rate of J* − J.
    pub observed: Option<Observed>,
}

impl Rates {
    /// The rates of an ascent from `policy`. Errors where that has no value or no gradient, or the model no optimum.
    pub fn new(
        mdp: &Arc<Mdp>,
        policy: &Policy,
        goal: Option<&Goal>,
        ascent: &Ascent,
        options: &AscentOptions,
    ) -> Result<Rates, Error> {
        Error::check_space(mdp, policy)?;
        Error::check_space(mdp, &ascent.policy)?;
        let plain = Plain::of(mdp, policy, goal, options);
        let (mdp, goal) = match &plain {
            Some(plain) => (&plain.mdp, plain.goal.as_ref()),
            None => (mdp, goal),
        };
        let smoothness = smoothness(mdp, &ascent.policy);
        let Some(goal) = goal else {
            return Ok(Rates {
                smoothness,
                ..Rates::default()
            });
        };
        let end = Iterate::new(mdp, ascent.policy.clone(), &options.solver)?;
        let error = end.error() + goal.error_bound.unwrap_or(0.0);
        let gap = goal.j - end.j();
        let start = Iterate::new(mdp, options.method.start(policy)?, &options.solver)?;
        let fixed = ascent.method != AscentMethod::Mirror || options.step.is_some();
        let step = options
            .step
            .unwrap_or_else(|| default_step(ascent.method, mdp, start.solved.policy()));
        let steps = ascent.iterations();
        let smallest = ascent.smallest_optimal_probability;
        let ratio = (gap > error).then(|| norm(&end.gradient) / gap);
        Ok(Rates {
            smoothness,
            lojasiewicz: lojasiewicz(&end, goal),
            gradient_over_gap: ratio,
            gradient_over_gap_error: ratio.and_then(|ratio| {
                ratio_error(&end.solved, (ratio, gap), goal.error_bound.unwrap_or(0.0))
            }),
            proven_gap: match smallest {
                Some(smallest) if fixed && steps > 0 => {
                    proven_gap(ascent.method, &start, goal, step, smallest, steps)
                }
                _ => None,
            },
            observed: observed(&ascent.trace, goal.j, error),
        })
    }
}

/// Of ‖∇J‖/(J* − J), from bounds on ∇J, J and J*.
fn ratio_error(end: &Solved, (ratio, gap): (f64, f64), of_goal: f64) -> Option<f64> {
    if end.mdp().states() > MODERATE {
        return None;
    }
    let (_, of_norm) = norm_error(end)?;
    let of_gap = of_goal + objective_error(end).ok()? + 2.0 * UNIT * gap;
    let least = gap - of_gap;
    let error = if least > 0.0 {
        (of_norm + ratio * of_gap) / least
    } else {
        f64::INFINITY
    };
    shown(&[error], &[ratio]).map(|_| error)
}

/// C of the non-uniform Łojasiewicz inequality at an iterate, 0 where the policy never comes where
/// the optimal one does. `None` unless the policy is a tabular softmax without mixture under the discounted reward.
pub fn lojasiewicz(at: &Iterate, goal: &Goal) -> Option<f64> {
    let (temperature, _) = proven(at.solved.mdp(), at.solved.policy())?;
    let optimal = goal.occupancy.as_ref()?;
    let visited = || {
        optimal
            .iter()
            .zip(&at.solved.evaluation().occupancy)
            .filter(|(d, _)| **d > 0.0)
    };
    if visited().any(|(_, rho)| *rho <= 0.0) {
        return Some(0.0);
    }
    // the masses agree without termination; with it ρ* and ρ^π stand for themselves
    let mismatch = visited().map(|(d, rho)| d / rho).fold(0.0, f64::max);
    let states = visited().count() as f64;
    let least = goal.smallest_probability(at.solved.policy().probabilities())?;
    Some(least / (temperature * states.sqrt() * mismatch))
}

/// The proven bound on J* − J_t of a method after t steps of size η from `start`. `None` where no
/// theorem of ours covers it: plain and projected ascent with another step than 1/L or from ρ₀ that
/// misses a state, natural ascent or fixed mirror steps from another policy than the uniform one.
///
/// The constant c of the plain bound is an infimum over the whole path; `smallest` is minₛ π(a*|s)
/// over the part that was seen.
pub fn proven_gap(
    method: AscentMethod,
    start: &Iterate,
    goal: &Goal,
    step: f64,
    smallest: f64,
    t: usize,
) -> Option<f64> {
    let bound = match method {
        AscentMethod::Plain => plain_gap(start, goal, step, smallest)? / t as f64,
        AscentMethod::Projected => projected_gap(start, goal, step)? / (t as f64).sqrt(),
        AscentMethod::Natural | AscentMethod::Mirror => natural_gap(start, step)? / t as f64,
        _ => return None,
    };
    bound.is_finite().then_some(bound)
}

/// t times the bound of plain ascent with η = 1/L.
fn plain_gap(start: &Iterate, goal: &Goal, step: f64, smallest: f64) -> Option<f64> {
    let (_, rest) = proven(start.solved.mdp(), start.solved.policy())?;
    if !is_one_over_l(start, step) {
        return None;
    }
    let Mismatch {
        states,
        optimal,
        inverse,
    } = Mismatch::new(start.solved.mdp(), goal, rest)?;
    let span = reward_span(start.solved.mdp());
    Some(16.0 * states * span * optimal.powi(2) * inverse / (smallest.powi(2) * rest.powi(6)))
}

/// √t times the bound of projected ascent with η = 1/L on the product of simplices.
fn projected_gap(start: &Iterate, goal: &Goal, step: f64) -> Option<f64> {
    let mdp = start.solved.mdp();
    let simplex = start.solved.policy().parametrization().kind() == Kind::Simplex;
    if !simplex || !is_one_over_l(start, step) {
        return None;
    }
    let rest = *mdp.discount_complement();
    let Mismatch {
        states, optimal, ..
    } = Mismatch::new(mdp, goal, rest)?;
    let size = mdp.discount() * states * mdp.space().actions() as f64;
    Some(8.0 * reward_span(mdp) * size.sqrt() * optimal / rest.powi(3))
}

/// t times the bound of natural ascent from the uniform policy.
fn natural_gap(start: &Iterate, step: f64) -> Option<f64> {
    let (_, rest) = proven(start.solved.mdp(), start.solved.policy())?;
    let space = start.solved.mdp().space();
    let pi = start.solved.policy().probabilities();
    let uniform = (0..pi.len()).all(|pair| {
        let share = space.pairs_of(space.state_of(pair)).len() as f64;
        (pi[pair] * share - 1.0).abs() < 1e-12
    });
    // our logits move by ηA, theirs by ηA/(1 − γ)
    let actions = (0..space.states()).map(|s| space.pairs_of(s).len());
    let entropy = (actions.max().unwrap_or(1).max(1) as f64).ln();
    let span = reward_span(start.solved.mdp());
    uniform.then(|| entropy / (rest * step) + span / rest.powi(2))
}

/// Whether η = 1/L.
fn is_one_over_l(start: &Iterate, step: f64) -> bool {
    let constant = smoothness(start.solved.mdp(), start.solved.policy());
    constant.is_some_and(|constant| (step * constant - 1.0).abs() <= 1e-9)
}

/// How badly ρ₀ covers the states, over those that are not terminal.
struct Mismatch {
    /// |S|.
    states: f64,
    /// ‖d*/ρ₀‖∞.
    optimal: f64,
    /// ‖1/ρ₀‖∞.
    inverse: f64,
}

impl Mismatch {
    fn new(mdp: &Mdp, goal: &Goal, rest: f64) -> Option<Mismatch> {
        let occupancy = goal.occupancy.as_ref()?;
        let mut mismatch = Mismatch {
            states: 0.0,
            optimal: 0.0,
            inverse: 0.0,
        };
        for state in (0..mdp.states()).filter(|&s| !mdp.space().is_terminal(s)) {
            let initial = mdp.initial()[state];
            mismatch.states += 1.0;
            mismatch.optimal = mismatch.optimal.max(rest * occupancy[state] / initial);
            mismatch.inverse = mismatch.inverse.max(1.0 / initial);
        }
        Some(mismatch)
    }
}

/// What the gaps J* − J_t of a path look like over its second half.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Observed {
    /// k of a gap that falls like t⁻ᵏ: the slope of log gap against log t.
    pub order: f64,
    /// x of a gap that falls like xᵗ: the mean factor per step.
    pub factor: f64,
}

/// The observed rate, by least squares over the second half of the path (as far as the gap is above
/// its rounding `error`); `None` with fewer than four such iterates, and where the gap does not fall:
/// a rate is of what converges.
pub fn observed(trace: &[AscentStep], goal: f64, error: f64) -> Option<Observed> {
    let gap = |step: &AscentStep| step.gap.unwrap_or(goal - step.j);
    let seen = trace.iter().take_while(|step| gap(step) > error).count();
    let half = &trace[(seen / 2).max(1).min(seen)..seen];
    if half.len() < 4 {
        return None;
    }
    let logs: Vec<f64> = half.iter().map(|step| gap(step).ln()).collect();
    let times = |f: fn(f64) -> f64| {
        half.iter()
            .map(|step| f(step.iteration as f64))
            .collect::<Vec<f64>>()
    };
    let observed = Observed {
        order: -slope(&times(f64::ln), &logs),
        factor: slope(&times(|t| t), &logs).exp(),
    };
    // over the second half a gap that falls like t^(-1/100) loses less than this
    let fallen = logs[0] - logs[logs.len() - 1] > 0.01;
    (fallen && observed.order > 0.0 && observed.factor < 1.0).then_some(observed)
}

/// The slope of the least-squares line.
fn slope(x: &[f64], y: &[f64]) -> f64 {
    let n = x.len() as f64;
    let (mean_x, mean_y) = (x.iter().sum::<f64>() / n, y.iter().sum::<f64>() / n);
    let products = x.iter().zip(y).map(|(x, y)| (x - mean_x) * (y - mean_y));
    let squares = x.iter().map(|x| (x - mean_x).powi(2));
    products.sum::<f64>() / squares.sum::<f64>()
}
