//! NumPy's arrays (`.npy`) and archives of them (`.npz`).

mod read;
mod stream;

pub(crate) use read::{Archive, ArchiveError, parse};
pub(crate) use stream::Stream;

use std::io::{self, Cursor, Seek, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// A rectangular array in C order.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Array {
    pub shape: Vec<usize>,
    pub entries: Entries,
    /// Whether they were numbers of 16 bits.
    pub is_half: bool,
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
            is_half: false,
        }
    }

    pub(crate) fn integers(integers: Vec<i64>) -> Array {
        Array {
            shape: vec![integers.len()],
            entries: Entries::Integers(integers),
            is_half: false,
        }
    }

    /// One flag, without dimensions.
    pub(crate) fn flag(flag: bool) -> Array {
        Array {
            shape: Vec::new(),
            entries: Entries::Booleans(vec![flag]),
            is_half: false,
        }
    }

    pub(crate) fn booleans(booleans: Vec<bool>) -> Array {
        Array {
            shape: vec![booleans.len()],
            entries: Entries::Booleans(booleans),
            is_half: false,
        }
    }

    pub(crate) fn texts(texts: Vec<String>) -> Array {
        Array {
            shape: vec![texts.len()],
            entries: Entries::Texts(texts),
            is_half: false,
        }
    }

    /// What NumPy calls the type of the entries.
    fn kind(&self) -> String {
        match &self.entries {
            Entries::Numbers(_) => NUMBERS.to_string(),
            Entries::Integers(_) => "<i8".to_string(),
            Entries::Booleans(_) => "|b1".to_string(),
            Entries::Texts(texts) => format!("<U{}", longest(texts)),
        }
    }

    fn write(&self, out: &mut impl Write) -> io::Result<()> {
        out.write_all(&header(&self.kind(), &self.shape))?;
        match &self.entries {
            Entries::Numbers(numbers) => write_eights(out, numbers, |x| x.to_le_bytes()),
            Entries::Integers(integers) => write_eights(out, integers, |x| x.to_le_bytes()),
            Entries::Booleans(booleans) => {
                let bytes: Vec<u8> = booleans.iter().map(|&x| u8::from(x)).collect();
                out.write_all(&bytes)
            }
            Entries::Texts(texts) => write_unicode(out, texts),
        }
    }
}

/// The type of floating-point numbers.
const NUMBERS: &str = "<f8";

