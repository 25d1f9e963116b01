//! What is in a valid model: sizes, and the structure of the chain of a policy.

use super::{Listener, Note, Setting, StudyError};
use crate::chain::{LongRun, Structure, Termination};
use crate::mdp::{Criterion, Space};
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
    if *model.criterion() == Criterion::Total
        && let Err(why) = Termination::new(over.mdp(), &policy)?.undefined_or_improper(over.mdp())
    {
        listener.note(Note::NoValue(why));
    }
    // a large model is not rounded where its written numbers say all
    let (space, outcomes) = (model.space(), model.outcomes());
    let structure = Structure::written(space, outcomes, model.initial(), &policy);
    let absorption = if structure.is_unichain() {
        vec![1.0]
    } else {
        let solver = &setting.solver;
        LongRun::absorption_probabilities(over.mdp(), &policy, &structure, solver)?
    };
    let mut head = Head::of(model, &policy);
    setting.complete(&mut head, model);
    let rewards = model.reward_names();
    Ok(Contents {
        head,
        rewards: if rewards.len() > 1 {
            rewards.to_vec()
        } else {
            Vec::new()
        },
        description: model.description().map(String::from),
        sizes: sizes(model, &policy),
        structure: structure.named(space, Some(&absorption))?,
    })
}

fn sizes(model: &Model, policy: &Policy) -> Sizes {
    let space: &Space = model.space();
    let states = 0..space.states();
    Sizes {
        states: space.states(),
        terminal: states.filter(|&s| space.is_terminal(s)).count(),
        actions: space.actions(),
        pairs: space.pairs(),
        transitions: transitions(model),
        parameters: policy.parameters(),
    }
}

/// Different next states of all pairs; the outcomes of a pair are sorted by them.
fn transitions(model: &Model) -> usize {
    let outcomes = model.outcomes();
    let of = |pair| {
        let mut last = None;
        let next = outcomes.next_states(pair);
        next.filter(|&next| last.replace(next) != Some(next))
            .count()
    };
    (0..outcomes.pairs()).map(of).sum()
}
