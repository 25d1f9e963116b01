//! The table of a model's exact numbers, outcome by outcome.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::RandomState;

use super::column::{Codes, Column, spread};
use super::{OutcomeTable, narrow};
use crate::number::Number;

/// Makes the table of a model's exact numbers.
#[derive(Debug)]
pub(crate) struct ExactOutcomes {
    start: Vec<usize>,
    next: Vec<u32>,
    probability: Literals,
    reward: Literals,
    /// Whether there is a reward for each pair, as long as each pays but one.
    by_pair: bool,
}

impl Default for ExactOutcomes {
    fn default() -> ExactOutcomes {
        ExactOutcomes {
            start: vec![0],
            next: Vec::new(),
            probability: Literals::default(),
            reward: Literals::default(),
            by_pair: true,
        }
    }
}

impl ExactOutcomes {
    /// Makes room for so many outcomes more.
    pub(crate) fn reserve(&mut self, outcomes: usize) {
        self.next.reserve(outcomes);
        self.probability.reserve(outcomes);
        self.reward.reserve(outcomes);
    }

    /// Adds an outcome s', p, r to the pair that is being made.
    pub(crate) fn push(&mut self, next: usize, probability: Number, reward: Number) {
        self.pay_by_outcome();
        self.next.push(narrow(next));
        self.probability.push(probability);
        self.reward.push(reward);
    }

    /// An outcome of a pair of which all pay the same, see [`ExactOutcomes::end_paying`].
    pub(crate) fn push_next(&mut self, next: u32, probability: Number) {
        self.next.push(next);
        self.probability.push(probability);
    }

    /// A pair, all outcomes of which pay the same; of the probabilities zeros are left.
    pub(crate) fn push_pair(&mut self, next: &[u32], probabilities: &mut [Number], reward: Number) {
        self.next.extend_from_slice(next);
        for probability in probabilities {
            let probability = std::mem::replace(probability, Number::ZERO);
            self.probability.push(probability);
        }
        self.end_paying(reward);
    }

    /// Ends the pair that is being filled, all outcomes of which pay this.
    pub(crate) fn end_paying(&mut self, reward: Number) {
        if self.by_pair {
            self.reward.push(reward);
        } else {
            let begin = self.start.last().copied().unwrap_or(0);
            for _ in begin..self.next.len() {
                self.reward.push(reward.clone());
            }
        }
        self.start.push(self.next.len());
    }

    /// A reward for each outcome, from now on.
    fn pay_by_outcome(&mut self) {
        if std::mem::take(&mut self.by_pair) {
            self.reward.spread(&self.start);
        }
    }

    /// A probability that many outcomes will have.
    pub(crate) fn known_probability(&mut self, number: Number) -> Known {
        self.probability.known(number)
    }

    /// A reward that many outcomes will pay.
    pub(crate) fn known_reward(&mut self, number: Number) -> Known {
        self.reward.known(number)
    }

    /// [`ExactOutcomes::push`] of numbers that are known.
    pub(crate) fn push_known(&mut self, next: u32, probability: &Known, reward: &Known) {
        self.pay_by_outcome();
        self.next.push(next);
        self.probability.push_known(probability);
        self.reward.push_known(reward);
    }

    /// Ends the pair that is being made; what is pushed next belongs to the one after it.
    pub(crate) fn end_pair(&mut self) {
        self.pay_by_outcome();
        self.start.push(self.next.len());
    }

    /// Number of ended pairs.
    pub(crate) fn pairs(&self) -> usize {
        self.start.len() - 1
    }

    /// With room for so many pairs and outcomes.
    pub(crate) fn with_capacity(pairs: usize, outcomes: usize) -> ExactOutcomes {
        let mut table = ExactOutcomes::default();
        table.start.reserve(pairs);
        table.next.reserve(outcomes);
        table
    }

    /// The table, without room for more.
    pub(crate) fn finish(mut self) -> OutcomeTable<Number> {
        self.start.shrink_to_fit();
        self.next.shrink_to_fit();
        let reward = self.reward.finish();
        OutcomeTable {
            start: Arc::new(self.start),
            next: Arc::new(self.next),
            probability: self.probability.finish(),
            reward: if self.by_pair {
                reward.by_pair()
            } else {
                reward
            },
        }
    }
}

