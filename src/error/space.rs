//! A policy that acts on another model.

use super::Error;
use crate::field::Field;
use crate::mdp::Mdp;
use crate::policy::Policy;

impl Error {
    /// Errors with [`Error::OtherSpace`] unless a policy acts on the pairs of a model: the door of all that
    /// takes both.
    pub fn check_space<F: Field>(mdp: &Mdp<F>, policy: &Policy<F>) -> Result<(), Error> {
        let (model, own) = (mdp.space(), policy.space());
        let alike = || {
            let mut states = 0..model.states();
            model.states() == own.states() && states.all(|s| model.pairs_of(s) == own.pairs_of(s))
        };
        if std::sync::Arc::ptr_eq(model, own) || alike() {
            return Ok(());
        }
        Err(Error::OtherSpace {
            model: (model.states(), model.pairs()),
            policy: (own.states(), own.pairs()),
        })
    }
}
