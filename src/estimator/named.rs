//! An estimator as a user names it: what multiplies the score, with exactly the arguments that this
//! has, and whether γᵗ stands before it.

use super::{Baseline, Critic, Psi};
use crate::error::Error;
use crate::number::Number;

/// What multiplies the score at time t, with its arguments.
#[derive(Clone, Debug, PartialEq)]
pub enum Multiplier {
    /// G₀ − b, the discounted return of the whole trajectory.
    TotalReturn {
        /// b: a number, or the constant that is optimal.
        baseline: Baseline,
    },
    /// Gₜ = Σ_{k≥t} γ^{k−t} R_k.
    RewardToGo,
    /// Gₜ − b(Sₜ).
    Baseline(Baseline),
    /// q(Sₜ, Aₜ).
    Q(Critic),
    /// A(Sₜ, Aₜ).
    Advantage(Critic),
    /// Rₜ + γ v(Sₜ₊₁) − v(Sₜ).
    TdResidual(Critic),
    /// Σₗ (γλ)ˡ δₜ₊ₗ.
    Gae {
        /// λ in [0, 1].
        lambda: Number,
        /// What stands for v.
        critic: Critic,
    },
    /// Σ_{l<n} γˡ δₜ₊ₗ.
    NStep {
        /// n ≥ 1.
        n: usize,
        /// What stands for v.
        critic: Critic,
    },
}

/// A policy-gradient estimator: one that there is, whatever it was built from.
///
/// ```
/// use exact_mdp::estimator::Estimator;
///
/// let gae: Estimator = "gae:0.95:dropped".parse()?;
/// assert_eq!(gae.to_string(), "gae:0.95:dropped");
/// // λ is in [0, 1]
/// assert!("gae:7".parse::<Estimator>().is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Estimator {
    multiplier: Multiplier,
    discounting: bool,
}

impl Estimator {
    /// The estimator whose mean is ∇J: with γᵗ (without, for the total return), an exact critic,
    /// baseline 0, λ = 1 and n = 1.
    pub fn new(psi: Psi) -> Estimator {
        let none = || Baseline::Constant(Number::ZERO);
        let critic = Critic::Exact;
        let multiplier = match psi {
            Psi::TotalReturn => Multiplier::TotalReturn { baseline: none() },
            Psi::RewardToGo => Multiplier::RewardToGo,
            Psi::Baseline => Multiplier::Baseline(none()),
            Psi::Q => Multiplier::Q(critic),
            Psi::Advantage => Multiplier::Advantage(critic),
            Psi::TdResidual => Multiplier::TdResidual(critic),
            Psi::Gae => Multiplier::Gae {
                lambda: Number::ONE,
                critic,
            },
            Psi::NStep => Multiplier::NStep { n: 1, critic },
        };
        Estimator {
            multiplier,
            discounting: psi != Psi::TotalReturn,
        }
    }

    /// The estimator of a multiplier, with γᵗ (without, for the total return).
    ///
    /// # Errors
    /// [`Error::EstimatorRange`] for λ outside [0, 1], n = 0, and a baseline of the total return
    /// that is no constant; [`Error::Argument`] for a critic whose errors have no standard
    /// deviation.
    pub fn of(multiplier: Multiplier) -> Result<Estimator, Error> {
        let estimator = Estimator {
            discounting: !matches!(multiplier, Multiplier::TotalReturn { .. }),
            multiplier,
        };
        estimator.check()?;
        Ok(estimator)
    }

    /// The total return less a constant b, a number or the optimal one.
    ///
    /// Errors with [`Error::EstimatorRange`] for a baseline that depends on the state.
    pub fn total_return(baseline: Baseline) -> Result<Estimator, Error> {
        Estimator::of(Multiplier::TotalReturn { baseline })
    }

    /// [`Psi::Baseline`] with this baseline.
    pub fn baselined(baseline: Baseline) -> Estimator {
        Estimator {
            multiplier: Multiplier::Baseline(baseline),
            discounting: true,
        }
    }

    /// [`Psi::Gae`] with this λ. Errors with [`Error::EstimatorRange`] outside [0, 1].
    pub fn gae(lambda: Number) -> Result<Estimator, Error> {
        let critic = Critic::Exact;
        Estimator::of(Multiplier::Gae { lambda, critic })
    }

    /// [`Psi::NStep`] with this n. Errors with [`Error::EstimatorRange`] for n = 0.
    pub fn n_step(n: usize) -> Result<Estimator, Error> {
        let critic = Critic::Exact;
        Estimator::of(Multiplier::NStep { n, critic })
    }

    /// The same with γᵗ dropped (for the total return: unchanged).
    pub fn dropped(self) -> Estimator {
        self.with_discounting(false)
    }

    /// The same with γᵗ before the score, or without. The total return carries its discounts
    /// itself: for it `true` means one γᵗ too many.
    pub fn with_discounting(self, discounting: bool) -> Estimator {
        Estimator {
            discounting,
            ..self
        }
    }

    /// Whether it asks for v of the state that a step leads to.
    pub fn bootstraps(&self) -> bool {
        matches!(
            self.multiplier,
            Multiplier::TdResidual(_) | Multiplier::Gae { .. } | Multiplier::NStep { .. }
        )
    }

    /// The same with another critic; one that asks none stays as it is.
    ///
    /// Errors with [`Error::Argument`] for a critic whose errors have no standard deviation.
    pub fn with_critic(mut self, critic: Critic) -> Result<Estimator, Error> {
        if let Some(own) = self.critic_mut() {
            *own = critic;
        }
        self.check()?;
        Ok(self)
    }

