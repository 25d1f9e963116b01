//! A YAML document as written: a tree with a place in the text for every node.
//!
//! The tree is one flat list of tokens in the order of the text, sixteen bytes each, whose
//! scalars are slices of the text; a flow collection of simple scalars is one token ([`cells`]).
//! Keys may
//! be repeated and mean nothing here; [`super::check`] gives them their meaning. What YAML can
//! do beyond a model's needs (several documents, tags, mappings as keys, unlimited aliases) is
//! refused with its place.

mod builder;
mod cells;
mod token;

use super::YamlError;
use std::collections::HashMap;

use miette::SourceSpan;

use crate::model::boundary;
use cells::Cells;
use token::{Shape, Token};

/// Most bytes that a label covers; a choice.
const LABEL: usize = 100;

/// A document: its text and the tokens in it. Never empty.
pub(crate) struct Document<'t> {
    text: &'t str,
    tokens: Vec<Token>,
    /// Values of scalars that the text does not hold literally (escapes, folded lines).
    values: Vec<Box<str>>,
    /// How many nodes the tokens stand for.
    nodes: usize,
}

/// One node of a document.
#[derive(Clone, Copy)]
pub(crate) struct Node<'d> {
    document: &'d Document<'d>,
    index: u32,
    /// The token itself, of a scalar in a flat collection.
    cell: Option<Token>,
}

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NodeKind {
    Nothing,
    Scalar,
    Sequence,
    Mapping,
}

impl<'t> Document<'t> {
    /// The outermost node.
    pub(crate) fn root(&self) -> Node<'_> {
        self.node(0)
    }

    fn node(&self, index: u32) -> Node<'_> {
        Node {
            document: self,
            index,
            cell: None,
        }
    }

    /// Number of nodes: what a model may be in proportion to.
    pub(crate) fn nodes(&self) -> usize {
        self.nodes
    }

    fn duplicate_keys(&self) -> Vec<YamlError> {
        // keys that are held against each other one by one, 28 comparisons at the most
        const SMALL: usize = 8;
        let mut duplicates = Vec::new();
        let mut seen: HashMap<&str, Node<'_>> = HashMap::new();
        let mut small: Vec<Node<'_>> = Vec::with_capacity(SMALL);
        for index in 0..self.tokens.len() as u32 {
            let node = self.node(index);
            if node.kind() != NodeKind::Mapping {
                continue;
            }
            small.clear();
            if !seen.is_empty() {
                seen.clear();
            }
            for (key, _) in node.entries() {
                let first = if small.len() < SMALL {
                    let first = small
                        .iter()
                        .find(|other| other.text() == key.text())
                        .copied();
                    small.push(key);
                    first
                } else {
                    if seen.is_empty() {
                        seen.extend(small.iter().rev().map(|other| (other.text(), *other)));
                    }
                    seen.insert(key.text(), key)
                };
                if let Some(first) = first {
                    duplicates.push(YamlError::DuplicateKey {
                        key: key.text().into(),
                        at: key.place(),
                        first: first.place(),
                    });
                }
            }
        }
        duplicates
    }
}

impl<'d> Node<'d> {
    fn token(&self) -> Token {
        let stored = || self.document.tokens[self.index as usize];
        self.cell.unwrap_or_else(stored)
    }

    /// The scalars of a flat collection.
    fn cells(&self) -> Option<impl Iterator<Item = Node<'d>> + use<'d>> {
        let Node {
            document, index, ..
        } = *self;
        let Token { start, end, shape } = self.token();
        let Shape::Flat { mapping } = shape else {
            return None;
        };
        let cells = Cells::new(document.text, start, end, mapping);
        Some(cells.map(move |token| Node {
            document,
            index,
            cell: Some(token),
        }))
    }

    fn after(&self) -> u32 {
        match self.token().shape {
            Shape::Sequence(after) | Shape::Mapping(after) => after,
            _ => self.index + 1,
        }
    }

    pub(crate) fn kind(&self) -> NodeKind {
        match self.token().shape {
            Shape::Nothing => NodeKind::Nothing,
            Shape::Plain | Shape::Quoted | Shape::Valued { .. } => NodeKind::Scalar,
            Shape::Sequence(_) | Shape::Flat { mapping: false } => NodeKind::Sequence,
            Shape::Mapping(_) | Shape::Flat { mapping: true } => NodeKind::Mapping,
        }
    }

    /// Whether the scalar is plain: not in quotes, not a block of lines.
    pub(crate) fn is_plain(&self) -> bool {
        matches!(
            self.token().shape,
            Shape::Plain | Shape::Valued { quoted: false, .. }
        )
    }

    /// The value of a scalar; of a collection, nothing.
    pub(crate) fn text(&self) -> &'d str {
        let Token { start, end, shape } = self.token();
        match shape {
            Shape::Plain => &self.document.text[start as usize..end as usize],
            Shape::Quoted => &self.document.text[start as usize + 1..end as usize - 1],
            Shape::Valued { value, .. } => &self.document.values[value as usize],
            Shape::Nothing | Shape::Sequence(_) | Shape::Mapping(_) | Shape::Flat { .. } => "",
        }
    }

    /// Where the node stands in the text: as much of it as a message can point at, on one line.
    pub(crate) fn place(&self) -> SourceSpan {
        let Token { start, end, .. } = self.token();
        let text = &self.document.text[start as usize..end as usize];
        let text = &text[..boundary(text, LABEL)];
        let line = text.find(['\n', '\r']).unwrap_or(text.len());
        (start as usize, line).into()
    }

    /// The items of a list; of anything else none.
    pub(crate) fn items(&self) -> impl Iterator<Item = Node<'d>> + use<'d> {
        let end = match self.token().shape {
            Shape::Sequence(after) => after,
            _ => 0,
        };
        let is_list = self.kind() == NodeKind::Sequence;
        let cells = self.cells().filter(|_| is_list).into_iter().flatten();
        let document = self.document;
        let mut next = self.index + 1;
        cells.chain(std::iter::from_fn(move || {
            let node = (next < end).then(|| document.node(next))?;
            next = node.after();
            Some(node)
        }))
    }

    /// The keys and values of a mapping; of anything else none.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (Node<'d>, Node<'d>)> + use<'d> {
        let end = match self.token().shape {
            Shape::Mapping(after) => after,
            _ => 0,
        };
        let is_mapping = self.kind() == NodeKind::Mapping;
        let mut cells = self.cells().filter(|_| is_mapping).into_iter().flatten();
        let document = self.document;
        let mut next = self.index + 1;
        std::iter::from_fn(move || {
            if let Some(key) = cells.next() {
                return Some((key, cells.next()?));
            }
            let key = (next < end).then(|| document.node(next))?;
            let value = document.node(key.after());
            next = value.after();
            Some((key, value))
        })
    }
}
