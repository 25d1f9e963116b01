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
    let mut text = String::new();
    // writing to a string cannot fail
    let _ = write_to(model, &mut text);
    let possible = [
        Loss::Decimals,
        Loss::SeveralRewards,
        Loss::Policy,
        Loss::Description,
    ];
    let mut losses = Loss::of(model, &possible);
    if !matches!(
        model.criterion(),
        Criterion::Discounted { .. } | Criterion::Total
    ) {
        losses.push(Loss::Criterion);
    }
    if !named(space.state_names()) {
        losses.extend(Loss::of(model, &[Loss::StateNames]));
    }
    if !is_exact(model) && !losses.contains(&Loss::Decimals) {
        losses.push(Loss::Decimals);
    }
    if model.observed().is_some_and(|seen| !named(&seen.names)) {
        losses.push(Loss::ObservationNames);
    }
    if !named(space.action_names()) {
        losses.extend(Loss::of(model, &[Loss::ActionNames]));
    }
    Ok(Export::single("POMDP", text.into_bytes(), losses))
}

fn write_to(model: &Model, f: &mut String) -> std::fmt::Result {
    let space = model.space();
    writeln!(f, "# Written by exact-mdp")?;
    let discount = match model.criterion() {
        Criterion::Discounted { discount } | Criterion::FiniteHorizon { discount, .. } => {
            decimal(discount)
        }
        Criterion::Total | Criterion::Average => "1".to_string(),
    };
    writeln!(f, "discount: {discount}\nvalues: reward")?;
    for (key, names) in [
        ("states", space.state_names()),
        ("actions", space.action_names()),
    ] {
        match names {
            Names::Listed(listed) if named(names) => writeln!(f, "{key}: {}", listed.join(" "))?,
            names => writeln!(f, "{key}: {}", names.len())?,
        }
    }
    if let Some(seen) = model.observed() {
        let key = "observations";
        match &seen.names {
            Names::Listed(listed) if named(&seen.names) => {
                writeln!(f, "{key}: {}", listed.join(" "))?;
            }
            names => writeln!(f, "{key}: {}", names.len())?,
        }
    }
    let weights: Vec<String> = model.initial().iter().map(decimal).collect();
    match weights.len() {
        1 => writeln!(f, "start: uniform")?,
        _ => writeln!(f, "start: {}", weights.join(" "))?,
    }
    for state in 0..space.states() {
        if space.is_terminal(state) {
            writeln!(f, "T: * : {state} : {state} 1")?;
        }
        for pair in space.pairs_of(state) {
            let action = space.action_of(pair);
            let outcomes: Vec<_> = model.outcomes().of(pair).collect();
            for same in outcomes.chunk_by(|a, b| a.next == b.next) {
                let (reward, probability) = merge(same);
                let next = same[0].next;
                writeln!(
                    f,
                    "T: {action} : {state} : {next} {}",
                    decimal(&probability)
                )?;
                if !reward.is_zero() && by_observation(model).is_none() {
                    writeln!(f, "R: {action} : {state} : {next} : * {}", decimal(&reward))?;
                }
            }
        }
    }
    match model.observed() {
        Some(seen) => write_seen(model, seen, f),
        None => Ok(()),
    }
}

/// Rewards that depend on what is seen.
fn by_observation(model: &Model) -> Option<&BTreeMap<[u32; 4], Number>> {
    model.observed()?.rewards.as_ref()
}

/// `O:`, a row for each action and state, and rewards by what is seen. Where nothing is ever reached the first observation
/// stands, since readers ask for a distribution.
fn write_seen(model: &Model, seen: &Observing, f: &mut String) -> std::fmt::Result {
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
            match row(action) {
                Some(row) => {
                    for (o, p) in row {
                        writeln!(f, "O: {acted} : {next} : {o} {}", decimal(p))?;
                    }
                }
                None => writeln!(f, "O: {acted} : {next} : 0 1")?,
            }
        }
    }
    for ([s, a, next, o], reward) in seen.rewards.iter().flatten() {
        if !reward.is_zero() {
            writeln!(f, "R: {a} : {s} : {next} : {o} {}", decimal(reward))?;
        }
    }
    Ok(())
}

/// Whether what is seen, or what is paid for it, is written as it is.
fn is_exact(model: &Model) -> bool {
    let exact = |x: &Number| decimal(x).parse::<Number>().is_ok_and(|y| y == *x);
    model.observed().is_none_or(|seen| {
        let mut chances = seen.rows.values().flatten();
        let mut rewards = seen.rewards.iter().flatten();
        chances.all(|(_, p)| exact(p)) && rewards.all(|(_, r)| exact(r))
    })
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
