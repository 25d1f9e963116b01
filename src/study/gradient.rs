//! ∇J by every route, and what is asked for beside it.

mod beside;
mod proven;

use std::any::Any;
use std::sync::Arc;

use super::cost::{
    RISK_IN_FRACTIONS, STEPS_IN_FRACTIONS, decides_in_fractions, gradient_affordable, tell_samples,
};
use super::rounding::{rounding, shown_error};
use super::zeros::may_be_more;
use super::{
    Doing, Listener, Note, Numbers, PolicyName, RouteName, Setting, StudyError, listener::Deaf,
    ranges, routes, soft,
};
use crate::arithmetic::Arithmetic;
use crate::error::Error;
use crate::estimator::shown;
use crate::field::{Ball, as_bound};
use crate::gradient::evolution::{self, Smoothing};
use crate::gradient::{AFFORDABLE, Route};
use crate::mdp::Criterion;
use crate::model::{Model, Objective};
use crate::number::{Number, Rational};
use crate::policy::Kind;
use crate::report::{
    Bounds, EvolutionReport, GradientReport, Matrix, Quantity, Report, RiskReport, Variable,
};
use crate::returns::{Risk, RiskBound, RiskValue};
use crate::solved::Solved;

/// What is asked of [`gradient()`].
#[derive(Clone, Debug)]
pub struct GradientRequest {
    /// Over which numbers, of which policy, solved how.
    pub setting: Setting,
    /// The routes beside the adjoint; `None`: the usual five, as far as they take seconds.
    pub routes: Option<Vec<RouteName>>,
    /// σ of the evolution strategy, in units of θ.
    pub sigma: f64,
    /// Pairs of evaluations of the evolution strategy.
    pub samples: usize,
    /// The seed of the evolution strategy.
    pub seed: u64,
    /// Whether ∂v(s)/∂θ is wanted.
    pub jacobian: bool,
    /// Whether ∂²J/∂θ² is wanted.
    pub hessian: bool,
    /// Whether F⁺∇J is wanted.
    pub natural: bool,
    /// Whether F is wanted.
    pub fisher: bool,
    /// α ≥ 0, if J_α and ∇J_α are wanted.
    pub entropy: Option<Number>,
    /// Also a criterion of risk and its gradient.
    pub risk: Option<Risk>,
    /// Also the excursion objective of who acts: the states that this policy meets, valued under the
    /// policy itself.
    pub excursion: Option<PolicyName>,
    /// Also the surrogate L_π(π') of this policy π' and its gradient, π being this other one, that has acted.
    pub surrogate: Option<PolicyName>,
    /// ε > 0, if the surrogate is wanted with ratios clipped at 1 ± ε as well.
    pub clip: Option<Number>,
    /// Also what J gains as π(·|s) moves towards a: ρ(s)A(s, a), on a horizon Σₜ γᵗ pₜ(s) Aₜ(s, a).
    pub toward_actions: bool,
    /// What else J is differentiated with respect to.
    pub with_respect_to: Vec<Variable>,
}

impl Default for GradientRequest {
    fn default() -> GradientRequest {
        GradientRequest {
            setting: Setting::default(),
            routes: None,
            sigma: 0.1,
            samples: 1000,
            seed: 0,
            jacobian: false,
            hessian: false,
            natural: false,
            fisher: false,
            entropy: None,
            risk: None,
            excursion: None,
            surrogate: None,
            clip: None,
            toward_actions: false,
            with_respect_to: Vec::new(),
        }
    }
}

/// ∇J by the routes asked for, how far they agree, and what is asked for beside it.
///
/// With [`Numbers::Certified`] the adjoint, the Jacobian, the Hessian and the sensitivities have
/// bounds; the routes stay in floating point, and so do the entropy and the evolution strategy.
///
/// Errors if the policy cannot be built, where J has no gradient, and where what is asked for does
/// not exist over these numbers.
pub fn gradient(
    model: &Model,
    request: &GradientRequest,
    listener: &dyn Listener,
) -> Result<GradientReport, StudyError> {
    if let Some((unrolled, setting)) = request.setting.in_time(model, listener)? {
        let own = &request.setting;
        let beside =
            |other: &Option<PolicyName>| own.beside_in_time(model, other.as_ref(), listener);
        let request = GradientRequest {
            excursion: beside(&request.excursion)?,
            surrogate: beside(&request.surrogate)?,
            setting,
            ..request.clone()
        };
        return gradient(&unrolled, &request, listener);
    }
    if request.setting.numbers == Numbers::Exact {
        return request.in_fractions(model, listener);
    }
    let report = request.in_floats(model, listener)?;
    if request.setting.numbers == Numbers::Float {
        return Ok(report);
    }
    let report = request.certified(model, listener)?.with_routes_of(report);
    // what stays in floating point is counted among what has none
    let bounds = Some(Bounds::of(&report.entries()));
    Ok(GradientReport { bounds, ..report })
}

