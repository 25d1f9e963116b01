//! What can be had of two rewards at once.

use std::sync::Arc;

use super::cost::{
    FRONT_IN_FRACTIONS, FRONT_IN_TIME_IN_FRACTIONS, affordable, decides_in_fractions,
    programs_affordable, unrolled,
};
use super::{Doing, Listener, Numbers, StudyError, Work};
use crate::arithmetic::{Arithmetic, Choice};
use crate::control::pareto::{Corner, ExchangeRate, MOST, exchange_rates, front};
use crate::linalg::{Factors, SolverOptions};
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
        return chosen(
            &unrolled(model)?,
            request,
            FRONT_IN_TIME_IN_FRACTIONS,
            listener,
        );
    }
    affordable(model, request.numbers)?;
    chosen(model, request, FRONT_IN_FRACTIONS, listener)
}

fn chosen(
    model: &Model,
    request: &ParetoRequest,
    in_fractions: usize,
    listener: &dyn Listener,
) -> Result<ParetoReport, StudyError> {
    match request.numbers {
        Numbers::Exact => over::<Rational>(model, request, in_fractions, listener),
        _ => over::<f64>(model, request, in_fractions, listener),
    }
}

fn over<F: Arithmetic>(
    model: &Model,
    request: &ParetoRequest,
    in_fractions: usize,
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
    let (corners, rates) = if !F::EXACT && decides_in_fractions(&model, in_fractions) {
        let exact = corners::<Rational>(&model, [first, second], &weights, request)?;
        let policy = |policy: &Arc<Policy<Rational>>| {
            let pi = policy.probabilities().iter();
            let pi = pi.map(|x| F::from_number(&Number::from(x.clone())));
            Arc::new(Policy::on_simplex(model.space(), pi.collect()))
        };
        let rates = exchange_rates(&exact);
        let corners: Vec<_> = exact.iter().map(|corner| corner.rounded(policy)).collect();
        (corners, rates.iter().map(ExchangeRate::rounded).collect())
    } else {
        let corners = corners::<F>(&model, [first, second], &weights, request)?;
        let rates = exchange_rates(&corners);
        (corners, rates)
    };
    listener.end();
    Ok(ParetoReport::new(&mdp, names, &corners, &rates))
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
        let both = [solved.paying(x.clone())?, solved.paying(y.clone())?];
        Ok::<_, StudyError>(Corner {
            j: both.each_ref().map(|solved| solved.j().clone()),
            error: both.each_ref().map(j_error),
            policy,
        })
    };
    front(best)?.ok_or(StudyError::TooManyCorners { most: MOST })
}

/// What rounding may have done to J: to a sum over the occupancy, which elimination without subtraction knows digit by
/// digit; by other solvers also what the equation of v leaves, as often as each state is met.
fn j_error<F: Arithmetic>(solved: &Solved<F>) -> f64 {
    if F::EXACT {
        return 0.0;
    }
    let unit = 4.0 * f64::EPSILON * (solved.mdp().states() + 16) as f64;
    let met = solved.pair_occupancy().iter().zip(solved.mdp().r());
    let size = met.fold(0.0, |sum, (rho, r)| sum + (rho.clone() * r).to_f64().abs());
    let is_by_digits = solved
        .chain()
        .is_ok_and(|chain| chain.resolvent().factors().is_componentwise());
    let left = if is_by_digits {
        0.0
    } else {
        let visits = solved.occupancy().iter();
        let visits = visits.fold(0.0, |sum, rho| sum + rho.to_f64());
        visits * solved.evaluation().residuals.v
    };
    unit * size + left
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
