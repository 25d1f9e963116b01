//! The numbers of a table of outcomes, in as little room as they need.

use std::sync::Arc;

/// Numbers of outcomes.
#[derive(Clone, Debug)]
pub(super) struct Column<F> {
    numbers: Numbers<F>,
    /// Whether there is one for each pair, which all of its outcomes have.
    by_pair: bool,
}

#[derive(Clone, Debug)]
enum Numbers<F> {
    /// Each on its own.
    Each(Vec<F>),
    /// Few different ones, and which of them each is.
    Pooled { pool: Vec<F>, codes: Arc<Codes> },
}

/// Positions in a pool, as narrow as it allows.
#[derive(Clone, Debug)]
pub(super) enum Codes {
    Bytes(Vec<u8>),
    Words(Vec<u16>),
    Longs(Vec<u32>),
}

impl Codes {
    pub(super) fn of(&self, i: usize) -> usize {
        match self {
            Codes::Bytes(codes) => usize::from(codes[i]),
            Codes::Words(codes) => usize::from(codes[i]),
            Codes::Longs(codes) => codes[i] as usize,
        }
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Codes::Bytes(codes) => codes.len(),
            Codes::Words(codes) => codes.len(),
            Codes::Longs(codes) => codes.len(),
        }
    }

    pub(super) fn push(&mut self, code: u16) {
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

    pub(super) fn shrink_to_fit(&mut self) {
        match self {
            Codes::Bytes(codes) => codes.shrink_to_fit(),
            Codes::Words(codes) => codes.shrink_to_fit(),
            Codes::Longs(codes) => codes.shrink_to_fit(),
        }
    }

    fn repeated(&self, times: usize) -> Codes {
        match self {
            Codes::Bytes(codes) => Codes::Bytes(codes.repeat(times)),
            Codes::Words(codes) => Codes::Words(codes.repeat(times)),
            Codes::Longs(codes) => Codes::Longs(codes.repeat(times)),
        }
    }

    /// The code of each pair as often as it has outcomes, which stand at `start[i]..start[i + 1]`.
    pub(super) fn spread(&self, start: &[usize]) -> Codes {
        match self {
            Codes::Bytes(codes) => Codes::Bytes(spread(codes, start)),
            Codes::Words(codes) => Codes::Words(spread(codes, start)),
            Codes::Longs(codes) => Codes::Longs(spread(codes, start)),
        }
    }
}

/// What each pair has, as often as it has outcomes, which stand at `start[i]..start[i + 1]`.
pub(super) fn spread<F: Clone>(of_pairs: &[F], start: &[usize]) -> Vec<F> {
    let counts = start.windows(2).map(|ends| ends[1] - ends[0]);
    let all = of_pairs.iter().zip(counts);
    all.flat_map(|(x, count)| std::iter::repeat_n(x.clone(), count))
        .collect()
}

impl<F> Column<F> {
    /// Each number on its own.
    pub(super) fn each_of(numbers: Vec<F>) -> Column<F> {
        Column {
            numbers: Numbers::Each(numbers),
            by_pair: false,
        }
    }

    /// Numbers of a pool.
    pub(super) fn pooled(pool: Vec<F>, codes: Codes) -> Column<F> {
        let codes = Arc::new(codes);
        Column {
            numbers: Numbers::Pooled { pool, codes },
            by_pair: false,
        }
    }

    /// Whether there is one for each pair.
    pub(super) fn is_by_pair(&self) -> bool {
        self.by_pair
    }

    /// The same numbers, of pairs.
    pub(super) fn by_pair(self) -> Column<F> {
        Column {
            by_pair: true,
            ..self
        }
    }

    /// The number of outcome i, one of a pair's.
    #[inline]
    pub(super) fn get(&self, pair: usize, i: usize) -> &F {
        let at = if self.by_pair { pair } else { i };
        match &self.numbers {
            Numbers::Each(numbers) => &numbers[at],
            Numbers::Pooled { pool, codes } => &pool[codes.of(at)],
        }
    }

    /// All numbers, one for each pair if they are of pairs.
    pub(super) fn numbers(&self) -> impl Iterator<Item = &F> + Clone {
        let (each, pooled) = match &self.numbers {
            Numbers::Each(numbers) => (Some(numbers), None),
            Numbers::Pooled { pool, codes } => (None, Some((pool, codes))),
        };
        let pooled = pooled.into_iter();
        let pooled = pooled.flat_map(|(pool, codes)| (0..codes.len()).map(|i| &pool[codes.of(i)]));
        each.into_iter().flatten().chain(pooled)
    }

    pub(super) fn map<G>(&self, f: &mut impl FnMut(&F) -> G) -> Column<G> {
        let numbers = match &self.numbers {
            Numbers::Each(numbers) => Numbers::Each(numbers.iter().map(f).collect()),
            Numbers::Pooled { pool, codes } => Numbers::Pooled {
                pool: pool.iter().map(f).collect(),
                codes: Arc::clone(codes),
            },
        };
        Column {
            numbers,
            by_pair: self.by_pair,
        }
    }

    /// Whether different numbers are there once.
    #[cfg(test)]
    pub(super) fn pool(&self) -> Option<usize> {
        match &self.numbers {
            Numbers::Each(_) => None,
            Numbers::Pooled { pool, .. } => Some(pool.len()),
        }
    }
}

impl<F: Clone> Column<F> {
    /// All numbers as they are held, one for each pair if they are of pairs.
    pub(super) fn into_numbers(self) -> Vec<F> {
        fn looked_up<F: Clone, C: Copy>(
            pool: &[F],
            codes: &[C],
            at: impl Fn(C) -> usize,
        ) -> Vec<F> {
            codes.iter().map(|&code| pool[at(code)].clone()).collect()
        }
        match self.numbers {
            Numbers::Each(numbers) => numbers,
            // one loop for each width: many numbers are looked up at once
            Numbers::Pooled { pool, codes } => match &*codes {
                Codes::Bytes(codes) => looked_up(&pool, codes, usize::from),
                Codes::Words(codes) => looked_up(&pool, codes, usize::from),
                Codes::Longs(codes) => looked_up(&pool, codes, |code| code as usize),
            },
        }
    }

    /// The same numbers so many times.
    pub(super) fn repeated(&self, times: usize) -> Column<F> {
        let numbers = match &self.numbers {
            Numbers::Each(numbers) => Numbers::Each(vec![numbers.as_slice(); times].concat()),
            Numbers::Pooled { pool, codes } => Numbers::Pooled {
                pool: pool.clone(),
                codes: Arc::new(codes.repeated(times)),
            },
        };
        Column {
            numbers,
            by_pair: self.by_pair,
        }
    }

    /// Each number on its own; the outcomes of ended pair i stand at `start[i]..start[i + 1]`.
    pub(super) fn each(&mut self, start: &[usize]) -> &mut Vec<F> {
        if let Numbers::Pooled { pool, codes } = &self.numbers {
            let numbers = (0..codes.len()).map(|i| pool[codes.of(i)].clone());
            self.numbers = Numbers::Each(numbers.collect());
        }
        let (Numbers::Each(numbers) | Numbers::Pooled { pool: numbers, .. }) = &mut self.numbers;
        if std::mem::take(&mut self.by_pair) {
            *numbers = spread(numbers, start);
        }
        numbers
    }
}
