//! The files of a model, and their lines.

use crate::exchange::text::Piece;
use crate::model::ModelErrors;
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
