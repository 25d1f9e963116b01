//! pymdptoolbox: P [A, S, S] and R [S], [S, A] or [A, S, S].

use super::rows::Rows;
use super::{Arrays, Core, SHAPES, number, wrong};
use crate::model::draft::empty_row;
use crate::model::entries::Entry;
use crate::model::error::ModelError;

pub(super) fn read(arrays: &mut Arrays<'_>) -> Result<Core, ModelError> {
    let (actions, transitions) = arrays.stack("P")?;
    let states = transitions.columns;
    let rewards = Rewards::read(arrays, states, actions)?;
    let mut entries = Vec::new();
    for state in 0..states {
        for action in 0..actions {
            let row = action * states + state;
            if transitions.row(row).is_empty() {
                entries.push(empty_row(state as u32, action as u32, (0, 0)));
            }
            for &(next, probability) in transitions.row(row) {
                let probability = number("P", probability)?;
                if probability.is_negative() {
                    let problem = format!("has a negative entry at [{action}, {state}, {next}]");
                    return Err(wrong("P", problem, "probabilities are not negative"));
                }
                entries.push(Entry {
                    state: state as u32,
                    action: action as u32,
                    next,
                    probability: Some(probability),
                    reward: number("R", rewards.of(state, action, next))?,
                    at: (0, 0),
                });
            }
        }
    }
    Ok(Core {
        states,
        actions,
        entries,
    })
}

enum Rewards {
    /// r(s).
    State(Vec<f64>),
    /// r(s, a), [S, A].
    Pair(Vec<f64>, usize),
    /// r(s, a, s'), [A·S, S].
    Outcome(Rows, usize),
}

impl Rewards {
    fn read(arrays: &mut Arrays<'_>, states: usize, actions: usize) -> Result<Rewards, ModelError> {
        if !arrays.archive.has("R") {
            let (count, rows) = arrays.stack("R")?;
            if (count, rows.len()) != (actions, actions * states) {
                let problem =
                    format!("has {count} matrices for {actions} actions and {states} states");
                return Err(wrong("R", problem, SHAPES));
            }
            return Ok(Rewards::Outcome(rows, states));
        }
        let (shape, numbers) = arrays.numbers("R")?;
        match shape[..] {
            [s] if s == states => Ok(Rewards::State(numbers)),
            [s, a] if (s, a) == (states, actions) => Ok(Rewards::Pair(numbers, actions)),
            [a, s, n] if (a, s, n) == (actions, states, states) => {
                Ok(Rewards::Outcome(Rows::dense(states, &numbers), states))
            }
            _ => {
                let problem =
                    format!("has the shape {shape:?} for {actions} actions and {states} states");
                Err(wrong("R", problem, SHAPES))
            }
        }
    }

    fn of(&self, state: usize, action: usize, next: u32) -> f64 {
        match self {
            Rewards::State(r) => r[state],
            Rewards::Pair(r, actions) => r[state * actions + action],
            Rewards::Outcome(r, states) => r.entry(action * states + state, next),
        }
    }
}
