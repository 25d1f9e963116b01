//! Rows and ρ₀ that are off by rounding → rows and ρ₀ that sum to 1.

use std::collections::HashSet;

use super::Model;
use super::distribution::sum;
use super::errors::ModelWarning;
use crate::mdp::{ExactOutcomes, Normalization, OutcomeTable};
use crate::number::Number;

impl Model {
    /// The model with p(·|s, a)/Σ p(·|s, a) for every row and ρ₀/Σ ρ₀ for the start; exact from then on.
    pub(crate) fn normalized(mut self) -> Model {
        let mut done = Normalization {
            rows: self.inexact_rows.len(),
            initial: false,
            largest: 0.0,
            at: String::new(),
        };
        if !self.inexact_rows.is_empty() {
            self.outcomes = self.divided_rows(&mut done);
            self.inexact_rows.clear();
        }
        let total = sum(self.initial.iter());
        if total != Number::ONE {
            done.initial = true;
            for state in 0..self.initial.len() {
                let place = || format!("initial {}", self.space.state_names().get(state));
                self.initial[state] = divided(&self.initial[state], &total, place, &mut done);
            }
        }
        self.warnings.retain(|warning| !warning.is_of_sums());
        if done.rows > 0 || done.initial {
            self.warnings.push(ModelWarning::Normalized(done.clone()));
            self.normalization = Some(done);
        }
        self
    }

    fn divided_rows(&self, done: &mut Normalization) -> OutcomeTable<Number> {
        let inexact: HashSet<usize> = self.inexact_rows.iter().copied().collect();
        let mut outcomes = ExactOutcomes::default();
        for pair in 0..self.space.pairs() {
            let row = self.outcomes.of(pair);
            let total = if inexact.contains(&pair) {
                sum(row.clone().map(|outcome| outcome.probability))
            } else {
                Number::ONE
            };
            for outcome in row {
                let place = || {
                    let (state, action) = self.space.pair_names(pair);
                    format!(
                        "{state}/{action} → {}",
                        self.space.state_names().get(outcome.next)
                    )
                };
                let probability = divided(outcome.probability, &total, place, done);
                outcomes.push(outcome.next, probability, outcome.reward.clone());
            }
            outcomes.end_pair();
        }
        outcomes.finish()
    }
}

/// x / total; the largest change is kept with its place.
fn divided(
    x: &Number,
    total: &Number,
    place: impl FnOnce() -> String,
    done: &mut Normalization,
) -> Number {
    if *total == Number::ONE || x.is_zero() {
        return x.clone();
    }
    let quotient = x.to_rational() / total.to_rational();
    let change = Number::from(quotient.clone() - x.to_rational())
        .to_f64()
        .abs();
    if change > done.largest {
        done.largest = change;
        done.at = place();
    }
    quotient.into()
}
