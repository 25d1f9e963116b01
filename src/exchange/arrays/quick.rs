//! The tables of arrays in which nothing is wrong.

use super::super::lane::{self, Own};
use super::quantecon::Listed;
use super::toolbox::{Rewards, Transitions};
use super::{Arrays, Overrides};
use crate::model::table::Table;
use crate::number::Number;

/// The table and which states are terminal: those `ended`, those that an array names, or else those
/// that stay for nothing.
pub(super) fn table(
    arrays: &mut Arrays<'_>,
    p: &Transitions,
    rewards: &Rewards,
    ended: Option<&[bool]>,
    overrides: &Overrides,
) -> Option<(Table, Vec<bool>)> {
    let read = |state: usize, own: &mut Own| {
        for action in 0..p.actions {
            let row = p.row(state, action);
            let first = row.clone().next();
            let first = first.map_or(0.0, |first| rewards.of(p, state, action, first.0));
            own.begin_row(action as u32, Number::from_f64(first)?);
            for (next, probability) in row {
                let reward = Number::from_f64(rewards.of(p, state, action, next))?;
                own.push_paying(next, Number::from_f64(probability)?, reward)?;
            }
        }
        Some(())
    };
    let sizes = [p.states, p.actions, p.entries()];
    filled(arrays, sizes, ended, overrides, read)
}

/// The same of pairs in their order, of which those with a reward of −∞ are not there.
pub(super) fn of_pairs(
    arrays: &mut Arrays<'_>,
    listed: &Listed<'_>,
    [states, actions]: [usize; 2],
    overrides: &Overrides,
) -> Option<(Table, Vec<bool>)> {
    listed.pairs.is_sorted().then_some(())?;
    let mut row = 0;
    let read = |state: usize, own: &mut Own| {
        while let Some(&(_, action)) = listed.pairs.get(row).filter(|pair| pair.0 == state) {
            let reward = listed.r[row];
            if reward != f64::NEG_INFINITY {
                own.begin_row(action as u32, Number::from_f64(reward)?);
                for (next, probability) in listed.q.row(row) {
                    own.push(next, Number::from_f64(probability)?)?;
                }
            }
            row += 1;
        }
        Some(())
    };
    let sizes = [states, actions, listed.q.entries()];
    filled(arrays, sizes, None, overrides, read)
}

/// The table of so many states, actions and outcomes.
fn filled(
    arrays: &mut Arrays<'_>,
    [states, actions, outcomes]: [usize; 3],
    ended: Option<&[bool]>,
    overrides: &Overrides,
    read: impl FnMut(usize, &mut Own) -> Option<()>,
) -> Option<(Table, Vec<bool>)> {
    let named = arrays.terminal(states).ok()?;
    let states = arrays.names("states", states).ok()?;
    let actions = arrays.names("actions", actions).ok()?;
    let known = named.as_deref().or(ended);
    lane::table([&states, &actions], outcomes, known, overrides, read)
}
