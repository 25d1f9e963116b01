//! A fast lane for files in which nothing is wrong.
//!
//! Their rows become those of the model state by state, without a list of all outcomes between. The
//! lane makes the table that the list would make, or nothing: at any fault the list is made, and the
//! check of it finds the words.

use crate::mdp::Names;
use crate::model::Overrides;
use crate::model::distribution::Sum;
use crate::model::draft::stays;
use crate::model::entries::{Entry, Lacking};
use crate::model::error::{NameOf, Placed};
use crate::model::errors::Problems;
use crate::model::names::Index;
use crate::model::table::{Ends, Rows, Table};
use crate::number::Number;

/// The table of states and actions of these names, each state as `read` fills it, and which states are
/// terminal: those that are `known` to be, or else those that stay for nothing.
pub(super) fn table(
    [states, actions]: [&Names; 2],
    known: Option<&[bool]>,
    overrides: &Overrides,
    mut read: impl FnMut(usize, &mut Own) -> Option<()>,
) -> Option<(Table, Vec<bool>)> {
    let states = Index::of_names(NameOf::State, states);
    let actions = Index::of_names(NameOf::Action, actions);
    let mut lane = Lane::new(&states, &actions, overrides);
    for state in 0..states.len() {
        read(state, &mut lane.own)?;
        lane.end_state(known.map(|known| known[state]))?;
    }
    lane.finish()
}

/// A table that grows by a state at a time.
pub(super) struct Lane<'i, 'd> {
    rows: Rows<'i, 'd>,
    /// The outcomes of the state that is being read.
    pub own: Own,
    terminal: Vec<bool>,
    problems: Problems<Placed>,
}

impl<'i, 'd> Lane<'i, 'd> {
    pub(super) fn new(
        states: &'i Index<'d>,
        actions: &'i Index<'d>,
        overrides: &Overrides,
    ) -> Lane<'i, 'd> {
        let mut problems = Problems::default();
        problems.allow(overrides);
        Lane {
            rows: Rows::new(states, actions, false),
            own: Own::default(),
            terminal: Vec::with_capacity(states.len()),
            problems,
        }
    }

    /// Ends a state and says whether it is terminal: as is `known`, or else if it stays for nothing.
    /// `None` if a row leads nowhere or does not sum to 1, or if a terminal state moves.
    pub(super) fn end_state(&mut self, known: Option<bool>) -> Option<bool> {
        let is_terminal = known.unwrap_or_else(|| self.own.is_still());
        if is_terminal {
            self.own.stays().then_some(())?;
        } else {
            self.own.push_into(&mut self.rows, &mut self.problems)?;
        }
        self.own.clear();
        self.terminal.push(is_terminal);
        Some(is_terminal)
    }

    /// The table and which states are terminal; `None` if a state lacks an action.
    pub(super) fn finish(mut self) -> Option<(Table, Vec<bool>)> {
        let ends = Ends {
            terminal: &self.terminal,
            incomplete: false,
            mend: Lacking::Other.help(),
            key: (0, 0).into(),
        };
        let table = self.rows.finish(&ends, &mut self.problems)?;
        Some((table, self.terminal))
    }
}

/// The outcomes of a state, pair by pair.
#[derive(Default)]
pub(super) struct Own {
    entries: Vec<Entry>,
    /// Where the rows end.
    ends: Vec<usize>,
}

impl Own {
    fn clear(&mut self) {
        self.entries.clear();
        self.ends.clear();
    }

    /// An outcome of (s, a); `None` if its probability is negative.
    pub(super) fn push(
        &mut self,
        [state, action, next]: [u32; 3],
        probability: Number,
        reward: Number,
    ) -> Option<()> {
        (!probability.is_negative()).then_some(())?;
        self.entries.push(Entry {
            state,
            action,
            next,
            probability: Some(probability),
            reward,
            at: (0, 0),
        });
        Some(())
    }

    /// Ends a row.
    pub(super) fn end_row(&mut self) {
        self.ends.push(self.entries.len());
    }

    /// How many rows have ended.
    pub(super) fn rows(&self) -> usize {
        self.ends.len()
    }

    fn ranges(&self) -> impl Iterator<Item = std::ops::Range<usize>> + '_ {
        let begins = std::iter::once(&0).chain(&self.ends);
        begins.zip(&self.ends).map(|(begin, end)| *begin..*end)
    }

    /// Whether whatever is done changes nothing.
    fn stays(&self) -> bool {
        self.entries.iter().all(stays)
    }

    /// The same, in rows that sum to 1, of which there are some.
    fn is_still(&self) -> bool {
        self.stays()
            && self.rows() > 0
            && self.ranges().all(|row| {
                let row = self.entries[row].iter();
                let sum = Sum::of(row.filter_map(|entry| entry.probability.as_ref()));
                !matches!(sum, Sum::Wrong(..))
            })
    }

    /// Appends the rows; `None` if one leads nowhere or does not sum to 1.
    fn push_into(
        &mut self,
        rows: &mut Rows<'_, '_>,
        problems: &mut Problems<Placed>,
    ) -> Option<()> {
        let mut begin = 0;
        for &end in &self.ends {
            (begin < end).then_some(())?;
            rows.push(&mut self.entries[begin..end], problems);
            begin = end;
        }
        problems.is_empty().then_some(())
    }
}
