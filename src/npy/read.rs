//! Archives of arrays as NumPy writes them → arrays, with a bound on what they may unpack to.

use std::io::{Cursor, Read};

use zip::ZipArchive;
use zip::result::ZipError;

use super::{Array, Entries};

/// What an archive may always unpack to, in bytes; a choice.
const UNPACKED: u64 = 32 << 20;

/// What it may unpack to beyond that, for each of its own bytes; a choice.
const RATIO: u64 = 20;

/// Most bytes for which room is made because an archive announces them; a choice.
const ROOM: u64 = 1 << 30;

/// Why an array cannot be read.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub(crate) enum ArchiveError {
    #[error("this is not an archive of NumPy arrays: {0}")]
    NotAnArchive(String),
    #[error("cannot be unpacked: {0}")]
    Damaged(String),
    #[error("unpacks to far more than the file holds")]
    TooLarge,
    #[error("is no array in NumPy's format 1.0, 2.0 or 3.0")]
    NotAnArray,
    #[error("holds entries of the type `{0}`")]
    Type(String),
    #[error("{}", sized(shape, *bytes))]
    Size { shape: Vec<usize>, bytes: usize },
}

fn sized(shape: &[usize], bytes: usize) -> String {
    if shape.contains(&0) && bytes == 0 {
        format!("is empty: it has the shape {shape:?}")
    } else {
        format!("announces the shape {shape:?}, but has {bytes} bytes of entries")
    }
}

/// An archive of arrays.
pub(crate) struct Archive<'b> {
    zip: ZipArchive<Cursor<&'b [u8]>>,
    /// How many bytes may still be unpacked.
    budget: u64,
}

impl<'b> Archive<'b> {
    pub(crate) fn new(bytes: &'b [u8]) -> Result<Archive<'b>, ArchiveError> {
        let zip = ZipArchive::new(Cursor::new(bytes));
        let zip = zip.map_err(|error| ArchiveError::NotAnArchive(error.to_string()))?;
        let budget = UNPACKED.saturating_add(RATIO.saturating_mul(bytes.len() as u64));
        Ok(Archive { zip, budget })
    }

    /// The names of the arrays.
    pub(crate) fn names(&self) -> Vec<String> {
        let names = self.zip.file_names().flatten();
        let mut names: Vec<String> = names
            .map(|name| name.strip_suffix(".npy").unwrap_or(&name).to_string())
            .collect();
        names.sort_unstable();
        names
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.zip.index_for_name(&format!("{name}.npy")).is_some()
    }

    /// An array, `None` if there is none of the name.
    pub(crate) fn array(&mut self, name: &str) -> Result<Option<Array>, ArchiveError> {
        let damaged = |error: std::io::Error| ArchiveError::Damaged(error.to_string());
        let file = match self.zip.by_name(&format!("{name}.npy")) {
            Ok(file) => file,
            Err(ZipError::FileNotFound) => return Ok(None),
            Err(error) => return Err(ArchiveError::Damaged(error.to_string())),
        };
        let room = file.size().min(self.budget).min(ROOM);
        let mut bytes = Vec::with_capacity(usize::try_from(room).unwrap_or(0));
        file.take(self.budget.saturating_add(1))
            .read_to_end(&mut bytes)
            .map_err(damaged)?;
        match self.budget.checked_sub(bytes.len() as u64) {
            Some(left) => self.budget = left,
            None => return Err(ArchiveError::TooLarge),
        }
        parse(&bytes).map(Some)
    }
}

/// What stands before the entries of a `.npy` file.
pub(crate) struct Header {
    pub shape: Vec<usize>,
    pub fortran: bool,
    /// The bytes of one entry.
    pub width: usize,
    pub read: Reader,
}

impl Header {
    /// The header of a file, and the bytes that follow it.
    pub fn parse(bytes: &[u8]) -> Result<(Header, &[u8]), ArchiveError> {
        let rest = bytes.strip_prefix(MAGIC);
        let (header, data) = rest
            .and_then(split_header)
            .ok_or(ArchiveError::NotAnArray)?;
        let header = String::from_utf8_lossy(header);
        let kind = after(&header, "'descr':").ok_or(ArchiveError::NotAnArray)?;
        let kind = match kind
            .strip_prefix('\'')
            .and_then(|kind| kind.split_once('\''))
        {
            Some((kind, _)) => kind,
            // a list: fields of several types
            None => return Err(ArchiveError::Type("a record".into())),
        };
        let order = after(&header, "'fortran_order':");
        let fortran = order.is_some_and(|word| word.starts_with("True"));
        let shape = shape(&header).ok_or(ArchiveError::NotAnArray)?;
        let (width, read) = reader(kind).ok_or_else(|| ArchiveError::Type(kind.into()))?;
        let header = Header {
            shape,
            fortran,
            width,
            read,
        };
        Ok((header, data))
    }

