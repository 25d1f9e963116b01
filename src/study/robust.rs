//! Values and policies under transition probabilities that are known only within sets.

use std::sync::Arc;

use super::cost::affordable;
use super::{Doing, Listener, Note, Notes, Numbers, PolicyName, Setting, StudyError, Work};
use crate::arithmetic::Arithmetic;
use crate::control::ControlOptions;
use crate::error::Error;
use crate::field::Field;
use crate::linalg::SolverOptions;
use crate::mdp::{Criterion, Mdp};
use crate::model::{Model, Objective};
use crate::number::{Number, Rational};
use crate::policy::Policy;
use crate::report::{Bounds, Head, NatureReport, Quantity, Report, RobustReport};
use crate::robust::{GivenPolicy, Nature, Robust, Uncertain, UncertaintyNorm, fraction, up};
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
    pub norm: UncertaintyNorm,
    /// Whether nature's p are written out; unasked up to [`RobustRequest::FEW`] states.
    pub kernel: Option<bool>,
}

impl RobustRequest {
    /// Up to so many states nature's p are written out unasked; a choice.
    pub const FEW: usize = 100;
}

/// Robust and optimistic values and policies, with bounds on their errors, nature's p, and what the robust
/// policy costs in the model itself.
///
/// Errors where at γ = 1 policy and nature may go on for ever ([`Error::Trapped`]), if there is neither a radius nor a model with intervals, and if
/// the policy cannot be built.
pub fn robust(
    model: &Model,
    request: &RobustRequest,
    listener: &dyn Listener,
) -> Result<RobustReport, StudyError> {
    Note::of_whom(model)
        .into_iter()
        .for_each(|note| listener.note(note));
    let is_named = !matches!(
        request.setting.policy,
        PolicyName::Own | PolicyName::Optimal
    );
    if is_named && let Some((unrolled, setting)) = request.setting.in_time(model, listener)? {
        // the sets of a pair are the same at all times, and nature chooses in each anew
        let request = RobustRequest {
            setting,
            ..request.clone()
        };
        return robust(&unrolled, &request, listener);
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
        (None, Some(intervals)) => Uncertain::between(mdp, intervals),
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
    let (objective, gains) = (model.objective(), &*model.gains());
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
    let price = Price::new(gains, &sets, (&worst, given.as_deref()), &setting.solver)?;
    listener.end();
    let mut head = Head::new(mdp, given.as_deref().unwrap_or(&worst.policy), objective);
    setting.complete(&mut head, model);
    let by_time = matches!(mdp.criterion(), Criterion::FiniteHorizon { .. });
    head.policy.rule_of_time = (by_time && given.is_none()).then_some(0);
    let wanted = request.kernel.unwrap_or(mdp.states() <= RobustRequest::FEW);
    let signed = |x: &F| Quantity::of(&objective.signed(x));
    Ok(RobustReport {
        radius: request
            .radius
            .as_ref()
            .map(|x| Quantity::of(&F::from_number(x))),
        norm: request.radius.as_ref().map(|_| request.norm),
        robust: NatureReport::new(&worst, &head.space, objective, wanted),
        optimistic: NatureReport::new(&best, &head.space, objective, wanted),
        j_nominal: signed(&price.nominal),
        j_nominal_optimal: price.optimal.as_ref().map_or(Quantity::Undefined, signed),
        j_robust_of_nominal_optimal: price.shaken.as_ref().map_or(Quantity::Undefined, signed),
        bounds: None,
        head,
    })
}

/// What robustness costs in the model itself.
struct Price<F> {
    /// J of the robust policy, or of a given one, there.
    nominal: F,
    /// J* there; `None` where it is not finite, as at γ = 1 it may be.
    optimal: Option<F>,
    /// What nature leaves of the policy that attains it; `None` where that is not known, as at γ = 1 it may
    /// be.
    shaken: Option<F>,
}

impl<F: Arithmetic> Price<F> {
    fn new(
        gains: &Model,
        sets: &Uncertain<F>,
        (worst, given): (&Robust<F>, Option<&Policy<F>>),
        solver: &SolverOptions,
    ) -> Result<Price<F>, StudyError> {
        let mdp = sets.mdp();
        let options = ControlOptions {
            solver: solver.clone(),
            ..ControlOptions::default()
        };
        let optimum = match F::optimum(gains, mdp, &options) {
            Err(Error::Unbounded { .. } | Error::NoProperPolicy { .. }) => None,
            found => Some(found?),
        };
        if matches!(mdp.criterion(), Criterion::FiniteHorizon { .. }) {
            let own = Uncertain::within(Arc::clone(mdp), UncertaintyNorm::Max, &F::zero())?;
            return Ok(Price {
                nominal: match given {
                    Some(_) => own.solve(Nature::Adverse, given, solver)?.j,
                    None => own.of_best_in(Nature::Adverse, sets)?,
                },
                shaken: Some(sets.of_best_in(Nature::Adverse, &own)?),
                optimal: optimum.map(|optimum| optimum.j),
            });
        }
        let optimum = optimum.map(|optimum| (optimum.j, optimum.policy));
        let optimum = match optimum {
            // the same to more digits, near γ = 1
            Some(_) if !F::EXACT && matches!(mdp.criterion(), Criterion::Discounted { .. }) => {
                let own = Uncertain::within(Arc::clone(mdp), UncertaintyNorm::Max, &F::zero())?;
                let own = own.solve(Nature::Adverse, None, solver)?;
                Some((own.j, own.policy))
            }
            optimum => optimum,
        };
        let answered = optimum
            .as_ref()
            .map(|(_, policy)| sets.solve(Nature::Adverse, Some(policy), solver));
        let shaken = match answered {
            None | Some(Err(Error::Trapped { .. })) => None,
            Some(found) => Some(found?.j),
        };
        let policy = Arc::new(worst.policy.clone());
        let calm = Solved::by(Arc::clone(mdp), policy, solver.clone())?;
        Ok(Price {
            nominal: calm.j().clone(),
            optimal: optimum.map(|(j, _)| j),
            shaken,
        })
    }
}

/// The answer of floating point, each v enclosed by what is left of its equation in fractions.
fn certified(
    model: &Model,
    request: &RobustRequest,
    listener: &dyn Listener,
) -> Result<RobustReport, StudyError> {
    let mut report = over::<f64>(model, request, listener)?;
    let (objective, gains) = (model.objective(), &*model.gains());
    let mdp = Arc::new(gains.exact_mdp()?);
    let sets = sets::<Rational>(gains, &mdp, request)?;
    let given = match request.setting.policy {
        PolicyName::Own | PolicyName::Optimal => None,
        _ => Some(as_written(gains, &request.setting, &report.head)?),
    };
    let floats = self::sets::<f64>(gains, &Arc::new(gains.mdp()), request)?;
    for (nature, part) in [
        (Nature::Adverse, &mut report.robust),
        (Nature::Kind, &mut report.optimistic),
    ] {
        let over = Certificate {
            sets: &sets,
            floats: &floats,
            given: given.as_ref(),
            solver: &request.setting.solver,
            objective,
        };
        over.enclose(nature, part)?;
    }
    let bounds = Some(Bounds::of(&report.entries()));
    Ok(RobustReport { bounds, ..report })
}

/// The policy that was asked about, of which floating point knows probabilities that are rounded: in fractions where it has
/// some, else by an enclosure of each.
fn as_written(gains: &Model, setting: &Setting, head: &Head) -> Result<GivenPolicy, StudyError> {
    let probabilities = head.policy.probabilities.iter();
    let rounded = probabilities.map(|x| x.value().unwrap_or(0.0)).collect();
    let quiet = Notes::default();
    let exact = gains.exact()?.by(setting.solver.clone());
    if let Ok(policy) = setting.policy.of(gains, &exact, &quiet) {
        return Ok(GivenPolicy {
            near: policy.probabilities().to_vec(),
            off: None,
            rounded,
        });
    }
    let balls = gains.certified().by(setting.solver.clone());
    let policy = setting.policy.of(gains, &balls, &quiet)?;
    let enclosed = policy.probabilities().iter().map(|x| {
        let (value, bound) = x.certified().unwrap_or((x.to_f64(), 1.0));
        let bound = bound.min(1.0);
        // above 0, as it is where the policy takes an action at all
        let near = if value > 0.0 { value } else { bound / 2.0 };
        (fraction(&near), fraction(&(bound + (near - value).abs())))
    });
    let (mut near, mut off): (Vec<Rational>, Vec<Rational>) = enclosed.unzip();
    let space = gains.space();
    for state in 0..space.states() {
        let pairs = space.pairs_of(state);
        let sum = near[pairs.clone()]
            .iter()
            .fold(Rational::ZERO, |sum, x| sum + x);
        for pair in pairs.filter(|_| sum != Rational::ZERO) {
            let own = near[pair].clone() / &sum;
            off[pair] += Field::abs(&(&own - &near[pair]));
            near[pair] = own;
        }
    }
    Ok(GivenPolicy {
        near,
        off: Some(off),
        rounded,
    })
}

/// What proves bounds on what floating point has found.
struct Certificate<'a> {
    sets: &'a Uncertain<Rational>,
    floats: &'a Uncertain<f64>,
    given: Option<&'a GivenPolicy>,
    solver: &'a SolverOptions,
    objective: Objective,
}

