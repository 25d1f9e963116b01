//! Names of states, actions, players and what is seen.

use std::borrow::Cow;

/// Names of states or actions, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Names {
    /// "0", "1", …: nothing is stored but how many there are.
    Numbered(usize),
    /// As listed.
    Listed(Vec<String>),
}

impl Names {
    /// These names; they are not stored where they are "0", "1", ….
    pub(crate) fn listed(names: Vec<String>) -> Names {
        let mut numbered = names.iter().enumerate();
        if numbered.all(|(i, name)| *name == i.to_string()) {
            Names::Numbered(names.len())
        } else {
            Names::Listed(names)
        }
    }

    /// How many names there are.
    pub fn len(&self) -> usize {
        match self {
            Names::Numbered(n) => *n,
            Names::Listed(names) => names.len(),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The name at a position.
    pub fn get(&self, index: usize) -> Cow<'_, str> {
        match self {
            Names::Numbered(_) => Cow::Owned(index.to_string()),
            Names::Listed(names) => Cow::Borrowed(&names[index]),
        }
    }

    /// All names in order.
    pub fn iter(&self) -> impl Iterator<Item = Cow<'_, str>> {
        (0..self.len()).map(|index| self.get(index))
    }
}
