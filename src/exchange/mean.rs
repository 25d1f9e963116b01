//! What formats that say less ask of a model: one reward for each pair, one outcome for each next state.

use super::ExportError;
use crate::mdp::Outcome;
use crate::model::Model;
use crate::model::distribution::sum;
use crate::number::{Number, Rational};

impl Model {
    /// The one reward that all outcomes pay, exactly, or else the one that is worth as much: their mean.
    pub(super) fn mean_reward(&self, pair: usize) -> Number {
        let outcomes: Vec<Outcome<'_, Number>> = self.outcomes().of(pair).collect();
        if let [first, rest @ ..] = &outcomes[..]
            && rest.iter().all(|outcome| outcome.reward == first.reward)
        {
            return first.reward.clone();
        }
        merge(&outcomes).0
    }

    /// An error, unless the state is terminal.
    pub(super) fn refuse_missing(
        &self,
        state: usize,
        action: usize,
        format: &'static str,
    ) -> Result<(), ExportError> {
        if self.space().is_terminal(state) {
            return Ok(());
        }
        Err(ExportError::ActionSets {
            format,
            state: self.space().state_names().get(state).into_owned(),
            action: self.space().action_names().get(action).into_owned(),
        })
    }
}

/// Σ p r.
fn expected(outcomes: &[Outcome<'_, Number>]) -> Rational {
    let zero = Rational::ZERO;
    outcomes.iter().fold(zero, |sum, outcome| {
        sum + outcome.probability.to_rational() * outcome.reward.to_rational()
    })
}

/// Outcomes as one: their expected reward, given that one of them happens, and
/// their probability.
pub(super) fn merge(same: &[Outcome<'_, Number>]) -> (Number, Number) {
    if let [only] = same {
        return (only.reward.clone(), only.probability.clone());
    }
    let probability = sum(same.iter().map(|outcome| outcome.probability));
    let reward = expected(same) / probability.to_rational();
    (reward.into(), probability)
}
