//! A constant that all rewards share, where they are much larger than they differ by.
//!
//! Where nothing ends, c in every reward is c more in every gain and c(1 + γ + ⋯) more in every value, whatever is done: it
//! moves no advantage, no gradient and no variance of a return. In floating point it takes their digits, though, for values
//! of its size have none left for what is between them; R − c has, since what a subtraction rounds is of the size of what
//! is left.

use super::{Mdp, Outcomes, expected_reward};
use crate::field::Field;
use crate::number::Number;

/// How many times what rewards differ by they are to be for an offset to matter: 4 of 53 bits; a choice.
pub(crate) const OFFSET: f64 = 16.0;

impl<F: Field> Mdp<F> {
    /// The same model with the middle of its rewards subtracted from each, where they are much larger than they differ by and
    /// no step ends anything: what is terminal pays 0, with or without it, as what rows lack does. `None` elsewhere, and in
    /// exact fields, which lose nothing. Policies have to be whole for it.
    pub(crate) fn without_offset(&self) -> Option<Mdp<F>> {
        let ends = (0..self.states()).any(|s| self.space.is_terminal(s));
        let lost = self.deficits.iter().flatten().any(|x| !x.is_zero());
        if F::EXACT || ends || lost {
            return None;
        }
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for reward in self.all_rewards() {
            (low, high) = (low.min(reward), high.max(reward));
        }
        let middle = low + (high - low) / 2.0;
        if middle.abs() <= OFFSET * (high - low) / 2.0 {
            return None;
        }
        let middle = F::from_number(&Number::from_f64(middle)?);
        Some(self.clone().with_all_rewards_less(&middle))
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
