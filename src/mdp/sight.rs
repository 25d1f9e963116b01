//! What somebody knows who does not see the states: what was seen last, and a node of memory.

use std::borrow::Cow;

use super::Names;

/// What has been seen before the first step, among the parameters of a policy.
const UNSEEN: &str = "(start)";

/// What a controller of N nodes knows in each state of the model that it acts on (theory, 4.11).
///
/// The states are the situations (s, o, n) of a hidden state, what was seen last, and a node; the
/// actions are the choices (a, n') of an action and the next node, number aN + n'.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sight {
    nodes: u32,
    observations: Names,
    actions: Names,
    situations: Vec<(u32, u32)>,
}

impl Sight {
    /// What is known in each state: 0 where nothing was seen yet, else one more than the number of what
    /// was seen last, and the node \[S\]. `nodes` is N ≥ 1, `actions` are those of the hidden model.
    pub fn new(
        nodes: u32,
        observations: Names,
        actions: Names,
        situations: Vec<(u32, u32)>,
    ) -> Sight {
        debug_assert!(nodes > 0);
        Sight {
            nodes,
            observations,
            actions,
            situations,
        }
    }

    /// N, the number of nodes.
    pub fn nodes(&self) -> u32 {
        self.nodes
    }

    /// What may be seen.
    pub fn observations(&self) -> &Names {
        &self.observations
    }

    /// The actions of the model whose states are not seen.
    pub fn actions(&self) -> &Names {
        &self.actions
    }

    /// What is known in each state \[S\]: what was seen, 0 for nothing yet, and the node.
    pub fn situations(&self) -> &[(u32, u32)] {
        &self.situations
    }

    /// The action and the next node of a choice.
    pub fn split(&self, choice: usize) -> (u32, u32) {
        let (choice, nodes) = (choice as u32, self.nodes);
        (choice / nodes, choice % nodes)
    }

    /// The name of what was seen: `(start)` for nothing yet.
    pub fn seen_name(&self, seen: u32) -> Cow<'_, str> {
        match seen {
            0 => Cow::Borrowed(UNSEEN),
            seen => self.observations.get(seen as usize - 1),
        }
    }

    /// The number of what was seen, by its name; an observation that is called `(start)` is that.
    pub fn seen(&self, name: &str) -> Option<u32> {
        let mut names = self.observations.iter();
        let number = names.position(|own| own == name).map(|o| o as u32 + 1);
        number.or((name == UNSEEN).then_some(0))
    }
}