/// Places for numbers seen last, to begin with: a power of two, and always four times as many as there
/// are different numbers, so that most are found without a hash of all their bits.
const RECENT: usize = 64;

/// So many different numbers, more than half of all so far, are taken for numbers that do not
/// repeat. The number is a choice.
const TRIED: usize = 4096;

/// Where among so many places a number is remembered.
fn slot(number: &Number, places: usize) -> usize {
    match number {
        Number::Small {
            numerator,
            denominator,
        } => {
            let bits = (*numerator as u64).rotate_left(32) ^ denominator.get();
            let mixed = bits.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            (mixed >> 32) as usize & (places - 1)
        }
        Number::Large(_) => 0,
    }
}

/// A number that is among the few of a column, while they are few.
#[derive(Debug)]
pub(crate) struct Known {
    code: Option<u16>,
    number: Number,
}

/// Numbers of which each different one is kept once, as long as there are few.
#[derive(Debug)]
enum Literals {
    Few {
        pool: Vec<Number>,
        place: HashMap<Number, u16, RandomState>,
        codes: Codes,
        /// The codes of numbers seen last, by a few bits of theirs.
        recent: Vec<u16>,
        /// How many numbers there may be: room for them is made once they are many.
        expected: usize,
    },
    Many(Vec<Number>),
}

impl Default for Literals {
    fn default() -> Literals {
        Literals::Few {
            pool: Vec::new(),
            place: HashMap::default(),
            codes: Codes::Bytes(Vec::new()),
            recent: vec![0; RECENT],
            expected: 0,
        }
    }
}

impl Literals {
    fn reserve(&mut self, numbers: usize) {
        match self {
            Literals::Few { expected, .. } => *expected = numbers,
            Literals::Many(many) => many.reserve(numbers),
        }
    }

    fn push(&mut self, number: Number) {
        match self {
            Literals::Many(numbers) => numbers.push(number),
            Literals::Few {
                pool,
                codes,
                recent,
                ..
            } => {
                let code = recent[slot(&number, recent.len())];
                if pool.get(usize::from(code)) == Some(&number) {
                    codes.push(code);
                } else {
                    self.push_found(number);
                }
            }
        }
    }

    /// A number that was not seen of late.
    fn push_found(&mut self, number: Number) {
        let Literals::Few {
            pool,
            place,
            codes,
            recent,
            ..
        } = self
        else {
            return self.push_one_more(number);
        };
        let known = place.get(&number).copied();
        let Ok(code) = known.map_or_else(|| u16::try_from(pool.len()), Ok) else {
            return self.push_one_more(number);
        };
        if known.is_none() {
            if pool.len() >= TRIED && pool.len() * 2 > codes.len() {
                return self.push_one_more(number);
            }
            place.insert(number.clone(), code);
            pool.push(number.clone());
            if pool.len() * 4 > recent.len() {
                *recent = vec![0; recent.len() * 2];
            }
        }
        let places = recent.len();
        recent[slot(&number, places)] = code;
        codes.push(code);
    }

    /// A number with its code, if it may have one.
    fn known(&mut self, number: Number) -> Known {
        let code = match self {
            Literals::Many(_) => None,
            Literals::Few { pool, place, .. } => match place.get(&number) {
                Some(code) => Some(*code),
                None => u16::try_from(pool.len()).ok().inspect(|code| {
                    place.insert(number.clone(), *code);
                    pool.push(number.clone());
                }),
            },
        };
        Known { code, number }
    }

    fn push_known(&mut self, known: &Known) {
        match (self, known.code) {
            (Literals::Few { codes, .. }, Some(code)) => codes.push(code),
            (many, _) => many.push(known.number.clone()),
        }
    }

