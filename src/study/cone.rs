//! Which rewards make a policy optimal, and how far the present ones are from others.

use std::sync::Arc;

use super::cost::{
    CONE_IN_FRACTIONS, SLACKS_IN_FRACTIONS, SURE_SLACKS_IN_FRACTIONS, decides_in_fractions,
};
use super::numbers::by_numbers;
use super::{Doing, Listener, Numbers, PolicyName, Setting, StudyError};
use crate::arithmetic::{Arithmetic, Choice};
use crate::cone::Cone;
use crate::model::Model;
use crate::number::{Number, Rational};
use crate::policy::Policy;
use crate::report::{ConeReport, Head};
use crate::solved::Solved;

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
    let is_chosen = request.setting.policy == PolicyName::Optimal;
    let unrolled = request.setting.in_time(model, listener)?;
    let model = unrolled.as_ref().map_or(model, |(model, _)| model);
    if let Some((_, setting)) = &unrolled {
        request.setting = setting.clone();
    }
    by_numbers!(request.setting.numbers, F => over::<F>(model, (&request, is_chosen), listener))
}

/// Of a policy that was chosen as the optimal one, or given.
fn over<F: Arithmetic>(
    model: &Model,
    (request, is_chosen): (&ConeRequest, bool),
    listener: &dyn Listener,
) -> Result<ConeReport, StudyError> {
    let setting = &request.setting;
    let solved = setting.solved::<F>(&model.gains(), Doing::Evaluating, listener)?;
    let cone = Cone::new(&solved)?;
    let (solved, cone) = told(&model.gains(), (solved, cone), (setting, is_chosen))?;
    let outside = cone.outside()?;
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

/// The cone with slacks in fractions, where the model as it is written takes no longer than anybody waits: which
/// inequalities hold is a matter of signs, that other rewards may hide from floating point. A policy that floating
/// point took for the optimal one is then replaced where it is none.
fn told<F: Arithmetic>(
    gains: &Model,
    (solved, cone): (Solved<F>, Cone<F>),
    (setting, is_chosen): (&Setting, bool),
) -> Result<(Solved<F>, Cone<F>), StudyError> {
    if setting.numbers != Numbers::Float || !is_small(gains, &cone) {
        return Ok((solved, cone));
    }
    let Ok(exact) = gains.exact() else {
        return Ok((solved, cone));
    };
    let exact = exact.by(setting.solver.clone());
    let mut pi = vec![Rational::ZERO; gains.space().pairs()];
    cone.taken()
        .iter()
        .flatten()
        .for_each(|&pair| pi[pair] = Rational::ONE);
    let Ok(own) = exact.solve(Policy::on_simplex(gains.space(), pi)) else {
        return Ok((solved, cone));
    };
    let cone = in_fractions(gains, cone, &own)?;
    let is_meant = !is_chosen || cone.holds() != Some(false);
    let best = if is_meant {
        None
    } else {
        exact.solve(Choice::Optimal).ok()
    };
    let Some(best) = best else {
        return Ok((solved, cone));
    };
    let pi = best.policy().probabilities().iter();
    let pi = pi.map(|x| F::from_number(&Number::from(x.clone())));
    let policy = Policy::on_simplex(gains.space(), pi.collect());
    let solved = Solved::by(
        Arc::clone(solved.mdp()),
        Arc::new(policy),
        setting.solver.clone(),
    )?;
    let cone = in_fractions(gains, Cone::new(&solved)?, &best)?;
    Ok((solved, cone))
}

/// The cone of a policy from fractions, each number rounded once: of few pairs all of it, else its slacks.
fn in_fractions<F: Arithmetic>(
    gains: &Model,
    cone: Cone<F>,
    exact: &Solved<Rational>,
) -> Result<Cone<F>, StudyError> {
    if decides_in_fractions(gains, CONE_IN_FRACTIONS)
        && let Ok(exact) = Cone::new(exact)
    {
        return Ok(exact.rounded());
    }
    Ok(cone.with_slacks_of(exact)?)
}

/// Whether the policy's advantages in fractions take some seconds at most: of few pairs, or where it mostly leads on
/// surely, so that fractions hardly grow.
fn is_small<F: Arithmetic>(model: &Model, cone: &Cone<F>) -> bool {
    let taken = cone.taken().iter().flatten();
    let unsure = taken.filter(|&&pair| model.outcomes().of(pair).len() > 1);
    decides_in_fractions(model, SLACKS_IN_FRACTIONS)
        || unsure.count() <= SLACKS_IN_FRACTIONS / 3
            && decides_in_fractions(model, SURE_SLACKS_IN_FRACTIONS)
}
