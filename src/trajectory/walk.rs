//! The walk: several trajectories at once, so that the memory is never waited for.
//!
//! A step is a chain of two loads, slot → link to the next table, each of which waits for the last.
//! Eight lanes have eight such chains under way at a time. What a lane has walked is kept step by step only up to
//! [`super::KEPT`] steps; of a longer trajectory whoever takes it draws the parts again ([`Walked::draw`]).

use std::ops::ControlFlow;

use super::lane::Lane;
use super::long::Walked;
use super::{Link, Simulator};

/// Trajectories of a block; a choice, of which no measurement is kept.
pub const BLOCK: u64 = 2048;

/// Trajectories of a block that are under way at a time; a choice, of which no measurement is kept.
pub const LANES: u64 = 8;

/// Which trajectories to walk.
#[derive(Clone, Copy, Debug)]
pub struct Block {
    /// The seed of the run.
    pub seed: u64,
    /// The number of the block: its trajectories are `number * BLOCK..`.
    pub number: u64,
    /// How many of its trajectories are wanted, the first ones; at most [`BLOCK`].
    pub trajectories: u64,
    /// The largest number of steps that a trajectory may have before the run gives up.
    pub cap: usize,
}

impl Block {
    /// The number of the random stream of a lane.
    fn stream(&self, lane: u64) -> u64 {
        self.number * LANES + lane
    }
}

/// Why a block was not walked to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Halt {
    /// A trajectory had not ended after as many steps as the cap allows.
    Overlong {
        /// The number of the trajectory.
        trajectory: u64,
    },
    /// Whoever takes the trajectories wants no more.
    Interrupted,
}

impl Simulator {
    /// Walks the first trajectories of a block and hands each to `sink` as it ends, with its number; after
    /// [`ControlFlow::Break`] no more are walked.
    ///
    /// The order in which trajectories end is the same in every run, but not that of their
    /// numbers. Errors if one of them reaches the cap, and where the sink broke off.
    #[inline(always)]
    pub fn walk(
        &self,
        block: &Block,
        mut sink: impl FnMut(u64, &Walked) -> ControlFlow<()>,
    ) -> Result<(), Halt> {
        let first = block.number * BLOCK;
        let limit = self.horizon.unwrap_or(block.cap);
        let lanes = LANES.min(block.trajectories);
        let lane = |i| Lane::new(self, (block.seed, block.stream(i)), i, limit);
        let lanes = (0..lanes).map(lane);
        let mut lanes: Vec<Lane> = lanes.collect();
        // the lanes from here on have still to take their step of this round
        let mut next = 0;
        while !lanes.is_empty() {
            // a loop of its own, which the sink leaves all registers
            let goes_on = |lane: &Lane| lane.at.slots != 0 && lane.outcomes.len() < lane.room;
            for lane in &mut lanes[next..] {
                if !goes_on(lane) {
                    break;
                }
                lane.step(self);
                next += 1;
            }
            let Some(lane) = lanes.get_mut(next) else {
                next = 0;
                continue;
            };
            if lane.begin_part(self, limit) {
                continue;
            }
            let trajectory = first + lane.trajectory;
            if lane.at.slots != 0 && self.horizon.is_none() {
                return Err(Halt::Overlong { trajectory });
            }
            let stream = (block.seed, block.stream(lane.trajectory % LANES));
            let pays = lane.paid & Link::PAYS != 0;
            if sink(trajectory, &Walked::new(self, lane, stream, pays)).is_break() {
                return Err(Halt::Interrupted);
            }
            lane.trajectory += LANES;
            if lane.trajectory < block.trajectories {
                lane.begin(self, limit);
                next += 1;
            } else {
                lanes.swap_remove(next);
                next = 0;
            }
        }
        Ok(())
    }
}
