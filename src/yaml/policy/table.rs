//! Tables of a policy: one value per pair, nested by state and action or flat in pair order.

use crate::mdp::Space;
use crate::model::error::{DraftError, NameList, NameOf, Suggestion};
use crate::model::errors::Problems;
use crate::model::names::Index;
use crate::yaml::document::{Node, NodeKind};
use crate::yaml::read::{KeyPath, is};

use super::error::PolicyFileError;

/// What is needed to read a table.
pub(super) struct Tables<'a> {
    pub space: &'a Space,
    pub states: &'a Index<'a>,
    pub actions: &'a Index<'a>,
}

/// One table as written.
pub(super) struct PairTable<'d> {
    /// The value of each pair; `None` where the table has none.
    pub of_pair: Vec<Option<Node<'d>>>,
    /// The value of each state, for its place.
    pub of_state: Vec<Option<Node<'d>>>,
}

impl Tables<'_> {
    /// The values of a table by pair; `None` with errors if a name or the count is wrong.
    pub(super) fn read<'d>(
        &self,
        table: &'static str,
        node: Node<'d>,
        problems: &mut Problems,
    ) -> Option<PairTable<'d>> {
        let before = problems.count();
        let mut values = PairTable {
            of_pair: vec![None; self.space.pairs()],
            of_state: vec![None; self.space.states()],
        };
        match node.kind() {
            NodeKind::Sequence => self.flat(table, node, &mut values, problems),
            _ => self.nested(table, node, &mut values, problems),
        }
        (problems.count() == before).then_some(values)
    }

    fn flat<'d>(
        &self,
        table: &'static str,
        node: Node<'d>,
        values: &mut PairTable<'d>,
        problems: &mut Problems,
    ) {
        let found = node.items().count();
        if found != self.space.pairs() {
            problems.push(PolicyFileError::Count {
                table,
                found,
                expected: self.space.pairs(),
                each: "one per state-action pair, state by state",
                at: node.place(),
            });
            return;
        }
        for (value, slot) in node.items().zip(&mut values.of_pair) {
            *slot = Some(value);
        }
    }

    fn nested<'d>(
        &self,
        table: &'static str,
        node: Node<'d>,
        values: &mut PairTable<'d>,
        problems: &mut Problems,
    ) {
        let path = KeyPath::new("policy");
        let path = path.join(table);
        let expected = "a mapping of states, or a list in the order of the pairs";
        if !is(NodeKind::Mapping, node, &path, expected, problems) {
            return;
        }
        for (key, row) in node.entries() {
            let Some(state) = self.states.find(key, table, problems) else {
                continue;
            };
            if self.space.is_terminal(state as usize) {
                let (state, at) = (key.text().into(), key.place());
                problems.push(PolicyFileError::Terminal { state, at });
                continue;
            }
            values.of_state[state as usize] = Some(row);
            let path = path.join(key.text());
            if !is(
                NodeKind::Mapping,
                row,
                &path,
                "a mapping of actions",
                problems,
            ) {
                continue;
            }
            for (key, value) in row.entries() {
                match self.pair(state, key, problems) {
                    Some(pair) => values.of_pair[pair] = Some(value),
                    None => continue,
                }
            }
        }
    }

    /// The pair of a state and the action that a node names.
    pub(super) fn pair(&self, state: u32, key: Node<'_>, problems: &mut Problems) -> Option<usize> {
        let action = self.actions.find(key, "policy", problems)?;
        let pair = self.space.pair(state as usize, action as usize);
        if pair.is_none() {
            problems.push_with(|| {
                let own = self.space.pairs_of(state as usize);
                let own = own.map(|pair| self.space.pair_names(pair).1);
                DraftError::NotInActionSet {
                    state: self.states.name(state),
                    action: key.text().into(),
                    help: Suggestion::OneOf(NameList::of(own)),
                }
                .at(key.place())
            });
        }
        pair
    }

    /// `state/action`.
    pub(super) fn pair_name(&self, pair: usize) -> String {
        let (state, action) = self.space.pair_names(pair);
        format!("{state}/{action}")
    }

    /// An error for the pairs that a table says nothing about, states as a whole where all of
    /// theirs are missing.
    pub(super) fn complete(
        &self,
        table: &'static str,
        values: &PairTable<'_>,
        node: Node<'_>,
        problems: &mut Problems,
    ) {
        let mut missing = Vec::new();
        for state in 0..self.space.states() {
            let pairs = self.space.pairs_of(state);
            if pairs.is_empty() {
                continue;
            }
            if pairs.clone().all(|pair| values.of_pair[pair].is_none()) {
                missing.push(self.space.state_names().get(state).into_owned());
            } else {
                let absent = pairs.filter(|&pair| values.of_pair[pair].is_none());
                missing.extend(absent.map(|pair| self.pair_name(pair)));
            }
        }
        if !missing.is_empty() {
            problems.push(PolicyFileError::Incomplete {
                table,
                missing: NameList::of(missing),
                at: node.place(),
            });
        }
    }

    /// For messages about names.
    pub(super) fn state_name(&self, state: usize) -> String {
        self.states.name(state as u32)
    }
}

/// The names of a space, for look-ups.
pub(super) fn indices(space: &Space) -> (Index<'_>, Index<'_>) {
    (
        Index::of_names(NameOf::State, space.state_names()),
        Index::of_names(NameOf::Action, space.action_names()),
    )
}
