//! A `.npy` file of numbers, read block by block.

use std::io::Read;

use super::read::{ArchiveError, Header};
use super::{Entries, parse};

/// The numbers of an array, in C order, as they are read.
pub(crate) struct Stream<R> {
    source: R,
    header: Header,
    /// How many numbers are still to come.
    left: usize,
    /// The whole array, where its order is Fortran's.
    whole: Option<Vec<f64>>,
    bytes: Vec<u8>,
}

impl<R: Read> Stream<R> {
    /// Reads the header.
    pub fn new(mut source: R) -> Result<Stream<R>, ArchiveError> {
        let damaged = |error: std::io::Error| ArchiveError::Damaged(error.to_string());
        let mut start = vec![0; 12];
        source
            .read_exact(&mut start)
            .map_err(|_| ArchiveError::NotAnArray)?;
        let length = Header::length(&start).ok_or(ArchiveError::NotAnArray)?;
        let read = start.len();
        start.resize(length.max(read), 0);
        source.read_exact(&mut start[read..]).map_err(damaged)?;
        let (header, _) = Header::parse(&start)?;
        let count = header.count().ok_or(ArchiveError::Size {
            shape: header.shape.clone(),
            bytes: 0,
        })?;
        let mut stream = Stream {
            left: count,
            header,
            whole: None,
            bytes: Vec::new(),
            source,
        };
        if stream.header.fortran {
            stream.source.read_to_end(&mut start).map_err(damaged)?;
            stream.whole = Some(numbers(parse(&start)?.entries)?);
        }
        Ok(stream)
    }

    /// The sizes of the array.
    pub fn shape(&self) -> &[usize] {
        &self.header.shape
    }

    /// Fills the block with up to so many further numbers; `false` at the end.
    pub fn next(&mut self, block: &mut Vec<f64>, most: usize) -> Result<bool, ArchiveError> {
        if let Some(whole) = self.whole.take() {
            self.left = 0;
            *block = whole;
            return Ok(true);
        }
        let count = most.min(self.left);
        if count == 0 {
            return Ok(false);
        }
        self.bytes.resize(count * self.header.width, 0);
        self.source
            .read_exact(&mut self.bytes)
            .map_err(|_| ArchiveError::Size {
                shape: self.header.shape.clone(),
                bytes: 0,
            })?;
        self.left -= count;
        *block = numbers((self.header.read)(&self.bytes, self.header.width))?;
        Ok(true)
    }
}

fn numbers(entries: Entries) -> Result<Vec<f64>, ArchiveError> {
    match entries {
        Entries::Numbers(numbers) => Ok(numbers),
        Entries::Integers(integers) => Ok(integers.into_iter().map(|x| x as f64).collect()),
        _ => Err(ArchiveError::Type("no number".into())),
    }
}
