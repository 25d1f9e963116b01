//! Shards as files: a line that says what it is, a line of JSON that says of which run, and for each
//! block its steps (u64) and its sums (f64), little-endian.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Shard, ShardError, hexadecimal};
use crate::mend::{Argument, Front};
use crate::sampling::BlockNumbers;

/// The first line; its number grows when the form changes.
const FIRST: &str = "exact-mdp block sums 1";

#[derive(Serialize, Deserialize)]
struct Head {
    run: Vec<(String, String)>,
    trajectories: Option<u64>,
    first_block: u64,
    blocks: u64,
    /// Sums of a block.
    numbers: u64,
    /// SHA-256 of what follows the head.
    sha256: String,
}

impl Shard {
    /// The shard as the bytes of a file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut data = Vec::new();
        for block in &self.blocks {
            data.extend(block.steps.to_le_bytes());
            data.extend(block.sums.iter().flat_map(|x| x.to_le_bytes()));
        }
        let head = Head {
            run: self.run.clone(),
            trajectories: self.trajectories,
            first_block: self.first,
            blocks: self.blocks.len() as u64,
            numbers: self.blocks.first().map_or(0, |block| block.sums.len()) as u64,
            sha256: hexadecimal(&Sha256::digest(&data)),
        };
        let head = serde_json::to_string(&head).expect("strings and whole numbers");
        let mut bytes = format!("{FIRST}\n{head}\n").into_bytes();
        bytes.extend(data);
        bytes
    }

    /// What [`Shard::to_bytes`] wrote.
    ///
    /// Errors with [`ShardError::Unreadable`] for other files, and for one of which a part is missing
    /// or changed.
    pub fn from_bytes(bytes: &[u8]) -> Result<Shard, ShardError> {
        let refuse = |why: &str| ShardError::Unreadable { why: why.into() };
        let none = || {
            let writes = match Front::speaking() {
                Front::Flags => format!("`compare {}`", Argument::Blocks),
                Front::Arguments => "`compare_blocks`".into(),
                Front::Library => format!("`{}`", Argument::Blocks),
            };
            refuse(&format!(
                "it holds no sums of blocks as {writes} writes them"
            ))
        };
        let (first, rest) = line(bytes).ok_or_else(none)?;
        if first != FIRST.as_bytes() {
            return Err(none());
        }
        let (head, data) = line(rest).ok_or_else(|| refuse("its second line is cut off"))?;
        let head: Head =
            serde_json::from_slice(head).map_err(|_| refuse("its second line is damaged"))?;
        let whole = head.numbers.checked_add(1).and_then(|n| n.checked_mul(8));
        let size = whole.and_then(|size| size.checked_mul(head.blocks));
        if size != Some(data.len() as u64) {
            return Err(refuse("a part of its sums is missing"));
        }
        if hexadecimal(&Sha256::digest(data)) != head.sha256 {
            return Err(refuse("its sums have changed since they were written"));
        }
        let blocks = if head.blocks == 0 {
            Vec::new()
        } else {
            data.chunks_exact(data.len() / head.blocks as usize)
                .map(block)
                .collect()
        };
        Ok(Shard {
            run: head.run,
            trajectories: head.trajectories,
            first: head.first_block,
            blocks,
        })
    }
}

fn block(bytes: &[u8]) -> BlockNumbers {
    let (words, _) = bytes.as_chunks::<8>();
    let mut words = words.iter();
    BlockNumbers {
        steps: words.next().map_or(0, |word| u64::from_le_bytes(*word)),
        sums: words.map(|word| f64::from_le_bytes(*word)).collect(),
    }
}

/// The bytes before the first line end, and those after it.
fn line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    Some((&bytes[..end], &bytes[end + 1..]))
}
