//! JSON as other programs read it: one key per line, every array on its key's line.

use std::io::{self, BufWriter, IntoInnerError, Write};

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

/// Writes a report as one JSON document, ended by a newline. A floating-point number has as many
/// digits as it takes to read the same number back; what is undefined is `null`.
pub fn write(report: &impl Serialize, out: impl Write) -> io::Result<()> {
    // three pieces for each number: a buffer of one's own takes them in without a call
    const BUFFER: usize = 1 << 16;
    let mut out = BufWriter::with_capacity(BUFFER, out);
    let formatter = Lines { depth: 0 };
    report.serialize(&mut Serializer::with_formatter(&mut out, formatter))?;
    out.write_all(b"\n")?;
    out.into_inner()
        .map(drop)
        .map_err(IntoInnerError::into_error)
}

/// Objects are indented, arrays stay on one line: a vector of a million entries is one line.
struct Lines {
    depth: usize,
}

impl Lines {
    fn new_line<W: ?Sized + Write>(&self, out: &mut W) -> io::Result<()> {
        write!(out, "\n{:1$}", "", 2 * self.depth)
    }
}

impl Formatter for Lines {
    fn begin_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.depth += 1;
        out.write_all(b"{")
    }

    fn end_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.depth -= 1;
        self.new_line(out)?;
        out.write_all(b"}")
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        if !first {
            out.write_all(b",")?;
        }
        self.new_line(out)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        out.write_all(b": ")
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        if first { Ok(()) } else { out.write_all(b", ") }
    }
}
