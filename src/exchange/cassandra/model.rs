//! `T:` and `O:`: probabilities of next states and of observations, single, by rows and as matrices.

use std::collections::{BTreeMap, HashMap};

use miette::SourceSpan;

use super::super::ExchangeError;
use super::super::text::Piece;
use super::tokens::Tokens;
use crate::mdp::Names;
use crate::mend::{Argument, Mend};
use crate::model::draft::empty_row;
use crate::model::entries::Entry;
use crate::model::error::{DraftError, ModelError, NameList, NameOf};
use crate::model::names::Index;
use crate::number::Number;

/// What a file may always stand for, in transitions; a choice.
const EXPANDED: usize = 200_000;

/// What it may stand for beyond that, for each of its bytes; a choice.
const RATIO: usize = 4;

/// How many rows may be looked at for each transition that may be stored; a choice.
const VISITS: usize = 64;

/// Most rows left out that are told: errors beyond the first few are only counted.
const MISSING: usize = 1000;

/// The states and actions of a file, and how many transitions it may stand for.
pub(super) struct Sizes<'n> {
    pub states: &'n Names,
    pub actions: &'n Names,
    /// Empty where all states are seen.
    pub observations: &'n Names,
    of_state: HashMap<&'n str, u32>,
    of_action: HashMap<&'n str, u32>,
    of_observation: HashMap<&'n str, u32>,
    pub limit: usize,
}

impl<'n> Sizes<'n> {
    pub(super) fn new(
        states: &'n Names,
        actions: &'n Names,
        observations: &'n Names,
        bytes: usize,
    ) -> Sizes<'n> {
        let index = |names: &'n Names| match names {
            Names::Numbered(_) => HashMap::new(),
            Names::Listed(names) => (names.iter().map(String::as_str)).zip(0..).collect(),
        };
        Sizes {
            states,
            actions,
            observations,
            of_state: index(states),
            of_action: index(actions),
            of_observation: index(observations),
            limit: EXPANDED.saturating_add(bytes.saturating_mul(RATIO)),
        }
    }

    /// A state by its name or number.
    pub(super) fn state(&self, word: Piece<'_>) -> Result<u32, ModelError> {
        find(word, "state", self.states, &self.of_state)
    }

    fn action(&self, word: Piece<'_>) -> Result<u32, ModelError> {
        find(word, "action", self.actions, &self.of_action)
    }

    /// An observation or all of them.
    pub(super) fn observations_of(&self, word: Piece<'_>) -> Result<Which, ModelError> {
        let known = &self.of_observation;
        match word.text {
            "*" => Ok(None),
            _ => find(word, "observation", self.observations, known).map(Some),
        }
    }

    /// A state or all of them.
    pub(super) fn states_of(&self, word: Piece<'_>) -> Result<Which, ModelError> {
        match word.text {
            "*" => Ok(None),
            _ => self.state(word).map(Some),
        }
    }

    /// An action or all of them.
    pub(super) fn actions_of(&self, word: Piece<'_>) -> Result<Which, ModelError> {
        match word.text {
            "*" => Ok(None),
            _ => self.action(word).map(Some),
        }
    }
}

/// One of several, or all.
pub(super) type Which = Option<u32>;

/// The numbers meant.
pub(super) fn range(which: Which, count: usize) -> std::ops::Range<u32> {
    match which {
        Some(i) => i..i + 1,
        None => 0..count as u32,
    }
}

fn find(
    word: Piece<'_>,
    what: &'static str,
    names: &Names,
    index: &HashMap<&str, u32>,
) -> Result<u32, ModelError> {
    if let Some(found) = index.get(word.text) {
        return Ok(*found);
    }
    if !word.text.is_empty() && word.text.bytes().all(|b| b.is_ascii_digit()) {
        return word.index(what, names.len());
    }
    let of = match what {
        "state" => NameOf::State,
        "action" => NameOf::Action,
        _ => {
            return Err(ExchangeError::UnknownName {
                what,
                found: word.text.into(),
                help: NameList::of((0..names.len()).map(|i| names.get(i))).to_string(),
                at: Some(word.place()),
            }
            .into());
        }
    };
    Err(DraftError::UnknownName {
        of,
        found: word.text.into(),
        help: Index::of_names(of, names).suggest(word.text),
    }
    .at(word.place())
    .into())
}

/// Of what a row holds probabilities.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Onto {
    /// Of next states, by the state that is left.
    States,
    /// Of observations, by the state that is entered.
    Observations,
}

