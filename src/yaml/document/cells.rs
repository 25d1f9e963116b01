//! The cells of a short flow collection, `[cold, heat, 9/10]` or `{hot: 1}`, found again in the text.
//!
//! A file of fifty megabytes has ten million cells: of a collection that holds nothing but simple
//! scalars the document keeps one token, and its cells are cut from the text when they are asked
//! for. Whether that yields the same cells is checked against the parser's when it is closed.

use super::token::{Shape, Token};

/// Cuts the text between the brackets at commas, in mappings also at colons.
#[derive(Clone, Copy)]
pub(super) struct Cells<'t> {
    text: &'t str,
    at: usize,
    end: usize,
    mapping: bool,
}

impl<'t> Cells<'t> {
    /// Of the collection that stands at a range of the text, brackets included.
    pub(super) fn new(text: &'t str, start: u32, end: u32, mapping: bool) -> Cells<'t> {
        Cells {
            text,
            at: start as usize + 1,
            end: (end as usize).saturating_sub(1),
            mapping,
        }
    }

    fn byte(&self) -> Option<u8> {
        let inside = self.at < self.end;
        inside.then(|| self.text.as_bytes()[self.at])
    }

    fn skip_blanks(&mut self) {
        while matches!(self.byte(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    /// Up to a byte at which a plain scalar ends, without the blanks before it.
    fn plain(&mut self) -> Shape {
        while let Some(byte) = self.byte() {
            if byte == b',' || (self.mapping && byte == b':') {
                break;
            }
            self.at += 1;
        }
        Shape::Plain
    }

    /// Up to the same quote again.
    fn quoted(&mut self, quote: u8) -> Shape {
        self.at += 1;
        while self.byte().is_some_and(|byte| byte != quote) {
            self.at += 1;
        }
        self.at = (self.at + 1).min(self.end);
        Shape::Quoted
    }
}

impl Iterator for Cells<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        self.skip_blanks();
        let start = self.at;
        let shape = match self.byte()? {
            quote @ (b'"' | b'\'') => self.quoted(quote),
            _ => self.plain(),
        };
        let written = self.text.as_bytes()[start..self.at].trim_ascii_end();
        let end = start + written.len();
        self.skip_blanks();
        if matches!(self.byte(), Some(b',' | b':')) {
            self.at += 1;
        }
        Some(Token {
            start: start as u32,
            end: end as u32,
            shape,
        })
    }
}
