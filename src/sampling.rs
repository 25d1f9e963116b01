//! Sampling: the mean and the covariance of estimators over N trajectories.
//!
//! All estimators see the same trajectories, in one pass. A block of trajectories is summed on its
//! own and the block sums are added in the order of the blocks, with what rounding loses kept
//! aside: the result is the same, bit by bit, for any number of threads, and stays accurate to
//! some 10⁻¹⁴ of its terms at N = 10⁸. A trajectory on which an estimator vanishes because nothing
//! was paid costs that estimator nothing.
//!
//! Cross-covariances are sampled as differences: X − Y of two estimators is summed as an estimator
//! of its own ([`Plan::differences`]), which is what a paired test needs (theory, section 6), and
//! Cov(X, Y) + Cov(Y, X) = Cov X + Cov Y − Cov(X − Y).

mod batches;
mod block;
mod cost;
mod credit;
mod layout;
mod long;
mod moments;
mod path;
mod shard;
mod tally;
mod touched;
mod trajectories;
mod weights;

pub use cost::Fate;
pub(crate) use cost::check_cost;
pub use layout::Spread;
pub use moments::{SampleMoments, Samples};
pub use shard::BlockNumbers;

use std::ops::{ControlFlow, Range};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use rayon::prelude::*;

use crate::error::Error;
use crate::estimator::{Resolved, Sampling, check_support};
use crate::linalg::Csr;
use crate::mdp::{Mdp, Space};
use crate::number::Number;
use crate::policy::{Policy, PolicyError};
use crate::trajectory::{BLOCK, Block, Halt, Record, Simulator, record};
use block::{BlockSums, Setting, groups};
use layout::Layout;
use long::Drawn;
use path::Paths;
use tally::Total;
use weights::{Scratch, Weights};

/// How a sample is drawn: its length, its seed, its threads, and what is summed.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// How a trajectory ends; [`Sampling::Infinite`] is walked up to the cap, that is never.
    pub sampling: Sampling,
    /// Trajectory i is a function of the seed and i.
    pub seed: u64,
    /// Threads; 0 for as many as the machine has. Changes no result.
    pub threads: usize,
    /// Which second moments are summed.
    pub spread: Spread,
    /// Pairs of estimators whose difference is sampled as well.
    pub differences: Vec<(usize, usize)>,
    /// An episode of more steps than this is an error ([`Error::Overlong`]), not a silent cut.
    pub cap: usize,
}

impl Plan {
    /// One thread, variances only, episodes of up to 5·10⁷ steps, which take no more memory than those of 2¹⁸.
    pub fn new(sampling: Sampling, seed: u64) -> Plan {
        Plan {
            sampling,
            seed,
            threads: 1,
            spread: Spread::Variance,
            differences: Vec::new(),
            cap: 50_000_000,
        }
    }
}

/// A run that can be continued: first 10⁴ trajectories, then 10⁵, the first ones being the same.
///
/// ```
/// use std::ops::ControlFlow;
///
/// use exact_mdp::estimator::Sampling;
/// use exact_mdp::model::Model;
/// use exact_mdp::policy::Policy;
/// use exact_mdp::sampling::{Plan, Sampler};
///
/// let mdp = Model::load("mdps/retry-loop.yaml")?.mdp::<f64>();
/// let policy = Policy::uniform(mdp.space());
/// let plan = Plan::new(Sampling::own(&mdp, &policy)?, 7);
/// let sampler = || Sampler::new(&mdp, &policy, None, &[], plan.clone());
/// let go_on = |_| ControlFlow::Continue(());
/// let mut run = sampler()?;
/// run.sample_to(1_000, &go_on)?;
/// let continued = run.sample_to(10_000, &go_on)?;
/// assert_eq!(continued.steps, sampler()?.sample_to(10_000, &go_on)?.steps);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Sampler {
    setting: Setting,
    plan: Plan,
    /// The states and pairs of the model, and how many entries the scores have: those of estimators' tables.
    space: Arc<Space>,
    entries: usize,
    estimators: usize,
    pool: Option<rayon::ThreadPool>,
    /// The sums of complete blocks, and how many there are.
    done: Sums,
    blocks: u64,
    /// Sums of blocks that have been added: memory that need not be asked for again.
    spare: Vec<BlockSums>,
}

/// Sums over many blocks.
#[derive(Clone, Debug)]
struct Sums {
    steps: u64,
    /// One for each group.
    totals: Vec<Total>,
}

