//! Studies: what a user asks about a model, one request and one function for each.
//!
//! The command line, a program and a report ask the same functions, so that they say the same
//! numbers to the last bit. A request holds what the user chose, in the user's terms ([`Setting`]:
//! over which [`Numbers`], of which [`PolicyName`]); the function answers with a report of
//! [`crate::report`], or with an [`StudyError`] whose mend each front end words in its own way.
//! What should be known beside the answer is data too ([`Note`]), told to a [`Listener`], who also
//! hears how far the work is and may end it.
//!
//! ```
//! use exact_mdp::model::Model;
//! use exact_mdp::study::{EvaluateRequest, Notes, Numbers, evaluate};
//!
//! let model = Model::load("mdps/two-state.yaml")?;
//! let notes = Notes::default();
//! let mut request = EvaluateRequest::default();
//! request.setting.numbers = Numbers::Exact;
//! request.setting.policy = "uniform".parse()?;
//! let report = evaluate(&model, &request, &notes)?;
//! assert_eq!(report.v.len(), model.space().states());
//! assert!(notes.taken().is_empty());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod alike;
mod ascend;
mod between;
mod chain;
mod check;
mod compare;
mod cone;
mod constrained;
mod continuous;
mod cost;
mod critics;
mod discounts;
mod error;
mod estimators;
mod evaluate;
mod gradient;
mod in_time;
mod judge;
mod listener;
mod lump;
mod note;
mod numbers;
mod pareto;
mod players;
mod policy_name;
mod ranges;
mod reference;
mod restarts;
mod resume;
mod returns;
mod rewards;
mod robust;
mod rounding;
mod route_name;
mod routes;
mod sensitive;
mod setting;
mod shaping;
mod shards;
mod soft;
mod solve;
mod step;
mod sweep;
#[cfg(test)]
mod tests;
mod thetas;
mod vanished;
mod zeros;

pub use ascend::{AscendRequest, Ascended, ascend};
pub use between::{BetweenRequest, between};
pub use chain::{ChainRequest, chain};
pub use check::check;
pub use compare::{CompareRequest, compare};
pub use cone::{ConeRequest, cone};
pub use constrained::{ConstrainedRequest, ConstraintOn, constrained};
pub use continuous::{ContinuousRequest, continuous};
pub use cost::theorems_affordable;
pub use critics::{CriticsRequest, FeatureRows, critics};
pub use discounts::discounts;
pub use error::StudyError;
pub use estimators::{CriticName, Estimation, StateFunction};
pub use evaluate::{EvaluateRequest, evaluate};
pub use gradient::{GradientRequest, gradient};
pub use judge::{Findings, JudgeRequest, Judged, judge};
pub use listener::{Doing, Listener, Notes, Work};
pub use lump::{Agreement, Lumped, lump};
pub use note::Note;
pub use numbers::Numbers;
pub use pareto::{ParetoRequest, pareto};
pub use players::{PlayersRequest, players};
pub use policy_name::PolicyName;
pub use reference::{FIXTURE_STEPS, ReferenceRequest, reference};
pub use resume::Earlier;
pub use rewards::{RewardsRequest, rewards};
pub use robust::{RobustRequest, robust};
pub use route_name::RouteName;
pub use sensitive::sensitive;
pub use setting::Setting;
pub use shaping::{ShapingRequest, shaping};
pub use shards::{compare_blocks, compare_merged};
pub use solve::{SolveRequest, solve};
pub use step::{StepRequest, step};
pub use sweep::{SweepError, SweepRequest, Sweepable, sweep};
pub use thetas::{Thetas, thetas};
