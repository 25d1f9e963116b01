//! What can follow each pair, in one table.

mod column;
mod exact;

use std::sync::Arc;

use self::column::{Codes, Column};
pub(crate) use self::exact::{ExactOutcomes, Known};
use crate::field::Field;
use crate::linalg::Csr;
use crate::number::Number;

/// One thing that can follow a state-action pair.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outcome<'a, F> {
    /// s', the next state.
    pub next: usize,
    /// The probability of this outcome, given the pair.
    pub probability: &'a F,
    /// r(s, a, s'), the reward of this outcome.
    pub reward: &'a F,
}

/// Outcomes of all pairs, pair by pair, in one table.
///
/// A table over another field shares all but the numbers, and of numbers that repeat each is there
/// once: a grid of a million cells has three literals.
#[derive(Clone, Debug)]
pub struct OutcomeTable<F> {
    /// Outcomes of pair i stand at `start[i]..start[i + 1]`.
    start: Arc<Vec<usize>>,
    next: Arc<Vec<u32>>,
    probability: Column<F>,
    reward: Column<F>,
}

impl<F> Default for OutcomeTable<F> {
    fn default() -> OutcomeTable<F> {
        OutcomeTable {
            start: Arc::new(vec![0]),
            next: Arc::default(),
            probability: Column::each_of(Vec::new()),
            reward: Column::each_of(Vec::new()),
        }
    }
}

impl<F: PartialEq> PartialEq for OutcomeTable<F> {
    fn eq(&self, other: &OutcomeTable<F>) -> bool {
        let same = |pair| self.of(pair).eq(other.of(pair));
        self.start == other.start && self.next == other.next && (0..self.pairs()).all(same)
    }
}

impl<F: Clone> OutcomeTable<F> {
    /// Appends one outcome of the pair that is being filled.
    pub fn push(&mut self, next: usize, probability: F, reward: F) {
        Arc::make_mut(&mut self.next).push(narrow(next));
        self.probability.each(&self.start).push(probability);
        self.reward.each(&self.start).push(reward);
    }

    /// The outcomes of T times, time by time, those of t leading to the states of t + 1, of which
    /// there are `states` at each time.
    pub(crate) fn in_time(&self, horizon: usize, states: usize) -> OutcomeTable<F> {
        let later = |t: usize| {
            let shift = ((t + 1) * states) as u32;
            self.next.iter().map(move |next| next + shift)
        };
        let ends = |t: usize| {
            let before = t * self.outcomes();
            self.start[1..].iter().map(move |end| before + end)
        };
        OutcomeTable {
            start: Arc::new(
                std::iter::once(0)
                    .chain((0..horizon).flat_map(ends))
                    .collect(),
            ),
            next: Arc::new((0..horizon).flat_map(later).collect()),
            probability: self.probability.repeated(horizon),
            reward: self.reward.repeated(horizon),
        }
    }

    /// Changes the rewards of a pair.
    pub(super) fn change_rewards(&mut self, pair: usize, change: impl FnMut(&mut F)) {
        let outcomes = self.start[pair]..self.start[pair + 1];
        let rewards = self.reward.each(&self.start);
        rewards[outcomes].iter_mut().for_each(change);
    }
}

impl<F: Field> OutcomeTable<F> {
    /// p by rows of pairs and r(s, a), number by number as they are held, where rewards are by pair and the outcomes of
    /// each pair, of which there are some, lead to different states in their order; the table itself where they do not.
    pub(super) fn into_rows(self, states: usize) -> Result<(Csr<F>, Vec<F>), OutcomeTable<F>> {
        let rises = |ends: &[usize]| {
            let next = &self.next[ends[0]..ends[1]];
            !next.is_empty() && next.is_sorted_by(|x, y| x < y)
        };
        if !self.pays_by_pair() || !self.start.windows(2).all(rises) {
            return Err(self);
        }
        let pattern = (self.start, self.next);
        let p = Csr::sharing(states, pattern, self.probability.into_numbers());
        Ok((p, self.reward.into_numbers()))
    }
}

impl<F> OutcomeTable<F> {
    /// Ends the pair that is being filled; the next outcome belongs to the next pair.
    pub fn end_pair(&mut self) {
        Arc::make_mut(&mut self.start).push(self.next.len());
    }

    /// Number of ended pairs.
    pub fn pairs(&self) -> usize {
        self.start.len() - 1
    }

    /// Number of outcomes of all pairs.
    pub fn outcomes(&self) -> usize {
        self.next.len()
    }

