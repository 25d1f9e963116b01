//! Trajectories of more steps than are kept, part by part: memory for one part, whatever their length.

use super::path::{PathSum, Paths};
use super::weights::{Along, Part, Scratch, Weights};
use crate::trajectory::{Simulator, Walked};

/// What parts are worked out in.
#[derive(Default)]
pub(super) struct Long {
    outcomes: Vec<u32>,
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
    /// Draws a part again, with so many steps behind it.
    fn read<'a>(
        &self,
        number: usize,
        (reach, states): (usize, bool),
        (outcomes, paths): (&mut Vec<u32>, &'a mut Paths),
    ) -> Part<'a> {
        let Drawn {
            walked,
            simulator,
            ratios,
        } = *self;
        walked.part(number, reach, outcomes);
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
        let parts = drawn.walked.parts();
        let reach = weights.reach(drawn.walked.steps());
        let mut ratio = None;
        if weights.asks_ratio() && drawn.ratios.is_some() {
            let parts = 0..parts;
            ratio = Some(parts.fold(1.0, |product, number| {
                let part = drawn.read(number, (0, false), (outcomes, paths));
                let ratios = part.path.ratios.iter();
                ratios.fold(product, |product, ratio| product * ratio)
            }));
        }
        let mut along: Along = weights.begin(ratio);
        for number in (0..parts).rev() {
            let part = drawn.read(number, (0, true), (outcomes, paths));
            weights.leave_behind(&part, &mut along, scratch);
        }
        weights.turn(&mut along);
        for number in 0..parts {
            let part = drawn.read(number, (reach, true), (outcomes, paths));
            weights.evaluate_part(&part, &mut along, scratch);
            each(&part.path, scratch);
        }
    }
}
