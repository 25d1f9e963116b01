//! Fast lanes for large models: lines of the plainest kinds, cut from the text without a parser.
//!
//! A file of fifty megabytes is a few lines about the model and a million rows
//! `- [state, action, next state, probability, reward]`, or lines `action: {next state: probability}`
//! below their states. Where all of them are of the plainest kind they are cut from the text, and the document is
//! read without them. A lane makes the model that the document would make, or nothing: at the first thing that it does
//! not know, and at any fault, the file is read again as a whole, with its messages.

mod nested;
mod rows;
#[cfg(test)]
mod tests;

pub(crate) use nested::Nested;
pub(crate) use rows::Rows;

use crate::model::names::Index;
use crate::number::{Number, leading};

/// A name is often the one before.
struct Last<'i, 'd, 't> {
    names: &'i Index<'d>,
    last: Option<(&'t str, u32)>,
}

impl<'i, 'd, 't> Last<'i, 'd, 't> {
    fn of(names: &'i Index<'d>) -> Self {
        Last { names, last: None }
    }

    fn find(&mut self, name: &'t str) -> Option<u32> {
        if let Some((same, position)) = self.last
            && same == name
        {
            return Some(position);
        }
        let position = self.names.get(name)?;
        self.last = Some((name, position));
        Some(position)
    }
}

/// Words and signs of a text, one after the other.
struct Scanner<'t> {
    text: &'t str,
    at: usize,
}

/// What a plain word may be made of: no sign that means something to YAML, and no more of the others
/// than names are made of.
const PLAIN: [bool; 256] = {
    let mut plain = [false; 256];
    let letters = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_.+-/() ";
    let mut i = 0;
    while i < letters.len() {
        plain[letters[i] as usize] = true;
        i += 1;
    }
    plain
};

impl<'t> Scanner<'t> {
    fn new(text: &'t str) -> Scanner<'t> {
        Scanner { text, at: 0 }
    }

    fn byte(&self) -> u8 {
        self.text.as_bytes().get(self.at).copied().unwrap_or(0)
    }

    fn is_done(&self) -> bool {
        self.at >= self.text.len()
    }

    /// How many blanks there are here; behind them.
    fn skip_blanks(&mut self) -> usize {
        let begin = self.at;
        while self.byte() == b' ' {
            self.at += 1;
        }
        self.at - begin
    }

    /// Whether a sign stands here, or behind blanks.
    fn is_at(&mut self, sign: u8) -> bool {
        self.skip_blanks();
        self.byte() == sign
    }

    /// Behind a sign; `None` where another stands.
    fn take(&mut self, sign: u8) -> Option<()> {
        self.is_at(sign).then(|| self.at += 1)
    }

    /// The next word, of any kind that needs no decoding, and the blanks behind it.
    fn word(&mut self) -> Option<&'t str> {
        self.skip_blanks();
        match self.byte() {
            quote @ (b'"' | b'\'') => self.quoted(quote),
            _ => self.plain(),
        }
    }

    /// The next word as a number, and the blanks behind it.
    fn number(&mut self) -> Option<Number> {
        self.skip_blanks();
        let begin = self.at;
        if let Some((number, length)) = leading(&self.text.as_bytes()[begin..]) {
            self.at += length;
            self.skip_blanks();
            if matches!(self.byte(), b',' | b']' | b'}') {
                return Some(number);
            }
            self.at = begin;
        }
        self.word()?.parse().ok()
    }

    /// A word without quotes.
    fn plain(&mut self) -> Option<&'t str> {
        let begin = self.at;
        while PLAIN[usize::from(self.byte())] {
            self.at += 1;
        }
        let word = self.text[begin..self.at].trim_end_matches(' ');
        let is_safe = match word.as_bytes() {
            [b'-', second, ..] => second.is_ascii_digit() || *second == b'.',
            [first, ..] => {
                first.is_ascii_alphanumeric() || matches!(first, b'_' | b'.' | b'+' | b'(')
            }
            [] => false,
        };
        is_safe.then_some(word)
    }

    fn quoted(&mut self, quote: u8) -> Option<&'t str> {
        let begin = self.at + 1;
        self.at = begin;
        while self.byte() != quote {
            if !(0x20..0x7f).contains(&self.byte()) || self.byte() == b'\\' {
                return None;
            }
            self.at += 1;
        }
        let word = &self.text[begin..self.at];
        self.at += 1;
        self.skip_blanks();
        // '' within single quotes is one of them
        (self.byte() != quote).then_some(word)
    }

    /// Behind the end of the line, if this is one, and the blanks before what stands on the next; `None` unless there are
    /// more than so many.
    fn skip_break(&mut self, indent: usize) -> Option<()> {
        self.skip_blanks();
        if !matches!(self.byte(), b'\r' | b'\n') {
            return Some(());
        }
        self.end_line()?;
        (self.skip_blanks() > indent).then_some(())
    }

    /// Behind the end of the line; `None` where something else stands on it.
    fn end_line(&mut self) -> Option<()> {
        self.skip_blanks();
        if self.byte() == b'\r' {
            self.at += 1;
        }
        let is_end = self.byte() == b'\n' || self.at == self.text.len();
        self.at += 1;
        is_end.then_some(())
    }
}