    /// How many bytes the header takes, from the first twelve; `None` if these begin no array, or if
    /// it would be longer than a header is.
    pub fn length(start: &[u8]) -> Option<usize> {
        // headers of plain arrays have some 100 bytes; four bytes of length could announce 4 GiB
        const MOST: usize = 1 << 20;
        let rest = start.strip_prefix(MAGIC)?;
        let (&version, sizes) = (rest.first()?, rest.get(2..)?);
        let (length, prefix) = match version {
            1 => (
                usize::from(u16::from_le_bytes(sizes.get(..2)?.try_into().ok()?)),
                10,
            ),
            2 | 3 => (
                u32::from_le_bytes(sizes.get(..4)?.try_into().ok()?) as usize,
                12,
            ),
            _ => return None,
        };
        (length <= MOST).then_some(prefix + length)
    }

    /// How many entries there are, unless that overflows.
    pub fn count(&self) -> Option<usize> {
        let mut sizes = self.shape.iter();
        sizes.try_fold(1usize, |n, &m| n.checked_mul(m))
    }
}

const MAGIC: &[u8] = b"\x93NUMPY";

/// An array from the bytes of a `.npy` file.
pub(crate) fn parse(bytes: &[u8]) -> Result<Array, ArchiveError> {
    let (header, data) = Header::parse(bytes)?;
    let fits = |count: usize| count.checked_mul(header.width) == Some(data.len());
    let in_bounds = header.shape.iter().all(|&n| n <= data.len().max(1));
    if !(header.count().is_some_and(fits) && in_bounds) {
        return Err(ArchiveError::Size {
            shape: header.shape,
            bytes: data.len(),
        });
    }
    let entries = (header.read)(data, header.width);
    let array = Array {
        shape: header.shape,
        is_half: header.width == 2 && matches!(entries, Entries::Numbers(_)),
        entries,
    };
    Ok(if header.fortran {
        array.reordered()
    } else {
        array
    })
}

/// The header and what follows it.
fn split_header(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (version, rest) = bytes.split_at_checked(2)?;
    let (length, rest) = match version[0] {
        1 => {
            let (length, rest) = rest.split_at_checked(2)?;
            (
                usize::from(u16::from_le_bytes(length.try_into().ok()?)),
                rest,
            )
        }
        2 | 3 => {
            let (length, rest) = rest.split_at_checked(4)?;
            (u32::from_le_bytes(length.try_into().ok()?) as usize, rest)
        }
        _ => return None,
    };
    rest.split_at_checked(length)
}

/// What follows a key of the header.
fn after<'h>(header: &'h str, key: &str) -> Option<&'h str> {
    let (_, after) = header.split_once(key)?;
    Some(after.trim_start())
}

fn shape(header: &str) -> Option<Vec<usize>> {
    let sizes = after(header, "'shape':")?.strip_prefix('(')?;
    let (sizes, _) = sizes.split_once(')')?;
    let sizes = sizes.split(',').map(str::trim).filter(|n| !n.is_empty());
    // Python 2 wrote `3L`
    let sizes = sizes.map(|n| n.trim_end_matches('L').parse().ok());
    sizes
        .collect::<Option<Vec<usize>>>()
        .filter(|sizes| sizes.len() <= 8)
}

