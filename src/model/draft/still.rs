//! States that stay where they are for nothing.

use std::collections::HashMap;

use crate::model::distribution::Sum;
use crate::model::entries::Entry;
use crate::number::Number;

/// Whether an outcome changes nothing: it stays and pays 0, or never happens.
pub(crate) fn stays(entry: &Entry) -> bool {
    let is_impossible = entry.probability.as_ref().is_some_and(Number::is_zero);
    is_impossible || (entry.next == entry.state && entry.reward.is_zero())
}

/// The states in which every choice stays with probability 1 and pays 0.
pub(crate) fn still(entries: &[Entry], states: usize) -> Vec<bool> {
    let (mut still, mut moves) = (vec![false; states], vec![false; states]);
    for entry in entries {
        let kept = if stays(entry) { &mut still } else { &mut moves };
        kept[entry.state as usize] = true;
    }
    for (still, moves) in still.iter_mut().zip(moves) {
        *still &= !moves;
    }
    // a row that does not sum to 1 is for the check of the model to find
    let mut rows: HashMap<(u32, u32), Vec<&Number>> = HashMap::new();
    for entry in entries.iter().filter(|entry| still[entry.state as usize]) {
        let row = rows.entry((entry.state, entry.action)).or_default();
        row.extend(&entry.probability);
    }
    for ((state, _), row) in rows {
        still[state as usize] &= !matches!(Sum::of(row.into_iter()), Sum::Wrong(..));
    }
    still
}

/// The row of an action that is there but leads nowhere: it sums to 0, for the check of the model
/// to find.
pub(crate) fn empty_row(state: u32, action: u32, at: (u32, u32)) -> Entry {
    Entry {
        state,
        action,
        next: state,
        probability: Some(Number::ZERO),
        reward: Number::ZERO,
        at,
    }
}

/// What a terminal state pays that has no row to pay it: a stay, for the check of the model to find.
pub(crate) fn paying_end(state: u32, action: u32, reward: Number, at: (u32, u32)) -> Entry {
    Entry {
        probability: Some(Number::ONE),
        reward,
        ..empty_row(state, action, at)
    }
}
