//! `policy:` in a model file, and policy files: the block → a [`Specification`].

mod block;
mod error;
mod table;

pub(super) use block::{check, specification};
pub use error::PolicyFileError;
