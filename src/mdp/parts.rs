//! The parts of an [`Mdp`](super::Mdp), and the checks at its door: nothing behind it asks again.

use std::sync::Arc;

use super::criterion::{Criterion, check_criterion};
use super::sums::{OFF_ONE, off_one};
use super::{MdpError, OutcomeTable, Space};
use crate::field::{Field, middle};
use crate::number::{Number, Rational};

/// The parts of an [`Mdp`](super::Mdp), as a loader or a generator has them.
#[derive(Clone, Debug)]
pub struct MdpParts<F> {
    /// The model's name.
    pub name: String,
    /// States, actions, pairs, terminal flags.
    pub space: Arc<Space>,
    /// For each pair its outcomes.
    pub outcomes: OutcomeTable<F>,
    /// ρ₀, one entry per state.
    pub initial: Vec<F>,
    /// What is maximised.
    pub criterion: Criterion<F>,
}

/// Errors, naming the state and the action, where parts make no MDP.
pub(super) fn check<F: Field>(parts: &MdpParts<F>) -> Result<(), MdpError> {
    check_shapes(parts)?;
    check_rows(parts)?;
    check_distribution("ρ₀", parts.initial.iter())?;
    check_criterion(&parts.criterion, false)
}

/// Errors with [`MdpError::Shape`] unless there are as many as expected.
pub(super) fn shape(what: &'static str, found: usize, expected: usize) -> Result<(), MdpError> {
    if found == expected {
        return Ok(());
    }
    Err(MdpError::Shape {
        what,
        found,
        expected,
    })
}

/// Errors unless there are so many numbers, all of them finite.
pub(super) fn vector<F: Field>(
    what: &'static str,
    whose: &str,
    numbers: &[F],
    expected: usize,
) -> Result<(), MdpError> {
    shape(what, numbers.len(), expected)?;
    if numbers.iter().all(|x| x.to_f64().is_finite()) || F::EXACT {
        return Ok(());
    }
    let whose = whose.to_string();
    Err(MdpError::NotFinite { whose })
}

fn check_shapes<F: Field>(parts: &MdpParts<F>) -> Result<(), MdpError> {
    let space = &parts.space;
    let rows = "rows of outcomes, one for each pair of state and action";
    shape(rows, parts.outcomes.pairs(), space.pairs())?;
    let weights = "initial weights, one for each state";
    shape(weights, parts.initial.len(), space.states())
}

fn check_rows<F: Field>(parts: &MdpParts<F>) -> Result<(), MdpError> {
    let space = &parts.space;
    for pair in 0..space.pairs() {
        let outcomes = parts.outcomes.of(pair);
        let whose = || {
            let (state, action) = space.pair_names(pair);
            format!("`{state}/{action}`")
        };
        if let Some(outcome) = outcomes.clone().find(|o| o.next >= space.states()) {
            let (state, action) = space.pair_names(pair);
            return Err(MdpError::NextState {
                state: state.into_owned(),
                action: action.into_owned(),
                found: outcome.next,
                states: space.states(),
            });
        }
        if outcomes.clone().any(|o| !is_finite(o.reward)) {
            return Err(MdpError::NotFinite { whose: whose() });
        }
        check_sum(whose, outcomes.map(|o| o.probability))?;
    }
    Ok(())
}

/// Whether [`middle`] is a number, which over a field of rounded numbers takes no fraction to say.
fn is_finite<F: Field>(x: &F) -> bool {
    if F::EXACT {
        middle(x).is_some()
    } else {
        x.to_f64().is_finite()
    }
}

/// Errors unless these are probabilities that sum to 1.
fn check_distribution<'a, F: Field>(
    whose: &str,
    weights: impl Iterator<Item = &'a F> + Clone,
) -> Result<(), MdpError> {
    check_sum(|| whose.to_string(), weights)
}

/// The sum is taken in `f64`, exactly only where that does not settle it.
fn check_sum<'a, F: Field>(
    whose: impl Fn() -> String,
    weights: impl Iterator<Item = &'a F> + Clone,
) -> Result<(), MdpError> {
    if !F::EXACT {
        let (mut sum, mut positive) = (0.0, true);
        for weight in weights.clone() {
            let weight = weight.to_f64();
            sum += weight;
            positive &= weight >= 0.0; // NaN is not
        }
        if positive && f64::abs(sum - 1.0) < 0.5 * OFF_ONE {
            return Ok(());
        }
    }
    let mut numbers = Vec::new();
    for weight in weights {
        let number = middle(weight);
        let number = number.ok_or_else(|| MdpError::NotFinite { whose: whose() })?;
        if number.is_negative() {
            return Err(MdpError::Negative {
                whose: whose(),
                found: number,
            });
        }
        numbers.push(number);
    }
    let sum = numbers.iter().map(Number::to_rational);
    let sum = sum.fold(Rational::ZERO, |sum, x| sum + x);
    let off = Field::abs(&(sum.clone() - Rational::ONE));
    if off <= off_one(F::EXACT) {
        return Ok(());
    }
    Err(MdpError::Sum {
        whose: whose(),
        found: sum.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mdp::{Mdp, Names};

    /// One state and one action with these (next state, probability), ρ₀ and γ.
    fn parts(row: &[(usize, f64)], initial: &[f64], discount: f64) -> MdpParts<f64> {
        let sets = vec![vec![0]; 2];
        let space = Space::new(Names::Numbered(2), Names::Numbered(1), sets).unwrap();
        let mut outcomes = OutcomeTable::default();
        for &(next, p) in row {
            outcomes.push(next, p, 1.0);
        }
        outcomes.end_pair();
        outcomes.push(1, 1.0, 0.0);
        outcomes.end_pair();
        MdpParts {
            name: "two".into(),
            space: Arc::new(space),
            outcomes,
            initial: initial.to_vec(),
            criterion: Criterion::Discounted { discount },
        }
    }

    #[test]
    fn what_is_no_mdp_is_an_error_that_says_where() {
        let start = [1.0, 0.0];
        let half = [(0, 0.5), (1, 0.5)];
        assert!(Mdp::new(parts(&half, &start, 0.9)).is_ok());
        let says = |parts: MdpParts<f64>, words: &str| {
            let message = Mdp::new(parts).unwrap_err().to_string();
            assert!(message.contains(words), "{message}");
        };
        says(parts(&[(0, 0.5)], &start, 0.9), "`0/0` sum to 0.5");
        says(
            parts(&[(0, 1.2), (1, -0.2)], &start, 0.9),
            "`0/0` has a probability of -0.2",
        );
        says(parts(&[(9, 1.0)], &start, 0.9), "`0/0` leads to state 9");
        says(parts(&[(0, f64::NAN)], &start, 0.9), "`0/0` has a number");
        says(parts(&half, &[0.3, 0.3], 0.9), "ρ₀ sum to 0.6");
        says(parts(&half, &[1.0], 0.9), "initial weights");
        for discount in [1.5, 1.0, -0.1, f64::INFINITY] {
            says(parts(&half, &start, discount), "discount");
        }
        let sets = vec![vec![0]];
        assert!(Space::new(Names::Numbered(2), Names::Numbered(1), sets).is_err());
        let sets = vec![vec![1, 0]];
        assert!(Space::new(Names::Numbered(1), Names::Numbered(2), sets).is_err());
    }
}