    /// The outcomes of a pair.
    pub fn of(&self, pair: usize) -> impl ExactSizeIterator<Item = Outcome<'_, F>> + Clone {
        (self.start[pair]..self.start[pair + 1]).map(move |i| Outcome {
            next: self.next[i] as usize,
            probability: self.probability.get(pair, i),
            reward: self.reward.get(pair, i),
        })
    }

    /// Whether rewards are held by pair, so that all outcomes of one pay the same.
    pub(crate) fn pays_by_pair(&self) -> bool {
        self.reward.is_by_pair()
    }

    /// All rewards that are paid, one of each pair where all of its outcomes pay the same.
    pub(super) fn rewards(&self) -> impl Iterator<Item = &F> + Clone {
        self.reward.numbers()
    }

    /// The places of a pair's outcomes among all.
    pub(crate) fn range(&self, pair: usize) -> std::ops::Range<usize> {
        self.start[pair]..self.start[pair + 1]
    }

    /// The next states of a pair, as often as they are listed.
    pub(crate) fn next_states(&self, pair: usize) -> impl ExactSizeIterator<Item = usize> + '_ {
        let own = self.start[pair]..self.start[pair + 1];
        self.next[own].iter().map(|&next| next as usize)
    }

    /// The same table over another field; a number that repeats may be mapped once.
    pub fn map<G>(&self, mut f: impl FnMut(&F) -> G) -> OutcomeTable<G> {
        OutcomeTable {
            start: Arc::clone(&self.start),
            next: Arc::clone(&self.next),
            probability: self.probability.map(&mut f),
            reward: self.reward.map(&mut f),
        }
    }
}

impl OutcomeTable<Number> {
    /// A table of pairs that pay one reward each: where their outcomes begin and end, the next states, the probabilities by
    /// codes up to `largest` for numbers, and the rewards by pair.
    pub(crate) fn of_codes(
        start: Vec<usize>,
        next: Vec<u32>,
        (codes, largest): (Vec<u32>, u32),
        number: impl Fn(u32) -> Number,
        rewards: Vec<Number>,
    ) -> OutcomeTable<Number> {
        let probability = if codes.len() > largest as usize {
            let pool = (0..=largest).map(number).collect();
            Column::pooled(pool, Codes::Longs(codes))
        } else {
            Column::each_of(codes.into_iter().map(number).collect())
        };
        OutcomeTable {
            start: Arc::new(start),
            next: Arc::new(next),
            probability,
            reward: Column::each_of(rewards).by_pair(),
        }
    }
}

/// A state beyond these is none: the checks find it.
fn narrow(next: usize) -> u32 {
    u32::try_from(next).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows of p as they are pushed, where each lists different states in their order and rewards are by pair.
    #[test]
    fn what_is_in_order_becomes_rows_as_it_stands() {
        let number = |code: u32| Number::from(i64::from(code) + 1);
        let table = |next: [u32; 5]| {
            let codes = (vec![0, 1, 0, 1, 0], 1);
            let rewards = vec![Number::from(3), Number::from(-4)];
            OutcomeTable::of_codes(vec![0, 2, 5], next.into(), codes, number, rewards)
        };
        let Ok((p, r)) = table([1, 6, 0, 2, 3]).map(Number::to_f64).into_rows(7) else {
            panic!("in order, and not taken so")
        };
        let rows = [vec![(1, 1.0), (6, 2.0)], vec![(0, 1.0), (2, 2.0), (3, 1.0)]];
        assert_eq!(p, Csr::from_rows(7, rows));
        assert_eq!(r, [3.0, -4.0]);
        // a state twice, and two that are out of order
        for next in [[1, 1, 0, 2, 3], [1, 6, 2, 0, 3]] {
            assert!(table(next).map(Number::to_f64).into_rows(7).is_err());
        }
    }

    #[test]
    fn numbers_by_code_and_rewards_by_pair_read_as_they_came() {
        let codes: Vec<u32> = (0..24).map(|i| i * 5 % 4).collect();
        let number = |code: u32| Number::from(i64::from(code) + 1);
        let rewards: Vec<Number> = (0..8).map(|pair| Number::from(pair * pair)).collect();
        let next: Vec<u32> = (0..24).map(|i| i % 7).collect();
        let mut plain = OutcomeTable::default();
        for (i, (&next, &code)) in next.iter().zip(&codes).enumerate() {
            plain.push(next as usize, number(code), rewards[i / 3].clone());
            if i % 3 == 2 {
                plain.end_pair();
            }
        }
        for largest in [3, 100] {
            let (next, rewards) = (next.clone(), rewards.clone());
            let codes = (codes.clone(), largest);
            let mut found = OutcomeTable::of_codes(
                (0..=8).map(|pair| 3 * pair).collect(),
                next,
                codes,
                number,
                rewards,
            );
            assert_eq!(found, plain);
            assert_eq!(found.map(Number::to_f64), plain.map(Number::to_f64));
            assert_eq!(found.in_time(2, 7), plain.in_time(2, 7));
            let rows = found.map(Number::to_f64).into_rows(7).unwrap_err();
            assert_eq!(rows, plain.map(Number::to_f64));
            found.change_rewards(2, |r| *r = Number::from(9));
            assert!(found.of(2).all(|o| *o.reward == Number::from(9)));
            assert!(found.of(3).eq(plain.of(3)));
        }
    }
}
