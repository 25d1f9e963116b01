//! All rewards of a model under one policy.

use super::numbers::by_numbers;
use super::rounding::shown_error;
use super::{Doing, Listener, Setting, StudyError};
use crate::arithmetic::Arithmetic;
use crate::field::add_scaled;
use crate::model::Model;
use crate::model::error::DraftError;
use crate::report::{CombinationReport, Head, Quantity, RewardReport, RewardsReport};

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
    let weights = request.combination.as_ref();
    let weights = weights.map(|text| model.weights_of(text)).transpose()?;
    let solved = request
        .setting
        .solved::<F>(model, Doing::Evaluating, listener)?;
    let mut combined = (F::zero(), vec![F::zero(); solved.policy().parameters()]);
    let mut combined_error = 0.0;
    let mut found = Vec::with_capacity(names.len());
    for (which, name) in names.iter().enumerate() {
        let one = solved.paying(model.expected_rewards(which))?;
        let gradient = one.gradient()?;
        let error = F::disagreement(&one, gradient, &[])?.tolerance;
        if let Some(weight) = weights
            .as_ref()
            .map(|weights| F::from_number(&weights[which]))
        {
            combined.0 += weight.clone() * one.j();
            add_scaled(&mut combined.1, gradient, &weight);
            combined_error += weight.to_f64().abs() * error;
        }
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
    listener.end();
    let mut head = Head::new(solved.mdp(), solved.policy(), model.objective());
    request.setting.complete(&mut head, model);
    let (j, gradient) = combined;
    Ok(RewardsReport {
        head,
        rewards: found,
        combination: request.combination.clone().map(|text| CombinationReport {
            text,
            j: Quantity::of(&j),
            gradient: Quantity::all(&gradient),
            gradient_error: shown_error(combined_error, &gradient),
        }),
        bounds: None,
    })
}
