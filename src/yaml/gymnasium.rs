//! Gymnasium's `P`: `{state: {action: [[probability, next state, reward, terminated], …]}}`.
//!
//! JSON is YAML, so `P` is read as a model file is: exactly, and with the place of every fault. A
//! file holds it bare, its keys whole numbers, or under the key `P` beside the keys of a model
//! file (`discount`, `initial`, `name`, …).
//!
//! A transition that is `terminated` ends the episode: no value follows, even where its next state
//! has transitions of its own. A state s becomes terminal where every transition into it from
//! another state is terminated and at least one is, or where all it does itself is to stay,
//! terminated, for nothing; its own transitions are then never taken and are dropped. Where a
//! terminated transition leads to a state that others enter alive, or that ρ₀ starts in, it is
//! led to one further terminal state `end` (the next number where states are numbers).

mod quick;

pub(crate) use quick::Dictionary as Quick;

use super::YamlError;
use std::collections::HashSet;

use crate::mdp::Names;
use crate::model::entries::{Entries, Entry, Lacking};
use crate::model::error::{DraftError, NameOf};
use crate::model::errors::Problems;
use crate::model::names::Index;
use crate::number::Number;
use crate::yaml::document::{Node, NodeKind};
use crate::yaml::names::found;
use crate::yaml::read::{KeyPath, flag, is, number, whole, wrong_type};

use crate::model::names::is_name;
use crate::model::vocabulary::Vocabulary;

/// Names, terminal states and outcomes of a `P`.
pub(crate) struct Dictionary {
    pub states: Names,
    pub actions: Names,
    pub terminal: Vec<bool>,
    pub entries: Entries,
}

/// Whether the top of a file is a bare `P`: a mapping whose keys are all whole numbers.
pub(crate) fn is_bare(root: Node<'_>) -> bool {
    let mut keys = root.entries().map(|(key, _)| key);
    let is_state = |key: Node<'_>| whole(key).is_some();
    keys.next().is_some_and(is_state) && keys.all(is_state)
}

/// One outcome as written.
struct Outcome {
    entry: Entry,
    terminated: bool,
}

impl Outcome {
    /// Whether its probability is 0: such an outcome is dropped, and says nothing of what ends.
    fn is_never(&self) -> bool {
        self.entry.probability.as_ref().is_some_and(Number::is_zero)
    }
}

