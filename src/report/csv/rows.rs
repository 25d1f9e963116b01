//! The rows of a CSV table, cell by cell.

use std::borrow::{Borrow, Cow};
use std::io::{self, Write};

use crate::report::Quantity;

/// The rows of a table, as they are written.
pub struct CsvRows<'a> {
    out: &'a mut dyn Write,
    /// Whether a column `bound` follows the numbers.
    bounds: bool,
    /// Whether the first row is still to come.
    header: bool,
    /// The paths of numbers that are not among them.
    pub(super) left_out: Vec<String>,
}

impl<'a> CsvRows<'a> {
    pub(super) fn new(out: &'a mut dyn Write, bounds: bool) -> CsvRows<'a> {
        CsvRows {
            out,
            bounds,
            header: true,
            left_out: Vec::new(),
        }
    }

    /// Writes one row.
    pub fn row(&mut self, cells: &[&str]) -> io::Result<()> {
        for (i, cell) in cells.iter().enumerate() {
            if i > 0 {
                self.out.write_all(b",")?;
            }
            self.out.write_all(quoted(cell).as_bytes())?;
        }
        let header = std::mem::replace(&mut self.header, false);
        self.end(if header { "bound" } else { "" })
    }

    /// The cell of the bound, if there is a column for it, and the end of the row.
    fn end(&mut self, bound: &str) -> io::Result<()> {
        if self.bounds {
            writeln!(self.out, ",{bound}")
        } else {
            self.out.write_all(b"\n")
        }
    }

    /// Writes one row that ends in a whole number.
    pub(super) fn whole(&mut self, cells: &[&str], value: u64) -> io::Result<()> {
        let value = value.to_string();
        self.row(&cells.iter().copied().chain([&*value]).collect::<Vec<_>>())
    }

    /// Writes one row that ends in a number.
    pub fn number(&mut self, cells: &[&str], value: impl Borrow<Quantity>) -> io::Result<()> {
        for cell in cells {
            self.out.write_all(quoted(cell).as_bytes())?;
            self.out.write_all(b",")?;
        }
        let value = value.borrow();
        self.out.write_all(written(value).as_bytes())?;
        self.end(&value.bound().map_or_else(String::new, float))
    }
}

/// A number as a cell holds it; empty where there is none.
pub(super) fn written(x: &Quantity) -> String {
    match x {
        Quantity::Undefined => String::new(),
        Quantity::Float(x) | Quantity::Certified { value: x, .. } => float(*x),
        Quantity::Exact(x) => x.to_string(),
    }
}

/// As in JSON: the shortest digits that read back as the same number.
pub(in crate::report) fn float(x: f64) -> String {
    serde_json::Number::from_f64(x).map_or_else(String::new, |x| x.to_string())
}

/// A cell, quoted where a comma, a quote or a line break stands in it.
fn quoted(cell: &str) -> Cow<'_, str> {
    if cell.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", cell.replace('"', "\"\"")).into()
    } else {
        cell.into()
    }
}
