//! `policy:` in a model file, and policy files: the block → a [`Specification`].

mod block;
mod by_time;
mod controller;
mod distributions;
mod error;
mod features;
mod gaussian;
mod keys;
mod order;
mod report;
mod table;

pub(crate) use block::{check, specification};
pub(crate) use by_time::may_be_in_time;
pub(super) use by_time::rules;
pub(crate) use controller::{is_by_seen, nodes_of, nodes_of_block};
pub use error::PolicyFileError;
pub(super) use order::{by_order, other_order};
pub(super) use report::found;
