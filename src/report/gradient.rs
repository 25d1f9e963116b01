//! What `gradient` reports: ∇J by every route and how far the routes agree.

#[cfg(feature = "cli")]
mod tables;

use std::io;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

#[cfg(feature = "cli")]
use super::table::View;
use super::{Head, Quantity, Report, csv};

/// ∇J with the evidence that it is right.
#[derive(Clone, Debug, Serialize)]
pub struct GradientReport {
    /// The model, the criterion, the policy.
    #[serde(flatten)]
    pub head: Head,
    /// J.
    pub j: Quantity,
    /// ∇J [d], by the adjoint route.
    pub gradient: Vec<Quantity>,
    /// ∇J by each route.
    #[serde(serialize_with = "as_map")]
    pub routes: Vec<RouteReport>,
    /// The largest difference in any entry between two routes that are exact up to rounding.
    pub max_disagreement: Quantity,
    /// What rounding can explain of `max_disagreement`.
    pub tolerance: Quantity,
    /// What truncation and rounding can explain of the difference of the finite differences.
    pub finite_difference_tolerance: Quantity,
    /// ∇v [S][d].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jacobian: Option<Vec<Vec<Quantity>>>,
    /// ∇²J [d][d].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hessian: Option<Vec<Vec<Quantity>>>,
    /// The natural gradient [d].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub natural: Option<Vec<Quantity>>,
    /// The Fisher matrix [d][d], weighted by the occupancy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fisher: Option<Vec<Vec<Quantity>>>,
}

/// ∇J by one route.
#[derive(Clone, Debug, PartialEq)]
pub struct RouteReport {
    /// The route's name.
    pub name: &'static str,
    /// ∇J [d]; `None` where the route does not exist for this policy.
    pub gradient: Option<Vec<Quantity>>,
}

fn as_map<S: Serializer>(routes: &[RouteReport], serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(routes.len()))?;
    for route in routes {
        map.serialize_entry(route.name, &route.gradient)?;
    }
    map.end()
}

impl Report for GradientReport {
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
        rows.number(&["j", "", "", "", ""], self.j)?;
        let parameters = &self.head.policy.parameters;
        let mut vector = |quantity: &str, route: &str, values: &[Quantity]| {
            let mut entries = parameters.iter().zip(values);
            entries.try_for_each(|(k, &x)| rows.number(&[quantity, route, "", k, ""], x))
        };
        vector("gradient", "", &self.gradient)?;
        for route in &self.routes {
            vector(
                "gradient",
                route.name,
                route.gradient.as_deref().unwrap_or_default(),
            )?;
        }
        vector("natural", "", self.natural.as_deref().unwrap_or_default())?;
        for (quantity, matrix) in [("hessian", &self.hessian), ("fisher", &self.fisher)] {
            for (k, row) in parameters.iter().zip(matrix.iter().flatten()) {
                for (l, &x) in parameters.iter().zip(row) {
                    rows.number(&[quantity, "", "", k, l], x)?;
                }
            }
        }
        let states = self.head.space.state_names();
        for (state, row) in states.iter().zip(self.jacobian.iter().flatten()) {
            for (k, &x) in parameters.iter().zip(row) {
                rows.number(&["jacobian", "", &state, k, ""], x)?;
            }
        }
        rows.number(&["max_disagreement", "", "", "", ""], self.max_disagreement)
    }

    #[cfg(feature = "cli")]
    fn table(&self, view: &View) -> String {
        tables::text(self, view)
    }
}
