//! Trajectories of more steps than are kept: drawn again, part by part, from the random numbers that they were drawn with.

use super::Simulator;
use super::stream::Stream;
use super::walk::Lane;

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

    /// Draws the outcomes of a part again, and of up to so many steps behind it.
    pub fn part(&self, part: usize, behind: usize, outcomes: &mut Vec<u32>) {
        let first = self.first(part);
        let count = (self.steps() - first).min(self.len(part).saturating_add(behind));
        let (seed, number) = self.stream;
        // each step takes one random number
        let begun = self.lane.stream.drawn() - self.steps() as u64;
        let mut stream = Stream::from(seed, number, begun + first as u64);
        let mut at = self.lane.marks[part];
        outcomes.clear();
        outcomes.extend((0..count).map(|_| {
            let outcome = self.simulator.tables.draw(at, stream.draw());
            at = self.simulator.links[outcome as usize].span();
            outcome
        }));
    }

    /// The outcomes of all steps.
    pub fn outcomes(&self) -> Vec<u32> {
        if let Some(whole) = self.whole() {
            return whole.to_vec();
        }
        let mut all = Vec::with_capacity(self.steps());
        let mut outcomes = Vec::new();
        for part in 0..self.parts() {
            self.part(part, 0, &mut outcomes);
            all.extend_from_slice(&outcomes);
        }
        all
    }
}
