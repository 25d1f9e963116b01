//! What can follow each pair, in one table.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::RandomState;

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

/// Numbers one by one.
#[derive(Clone, Debug)]
enum Column<F> {
    /// Each on its own.
    Each(Vec<F>),
    /// Few different ones, and which of them each is.
    Pooled { pool: Vec<F>, codes: Arc<Codes> },
    /// The same for all outcomes of a pair.
    ByPair(Vec<F>),
}

/// Positions in a pool, as narrow as it allows.
#[derive(Clone, Debug)]
enum Codes {
    Bytes(Vec<u8>),
    Words(Vec<u16>),
    Longs(Vec<u32>),
}

impl Codes {
    fn of(&self, i: usize) -> usize {
        match self {
            Codes::Bytes(codes) => usize::from(codes[i]),
            Codes::Words(codes) => usize::from(codes[i]),
            Codes::Longs(codes) => codes[i] as usize,
        }
    }

    fn len(&self) -> usize {
        match self {
            Codes::Bytes(codes) => codes.len(),
            Codes::Words(codes) => codes.len(),
            Codes::Longs(codes) => codes.len(),
        }
    }

    fn push(&mut self, code: u16) {
        match (&mut *self, u8::try_from(code)) {
            (Codes::Bytes(codes), Ok(code)) => codes.push(code),
            (Codes::Bytes(codes), Err(_)) => {
                let wide = codes.iter().map(|code| u16::from(*code));
                *self = Codes::Words(wide.chain([code]).collect());
            }
            (Codes::Words(codes), _) => codes.push(code),
            (Codes::Longs(codes), _) => codes.push(u32::from(code)),
        }
    }
}

impl<F: Clone> Column<F> {
    /// The same numbers so many times.
    fn repeated(&self, times: usize) -> Column<F> {
        match self {
            Column::Each(numbers) => Column::Each(vec![numbers.as_slice(); times].concat()),
            Column::Pooled { pool, codes } => Column::Pooled {
                pool: pool.clone(),
                codes: Arc::new(match &**codes {
                    Codes::Bytes(codes) => Codes::Bytes(codes.repeat(times)),
                    Codes::Words(codes) => Codes::Words(codes.repeat(times)),
                    Codes::Longs(codes) => Codes::Longs(codes.repeat(times)),
                }),
            },
            Column::ByPair(numbers) => Column::ByPair(vec![numbers.as_slice(); times].concat()),
        }
    }
}

impl<F> Column<F> {
    /// The number of outcome i, one of a pair's.
    fn get(&self, pair: usize, i: usize) -> &F {
        match self {
            Column::Each(numbers) => &numbers[i],
            Column::Pooled { pool, codes } => &pool[codes.of(i)],
            Column::ByPair(numbers) => &numbers[pair],
        }
    }

    fn map<G>(&self, f: &mut impl FnMut(&F) -> G) -> Column<G> {
        match self {
            Column::Each(numbers) => Column::Each(numbers.iter().map(f).collect()),
            Column::Pooled { pool, codes } => Column::Pooled {
                pool: pool.iter().map(f).collect(),
                codes: Arc::clone(codes),
            },
            Column::ByPair(numbers) => Column::ByPair(numbers.iter().map(f).collect()),
        }
    }
}

impl<F: Clone> Column<F> {
    /// Each number on its own; the outcomes of ended pair i stand at `start[i]..start[i + 1]`.
    fn each(&mut self, start: &[usize]) -> &mut Vec<F> {
        match self {
            Column::Each(_) => {}
            Column::Pooled { pool, codes } => {
                let numbers = (0..codes.len()).map(|i| pool[codes.of(i)].clone());
                *self = Column::Each(numbers.collect());
            }
            Column::ByPair(numbers) => {
                let counts = start.windows(2).map(|ends| ends[1] - ends[0]);
                let all = numbers.iter().zip(counts);
                let all = all.flat_map(|(x, count)| std::iter::repeat_n(x.clone(), count));
                *self = Column::Each(all.collect());
            }
        }
        match self {
            Column::Each(numbers) | Column::ByPair(numbers) => numbers,
            Column::Pooled { pool, .. } => pool,
        }
    }
}

impl<F> Default for OutcomeTable<F> {
    fn default() -> OutcomeTable<F> {
        OutcomeTable {
            start: Arc::new(vec![0]),
            next: Arc::default(),
            probability: Column::Each(Vec::new()),
            reward: Column::Each(Vec::new()),
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
            let codes = Arc::new(Codes::Longs(codes));
            let pool = (0..=largest).map(number).collect();
            Column::Pooled { pool, codes }
        } else {
            Column::Each(codes.into_iter().map(number).collect())
        };
        OutcomeTable {
            start: Arc::new(start),
            next: Arc::new(next),
            probability,
            reward: Column::ByPair(rewards),
        }
    }
}

