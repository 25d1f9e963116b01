//! Outcomes as written → the space and the table of outcomes, with every row summed up.

use miette::SourceSpan;

use super::distribution::Sum;
use super::entries::{Entries, Entry};
use super::error::{DraftError, NameList, Placed};
use super::errors::{ModelWarning, Problems};
use super::names::Index;
use crate::mdp::{OutcomeTable, Space};
use crate::number::Number;

/// Most rows that are warned about one by one.
const WARNED: usize = 5;

/// Pairs and their outcomes.
#[derive(Debug)]
pub(crate) struct Table {
    pub space: Space,
    pub outcomes: OutcomeTable<Number>,
    /// Pairs whose rows are used as written although they do not sum to 1 exactly.
    pub inexact: Vec<usize>,
    pub warnings: Vec<ModelWarning>,
}

/// Makes the table; within a pair the outcomes are sorted by next state and reward, equal ones
/// are merged, and those of probability zero are dropped.
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
) -> Option<Table> {
    let Entries {
        mut list,
        incomplete,
        nested,
        lacking: mend,
        ..
    } = entries;
    let mut outcomes = OutcomeTable::default();
    let mut action_sets = vec![Vec::new(); states.len()];
    let mut inexact = Vec::new();
    let mut warnings = Vec::new();
    for row in list.chunk_by_mut(|a, b| (a.state, a.action) == (b.state, b.action)) {
        let (state, action) = (row[0].state, row[0].action);
        if let Some(sum) = check_sum(states, actions, nested, row, problems) {
            inexact.push(outcomes.pairs());
            if warnings.len() < WARNED {
                let (state, action) = (states.name(state), actions.name(action));
                warnings.push(ModelWarning::InexactRow { state, action, sum });
            }
        }
        action_sets[state as usize].push(action);
        push_row(row, &mut outcomes);
        outcomes.end_pair();
    }
    if inexact.len() > warnings.len() {
        let count = inexact.len() - warnings.len();
        warnings.push(ModelWarning::InexactRows { count });
    }
    let lacking = (0..states.len()).filter(|&s| !terminal[s] && action_sets[s].is_empty());
    if !incomplete && lacking.clone().next().is_some() {
        problems.push(
            DraftError::NoAction {
                states: NameList::of(lacking.map(|s| states.name(s as u32))),
                help: mend.help(),
            }
            .at(key),
        );
        return None;
    }
    let space = Space::assembled(states.names(), actions.names(), action_sets);
    (!incomplete).then_some(Table {
        space,
        outcomes,
        inexact,
        warnings,
    })
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
            let at = row.iter().map(|entry| entry.at).min().unwrap_or((0, 0));
            problems.push(
                DraftError::RowSum {
                    state: states.name(row[0].state),
                    action: actions.name(row[0].action),
                    sum,
                    help,
                }
                .at(SourceSpan::from((at.0 as usize, at.1 as usize))),
            );
            None
        }
    }
}

fn push_row(row: &mut [Entry], outcomes: &mut OutcomeTable<Number>) {
    if !row.is_sorted_by(|a, b| a.next < b.next) {
        row.sort_by(|a, b| (a.next, &a.reward).cmp(&(b.next, &b.reward)));
    }
    for same in row.chunk_by(|a, b| (a.next, &a.reward) == (b.next, &b.reward)) {
        let probability = match same {
            [single] => single.probability.clone().unwrap_or(Number::ZERO),
            several => crate::model::distribution::sum(
                several.iter().filter_map(|e| e.probability.as_ref()),
            ),
        };
        if !probability.is_zero() {
            outcomes.push(same[0].next as usize, probability, same[0].reward.clone());
        }
    }
}
