//! The walk: several trajectories at once, so that the memory is never waited for.
//!
//! A step is a chain of loads, state → slot → successor, each of which waits for the last. Eight
//! lanes have eight such chains under way at a time.

use super::alias;
use super::stream::Stream;
use super::{After, Initial, Simulator};

/// Trajectories of a block.
pub const BLOCK: u64 = 2048;

/// Trajectories of a block that are under way at a time.
pub const LANES: u64 = 8;

/// A finished trajectory, as a sink receives it.
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

/// A trajectory had not ended after as many steps as the cap allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overlong {
    /// Which one.
    pub trajectory: u64,
}

struct Lane {
    stream: Stream,
    at: After,
    /// All successors so far, joined bit by bit: whether one of them paid.
    seen: u64,
    outcomes: Vec<u32>,
    trajectory: u64,
}

impl Lane {
    fn new(simulator: &Simulator, block: &Block, lane: u64) -> Lane {
        let mut lane = Lane {
            stream: Stream::new(block.seed, block.number * LANES + lane),
            at: After(0),
            seen: 0,
            outcomes: Vec::new(),
            trajectory: lane,
        };
        lane.begin(simulator);
        lane
    }

    /// Draws S₀.
    #[inline(always)]
    fn begin(&mut self, simulator: &Simulator) {
        self.outcomes.clear();
        self.seen = 0;
        self.at = match &simulator.initial {
            Initial::Point(state) => *state,
            Initial::Table(slots, span, states) => {
                states[alias::draw(slots, *span, self.stream.draw()) as usize]
            }
        };
    }
}

impl Simulator {
    /// Walks the first trajectories of a block and hands each to `sink` as it ends: its number,
    /// its outcomes (for [`Simulator::event`]), and whether any of its rewards is not 0.
    ///
    /// The order in which trajectories end is the same in every run, but not that of their
    /// numbers. Errors if one of them reaches the cap.
    pub fn walk(
        &self,
        block: &Block,
        mut sink: impl FnMut(u64, &[u32], bool),
    ) -> Result<(), Overlong> {
        let first = block.number * BLOCK;
        let limit = self.horizon.unwrap_or(block.cap);
        let lanes = LANES.min(block.trajectories);
        let mut lanes: Vec<Lane> = (0..lanes).map(|i| Lane::new(self, block, i)).collect();
        while !lanes.is_empty() {
            let mut finished = None;
            for (i, lane) in lanes.iter_mut().enumerate() {
                let span = lane.at.span();
                if span.slots != 0 && lane.outcomes.len() < limit {
                    let outcome = alias::draw(&self.slots, span, lane.stream.draw());
                    lane.outcomes.push(outcome);
                    lane.at = self.after[outcome as usize];
                    lane.seen |= lane.at.0;
                    continue;
                }
                let trajectory = first + lane.trajectory;
                if span.slots != 0 && self.horizon.is_none() {
                    return Err(Overlong { trajectory });
                }
                sink(trajectory, &lane.outcomes, lane.seen & After::PAYS != 0);
                lane.trajectory += LANES;
                if lane.trajectory < block.trajectories {
                    lane.begin(self);
                } else {
                    finished = Some(i);
                    break;
                }
            }
            if let Some(i) = finished {
                lanes.swap_remove(i);
            }
        }
        Ok(())
    }
}
