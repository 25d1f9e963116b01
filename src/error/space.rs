//! A policy that acts on another model.

use std::sync::Arc;

use super::Error;
use crate::field::Field;
use crate::mdp::{Mdp, Space};
use crate::policy::Policy;

impl Error {
    /// Errors with [`Error::OtherSpace`] unless a policy acts on the pairs of a model: the door of all that
    /// takes both.
    pub fn check_space<F: Field>(mdp: &Mdp<F>, policy: &Policy<F>) -> Result<(), Error> {
        Error::check_pairs(mdp.space(), policy.space())
    }

    /// Errors with [`Error::OtherSpace`] unless what is there belongs to the pairs of a model.
    pub(crate) fn check_pairs(model: &Arc<Space>, own: &Arc<Space>) -> Result<(), Error> {
        let alike = || {
            let mut states = 0..model.states();
            model.states() == own.states() && states.all(|s| model.pairs_of(s) == own.pairs_of(s))
        };
        if Arc::ptr_eq(model, own) || alike() {
            return Ok(());
        }
        Err(Error::OtherSpace {
            model: (model.states(), model.pairs()),
            policy: (own.states(), own.pairs()),
        })
    }
}
