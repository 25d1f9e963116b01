//! What `critics` reports: where learners with few features are at rest.

mod apart;
mod rounding;

use std::io;

pub use rounding::CriticRounding;

use apart::apart;

use super::csv::{self, CsvLayout, CsvLine};
use super::entries::{Axis, Entries, Entry};
use super::{Bounds, Head, Quantity, Report};
use crate::critics::{FixedPoint, Learner};
use crate::error::Error;
use crate::gradient::Differentiable;
use crate::linalg::Solvable;
use crate::model::Objective;
use crate::solved::Solved;

/// Learners under one set of features and weights.
#[derive(Clone, Debug)]
pub struct CriticsReport {
    /// The model, the criterion, the policy.
    pub head: Head,
    /// k.
    pub features: usize,
    /// d \[S\].
    pub state_weights: Vec<Quantity>,
    /// v \[S\], in units of reward.
    pub v: Vec<Quantity>,
    /// ∇J \[d\].
    pub gradient: Vec<Quantity>,
    /// The learners.
    pub critics: Vec<CriticReport>,
}

/// Where one learner is at rest; without numbers where there is no such point.
#[derive(Clone, Debug)]
pub struct CriticReport {
    /// `monte-carlo`, `td:λ`, `emphatic-td:λ`, `bellman-residual`.
    pub name: String,
    /// w \[k\].
    pub weights: Option<Vec<Quantity>>,
    /// v̂ \[S\].
    pub v: Option<Vec<Quantity>>,
    /// Σ d (v̂ − v)².
    pub error: Quantity,
    /// A proven bound on that; undefined where none is known.
    pub error_bound: Quantity,
    /// Whether the stochastic iteration gets there.
    pub stable: Option<bool>,
    /// The expected gradient of an actor with this critic \[d\].
    pub gradient: Option<Vec<Quantity>>,
    /// ‖that − ∇J‖₂ / ‖∇J‖₂.
    pub gradient_error: Quantity,
    /// The cosine between the two.
    pub cosine: Quantity,
    /// What rounding may have done to these numbers, of a report in floating point and where there are any.
    pub rounding: Option<CriticRounding>,
}

impl CriticsReport {
    /// The report of learners.
    ///
    /// Errors where J has no gradient.
    pub fn new<F: Differentiable>(
        at: &Solved<F>,
        objective: Objective,
        features: usize,
        weights: &[F],
        critics: Vec<CriticReport>,
    ) -> Result<CriticsReport, Error> {
        Ok(CriticsReport {
            head: Head::new(at.mdp(), at.policy(), objective),
            features,
            state_weights: Quantity::all(weights),
            v: Quantity::all(at.v()),
            gradient: Quantity::all(at.gradient()?),
            critics,
        })
    }
}

impl CriticsReport {
    /// This report with the numbers of fractions, each rounded once.
    #[must_use]
    pub fn with_rounded(self, exact: &CriticsReport) -> CriticsReport {
        CriticsReport {
            state_weights: Quantity::rounded(&exact.state_weights),
            v: Quantity::rounded(&exact.v),
            gradient: Quantity::rounded(&exact.gradient),
            critics: exact.critics.iter().map(CriticReport::rounded).collect(),
            ..self
        }
    }
}

impl CriticReport {
    /// Each number rounded once.
    fn rounded(&self) -> CriticReport {
        let all = |x: &Option<Vec<Quantity>>| x.as_deref().map(Quantity::rounded);
        CriticReport {
            weights: all(&self.weights),
            v: all(&self.v),
            error: self.error.nearest(),
            error_bound: self.error_bound.nearest(),
            gradient: all(&self.gradient),
            gradient_error: self.gradient_error.nearest(),
            cosine: self.cosine.nearest(),
            rounding: self.rounded_once(),
            ..self.clone()
        }
    }

