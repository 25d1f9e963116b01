//! A file → its bytes, its text, its name.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::error::TooLarge;
use super::errors::{ModelErrors, Problems};

/// Why a file is no text.
#[derive(Clone, Debug, PartialEq, thiserror::Error, miette::Diagnostic)]
pub enum FileError {
    /// The file could not be read.
    #[error("cannot read the file: {reason}")]
    Unreadable {
        /// What the system says.
        reason: String,
    },
    /// The bytes are not UTF-8.
    #[error("the file is not UTF-8 text: byte {offset} (line {line}) does not belong there")]
    #[diagnostic(help("save the file as UTF-8"))]
    NotUtf8 {
        /// Bytes before the first wrong one.
        offset: usize,
        /// Its line, from 1.
        line: usize,
    },
}

/// Most bytes of what is no regular file, and may never end: 256 MiB; a choice.
const MOST_STREAMED: u64 = 1 << 28;

/// The bytes of a file, that messages call `name`.
pub(crate) fn read_bytes(path: &Path, name: &str) -> Result<Vec<u8>, ModelErrors> {
    read_file(path).map_err(|error| {
        let reason = error.to_string();
        ModelErrors::new(name, "", FileError::Unreadable { reason }.into())
    })
}

/// The bytes of a file; of a pipe or a device, which may never end, at most 256 MiB.
///
/// Errors as the system does, and where a pipe or a device holds more.
pub fn read_file(path: &Path) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return read_stream(file);
    }
    let mut bytes = Vec::new();
    let size = usize::try_from(metadata.len()).unwrap_or(usize::MAX);
    bytes.try_reserve_exact(size).map_err(io::Error::other)?;
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The bytes of standard input, a pipe or a device, which may never end: at most 256 MiB.
///
/// Errors as the system does, and where there are more.
pub fn read_stream(source: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.take(MOST_STREAMED + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 <= MOST_STREAMED {
        return Ok(bytes);
    }
    let why = "it is no regular file and gives more than 256 MiB";
    Err(io::Error::other(why))
}

/// The text of bytes.
pub(crate) fn decode<'b>(name: &str, bytes: &'b [u8]) -> Result<&'b str, ModelErrors> {
    std::str::from_utf8(bytes).map_err(|error| {
        let offset = error.valid_up_to();
        let line = bytes[..offset].iter().filter(|&&b| b == b'\n').count() + 1;
        ModelErrors::new(name, "", FileError::NotUtf8 { offset, line }.into())
    })
}

/// The text of a file whose lines are counted; longer than offsets reach is refused.
pub(crate) fn text<'b>(source: &str, bytes: &'b [u8]) -> Result<&'b str, ModelErrors> {
    let text = decode(source, bytes)?;
    // some editors begin a file with a byte order mark, which is no part of it
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if u32::try_from(text.len()).is_err() {
        let error = TooLarge { bytes: text.len() };
        return Err(ModelErrors::new(source, "", Problems::from(error)));
    }
    Ok(text)
}

/// The file's name without folders and ending.
pub(crate) fn stem(source_name: &str) -> String {
    let stem = std::path::Path::new(source_name).file_stem();
    stem.map_or_else(
        || source_name.to_string(),
        |stem| stem.to_string_lossy().into_owned(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_never_ends_is_refused() {
        let error = read_stream(io::repeat(b'0')).unwrap_err();
        assert!(error.to_string().contains("more than 256 MiB"), "{error}");
        assert_eq!(read_stream(&b"states: 1"[..]).unwrap(), b"states: 1");
    }
}
