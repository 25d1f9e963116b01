//! All rewards of a model under one policy.

use super::numbers::by_numbers;
use super::rounding::shown_error;
use super::{Doing, Listener, Setting, StudyError};
use crate::arithmetic::Arithmetic;
use crate::mdp::Mdp;
use crate::model::Model;
use crate::model::error::DraftError;
use crate::report::{CombinationReport, Head, Quantity, RewardReport, RewardsReport};
use crate::solved::Solved;

/// What is asked of [`rewards`].
#[derive(Clone, Debug, Default)]
pub struct RewardsRequest {
    /// Over which numbers, of which policy, solved how.
    pub setting: Setting,
    /// A combination whose J and ∇J are asked for beside, as the Lagrangian `gain - 1/2*risk`.
    pub combination: Option<String>,
}

/// J, v and ∇J of each reward of a model that names several, from one factorisation.
///
/// Errors if the model has one reward, if the policy cannot be built, where J has no gradient, and if
/// a linear system is not solved.
pub fn rewards(
    model: &Model,
    request: &RewardsRequest,
    listener: &dyn Listener,
) -> Result<RewardsReport, StudyError> {
    if let Some((model, setting)) = request.setting.in_time(model, listener)? {
        let request = RewardsRequest {
            setting,
            ..request.clone()
        };
        return rewards(&model, &request, listener);
    }
    by_numbers!(request.setting.numbers, F => over::<F>(model, request, listener))
}

fn over<F: Arithmetic>(
    model: &Model,
    request: &RewardsRequest,
    listener: &dyn Listener,
) -> Result<RewardsReport, StudyError> {
    let names = model.reward_names();
    if names.is_empty() {
        return Err(DraftError::OneReward.into());
    }
    let solved = request
        .setting
        .solved::<F>(model, Doing::Evaluating, listener)?;
    let mut found = Vec::with_capacity(names.len());
    for (which, name) in names.iter().enumerate() {
        let one = solved.paying(model.expected_rewards(which))?;
        let gradient = one.gradient()?;
        let error = F::disagreement(&one, gradient, &[])?.tolerance;
        let undefined = &one.evaluation().undefined.states;
        found.push(RewardReport {
            name: name.clone(),
            j: Quantity::of(one.j()),
            v: Quantity::all_but(one.v(), |s| undefined.binary_search(&s).is_ok()),
            gradient: Quantity::all(gradient),
            value_error: one.rounding()?.value,
            gradient_error: shown_error(error, gradient),
        });
    }
    let combination = request.combination.as_ref();
    let combination = combination.map(|text| combined(model, &solved, text));
    let combination = combination.transpose()?;
    listener.end();
    let mut head = Head::new(solved.mdp(), solved.policy(), model.objective()).of_all_rewards();
    request.setting.complete(&mut head, model);
    Ok(RewardsReport {
        head,
        rewards: found,
        combination,
        bounds: None,
    })
}

/// A combination, paid as one reward: combined in exact numbers, so that rewards that cancel leave what is left of them
/// before anything is rounded.
fn combined<F: Arithmetic>(
    model: &Model,
    solved: &Solved<F>,
    text: &str,
) -> Result<CombinationReport, StudyError> {
    let paid: Mdp<F> = F::model(&model.paying(text)?)?;
    let one = solved.paying(paid.r().to_vec())?;
    let gradient = one.gradient()?;
    let error = F::disagreement(&one, gradient, &[])?.tolerance;
    Ok(CombinationReport {
        text: text.to_string(),
        j: Quantity::of(one.j()),
        value_error: one.rounding()?.value,
        gradient: Quantity::all(gradient),
        gradient_error: shown_error(error, gradient),
    })
}
