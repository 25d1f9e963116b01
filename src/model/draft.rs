//! What a file of another program says → a model.
//!
//! Other formats have no terminal states, only states that stay where they are for nothing. Where
//! the file does not say which states are terminal, those are: every choice stays with
//! probability 1 and pays 0. Their value is 0 either way.

use std::collections::HashMap;
use std::sync::Arc;

use miette::SourceSpan;

use super::criterion::{CriterionKind, Overrides, Written, criterion};
use super::distribution::Sum;
use super::distribution::uniform;
use super::entries::{Entries, Entry, Lacking};
use super::error::{ModelError, NameList, NameOf};
use super::errors::{ModelWarning, Problems};
use super::names::Index;
use crate::exchange::ExchangeError;
use crate::mdp::Names;
use crate::model::{Model, table};
use crate::number::Number;

/// A model as another program's file has it.
pub(crate) struct Draft {
    /// The model's name.
    pub name: String,
    pub states: Names,
    pub actions: Names,
    /// Which states the file calls terminal, if it calls any so.
    pub terminal: Option<Vec<bool>>,
    /// All outcomes, in any order.
    pub entries: Vec<Entry>,
    /// Where episodes start.
    pub initial: Start,
    /// γ, if the file has one.
    pub discount: Option<Number>,
    /// T, if the file has one.
    pub horizon: Option<usize>,
    /// The mend for a state without actions.
    pub lacking: Lacking,
}

/// Where a file says that episodes start.
pub(crate) enum Start {
    /// It does not say.
    Unknown,
    /// The states that it marks; the weights of several are anyone's guess.
    Marked(Vec<usize>),
    /// ρ₀ \[S\].
    Weights(Vec<Number>),
}

impl Start {
    /// That of a file that marks states, or may leave it out.
    pub(crate) fn marked(starts: Vec<usize>) -> Start {
        match starts.is_empty() {
            true => Start::Unknown,
            false => Start::Marked(starts),
        }
    }

    /// That of a file that may have ρ₀.
    pub(crate) fn weighted(weights: Option<Vec<Number>>) -> Start {
        weights.map_or(Start::Unknown, Start::Weights)
    }
}

const NO_DISCOUNT: ExchangeError = ExchangeError::Missing {
    what: "what is maximised",
    help: "say it with --discount 0.9, with --horizon 100 or with --criterion average",
};

const NO_INITIAL: ExchangeError = ExchangeError::Missing {
    what: "where episodes start",
    help: "say it with --initial uniform, --initial 0 or --initial '{0: 1/2, 5: 1/2}'",
};

