//! The criterion as reports show it.

use std::fmt;

use super::Quantity;
use super::entries::{Entries, Entry};
use crate::linalg::Solvable;
use crate::mdp::Criterion;
use crate::model::Objective;

/// What is maximised.
#[derive(Clone, Debug, PartialEq)]
pub struct CriterionReport {
    /// `discounted`, `finite-horizon`, `total` or `average`.
    pub kind: &'static str,
    /// γ; 1 for the total reward, undefined for the average reward.
    pub discount: Quantity,
    /// T, for the finite horizon.
    pub horizon: Option<usize>,
    /// Whether J is to be large, or small: rewards are costs.
    pub objective: Objective,
}

impl CriterionReport {
    /// The report of a criterion, and of what is to become of J.
    pub fn new<F: Solvable>(criterion: &Criterion<F>, objective: Objective) -> CriterionReport {
        CriterionReport {
            kind: criterion.kind(),
            discount: match criterion {
                Criterion::Average => Quantity::Undefined,
                other => Quantity::of(&other.discount()),
            },
            horizon: criterion.horizon(),
            objective,
        }
    }

    /// As a report holds it.
    pub(super) fn entries(&self) -> Entries<'_> {
        let horizon = self.horizon.map(|steps| steps as u64);
        let costs = self.objective == Objective::Minimize;
        Entries::default()
            .and(Entry::text("kind", self.kind))
            .and(Entry::number("discount", &self.discount))
            .and(Entry::or_null("horizon", horizon, Entry::whole))
            .and(costs.then(|| Entry::text("objective", self.objective.name())))
    }
}

impl fmt::Display for CriterionReport {
    /// `discounted, γ = 0.9`, for titles.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let discount = match &self.discount {
            Quantity::Undefined => String::new(),
            Quantity::Float(x) | Quantity::Certified { value: x, .. } => x.to_string(),
            Quantity::Exact(x) => x.to_string(),
        };
        match (self.kind, self.horizon) {
            ("total", _) => write!(f, "total reward (γ = 1)"),
            ("average", _) => write!(f, "average reward per step"),
            // a discount of 1 is another criterion: this one was rounded
            ("discounted", _) if discount == "1" => {
                write!(f, "discounted, γ < 1 that floats cannot tell from 1")
            }
            (_, Some(horizon)) => write!(f, "finite horizon, T = {horizon}, γ = {discount}"),
            (kind, None) => write!(f, "{kind}, γ = {discount}"),
        }?;
        if self.objective == Objective::Minimize {
            write!(f, ", to be small")?;
        }
        Ok(())
    }
}
