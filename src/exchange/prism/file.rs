//! The files of a model, and their lines.

use std::collections::HashMap;
use std::hash::Hash;

use crate::exchange::text::Piece;
use crate::model::ModelErrors;
use crate::model::error::ModelError;
use crate::model::errors::Problems;

/// The endings of the files beside `.tra`.
pub(crate) const BESIDE: [&str; 4] = ["sta", "lab", "srew", "trew"];

/// A text and what messages call it.
pub(crate) struct File<'t> {
    pub source: String,
    pub text: &'t str,
}

impl<'t> File<'t> {
    /// Its text, as messages point into it.
    pub(super) fn piece(&self) -> Piece<'t> {
        Piece::whole(self.text)
    }

    /// Problems as errors of this file.
    pub(super) fn blame(&self, problems: impl Into<Problems>) -> ModelErrors {
        ModelErrors::new(&self.source, self.text, problems.into())
    }
}

/// The lines that say something.
pub(super) fn lines(text: Piece<'_>) -> impl Iterator<Item = Piece<'_>> {
    let says = |line: &Piece<'_>| !line.text.is_empty() && !line.text.starts_with('#');
    text.lines().filter(says)
}

/// The lines of a file of which each says something of another thing: of two of one thing nobody
/// has said which counts.
pub(super) struct Once<'t, K> {
    text: &'t str,
    seen: HashMap<K, Piece<'t>>,
}

impl<'t, K: Eq + Hash> Once<'t, K> {
    /// Of a whole file.
    pub(super) fn of(text: Piece<'t>) -> Once<'t, K> {
        Once {
            text: text.text,
            seen: HashMap::new(),
        }
    }

    /// Remembers the line that says something of `key`.
    ///
    /// # Errors
    /// Where another one has.
    pub(super) fn see(
        &mut self,
        line: Piece<'t>,
        key: K,
        what: impl FnOnce() -> String,
    ) -> Result<(), ModelError> {
        match self.seen.insert(key, line) {
            Some(first) => Err(line.twice(what(), first, self.text)),
            None => Ok(()),
        }
    }
}
