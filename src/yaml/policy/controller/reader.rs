//! What the laws of a controller are read into, and the names of its nodes.

use crate::mdp::Sight;
use crate::model::Suggestion;
use crate::model::error::NameList;
use crate::model::errors::Problems;
use crate::policy::Design;
use crate::yaml::YamlError;
use crate::yaml::document::Node;
use crate::yaml::read::{KeyPath, whole};

/// Reads a number for each parameter of a controller.
pub(super) struct Reader<'a> {
    pub sight: &'a Sight,
    pub design: &'a Design,
    pub problems: &'a mut Problems,
}

impl Reader<'_> {
    /// The number of a node, if there is one of this name.
    pub(super) fn node(&self, name: Node<'_>) -> Option<u32> {
        let node = u32::try_from(whole(name)?).ok();
        node.filter(|node| *node < self.sight.nodes())
    }

    /// What to write in place of a node that there is not.
    pub(super) fn nodes_there_are(&self) -> Suggestion {
        Suggestion::OneOf(NameList::of((0..self.sight.nodes()).map(|n| n.to_string())))
    }

    /// An error for a name that there is not.
    pub(super) fn unknown(&mut self, name: Node<'_>, path: &KeyPath<'_>, help: Suggestion) {
        self.problems.push(YamlError::UnknownKey {
            found: name.text().into(),
            within: format!("`{path}`"),
            help,
            at: name.place(),
        });
    }
}