impl GradientRequest {
    fn in_floats(
        &self,
        model: &Model,
        listener: &dyn Listener,
    ) -> Result<GradientReport, StudyError> {
        let solved = self.solved::<f64>(model, listener)?;
        let asked = self.routes.as_deref();
        let routes = routes::in_floats(asked, solved.mdp(), solved.policy(), listener);
        let mut report = self.report(model, &solved, &routes, listener)?;
        if let Some(alpha) = &self.entropy {
            let alpha = ranges::entropy(alpha.to_f64())?;
            report.entropy = Some(soft::entropy(&solved, alpha, model.objective().sign())?);
        }
        report.evolution = self.evolution(&solved, listener)?;
        listener.end();
        Ok(report)
    }

    fn in_fractions(
        &self,
        model: &Model,
        listener: &dyn Listener,
    ) -> Result<GradientReport, StudyError> {
        if self.entropy.is_some() {
            return Err(StudyError::EntropyExact);
        }
        gradient_affordable(model, listener)?;
        let solved = self.solved::<Rational>(model, listener)?;
        let asked = self.routes.as_deref();
        let routes = routes::in_fractions(asked, solved.mdp(), listener)?;
        let report = self.report(model, &solved, &routes, listener);
        listener.end();
        report
    }

    /// ∇J and what is asked for beside it, over balls; of the routes the adjoint alone.
    fn certified(
        &self,
        model: &Model,
        listener: &dyn Listener,
    ) -> Result<GradientReport, StudyError> {
        // what should be known has been said of the floats
        let deaf = Deaf(listener);
        let solved = self.solved::<Ball>(model, &deaf)?;
        self.report(model, &solved, &[], &deaf)
    }

    fn solved<F: Arithmetic>(
        &self,
        model: &Model,
        listener: &dyn Listener,
    ) -> Result<Solved<F>, StudyError> {
        self.setting.solved(model, Doing::Differentiating, listener)
    }

    /// What every field has.
    fn report<F: Arithmetic>(
        &self,
        model: &Model,
        solved: &Solved<F>,
        routes: &[Route],
        listener: &dyn Listener,
    ) -> Result<GradientReport, StudyError> {
        let found = solved.gradient_by(routes)?;
        let evaluation = solved.evaluation();
        let mut report = GradientReport::new(
            solved.mdp(),
            solved.policy(),
            model.objective(),
            evaluation,
            &found,
        );
        self.setting.complete(&mut report.head, model);
        report.j_error = rounding(solved, listener)?.objective;
        report.gradient_error = shown_error(found.disagreement.adjoint, &found.gradient);
        // scores of means that no float is are those of a float
        let is_moved = solved.policy().is_as_written()
            && solved.policy().parametrization().kind() == Kind::Gaussian;
        let unknown = is_moved.then_some(f64::INFINITY);
        if let Some(error) = unknown.or(report.gradient_error) {
            let balls = |balls: &Solved<Ball>| Ok(balls.gradient()?.to_vec());
            let error = self.proven(model, (&found.gradient, error), balls, listener);
            report.gradient_error = shown_error(error, &found.gradient);
        }
        let error = found.disagreement.adjoint;
        if report.gradient_error.is_none()
            && error > 0.0
            && may_be_more(model, solved, &found.gradient)
        {
            report.gradient_error = Some(error);
        }
        report = self.with_matrices(report, model, solved, listener)?;
        if self.natural {
            self.add_natural(&mut report, model, solved, listener)?;
        }
        if self.fisher {
            report.fisher = Some(scored("Fisher matrix", fisher(solved), listener)?);
        }
        if let Some(risk) = &self.risk {
            report.risk = match self.risk_in_fractions::<F>(model, risk, listener) {
                None => self.risk(model, solved, risk)?,
                exact => exact,
            };
        }
        let beside = self.beside(model, solved, &report.gradient, listener)?;
        (report.excursion, report.surrogate) = (beside.excursion, beside.surrogate);
        report.with_respect_to = beside.with_respect_to;
        if self.toward_actions {
            let rates = solved.toward_actions()?;
            report.toward_actions_error = solved.toward_actions_error(&rates)?;
            report.toward_actions = Some(Quantity::all(&rates));
        }
        Ok(report)
    }

