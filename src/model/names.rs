//! Names of states and actions: listed or numbered, looked up, and guessed when misspelt.

use std::collections::HashMap;

use super::document::{Node, NodeKind};
use super::error::{DidYouMean, Found, ModelError, NameList, NameOf, Suggestion};
use super::errors::Problems;
use crate::mdp::Names;

/// Longest name, in characters: YAML allows keys of 1024 bytes, escapes included.
pub(super) const LONGEST: usize = 128;

/// The names of a model and their positions.
pub(super) struct Index<'d> {
    of: NameOf,
    lookup: Lookup<'d>,
}

enum Lookup<'d> {
    Numbered(usize),
    Listed {
        names: Vec<&'d str>,
        position: HashMap<&'d str, u32>,
    },
}

impl<'d> Index<'d> {
    /// The names under `states` or `actions`: a list of names, or a number n for "0" … "n − 1".
    ///
    /// `nodes`, those of the file, bound n: memory stays in proportion.
    pub(super) fn read(
        of: NameOf,
        node: Node<'d>,
        nodes: usize,
        problems: &mut Problems,
    ) -> Option<Index<'d>> {
        let lookup = match node.kind() {
            NodeKind::Sequence => listed(of, node, problems)?,
            NodeKind::Scalar => Lookup::Numbered(number_of_names(of, node, nodes, problems)?),
            _ => {
                problems.push(ModelError::WrongType {
                    path: of.key().into(),
                    expected: "a list of names, or how many there are",
                    found: found(node),
                    at: node.place(),
                });
                return None;
            }
        };
        let index = Index { of, lookup };
        if index.len() == 0 {
            let at = node.place();
            problems.push(ModelError::NoNames { of, at });
            return None;
        }
        Some(index)
    }

    pub(super) fn of_names(of: NameOf, names: &'d Names) -> Index<'d> {
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

    pub(super) fn len(&self) -> usize {
        match &self.lookup {
            Lookup::Numbered(n) => *n,
            Lookup::Listed { names, .. } => names.len(),
        }
    }

    pub(super) fn names(&self) -> Names {
        match &self.lookup {
            Lookup::Numbered(n) => Names::Numbered(*n),
            Lookup::Listed { names, .. } => {
                Names::Listed(names.iter().map(|name| name.to_string()).collect())
            }
        }
    }

    pub(super) fn name(&self, position: u32) -> String {
        match &self.lookup {
            Lookup::Numbered(_) => position.to_string(),
            Lookup::Listed { names, .. } => names[position as usize].to_string(),
        }
    }

    /// The position of a name, without a word where there is none.
    pub(super) fn get(&self, name: &str) -> Option<u32> {
        match &self.lookup {
            Lookup::Numbered(n) => {
                let canonical = name == "0" || !name.starts_with(['0', '+']);
                let position: u32 = name.parse().ok()?;
                (canonical && (position as usize) < *n).then_some(position)
            }
            Lookup::Listed { position, .. } => position.get(name).copied(),
        }
    }

    /// The position of the name that a node holds; an error where there is none.
    pub(super) fn find(&self, node: Node<'_>, path: &str, problems: &mut Problems) -> Option<u32> {
        if node.kind() != NodeKind::Scalar {
            problems.push(ModelError::WrongType {
                path: path.into(),
                expected: match self.of {
                    NameOf::State => "the name of a state",
                    NameOf::Action => "the name of an action",
                },
                found: found(node),
                at: node.place(),
            });
            return None;
        }
        let position = self.get(node.text());
        if position.is_none() {
            problems.push_with(|| ModelError::UnknownName {
                of: self.of,
                found: node.text().into(),
                help: self.suggest(node.text()),
                at: node.place(),
            });
        }
        position
    }

    /// The mend for a name that is none of these.
    pub(super) fn suggest(&self, name: &str) -> Suggestion {
        match &self.lookup {
            Lookup::Numbered(n) => Suggestion::Numbers(*n - 1),
            Lookup::Listed { names, .. } => suggest(name, names),
        }
    }
}

fn listed<'d>(of: NameOf, node: Node<'d>, problems: &mut Problems) -> Option<Lookup<'d>> {
    let before = problems.count();
    let mut names = Vec::new();
    let mut position: HashMap<&str, u32> = HashMap::new();
    for item in node.items() {
        let (name, at) = (item.text(), item.place());
        let fits = (1..=LONGEST).contains(&name.chars().count());
        if item.kind() != NodeKind::Scalar || !fits || name.contains(char::is_control) {
            problems.push(ModelError::BadName {
                of,
                found: match item.kind() {
                    NodeKind::Scalar => name.into(),
                    _ => found(item).to_string(),
                },
                at,
            });
        } else if let Some(&first) = position.get(name) {
            let first = node.items().nth(first as usize);
            problems.push(ModelError::RepeatedName {
                of,
                name: name.into(),
                at,
                first: first.map_or(at, |first| first.place()),
            });
        } else {
            position.insert(name, names.len() as u32);
        }
        names.push(name);
    }
    (problems.count() == before).then_some(Lookup::Listed { names, position })
}

fn number_of_names(
    of: NameOf,
    node: Node<'_>,
    nodes: usize,
    problems: &mut Problems,
) -> Option<usize> {
    let text = node.text();
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        problems.push(ModelError::WrongType {
            path: of.key().into(),
            expected: "a list of names, or how many there are",
            found: found(node),
            at: node.place(),
        });
        return None;
    }
    let number = text.parse::<usize>().ok().filter(|n| *n <= nodes);
    if number.is_none() {
        problems.push(ModelError::TooManyNames {
            of,
            found: text.into(),
            nodes,
            at: node.place(),
        });
    }
    number
}

/// The nearest of some words, if one is near and shares a letter, or else all of them.
pub(super) fn suggest(word: &str, words: &[&str]) -> Suggestion {
    match nearest(word, words) {
        Some(nearest) => Suggestion::Nearest(nearest),
        None => Suggestion::OneOf(NameList::of(words.iter().copied())),
    }
}

/// The nearest of some words, if one is near: a third of its letters may be wrong.
pub(crate) fn nearest(word: &str, words: &[&str]) -> Option<DidYouMean> {
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

/// What a node is, for a message.
pub(super) fn found(node: Node<'_>) -> Found {
    match node.kind() {
        NodeKind::Nothing => Found::Nothing,
        NodeKind::Scalar => Found::Scalar(node.text().into()),
        NodeKind::Sequence => Found::Sequence {
            empty: node.items().next().is_none(),
        },
        NodeKind::Mapping => Found::Mapping {
            empty: node.entries().next().is_none(),
        },
    }
}
