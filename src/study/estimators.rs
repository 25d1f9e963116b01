//! Which estimators a user means: their names, what stands for v, a baseline from a file.

use std::path::Path;

use super::{CriticName, Listener, Note, StudyError};
use crate::error::Error;
use crate::estimator::{Baseline, Estimator, parse_list, repeated};
use crate::load::load_state_function;
use crate::mdp::Space;

/// Estimators as a user names them.
pub(super) struct Wanted<'a> {
    /// Their names, separated by commas; `all` for every kind.
    pub list: &'a str,
    /// Whether there is a γᵗ to drop.
    pub discounted: bool,
    /// What stands for v in critics.
    pub critic: &'a CriticName,
    /// A file with b(s), for one more.
    pub baseline_file: Option<&'a Path>,
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
        if let Some(path) = self.baseline_file {
            let baseline = Baseline::File(load_state_function(path, space)?);
            estimators.push(Estimator::baselined(baseline));
        }
        Ok(estimators)
    }
}