impl Sampler {
    /// Compiles a model under a policy for these estimators, sampled from `behavior` if there is
    /// one and from the policy itself otherwise.
    ///
    /// Errors with [`Error::OtherSpace`] and [`Error::Length`] for policies and estimators of another model, if the policy
    /// takes an action that the behavior never does
    /// ([`Error::NoSupport`]), or if the one that acts has a negative probability, as a direct
    /// parametrization may outside the simplex: its expectations can be computed, not sampled.
    pub fn new(
        mdp: &Mdp,
        policy: &Policy,
        behavior: Option<&Policy>,
        estimators: &[Resolved<f64>],
        plan: Plan,
    ) -> Result<Sampler, Error> {
        plan.sampling.check()?;
        Error::check_space(mdp, policy)?;
        behavior.map_or(Ok(()), |b| Error::check_space(mdp, b))?;
        check_distribution(behavior.unwrap_or(policy))?;
        let scores = if estimators.is_empty() {
            without_scores(policy)
        } else {
            Error::check_scores(policy)?;
            policy.scores().rows
        };
        let entries = scores.stored();
        let mut each = estimators.iter();
        each.try_for_each(|estimator| estimator.check(mdp.space(), entries))?;
        let weights = Weights::new(estimators);
        let setting = Setting {
            simulator: Simulator::new(mdp, behavior.unwrap_or(policy), plan.sampling)?,
            layout: Layout::new(
                mdp.space(),
                plan.sampling.weigh(scores),
                plan.spread,
                weights.has_any_own(),
            ),
            groups: groups(&weights, estimators.len(), &plan.differences),
            ratios: behavior.map(|b| ratios(policy, b)).transpose()?,
            weights,
        };
        Ok(Sampler {
            done: Sums {
                steps: 0,
                totals: setting.zeros(),
            },
            setting,
            space: Arc::clone(mdp.space()),
            entries,
            estimators: estimators.len(),
            pool: pool(plan.threads),
            plan,
            blocks: 0,
            spare: Vec::new(),
        })
    }

    /// Continues up to `trajectories` in all and gives the moments of the first so many.
    ///
    /// `progress` is told after each block, and within one that takes long, how many are done, and stops the run
    /// with [`ControlFlow::Break`]; [`Samples::trajectories`] then says how far it got, in whole blocks. Fewer than
    /// before cannot be asked for: one gets the complete blocks that are there. Errors if an
    /// episode is longer than the cap ([`Error::Overlong`]).
    pub fn sample_to(
        &mut self,
        trajectories: u64,
        progress: &(dyn Fn(u64) -> ControlFlow<()> + Sync),
    ) -> Result<Samples, Error> {
        let last = trajectories / BLOCK;
        let pool = self.pool.as_ref();
        let wave = pool.map_or(1, |pool| 4 * pool.current_num_threads()) as u64;
        while self.blocks < last {
            let end = last.min(self.blocks + wave);
            let spare = std::mem::take(&mut self.spare);
            let (sums, stopped) = self.run_blocks(self.blocks..end, spare, progress)?;
            for sums in &sums {
                self.done.add(sums);
                self.blocks += 1;
            }
            self.spare = sums;
            if stopped {
                return Ok(self.samples(&self.done, self.blocks * BLOCK));
            }
        }
        let complete = self.blocks * BLOCK;
        let rest = trajectories.saturating_sub(complete);
        if rest == 0 {
            return Ok(self.samples(&self.done, complete));
        }
        let go_on = || progress(complete);
        let Some(last) = self.run_block(self.blocks, rest, self.setting.empty(), &go_on)? else {
            return Ok(self.samples(&self.done, complete));
        };
        let mut sums = self.done.clone();
        sums.add(&last);
        let _ = progress(trajectories); // there is nothing left to stop
        Ok(self.samples(&sums, trajectories))
    }

    /// The first trajectories themselves: the very ones that [`Sampler::sample_to`] sums.
    ///
    /// Errors if an episode is longer than the cap.
    pub fn record(&self, trajectories: u64) -> Result<Record, Error> {
        let Plan { seed, cap, .. } = self.plan;
        record(&self.setting.simulator, seed, trajectories, cap).map_err(|halt| self.halted(halt))
    }

    /// cᵗΨₜ of each estimator (outer) at each step (inner) of each recorded trajectory; ratios π/b of
    /// the steps up to t are left aside, and so are baselines that each parameter has of its own.
    pub fn weights(&self, record: &Record) -> Vec<Vec<Vec<f64>>> {
        self.of_each(record, |_, _, weights| weights)
    }

