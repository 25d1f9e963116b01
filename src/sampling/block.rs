//! One block of trajectories, summed for all estimators.

mod collected;
mod parts;

use std::ops::{ControlFlow, Range};

use collected::{Collected, Together};

use super::layout::Layout;
use super::long::Long;
use super::path::Paths;
use super::tally::{Tally, Total};
use super::touched::{Stretch, Touched};
use super::weights::{Scratch, Weights};
use crate::trajectory::{Block, Halt, Simulator, Walked};

/// An estimator, or the difference of two, and where it stands in the results.
#[derive(Clone, Copy, Debug)]
pub(super) struct Member {
    pub result: usize,
    pub plus: usize,
    pub minus: Option<usize>,
}

/// Estimators (and differences) that are tallied side by side.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub members: Vec<Member>,
    needs_reward: bool,
    /// Whether ω₀ ⋯ ωₜ does not go with every Ψₜ.
    is_mixed: bool,
    has_differences: bool,
    /// Whether parameters have baselines of their own.
    has_own: bool,
}

/// Groups of up to [`Tally::WIDEST`], those that need a reward apart from the others.
pub(super) fn groups(
    weights: &Weights,
    estimators: usize,
    differences: &[(usize, usize)],
) -> Vec<Group> {
    let singles = (0..estimators).map(|i| (i, None));
    let differences = differences.iter().map(|&(i, j)| (i, Some(j)));
    let members = singles.chain(differences).enumerate();
    let members = members.map(|(result, (plus, minus))| Member {
        result,
        plus,
        minus,
    });
    let needs_reward = |member: &Member| {
        weights.needs_reward(member.plus) && member.minus.is_none_or(|j| weights.needs_reward(j))
    };
    let (idle, busy): (Vec<Member>, Vec<Member>) = members.partition(needs_reward);
    let chunk = |members: Vec<Member>, needs_reward| -> Vec<Group> {
        let chunks = members.chunks(Tally::WIDEST);
        let group = |members: &[Member]| Group {
            members: members.to_vec(),
            needs_reward,
            is_mixed: members.iter().any(|member| member.is_mixed(weights)),
            has_differences: members.iter().any(|member| member.minus.is_some()),
            has_own: members.iter().any(|member| member.has_own(weights)),
        };
        chunks.map(group).collect()
    };
    [chunk(idle, true), chunk(busy, false)].concat()
}

/// What all blocks of a run share.
pub(super) struct Setting {
    pub simulator: Simulator,
    pub layout: Layout,
    pub weights: Weights,
    pub groups: Vec<Group>,
    /// π/b by pair; `None` on the policy itself.
    pub ratios: Option<Vec<f64>>,
}

/// So many steps, some hundredths of a second, are walked without asking whether to go on.
const UNASKED: u64 = 1 << 22;

/// Sums over one block.
pub(super) struct BlockSums {
    pub steps: u64,
    pub tallies: Vec<Tally>,
}

/// So many steps are collected before the trajectories that have them are summed.
const BATCH: usize = 512;

/// xₜ is worked out for so many steps at a time, 16 kB of eight estimators, which stay in the first-level cache beside
/// what they are made of where a trajectory has a hundred thousand.
const PIECE: usize = 256;

/// What trajectories are worked out in.
struct Bench<'a> {
    setting: &'a Setting,
    collected: Collected,
    paths: Paths,
    scratch: Scratch,
    touched: Touched,
    lanes: (Lanes<1>, Lanes<2>, Lanes<4>, Lanes<8>),
    long: Long,
}

/// Trajectories whose Ψ are worked out.
#[derive(Clone, Copy)]
struct Trajectories<'a> {
    weights: &'a Weights,
    scratch: &'a Scratch,
    touched: &'a Touched,
    layout: &'a Layout,
    pairs: &'a [u32],
}

/// xₜ of a piece and Y of the estimators that are tallied side by side.
#[derive(Default)]
struct Lanes<const L: usize> {
    x: Vec<[f64; L]>,
    cells: Vec<[f64; L]>,
}

impl Member {
    /// Whether ω₀ ⋯ ωₜ does not go with every Ψₜ of it.
    fn is_mixed(&self, weights: &Weights) -> bool {
        let mut all = std::iter::once(self.plus).chain(self.minus);
        all.any(|i| !weights.is_weighed(i))
    }

