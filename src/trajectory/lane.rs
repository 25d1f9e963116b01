//! One of the trajectories that are under way at a time.

use super::alias::Span;
use super::stream::Stream;
use super::{Initial, Simulator};

/// A trajectory under way.
pub(super) struct Lane {
    pub stream: Stream,
    /// The table of the state it is in.
    pub at: Span,
    /// [`super::Link::PAYS`] if any of the outcomes so far paid.
    pub paid: u32,
    /// Their numbers, but those that are not kept.
    pub outcomes: Vec<u32>,
    /// How many are not.
    pub dropped: usize,
    /// The tables of the states in which the parts begin.
    pub marks: Vec<Span>,
    /// How many outcomes there may be before a part, or the trajectory, ends.
    pub room: usize,
    pub trajectory: u64,
}

impl Lane {
    /// The first trajectory of a lane, from its random stream: the seed and the number of that.
    pub fn new(simulator: &Simulator, stream: (u64, u64), lane: u64, limit: usize) -> Lane {
        let mut lane = Lane {
            stream: Stream::new(stream.0, stream.1),
            at: Span { start: 0, slots: 0 },
            paid: 0,
            outcomes: Vec::new(),
            dropped: 0,
            marks: Vec::new(),
            room: 0,
            trajectory: lane,
        };
        lane.begin(simulator, limit);
        lane
    }

    /// Draws S₀.
    #[inline(always)]
    pub fn begin(&mut self, simulator: &Simulator, limit: usize) {
        self.outcomes.clear();
        self.paid = 0;
        let state = match &simulator.initial {
            Initial::Point(state) => *state,
            Initial::Law(tables, span, states) => {
                states[tables.draw(*span, self.stream.draw()) as usize]
            }
        };
        self.at = simulator.spans[state as usize];
        self.dropped = 0;
        self.marks.clear();
        self.marks.push(self.at);
        self.room = limit.min(simulator.part);
    }

    /// Steps so far.
    pub fn steps(&self) -> usize {
        self.dropped + self.outcomes.len()
    }

    /// Begins a part where there are steps left to take, and forgets those that are more than are kept.
    #[inline(never)]
    pub fn begin_part(&mut self, simulator: &Simulator, limit: usize) -> bool {
        let steps = self.steps();
        if self.at.slots == 0 || steps >= limit {
            return false;
        }
        self.marks.push(self.at);
        if steps >= simulator.kept {
            self.dropped = steps;
            self.outcomes.clear();
        }
        self.room = self.outcomes.len() + simulator.part.min(limit - steps);
        true
    }

    /// Draws (Aₜ, Sₜ₊₁, Rₜ).
    #[inline(always)]
    pub fn step(&mut self, simulator: &Simulator) {
        let outcome = simulator.tables.draw(self.at, self.stream.draw());
        let link = simulator.links[outcome as usize];
        self.at = link.span();
        self.paid |= link.slots;
        self.outcomes.push(outcome);
    }
}
