//! What is wrong with an archive, and what is not read.

use crate::exchange::ExchangeError;
use crate::model::error::ModelError;

/// What is wrong with a part of the archive.
pub(super) fn wrong(part: &str, problem: impl Into<String>) -> ModelError {
    ModelError::from(ExchangeError::Part {
        part: part.into(),
        problem: problem.into(),
    })
}

/// What is not read.
pub(super) fn unsupported(what: &'static str) -> ModelError {
    ModelError::from(ExchangeError::Unsupported {
        what,
        help: "discrete time, one player, probabilities as doubles or fractions or intervals of those are read".into(),
        at: None,
    })
}