/// Reads a `P`. `names` are the lists under `states` and `actions` beside it, `started` the value
/// of `initial`.
pub(crate) fn read(
    node: Node<'_>,
    names: [Option<Node<'_>>; 2],
    started: Option<Node<'_>>,
    problems: &mut Problems,
) -> Option<Dictionary> {
    let before = problems.count();
    let path = KeyPath::new("P");
    let expected = "a mapping of states to mappings of actions";
    if !is(NodeKind::Mapping, node, &path, expected, problems) {
        return None;
    }
    let mut reader = Reader {
        states: Vocabulary::default(),
        actions: Vocabulary::default(),
        outcomes: Vec::new(),
        problems,
    };
    for (key, _) in node.entries() {
        reader.states.number(whole_text(key));
    }
    for (key, actions) in node.entries() {
        reader.state(key, actions, &path);
    }
    let Reader {
        states,
        actions,
        mut outcomes,
        ..
    } = reader;
    let (mut states, place) = named(states, NameOf::State, names[0], problems)?;
    let (actions, action_place) = named(actions, NameOf::Action, names[1], problems)?;
    for Outcome { entry, .. } in &mut outcomes {
        entry.state = place[entry.state as usize];
        entry.next = place[entry.next as usize];
        entry.action = action_place[entry.action as usize];
    }
    let terminal = terminal(&mut outcomes, &mut states, started);
    let entries = outcomes.into_iter().map(|outcome| outcome.entry);
    let mut list: Vec<Entry> = entries
        .filter(|entry| !terminal[entry.state as usize])
        .collect();
    list.sort_by_key(|entry| (entry.state, entry.action));
    let entries = Entries {
        list,
        lacking: Lacking::Gymnasium,
        ..Entries::default()
    };
    (problems.count() == before).then_some(Dictionary {
        states,
        actions,
        terminal,
        entries,
    })
}

/// Which states end episodes, by the flags of the outcomes; those that stray lead to an end of their own.
fn terminal(outcomes: &mut [Outcome], states: &mut Names, started: Option<Node<'_>>) -> Vec<bool> {
    let mut ending = Ending::default();
    let happen = |outcome: &&Outcome| !outcome.is_never();
    for Outcome { entry, terminated } in outcomes.iter().filter(happen) {
        let (state, next) = (entry.state as usize, entry.next as usize);
        let is_free = state == next && *terminated && entry.reward.is_zero();
        ending.see(state, next, *terminated, is_free);
    }
    let mut ended = ending.ended(starts(started, states));
    let strays = |outcome: &Outcome| {
        let Entry { state, next, .. } = outcome.entry;
        !outcome.is_never() && ended.strays(state, next, outcome.terminated)
    };
    if outcomes.iter().any(strays) {
        ended.add_end(states);
    }
    for Outcome { entry, terminated } in outcomes.iter_mut().filter(|it| !it.is_never()) {
        if ended.strays(entry.state, entry.next, *terminated) {
            entry.next = ended.end;
        }
    }
    ended.terminal
}

struct Reader<'d, 'p> {
    states: Vocabulary<'d>,
    actions: Vocabulary<'d>,
    outcomes: Vec<Outcome>,
    problems: &'p mut Problems,
}

impl<'d> Reader<'d, '_> {
    fn state(&mut self, key: Node<'d>, actions: Node<'d>, path: &KeyPath<'_>) {
        let path = path.join(key.text());
        let expected = "a mapping of actions to lists of outcomes";
        if !is(NodeKind::Mapping, actions, &path, expected, self.problems) {
            return;
        }
        let state = self.states.number(whole_text(key));
        for (key, outcomes) in actions.entries() {
            let path = path.join(key.text());
            let action = self.actions.number(key.text());
            let expected = "a list of outcomes [probability, next state, reward, terminated]";
            let fits = is(NodeKind::Sequence, outcomes, &path, expected, self.problems);
            if fits && outcomes.items().next().is_none() {
                self.problems.push(wrong_type(outcomes, &path, expected));
            }
            for outcome in outcomes.items() {
                let read = self.outcome((state, action), outcome, &path);
                self.outcomes.extend(read);
            }
        }
    }

    fn outcome(
        &mut self,
        (state, action): (u32, u32),
        node: Node<'d>,
        path: &KeyPath<'_>,
    ) -> Option<Outcome> {
        let expected = "an outcome [probability, next state, reward, terminated]";
        let mut cells = node.items();
        let cells = [cells.next(), cells.next(), cells.next(), cells.next()];
        let [
            Some(probability),
            Some(next),
            Some(reward),
            Some(terminated),
        ] = cells
        else {
            self.problems.push(wrong_type(node, path, expected));
            return None;
        };
        if node.items().nth(4).is_some() || next.kind() != NodeKind::Scalar {
            self.problems.push(wrong_type(node, path, expected));
            return None;
        }
        if is_no_state(next.text()) {
            let expected = "an outcome [probability, next state, reward, terminated], the next state a whole number from 0";
            self.problems.push(wrong_type(node, path, expected));
            return None;
        }
        let written = number(probability, path, self.problems)?;
        let reward = number(reward, path, self.problems)?;
        let terminated = ended(terminated, path, self.problems);
        if written.is_negative() {
            self.problems.push(
                DraftError::NegativeProbability {
                    state: self.states.name(state).into(),
                    action: self.actions.name(action).into(),
                    next: next.text().into(),
                    found: written,
                }
                .at(probability.place()),
            );
            return None;
        }
        let at = node.place();
        let entry = Entry {
            state,
            action,
            next: self.states.number(whole_text(next)),
            probability: Some(written),
            reward,
            at: (at.offset() as u32, at.len() as u32),
        };
        Some(Outcome { entry, terminated })
    }
}

/// The number of a state; a whole float, as NumPy has it, is that whole number.
fn whole_text(node: Node<'_>) -> &str {
    let text = node.text();
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    match text.split_once('.') {
        Some((whole, zeros)) if is_digits(whole) && zeros.bytes().all(|b| b == b'0') => whole,
        _ => text,
    }
}

/// Whether a next state is a number that no state has: below 0, or not whole.
fn is_no_state(text: &str) -> bool {
    let number: Option<f64> = text.parse().ok();
    number.is_some_and(|x| x < 0.0 || x.fract() != 0.0)
}

/// Whether an outcome terminates: `true` or `false`, or 1 or 0.
fn ended(node: Node<'_>, path: &KeyPath<'_>, problems: &mut Problems) -> bool {
    match (node.kind(), node.text()) {
        (NodeKind::Scalar, "0" | "0.0") => false,
        (NodeKind::Scalar, "1" | "1.0") => true,
        _ => flag(node, path, problems),
    }
}

