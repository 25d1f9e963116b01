//! Rewards by name, outcome by outcome.

use std::sync::Arc;

use crate::number::{Number, Rational};

/// Rewards by name; the first is the one that the model pays.
#[derive(Clone, Debug, Default)]
pub(crate) struct NamedRewards {
    pub(super) names: Vec<String>,
    /// r_k of each outcome \[K\]\[outcomes\].
    pub(super) paid: Vec<Vec<Number>>,
    /// What was chosen among several that are no longer here, as it was written.
    pub(super) chosen: Option<Arc<str>>,
    /// Whether that is a reward model of a file of another program.
    pub(super) is_reward_model: bool,
}

/// The rewards are compared, not what a choice among others was called: no file holds it.
impl PartialEq for NamedRewards {
    fn eq(&self, other: &NamedRewards) -> bool {
        (&self.names, &self.paid) == (&other.names, &other.paid)
    }
}

impl NamedRewards {
    /// Σ wₖ rₖ of an outcome.
    pub(super) fn combined(&self, weights: &[Number], outcome: usize) -> Number {
        let each = weights.iter().zip(&self.paid);
        let mut counted = each.filter(|(weight, _)| !weight.is_zero());
        match (counted.next(), counted.next()) {
            (None, _) => Number::ZERO,
            (Some((weight, paid)), None) if *weight == Number::ONE => paid[outcome].clone(),
            (first, second) => {
                let all = first.into_iter().chain(second).chain(counted);
                let terms = all.map(|(w, paid)| w.to_rational() * paid[outcome].to_rational());
                terms.fold(Rational::ZERO, |sum, x| sum + x).into()
            }
        }
    }

    /// The same rewards at each of T times, time by time.
    pub(crate) fn in_time(&self, horizon: usize) -> NamedRewards {
        let repeated = |paid: &Vec<Number>| vec![paid.as_slice(); horizon].concat();
        NamedRewards {
            names: self.names.clone(),
            paid: self.paid.iter().map(repeated).collect(),
            chosen: self.chosen.clone(),
            is_reward_model: self.is_reward_model,
        }
    }
}
