//! Names of states and actions: listed or numbered, looked up, and guessed when misspelt.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::error::{DidYouMean, NameList, NameOf, Suggestion};
use crate::mdp::Names;

/// Longest name, in characters: YAML allows keys of 1024 bytes, escapes included; a choice.
pub(crate) const LONGEST: usize = 128;

/// The names of a model and their positions.
pub(crate) struct Index<'d> {
    pub(crate) of: NameOf,
    pub(crate) lookup: Lookup<'d>,
}

pub(crate) enum Lookup<'d> {
    Numbered(usize),
    Listed {
        names: Vec<&'d str>,
        position: HashMap<&'d str, u32, RandomState>,
    },
}

impl<'d> Index<'d> {
    pub(crate) fn of_names(of: NameOf, names: &'d Names) -> Index<'d> {
        let lookup = match names {
            Names::Numbered(n) => Lookup::Numbered(*n),
            Names::Listed(names) => {
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                let positions = names.iter().zip(0..).map(|(name, i)| (*name, i));
                let position = positions.collect();
                Lookup::Listed { names, position }
            }
        };
        Index { of, lookup }
    }

    pub(crate) fn len(&self) -> usize {
        match &self.lookup {
            Lookup::Numbered(n) => *n,
            Lookup::Listed { names, .. } => names.len(),
        }
    }

    pub(crate) fn names(&self) -> Names {
        match &self.lookup {
            Lookup::Numbered(n) => Names::Numbered(*n),
            Lookup::Listed { names, .. } => {
                Names::Listed(names.iter().map(|name| name.to_string()).collect())
            }
        }
    }

    pub(crate) fn name(&self, position: u32) -> String {
        match &self.lookup {
            Lookup::Numbered(_) => position.to_string(),
            Lookup::Listed { names, .. } => names[position as usize].to_string(),
        }
    }

    /// The position of a name, without a word where there is none.
    pub(crate) fn get(&self, name: &str) -> Option<u32> {
        match &self.lookup {
            Lookup::Numbered(n) => {
                let canonical = name == "0" || !name.starts_with(['0', '+']);
                let position: u32 = name.parse().ok()?;
                (canonical && (position as usize) < *n).then_some(position)
            }
            Lookup::Listed { position, .. } => position.get(name).copied(),
        }
    }

    /// The mend for a name that is none of these.
    pub(crate) fn suggest(&self, name: &str) -> Suggestion {
        match &self.lookup {
            Lookup::Numbered(n) => Suggestion::Numbers(*n - 1),
            Lookup::Listed { names, .. } => suggest(name, names),
        }
    }
}

/// The nearest of some words, if one is near and shares a letter, or else all of them.
pub(crate) fn suggest(word: &str, words: &[&str]) -> Suggestion {
    match nearest(word, words) {
        Some(nearest) => Suggestion::Nearest(nearest),
        None => Suggestion::OneOf(NameList::of(words.iter().copied())),
    }
}

/// The nearest of some words, if one is near: a third of its letters may be wrong.
pub fn nearest(word: &str, words: &[&str]) -> Option<DidYouMean> {
    let length = word.chars().count();
    let allowed = (length / 3).max(1);
    let near = words
        .iter()
        .filter(|other| length <= LONGEST && other.chars().count().abs_diff(length) <= allowed);
    let distance =
        |other: &&&str| strsim::osa_distance(&word.to_lowercase(), &other.to_lowercase());
    near.map(|other| (distance(&other), *other))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, _)| *distance <= allowed && *distance < length)
        .map(|(_, nearest)| DidYouMean(nearest.to_string()))
}

/// Whether a model may use this as a name.
pub(crate) fn is_name(name: &str) -> bool {
    (1..=LONGEST).contains(&name.chars().count()) && !name.contains(char::is_control)
}
