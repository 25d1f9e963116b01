//! What a policy is on its own model, and what others are told of it.

use std::sync::Arc;

use exact_mdp::arithmetic::{Arithmetic, Choice};
use exact_mdp::error::Error;
use exact_mdp::policy::Specification;
use exact_mdp::study::PolicyName;
use pyo3::prelude::*;

use super::{Policy, parts};
use crate::error;
use crate::model::Model;

/// What a policy is, for arithmetics other than floats.
pub(super) enum Source {
    /// What its model makes of a name.
    Named(Named),
    /// These numbers, unrounded.
    Specified(Box<Specification>),
    /// The floats of the policy are its exact numbers.
    Floats,
}

/// Policies that a model has by name.
#[derive(Clone, Copy)]
pub(super) enum Named {
    /// The uniform one.
    Uniform,
    /// The model's own.
    Own,
    /// A draw.
    Random(u64),
    /// An optimal one.
    Optimal,
}

/// What a model is told of a policy.
enum Told {
    /// One that it has by name.
    Named(Named),
    /// Numbers.
    Numbers(Specification),
}

impl Policy {
    /// What a model is told of the policy: its name on its own model and on equal ones, its numbers on any
    /// other, whose policy of that name is another one. Errors if it acts on other pairs.
    fn told(&self, model: &Bound<'_, Model>) -> PyResult<Told> {
        self.check_acts_on(model)?;
        let own = self.model.get().model.policy();
        Ok(match &self.source {
            Source::Named(named) if self.model.bind(model.py()).eq(model)? => Told::Named(*named),
            Source::Named(Named::Own) => {
                Told::Numbers(own.cloned().unwrap_or_else(|| self.written()))
            }
            Source::Specified(specification) => Told::Numbers((**specification).clone()),
            Source::Named(_) | Source::Floats => Told::Numbers(self.written()),
        })
    }

    /// The policy as studies of a model are told it. Errors if it acts on other pairs.
    pub fn name_on(&self, model: &Bound<'_, Model>) -> PyResult<PolicyName> {
        Ok(match self.told(model)? {
            Told::Named(Named::Uniform) => PolicyName::Uniform,
            Told::Named(Named::Own) => PolicyName::Own,
            Told::Named(Named::Random(seed)) => PolicyName::Random(seed),
            Told::Named(Named::Optimal) => PolicyName::Optimal,
            Told::Numbers(numbers) => PolicyName::Given(Arc::new(numbers)),
        })
    }

    /// The same, by its numbers where it is the model's own: for studies that take no policy for another one
    /// than that. Errors if it acts on other pairs.
    pub fn given_on(&self, model: &Bound<'_, Model>) -> PyResult<PolicyName> {
        let name = self.name_on(model)?;
        Ok(match (name, model.get().model.policy()) {
            (PolicyName::Own, Some(own)) => PolicyName::Given(Arc::new(own.clone())),
            (PolicyName::Own, None) => PolicyName::Uniform,
            (name, _) => name,
        })
    }

    /// The same policy for the arithmetic of a model. Errors if it acts on other pairs.
    pub fn choice_on<F: Arithmetic>(&self, model: &Bound<'_, Model>) -> PyResult<Choice<F>> {
        Ok(match self.told(model)? {
            Told::Named(Named::Uniform) => Choice::Uniform,
            Told::Named(Named::Own) => Choice::Own,
            Told::Named(Named::Random(seed)) => Choice::Random(seed),
            Told::Named(Named::Optimal) => Choice::Optimal,
            Told::Numbers(numbers) => Choice::Specified(numbers),
        })
    }

    /// Errors unless the policy acts on the pairs of a model, or on them at each time of its horizon.
    pub fn check_acts_on(&self, model: &Bound<'_, Model>) -> PyResult<()> {
        let this = model.get();
        if self.model.is(model) || this.has_rules(self) {
            return Ok(());
        }
        Error::check_space(&this.mdp, &self.policy).map_err(error::analysis)
    }

    /// The floats of the policy as exact numbers.
    pub(super) fn written(&self) -> Specification {
        parts::written(&self.policy)
    }
}
