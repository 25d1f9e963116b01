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
mod quantity;
mod reference;
mod returns;
mod rewards;
mod robust;
mod sensitive;
mod shaping;
mod step;
pub mod summary;
pub(crate) mod sweep;
pub mod yaml;

pub use ascent::{AscentReport, Drift, Repeats, Restart, RunReport};
pub use between::{BetweenReport, LineReport};
pub use bounds::{Bounds, Summary};
pub use chain::{ChainReport, ClassReport, DenseReport, PassageReport};
pub(crate) use chain::{optional, rows_of};
pub use check::{CheckReport, CheckedFile, Contents, Sizes};
pub use comparison::{ComparisonReport, judgment};
pub use cone::{ConeDistance, ConeReport, ToCone};
pub use constrained::{ConstrainedReport, ConstraintReport};
pub use continuous::{
    ApproachReport, ContinuousReport, LimitReport, MinimumReport, MovedLaw, SquashingReport,
};
pub use criterion::CriterionReport;
pub use critics::{CriticReport, CriticRounding, CriticsReport};
pub use discounts::{DiscountsReport, StretchReport};
pub use evaluation::{Distributed, EvaluationReport, SolverReport};
pub use gradient::{
    ClippedReport, EntropyReport, EvolutionReport, ExcursionReport, GradientReport, KnownRounding,
    RiskReport, RouteReport, SensitivityReport, SurrogateReport, Variable,
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
pub use quantity::Quantity;
pub use reference::{DynamicsReport, LawReport, ReferenceReport};
pub use returns::{DistributionReport, ReturnReport};
pub use rewards::{CombinationReport, RewardReport, RewardsReport};
pub use robust::{GainReport, NatureReport, RobustReport};
pub use sensitive::SensitiveReport;
pub use shaping::{ShapedValues, ShapingReport};
pub use step::{CrossingReport, EstimateStepReport, ParameterBaseline, PromiseReport, StepsReport};
pub use sweep::{SweepReport, Swept, SweptNumber};

use std::io;

use self::entries::Entries;

/// A result that can leave the program: named arrays, from which its written forms follow.
///
/// ```
/// use exact_mdp::model::Model;
/// use exact_mdp::report::{Report, json};
/// use exact_mdp::study::{EvaluateRequest, Notes, evaluate};
///
/// let model = Model::load("mdps/two-state.yaml")?;
/// let report = evaluate(&model, &EvaluateRequest::default(), &Notes::default())?;
/// let mut text = Vec::new();
/// json::write(&report.entries(), &mut text)?;
/// assert!(String::from_utf8(text)?.starts_with("{\n  \"model\": \"two-state\""));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Report {
    /// All of it, in the order of JSON.
    fn entries(&self) -> Entries<'_>;

    /// One long table, a quantity's entry per row.
    fn csv(&self, rows: &mut csv::CsvRows) -> io::Result<()>;

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