    /// X \[d\] of each estimator (outer) on each recorded trajectory (inner).
    pub fn contributions(&self, record: &Record) -> Vec<Vec<Vec<f64>>> {
        let Setting {
            layout, weights, ..
        } = &self.setting;
        self.of_each(record, |estimator, (paths, scratch), mut x| {
            if weights.is_weighed(estimator) {
                let products = scratch.ratio_products();
                x.iter_mut()
                    .zip(products)
                    .for_each(|(x, product)| *x *= product);
            }
            let mut sum = layout.weighted_scores(paths.pairs(), &x);
            let own = weights.own(estimator, (layout, paths.pairs()), scratch);
            own.for_each(|(k, less)| sum[k] -= less);
            sum
        })
    }

    /// What is made of the weights cᵗΨₜ of each estimator (outer) on each recorded trajectory (inner).
    fn of_each(
        &self,
        record: &Record,
        made: impl Fn(usize, (&Paths, &Scratch), Vec<f64>) -> Vec<f64>,
    ) -> Vec<Vec<Vec<f64>>> {
        let Setting {
            simulator,
            weights,
            ratios,
            ..
        } = &self.setting;
        let (mut paths, mut scratch) = (Paths::default(), Scratch::default());
        let mut all = vec![Vec::with_capacity(record.trajectories()); self.estimators];
        for trajectory in 0..record.trajectories() {
            let events = record.events(trajectory);
            let one = [events.len()];
            paths.read(simulator, (events, &one), true, ratios.as_deref());
            weights.evaluate(&paths, &mut scratch);
            for (estimator, all) in all.iter_mut().enumerate() {
                let x = weights.weighted(estimator, &scratch, 0..paths.steps());
                all.push(made(estimator, (&paths, &scratch), x.collect()));
            }
        }
        all
    }

    /// What functions of the sums of all trajectories are on the first so many: one \[d\] for each of
    /// `batches`, which are [`crate::estimator::Contribution::Batch`].
    ///
    /// Errors if an episode is longer than the cap.
    pub fn batches(
        &self,
        batches: &[Resolved<f64>],
        trajectories: u64,
    ) -> Result<Vec<Vec<f64>>, Error> {
        // they walk all trajectories a second time
        if batches.is_empty() {
            return Ok(Vec::new());
        }
        let mut each = batches.iter();
        each.try_for_each(|batch| batch.check(&self.space, self.entries))?;
        let mut sums = batches::Batches::new(batches, self.setting.layout.parameters());
        let mut paths = Paths::default();
        let Setting {
            simulator,
            layout,
            ratios,
            ..
        } = &self.setting;
        for number in 0..trajectories.div_ceil(BLOCK) {
            let block = Block {
                seed: self.plan.seed,
                number,
                trajectories: (trajectories - number * BLOCK).min(BLOCK),
                cap: self.plan.cap,
            };
            let walked = simulator.walk(&block, |_, walked| {
                let ratios = ratios.as_deref();
                let Some(outcomes) = walked.whole() else {
                    let drawn = Drawn {
                        walked,
                        simulator,
                        ratios,
                    };
                    sums.add_long(drawn, layout);
                    return ControlFlow::Continue(());
                };
                let events = outcomes.iter().map(|&outcome| simulator.event(outcome));
                let one = [events.len()];
                paths.read(simulator, (events, &one), true, ratios);
                sums.add(&paths, layout);
                ControlFlow::Continue(())
            });
            walked.map_err(|halt| self.halted(halt))?;
        }
        Ok(sums.estimates())
    }

    /// The sums of these blocks, in the memory of others where there are some, and whether `progress`, asked after each block and within it, stopped the run:
    /// blocks that were not whole by then, and what comes after the first of them, are left out.
    fn run_blocks(
        &self,
        blocks: Range<u64>,
        mut rooms: Vec<BlockSums>,
        progress: &(dyn Fn(u64) -> ControlFlow<()> + Sync),
    ) -> Result<(Vec<BlockSums>, bool), Error> {
        let finished = AtomicU64::new(blocks.start);
        let stopped = AtomicBool::new(false);
        rooms.resize_with((blocks.end - blocks.start) as usize, || {
            self.setting.empty()
        });
        let run = |(number, room)| {
            if stopped.load(Ordering::Relaxed) {
                return Ok(None);
            }
            let go_on = || {
                if stopped.load(Ordering::Relaxed) {
                    return ControlFlow::Break(());
                }
                progress(finished.load(Ordering::Relaxed) * BLOCK)
            };
            let Some(sums) = self.run_block(number, BLOCK, room, &go_on)? else {
                stopped.store(true, Ordering::Relaxed);
                return Ok(None);
            };
            let done = 1 + finished.fetch_add(1, Ordering::Relaxed);
            if progress(done * BLOCK).is_break() {
                stopped.store(true, Ordering::Relaxed);
            }
            Ok(Some(sums))
        };
        let sums: Result<Vec<Option<BlockSums>>, Error> = match &self.pool {
            Some(pool) => pool.install(|| {
                let rooms = rooms.into_par_iter().enumerate();
                let numbered = rooms.map(|(i, room)| (blocks.start + i as u64, room));
                numbered.map(run).collect()
            }),
            None => blocks.zip(rooms).map(run).collect(),
        };
        let sums = sums?.into_iter().map_while(|sums| sums).collect();
        Ok((sums, stopped.into_inner()))
    }

