//! UMB, the exchange format that Storm 2.0 and PRISM's development head write and umbi reads.
//!
//! A tar file, plain or in gzip, of `index.json` and binary files of little-endian numbers:
//!
//! ```text
//! state-to-choices.bin         n + 1 offsets into the choices (absent: one choice each)
//! choice-to-branches.bin       m + 1 offsets into the branches (absent: one branch each)
//! branch-to-target.bin         next states
//! branch-to-probability.bin    f64, or fractions of two integers
//! state-is-initial.bin         a bit for each state
//! actions/choices/…            the action of each choice, and the names of actions
//! annotations/rewards/NAME/…   rewards of states, choices, branches; r(s, a, s') is their sum
//! annotations/aps/NAME/…       labels: states labelled `terminal` are terminal
//! valuations/states/…          values of variables, the names of states
//! ```
//!
//! A probability may be an interval, two numbers. Players, continuous time and observations are refused by name. Source: the public
//! specification of the format (pmc-tools/umb, January 2026).

mod error;
mod index;
mod tar;
mod valuations;
mod values;
mod write;

pub(super) use write::write;

use std::collections::HashSet;

use self::error::wrong;
use self::index::Index;
use self::tar::Files;
use super::reward_model::chosen;
use super::within::{Bounded, bounded};
use super::{ExchangeError, Overrides};
use crate::mdp::Names;
use crate::model::Model;
use crate::model::distribution::sum;
use crate::model::draft::{Draft, Start, empty_row, paying_end, still};
use crate::model::entries::{Entry, Lacking};
use crate::model::error::ModelError;
use crate::model::errors::Problems;
use crate::model::names::is_name;
use crate::model::vocabulary::Vocabulary;
use crate::number::Number;

/// Reads a file.
pub(crate) fn read(name: String, bytes: &[u8], overrides: &Overrides) -> Result<Model, Problems> {
    let files = Files::unpack(bytes)?;
    let index = Index::read(&files)?;
    let (draft, ends) = draft(name, &files, &index, overrides)?;
    Ok(bounded(draft.finish(overrides)?, ends))
}

fn draft(
    name: String,
    files: &Files,
    index: &Index,
    overrides: &Overrides,
) -> Result<(Draft, Vec<Bounded>), ModelError> {
    let (states, choices, branches) = (index.states, index.choices, index.branches);
    let choice_of = values::offsets(files, "state-to-choices.bin", states, choices)?;
    let branch_of = values::offsets(files, "choice-to-branches.bin", choices, branches)?;
    let state_of = |choice: usize| choice_of.partition_point(|first| *first <= choice) - 1;
    let states_of: Vec<usize> = (0..choices).map(state_of).collect();
    let rewards = Rewards::read(files, index, overrides)?;
    let labelled = values::labelled(files, index, "terminal")?;
    let ends = labelled.as_deref();
    let (mut entries, mut intervals) =
        outcomes(files, index, (&states_of, &branch_of), (&rewards, ends))?;
    let ended = labelled.unwrap_or_else(|| still(&entries, states));
    let first = |choice: usize| choice - choice_of[states_of[choice]];
    let names = values::actions(files, index)?;
    let (actions, action) = actions(&names, &states_of, &ended, first);
    for entry in &mut entries {
        entry.action = action[entry.action as usize];
    }
    for outcome in &mut intervals {
        outcome.action = action[outcome.action as usize];
    }
    let starts = values::bits(files, "state-is-initial.bin", states)?;
    let starts: Vec<usize> = (0..states).filter(|s| starts[*s]).collect();
    index.check_starts(starts.len())?;
    // also what has no choice to pay it
    let silent = (0..states).filter(|&s| ended[s] && choice_of[s] == choice_of[s + 1]);
    let paid = silent.map(|s| (s, rewards.of([Some(s), None, None])));
    let paid = paid.filter(|(_, reward)| !reward.is_zero());
    entries.extend(paid.map(|(s, reward)| paying_end(s as u32, 0, reward, (0, 0))));
    let (name, names) = (
        index.name.clone().unwrap_or(name),
        state_names(files, index)?,
    );
    let draft = Draft {
        terminal: Some(ended),
        entries,
        initial: Start::marked(starts),
        lacking: Lacking::Other,
        ..Draft::of_file(name, names, actions)
    };
    Ok((draft, intervals))
}

