//! A model → an archive of arrays for pymdptoolbox or QuantEcon.

use crate::exchange::ExportError;
use crate::exchange::export::{Export, Loss, action_names};
use crate::exchange::mean::merge;
use crate::mdp::{Criterion, Names, Outcome};
use crate::model::Model;
use crate::npy::{Array, Writer};
use crate::number::Number;

/// Most entries of a dense array of transitions; larger ones are written in compressed rows: 32 MiB of `f64`.
const DENSE: usize = 1 << 22;

/// R [L], Q [L, S], `s_indices`, `a_indices`, `beta`: one row for each pair; a terminal state has
/// the action 0, which stays and pays 0.
pub(in crate::exchange) fn quantecon(model: &Model) -> Result<Export, ExportError> {
    let space = model.space();
    let mut rows = Vec::new();
    let (mut of_state, mut of_action, mut rewards) = (Vec::new(), Vec::new(), Vec::new());
    for state in 0..space.states() {
        if space.is_terminal(state) {
            of_state.push(state as i64);
            of_action.push(0);
            rewards.push(0.0);
            rows.push(vec![(state, 1.0)]);
        }
        for pair in space.pairs_of(state) {
            of_state.push(state as i64);
            of_action.push(space.action_of(pair) as i64);
            rewards.push(model.mean_reward(pair).to_f64());
            rows.push(merged(model, pair, |_, probability| probability.to_f64()));
        }
    }
    let mut file = File::new(model, "beta");
    file.add("R", Array::numbers([rewards.len()], rewards));
    file.add("s_indices", Array::integers(of_state));
    file.add("a_indices", Array::integers(of_action));
    let shape = [rows.len(), space.states()];
    file.matrix("Q", &shape, &rows);
    let mut losses = file.losses(model);
    losses.extend(Loss::of(model, &[Loss::Rewards]));
    file.finish(losses)
}

/// P [A, S, S] and R [S, A], or R [A, S, S] where rewards depend on the next state.
pub(in crate::exchange) fn toolbox(model: &Model) -> Result<Export, ExportError> {
    let space = model.space();
    let (states, actions) = (space.states(), space.actions());
    let by_outcome = !Loss::of(model, &[Loss::Rewards]).is_empty();
    let (mut p, mut r) = (Vec::new(), Vec::new());
    let mut by_pair = vec![0.0; if by_outcome { 0 } else { states * actions }];
    for action in 0..actions {
        for state in 0..states {
            let Some(pair) = space.pair(state, action) else {
                model.refuse_missing(state, action, "pymdptoolbox")?;
                p.push(vec![(state, 1.0)]);
                r.push(Vec::new());
                continue;
            };
            p.push(merged(model, pair, |_, probability| probability.to_f64()));
            if by_outcome {
                r.push(merged(model, pair, |reward, _| reward.to_f64()));
            } else {
                by_pair[state * actions + action] = model.mean_reward(pair).to_f64();
            }
        }
    }
    let mut file = File::new(model, "discount");
    let shape = [actions, states, states];
    file.matrix("P", &shape, &p);
    if states == actions {
        // the shape alone does not say which axis is which
        file.add("axes", Array::texts(vec!["ass".into()]));
    }
    if by_outcome {
        file.matrix("R", &shape, &r);
    } else {
        file.add("R", Array::numbers([states, actions], by_pair));
    }
    let mut losses = file.losses(model);
    losses.extend(Loss::of(model, &[Loss::SeveralRewards]));
    file.finish(losses)
}

/// One number for each next state of a pair, from its reward (the expected one, where there are
/// several) and its probability.
fn merged(
    model: &Model,
    pair: usize,
    entry: impl Fn(&Number, &Number) -> f64,
) -> Vec<(usize, f64)> {
    let outcomes: Vec<Outcome<'_, Number>> = model.outcomes().of(pair).collect();
    let same_next = outcomes.chunk_by(|a, b| a.next == b.next);
    let one = |same: &[Outcome<'_, Number>]| {
        let (reward, probability) = merge(same);
        (same[0].next, entry(&reward, &probability))
    };
    same_next.map(one).collect()
}

