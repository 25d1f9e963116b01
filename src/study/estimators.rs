//! Which estimators a user means: their names, what stands for v, a baseline from a file.

use std::path::PathBuf;

use super::{CriticName, Listener, Note, StudyError};
use crate::error::Error;
use crate::estimator::{Baseline, Estimator, parse_list, repeated};
use crate::load::load_state_function;
use crate::mdp::Space;
use crate::number::Number;

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
    pub(super) fn numbers(&self, space: &Space) -> Result<Vec<Number>, StudyError> {
        match self {
            StateFunction::File(path) => Ok(load_state_function(path, space)?),
            StateFunction::Given(b) => Ok(b.clone()),
        }
    }
}

/// Estimators as a user names them.
pub(super) struct Wanted<'a> {
    /// Their names, separated by commas; `all` for every kind.
    pub list: &'a str,
    /// Whether there is a γᵗ to drop.
    pub discounted: bool,
    /// What stands for v in critics.
    pub critic: &'a CriticName,
    /// b(s), for one more.
    pub baseline: Option<&'a StateFunction>,
    /// Whether another policy acts.
    pub off_policy: bool,
}

impl Wanted<'_> {
    /// The estimators; names that say the same twice are noted.
    ///
    /// Errors at the first name that is none, and where a file cannot be read.
    pub fn estimators(
        &self,
        space: &Space,
        listener: &dyn Listener,
    ) -> Result<Vec<Estimator>, StudyError> {
        let critic = self.critic.critic(space, listener)?;
        let named = parse_list(self.list, self.discounted)?;
        for estimator in repeated(self.list, self.discounted)? {
            listener.note(Note::Repeated { estimator });
        }
        // `all` means all that there are: off policy the optimal baselines are not
        let left_out = |estimator: &Estimator| {
            let name = estimator.baseline().map_or("", Baseline::name);
            self.off_policy && name.starts_with("optimal") && !self.list.contains(name)
        };
        let named = named.into_iter().filter(|estimator| !left_out(estimator));
        let named = named.map(|estimator| estimator.with_critic(critic.clone()));
        let mut estimators = named.collect::<Result<Vec<Estimator>, Error>>()?;
        if let Some(b) = self.baseline {
            let baseline = Baseline::File(b.numbers(space)?);
            estimators.push(Estimator::baselined(baseline));
        }
        Ok(estimators)
    }
}
