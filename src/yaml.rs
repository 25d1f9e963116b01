//! Model files and policy files in YAML: the format of `docs/format.md`, read and written.

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
