//! `transitions` and `rewards`: both written forms → one list of outcomes.

use super::YamlError;
use super::document::{Node, NodeKind};
use super::read::{KeyPath, is, number, wrong_type};
use crate::mdp::Players;
use crate::model::entries::{Entries, Entry};
use crate::model::error::{DraftError, NameList, Placed, Suggestion};
use crate::model::errors::Problems;
use crate::model::names::{Index, is_name};
use crate::model::rewards::Paid;
use crate::number::Number;

/// Words that are looked at for a misspelt state, where none is a state: each is held against all names. Their
/// number is a choice.
const MISSPELT: usize = 32;

/// Reads transitions; states and actions by their names.
pub(crate) struct Transitions<'a, 'd> {
    pub states: &'a Index<'d>,
    pub actions: &'a Index<'d>,
    pub terminal: &'a [bool],
    pub problems: &'a mut Problems,
}

const FORMS: &str = "a mapping of states, or a list of rows";

impl<'d> Transitions<'_, 'd> {
    /// The outcomes under `transitions`, sorted by pair; within a pair in the order of the file.
    pub(crate) fn read(&mut self, node: Node<'d>) -> Entries {
        let mut entries = Entries::default();
        match node.kind() {
            NodeKind::Mapping => self.nested(node, &mut entries),
            NodeKind::Sequence => self.rows(node, &mut entries),
            _ => {
                let path = KeyPath::new("transitions");
                self.problems.push(wrong_type(node, &path, FORMS));
                entries.incomplete = true;
            }
        }
        if !entries.list.is_sorted_by_key(Entry::pair) {
            entries.list.sort_by_key(Entry::pair);
        }
        entries
    }

    fn nested(&mut self, node: Node<'d>, entries: &mut Entries) {
        entries.nested = true;
        let path = KeyPath::new("transitions");
        for (key, actions) in node.entries() {
            let state = self.states.find(key, "transitions", self.problems);
            let path = path.join(key.text());
            if state.is_some_and(|s| self.terminal[s as usize]) {
                // `end: {}` says nothing, and nothing wrong
                if actions.kind() != NodeKind::Mapping || actions.entries().next().is_some() {
                    let (state, at) = (key.text().into(), key.place());
                    let error = DraftError::TerminalTransitions { state }.at(at);
                    self.problems.push(error);
                }
                continue;
            }
            let expected = "a mapping of actions";
            let fits = is(NodeKind::Mapping, actions, &path, expected, self.problems);
            entries.incomplete |= state.is_none() || !fits;
            for (key, row) in actions.entries() {
                let action = self.actions.find(key, "transitions", self.problems);
                entries.incomplete |= action.is_none();
                let (Some(state), Some(action)) = (state, action) else {
                    continue;
                };
                self.nested_row((state, action), row, &path.join(key.text()), entries);
            }
        }
    }

    /// `hot` or `{hot: 9/10, cold: 1/10}`.
    fn nested_row(
        &mut self,
        (state, action): (u32, u32),
        row: Node<'d>,
        path: &KeyPath<'_>,
        entries: &mut Entries,
    ) {
        let at = span(row);
        let mut push = |next, probability| {
            let reward = Number::ZERO;
            entries.list.push(Entry {
                state,
                action,
                next,
                probability,
                reward,
                at,
            });
        };
        match row.kind() {
            NodeKind::Scalar => match self.states.find(row, "transitions", self.problems) {
                Some(next) => push(next, Some(Number::ONE)),
                None => push(0, None),
            },
            NodeKind::Mapping if row.entries().next().is_some() => {
                for (key, value) in row.entries() {
                    let next = self.states.find(key, "transitions", self.problems);
                    let path = path.join(key.text());
                    let found = number(value, &path, self.problems);
                    match next {
                        Some(next) => {
                            let pair = (state, action);
                            push(next, self.probability(pair, next, found, value));
                        }
                        None => push(0, None),
                    }
                }
            }
            _ => {
                let expected = "a next state, or a mapping of next states to probabilities";
                self.problems.push(wrong_type(row, path, expected));
                push(0, None);
            }
        }
    }

    /// `[[cold, heat, hot, 9/10, 0], …]`.
    fn rows(&mut self, node: Node<'d>, entries: &mut Entries) {
        let path = KeyPath::new("transitions");
        let mut told = vec![false; self.terminal.len()];
        for row in node.items() {
            let expected = "a row [state, action, next state, probability, reward]";
            let mut cells = [None; 5];
            let mut found = 0;
            if !is(NodeKind::Sequence, row, &path, expected, self.problems) {
                entries.incomplete = true;
                continue;
            }
            for cell in row.items() {
                if let Some(slot) = cells.get_mut(found) {
                    *slot = Some(cell);
                }
                found += 1;
            }
            let [
                Some(state),
                Some(action),
                Some(next),
                Some(probability),
                reward,
            ] = cells
            else {
                let at = row.place();
                self.problems.push(YamlError::RowLength { found, at });
                entries.incomplete = true;
                continue;
            };
            if found > 5 {
                let at = row.place();
                self.problems.push(YamlError::RowLength { found, at });
            }
            let state = self.states.find(state, "transitions", self.problems);
            let action = self.actions.find(action, "transitions", self.problems);
            let next = self.states.find(next, "transitions", self.problems);
            let written = number(probability, &path, self.problems);
            if let Some(reward) = reward {
                entries.row_with_reward.get_or_insert(reward.place());
            }
            let reward = reward.and_then(|node| number(node, &path, self.problems));
            let (Some(state), Some(action)) = (state, action) else {
                entries.incomplete = true;
                continue;
            };
            if self.terminal[state as usize] {
                if !std::mem::replace(&mut told[state as usize], true) {
                    let (state, at) = (self.states.name(state), row.place());
                    let error = DraftError::TerminalTransitions { state }.at(at);
                    self.problems.push(error);
                }
                continue;
            }
            entries.list.push(Entry {
                state,
                action,
                next: next.unwrap_or(0),
                probability: next
                    .and_then(|next| self.probability((state, action), next, written, probability)),
                reward: reward.unwrap_or(Number::ZERO),
                at: span(row),
            });
        }
    }

    /// A probability that is not negative.
    fn probability(
        &mut self,
        (state, action): (u32, u32),
        next: u32,
        found: Option<Number>,
        node: Node<'_>,
    ) -> Option<Number> {
        let found = found?;
        if found.is_negative() {
            self.problems.push(
                DraftError::NegativeProbability {
                    state: self.states.name(state),
                    action: self.actions.name(action),
                    next: self.states.name(next),
                    found,
                }
                .at(node.place()),
            );
            return None;
        }
        Some(found)
    }

    /// The names of several rewards and what stands under each: where no key is a state or a number, and
    /// states stand one level down, or one key is a player. Where no word at all is a state but some
    /// below are nearly one and none above is, these are the misspelt ones.
    pub(crate) fn named(
        &self,
        node: Node<'d>,
        players: Option<&Players>,
    ) -> Option<Vec<(Node<'d>, Node<'d>)>> {
        let all: Vec<(Node<'d>, Node<'d>)> = node.entries().collect();
        let is_state = |key: Node<'d>| self.states.get(key.text()).is_some();
        let is_nearly = |names: &Index<'d>, key: Node<'d>| {
            matches!(names.suggest(key.text()), Suggestion::Nearest(_))
        };
        let is_name = |key: Node<'d>| !is_state(key) && key.text().parse::<Number>().is_err();
        let is_player = |key: Node<'d>| {
            players.is_some_and(|players| players.names().iter().any(|name| name == key.text()))
        };
        let below = || all.iter().flat_map(|(_, value)| value.entries());
        let misspelt = || {
            let is_action = |key: Node<'d>| self.actions.get(key.text()).is_some();
            let mut above = all.iter().take(MISSPELT);
            let mut below = below().take(MISSPELT);
            !above.any(|(key, _)| is_nearly(self.states, *key))
                && below.any(|(key, _)| !is_action(key) && is_nearly(self.states, key))
        };
        let are_names =
            node.kind() == NodeKind::Mapping && all.iter().all(|(key, _)| is_name(*key));
        let by_name = || {
            all.iter().any(|(key, _)| is_player(*key))
                || below().any(|(key, _)| is_state(key))
                || misspelt()
        };
        (are_names && by_name()).then_some(all)
    }

    /// The rewards of several names, each where it is paid; none is put on the outcomes.
    pub(crate) fn named_rewards(
        &mut self,
        names: &[(Node<'d>, Node<'d>)],
        entries: &mut Entries,
    ) -> Vec<(String, Paid)> {
        let path = KeyPath::new("rewards");
        let mut all = Vec::new();
        for (name, node) in names {
            if !is_name(name.text()) {
                let found = name.text().into();
                let error = YamlError::BadRewardName {
                    found,
                    at: name.place(),
                };
                self.problems.push(error);
            }
            let before = self.problems.count();
            self.rewards(*node, &path.join(name.text()), entries);
            let of = |entry: &mut Entry| {
                let reward = std::mem::replace(&mut entry.reward, Number::ZERO);
                ((entry.state, entry.action, entry.next), reward)
            };
            let mut paid: Paid = entries.list.iter_mut().map(of).collect();
            paid.retain(|(_, reward)| !reward.is_zero());
            paid.sort_by_key(|(key, _)| *key);
            paid.dedup_by_key(|(key, _)| *key);
            all.push((name.text().to_string(), paid));
            if self.problems.count() > before && entries.row_with_reward.is_some() {
                break;
            }
        }
        all
    }

    /// Puts the rewards under `rewards`, or under a name in it, on the outcomes.
    pub(crate) fn rewards(&mut self, node: Node<'d>, path: &KeyPath<'_>, entries: &mut Entries) {
        let expected = "a mapping of states";
        if !is(NodeKind::Mapping, node, path, expected, self.problems) {
            return;
        }
        if let Some(row) = entries.row_with_reward {
            let at = node.place();
            self.problems.push(YamlError::RewardsTwice { at, row });
            return;
        }
        for (key, actions) in node.entries() {
            let state = self.states.find(key, "rewards", self.problems);
            let path = path.join(key.text());
            if state.is_some_and(|s| self.terminal[s as usize]) {
                let (state, at) = (key.text().into(), key.place());
                let error = DraftError::TerminalReward { state }.at(at);
                self.problems.push(error);
                continue;
            }
            if actions.kind() == NodeKind::Scalar {
                self.reward_of_state(state, actions, &path, entries);
                continue;
            }
            let expected = "a number, or a mapping of actions to rewards";
            is(NodeKind::Mapping, actions, &path, expected, self.problems);
            for (key, reward) in actions.entries() {
                let action = self.actions.find(key, "rewards", self.problems);
                if let (Some(state), Some(action)) = (state, action) {
                    let path = path.join(key.text());
                    self.reward((state, action), key, reward, &path, entries);
                }
            }
        }
    }

    /// r(s): the same for every action and next state.
    fn reward_of_state(
        &mut self,
        state: Option<u32>,
        node: Node<'d>,
        path: &KeyPath<'_>,
        entries: &mut Entries,
    ) {
        let reward = number(node, path, self.problems);
        if let (Some(state), Some(reward)) = (state, reward) {
            let from = entries.list.partition_point(|entry| entry.state < state);
            let to = entries.list.partition_point(|entry| entry.state <= state);
            let own = entries.list[from..to].iter_mut();
            own.for_each(|entry| entry.reward = reward.clone());
        }
    }

    fn reward(
        &mut self,
        pair: (u32, u32),
        key: Node<'_>,
        node: Node<'d>,
        path: &KeyPath<'_>,
        entries: &mut Entries,
    ) {
        let from = entries.list.partition_point(|entry| entry.pair() < pair);
        let to = entries.list.partition_point(|entry| entry.pair() <= pair);
        if from == to && !entries.incomplete {
            let error = self.no_such_action(pair.0, key, &entries.list);
            self.problems.push(error);
            return;
        }
        let row = &mut entries.list[from..to];
        if node.kind() != NodeKind::Mapping {
            if let Some(reward) = number(node, path, self.problems) {
                row.iter_mut()
                    .for_each(|entry| entry.reward = reward.clone());
            }
            return;
        }
        // an index only where scanning the row for each reward would cost more
        let mut positions: Vec<(u32, usize)> =
            row.iter().map(|entry| entry.next).zip(0..).collect();
        positions.sort_unstable();
        for (key, value) in node.entries() {
            let next = self.states.find(key, "rewards", self.problems);
            let reward = number(value, &path.join(key.text()), self.problems);
            if let (Some(next), Some(reward)) = (next, reward) {
                // a successor of probability zero is allowed and never paid
                let first = positions.partition_point(|(other, _)| *other < next);
                let same = positions[first..]
                    .iter()
                    .take_while(|(other, _)| *other == next);
                same.for_each(|(_, at)| row[*at].reward = reward.clone());
            }
        }
    }

    fn no_such_action(&self, state: u32, key: Node<'_>, entries: &[Entry]) -> Placed {
        let from = entries.partition_point(|entry| entry.state < state);
        let own = entries[from..]
            .iter()
            .take_while(|entry| entry.state == state);
        let mut own: Vec<u32> = own.map(|entry| entry.action).collect();
        own.dedup();
        DraftError::NotInActionSet {
            state: self.states.name(state),
            action: key.text().into(),
            help: if own.is_empty() {
                Suggestion::Elsewhere(
                    "the state has no actions at all: write them under `transitions`",
                )
            } else {
                let own = own.into_iter().map(|a| self.actions.name(a));
                Suggestion::OneOf(NameList::of(own))
            },
        }
        .at(key.place())
    }
}

fn span(node: Node<'_>) -> (u32, u32) {
    let place = node.place();
    (place.offset() as u32, place.len() as u32)
}
