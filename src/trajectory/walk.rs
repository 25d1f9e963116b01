//! The walk: several trajectories at once, so that the memory is never waited for.
//!
//! A step is a chain of two loads, slot → link to the next table, each of which waits for the last.
//! Eight lanes have eight such chains under way at a time.

use std::ops::ControlFlow;

use super::alias::Span;
use super::stream::Stream;
use super::{Initial, Link, Simulator};

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

struct Lane {
    stream: Stream,
    /// The table of the state it is in.
    at: Span,
    /// [`Link::PAYS`] if any of the outcomes so far paid.
    paid: u32,
    /// Their numbers.
    outcomes: Vec<u32>,
    trajectory: u64,
}

impl Lane {
    fn new(simulator: &Simulator, block: &Block, lane: u64) -> Lane {
        let mut lane = Lane {
            stream: Stream::new(block.seed, block.number * LANES + lane),
            at: Span { start: 0, slots: 0 },
            paid: 0,
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
        self.paid = 0;
        let state = match &simulator.initial {
            Initial::Point(state) => *state,
            Initial::Law(tables, span, states) => {
                states[tables.draw(*span, self.stream.draw()) as usize]
            }
        };
        self.at = simulator.spans[state as usize];
    }

    /// Draws (Aₜ, Sₜ₊₁, Rₜ).
    #[inline(always)]
    fn step(&mut self, simulator: &Simulator) {
        let outcome = simulator.tables.draw(self.at, self.stream.draw());
        let link = simulator.links[outcome as usize];
        self.at = link.span();
        self.paid |= link.slots;
        self.outcomes.push(outcome);
    }
}

impl Simulator {
    /// Walks the first trajectories of a block and hands each to `sink` as it ends: its number,
    /// the outcomes of its steps ([`Simulator::event`]), and whether any of its rewards is not 0; after
    /// [`ControlFlow::Break`] no more are walked.
    ///
    /// The order in which trajectories end is the same in every run, but not that of their
    /// numbers. Errors if one of them reaches the cap, and where the sink broke off.
    #[inline(always)]
    pub fn walk(
        &self,
        block: &Block,
        mut sink: impl FnMut(u64, &[u32], bool) -> ControlFlow<()>,
    ) -> Result<(), Halt> {
        let first = block.number * BLOCK;
        let limit = self.horizon.unwrap_or(block.cap);
        let lanes = LANES.min(block.trajectories);
        let mut lanes: Vec<Lane> = (0..lanes).map(|i| Lane::new(self, block, i)).collect();
        // the lanes from here on have still to take their step of this round
        let mut next = 0;
        while !lanes.is_empty() {
            // a loop of its own, which the sink leaves all registers
            let goes_on = |lane: &Lane| lane.at.slots != 0 && lane.outcomes.len() < limit;
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
            let trajectory = first + lane.trajectory;
            if lane.at.slots != 0 && self.horizon.is_none() {
                return Err(Halt::Overlong { trajectory });
            }
            if sink(trajectory, &lane.outcomes, lane.paid & Link::PAYS != 0).is_break() {
                return Err(Halt::Interrupted);
            }
            lane.trajectory += LANES;
            if lane.trajectory < block.trajectories {
                lane.begin(self);
                next += 1;
            } else {
                lanes.swap_remove(next);
                next = 0;
            }
        }
        Ok(())
    }
}
