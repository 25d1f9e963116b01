//! A fast lane for files in which nothing is wrong.
//!
//! Their rows become those of the model state by state, without a list of all outcomes between. The
//! lane makes the table that the list would make, or nothing: at any fault the list is made, and the
//! check of it finds the words.

use std::ops::Range;

use crate::mdp::Names;
use crate::model::Overrides;
use crate::model::distribution::{Sum, sum};
use crate::model::entries::{Entry, Lacking};
use crate::model::error::{NameOf, Placed};
use crate::model::errors::Problems;
use crate::model::names::Index;
use crate::model::table::{Ends, PairTable, Rows};
use crate::number::Number;

/// The table of states and actions of these names, each state as `read` fills it, and which states are
/// terminal: those that are `known` to be, or else those that stay for nothing. There is room for so many
/// outcomes from the start.
pub(super) fn table(
    [states, actions]: [&Names; 2],
    outcomes: usize,
    known: Option<&[bool]>,
    overrides: &Overrides,
    mut read: impl FnMut(usize, &mut Own) -> Option<()>,
) -> Option<(PairTable, Vec<bool>)> {
    let states = Index::of_names(NameOf::State, states);
    let actions = Index::of_names(NameOf::Action, actions);
    let mut lane = Lane::new(&states, &actions, overrides);
    lane.rows.reserve(outcomes);
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

    /// Whether a state that has ended is terminal.
    pub(super) fn has_terminal(&self) -> bool {
        self.terminal.contains(&true)
    }

    /// Ends a state and says whether it is terminal: as is `known`, or else if it stays for nothing.
    /// `None` if a row leads nowhere or does not sum to 1, or if a terminal state moves.
    pub(super) fn end_state(&mut self, known: Option<bool>) -> Option<bool> {
        let state = self.terminal.len() as u32;
        let is_terminal = known.unwrap_or_else(|| self.own.is_still(state));
        if is_terminal {
            self.own.stays(state).then_some(())?;
        } else {
            let (rows, problems) = (&mut self.rows, &mut self.problems);
            self.own.push_into(state, rows, problems)?;
        }
        self.own.clear();
        self.terminal.push(is_terminal);
        Some(is_terminal)
    }

    /// The table and which states are terminal; `None` if a state lacks an action.
    pub(super) fn finish(mut self) -> Option<(PairTable, Vec<bool>)> {
        let ends = Ends {
            terminal: &self.terminal,
            incomplete: false,
            mend: Lacking::Other,
            key: (0, 0).into(),
        };
        let table = self.rows.finish(&ends, &mut self.problems)?;
        Some((table, self.terminal))
    }
}

/// The outcomes of a state, pair by pair.
#[derive(Default)]
pub(super) struct Own {
    rows: Vec<Row>,
    next: Vec<u32>,
    probability: Vec<Number>,
    /// The rewards of outcomes that do not pay what their row does, and their places.
    others: Vec<(usize, Number)>,
    /// A row that is looked at outcome by outcome.
    entries: Vec<Entry>,
}

struct Row {
    action: u32,
    /// r(s, a).
    reward: Number,
    /// Where its outcomes begin.
    begin: usize,
}

impl Own {
    fn clear(&mut self) {
        self.rows.clear();
        self.next.clear();
        self.probability.clear();
        self.others.clear();
    }

    /// Begins the row of an action that pays r(s, a).
    pub(super) fn begin_row(&mut self, action: u32, reward: Number) {
        let begin = self.next.len();
        self.rows.push(Row {
            action,
            reward,
            begin,
        });
    }

    /// An outcome of the row; `None` if its probability is negative.
    #[inline]
    pub(super) fn push(&mut self, next: u32, probability: Number) -> Option<()> {
        (!probability.is_negative()).then_some(())?;
        self.next.push(next);
        self.probability.push(probability);
        Some(())
    }

    /// An outcome that pays r(s, a, s'); `None` if its probability is negative.
    pub(super) fn push_paying(
        &mut self,
        next: u32,
        probability: Number,
        reward: Number,
    ) -> Option<()> {
        if self.rows.last()?.reward != reward {
            self.others.push((self.next.len(), reward));
        }
        self.push(next, probability)
    }

