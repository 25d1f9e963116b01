//! The text of a file as messages quote it: lines found fast, and long ones cut.

use std::sync::Arc;

use super::error::{visible, visible_lines};
use miette::{MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

/// Longest line that is quoted whole, in bytes; a choice.
const LONG: usize = 300;

/// What is quoted of a longer line, in bytes before and after the beginning of the label; a choice.
const AROUND: (usize, usize) = (60, 160);

/// A file's name and text, as a terminal may show them.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    name: String,
    text: Arc<str>,
    /// Where each line begins.
    lines: Vec<usize>,
    /// From which bytes of the file on the text is how many bytes longer.
    longer: Vec<(usize, usize)>,
}

impl Source {
    pub(crate) fn new(name: &str, text: &str) -> Source {
        let shown = visible_lines(text);
        let (text, longer) = match &shown {
            Some((shown, longer)) => (shown.as_str(), longer.clone()),
            None => (text, Vec::new()),
        };
        let newlines = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let lines = [0]
            .into_iter()
            .chain(newlines.map(|(at, _)| at + 1))
            .collect();
        Source {
            name: visible(name).into(),
            text: text.into(),
            lines,
            longer,
        }
    }

    /// Where a byte of the file stands in the text.
    pub(crate) fn place(&self, offset: usize) -> usize {
        let before = self.longer.partition_point(|(at, _)| *at <= offset);
        let longer = before.checked_sub(1).map_or(0, |last| self.longer[last].1);
        offset + longer
    }

    /// Whether a byte of the file stands elsewhere in the text.
    pub(crate) fn moves(&self) -> bool {
        !self.longer.is_empty()
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Whether there is no text to show.
    pub(crate) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Line and column, from 1, of a place in the text; columns in characters, a byte order mark not
    /// counted.
    pub(crate) fn line_and_column(&self, offset: usize) -> (usize, usize) {
        let line = self.line(offset);
        let before = &self.text[self.lines[line]..boundary(&self.text, offset)];
        (
            line + 1,
            before.trim_start_matches('\u{feff}').chars().count() + 1,
        )
    }

    /// The line of an offset, from 0.
    fn line(&self, offset: usize) -> usize {
        self.lines.partition_point(|start| *start <= offset) - 1
    }

    /// Where a line ends, its line break included.
    fn end(&self, line: usize) -> usize {
        self.lines.get(line + 1).copied().unwrap_or(self.text.len())
    }
}

impl SourceCode for Source {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let (from, to) = (span.offset(), span.offset() + span.len());
        if to > self.text.len() {
            return Err(MietteError::OutOfBounds);
        }
        let (first, last) = (self.line(from), self.line(to));
        let top = first.saturating_sub(before);
        let bottom = (last + after).min(self.lines.len() - 1);
        let is_long = (top..=bottom).any(|line| self.end(line) - self.lines[line] > LONG);
        let (start, end, line) = if is_long {
            // only the line of the label, cut on both sides
            let start = self.lines[first].max(from.saturating_sub(AROUND.0));
            let end = self
                .end(first)
                .min(from + AROUND.1)
                .max(to.min(self.end(first)));
            (start, end, first)
        } else {
            let start = if before == 0 { from } else { self.lines[top] };
            let end = if after == 0 { to } else { self.end(bottom) };
            (start, end, if before == 0 { first } else { top })
        };
        let (start, end) = (boundary(&self.text, start), boundary(&self.text, end));
        let column = match before {
            0 => self.line_and_column(from).1 - 1,
            _ => 0,
        };
        Ok(Box::new(MietteSpanContents::new_named(
            self.name.clone(),
            &self.text.as_bytes()[start..end],
            (start, end - start).into(),
            line,
            column,
            self.lines.len(),
        )))
    }
}

/// The nearest character boundary at or before an offset.
pub(crate) fn boundary(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}