/// Entries of an array as the number that holds them all.
trait FromEntry<T> {
    fn from_entry(entry: T) -> Self;
}

macro_rules! from_entry {
    ($($t:ty => $as:ty),*) => {$(
        impl FromEntry<$t> for $as {
            fn from_entry(entry: $t) -> $as {
                entry as $as
            }
        }
    )*};
}

from_entry!(f64 => f64, f32 => f64, i64 => i64, i32 => i64, i16 => i64, i8 => i64);
from_entry!(u32 => i64, u16 => i64, u8 => i64);

/// The bits of a floating-point number of 16 bits: sign, 5 of exponent, 10 of mantissa.
struct Half(u16);

impl Half {
    fn from_le_bytes(bytes: [u8; 2]) -> Half {
        Half(u16::from_le_bytes(bytes))
    }

    fn from_be_bytes(bytes: [u8; 2]) -> Half {
        Half(u16::from_be_bytes(bytes))
    }
}

impl FromEntry<Half> for f64 {
    fn from_entry(Half(bits): Half) -> f64 {
        let mantissa = f64::from(bits & 0x3ff);
        let exponent = i32::from((bits >> 10) & 0x1f);
        let size = match exponent {
            0 => mantissa * 2f64.powi(-24),
            31 if mantissa == 0.0 => f64::INFINITY,
            31 => f64::NAN,
            _ => (1024.0 + mantissa) * 2f64.powi(exponent - 25),
        };
        if bits >> 15 == 1 { -size } else { size }
    }
}

/// Reads all entries, of a width in bytes.
pub(crate) type Reader = fn(&[u8], usize) -> Entries;

macro_rules! numbers {
    ($t:ty, $from:ident, $kind:ident, $as:ty) => {
        |data: &[u8], width: usize| {
            let entries = data.chunks_exact(width);
            let read = |bytes: &[u8]| {
                let mut word = [0; size_of::<$t>()];
                word.copy_from_slice(bytes);
                <$as>::from_entry(<$t>::$from(word))
            };
            Entries::$kind(entries.map(read).collect())
        }
    };
}

/// Unsigned numbers of 64 bits: integers where all of them are below 2⁶³, and floating point otherwise.
fn unsigned(data: &[u8], from: fn([u8; 8]) -> u64) -> Entries {
    let words = data.chunks_exact(8).map(|bytes| {
        let mut word = [0; 8];
        word.copy_from_slice(bytes);
        from(word)
    });
    let integers = words.clone().map(|x| i64::try_from(x).ok());
    match integers.collect::<Option<Vec<i64>>>() {
        Some(integers) => Entries::Integers(integers),
        None => Entries::Numbers(words.map(|x| x as f64).collect()),
    }
}