    /// The report of one learner, beside ∇J.
    pub fn new<F: Solvable>(
        learner: &Learner<F>,
        point: Option<&FixedPoint<F>>,
        stable: Option<bool>,
        bound: Option<F>,
        exact: &[F],
    ) -> CriticReport {
        let optional = |x: Option<&F>| x.map_or(Quantity::Undefined, Quantity::of);
        let some = |of: fn(&FixedPoint<F>) -> &[F]| point.map(|point| Quantity::all(of(point)));
        let (gradient_error, cosine) = point
            .map_or((Quantity::Undefined, Quantity::Undefined), |point| {
                apart(&point.gradient, exact)
            });
        CriticReport {
            name: name(learner),
            weights: some(|point| &point.weights),
            v: some(|point| &point.values),
            error: optional(point.map(|point| &point.error)),
            error_bound: optional(bound.as_ref()),
            stable,
            gradient: some(|point| &point.gradient),
            gradient_error,
            cosine,
            rounding: None,
        }
    }

    fn entries(&self) -> Entries<'_> {
        use Axis::{Index, Parameter, State};
        let vector = |axis| move |name, x| Entry::vector(name, axis, x);
        Entries::default()
            .and(Entry::text("name", self.name.as_str()))
            .and(Entry::or_null(
                "weights",
                self.weights.as_deref(),
                vector(Index),
            ))
            .and(Entry::or_null("v", self.v.as_deref(), vector(State)))
            .and(Entry::number("error", &self.error))
            .and(Entry::number("error_bound", &self.error_bound))
            .and(Entry::or_null("stable", self.stable, Entry::flag))
            .and(Entry::or_null(
                "gradient",
                self.gradient.as_deref(),
                vector(Parameter),
            ))
            .and(Entry::number("gradient_error", &self.gradient_error))
            .and(Entry::number("cosine", &self.cosine))
            .and_some("rounding", self.rounding.as_ref(), |name, all| {
                Entry::group(name, all.entries()).unbounded()
            })
    }
}

fn name<F: Solvable>(learner: &Learner<F>) -> String {
    let lambda = |lambda: &F| lambda.to_f64().to_string();
    match learner {
        Learner::MonteCarlo => "monte-carlo".into(),
        Learner::Td(x) => format!("td:{}", lambda(x)),
        Learner::Emphatic(x) => format!("emphatic-td:{}", lambda(x)),
        Learner::BellmanResidual => "bellman-residual".into(),
    }
}

impl Report for CriticsReport {
    fn entries(&self) -> Entries<'_> {
        let critics = self.critics.iter().map(CriticReport::entries);
        self.head
            .entries()
            .and(Entry::whole("features", self.features as u64))
            .and(Entry::vector(
                "state_weights",
                Axis::State,
                &self.state_weights,
            ))
            .and(Entry::vector("v", Axis::State, &self.v))
            .and(Entry::vector("gradient", Axis::Parameter, &self.gradient))
            .and(Entry::list("critics", critics.collect()))
    }

    fn csv(&self, rows: &mut csv::CsvRows) -> io::Result<()> {
        LAYOUT.write(&self.head, &self.entries(), rows)
    }

    fn bounds(&self) -> Option<&Bounds> {
        None
    }
}

/// The rows of its table.
const LAYOUT: CsvLayout = CsvLayout {
    columns: &["critic", "state", "action", "parameter"],
    lines: &[
        CsvLine::Of("v", "v"),
        CsvLine::Of("state_weights", "state_weight"),
        CsvLine::Of("policy/probabilities", "probability"),
        CsvLine::Of("gradient", "gradient"),
        CsvLine::Each(
            "critics",
            "critic",
            "name",
            &[
                CsvLine::Of("weights", "weight"),
                CsvLine::Of("v", "v"),
                CsvLine::Of("error", "error"),
                CsvLine::Of("error_bound", "error_bound"),
                CsvLine::Of("gradient", "gradient"),
                CsvLine::Of("gradient_error", "gradient_error"),
                CsvLine::Of("cosine", "cosine"),
                CsvLine::Of("rounding/weights", "weight_rounding"),
                CsvLine::Of("rounding/v", "v_rounding"),
                CsvLine::Of("rounding/error", "error_rounding"),
                CsvLine::Of("rounding/gradient", "gradient_rounding"),
                CsvLine::Of("rounding/gradient_error", "gradient_error_rounding"),
                CsvLine::Of("rounding/cosine", "cosine_rounding"),
            ],
        ),
    ],
};
