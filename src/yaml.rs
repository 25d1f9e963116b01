//! Model files and policy files in YAML: the format of `docs/format.md`, read and written.
//!
//! ```
//! use exact_mdp::model::Model;
//! use exact_mdp::yaml::Style;
//!
//! let text = "
//! discount: 9/10
//! states: [here, there]
//! actions: [stay, go]
//! initial: here
//! transitions:
//!   here: {stay: here, go: {there: 2/3, here: 1/3}}
//!   there: {stay: there, go: here}
//! rewards: {there: {stay: 1}}
//! ";
//! let model = Model::parse("mine", text)?;
//! // what is written reads back as the same model, to the last fraction
//! let again = Model::parse("mine", &model.write(Style::Rows))?;
//! assert_eq!(again.write(Style::Nested), model.write(Style::Nested));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod axes;
pub(crate) mod check;
mod criterion;
pub(crate) mod document;
mod dynamics;
mod error;
mod formula;
mod garnet;
mod grid;
mod gymnasium;
mod initial;
mod intervals;
mod lane;
mod layout;
pub(crate) mod names;
mod needs;
mod observations;
mod players;
mod policy;
pub(crate) mod read;
mod schema;
pub(crate) mod state_features;
pub(crate) mod state_function;
mod transitions;
mod write;

pub use error::{DynamicsError, ObservationsError, PlayersError, YamlError};
pub use grid::GridError;
pub use policy::PolicyFileError;
pub use schema::json_schema;
pub use write::Style;
