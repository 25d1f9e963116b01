//! Sweeps over a model in floating point, as fast as memory allows.
//!
//! The arrays of p are used as they lie in the model, nothing is copied. Three shapes of rows are
//! told apart: a certain step (one successor, probability 1), a run of successive states, whose
//! columns need not be read, and everything else.

use super::rounding::UNIT;
use super::rule::Rule;
use crate::mdp::{Mdp, Space};

/// A model's arrays, borrowed.
pub struct Kernel<'a> {
    space: &'a Space,
    start: &'a [usize],
    column: &'a [u32],
    value: &'a [f64],
    r: &'a [f64],
    discount: f64,
    /// Every pair leads to one state for certain.
    certain: bool,
}

/// min Δ, max Δ and what else a bound on |v − v*| needs, of one plain sweep v → T*v.
#[derive(Clone, Copy, Debug)]
pub struct Swept {
    /// minₛ (T*v − v)(s), at most 0 if there are terminal states.
    pub least: f64,
    /// maxₛ (T*v − v)(s), at least 0 if there are terminal states.
    pub most: f64,
    /// Σ p(·|s, a) of every pair lies between these, as computed.
    pub row_sums: (f64, f64),
}

impl<'a> Kernel<'a> {
    /// The arrays of p and r.
    pub fn new(mdp: &'a Mdp<f64>) -> Kernel<'a> {
        let value = mdp.p().values();
        let certain = value.len() == mdp.pairs() && value.iter().all(|&p| p == 1.0);
        Kernel {
            space: mdp.space(),
            start: mdp.p().row_starts(),
            column: mdp.p().column_indices(),
            value,
            r: mdp.r(),
            discount: mdp.discount(),
            certain: certain && mdp.p().row_starts().windows(2).all(|w| w[0] + 1 == w[1]),
        }
    }

    /// The most outcomes that a pair has.
    pub fn longest_row(&self) -> usize {
        let lengths = self.start.windows(2).map(|w| w[1] - w[0]);
        lengths.max().unwrap_or(0)
    }

    /// γ.
    pub fn discount(&self) -> f64 {
        self.discount
    }

    /// Whether any state is terminal.
    pub fn terminates(&self) -> bool {
        self.space.alive_before(self.space.states()) < self.space.states()
    }

    /// The columns and probabilities of a pair.
    fn row(&self, pair: usize) -> (&'a [u32], &'a [f64]) {
        let range = self.start[pair]..self.start[pair + 1];
        (&self.column[range.clone()], &self.value[range])
    }

    /// q(s, a) = r + γ p v of one pair.
    #[inline]
    pub fn action_value(&self, v: &[f64], pair: usize) -> f64 {
        if self.certain {
            return self.r[pair] + self.discount * v[self.column[pair] as usize];
        }
        let (column, value) = self.row(pair);
        self.r[pair] + self.discount * expectation(column, value, v)
    }

    /// `next` ← T*v, and the first greedy pair of every state.
    pub fn improve(&self, v: &[f64], next: &mut [f64], rule: &mut Rule) {
        for (state, next) in next.iter_mut().enumerate() {
            if let Some((pair, best)) = self.best(v, state) {
                rule.set(state, pair);
                *next = best;
            }
        }
    }

    #[inline]
    fn best(&self, v: &[f64], state: usize) -> Option<(usize, f64)> {
        let mut pairs = self.space.pairs_of(state);
        let first = pairs.next()?;
        let mut best = (first, self.action_value(v, first));
        for pair in pairs {
            let q = self.action_value(v, pair);
            if q > best.1 {
                best = (pair, q);
            }
        }
        Some(best)
    }

    /// v ← T*v state by state in place (Gauss-Seidel), upward or downward, with the greedy pairs;
    /// how much changed. A tie keeps the pair that the rule has.
    pub fn improve_in_place(&self, v: &mut [f64], rule: &mut Rule, upward: bool) -> Change {
        let mut changed = Change::none(self.terminates());
        let states = v.len();
        for i in 0..states {
            let state = if upward { i } else { states - 1 - i };
            let Some((pair, best)) = self.improved(v, state, rule) else {
                continue;
            };
            changed.values(best - v[state]);
            changed.actions += usize::from(rule.pair(state) != Some(pair));
            v[state] = best;
            rule.set(state, pair);
        }
        changed
    }

    /// `next` ← T*v with the greedy pairs; how much changed. A tie keeps the pair that the rule has.
    pub fn improve_apart(&self, v: &[f64], next: &mut [f64], rule: &mut Rule) -> Change {
        let mut changed = Change::none(self.terminates());
        for (state, next) in next.iter_mut().enumerate() {
            let Some((pair, best)) = self.improved(v, state, rule) else {
                continue;
            };
            changed.values(best - v[state]);
            changed.actions += usize::from(rule.pair(state) != Some(pair));
            *next = best;
            rule.set(state, pair);
        }
        changed
    }

    /// The greedy pair of a state, the rule's if that ties.
    #[inline]
    fn improved(&self, v: &[f64], state: usize, rule: &Rule) -> Option<(usize, f64)> {
        let (pair, best) = self.best(v, state)?;
        match rule.pair(state) {
            Some(kept) if kept != pair && self.action_value(v, kept) >= best => Some((kept, best)),
            _ => Some((pair, best)),
        }
    }

    /// `q` ← r + γ p v [SA] and the greedy pairs, with what a bound needs.
    pub fn certify(&self, v: &[f64], q: &mut [f64], rule: &mut Rule) -> Swept {
        let Change {
            mut least,
            mut most,
            ..
        } = Change::none(self.terminates());
        let mut row_sums = (f64::INFINITY, f64::NEG_INFINITY);
        for (state, v_s) in v.iter().enumerate() {
            let mut best: Option<usize> = None;
            for pair in self.space.pairs_of(state) {
                q[pair] = self.action_value(v, pair);
                let sum = match self.certain {
                    true => 1.0,
                    false => sum(self.row(pair).1),
                };
                row_sums = (f64::min(row_sums.0, sum), f64::max(row_sums.1, sum));
                if best.is_none_or(|best| q[pair] > q[best]) {
                    best = Some(pair);
                }
            }
            let Some(best) = best else { continue };
            least = f64::min(least, q[best] - v_s);
            most = f64::max(most, q[best] - v_s);
            rule.set(state, best);
        }
        Swept {
            least,
            most,
            row_sums,
        }
    }

    /// What rounding may have done to any q, and to the model's numbers (see [`super::rounding`]).
    pub fn rounding(&self, reward: f64, v: &[f64]) -> f64 {
        let size = v.iter().map(|v| v.abs()).fold(0.0, f64::max);
        (2 * self.longest_row() + 8) as f64 * UNIT * (reward + self.discount * size)
    }

    /// `next` ← r^π + γ p^π v; how much changed.
    pub fn evaluate_apart(&self, rule: &Rule, v: &[f64], next: &mut [f64]) -> Change {
        let mut changed = Change::none(self.terminates());
        for (state, pair) in rule.pairs() {
            next[state] = self.action_value(v, pair);
            changed.values(next[state] - v[state]);
        }
        changed
    }

    /// Whether rows are so short that those of a policy are worth copying together.
    pub fn has_short_rows(&self) -> bool {
        self.value.len() <= 16 * self.r.len()
    }

    /// p^π and r^π of a rule, row by row; where something terminates in the order of falling v.
    pub fn under(&self, rule: &Rule, v: &[f64]) -> Chosen {
        let mut chosen = Chosen {
            discount: self.discount,
            states: match self.terminates() {
                true => falling(rule, v),
                false => rule.pairs().map(|(state, _)| state as u32).collect(),
            },
            start: vec![0],
            r: Vec::new(),
            column: Vec::new(),
            value: Vec::new(),
            terminates: self.terminates(),
        };
        for &state in &chosen.states {
            let pair = rule.pair(state as usize).unwrap_or_default();
            let (column, value) = self.row(pair);
            chosen.r.push(self.r[pair]);
            chosen.column.extend_from_slice(column);
            chosen.value.extend_from_slice(value);
            chosen.start.push(chosen.column.len());
        }
        chosen
    }
}

/// The states of a rule by falling v, coarsely: a bucket sort, stable within a bucket. Where
/// values fall along the way to a goal, every state then comes after those it leads to.
fn falling(rule: &Rule, v: &[f64]) -> Vec<u32> {
    let least = v.iter().copied().fold(f64::INFINITY, f64::min);
    let most = v.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let buckets = (v.len() / 4).max(1);
    let scale = buckets as f64 / (most - least);
    let bucket = |state: usize| (((most - v[state]) * scale) as usize).min(buckets - 1);
    let mut start = vec![0usize; buckets + 1];
    for (state, _) in rule.pairs() {
        start[bucket(state) + 1] += 1;
    }
    for i in 0..buckets {
        start[i + 1] += start[i];
    }
    let mut order = vec![0; start[buckets]];
    for (state, _) in rule.pairs() {
        let at = &mut start[bucket(state)];
        order[*at] = state as u32;
        *at += 1;
    }
    order
}

/// A policy's chain, copied together for sweeps.
pub struct Chosen {
    discount: f64,
    states: Vec<u32>,
    start: Vec<usize>,
    r: Vec<f64>,
    column: Vec<u32>,
    value: Vec<f64>,
    terminates: bool,
}

impl Chosen {
    /// v ← r^π + γ p^π v state by state in place; how much changed.
    pub fn sweep(&self, v: &mut [f64]) -> Change {
        let mut changed = Change::none(self.terminates);
        for (i, &state) in self.states.iter().enumerate() {
            let value = self.value(i, v);
            changed.values(value - v[state as usize]);
            v[state as usize] = value;
        }
        changed
    }

