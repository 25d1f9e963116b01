//! What is seen of the states of a model, kept beside it: for files that are written again, not for policies.

use std::collections::{BTreeMap, HashMap};

use crate::mdp::Names;
use crate::number::Number;

/// What is seen, and what is paid where that depends on it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Observing {
    /// What may be seen.
    pub names: Names,
    /// O(o|a, s') above 0 by (a, s').
    pub rows: HashMap<(u32, u32), Vec<(u32, Number)>>,
    /// r(s, a, s', o) of what may happen, where some reward depends on o.
    pub rewards: Option<BTreeMap<[u32; 4], Number>>,
}

impl Observing {
    /// The row of an action and a state that is reached; nothing where none is given.
    pub fn row(&self, action: usize, next: usize) -> Option<&[(u32, Number)]> {
        let row = self.rows.get(&(action as u32, next as u32));
        row.map(Vec::as_slice).filter(|row| !row.is_empty())
    }
}
