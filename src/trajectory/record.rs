//! Whole trajectories as arrays, for fixtures and for tests of other people's code.

use std::ops::ControlFlow;

use super::walk::{BLOCK, Block, Halt};
use super::{Event, Simulator};

/// Trajectories one after the other, in the order of their numbers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Record {
    /// Steps of trajectory i are `start[i]..start[i + 1]` in the arrays below.
    pub start: Vec<usize>,
    /// (Sₜ, Aₜ), as pairs.
    pub pairs: Vec<usize>,
    /// Rₜ.
    pub rewards: Vec<f64>,
    /// Sₜ₊₁; the number of states if the trajectory died there.
    pub next: Vec<usize>,
}

impl Record {
    /// Number of trajectories.
    pub fn trajectories(&self) -> usize {
        self.start.len().saturating_sub(1)
    }

    /// Number of steps of each trajectory; 0 for one that started in a terminal state.
    pub fn lengths(&self) -> Vec<usize> {
        self.start
            .windows(2)
            .map(|ends| ends[1] - ends[0])
            .collect()
    }

    /// The steps of a trajectory.
    pub fn events(&self, trajectory: usize) -> impl ExactSizeIterator<Item = Event> {
        (self.start[trajectory]..self.start[trajectory + 1]).map(|step| Event {
            pair: self.pairs[step] as u32,
            next: self.next[step] as u32,
            reward: self.rewards[step],
        })
    }

    /// These trajectories with nothing behind the last step of each, as if it died there.
    pub(crate) fn dead_at_ends(&self, states: usize) -> Record {
        let mut dead = self.clone();
        for ends in self.start.windows(2).filter(|ends| ends[0] < ends[1]) {
            dead.next[ends[1] - 1] = states;
        }
        dead
    }

    fn push(&mut self, events: impl Iterator<Item = Event>) {
        for event in events {
            self.pairs.push(event.pair as usize);
            self.rewards.push(event.reward);
            self.next.push(event.next as usize);
        }
        self.start.push(self.pairs.len());
    }
}

/// The first trajectories of a seed: the very ones that sampling accumulates.
///
/// Errors if one of them has not ended after `cap` steps.
pub fn record(
    simulator: &Simulator,
    seed: u64,
    trajectories: u64,
    cap: usize,
) -> Result<Record, Halt> {
    let mut record = Record {
        start: vec![0],
        ..Record::default()
    };
    for number in 0..trajectories.div_ceil(BLOCK) {
        let wanted = BLOCK.min(trajectories - number * BLOCK);
        let block = Block {
            seed,
            number,
            trajectories: wanted,
            cap,
        };
        let mut paths = vec![Vec::new(); wanted as usize];
        simulator.walk(&block, |trajectory, walked| {
            paths[(trajectory - number * BLOCK) as usize] = walked.outcomes();
            ControlFlow::Continue(())
        })?;
        for outcomes in &paths {
            record.push(outcomes.iter().map(|&outcome| simulator.event(outcome)));
        }
    }
    Ok(record)
}
