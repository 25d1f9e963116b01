//! The files of a tar archive, plain or in gzip, with a bound on what they may unpack to.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::{Cursor, Read, Write};

use flate2::read::MultiGzDecoder;

use super::super::ExchangeError;
use super::error::wrong;
use crate::model::error::ModelError;

/// What an archive may always unpack to, in bytes; a choice.
const UNPACKED: u64 = 64 << 20;

/// What it may unpack to beyond that, for each of its own bytes; a choice.
const RATIO: u64 = 100;

/// Headers and contents begin at multiples of this (POSIX.1, ustar).
const BLOCK: usize = 512;

/// The files by their paths.
pub(super) struct Files {
    bytes: Vec<u8>,
    ranges: HashMap<String, std::ops::Range<usize>>,
}

impl Files {
    pub(super) fn unpack(packed: &[u8]) -> Result<Files, ModelError> {
        let bytes = match packed {
            [0x1f, 0x8b, ..] => inflate(packed)?,
            [0xfd, b'7', b'z', ..] => {
                return Err(archive(
                    "the archive is compressed with xz",
                    "unpack it: xz -dc model.umb > plain.umb, which is read",
                ));
            }
            plain => Cow::Borrowed(plain),
        };
        let mut files = Files {
            bytes: bytes.into_owned(),
            ranges: HashMap::new(),
        };
        let mut at = 0;
        while let Some(head) = files.bytes.get(at..at + BLOCK) {
            if head.iter().all(|byte| *byte == 0) {
                break;
            }
            let is_tar = &head[257..262] == b"ustar" && checksum(head) == octal(&head[148..156]);
            let size = octal(&head[124..136]).filter(|_| is_tar);
            let end = size.and_then(|size| (at + BLOCK).checked_add(size));
            let Some(end) = end.filter(|end| *end <= files.bytes.len()) else {
                return Err(archive(
                    "this is no tar file, or it is cut off",
                    "a .umb file is a tar file, plain or in gzip, with `index.json` in it",
                ));
            };
            if matches!(head[156], b'0' | 0) {
                let path = path(head);
                files.ranges.insert(path, at + BLOCK..end);
            }
            at = end.next_multiple_of(BLOCK);
        }
        Ok(files)
    }

    /// The bytes of a file, if it is there.
    pub(super) fn get(&self, path: &str) -> Option<&[u8]> {
        let range = self.ranges.get(path)?;
        Some(&self.bytes[range.clone()])
    }

    /// The paths of all files, in no order.
    pub(super) fn paths(&self) -> impl Iterator<Item = &str> {
        self.ranges.keys().map(String::as_str)
    }

    /// The bytes of a file.
    pub(super) fn needed(&self, path: &str) -> Result<&[u8], ModelError> {
        self.get(path)
            .ok_or_else(|| wrong(path, "is not in the archive"))
    }

    /// How many bytes there are in all.
    pub(super) fn size(&self) -> usize {
        self.bytes.len()
    }
}

fn archive(problem: &str, help: &'static str) -> ModelError {
    ModelError::from(ExchangeError::Archive {
        problem: problem.into(),
        help: help.into(),
    })
}

fn inflate(packed: &[u8]) -> Result<Cow<'_, [u8]>, ModelError> {
    let limit = UNPACKED.saturating_add(RATIO.saturating_mul(packed.len() as u64));
    let mut bytes = Vec::new();
    let read = MultiGzDecoder::new(Cursor::new(packed)).take(limit.saturating_add(1));
    let read = { read }.read_to_end(&mut bytes);
    if let Err(error) = read {
        let problem = format!("the archive cannot be unpacked: {error}");
        return Err(archive(&problem, "write it again, or without compression"));
    }
    if bytes.len() as u64 > limit {
        return Err(archive(
            "the archive unpacks to far more than it holds",
            "unpack it: gzip -dc model.umb > plain.umb, which is read",
        ));
    }
    Ok(Cow::Owned(bytes))
}

/// The name of an entry, behind its folder if it is long.
fn path(head: &[u8]) -> String {
    let text = |range: std::ops::Range<usize>| {
        let bytes = head[range].split(|byte| *byte == 0).next().unwrap_or(&[]);
        String::from_utf8_lossy(bytes).into_owned()
    };
    let (name, folder) = (text(0..100), text(345..500));
    let path = if folder.is_empty() {
        name
    } else {
        format!("{folder}/{name}")
    };
    path.trim_start_matches("./").to_string()
}

fn octal(digits: &[u8]) -> Option<usize> {
    let text = std::str::from_utf8(digits).ok()?;
    let text = text.trim_matches([' ', '\0']);
    usize::from_str_radix(text, 8).ok()
}

/// The sum of the bytes of a head, its own digits taken as blanks.
fn checksum(head: &[u8]) -> Option<usize> {
    let sum: usize = head.iter().map(|byte| usize::from(*byte)).sum();
    let own: usize = head[148..156].iter().map(|byte| usize::from(*byte)).sum();
    Some(sum - own + 8 * usize::from(b' '))
}

/// A tar file being written: the same files give the same bytes.
#[derive(Default)]
pub(super) struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    pub(super) fn add(&mut self, path: &str, data: &[u8]) {
        let mut head = [0u8; BLOCK];
        let mut put = |at: usize, text: &str| {
            // a slice of the head always takes the few bytes
            let _ = (&mut head[at..]).write(text.as_bytes());
        };
        put(0, path);
        put(100, "0000644\0");
        put(108, "0000000\0");
        put(116, "0000000\0");
        put(124, &format!("{:011o}\0", data.len()));
        put(136, "00000000000\0");
        put(156, "0");
        put(257, "ustar\x0000");
        let sum = checksum(&head).unwrap_or(0);
        let _ = (&mut head[148..156]).write(format!("{sum:06o}\0 ").as_bytes());
        self.bytes.extend(head);
        self.bytes.extend(data);
        let padded = self.bytes.len().next_multiple_of(BLOCK);
        self.bytes.resize(padded, 0);
    }

    pub(super) fn finish(mut self) -> Vec<u8> {
        let end = self.bytes.len() + 2 * BLOCK;
        self.bytes.resize(end, 0);
        self.bytes
    }
}