    /// Whether parameters have baselines of their own in it.
    fn has_own(&self, weights: &Weights) -> bool {
        let mut all = std::iter::once(self.plus).chain(self.minus);
        all.any(|i| weights.has_own(i))
    }
}

impl Group {
    /// Lanes of the tally of this group.
    pub fn lanes(&self) -> usize {
        Tally::lanes_for(self.members.len())
    }
}

/// A block to be summed, as something that is compiled for each kind of vectors. A closure would be left a
/// function of its own, which has none of them.
struct Run<'a>(
    &'a Setting,
    &'a Block,
    BlockSums,
    &'a (dyn Fn() -> ControlFlow<()> + Sync),
);

impl pulp::NullaryFnOnce for Run<'_> {
    type Output = Result<BlockSums, Halt>;

    #[inline(always)]
    fn call(self) -> Self::Output {
        let Run(setting, block, room, go_on) = self;
        setting.sum(block, room, go_on)
    }
}

impl Setting {
    /// Zeros, to be added to: one total for each group.
    pub fn zeros(&self) -> Vec<Total> {
        let sums = Tally::len_of_lane(&self.layout);
        let groups = self.groups.iter();
        groups
            .map(|group| Total::new(sums * group.lanes()))
            .collect()
    }

    /// Sums of no trajectories.
    pub fn empty(&self) -> BlockSums {
        let tally = |group: &Group| Tally::new(&self.layout, group.lanes());
        BlockSums {
            steps: 0,
            tallies: self.groups.iter().map(tally).collect(),
        }
    }

    /// Sums the wanted trajectories of a block in `room`, whatever was in it before, with the widest vectors that the processor has and
    /// the same operations in the same order on each. Errors if one of them reaches the cap, and where
    /// `go_on`, asked every few million steps, ends it.
    pub fn run(
        &self,
        block: &Block,
        room: BlockSums,
        go_on: &(dyn Fn() -> ControlFlow<()> + Sync),
    ) -> Result<BlockSums, Halt> {
        pulp::Arch::new().dispatch(Run(self, block, room, go_on))
    }

    #[inline(always)]
    fn sum(
        &self,
        block: &Block,
        mut sums: BlockSums,
        go_on: &(dyn Fn() -> ControlFlow<()> + Sync),
    ) -> Result<BlockSums, Halt> {
        sums.steps = 0;
        sums.tallies.iter_mut().for_each(Tally::clear);
        let mut bench = Bench::new(self);
        let mut asked = 0;
        let all_need_reward = self.groups.iter().all(|group| group.needs_reward);
        self.simulator.walk(
            block,
            #[inline(always)]
            |_, walked| {
                sums.steps += walked.steps() as u64;
                if walked.pays || !all_need_reward {
                    bench.take(walked, &mut sums.tallies);
                }
                if sums.steps - asked < UNASKED {
                    return ControlFlow::Continue(());
                }
                asked = sums.steps;
                go_on()
            },
        )?;
        bench.add_collected(None, &mut sums.tallies);
        Ok(sums)
    }
}

