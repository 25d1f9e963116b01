//! What can be had of two rewards at once.

use std::sync::Arc;

use super::cost::{
    FRONT_IN_FRACTIONS, affordable, decides_in_fractions, programs_affordable, unrolled,
};
use super::{Doing, Listener, Numbers, StudyError, Work};
use crate::arithmetic::{Arithmetic, Choice};
use crate::control::pareto::{Corner, MOST, front};
use crate::linalg::SolverOptions;
use crate::mdp::{Criterion, Mdp};
use crate::model::error::DraftError;
use crate::model::{Model, Objective};
use crate::number::{Number, Rational};
use crate::policy::Policy;
use crate::report::ParetoReport;
use crate::solved::Solved;

/// What is asked of [`pareto()`].
#[derive(Clone, Debug, Default)]
pub struct ParetoRequest {
    /// Floating point or exact fractions.
    pub numbers: Numbers,
    /// How linear systems are solved.
    pub solver: SolverOptions,
    /// Two rewards, or combinations of them, each to be large; those of the model unless said.
    pub of: Vec<String>,
}

/// The corners of the Pareto front of two rewards, each attained by a deterministic policy; between
/// neighbours their mixtures attain every point. Over a horizon the policies have a rule for each time.
///
/// Errors unless two rewards are meant, and where one of their combinations has no optimum.
pub fn pareto(
    model: &Model,
    request: &ParetoRequest,
    listener: &dyn Listener,
) -> Result<ParetoReport, StudyError> {
    if matches!(model.criterion(), Criterion::FiniteHorizon { .. }) {
        programs_affordable(model, listener)?;
        return pareto(&unrolled(model)?, request, listener);
    }
    affordable(model, request.numbers)?;
    match request.numbers {
        Numbers::Exact => over::<Rational>(model, request, listener),
        _ => over::<f64>(model, request, listener),
    }
}

fn over<F: Arithmetic>(
    model: &Model,
    request: &ParetoRequest,
    listener: &dyn Listener,
) -> Result<ParetoReport, StudyError> {
    let names = match &request.of[..] {
        [] => model.reward_names().to_vec(),
        given => given.to_vec(),
    };
    if model.reward_names().is_empty() {
        return Err(DraftError::OneReward.into());
    }
    let [first, second] = &names[..] else {
        return Err(StudyError::NotTwo { found: names.len() });
    };
    let weights = [model.weights_of(first)?, model.weights_of(second)?];
    let model = model.clone().with_objective(Objective::Maximize);
    let mdp = F::model(&model)?;
    listener.begin(Work::on(&mdp, Doing::Solving));
    let corners = if !F::EXACT && decides_in_fractions(&model, FRONT_IN_FRACTIONS) {
        let exact = corners::<Rational>(&model, [first, second], &weights, request)?;
        let policy = |policy: &Arc<Policy<Rational>>| {
            let pi = policy.probabilities().iter();
            let pi = pi.map(|x| F::from_number(&Number::from(x.clone())));
            Arc::new(Policy::on_simplex(model.space(), pi.collect()))
        };
        exact.iter().map(|corner| corner.rounded(policy)).collect()
    } else {
        corners::<F>(&model, [first, second], &weights, request)?
    };
    listener.end();
    Ok(ParetoReport::new(&mdp, names, &corners))
}

/// A corner and the policy that attains it.
type Attained<F> = Corner<F, Arc<Policy<F>>>;

/// The corners of the front, by the field's arithmetic.
fn corners<F: Arithmetic>(
    model: &Model,
    of: [&String; 2],
    weights: &[Vec<Number>; 2],
    request: &ParetoRequest,
) -> Result<Vec<Attained<F>>, StudyError> {
    let [x, y] = [rewards::<F>(model, of[0])?, rewards::<F>(model, of[1])?];
    let mdp = Arc::new(F::model(model)?);
    let best = |weight: &[F; 2]| {
        let weighted = model.weighted(&combined(weights, weight));
        let over = weighted.over::<F>()?.by(request.solver.clone());
        let policy = over.policy(Choice::Optimal)?;
        let solved = Solved::by(
            Arc::clone(&mdp),
            Arc::clone(&policy),
            request.solver.clone(),
        )?;
        Ok::<_, StudyError>(Corner {
            j: [
                solved.paying(x.clone())?.j().clone(),
                solved.paying(y.clone())?.j().clone(),
            ],
            policy,
        })
    };
    front(best)?.ok_or(StudyError::TooManyCorners { most: MOST })
}

/// r(s, a) of a combination \[SA\].
fn rewards<F: Arithmetic>(model: &Model, of: &str) -> Result<Vec<F>, StudyError> {
    let mdp: Mdp<F> = F::model(&model.paying(of)?)?;
    Ok(mdp.r().to_vec())
}

/// The weights of all rewards in w₁ r₁ + w₂ r₂ [K].
fn combined<F: Arithmetic>(weights: &[Vec<Number>; 2], weight: &[F; 2]) -> Vec<Number> {
    let [first, second] = weights;
    let exact = weight
        .each_ref()
        .map(|w| w.to_number().unwrap_or(Number::ZERO).to_rational());
    let sum = |(x, y): (&Number, &Number)| {
        (exact[0].clone() * x.to_rational() + exact[1].clone() * y.to_rational()).into()
    };
    first.iter().zip(second).map(sum).collect()
}
