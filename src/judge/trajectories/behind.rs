//! Which state stands behind a last step where none is told: that which the numbers of the estimator that is named say.

use std::borrow::Cow;

use super::data::Data;
use super::given::{Trajectories, Trajectory, TrajectoryOptions};
use super::made::{estimates, is_blind};
use crate::error::Error;
use crate::estimator::Estimator;
use crate::mdp::Mdp;
use crate::solved::Solved;

/// States that a step may lead to, up to which each is tried; a choice.
const MOST: usize = 64;

/// The trajectories with the state behind each last step, where that is not told, of all that it may lead to the one that
/// fits Ψₜ best: it enters by one number, v of it, and every step of the row tells it. As they are where no Ψₜ is given or nothing
/// is to be found.
///
/// Errors as the numbers of the estimator do.
pub(super) fn told<'a>(
    solved: &Solved,
    given: &'a Trajectories,
    options: &TrajectoryOptions,
) -> Result<Cow<'a, Trajectories>, Error> {
    let mdp = solved.mdp().as_ref();
    let bootstraps =
        |one: &&Estimator| one.bootstraps() && !one.takes_cuts_for_ends() && !one.is_of_batch();
    let Some(named) = options.named.as_ref().filter(bootstraps) else {
        return Ok(Cow::Borrowed(given));
    };
    let name = named.to_string();
    let mut claims = given.claims.iter();
    let own = claims.find(|claim| claim.name.as_ref().is_none_or(|own| *own == name));
    let Some(psi) = own.and_then(|claim| claim.psi.as_ref()) else {
        return Ok(Cow::Borrowed(given));
    };
    let blind = |one: &Trajectory| is_blind(one, mdp);
    let ways = |one: &Trajectory| {
        if blind(one) {
            ways(one, mdp)
        } else {
            Vec::new()
        }
    };
    let ways: Vec<Vec<usize>> = given.each.iter().map(ways).collect();
    let most = ways.iter().map(Vec::len).max().unwrap_or(0);
    let mut each = given.each.iter().zip(&ways);
    let stuck = each.any(|(one, ways)| blind(one) && ways.is_empty());
    if most == 0 || most > MOST || stuck {
        return Ok(Cow::Borrowed(given));
    }
    let mut best: Vec<(f64, usize)> = ways
        .iter()
        .map(|ways| (f64::INFINITY, ways.first().copied().unwrap_or(0)))
        .collect();
    for turn in 0..most {
        let next = |i: usize| ways[i].get(turn).or(ways[i].last()).copied();
        let Some(exact) = psi_with(solved, given, (options, &name), next)? else {
            return Ok(Cow::Borrowed(given));
        };
        for (i, best) in best.iter_mut().enumerate() {
            let (Some(next), Some(own), Some(row)) = (next(i), psi.get(i), exact.get(i)) else {
                continue;
            };
            let far = |sign: f64| {
                let each = own.iter().zip(row).map(|(x, y)| (sign * x - y).abs());
                each.fold(0.0, f64::max)
            };
            // the opposite is a mistake that has a name
            let off = far(1.0).min(far(-1.0));
            if off < best.0 {
                *best = (off, next);
            }
        }
    }
    let found = |i: usize| (!ways[i].is_empty()).then(|| best[i].1);
    Ok(Cow::Owned(with_next(given, found)))
}

/// Ψₜ of the estimator of a name, with states behind the last steps of some; `None` where it has none.
fn psi_with(
    solved: &Solved,
    given: &Trajectories,
    (options, name): (&TrajectoryOptions, &str),
    next: impl Fn(usize) -> Option<usize>,
) -> Result<Option<Vec<Vec<f64>>>, Error> {
    let tried = with_next(given, next);
    let actor = options.behavior.as_ref().unwrap_or(solved.policy());
    let Ok(record) = Data::new(solved.mdp(), actor, &tried).record() else {
        return Ok(None);
    };
    let (fixtures, _) = estimates(solved, &tried, options, (record, false))?;
    let all = fixtures.into_iter().flat_map(|fixtures| fixtures.estimates);
    let mut named = all.filter(|one| one.name == name);
    Ok(named.next().map(|one| one.psi))
}

/// The states that the last step may have led to, by what it was paid.
fn ways(one: &Trajectory, mdp: &Mdp) -> Vec<usize> {
    let Some(last) = one.actions.len().checked_sub(1) else {
        return Vec::new();
    };
    let Some(pair) = mdp.space().pair(one.states[last], one.actions[last]) else {
        return Vec::new();
    };
    let paid = one.rewards[last];
    let may = mdp.outcomes(pair).filter(|way| *way.probability > 0.0);
    let all: Vec<(usize, f64)> = may
        .map(|way| (way.next, (way.reward - paid).abs()))
        .collect();
    let fits = |off: f64| off <= 1e-6 * paid.abs() + 1e-12;
    // what is paid otherwise, or was rounded, tells nothing
    let tells = all.iter().any(|(_, off)| fits(*off));
    let mut ways: Vec<usize> = all
        .into_iter()
        .filter(|(_, off)| !tells || fits(*off))
        .map(|(next, _)| next)
        .collect();
    ways.sort_unstable();
    ways.dedup();
    ways
}

/// These trajectories with states behind the last steps of some.
fn with_next(given: &Trajectories, next: impl Fn(usize) -> Option<usize>) -> Trajectories {
    let mut all = given.clone();
    for (i, one) in all.each.iter_mut().enumerate() {
        let (Some(next), Some(last)) = (next(i), one.actions.len().checked_sub(1)) else {
            continue;
        };
        one.next[last] = Some(next);
        one.states.truncate(last + 1);
        one.states.push(next);
    }
    all
}
