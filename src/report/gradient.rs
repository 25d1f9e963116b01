//! What `gradient` reports: ∇J by every route and how far the routes agree.

use std::io;

mod beside;
mod entropy;
mod evolution;
mod known;
mod sensitivity;

pub use beside::{ClippedReport, ExcursionReport, RiskReport, SurrogateReport};
pub use entropy::EntropyReport;
pub use evolution::EvolutionReport;
pub use known::KnownRounding;
pub use sensitivity::{SensitivityReport, Variable};

use super::csv::{self, CsvLayout, CsvLine};
use super::entries::{Axis, Entries, Entry};
use super::{Bounds, Head, Matrix, Quantities, Quantity, Report, SolverReport};
use crate::estimator::shown;
use crate::evaluation::Evaluation;
use crate::gradient::{Gradient, Route};
use crate::linalg::Solvable;
use crate::mdp::Mdp;
use crate::model::Objective;
use crate::policy::Policy;
use nalgebra::DMatrix;

/// ∇J with the evidence that it is right.
#[derive(Clone, Debug)]
pub struct GradientReport {
    /// The model, the criterion, the policy.
    pub head: Head,
    /// J.
    pub j: Quantity,
    /// What rounding can do to J, where it may show in its ninth digit.
    pub j_error: Option<f64>,
    /// ∇J \[d\], by the adjoint route.
    pub gradient: Quantities,
    /// What rounding may have done to an entry of it, where it may show in the ninth digit of one.
    pub gradient_error: Option<f64>,
    /// ∇J by each route.
    pub routes: Vec<RouteReport>,
    /// The largest difference in any entry between two routes that are exact up to rounding.
    pub max_disagreement: Quantity,
    /// What rounding can account for of `max_disagreement`.
    pub tolerance: Quantity,
    /// Bounds on the errors of the finite differences \[d\], if they were taken.
    pub finite_difference_error_bound: Option<Vec<Quantity>>,
    /// ∇v \[S\]\[d\], if it was asked for.
    pub jacobian: Option<Matrix>,
    /// What rounding can do to an entry of it, where it may show in the ninth digit of any but 0, or of the largest.
    pub jacobian_error: Option<f64>,
    /// ∇²J \[d\]\[d\], if it was asked for.
    pub hessian: Option<Matrix>,
    /// What rounding can do to an entry of it, where it may show in the ninth digit of any but 0, or of the largest.
    pub hessian_error: Option<f64>,
    /// F⁺∇J \[d\], the natural gradient, if it was asked for; `Some(None)` where it does not exist,
    /// since an action of probability 0 has no score.
    pub natural: Option<Option<Vec<Quantity>>>,
    /// What rounding can do to any entry of it, where that may show.
    pub natural_error: Option<f64>,
    /// The rank of the Fisher matrix, beside the natural gradient.
    pub fisher_rank: Option<usize>,
    /// The Fisher matrix F \[d\]\[d\], with the mass of ρ^π, if it was asked for; as `natural`.
    pub fisher: Option<Option<Matrix>>,
    /// The entropy-regularised objective, if it was asked for.
    pub entropy: Option<EntropyReport>,
    /// A criterion of risk, if it was asked for.
    pub risk: Option<RiskReport>,
    /// The excursion objective of a behaviour, if it was asked for.
    pub excursion: Option<ExcursionReport>,
    /// The surrogate of another policy at this one, if it was asked for.
    pub surrogate: Option<SurrogateReport>,
    /// ρ(s)A(s, a) \[SA\], on a horizon Σₜ γᵗ pₜ(s) Aₜ(s, a), if it was asked for: the derivative of J as π(·|s) moves towards
    /// a, which is what a deterministic policy has of ∇J.
    pub toward_actions: Option<Vec<Quantity>>,
    /// What rounding can do to any entry of it, where that may show.
    pub toward_actions_error: Option<f64>,
    /// ∂J with respect to what was asked for, by its name.
    pub with_respect_to: Vec<SensitivityReport>,
    /// The evolution strategy, if it was asked for.
    pub evolution: Option<EvolutionReport>,
    /// How the linear systems were solved.
    pub solver: SolverReport,
    /// Proven bounds on the errors, if the numbers are certified.
    pub bounds: Option<Bounds>,
}

