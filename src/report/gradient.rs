//! What `gradient` reports: ∇J by every route and how far the routes agree.

mod entropy;
mod evolution;
mod sensitivity;

pub use entropy::EntropyReport;
pub use evolution::EvolutionReport;
pub use sensitivity::{SensitivityReport, Variable};

use std::io;

use nalgebra::DMatrix;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::{Bounds, Head, Quantity, Report, SolverReport, csv};
use crate::evaluation::Evaluation;
use crate::field::Field;
use crate::gradient::{Gradient, Route};
use crate::mdp::Mdp;
use crate::policy::Policy;

/// ∇J with the evidence that it is right.
#[derive(Clone, Debug, Serialize)]
pub struct GradientReport {
    /// The model, the criterion, the policy.
    #[serde(flatten)]
    pub head: Head,
    /// J.
    pub j: Quantity,
    /// ∇J \[d\], by the adjoint route.
    pub gradient: Vec<Quantity>,
    /// ∇J by each route.
    #[serde(serialize_with = "as_map")]
    pub routes: Vec<RouteReport>,
    /// The largest difference in any entry between two routes that are exact up to rounding.
    pub max_disagreement: Quantity,
    /// What rounding can account for of `max_disagreement`.
    pub tolerance: Quantity,
    /// Bounds on the errors of the finite differences \[d\], if they were taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finite_difference_error_bound: Option<Vec<Quantity>>,
    /// ∇v \[S\]\[d\], if it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jacobian: Option<Vec<Vec<Quantity>>>,
    /// ∇²J \[d\]\[d\], if it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hessian: Option<Vec<Vec<Quantity>>>,
    /// F⁺∇J \[d\], the natural gradient, if it was asked for; `Some(None)` where it does not exist,
    /// since an action of probability 0 has no score.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub natural: Option<Option<Vec<Quantity>>>,
    /// The rank of the Fisher matrix, beside the natural gradient.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fisher_rank: Option<usize>,
    /// The Fisher matrix F \[d\]\[d\], with the mass of ρ^π, if it was asked for; as `natural`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fisher: Option<Option<Vec<Vec<Quantity>>>>,
    /// The entropy-regularised objective, if it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entropy: Option<EntropyReport>,
    /// ∂J with respect to what was asked for, by its name.
    #[serde(
        skip_serializing_if = "Vec::is_empty",
        serialize_with = "sensitivity::as_map"
    )]
    pub with_respect_to: Vec<SensitivityReport>,
    /// The evolution strategy, if it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evolution: Option<EvolutionReport>,
    /// How the linear systems were solved.
    pub solver: SolverReport,
    /// Proven bounds on the errors, if the numbers are certified.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bounds: Option<Bounds>,
}

/// ∇J by one route.
#[derive(Clone, Debug, PartialEq)]
pub struct RouteReport {
    /// Which.
    pub route: Route,
    /// ∇J \[d\]; `None` where there is none.
    pub gradient: Option<Vec<Quantity>>,
    /// Why there is none.
    pub absent: Option<&'static str>,
}

impl GradientReport {
    /// The report of a gradient; usual routes that were not asked for stand in it without numbers.
    pub fn new<F: Field>(
        mdp: &Mdp<F>,
        policy: &Policy<F>,
        evaluation: &Evaluation<F>,
        gradient: &Gradient<F>,
    ) -> GradientReport {
        let differences = gradient.finite_difference.as_ref();
        let named = |route: &Route| {
            Route::USUAL.contains(route) || gradient.routes.iter().any(|r| r.route == *route)
        };
        GradientReport {
            head: Head::new(mdp, policy),
            j: Quantity::of(&evaluation.j),
            gradient: Quantity::all(&gradient.gradient),
            routes: Route::ALL
                .into_iter()
                .filter(named)
                .map(|route| RouteReport::new(route, gradient))
                .collect(),
            max_disagreement: Quantity::error_of::<F>(gradient.disagreement.max),
            tolerance: Quantity::error_of::<F>(gradient.disagreement.tolerance),
            finite_difference_error_bound: differences.map(|d| Quantity::all(&d.error_bound)),
            jacobian: None,
            hessian: None,
            natural: None,
            fisher_rank: None,
            fisher: None,
            entropy: None,
            with_respect_to: Vec::new(),
            evolution: None,
            solver: SolverReport::new(evaluation),
            bounds: None,
        }
    }

    /// The same with what another report holds in floating point alone: the routes and how far they
    /// agree, the entropy and the evolution strategy.
    pub fn with_routes_of(self, other: GradientReport) -> GradientReport {
        GradientReport {
            routes: other.routes,
            entropy: other.entropy,
            evolution: other.evolution,
            max_disagreement: other.max_disagreement,
            tolerance: other.tolerance,
            finite_difference_error_bound: other.finite_difference_error_bound,
            ..self
        }
    }

