//! Results as serialisable structs, one per command, with exactly the names that other programs
//! rely on.
//!
//! A [`Report`] is a list of named arrays with axes ([`entries`]), from which JSON ([`json`]), YAML
//! ([`yaml`]) and NumPy's archive ([`npz`]) follow, and a tidy CSV table by a layout ([`csv`]). Every
//! report begins with the same [`Head`].

mod ascent;
mod between;
mod bounds;
mod chain;
mod check;
mod comparison;
mod cone;
mod constrained;
mod continuous;
mod criterion;
mod critics;
pub mod csv;
mod discounts;
pub mod entries;
mod evaluation;
mod gradient;
mod head;
mod iterates;

pub mod json;
mod judge;
mod matrix;
pub mod npz;
mod optimum;
mod pareto;
mod players;
mod quantities;
mod reference;
mod returns;
mod rewards;
mod robust;
mod sensitive;
mod shaping;
mod step;
pub mod summary;
pub mod yaml;

pub use ascent::{AscentReport, Drift, Repeats, Restart, RunReport};
pub use between::{BetweenReport, LineReport};
pub use bounds::{Bounds, Summary};
pub use chain::{ChainReport, ClassReport, DenseReport, PassageReport};
pub(crate) use chain::{optional, rows_of};
pub use check::{CheckReport, Checked, Contents, Sizes};
pub use comparison::{ComparisonReport, judgment};
pub use cone::{ConeDistance, ConeReport, ToCone};
pub use constrained::{BoundReport, ConstrainedReport};
pub use continuous::{
    ApproachReport, ContinuousReport, LimitReport, MinimumReport, MovedLaw, SquashingReport,
};
pub use criterion::CriterionReport;
pub use critics::{CriticReport, CriticsReport};
pub use discounts::{DiscountsReport, StretchReport};
pub use evaluation::{Distributed, EvaluationReport, SolverReport};
pub use gradient::{
    ClippedReport, EntropyReport, EvolutionReport, ExcursionReport, GradientReport, RiskReport,
    RouteReport, SensitivityReport, SurrogateReport, Variable,
};
pub use head::{Head, PlayerReport, PolicyReport};
pub use iterates::IteratesReport;
pub use judge::{
    DiagnosisReport, EstimateReport, FormReport, FormulaReport, HeldReport, JudgeReport,
    MistakeList, SampleReport, TrajectoryReport,
};
pub use matrix::{Matrix, rows};
pub use optimum::{DualReport, OptimumReport};
pub use pareto::{CornerReport, ParetoReport};
pub use players::{ClimbReport, GameJacobian, GameReport, OwnLaw, PlayerResult, SaddleReport};
pub use quantities::Quantities;
pub use reference::{Dynamics, LawReport, ReferenceReport};
pub use returns::{DistributionReport, ReturnReport};
pub use rewards::{CombinationReport, RewardReport, RewardsReport};
pub use robust::{GainReport, NatureReport, RobustReport};
pub use sensitive::SensitiveReport;
pub use shaping::{ShapedValues, ShapingReport};
pub use step::{CrossingReport, ParameterBaseline, PromiseReport, StepReport, StepsReport};

use std::io;

use serde::{Serialize, Serializer};

use self::entries::Entries;
use crate::linalg::Solvable;
use crate::number::{Number, Rational};

/// A result that can leave the program: named arrays, from which its written forms follow.
pub trait Report {
    /// All of it, in the order of JSON.
    fn entries(&self) -> Entries<'_>;

    /// One long table, a quantity's entry per row.
    fn csv(&self, rows: &mut csv::Rows) -> io::Result<()>;

    /// What NumPy's archive holds.
    fn arrays(&self) -> Entries<'_> {
        self.entries()
    }

    /// The bounds on the errors of its numbers, if they are certified.
    fn bounds(&self) -> Option<&Bounds> {
        None
    }

    /// JUnit XML for a CI system, if the report consists of checks.
    fn junit(&self) -> Option<String> {
        None
    }
}

/// One number of a report.
#[derive(Clone, Debug, PartialEq)]
pub enum Quantity {
    /// There is no such number: `null` in JSON, an empty cell in CSV.
    Undefined,
    /// A finite number, written so that reading it back gives the same `f64`.
    Float(f64),
    /// A finite number with a proven bound on its error, written like any other; the bounds of a
    /// report stand apart, in its [`Bounds`].
    Certified {
        /// The number.
        value: f64,
        /// The true one is no further from it; infinite where nothing is known.
        bound: f64,
    },
    /// An exact fraction: the string `"p/q"` in lowest terms, an integer `"p"`.
    Exact(Box<Rational>),
}

impl Quantity {
    /// A number of any field: a fraction where the field is exact, else its floating-point part,
    /// with a bound on its error where the field has one.
    pub fn of<F: Solvable>(x: &F) -> Quantity {
        if let Some((value, bound)) = x.certified().filter(|(value, _)| value.is_finite()) {
            let value = value + 0.0;
            return Quantity::Certified { value, bound };
        }
        if F::EXACT
            && let Some(exact) = x.to_number()
        {
            return Quantity::Exact(Box::new(exact.to_rational()));
        }
        Quantity::from(x.to_f64())
    }

    /// The size of an error, in the kind of number that the field's other results are.
    pub fn error_of<F: Solvable>(size: f64) -> Quantity {
        match Number::from_f64(size) {
            Some(exact) if F::EXACT => Quantity::Exact(Box::new(exact.to_rational())),
            _ => Quantity::from(size),
        }
    }

    /// The nearest `f64`, if there is a number.
    pub fn value(&self) -> Option<f64> {
        match self {
            Quantity::Undefined => None,
            Quantity::Float(x) | Quantity::Certified { value: x, .. } => Some(*x),
            Quantity::Exact(x) => Some(x.to_f64().value()),
        }
    }

    /// The bound on the error of a certified number, if it is finite.
    pub fn bound(&self) -> Option<f64> {
        match self {
            Quantity::Certified { bound, .. } => Some(*bound).filter(|bound| bound.is_finite()),
            _ => None,
        }
    }

    /// All entries of a vector.
    pub fn all<F: Solvable>(values: &[F]) -> Vec<Quantity> {
        values.iter().map(Quantity::of).collect()
    }

    /// All entries of a matrix, row by row.
    pub fn matrix<F: Solvable>(rows: &[Vec<F>]) -> Vec<Vec<Quantity>> {
        rows.iter().map(|row| Quantity::all(row)).collect()
    }

    /// All entries of a vector but those at which `undefined` holds.
    pub fn all_but<F: Solvable>(values: &[F], undefined: impl Fn(usize) -> bool) -> Vec<Quantity> {
        let entries = values.iter().enumerate();
        entries
            .map(|(i, x)| {
                if undefined(i) {
                    Quantity::Undefined
                } else {
                    Quantity::of(x)
                }
            })
            .collect()
    }
}

impl From<f64> for Quantity {
    /// What is not finite is no answer: it is undefined.
    fn from(x: f64) -> Quantity {
        if x.is_finite() {
            // −0 is written as 0
            Quantity::Float(x + 0.0)
        } else {
            Quantity::Undefined
        }
    }
}

impl Serialize for Quantity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Quantity::Undefined => serializer.serialize_none(),
            Quantity::Float(x) | Quantity::Certified { value: x, .. } => {
                serializer.serialize_f64(*x)
            }
            Quantity::Exact(x) => serializer.collect_str(x),
        }
    }
}
