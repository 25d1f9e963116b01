//! A policy's chain in the order in which its values flow, for Gauss-Seidel sweeps that follow it.
//!
//! Where something terminates, values spread from the goal, and they fall on the way: a sweep that
//! visits the states by falling v carries news along every step of the policy that leads to a
//! larger v, however many there are in a row. Only steps that lead back cost a sweep each. Rows
//! and v are renumbered by that order, so that what a sweep reads lies close together; on a
//! gridworld of a million cells that is worth a factor of ten. An own loop is solved for:
//!
//! ```text
//! v(s) ← (r(s) + γ Σ_{s' ≠ s} p(s'|s) v(s')) / (1 − γ p(s|s))
//! ```
//!
//! Nothing here has to be exact; what comes of it is certified by a plain sweep ([`super::modified`]).

use super::kernel::{BellmanKernel, Change};
use super::rule::DecisionRule;

/// The renumbered chain and its values.
#[derive(Default)]
pub struct Flow {
    /// The alive states by falling v.
    order: Vec<u32>,
    /// Where each state stands in that order; behind its end for terminal ones [S].
    place: Vec<u32>,
    /// Whose rows these are.
    rule: Option<DecisionRule>,
    /// Row i lies in `start[i]..start[i + 1]`, as wide as the widest action of its state needs.
    start: Vec<usize>,
    /// Successors by place; what a row does not need has probability 0.
    column: Vec<u32>,
    /// γ p, divided by 1 − γ p(s|s).
    value: Vec<f64>,
    /// r, divided likewise.
    r: Vec<f64>,
    /// v by place, and the 0 of terminal states at the end.
    v: Vec<f64>,
}

impl Flow {
    /// Takes in a rule and values [S], newly ordered by these.
    pub fn renew(&mut self, kernel: &BellmanKernel<'_>, rule: &DecisionRule, v: &[f64]) {
        self.order = falling(rule, v);
        let alive = self.order.len();
        self.place.clear();
        self.place.resize(v.len(), alive as u32);
        for (i, &state) in self.order.iter().enumerate() {
            self.place[state as usize] = i as u32;
        }
        self.start.clear();
        self.start.push(0);
        let mut end = 0;
        for &state in &self.order {
            end += kernel.widest_row(state as usize);
            self.start.push(end);
        }
        self.column.resize(end, 0);
        self.value.resize(end, 0.0);
        self.r.resize(alive, 0.0);
        self.v.resize(alive + 1, 0.0);
        self.rule = None;
        self.update(kernel, rule, v);
    }

    /// Takes in a rule and values [S] in the order that is; false if there is none yet.
    pub fn update(&mut self, kernel: &BellmanKernel<'_>, rule: &DecisionRule, v: &[f64]) -> bool {
        if self.order.is_empty() {
            return false;
        }
        let before = self.rule.take();
        // by state, as the model lies in memory
        for (state, pair) in rule.pairs() {
            if before
                .as_ref()
                .is_none_or(|before| before.pair(state) != Some(pair))
            {
                self.take(kernel, state, pair);
            }
        }
        self.rule = Some(rule.clone());
        for (&place, v) in self.place.iter().zip(v) {
            self.v[place as usize] = *v;
        }
        self.v[self.order.len()] = 0.0;
        true
    }

    /// Puts a pair's row in the place of its state.
    fn take(&mut self, kernel: &BellmanKernel<'_>, state: usize, pair: usize) {
        let place = self.place[state] as usize;
        let row = self.start[place]..self.start[place + 1];
        let (columns, values) = kernel.row(pair);
        let own = columns
            .iter()
            .zip(values)
            .filter(|(c, _)| **c as usize == state);
        let own: f64 = own.map(|(_, p)| p).sum();
        let left = 1.0 - kernel.discount() * own;
        // at γ = 1 a rule on the way may stay for ever; then its loop is a step like any other
        let (skipped, scale) = if left > 0.0 {
            (state, 1.0 / left)
        } else {
            (usize::MAX, 1.0)
        };
        let factor = kernel.discount() * scale;
        let mut at = row.start;
        for (&next, p) in columns.iter().zip(values) {
            if next as usize != skipped {
                self.column[at] = self.place[next as usize];
                self.value[at] = factor * p;
                at += 1;
            }
        }
        self.column[at..row.end].fill(self.order.len() as u32);
        self.value[at..row.end].fill(0.0);
        self.r[place] = kernel.reward(pair) * scale;
    }

    /// Hands back the values [S].
    pub fn store(&self, v: &mut [f64]) {
        for (&place, v) in self.place.iter().zip(v) {
            *v = self.v[place as usize];
        }
    }

    /// v ← r^π + γ p^π v state by state in place; how much changed.
    pub fn sweep(&mut self) -> Change {
        let mut changed = Change::none(true);
        for (i, bounds) in self.start.windows(2).enumerate() {
            let row = bounds[0]..bounds[1];
            let mut value = self.r[i];
            for (&next, p) in self.column[row.clone()].iter().zip(&self.value[row]) {
                value += p * self.v[next as usize];
            }
            changed.values(value - self.v[i]);
            self.v[i] = value;
        }
        changed
    }
}

/// Bits of a digit when numbers are sorted by digits; a choice.
const DIGIT: u32 = 11;

/// The states of a rule by falling v, to seven digits: sorted by the bits of v in single precision,
/// digit by digit, in a few passes whatever the number of states. Stable.
fn falling(rule: &DecisionRule, v: &[f64]) -> Vec<u32> {
    // as unsigned numbers these bits fall as v does
    let key = |state: usize| match (v[state] as f32).to_bits() {
        negative if negative >> 31 == 1 => negative,
        positive => !(positive | 1 << 31),
    };
    let mut sorted: Vec<(u32, u32)> = rule.pairs().map(|(s, _)| (key(s), s as u32)).collect();
    let mut next = sorted.clone();
    for shift in [0, DIGIT, 2 * DIGIT] {
        let digit = |key: u32| (key >> shift) as usize & ((1 << DIGIT) - 1);
        let mut start = vec![0usize; (1 << DIGIT) + 1];
        for &(key, _) in &sorted {
            start[digit(key) + 1] += 1;
        }
        for i in 0..1 << DIGIT {
            start[i + 1] += start[i];
        }
        for &entry in &sorted {
            let at = &mut start[digit(entry.0)];
            next[*at] = entry;
            *at += 1;
        }
        std::mem::swap(&mut sorted, &mut next);
    }
    sorted.into_iter().map(|(_, state)| state).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_sorted_by_falling_value() {
        let v = [1.0, -3.0, 0.0, 1e-30, 2e9, -0.5, 1.0];
        let mut rule = DecisionRule::empty(v.len());
        (0..v.len()).for_each(|state| rule.set(state, state));
        assert_eq!(falling(&rule, &v), [4, 0, 6, 3, 2, 5, 1]);
    }
}
