//! The best policy within bounds on other rewards.

use std::str::FromStr;
use std::sync::Arc;

use super::cost::{
    PROGRAM_IN_FRACTIONS, affordable, decides_in_fractions, programs_affordable, unrolled,
};
use super::{Doing, Listener, Numbers, StudyError, Work};
use crate::arithmetic::{Arithmetic, Choice};
use crate::control::constrained::{self, Constrained, Constraint};
use crate::error::Error;
use crate::field::dot;
use crate::linalg::SolverOptions;
use crate::mdp::{Criterion, Mdp};
use crate::model::error::DraftError;
use crate::model::{Model, Objective};
use crate::number::{Number, Rational};
use crate::report::{ConstrainedReport, ConstraintReport, Head, Quantity};
use crate::solved::Solved;

/// What is asked of [`constrained()`].
#[derive(Clone, Debug, Default)]
pub struct ConstrainedRequest {
    /// Floating point or exact fractions.
    pub numbers: Numbers,
    /// How linear systems are solved.
    pub solver: SolverOptions,
    /// The reward, or the combination, whose J is to be large, or small where the model's rewards are
    /// costs; the first unless said.
    pub of: Option<String>,
    /// The bounds.
    pub bounds: Vec<ConstraintOn>,
}

/// A constraint: a bound on J of a reward or of a combination, as `risk<=1/2`.
#[derive(Clone, Debug, PartialEq)]
pub struct ConstraintOn {
    /// The reward.
    pub reward: String,
    /// Whether J is at least the number.
    pub at_least: bool,
    /// The number.
    pub bound: Number,
}

impl FromStr for ConstraintOn {
    type Err = StudyError;

    fn from_str(text: &str) -> Result<ConstraintOn, StudyError> {
        let none = || StudyError::NoBound { found: text.into() };
        let at_least = text.contains(">=");
        let relation = if at_least { ">=" } else { "<=" };
        let (reward, bound) = text.split_once(relation).ok_or_else(none)?;
        if reward.trim().is_empty() {
            return Err(none());
        }
        Ok(ConstraintOn {
            reward: reward.trim().into(),
            at_least,
            bound: bound.trim().parse().map_err(|_| none())?,
        })
    }
}

impl ConstraintOn {
    /// `<=` or `>=`.
    pub fn relation(&self) -> &'static str {
        if self.at_least { ">=" } else { "<=" }
    }
}

/// The largest J of one reward among all policies that keep bounds on others, by the linear program of
/// occupancies, with the multipliers of the bounds. Over a horizon the policy has a rule for each time.
///
/// Errors if the model has one reward, under the average reward, where the optimum without bounds does
/// not exist, and with [`StudyError::Infeasible`] if no policy keeps them.
pub fn constrained(
    model: &Model,
    request: &ConstrainedRequest,
    listener: &dyn Listener,
) -> Result<ConstrainedReport, StudyError> {
    if matches!(model.criterion(), Criterion::FiniteHorizon { .. }) {
        programs_affordable(model, listener)?;
        return constrained(&unrolled(model)?, request, listener);
    }
    affordable(model, request.numbers)?;
    match request.numbers {
        Numbers::Exact => over::<Rational>(model, request, listener),
        _ => over::<f64>(model, request, listener),
    }
}

