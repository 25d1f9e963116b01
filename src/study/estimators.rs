//! Which estimators a user means, and of which trajectories: their names, what stands for v, a baseline from a file.

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use super::note::name;
use super::{Listener, Note, PolicyName, Setting, StudyError, ranges};
use crate::arithmetic::{Arithmetic, Over};
use crate::error::Error;
use crate::estimator::{Baseline, Critic, Estimator, parse_list_beside, repeated};
use crate::load::load_state_function;
use crate::mdp::{Criterion, Space};
use crate::mend::Argument;
use crate::model::Model;
use crate::number::Number;
use crate::policy::Policy;

/// A function of the state, b(s), over a horizon b(t, s), in units of reward: a number for each state, or for each state
/// at each time.
#[derive(Clone, Debug, PartialEq)]
pub enum StateFunction {
    /// From a file, or from a report with values.
    File(PathBuf),
    /// Itself, in the order of the states, time after time.
    Given(Vec<Number>),
}

impl StateFunction {
    /// The numbers.
    ///
    /// Errors where a file cannot be read, or says something else.
    pub(super) fn numbers(
        &self,
        space: &Space,
        listener: &dyn Listener,
    ) -> Result<Vec<Number>, StudyError> {
        match self {
            StateFunction::File(path) => {
                let b = load_state_function(path, space)?;
                if let Some(state) = said_of_the_end(&b, space) {
                    let file = path.display().to_string();
                    listener.note(Note::TerminalBaseline { file, state });
                }
                Ok(b)
            }
            StateFunction::Given(b) => Ok(b.clone()),
        }
    }
}

/// Which estimators a user asks for, and of which trajectories.
#[derive(Clone, Debug, Default)]
pub struct Estimation {
    /// The names of the estimators, separated by commas; `all` for every kind. `None`: those that
    /// the question has by default.
    pub estimators: Option<String>,
    /// What stands for v in critics.
    pub critic: CriticName,
    /// b(s), for one more estimator.
    pub baseline: Option<StateFunction>,
    /// After how many steps trajectories are cut; `None`: as the question does by default.
    pub truncation: Option<usize>,
    /// Whether each trajectory ends with probability 1 − γ at every step instead of being
    /// discounted.
    pub geometric: bool,
    /// Who acts, if that is another policy.
    pub behavior: Option<PolicyName>,
    /// α ≥ 0 of J_α, where r − α log π is paid for r (r + α log π of costs).
    pub entropy: Option<Number>,
}

impl Estimation {
    /// The estimators; names that say the same twice are noted. `usual` are those that are meant where none are named,
    /// `is_discounted` says whether γ < 1.
    ///
    /// Errors at the first name that is none, and where a file cannot be read.
    pub(super) fn estimators(
        &self,
        usual: &str,
        is_discounted: bool,
        space: &Space,
        listener: &dyn Listener,
    ) -> Result<Vec<Estimator>, StudyError> {
        let list = self.estimators.as_deref().unwrap_or(usual);
        // where trajectories die instead there is no γ^t to drop
        let is_discounted = is_discounted && !self.geometric;
        let critic = self.critic.critic(space, listener)?;
        let b = self.baseline.as_ref();
        let b = b.map(|b| b.numbers(space, listener)).transpose()?;
        let named = parse_list_beside(list, is_discounted, b.as_deref())?;
        for estimator in repeated(list, is_discounted, b.as_deref())? {
            listener.note(Note::Repeated { estimator });
        }
        // `all` means all that there are: off policy the optimal baselines are not
        let left_out = |estimator: &Estimator| {
            let name = estimator.baseline().map_or("", Baseline::name);
            self.behavior.is_some() && name.starts_with("optimal") && !list.contains(name)
        };
        let named = named.into_iter().filter(|estimator| !left_out(estimator));
        let mut estimators = Estimator::with_one_critic(named.collect(), &critic)?;
        if let Some(b) = b {
            // its name may stand in the list, as it is or in another
            if !list.contains(Estimator::OWN_BASELINE) {
                estimators.push(Estimator::baselined(Baseline::File(b)));
            }
        }
        Ok(estimators)
    }

    /// This study on the model unrolled in time, where the policy of a setting has a rule for each time: so has who acts.
    ///
    /// Errors where that policy cannot be read or built.
    pub(super) fn in_time(
        &self,
        setting: &Setting,
        model: &Model,
        listener: &dyn Listener,
    ) -> Result<Estimation, StudyError> {
        Ok(Estimation {
            behavior: setting.beside_in_time(model, self.behavior.as_ref(), listener)?,
            ..self.clone()
        })
    }

    /// The policy that acts, if that is another one.
    pub(super) fn behavior<F: Arithmetic>(
        &self,
        model: &Model,
        over: &Over<'_, F>,
        listener: &dyn Listener,
    ) -> Result<Option<Arc<Policy<F>>>, StudyError> {
        let behavior = self.behavior.as_ref();
        behavior
            .map(|name| name.of(model, over, listener))
            .transpose()
    }

    /// α in floating point. An error unless it is at least 0.
    pub(super) fn alpha(&self) -> Result<Option<f64>, Error> {
        let alpha = self.entropy.as_ref().map(Number::to_f64);
        alpha.map(ranges::entropy).transpose()
    }

    /// Errors where what is asked of trajectories does not fit the criterion, or one another.
    pub(super) fn check<F>(&self, criterion: &Criterion<F>) -> Result<(), StudyError> {
        match criterion {
            Criterion::Average if self.geometric || self.behavior.is_some() => {
                Err(StudyError::SampledOnAverage)
            }
            Criterion::FiniteHorizon { .. } if self.geometric || self.truncation.is_some() => {
                Err(StudyError::SampledOnHorizon)
            }
            _ if self.truncation.is_some() && self.geometric => Err(StudyError::Exclusive(
                Argument::Truncation,
                Argument::Geometric,
            )),
            _ => Ok(()),
        }
    }
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

/// The first terminal state of which a function of states, time after time, says something.
fn said_of_the_end(u: &[Number], space: &Space) -> Option<String> {
    let state = |i: usize| i % space.states().max(1);
    let said = |&i: &usize| space.is_terminal(state(i)) && !u[i].is_zero();
    let first = (0..u.len()).find(said)?;
    Some(name(space, state(first)))
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
                if let Some(state) = said_of_the_end(&u, space) {
                    let file = path.display().to_string();
                    listener.note(Note::TerminalCritic { file, state });
                }
                Critic::File(u)
            }
        })
    }
}