/// Rows of p or O by (action, state).
pub(super) struct Chances<'s, 'n> {
    sizes: &'s Sizes<'n>,
    onto: Onto,
    rows: HashMap<(u32, u32), Row>,
    stored: usize,
    /// Rows that wildcards of probability 0 looked at.
    visited: usize,
}

/// Chances above 0, and where their row stands.
pub(super) type Seen = (Vec<(u32, Number)>, (u32, u32));

struct Row {
    entries: BTreeMap<u32, Number>,
    at: (u32, u32),
}

impl<'s, 'n> Chances<'s, 'n> {
    pub(super) fn new(sizes: &'s Sizes<'n>, onto: Onto) -> Chances<'s, 'n> {
        Chances {
            sizes,
            onto,
            rows: HashMap::new(),
            stored: 0,
            visited: 0,
        }
    }

    /// `: a : s : s' p`, `: a : s  row` or `: a  matrix`.
    pub(super) fn read(&mut self, tokens: &mut Tokens<'_>) -> Result<(), ModelError> {
        tokens.colon()?;
        let word = tokens.needed()?;
        let action = self.sizes.actions_of(word)?;
        if !tokens.takes_colon() {
            return self.matrix(action, tokens);
        }
        let state = self.sizes.states_of(tokens.needed()?)?;
        if !tokens.takes_colon() {
            return self.row(action, state, tokens);
        }
        let target = tokens.needed()?;
        let next = match self.onto {
            Onto::States => self.sizes.states_of(target)?,
            Onto::Observations => self.sizes.observations_of(target)?,
        };
        let word = tokens.needed()?;
        let probability = self.probability(word)?;
        if probability.is_zero() {
            return self.forget((action, state), next, word);
        }
        for next in range(next, self.targets()) {
            self.set((action, state), next, &probability, word)?;
        }
        Ok(())
    }

    /// How many there are of what the rows are over.
    fn targets(&self) -> usize {
        match self.onto {
            Onto::States => self.sizes.states.len(),
            Onto::Observations => self.sizes.observations.len(),
        }
    }

    fn probability(&self, word: Piece<'_>) -> Result<Number, ModelError> {
        let number = word.number(match self.onto {
            Onto::States => "T",
            Onto::Observations => "O",
        })?;
        if number.is_negative() {
            Err(word.unexpected("a probability, which is not negative"))
        } else {
            Ok(number)
        }
    }

    /// One number for each next state, or `uniform`.
    fn row(
        &mut self,
        action: Which,
        state: Which,
        tokens: &mut Tokens<'_>,
    ) -> Result<(), ModelError> {
        let count = self.targets();
        let first = tokens.needed()?;
        self.clear((action, state), first)?;
        if first.text == "uniform" {
            let share = Number::ratio(1, count as u64).unwrap_or(Number::ZERO);
            for next in 0..count as u32 {
                self.set((action, state), next, &share, first)?;
            }
            return Ok(());
        }
        if first.text == "reset" && self.onto == Onto::States {
            return Err(ModelError::from(ExchangeError::Unexpected {
                expected: "one probability for each next state, or `uniform`",
                found: first.text.into(),
                help: Some(
                    "write out the distribution of `start:`, from which `reset` begins anew",
                ),
                at: first.place(),
            }));
        }
        let mut word = first;
        for next in 0..count as u32 {
            let probability = self.probability(word)?;
            self.set((action, state), next, &probability, word)?;
            if next as usize + 1 < count {
                word = tokens.needed()?;
            }
        }
        Ok(())
    }

    /// One row for each state, `uniform` or `identity`.
    fn matrix(&mut self, action: Which, tokens: &mut Tokens<'_>) -> Result<(), ModelError> {
        let count = self.sizes.states.len();
        let word = tokens.peek().unwrap_or(Piece::whole(""));
        match word.text {
            "identity" if self.onto == Onto::States => {
                tokens.next();
                self.clear((action, None), word)?;
                for state in 0..count as u32 {
                    self.set((action, Some(state)), state, &Number::ONE, word)?;
                }
                Ok(())
            }
            "uniform" => self.row(action, None, tokens),
            _ => (0..count as u32).try_for_each(|s| self.row(action, Some(s), tokens)),
        }
    }

    /// Removes what the rows held; from then on they exist.
    fn clear(&mut self, which: (Which, Which), word: Piece<'_>) -> Result<(), ModelError> {
        self.each(which, word, |row| row.entries.clear())
    }

