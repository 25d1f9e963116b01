//! What is maximised, and the ranges of its discount and its horizon.

use super::MdpError;
use crate::field::{Field, middle};
use crate::number::Number;

/// What is maximised (theory, section 2).
#[derive(Clone, Debug, PartialEq)]
pub enum Criterion<F = f64> {
    /// E Σₜ γᵗ Rₜ with γ < 1.
    Discounted {
        /// γ in [0, 1).
        discount: F,
    },
    /// E Σ_{t<T} γᵗ Rₜ; γ = 1 is allowed.
    FiniteHorizon {
        /// γ in [0, 1].
        discount: F,
        /// T ≥ 1, the number of actions.
        horizon: usize,
    },
    /// E Σₜ Rₜ until a terminal state is reached: γ = 1.
    Total,
    /// The long-run average reward per step.
    Average,
}

impl<F: Field> Criterion<F> {
    /// γ; 1 for the total and the average reward.
    pub fn discount(&self) -> F {
        match self {
            Criterion::Discounted { discount } | Criterion::FiniteHorizon { discount, .. } => {
                discount.clone()
            }
            Criterion::Total | Criterion::Average => F::one(),
        }
    }
}

impl Criterion<Number> {
    /// γ as written; 1 for the total and the average reward.
    pub fn discount_number(&self) -> Number {
        match self {
            Criterion::Discounted { discount } | Criterion::FiniteHorizon { discount, .. } => {
                discount.clone()
            }
            Criterion::Total | Criterion::Average => Number::ONE,
        }
    }
}

impl<F> Criterion<F> {
    /// The name used on the command line and in JSON.
    pub fn kind(&self) -> &'static str {
        match self {
            Criterion::Discounted { .. } => "discounted",
            Criterion::FiniteHorizon { .. } => "finite-horizon",
            Criterion::Total => "total",
            Criterion::Average => "average",
        }
    }

    /// T, the steps of a finite horizon; `None` for the others.
    pub fn horizon(&self) -> Option<usize> {
        match self {
            Criterion::FiniteHorizon { horizon, .. } => Some(*horizon),
            _ => None,
        }
    }

    /// The criterion with `f` of its γ for γ, and its horizon.
    pub fn map<G>(&self, f: impl FnOnce(&F) -> G) -> Criterion<G> {
        match self {
            Criterion::Discounted { discount } => Criterion::Discounted {
                discount: f(discount),
            },
            Criterion::FiniteHorizon { discount, horizon } => Criterion::FiniteHorizon {
                discount: f(discount),
                horizon: *horizon,
            },
            Criterion::Total => Criterion::Total,
            Criterion::Average => Criterion::Average,
        }
    }
}

/// Errors unless γ and T are in the ranges of the criterion; `rounded` if γ < 1 may have come to lie
/// on 1 in this field, 1 − γ being kept apart.
pub(crate) fn check_criterion<F: Field>(
    criterion: &Criterion<F>,
    rounded: bool,
) -> Result<(), MdpError> {
    let (discount, one) = match criterion {
        Criterion::Discounted { discount } => (discount, rounded),
        Criterion::FiniteHorizon { horizon: 0, .. } => return Err(MdpError::Horizon),
        Criterion::FiniteHorizon { discount, .. } => (discount, true),
        Criterion::Total | Criterion::Average => return Ok(()),
    };
    let number = middle(discount);
    let found = number.ok_or_else(|| MdpError::NotFinite {
        whose: "the discount".to_string(),
    })?;
    let inside = !found.is_negative() && (found < Number::ONE || (one && found == Number::ONE));
    if inside {
        return Ok(());
    }
    let expected = match criterion {
        Criterion::Discounted { .. } => "at least 0 and below 1",
        _ => "in [0, 1]",
    };
    Err(MdpError::Discount { found, expected })
}
