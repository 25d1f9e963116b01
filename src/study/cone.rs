//! Which rewards make a policy optimal, and how far the present ones are from others.

use super::numbers::by_numbers;
use super::{Doing, Listener, PolicyName, Setting, StudyError};
use crate::arithmetic::Arithmetic;
use crate::cone::Cone;
use crate::model::Model;
use crate::report::{ConeReport, Head};

/// What is asked of [`cone`].
#[derive(Clone, Debug, Default)]
pub struct ConeRequest {
    /// Over which numbers, of which policy, solved how; the optimal policy unless one is named, whatever
    /// the model carries.
    pub setting: Setting,
    /// Whether the inequalities are written out; unasked up to [`ConeRequest::FEW`] pairs.
    pub inequalities: Option<bool>,
}

impl ConeRequest {
    /// Up to so many pairs the inequalities are written out unasked; a choice.
    pub const FEW: usize = 100;
}

/// The inequalities of the rewards that make a policy optimal, which of them hold, how far the present
/// reward is from the border, and how far each reward alone may move. Over a horizon all of it is of the
/// model unrolled in time.
///
/// Errors if the policy cannot be built or takes several actions in a state, and for the average reward unless
/// it leads from every state to every other.
pub fn cone(
    model: &Model,
    request: &ConeRequest,
    listener: &dyn Listener,
) -> Result<ConeReport, StudyError> {
    let mut request = request.clone();
    if request.setting.policy == PolicyName::Own {
        request.setting.policy = PolicyName::Optimal;
    }
    if let Some((model, setting)) = request.setting.in_time(model, listener)? {
        return cone(&model, &ConeRequest { setting, ..request }, listener);
    }
    by_numbers!(request.setting.numbers, F => over::<F>(model, &request, listener))
}

fn over<F: Arithmetic>(
    model: &Model,
    request: &ConeRequest,
    listener: &dyn Listener,
) -> Result<ConeReport, StudyError> {
    let setting = &request.setting;
    let solved = setting.solved::<F>(&model.gains(), Doing::Evaluating, listener)?;
    let cone = Cone::new(&solved)?;
    let outside = cone.outside(solved.mdp().pairs())?;
    listener.end();
    let mut head = Head::new(solved.mdp(), solved.policy(), model.objective());
    setting.complete(&mut head, model);
    let pairs = solved.mdp().pairs();
    let wanted = request.inequalities.unwrap_or(pairs <= ConeRequest::FEW);
    Ok(ConeReport::new(
        head,
        solved.mdp().r(),
        &cone,
        outside.as_ref(),
        wanted,
    ))
}