    /// How many rows have begun.
    pub(super) fn rows(&self) -> usize {
        self.rows.len()
    }

    /// The outcomes of a row.
    fn range(&self, row: usize) -> Range<usize> {
        let end = self.rows.get(row + 1).map(|row| row.begin);
        self.rows[row].begin..end.unwrap_or(self.next.len())
    }

    /// What an outcome pays, one of a row's.
    fn reward(&self, row: usize, outcome: usize) -> &Number {
        let other = self.others.binary_search_by_key(&outcome, |other| other.0);
        other.map_or(&self.rows[row].reward, |at| &self.others[at].1)
    }

    /// Whether whatever is done changes nothing.
    fn stays(&self, state: u32) -> bool {
        let stays = |row: usize, i: usize| {
            self.probability[i].is_zero()
                || (self.next[i] == state && self.reward(row, i).is_zero())
        };
        // what is paid for leading nowhere is for the check of the model to find
        let pays = |row: usize| self.range(row).is_empty() && !self.rows[row].reward.is_zero();
        (0..self.rows()).all(|row| !pays(row) && self.range(row).all(|i| stays(row, i)))
    }

    /// Whether whatever is done changes nothing, in rows that sum to 1, of which there are some.
    fn is_still(&self, state: u32) -> bool {
        self.stays(state)
            && self.rows() > 0
            && (0..self.rows()).all(|row| {
                let sum = Sum::of(self.probability[self.range(row)].iter());
                !matches!(sum, Sum::Wrong(..))
            })
    }

    /// The rewards of outcomes of a row that do not pay what the row does.
    fn others(&self, row: &Range<usize>) -> Range<usize> {
        let begin = self.others.partition_point(|other| other.0 < row.start);
        let length = self.others[begin..].partition_point(|other| other.0 < row.end);
        begin..begin + length
    }

    /// Whether the outcomes of a row may be taken as they are, see [`Rows::push_plain`].
    fn is_plain(&self, row: Range<usize>) -> bool {
        self.next[row.clone()].is_sorted_by(|a, b| a < b)
            && !self.probability[row].iter().any(Number::is_zero)
    }

    /// Appends the rows of a state; `None` if one leads nowhere or does not sum to 1.
    fn push_into(
        &mut self,
        state: u32,
        rows: &mut Rows<'_, '_>,
        problems: &mut Problems<Placed>,
    ) -> Option<()> {
        for at in 0..self.rows() {
            let range = self.range(at);
            (!range.is_empty()).then_some(())?;
            let plain = self.is_plain(range.clone());
            let total = plain.then(|| sum(self.probability[range.clone()].iter()));
            let inexact = match total.map(Sum::accepted) {
                Some(Ok(Sum::One)) => None,
                Some(Ok(Sum::Nearly(total))) => Some(total),
                _ => {
                    self.push_entries(state, at, rows, problems);
                    continue;
                }
            };
            self.push_plain(state, at, rows, inexact);
        }
        problems.is_empty().then_some(())
    }

    /// A row that is taken as it is.
    fn push_plain(
        &mut self,
        state: u32,
        at: usize,
        rows: &mut Rows<'_, '_>,
        inexact: Option<Number>,
    ) {
        let range = self.range(at);
        let others = self.others(&range);
        let Row { action, reward, .. } = &self.rows[at];
        rows.begin_plain([state, *action], inexact);
        let (next, own) = (
            &self.next[range.clone()],
            &mut self.probability[range.clone()],
        );
        if others.is_empty() {
            rows.push_plain(next, own, reward.clone());
            return;
        }
        let mut others = self.others[others].iter().peekable();
        let paid = range.map(|i| match others.next_if(|other| other.0 == i) {
            Some((_, other)) => other.clone(),
            None => reward.clone(),
        });
        let own = own.iter_mut().map(|p| std::mem::replace(p, Number::ZERO));
        let outcomes = next.iter().copied().zip(own);
        rows.push_paying(outcomes.zip(paid));
    }