    /// The bounds of all its numbers, for a gradient over balls; the routes have none.
    pub fn proven(&self) -> Bounds {
        let bounds = self
            .head
            .proven()
            .number("j", &self.j)
            .vector("gradient", &self.gradient)
            .some_matrix("jacobian", self.jacobian.as_ref())
            .some_matrix("hessian", self.hessian.as_ref())
            .some_vector("natural", self.natural.as_ref().and_then(|x| x.as_ref()))
            .some_matrix("fisher", self.fisher.as_ref().and_then(|x| x.as_ref()));
        let variables = self.with_respect_to.iter();
        let variables = variables.fold(Bounds::default(), |bounds, report| {
            let derivative = Bounds::default().vector("derivative", &report.derivative);
            bounds.object(report.variable.name(), derivative)
        });
        match self.with_respect_to.is_empty() {
            true => bounds,
            false => bounds.object("with_respect_to", variables),
        }
    }

    /// The same with the Jacobian ∇v, shape [S, d]; states without a value have no row.
    pub fn with_jacobian<F: Field>(
        self,
        jacobian: &DMatrix<F>,
        undefined: &[usize],
    ) -> GradientReport {
        let row = |state: usize| {
            let entries = jacobian.row(state);
            let no_value = undefined.binary_search(&state).is_ok();
            let entry = |x: &F| match no_value {
                true => Quantity::Undefined,
                false => Quantity::of(x),
            };
            entries.iter().map(entry).collect()
        };
        GradientReport {
            jacobian: Some((0..jacobian.nrows()).map(row).collect()),
            ..self
        }
    }
}

/// The entries of a matrix, row by row.
pub fn rows<F: Field>(matrix: &DMatrix<F>) -> Vec<Vec<Quantity>> {
    let row = |i: usize| matrix.row(i).iter().map(Quantity::of).collect();
    (0..matrix.nrows()).map(row).collect()
}

impl RouteReport {
    fn new<F: Field>(route: Route, gradient: &Gradient<F>) -> RouteReport {
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
            gradient: asked.and_then(|found| found.gradient.as_deref().map(Quantity::all)),
            absent,
        }
    }
}

pub(super) fn as_map<S: Serializer>(
    routes: &[RouteReport],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(routes.len()))?;
    for route in routes {
        map.serialize_entry(route.route.name(), &route.gradient)?;
    }
    map.end()
}

impl Report for GradientReport {
    fn bounds(&self) -> Option<&Bounds> {
        self.bounds.as_ref()
    }

    /// Columns `quantity`, `route`, `state`, `parameter`, `other_parameter`, `value`.
    fn csv(&self, rows: &mut csv::Rows) -> io::Result<()> {
        rows.row(&[
            "quantity",
            "route",
            "state",
            "parameter",
            "other_parameter",
            "value",
        ])?;
        rows.number(&["j", "", "", "", ""], &self.j)?;
        let parameters = &self.head.policy.parameters;
        let mut vector = |quantity: &str, route: &str, values: &[Quantity]| {
            let mut entries = parameters.iter().zip(values);
            entries.try_for_each(|(k, x)| rows.number(&[quantity, route, "", k, ""], x))
        };
        vector("gradient", "", &self.gradient)?;
        for route in &self.routes {
            let entries = route.gradient.as_deref().unwrap_or_default();
            vector("gradient", route.route.name(), entries)?;
        }
        let bound = self.finite_difference_error_bound.as_deref();
        let finite_difference = Route::FiniteDifference.name();
        vector("error_bound", finite_difference, bound.unwrap_or_default())?;
        let natural = self.natural.as_ref().and_then(|found| found.as_deref());
        vector("natural", "", natural.unwrap_or_default())?;
        let fisher = self.fisher.as_ref().and_then(|found| found.as_ref());
        for (quantity, matrix) in [("hessian", self.hessian.as_ref()), ("fisher", fisher)] {
            for (k, row) in parameters.iter().zip(matrix.into_iter().flatten()) {
                for (l, x) in parameters.iter().zip(row) {
                    rows.number(&[quantity, "", "", k, l], x)?;
                }
            }
        }
        let states = self.head.space.state_names();
        for (state, row) in states.iter().zip(self.jacobian.iter().flatten()) {
            for (k, x) in parameters.iter().zip(row) {
                rows.number(&["jacobian", "", &state, k, ""], x)?;
            }
        }
        if let Some(entropy) = &self.entropy {
            entropy.csv(&self.head, rows)?;
        }
        for sensitivity in &self.with_respect_to {
            sensitivity.csv(rows)?;
        }
        if let Some(evolution) = &self.evolution {
            evolution.csv(parameters, rows)?;
        }
        rows.number(
            &["max_disagreement", "", "", "", ""],
            &self.max_disagreement,
        )?;
        rows.number(&["tolerance", "", "", "", ""], &self.tolerance)
    }
}
