//! Outcomes as written → the space and the table of outcomes, with every row summed up.

use miette::SourceSpan;

use super::distribution::{Sum, sum};
use super::entries::{Entries, Entry, Lacking};
use super::error::{DraftError, NameList, Placed, Rounding, SumMend};
use super::errors::{ModelWarning, Problems};
use super::names::Index;
use crate::mdp::{ExactOutcomes, Names, OutcomeTable, Space};
use crate::number::Number;

/// Most rows that are warned about one by one; a choice.
const WARNED: usize = 5;

/// Pairs and their outcomes.
#[derive(Debug)]
pub(crate) struct PairTable {
    pub space: Space,
    pub outcomes: OutcomeTable<Number>,
    /// Pairs whose rows are used as written although they do not sum to 1 exactly.
    pub inexact: Vec<usize>,
    pub warnings: Vec<ModelWarning>,
}

impl PairTable {
    /// The same table with names that were not known when its rows were, and each pair with the action
    /// that it is said to be; `None` if the actions of a state do not increase.
    pub(crate) fn renamed(
        mut self,
        states: Names,
        actions: Names,
        action: impl Fn(usize) -> u32,
    ) -> Option<PairTable> {
        self.space = self.space.renamed(states, actions, action)?;
        for (warning, &pair) in self.warnings.iter_mut().zip(&self.inexact) {
            if let ModelWarning::InexactRow { state, action, .. } = warning {
                let (own, taken) = self.space.pair_names(pair);
                (*state, *action) = (own.into_owned(), taken.into_owned());
            }
        }
        Some(self)
    }
}

/// Makes the table of all entries, sorted by pair.
///
/// `None`, with errors, if a state lacks an action; a row with a wrong sum is an error too, but
/// its pair exists.
pub(crate) fn table<E: From<Placed>>(
    states: &Index<'_>,
    actions: &Index<'_>,
    terminal: &[bool],
    entries: Entries,
    key: SourceSpan,
    problems: &mut Problems<E>,
) -> Option<PairTable> {
    let mut list = entries.list;
    let mut rows = Rows::new(states, actions, entries.nested);
    for row in list.chunk_by_mut(|a, b| a.pair() == b.pair()) {
        rows.push(row, problems);
    }
    drop(list);
    let ends = Ends {
        terminal,
        incomplete: entries.incomplete,
        mend: entries.lacking,
        key,
    };
    rows.finish(&ends, problems)
}

/// Makes the table row by row, pairs increasing; within a pair the outcomes are sorted by next state
/// and reward, equal ones are merged, and those of probability zero are dropped.
pub(crate) struct Rows<'i, 'd> {
    states: &'i Index<'d>,
    actions: &'i Index<'d>,
    nested: bool,
    outcomes: ExactOutcomes,
    /// Where the pairs of each state begin, of those seen.
    start: Vec<usize>,
    pair_action: Vec<u32>,
    inexact: Vec<usize>,
    warnings: Vec<ModelWarning>,
}

/// What is asked of a table that has all its rows.
pub(crate) struct Ends<'t> {
    pub terminal: &'t [bool],
    /// Whether rows may be missing that have been reported.
    pub incomplete: bool,
    /// The mend for a state without actions, and the place of the error.
    pub mend: Lacking,
    pub key: SourceSpan,
}

impl<'i, 'd> Rows<'i, 'd> {
    /// No rows; `nested` where a pair is written once.
    pub(crate) fn new(states: &'i Index<'d>, actions: &'i Index<'d>, nested: bool) -> Rows<'i, 'd> {
        Rows {
            states,
            actions,
            nested,
            outcomes: ExactOutcomes::default(),
            start: Vec::with_capacity(states.len() + 1),
            pair_action: Vec::new(),
            inexact: Vec::new(),
            warnings: Vec::new(),
        }
    }

    /// The row of a pair, which comes after all pairs so far.
    pub(crate) fn push<E: From<Placed>>(&mut self, row: &mut [Entry], problems: &mut Problems<E>) {
        let Some(&Entry { state, action, .. }) = row.first() else {
            return;
        };
        if let Some(sum) = check_sum(self.states, self.actions, self.nested, row, problems) {
            self.note_inexact([state, action], sum);
        }
        self.begin(state);
        self.pair_action.push(action);
        push_row(row, &mut self.outcomes);
    }

    /// Makes room for so many outcomes.
    pub(crate) fn reserve(&mut self, outcomes: usize) {
        self.outcomes.reserve(outcomes);
    }

    /// Begins the row of a pair of which nothing is to be said, which [`Rows::push_plain`] or
    /// [`Rows::push_paying`] fills; its sum, where it is not exactly 1 and still accepted.
    pub(crate) fn begin_plain(&mut self, [state, action]: [u32; 2], inexact: Option<Number>) {
        if let Some(sum) = inexact {
            self.note_inexact([state, action], sum);
        }
        self.begin(state);
        self.pair_action.push(action);
    }

