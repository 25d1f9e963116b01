//! What `Solved.judge` is asked beside the numbers.

use exact_mdp::estimator::Estimator;
use exact_mdp::judge::Formula;
use exact_mdp::model::Objective;
use exact_mdp::number::Number;
use exact_mdp::policy;
use exact_mdp::study::StateFunction;
use pyo3::prelude::*;

use crate::error::{analysis, argument};
use crate::estimators::with_critic;
use crate::policy::Policy;
use crate::solved::Solved;

/// The arguments of `Solved.judge` beside the numbers.
pub struct Asked<'a, 'py> {
    pub estimator: Option<&'a str>,
    pub batch: u64,
    pub false_alarm: Option<f64>,
    pub truncation: Option<usize>,
    pub behavior: Option<&'a Bound<'py, Policy>>,
    pub critic: Option<&'a Bound<'py, PyAny>>,
    pub baseline: Option<&'a Bound<'py, PyAny>>,
    pub entropy: Option<Number>,
}

/// What numbers are given.
#[derive(Clone, Copy, PartialEq)]
pub enum Kind {
    Gradient,
    Samples,
    Trajectories,
    Formula(Formula),
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Kind::Gradient => "gradient=…",
            Kind::Samples => "samples=…",
            Kind::Trajectories => "trajectories=…",
            Kind::Formula(formula) => formula.name(),
        }
    }
}

impl Asked<'_, '_> {
    /// Raises for what says nothing of the numbers that are given.
    pub fn check_beside(&self, kind: Kind) -> PyResult<()> {
        let (gradient, samples) = (kind == Kind::Gradient, kind == Kind::Samples);
        let trajectories = kind == Kind::Trajectories;
        let law = matches!(kind, Kind::Formula(formula) if formula.is_of_a_law());
        let named = self.estimator.is_some();
        let all = [
            (
                "estimator",
                named,
                samples || trajectories || law,
                "samples=…, trajectories=…, and mean and covariance",
            ),
            (
                "false_alarm",
                self.false_alarm.is_some(),
                samples || trajectories,
                "samples=… and trajectories=…",
            ),
            ("batch", self.batch != 1, samples, "samples=…"),
            (
                "truncation",
                self.truncation.is_some(),
                samples || law,
                "samples=…, and mean and covariance",
            ),
            (
                "behavior",
                self.behavior.is_some(),
                samples || trajectories,
                "samples=… and trajectories=…",
            ),
            (
                "critic",
                self.critic.is_some(),
                trajectories || (named && (samples || law)),
                "trajectories=…, and an estimator that is named",
            ),
            (
                "baseline",
                self.baseline.is_some(),
                trajectories || samples || (law && self.is_of_own_baseline()),
                "trajectories=…, samples=…, and the mean and the covariance of \"baseline:file\"",
            ),
            (
                "entropy",
                self.entropy.is_some(),
                gradient || trajectories,
                "gradient=… and trajectories=…",
            ),
        ];
        match all
            .into_iter()
            .find(|(_, given, has_use, _)| *given && !has_use)
        {
            None => Ok(()),
            Some((name, _, _, of)) => Err(argument(format!(
                "{name} belongs to {of}: it says nothing of {}",
                kind.name()
            ))),
        }
    }

    fn is_of_own_baseline(&self) -> bool {
        self.estimator
            .is_some_and(|name| name.contains(Estimator::OWN_BASELINE))
    }

    /// The probability that something right is called inconsistent.
    pub fn rate(&self) -> f64 {
        self.false_alarm.unwrap_or(1e-4)
    }

    pub fn check(&self) -> PyResult<()> {
        let rate = self.rate();
        if !(rate > 0.0 && rate < 1.0) {
            return Err(argument(format!(
                "false_alarm is {rate}; expected a probability between 0 and 1"
            )));
        }
        if self.truncation == Some(0) {
            return Err(argument("truncation is 0; expected at least 1 step"));
        }
        Ok(())
    }

    /// Who acted, if not the policy.
    pub fn actor(&self, solved: &Bound<'_, Solved>) -> PyResult<Option<policy::Policy>> {
        let Some(actor) = self.behavior.map(Bound::get) else {
            return Ok(None);
        };
        actor.check_acts_on(solved.get().model.bind(solved.py()))?;
        Ok(Some(policy::Policy::clone(&actor.policy)))
    }

    /// The estimator that is named, with the critic.
    pub fn named(&self, solved: &Bound<'_, Solved>) -> PyResult<Option<Estimator>> {
        let Some(name) = self.estimator else {
            return Ok(None);
        };
        let b = self.baseline(solved)?;
        let named = vec![Estimator::by_name(name, b.as_deref()).map_err(analysis)?];
        Ok(with_critic(solved, named, self.critic)?.pop())
    }

    /// b(s) of one more estimator.
    pub fn baseline(&self, solved: &Bound<'_, Solved>) -> PyResult<Option<Vec<Number>>> {
        let space = solved.get().solved.mdp().space();
        Ok(match crate::given::baseline(self.baseline, space)? {
            Some(StateFunction::Given(b)) => Some(b),
            _ => None,
        })
    }

    /// α as the rewards of the model have it: costs lose what gains win.
    pub fn alpha(&self, solved: &Bound<'_, Solved>) -> Option<f64> {
        let alpha = self.entropy.as_ref().map(Number::to_f64);
        alpha.map(|alpha| Asked::objective(solved).sign() * alpha)
    }

    pub fn objective(solved: &Bound<'_, Solved>) -> Objective {
        solved.get().model.get().model.objective()
    }
}
