//! The optimum of a model, with its certificate.

use std::sync::Arc;

use super::cost::{PROVEN, affordable, steps_affordable, unrolled};
use super::rounding::{off, shown_error};
use super::{Doing, Listener, Note, Numbers, StudyError, Work, note, ranges};
use crate::arithmetic::Arithmetic;
use crate::control::{self, ControlMethod, ControlOptions, Optimum};
use crate::estimator::shown;
use crate::field::{Ball, Field, UNIT};
use crate::linalg::{Solvable, SolverOptions};
use crate::mdp::{Criterion, Mdp};
use crate::mend::Argument;
use crate::model::{Model, Objective};
use crate::number::{Number, Rational};
use crate::policy::Policy;
use crate::report::{Bounds, OptimumReport, Quantity, Report};
use crate::solved::Solved;

/// What is asked of [`solve`].
#[derive(Clone, Debug, Default)]
pub struct SolveRequest {
    /// Over which numbers.
    pub numbers: Numbers,
    /// How the optimum is found, and how exactly.
    pub options: ControlOptions,
}

/// The optimal values, an optimal policy and all optimal actions, with a bound on the error.
///
/// Errors where an option has nothing to act on, where there is no optimum (no policy terminates, or rewards grow for
/// ever), where a value is too large, and if a linear system was not solved.
pub fn solve(
    model: &Model,
    request: &SolveRequest,
    listener: &dyn Listener,
) -> Result<OptimumReport, StudyError> {
    if let Some(alpha) = request.options.entropy {
        ranges::positive_float("the weight of the entropy", alpha)?;
    }
    let horizon = matches!(model.criterion(), Criterion::FiniteHorizon { .. });
    if horizon && request.options.entropy.is_some() {
        // soft rules are of each time: stationary ones of the model unrolled in time
        return solve(&unrolled(model)?, request, listener);
    }
    request.check(model)?;
    Note::of_whom(model)
        .into_iter()
        .for_each(|note| listener.note(note));
    affordable(model, request.numbers)?;
    steps_affordable(model, listener)?;
    match request.numbers {
        Numbers::Float => {
            let report = request.over::<f64>(model, Doing::Solving, listener)?;
            let bias_error = bias_error(model, &report, &request.options.solver);
            let probabilities_error = probabilities_error(model, &report);
            if report.entropy.is_some() && probabilities_error.is_none() {
                let quantity = "the probabilities of the soft policy";
                listener.note(Note::NoBound { quantity });
            }
            Ok(OptimumReport {
                bias_error,
                probabilities_error: probabilities_error.flatten(),
                ..report
            })
        }
        Numbers::Exact => request.over::<Rational>(model, Doing::Solving, listener),
        Numbers::Certified => {
            let report = request.over::<Ball>(model, Doing::Certifying, listener)?;
            let bounds = Some(Bounds::of(&report.entries()));
            Ok(OptimumReport { bounds, ..report })
        }
    }
}

impl SolveRequest {
    /// A request with linear systems solved as the options say.
    pub fn by(self, solver: SolverOptions) -> SolveRequest {
        let options = ControlOptions {
            solver,
            ..self.options
        };
        SolveRequest { options, ..self }
    }

    fn over<F: Arithmetic>(
        &self,
        model: &Model,
        doing: Doing,
        listener: &dyn Listener,
    ) -> Result<OptimumReport, StudyError> {
        let over = model.over::<F>()?.by(self.options.solver.clone());
        listener.begin(Work::on(over.mdp(), doing));
        let optimum = over.optimum_by(&self.options)?;
        listener.end();
        say(over.mdp(), &optimum, listener);
        let (objective, entropy) = (model.objective(), self.options.entropy);
        Ok(OptimumReport::new(over.mdp(), objective, &optimum, entropy))
    }

    /// Errors where an option has nothing to act on, or would be ignored.
    fn check(&self, model: &Model) -> Result<(), StudyError> {
        let ControlOptions {
            method,
            tolerance,
            entropy,
            trace,
            ..
        } = &self.options;
        if self.numbers == Numbers::Exact {
            self.check_exact()?;
        }
        if self.numbers == Numbers::Certified && entropy.is_some() {
            return Err(StudyError::Exclusive(Argument::Certify, Argument::Entropy));
        }
        let own = match model.criterion() {
            Criterion::FiniteHorizon { .. } => Some(Own::HORIZON),
            _ if entropy.is_some() => Some(Own::ENTROPY),
            Criterion::Average => Some(Own::AVERAGE),
            _ => None,
        };
        let idle = |argument, why| Err(StudyError::Idle { argument, why });
        if let Some(own) = own {
            if *method != ControlMethod::Auto && *method != own.method {
                return idle(Argument::Method, own.has_its_method);
            }
            if tolerance.is_some() && entropy.is_none() {
                return idle(Argument::Tolerance, own.is_exact);
            }
            if *trace && own.method == ControlMethod::BackwardInduction {
                let why = "a horizon is solved in one pass backward in time";
                return idle(Argument::Trace, why);
            }
        }
        if *trace && *method == ControlMethod::LinearProgram {
            return idle(Argument::Trace, "a linear program is solved in one piece");
        }
        Ok(())
    }

    fn check_exact(&self) -> Result<(), StudyError> {
        if self.options.entropy.is_some() {
            return Err(StudyError::Exclusive(Argument::Exact, Argument::Entropy));
        }
        if self.options.tolerance.is_some() {
            return Err(StudyError::Exclusive(Argument::Exact, Argument::Tolerance));
        }
        match self.options.method {
            ControlMethod::Auto | ControlMethod::PolicyIteration => Ok(()),
            _ => Err(StudyError::MethodExact),
        }
    }
}

