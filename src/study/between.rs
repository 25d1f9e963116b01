//! Two policies on one model.

use std::sync::Arc;

use super::cost::{affordable, unrolled};
use super::numbers::by_numbers;
use super::rounding::rounding;
use super::{Doing, Listener, PolicyName, Setting, StudyError, Work, ranges};
use crate::arithmetic::Arithmetic;
use crate::between::apart;
use crate::error::Error;
use crate::mdp::Criterion;
use crate::model::{Model, Objective};
use crate::number::Number;
use crate::policy::Policy;
use crate::report::{BetweenReport, PolicyReport};
use crate::solved::Solved;

/// What is asked of [`between`].
#[derive(Clone, Debug)]
pub struct BetweenRequest {
    /// Over which numbers, from which policy π, solved how.
    pub setting: Setting,
    /// The other policy π'.
    pub to: PolicyName,
    /// ε of the clipped surrogate, above 0.
    pub clip: Number,
    /// Points of the line from π to π'; none if below 2.
    pub points: usize,
    /// Whether the line is that from θ to θ', not from π to π'.
    pub in_parameters: bool,
}

impl Default for BetweenRequest {
    fn default() -> BetweenRequest {
        BetweenRequest {
            setting: Setting::default(),
            to: PolicyName::default(),
            clip: Number::ratio(1, 5).unwrap_or(Number::ONE),
            points: 11,
            in_parameters: false,
        }
    }
}

/// How much better π' is than π, where that comes from, what surrogates and a trust region say of it,
/// and J along the line. Over a horizon all of it is of the model unrolled in time.
///
/// Errors if a policy cannot be built or has no value, and for the average reward.
pub fn between(
    model: &Model,
    request: &BetweenRequest,
    listener: &dyn Listener,
) -> Result<BetweenReport, StudyError> {
    by_numbers!(request.setting.numbers, F => request.over::<F>(model, listener))
}

impl BetweenRequest {
    fn over<F: Arithmetic>(
        &self,
        model: &Model,
        listener: &dyn Listener,
    ) -> Result<BetweenReport, StudyError> {
        ranges::positive("ε of the clipped surrogate", &self.clip)?;
        affordable(model, self.setting.numbers)?;
        let other = Setting {
            policy: self.to.clone(),
            ..self.setting.clone()
        };
        let ([at, to], rules) = solved::<F>(model, [&self.setting, &other], listener)?;
        let clip = F::from_number(&self.clip);
        let objective = model.objective();
        let found = match objective {
            Objective::Maximize => at.between(&to, &clip)?,
            Objective::Minimize => at.between_costs(&to, &clip)?,
        };
        let line = (self.points >= 2).then(|| {
            if !self.in_parameters {
                return at.line_to(&to, self.points);
            }
            match &rules {
                [Some(rule), Some(other)] => at.line_of_rules((rule, other), self.points),
                [None, None] => at.line_of_parameters(&to, self.points),
                // θ of a rule for all times beside those of each time
                _ => Err(apart("a rule for all times and one for each")),
            }
        });
        let line = line.transpose()?;
        listener.end();
        let mut report = BetweenReport::new(&at, &to, objective, &found, &clip);
        report.j_error = rounding(&at, listener)?.objective;
        report.j_to_error = rounding(&to, listener)?.objective;
        report.line = line.as_ref().map(Into::into);
        report.in_parameters = self.in_parameters;
        report.to = PolicyReport::new(to.policy());
        Ok(report)
    }
}

/// Two policies, solved, and the rules that they follow at all times, where the model is unrolled in time.
type Ends<F> = ([Solved<F>; 2], [Option<Arc<Policy<F>>>; 2]);

/// The policies of two settings, solved; over a horizon on the model unrolled in time.
fn solved<F: Arithmetic>(
    model: &Model,
    settings: [&Setting; 2],
    listener: &dyn Listener,
) -> Result<Ends<F>, StudyError> {
    let unrolled = match model.criterion() {
        Criterion::FiniteHorizon { .. } => Some(unrolled(model)?),
        _ => None,
    };
    let task = unrolled.as_ref().unwrap_or(model);
    let over = task.over::<F>()?.by(settings[0].solver.clone());
    listener.begin(Work::on(over.mdp(), Doing::Evaluating));
    let solve = |setting: &Setting| -> Result<_, StudyError> {
        let (policy, rule) = if unrolled.is_some() {
            in_time::<F>(model, task, setting, listener)?
        } else {
            (setting.policy(model, &over, listener)?, None)
        };
        let mdp = Arc::clone(over.mdp());
        Ok((Solved::by(mdp, policy, setting.solver.clone())?, rule))
    };
    let ((at, from), (to, other)) = (solve(settings[0])?, solve(settings[1])?);
    Ok(([at, to], [from, other]))
}

/// The policy of a setting on the model unrolled in time: its rules, or one rule at all times, and that.
#[allow(clippy::type_complexity)] // the policy, and the rule that it is made of
fn in_time<F: Arithmetic>(
    model: &Model,
    unrolled: &Model,
    setting: &Setting,
    listener: &dyn Listener,
) -> Result<(Arc<Policy<F>>, Option<Arc<Policy<F>>>), StudyError> {
    let space = unrolled.space();
    if let Some(rules) = setting.rules(model, listener)? {
        let policy = Policy::from_specification(space, &rules);
        return Ok((Arc::new(policy.map_err(Error::from)?), None));
    }
    let over = model.over::<F>()?.by(setting.solver.clone());
    let policy = setting.policy(model, &over, listener)?;
    let times = space.pairs() / policy.probabilities().len().max(1);
    let rule = vec![policy.probabilities(); times].concat();
    let unrolled = Arc::new(Policy::on_simplex(space, rule));
    Ok((unrolled, Some(policy)))
}