    /// With the Jacobian and the Hessian, where they are asked for.
    fn with_matrices<F: Arithmetic>(
        &self,
        mut report: GradientReport,
        model: &Model,
        solved: &Solved<F>,
        listener: &dyn Listener,
    ) -> Result<GradientReport, StudyError> {
        if self.jacobian {
            let (jacobian, error) = (solved.jacobian()?, solved.jacobian_error()?);
            let undefined = &solved.evaluation().undefined.states;
            report = report.with_jacobian(jacobian, error, undefined);
        }
        if self.hessian {
            let (hessian, mut error) = (solved.hessian()?, solved.hessian_error()?);
            let entries = hessian.as_slice();
            if let Some(shown) = error.and_then(|error| shown_error(error, entries)) {
                let balls = |balls: &Solved<Ball>| Ok(balls.hessian()?.as_slice().to_vec());
                error = Some(self.proven(model, (entries, shown), balls, listener));
            }
            report = report.with_hessian(hessian, error);
        }
        Ok(report)
    }

    /// Adds F⁺∇J, with its rank and how far it may be off.
    fn add_natural<F: Arithmetic>(
        &self,
        report: &mut GradientReport,
        model: &Model,
        solved: &Solved<F>,
        listener: &dyn Listener,
    ) -> Result<(), StudyError> {
        let natural = solved.natural_gradient();
        let natural = scored("natural gradient", natural, listener)?;
        if natural.is_some() && solved.moves_between_classes()? {
            listener.note(Note::UnseenByFisher);
        }
        let open = Note::open_rank(solved.policy());
        open.into_iter().for_each(|note| listener.note(note));
        report.fisher_rank = natural.as_ref().map(|natural| natural.rank);
        if let Some(found) = &natural
            && let Some(error) = solved.natural_error(found)?
        {
            let balls = |balls: &Solved<Ball>| Ok(balls.natural_gradient()?.direction);
            let error = self.proven(model, (&found.direction, error), balls, listener);
            report.natural_error = shown_error(error, &found.direction);
        }
        report.natural = Some(natural.map(|natural| Quantity::all(&natural.direction)));
        Ok(())
    }

    /// A criterion of risk, of costs that of the gains that they are; over balls what needs logarithms
    /// stays in floating point.
    fn risk<F: Arithmetic>(
        &self,
        model: &Model,
        solved: &Solved<F>,
        risk: &Risk,
    ) -> Result<Option<RiskReport>, StudyError> {
        let found = if model.objective() == Objective::Minimize {
            let gains = model.negated();
            let over = gains.over::<F>()?.by(self.setting.solver.clone());
            let policy = Arc::clone(solved.policy());
            let solver = self.setting.solver.clone();
            bounded_risk(&Solved::by(Arc::clone(over.mdp()), policy, solver)?, risk)
        } else {
            bounded_risk(solved, risk)
        };
        match found {
            Err(Error::NotInField { .. }) if self.setting.numbers == Numbers::Certified => Ok(None),
            found => Ok(Some(RiskReport::new(risk, &found?, model.objective()))),
        }
    }

    /// E G − c Var G of a small model in fractions, each number rounded once; `None` where floating point was not asked
    /// for, and of what has no fractions.
    fn risk_in_fractions<F: Arithmetic>(
        &self,
        model: &Model,
        risk: &Risk,
        listener: &dyn Listener,
    ) -> Option<RiskReport> {
        let is_short = match model.criterion() {
            Criterion::FiniteHorizon { horizon, .. } => *horizon <= STEPS_IN_FRACTIONS,
            _ => true,
        };
        let is_meant = self.setting.numbers == Numbers::Float
            && !F::EXACT
            && matches!(risk, Risk::MeanVariance(_));
        if !is_meant || !is_short || !decides_in_fractions(model, RISK_IN_FRACTIONS) {
            return None;
        }
        let deaf = Deaf(listener);
        let solved = self
            .setting
            .solved::<Rational>(model, Doing::Evaluating, &deaf);
        let report = self.risk(model, &solved.ok()?, risk);
        Some(report.ok()??.rounded())
    }