    /// The sums of a block, in the memory of others; `None` where `go_on` ended it before.
    fn run_block(
        &self,
        number: u64,
        trajectories: u64,
        room: BlockSums,
        go_on: &(dyn Fn() -> ControlFlow<()> + Sync),
    ) -> Result<Option<BlockSums>, Error> {
        let block = Block {
            seed: self.plan.seed,
            number,
            trajectories,
            cap: self.plan.cap,
        };
        match self.setting.run(&block, room, go_on) {
            Err(Halt::Interrupted) => Ok(None),
            sums => sums.map(Some).map_err(|halt| self.halted(halt)),
        }
    }

    fn halted(&self, halt: Halt) -> Error {
        match halt {
            Halt::Overlong { trajectory } => Error::Overlong {
                trajectory,
                steps: self.plan.cap,
            },
            Halt::Interrupted => Error::Interrupted,
        }
    }

    fn samples(&self, sums: &Sums, trajectories: u64) -> Samples {
        let Setting { layout, groups, .. } = &self.setting;
        let mut moments = vec![None; self.estimators + self.plan.differences.len()];
        for (group, total) in groups.iter().zip(&sums.totals) {
            let values = total.values();
            let lanes = group.lanes();
            for (lane, member) in group.members.iter().enumerate() {
                let own: Vec<f64> = values.iter().skip(lane).step_by(lanes).copied().collect();
                moments[member.result] = Some(SampleMoments::new(layout, &own, trajectories));
            }
        }
        let mut moments: Vec<SampleMoments> = moments.into_iter().flatten().collect();
        Samples {
            trajectories,
            steps: sums.steps,
            differences: moments.split_off(self.estimators),
            estimators: moments,
        }
    }
}

/// Samples a model under a policy: [`Sampler::new`] and [`Sampler::sample_to`] in one.
///
/// Errors where the policy is not of the model, where episodes do not end, and where a trajectory is too long.
pub fn sample(
    mdp: &Mdp,
    policy: &Policy,
    behavior: Option<&Policy>,
    estimators: &[Resolved<f64>],
    plan: Plan,
    trajectories: u64,
    progress: &(dyn Fn(u64) -> ControlFlow<()> + Sync),
) -> Result<Samples, Error> {
    Sampler::new(mdp, policy, behavior, estimators, plan)?.sample_to(trajectories, progress)
}

impl Sums {
    fn add(&mut self, block: &BlockSums) {
        self.steps += block.steps;
        for (total, tally) in self.totals.iter_mut().zip(&block.tallies) {
            total.add(tally.sums());
        }
    }
}

/// No score for any pair: what trajectories that nothing is estimated from need.
fn without_scores(policy: &Policy) -> Csr<f64> {
    let mut rows = Csr::empty(policy.parameters());
    (0..policy.space().pairs()).for_each(|_| rows.push_row(&mut Vec::new()));
    rows
}

fn check_distribution(policy: &Policy) -> Result<(), Error> {
    let negative = policy.probabilities().iter().position(|&pi| pi < 0.0);
    let Some(pair) = negative else { return Ok(()) };
    let (state, action) = policy.space().pair_names(pair);
    Err(Error::Policy(PolicyError::Negative {
        state: state.into_owned(),
        action: action.into_owned(),
        found: Number::from_f64(policy.probabilities()[pair]).unwrap_or(Number::ZERO),
    }))
}

/// π/b by pair, 0 where both are 0.
fn ratios(policy: &Policy, behavior: &Policy) -> Result<Vec<f64>, Error> {
    check_support(policy, behavior)?;
    let (pi, b) = (policy.probabilities(), behavior.probabilities());
    let ratio = |(&pi, &b): (&f64, &f64)| if pi == 0.0 { 0.0 } else { pi / b };
    Ok(pi.iter().zip(b).map(ratio).collect())
}

/// A pool of its own for more than one thread; `None` where the machine does not give one.
fn pool(threads: usize) -> Option<rayon::ThreadPool> {
    if threads == 1 {
        return None;
    }
    let builder = rayon::ThreadPoolBuilder::new().num_threads(threads);
    builder.build().ok()
}

#[cfg(test)]
mod tests;
