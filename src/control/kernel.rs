//! Sweeps over a model in floating point, as fast as memory allows.
//!
//! The arrays of p are used as they lie in the model, nothing is copied. Three shapes of rows are
//! told apart: a certain step (one successor, probability 1), a run of successive states, whose
//! columns need not be read, and everything else.

use rayon::prelude::*;

use super::rule::DecisionRule;
use crate::field::UNIT;
use crate::linalg::strands;
use crate::mdp::{Mdp, Space};

/// States that one thread takes at a time; smaller models are swept by one; a choice, of which no measurement is
/// kept.
pub const CHUNK: usize = 1 << 15;

/// A model's arrays, borrowed.
pub struct BellmanKernel<'a> {
    space: &'a Space,
    start: &'a [usize],
    column: &'a [u32],
    value: &'a [f64],
    r: &'a [f64],
    discount: f64,
    /// Every pair leads to one state for certain.
    certain: bool,
    /// The most outcomes that a pair has.
    longest_row: usize,
}

/// min Δ, max Δ and what else a bound on |v − v*| needs, of one plain sweep v → T*v.
#[derive(Clone, Copy, Debug)]
pub struct SweepBounds {
    /// minₛ (T*v − v)(s), at most 0 if there are terminal states.
    pub least: f64,
    /// maxₛ (T*v − v)(s), at least 0 if there are terminal states.
    pub most: f64,
    /// Σ p(·|s, a) of every pair lies between these, as computed.
    pub row_sums: (f64, f64),
}

