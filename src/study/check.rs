//! What is in a valid model: sizes, and the structure of the chain of a policy.

use super::{Listener, Note, Setting, StudyError};
use crate::chain::{LongRun, Structure, Termination};
use crate::mdp::{Criterion, Mdp};
use crate::model::Model;
use crate::policy::Policy;
use crate::report::{Contents, Head, Sizes};

/// What is in a model, and the classes and periods of the chain of a policy.
///
/// A policy that never terminates at discount 1 has no value, which is noted: the model is valid all
/// the same. Errors if the policy cannot be built.
pub fn check(
    model: &Model,
    setting: &Setting,
    listener: &dyn Listener,
) -> Result<Contents, StudyError> {
    if let Some((model, setting)) = setting.in_time(model, listener)? {
        return check(&model, &setting, listener);
    }
    let over = model.floating().by(setting.solver.clone());
    let policy = setting.policy(model, &over, listener)?;
    let mdp = over.mdp();
    if *mdp.criterion() == Criterion::Total
        && let Err(why) = Termination::new(mdp, &policy).undefined_or_improper(mdp)
    {
        listener.note(Note::NoValue(why));
    }
    let structure = Structure::new(mdp, &policy);
    let solver = &setting.solver;
    let absorption = LongRun::absorption_probabilities(mdp, &policy, &structure, solver)?;
    let mut head = Head::new(mdp, &policy);
    setting.complete(&mut head, model);
    Ok(Contents {
        head,
        description: model.description().map(String::from),
        sizes: sizes(mdp, &policy),
        structure: structure.named(mdp.space(), Some(&absorption)),
    })
}

fn sizes(mdp: &Mdp, policy: &Policy) -> Sizes {
    let space = mdp.space();
    let states = 0..space.states();
    Sizes {
        states: space.states(),
        terminal: states.filter(|&s| space.is_terminal(s)).count(),
        actions: space.actions(),
        pairs: space.pairs(),
        transitions: mdp.p().stored(),
        parameters: policy.parameters(),
    }
}