impl Draft {
    /// Checks the draft as a model file is checked.
    pub(crate) fn finish(mut self, overrides: &Overrides) -> Result<Model, Problems> {
        let mut problems = Problems::default();
        let mut warnings = Vec::new();
        let criterion = self.criterion(overrides, &mut problems);
        let terminal = self.terminal(&mut problems);
        let initial = self.initial(overrides, &mut warnings, &mut problems);
        self.entries.retain(|entry| !terminal[entry.state as usize]);
        if !self.entries.is_sorted_by_key(|e| (e.state, e.action)) {
            self.entries.sort_by_key(|e| (e.state, e.action));
        }
        let states = Index::of_names(NameOf::State, &self.states);
        let actions = Index::of_names(NameOf::Action, &self.actions);
        let entries = Entries {
            list: self.entries,
            lacking: self.lacking,
            ..Entries::default()
        };
        let nowhere: SourceSpan = (0, 0).into();
        let made = table::table(
            &states,
            &actions,
            &terminal,
            entries,
            nowhere,
            &mut problems,
        );
        let (Some(made), Some(criterion)) = (made, criterion) else {
            return Err(problems);
        };
        let initial = initial.unwrap_or_else(|| uniform(&made.space));
        let alive = |s: &usize| !made.space.is_terminal(*s);
        let mut alive = (0..made.space.states()).filter(alive);
        if alive.all(|s| initial[s].is_zero()) {
            problems.push(ModelError::InitialTerminal { at: nowhere });
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        warnings.extend(made.warnings);
        Ok(Model {
            name: self.name,
            description: None,
            space: Arc::new(made.space),
            outcomes: made.outcomes,
            initial,
            criterion,
            policy: None,
            warnings,
            inexact_rows: made.inexact,
        })
    }

    /// What is maximised: what the file says, unless a flag says something else.
    fn criterion(
        &self,
        overrides: &Overrides,
        problems: &mut Problems,
    ) -> Option<crate::mdp::Criterion<Number>> {
        use CriterionKind::{Average, FiniteHorizon, Total};
        let mut wanted = overrides.clone();
        if !matches!(wanted.criterion, Some(Average | Total)) {
            wanted.discount = wanted.discount.or(self.discount.clone());
        }
        if wanted.criterion.is_none_or(|kind| kind == FiniteHorizon) {
            wanted.horizon = wanted.horizon.or(self.horizon);
        }
        criterion(Written::default(), &wanted, problems).unwrap_or_else(|_| {
            problems.push(NO_DISCOUNT);
            None
        })
    }

    /// Which states are terminal.
    fn terminal(&self, problems: &mut Problems) -> Vec<bool> {
        if let Some(terminal) = &self.terminal {
            let moves = |entry: &&Entry| terminal[entry.state as usize] && !stays(entry);
            let mut told = vec![false; terminal.len()];
            for entry in self.entries.iter().filter(moves) {
                if !std::mem::replace(&mut told[entry.state as usize], true) {
                    problems.push(ExchangeError::TerminalMoves {
                        state: self.states.get(entry.state as usize).into_owned(),
                        at: Some((entry.at.0 as usize, entry.at.1 as usize).into()),
                    });
                }
            }
            return terminal.clone();
        }
        still(&self.entries, self.states.len())
    }

    /// ρ₀, where the file has one and no flag stands above it.
    fn initial(
        &mut self,
        overrides: &Overrides,
        warnings: &mut Vec<ModelWarning>,
        problems: &mut Problems,
    ) -> Option<Vec<Number>> {
        if overrides.initial.is_some() {
            return None;
        }
        let weights = match std::mem::replace(&mut self.initial, Start::Unknown) {
            Start::Weights(weights) => weights,
            Start::Marked(starts) => self.starting_in(&starts, problems)?,
            Start::Unknown => {
                problems.push(NO_INITIAL);
                return None;
            }
        };
        let at: SourceSpan = (0, 0).into();
        if let Some(s) = weights.iter().position(Number::is_negative) {
            problems.push(ModelError::NegativeInitial {
                state: self.states.get(s).into_owned(),
                found: weights[s].clone(),
                at,
            });
            return None;
        }
        match Sum::of(weights.iter().filter(|weight| !weight.is_zero())) {
            Sum::One => {}
            Sum::Nearly(sum) => warnings.push(ModelWarning::InexactInitial { sum }),
            Sum::Wrong(sum, help) => {
                problems.push(ModelError::InitialSum { sum, help, at });
                return None;
            }
        }
        Some(weights)
    }

    /// ρ₀ of the one state that is marked; an error where there are several.
    fn starting_in(&self, starts: &[usize], problems: &mut Problems) -> Option<Vec<Number>> {
        if let [start] = starts {
            let mut weights = vec![Number::ZERO; self.states.len()];
            weights[*start] = Number::ONE;
            return Some(weights);
        }
        let name = |s: &usize| self.states.get(*s).into_owned();
        let [first, second, ..] = starts else {
            problems.push(NO_INITIAL);
            return None;
        };
        problems.push(ExchangeError::SeveralStarts {
            states: NameList::of(starts.iter().map(name)),
            help: format!(
                "say it with --initial {}, or with weights, --initial '{{{}: 1/2, {}: 1/2}}'",
                name(first),
                name(first),
                name(second)
            ),
        });
        None
    }
}

/// Whether an outcome changes nothing: it stays and pays 0, or never happens.
fn stays(entry: &Entry) -> bool {
    let is_impossible = entry.probability.as_ref().is_some_and(Number::is_zero);
    is_impossible || (entry.next == entry.state && entry.reward.is_zero())
}

/// The states in which every choice stays with probability 1 and pays 0.
pub(crate) fn still(entries: &[Entry], states: usize) -> Vec<bool> {
    let mut still = vec![false; states];
    let moving = entries.iter().filter(|entry| !stays(entry));
    entries
        .iter()
        .for_each(|entry| still[entry.state as usize] = true);
    moving.for_each(|entry| still[entry.state as usize] = false);
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