    /// Beyond the pool, or where one is of no use.
    fn push_one_more(&mut self, number: Number) {
        let expected = match self {
            Literals::Few { expected, .. } => *expected,
            Literals::Many(_) => 0,
        };
        let mut column = std::mem::take(self).finish();
        let mut numbers = std::mem::take(column.each(&[]));
        numbers.reserve_exact(expected.saturating_sub(numbers.len()).max(1));
        numbers.push(number);
        *self = Literals::Many(numbers);
    }

    /// The number of each pair as often as it has outcomes, which stand at `start[i]..start[i + 1]`.
    fn spread(&mut self, start: &[usize]) {
        match self {
            Literals::Few { codes, .. } => *codes = codes.spread(start),
            Literals::Many(numbers) => *numbers = spread(numbers, start),
        }
    }

    fn finish(self) -> Column<Number> {
        match self {
            Literals::Few {
                pool, mut codes, ..
            } => {
                codes.shrink_to_fit();
                Column::pooled(pool, codes)
            }
            Literals::Many(mut numbers) => {
                numbers.shrink_to_fit();
                Column::each_of(numbers)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_repeat_are_there_once_and_read_as_they_came() {
        for distinct in [1, 3, 256, 257, 65_536, 65_537, 70_000] {
            let (mut exact, mut plain) = (ExactOutcomes::default(), OutcomeTable::default());
            for i in 0..400_000i64 {
                let (p, r) = (Number::from(i / 4 * 7 % distinct), Number::from(i % 5));
                exact.push(i as usize % 11, p.clone(), r.clone());
                plain.push(i as usize % 11, p, r);
                if i % 3 == 0 {
                    exact.end_pair();
                    plain.end_pair();
                }
            }
            let exact = exact.finish();
            assert_eq!(exact, plain);
            assert_eq!(exact.map(Number::to_f64), plain.map(Number::to_f64));
            let pooled = exact.probability.pool() == Some(distinct as usize);
            assert_eq!(pooled, distinct <= 65_536);
            let mut changed = exact;
            changed.change_rewards(1, |r| *r = Number::from(9));
            changed.push(3, Number::ONE, Number::ONE);
            assert!(
                changed
                    .of(1)
                    .all(|outcome| *outcome.reward == Number::from(9))
            );
            assert!(changed.of(2).eq(plain.of(2)));
        }
    }

    #[test]
    fn numbers_that_do_not_repeat_are_not_looked_for() {
        let mut exact = ExactOutcomes::default();
        for i in 0..10_000 {
            exact.push(0, Number::from(i), Number::from(i % 5));
        }
        exact.end_pair();
        let exact = exact.finish();
        assert!(exact.probability.pool().is_none());
        assert!(exact.reward.pool().is_some());
        let numbers = (0..10_000).map(Number::from);
        assert!(exact.of(0).map(|o| o.probability.clone()).eq(numbers));
    }

    /// Rows that pay one reward, then some that do not, then such again.
    #[test]
    fn rewards_of_pairs_and_of_outcomes_read_as_they_came() {
        for (distinct, others) in [
            (3, 0..0),
            (3, 500..510),
            (90_000, 0..0),
            (90_000, 40_000..40_001),
        ] {
            let (mut exact, mut plain) = (ExactOutcomes::default(), OutcomeTable::default());
            for pair in 0..80_000i64 {
                let reward = |i: i64| {
                    let own = if others.contains(&pair) { i } else { 0 };
                    Number::from(pair * 7 % distinct + own)
                };
                for i in 0..pair % 4 {
                    let (next, p) = ((pair + i) as u32 % 9, Number::from(i));
                    if others.contains(&pair) {
                        exact.push(next as usize, p.clone(), reward(i));
                    } else {
                        exact.push_next(next, p.clone());
                    }
                    plain.push(next as usize, p, reward(i));
                }
                plain.end_pair();
                if others.contains(&pair) {
                    exact.end_pair();
                } else {
                    exact.end_paying(reward(0));
                }
            }
            let exact = exact.finish();
            assert_eq!(exact, plain);
            assert_eq!(exact.map(Number::to_f64), plain.map(Number::to_f64));
            assert_eq!(exact.in_time(2, 9), plain.in_time(2, 9));
        }
    }
}
