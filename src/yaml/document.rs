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

use super::YamlError;
use std::collections::HashMap;

use granit_parser::{ErrorKind, Options, Parser, ScanError};
use miette::SourceSpan;

use crate::model::boundary;
use crate::model::error::TooLarge;
use builder::Builder;
use cells::Cells;

/// Most nested collections; a model needs five.
const MAX_DEPTH: usize = 64;

/// Most bytes that a label covers.
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

#[derive(Clone, Copy, PartialEq)]
struct Token {
    /// Byte range in the text; of a block collection, that of its beginning.
    start: u32,
    end: u32,
    shape: Shape,
}

#[derive(Clone, Copy, PartialEq)]
enum Shape {
    /// A plain scalar, its value as in the text.
    Plain,
    /// Nothing where a value could stand.
    Nothing,
    /// A quoted scalar, its value as in the text between the quotes.
    Quoted,
    /// A scalar whose value stands in `values`.
    Valued { quoted: bool, value: u32 },
    /// A list; the token after its last one.
    Sequence(u32),
    /// A mapping, keys and values in turn; the token after its last one.
    Mapping(u32),
    /// A flow collection of simple scalars, which [`Cells`] finds.
    Flat { mapping: bool },
}

impl Token {
    /// At least as many nodes as it stands for: a flat collection has a cell in two bytes at most.
    fn most_nodes(&self) -> usize {
        match self.shape {
            Shape::Flat { .. } => 1 + (self.end - self.start) as usize / 2,
            _ => 1,
        }
    }
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
    /// Reads the one document of a text.
    ///
    /// Errs at the first fault of the syntax; duplicate keys, which leave the rest readable, are
    /// returned beside the document.
    pub(crate) fn parse(text: &'t str) -> Result<(Document<'t>, Vec<YamlError>), YamlError> {
        if u32::try_from(text.len()).is_err() {
            return Err(TooLarge { bytes: text.len() }.into());
        }
        let mut builder = Builder::new(text);
        let mut options = Options::default();
        options.flow_nesting_limit = MAX_DEPTH;
        options.block_nesting_limit = MAX_DEPTH;
        for event in Parser::new_from_str_with_options(text, options) {
            let (event, span) = event.map_err(|error| syntax(text, &error))?;
            builder.take(event, &span)?;
        }
        let document = builder.document;
        match document.tokens.first().map(|token| token.shape) {
            None | Some(Shape::Nothing) => Err(YamlError::Empty),
            Some(_) => {
                let duplicates = document.duplicate_keys();
                Ok((document, duplicates))
            }
        }
    }

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

fn syntax(text: &str, error: &ScanError) -> YamlError {
    let marker = error.marker();
    let by_characters = || text.char_indices().nth(marker.index()).map(|(at, _)| at);
    let offset = marker.byte_offset().or_else(by_characters);
    let offset = boundary(text, offset.unwrap_or(text.len()));
    let length = text[offset..].chars().next().map_or(0, char::len_utf8);
    let at = (offset, length).into();
    match error.kind() {
        ErrorKind::RecursionLimitExceeded => YamlError::TooDeep {
            limit: MAX_DEPTH,
            at,
        },
        kind => YamlError::Syntax {
            help: cause(kind),
            problem: error.info(),
            at,
        },
    }
}

/// What is often behind a fault of the syntax.
fn cause(kind: &ErrorKind) -> Option<&'static str> {
    match kind {
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabAtBlockScalarStart
        | ErrorKind::TabInPlainScalar => Some("indent with spaces, not with tabs"),
        ErrorKind::InvalidColonPlacement
        | ErrorKind::ExpectedFlowMappingSeparator
        | ErrorKind::ExpectedFlowSequenceSeparator
        | ErrorKind::UnclosedFlowCollection { .. }
        | ErrorKind::InvalidFlowScalarIndent => {
            Some("is a bracket, a brace or a quote left open before this place?")
        }
        ErrorKind::InvalidIndentation
        | ErrorKind::MappingValueNotAllowed
        | ErrorKind::ExpectedBlockMappingKey
        | ErrorKind::SimpleKeyExpected
        | ErrorKind::InvalidSimpleKey => {
            Some("the keys of one mapping begin in the same column, each with `: ` behind it")
        }
        ErrorKind::UnknownAnchor => Some("an alias `*name` repeats what is marked `&name` before"),
        _ => None,
    }
}
