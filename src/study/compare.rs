//! The sampled estimators beside the exact gradient.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::cost::{LawExtent, affordable, laws_affordable};
use super::estimators::Wanted;
use super::note::name;
use super::{
    Doing, Listener, Note, Numbers, PolicyName, Setting, StateFunction, StudyError, Work, ranges,
};
use crate::comparison::{self, ComparisonOptions};
use crate::estimator::{Critic, Estimator, Sampling};
use crate::load::load_state_function;
use crate::mdp::{Criterion, Mdp, Space};
use crate::mend::Argument;
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
    /// The names of the estimators, separated by commas; `all` for every kind. `None`: those that
    /// a criterion has by default.
    pub estimators: Option<String>,
    /// What stands for v in critics.
    pub critic: CriticName,
    /// b(s), for one more estimator.
    pub baseline: Option<StateFunction>,
    /// After how many steps trajectories are cut; `None`: by a bound on the bias.
    pub truncation: Option<usize>,
    /// Whether each trajectory ends with probability 1 − γ at every step instead of being
    /// discounted.
    pub geometric: bool,
    /// Who acts, if that is another policy.
    pub behavior: Option<PolicyName>,
    /// α, where r − α log π is paid for r: the estimators are then of ∇J_α.
    pub entropy: Option<f64>,
    /// Whether tables say how many trajectories a precision of 1 % takes.
    pub power: bool,
    /// How many trajectories, from which seed, tested how. What the fields above say stands above
    /// its `sampling`, `behavior` and `solver`.
    pub options: ComparisonOptions,
}

/// What stands for v in critics, as a user names it.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum CriticName {
    /// v itself.
    #[default]
    Exact,
    /// v plus normal errors.
    Noise {
        /// Their seed.
        seed: u64,
        /// Their standard deviation, in units of reward.
        scale: f64,
    },
    /// A function of the state from a file, or from a report with values.
    File(PathBuf),
    /// A function of the state itself: a number for each state, over a horizon also for each state at each
    /// time.
    Given(Vec<Number>),
}

impl FromStr for CriticName {
    type Err = StudyError;

    /// `exact`, `noise:SEED:SCALE` (or `v + noise:SEED:SCALE`), or a file.
    fn from_str(text: &str) -> Result<CriticName, StudyError> {
        let after_v = text.trim_start().strip_prefix('v');
        let sum = after_v.and_then(|rest| rest.trim_start().strip_prefix('+'));
        let name = sum.unwrap_or(text).trim();
        if name != "exact" && !name.starts_with("noise:") {
            return Ok(CriticName::File(text.into()));
        }
        match name.parse::<Critic>()? {
            Critic::Noise { seed, scale } => Ok(CriticName::Noise { seed, scale }),
            _ => Ok(CriticName::Exact),
        }
    }
}

impl CriticName {
    pub(super) fn critic(
        &self,
        space: &Space,
        listener: &dyn Listener,
    ) -> Result<Critic, StudyError> {
        Ok(match self {
            CriticName::Exact => Critic::Exact,
            CriticName::Noise { seed, scale } => Critic::Noise {
                seed: *seed,
                scale: *scale,
            },
            CriticName::Given(u) => Critic::File(u.clone()),
            CriticName::File(path) => {
                let u = load_state_function(path, space)?;
                let state = |i: usize| i % space.states().max(1);
                let said = |&i: &usize| space.is_terminal(state(i)) && !u[i].is_zero();
                if let Some(state) = (0..u.len()).find(said).map(state) {
                    listener.note(Note::TerminalCritic {
                        file: path.display().to_string(),
                        state: name(space, state),
                    });
                }
                Critic::File(u)
            }
        })
    }
}

/// Samples estimators and judges each mean by its exact law. A listener who ends the work early
/// gets what was sampled up to then, judged.
///
/// Errors where a choice does not fit the criterion, if a policy cannot be built, if an estimator
/// has no such name, and as [`comparison::compare`].
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
        let rate = request.options.false_alarm;
        if !(rate > 0.0 && rate < 1.0) {
            let argument = Argument::FalseAlarm;
            let expected = "a probability between 0 and 1";
            return Err(StudyError::Range { argument, expected });
        }
        if let Some((model, setting)) = request.setting.in_time(model, listener)? {
            let request = CompareRequest {
                setting,
                ..request.clone()
            };
            return Asked::new(&model, &request, listener);
        }
        affordable(model, Numbers::Float)?;
        let over = model.floating().by(request.setting.solver.clone());
        let policy = request.setting.policy(model, &over, listener)?;
        let behavior = request.behavior.as_ref();
        let behavior = behavior.map(|name| name.of(model, &over, listener));
        let behavior = behavior.transpose()?;
        let mdp = match request.entropy {
            Some(alpha) => {
                let solver = request.setting.solver.clone();
                let plain = Solved::by(Arc::clone(over.mdp()), Arc::clone(&policy), solver)?;
                let alpha = model.objective().sign() * ranges::entropy(alpha)?;
                Arc::new(plain.paying_entropy(&alpha)?)
            }
            None => Arc::clone(over.mdp()),
        };
        request.check(&mdp, &policy)?;
        let estimators = request.estimators(&mdp, listener)?;
        laws_affordable(
            model,
            (&estimators, request.truncation),
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
        Ok(ComparisonReport {
            head,
            j: (*solved.j()).into(),
            seed: self.options.seed,
            power: request.power,
            entropy: request.entropy,
            behavior: request.behavior.as_ref().map(PolicyName::to_string),
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
        let average = *mdp.criterion() == Criterion::Average;
        if average && (self.geometric || self.behavior.is_some()) {
            return Err(StudyError::SampledOnAverage);
        }
        let ends = self.truncation.is_some() || self.geometric;
        if ends && matches!(mdp.criterion(), Criterion::FiniteHorizon { .. }) {
            return Err(StudyError::SampledOnHorizon);
        }
        if self.truncation.is_some() && self.geometric {
            let (one, other) = (Argument::Truncation, Argument::Geometric);
            return Err(StudyError::Exclusive(one, other));
        }
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
        let truncated = self.truncation.and_then(cut);
        ComparisonOptions {
            sampling: self.geometric.then_some(Sampling::Geometric).or(truncated),
            behavior: behavior.map(Arc::unwrap_or_clone),
            solver: self.setting.solver.clone(),
            ..self.options.clone()
        }
    }

    fn estimators(&self, mdp: &Mdp, listener: &dyn Listener) -> Result<Vec<Estimator>, StudyError> {
        let list = match (&self.estimators, mdp.criterion()) {
            (Some(list), _) => list,
            (None, Criterion::Average) => "total-return,reward-to-go,advantage",
            (None, _) => "total-return,reward-to-go,reward-to-go:dropped",
        };
        let wanted = Wanted {
            list,
            // where trajectories die instead there is no γ^t to drop
            discounted: mdp.discount() < 1.0 && !self.geometric,
            critic: &self.critic,
            baseline: self.baseline.as_ref(),
            off_policy: self.behavior.is_some(),
        };
        wanted.estimators(mdp.space(), listener)
    }
}
