//! What every study of a policy is told: over which numbers, of which policy, solved how.

use std::sync::Arc;

use super::cost::{affordable, tell_fractions};
use super::numbers::Numbers;
use super::vanished::vanished;
use super::{Doing, Listener, Note, PolicyName, StudyError, Work};
use crate::arithmetic::{Arithmetic, Over};
use crate::linalg::SolverOptions;
use crate::mdp::{Criterion, Mdp};
use crate::model::Model;
use crate::policy::Policy;
use crate::report::Head;
use crate::solved::Solved;

/// What every study of a policy is told.
#[derive(Clone, Debug, Default)]
pub struct Setting {
    /// Over which numbers; floating point unless said.
    pub numbers: Numbers,
    /// Of which policy; the model's own, else the uniform one, unless said.
    pub policy: PolicyName,
    /// How linear systems are solved.
    pub solver: SolverOptions,
}

impl Setting {
    /// The model and the policy over a field, for what is asked of them elsewhere.
    ///
    /// Errors if the policy cannot be built, and over fractions if the model has none.
    #[allow(clippy::type_complexity)] // a model and a policy, both shared
    pub fn chosen<F: Arithmetic>(
        &self,
        model: &Model,
        listener: &dyn Listener,
    ) -> Result<(Arc<Mdp<F>>, Arc<Policy<F>>), StudyError> {
        affordable(model, self.numbers)?;
        let over = model.over::<F>()?.by(self.solver.clone());
        let policy = self.policy(model, &over, listener)?;
        Ok((Arc::clone(over.mdp()), policy))
    }

    /// The policy over the numbers of a field.
    pub(super) fn policy<F: Arithmetic>(
        &self,
        model: &Model,
        over: &Over<'_, F>,
        listener: &dyn Listener,
    ) -> Result<Arc<Policy<F>>, StudyError> {
        let policy = self.policy.of(model, over, listener)?;
        if self.is_rule_at_start(model) {
            listener.note(Note::OptimalAtStart);
        }
        if self.policy == PolicyName::Optimal {
            Note::of_whom(model)
                .into_iter()
                .for_each(|note| listener.note(note));
        }
        if F::EXACT && policy.theta().is_none() && policy.parameters() > 0 {
            listener.note(Note::NoExactTheta);
        }
        Ok(policy)
    }

    /// Whether the policy is the first of several rules that would be optimal, which are too many to
    /// be kept.
    fn is_rule_at_start(&self, model: &Model) -> bool {
        let by_time = matches!(model.criterion(), Criterion::FiniteHorizon { .. });
        by_time && self.policy == PolicyName::Optimal
    }

    /// What the head of a report cannot read off the policy.
    pub(super) fn complete(&self, head: &mut Head, model: &Model) {
        let unrolled = head.space.states() != model.space().states();
        let rule = !unrolled && self.is_rule_at_start(model);
        head.policy.rule_of_time = rule.then_some(0);
    }

    /// The policy, solved over a field, with a note on the states that have no value.
    pub(super) fn solved<F: Arithmetic>(
        &self,
        model: &Model,
        doing: Doing,
        listener: &dyn Listener,
    ) -> Result<Solved<F>, StudyError> {
        affordable(model, self.numbers)?;
        tell_fractions(model, self.numbers, listener);
        let over = model.over::<F>()?.by(self.solver.clone());
        let policy = self.policy(model, &over, listener)?;
        listener.begin(Work::on(over.mdp(), doing));
        let solved = Solved::by(Arc::clone(over.mdp()), policy, self.solver.clone())?;
        if let Some(note) = Note::undefined(solved.mdp(), solved.evaluation()) {
            listener.note(note);
        }
        for note in vanished(&solved) {
            listener.note(note);
        }
        Ok(solved)
    }
}
