//! A model → PETSc's binary objects.

use super::objects::{MATRIX, VECTOR};
use crate::exchange::ExportError;
use crate::exchange::export::{Export, Loss};
use crate::exchange::mean::merge;
use crate::mdp::{Criterion, Outcome};
use crate::model::{Model, Objective};
use crate::number::Number;

/// P, R, ρ₀, the criterion and which pairs exist, one after the other.
pub(in crate::exchange) fn write(model: &Model) -> Result<Export, ExportError> {
    let space = model.space();
    let (states, actions) = (space.states(), space.actions());
    let rows = states.saturating_mul(actions);
    let stored = model.outcomes().outcomes().saturating_add(rows);
    if i32::try_from(stored).is_err() {
        return Err(ExportError::Archive {
            problem: format!(
                "{states} states × {actions} actions with {} transitions are more than the 32 bits of PETSc's integers count",
                model.outcomes().outcomes()
            ),
        });
    }
    let mut out = Objects {
        bytes: Vec::with_capacity(12 * stored + 32 * rows),
    };
    transitions(model, &mut out);
    rewards(model, &mut out);
    out.vector(model.initial().iter().map(Number::to_f64).collect());
    out.vector(criterion(model.criterion()).to_vec());
    let pairs = (0..rows).map(|row| space.pair(row / actions, row % actions));
    out.vector(
        pairs
            .map(|pair| f64::from(u8::from(pair.is_some())))
            .collect(),
    );
    let losses = [
        Loss::Rounding,
        Loss::Policy,
        Loss::Description,
        Loss::Rewards,
        Loss::StateNames,
        Loss::ActionNames,
    ];
    Ok(Export::single("petsc", out.bytes, Loss::of(model, &losses)))
}

/// γ, T or 0, and whether it is the average reward.
fn criterion(criterion: &Criterion<Number>) -> [f64; 3] {
    match criterion {
        Criterion::Discounted { discount } => [discount.to_f64(), 0.0, 0.0],
        Criterion::Total => [1.0, 0.0, 0.0],
        Criterion::Average => [1.0, 0.0, 1.0],
        Criterion::FiniteHorizon { discount, horizon } => [discount.to_f64(), *horizon as f64, 0.0],
    }
}

/// P [S·A, S]; who is no pair stays where it is.
fn transitions(model: &Model, out: &mut Objects) {
    let space = model.space();
    let (states, actions) = (space.states(), space.actions());
    let (mut lengths, mut columns, mut values) = (Vec::new(), Vec::new(), Vec::new());
    for state in 0..states {
        for action in 0..actions {
            let before = columns.len();
            match space.pair(state, action) {
                None => {
                    columns.push(state as i32);
                    values.push(1.0);
                }
                Some(pair) => {
                    let outcomes: Vec<Outcome<'_, Number>> = model.outcomes().of(pair).collect();
                    for same in outcomes.chunk_by(|a, b| a.next == b.next) {
                        columns.push(same[0].next as i32);
                        values.push(merge(same).1.to_f64());
                    }
                }
            }
            lengths.push((columns.len() - before) as i32);
        }
    }
    out.matrix(states, lengths, columns, values);
}

/// R [S, A], every entry stored, so that dense and sparse matrices take it.
fn rewards(model: &Model, out: &mut Objects) {
    let space = model.space();
    let (states, actions) = (space.states(), space.actions());
    let never = match model.objective() {
        Objective::Maximize => f64::NEG_INFINITY,
        Objective::Minimize => f64::INFINITY,
    };
    let reward = |row: usize| {
        let (state, action) = (row / actions, row % actions);
        match space.pair(state, action) {
            Some(pair) => model.mean_reward(pair).to_f64(),
            None if space.is_terminal(state) => 0.0,
            None => never,
        }
    };
    let columns = (0..states).flat_map(|_| 0..actions as i32).collect();
    let values = (0..states * actions).map(reward).collect();
    out.matrix(actions, vec![actions as i32; states], columns, values);
}

/// Objects being written.
struct Objects {
    bytes: Vec<u8>,
}

impl Objects {
    fn matrix(&mut self, width: usize, lengths: Vec<i32>, columns: Vec<i32>, values: Vec<f64>) {
        let sizes = [lengths.len(), width, columns.len()].map(|size| size as i32);
        self.integers(&[MATRIX as i32]);
        self.integers(&sizes);
        self.integers(&lengths);
        self.integers(&columns);
        self.reals(&values);
    }

    fn vector(&mut self, values: Vec<f64>) {
        self.integers(&[VECTOR as i32, values.len() as i32]);
        self.reals(&values);
    }

    fn integers(&mut self, numbers: &[i32]) {
        self.bytes
            .extend(numbers.iter().flat_map(|x| x.to_be_bytes()));
    }

    fn reals(&mut self, numbers: &[f64]) {
        self.bytes
            .extend(numbers.iter().flat_map(|x| x.to_be_bytes()));
    }
}
