//! A model → PRISM's explicit files.

use std::fmt::Write;

use crate::exchange::export::{Export, Loss, decimal};
use crate::exchange::mean::merge;
use crate::model::Model;

/// `.tra`, `.sta`, `.lab` and `.trew`; a terminal state has one choice, which stays and pays 0,
/// and the label `terminal`.
pub(in crate::exchange) fn write(model: &Model) -> Export {
    let (mut tra, mut trew) = (String::new(), String::new());
    let rows = rows(model, &mut tra, &mut trew);
    let space = model.space();
    let terminal = (0..space.states()).filter(|&s| space.is_terminal(s));
    let choices = space.pairs() + terminal.count();
    let counts = |rows: usize| format!("{} {choices} {rows}\n", space.states());
    let mut losses = vec![Loss::Criterion];
    let possible = [
        Loss::Decimals,
        Loss::Weights,
        Loss::StateNames,
        Loss::SeveralRewards,
        Loss::Policy,
        Loss::Description,
    ];
    losses.extend(Loss::of(model, &possible));
    losses.extend(if named(model) {
        Loss::of(model, &[Loss::Order])
    } else {
        Loss::of(model, &[Loss::ActionNames, Loss::Numbers])
    });
    Export {
        files: vec![
            ("tra", (counts(rows.0) + &tra).into_bytes()),
            ("sta", states(model).into_bytes()),
            ("lab", labels(model).into_bytes()),
            ("trew", (counts(rows.1) + &trew).into_bytes()),
        ],
        losses,
    }
}

/// The rows of `.tra` and `.trew`, and how many there are.
fn rows(model: &Model, tra: &mut String, trew: &mut String) -> (usize, usize) {
    let space = model.space();
    let is_named = named(model);
    let mut count = (0, 0);
    for state in 0..space.states() {
        if space.is_terminal(state) {
            let name = if is_named {
                space.action_names().get(0)
            } else {
                "".into()
            };
            *tra += format!("{state} 0 {state} 1 {name}").trim_end();
            *tra += "\n";
            count.0 += 1;
        }
        for (choice, pair) in space.pairs_of(state).enumerate() {
            let name = if is_named {
                space.pair_names(pair).1
            } else {
                "".into()
            };
            let outcomes: Vec<_> = model.outcomes().of(pair).collect();
            for same in outcomes.chunk_by(|a, b| a.next == b.next) {
                let (reward, probability) = merge(same);
                let (next, probability) = (same[0].next, decimal(&probability));
                *tra += format!("{state} {choice} {next} {probability} {name}").trim_end();
                *tra += "\n";
                count.0 += 1;
                if !reward.is_zero() {
                    let reward = decimal(&reward);
                    // writing to a string cannot fail
                    let _ = writeln!(trew, "{state} {choice} {next} {reward}");
                    count.1 += 1;
                }
            }
        }
    }
    count
}

/// Whether actions can be PRISM's: identifiers.
fn named(model: &Model) -> bool {
    let mut names = model.space().action_names().iter();
    names.all(|name| {
        let first = |c: char| c.is_ascii_alphabetic() || c == '_';
        let inner = |c: char| c.is_ascii_alphanumeric() || c == '_';
        name.starts_with(first) && name.chars().all(inner)
    })
}

fn states(model: &Model) -> String {
    let rows = (0..model.space().states()).map(|s| format!("{s}:({s})\n"));
    "(s)\n".to_string() + &rows.collect::<String>()
}

fn labels(model: &Model) -> String {
    let mut text = "0=\"init\" 1=\"deadlock\" 2=\"terminal\"\n".to_string();
    for (state, weight) in model.initial().iter().enumerate() {
        let init = if weight.is_zero() { "" } else { " 0" };
        let terminal = if model.space().is_terminal(state) {
            " 2"
        } else {
            ""
        };
        if !init.is_empty() || !terminal.is_empty() {
            text += &format!("{state}:{init}{terminal}\n");
        }
    }
    text
}