impl Certificate<'_> {
    fn enclose(&self, nature: Nature, part: &mut NatureReport) -> Result<(), StudyError> {
        let sign = self.objective.sign();
        let exact = |x: &Quantity| fraction(&(sign * x.value().unwrap_or(0.0)));
        let v: Vec<Rational> = part.v.iter().map(exact).collect();
        let mdp = self.sets.mdp();
        if let Some(gain) = &mut part.gain {
            let found = exact(&gain.value);
            let against = (self.floats, self.solver);
            let bound = self
                .sets
                .proven(nature, self.given, (&v, &found), gain.state, against)?;
            part.enclosed(bound.v, bound.gain);
            return Ok(());
        }
        let bound = match *mdp.criterion() {
            Criterion::FiniteHorizon { horizon, .. } => {
                self.sets
                    .error_over(self.floats, nature, self.given, horizon)
            }
            _ => {
                let (nothing, against) = (Rational::ZERO, (self.floats, self.solver));
                let found = (&v[..], &nothing);
                self.sets
                    .proven(nature, self.given, found, None, against)?
                    .v
            }
        };
        let initial = mdp.initial().iter().zip(&v);
        let j = initial.fold(Rational::ZERO, |sum, (rho, v)| sum + rho * v);
        let rounded = up(&Field::abs(&(j - exact(&part.j))));
        part.enclosed(bound, (bound + rounded) * (1.0 + f64::EPSILON));
        Ok(())
    }
}
