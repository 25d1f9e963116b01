//! Where the graph shows that the return is the same whatever happens.
//!
//! States are alike if all that may happen in one pays the same and leads to states that are alike as what may happen in the
//! other: the coarsest such partition is refined from one part, in which terminal states pay 0 for ever. Where a state
//! has but one such way on, and so have those on it, its return is one number, and that of all states like it. (Numbers
//! may be the same for other reasons, which rounding hides.)

use std::collections::{BTreeSet, HashMap};

use crate::linalg::Solvable;
use crate::mdp::Mdp;
use crate::policy::Policy;

/// Outcomes that are looked at in all, beyond which nothing is known; a choice, a second or two.
const OUTCOMES: usize = 10_000_000;

/// What may happen in a state: the bits of what it pays, and the part in which the next state lies.
type Ways = BTreeSet<(u64, usize)>;

/// Where returns do not vary.
pub(super) struct Certain {
    /// Whether that from each state does not \[S\].
    pub states: Vec<bool>,
    /// Whether that from ρ₀ does not.
    pub whole: bool,
}

impl Certain {
    /// Where returns are known not to vary under a policy.
    pub fn new<F: Solvable>(mdp: &Mdp<F>, policy: &Policy<F>) -> Certain {
        let unknown = Certain {
            states: vec![false; mdp.states()],
            whole: false,
        };
        if mdp.deficits().is_some() {
            return unknown;
        }
        let Some((parts, ways)) = refined(mdp, policy) else {
            return unknown;
        };
        let varies = varies(&ways);
        let starts = (0..mdp.states()).filter(|&s| !mdp.initial()[s].is_zero());
        let starts: BTreeSet<usize> = starts.map(|s| parts[s]).collect();
        let mass: f64 = mdp.initial().iter().map(F::to_f64).sum();
        let is_one = (mass - 1.0).abs() <= mdp.states() as f64 * f64::EPSILON;
        Certain {
            whole: is_one && starts.len() == 1 && starts.iter().all(|&part| !varies[part]),
            states: parts.iter().map(|&part| !varies[part]).collect(),
        }
    }
}

/// The coarsest partition as the part of each state \[S\], and the ways of each part.
fn refined<F: Solvable>(mdp: &Mdp<F>, policy: &Policy<F>) -> Option<(Vec<usize>, Vec<Ways>)> {
    let (mut parts, mut known) = (vec![0; mdp.states()], 1);
    let mut left = OUTCOMES;
    loop {
        // a part is split by its ways only
        let mut numbers: HashMap<(usize, Ways), usize> = HashMap::new();
        let mut next = Vec::with_capacity(parts.len());
        for state in 0..mdp.states() {
            let ways = ways(mdp, policy, state, &parts);
            left = left.checked_sub(ways.len().max(1))?;
            let number = numbers.len();
            next.push(*numbers.entry((parts[state], ways)).or_insert(number));
        }
        let stable = numbers.len() == known;
        known = numbers.len();
        parts = next;
        if stable {
            break;
        }
    }
    let mut all = vec![Ways::new(); known];
    for state in 0..mdp.states() {
        all[parts[state]] = ways(mdp, policy, state, &parts);
    }
    Some((parts, all))
}

fn ways<F: Solvable>(mdp: &Mdp<F>, policy: &Policy<F>, state: usize, parts: &[usize]) -> Ways {
    let bits = |x: f64| (x + 0.0).to_bits();
    if mdp.space().is_terminal(state) {
        return Ways::from([(bits(0.0), parts[state])]);
    }
    let pairs = mdp.space().pairs_of(state);
    let outcomes = pairs
        .filter(|&i| policy.supports(i))
        .flat_map(|i| mdp.outcomes(i));
    let outcomes = outcomes.filter(|o| !o.probability.is_zero());
    outcomes
        .map(|o| (bits(o.reward.to_f64()), parts[o.next]))
        .collect()
}

/// Whether a part has several ways on, or leads to one that has.
fn varies(ways: &[Ways]) -> Vec<bool> {
    let mut from = vec![Vec::new(); ways.len()];
    for (part, ways) in ways.iter().enumerate() {
        ways.iter().for_each(|(_, next)| from[*next].push(part));
    }
    let mut varies: Vec<bool> = ways.iter().map(|ways| ways.len() > 1).collect();
    let mut stack: Vec<usize> = (0..ways.len()).filter(|&part| varies[part]).collect();
    while let Some(part) = stack.pop() {
        for &before in &from[part] {
            if !std::mem::replace(&mut varies[before], true) {
                stack.push(before);
            }
        }
    }
    varies
}
