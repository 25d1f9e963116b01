//! `O:`: what is seen, and the model as a controller sees it.

use std::collections::{BTreeMap, HashMap};

use super::super::{ExchangeError, Overrides};
use super::model::Seen;
use crate::mdp::{Names, OFF_ONE};
use crate::model::Model;
use crate::model::distribution::sum;
use crate::model::error::ModelError;
use crate::model::observed::{Observed, RewardOf, Seer};
use crate::model::observing::Observing;
use crate::number::{Number, Rational};

/// What a file says of observations.
pub(super) struct Partial<'a> {
    pub observations: Names,
    /// Where they are listed, if they are.
    pub listed: Option<(u32, u32)>,
    /// O(o|a, s') by (a, s').
    pub rows: HashMap<(u32, u32), Seen>,
    /// r(s, a, s', o).
    pub reward: &'a RewardOf<'a>,
}

impl Partial<'_> {
    /// The model as a controller of some nodes sees it.
    ///
    /// Errors where the file has no observations, where a pair that is reached has no distribution of
    /// them, and where the model would be too large.
    pub(super) fn seen(
        self,
        model: &Model,
        Seer { nodes, by_laws }: Seer,
        overrides: &Overrides,
    ) -> Result<Model, ModelError> {
        let Some(listed) = self.listed else {
            return Err(ExchangeError::NoObservations.into());
        };
        self.check(model, listed, overrides)?;
        let rows = self.rows.into_iter();
        let seen = rows.map(|(pair, (row, _))| (pair, row)).collect();
        let observed = Observed {
            model,
            observations: &self.observations,
            seen: &seen,
            reward: Some(self.reward),
            nodes: nodes.get(),
            by_laws,
        };
        observed.seen().map_err(|why| {
            ModelError::from(ExchangeError::TooManyNodes {
                nodes: nodes.get(),
                why: why.in_words(),
            })
        })
    }

    /// The model with what is seen of it, to be written. Errors where a pair that is reached has no distribution of
    /// observations.
    pub(super) fn kept(self, model: Model, overrides: &Overrides) -> Result<Model, ModelError> {
        let listed = self.listed.unwrap_or_default();
        self.check(&model, listed, overrides)?;
        let rows = self.rows.into_iter();
        let rows: HashMap<_, _> = rows.map(|(pair, (row, _))| (pair, row)).collect();
        let rewards = by_observation(&model, &rows, self.reward);
        Ok(model.observing(Observing {
            names: self.observations,
            rows,
            rewards,
        }))
    }

    fn check(
        &self,
        model: &Model,
        listed: (u32, u32),
        overrides: &Overrides,
    ) -> Result<(), ModelError> {
        let slack = overrides.normalize.as_ref().map_or(OFF_ONE, Number::to_f64);
        let space = model.space();
        for pair in 0..space.pairs() {
            for outcome in model.outcomes().of(pair) {
                let action = space.action_of(pair) as u32;
                let (row, at) = match self.rows.get(&(action, outcome.next as u32)) {
                    Some((row, at)) => (&row[..], *at),
                    None => (&[][..], listed),
                };
                let total = sum(row.iter().map(|(_, p)| p));
                let off = (total.to_rational() - Rational::ONE).to_f64().value().abs();
                if off > slack {
                    return Err(ExchangeError::ObservationSum {
                        action: space.action_names().get(action as usize).into_owned(),
                        state: space.state_names().get(outcome.next).into_owned(),
                        found: total.to_string(),
                        at: (at.0 as usize, at.1 as usize).into(),
                    }
                    .into());
                }
            }
        }
        Ok(())
    }
}

/// r(s, a, s', o) of all that may happen, if some of it depends on o.
fn by_observation(
    model: &Model,
    rows: &HashMap<(u32, u32), Vec<(u32, Number)>>,
    reward: &RewardOf<'_>,
) -> Option<BTreeMap<[u32; 4], Number>> {
    let space = model.space();
    let (mut rewards, mut depends) = (BTreeMap::new(), false);
    for pair in 0..space.pairs() {
        let (s, a) = (space.state_of(pair) as u32, space.action_of(pair) as u32);
        for outcome in model.outcomes().of(pair) {
            let next = outcome.next as u32;
            let row = rows.get(&(a, next)).map_or(&[][..], Vec::as_slice);
            for (o, _) in row {
                let paid = reward(s, a, next, *o);
                depends |= paid != *outcome.reward;
                rewards.insert([s, a, next, *o], paid);
            }
        }
    }
    depends.then_some(rewards)
}

/// The mean over what is seen; without a row, the reward whatever is seen.
pub(super) fn mean(row: &[(u32, Number)], reward: impl Fn(u32) -> Number) -> Number {
    let Some((first, _)) = row.first() else {
        return reward(u32::MAX);
    };
    let first = reward(*first);
    if row.iter().all(|(o, _)| reward(*o) == first) {
        return first;
    }
    let terms = row
        .iter()
        .map(|(o, p)| p.to_rational() * reward(*o).to_rational());
    terms.fold(Rational::ZERO, |sum, x| sum + x).into()
}