fn over<F: Arithmetic>(
    model: &Model,
    request: &ConstrainedRequest,
    listener: &dyn Listener,
) -> Result<ConstrainedReport, StudyError> {
    let first = model.reward_names().first();
    let of = request.of.as_ref().or(first).cloned().unwrap_or_default();
    let goal = model.paying(&of)?;
    let gains = goal.gains();
    let mdp = F::model(&gains)?;
    listener.begin(Work::on(&mdp, Doing::Solving));
    let (found, earned) = certain::<F>(model, &gains, request)?;
    listener.end();
    let mdp = Arc::new(F::model(&goal)?);
    let solved = Solved::by(mdp, found.policy.clone(), request.solver.clone())?;
    let objective = goal.objective().signed(&found.objective);
    let (j, earned) = match earned {
        Some(earned) => (objective.clone(), earned),
        None => (solved.j().clone(), earned_by(model, &solved)?),
    };
    let names = model.reward_names().iter().cloned();
    let rewards = names.zip(earned.iter().map(Quantity::of)).collect();
    let space = model.space();
    let is_random = |&s: &usize| {
        let taken = space
            .pairs_of(s)
            .filter(|&pair| found.policy.supports(pair));
        taken.count() > 1
    };
    Ok(ConstrainedReport {
        head: Head::new(solved.mdp(), solved.policy(), goal.objective()).of_all_rewards(),
        of,
        j: Quantity::of(&j),
        objective_gap: Quantity::error_of::<F>((solved.j().clone() - objective).to_f64().abs()),
        rewards,
        bounds: reports(request, &found, goal.objective()),
        random_states: (0..space.states())
            .filter(is_random)
            .map(|s| space.state_names().get(s).into_owned())
            .collect(),
        pair_occupancy: Quantity::all(&found.pair_occupancy),
        advantage: Quantity::all(&found.advantage),
        pivots: found.pivots,
    })
}

/// What J of the policy may differ by from J of the program's occupancy, relative to what it is summed of; a choice.
const AGREES: f64 = 1e-10;

/// J of each reward of the model under a policy.
fn earned_by<F: Arithmetic>(model: &Model, solved: &Solved<F>) -> Result<Vec<F>, Error> {
    let all = 0..model.reward_names().len();
    let j = |which| Ok(solved.paying(model.expected_rewards(which))?.j().clone());
    all.map(j).collect()
}

/// A solution, and where it was rounded J of each reward of the model, which the rounded policy may be far from.
type Rounded<F> = (Constrained<F>, Option<Vec<F>>);

/// The solution of the program, of a small model in fractions. The basis is nearly singular where γ is near 1 or
/// episodes are long: so in floating point the policy is evaluated by itself, without subtraction, and held against
/// what the program promises.
fn certain<F: Arithmetic>(
    model: &Model,
    gains: &Model,
    request: &ConstrainedRequest,
) -> Result<Rounded<F>, StudyError> {
    if !F::EXACT && decides_in_fractions(model, PROGRAM_IN_FRACTIONS) {
        let exact = program::<Rational>(model, gains, request)?;
        let j = |which| {
            let r = model.expected_rewards::<Rational>(which);
            F::from_number(&Number::from(dot(&exact.pair_occupancy, &r)))
        };
        let earned = (0..model.reward_names().len()).map(j).collect();
        return Ok((exact.rounded(model.space()), Some(earned)));
    }
    let found = program::<F>(model, gains, request)?;
    let bounds = bounds(model, &request.bounds)?;
    if F::EXACT || keeps(&F::model(gains)?, &bounds, &found, request)? {
        return Ok((found, None));
    }
    let quantity = "the constrained optimum";
    Err(Error::Uncertain { quantity }.into())
}

/// The program over a field.
fn program<F: Arithmetic>(
    model: &Model,
    gains: &Model,
    request: &ConstrainedRequest,
) -> Result<Constrained<F>, StudyError> {
    let over = gains.over::<F>()?.by(request.solver.clone());
    let bounds = bounds::<F>(model, &request.bounds)?;
    let optimal = over.policy(Choice::Optimal)?;
    match constrained::constrained(over.mdp(), &bounds, &optimal, &request.solver) {
        Err(Error::Infeasible) => Err(infeasible::<F>(model, request)?),
        found => Ok(found?),
    }
}