/// The outcomes of all choices, with the number of the choice in place of an action, and the intervals around
/// their probabilities; `states_of` by choice, and the first branch of each choice; the rewards, and which states are
/// labelled as terminal.
fn outcomes(
    files: &Files,
    index: &Index,
    (states_of, branch_of): (&[usize], &[usize]),
    (rewards, ends_here): (&Rewards, Option<&[bool]>),
) -> Result<(Vec<Entry>, Vec<Bounded>), ModelError> {
    let target = values::targets(files, index.branches, index.states)?;
    let (probability, ends) = values::probabilities(files, index, branch_of)?;
    let mut entries = Vec::with_capacity(index.branches);
    let mut intervals = Vec::with_capacity(ends.len());
    for (choice, &state) in states_of.iter().enumerate() {
        let range = branch_of[choice]..branch_of[choice + 1];
        if range.is_empty() {
            let (at, action) = (state as u32, choice as u32);
            let reward = rewards.of([Some(state), Some(choice), None]);
            let pays = ends_here.is_some_and(|ends| ends[state]) && !reward.is_zero();
            entries.push(if pays {
                paying_end(at, action, reward, (0, 0))
            } else {
                empty_row(at, action, (0, 0))
            });
        }
        for branch in range {
            let probability = probability[branch].clone();
            if probability.is_negative() {
                let problem = format!("has a negative number for state {state}, branch {branch}");
                return Err(wrong("branch-to-probability.bin", problem));
            }
            let (state, action, next) = (state as u32, choice as u32, target[branch]);
            if let Some(ends) = ends.get(branch) {
                let ends = ends.clone();
                intervals.push(Bounded {
                    state,
                    action,
                    next,
                    ends,
                });
            }
            let reward = rewards.of([Some(state as usize), Some(choice), Some(branch)]);
            entries.push(Entry::unplaced((state, action), next, probability, reward));
        }
    }
    Ok((entries, intervals))
}

/// The reward model that counts.
struct Rewards {
    by: [Option<Vec<Number>>; 3],
}

impl Rewards {
    fn read(files: &Files, index: &Index, overrides: &Overrides) -> Result<Rewards, ModelError> {
        index.check_rewards(files)?;
        let names: Vec<&str> = index.rewards.iter().map(|r| r.alias.as_str()).collect();
        let wanted = overrides.reward_model.as_deref();
        if let (Some(found), true) = (wanted, names.is_empty()) {
            let found = found.into();
            return Err(ModelError::from(ExchangeError::NoRewardModels { found }));
        }
        let mut by = [None, None, None];
        let position = chosen(&names, wanted, None)?;
        if let Some(model) = index.rewards.get(position) {
            for applies in &model.applies {
                let (folder, count) = index.entities(*applies);
                let file = format!("annotations/rewards/{}/{folder}/values.bin", model.id);
                by[*applies as usize] = Some(values::numbers(files, &file, &model.kind, count)?);
            }
        }
        Ok(Rewards { by })
    }

    /// What a state, a choice and a branch pay together.
    fn of(&self, place: [Option<usize>; 3]) -> Number {
        let parts = self.by.iter().zip(place);
        let parts = parts.filter_map(|(values, i)| Some(&values.as_ref()?[i?]));
        sum(parts.filter(|x| !x.is_zero()))
    }
}

/// The actions and that of each choice: its name where the names of a state's choices differ, its
/// place otherwise. What ended states do has no name.
fn actions(
    names: &[Option<&str>],
    state_of: &[usize],
    ended: &[bool],
    place: impl Fn(usize) -> usize,
) -> (Names, Vec<u32>) {
    let alive = |choice: &usize| !ended[state_of[*choice]];
    let choices = 0..state_of.len();
    let mut seen = HashSet::new();
    let named = choices.clone().filter(alive).all(|choice| {
        let name = names[choice].filter(|name| is_name(name));
        name.is_some_and(|name| seen.insert((state_of[choice], name)))
    });
    if !named {
        let count = choices.clone().filter(alive).map(|c| place(c) + 1).max();
        let places = choices.map(|choice| place(choice) as u32).collect();
        return (Names::Numbered(count.unwrap_or(0)), places);
    }
    let mut vocabulary = Vocabulary::default();
    let numbers: Vec<Option<u32>> = choices
        .map(|choice| {
            if alive(&choice) {
                names[choice].map(|name| vocabulary.number(name))
            } else {
                None
            }
        })
        .collect();
    let (names, place) = vocabulary.finish();
    let number = |n: &Option<u32>| n.map_or(0, |n| place[n as usize]);
    (names, numbers.iter().map(number).collect())
}

/// Names as exact-mdp writes them, or else from the values of
/// variables; numbers where there are none or they repeat.
fn state_names(files: &Files, index: &Index) -> Result<Names, ModelError> {
    let states = index.states;
    let names = match &index.state_names {
        Some(names) => Some(names.clone()),
        None => valuations::names(files, index)?,
    };
    let different = |names: &Vec<String>| {
        let mut seen = HashSet::new();
        names.len() == states && names.iter().all(|name| is_name(name) && seen.insert(name))
    };
    Ok(match names.filter(different) {
        Some(names) => Names::listed(names),
        None => Names::Numbered(states),
    })
}
