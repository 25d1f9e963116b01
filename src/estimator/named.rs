//! Estimators as users name them: the checked constructors, and what is in one.

use super::{Baseline, Critic, Estimator, Multiplier, Psi};
use crate::error::Error;
use crate::number::Number;

/// The critic of a multiplier, shared or to be changed; `$within` asks the estimator inside one.
macro_rules! critic_of {
    ($multiplier:expr, $within:ident) => {
        match $multiplier {
            Multiplier::TotalReturn { .. }
            | Multiplier::RewardToGo
            | Multiplier::Baseline(_)
            | Multiplier::Ordinary
            | Multiplier::PerDecision
            | Multiplier::SelfNormalised
            | Multiplier::InSampleBaseline => None,
            Multiplier::PerStepMean(of) | Multiplier::Whitened { of, .. } => of.$within(),
            Multiplier::Q(critic)
            | Multiplier::Advantage(critic)
            | Multiplier::TdResidual(critic)
            | Multiplier::Bootstrapped(critic)
            | Multiplier::Gae { critic, .. }
            | Multiplier::NStep { critic, .. }
            | Multiplier::LambdaReturn { critic, .. }
            | Multiplier::OneStepOfLambdaReturn { critic, .. }
            | Multiplier::CutAsEnd { critic, .. }
            | Multiplier::VTrace { critic, .. }
            | Multiplier::Retrace { critic, .. } => Some(critic),
        }
    };
}

