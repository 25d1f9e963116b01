//! What is seen of the states of a model, kept beside it: for files that are written again, not for policies.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::Model;
use crate::mdp::Names;
use crate::number::Number;
use crate::policy::Specification;

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

impl Model {
    /// The same model with what is seen of its states, which counts where the model is written, and in nothing else.
    pub(crate) fn observing(mut self, observing: Observing) -> Model {
        self.observing = Some(Arc::new(observing));
        self
    }

    /// The same model with a policy of somebody who does not see its states, to be written beside it.
    pub(crate) fn carrying(mut self, policy: Option<Specification>) -> Model {
        self.policy = policy.or(self.policy);
        self
    }

    /// What may be seen of the states, by name, where the model was read to be written
    /// ([`Overrides::keep_observations`](super::Overrides::keep_observations)); of other models `None`.
    pub fn observation_names(&self) -> Option<&Names> {
        self.observing.as_deref().map(|observing| &observing.names)
    }

    /// What is seen of the states, where the model was read to be written
    /// ([`Overrides::keep_observations`](super::Overrides::keep_observations)).
    pub(crate) fn observed(&self) -> Option<&Observing> {
        self.observing.as_deref()
    }
}