    /// A row of which there is something to be said, or which is not in order.
    fn push_entries(
        &mut self,
        state: u32,
        row: usize,
        rows: &mut Rows<'_, '_>,
        problems: &mut Problems<Placed>,
    ) {
        let mut entries = std::mem::take(&mut self.entries);
        entries.extend(self.range(row).map(|i| self.entry(state, row, i)));
        rows.push(&mut entries, problems);
        entries.clear();
        self.entries = entries;
    }

    fn entry(&self, state: u32, row: usize, i: usize) -> Entry {
        Entry::unplaced(
            (state, self.rows[row].action),
            self.next[i],
            self.probability[i].clone(),
            self.reward(row, i).clone(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Model;
    use crate::model::draft::{Draft, Start};

    /// Outcomes of a state: action, next state, probability, reward.
    type Outcomes = Vec<(u32, u32, Number, Number)>;

    /// Rows of every kind: in order and not, next states once and twice, zeros, sums nearly 1, one reward
    /// and several, a state that stays for nothing; some do not sum to 1.
    fn outcomes(state: u32, below: &mut impl FnMut(usize) -> usize) -> Outcomes {
        if state == 2 {
            return vec![(0, 2, Number::ONE, Number::ZERO)];
        }
        let mut all = Vec::new();
        for action in 0..2 {
            let own = below(5) as i64 - 2;
            let rows: [&[(u32, &str)]; 7] = [
                &[(0, "1/3"), (1, "0.5"), (3, "1/6")],
                &[(3, "0.25"), (1, "0.75")],
                &[(1, "0.5"), (1, "0.25"), (2, "0.25")],
                &[(0, "0"), (2, "1")],
                &[(0, "0.3333333333"), (3, "0.6666666666")],
                &[(0, "0.12345678901234568"), (2, "0.87654321098765432")],
                &[(1, "0.5"), (2, "0.25")],
            ];
            let sound = if below(10) == 0 { 7 } else { 6 };
            let row = rows[below(sound)];
            let pays_once = below(2) == 0;
            for (next, probability) in row {
                let reward = if pays_once { own } else { below(3) as i64 };
                let probability = probability.parse().unwrap();
                all.push((action, *next, probability, Number::from(reward)));
            }
        }
        all
    }

    fn model(draft: Draft) -> Option<Model> {
        let draft = Draft {
            initial: Start::Uniform,
            discount: Number::ratio(1, 2),
            ..draft
        };
        let made: Result<Model, Problems> = draft.finish(&Overrides::default());
        made.ok()
    }

    /// State by state, and as one list.
    #[test]
    fn the_lane_makes_the_table_that_the_list_makes_or_nothing() {
        let mut seed = 3u64;
        let mut below = |n: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (seed >> 33) as usize % n
        };
        let (states, actions) = (Names::Numbered(4), Names::Numbered(2));
        let of_file = || Draft::of_file("m".into(), states.clone(), actions.clone());
        let (mut made, mut wrong) = (0, 0);
        for _ in 0..500 {
            let all: Vec<Outcomes> = (0..4).map(|s| outcomes(s, &mut below)).collect();
            let read = |state: usize, own: &mut Own| {
                for row in all[state].chunk_by(|a, b| a.0 == b.0) {
                    own.begin_row(row[0].0, row[0].3.clone());
                    for (_, next, probability, reward) in row {
                        own.push_paying(*next, probability.clone(), reward.clone())?;
                    }
                }
                Some(())
            };
            let table = table([&states, &actions], 8, None, &Overrides::default(), read);
            let entries = (0..).zip(&all).flat_map(|(state, own)| {
                own.iter().map(move |(action, next, probability, reward)| {
                    let (probability, reward) = (probability.clone(), reward.clone());
                    Entry::unplaced((state, *action), *next, probability, reward)
                })
            });
            let listed = model(Draft {
                entries: entries.collect(),
                ..of_file()
            });
            let quick = table.and_then(|(table, terminal)| {
                model(Draft {
                    made: Some(table),
                    terminal: Some(terminal),
                    ..of_file()
                })
            });
            assert_eq!(quick, listed);
            made += usize::from(quick.is_some());
            wrong += usize::from(quick.is_none());
        }
        assert!(made > 300 && wrong > 20, "{made} {wrong}");
    }
}
