//! A model → PRISM's explicit files.

use std::fmt::Write;

use crate::exchange::export::{Export, Loss, decimal, marks_ends};
use crate::exchange::mean::merge;
use crate::model::Model;
use crate::number::Number;

/// `.tra`, `.sta`, `.lab` and `.trew`; a terminal state has one choice, which stays and pays 0,
/// and the label `terminal`.
pub(in crate::exchange) fn write(model: &Model) -> Export {
    let mut rows = Rows::default();
    rows.write(model);
    let space = model.space();
    let terminal = (0..space.states()).filter(|&s| space.is_terminal(s));
    let choices = space.pairs() + terminal.count();
    let counts = |rows: usize| format!("{} {choices} {rows}\n", space.states());
    let mut losses = vec![Loss::Criterion];
    if rows.is_rounded {
        losses.push(Loss::Decimals);
    }
    let possible = [
        Loss::Weights,
        Loss::StateNames,
        Loss::SeveralRewards,
        Loss::Policy,
        Loss::Description,
    ];
    losses.extend(Loss::of(model, &possible));
    if !marks_ends(model) {
        losses.extend(Loss::of(model, &[Loss::Still]));
    }
    losses.extend(if named(model) {
        Loss::of(model, &[Loss::Order])
    } else {
        Loss::of(model, &[Loss::ActionNames, Loss::Numbers])
    });
    Export {
        files: vec![
            ("tra", (counts(rows.transitions) + &rows.tra).into_bytes()),
            ("sta", states(model).into_bytes()),
            ("lab", labels(model).into_bytes()),
            ("trew", (counts(rows.rewards) + &rows.trew).into_bytes()),
        ],
        losses,
    }
}

/// The rows of `.tra` and `.trew`, how many there are, and whether a number lost digits to decimals.
#[derive(Default)]
struct Rows {
    tra: String,
    trew: String,
    transitions: usize,
    rewards: usize,
    is_rounded: bool,
}

impl Rows {
    fn write(&mut self, model: &Model) {
        let space = model.space();
        let is_named = named(model);
        for state in 0..space.states() {
            if space.is_terminal(state) {
                let name = if is_named {
                    space.action_names().get(0)
                } else {
                    "".into()
                };
                self.transition(format!("{state} 0 {state} 1 {name}").trim_end());
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
                    let (next, probability) = (same[0].next, self.number(&probability));
                    let row = format!("{state} {choice} {next} {probability} {name}");
                    self.transition(row.trim_end());
                    if !reward.is_zero() {
                        let reward = self.number(&reward);
                        // writing to a string cannot fail
                        let _ = writeln!(self.trew, "{state} {choice} {next} {reward}");
                        self.rewards += 1;
                    }
                }
            }
        }
    }

    fn transition(&mut self, row: &str) {
        self.tra += row;
        self.tra += "\n";
        self.transitions += 1;
    }

    /// A number in decimals.
    fn number(&mut self, x: &Number) -> String {
        let written = decimal(x);
        self.is_rounded |= !written.parse::<Number>().is_ok_and(|y| y == *x);
        written
    }
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
