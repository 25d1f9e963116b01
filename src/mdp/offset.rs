//! A constant that all rewards share, where they are much larger than they differ by.
//!
//! Where nothing ends, c in every reward is c more in every gain and c(1 + γ + ⋯) more in every value, whatever is done: it
//! moves no advantage, no gradient and no variance of a return. In floating point it takes their digits, though, for values
//! of its size have none left for what is between them; R − c has, since what a subtraction rounds is of the size of what
//! is left. Of a model that is read, R − c is made of the written numbers: what R loses as it is rounded is then not lost.

use std::sync::Arc;

use super::{Centred, Criterion, Mdp, OutcomeTable, Outcomes, expected_reward};
use crate::field::Field;
use crate::number::Number;

/// How many times what rewards differ by they are to be for an offset to matter: 4 of 53 bits; a choice.
pub(crate) const OFFSET: f64 = 16.0;

/// The middle of numbers that are much larger than they differ by.
pub(crate) fn shared(rewards: impl Iterator<Item = f64>) -> Option<f64> {
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    for reward in rewards {
        (low, high) = (low.min(reward), high.max(reward));
    }
    let middle = low + (high - low) / 2.0;
    (middle.is_finite() && middle.abs() > OFFSET * (high - low) / 2.0).then_some(middle)
}

impl<F: Field> Mdp<F> {
    /// The same model with the middle of its rewards subtracted from each, where they are much larger than they differ by and
    /// no step ends anything: what is terminal pays 0, with or without it, as what rows lack does. `None` elsewhere, and in
    /// exact fields, which lose nothing. Policies have to be whole for it.
    pub(crate) fn without_offset(&self) -> Option<Mdp<F>> {
        self.plain().map(|(less, _)| less)
    }

    /// The model without that offset, and what was subtracted.
    pub(crate) fn plain(&self) -> Option<(Mdp<F>, F)> {
        if let Some(centred) = &self.centred {
            let less = Mdp {
                r: centred.r.clone(),
                outcomes: centred.outcomes.clone(),
                centred: None,
                ..self.clone()
            };
            return Some((less, centred.offset.clone()));
        }
        let middle = self.is_endless().then(|| shared(self.all_rewards()))??;
        let middle = F::from_number(&Number::from_f64(middle)?);
        Some((self.clone().with_all_rewards_less(&middle), middle))
    }

    /// What a reward that is paid at every step for ever, or until the horizon, is worth; `None` where that is infinite.
    pub(crate) fn worth(&self, reward: &F) -> Option<F> {
        let steps = match &self.criterion {
            Criterion::Average => F::one(),
            Criterion::Total => return None,
            Criterion::Discounted { .. } => F::one() / &self.complement,
            Criterion::FiniteHorizon { horizon, .. } => {
                let discount = self.discount();
                (0..*horizon).fold(F::zero(), |later, _| F::one() + later * &discount)
            }
        };
        Some(reward.clone() * steps)
    }

    /// Whether R − c of [`Mdp::without_offset`] is that of the written numbers.
    pub(crate) fn is_centred_exactly(&self) -> bool {
        self.centred.is_some()
    }

    /// Whether all rewards or, where there are few others, what is expected of them, are much larger than they differ by, and
    /// no step ends anything.
    pub(crate) fn has_offset(&self) -> bool {
        let expected = || shared(self.r.iter().map(F::to_f64)).is_some();
        self.is_endless() && (shared(self.all_rewards()).is_some() || expected())
    }

    /// Whether every pair pays the same, as it is written, and goes on: what is done moves nothing then.
    pub(crate) fn pays_alike(&self) -> bool {
        let centred = self.centred.as_ref();
        centred.is_some_and(|centred| centred.r.iter().all(F::is_zero))
    }

    /// With R − c as a caller has made it of the written numbers, outcome by outcome, r(s, a) − c, and c.
    pub(crate) fn with_centred(
        mut self,
        outcomes: OutcomeTable<F>,
        r: Vec<F>,
        offset: F,
    ) -> Mdp<F> {
        let outcomes = match &self.outcomes {
            Outcomes::ByPair => Outcomes::ByPair,
            Outcomes::Listed(_) => Outcomes::Listed(outcomes),
        };
        self.centred = Some(Arc::new(Centred {
            r,
            outcomes,
            offset,
        }));
        self
    }

    /// Whether no step ends anything, in a field that rounds.
    fn is_endless(&self) -> bool {
        let ends = (0..self.states()).any(|s| self.space.is_terminal(s));
        let lost = self.deficits.iter().flatten().any(|x| !x.is_zero());
        !(F::EXACT || ends || lost)
    }

    /// Everything that is paid, and what is expected of it.
    pub(crate) fn all_rewards(&self) -> impl Iterator<Item = f64> + '_ {
        let outcomes = (0..self.pairs()).flat_map(move |pair| self.outcomes(pair));
        let paid = outcomes.map(|outcome| outcome.reward.to_f64());
        paid.chain(self.r.iter().map(F::to_f64))
    }

    /// r(s, a) is summed anew from what is left of each outcome's reward, which has digits that the sum of the large ones
    /// has not.
    fn with_all_rewards_less(mut self, x: &F) -> Mdp<F> {
        for pair in 0..self.pairs() {
            self.r[pair] -= x;
            if let Outcomes::Listed(table) = &mut self.outcomes {
                table.change_rewards(pair, |r| *r -= x);
                self.r[pair] = expected_reward(table, pair);
            }
        }
        self
    }
}
