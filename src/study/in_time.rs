//! A policy with a rule for each time of a horizon: the model unrolled in time, on which it is an
//! ordinary policy.

use std::sync::Arc;

use super::cost::{affordable, steps_affordable, unrolled};
use super::numbers::by_numbers;
use super::returns::returns;
use super::{Doing, Listener, Note, Numbers, PolicyName, Setting, StudyError, Work};
use crate::arithmetic::Arithmetic;
use crate::control::rules;
use crate::evaluation::Evaluation;
use crate::field::middle;
use crate::load;
use crate::mdp::Criterion;
use crate::model::Model;
use crate::number::{Number, Rational};
use crate::policy::{Kind, Policy, Specification};
use crate::report::EvaluationReport;

impl Setting {
    /// Where the policy has a rule for each time of a horizon (the optimal one, `by_time` in a
    /// file, the report of a solve over a horizon): the model unrolled in time
    /// ([`Model::in_time`]), and the setting with that policy of it. `None` for other policies.
    ///
    /// # Errors
    /// As the studies of a policy, and if the unrolled model is too large.
    pub fn in_time(
        &self,
        model: &Model,
        listener: &dyn Listener,
    ) -> Result<Option<(Model, Setting)>, StudyError> {
        let Some(rules) = self.rules(model, listener)? else {
            return Ok(None);
        };
        let setting = Setting {
            policy: PolicyName::Given(Arc::new(rules)),
            ..self.clone()
        };
        Ok(Some((unrolled(model)?, setting)))
    }

    /// Another policy beside one that [`Setting::in_time`] has found, on the model unrolled in time: with its rules, or with its
    /// probabilities at all times where a file or a text has one rule for all of them. What else is named is of any model.
    ///
    /// # Errors
    /// As of a policy that cannot be read or built.
    pub(super) fn beside_in_time(
        &self,
        model: &Model,
        other: Option<&PolicyName>,
        listener: &dyn Listener,
    ) -> Result<Option<PolicyName>, StudyError> {
        let Some(other) = other else {
            return Ok(None);
        };
        let setting = Setting {
            policy: other.clone(),
            ..self.clone()
        };
        let own = match setting.rules(model, listener)? {
            Some(rules) => rules,
            None if matches!(other, PolicyName::File(_) | PolicyName::Text(_)) => {
                match self.numbers {
                    Numbers::Exact => setting.at_all_times::<Rational>(model, listener)?,
                    Numbers::Float | Numbers::Certified => {
                        setting.at_all_times::<f64>(model, listener)?
                    }
                }
            }
            None => return Ok(Some(other.clone())),
        };
        Ok(Some(PolicyName::Given(Arc::new(own))))
    }

    /// The probabilities of one rule, time by time.
    fn at_all_times<F: Arithmetic>(
        &self,
        model: &Model,
        listener: &dyn Listener,
    ) -> Result<Specification, StudyError> {
        let times = match *model.criterion() {
            Criterion::FiniteHorizon { horizon, .. } => horizon,
            _ => 1,
        };
        let over = model.over::<F>()?.by(self.solver.clone());
        let policy = self.policy.of(model, &over, listener)?;
        let numbers = policy.probabilities().iter();
        let numbers: Vec<Number> = numbers.map(|x| middle(x).unwrap_or(Number::ZERO)).collect();
        Ok(Specification {
            parametrization: Kind::Simplex,
            probabilities: Some(vec![numbers; times].concat()),
            ..Specification::default()
        })
    }

    /// The rules of all times, as a policy of the model unrolled in time.
    pub(super) fn rules(
        &self,
        model: &Model,
        listener: &dyn Listener,
    ) -> Result<Option<Specification>, StudyError> {
        let Criterion::FiniteHorizon { horizon, .. } = *model.criterion() else {
            return Ok(None);
        };
        let space = model.space();
        let (name, read) = match &self.policy {
            PolicyName::Optimal => return self.optimal_rules(model, horizon, listener),
            PolicyName::File(path) => {
                self.policy.check_there()?;
                let read = load::load_rules(path, space, horizon)?;
                (path.display().to_string(), read)
            }
            PolicyName::Text(text) => {
                let name = "the policy given";
                (
                    name.to_string(),
                    load::parse_rules(name, text, space, horizon)?,
                )
            }
            _ => return Ok(None),
        };
        let Some((rules, warnings)) = read else {
            return Ok(None);
        };
        for warning in warnings {
            let file = name.clone();
            listener.note(Note::PolicyFile { file, warning });
        }
        Ok(Some(rules))
    }

    /// Those that are optimal, where they are few enough to be kept.
    fn optimal_rules(
        &self,
        model: &Model,
        horizon: usize,
        listener: &dyn Listener,
    ) -> Result<Option<Specification>, StudyError> {
        // 2²¹ decisions of a rule are 16 MiB in `f64`, some times that as fractions
        const MOST: usize = 1 << 21;
        affordable(model, self.numbers)?;
        steps_affordable(model, listener)?;
        if horizon.saturating_mul(model.space().pairs()) > MOST {
            return Ok(None);
        }
        let model = &*model.gains();
        let rules = match self.numbers {
            Numbers::Exact => rules(model.over::<Rational>()?.mdp(), horizon),
            Numbers::Float | Numbers::Certified => rules(model.floating().mdp(), horizon),
        };
        let mut probabilities = vec![Number::ZERO; horizon * model.space().pairs()];
        for (t, rule) in rules.iter().enumerate() {
            let first = t * model.space().pairs();
            rule.pairs()
                .for_each(|(_, pair)| probabilities[first + pair] = Number::ONE);
        }
        Ok(Some(Specification {
            parametrization: Kind::Simplex,
            probabilities: Some(probabilities),
            ..Specification::default()
        }))
    }
}

/// [`super::evaluate()`] of a policy with a rule for each time: the recursion itself; with the law of the return, if
/// that is asked for.
pub(super) fn evaluate(
    model: &Model,
    rules: &Specification,
    (setting, with_returns): (&Setting, bool),
    listener: &dyn Listener,
) -> Result<EvaluationReport, StudyError> {
    by_numbers!(setting.numbers, F => over::<F>(model, rules, (setting, with_returns), listener))
}

fn over<F: Arithmetic>(
    model: &Model,
    rules: &Specification,
    (setting, with_returns): (&Setting, bool),
    listener: &dyn Listener,
) -> Result<EvaluationReport, StudyError> {
    let numbers = setting.numbers;
    affordable(model, numbers)?;
    let over = model.over::<F>()?.by(setting.solver.clone());
    let horizon = match model.criterion() {
        Criterion::FiniteHorizon { horizon, .. } => *horizon,
        _ => 0,
    };
    let space = Arc::new(model.space().in_time(horizon));
    let policy = Policy::<F>::from_specification(&space, rules);
    let policy = policy.map_err(crate::error::Error::from)?;
    if F::EXACT && policy.theta().is_none() && policy.parameters() > 0 {
        listener.note(Note::NoExactTheta);
    }
    listener.begin(Work::on(over.mdp(), Doing::Evaluating));
    let evaluation = Evaluation::in_time(over.mdp(), &policy)?;
    let mut report = EvaluationReport::in_time(over.mdp(), &policy, model.objective(), &evaluation);
    if with_returns {
        let unrolled = unrolled(model)?;
        let solved = unrolled
            .over::<F>()?
            .by(setting.solver.clone())
            .solve(policy)?;
        let mut law = returns(model, &solved, numbers, listener)?;
        law.variance_by_state.truncate(model.space().states());
        report.returns = Some(law);
    }
    listener.end();
    Ok(report)
}