/// What rounding may have done to an entry of the bias, or of q, where it may show: of few pairs what balls prove of the
/// policy, else the bound of its evaluation. With an entropy the policy is paid r − α log π, and q is without the last of it.
fn bias_error(model: &Model, report: &OptimumReport, solver: &SolverOptions) -> Option<f64> {
    if !matches!(model.criterion(), Criterion::Average) {
        return None;
    }
    let told = |x: &Quantity| x.value().unwrap_or(0.0);
    let numbers: Vec<f64> = report.v.iter().chain(&report.q).map(told).collect();
    let pi: Vec<f64> = report.head.policy.probabilities.iter().map(told).collect();
    let alpha = report.entropy.map(|alpha| match model.objective() {
        Objective::Maximize => alpha,
        Objective::Minimize => -alpha,
    });
    if model.space().pairs() > PROVEN {
        let (solved, _) = paid::<f64>(model, pi, alpha, solver)?;
        let error = solved.rounding().ok()?.value?;
        return shown_error(error, &numbers);
    }
    let exactly = |x: &f64| Number::from_f64(*x).map_or_else(Ball::zero, |x| Ball::from_number(&x));
    let pi = pi.iter().map(exactly).collect();
    let (solved, bonus) = paid::<Ball>(model, pi, alpha, solver)?;
    let q = solved.q().iter().zip(bonus);
    let q: Vec<Ball> = q.map(|(q, bonus)| *q - bonus).collect();
    let balls = solved.v().iter().chain(&q);
    let off = numbers.iter().zip(balls).map(|(x, ball)| off(*x, ball));
    shown_error(off.fold(0.0, f64::max), &numbers)
}

/// What each probability of a soft policy may be off by, where it may show: π ∝ exp(q/α), of which q is off by γ|v − v*| and a
/// rounding that the bound on |v − v*| has in it as well; `None` where there is no such bound, as there is none on biases.
fn probabilities_error(model: &Model, report: &OptimumReport) -> Option<Option<Vec<f64>>> {
    let alpha = report.entropy?;
    if matches!(model.criterion(), Criterion::Average) {
        return None;
    }
    let bound = report.error_bound.value().filter(|x| x.is_finite())?;
    // two q of each ratio, each by twice the bound
    let moved = (4.0 * bound / alpha).exp_m1();
    let pi = &report.head.policy.probabilities;
    let pi: Vec<f64> = pi.iter().map(|x| x.value().unwrap_or(0.0)).collect();
    let off = |pi: &f64| {
        let rounded = if *pi > 0.0 {
            16.0 * UNIT * (1.0 + pi.ln().abs())
        } else {
            0.0
        };
        (pi * (moved + rounded)).min(1.0)
    };
    let errors: Vec<f64> = pi.iter().map(off).collect();
    Some(shown(&errors, &pi))
}

/// A policy on its model, paid −α log π beside r, and that \[SA\].
fn paid<F: Arithmetic>(
    model: &Model,
    pi: Vec<F>,
    alpha: Option<f64>,
    solver: &SolverOptions,
) -> Option<(Solved<F>, Vec<F>)> {
    let policy = Policy::on_simplex(model.space(), pi);
    let alpha = alpha.map_or(Some(Number::ZERO), Number::from_f64)?;
    let alpha = F::from_number(&alpha);
    let logs = policy.log_probabilities().into_iter();
    let bonus = logs.map(|log| log.map_or_else(F::zero, |log| -(log * &alpha)));
    let bonus: Vec<F> = bonus.collect();
    let over = model.over::<F>().ok()?;
    let mdp = if alpha.is_zero() {
        Arc::clone(over.mdp())
    } else {
        Arc::new(Mdp::clone(over.mdp()).with_bonus(&bonus))
    };
    let solved = Solved::by(mdp, policy, solver.clone()).ok()?;
    Some((solved, bonus))
}

/// A question that has one method.
struct Own {
    method: ControlMethod,
    has_its_method: &'static str,
    is_exact: &'static str,
}

impl Own {
    const HORIZON: Own = Own {
        method: ControlMethod::BackwardInduction,
        has_its_method: "a horizon has a method of its own",
        is_exact: "a horizon is solved to the last digit",
    };
    const AVERAGE: Own = Own {
        method: ControlMethod::PolicyIteration,
        has_its_method: "the average reward has a method of its own",
        is_exact: "the average reward is solved to the last digit",
    };
    const ENTROPY: Own = Own {
        method: ControlMethod::PolicyIteration,
        has_its_method: "the entropy has a method of its own",
        is_exact: "",
    };
}

/// What should be known about an optimum.
fn say<F: Solvable>(mdp: &Mdp<F>, optimum: &Optimum<F>, listener: &dyn Listener) {
    let ends = (!optimum.undefined.is_empty()).then(|| control::terminable(mdp));
    for &state in &optimum.undefined {
        let is_paid = ends.as_ref().is_some_and(|ends| ends[state]);
        let state = note::name(mdp.space(), state);
        listener.note(if is_paid {
            Note::PaidForEver { state }
        } else {
            Note::NeverTerminates { state }
        });
    }
    let horizon = matches!(mdp.criterion(), Criterion::FiniteHorizon { .. });
    if horizon && optimum.by_time.is_none() {
        listener.note(Note::NoTablesByTime);
    }
    if optimum.error_bound.is_none() {
        listener.note(Note::NoErrorBound);
    }
}
