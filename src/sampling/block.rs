//! One block of trajectories, summed for all estimators.

use std::ops::ControlFlow;

use super::layout::Layout;
use super::path::Path;
use super::tally::{Tally, Total};
use super::touched::Touched;
use super::weights::{Scratch, Weights};
use crate::trajectory::{Block, Halt, Simulator};

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

/// What trajectories are worked out in, one after the other.
struct Bench<'a> {
    setting: &'a Setting,
    path: Path,
    scratch: Scratch,
    touched: Touched,
    lanes: (Lanes<1>, Lanes<2>, Lanes<4>, Lanes<8>),
}

/// A trajectory whose Ψ are worked out.
#[derive(Clone, Copy)]
struct Trajectory<'a> {
    weights: &'a Weights,
    scratch: &'a Scratch,
    touched: &'a Touched,
    /// Where scores are, and the pairs of the steps.
    steps: (&'a Layout, &'a [u32]),
}

/// xₜ and Y of the estimators that are tallied side by side.
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

impl Setting {
    /// Zeros, to be added to: one total for each group.
    pub fn zeros(&self) -> Vec<Total> {
        let sums = Tally::len_of_lane(&self.layout);
        let groups = self.groups.iter();
        groups
            .map(|group| Total::new(sums * group.lanes()))
            .collect()
    }

    /// Sums the wanted trajectories of a block, with the widest vectors that the processor has and
    /// the same operations in the same order on each. Errors if one of them reaches the cap, and where
    /// `go_on`, asked every few million steps, ends it.
    pub fn run(
        &self,
        block: &Block,
        go_on: &(dyn Fn() -> ControlFlow<()> + Sync),
    ) -> Result<BlockSums, Halt> {
        pulp::Arch::new().dispatch(
            #[inline(always)]
            || self.sum(block, go_on),
        )
    }

    #[inline(always)]
    fn sum(
        &self,
        block: &Block,
        go_on: &(dyn Fn() -> ControlFlow<()> + Sync),
    ) -> Result<BlockSums, Halt> {
        let tally = |group: &Group| Tally::new(&self.layout, group.lanes());
        let mut sums = BlockSums {
            steps: 0,
            tallies: self.groups.iter().map(tally).collect(),
        };
        let mut bench = Bench::new(self);
        let mut asked = 0;
        let all_need_reward = self.groups.iter().all(|group| group.needs_reward);
        self.simulator.walk(
            block,
            #[inline(always)]
            |_, outcomes, pays| {
                sums.steps += outcomes.len() as u64;
                if pays || !all_need_reward {
                    bench.add_trajectory(outcomes, pays, &mut sums.tallies);
                }
                if sums.steps - asked < UNASKED {
                    return ControlFlow::Continue(());
                }
                asked = sums.steps;
                go_on()
            },
        )?;
        Ok(sums)
    }
}

impl Bench<'_> {
    fn new(setting: &Setting) -> Bench<'_> {
        Bench {
            setting,
            path: Path::default(),
            scratch: Scratch::default(),
            touched: Touched::new(&setting.layout),
            lanes: Default::default(),
        }
    }

    #[inline(always)]
    fn add_trajectory(&mut self, outcomes: &[u32], pays: bool, tallies: &mut [Tally]) {
        let Setting {
            simulator,
            layout,
            weights,
            groups,
            ratios,
        } = self.setting;
        let states = weights.asks_states();
        let events = outcomes.iter().map(|&outcome| simulator.event(outcome));
        self.path.read(simulator, events, states, ratios.as_deref());
        weights.evaluate(&self.path, &mut self.scratch);
        self.touched.trace(layout, &self.path.pairs);
        for (group, tally) in groups.iter().zip(tallies) {
            if !pays && group.needs_reward {
                continue;
            }
            let trajectory = Trajectory {
                weights,
                scratch: &self.scratch,
                touched: &self.touched,
                steps: (layout, &self.path.pairs),
            };
            match group.lanes() {
                1 => self.lanes.0.add(group, trajectory, tally),
                2 => self.lanes.1.add(group, trajectory, tally),
                4 => self.lanes.2.add(group, trajectory, tally),
                _ => self.lanes.3.add(group, trajectory, tally),
            }
        }
    }
}

impl<const L: usize> Lanes<L> {
    /// Adds a trajectory to the tally of a group of L lanes.
    #[inline(always)]
    fn add(&mut self, group: &Group, trajectory: Trajectory, tally: &mut Tally) {
        let Trajectory {
            weights,
            scratch,
            touched,
            ..
        } = trajectory;
        let steps = scratch.steps();
        self.x.resize(steps, [0.0; L]); // nobody reads lanes to spare
        let products = scratch.ratio_products();
        // known of the group, so that nothing is asked of its members where nothing is drawn by another policy
        let mixed = |member: &Member| member.is_mixed(weights);
        let is_mixed = group.is_mixed && !products.is_empty();
        for (lane, member) in group.members.iter().enumerate() {
            if is_mixed && mixed(member) {
                self.add_mixed(lane, member, (weights, scratch));
                continue;
            }
            let x = self.x.iter_mut().map(|x| &mut x[lane]);
            let psi = weights.weighted(member.plus, scratch);
            match member.minus {
                None => x.zip(psi).for_each(|(x, psi)| *x = psi),
                Some(minus) => {
                    let other = weights.weighted(minus, scratch);
                    x.zip(psi.zip(other)).for_each(|(x, (a, b))| *x = a - b);
                }
            }
        }
        for (x, product) in self.x.iter_mut().zip(products) {
            for (lane, x) in x.iter_mut().enumerate() {
                if !(is_mixed && group.members.get(lane).is_some_and(mixed)) {
                    *x *= product;
                }
            }
        }
        Tally::fill(touched, &self.x, &mut self.cells);
        if group.has_own {
            self.subtract_own(group, trajectory);
        }
        tally.add(touched, &self.cells);
    }

    /// Takes the baselines that parameters have of their own: rare, and kept out of the loops of all others.
    #[inline(never)]
    fn subtract_own(&mut self, group: &Group, trajectory: Trajectory) {
        let Trajectory {
            weights,
            scratch,
            touched,
            steps,
        } = trajectory;
        for (lane, member) in group.members.iter().enumerate() {
            let both = std::iter::once((member.plus, -1.0));
            for (estimator, sign) in both.chain(member.minus.map(|minus| (minus, 1.0))) {
                // step by step in the order of the scores, as the entries are
                let own = weights.own(estimator, steps, scratch);
                for (entry, (_, less)) in touched.entries().iter().zip(own) {
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
        (weights, scratch): (&Weights, &Scratch),
    ) {
        let products = scratch.ratio_products();
        self.x.iter_mut().for_each(|x| x[lane] = 0.0);
        let mut add = |estimator: usize, sign: f64| {
            let weighed = weights.is_weighed(estimator);
            let terms = weights.weighted(estimator, scratch).zip(products);
            for (x, (psi, product)) in self.x.iter_mut().zip(terms) {
                x[lane] += sign * psi * if weighed { *product } else { 1.0 };
            }
        };
        add(member.plus, 1.0);
        if let Some(minus) = member.minus {
            add(minus, -1.0);
        }
    }
}
