//! CSV as spreadsheets and data frames read it (RFC 4180, with a header): one long table, one
//! entry of a quantity per row, cells that do not apply empty.

use std::borrow::Borrow;
use std::io::{self, Write};

use super::{Quantity, Report};

/// Writes a report as CSV.
pub fn write(report: &impl Report, out: &mut dyn Write) -> io::Result<()> {
    report.csv(&mut Rows {
        out,
        bounds: report.bounds().is_some(),
        header: true,
    })
}

/// The rows of a table, as they are written.
pub struct Rows<'a> {
    out: &'a mut dyn Write,
    /// Whether a column `bound` follows the numbers.
    bounds: bool,
    /// Whether the first row is still to come.
    header: bool,
}

impl Rows<'_> {
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
        match self.bounds {
            true => writeln!(self.out, ",{bound}"),
            false => self.out.write_all(b"\n"),
        }
    }

    /// Writes one row that ends in a number.
    pub fn number(&mut self, cells: &[&str], value: impl Borrow<Quantity>) -> io::Result<()> {
        for cell in cells {
            self.out.write_all(quoted(cell).as_bytes())?;
            self.out.write_all(b",")?;
        }
        let value = value.borrow();
        match value {
            Quantity::Undefined => {}
            Quantity::Float(x) | Quantity::Certified { value: x, .. } => {
                self.out.write_all(float(*x).as_bytes())?;
            }
            Quantity::Exact(x) => write!(self.out, "{x}")?,
        }
        self.end(&value.bound().map_or_else(String::new, float))
    }
}

/// As in JSON: the shortest digits that read back as the same number.
fn float(x: f64) -> String {
    serde_json::Number::from_f64(x).map_or_else(String::new, |x| x.to_string())
}

/// A cell, quoted where a comma, a quote or a line break stands in it.
fn quoted(cell: &str) -> std::borrow::Cow<'_, str> {
    match cell.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", cell.replace('"', "\"\"")).into(),
        false => cell.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_where_they_must_be() {
        let mut out = Vec::new();
        let mut rows = Rows {
            out: &mut out,
            bounds: false,
            header: true,
        };
        rows.row(&["plain", "a,b", "say \"hi\"", ""]).unwrap();
        rows.number(&["x"], Quantity::Float(0.1)).unwrap();
        rows.number(&["x"], Quantity::Undefined).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text, "plain,\"a,b\",\"say \"\"hi\"\"\",\nx,0.1\nx,\n");
    }
}
