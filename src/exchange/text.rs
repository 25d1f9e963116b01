//! Lines and words of a text, each with its place.

use crate::yaml::YamlError;
use miette::SourceSpan;

use super::ExchangeError;
use crate::model::error::ModelError;
use crate::number::{LiteralError, Number};

/// Most bytes that a label covers; a choice.
const LABEL: usize = 100;

/// The lines of a text, each trimmed.
pub(super) struct Lines<'t> {
    rest: Option<Piece<'t>>,
}

impl<'t> Lines<'t> {
    /// What is left.
    pub(super) fn rest(&self) -> Option<Piece<'t>> {
        self.rest
    }

    /// The next line with its blanks.
    pub(super) fn raw(&mut self) -> Option<Piece<'t>> {
        let piece = self.rest?;
        let (line, after) = match piece.split('\n') {
            Some((line, after)) => (line, Some(after)),
            None => (piece, None),
        };
        self.rest = after;
        let end = line.text.strip_suffix('\r').unwrap_or(line.text).len();
        Some(line.to(end))
    }
}

impl<'t> Iterator for Lines<'t> {
    type Item = Piece<'t>;

    fn next(&mut self) -> Option<Piece<'t>> {
        self.raw().map(Piece::trim)
    }
}

/// A piece of a text and where it begins.
#[derive(Clone, Copy)]
pub(super) struct Piece<'t> {
    pub text: &'t str,
    pub offset: usize,
}

impl<'t> Piece<'t> {
    /// A whole text.
    pub(super) fn whole(text: &'t str) -> Piece<'t> {
        Piece { text, offset: 0 }
    }

    /// Where it stands, as much as a message can point at.
    pub(super) fn place(self) -> SourceSpan {
        let (offset, length) = self.span();
        (offset as usize, length as usize).into()
    }

    /// Its first byte and its length, as far as a message can point at it, as an
    /// [`Entry`](crate::model::entries::Entry) says them.
    pub(super) fn span(self) -> (u32, u32) {
        (self.offset as u32, self.text.len().min(LABEL) as u32)
    }

    /// The piece from a byte on.
    pub(super) fn from(self, at: usize) -> Piece<'t> {
        Piece {
            text: &self.text[at..],
            offset: self.offset + at,
        }
    }

    /// The piece up to a byte.
    pub(super) fn to(self, at: usize) -> Piece<'t> {
        Piece {
            text: &self.text[..at],
            offset: self.offset,
        }
    }

    pub(super) fn trim(self) -> Piece<'t> {
        let blank = |byte: &&u8| matches!(byte, b' ' | b'\t');
        let bytes = self.text.as_bytes();
        let begin = bytes.iter().take_while(blank).count();
        let behind = bytes[begin..].iter().rev().take_while(blank).count();
        let within = &bytes[begin..bytes.len() - behind];
        let piece = self.to(bytes.len() - behind).from(begin);
        if within.first().is_none_or(u8::is_ascii_graphic)
            && within.last().is_none_or(u8::is_ascii_graphic)
        {
            return piece;
        }
        // rarer blanks
        let skipped = piece.text.len() - piece.text.trim_start().len();
        let rest = piece.from(skipped);
        rest.to(rest.text.trim_end().len())
    }

    /// What stands before and after the first of a character.
    pub(super) fn split(self, at: char) -> Option<(Piece<'t>, Piece<'t>)> {
        let found = match u8::try_from(at).ok().filter(u8::is_ascii) {
            Some(byte) => self.text.bytes().position(|b| b == byte)?,
            None => self.text.find(at)?,
        };
        Some((self.to(found), self.from(found + at.len_utf8())))
    }

    pub(super) fn strip_prefix(self, prefix: &str) -> Option<Piece<'t>> {
        self.text
            .starts_with(prefix)
            .then(|| self.from(prefix.len()))
    }

    /// An error at this piece, the second of two of which the first stands elsewhere in `text`.
    pub(super) fn twice(self, what: String, first: Piece<'_>, text: &str) -> ModelError {
        let before = &text.as_bytes()[..first.offset];
        ModelError::from(ExchangeError::Twice {
            what,
            line: 1 + before.iter().filter(|byte| **byte == b'\n').count(),
            first: first.place(),
            at: self.place(),
        })
    }

    /// The lines, each trimmed.
    pub(super) fn lines(self) -> Lines<'t> {
        Lines { rest: Some(self) }
    }

    /// The words between whitespace.
    pub(super) fn words(self) -> impl Iterator<Item = Piece<'t>> + use<'t> {
        let mut rest = self.trim();
        std::iter::from_fn(move || {
            if rest.text.is_empty() {
                return None;
            }
            let end = rest.text.find(char::is_whitespace);
            let end = end.unwrap_or(rest.text.len());
            let word = rest.to(end);
            rest = rest.from(end).trim();
            Some(word)
        })
    }

    /// An error: something else was expected here.
    pub(super) fn unexpected(self, expected: &'static str) -> ModelError {
        ModelError::from(ExchangeError::Unexpected {
            expected,
            found: self.text.into(),
            help: None,
            at: self.place(),
        })
    }

    /// A number; `what` stands in messages.
    pub(super) fn number(self, what: &'static str) -> Result<Number, ModelError> {
        if self.text.is_empty() {
            return Err(self.unexpected("a number"));
        }
        self.text.parse().map_err(|reason| {
            ModelError::from(YamlError::BadNumber {
                help: (reason == LiteralError::Malformed).then_some(
                    "a number is an integer, a decimal, a scientific literal or a fraction",
                ),
                path: what.into(),
                found: self.text.into(),
                reason,
                at: self.place(),
            })
        })
    }

    /// A count or index that is not bounded.
    pub(super) fn count(self, expected: &'static str) -> Result<u64, ModelError> {
        let digit = |b: u8| b.is_ascii_digit().then(|| u64::from(b - b'0'));
        let mut digits = self.text.bytes().map(digit);
        let first = digits.next().flatten();
        let count = digits.try_fold(first, |count, digit| {
            count?.checked_mul(10)?.checked_add(digit?).map(Some)
        });
        let count = count.flatten();
        count.ok_or_else(|| self.unexpected(expected))
    }

    /// An index below `count`.
    pub(super) fn index(self, what: &'static str, count: usize) -> Result<u32, ModelError> {
        let expected = match what {
            "state" => "the number of a state",
            _ => "the number of a choice",
        };
        let found = self.count(expected)?;
        let index = u32::try_from(found).ok().filter(|i| (*i as usize) < count);
        index.ok_or_else(|| {
            ModelError::from(ExchangeError::OutOfRange {
                what,
                found: self.text.into(),
                count,
                at: Some(self.place()),
            })
        })
    }
}