    /// `next` ← r^π + γ p^π v; how much changed.
    pub fn sweep_apart(&self, v: &[f64], next: &mut [f64]) -> Change {
        let mut changed = Change::none(self.terminates);
        for (i, &state) in self.states.iter().enumerate() {
            let value = self.value(i, v);
            changed.values(value - v[state as usize]);
            next[state as usize] = value;
        }
        changed
    }

    #[inline]
    fn value(&self, i: usize, v: &[f64]) -> f64 {
        let range = self.start[i]..self.start[i + 1];
        let (column, value) = (&self.column[range.clone()], &self.value[range]);
        self.r[i] + self.discount * expectation(column, value, v)
    }
}

/// How much a sweep changed.
#[derive(Clone, Copy, Debug)]
pub struct Change {
    /// The least change of a value, at most 0 if there are terminal states.
    pub least: f64,
    /// The largest change of a value, at least 0 if there are terminal states.
    pub most: f64,
    /// How many states changed their action.
    pub actions: usize,
}

impl Change {
    fn none(terminates: bool) -> Change {
        let (least, most) = match terminates {
            true => (0.0, 0.0),
            false => (f64::INFINITY, f64::NEG_INFINITY),
        };
        Change {
            least,
            most,
            actions: 0,
        }
    }

    #[inline]
    fn values(&mut self, change: f64) {
        self.least = f64::min(self.least, change);
        self.most = f64::max(self.most, change);
    }

