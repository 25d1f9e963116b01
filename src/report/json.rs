//! JSON as other programs read it: one key per line, every array on its key's line.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, Serializer};

/// Writes a report as one JSON document, ended by a newline. A floating-point number has as many
/// digits as it takes to read the same number back; what is undefined is `null`.
pub fn write(report: &impl Serialize, out: impl Write) -> io::Result<()> {
    let mut out = Pieces::new(out);
    report.serialize(&mut Serializer::with_formatter(&mut out, Lines::new()))?;
    out.write_all(b"\n")?;
    out.flush()
}

/// A buffer that takes in the pieces of numbers, three for each, without a call.
struct Pieces<W> {
    held: Vec<u8>,
    out: W,
}

impl<W: Write> Pieces<W> {
    const ROOM: usize = 1 << 16;

    fn new(out: W) -> Pieces<W> {
        let held = Vec::with_capacity(Self::ROOM);
        Pieces { held, out }
    }

    #[cold]
    fn pass_on(&mut self) -> io::Result<()> {
        self.out.write_all(&self.held)?;
        self.held.clear();
        Ok(())
    }
}

impl<W: Write> Write for Pieces<W> {
    #[inline]
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        self.write_all(piece).map(|()| piece.len())
    }

    #[inline]
    fn write_all(&mut self, piece: &[u8]) -> io::Result<()> {
        if self.held.len() + piece.len() > Self::ROOM {
            self.pass_on()?;
            if piece.len() > Self::ROOM {
                return self.out.write_all(piece);
            }
        }
        // a number in two pieces of a known length, which overlap
        if let (Some(first), Some(last)) = (piece.first_chunk::<12>(), piece.last_chunk::<12>())
            && piece.len() <= 24
        {
            let end = self.held.len() + piece.len();
            self.held.extend_from_slice(first);
            self.held.truncate(end - 12);
            self.held.extend_from_slice(last);
            return Ok(());
        }
        self.held.extend_from_slice(piece);
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.pass_on()?;
        self.out.flush()
    }
}

/// Objects are indented, arrays stay on one line: a vector of a million entries is one line.
struct Lines {
    depth: usize,
    /// The number that was written last, and how.
    last: f64,
    digits: [u8; Lines::LONGEST],
    length: usize,
}

impl Lines {
    /// No number has more digits with its sign, point and exponent.
    const LONGEST: usize = 32;

    fn new() -> Lines {
        Lines {
            depth: 0,
            last: f64::NAN,
            digits: [0; Lines::LONGEST],
            length: 0,
        }
    }

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

    /// Policies, visits and zeros repeat: digits are made anew for another number only.
    #[inline]
    fn write_f64<W: ?Sized + Write>(&mut self, out: &mut W, value: f64) -> io::Result<()> {
        if value.to_bits() != self.last.to_bits() {
            let mut left = &mut self.digits[..];
            CompactFormatter.write_f64(&mut left, value)?;
            self.length = Lines::LONGEST - left.len();
            self.last = value;
        }
        out.write_all(&self.digits[..self.length])
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        if first { Ok(()) } else { out.write_all(b", ") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers of all lengths, some of them again, and texts longer than the buffer.
    #[test]
    fn what_is_written_is_what_serde_writes() {
        let numbers = [
            0.0,
            -0.0,
            0.5,
            0.5,
            -0.0,
            1e-300,
            -1.0 / 3.0,
            5e-324,
            f64::MAX,
            -1e21,
        ];
        let numbers = (0..20_000).map(|i| numbers[i % 10] * (1.0 + (i / 7) as f64));
        let numbers: Vec<f64> = numbers.map(|x| x.clamp(f64::MIN, f64::MAX)).collect();
        let long = "x".repeat(Pieces::<Vec<u8>>::ROOM + 1);
        let written = (numbers, [long.as_str(), "", "a"]);
        let mut found = Vec::new();
        write(&written, &mut found).unwrap();
        let expected = serde_json::to_string(&written).unwrap() + "\n";
        assert_eq!(
            String::from_utf8(found).unwrap().replace(", ", ","),
            expected
        );
    }
}
