//! A policy's rows, copied together for sweeps where nothing terminates.

use rayon::prelude::*;

use super::kernel::{BellmanKernel, CHUNK, Change, expectation, is_one_threads};
use super::rule::DecisionRule;

/// p^π and r^π, row by row; every state has one.
#[derive(Default)]
pub struct Chosen {
    discount: f64,
    /// Row s lies in `start[s]..start[s + 1]`, as wide as the widest action of the state needs.
    start: Vec<usize>,
    r: Vec<f64>,
    /// What a row does not need is a step to state 0 with probability 0.
    column: Vec<u32>,
    value: Vec<f64>,
    /// Whose rows these are.
    rule: Option<DecisionRule>,
}

impl Chosen {
    /// Takes in the rows of a rule where they are other than those that are here.
    pub fn update(&mut self, kernel: &BellmanKernel<'_>, rule: &DecisionRule) {
        let before = self.rule.take();
        if before.is_none() {
            self.discount = kernel.discount();
            self.start = vec![0];
            for (state, _) in rule.pairs() {
                self.start
                    .push(self.start[state] + kernel.widest_row(state));
            }
            let states = self.start.len() - 1;
            self.r = vec![0.0; states];
            self.column = vec![0; self.start[states]];
            self.value = vec![0.0; self.start[states]];
        }
        for (state, pair) in rule.pairs() {
            if before
                .as_ref()
                .is_none_or(|before| before.pair(state) != Some(pair))
            {
                let (column, value) = kernel.row(pair);
                let (first, end) = (self.start[state], self.start[state + 1]);
                let taken = first..first + column.len();
                self.column[taken.clone()].copy_from_slice(column);
                self.value[taken.clone()].copy_from_slice(value);
                self.value[taken.end..end].fill(0.0);
                self.r[state] = kernel.reward(pair);
            }
        }
        self.rule = Some(rule.clone());
    }

    /// `next` ← r^π + γ p^π v; how much changed. Large chains on several threads, to the same bits.
    pub fn sweep(&self, v: &[f64], next: &mut [f64]) -> Change {
        if is_one_threads(next.len()) {
            return self.part(0, v, next);
        }
        let chunks = next.par_chunks_mut(CHUNK).enumerate();
        let parts = chunks.map(|(i, next)| self.part(i * CHUNK, v, next));
        parts.reduce(|| Change::none(false), Change::with)
    }

    /// The states from `first` on.
    fn part(&self, first: usize, v: &[f64], next: &mut [f64]) -> Change {
        let mut changed = Change::none(false);
        for (i, next) in next.iter_mut().enumerate() {
            let state = first + i;
            let row = self.start[state]..self.start[state + 1];
            let (column, value) = (&self.column[row.clone()], &self.value[row]);
            *next = self.r[state] + self.discount * expectation(column, value, v);
            changed.values(*next - v[state]);
        }
        changed
    }
}
