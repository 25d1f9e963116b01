//! Actions that are numbers.

use super::cost::PROVEN;
use super::listener::Deaf;
use super::numbers::by_numbers;
use super::{Doing, Listener, Note, Numbers, Setting, StudyError, ranges};
use crate::arithmetic::Arithmetic;
use crate::continuous::expected_minimum;
use crate::error::Error;
use crate::field::Ball;
use crate::model::Model;
use crate::number::Number;
use crate::policy::Kind;
use crate::report::{ContinuousReport, LimitReport, MinimumReport, SquashingReport};
use crate::solved::Solved;

/// What is asked of [`continuous`].
#[derive(Clone, Debug)]
pub struct ContinuousRequest {
    /// Over which numbers, of which policy, solved how.
    pub setting: Setting,
    /// What σ of a Gaussian policy is multiplied by on the way to the limit.
    pub scales: Vec<Number>,
    /// The standard deviation of the errors of two critics, of which the smaller counts.
    pub critic_error: Option<Number>,
    /// The correlation of these errors, from −1 to 1.
    pub correlation: Number,
    /// α of the entropy of squashed actions, where that is asked for.
    pub squash: Option<Number>,
}

impl Default for ContinuousRequest {
    fn default() -> ContinuousRequest {
        let half = |k: u32| Number::ratio(1, 1 << k).unwrap_or(Number::ONE);
        ContinuousRequest {
            setting: Setting::default(),
            scales: (0..6).map(half).collect(),
            critic_error: None,
            correlation: Number::ZERO,
            squash: None,
        }
    }
}

/// The gradient of actions that are numbers by scores and by reparametrising, with the exact laws of both;
/// of a Gaussian policy the deterministic policy gradient as its limit; and what was asked for beside.
///
/// Errors if an action is no number, if the policy cannot be built or has no value, over a horizon and for the
/// average reward, and for numbers out of range.
pub fn continuous(
    model: &Model,
    request: &ContinuousRequest,
    listener: &dyn Listener,
) -> Result<ContinuousReport, StudyError> {
    if request.setting.numbers == Numbers::Float {
        return request.in_floats(model, listener);
    }
    by_numbers!(request.setting.numbers, F => request.over::<F>(model, listener))
}

impl ContinuousRequest {
    /// In floating point, beside proven numbers where there are few.
    fn in_floats(
        &self,
        model: &Model,
        listener: &dyn Listener,
    ) -> Result<ContinuousReport, StudyError> {
        let report = self.over::<f64>(model, listener)?;
        let proven = if model.space().pairs() <= PROVEN {
            self.over::<Ball>(model, &Deaf(listener)).ok()
        } else {
            None
        };
        Ok(match proven {
            Some(proven) => report.beside(proven),
            None => {
                let quantity = "all but J";
                listener.note(Note::UnknownRounding { quantity });
                report
            }
        })
    }

    fn over<F: Arithmetic>(
        &self,
        model: &Model,
        listener: &dyn Listener,
    ) -> Result<ContinuousReport, StudyError> {
        self.check()?;
        let at: Solved<F> = self.setting.solved(model, Doing::Evaluating, listener)?;
        let mut report = ContinuousReport::new(&at, model.objective(), &at.reparametrized()?)?;
        let policy = at.policy();
        if policy.parametrization().kind() == Kind::Gaussian && policy.mix().is_none() {
            let scales: Vec<F> = self.scales.iter().map(F::from_number).collect();
            match at.deterministic_limit(&scales) {
                Ok(limit) => report.limit = Some(LimitReport::new(&limit, &policy.labels())),
                // all else holds on any grid
                Err(why) if !at.grid()?.is_even => listener.note(Note::Absent {
                    quantity: "deterministic limit",
                    why,
                }),
                Err(why) => return Err(why.into()),
            }
        }
        if let Some(sigma) = &self.critic_error {
            let (sigma, c) = (sigma.to_f64(), self.correlation.to_f64());
            let errors = (sigma, c, expected_minimum(sigma, c)?);
            report.minimum = Some(MinimumReport::new(&at.minimum_bias()?, errors));
        }
        if let Some(alpha) = &self.squash {
            let alpha = F::from_number(alpha);
            report.squashing = Some(SquashingReport::new(&at.squashing()?, &alpha));
        }
        listener.end();
        self.setting.complete(&mut report.head, model);
        Ok(report)
    }

    fn check(&self) -> Result<(), Error> {
        for scale in &self.scales {
            ranges::positive("a scale of σ", scale)?;
        }
        if let Some(sigma) = &self.critic_error {
            ranges::not_negative("the error of a critic", sigma)?;
        }
        if let Some(alpha) = &self.squash {
            ranges::not_negative("the weight of the entropy of squashed actions", alpha)?;
        }
        let (c, expected) = (self.correlation.to_f64(), "a number from −1 to 1");
        let is_one = (-1.0..=1.0).contains(&c);
        ranges::expect("the correlation", &self.correlation, expected, is_one)?;
        Ok(())
    }
}