impl<'a> BellmanKernel<'a> {
    /// The arrays of p and r.
    pub fn new(mdp: &'a Mdp<f64>) -> BellmanKernel<'a> {
        let value = mdp.p().values();
        let lengths = mdp.p().row_starts().windows(2).map(|w| w[1] - w[0]);
        let longest_row = lengths.max().unwrap_or(0);
        // as many outcomes as pairs, and no pair has two: each has one
        let single = value.len() == mdp.pairs() && longest_row <= 1;
        BellmanKernel {
            space: mdp.space(),
            start: mdp.p().row_starts(),
            column: mdp.p().column_indices(),
            value,
            r: mdp.r(),
            discount: mdp.discount(),
            certain: single && value.iter().all(|&p| p == 1.0),
            longest_row,
        }
    }

    /// The most outcomes that a pair has.
    pub fn longest_row(&self) -> usize {
        self.longest_row
    }

    /// The discount γ.
    pub fn discount(&self) -> f64 {
        self.discount
    }

    /// Whether any state is terminal.
    pub fn terminates(&self) -> bool {
        self.space.alive_before(self.space.states()) < self.space.states()
    }

    /// r(s, a) of a pair.
    pub fn reward(&self, pair: usize) -> f64 {
        self.r[pair]
    }

    /// The most outcomes that an action of a state has.
    pub fn widest_row(&self, state: usize) -> usize {
        let pairs = self.space.pairs_of(state);
        let length = |pair: usize| self.start[pair + 1] - self.start[pair];
        pairs.map(length).max().unwrap_or(0)
    }

    /// Whether every pair leads to one state for certain.
    pub fn is_certain(&self) -> bool {
        self.certain
    }

    /// The columns and probabilities of a pair.
    #[inline]
    pub fn row(&self, pair: usize) -> (&'a [u32], &'a [f64]) {
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
    pub fn improve(&self, v: &[f64], next: &mut [f64], rule: &mut DecisionRule) {
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

    /// v ← T*v state by state in place (Gauss-Seidel), upward or downward, with the greedy pairs,
    /// where something terminates; how much changed. A tie keeps the pair that the rule has.
    pub fn improve_in_place(&self, v: &mut [f64], rule: &mut DecisionRule, upward: bool) -> Change {
        if self.certain {
            improve_with(v, rule, upward, |v, s, taken| self.best_step(v, s, taken))
        } else {
            improve_with(v, rule, upward, |v, s, taken| self.improved(v, s, taken))
        }
    }

    /// `next` ← T*v with the greedy pairs; how much changed. A tie keeps the pair that the rule
    /// has. Large models on several threads, to the same bits.
    pub fn improve_apart(&self, v: &[f64], next: &mut [f64], rule: &mut DecisionRule) -> Change {
        if is_one_threads(next.len()) {
            return self.improve_part(0, v, next, rule.as_mut_slice());
        }
        let rules = rule.as_mut_slice().par_chunks_mut(CHUNK);
        let chunks = next.par_chunks_mut(CHUNK).zip(rules).enumerate();
        let none = || Change::none(self.terminates());
        chunks
            .map(|(i, (next, rule))| self.improve_part(i * CHUNK, v, next, rule))
            .reduce(none, Change::with)
    }

    /// The states from `first` on, with the pairs that their rule takes.
    fn improve_part(&self, first: usize, v: &[f64], next: &mut [f64], rule: &mut [u32]) -> Change {
        let mut changed = Change::none(self.terminates());
        for (i, (next, taken)) in next.iter_mut().zip(rule).enumerate() {
            if let Some((pair, best)) = self.improved(v, first + i, *taken) {
                changed.values(best - v[first + i]);
                changed.actions += usize::from(*taken != pair);
                *next = best;
                *taken = pair;
            }
        }
        changed
    }

    /// The greedy pair of a state, the one taken if that ties; `None` in a terminal state.
    #[inline]
    fn improved(&self, v: &[f64], state: usize, taken: u32) -> Option<(u32, f64)> {
        let pairs = self.space.pairs_of(state);
        best_of(
            pairs.map(|pair| (pair as u32, self.action_value(v, pair))),
            taken,
        )
    }

    /// The greedy pair of a state where every pair leads to one state for certain; `None` in a terminal state.
    #[inline]
    fn best_step(&self, v: &[f64], state: usize, taken: u32) -> Option<(u32, f64)> {
        let pairs = self.space.pairs_of(state);
        let steps = self.r[pairs.clone()]
            .iter()
            .zip(&self.column[pairs.clone()]);
        let q = steps.map(|(r, &next)| r + self.discount * v[next as usize]);
        best_of((pairs.start as u32..).zip(q), taken)
    }

    /// `q` ← r + γ p v [SA] and the greedy pairs, with what a bound needs.
    pub fn certify(&self, v: &[f64], q: &mut [f64], rule: &mut DecisionRule) -> SweepBounds {
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
                let sum = if self.certain {
                    1.0
                } else {
                    sum(self.row(pair).1)
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
        SweepBounds {
            least,
            most,
            row_sums,
        }
    }

    /// What rounding may have done to any q, and to the model's numbers (see [`super::rounding`]).
    pub fn rounding(&self, reward: f64, v: &[f64]) -> f64 {
        let size = v.iter().map(|v| v.abs()).fold(0.0, f64::max);
        // products of what is not 0 may also be lost below the least numbers
        let underflow = if reward + size > 0.0 {
            f64::MIN_POSITIVE
        } else {
            0.0
        };
        (2 * self.longest_row() + 8) as f64 * UNIT * (reward + self.discount * size) + underflow
    }

    /// `next` ← r^π + γ p^π v; how much changed.
    pub fn evaluate_apart(&self, rule: &DecisionRule, v: &[f64], next: &mut [f64]) -> Change {
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
    /// Nothing yet: 0 where there are terminal states, whose values stand still.
    pub fn none(terminates: bool) -> Change {
        let (least, most) = if terminates {
            (0.0, 0.0)
        } else {
            (f64::INFINITY, f64::NEG_INFINITY)
        };
        Change {
            least,
            most,
            actions: 0,
        }
    }

    /// The change of two groups of states together.
    pub fn with(self, other: Change) -> Change {
        Change {
            least: f64::min(self.least, other.least),
            most: f64::max(self.most, other.most),
            actions: self.actions + other.actions,
        }
    }

    /// Takes in the change of one value.
    #[inline]
    pub fn values(&mut self, change: f64) {
        self.least = f64::min(self.least, change);
        self.most = f64::max(self.most, change);
    }

    /// The width of the changes.
    pub fn span(&self) -> f64 {
        self.most - self.least
    }
}

/// v ← T*v in place, by what finds the greedy pair of a state; the 0 of terminal ones stands still.
#[inline]
fn improve_with(
    v: &mut [f64],
    rule: &mut DecisionRule,
    upward: bool,
    improved: impl Fn(&[f64], usize, u32) -> Option<(u32, f64)>,
) -> Change {
    let rule = rule.as_mut_slice();
    let states = v.len();
    let mut changed = Change::none(true);
    for i in 0..states {
        let state = if upward { i } else { states - 1 - i };
        if let Some((pair, best)) = improved(v, state, rule[state]) {
            changed.values(best - v[state]);
            changed.actions += usize::from(rule[state] != pair);
            v[state] = best;
            rule[state] = pair;
        }
    }
    changed
}

/// The first pair of the largest q, the one taken if that is as large.
#[inline]
fn best_of(mut q: impl Iterator<Item = (u32, f64)>, taken: u32) -> Option<(u32, f64)> {
    let mut best = q.next()?;
    for (pair, value) in q {
        if value > best.1 || (value == best.1 && pair == taken) {
            best = (pair, value);
        }
    }
    Some(best)
}

/// Whether so many states are swept by one thread.
pub fn is_one_threads(states: usize) -> bool {
    states <= CHUNK || rayon::current_num_threads() == 1
}

/// Σ p v over the outcomes of a pair.
#[inline(always)]
pub fn expectation(column: &[u32], value: &[f64], v: &[f64]) -> f64 {
    if column.len() >= LONG {
        return long_expectation(column, value, v);
    }
    let mut expected = 0.0;
    for (&next, p) in column.iter().zip(value) {
        expected += p * v[next as usize];
    }
    expected
}

/// From so many outcomes on it is worth a look whether they follow one another; a choice, of which no measurement
/// is kept.
const LONG: usize = 16;

#[inline(never)]
fn long_expectation(column: &[u32], value: &[f64], v: &[f64]) -> f64 {
    if let [first, .., last] = column
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

/// Σ xᵢ yᵢ.
fn dot(x: &[f64], y: &[f64]) -> f64 {
    let (strands, rest) = strands(x, y);
    strands.iter().sum::<f64>() + rest
}

/// Σ xᵢ in eight strands too, beside a product that is not asked for.
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