    fn set(
        &mut self,
        which: (Which, Which),
        next: u32,
        probability: &Number,
        word: Piece<'_>,
    ) -> Result<(), ModelError> {
        self.each(which, word, |row| {
            if probability.is_zero() {
                row.entries.remove(&next)
            } else {
                row.entries.insert(next, probability.clone())
            };
        })
    }

    /// Removes transitions, one next state or all, from the rows meant that there are: those of
    /// probability 0 are none.
    fn forget(
        &mut self,
        (action, state): (Which, Which),
        next: Which,
        word: Piece<'_>,
    ) -> Result<(), ModelError> {
        let remove = |row: &mut Row| match next {
            Some(next) => drop(row.entries.remove(&next)),
            None => row.entries.clear(),
        };
        if let (Some(action), Some(state)) = (action, state) {
            self.rows.get_mut(&(action, state)).map(remove);
            return Ok(());
        }
        self.visited += self.rows.len();
        if self.visited / VISITS > self.sizes.limit {
            return Err(too_many(self.sizes.limit, word.place()));
        }
        let is_meant = |(a, s): &(u32, u32)| {
            action.is_none_or(|action| action == *a) && state.is_none_or(|state| state == *s)
        };
        let rows = self.rows.iter_mut().filter(|(pair, _)| is_meant(pair));
        rows.for_each(|(_, row)| remove(row));
        Ok(())
    }

    /// Changes the rows meant, counting what has been done.
    fn each(
        &mut self,
        (action, state): (Which, Which),
        word: Piece<'_>,
        change: impl Fn(&mut Row),
    ) -> Result<(), ModelError> {
        let (states, actions) = (self.sizes.states.len(), self.sizes.actions.len());
        for a in range(action, actions) {
            for s in range(state, states) {
                self.stored += 1;
                if self.stored > self.sizes.limit {
                    return Err(too_many(self.sizes.limit, word.place()));
                }
                let new = || Row {
                    entries: BTreeMap::new(),
                    at: word.span(),
                };
                change(self.rows.entry((a, s)).or_insert_with(new));
            }
        }
        Ok(())
    }

    /// The chances above 0 by (action, state), and where each row stands.
    pub(super) fn rows(self) -> HashMap<(u32, u32), Seen> {
        let rows = self.rows.into_iter();
        rows.map(|(pair, row)| (pair, (row.entries.into_iter().collect(), row.at)))
            .collect()
    }

    /// All outcomes, by state and action. An action without a row in some state is a row of nothing
    /// there, placed where the actions are `listed`.
    pub(super) fn finish(self, listed: (u32, u32)) -> Vec<Entry> {
        let (states, actions) = (
            self.sizes.states.len() as u32,
            self.sizes.actions.len() as u32,
        );
        let pairs = (0..states).flat_map(|s| (0..actions).map(move |a| (s, a)));
        let lost = pairs.filter(|&(s, a)| !self.rows.contains_key(&(a, s)));
        let mut entries: Vec<Entry> = (lost.take(MISSING))
            .map(|(state, action)| empty_row(state, action, listed))
            .collect();
        let mut rows: Vec<_> = self.rows.into_iter().collect();
        rows.sort_by_key(|((action, state), _)| (*state, *action));
        for ((action, state), Row { entries: row, at }) in rows {
            // a row of nothing is a row that sums to 0
            let nothing = row.is_empty().then_some((state, Number::ZERO));
            for (next, probability) in row.into_iter().chain(nothing) {
                entries.push(Entry {
                    state,
                    action,
                    next,
                    probability: Some(probability),
                    reward: Number::ZERO,
                    at,
                });
            }
        }
        entries
    }
}

/// The error of a model whose states are not seen, where nobody says who acts on it.
pub(super) fn not_seen(at: Piece<'_>) -> ModelError {
    ModelError::from(ExchangeError::Unsupported {
        what: "a model whose states are not seen",
        help: Mend::new("add ")
            .set(Argument::Nodes, "1")
            .say(" for policies that know what they saw last, or ")
            .set(Argument::Nodes, "N")
            .say(
                " for controllers of N nodes; without `observations:` and `O:` the states are seen",
            ),
        at: Some(at.place()),
    })
}

/// The error of a file that stands for more than it may.
pub(super) fn too_many(limit: usize, at: SourceSpan) -> ModelError {
    ModelError::from(ExchangeError::TooManyTransitions { limit, at })
}