/// The width of an entry and how to read it.
fn reader(kind: &str) -> Option<(usize, Reader)> {
    let (order, code) = kind.split_at_checked(1)?;
    let big = order == ">";
    let read: (usize, Reader) = match (code, big) {
        ("f8", false) => (8, numbers!(f64, from_le_bytes, Numbers, f64)),
        ("f8", true) => (8, numbers!(f64, from_be_bytes, Numbers, f64)),
        ("f4", false) => (4, numbers!(f32, from_le_bytes, Numbers, f64)),
        ("f4", true) => (4, numbers!(f32, from_be_bytes, Numbers, f64)),
        ("f2", false) => (2, numbers!(Half, from_le_bytes, Numbers, f64)),
        ("f2", true) => (2, numbers!(Half, from_be_bytes, Numbers, f64)),
        ("i8", false) => (8, numbers!(i64, from_le_bytes, Integers, i64)),
        ("i8", true) => (8, numbers!(i64, from_be_bytes, Integers, i64)),
        ("i4", false) => (4, numbers!(i32, from_le_bytes, Integers, i64)),
        ("i4", true) => (4, numbers!(i32, from_be_bytes, Integers, i64)),
        ("i2", false) => (2, numbers!(i16, from_le_bytes, Integers, i64)),
        ("i2", true) => (2, numbers!(i16, from_be_bytes, Integers, i64)),
        ("i1", _) => (1, numbers!(i8, from_le_bytes, Integers, i64)),
        ("u8", false) => (8, |data, _| unsigned(data, u64::from_le_bytes)),
        ("u8", true) => (8, |data, _| unsigned(data, u64::from_be_bytes)),
        ("u4", false) => (4, numbers!(u32, from_le_bytes, Integers, i64)),
        ("u4", true) => (4, numbers!(u32, from_be_bytes, Integers, i64)),
        ("u2", false) => (2, numbers!(u16, from_le_bytes, Integers, i64)),
        ("u2", true) => (2, numbers!(u16, from_be_bytes, Integers, i64)),
        ("u1", _) => (1, numbers!(u8, from_le_bytes, Integers, i64)),
        ("b1", _) => (1, |data, _| {
            Entries::Booleans(data.iter().map(|&x| x != 0).collect())
        }),
        _ => {
            let width: usize = code.strip_prefix('U').filter(|_| !big)?.parse().ok()?;
            let width = width.checked_mul(4).filter(|width| *width > 0)?;
            (width, texts)
        }
    };
    Some(read)
}

fn texts(data: &[u8], width: usize) -> Entries {
    let text = |bytes: &[u8]| -> String {
        let letters = bytes.chunks_exact(4).map(|letter| {
            let mut word = [0; 4];
            word.copy_from_slice(letter);
            u32::from_le_bytes(word)
        });
        let letters = letters.take_while(|letter| *letter != 0);
        letters
            .map(|letter| char::from_u32(letter).unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect()
    };
    Entries::Texts(data.chunks_exact(width).map(text).collect())
}

impl Array {
    /// The array whose entries stand in the order of Fortran, in C order.
    fn reordered(self) -> Array {
        let Array {
            shape,
            entries,
            is_half,
        } = self;
        let order = c_order(&shape);
        let entries = match entries {
            Entries::Numbers(x) => Entries::Numbers(order.map(|i| x[i]).collect()),
            Entries::Integers(x) => Entries::Integers(order.map(|i| x[i]).collect()),
            Entries::Booleans(x) => Entries::Booleans(order.map(|i| x[i]).collect()),
            Entries::Texts(x) => Entries::Texts(order.map(|i| x[i].clone()).collect()),
        };
        Array {
            shape,
            entries,
            is_half,
        }
    }
}

/// Where, in the order of Fortran, the entries stand that C order takes one by one.
fn c_order(shape: &[usize]) -> impl Iterator<Item = usize> + '_ {
    let count: usize = shape.iter().product();
    (0..count).map(move |index| {
        let (mut rest, mut place, mut stride) = (index, 0, count);
        for &size in shape.iter().rev() {
            stride /= size;
            place += (rest % size) * stride;
            rest /= size;
        }
        place
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fortran_order_is_read_as_c_order() {
        // [[0, 1, 2], [3, 4, 5]] column by column
        let array = Array {
            shape: vec![2, 3],
            entries: Entries::Integers(vec![0, 3, 1, 4, 2, 5]),
            is_half: false,
        };
        let Entries::Integers(entries) = array.reordered().entries else {
            unreachable!("the type is kept");
        };
        assert_eq!(entries, [0, 1, 2, 3, 4, 5]);
    }

    #[test]
    fn a_shape_beyond_the_data_costs_nothing() {
        let header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000, 0), }\n";
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend((header.len() as u16).to_le_bytes());
        bytes.extend(header);
        assert!(matches!(parse(&bytes), Err(ArchiveError::Size { .. })));
    }
}
