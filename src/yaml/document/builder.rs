//! The parser's events → the tokens of a document, or the first fault of the syntax.

use std::collections::HashMap;

use granit_parser::{
    ErrorKind, Event, Options, Parser, ScalarStyle, ScanError, Span, StructureStyle,
};
use miette::SourceSpan;

use super::cells::Cells;
use super::token::{Shape, Token};
use super::{Document, NodeKind};
use crate::model::boundary;
use crate::model::error::TooLarge;
use crate::model::errors::Problems;
use crate::yaml::YamlError;

/// Most nested collections; a model needs five; a choice.
const MAX_DEPTH: usize = 64;

impl<'t> Document<'t> {
    /// Reads the one document of a text, which should hold what it `needs`.
    ///
    /// Errs at the first fault of the syntax; duplicate keys, which leave the rest readable, are
    /// returned beside the document.
    pub(crate) fn parse(
        text: &'t str,
        needs: &'static str,
    ) -> Result<(Document<'t>, Vec<YamlError>), YamlError> {
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
            None | Some(Shape::Nothing) => Err(YamlError::Empty { needs }),
            Some(_) => {
                let duplicates = document.duplicate_keys();
                Ok((document, duplicates))
            }
        }
    }

    /// Reads the one document of a text, which should hold what it `needs`; duplicate keys are problems beside those that are still to be found.
    ///
    /// Errs at the first fault of the syntax.
    pub(crate) fn read(
        text: &'t str,
        needs: &'static str,
        problems: &mut Problems,
    ) -> Result<Document<'t>, YamlError> {
        let (document, duplicates) = Document::parse(text, needs)?;
        let duplicates = duplicates.into_iter();
        duplicates.for_each(|error| problems.push(error));
        Ok(document)
    }
}

/// Turns the parser's events into tokens.
struct Builder<'t> {
    pub document: Document<'t>,
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
    /// Whether an alias may stand for a part of it.
    anchored: bool,
}

impl<'t> Builder<'t> {
    pub fn new(text: &'t str) -> Builder<'t> {
        Builder {
            document: Document {
                text,
                tokens: Vec::new(),
                values: Vec::new(),
                nodes: 0,
            },
            documents: 0,
            open: Vec::new(),
            anchors: HashMap::new(),
            // a thousand for short files; a choice
            budget: 1000 + text.len(),
        }
    }

    pub fn take(&mut self, event: Event<'t>, span: &Span) -> Result<(), YamlError> {
        let (start, end) = range(self.document.text, span);
        let at = SourceSpan::from((start as usize, (end - start) as usize));
        if let Some(tag) = event.tag() {
            let tag = tag.original();
            return Err(YamlError::Tag { tag, at });
        }
        match event {
            Event::DocumentStart(..) => {
                self.documents += 1;
                if self.documents > 1 {
                    return Err(YamlError::SeveralDocuments { at });
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
    fn child(&mut self, is_collection: bool, at: SourceSpan) -> Result<(), YamlError> {
        self.document.nodes += 1;
        if let Some(parent) = self.open.last_mut() {
            let is_key = parent.mapping && parent.children.is_multiple_of(2);
            parent.children += 1;
            if is_key && is_collection {
                return Err(YamlError::CollectionAsKey { at });
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
            if let Some(parent) = self.open.last_mut() {
                parent.anchored = true;
            }
        }
    }

    fn collection(
        &mut self,
        style: StructureStyle,
        anchor: usize,
        at: SourceSpan,
        mapping: bool,
    ) -> Result<(), YamlError> {
        self.child(true, at)?;
        self.anchor(anchor);
        let token = self.document.tokens.len() as u32;
        self.open.push(Open {
            token,
            mapping,
            block: style == StructureStyle::Block,
            children: 0,
            anchored: false,
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
            self.flatten(&open);
        }
    }

    /// Keeps one token of a flow collection whose scalars are found again in the text.
    fn flatten(&mut self, open: &Open) {
        let Document { text, tokens, .. } = &mut self.document;
        let at = open.token as usize;
        let Token { start, end, .. } = tokens[at];
        let children = &tokens[at + 1..];
        if open.anchored || children.is_empty() || children.len() != open.children {
            return;
        }
        if Cells::new(text, start, end, open.mapping).eq(children.iter().copied()) {
            tokens.truncate(at + 1);
            tokens[at].shape = Shape::Flat {
                mapping: open.mapping,
            };
        }
    }

    /// Copies what an alias stands for, within the budget.
    fn alias(&mut self, id: usize, at: SourceSpan) -> Result<(), YamlError> {
        let target = self.anchors.get(&id).copied();
        let is_closed = |token: &u32| self.open.iter().all(|open| open.token != *token);
        let Some(target) = target.filter(is_closed) else {
            return Err(YamlError::RecursiveAlias { at });
        };
        let from = self.document.node(target);
        let (after, is_collection) = (
            from.after(),
            matches!(from.kind(), NodeKind::Sequence | NodeKind::Mapping),
        );
        let tokens = &self.document.tokens[target as usize..after as usize];
        let size: usize = tokens.iter().map(Token::most_nodes).sum();
        self.budget = self
            .budget
            .checked_sub(size)
            .ok_or(YamlError::TooManyAliases { at })?;
        self.child(is_collection, at)?;
        self.document.nodes += size - 1;
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
