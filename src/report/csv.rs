//! CSV as spreadsheets and data frames read it (RFC 4180, with a header): one long table, one
//! entry of a quantity per row, cells that do not apply empty.

mod left_out;
mod line;
mod rows;

pub(super) use self::rows::float;
use self::rows::written;

pub use self::line::CsvLine;
pub use self::rows::CsvRows;

use std::borrow::Cow;
use std::io::{self, Write};

use super::entries::{Axis, Entries, Entry, Values};
use super::{Head, Quantity, Report};

/// Writes a report as CSV, and says where in its JSON the numbers stand that a table leaves out.
pub fn write(report: &impl Report, out: &mut dyn Write) -> io::Result<Vec<String>> {
    let mut rows = CsvRows::new(out, report.bounds().is_some());
    report.csv(&mut rows)?;
    Ok(rows.left_out)
}

/// How entries become rows: which columns there are, and which entries stand in which order.
///
/// Each number of an entry is a row: its quantity, its place along each axis (the columns `state`,
/// `action`, `time`, `parameter`, `other_parameter`, as far as the layout has them), its value.
#[derive(Clone, Copy, Debug)]
pub struct CsvLayout {
    /// The columns before `value`; `quantity` is the first where it is not among them.
    pub columns: &'static [&'static str],
    /// What is written, in order; what a report does not have is left out.
    pub lines: &'static [CsvLine],
}

impl CsvLayout {
    /// Writes the rows of a report.
    pub fn write(
        &self,
        head: &Head,
        entries: &Entries<'_>,
        rows: &mut CsvRows<'_>,
    ) -> io::Result<()> {
        let mut columns = self.columns.to_vec();
        if !columns.contains(&QUANTITY) {
            columns.insert(0, QUANTITY);
        }
        let header = columns.iter().copied().chain(["value"]);
        rows.row(&header.collect::<Vec<_>>())?;
        let mut spread = Spread {
            head,
            cells: vec![Cow::Borrowed(""); columns.len()],
            columns,
            rows,
        };
        spread.lines(self.lines, entries)?;
        rows.left_out = left_out::left_out(self.lines, entries);
        Ok(())
    }
}

/// The column of what a row is about.
const QUANTITY: &str = "quantity";

/// A report that is being spread over rows.
struct Spread<'r, 'w, 'h> {
    head: &'h Head,
    columns: Vec<&'static str>,
    /// What stands in the columns, as far as it is known.
    cells: Vec<Cow<'h, str>>,
    rows: &'r mut CsvRows<'w>,
}

impl<'h> Spread<'_, '_, 'h> {
    fn lines(&mut self, lines: &[CsvLine], entries: &Entries<'h>) -> io::Result<()> {
        lines.iter().try_for_each(|line| self.line(line, entries))
    }

