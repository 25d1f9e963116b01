//! The rows of A = I − γp^π that belong to a rank, and what terminates.

use std::ops::Range;

use exact_mdp::mdp::{Criterion, Mdp};

use crate::Error;
use crate::system::Csr;
use crate::world::{World, narrow};

/// A model under a policy, by the rows of this rank.
#[derive(Debug)]
pub struct Chain {
    /// The states of this rank.
    pub range: Range<usize>,
    /// How many states each rank has.
    pub counts: Vec<usize>,
    /// The number of states.
    pub states: usize,
    /// A = I − γp^π; rows and columns of states without a value are those of the identity.
    pub(crate) rows: Csr,
    /// 1 − γ Σ p^π(s, ·), summed from what leaves, by state of this rank.
    pub slack: Vec<f64>,
    /// r^π by state of this rank.
    pub reward: Vec<f64>,
    /// ρ₀ by state of this rank.
    pub initial: Vec<f64>,
    /// Whether the states lie on a mesh.
    pub mesh: bool,
}

/// The shares of all ranks, in states.
pub(crate) fn counts(world: &World, states: usize) -> Vec<usize> {
    let part = |part| exact_mdp::model::Share {
        part,
        ..world.share()
    };
    (0..world.ranks())
        .map(|i| part(i).states(states).len())
        .collect()
}

impl Chain {
    /// The rows of a policy π(a|s), given by pair, without the states that are `dead`: terminal ones and
    /// those without a value.
    ///
    /// Errors with [`Error::TooLarge`].
    pub fn new(
        world: &World,
        mdp: &Mdp,
        pi: impl Fn(usize) -> f64,
        dead: &[bool],
    ) -> Result<Chain, Error> {
        let (space, gamma) = (mdp.space(), mdp.discount());
        let range = world.share().states(mdp.states());
        let mut chain = Chain {
            counts: counts(world, mdp.states()),
            states: mdp.states(),
            rows: Csr {
                start: vec![0],
                ..Csr::default()
            },
            slack: Vec::with_capacity(range.len()),
            reward: Vec::with_capacity(range.len()),
            initial: Vec::with_capacity(range.len()),
            mesh: space.grid().is_some(),
            range,
        };
        let mut row: Vec<(usize, f64)> = Vec::new();
        for state in chain.range.clone() {
            row.clear();
            let (mut reward, mut exits) = (0.0, 0.0);
            if !dead[state] {
                for pair in space.pairs_of(state) {
                    let weight = pi(pair);
                    if weight == 0.0 {
                        continue;
                    }
                    reward += weight * mdp.r()[pair];
                    exits += weight * mdp.deficits().map_or(0.0, |deficits| deficits[pair]);
                    for (next, p) in mdp.p().row(pair) {
                        if dead[next] {
                            exits += weight * p;
                        } else {
                            row.push((next, -gamma * weight * p));
                        }
                    }
                }
            }
            chain.initial.push(if dead[state] {
                0.0
            } else {
                mdp.initial()[state]
            });
            chain.reward.push(reward);
            let slack = mdp.discount_complement() + gamma * exits;
            chain.slack.push(if dead[state] { 1.0 } else { slack });
            row.push((state, 1.0));
            chain.rows.push(&mut row)?;
        }
        Ok(chain)
    }

    /// ρ₀ and r^π need not be summed where a rank has nothing of them.
    pub(crate) fn dot(world: &World, a: &[f64], b: &[f64]) -> Result<f64, Error> {
        world.sum_of(a.iter().zip(b).map(|(a, b)| a * b).sum())
    }
}

impl Csr {
    /// Appends a row, in any order; entries of one column are added.
    fn push(&mut self, row: &mut [(usize, f64)]) -> Result<(), Error> {
        row.sort_by_key(|entry| entry.0);
        for same in row.chunk_by(|a, b| a.0 == b.0) {
            self.column.push(narrow(same[0].0)?);
            self.value.push(same.iter().map(|entry| entry.1).sum());
        }
        self.start.push(narrow(self.column.len())?);
        Ok(())
    }
}

/// The states without a value: terminal ones and, at γ = 1, those from which the policy may never
/// terminate. Found on the supports, by every rank in its own rows until nothing changes on any.
///
/// Errors with [`Error::Criterion`] for other criteria than the discounted and the total reward, and with
/// [`Error::Improper`] if ρ₀ reaches a state that never terminates.
pub fn undefined(
    world: &World,
    mdp: &Mdp,
    supports: impl Fn(usize) -> bool,
) -> Result<Vec<bool>, Error> {
    let space = mdp.space();
    let terminal: Vec<bool> = (0..mdp.states()).map(|s| space.is_terminal(s)).collect();
    match mdp.criterion() {
        Criterion::Discounted { .. } => return Ok(terminal),
        Criterion::Total => {}
        other => {
            return Err(Error::Criterion {
                needed: "the discounted and the total reward",
                found: other.kind(),
            });
        }
    }
    let range = world.share().states(mdp.states());
    let leads = |state: usize, to: &[u8]| {
        let mut pairs = space.pairs_of(state).filter(|pair| supports(*pair));
        pairs.any(|pair| mdp.p().row(pair).any(|(next, _)| to[next] != 0))
    };
    let mut ends: Vec<u8> = terminal.iter().map(|&x| u8::from(x)).collect();
    spread(world, &mut ends, |flags| {
        backward(range.clone(), flags, &leads)
    })?;
    let mut dead: Vec<u8> = ends.iter().map(|&x| 1 - x).collect();
    let mut reached: Vec<u8> = mdp.initial().iter().map(|&x| u8::from(x != 0.0)).collect();
    spread(world, &mut reached, |flags| {
        let mut grown = false;
        for state in range.clone().filter(|&s| flags[s] != 0).collect::<Vec<_>>() {
            for pair in space.pairs_of(state).filter(|pair| supports(*pair)) {
                for (next, _) in mdp.p().row(pair) {
                    grown |= std::mem::replace(&mut flags[next], 1) == 0;
                }
            }
        }
        grown
    })?;
    if let Some(state) = (0..mdp.states()).find(|&s| dead[s] != 0 && reached[s] != 0) {
        let state = space.state_names().get(state).into_owned();
        return Err(Error::Improper { state });
    }
    spread(world, &mut dead, |flags| {
        backward(range.clone(), flags, &leads)
    })?;
    let gone = terminal.iter().zip(&dead);
    Ok(gone
        .map(|(&terminal, &dead)| terminal || dead != 0)
        .collect())
}

/// Flags the states of a rank that lead to a flagged one, from both ends in turn.
fn backward(range: Range<usize>, flags: &mut [u8], leads: &impl Fn(usize, &[u8]) -> bool) -> bool {
    let mut grown = false;
    for state in range.clone().rev().chain(range) {
        if flags[state] == 0 && leads(state, flags) {
            flags[state] = 1;
            grown = true;
        }
    }
    grown
}

/// Repeats a step of each rank, until it changes nothing there, and an exchange, until it changes nothing
/// anywhere.
fn spread(
    world: &World,
    flags: &mut [u8],
    mut step: impl FnMut(&mut [u8]) -> bool,
) -> Result<(), Error> {
    let count = |flags: &[u8]| flags.iter().filter(|&&flag| flag != 0).count();
    loop {
        let before = count(flags);
        while step(flags) {}
        world.any(flags)?;
        // the counts after an exchange are the same on all ranks, those before may not be
        let mut changed = [u8::from(count(flags) != before)];
        world.any(&mut changed)?;
        if changed[0] == 0 {
            return Ok(());
        }
    }
}
