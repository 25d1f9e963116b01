//! Values, advantages, occupancies and J of a policy.

use super::cost::tell_returns;
use super::numbers::by_numbers;
use super::returns::returns;
use super::rounding::{lost, rounding};
use super::{Doing, Listener, Note, Setting, StudyError, in_time};
use crate::arithmetic::Arithmetic;
use crate::control::{Optimum, informed_bound};
use crate::mdp::Criterion;
use crate::model::Model;
use crate::report::{EvaluationReport, Quantity};

/// What is asked of [`evaluate`].
#[derive(Clone, Debug, Default)]
pub struct EvaluateRequest {
    /// Over which numbers, of which policy, solved how.
    pub setting: Setting,
    /// Also the law of the return: moments, the gradient of the variance, the distribution (over
    /// certified numbers without that), and the distribution of the episode's length.
    pub returns: bool,
}

/// v, q, A, ρ and J of a policy.
///
/// Errors if the policy cannot be built, if at γ = 1 it may never terminate from ρ₀, if values leave the field, and if a
/// linear system was not solved.
pub fn evaluate(
    model: &Model,
    request: &EvaluateRequest,
    listener: &dyn Listener,
) -> Result<EvaluationReport, StudyError> {
    if let Some(rules) = request.setting.rules(model, listener)? {
        return in_time::evaluate(model, &rules, (&request.setting, request.returns), listener);
    }
    by_numbers!(request.setting.numbers, F => over::<F>(model, request, listener))
}

fn over<F: Arithmetic>(
    model: &Model,
    request: &EvaluateRequest,
    listener: &dyn Listener,
) -> Result<EvaluationReport, StudyError> {
    let solved = request
        .setting
        .solved::<F>(model, Doing::Evaluating, listener)?;
    let evaluation = solved.evaluation();
    let rounding = rounding(&solved, listener)?;
    if let Some((error, size)) = lost(rounding.advantage, &evaluation.advantage) {
        listener.note(Note::LostAdvantages { error, size });
    }
    let is_average = matches!(solved.mdp().criterion(), Criterion::Average);
    if let Some((error, _)) = lost(
        rounding.occupancy.filter(|_| is_average),
        &evaluation.occupancy,
    ) {
        listener.note(Note::LostChances { error });
    }
    let law = if request.returns {
        tell_returns(model, listener);
        Some(returns(model, &solved, request.setting.numbers, listener)?)
    } else {
        None
    };
    let (mdp, policy, evaluation) = solved.without_factors();
    let report = EvaluationReport::new(&mdp, &policy, model.objective(), &evaluation);
    let mut report = report.with_rounding(rounding);
    report.returns = law;
    // all that is written stands in the report
    drop((mdp, policy, evaluation));
    if model.is_partly_seen() {
        let over = model.over::<F>()?.by(request.setting.solver.clone());
        let optimum = over.optimum().ok();
        report.j_informed = optimum
            .as_ref()
            .and_then(|optimum| informed(model, optimum));
        report.j_seeing_states = optimum.map(|optimum| Quantity::of(&optimum.j));
    }
    listener.end();
    request.setting.complete(&mut report.head, model);
    Ok(report)
}

/// The fast informed bound, never above J* of policies that see the states (never below, of costs).
fn informed<F: Arithmetic>(model: &Model, optimum: &Optimum<F>) -> Option<f64> {
    let (mdp, sign) = (model.gains().mdp::<f64>(), model.objective().sign());
    let q: Vec<f64> = optimum.q.iter().map(|q| sign * q.to_f64()).collect();
    let seeing = sign * optimum.j.to_f64();
    let bound = informed_bound(&mdp, &q).ok().flatten()? + optimum.error_bound.unwrap_or(0.0);
    Some(sign * bound.min(seeing))
}
