//! The fast informed bound: what policies that do not see the states reach at most (theory, 4.11).
//!
//! ```text
//! Q(s, a) = r(s, a) + γ Σ_o max_a' Σ_s' p(s'|s, a) O(o|a, s') Q(s', a')        J ≤ max_a Σ_s ρ₀(s) Q(s, a)
//! ```
//!
//! Of what is seen next, one action for all hidden states, where QMDP lets each have its own (Hauskrecht 2000).
//! The operator is monotone and takes q* of policies that see the states to something smaller, so every iterate from there
//! is a bound.

use std::collections::BTreeMap;

use crate::error::Error;
use crate::linalg::largest;
use crate::mdp::{Criterion, Mdp};

/// Products of a sweep and the number of sweeps, at most; a choice.
const WORK: usize = 200_000_000;
/// Sweeps, at most; a choice.
const SWEEPS: usize = 100_000;

/// An upper bound on J of every policy that knows what is seen in a model with a
/// [`Sight`](crate::mdp::Sight), from q \[SA\] of an optimal policy that sees the states; widened by what rounding may have
/// done. `None` where the states are seen, and for the average reward.
///
/// # Errors
/// [`Error::Length`] and [`Error::Argument`] unless q has a finite value for each pair.
pub fn informed_bound(mdp: &Mdp, q: &[f64]) -> Result<Option<f64>, Error> {
    Error::check_numbers("table of q", mdp.pairs(), q)?;
    Ok(bound(mdp, q))
}

fn bound(mdp: &Mdp, q: &[f64]) -> Option<f64> {
    let backup = Backup::new(mdp)?;
    let (gamma, mut steps) = (mdp.discount(), 0);
    let mut values = match mdp.criterion() {
        Criterion::Average => return None,
        Criterion::FiniteHorizon { horizon, .. } => {
            let mut values = vec![0.0; mdp.pairs()];
            for _ in 0..*horizon {
                values = backup.apply(mdp, gamma, &values);
            }
            steps = *horizon;
            values
        }
        Criterion::Discounted { .. } | Criterion::Total => q.to_vec(),
    };
    if steps == 0 {
        let most = (WORK / backup.size().max(1)).clamp(10, SWEEPS);
        for _ in 0..most {
            let next = backup.apply(mdp, gamma, &values);
            steps += 1;
            let moved = next.iter().zip(&values).map(|(x, y)| (x - y).abs());
            let moved = moved.fold(0.0, f64::max);
            values = next;
            // some fifty roundings; a choice
            if moved <= 1e-14 * largest(&values) {
                break;
            }
        }
    }
    let bound: f64 = backup.start.iter().map(|group| group.best(&values)).sum();
    // each step adds some units of the largest value, and those before shrink by γ
    let terms = backup.longest() as f64 + 4.0;
    let times = (1.0 / mdp.discount_complement()).min(steps as f64) + 1.0;
    Some(bound + f64::EPSILON * terms * times * largest(&values))
}

/// Hidden states between which nothing tells, and with what weight each is reached: the pairs of each, one for each
/// action.
struct Group {
    members: Vec<(f64, Vec<usize>)>,
}

impl Group {
    /// max_a Σ_s w(s) Q(s, a); 0 where the run has ended.
    fn best(&self, values: &[f64]) -> f64 {
        let actions = self.members.first().map_or(0, |(_, pairs)| pairs.len());
        let of = |a: usize| -> f64 {
            let terms = self.members.iter().map(|(w, pairs)| w * values[pairs[a]]);
            terms.sum()
        };
        (0..actions).map(of).reduce(f64::max).unwrap_or(0.0)
    }
}

/// What follows each pair that keeps the controller at its first node, by what is seen.
struct Backup {
    after: Vec<(usize, Vec<Group>)>,
    start: Vec<Group>,
}

impl Backup {
    fn new(mdp: &Mdp) -> Option<Backup> {
        let space = mdp.space();
        let sight = space.sight()?;
        let first = |pair: &usize| sight.split(space.action_of(*pair)).1 == 0;
        let own: Vec<Vec<usize>> = (0..space.states())
            .map(|state| space.pairs_of(state).filter(first).collect())
            .collect();
        // who knows what is seen knows which actions there are
        let known = |state: usize| {
            let actions = own[state].iter().map(|&pair| space.action_of(pair));
            (sight.situations()[state].0, actions.collect::<Vec<usize>>())
        };
        let grouped = |reached: &mut dyn Iterator<Item = (usize, f64)>| -> Vec<Group> {
            let mut groups: BTreeMap<_, Group> = BTreeMap::new();
            for (state, weight) in reached.filter(|(_, weight)| *weight != 0.0) {
                let members = Vec::new();
                let group = groups.entry(known(state)).or_insert(Group { members });
                group.members.push((weight, own[state].clone()));
            }
            groups.into_values().collect()
        };
        let states = (0..space.states()).filter(|&s| sight.situations()[s].1 == 0);
        let pairs = states.flat_map(|state| own[state].clone());
        let after = pairs.map(|pair| {
            let mut next = mdp.p().row(pair).map(|(next, p)| (next, *p));
            (pair, grouped(&mut next))
        });
        Some(Backup {
            after: after.collect(),
            start: grouped(&mut mdp.initial().iter().copied().enumerate()),
        })
    }

    fn apply(&self, mdp: &Mdp, gamma: f64, values: &[f64]) -> Vec<f64> {
        let mut next = vec![0.0; values.len()];
        for (pair, groups) in &self.after {
            let later: f64 = groups.iter().map(|group| group.best(values)).sum();
            next[*pair] = mdp.r()[*pair] + gamma * later;
        }
        next
    }

    /// Products of a sweep.
    fn size(&self) -> usize {
        let groups = self.after.iter().flat_map(|(_, groups)| groups);
        let products = groups.map(|group| {
            let actions = group.members.first().map_or(0, |(_, pairs)| pairs.len());
            group.members.len() * actions
        });
        products.sum()
    }

    /// The most terms of one sum.
    fn longest(&self) -> usize {
        let terms = |groups: &Vec<Group>| groups.iter().map(|g| g.members.len()).sum::<usize>();
        let after = self.after.iter().map(|(_, groups)| terms(groups));
        after.max().unwrap_or(0).max(terms(&self.start))
    }
}
