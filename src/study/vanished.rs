//! Numbers that are not 0 and yet below what floating point has: products of small probabilities above all, which come out as 0
//! beside others that have all of their digits.

use super::Note;
use super::note::name;
use crate::chain::Structure;
use crate::linalg::Solvable;
use crate::mdp::{Criterion, Mdp};
use crate::policy::Policy;
use crate::solved::Solved;

/// As many are named.
const NAMED: usize = 3;

/// What has vanished, or lost its digits, of a solved policy: chances of actions, visits of states and of pairs, values.
pub(super) fn vanished<F: Solvable>(solved: &Solved<F>) -> Vec<Note> {
    if F::EXACT || F::one().certified().is_some() {
        return Vec::new();
    }
    let (mdp, policy) = (solved.mdp(), solved.policy());
    let (space, evaluation) = (mdp.space(), solved.evaluation());
    let any = |numbers: &[F]| numbers.iter().any(is_lost);
    let may = [any(&evaluation.pair_occupancy), any(&evaluation.v)];
    let undefined = &evaluation.undefined.states;
    let is_defined = |s: usize| undefined.binary_search(&s).is_err();
    let state = |s: usize| name(space, s);
    let pair = |pair: usize| {
        let (state, action) = space.pair_names(pair);
        format!("{state},{action}")
    };
    let visited = if may[0] {
        visited(mdp, policy, &is_defined)
    } else {
        vec![false; space.states()]
    };
    let pi = policy.probabilities();
    let supported = |pair: &usize| policy.supports(*pair) && visited[space.state_of(*pair)];
    let actions = (0..space.pairs()).filter(supported);
    let actions: Vec<usize> = actions.filter(|pair| is_lost(&pi[*pair])).collect();
    let states = (0..space.states()).filter(|&s| visited[s] && !space.is_terminal(s));
    let states: Vec<usize> = states
        .filter(|&s| is_lost(&evaluation.occupancy[s]))
        .collect();
    let mut notes = Vec::new();
    let mut tell = |quantity, all: &[usize], named: &dyn Fn(usize) -> String| {
        if all.is_empty() {
            return;
        }
        notes.push(Note::Vanished {
            quantity,
            of: all.iter().take(NAMED).map(|&i| named(i)).collect(),
            more: all.len().saturating_sub(NAMED),
        });
    };
    tell("π(a|s)", &actions, &pair);
    tell("ρ(s)", &states, &state);
    if actions.is_empty() && states.is_empty() {
        let pairs = (0..space.pairs()).filter(supported);
        let pairs = pairs.filter(|pair| is_lost(&evaluation.pair_occupancy[*pair]));
        tell("ρ(s,a)", &pairs.collect::<Vec<usize>>(), &pair);
    }
    if may[1] {
        let paid = paid(mdp, policy);
        let valued = (0..space.states()).filter(|&s| paid[s] && is_defined(s));
        let values: Vec<usize> = valued.filter(|&s| is_lost(&evaluation.v[s])).collect();
        tell("v(s)", &values, &state);
    }
    notes
}

/// Whether a number that is not 0 is so small that floating point has not all of its digits, or none.
fn is_lost<F: Solvable>(x: &F) -> bool {
    x.to_f64().abs() < f64::MIN_POSITIVE
}

/// Which states are visited with some probability, however small: what ρ counts. None over a horizon of fewer steps than
/// there are states, which may not get there; of the average reward those that are visited in the long run.
fn visited<F: Solvable>(
    mdp: &Mdp<F>,
    policy: &Policy<F>,
    is_defined: &dyn Fn(usize) -> bool,
) -> Vec<bool> {
    let starts = mdp.initial().iter().enumerate();
    let starts = starts.map(|(s, mass)| !mass.is_zero() && is_defined(s));
    let mut seen: Vec<bool> = starts.collect();
    let (states, gamma) = (seen.len(), mdp.discount());
    if mdp
        .criterion()
        .horizon()
        .is_some_and(|steps| steps < states)
    {
        return vec![false; states];
    }
    let mut open: Vec<usize> = (0..states).filter(|&s| seen[s]).collect();
    while let Some(state) = open.pop().filter(|_| !gamma.is_zero()) {
        for next in follows(mdp, policy, state) {
            if is_defined(next) && !std::mem::replace(&mut seen[next], true) {
                open.push(next);
            }
        }
    }
    if let Criterion::Average = mdp.criterion() {
        let transient = Structure::new(mdp, policy).map(|found| found.transient().to_vec());
        for state in transient.unwrap_or_default() {
            seen[state] = false;
        }
    }
    seen
}

/// Which states lead to a reward, where nothing that is paid can cancel: none of the average reward, whose v is a bias, and none
/// over a horizon of fewer steps than there are states.
fn paid<F: Solvable>(mdp: &Mdp<F>, policy: &Policy<F>) -> Vec<bool> {
    let states = mdp.states();
    let none = vec![false; states];
    let too_short = mdp
        .criterion()
        .horizon()
        .is_some_and(|steps| steps < states);
    let mut signs = mdp.all_rewards().filter(|r| *r != 0.0).map(f64::signum);
    let first = signs.next();
    let cancels = signs.any(|sign| Some(sign) != first);
    if too_short || cancels || first.is_none() || matches!(mdp.criterion(), Criterion::Average) {
        return none;
    }
    let space = mdp.space();
    let pays = |pair: usize| {
        let mut outcomes = mdp.outcomes(pair);
        policy.supports(pair) && outcomes.any(|o| !o.probability.is_zero() && !o.reward.is_zero())
    };
    let mut leads: Vec<bool> = (0..states).map(|s| space.pairs_of(s).any(pays)).collect();
    if mdp.discount().is_zero() {
        return leads;
    }
    let mut before: Vec<Vec<u32>> = vec![Vec::new(); states];
    for state in 0..states {
        for next in follows(mdp, policy, state) {
            before[next].push(state as u32);
        }
    }
    let mut open: Vec<usize> = (0..states).filter(|&s| leads[s]).collect();
    while let Some(state) = open.pop() {
        for &earlier in &before[state] {
            if !std::mem::replace(&mut leads[earlier as usize], true) {
                open.push(earlier as usize);
            }
        }
    }
    leads
}

/// Where a state leads with some probability.
fn follows<'a, F: Solvable>(
    mdp: &'a Mdp<F>,
    policy: &'a Policy<F>,
    state: usize,
) -> impl Iterator<Item = usize> + 'a {
    let pairs = mdp.space().pairs_of(state);
    let taken = pairs.filter(|pair| policy.supports(*pair));
    taken.flat_map(|pair| {
        let row = mdp.p().row(pair);
        row.filter(|(_, p)| !p.is_zero()).map(|(next, _)| next)
    })
}