    /// What multiplies the score, with its arguments.
    pub fn multiplier(&self) -> &Multiplier {
        &self.multiplier
    }

    /// Which multiplier that is.
    pub fn psi(&self) -> Psi {
        match self.multiplier {
            Multiplier::TotalReturn { .. } => Psi::TotalReturn,
            Multiplier::RewardToGo => Psi::RewardToGo,
            Multiplier::Baseline(_) => Psi::Baseline,
            Multiplier::Q(_) => Psi::Q,
            Multiplier::Advantage(_) => Psi::Advantage,
            Multiplier::TdResidual(_) => Psi::TdResidual,
            Multiplier::Gae { .. } => Psi::Gae,
            Multiplier::NStep { .. } => Psi::NStep,
        }
    }

    /// Whether γᵗ stands before the score ([`Estimator::with_discounting`]).
    pub fn discounting(&self) -> bool {
        self.discounting
    }

    /// λ, of the GAE.
    pub fn lambda(&self) -> Option<&Number> {
        match &self.multiplier {
            Multiplier::Gae { lambda, .. } => Some(lambda),
            _ => None,
        }
    }

    /// n, of the n-step estimator.
    pub fn steps(&self) -> Option<usize> {
        match self.multiplier {
            Multiplier::NStep { n, .. } => Some(n),
            _ => None,
        }
    }

    /// b, of the estimators that subtract one.
    pub fn baseline(&self) -> Option<&Baseline> {
        match &self.multiplier {
            Multiplier::TotalReturn { baseline } | Multiplier::Baseline(baseline) => Some(baseline),
            _ => None,
        }
    }

    /// What stands for v, of the estimators that ask a critic.
    pub fn critic(&self) -> Option<&Critic> {
        match &self.multiplier {
            Multiplier::TotalReturn { .. } | Multiplier::RewardToGo | Multiplier::Baseline(_) => {
                None
            }
            Multiplier::Q(critic)
            | Multiplier::Advantage(critic)
            | Multiplier::TdResidual(critic)
            | Multiplier::Gae { critic, .. }
            | Multiplier::NStep { critic, .. } => Some(critic),
        }
    }

    fn critic_mut(&mut self) -> Option<&mut Critic> {
        match &mut self.multiplier {
            Multiplier::TotalReturn { .. } | Multiplier::RewardToGo | Multiplier::Baseline(_) => {
                None
            }
            Multiplier::Q(critic)
            | Multiplier::Advantage(critic)
            | Multiplier::TdResidual(critic)
            | Multiplier::Gae { critic, .. }
            | Multiplier::NStep { critic, .. } => Some(critic),
        }
    }

    /// The largest number, with its name, that a user gave for the baseline or the critic.
    pub fn given(&self) -> Option<(String, f64)> {
        let largest = |numbers: &[Number]| {
            let sizes = numbers.iter().map(|x| x.to_f64().abs());
            sizes.fold(0.0, f64::max)
        };
        if let Some(critic) = self.critic() {
            let size = match critic {
                Critic::Exact => return None,
                Critic::File(u) => largest(u),
                Critic::Noise { scale, .. } => *scale,
            };
            return Some((format!("the critic {}", critic.name()), size));
        }
        let size = match self.baseline()? {
            Baseline::Constant(x) => x.to_f64().abs(),
            Baseline::File(b) => largest(b),
            _ => return None,
        };
        Some((format!("the baseline of {self}"), size))
    }

    fn check(&self) -> Result<(), Error> {
        let expected = match &self.multiplier {
            Multiplier::TotalReturn { baseline } => match baseline {
                Baseline::Constant(_) | Baseline::OptimalConstant => None,
                _ => Some("in total-return:b, b is a number or optimal-constant"),
            },
            Multiplier::Gae { lambda, .. } => {
                let inside = !lambda.is_negative() && *lambda <= Number::ONE;
                (!inside).then_some("in gae:λ, λ is a number from 0 to 1, as in gae:0.95")
            }
            Multiplier::NStep { n: 0, .. } => {
                Some("in n-step:n, n is a whole number and at least 1, as in n-step:5")
            }
            _ => None,
        };
        if let Some(expected) = expected {
            let found = self.to_string();
            return Err(Error::EstimatorRange { found, expected });
        }
        match self.critic() {
            Some(Critic::Noise { scale, .. }) if !(scale.is_finite() && *scale >= 0.0) => {
                Err(Error::Argument {
                    name: "the standard deviation of a critic's errors",
                    found: scale.to_string(),
                    expected: "a number that is at least 0",
                })
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_estimator_cannot_be_built() {
        let refused = |found: Result<Estimator, Error>| {
            assert!(
                matches!(found, Err(Error::EstimatorRange { .. })),
                "{found:?}"
            );
        };
        refused(Estimator::gae(Number::from(7)));
        refused(Estimator::gae(Number::from(-1)));
        refused(Estimator::n_step(0));
        refused(Estimator::total_return(Baseline::V));
        refused(Estimator::total_return(Baseline::File(Vec::new())));
        for scale in [-1.0, f64::NAN, f64::INFINITY] {
            let critic = Critic::Noise { seed: 1, scale };
            let found = Estimator::new(Psi::Q).with_critic(critic);
            assert!(matches!(found, Err(Error::Argument { .. })), "{found:?}");
        }
    }
}
