//! YAML: the names and numbers of the JSON, one key per line.
//!
//! Mappings are indented, lists stay on their key's line, with what is in them as in JSON, which is
//! YAML too. Numbers have a point and a signed exponent (`1.0e-17`): readers of YAML 1.1, PyYAML
//! among them, take `1e-17` for a text.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

/// Writes a report as one YAML document.
pub fn write(report: &impl Serialize, mut out: impl Write) -> io::Result<()> {
    let mut text = Vec::new();
    report.serialize(&mut Serializer::with_formatter(
        &mut text,
        Blocks::default(),
    ))?;
    let text = String::from_utf8(text).map_err(io::Error::other)?;
    // a mapping begins on the line after its key; inside of texts a newline is escaped
    let text = text.replace(": \n", ":\n");
    out.write_all(text.trim_start_matches('\n').as_bytes())?;
    out.write_all(b"\n")
}

#[derive(Default)]
struct Blocks {
    /// Mappings around this place, outside of lists.
    depth: usize,
    /// Lists around this place, and the mappings in them.
    inline: usize,
    /// Whether a key is being written that needs no quotes.
    plain: bool,
    /// Whether the mapping just begun is still empty.
    empty: bool,
}

impl Formatter for Blocks {
    fn begin_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.empty = true;
        if self.inline > 0 {
            self.inline += 1;
            return out.write_all(b"{");
        }
        self.depth += 1;
        Ok(())
    }

    fn end_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        let empty = std::mem::take(&mut self.empty);
        if self.inline > 0 {
            self.inline -= 1;
            return out.write_all(b"}");
        }
        self.depth -= 1;
        if empty { out.write_all(b"{}") } else { Ok(()) }
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.empty = false;
        if self.inline > 0 {
            return out.write_all(if first { b"" } else { b", " });
        }
        self.plain = true;
        write!(out, "\n{:1$}", "", 2 * (self.depth - 1))
    }

    fn end_object_key<W: ?Sized + Write>(&mut self, _out: &mut W) -> io::Result<()> {
        self.plain = false;
        Ok(())
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        out.write_all(b": ")
    }

    fn begin_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.inline += 1;
        out.write_all(b"[")
    }

    fn end_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.inline -= 1;
        out.write_all(b"]")
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        out.write_all(if first { b"" } else { b", " })
    }

    // the keys of reports are words
    fn begin_string<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        out.write_all(if self.plain { b"" } else { b"\"" })
    }

    fn end_string<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        out.write_all(if self.plain { b"" } else { b"\"" })
    }

    fn write_f64<W: ?Sized + Write>(&mut self, out: &mut W, value: f64) -> io::Result<()> {
        let text = format!("{value:?}");
        let Some((mantissa, exponent)) = text.split_once('e') else {
            return out.write_all(text.as_bytes());
        };
        let point = if mantissa.contains('.') { "" } else { ".0" };
        let sign = if exponent.starts_with('-') { "" } else { "+" };
        write!(out, "{mantissa}{point}e{sign}{exponent}")
    }
}

#[cfg(test)]
mod tests {
    use serde::Serialize;

    use super::*;

    #[test]
    fn numbers_lists_and_mappings() {
        let value = serde_json::json!({
            "a": [1.5, -1e-17, 1e300, null, [1, "x: \n"]],
            "b": {"c": {}, "d": true, "e-f": "two words"},
            "g": [{"h": 1, "i": []}],
        });
        let mut text = Vec::new();
        let mut serializer = Serializer::with_formatter(&mut text, Blocks::default());
        value.serialize(&mut serializer).unwrap();
        let expected = "\na: [1.5, -1.0e-17, 1.0e+300, null, [1, \"x: \\n\"]]\nb: \n  c: {}\n  d: true\n  e-f: \"two words\"\ng: [{\"h\": 1, \"i\": []}]";
        assert_eq!(String::from_utf8(text).unwrap(), expected);
    }
}