/// A state beyond these is none: the checks find it.
fn narrow(next: usize) -> u32 {
    u32::try_from(next).unwrap_or(u32::MAX)
}

/// Makes the table of a model's exact numbers.
#[derive(Debug)]
pub(crate) struct ExactOutcomes {
    start: Vec<usize>,
    next: Vec<u32>,
    probability: Literals,
    reward: Literals,
}

impl Default for ExactOutcomes {
    fn default() -> ExactOutcomes {
        ExactOutcomes {
            start: vec![0],
            next: Vec::new(),
            probability: Literals::default(),
            reward: Literals::default(),
        }
    }
}

impl ExactOutcomes {
    /// As [`OutcomeTable::push`].
    pub(crate) fn push(&mut self, next: usize, probability: Number, reward: Number) {
        self.next.push(narrow(next));
        self.probability.push(probability);
        self.reward.push(reward);
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
        self.next.push(next);
        self.probability.push_known(probability);
        self.reward.push_known(reward);
    }

    /// As [`OutcomeTable::end_pair`].
    pub(crate) fn end_pair(&mut self) {
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
        OutcomeTable {
            start: Arc::new(self.start),
            next: Arc::new(self.next),
            probability: self.probability.finish(),
            reward: self.reward.finish(),
        }
    }
}

/// How many numbers are remembered without a hash of all their bits.
const RECENT: usize = 64;

/// So many different numbers, more than half of all so far, are taken for numbers that do not
/// repeat.
const TRIED: usize = 4096;

/// Where a number is remembered.
fn slot(number: &Number) -> usize {
    match number {
        Number::Small {
            numerator,
            denominator,
        } => {
            let bits = (*numerator as u64).rotate_left(32) ^ denominator.get();
            (bits.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 58) as usize
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
        recent: Box<[u16; RECENT]>,
    },
    Many(Vec<Number>),
}

impl Default for Literals {
    fn default() -> Literals {
        Literals::Few {
            pool: Vec::new(),
            place: HashMap::default(),
            codes: Codes::Bytes(Vec::new()),
            recent: Box::new([0; RECENT]),
        }
    }
}

impl Literals {
    fn push(&mut self, number: Number) {
        match self {
            Literals::Many(numbers) => numbers.push(number),
            Literals::Few {
                pool,
                place,
                codes,
                recent,
            } => {
                let recent = &mut recent[slot(&number)];
                if pool.get(usize::from(*recent)) != Some(&number) {
                    let known = place.get(&number).copied();
                    let Ok(code) = known.map_or_else(|| u16::try_from(pool.len()), Ok) else {
                        return self.push_one_more(number);
                    };
                    if known.is_none() {
                        if pool.len() >= TRIED && pool.len() * 2 > codes.len() {
                            return self.push_one_more(number);
                        }
                        place.insert(number.clone(), code);
                        pool.push(number);
                    }
                    *recent = code;
                }
                codes.push(*recent);
            }
        }
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
        let mut column = std::mem::take(self).finish();
        let mut numbers = std::mem::take(column.each(&[]));
        numbers.push(number);
        *self = Literals::Many(numbers);
    }

    fn finish(self) -> Column<Number> {
        match self {
            Literals::Few {
                pool, mut codes, ..
            } => {
                match &mut codes {
                    Codes::Bytes(codes) => codes.shrink_to_fit(),
                    Codes::Words(codes) => codes.shrink_to_fit(),
                    Codes::Longs(codes) => codes.shrink_to_fit(),
                }
                Column::Pooled {
                    pool,
                    codes: Arc::new(codes),
                }
            }
            Literals::Many(mut numbers) => {
                numbers.shrink_to_fit();
                Column::Each(numbers)
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
            let pooled = matches!(&exact.probability, Column::Pooled { pool, .. } if pool.len() as i64 == distinct);
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
            found.change_rewards(2, |r| *r = Number::from(9));
            assert!(found.of(2).all(|o| *o.reward == Number::from(9)));
            assert!(found.of(3).eq(plain.of(3)));
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
        assert!(matches!(exact.probability, Column::Each(_)));
        assert!(matches!(exact.reward, Column::Pooled { .. }));
        let numbers = (0..10_000).map(Number::from);
        assert!(exact.of(0).map(|o| o.probability.clone()).eq(numbers));
    }
}
