//! `policy:` in a model file, and policy files: the block → a [`Specification`].

mod block;
mod error;
mod report;
mod table;

pub(crate) use block::{check, specification};
pub use error::PolicyFileError;
pub(super) use report::found;