    /// The evolution strategy, if it is asked for; among all routes only where it exists.
    fn evolution(
        &self,
        solved: &Solved,
        listener: &dyn Listener,
    ) -> Result<Option<EvolutionReport>, StudyError> {
        let asked = self.routes.as_deref().unwrap_or_default();
        let by_name = asked.contains(&RouteName::Evolution);
        if !by_name && !asked.contains(&RouteName::All) {
            return Ok(None);
        }
        let smoothing = Smoothing {
            sigma: self.sigma,
            samples: self.samples,
            seed: self.seed,
        };
        tell_samples(self.samples, solved.mdp().states(), listener);
        match solved.evolution(smoothing) {
            Err(error) if !by_name => {
                listener.note(Note::NoEvolution(error));
                Ok(None)
            }
            found => {
                let found = found?;
                let bias = evolution_bias(solved, self.sigma, listener);
                let bias = bias.as_deref();
                Ok(Some(EvolutionReport::new(smoothing, &found, bias)))
            }
        }
    }
}

/// A criterion and its gradient; of E G − c Var G bounds that are those of its parts, where they may show.
fn bounded_risk<F: Arithmetic>(solved: &Solved<F>, risk: &Risk) -> Result<RiskValue<F>, Error> {
    let mut found = solved.risk(risk)?;
    let floats = (solved as &dyn Any).downcast_ref::<Solved>();
    let (Risk::MeanVariance(c), Some(at)) = (risk, floats) else {
        return Ok(found);
    };
    let c = c.to_f64().abs();
    let of_variance = at.return_errors()?.map_or(0.0, |errors| errors.variance);
    let of_slopes = at.variance_gradient_error()?.unwrap_or(0.0);
    // c Var G is no larger than the two others together
    let rounded = |part: f64, all: &F| 4.0 * f64::EPSILON * (part.abs() + all.to_f64().abs());
    let value = at.objective_error()? + c * of_variance + rounded(*at.j(), &found.value);
    let slopes = at.gradient()?.iter().zip(&found.gradient);
    let of_gradient = at.gradient_error()? + c * of_slopes;
    let gradient: Vec<f64> = slopes
        .map(|(slope, all)| as_bound(of_gradient + rounded(*slope, all)))
        .collect();
    let floats: Vec<f64> = found.gradient.iter().map(F::to_f64).collect();
    let shows = shown(&[value], &[found.value.to_f64()]).or(shown(&gradient, &floats));
    let value = as_bound(value);
    found.bound = shows.map(|_| RiskBound { value, gradient });
    Ok(found)
}

/// What smoothing does to ∇J, where that takes seconds.
fn evolution_bias(solved: &Solved, sigma: f64, listener: &dyn Listener) -> Option<Vec<f64>> {
    if evolution::work(solved.mdp(), solved.policy()) > AFFORDABLE {
        listener.note(Note::CostlyEvolutionBias);
        return None;
    }
    match solved.evolution_bias(sigma) {
        Ok(bias) => Some(bias),
        Err(error) => {
            listener.note(Note::NoEvolutionBias(error));
            None
        }
    }
}

/// F, by its blocks where it has any.
fn fisher<F: Arithmetic>(solved: &Solved<F>) -> Result<Matrix, Error> {
    match solved.fisher_blocks()? {
        Some(blocks) => Ok(Matrix::sparse(blocks)),
        None => Ok(Matrix::new(solved.fisher()?)),
    }
}

/// What needs scores; `None` and a note where an action of probability 0 has none.
fn scored<T>(
    quantity: &'static str,
    found: Result<T, Error>,
    listener: &dyn Listener,
) -> Result<Option<T>, StudyError> {
    match found {
        Err(why @ Error::NoScore { .. }) => {
            listener.note(Note::Absent { quantity, why });
            Ok(None)
        }
        found => Ok(Some(found?)),
    }
}
