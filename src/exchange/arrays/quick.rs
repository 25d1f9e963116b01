//! The tables of arrays in which nothing is wrong.

use super::super::lane::{self, Own};
use super::archive::Arrays;
use crate::model::Overrides;
use crate::model::table::PairTable;

/// The table of so many states, actions and outcomes, and which states are terminal: those that an array names,
/// else those `ended`, or else those that stay for nothing.
pub(super) fn table(
    arrays: &mut Arrays<'_>,
    [states, actions, outcomes]: [usize; 3],
    ended: Option<&[bool]>,
    overrides: &Overrides,
    read: impl FnMut(usize, &mut Own) -> Option<()>,
) -> Option<(PairTable, Vec<bool>)> {
    let named = arrays.terminal(states).ok()?;
    let states = arrays.names("states", states).ok()?;
    let actions = arrays.names("actions", actions).ok()?;
    let known = named.as_deref().or(ended);
    lane::table([&states, &actions], outcomes, known, overrides, read)
}