    /// The width of the changes.
    pub fn span(&self) -> f64 {
        self.most - self.least
    }
}

/// Σ p v over the outcomes of a pair.
#[inline]
fn expectation(column: &[u32], value: &[f64], v: &[f64]) -> f64 {
    if let [first, .., last] = column
        && column.len() >= 16
        && (last - first) as usize + 1 == column.len()
    {
        let from = *first as usize;
        return dot(value, &v[from..from + value.len()]);
    }
    let mut expected = 0.0;
    for (&next, p) in column.iter().zip(value) {
        expected += p * v[next as usize];
    }
    expected
}

/// Σ xᵢ yᵢ in eight strands, which a processor adds at once.
fn dot(x: &[f64], y: &[f64]) -> f64 {
    let mut strands = [0.0; 8];
    let (xs, ys) = (x.chunks_exact(8), y.chunks_exact(8));
    let tail: f64 = xs
        .remainder()
        .iter()
        .zip(ys.remainder())
        .map(|(x, y)| x * y)
        .sum();
    for (x, y) in xs.zip(ys) {
        for i in 0..8 {
            strands[i] += x[i] * y[i];
        }
    }
    strands.iter().sum::<f64>() + tail
}

fn sum(x: &[f64]) -> f64 {
    let mut strands = [0.0; 8];
    let chunks = x.chunks_exact(8);
    let tail: f64 = chunks.remainder().iter().sum();
    for x in chunks {
        for i in 0..8 {
            strands[i] += x[i];
        }
    }
    strands.iter().sum::<f64>() + tail
}
