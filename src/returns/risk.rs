//! Criteria of the return beside its mean, with their gradients (theory, 2.6).
//!
//! ```text
//! mean–variance   E G − c Var G
//! exponential     (1/β) ln E exp(βG)        averse to risk for β < 0
//! CVaR            the mean of the worst outcomes, which together have probability α
//! ```

use std::any::Any;
use std::fmt;
use std::str::FromStr;

use crate::error::Error;
use crate::gradient::Differentiable;
use crate::number::Number;
use crate::solved::Solved;

/// A criterion of the return, as a user names it.
#[derive(Clone, Debug, PartialEq)]
pub enum Risk {
    /// E G − c Var G; c in 1 per unit of reward (Sobel 1982; Tamar, Di Castro & Mannor 2012).
    MeanVariance(Number),
    /// (1/β) ln E exp(βG), β ≠ 0 in 1 per unit of reward (Howard & Matheson 1972).
    Exponential(Number),
    /// The mean of the worst outcomes, of probability α in (0, 1] (Rockafellar & Uryasev 2000).
    TailMean(Number),
}

/// The value of a criterion and its gradient.
#[derive(Clone, Debug, PartialEq)]
pub struct RiskValue<F = f64> {
    /// The criterion, in units of reward.
    pub value: F,
    /// Its gradient \[d\].
    pub gradient: Vec<F>,
    /// Bounds on the errors of both, where they are enclosed; `None` where they are what they are up to
    /// rounding.
    pub bound: Option<RiskBound>,
}

/// What a criterion and its gradient are off by, at most.
#[derive(Clone, Debug, PartialEq)]
pub struct RiskBound {
    /// The criterion, in units of reward.
    pub value: f64,
    /// Each entry of its gradient \[d\].
    pub gradient: Vec<f64>,
}

/// What a name must be.
const NAMES: &str =
    "mean-variance:C, exponential:BETA with BETA other than 0, or cvar:LEVEL with 0 < LEVEL ≤ 1";

impl FromStr for Risk {
    type Err = Error;

    /// Errors with [`Error::Argument`] for other words and for numbers out of range.
    fn from_str(text: &str) -> Result<Risk, Error> {
        let wrong = || Error::Argument {
            name: "the criterion of risk",
            found: text.to_string(),
            expected: NAMES,
        };
        let (name, number) = text.trim().split_once(':').ok_or_else(wrong)?;
        let number: Number = number.trim().parse().map_err(|_| wrong())?;
        match name.trim() {
            "mean-variance" => Ok(Risk::MeanVariance(number)),
            "exponential" if !number.is_zero() => Ok(Risk::Exponential(number)),
            "cvar" if !number.is_negative() && !number.is_zero() && number <= Number::ONE => {
                Ok(Risk::TailMean(number))
            }
            _ => Err(wrong()),
        }
    }
}

impl fmt::Display for Risk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Risk::MeanVariance(c) => write!(f, "mean-variance:{c}"),
            Risk::Exponential(beta) => write!(f, "exponential:{beta}"),
            Risk::TailMean(level) => write!(f, "cvar:{level}"),
        }
    }
}

impl RiskValue {
    /// These numbers in another field.
    fn over<F: Differentiable>(&self) -> RiskValue<F> {
        let number = |x: &f64| F::from_number(&Number::from_f64(*x).unwrap_or(Number::ZERO));
        RiskValue {
            value: number(&self.value),
            gradient: self.gradient.iter().map(number).collect(),
            bound: self.bound.clone(),
        }
    }
}

impl<F: Differentiable> Solved<F> {
    /// E G − c Var G and its gradient ∇J − c ∇Var G: two evaluations more than J and ∇J.
    ///
    /// # Errors
    /// [`Error::Criterion`] for the average reward, [`Error::NotDifferentiable`] where J has no gradient,
    /// [`Error::Argument`] on a horizon of more than 2²² numbers by time, and [`Error::Overflow`].
    pub fn mean_variance(&self, c: &F) -> Result<RiskValue<F>, Error> {
        Error::check_numbers("weight of the variance", 1, std::slice::from_ref(c))?;
        let without = self.without_offset()?;
        let at = without.as_ref().unwrap_or(self);
        let moments = at.return_moments()?;
        let [variance, ..] = &moments.scaled;
        let (scale, slopes) = at.scaled_gradient()?;
        // in two steps, for the square of the unit may leave the numbers
        let weigh = |x: &F| c.clone() * &scale.unit * x * &scale.unit;
        let gradient = at.gradient()?.iter().zip(&slopes);
        let found = RiskValue {
            gradient: gradient
                .map(|(g, slope)| g.clone() - weigh(slope))
                .collect(),
            value: self.j().clone() - weigh(variance),
            bound: None,
        };
        let is_held = |x: &F| F::EXACT || x.certified().is_some() || x.to_f64().is_finite();
        if found.gradient.iter().chain([&found.value]).all(is_held) {
            return Ok(found);
        }
        Err(Error::Overflow {
            quantity: "E G − c Var G",
        })
    }

    /// A criterion of risk and its gradient, over this field.
    ///
    /// # Errors
    /// [`Error::Criterion`] for the average reward; [`Error::Argument`] for an exponential utility that is infinite, for
    /// CVaR where another outcome becomes the worst in one direction, and for laws of too many values or steps;
    /// [`Error::NotDifferentiable`] where J has no gradient; [`Error::NotInField`] for exp and ln over fields that lack
    /// them, and there for CVaR of a return of infinitely many values; [`Error::Overflow`].
    pub fn risk(&self, risk: &Risk) -> Result<RiskValue<F>, Error> {
        match risk {
            Risk::MeanVariance(c) => self.mean_variance(&F::from_number(c)),
            Risk::TailMean(level) if *level == Number::ONE => Ok(RiskValue {
                value: self.j().clone(),
                gradient: self.gradient()?.to_vec(),
                bound: None,
            }),
            Risk::TailMean(level) => match (self as &dyn Any).downcast_ref::<Solved>() {
                Some(at) => Ok(at.enclosed_tail_mean(level.to_f64())?.over()),
                None if self.ends_in_bounded_time() => self.tail_mean(&F::from_number(level)),
                None => Err(Error::NotInField {
                    quantity: "the gradient of CVaR of a return of infinitely many values".into(),
                    field: F::NAME,
                }),
            },
            Risk::Exponential(beta) => {
                let floats = (self as &dyn Any).downcast_ref::<Solved>();
                let at = floats.ok_or(Error::NotInField {
                    quantity: "the exponential utility, which consists of logarithms,".into(),
                    field: F::NAME,
                })?;
                Ok(at.exponential_utility(beta.to_f64())?.over())
            }
        }
    }
}