impl Bench<'_> {
    fn new(setting: &Setting) -> Bench<'_> {
        Bench {
            setting,
            collected: Collected::default(),
            paths: Paths::default(),
            scratch: Scratch::default(),
            touched: Touched::new(&setting.layout),
            lanes: Default::default(),
            long: Long::default(),
        }
    }

    /// Takes in a trajectory: one that is a batch by itself, behind those collected, is copied nowhere.
    #[inline(always)]
    fn take(&mut self, walked: &Walked, tallies: &mut [Tally]) {
        let Some(outcomes) = walked.whole() else {
            self.add_collected(None, tallies);
            return self.add_by_parts(walked, tallies);
        };
        let pays = walked.pays;
        let is_long = outcomes.len() >= BATCH;
        if !is_long {
            self.collected.push(outcomes, pays);
        }
        if is_long || self.collected.outcomes.len() >= BATCH {
            self.add_collected(is_long.then_some((outcomes, pays)), tallies);
        }
    }

    /// Adds those collected, in their order, and the one behind them.
    #[inline(always)]
    fn add_collected(&mut self, last: Option<(&[u32], bool)>, tallies: &mut [Tally]) {
        let mut collected = std::mem::take(&mut self.collected);
        let ends = last.map(|(outcomes, _)| [outcomes.len()]);
        let paying = last.map(|(_, pays)| 0..usize::from(pays));
        // in a loop, since what is inlined is all of the sums
        let last = last.zip(ends.as_ref()).zip(paying.as_ref());
        let last = last.map(|(((outcomes, _), ends), paying)| {
            (outcomes, &ends[..], std::slice::from_ref(paying))
        });
        for part in [collected.parts(), last].into_iter().flatten() {
            self.add(part, tallies);
        }
        collected.clear();
        self.collected = collected;
    }

    /// Adds trajectories one after the other.
    #[inline(always)]
    fn add(&mut self, (outcomes, ends, paying): Together<'_>, tallies: &mut [Tally]) {
        let Setting {
            simulator,
            layout,
            weights,
            groups,
            ratios,
        } = self.setting;
        let states = weights.asks_states();
        let events = outcomes.iter().map(|&outcome| simulator.event(outcome));
        let paths = &mut self.paths;
        paths.read(simulator, (events, ends), states, ratios.as_deref());
        weights.evaluate(paths, &mut self.scratch);
        self.touched.trace(layout, paths);
        let all = 0..ends.len();
        let trajectories = Trajectories {
            weights,
            scratch: &self.scratch,
            touched: &self.touched,
            layout,
            pairs: paths.pairs(),
        };
        for (group, tally) in groups.iter().zip(tallies) {
            let which = if group.needs_reward {
                paying
            } else {
                std::slice::from_ref(&all)
            };
            match group.lanes() {
                1 => self.lanes.0.add(group, (trajectories, which), tally),
                2 => self.lanes.1.add(group, (trajectories, which), tally),
                4 => self.lanes.2.add(group, (trajectories, which), tally),
                _ => self.lanes.3.add(group, (trajectories, which), tally),
            }
        }
    }
}

impl<const L: usize> Lanes<L> {
    /// Adds some of the trajectories to the tally of a group of L lanes.
    #[inline(always)]
    fn add(
        &mut self,
        group: &Group,
        (trajectories, which): (Trajectories, &[Range<usize>]),
        tally: &mut Tally,
    ) {
        let touched = trajectories.touched;
        self.cells.resize(touched.coordinates().len(), [0.0; L]);
        for range in which {
            let stretch = touched.stretch(range.clone());
            self.cells[stretch.slots.clone()].fill([0.0; L]);
            self.fill(group, trajectories, &stretch);
            if group.has_own {
                for one in range.clone() {
                    self.subtract_own(group, trajectories, touched.stretch(one..one + 1));
                }
            }
            tally.add((touched, &stretch), &self.cells);
        }
    }

    /// Adds the steps of a stretch to Y.
    #[inline(always)]
    fn fill(&mut self, group: &Group, trajectories: Trajectories, stretch: &Stretch) {
        let touched = trajectories.touched;
        for first in stretch.steps.clone().step_by(PIECE) {
            let steps = first..usize::min(first + PIECE, stretch.steps.end);
            let piece = touched.piece(stretch, steps);
            self.weigh(group, trajectories, &piece);
            Tally::fill((touched, &piece), &self.x, &mut self.cells);
        }
    }

    /// xₜ at the steps of a stretch, at most [`PIECE`], from the first of them on.
    #[inline(always)]
    fn weigh(&mut self, group: &Group, trajectories: Trajectories, stretch: &Stretch) {
        let Trajectories {
            weights, scratch, ..
        } = trajectories;
        let steps = stretch.steps.clone();
        self.x.resize(steps.len(), [0.0; L]);
        let products = scratch.ratio_products().get(steps.clone());
        let products = products.unwrap_or_default();
        // known of the group, so that nothing is asked of its members where nothing is drawn by another policy
        let is_mixed = group.is_mixed && !products.is_empty();
        if group.has_differences || is_mixed {
            self.weigh_one_by_one(group, (weights, scratch, stretch), is_mixed);
        } else {
            self.weigh_together(group, (weights, scratch), steps);
        }
        let mixed = |lane| {
            is_mixed
                && group
                    .members
                    .get(lane)
                    .is_some_and(|m: &Member| m.is_mixed(weights))
        };
        for (x, product) in self.x.iter_mut().zip(products) {
            for (lane, x) in x.iter_mut().enumerate() {
                if !mixed(lane) {
                    *x *= product;
                }
            }
        }
    }

