//! The numbers of a large file, cut from its text so that the document stays small.

use crate::yaml::document::Node;
use crate::yaml::gymnasium::Quick as Dictionary;
use crate::yaml::lane::{Nested, Rows};

/// The numbers of a large file, cut from its text.
pub(super) enum Cut<'t> {
    Rows(Rows<'t>),
    Nested(Nested<'t>),
    Dictionary(Dictionary<'t>),
}

impl Cut<'_> {
    /// The text without them.
    pub(super) fn rest(&self) -> &str {
        match self {
            Cut::Rows(rows) => &rows.rest,
            Cut::Nested(nested) => &nested.rest,
            Cut::Dictionary(dictionary) => &dictionary.rest,
        }
    }

    /// Whether what stands in their place is the value of a key of the model, and not part of a
    /// text or of braces.
    pub(super) fn is_at_its_place(&self, root: Node<'_>) -> bool {
        let keys = match self {
            Cut::Rows(rows) => std::slice::from_ref(&rows.key),
            Cut::Nested(nested) => &nested.keys,
            Cut::Dictionary(_) => return true,
        };
        let is_block = !self.rest()[root.place().offset()..].starts_with('{');
        let is_key = |at: &usize| root.entries().any(|(key, _)| key.place().offset() == *at);
        is_block && keys.iter().all(is_key)
    }

    pub(super) fn nodes(&self) -> usize {
        match self {
            Cut::Rows(rows) => rows.nodes(),
            Cut::Nested(nested) => nested.nodes(),
            Cut::Dictionary(_) => 0,
        }
    }
}
