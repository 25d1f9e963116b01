//! Sweeps over a model in floating point: v ← T*v as fast as memory allows.

use super::rule::Rule;
use crate::mdp::{Mdp, Space};

/// A model's arrays, borrowed as they lie in memory.
pub struct Kernel<'a> {
    space: &'a Space,
    start: &'a [usize],
    column: &'a [u32],
    value: &'a [f64],
    r: &'a [f64],
    discount: f64,
}

impl<'a> Kernel<'a> {
    /// The arrays of p and r.
    pub fn new(mdp: &'a Mdp<f64>) -> Kernel<'a> {
        Kernel {
            space: mdp.space(),
            start: mdp.p().row_starts(),
            column: mdp.p().column_indices(),
            value: mdp.p().values(),
            r: mdp.r(),
            discount: mdp.discount(),
        }
    }

    /// The most outcomes that a pair has.
    pub fn longest_row(&self) -> usize {
        self.start
            .windows(2)
            .map(|w| w[1] - w[0])
            .max()
            .unwrap_or(0)
    }

    /// q(s, a) = r + γ p v of one pair.
    pub fn action_value(&self, v: &[f64], pair: usize) -> f64 {
        let range = self.start[pair]..self.start[pair + 1];
        let outcomes = self.column[range.clone()].iter().zip(&self.value[range]);
        let expected: f64 = outcomes.map(|(&next, p)| p * v[next as usize]).sum();
        self.r[pair] + self.discount * expected
    }

    /// `next` ← T*v, and the first greedy pair of every state.
    pub fn improve(&self, v: &[f64], next: &mut [f64], rule: &mut Rule) {
        for (state, next) in next.iter_mut().enumerate() {
            let mut best = f64::NEG_INFINITY;
            let mut at = None;
            for pair in self.space.pairs_of(state) {
                let q = self.action_value(v, pair);
                if q > best {
                    (best, at) = (q, Some(pair));
                }
            }
            if let Some(pair) = at {
                rule.set(state, pair);
                *next = best;
            }
        }
    }
}
