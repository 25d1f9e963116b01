//! Small models over exact fractions, random or from the literature.

use std::sync::Arc;

use exact_mdp::field::Field;
use exact_mdp::mdp::{Criterion, Mdp, MdpParts, Names, OutcomeTable, Space};
use exact_mdp::number::{Number, Rational};

/// p/q.
pub fn q(p: i64, d: u64) -> Rational {
    Number::ratio(p, d).unwrap().to_rational()
}

/// The nearest `f64`.
pub fn f(x: &Rational) -> f64 {
    Field::to_f64(x)
}

pub fn nearest(x: &[Rational]) -> Vec<f64> {
    x.iter().map(f).collect()
}

/// The same model, rounded number by number.
pub fn rounded(mdp: &Mdp<Rational>) -> Mdp<f64> {
    mdp.map(f)
}

/// Outcomes (next, probability, reward) per pair, pairs per state; a state without is terminal.
pub type Table = Vec<Vec<Vec<(usize, Rational, Rational)>>>;

pub fn model(
    table: Table,
    initial: Vec<Rational>,
    criterion: Criterion<Rational>,
) -> Mdp<Rational> {
    let actions = table.iter().map(Vec::len).max().unwrap_or(1).max(1);
    let sets = table.iter().map(|pairs| (0..pairs.len() as u32).collect());
    let space = Space::new(
        Names::Numbered(table.len()),
        Names::Numbered(actions),
        sets.collect::<Vec<_>>(),
    )
    .unwrap();
    let mut outcomes = OutcomeTable::default();
    for pair in table.into_iter().flatten() {
        for (next, probability, reward) in pair {
            outcomes.push(next, probability, reward);
        }
        outcomes.end_pair();
    }
    Mdp::new(MdpParts {
        name: "test".into(),
        space: Arc::new(space),
        outcomes,
        initial,
        criterion,
    })
    .unwrap()
}

/// Appendix C of the theory.
pub fn appendix_c(criterion: Criterion<Rational>) -> Mdp<Rational> {
    let table = vec![
        vec![
            vec![(0, q(1, 3), q(1, 1)), (1, q(2, 3), q(2, 1))],
            vec![(0, q(3, 4), q(-1, 1)), (1, q(1, 4), q(4, 1))],
        ],
        vec![
            vec![(0, q(1, 1), q(3, 1))],
            vec![(0, q(2, 5), q(-2, 1)), (1, q(3, 5), q(1, 1))],
        ],
    ];
    model(table, vec![q(3, 5), q(2, 5)], criterion)
}

/// Repeatable small numbers.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Random {
        Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(1))
    }

    pub fn below(&mut self, n: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (self.0 >> 33) % n
    }

    /// Positive fractions that sum to 1.
    pub fn distribution(&mut self, n: usize) -> Vec<Rational> {
        let weights: Vec<i64> = (0..n).map(|_| 1 + self.below(5) as i64).collect();
        let total = weights.iter().sum::<i64>() as u64;
        weights.iter().map(|&w| q(w, total)).collect()
    }

    fn reward(&mut self) -> Rational {
        q(self.below(13) as i64 - 6, 1 + self.below(3))
    }

    /// A model whose states lead to few successors, so that several recurrent classes, periods and
    /// transient states turn up; the last `terminal` states are terminal.
    pub fn model(
        &mut self,
        states: usize,
        terminal: usize,
        criterion: Criterion<Rational>,
    ) -> Mdp<Rational> {
        let alternating = self.below(3) == 0;
        let table = (0..states).map(|s| {
            let actions = if s + terminal < states {
                1 + self.below(2)
            } else {
                0
            };
            let keep = if alternating { Some(s) } else { None };
            (0..actions).map(|_| self.outcomes(states, keep)).collect()
        });
        let table: Table = table.collect();
        model(table, self.distribution(states), criterion)
    }

    /// One or two successors; where `not_beside` is a state, mostly of the other parity.
    fn outcomes(
        &mut self,
        states: usize,
        not_beside: Option<usize>,
    ) -> Vec<(usize, Rational, Rational)> {
        let branches = 1 + self.below(2) as usize;
        let probabilities = self.distribution(branches);
        let outcome = |p| {
            let next = self.below(states as u64) as usize;
            let same_side = not_beside.is_some_and(|s| (s + next).is_multiple_of(2));
            let next = if same_side && next + 1 < states {
                next + 1
            } else {
                next
            };
            (next, p, self.reward())
        };
        probabilities.into_iter().map(outcome).collect()
    }
}
