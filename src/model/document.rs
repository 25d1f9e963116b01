//! A YAML document as written: a tree with a place in the text for every node.
//!
//! The tree is one flat list of tokens in the order of the text, sixteen bytes each, whose
//! scalars are slices of the text: fifty megabytes of rows cost a few times their size. Keys may
//! be repeated and mean nothing here; [`super::check`] gives them their meaning. What YAML can
//! do beyond a model's needs (several documents, tags, mappings as keys, unlimited aliases) is
//! refused with its place.

use std::collections::HashMap;

use granit_parser::{
    ErrorKind, Event, Options, Parser, ScalarStyle, ScanError, Span, StructureStyle,
};
use miette::SourceSpan;

use super::error::ModelError;
use super::source::boundary;

/// Most nested collections; a model needs five.
const MAX_DEPTH: usize = 64;

/// Most bytes that a label covers.
const LABEL: usize = 100;

/// A document: its text and the tokens in it. Never empty.
pub(super) struct Document<'t> {
    text: &'t str,
    tokens: Vec<Token>,
    /// Values of scalars that the text does not hold literally (escapes, folded lines).
    values: Vec<Box<str>>,
}

#[derive(Clone, Copy)]
struct Token {
    /// Byte range in the text; of a block collection, that of its beginning.
    start: u32,
    end: u32,
    shape: Shape,
}

#[derive(Clone, Copy)]
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
}

/// One node of a document.
#[derive(Clone, Copy)]
pub(super) struct Node<'d> {
    document: &'d Document<'d>,
    index: u32,
}

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NodeKind {
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
    pub(super) fn parse(text: &'t str) -> Result<(Document<'t>, Vec<ModelError>), ModelError> {
        if u32::try_from(text.len()).is_err() {
            return Err(ModelError::FileTooLarge { bytes: text.len() });
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
            None | Some(Shape::Nothing) => Err(ModelError::Empty),
            Some(_) => {
                let duplicates = document.duplicate_keys();
                Ok((document, duplicates))
            }
        }
    }

    /// The outermost node.
    pub(super) fn root(&self) -> Node<'_> {
        Node {
            document: self,
            index: 0,
        }
    }

    /// Number of nodes: what a model may be in proportion to.
    pub(super) fn nodes(&self) -> usize {
        self.tokens.len()
    }

    fn duplicate_keys(&self) -> Vec<ModelError> {
        const SMALL: usize = 8;
        let mut duplicates = Vec::new();
        let mut seen: HashMap<&str, Node<'_>> = HashMap::new();
        let mut small: Vec<Node<'_>> = Vec::with_capacity(SMALL);
        for index in 0..self.tokens.len() as u32 {
            let node = Node {
                document: self,
                index,
            };
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
                    duplicates.push(ModelError::DuplicateKey {
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
        self.document.tokens[self.index as usize]
    }

    fn after(&self) -> u32 {
        match self.token().shape {
            Shape::Sequence(after) | Shape::Mapping(after) => after,
            _ => self.index + 1,
        }
    }

    pub(super) fn kind(&self) -> NodeKind {
        match self.token().shape {
            Shape::Nothing => NodeKind::Nothing,
            Shape::Plain | Shape::Quoted | Shape::Valued { .. } => NodeKind::Scalar,
            Shape::Sequence(_) => NodeKind::Sequence,
            Shape::Mapping(_) => NodeKind::Mapping,
        }
    }

    /// Whether the scalar is plain: not in quotes, not a block of lines.
    pub(super) fn is_plain(&self) -> bool {
        matches!(
            self.token().shape,
            Shape::Plain | Shape::Valued { quoted: false, .. }
        )
    }

    /// The value of a scalar; of a collection, nothing.
    pub(super) fn text(&self) -> &'d str {
        let Token { start, end, shape } = self.token();
        match shape {
            Shape::Plain => &self.document.text[start as usize..end as usize],
            Shape::Quoted => &self.document.text[start as usize + 1..end as usize - 1],
            Shape::Valued { value, .. } => &self.document.values[value as usize],
            Shape::Nothing | Shape::Sequence(_) | Shape::Mapping(_) => "",
        }
    }

    /// Where the node stands in the text: as much of it as a message can point at, on one line.
    pub(super) fn place(&self) -> SourceSpan {
        let Token { start, end, .. } = self.token();
        let text = &self.document.text[start as usize..end as usize];
        let text = &text[..boundary(text, LABEL)];
        let line = text.find(['\n', '\r']).unwrap_or(text.len());
        (start as usize, line).into()
    }

    /// The items of a list; of anything else none.
    pub(super) fn items(&self) -> impl Iterator<Item = Node<'d>> + use<'d> {
        let end = match self.token().shape {
            Shape::Sequence(after) => after,
            _ => 0,
        };
        let document = self.document;
        let mut next = self.index + 1;
        std::iter::from_fn(move || {
            let node = (next < end).then_some(Node {
                document,
                index: next,
            })?;
            next = node.after();
            Some(node)
        })
    }

    /// The keys and values of a mapping; of anything else none.
    pub(super) fn entries(&self) -> impl Iterator<Item = (Node<'d>, Node<'d>)> + use<'d> {
        let end = match self.token().shape {
            Shape::Mapping(after) => after,
            _ => 0,
        };
        let document = self.document;
        let mut next = self.index + 1;
        std::iter::from_fn(move || {
            let key = (next < end).then_some(Node {
                document,
                index: next,
            })?;
            let value = Node {
                document,
                index: key.after(),
            };
            next = value.after();
            Some((key, value))
        })
    }
}