    /// The outcomes of a pair, all of which pay the same: no next state comes twice, none before a
    /// smaller one, and no probability is 0. Of the probabilities zeros are left.
    pub(crate) fn push_plain(
        &mut self,
        next: &[u32],
        probabilities: &mut [Number],
        reward: Number,
    ) {
        self.outcomes.push_pair(next, probabilities, reward);
    }

    /// The outcomes of a pair with a reward each: no next state comes twice with one reward, none before a smaller one. Of the probabilities zeros are left.
    pub(crate) fn push_paying(&mut self, outcomes: impl Iterator<Item = ((u32, Number), Number)>) {
        for ((next, probability), reward) in outcomes {
            self.outcomes.push(next as usize, probability, reward);
        }
        self.outcomes.end_pair();
    }

    /// The next pair has a row that does not sum to 1 exactly.
    fn note_inexact(&mut self, [state, action]: [u32; 2], sum: Number) {
        self.inexact.push(self.outcomes.pairs());
        if self.warnings.len() < WARNED {
            let (state, action) = (self.states.name(state), self.actions.name(action));
            let warning = ModelWarning::InexactRow { state, action, sum };
            self.warnings.push(warning);
        }
    }

    /// Begins the pairs of a state.
    fn begin(&mut self, state: u32) {
        if self.start.len() <= state as usize {
            self.start
                .resize(state as usize + 1, self.pair_action.len());
        }
    }

    /// The table; `None`, with an error, if a state lacks an action.
    pub(crate) fn finish<E: From<Placed>>(
        mut self,
        ends: &Ends<'_>,
        problems: &mut Problems<E>,
    ) -> Option<PairTable> {
        let (states, pairs) = (self.states, self.pair_action.len());
        self.start.resize(states.len() + 1, pairs);
        if self.inexact.len() > self.warnings.len() {
            let count = self.inexact.len() - self.warnings.len();
            self.warnings.push(ModelWarning::InexactRows { count });
        }
        let start = &self.start;
        let lacks = |s: &usize| !ends.terminal[*s] && start[*s] == start[*s + 1];
        let lacking = (0..states.len()).filter(lacks);
        if !ends.incomplete && lacking.clone().next().is_some() {
            problems.push(
                DraftError::NoAction {
                    states: NameList::of(lacking.map(|s| states.name(s as u32))),
                    help: ends.mend.help(),
                }
                .at(ends.key),
            );
            return None;
        }
        (!ends.incomplete).then(|| PairTable {
            space: Space::of_rows(
                states.names(),
                self.actions.names(),
                self.start,
                self.pair_action,
            ),
            outcomes: self.outcomes.finish(),
            inexact: self.inexact,
            warnings: self.warnings,
        })
    }
}

/// The sum of a row that is not exactly 1 and still accepted.
fn check_sum<E: From<Placed>>(
    states: &Index<'_>,
    actions: &Index<'_>,
    nested: bool,
    row: &[Entry],
    problems: &mut Problems<E>,
) -> Option<Number> {
    let is_reported = row.iter().any(|entry| entry.probability.is_none());
    let is_given_twice = nested && row.iter().any(|entry| entry.at != row[0].at);
    if is_reported || is_given_twice {
        return None;
    }
    let row_of = row.iter().filter_map(|entry| entry.probability.as_ref());
    match Sum::within(row_of, problems.allowed()) {
        Sum::One => None,
        Sum::Nearly(sum) => Some(sum),
        Sum::Wrong(sum, help) => {
            let is_single = matches!(help, SumMend::Rounded(_, Some(Rounding::Single)));
            let at = row.iter().map(|entry| entry.at).min().unwrap_or((0, 0));
            let error = DraftError::RowSum {
                state: states.name(row[0].state),
                action: actions.name(row[0].action),
                sum,
                help,
            };
            let error = error.at(SourceSpan::from((at.0 as usize, at.1 as usize)));
            if is_single {
                problems.push_rounded(error);
            } else {
                problems.push(error);
            }
            None
        }
    }
}

/// Appends the outcomes of a pair, sorted, and ends it.
fn push_row(row: &mut [Entry], outcomes: &mut ExactOutcomes) {
    if !row.is_sorted_by(|a, b| a.next < b.next) {
        row.sort_by(|a, b| (a.next, &a.reward).cmp(&(b.next, &b.reward)));
    }
    let pays_once = row.iter().all(|entry| entry.reward == row[0].reward);
    for same in row.chunk_by(|a, b| (a.next, &a.reward) == (b.next, &b.reward)) {
        let probability = match same {
            [single] => single.probability.clone().unwrap_or(Number::ZERO),
            several => sum(several.iter().filter_map(|e| e.probability.as_ref())),
        };
        match (probability.is_zero(), pays_once) {
            (true, _) => {}
            (false, true) => outcomes.push_next(same[0].next, probability),
            (false, false) => {
                let reward = same[0].reward.clone();
                outcomes.push(same[0].next as usize, probability, reward);
            }
        }
    }
    match row.first() {
        Some(first) if pays_once => outcomes.end_paying(first.reward.clone()),
        _ => outcomes.end_pair(),
    }
}