/// ∇J by one route.
#[derive(Clone, Debug, PartialEq)]
pub struct RouteReport {
    /// The route.
    pub route: Route,
    /// ∇J \[d\]; `None` where there is none.
    pub gradient: Option<Quantities>,
    /// Why there is none.
    pub absent: Option<&'static str>,
}

impl GradientReport {
    /// The report of a gradient; usual routes that were not asked for stand in it without numbers.
    pub fn new<F: Solvable>(
        mdp: &Mdp<F>,
        policy: &Policy<F>,
        objective: Objective,
        evaluation: &Evaluation<F>,
        gradient: &Gradient<F>,
    ) -> GradientReport {
        let differences = gradient.finite_difference.as_ref();
        let named = |route: &Route| {
            Route::USUAL.contains(route) || gradient.routes.iter().any(|r| r.route == *route)
        };
        GradientReport {
            head: Head::new(mdp, policy, objective),
            j: Quantity::of(&evaluation.j),
            j_error: None,
            gradient_error: None,
            gradient: Quantities::all_but(&gradient.gradient, |_| false),
            routes: Route::ALL
                .into_iter()
                .filter(named)
                .map(|route| RouteReport::new(route, gradient))
                .collect(),
            max_disagreement: Quantity::error_of::<F>(gradient.disagreement.max),
            tolerance: Quantity::error_of::<F>(gradient.disagreement.tolerance),
            finite_difference_error_bound: differences.map(|d| Quantity::all(&d.error_bound)),
            jacobian: None,
            jacobian_error: None,
            hessian: None,
            hessian_error: None,
            natural: None,
            natural_error: None,
            toward_actions_error: None,
            fisher_rank: None,
            fisher: None,
            entropy: None,
            risk: None,
            excursion: None,
            surrogate: None,
            toward_actions: None,
            with_respect_to: Vec::new(),
            evolution: None,
            solver: SolverReport::new(evaluation),
            bounds: None,
        }
    }

    /// This report with what another one holds in floating point alone: the routes and how far they
    /// agree, the entropy and the evolution strategy.
    pub fn with_routes_of(self, other: GradientReport) -> GradientReport {
        GradientReport {
            routes: other.routes,
            entropy: other.entropy,
            evolution: other.evolution,
            risk: self.risk.or(other.risk),
            max_disagreement: other.max_disagreement,
            tolerance: other.tolerance,
            finite_difference_error_bound: other.finite_difference_error_bound,
            ..self
        }
    }

    /// Whether the routes that are exact up to rounding agree: `agrees`, `disagrees`, or
    /// `cannot-be-told` where rounding can account for as much as there is of ∇J.
    pub fn agreement(&self) -> &'static str {
        let number = |x: &Quantity| x.value().unwrap_or(f64::INFINITY);
        let (apart, allowed) = (number(&self.max_disagreement), number(&self.tolerance));
        if apart > allowed {
            "disagrees"
        } else if allowed < self.size() || (apart == 0.0 && self.size() == 0.0) {
            "agrees" // where nothing is to be had every route has 0, exactly
        } else {
            "cannot-be-told"
        }
    }

    /// maxₖ |∂ₖJ|.
    pub fn size(&self) -> f64 {
        let entries = self.gradient.each().filter_map(|x| x.value());
        entries.fold(0.0, |size, x| f64::max(size, x.abs()))
    }

    /// This report with the Jacobian ∇v, shape [S, d], and a bound on what rounding has done to an entry, as far as it may
    /// show; states without a value have no row.
    pub fn with_jacobian<F: Solvable>(
        self,
        jacobian: DMatrix<F>,
        error: Option<f64>,
        undefined: &[usize],
    ) -> GradientReport {
        GradientReport {
            jacobian_error: error.filter(|error| shows(*error, &jacobian)),
            jacobian: Some(Matrix::new(jacobian).without(undefined)),
            ..self
        }
    }

    /// This report with the Hessian ∇²J, shape [d, d], and a bound on what rounding has done to an entry, as far as it may
    /// show.
    pub fn with_hessian<F: Solvable>(
        self,
        hessian: DMatrix<F>,
        error: Option<f64>,
    ) -> GradientReport {
        GradientReport {
            hessian_error: error.filter(|error| shows(*error, &hessian)),
            hessian: Some(Matrix::new(hessian)),
            ..self
        }
    }
}