/// Turns the parser's events into tokens.
struct Builder<'t> {
    document: Document<'t>,
    documents: usize,
    /// Collections that are not closed yet.
    open: Vec<Open>,
    /// Token of each anchor, by the parser's number.
    anchors: HashMap<usize, u32>,
    /// Tokens that aliases may still copy.
    budget: usize,
}

struct Open {
    token: u32,
    mapping: bool,
    block: bool,
    children: usize,
}

impl<'t> Builder<'t> {
    fn new(text: &'t str) -> Builder<'t> {
        Builder {
            document: Document {
                text,
                tokens: Vec::new(),
                values: Vec::new(),
            },
            documents: 0,
            open: Vec::new(),
            anchors: HashMap::new(),
            budget: 1000 + text.len(),
        }
    }

    fn take(&mut self, event: Event<'t>, span: &Span) -> Result<(), ModelError> {
        let (start, end) = range(self.document.text, span);
        let at = SourceSpan::from((start as usize, (end - start) as usize));
        if let Some(tag) = event.tag() {
            let tag = tag.original();
            return Err(ModelError::Tag { tag, at });
        }
        match event {
            Event::DocumentStart(..) => {
                self.documents += 1;
                if self.documents > 1 {
                    return Err(ModelError::SeveralDocuments { at });
                }
            }
            Event::Scalar(value, style, anchor, _) => {
                let shape = self.scalar(&value, style, start, end);
                self.child(false, at)?;
                self.anchor(anchor);
                self.document.tokens.push(Token { start, end, shape });
            }
            Event::SequenceStart(style, anchor, _) => {
                self.collection(style, anchor, at, false)?;
            }
            Event::MappingStart(style, anchor, _) => {
                self.collection(style, anchor, at, true)?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(end),
            Event::Alias(id) => self.alias(id, at)?,
            _ => {}
        }
        Ok(())
    }

    fn scalar(&mut self, value: &str, style: ScalarStyle, start: u32, end: u32) -> Shape {
        let written = &self.document.text[start as usize..end as usize];
        let inner = written
            .len()
            .checked_sub(1)
            .and_then(|last| written.get(1..last));
        match style {
            ScalarStyle::Plain if written.is_empty() => Shape::Nothing,
            ScalarStyle::Plain if written == value => Shape::Plain,
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted if inner == Some(value) => {
                Shape::Quoted
            }
            _ => {
                self.document.values.push(value.into());
                Shape::Valued {
                    quoted: style != ScalarStyle::Plain,
                    value: self.document.values.len() as u32 - 1,
                }
            }
        }
    }

    /// Counts a child of the collection that is open; only scalars may be keys.
    fn child(&mut self, is_collection: bool, at: SourceSpan) -> Result<(), ModelError> {
        if let Some(parent) = self.open.last_mut() {
            let is_key = parent.mapping && parent.children.is_multiple_of(2);
            parent.children += 1;
            if is_key && is_collection {
                return Err(ModelError::CollectionAsKey { at });
            }
            if parent.children == 1 && parent.block {
                // a block collection is shown by its first key
                let end = (at.offset() + at.len()) as u32;
                self.document.tokens[parent.token as usize].end = end;
            }
        }
        Ok(())
    }

    fn anchor(&mut self, anchor: usize) {
        if anchor > 0 {
            let token = self.document.tokens.len() as u32;
            self.anchors.insert(anchor, token);
        }
    }

    fn collection(
        &mut self,
        style: StructureStyle,
        anchor: usize,
        at: SourceSpan,
        mapping: bool,
    ) -> Result<(), ModelError> {
        self.child(true, at)?;
        self.anchor(anchor);
        let token = self.document.tokens.len() as u32;
        self.open.push(Open {
            token,
            mapping,
            block: style == StructureStyle::Block,
            children: 0,
        });
        self.document.tokens.push(Token {
            start: at.offset() as u32,
            end: (at.offset() + at.len()) as u32,
            shape: if mapping {
                Shape::Mapping(token + 1)
            } else {
                Shape::Sequence(token + 1)
            },
        });
        Ok(())
    }

    fn close(&mut self, end: u32) {
        let Some(open) = self.open.pop() else { return };
        let after = self.document.tokens.len() as u32;
        let token = &mut self.document.tokens[open.token as usize];
        token.shape = if open.mapping {
            Shape::Mapping(after)
        } else {
            Shape::Sequence(after)
        };
        if !open.block {
            token.end = end;
        }
    }

    /// Copies what an alias stands for, within the budget.
    fn alias(&mut self, id: usize, at: SourceSpan) -> Result<(), ModelError> {
        let target = self.anchors.get(&id).copied();
        let is_closed = |token: &u32| self.open.iter().all(|open| open.token != *token);
        let Some(target) = target.filter(is_closed) else {
            return Err(ModelError::RecursiveAlias { at });
        };
        let from = Node {
            document: &self.document,
            index: target,
        };
        let (after, is_collection) = (
            from.after(),
            matches!(from.kind(), NodeKind::Sequence | NodeKind::Mapping),
        );
        let size = (after - target) as usize;
        self.budget = self
            .budget
            .checked_sub(size)
            .ok_or(ModelError::TooManyAliases { at })?;
        self.child(is_collection, at)?;
        let shift = self.document.tokens.len() as u32 - target;
        for index in target..after {
            let mut token = self.document.tokens[index as usize];
            match &mut token.shape {
                Shape::Sequence(after) | Shape::Mapping(after) => *after += shift,
                _ => {}
            }
            self.document.tokens.push(token);
        }
        Ok(())
    }
}

/// The byte range of a span, inside the text and on its character boundaries.
fn range(text: &str, span: &Span) -> (u32, u32) {
    let range = span.byte_range().unwrap_or(0..0);
    let start = boundary(text, range.start);
    let end = boundary(text, range.end).max(start);
    (start as u32, end as u32)
}

fn syntax(text: &str, error: &ScanError) -> ModelError {
    let marker = error.marker();
    let by_characters = || text.char_indices().nth(marker.index()).map(|(at, _)| at);
    let offset = marker.byte_offset().or_else(by_characters);
    let offset = boundary(text, offset.unwrap_or(text.len()));
    let length = text[offset..].chars().next().map_or(0, char::len_utf8);
    let at = (offset, length).into();
    match error.kind() {
        ErrorKind::RecursionLimitExceeded => ModelError::TooDeep {
            limit: MAX_DEPTH,
            at,
        },
        kind => ModelError::Syntax {
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
