//! An ascent on the model without what all its rewards share, which moves no policy and no gap, but takes their digits.

use std::sync::Arc;

use super::{AscentOptions, Goal};
use crate::mdp::{Criterion, Mdp};
use crate::policy::Policy;

/// The model without what all its rewards share, its optimum, and what that is worth in J.
pub(super) struct Plain {
    pub mdp: Arc<Mdp>,
    pub goal: Option<Goal>,
    pub worth: f64,
    /// In every value.
    pub worth_of_states: f64,
}

impl Plain {
    /// `None` where rewards share nothing that matters, and for those who draw trajectories: their estimates have it.
    pub fn of(
        mdp: &Mdp,
        policy: &Policy,
        goal: Option<&Goal>,
        options: &AscentOptions,
    ) -> Option<Plain> {
        let draws = options.method.is_sampled() || options.rollouts.is_some();
        if draws || options.risk.is_some() || !policy.is_whole() {
            return None;
        }
        let (less, offset) = mdp.plain()?;
        let worth = mdp.worth(&offset)?;
        let goal = match goal {
            None => None,
            Some(goal) => Some(goal.less()?),
        };
        Some(Plain {
            mdp: Arc::new(less),
            goal,
            worth,
            // biases are relative to the gain
            worth_of_states: match mdp.criterion() {
                Criterion::Average => 0.0,
                _ => worth,
            },
        })
    }
}
