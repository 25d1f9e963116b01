//! Trajectories of more steps than are kept, part by part: memory for one part, whatever their length.

use super::path::{PathSum, Paths};
use super::weights::{Along, Part, Scratch, Weights};
use crate::trajectory::{LANES, Simulator, Walked};

/// What parts are worked out in.
#[derive(Default)]
pub(super) struct Long {
    /// Of parts that are neighbours.
    outcomes: [Vec<u32>; LANES as usize],
    paths: Paths,
    scratch: Scratch,
}

/// Which trajectory, of what, and π/b by pair under a behavior.
#[derive(Clone, Copy)]
pub(super) struct Drawn<'a> {
    pub walked: &'a Walked<'a>,
    pub simulator: &'a Simulator,
    pub ratios: Option<&'a [f64]>,
}

impl Drawn<'_> {
    /// Reads a part that has been drawn again.
    fn read<'a>(
        &self,
        (number, outcomes): (usize, &[u32]),
        states: bool,
        paths: &'a mut Paths,
    ) -> Part<'a> {
        let Drawn {
            walked,
            simulator,
            ratios,
        } = *self;
        let events = outcomes.iter().map(|&outcome| simulator.event(outcome));
        let one = [events.len()];
        paths.read(simulator, (events, &one), states, ratios);
        let steps = |count| PathSum {
            first: walked.first(number),
            ..paths.at(0..count)
        };
        Part {
            path: steps(walked.len(number)),
            longer: steps(one[0]),
            whole: walked.steps(),
        }
    }
}

impl Long {
    /// Works out every Ψₜ and hands over the parts, from the first to the last.
    pub fn each_part(
        &mut self,
        drawn: Drawn,
        weights: &Weights,
        mut each: impl FnMut(&PathSum, &Scratch),
    ) {
        let Long {
            outcomes,
            paths,
            scratch,
        } = self;
        let walked = drawn.walked;
        let groups = walked.parts().div_ceil(outcomes.len());
        // parts side by side, and the first of them
        let of_group = |group: usize| {
            let first = group * LANES as usize;
            (first, (walked.parts() - first).min(LANES as usize))
        };
        let reach = weights.reach(walked.steps());
        let mut ratio = None;
        if weights.asks_ratio() && drawn.ratios.is_some() {
            let mut product = 1.0;
            for (first, count) in (0..groups).map(of_group) {
                walked.draw(first, 0, outcomes);
                for (number, own) in (first..).zip(&outcomes[..count]) {
                    let part = drawn.read((number, own), false, paths);
                    let ratios = part.path.ratios.iter();
                    product = ratios.fold(product, |product, ratio| product * ratio);
                }
            }
            ratio = Some(product);
        }
        let mut along: Along = weights.begin(ratio);
        for (first, count) in (0..groups).rev().map(of_group) {
            walked.draw(first, 0, outcomes);
            for i in (0..count).rev() {
                let part = drawn.read((first + i, &outcomes[i]), true, paths);
                weights.leave_behind(&part, &mut along, scratch);
            }
        }
        weights.turn(&mut along);
        for (first, count) in (0..groups).map(of_group) {
            walked.draw(first, reach, outcomes);
            for (number, own) in (first..).zip(&outcomes[..count]) {
                let part = drawn.read((number, own), true, paths);
                weights.evaluate_part(&part, &mut along, scratch);
                each(&part.path, scratch);
            }
        }
    }
}
