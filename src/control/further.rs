//! Policy iteration from where sweeps got no further.
//!
//! Where policies wander for long before anything ends or is discounted away, sweeps hardly move, equations are solved to a few
//! digits only, and nothing that a sweep shows falls from one improvement to the next, although the policies get better. What is certified then
//! may be 10⁴ times the values. Factors and policy iteration, whose values do rise, tell more.

use super::finish::finish;
use super::proper::Problem;
use super::{ControlOptions, ControlStop, Found, Optimum, policy_iteration};
use crate::error::Error;
use crate::mdp::Mdp;

/// A bound above this part of the values is worth policy iteration in a large model; a choice.
const POOR: f64 = 1e-6;
/// A bound above this part of the values is worth policy iteration after a method that got no further; a choice.
const POOR_OF_STUCK: f64 = 1e-9;

/// What sweeps found as an optimum of the model; or what policy iteration makes of it, where the former says little and the
/// latter more.
pub(super) fn finished(
    mdp: &Mdp,
    mut problem: Problem<'_, f64>,
    found: Found<f64>,
    options: &ControlOptions,
) -> Result<Optimum, Error> {
    let poor = if found.is_stuck { POOR_OF_STUCK } else { POOR };
    let start = Found {
        v: Vec::new(),
        rule: found.rule.clone(),
        certified: None,
        trace: found.trace.clone(),
        ..found
    };
    let swept = finish(mdp, &problem, found, options)?;
    let size = swept.v.iter().map(|v| v.abs()).fold(0.0, f64::max);
    let is_poor = swept.error_bound.is_none_or(|bound| bound > poor * size);
    if swept.stop != ControlStop::Precision || !is_poor {
        return Ok(swept);
    }
    let further = polished(&mut problem, start, options)
        .and_then(|found| finish(mdp, &problem, found, options));
    let bound = |optimum: &Optimum| optimum.error_bound.unwrap_or(f64::INFINITY);
    match further {
        Ok(further) if bound(&further) < bound(&swept) => Ok(further),
        _ => Ok(swept),
    }
}

/// Policy iteration from where another method stopped; from the problem's own start if that
/// method's policy, greedy among ties, never terminates.
pub(super) fn polished(
    problem: &mut Problem<'_, f64>,
    found: Found<f64>,
    options: &ControlOptions,
) -> Result<Found<f64>, Error> {
    let start = std::mem::replace(&mut problem.start, found.rule);
    let polished = policy_iteration::iterate(problem, options).or_else(|_| {
        problem.start = start;
        policy_iteration::iterate(problem, options)
    })?;
    Ok(Found {
        iterations: found.iterations + polished.iterations,
        method: found.method,
        trace: [found.trace, polished.trace].concat(),
        ..polished
    })
}
