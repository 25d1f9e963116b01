//! Names of states and actions in a document: listed or counted, and looked up.

use super::YamlError;
use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::document::{Node, NodeKind};
use crate::model::error::{DraftError, Found, NameOf};
use crate::model::errors::Problems;
use crate::model::names::{Index, LONGEST, Lookup};

impl<'d> Index<'d> {
    /// The names under `states` or `actions`: a list of names, or a number n for "0" … "n − 1".
    ///
    /// `nodes`, those of the file, bound n: memory stays in proportion.
    pub(crate) fn read(
        of: NameOf,
        node: Node<'d>,
        nodes: usize,
        problems: &mut Problems,
    ) -> Option<Index<'d>> {
        let lookup = match node.kind() {
            NodeKind::Sequence => listed(of, node, problems)?,
            NodeKind::Scalar => Lookup::Numbered(number_of_names(of, node, nodes, problems)?),
            _ => {
                problems.push(no_names(of, node));
                return None;
            }
        };
        let index = Index { of, lookup };
        if index.len() == 0 {
            let at = node.place();
            problems.push(DraftError::NoNames { of }.at(at));
            return None;
        }
        Some(index)
    }

    /// The position of the name that a node holds; an error where there is none.
    pub(crate) fn find(&self, node: Node<'_>, path: &str, problems: &mut Problems) -> Option<u32> {
        if node.kind() != NodeKind::Scalar {
            problems.push(YamlError::WrongType {
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
            problems.push_with(|| {
                DraftError::UnknownName {
                    of: self.of,
                    found: node.text().into(),
                    help: self.suggest(node.text()),
                }
                .at(node.place())
            });
        }
        position
    }
}

fn listed<'d>(of: NameOf, node: Node<'d>, problems: &mut Problems) -> Option<Lookup<'d>> {
    let before = problems.count();
    let mut names = Vec::new();
    let mut position: HashMap<&str, u32, RandomState> = HashMap::default();
    for item in node.items() {
        let (name, at) = (item.text(), item.place());
        let fits = (1..=LONGEST).contains(&name.chars().count());
        if item.kind() != NodeKind::Scalar || !fits || name.contains(char::is_control) {
            problems.push(
                DraftError::BadName {
                    of,
                    found: match item.kind() {
                        NodeKind::Scalar => name.into(),
                        _ => found(item).to_string(),
                    },
                }
                .at(at),
            );
        } else if let Some(&first) = position.get(name) {
            let first = node.items().nth(first as usize);
            problems.push(YamlError::RepeatedName {
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

/// The error of what is neither names nor their number.
fn no_names(of: NameOf, node: Node<'_>) -> YamlError {
    YamlError::WrongType {
        path: of.key().into(),
        expected: "a list of names, or how many there are",
        found: found(node),
        at: node.place(),
    }
}

fn number_of_names(
    of: NameOf,
    node: Node<'_>,
    nodes: usize,
    problems: &mut Problems,
) -> Option<usize> {
    let text = node.text();
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        problems.push(no_names(of, node));
        return None;
    }
    let number = text.parse::<usize>().ok().filter(|n| *n <= nodes);
    if number.is_none() {
        problems.push(YamlError::TooManyNames {
            of,
            found: text.into(),
            nodes,
            at: node.place(),
        });
    }
    number
}

/// What a node is, for a message.
pub(crate) fn found(node: Node<'_>) -> Found {
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
