//! Values and policies under transition probabilities that are known only within sets.

use std::sync::Arc;

use super::cost::affordable;
use super::{Doing, Listener, Note, Numbers, PolicyName, Setting, StudyError, Work};
use crate::arithmetic::Arithmetic;
use crate::control::Options;
use crate::error::Error;
use crate::field::Field;
use crate::mdp::Mdp;
use crate::model::{Model, Objective};
use crate::number::{Number, Rational};
use crate::report::{Bounds, Head, NatureReport, Quantity, Report, RobustReport};
use crate::robust::{Nature, Norm, Uncertain};
use crate::solved::Solved;

/// What is asked of [`robust`].
#[derive(Clone, Debug, Default)]
pub struct RobustRequest {
    /// Over which numbers, of which policy, solved how; the best policy unless one is named, whatever the
    /// model carries.
    pub setting: Setting,
    /// How far p may be from the model's own in each pair; `None`: as the model's `intervals` say.
    pub radius: Option<Number>,
    /// How that is measured.
    pub norm: Norm,
    /// Whether nature's p are written out; unasked up to [`RobustRequest::FEW`] states.
    pub kernel: Option<bool>,
}

impl RobustRequest {
    /// Up to so many states nature's p are written out unasked.
    pub const FEW: usize = 100;
}

/// Robust and optimistic values and policies, with bounds on their errors, nature's p, and what the robust
/// policy costs in the model itself.
///
/// Errors unless the reward is discounted, if there is neither a radius nor a model with intervals, and if
/// the policy cannot be built.
pub fn robust(
    model: &Model,
    request: &RobustRequest,
    listener: &dyn Listener,
) -> Result<RobustReport, StudyError> {
    if model.is_partly_seen() {
        listener.note(Note::SeesStates);
    }
    match request.setting.numbers {
        Numbers::Float => over::<f64>(model, request, listener),
        Numbers::Exact => over::<Rational>(model, request, listener),
        Numbers::Certified => certified(model, request, listener),
    }
}

/// The sets of a model over a field.
fn sets<F: Arithmetic>(
    model: &Model,
    mdp: &Arc<Mdp<F>>,
    request: &RobustRequest,
) -> Result<Uncertain<F>, Error> {
    let mdp = Arc::clone(mdp);
    match (&request.radius, model.intervals()) {
        (Some(radius), _) => Uncertain::within(mdp, request.norm, &F::from_number(radius)),
        (None, Some(intervals)) => Ok(Uncertain::between(mdp, intervals)),
        (None, None) => Err(Error::Argument {
            name: "radius",
            found: "not given".into(),
            expected: if model.is_partly_seen() {
                "a distance such as 0.1: of states that are not seen, a controller's chain has no `intervals`"
            } else {
                "a distance such as 0.1, or a model with `intervals`"
            },
        }),
    }
}

fn over<F: Arithmetic>(
    model: &Model,
    request: &RobustRequest,
    listener: &dyn Listener,
) -> Result<RobustReport, StudyError> {
    let setting = &request.setting;
    affordable(model, setting.numbers)?;
    let costs = model.objective() == Objective::Minimize;
    let gains = costs.then(|| model.negated());
    let gains = gains.as_ref().unwrap_or(model);
    let over = gains.over::<F>()?.by(setting.solver.clone());
    let mdp = over.mdp();
    let sets = sets(gains, mdp, request)?;
    let given = match setting.policy {
        PolicyName::Own | PolicyName::Optimal => None,
        _ => Some(setting.policy(gains, &over, listener)?),
    };
    listener.begin(Work::on(mdp, Doing::Solving));
    let solve = |nature, policy| sets.solve(nature, policy, &setting.solver);
    let worst = solve(Nature::Adverse, given.as_deref())?;
    let best = solve(Nature::Kind, given.as_deref())?;
    let options = Options {
        solver: setting.solver.clone(),
        ..Options::default()
    };
    let optimum = F::optimum(gains, mdp, &options)?;
    let shaken = solve(Nature::Adverse, Some(&optimum.policy))?;
    let policy = Arc::new(worst.policy.clone());
    let calm = Solved::by(Arc::clone(mdp), Arc::clone(&policy), setting.solver.clone())?;
    listener.end();
    let mut head = Head::new(mdp, given.as_deref().unwrap_or(&policy));
    setting.complete(&mut head, model);
    head.policy.rule_of_time = None;
    let wanted = request.kernel.unwrap_or(mdp.states() <= RobustRequest::FEW);
    let signed = |x: &F| Quantity::of(&if costs { -x.clone() } else { x.clone() });
    Ok(RobustReport {
        head,
        radius: request
            .radius
            .as_ref()
            .map(|x| Quantity::of(&F::from_number(x))),
        norm: request.radius.as_ref().map(|_| request.norm),
        robust: NatureReport::new(&worst, costs, wanted),
        optimistic: NatureReport::new(&best, costs, wanted),
        j_nominal: signed(calm.j()),
        j_nominal_optimal: signed(&optimum.j),
        j_robust_of_nominal_optimal: signed(&shaken.j),
        bounds: None,
    })
}

/// The answer of floating point, each v enclosed by what is left of its equation in fractions.
fn certified(
    model: &Model,
    request: &RobustRequest,
    listener: &dyn Listener,
) -> Result<RobustReport, StudyError> {
    let mut report = over::<f64>(model, request, listener)?;
    let costs = model.objective() == Objective::Minimize;
    let gains = costs.then(|| model.negated());
    let gains = gains.as_ref().unwrap_or(model);
    let mdp = Arc::new(gains.exact_mdp()?);
    let sets = sets::<Rational>(gains, &mdp, request)?;
    let given = !matches!(
        request.setting.policy,
        PolicyName::Own | PolicyName::Optimal
    );
    let exact = |x: &Quantity| fraction(if costs { -1.0 } else { 1.0 } * x.value().unwrap_or(0.0));
    let pi: Vec<Rational> = report
        .head
        .policy
        .probabilities
        .iter()
        .map(|x| fraction(x.value().unwrap_or(0.0)))
        .collect();
    for (nature, part) in [
        (Nature::Adverse, &mut report.robust),
        (Nature::Kind, &mut report.optimistic),
    ] {
        let v: Vec<Rational> = part.v.iter().map(exact).collect();
        let left = sets.residual(nature, given.then_some(&pi), &v);
        let left = left.iter().map(Field::abs).max().unwrap_or(Rational::ZERO);
        let bound = left / mdp.discount_complement();
        let j: Rational = mdp
            .initial()
            .iter()
            .zip(&v)
            .fold(Rational::ZERO, |sum, (rho, v)| sum + rho * v);
        let j_bound = up(&(&bound + Field::abs(&(j - exact(&part.j)))));
        part.enclosed(up(&bound), j_bound);
    }
    let bounds = Some(Bounds::of(&report.entries()));
    Ok(RobustReport { bounds, ..report })
}

fn fraction(x: f64) -> Rational {
    Number::from_f64(x).unwrap_or(Number::ZERO).to_rational()
}

/// A number in floating point that is no smaller.
fn up(x: &Rational) -> f64 {
    let near = Field::to_f64(x);
    if near == 0.0 && *x != Rational::ZERO {
        return f64::MIN_POSITIVE;
    }
    near * (1.0 + 2.0 * f64::EPSILON)
}