    /// cᵗΨₜ of all members step by step, so that what all lanes of a step have is written at once; 0 in lanes to spare.
    #[inline(always)]
    fn weigh_together(
        &mut self,
        group: &Group,
        (weights, scratch): (&Weights, &Scratch),
        steps: Range<usize>,
    ) {
        static NONE: [f64; PIECE] = [0.0; PIECE];
        let count = steps.len();
        let factors: [(&[f64], &[f64]); L] = std::array::from_fn(|lane| {
            let member = group.members.get(lane);
            let factors = member.map(|member| weights.factors(member.plus, scratch, steps.clone()));
            let (psi, powers) = factors.unwrap_or((&NONE, &NONE));
            (&psi[..count], &powers[..count])
        });
        for (t, x) in self.x[..count].iter_mut().enumerate() {
            *x = factors.map(|(psi, powers)| psi[t] * powers[t]);
        }
    }

    /// Differences, and members of which ω₀ ⋯ ωₜ does not go with every Ψₜ, lane by lane: less often, and kept out of the loops of all
    /// others.
    #[inline(never)]
    fn weigh_one_by_one(
        &mut self,
        group: &Group,
        (weights, scratch, stretch): (&Weights, &Scratch, &Stretch),
        is_mixed: bool,
    ) {
        let steps = stretch.steps.clone();
        for (lane, member) in group.members.iter().enumerate() {
            if is_mixed && member.is_mixed(weights) {
                self.add_mixed(lane, member, (weights, scratch, stretch));
                continue;
            }
            let x = self.x.iter_mut().map(|x| &mut x[lane]);
            let psi = weights.weighted(member.plus, scratch, steps.clone());
            match member.minus {
                None => x.zip(psi).for_each(|(x, psi)| *x = psi),
                Some(minus) => {
                    let other = weights.weighted(minus, scratch, steps.clone());
                    x.zip(psi.zip(other)).for_each(|(x, (a, b))| *x = a - b);
                }
            }
        }
    }

    /// Takes the baselines that parameters have of their own from one trajectory: rare, and kept out of the loops of all others.
    #[inline(never)]
    fn subtract_own(&mut self, group: &Group, trajectories: Trajectories, stretch: Stretch) {
        let Trajectories {
            weights,
            scratch,
            touched,
            layout,
            pairs,
        } = trajectories;
        let pairs = &pairs[stretch.steps.clone()];
        for (lane, member) in group.members.iter().enumerate() {
            let both = std::iter::once((member.plus, -1.0));
            for (estimator, sign) in both.chain(member.minus.map(|minus| (minus, 1.0))) {
                // step by step in the order of the scores, as the entries are
                let own = weights.own(estimator, (layout, pairs), scratch);
                for (entry, (_, less)) in touched.entries(&stretch).iter().zip(own) {
                    self.cells[entry.slot as usize][lane] += sign * less;
                }
            }
        }
    }

    /// A lane of which ω₀ ⋯ ωₜ does not go with every Ψₜ: rare, and kept out of the loops of all others.
    #[inline(never)]
    fn add_mixed(
        &mut self,
        lane: usize,
        member: &Member,
        (weights, scratch, stretch): (&Weights, &Scratch, &Stretch),
    ) {
        let products = &scratch.ratio_products()[stretch.steps.clone()];
        let x = &mut self.x;
        x.iter_mut().for_each(|x| x[lane] = 0.0);
        let mut add = |estimator: usize, sign: f64| {
            let weighed = weights.is_weighed(estimator);
            let psi = weights.weighted(estimator, scratch, stretch.steps.clone());
            for (x, (psi, product)) in x.iter_mut().zip(psi.zip(products)) {
                x[lane] += sign * psi * if weighed { *product } else { 1.0 };
            }
        };
        add(member.plus, 1.0);
        if let Some(minus) = member.minus {
            add(minus, -1.0);
        }
    }
}
