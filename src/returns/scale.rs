//! Powers of the return that floating point holds: moments are computed of rewards near 1, and what cannot be
//! written in units of the model's rewards is no number, never 0.

use crate::error::Error;
use crate::field::Field;
use crate::linalg::Solvable;
use crate::mdp::Mdp;
use crate::number::Number;

/// Exponents beyond this are cut off, so that the unit and its inverse are both normal numbers.
const MOST: i32 = 1000;

/// A unit of reward, a power of two near the largest reward, so that to divide by it costs no digit.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Scale<F> {
    /// 1/unit.
    pub per_reward: F,
    /// The unit, in units of reward.
    pub unit: F,
}

impl<F: Solvable> Scale<F> {
    /// That of a model; 1 over fractions, which hold everything.
    pub fn of(mdp: &Mdp<F>) -> Scale<F> {
        let largest = if F::EXACT {
            0.0
        } else {
            let rewards = (0..mdp.pairs()).flat_map(|pair| mdp.outcomes(pair));
            let sizes = rewards.map(|outcome| outcome.reward.to_f64().abs());
            sizes.fold(0.0, f64::max)
        };
        let exponent = if largest > 0.0 && largest.is_finite() {
            (largest.log2().floor() as i32).clamp(-MOST, MOST)
        } else {
            0
        };
        let power = |exponent| Number::from_f64(2f64.powi(exponent)).unwrap_or(Number::ONE);
        Scale {
            per_reward: F::from_number(&power(-exponent)),
            unit: F::from_number(&power(exponent)),
        }
    }

    /// A moment of some order in units of reward: infinite where that is too large for floating point, no number
    /// where it is too small.
    pub fn moment(&self, x: &F, order: usize) -> F {
        let moment = (0..order).fold(x.clone(), |moment, _| moment * &self.unit);
        if !x.is_zero() && is_lost(&moment) {
            no_number()
        } else {
            moment
        }
    }

    /// Several moments of an order, in the rewards' own unit. Errors where one is too large for floating point, or too small.
    pub fn moments(&self, x: &[F], order: usize, quantity: &'static str) -> Result<Vec<F>, Error> {
        let moments: Vec<F> = x.iter().map(|x| self.moment(x, order)).collect();
        let is_rounded = |x: &&F| is_rounded(*x);
        if let Some(x) = moments
            .iter()
            .filter(is_rounded)
            .map(F::to_f64)
            .find(|x| !x.is_finite())
        {
            return Err(unheld(x, quantity));
        }
        Ok(moments)
    }
}

/// Why a moment is not written.
pub(crate) fn unheld(moment: f64, quantity: &'static str) -> Error {
    if moment.is_infinite() {
        Error::Overflow { quantity }
    } else {
        Error::Underflow { quantity }
    }
}

/// Whether a number has lost digits, or all of them, below the smallest normal number.
pub(super) fn is_lost<F: Field>(x: &F) -> bool {
    is_rounded(x) && x.to_f64().abs() < f64::MIN_POSITIVE
}

/// Whether it belongs to a field whose numbers say nothing of what rounding did.
pub(super) fn is_rounded<F: Field>(x: &F) -> bool {
    !F::EXACT && x.certified().is_none()
}

/// NaN, in a field that rounds.
pub(super) fn no_number<F: Field>() -> F {
    F::zero() / F::zero()
}