    fn line(&mut self, line: &CsvLine, entries: &Entries<'h>) -> io::Result<()> {
        match *line {
            CsvLine::Of(path, quantity) => match entries.at(path) {
                Some(entry) => self.entry(quantity, entry),
                None => Ok(()),
            },
            CsvLine::All(lines) => self.lines(lines, entries),
            CsvLine::In(path, quantity, column, text) => self.told(column, text.into(), |own| {
                own.line(&CsvLine::Of(path, quantity), entries)
            }),
            CsvLine::Names(path, quantity, column) => {
                for entry in group(entries, path) {
                    self.told(column, entry.name.into(), |own| own.entry(quantity, entry))?;
                }
                Ok(())
            }
            CsvLine::Within(path, column, text, lines) => match entries.at(path).map(|e| &e.values)
            {
                Some(Values::Group(inner)) => {
                    self.told(column, text.into(), |own| own.lines(lines, inner))
                }
                _ => Ok(()),
            },
            CsvLine::Each(path, column, name, lines) => {
                let Some(Values::List(groups)) = entries.at(path).map(|e| &e.values) else {
                    return Ok(());
                };
                for inner in groups {
                    let text = inner.get(name).map_or(Cow::Borrowed(""), text);
                    self.told(column, text, |own| own.lines(lines, inner))?;
                }
                Ok(())
            }
            CsvLine::Placed(path, column, lines) => {
                let Some(Values::List(groups)) = entries.at(path).map(|e| &e.values) else {
                    return Ok(());
                };
                for (place, inner) in groups.iter().enumerate() {
                    let place = place.to_string().into();
                    self.told(column, place, |own| own.lines(lines, inner))?;
                }
                Ok(())
            }
            CsvLine::Count(path, quantity) => match entries.at(path).map(|entry| &entry.values) {
                Some(Values::Wholes(things)) => {
                    let count = Entry::whole(quantity, things.len() as u64);
                    self.entry(quantity, &count)
                }
                _ => Ok(()),
            },
            CsvLine::Text(path, quantity, column) => match entries.at(path) {
                Some(entry) => self.told(column, text(entry), |own| own.nothing(quantity)),
                None => Ok(()),
            },
            CsvLine::Texts(path, quantity, column) => {
                for entry in group(entries, path) {
                    let words = format!("{}: {}", entry.name, text(entry));
                    self.told(column, words.into(), |own| own.nothing(quantity))?;
                }
                Ok(())
            }
        }
    }

    /// What is written while a text stands in a column.
    fn told(
        &mut self,
        column: &str,
        text: Cow<'h, str>,
        write: impl FnOnce(&mut Self) -> io::Result<()>,
    ) -> io::Result<()> {
        let Some(at) = self.columns.iter().position(|own| *own == column) else {
            return write(self);
        };
        let before = std::mem::replace(&mut self.cells[at], text);
        let written = write(self);
        self.cells[at] = before;
        written
    }

    fn nothing(&mut self, quantity: &'static str) -> io::Result<()> {
        self.told(QUANTITY, quantity.into(), |own| {
            own.number(&Quantity::Undefined)
        })
    }

    fn entry(&mut self, quantity: &'static str, entry: &Entry<'h>) -> io::Result<()> {
        self.told(QUANTITY, quantity.into(), |own| own.values(entry))
    }

    fn values(&mut self, entry: &Entry<'h>) -> io::Result<()> {
        let axis = |i: usize| entry.axes.get(i).copied().unwrap_or(Axis::Index);
        match &entry.values {
            Values::Number(x) => self.number(x),
            Values::Whole(x) => {
                let cells: Vec<&str> = self.cells.iter().map(|cell| &**cell).collect();
                self.rows.whole(&cells, *x)
            }
            Values::Numbers(x) => self.numbers(axis(0), x),
            Values::Made(x) => self.numbers(axis(0), x),
            Values::Floats(x) => self.floats(axis(0), x),
            Values::FloatRows(rows) => {
                self.each(axis(0), rows, |own, row| own.floats(axis(1), row))
            }
            Values::Rows(rows) => self.each(axis(0), rows, |own, row| own.numbers(axis(1), row)),
            Values::Matrix(matrix) => {
                let rows: Vec<usize> = (0..matrix.shape().0).collect();
                self.each(axis(0), &rows, |own, &row| {
                    own.numbers(axis(1), &matrix.row(row))
                })
            }
            Values::PairsAt(space, pairs) => {
                let names = pairs.iter().map(|&pair| space.pair_names(pair));
                self.pairs(names)
            }
            Values::SomePairs(pairs) => self.pairs(borrowed(pairs)),
            Values::PairRows(rows) => {
                self.each(axis(0), rows, |own, pairs| own.pairs(borrowed(pairs)))
            }
            _ => Ok(()),
        }
    }