/// An archive being written.
struct File {
    writer: Writer,
    /// The first thing that went wrong: never, in memory.
    result: std::io::Result<()>,
}

impl File {
    /// With everything but transitions and rewards.
    fn new(model: &Model, discount: &str) -> File {
        let space = model.space();
        let mut file = File {
            writer: Writer::new(),
            result: Ok(()),
        };
        let gamma = match model.criterion() {
            Criterion::Average => None,
            Criterion::Total => Some(1.0),
            Criterion::Discounted { discount: x }
            | Criterion::FiniteHorizon { discount: x, .. } => Some(x.to_f64()),
        };
        if let Some(gamma) = gamma {
            file.add(discount, Array::numbers([], vec![gamma]));
        }
        if let Criterion::FiniteHorizon { horizon, .. } = model.criterion() {
            file.add("horizon", Array::integers(vec![*horizon as i64]));
        }
        let weights = model.initial().iter().map(Number::to_f64).collect();
        file.add("initial", Array::numbers([space.states()], weights));
        let terminal = (0..space.states()).map(|s| space.is_terminal(s));
        file.add("terminal", Array::booleans(terminal.collect()));
        if let Names::Listed(names) = space.state_names() {
            file.add("states", Array::texts(names.clone()));
        }
        if let Some(names) = action_names(model) {
            file.add("actions", Array::texts(names));
        }
        file
    }

    fn add(&mut self, name: &str, array: Array) {
        if self.result.is_ok() {
            self.result = self.writer.add(name, &array);
        }
    }

    /// A matrix, the rows of all its leading dimensions below each other; sparse if it is large,
    /// one matrix for each action if it has three dimensions.
    fn matrix(&mut self, name: &str, shape: &[usize], rows: &[Vec<(usize, f64)>]) {
        let columns = shape[shape.len() - 1];
        let entries = rows.len().checked_mul(columns);
        if let Some(entries) = entries.filter(|entries| *entries <= DENSE) {
            let mut dense = vec![0.0; entries];
            for (i, row) in rows.iter().enumerate() {
                row.iter().for_each(|(j, x)| dense[i * columns + j] = *x);
            }
            return self.add(name, Array::numbers(shape, dense));
        }
        match shape {
            [_, height, _] => {
                for (a, rows) in rows.chunks(*height).enumerate() {
                    self.sparse(&format!("{name}{a}"), rows);
                }
            }
            _ => self.sparse(name, rows),
        }
    }

    fn sparse(&mut self, name: &str, rows: &[Vec<(usize, f64)>]) {
        let entries: Vec<&(usize, f64)> = rows.iter().flatten().collect();
        let data: Vec<f64> = entries.iter().map(|entry| entry.1).collect();
        let indices = entries.iter().map(|entry| entry.0 as i64).collect();
        let ends = rows.iter().scan(0, |end, row| {
            *end += row.len() as i64;
            Some(*end)
        });
        let start = std::iter::once(0).chain(ends).collect();
        self.add(&format!("{name}/data"), Array::numbers([data.len()], data));
        self.add(&format!("{name}/indices"), Array::integers(indices));
        self.add(&format!("{name}/indptr"), Array::integers(start));
    }

    fn losses(&self, model: &Model) -> Vec<Loss> {
        let average = matches!(model.criterion(), Criterion::Average);
        let mut losses = Loss::of(model, &[Loss::Rounding, Loss::Policy, Loss::Description]);
        losses.extend(average.then_some(Loss::Criterion));
        losses
    }

    fn finish(self, losses: Vec<Loss>) -> Result<Export, ExportError> {
        let bytes = self.result.and_then(|()| self.writer.bytes());
        let bytes = bytes.map_err(|error| ExportError::Archive {
            problem: error.to_string(),
        })?;
        Ok(Export::single("npz", bytes, losses))
    }
}
