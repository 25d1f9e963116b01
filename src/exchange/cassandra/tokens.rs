//! Words and colons; comments run from `#` to the end of the line.

use std::collections::HashSet;

use super::super::text::Piece;
use crate::mdp::Names;
use crate::model::error::ModelError;
use crate::model::names::is_name;

/// Words that begin a section where a colon, `include` or `exclude` follows.
const SECTIONS: [&str; 9] = [
    "discount",
    "values",
    "states",
    "actions",
    "observations",
    "start",
    "T",
    "R",
    "O",
];

#[derive(Clone)]
pub(super) struct Tokens<'t> {
    rest: Piece<'t>,
}

impl<'t> Tokens<'t> {
    pub(super) fn new(text: Piece<'t>) -> Tokens<'t> {
        Tokens { rest: text }
    }

    /// The next word or colon.
    pub(super) fn next(&mut self) -> Option<Piece<'t>> {
        loop {
            let text = self.rest.text;
            let skipped = text.len() - text.trim_start().len();
            self.rest = self.rest.from(skipped);
            if !self.rest.text.starts_with('#') {
                break;
            }
            let end = self.rest.text.find('\n').unwrap_or(self.rest.text.len());
            self.rest = self.rest.from(end);
        }
        let text = self.rest.text;
        let ends = |c: char| c.is_whitespace() || c == ':' || c == '#';
        let end = match text.chars().next()? {
            ':' => 1,
            _ => text.find(ends).unwrap_or(text.len()),
        };
        let word = self.rest.to(end);
        self.rest = self.rest.from(end);
        Some(word)
    }

    pub(super) fn peek(&self) -> Option<Piece<'t>> {
        self.clone().next()
    }

    /// The next word, an error at the end of the file.
    pub(super) fn needed(&mut self) -> Result<Piece<'t>, ModelError> {
        let end = self.rest.from(self.rest.text.len());
        self.next()
            .ok_or_else(|| end.unexpected("more, before the end of the file"))
    }

    pub(super) fn colon(&mut self) -> Result<(), ModelError> {
        let word = self.needed()?;
        match word.text {
            ":" => Ok(()),
            _ => Err(word.unexpected("`:`")),
        }
    }

    /// Whether a colon follows; takes it.
    pub(super) fn takes_colon(&mut self) -> bool {
        let follows = self.peek().is_some_and(|word| word.text == ":");
        if follows {
            self.next();
        }
        follows
    }

    /// The next word, unless it begins the next section.
    pub(super) fn word_of_section(&mut self) -> Option<Piece<'t>> {
        let mut ahead = self.clone();
        let word = ahead.next()?;
        let after = ahead.peek().map_or("", |word| word.text);
        let begins = SECTIONS.contains(&word.text) && [":", "include", "exclude"].contains(&after);
        if begins {
            return None;
        }
        *self = ahead;
        Some(word)
    }

    pub(super) fn skip_section(&mut self) {
        while self.word_of_section().is_some() {}
    }

    /// `: cold hot` or `: 2`.
    pub(super) fn names(&mut self, what: &'static str) -> Result<Names, ModelError> {
        self.colon()?;
        let mut words = Vec::new();
        while let Some(word) = self.word_of_section() {
            words.push(word);
        }
        if let [word] = words[..]
            && word.text.bytes().all(|b| b.is_ascii_digit())
        {
            let expected = "how many there are, at most 65536 beyond the length of the file";
            let count = word.count(expected)?;
            let limit = self.rest.offset as u64 + self.rest.text.len() as u64 + 65_536;
            return match count {
                1.. if count <= limit => Ok(Names::Numbered(count as usize)),
                _ => Err(word.unexpected(expected)),
            };
        }
        let mut seen = HashSet::new();
        for word in &words {
            if !is_name(word.text) || !seen.insert(word.text) {
                return Err(word.unexpected(match what {
                    "state" => "names of states, all of them different",
                    "observation" => "names of observations, all of them different",
                    _ => "names of actions, all of them different",
                }));
            }
        }
        let names = words.iter().map(|word| word.text.to_string());
        Ok(Names::Listed(names.collect()))
    }
}
