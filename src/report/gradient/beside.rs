//! What stands beside ∇J: criteria of risk, the excursion objective of a behaviour, the surrogate of another policy.

use crate::gradient::greediness::Excursion;
use crate::gradient::surrogate::{surrogate, surrogate_gradient};
use crate::linalg::Solvable;
use crate::policy::Policy;
use crate::report::Quantity;
use crate::report::entries::{Axis, Entries, Entry};
use crate::returns::{Risk, RiskValue};
use crate::solved::Solved;

/// A criterion of the return beside its mean, with its gradient.
#[derive(Clone, Debug, PartialEq)]
pub struct RiskReport {
    /// Its name, as `mean-variance:1/2`.
    pub criterion: String,
    /// Its value, in units of reward.
    pub value: Quantity,
    /// Its gradient \[d\].
    pub gradient: Vec<Quantity>,
}

impl RiskReport {
    /// The report of a criterion; of costs, whose gains it was found for, with the other sign.
    pub fn new<F: Solvable>(risk: &Risk, found: &RiskValue<F>, minimized: bool) -> RiskReport {
        let number = |x: &F| Quantity::of(&if minimized { -x.clone() } else { x.clone() });
        RiskReport {
            criterion: risk.to_string(),
            value: number(&found.value),
            gradient: found.gradient.iter().map(number).collect(),
        }
    }

    /// As a report holds it.
    pub(in crate::report) fn entries(&self) -> Entries<'_> {
        Entries::default()
            .and(Entry::text("criterion", self.criterion.as_str()))
            .and(Entry::number("value", &self.value))
            .and(Entry::vector("gradient", Axis::Parameter, &self.gradient))
    }
}

/// The surrogate L_π(π') = J(π) + ρ^π π' A^π of this policy π', π another one that has acted, and its gradient.
#[derive(Clone, Debug, PartialEq)]
pub struct SurrogateReport {
    /// π.
    pub from: String,
    /// J(π), in units of reward.
    pub from_j: Quantity,
    /// L_π(π'), in units of reward.
    pub value: Quantity,
    /// ρ^π (A^π ∇π') \[d\].
    pub gradient: Vec<Quantity>,
}

impl SurrogateReport {
    /// The report of the surrogate that `at` makes of another policy.
    pub fn new<F: Solvable>(from: String, at: &Solved<F>, other: &Policy<F>) -> SurrogateReport {
        SurrogateReport {
            from,
            from_j: Quantity::of(at.j()),
            value: Quantity::of(&surrogate(at, other)),
            gradient: Quantity::all(&surrogate_gradient(at, other)),
        }
    }

    /// As a report holds it.
    pub(in crate::report) fn entries(&self) -> Entries<'_> {
        Entries::default()
            .and(Entry::text("from", self.from.as_str()))
            .and(Entry::number("from_j", &self.from_j))
            .and(Entry::number("value", &self.value))
            .and(Entry::vector("gradient", Axis::Parameter, &self.gradient))
    }
}

/// The excursion objective J_b = d_b v of the states that a behaviour meets, and its gradients.
#[derive(Clone, Debug, PartialEq)]
pub struct ExcursionReport {
    /// Who acts.
    pub behavior: String,
    /// d_b \[S\].
    pub state_weights: Vec<Quantity>,
    /// J_b.
    pub j: Quantity,
    /// m = d_b (I − γP)⁻¹ \[S\], the emphatic weights.
    pub emphasis: Vec<Quantity>,
    /// ∇J_b = m (q∇π) \[d\].
    pub gradient: Vec<Quantity>,
    /// d_b (q∇π) \[d\], which leaves the emphasis out.
    pub semi_gradient: Vec<Quantity>,
}

impl ExcursionReport {
    /// The report of an excursion objective.
    pub fn new<F: Solvable>(
        behavior: String,
        weights: &[F],
        found: &Excursion<F>,
    ) -> ExcursionReport {
        ExcursionReport {
            behavior,
            state_weights: Quantity::all(weights),
            j: Quantity::of(&found.j),
            emphasis: Quantity::all(&found.emphasis),
            gradient: Quantity::all(&found.gradient),
            semi_gradient: Quantity::all(&found.degris),
        }
    }

    /// As a report holds it.
    pub(in crate::report) fn entries(&self) -> Entries<'_> {
        use Axis::{Parameter, State};
        Entries::default()
            .and(Entry::text("behavior", self.behavior.as_str()))
            .and(Entry::vector("state_weights", State, &self.state_weights))
            .and(Entry::number("j", &self.j))
            .and(Entry::vector("emphasis", State, &self.emphasis))
            .and(Entry::vector("gradient", Parameter, &self.gradient))
            .and(Entry::vector(
                "semi_gradient",
                Parameter,
                &self.semi_gradient,
            ))
    }
}
