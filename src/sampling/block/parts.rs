//! A trajectory of more steps than are kept, summed part by part in the order of its steps.

use super::{Bench, Group, Lanes, Setting, Trajectories};
use crate::sampling::long::Drawn;
use crate::sampling::tally::Tally;
use crate::sampling::touched::Touched;
use crate::trajectory::Walked;

/// Y of a group.
enum Wide {
    One(Lanes<1>),
    Two(Lanes<2>),
    Four(Lanes<4>),
    Eight(Lanes<8>),
}

impl Wide {
    fn new(group: &Group) -> Wide {
        match group.lanes() {
            1 => Wide::One(Lanes::default()),
            2 => Wide::Two(Lanes::default()),
            4 => Wide::Four(Lanes::default()),
            _ => Wide::Eight(Lanes::default()),
        }
    }

    fn fill(&mut self, group: &Group, part: Trajectories) {
        match self {
            Wide::One(lanes) => lanes.fill_part(group, part),
            Wide::Two(lanes) => lanes.fill_part(group, part),
            Wide::Four(lanes) => lanes.fill_part(group, part),
            Wide::Eight(lanes) => lanes.fill_part(group, part),
        }
    }

    fn subtract_own(&mut self, group: &Group, part: Trajectories) {
        let stretch = part.touched.stretch(0..1);
        match self {
            Wide::One(lanes) => lanes.subtract_own(group, part, stretch),
            Wide::Two(lanes) => lanes.subtract_own(group, part, stretch),
            Wide::Four(lanes) => lanes.subtract_own(group, part, stretch),
            Wide::Eight(lanes) => lanes.subtract_own(group, part, stretch),
        }
    }

    fn end(&self, touched: &Touched, tally: &mut Tally) {
        let of = (touched, &touched.stretch(0..1));
        match self {
            Wide::One(lanes) => tally.add(of, &lanes.cells),
            Wide::Two(lanes) => tally.add(of, &lanes.cells),
            Wide::Four(lanes) => tally.add(of, &lanes.cells),
            Wide::Eight(lanes) => tally.add(of, &lanes.cells),
        }
    }
}

impl<const L: usize> Lanes<L> {
    #[inline(never)]
    fn fill_part(&mut self, group: &Group, part: Trajectories) {
        let stretch = part.touched.stretch(0..1);
        self.cells.resize(stretch.slots.end, [0.0; L]);
        self.fill(group, part, &stretch);
    }
}

impl Bench<'_> {
    /// Adds a trajectory: the same numbers as of all its steps at once.
    #[inline(never)]
    pub(super) fn add_by_parts(&mut self, walked: &Walked, tallies: &mut [Tally]) {
        let Setting {
            simulator,
            layout,
            weights,
            groups,
            ratios,
        } = self.setting;
        let drawn = Drawn {
            walked,
            simulator,
            ratios: ratios.as_deref(),
        };
        let (touched, long) = (&mut self.touched, &mut self.long);
        let all = groups.iter().zip(tallies);
        let wanted = all.filter(|(group, _)| walked.pays || !group.needs_reward);
        let mut wanted: Vec<_> = wanted
            .map(|(group, t)| (group, t, Wide::new(group)))
            .collect();
        touched.begin();
        long.each_part(drawn, weights, |path, scratch| {
            touched.trace_part(layout, path.pairs);
            for (group, _, wide) in &mut wanted {
                wide.fill(
                    group,
                    Trajectories {
                        weights,
                        scratch,
                        touched,
                        layout,
                        pairs: path.pairs,
                    },
                );
            }
        });
        // baselines of parameters are taken away behind the last step, as from shorter ones
        if wanted.iter().any(|(group, ..)| group.has_own) {
            long.each_part(drawn, weights, |path, scratch| {
                touched.trace_part(layout, path.pairs);
                let own = wanted.iter_mut().filter(|(group, ..)| group.has_own);
                for (group, _, wide) in own {
                    wide.subtract_own(
                        group,
                        Trajectories {
                            weights,
                            scratch,
                            touched,
                            layout,
                            pairs: path.pairs,
                        },
                    );
                }
            });
        }
        touched.end(layout);
        for (_, tally, wide) in &mut wanted {
            wide.end(touched, tally);
        }
    }
}