impl Estimator {
    /// The estimator with γᵗ (without, for the total return), an exact critic, baseline 0, λ = 1, n = 1
    /// and clips at 1; of what is made of another one, that of the reward to go.
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
            Psi::Bootstrapped => Multiplier::Bootstrapped(critic),
            Psi::LambdaReturn => Multiplier::LambdaReturn {
                lambda: Number::ONE,
                critic,
            },
            Psi::OneStepOfLambdaReturn => Multiplier::OneStepOfLambdaReturn {
                lambda: Number::ONE,
                critic,
            },
            Psi::CutAsEnd => Multiplier::cut_as_end(Number::ONE),
            Psi::VTrace => {
                let [rho, c] = [Some(Number::ONE), Some(Number::ONE)];
                Multiplier::VTrace { rho, c, critic }
            }
            Psi::Retrace => Multiplier::Retrace {
                lambda: Number::ONE,
                critic,
            },
            Psi::Ordinary => Multiplier::Ordinary,
            Psi::PerDecision => Multiplier::PerDecision,
            Psi::SelfNormalised => Multiplier::SelfNormalised,
            Psi::PerStepMean => Multiplier::PerStepMean(Box::new(Estimator::new(Psi::RewardToGo))),
            Psi::Whitened => Multiplier::Whitened {
                of: Box::new(Estimator::new(Psi::RewardToGo)),
                ddof: 0,
            },
            Psi::InSampleBaseline => Multiplier::InSampleBaseline,
        };
        Estimator {
            discounting: multiplier.own_discounting(),
            multiplier,
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
            discounting: multiplier.own_discounting(),
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

    /// Those whose baseline is a b(s) of one's own, \[S\] or over a horizon \[TS\]: with γᵗ, and where γ < 1 without.
    pub fn with_own_baseline(b: &[Number], discounted: bool) -> Vec<Estimator> {
        let own = Estimator::baselined(Baseline::File(b.to_vec()));
        let dropped = discounted.then(|| own.clone().dropped());
        [own].into_iter().chain(dropped).collect()
    }

    /// Generalised advantage estimation, [`Psi::Gae`], with this λ.
    ///
    /// ```
    /// use exact_mdp::estimator::Estimator;
    ///
    /// let estimator = Estimator::gae("19/20".parse()?)?;
    /// assert_eq!(estimator, "gae:0.95".parse()?);
    /// assert!(Estimator::gae(7.into()).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// Errors with [`Error::EstimatorRange`] outside [0, 1].
    pub fn gae(lambda: Number) -> Result<Estimator, Error> {
        let critic = Critic::Exact;
        Estimator::of(Multiplier::Gae { lambda, critic })
    }

    /// [`Psi::NStep`] with this n. Errors with [`Error::EstimatorRange`] for n = 0.
    pub fn n_step(n: usize) -> Result<Estimator, Error> {
        let critic = Critic::Exact;
        Estimator::of(Multiplier::NStep { n, critic })
    }

    /// The estimator with γᵗ dropped (for the total return: unchanged).
    pub fn dropped(self) -> Estimator {
        self.with_discounting(false)
    }

    /// The estimator with γᵗ before the score, or without. The total return carries its discounts
    /// itself: for it `true` means one γᵗ too many.
    pub fn with_discounting(mut self, discounting: bool) -> Estimator {
        if let Some(of) = self.inner_mut() {
            *of = of.clone().with_discounting(discounting);
        }
        Estimator {
            discounting,
            ..self
        }
    }

    /// The estimator that this one is made of, if it is made of one.
    pub fn inner(&self) -> Option<&Estimator> {
        match &self.multiplier {
            Multiplier::PerStepMean(of) | Multiplier::Whitened { of, .. } => Some(of),
            _ => None,
        }
    }

    fn inner_mut(&mut self) -> Option<&mut Estimator> {
        match &mut self.multiplier {
            Multiplier::PerStepMean(of) | Multiplier::Whitened { of, .. } => Some(of),
            _ => None,
        }
    }

    /// Whether it is a function of sums over all trajectories and no mean of one number for each: its
    /// law is then the limit that the delta method gives for many trajectories.
    pub fn is_of_batch(&self) -> bool {
        matches!(
            self.multiplier,
            Multiplier::SelfNormalised
                | Multiplier::PerStepMean(_)
                | Multiplier::Whitened { .. }
                | Multiplier::InSampleBaseline
        )
    }

    /// Whether each parameter has a baseline of its own, so that no one number multiplies a whole score.
    pub fn is_by_parameter(&self) -> bool {
        matches!(
            self.multiplier,
            Multiplier::Baseline(Baseline::OptimalParameter | Baseline::OptimalParameterStationary)
        )
    }

    /// Whether it asks for v of the state that a step leads to.
    pub fn bootstraps(&self) -> bool {
        match &self.multiplier {
            Multiplier::TdResidual(_)
            | Multiplier::Gae { .. }
            | Multiplier::NStep { .. }
            | Multiplier::Bootstrapped(_)
            | Multiplier::LambdaReturn { .. }
            | Multiplier::OneStepOfLambdaReturn { .. }
            | Multiplier::CutAsEnd { .. }
            | Multiplier::VTrace { .. }
            | Multiplier::Retrace { .. } => true,
            _ => self.inner().is_some_and(Estimator::bootstraps),
        }
    }

    /// Whether what comes behind a cut counts as 0, so that nobody need know where it was.
    pub(crate) fn takes_cuts_for_ends(&self) -> bool {
        matches!(self.multiplier, Multiplier::CutAsEnd { .. })
            || self.inner().is_some_and(Estimator::takes_cuts_for_ends)
    }

    /// The estimator with another critic; one that asks none stays as it is.
    ///
    /// Errors with [`Error::Argument`] for a critic whose errors have no standard deviation.
    pub fn with_critic(mut self, critic: Critic) -> Result<Estimator, Error> {
        if let Some(own) = self.critic_mut() {
            *own = critic;
        }
        self.check()?;
        Ok(self)
    }

    /// These estimators with this function in the place of v.
    ///
    /// Errors with [`Error::Argument`] where none of them has a critic in which it could stand, and as
    /// [`Estimator::with_critic`].
    pub fn with_one_critic(all: Vec<Estimator>, critic: &Critic) -> Result<Vec<Estimator>, Error> {
        let has_none = !all.is_empty() && all.iter().all(|one| one.critic().is_none());
        if *critic != Critic::Exact && has_none {
            let names: Vec<String> = all.iter().map(ToString::to_string).collect();
            return Err(Error::Argument {
                name: "the critic",
                found: format!("given for {}", names.join(", ")),
                expected: "an estimator that has one, as q, advantage, td-residual and gae:λ have: a baseline v is the \
                           exact one, and baseline:file, with the baseline beside it, subtracts a function of yours",
            });
        }
        let each = all.into_iter();
        each.map(|one| one.with_critic(critic.clone())).collect()
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
            Multiplier::Bootstrapped(_) => Psi::Bootstrapped,
            Multiplier::LambdaReturn { .. } => Psi::LambdaReturn,
            Multiplier::OneStepOfLambdaReturn { .. } => Psi::OneStepOfLambdaReturn,
            Multiplier::CutAsEnd { .. } => Psi::CutAsEnd,
            Multiplier::VTrace { .. } => Psi::VTrace,
            Multiplier::Retrace { .. } => Psi::Retrace,
            Multiplier::Ordinary => Psi::Ordinary,
            Multiplier::PerDecision => Psi::PerDecision,
            Multiplier::SelfNormalised => Psi::SelfNormalised,
            Multiplier::PerStepMean(_) => Psi::PerStepMean,
            Multiplier::Whitened { .. } => Psi::Whitened,
            Multiplier::InSampleBaseline => Psi::InSampleBaseline,
        }
    }

    /// Whether γᵗ stands before the score ([`Estimator::with_discounting`]).
    pub fn discounting(&self) -> bool {
        self.discounting
    }

    /// λ, of those that have one.
    pub fn lambda(&self) -> Option<&Number> {
        match &self.multiplier {
            Multiplier::Gae { lambda, .. }
            | Multiplier::LambdaReturn { lambda, .. }
            | Multiplier::OneStepOfLambdaReturn { lambda, .. }
            | Multiplier::CutAsEnd { lambda, .. }
            | Multiplier::Retrace { lambda, .. } => Some(lambda),
            _ => self.inner().and_then(Estimator::lambda),
        }
    }

    /// n, of the n-step estimator.
    pub fn steps(&self) -> Option<usize> {
        match self.multiplier {
            Multiplier::NStep { n, .. } => Some(n),
            _ => self.inner().and_then(Estimator::steps),
        }
    }

    /// b, of the estimators that subtract one.
    pub fn baseline(&self) -> Option<&Baseline> {
        match &self.multiplier {
            Multiplier::TotalReturn { baseline } | Multiplier::Baseline(baseline) => Some(baseline),
            _ => self.inner().and_then(Estimator::baseline),
        }
    }

    /// What stands for v, of the estimators that ask a critic.
    pub fn critic(&self) -> Option<&Critic> {
        critic_of!(&self.multiplier, critic)
    }

    fn critic_mut(&mut self) -> Option<&mut Critic> {
        critic_of!(&mut self.multiplier, critic_mut)
    }

    /// Whether Ψ is an advantage, or a sum of residuals, of values that know what all rewards share: a constant in every
    /// reward moves no estimate then.
    pub(crate) fn is_of_residuals(&self) -> bool {
        let is_fitting = !matches!(self.critic(), Some(Critic::File(_)));
        is_fitting
            && matches!(
                self.multiplier,
                Multiplier::Advantage(_)
                    | Multiplier::TdResidual(_)
                    | Multiplier::Gae { .. }
                    | Multiplier::NStep { .. }
            )
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

    /// Whether the mean over steps or whitened numbers can be made of it: neither of what is itself a
    /// function of all trajectories, nor of what weighs by π/b in a way of its own.
    fn is_plain(&self) -> bool {
        !self.is_of_batch()
            && !self.is_by_parameter()
            && !matches!(
                self.multiplier,
                Multiplier::VTrace { .. }
                    | Multiplier::Retrace { .. }
                    | Multiplier::Ordinary
                    | Multiplier::PerDecision
            )
    }

    fn check(&self) -> Result<(), Error> {
        let outside = |lambda: &Number| lambda.is_negative() || *lambda > Number::ONE;
        let negative = |clip: &Option<Number>| clip.as_ref().is_some_and(Number::is_negative);
        let expected = match &self.multiplier {
            Multiplier::LambdaReturn { lambda, .. }
            | Multiplier::OneStepOfLambdaReturn { lambda, .. }
            | Multiplier::CutAsEnd { lambda, .. }
            | Multiplier::Retrace { lambda, .. } => {
                outside(lambda).then_some("λ is a number from 0 to 1, as in lambda-return:0.95")
            }
            Multiplier::VTrace { rho, c, .. } => (negative(rho) || negative(c))
                .then_some("in v-trace:ρ̄:c̄ both are numbers that are at least 0, or inf"),
            Multiplier::PerStepMean(of) => {
                let whitened = matches!(of.multiplier, Multiplier::Whitened { .. });
                (!of.is_plain() && !whitened)
                    .then_some("per-step-mean:NAME, as in per-step-mean:gae:0.95:dropped")
            }
            Multiplier::Whitened { of, ddof } => {
                let total = matches!(of.multiplier, Multiplier::TotalReturn { .. });
                let windowed = matches!(of.multiplier, Multiplier::NStep { n: 2.., .. });
                (!of.is_plain() || total || windowed || *ddof > 1).then_some(
                    "whitened:NAME:ddof-0 or ddof-1, NAME being a reward to go, baseline, q, \
                     advantage, residual or gae",
                )
            }
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
