//! PETSc's binary files, with transitions and rewards as madupite lays them out; no PETSc is needed.
//!
//! Objects one after the other, big-endian, as `MatLoad` and `VecLoad` take them from one viewer:
//!
//! ```text
//! Mat  P  [S·A, S]   row s·A + a; 1211216, rows, columns, entries; row lengths; columns; values
//! Mat  R  [S, A]     all entries stored
//! Vec  ρ₀ [S]        1211214, length; values
//! Vec     [3]        γ; T, or 0; 1 for the average reward, else 0
//! Vec     [S·A]      1 where the pair exists, 0 elsewhere
//! ```
//!
//! A pair that does not exist, and each of a terminal state, stays where it is; R is then −∞ (+∞ of
//! costs), and 0 in terminal states. Of the vectors the last may be left out: P and R alone are what
//! madupite writes. Integers have 32 bits, or 64 as some builds of PETSc write them.

mod objects;
mod write;

use std::io::{BufReader, Read, Seek};
use std::ops::Range;

pub(super) use write::write;

use self::objects::{Matrix, Objects, wrong};
use super::Overrides;
use super::lane::{self, Own};
use crate::mdp::Names;
use crate::model::draft::{Draft, Start, empty_row};
use crate::model::entries::{Entry, Lacking};
use crate::model::error::ModelError;
use crate::model::errors::Problems;
use crate::model::{CriterionKind, Model, Share};
use crate::number::Number;

/// Reads a file; with a share in the overrides only the rows of its states.
pub(crate) fn read(
    name: String,
    source: impl Read + Seek,
    overrides: &Overrides,
) -> Result<Model, Problems> {
    draft(name, source, overrides)?.finish(overrides)
}

fn draft(
    name: String,
    source: impl Read + Seek,
    overrides: &Overrides,
) -> Result<Draft, ModelError> {
    let mut objects = Objects::new(BufReader::new(source))?;
    let header = objects.matrix("P")?;
    let (pairs, states) = (header.rows, header.columns);
    if states == 0 || pairs == 0 || pairs % states != 0 {
        let problem = format!("has {pairs} rows and {states} columns: rows are S·A, columns S");
        return Err(wrong("P", problem));
    }
    let actions = pairs / states;
    let rewards = rewards(&mut objects, header.end, [states, actions])?;
    let initial = objects.vector("the initial distribution", states)?;
    let criterion = objects.vector("the criterion (γ, T, average)", 3)?;
    let exists = objects.vector("which pairs exist", pairs)?;
    let exists = exists.map(|flags| {
        flags
            .into_iter()
            .map(|flag| is_set("which pairs exist", flag))
    });
    let exists = exists.map(Iterator::collect::<Result<Vec<bool>, _>>);
    let exists = exists.transpose()?;
    objects.check_end()?;
    // who stays for nothing is seen only by who has all rows
    let share = overrides.share.filter(|_| exists.is_some());
    let kept = Share::kept(share, states);
    let p = objects.rows(&header, "P", kept.start * actions..kept.end * actions)?;
    let rows = Stacked {
        p,
        rewards,
        exists,
        kept,
        sizes: [states, actions],
    };
    rows.check_absent()?;
    rows.draft(name, initial, criterion.as_deref(), overrides)
}

/// R [S, A], by pair.
fn rewards<R: Read + Seek>(
    objects: &mut Objects<R>,
    at: u64,
    [states, actions]: [usize; 2],
) -> Result<Vec<f64>, ModelError> {
    objects.go_to(at)?;
    let header = objects.matrix("R")?;
    if (header.rows, header.columns) != (states, actions) {
        let problem = format!(
            "has {} rows and {} columns, and P asks for {states} and {actions}",
            header.rows, header.columns
        );
        return Err(wrong("R", problem));
    }
    let read = objects.rows(&header, "R", 0..states)?;
    let mut rewards = vec![0.0; states * actions];
    for state in 0..states {
        for (action, reward) in read.row(state) {
            rewards[state * actions + action as usize] += reward;
        }
    }
    objects.go_to(header.end)?;
    Ok(rewards)
}

/// The rows of a file, of the states that are kept.
struct Stacked {
    p: Matrix,
    rewards: Vec<f64>,
    exists: Option<Vec<bool>>,
    kept: Range<usize>,
    sizes: [usize; 2],
}

impl Stacked {
    fn draft(
        self,
        name: String,
        initial: Option<Vec<f64>>,
        criterion: Option<&[f64]>,
        overrides: &Overrides,
    ) -> Result<Draft, ModelError> {
        let [states, actions] = self.sizes;
        let initial = initial.map(|weights| {
            let numbers = weights
                .iter()
                .map(|x| number("the initial distribution", *x));
            numbers.collect::<Result<Vec<_>, _>>()
        });
        let draft = Draft {
            initial: Start::weighted(initial.transpose()?),
            lacking: Lacking::Other,
            ..Draft::of_file(name, Names::Numbered(states), Names::Numbered(actions))
        };
        let draft = ruled(draft, criterion)?;
        let ended = self.ended();
        let names = [&Names::Numbered(states), &Names::Numbered(actions)];
        let read = |state: usize, own: &mut Own| self.fill(state, own);
        if let Some((table, terminal)) =
            lane::table(names, self.p.entries(), ended.as_deref(), overrides, read)
        {
            return Ok(Draft {
                made: Some(table),
                terminal: Some(terminal),
                ..draft
            });
        }
        let terminal = ended.or_else(|| draft.terminal.clone());
        Ok(Draft {
            entries: self.entries()?,
            terminal,
            ..draft
        })
    }

