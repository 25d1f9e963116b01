//! A fast lane for arrays in which nothing is wrong.
//!
//! Their rows become those of the model state by state, without a list of all outcomes between. The
//! lane makes the table that the list would make, or nothing: at any fault the list is made, and the
//! check of it finds the words.

use super::toolbox::{Rewards, Transitions};
use super::{Arrays, Overrides};
use crate::mdp::Names;
use crate::model::distribution::Sum;
use crate::model::draft::stays;
use crate::model::entries::{Entry, Lacking};
use crate::model::error::{NameOf, Placed};
use crate::model::errors::Problems;
use crate::model::names::Index;
use crate::model::table::{Ends, Rows, Table};
use crate::number::Number;

/// The table and which states are terminal: those `ended`, those that an array names, or else those
/// that stay for nothing.
pub(super) fn table(
    arrays: &mut Arrays<'_>,
    p: &Transitions,
    rewards: &Rewards,
    ended: Option<&[bool]>,
    overrides: &Overrides,
) -> Option<(Table, Vec<bool>)> {
    let states = arrays.names("states", p.states).ok()?;
    let actions = arrays.names("actions", p.actions).ok()?;
    let named = arrays.terminal(p.states).ok()?;
    let known = named.as_deref().or(ended);
    let mut problems: Problems<Placed> = Problems::default();
    problems.allow(overrides);
    fill([&states, &actions], p, rewards, known, problems)
}

fn fill(
    [states, actions]: [&Names; 2],
    p: &Transitions,
    rewards: &Rewards,
    known: Option<&[bool]>,
    mut problems: Problems<Placed>,
) -> Option<(Table, Vec<bool>)> {
    let states = Index::of_names(NameOf::State, states);
    let actions = Index::of_names(NameOf::Action, actions);
    let mut rows = Rows::new(&states, &actions, false);
    let mut terminal = vec![false; p.states];
    let mut own = Own::default();
    for state in 0..p.states {
        own.read(state, p, rewards)?;
        let is_still = own.is_still();
        terminal[state] = known.map_or(is_still, |known| known[state]);
        if terminal[state] {
            own.stays().then_some(())?;
        } else {
            own.push(&mut rows, &mut problems)?;
        }
    }
    let ends = Ends {
        terminal: &terminal,
        incomplete: false,
        mend: Lacking::Other.help(),
        key: (0, 0).into(),
    };
    let table = rows.finish(&ends, &mut problems)?;
    Some((table, terminal))
}

/// The outcomes of a state, pair by pair.
#[derive(Default)]
struct Own {
    entries: Vec<Entry>,
    /// Where the rows end.
    ends: Vec<usize>,
}

impl Own {
    /// Those of a state in place of those before; `None` if a number is wrong.
    fn read(&mut self, state: usize, p: &Transitions, rewards: &Rewards) -> Option<()> {
        self.entries.clear();
        self.ends.clear();
        for action in 0..p.actions {
            let row = p.row(state, action);
            for &(next, probability) in row {
                let probability = Number::from_f64(probability)?;
                (!probability.is_negative()).then_some(())?;
                self.entries.push(Entry {
                    state: state as u32,
                    action: action as u32,
                    next,
                    probability: Some(probability),
                    reward: Number::from_f64(rewards.of(p, state, action, next))?,
                    at: (0, 0),
                });
            }
            self.ends.push(self.entries.len());
        }
        Some(())
    }

    fn rows(&self) -> impl Iterator<Item = std::ops::Range<usize>> + '_ {
        let begins = std::iter::once(&0).chain(&self.ends);
        begins.zip(&self.ends).map(|(begin, end)| *begin..*end)
    }

    /// Whether whatever is done changes nothing.
    fn stays(&self) -> bool {
        self.entries.iter().all(stays)
    }

    /// The same, in rows that sum to 1.
    fn is_still(&self) -> bool {
        self.stays()
            && self.rows().all(|row| {
                let row = self.entries[row].iter();
                let sum = Sum::of(row.filter_map(|entry| entry.probability.as_ref()));
                !matches!(sum, Sum::Wrong(..))
            })
    }

    /// Appends the rows; `None` if one leads nowhere or does not sum to 1.
    fn push(&mut self, rows: &mut Rows<'_, '_>, problems: &mut Problems<Placed>) -> Option<()> {
        let mut begin = 0;
        for &end in &self.ends {
            (begin < end).then_some(())?;
            rows.push(&mut self.entries[begin..end], problems);
            begin = end;
        }
        problems.is_empty().then_some(())
    }
}
