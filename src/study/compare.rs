//! The sampled estimators beside the exact gradient.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::cost::{LawExtent, affordable, laws_affordable};
use super::{
    Doing, Estimation, Listener, Note, Numbers, PolicyName, Setting, StudyError, Work, ranges,
};
use crate::comparison::{self, ComparisonOptions};
use crate::estimator::{Estimator, Sampling};
use crate::mdp::{Criterion, Mdp};
use crate::model::Model;
use crate::number::Number;
use crate::policy::Policy;
use crate::report::{ComparisonReport, Head};
use crate::solved::Solved;

/// What is asked of [`compare()`].
#[derive(Clone, Debug, Default)]
pub struct CompareRequest {
    /// Of which policy, solved how; the numbers are floating point.
    pub setting: Setting,
    /// Which estimators, of which trajectories; with an entropy the estimators are of ∇J_α.
    pub estimation: Estimation,
    /// Whether tables say how many trajectories a precision of 1 % takes.
    pub power: bool,
    /// How many trajectories, from which seed, tested how. What the fields above say stands above
    /// its `sampling`, `behavior` and `solver`.
    pub options: ComparisonOptions,
}

/// Samples estimators and judges each mean by its exact law. A listener who ends the work early
/// gets what was sampled up to then, judged.
///
/// Errors where a choice does not fit the criterion, if a policy cannot be built, if an estimator
/// has no such name, if a law does not exist or a linear system was not solved, and if an episode never ends.
pub fn compare(
    model: &Model,
    request: &CompareRequest,
    listener: &dyn Listener,
) -> Result<ComparisonReport, StudyError> {
    let asked = Asked::new(model, request, listener)?;
    let comparison = asked.sampled(listener)?;
    asked.report(model, request, comparison)
}

/// What a request comes down to on a model: numbers, estimators, options.
pub(super) struct Asked {
    pub mdp: Arc<Mdp>,
    pub policy: Arc<Policy>,
    pub estimators: Vec<Estimator>,
    pub options: ComparisonOptions,
}

impl Asked {
    /// Errors, before anything is sampled, where a choice does not fit the criterion, where a policy cannot be built, and
    /// where an estimator has no such name or no law.
    pub fn new(
        model: &Model,
        request: &CompareRequest,
        listener: &dyn Listener,
    ) -> Result<Asked, StudyError> {
        ranges::false_alarm(request.options.false_alarm)?;
        if let Some((unrolled, setting)) = request.setting.in_time(model, listener)? {
            let request = CompareRequest {
                setting,
                estimation: request
                    .estimation
                    .in_time(&request.setting, model, listener)?,
                ..request.clone()
            };
            return Asked::new(&unrolled, &request, listener);
        }
        affordable(model, Numbers::Float)?;
        let over = model.floating().by(request.setting.solver.clone());
        let policy = request.setting.policy(model, &over, listener)?;
        let behavior = request.estimation.behavior(model, &over, listener)?;
        let mdp = match request.estimation.alpha()? {
            Some(alpha) => {
                let solver = request.setting.solver.clone();
                let plain = Solved::by(Arc::clone(over.mdp()), Arc::clone(&policy), solver)?;
                let alpha = model.objective().sign() * alpha;
                Arc::new(plain.paying_entropy(&alpha)?)
            }
            None => Arc::clone(over.mdp()),
        };
        request.check(&mdp, &policy)?;
        let estimators = request.estimators(&mdp, listener)?;
        laws_affordable(
            model,
            (&estimators, request.estimation.truncation),
            (Numbers::Float, LawExtent::Fourth),
            listener,
        )?;
        Ok(Asked {
            estimators,
            options: request.options(&mdp, behavior),
            mdp,
            policy,
        })
    }

    /// The report of a comparison.
    pub fn report(
        self,
        model: &Model,
        request: &CompareRequest,
        comparison: comparison::Comparison,
    ) -> Result<ComparisonReport, StudyError> {
        let solver = request.setting.solver.clone();
        let solved = Solved::by(self.mdp, self.policy, solver)?;
        let mut head = Head::new(solved.mdp(), solved.policy(), model.objective());
        request.setting.complete(&mut head, model);
        let behavior = request.estimation.behavior.as_ref();
        Ok(ComparisonReport {
            head,
            j: (*solved.j()).into(),
            j_error: solved.rounding()?.objective,
            seed: self.options.seed,
            power: request.power,
            entropy: request.estimation.entropy.as_ref().map(Number::to_f64),
            behavior: behavior.map(PolicyName::to_string),
            comparison,
        })
    }

    fn sampled(&self, listener: &dyn Listener) -> Result<comparison::Comparison, StudyError> {
        let Asked {
            mdp,
            policy,
            estimators,
            options,
        } = self;
        sampled(mdp, policy, estimators, options, listener)
    }
}

fn sampled(
    mdp: &Mdp,
    policy: &Policy,
    estimators: &[Estimator],
    options: &ComparisonOptions,
    listener: &dyn Listener,
) -> Result<comparison::Comparison, StudyError> {
    let of = options.trajectories;
    listener.begin(Work::on(mdp, Doing::Comparing).of_length(of));
    let ended = AtomicBool::new(false);
    let compared = comparison::compare(mdp, policy, estimators, options, &|done| {
        let flow = listener.advance(done);
        if flow == ControlFlow::Break(()) {
            ended.store(true, Ordering::Relaxed);
        }
        flow
    });
    listener.end();
    let compared = compared?;
    if ended.into_inner() {
        let done = compared.trajectories;
        listener.note(Note::Stopped { done, of });
    }
    Ok(compared)
}

impl CompareRequest {
    /// What can be said before anything is computed.
    fn check(&self, mdp: &Mdp, policy: &Policy) -> Result<(), StudyError> {
        self.estimation.check(mdp.criterion())?;
        let limit = self.options.covariance_limit;
        let parameters = policy.parameters();
        if (self.options.paired || self.options.covariance) && parameters > limit {
            return Err(StudyError::ManyParameters { limit, parameters });
        }
        Ok(())
    }

    fn options(&self, mdp: &Mdp, behavior: Option<Arc<Policy>>) -> ComparisonOptions {
        // that a horizon has none was checked
        let cut = |steps| Sampling::cut_after(steps, mdp.criterion()).ok();
        let truncated = self.estimation.truncation.and_then(cut);
        let geometric = self.estimation.geometric;
        ComparisonOptions {
            sampling: geometric.then_some(Sampling::Geometric).or(truncated),
            behavior: behavior.map(Arc::unwrap_or_clone),
            solver: self.setting.solver.clone(),
            ..self.options.clone()
        }
    }

    fn estimators(&self, mdp: &Mdp, listener: &dyn Listener) -> Result<Vec<Estimator>, StudyError> {
        let usual = match mdp.criterion() {
            Criterion::Average => "total-return,reward-to-go,advantage",
            _ => "total-return,reward-to-go,reward-to-go:dropped",
        };
        let is_discounted = mdp.discount() < 1.0;
        self.estimation
            .estimators(usual, is_discounted, mdp.space(), listener)
    }
}