/// Whether the policy of a solution earns, reward by reward, what its occupancy says, and keeps the bounds.
fn keeps<F: Arithmetic>(
    mdp: &Mdp<F>,
    bounds: &[Constraint<F>],
    found: &Constrained<F>,
    request: &ConstrainedRequest,
) -> Result<bool, Error> {
    let mdp = Arc::new(mdp.clone());
    let solved = Solved::by(mdp, found.policy.clone(), request.solver.clone())?;
    let size = |r: &[F]| {
        let terms = found.pair_occupancy.iter().zip(r);
        terms.fold(0.0, |sum, (rho, r)| sum + (rho.clone() * r).to_f64().abs())
    };
    let apart = |x: &F, y: &F| (x.clone() - y).to_f64();
    let goal = apart(solved.j(), &found.objective).abs() <= AGREES * size(solved.mdp().r());
    let mut kept = goal;
    for (bound, multiplier) in bounds.iter().zip(&found.multipliers) {
        let one = solved.paying(bound.r.clone())?;
        let size = size(&bound.r);
        let over = apart(one.j(), &bound.b) * if bound.at_least { -1.0 } else { 1.0 };
        kept &= apart(one.j(), &multiplier.j).abs() <= AGREES * size;
        kept &= over <= AGREES * size.max(bound.b.to_f64().abs());
    }
    Ok(kept)
}

/// The bounds over a field.
fn bounds<F: Arithmetic>(
    model: &Model,
    bounds: &[ConstraintOn],
) -> Result<Vec<Constraint<F>>, DraftError> {
    let bound = |on: &ConstraintOn| {
        let weights = model.weights_of(&on.reward)?;
        let single = weights.iter().position(|w| *w == Number::ONE);
        let others = weights.iter().filter(|w| !w.is_zero()).count();
        let r = match single.filter(|_| others == 1) {
            Some(which) => model.expected_rewards(which),
            None => model.paying(&on.reward)?.mdp::<F>().r().to_vec(),
        };
        Ok(Constraint {
            r,
            at_least: on.at_least,
            b: F::from_number(&on.bound),
        })
    };
    bounds.iter().map(bound).collect()
}

fn reports<F: Arithmetic>(
    request: &ConstrainedRequest,
    found: &Constrained<F>,
    objective: Objective,
) -> Vec<ConstraintReport> {
    let each = request.bounds.iter().zip(&found.multipliers);
    let report = |(on, multiplier): (&ConstraintOn, &constrained::LagrangeMultiplier<F>)| {
        let end = |x: &Option<F>| x.as_ref().map_or(Quantity::Undefined, Quantity::of);
        ConstraintReport {
            reward: on.reward.clone(),
            relation: on.relation(),
            bound: Quantity::of(&F::from_number(&on.bound)),
            j: Quantity::of(&multiplier.j),
            multiplier: Quantity::of(&multiplier.lambda),
            sensitivity: Quantity::of(&objective.signed(&multiplier.sensitivity)),
            from: end(&multiplier.range[0]),
            to: end(&multiplier.range[1]),
        }
    };
    each.map(report).collect()
}

/// What is wrong with each bound that no policy keeps.
fn infeasible<F: Arithmetic>(
    model: &Model,
    request: &ConstrainedRequest,
) -> Result<StudyError, StudyError> {
    let mut alone = Vec::new();
    for on in &request.bounds {
        let objective = if on.at_least {
            Objective::Maximize
        } else {
            Objective::Minimize
        };
        let one = model.paying(&on.reward)?.with_objective(objective);
        let over = one.over::<F>()?.by(request.solver.clone());
        let Ok(best) = over.optimum() else { continue };
        let bound = F::from_number(&on.bound);
        let kept = if on.at_least {
            best.j >= bound
        } else {
            best.j <= bound
        };
        if !kept {
            let side = if on.at_least { "at most" } else { "at least" };
            let exact = best.j.to_number().filter(|_| F::EXACT);
            // the sum takes the sign from −0
            let best = exact.map_or_else(
                || (best.j.to_f64() + 0.0).to_string(),
                |best| best.to_string(),
            );
            let reward = &on.reward;
            alone.push(format!("J of {reward} is {side} {best}"));
        }
    }
    Ok(StudyError::Infeasible { alone })
}
