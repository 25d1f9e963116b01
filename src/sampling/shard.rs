//! Part of a run: the sums of some of its blocks, for another process to add up.
//!
//! A block is a function of the seed and its number, and blocks are added in their order. So it does
//! not matter who summed them: the result of a run in parts has the bits of the run in one.

use std::ops::{ControlFlow, Range};

use super::block::BlockSums;
use super::{Sampler, Samples, Sums};
use crate::error::Error;
use crate::trajectory::BLOCK;

/// The sums of one block.
#[derive(Clone, Debug, PartialEq)]
pub struct BlockNumbers {
    /// Steps of the environment.
    pub steps: u64,
    /// All sums, [`Sampler::numbers`] of them.
    pub sums: Vec<f64>,
}

impl From<BlockSums> for BlockNumbers {
    fn from(block: BlockSums) -> BlockNumbers {
        let tallies = block.tallies.iter().flat_map(|tally| tally.sums());
        BlockNumbers {
            steps: block.steps,
            sums: tallies.flatten().copied().collect(),
        }
    }
}

impl Sampler {
    /// Trajectories of a block.
    pub const BLOCK: u64 = BLOCK;

    /// How many blocks a run of so many trajectories has; the last may be shorter.
    pub fn blocks_of(trajectories: u64) -> u64 {
        trajectories.div_ceil(BLOCK)
    }

    /// How many numbers the sums of a block are.
    pub fn numbers(&self) -> usize {
        self.done.totals.iter().map(|total| total.len()).sum()
    }

    /// The sums of some blocks of a run of so many trajectories in all, without adding them up.
    ///
    /// `progress` is as for [`Sampler::sample_to`]; where it stops the run one gets the blocks from the
    /// first on that were complete by then. Errors if an episode is longer than the cap.
    pub fn block_numbers(
        &self,
        blocks: Range<u64>,
        trajectories: u64,
        progress: &(dyn Fn(u64) -> ControlFlow<()> + Sync),
    ) -> Result<Vec<BlockNumbers>, Error> {
        let whole = blocks.start..blocks.end.min(trajectories / BLOCK);
        let rest = trajectories % BLOCK;
        let ends = whole.end < blocks.end && rest > 0;
        let last = whole.end;
        let mut numbers = Vec::new();
        let mut stopped = false;
        if !whole.is_empty() {
            let (sums, early) = self.run_blocks(whole, Vec::new(), progress)?;
            numbers.extend(sums.into_iter().map(BlockNumbers::from));
            stopped = early;
        }
        if ends && !stopped {
            let rest =
                self.run_block(last, rest, self.setting.empty(), &|| progress(last * BLOCK))?;
            numbers.extend(rest.map(BlockNumbers::from));
        }
        Ok(numbers)
    }

    /// The moments of a run from the sums of all its blocks, in their order.
    ///
    /// # Panics
    /// If a block has not [`Sampler::numbers`] sums.
    pub fn added_up<'b>(
        &self,
        blocks: impl IntoIterator<Item = &'b BlockNumbers>,
        trajectories: u64,
    ) -> Samples {
        let mut all = Sums {
            steps: 0,
            totals: self.setting.zeros(),
        };
        for block in blocks {
            assert_eq!(block.sums.len(), self.numbers(), "sums of another run");
            all.steps += block.steps;
            let mut rest = block.sums.as_slice();
            for total in &mut all.totals {
                let (own, others) = rest.split_at(total.len());
                total.add([own, &[]]);
                rest = others;
            }
        }
        self.samples(&all, trajectories)
    }
}
