//! NumPy's arrays (`.npy`) and archives of them (`.npz`).

mod read;
mod stream;

pub(crate) use read::{Archive, ArchiveError, parse};
pub(crate) use stream::Stream;

use std::io::{self, Cursor, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// A rectangular array in C order.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Array {
    pub shape: Vec<usize>,
    pub entries: Entries,
}

/// What an array holds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Entries {
    Numbers(Vec<f64>),
    Integers(Vec<i64>),
    Booleans(Vec<bool>),
    Texts(Vec<String>),
}

impl Array {
    pub(crate) fn numbers(shape: impl Into<Vec<usize>>, numbers: Vec<f64>) -> Array {
        Array {
            shape: shape.into(),
            entries: Entries::Numbers(numbers),
        }
    }

    pub(crate) fn integers(integers: Vec<i64>) -> Array {
        Array {
            shape: vec![integers.len()],
            entries: Entries::Integers(integers),
        }
    }

    /// One flag, without dimensions.
    pub(crate) fn flag(flag: bool) -> Array {
        Array {
            shape: Vec::new(),
            entries: Entries::Booleans(vec![flag]),
        }
    }

    pub(crate) fn booleans(booleans: Vec<bool>) -> Array {
        Array {
            shape: vec![booleans.len()],
            entries: Entries::Booleans(booleans),
        }
    }

    pub(crate) fn texts(texts: Vec<String>) -> Array {
        Array {
            shape: vec![texts.len()],
            entries: Entries::Texts(texts),
        }
    }

    /// The format 1.0 of NumPy's `lib.format`.
    fn npy(&self) -> Vec<u8> {
        let (kind, data) = match &self.entries {
            Entries::Numbers(numbers) => {
                let bytes = numbers.iter().flat_map(|x| x.to_le_bytes());
                ("<f8".to_string(), bytes.collect())
            }
            Entries::Integers(integers) => {
                let bytes = integers.iter().flat_map(|x| x.to_le_bytes());
                ("<i8".to_string(), bytes.collect())
            }
            Entries::Booleans(booleans) => {
                let bytes = booleans.iter().map(|&x| u8::from(x));
                ("|b1".to_string(), bytes.collect())
            }
            Entries::Texts(texts) => unicode(texts),
        };
        let sizes: String = self.shape.iter().map(|n| format!("{n},")).collect();
        let mut header =
            format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': ({sizes}), }}");
        // magic (6), version (2), length (2), header, newline: a multiple of 64
        let unpadded = 10 + header.len() + 1;
        header.push_str(&" ".repeat(unpadded.next_multiple_of(64) - unpadded));
        header.push('\n');
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        let length = u16::try_from(header.len()).expect("a few dimensions fit");
        bytes.extend(length.to_le_bytes());
        bytes.extend(header.as_bytes());
        let data: Vec<u8> = data;
        bytes.extend(data);
        bytes
    }
}

/// UTF-32 of a fixed width, padded with zeros.
fn unicode(texts: &[String]) -> (String, Vec<u8>) {
    let longest = texts.iter().map(|text| text.chars().count()).max();
    let width = longest.unwrap_or(0).max(1);
    let mut bytes = Vec::with_capacity(4 * width * texts.len());
    for text in texts {
        let letters = text.chars().map(u32::from);
        let padded = letters.chain(std::iter::repeat(0)).take(width);
        bytes.extend(padded.flat_map(u32::to_le_bytes));
    }
    (format!("<U{width}"), bytes)
}

/// An archive being written; the same arrays give the same bytes.
pub(crate) struct Writer {
    zip: ZipWriter<Cursor<Vec<u8>>>,
    method: CompressionMethod,
}

impl Writer {
    pub(crate) fn new() -> Writer {
        Writer::by(CompressionMethod::Deflated)
    }

    /// Without compression, as `numpy.savez` writes: several times as fast.
    pub(crate) fn stored() -> Writer {
        Writer::by(CompressionMethod::Stored)
    }

    fn by(method: CompressionMethod) -> Writer {
        Writer {
            zip: ZipWriter::new(Cursor::new(Vec::new())),
            method,
        }
    }

    pub(crate) fn add(&mut self, name: &str, array: &Array) -> io::Result<()> {
        // a fixed date: the same input gives the same bytes
        let options = SimpleFileOptions::default()
            .compression_method(self.method)
            .last_modified_time(zip::DateTime::default());
        self.zip.start_file(format!("{name}.npy"), options)?;
        self.zip.write_all(&array.npy())
    }

    pub(crate) fn finish(self) -> io::Result<Vec<u8>> {
        Ok(self.zip.finish()?.into_inner())
    }
}