/// Whether an error may show in the ninth digit of an entry, or of the largest where one is 0.
pub(super) fn shows<F: Solvable>(error: f64, matrix: &DMatrix<F>) -> bool {
    let entries: Vec<f64> = matrix.iter().map(F::to_f64).collect();
    shown(&vec![error; entries.len()], &entries).is_some()
}

impl RouteReport {
    fn new<F: Solvable>(route: Route, gradient: &Gradient<F>) -> RouteReport {
        let asked = gradient.routes.iter().find(|r| r.route == route);
        let absent = match asked {
            None => Some("not computed"),
            Some(found) if found.gradient.is_none() => match route {
                Route::Dual | Route::ComplexStep => Some("not on this boundary: a class grows"),
                Route::FiniteDifference => Some("no step: θ is too large for it, or τ too small"),
                _ => Some("does not exist: π = 0, ∇π ≠ 0"),
            },
            Some(_) => None,
        };
        RouteReport {
            route,
            gradient: asked
                .and_then(|found| found.gradient.as_deref())
                .map(|found| Quantities::all_but(found, |_| false)),
            absent,
        }
    }
}

/// The routes as entries under their names; what a route did not find is there without values.
pub(super) fn routes(routes: &[RouteReport]) -> Entries<'_> {
    let vector = |name, x| Entry::quantities(name, Axis::Parameter, x);
    let entries = routes
        .iter()
        .map(|route| Entry::or_null(route.route.name(), route.gradient.as_ref(), vector));
    Entries(entries.collect())
}

impl Report for GradientReport {
    fn entries(&self) -> Entries<'_> {
        use Axis::{Parameter, State};
        let vector = |name, x| Entry::vector(name, Parameter, x);
        let matrix = |name, x| Entry::cells(name, [Parameter, Parameter], x);
        let rank = self.fisher_rank.map(|rank| rank as u64);
        let variables = self.with_respect_to.iter();
        let variables: Entries = variables.fold(Entries::default(), |all, variable| {
            all.and(Entry::group(variable.variable.name(), variable.entries()))
        });
        let differences = self.finite_difference_error_bound.as_deref();
        self.head
            .entries()
            .and(Entry::number("j", &self.j))
            .and_some("j_error", self.j_error, |name, x| {
                Entry::float(name, x).unbounded()
            })
            .and(Entry::quantities("gradient", Parameter, &self.gradient))
            .and_some("gradient_error", self.gradient_error, |name, x| {
                Entry::float(name, x).unbounded()
            })
            .and(Entry::group("routes", routes(&self.routes)).unbounded())
            .and(Entry::number("max_disagreement", &self.max_disagreement).unbounded())
            .and(Entry::number("tolerance", &self.tolerance).unbounded())
            .and(Entry::text("agreement", self.agreement()))
            .and_some("finite_difference_error_bound", differences, |name, x| {
                vector(name, x).unbounded()
            })
            .and_some("jacobian", self.jacobian.as_ref(), |name, x| {
                Entry::cells(name, [State, Parameter], x)
            })
            .and_some("jacobian_error", self.jacobian_error, |name, x| {
                Entry::float(name, x).unbounded()
            })
            .and_some("hessian", self.hessian.as_ref(), matrix)
            .and_some("hessian_error", self.hessian_error, |name, x| {
                Entry::float(name, x).unbounded()
            })
            .and_some("natural", self.natural.as_ref(), |name, x| {
                Entry::or_null(name, x.as_deref(), vector)
            })
            .and_some("natural_error", self.natural_error, |name, x| {
                Entry::float(name, x).unbounded()
            })
            .and_some("fisher_rank", rank, Entry::whole)
            .and_some("fisher", self.fisher.as_ref(), |name, x| {
                Entry::or_null(name, x.as_ref(), matrix)
            })
            .and_some("entropy", self.entropy.as_ref(), |name, x| {
                Entry::group(name, x.entries())
            })
            .and_some("risk", self.risk.as_ref(), |name, x| {
                Entry::group(name, x.entries())
            })
            .and_some("excursion", self.excursion.as_ref(), |name, x| {
                Entry::group(name, x.entries())
            })
            .and_some("surrogate", self.surrogate.as_ref(), |name, x| {
                Entry::group(name, x.entries())
            })
            .and_some(
                "toward_actions",
                self.toward_actions.as_deref(),
                |name, x| Entry::vector(name, Axis::Pair, x),
            )
            .and_some(
                "toward_actions_error",
                self.toward_actions_error,
                |name, x| Entry::float(name, x).unbounded(),
            )
            .and_some(
                "with_respect_to",
                Some(variables).filter(|entries| !entries.0.is_empty()),
                Entry::group,
            )
            .and_some("evolution", self.evolution.as_ref(), |name, x| {
                Entry::group(name, x.entries()).unbounded()
            })
            .and(Entry::group("solver", self.solver.entries()).unbounded())
            .and_some("bounds", self.bounds.as_ref(), Entry::bounds)
    }

    fn csv(&self, rows: &mut csv::CsvRows) -> io::Result<()> {
        let layout = match self.toward_actions {
            Some(_) => WITH_ACTIONS,
            None => LAYOUT,
        };
        layout.write(&self.head, &self.entries(), rows)
    }

    fn bounds(&self) -> Option<&Bounds> {
        self.bounds.as_ref()
    }
}