/// What stands before the entries in the format 1.0 of NumPy's `lib.format`.
fn header(kind: &str, shape: &[usize]) -> Vec<u8> {
    let sizes: String = shape.iter().map(|n| format!("{n},")).collect();
    let mut header = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': ({sizes}), }}");
    // magic (6), version (2), length (2), header, newline: a multiple of 64
    let unpadded = 10 + header.len() + 1;
    header.push_str(&" ".repeat(unpadded.next_multiple_of(64) - unpadded));
    header.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    let length = u16::try_from(header.len()).expect("a few dimensions fit");
    bytes.extend(length.to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes
}

fn write_eights<T: Copy>(
    out: &mut impl Write,
    entries: &[T],
    bytes: impl Fn(T) -> [u8; 8],
) -> io::Result<()> {
    // a block of 64 KiB
    const AT_ONCE: usize = 8192;
    let mut block = vec![0; 8 * AT_ONCE.min(entries.len())];
    for entries in entries.chunks(AT_ONCE) {
        for (into, &x) in block.chunks_exact_mut(8).zip(entries) {
            into.copy_from_slice(&bytes(x));
        }
        out.write_all(&block[..8 * entries.len()])?;
    }
    Ok(())
}

fn longest(texts: &[String]) -> usize {
    let longest = texts.iter().map(|text| text.chars().count()).max();
    longest.unwrap_or(0).max(1)
}

/// UTF-32 of a fixed width, padded with zeros.
fn write_unicode(out: &mut impl Write, texts: &[String]) -> io::Result<()> {
    // names of ten letters are 160 KiB then
    const AT_ONCE: usize = 4096;
    let width = longest(texts);
    let mut bytes = Vec::new();
    for texts in texts.chunks(AT_ONCE) {
        bytes.clear();
        for text in texts {
            let letters = text.chars().map(u32::from);
            let padded = letters.chain(std::iter::repeat(0)).take(width);
            padded.for_each(|letter| bytes.extend(letter.to_le_bytes()));
        }
        out.write_all(&bytes)?;
    }
    Ok(())
}

/// From how many entries on an array is many.
const MANY: usize = 1 << 16;

/// An archive being written; the same arrays give the same bytes.
pub(crate) struct Writer<W: Write + Seek = Cursor<Vec<u8>>> {
    zip: ZipWriter<W>,
    method: CompressionMethod,
}

impl Writer<Cursor<Vec<u8>>> {
    pub(crate) fn new() -> Self {
        Writer {
            zip: ZipWriter::new(Cursor::default()),
            method: CompressionMethod::Deflated,
        }
    }

    /// Without compression, as `numpy.savez` writes: several times as fast.
    pub(crate) fn stored() -> Self {
        Writer::stored_in(Cursor::default())
    }

    /// The bytes of the archive.
    pub(crate) fn bytes(self) -> io::Result<Vec<u8>> {
        Ok(self.finish()?.into_inner())
    }
}

impl<W: Write + Seek> Writer<W> {
    /// Without compression, into what keeps it.
    pub(crate) fn stored_in(out: W) -> Self {
        Writer {
            zip: ZipWriter::new(out),
            method: CompressionMethod::Stored,
        }
    }

    pub(crate) fn add(&mut self, name: &str, array: &Array) -> io::Result<()> {
        self.start(name, self.method, None)?;
        array.write(&mut self.zip)
    }

    /// Adds an array by its name, not compressed where there are so many numbers that compressing them takes
    /// longer than what made them; they hardly shrink. Many texts do shrink, so these are compressed, but
    /// with the least search.
    pub(crate) fn add_quickly(&mut self, name: &str, array: &Array) -> io::Result<()> {
        let (method, level) = match &array.entries {
            Entries::Numbers(numbers) => (self.method_for(numbers.len()), None),
            Entries::Integers(integers) => (self.method_for(integers.len()), None),
            Entries::Texts(texts) if texts.len() >= MANY => (self.method, self.least_search()),
            Entries::Booleans(_) | Entries::Texts(_) => (self.method, None),
        };
        self.start(name, method, level)?;
        array.write(&mut self.zip)
    }

    /// An array of numbers that come in blocks, in C order; compressed as by [`Writer::add_quickly`].
    pub(crate) fn add_blocks(
        &mut self,
        name: &str,
        shape: &[usize],
        mut blocks: impl Iterator<Item = Vec<f64>>,
    ) -> io::Result<()> {
        self.start(name, self.method_for(shape.iter().product()), None)?;
        self.zip.write_all(&header(NUMBERS, shape))?;
        blocks.try_for_each(|block| write_eights(&mut self.zip, &block, |x| x.to_le_bytes()))
    }

    fn method_for(&self, numbers: usize) -> CompressionMethod {
        if numbers < MANY {
            self.method
        } else {
            CompressionMethod::Stored
        }
    }

    /// The level of the quickest search of `deflate`; none where nothing is compressed.
    fn least_search(&self) -> Option<i64> {
        (self.method == CompressionMethod::Deflated).then_some(1)
    }

    fn start(
        &mut self,
        name: &str,
        method: CompressionMethod,
        level: Option<i64>,
    ) -> io::Result<()> {
        // a fixed date: the same input gives the same bytes
        let options = SimpleFileOptions::default()
            .compression_method(method)
            .compression_level(level)
            .last_modified_time(zip::DateTime::default());
        Ok(self.zip.start_file(format!("{name}.npy"), options)?)
    }

    /// Ends the archive.
    pub(crate) fn finish(self) -> io::Result<W> {
        Ok(self.zip.finish()?)
    }
}
