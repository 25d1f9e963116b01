//! A model → Cassandra's format.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::exchange::ExportError;
use crate::exchange::export::{Export, Loss, decimal};
use crate::exchange::mean::merge;
use crate::mdp::{Criterion, Names};
use crate::model::Model;
use crate::model::observing::Observing;
use crate::number::Number;

/// The file; a terminal state stays where it is under every action and pays 0.
pub(in crate::exchange) fn write(model: &Model) -> Result<Export, ExportError> {
    let space = model.space();
    for state in (0..space.states()).filter(|&s| !space.is_terminal(s)) {
        for action in 0..space.actions() {
            if space.pair(state, action).is_none() {
                model.refuse_missing(state, action, "Cassandra's format")?;
            }
        }
    }
    let mut file = File::default();
    // writing to a string cannot fail
    let _ = file.write(model);
    let possible = [
        Loss::SeveralRewards,
        Loss::Still,
        Loss::Policy,
        Loss::Description,
    ];
    let mut losses = Vec::new();
    if file.is_rounded {
        losses.push(Loss::Decimals);
    }
    losses.extend(Loss::of(model, &possible));
    if !matches!(
        model.criterion(),
        Criterion::Discounted { .. } | Criterion::Total
    ) {
        losses.push(Loss::Criterion);
    }
    if !named(space.state_names()) {
        losses.extend(Loss::of(model, &[Loss::StateNames]));
    }
    if model.observed().is_some_and(|seen| !named(&seen.names)) {
        losses.push(Loss::ObservationNames);
    }
    if !named(space.action_names()) {
        losses.extend(Loss::of(model, &[Loss::ActionNames]));
    }
    Ok(Export::single("POMDP", file.text.into_bytes(), losses))
}

/// What is written, and whether a number lost digits to decimals.
#[derive(Default)]
struct File {
    text: String,
    is_rounded: bool,
}

impl File {
    /// A number in decimals.
    fn number(&mut self, x: &Number) -> String {
        let written = decimal(x);
        self.is_rounded |= !written.parse::<Number>().is_ok_and(|y| y == *x);
        written
    }

    fn write(&mut self, model: &Model) -> std::fmt::Result {
        let space = model.space();
        writeln!(self.text, "# Written by exact-mdp")?;
        let discount = match model.criterion() {
            Criterion::Discounted { discount } | Criterion::FiniteHorizon { discount, .. } => {
                self.number(discount)
            }
            Criterion::Total | Criterion::Average => "1".to_string(),
        };
        writeln!(self.text, "discount: {discount}\nvalues: reward")?;
        let seen = model.observed().map(|seen| ("observations", &seen.names));
        let names = [
            ("states", space.state_names()),
            ("actions", space.action_names()),
        ];
        for (key, names) in names.into_iter().chain(seen) {
            match names {
                Names::Listed(listed) if named(names) => {
                    writeln!(self.text, "{key}: {}", listed.join(" "))?;
                }
                names => writeln!(self.text, "{key}: {}", names.len())?,
            }
        }
        let initial = model.initial();
        if initial.len() == 1 || is_uniform(initial, initial.len()) {
            writeln!(self.text, "start: uniform")?;
        } else {
            let weights: Vec<String> = initial.iter().map(|x| self.number(x)).collect();
            writeln!(self.text, "start: {}", weights.join(" "))?;
        }
        for state in 0..space.states() {
            if space.is_terminal(state) {
                writeln!(self.text, "T: * : {state} : {state} 1")?;
            }
            for pair in space.pairs_of(state) {
                self.write_pair(model, state, pair)?;
            }
        }
        match model.observed() {
            Some(seen) => self.write_seen(model, seen),
            None => Ok(()),
        }
    }

    fn write_pair(&mut self, model: &Model, state: usize, pair: usize) -> std::fmt::Result {
        let action = model.space().action_of(pair);
        let outcomes: Vec<_> = model.outcomes().of(pair).collect();
        let merged = outcomes.chunk_by(|a, b| a.next == b.next);
        let merged: Vec<_> = merged.map(|same| (same[0].next, merge(same))).collect();
        let chances: Vec<Number> = merged.iter().map(|(_, (_, p))| p.clone()).collect();
        let is_uniform = is_uniform(&chances, model.space().states());
        if is_uniform {
            writeln!(self.text, "T: {action} : {state}\nuniform")?;
        }
        for (next, (reward, probability)) in &merged {
            if !is_uniform {
                let p = self.number(probability);
                writeln!(self.text, "T: {action} : {state} : {next} {p}")?;
            }
            if !reward.is_zero() && by_observation(model).is_none() {
                let r = self.number(reward);
                writeln!(self.text, "R: {action} : {state} : {next} : * {r}")?;
            }
        }
        Ok(())
    }

    /// `O:`, a row for each action and state, and rewards by what is seen. Where nothing is ever reached the first
    /// observation stands, since readers ask for a distribution.
    fn write_seen(&mut self, model: &Model, seen: &Observing) -> std::fmt::Result {
        let space = model.space();
        for next in 0..space.states() {
            let row = |action| seen.row(action, next);
            let same = (1..space.actions()).all(|action| row(action) == row(0));
            let actions = if same { 0..1 } else { 0..space.actions() };
            for action in actions {
                let acted = if same {
                    "*".to_string()
                } else {
                    action.to_string()
                };
                let Some(row) = row(action) else {
                    writeln!(self.text, "O: {acted} : {next} : 0 1")?;
                    continue;
                };
                let chances: Vec<Number> = row.iter().map(|(_, p)| p.clone()).collect();
                if is_uniform(&chances, seen.names.len()) {
                    writeln!(self.text, "O: {acted} : {next}\nuniform")?;
                    continue;
                }
                for (o, p) in row {
                    let p = self.number(p);
                    writeln!(self.text, "O: {acted} : {next} : {o} {p}")?;
                }
            }
        }
        for ([s, a, next, o], reward) in seen.rewards.iter().flatten() {
            if !reward.is_zero() {
                let r = self.number(reward);
                writeln!(self.text, "R: {a} : {s} : {next} : {o} {r}")?;
            }
        }
        Ok(())
    }
}

/// Rewards that depend on what is seen.
fn by_observation(model: &Model) -> Option<&BTreeMap<[u32; 4], Number>> {
    model.observed()?.rewards.as_ref()
}

/// Whether chances are the same for all of so many, and decimals would not say so: 1/3.
fn is_uniform(chances: &[Number], count: usize) -> bool {
    let Some(first) = chances.first().filter(|_| chances.len() == count) else {
        return false;
    };
    let is_told = |x: &Number| decimal(x).parse::<Number>().is_ok_and(|y| y == *x);
    count > 1 && chances.iter().all(|x| x == first) && !is_told(first)
}

/// Whether names can stand in the file: words that are neither numbers nor words of the format.
fn named(names: &Names) -> bool {
    const WORDS: [&str; 9] = [
        "include", "exclude", "uniform", "identity", "reset", "reward", "cost", "start", "values",
    ];
    names.iter().all(|name| {
        let first = |c: char| c.is_ascii_alphabetic();
        let inner = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        let taken = WORDS.contains(&&*name) || name.len() == 1 && "TRO".contains(&*name);
        name.starts_with(first) && name.chars().all(inner) && !taken
    })
}