    /// Writes each of some things with its place along an axis.
    fn each<T>(
        &mut self,
        axis: Axis<'h>,
        things: &[T],
        mut write: impl FnMut(&mut Self, &T) -> io::Result<()>,
    ) -> io::Result<()> {
        let head = self.head;
        for (i, thing) in things.iter().enumerate() {
            let mut write = |own: &mut Self| write(own, thing);
            let space = &head.space;
            match axis {
                Axis::State => {
                    let name = space.state_names().get(i);
                    self.told(self.free_state(), name, write)?;
                }
                Axis::Pair => {
                    let (state, action) = space.pair_names(i);
                    self.told("state", state, |own| own.told("action", action, write))?;
                }
                Axis::Parameter => {
                    let column = self.free_parameter();
                    let name = head.policy.parameters.get(i);
                    let name = name.map_or(Cow::Borrowed(""), |name| name.as_str().into());
                    self.told(column, name, write)?;
                }
                Axis::Label(labels) => {
                    let name = labels.get(i).map_or("", String::as_str);
                    self.told("parameter", name.into(), write)?;
                }
                Axis::Time => self.told("time", i.to_string().into(), write)?,
                Axis::Index => self.told("number", i.to_string().into(), write)?,
                Axis::Trajectory => write(self)?,
            }
        }
        Ok(())
    }

    /// The column of the next state: a matrix has one for its row and one for its column.
    fn free_state(&self) -> &'static str {
        let own = self.columns.iter().position(|own| *own == "state");
        match own {
            Some(at) if !self.cells[at].is_empty() => "to",
            _ => "state",
        }
    }

    /// The column of the next parameter.
    fn free_parameter(&self) -> &'static str {
        let own = self.columns.iter().position(|own| *own == "parameter");
        match own {
            Some(at) if !self.cells[at].is_empty() => "other_parameter",
            _ => "parameter",
        }
    }

    fn numbers(&mut self, axis: Axis<'h>, numbers: &[Quantity]) -> io::Result<()> {
        self.each(axis, numbers, |own, x| own.number(x))
    }

    fn floats(&mut self, axis: Axis<'h>, floats: &[f64]) -> io::Result<()> {
        self.each(axis, floats, |own, &x| own.number(&x.into()))
    }

    fn number(&mut self, x: &Quantity) -> io::Result<()> {
        let cells: Vec<&str> = self.cells.iter().map(|cell| &**cell).collect();
        self.rows.number(&cells, x)
    }

    fn pairs(&mut self, pairs: impl Iterator<Item = PairNames<'h>>) -> io::Result<()> {
        for (state, action) in pairs {
            self.told("state", state, |own| {
                own.told("action", action, |own| own.number(&Quantity::Undefined))
            })?;
        }
        Ok(())
    }
}

/// The names of a state and an action.
type PairNames<'h> = (Cow<'h, str>, Cow<'h, str>);

fn borrowed<'h>(pairs: &[(String, String)]) -> impl Iterator<Item = PairNames<'h>> + use<'_, 'h> {
    pairs
        .iter()
        .map(|(state, action)| (state.clone().into(), action.clone().into()))
}

/// The entries of the group at a path.
fn group<'e, 'a>(entries: &'e Entries<'a>, path: &str) -> &'e [Entry<'a>] {
    match entries.at(path).map(|entry| &entry.values) {
        Some(Values::Group(inner)) => &inner.0,
        _ => &[],
    }
}

/// What an entry says in one cell.
fn text<'a>(entry: &Entry<'a>) -> Cow<'a, str> {
    match &entry.values {
        Values::Text(text) => text.clone(),
        Values::Whole(x) => x.to_string().into(),
        Values::Number(x) => written(x).into(),
        // the former less the latter
        Values::Texts(texts) => texts.join(" − ").into(),
        _ => Cow::Borrowed(""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_where_they_must_be() {
        let mut out = Vec::new();
        let mut rows = CsvRows::new(&mut out, false);
        rows.row(&["plain", "a,b", "say \"hi\"", ""]).unwrap();
        rows.number(&["x"], Quantity::Float(0.1)).unwrap();
        rows.number(&["x"], Quantity::Undefined).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text, "plain,\"a,b\",\"say \"\"hi\"\"\",\nx,0.1\nx,\n");
    }
}