/// The names for a model, and the place in it of each number given out: those listed beside `P`
/// for the numbers in it, which may leave some out, or else `P`'s own.
fn named(
    vocabulary: Vocabulary<'_>,
    of: NameOf,
    listed: Option<Node<'_>>,
    problems: &mut Problems,
) -> Option<(Names, Vec<u32>)> {
    let Some(node) = listed else {
        let (names, place) = vocabulary.finish();
        if let Names::Listed(names) = &names
            && let Some(bad) = names.iter().find(|name| !is_name(name))
        {
            let found = bad.clone();
            problems.push(DraftError::BadName { of, found }.at(None));
            return None;
        }
        return Some((names, place));
    };
    let texts: Vec<String> = node.items().map(|item| item.text().to_string()).collect();
    let mut seen = HashSet::new();
    let is_sound = texts.iter().all(|text| is_name(text) && seen.insert(text));
    match vocabulary.numbers(texts.len()) {
        Some(place) if is_sound => Some((Names::listed(texts), place)),
        _ => {
            problems.push(YamlError::WrongType {
                path: of.key().into(),
                expected: "a list of different names, one for each number in `P`",
                found: found(node),
                at: node.place(),
            });
            None
        }
    }
}

/// Which states `initial` starts in: a list of weights, a mapping, or a name.
fn starts(node: Option<Node<'_>>, states: &Names) -> Vec<bool> {
    let mut starts = vec![false; states.len()];
    let weighs = |node: Node<'_>| node.text().parse() != Ok(Number::ZERO);
    let Some(node) = node else { return starts };
    let index = Index::of_names(NameOf::State, states);
    let mut mark = |name: &str| {
        let position = index.get(name);
        position.into_iter().for_each(|s| starts[s as usize] = true);
    };
    match node.kind() {
        NodeKind::Scalar => mark(node.text()),
        NodeKind::Mapping => node
            .entries()
            .filter(|(_, weight)| weighs(*weight))
            .for_each(|(key, _)| mark(key.text())),
        _ => node
            .items()
            .zip(&mut starts)
            .for_each(|(weight, starts)| *starts = weighs(weight)),
    }
    starts
}

/// What decides which states are terminal.
#[derive(Default)]
struct Ending {
    /// States that others enter alive.
    alive: Vec<bool>,
    /// States that others enter terminated.
    entered: Vec<bool>,
    /// States that do anything but stay, terminated, for nothing.
    acts: Vec<bool>,
    has_outcome: Vec<bool>,
}

impl Ending {
    /// With room for so many states.
    fn grow(&mut self, count: usize) {
        if self.alive.len() < count {
            for of in [
                &mut self.alive,
                &mut self.entered,
                &mut self.acts,
                &mut self.has_outcome,
            ] {
                of.resize(count, false);
            }
        }
    }

    /// Takes note of an outcome, which may stay, terminated, for nothing.
    fn see(&mut self, state: usize, next: usize, terminated: bool, is_idle: bool) {
        self.grow(state.max(next) + 1);
        if state != next {
            self.alive[next] |= !terminated;
            self.entered[next] |= terminated;
        }
        self.acts[state] |= !is_idle;
        self.has_outcome[state] = true;
    }

    /// The end of all outcomes, where episodes start in these states.
    fn ended(mut self, starts: Vec<bool>) -> Ended {
        self.grow(starts.len());
        let is_terminal = |s: usize| {
            let is_alive = self.alive[s] || starts[s];
            !is_alive && (self.entered[s] || (self.has_outcome[s] && !self.acts[s]))
        };
        let terminal: Vec<bool> = (0..starts.len()).map(is_terminal).collect();
        let end = terminal.len() as u32;
        Ended { terminal, end }
    }
}

/// Which states are terminal, and the one further state in which episodes terminate elsewhere.
struct Ended {
    terminal: Vec<bool>,
    end: u32,
}

impl Ended {
    /// Whether an outcome terminates the episode in a state that goes on.
    fn strays(&self, state: u32, next: u32, terminated: bool) -> bool {
        terminated && !self.terminal[next as usize] && !self.terminal[state as usize]
    }

    fn add_end(&mut self, states: &mut Names) {
        self.terminal.push(true);
        *states = with_end(states);
    }
}

/// The states and one more.
fn with_end(states: &Names) -> Names {
    match states {
        Names::Numbered(count) => Names::Numbered(count + 1),
        Names::Listed(names) => {
            let taken: HashSet<&String> = names.iter().collect();
            let numbered = (1..).map(|i| format!("end-{i}"));
            let mut candidates = std::iter::once("end".to_string()).chain(numbered);
            let end = candidates.find(|name| !taken.contains(name));
            Names::Listed(names.iter().cloned().chain(end).collect())
        }
    }
}
