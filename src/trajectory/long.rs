//! Trajectories of more steps than are kept: drawn again, part by part, from the random numbers that they were drawn with.

use super::Simulator;
use super::alias::Span;
use super::lane::Lane;
use super::stream::Stream;

/// A trajectory that was walked.
#[derive(Clone, Copy)]
pub struct Walked<'a> {
    simulator: &'a Simulator,
    lane: &'a Lane,
    /// The seed and the number of its random stream.
    stream: (u64, u64),
    /// Whether any of its rewards is not 0.
    pub pays: bool,
}

impl<'a> Walked<'a> {
    #[inline(always)]
    pub(super) fn new(
        simulator: &'a Simulator,
        lane: &'a Lane,
        stream: (u64, u64),
        pays: bool,
    ) -> Walked<'a> {
        Walked {
            simulator,
            lane,
            stream,
            pays,
        }
    }

    /// How many steps it has.
    #[inline(always)]
    pub fn steps(&self) -> usize {
        self.lane.steps()
    }

    /// The outcomes of its steps ([`Simulator::event`]), where they were kept.
    #[inline(always)]
    pub fn whole(&self) -> Option<&'a [u32]> {
        (self.lane.dropped == 0).then_some(&self.lane.outcomes[..])
    }

    /// How many parts it has: 0 without steps.
    pub fn parts(&self) -> usize {
        self.steps().div_ceil(self.simulator.part)
    }

    /// The step that a part begins with.
    pub fn first(&self, part: usize) -> usize {
        part * self.simulator.part
    }

    /// Steps of a part.
    pub fn len(&self, part: usize) -> usize {
        let first = self.first(part);
        self.simulator.part.min(self.steps() - first)
    }

    /// Draws the outcomes of parts again, as many from the first as there is room for, each with up to so many steps behind it:
    /// side by side, as they were walked.
    pub fn draw(&self, first: usize, behind: usize, rooms: &mut [Vec<u32>]) {
        let parts = (first..self.parts()).zip(rooms);
        let mut all: Vec<Again<'_, '_>> = parts
            .map(|(part, room)| Again::new(self, part, behind, room))
            .collect();
        let together = all.iter().map(|one| one.left).min().unwrap_or(0);
        for _ in 0..together {
            for one in &mut all {
                one.step();
            }
        }
        for one in &mut all {
            (together..one.left).for_each(|_| one.step());
        }
    }

    /// The outcomes of all steps.
    pub fn outcomes(&self) -> Vec<u32> {
        if let Some(whole) = self.whole() {
            return whole.to_vec();
        }
        let mut all = Vec::with_capacity(self.steps());
        let mut rooms = [Vec::new()];
        for part in 0..self.parts() {
            self.draw(part, 0, &mut rooms);
            all.extend_from_slice(&rooms[0]);
        }
        all
    }
}

/// A part under way again.
struct Again<'a, 'b> {
    simulator: &'a Simulator,
    stream: Stream,
    at: Span,
    /// How many steps it has.
    left: usize,
    outcomes: &'b mut Vec<u32>,
}

impl<'a, 'b> Again<'a, 'b> {
    fn new(
        walked: &Walked<'a>,
        part: usize,
        behind: usize,
        outcomes: &'b mut Vec<u32>,
    ) -> Again<'a, 'b> {
        let first = walked.first(part);
        let left = (walked.steps() - first).min(walked.len(part).saturating_add(behind));
        let (seed, number) = walked.stream;
        // each step takes one random number
        let begun = walked.lane.stream.drawn() - walked.steps() as u64;
        outcomes.clear();
        outcomes.reserve(left);
        Again {
            simulator: walked.simulator,
            stream: Stream::from(seed, number, begun + first as u64),
            at: walked.lane.marks[part],
            left,
            outcomes,
        }
    }

    #[inline(always)]
    fn step(&mut self) {
        let outcome = self.simulator.tables.draw(self.at, self.stream.draw());
        self.at = self.simulator.links[outcome as usize].span();
        self.outcomes.push(outcome);
    }
}