/// The rows of its table where something stands by pair.
const WITH_ACTIONS: CsvLayout = CsvLayout {
    columns: &["route", "state", "action", "parameter", "other_parameter"],
    lines: LAYOUT.lines,
};

/// The rows of its table.
const LAYOUT: CsvLayout = CsvLayout {
    columns: &["route", "state", "parameter", "other_parameter"],
    lines: &[
        CsvLine::Of("j", "j"),
        CsvLine::Of("j_error", "j_error"),
        CsvLine::Of("gradient", "gradient"),
        CsvLine::Of("gradient_error", "gradient_error"),
        CsvLine::Names("routes", "gradient", "route"),
        CsvLine::In(
            "finite_difference_error_bound",
            "error_bound",
            "route",
            "finite-difference",
        ),
        CsvLine::Of("natural", "natural"),
        CsvLine::Of("natural_error", "natural_error"),
        CsvLine::Of("hessian", "hessian"),
        CsvLine::Of("hessian_error", "hessian_error"),
        CsvLine::Of("jacobian_error", "jacobian_error"),
        CsvLine::Of("fisher", "fisher"),
        CsvLine::Of("jacobian", "jacobian"),
        CsvLine::All(EntropyReport::ROWS),
        CsvLine::Of("risk/value", "risk_value"),
        CsvLine::Of("risk/gradient", "risk_gradient"),
        CsvLine::Of("risk/error_bound", "risk_error_bound"),
        CsvLine::Of("risk/gradient_error_bound", "risk_gradient_error_bound"),
        CsvLine::Of("excursion/j", "excursion_j"),
        CsvLine::Of("excursion/state_weights", "excursion_state_weight"),
        CsvLine::Of("excursion/emphasis", "excursion_emphasis"),
        CsvLine::Of("excursion/gradient", "excursion_gradient"),
        CsvLine::Of("excursion/semi_gradient", "excursion_semi_gradient"),
        CsvLine::Of("surrogate/from_j", "surrogate_from_j"),
        CsvLine::Of("surrogate/value", "surrogate_value"),
        CsvLine::Of("surrogate/gradient", "surrogate_gradient"),
        CsvLine::Of("surrogate/clipped/value", "surrogate_clipped_value"),
        CsvLine::Of("surrogate/clipped/gradient", "surrogate_clipped_gradient"),
        CsvLine::Of("toward_actions", "toward_actions"),
        CsvLine::Of("toward_actions_error", "toward_actions_error"),
        CsvLine::Of("with_respect_to/theta/derivative", "with_respect_to"),
        CsvLine::Of("with_respect_to/p/derivative", "with_respect_to"),
        CsvLine::Of("with_respect_to/r/derivative", "with_respect_to"),
        CsvLine::Of("with_respect_to/discount/derivative", "with_respect_to"),
        CsvLine::Of("with_respect_to/initial/derivative", "with_respect_to"),
        CsvLine::In("evolution/mean", "gradient", "route", "evolution"),
        CsvLine::In(
            "evolution/standard_error",
            "standard_error",
            "route",
            "evolution",
        ),
        CsvLine::In(
            "evolution/leading_bias",
            "leading_bias",
            "route",
            "evolution",
        ),
        CsvLine::Of("max_disagreement", "max_disagreement"),
        CsvLine::Of("tolerance", "tolerance"),
    ],
};