    /// Errors where a pair that does not exist leads elsewhere or is paid.
    fn check_absent(&self) -> Result<(), ModelError> {
        let Some(exists) = &self.exists else {
            return Ok(());
        };
        let actions = self.sizes[1];
        let pairs = self.kept.start * actions..self.kept.end * actions;
        for pair in pairs.filter(|pair| !exists[*pair]) {
            let (state, action) = (pair / actions, pair % actions);
            let is_terminal = !exists[state * actions..(state + 1) * actions].contains(&true);
            let reward = self.rewards[pair];
            let is_paid = reward != 0.0 && !reward.is_infinite();
            let leads = self
                .row(pair)
                .any(|(next, p)| p != 0.0 && next as usize != state);
            if is_paid || leads {
                let what = if leads { "leads elsewhere" } else { "is paid" };
                let problem = format!(
                    "says that state {state} has no action {action}, which {what}: its row stays where it is, for {}",
                    if is_terminal { "0" } else { "-inf" }
                );
                return Err(wrong("which pairs exist", problem));
            }
        }
        Ok(())
    }

    /// Which states have no pair, where the file says it.
    fn ended(&self) -> Option<Vec<bool>> {
        let exists = self.exists.as_ref()?;
        let sets = exists.chunks_exact(self.sizes[1]);
        Some(sets.map(|set| !set.contains(&true)).collect())
    }

    /// The pairs of a state that exist, with their actions.
    fn pairs(&self, state: usize) -> impl Iterator<Item = (usize, usize)> + '_ {
        let actions = self.sizes[1];
        let there = move |pair: usize| match &self.exists {
            Some(exists) => exists[pair],
            None => self.rewards[pair].is_nan() || self.rewards[pair].is_finite(),
        };
        let all = (0..actions).map(move |action| (state * actions + action, action));
        all.filter(move |(pair, _)| there(*pair))
    }

    fn fill(&self, state: usize, own: &mut Own) -> Option<()> {
        for (pair, action) in self.pairs(state) {
            if self.kept.contains(&state) {
                own.begin_row(action as u32, Number::from_f64(self.rewards[pair])?);
                for (next, probability) in self.row(pair) {
                    own.push(next, Number::from_f64(probability)?)?;
                }
            } else {
                own.begin_row(action as u32, Number::ZERO);
                own.push(state as u32, Number::ONE)?;
            }
        }
        Some(())
    }

    fn row(&self, pair: usize) -> impl Iterator<Item = (u32, f64)> + '_ {
        self.p.row(pair - self.kept.start * self.sizes[1])
    }

    /// All outcomes, for the check to find what is wrong.
    fn entries(&self) -> Result<Vec<Entry>, ModelError> {
        let mut entries = Vec::new();
        for state in self.kept.clone() {
            for (pair, action) in self.pairs(state) {
                let reward = number("R", self.rewards[pair])?;
                if self.row(pair).next().is_none() {
                    entries.push(empty_row(state as u32, action as u32, (0, 0)));
                }
                for (next, probability) in self.row(pair) {
                    let probability = number("P", probability)?;
                    if probability.is_negative() {
                        let problem = format!(
                            "has a negative entry in the row of state {state}, action {action}"
                        );
                        return Err(wrong("P", problem));
                    }
                    let pair = (state as u32, action as u32);
                    entries.push(Entry::unplaced(pair, next, probability, reward.clone()));
                }
            }
        }
        Ok(entries)
    }
}

/// With the criterion of γ, T and whether it is the average reward.
fn ruled(mut draft: Draft, criterion: Option<&[f64]>) -> Result<Draft, ModelError> {
    let Some(&[discount, horizon, average]) = criterion else {
        return Ok(draft);
    };
    if is_set("the criterion", average)? {
        if horizon != 0.0 {
            let problem =
                format!("has the horizon {horizon} and the average reward, which go not together");
            return Err(wrong("the criterion", problem));
        }
        draft.criterion = Some(CriterionKind::Average);
        return Ok(draft);
    }
    draft.discount = Some(number("the criterion", discount)?);
    if horizon != 0.0 {
        // above 2⁵³ not every integer is a float64
        if horizon.fract() != 0.0 || !(1.0..2f64.powi(53)).contains(&horizon) {
            let problem = format!("has the horizon {horizon}: a whole number of steps, or 0");
            return Err(wrong("the criterion", problem));
        }
        draft.horizon = Some(horizon as usize);
    }
    Ok(draft)
}

/// A flag, which is 1 or 0.
fn is_set(name: &str, flag: f64) -> Result<bool, ModelError> {
    match flag {
        0.0 => Ok(false),
        1.0 => Ok(true),
        _ => Err(wrong(
            name,
            format!("has the entry {flag}, where 0 or 1 stands"),
        )),
    }
}

/// The exact value of an entry.
fn number(name: &str, x: f64) -> Result<Number, ModelError> {
    Number::from_f64(x).ok_or_else(|| wrong(name, format!("has the entry {x}")))
}
