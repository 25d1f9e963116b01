//! Long lists of rows, `- [state, action, next state, probability, reward]`.

use miette::SourceSpan;

use super::{Last, Scanner};
use crate::model::entries::{Entries, Entry, Lacking};
use crate::model::errors::Problems;
use crate::model::names::Index;
use crate::model::table::{self, Ends, PairTable};
use crate::number::Number;

/// The key above the rows, at the begin of a line.
const KEY: &str = "transitions:";

/// What stands in place of the rows in the document without them.
const NONE: &str = " []";

/// The rows of a text, cut out.
pub(crate) struct Rows<'t> {
    rows: &'t str,
    /// What stands before each dash.
    indent: usize,
    /// How many there are.
    count: usize,
    /// The text with an empty list in their place.
    pub rest: String,
    /// Where the key stands in it.
    pub key: usize,
}

impl<'t> Rows<'t> {
    /// The rows of a text that has many and may be read without them.
    pub(crate) fn find(text: &'t str) -> Option<Rows<'t>> {
        if u32::try_from(text.len()).is_err() {
            return None;
        }
        let key = if text.starts_with(KEY) {
            0
        } else {
            text.find("\ntransitions:")? + 1
        };
        let after = &text[key + KEY.len()..];
        let begin = after.find('\n')? + 1;
        if !after[..begin]
            .trim_end_matches(['\r', '\n'])
            .bytes()
            .all(|b| b == b' ')
        {
            return None;
        }
        let rows = &after[begin..];
        let indent = rows.bytes().take_while(|b| *b == b' ').count();
        let bytes = rows.as_bytes();
        let (mut end, mut count) = (0, 0);
        while is_row(&bytes[end..], indent) {
            count += 1;
            end = match bytes[end..].iter().position(|b| *b == b'\n') {
                Some(at) => end + at + 1,
                None => bytes.len(),
            };
        }
        if count == 0 {
            return None;
        }
        let (rows, tail) = rows.split_at(end);
        if !tail.is_empty()
            && !tail.starts_with(|c: char| c.is_ascii_alphabetic() || "#\r\n".contains(c))
        {
            return None;
        }
        let head = &text[..key + KEY.len()];
        Some(Rows {
            rows,
            indent,
            count,
            rest: [head, NONE, "\n", tail].concat(),
            key,
        })
    }

    /// At most as many nodes as the rows have in a document.
    pub(crate) fn nodes(&self) -> usize {
        5 * self.count
    }

    /// The table of the rows; `None` if some are none that this lane knows, or wrong.
    pub(crate) fn table(
        &self,
        states: &Index<'_>,
        actions: &Index<'_>,
        terminal: &[bool],
        problems: &mut Problems,
    ) -> Option<PairTable> {
        let key = SourceSpan::from((0, 0));
        let ends = Ends {
            terminal,
            incomplete: false,
            mend: Lacking::Model,
            key,
        };
        let mut table = table::Rows::new(states, actions, false);
        // a row may be wrong because its pair comes again
        let mut found = Problems::allowing_as(problems);
        let (mut row, mut is_in_order) = (Vec::<Entry>::new(), true);
        let is_read = self.each(states, actions, terminal, |entry| {
            if let Some(last) = row.last()
                && last.pair() != entry.pair()
            {
                is_in_order = last.pair() < entry.pair();
                table.push(&mut row, &mut found);
                row.clear();
            }
            row.push(entry);
            is_in_order &= found.is_empty();
            is_in_order
        });
        if is_read.is_some() {
            table.push(&mut row, &mut found);
            if found.is_empty() {
                return table.finish(&ends, problems);
            }
        } else if is_in_order {
            return None;
        }
        drop(table);
        let mut list = Vec::with_capacity(self.count);
        self.each(states, actions, terminal, |entry| {
            list.push(entry);
            true
        })?;
        list.sort_by_key(Entry::pair);
        let entries = Entries {
            list,
            ..Entries::default()
        };
        table::table(states, actions, terminal, entries, key, problems)
    }

    /// Reads one row after the other, until one is not taken or cannot be read.
    fn each(
        &self,
        states: &Index<'_>,
        actions: &Index<'_>,
        terminal: &[bool],
        mut take: impl FnMut(Entry) -> bool,
    ) -> Option<()> {
        let mut cells = Scanner::new(self.rows);
        let mut state = Last::of(states);
        let (mut action, mut next) = (Last::of(actions), Last::of(states));
        while cells.at < self.rows.len() {
            cells.at += self.indent + "- [".len();
            let (state, action) = (
                state.find(cell(&mut cells)?)?,
                action.find(cell(&mut cells)?)?,
            );
            let next = next.find(cell(&mut cells)?)?;
            let probability = number(&mut cells)?;
            let reward = if cells.is_at(b']') {
                Number::ZERO
            } else {
                number(&mut cells)?
            };
            cells.take(b']')?;
            cells.end_line()?;
            if probability.is_negative() || terminal[state as usize] {
                return None;
            }
            let entry = Entry {
                state,
                action,
                next,
                probability: Some(probability),
                reward,
                at: (0, 0),
            };
            take(entry).then_some(())?;
        }
        Some(())
    }
}

/// Whether a line begins with a dash and a bracket behind so many blanks.
fn is_row(line: &[u8], indent: usize) -> bool {
    line.len() > indent
        && line[indent..].starts_with(b"- [")
        && line[..indent].iter().all(|b| *b == b' ')
}

/// The next cell and the comma behind it; `None` at the bracket, or where it is of another kind.
fn cell<'t>(cells: &mut Scanner<'t>) -> Option<&'t str> {
    let cell = cells.word()?;
    (cells.is_at(b']') || cells.take(b',').is_some()).then_some(cell)
}

/// The next cell as a number, and the comma behind it; `None` at the bracket, or where it is of another kind.
fn number(cells: &mut Scanner<'_>) -> Option<Number> {
    let number = cells.number()?;
    (cells.is_at(b']') || cells.take(b',').is_some()).then_some(number)
}
