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
    /// How many have come.
    done: usize,
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
            done: 0,
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
        let wanted = count * self.header.width;
        self.bytes.clear();
        let mut source = (&mut self.source).take(wanted as u64);
        let read = source.read_to_end(&mut self.bytes);
        let read = read.map_err(|error| ArchiveError::Damaged(error.to_string()))?;
        if read < wanted {
            let before = self.done * self.header.width;
            return Err(ArchiveError::Size {
                shape: self.header.shape.clone(),
                bytes: before + read,
            });
        }
        self.left -= count;
        self.done += count;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_short_says_how_much_there_is() {
        let header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (100,), }\n";
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend((header.len() as u16).to_le_bytes());
        bytes.extend(header);
        bytes.extend([0; 700]);
        let mut stream = Stream::new(&bytes[..]).unwrap();
        let mut block = Vec::new();
        assert!(stream.next(&mut block, 64).unwrap());
        let error = stream.next(&mut block, 64).unwrap_err();
        assert!(error.to_string().contains("has 700 bytes"), "{error}");
    }
}
