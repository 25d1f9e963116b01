//! A comparison in parts: blocks of its trajectories summed by several processes, on several
//! machines, and merged into the report of one run.

use std::fmt::Write as _;
use std::ops::{ControlFlow, Range};

use sha2::{Digest, Sha256};

use super::{Comparison, ComparisonOptions, Design, judge};
use crate::error::Error;
use crate::estimator::{Estimator, Resolved};
use crate::mdp::Mdp;
use crate::policy::Policy;
use crate::sampling::{BlockNumbers, Fate, Plan, Sampler, check_cost};

mod file;
#[cfg(test)]
mod tests;

/// The sums of some blocks of a run, and which run that is.
#[derive(Clone, Debug, PartialEq)]
pub struct Shard {
    /// What makes the run: name and value, the same in all its shards.
    pub run: Vec<(String, String)>,
    /// N of the whole run; `None` where as many blocks belong to it as are merged.
    pub trajectories: Option<u64>,
    /// The number of the first block.
    pub first: u64,
    /// The sums, block by block.
    pub blocks: Vec<BlockNumbers>,
}

/// Why shards are no run.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ShardError {
    /// The file is none, or not all of it.
    #[error("{why}")]
    Unreadable {
        /// What was found.
        why: String,
    },
    /// It belongs to another run.
    #[error("it is of another {what}: {found}, not {expected}")]
    Other {
        /// What differs.
        what: String,
        /// Its value in the shard.
        found: String,
        /// That of the run.
        expected: String,
    },
    /// A block that another shard has as well.
    #[error("block {block} is also in `{other}`")]
    Overlap {
        /// The block.
        block: u64,
        /// Where else it is.
        other: String,
    },
    /// A block beyond the last of the run.
    #[error("it has block {block}, and a run of {trajectories} trajectories has {blocks} blocks")]
    Beyond {
        /// The block.
        block: u64,
        /// N.
        trajectories: u64,
        /// How many blocks there are.
        blocks: u64,
    },
}

/// Blocks that no shard has.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("no shard has the blocks {}", .0.iter().map(|r| format!("{}..{}", r.start, r.end)).collect::<Vec<_>>().join(", "))]
pub struct MissingBlocks(pub Vec<Range<u64>>);

/// A comparison that is run in parts.
pub struct ShardedComparison {
    design: Design,
    options: ComparisonOptions,
    sampler: Sampler,
    run: Vec<(String, String)>,
}

impl ShardedComparison {
    /// The exact side of the comparison, every law before anything is sampled; `options.trajectories` is N of the whole run.
    ///
    /// Errors with [`Error::Criterion`] for a way of sampling that the criterion does not have, with
    /// [`Error::NoScore`] on the boundary of a direct parametrization, with [`Error::NoSupport`] where the behavior never
    /// does what the policy may, and with [`Error::Argument`] for an estimator that is a function of the
    /// sums of all trajectories; `sequential` and `checkpoints` are not looked at.
    pub fn new(
        mdp: &Mdp,
        policy: &Policy,
        estimators: &[Estimator],
        options: &ComparisonOptions,
    ) -> Result<ShardedComparison, Error> {
        if let Some(batch) = estimators.iter().find(|one| one.is_of_batch()) {
            return Err(Error::Argument {
                name: "an estimator of a run in parts",
                found: batch.to_string(),
                expected: "a mean over trajectories: a function of the sums of all of them is not merged",
            });
        }
        let design = Design::new(mdp, policy, estimators, options)?;
        let resolved: Vec<Resolved<f64>> = design
            .sampled()
            .map(|exact| exact.resolved.clone())
            .collect();
        let plan = Plan {
            threads: options.threads,
            differences: design.sampled_pairs(),
            ..Plan::new(design.sampling, options.seed)
        };
        let model = design.model(mdp);
        let behavior = options.behavior.as_ref();
        let who = (model, behavior.unwrap_or(policy));
        let block = Sampler::BLOCK.min(options.trajectories);
        check_cost(who, plan.sampling, plan.cap, block, Fate::Summed)?;
        Ok(ShardedComparison {
            run: run(mdp, (policy, behavior), estimators, &resolved, &plan),
            sampler: Sampler::new(model, policy, behavior, &resolved, plan)?,
            options: options.clone(),
            design,
        })
    }

    /// Whether how trajectories are drawn depends on N, as it does where a cut of our own is small
    /// beside the standard error.
    pub fn depends_on_trajectories(&self) -> bool {
        self.design.truncation_bound.is_some()
    }

    /// The bytes that the sums of a block take until they are written, about: as they are summed, and as they are told.
    pub fn bytes_of_block(&self) -> f64 {
        // of the lists themselves; a guess
        const BESIDE: f64 = 200.0;
        2.0 * 8.0 * self.sampler.numbers() as f64 + BESIDE
    }

    /// The sums of some blocks; `whole` says whether N is known, or whatever is merged is the run.
    ///
    /// `progress` is told how many trajectories are done, those of the blocks before included, and may
    /// stop the run: the shard then has the blocks that were complete. Errors if an episode never ends.
    pub fn shard(
        &self,
        blocks: Range<u64>,
        whole: bool,
        progress: &(dyn Fn(u64) -> ControlFlow<()> + Sync),
    ) -> Result<Shard, Error> {
        let trajectories = whole.then_some(self.options.trajectories);
        let n = trajectories.unwrap_or(u64::MAX);
        Ok(Shard {
            run: self.run.clone(),
            trajectories,
            first: blocks.start,
            blocks: self.sampler.block_numbers(blocks, n, progress)?,
        })
    }

    /// Errors with the name of the first shard that is not of this run.
    pub fn check(&self, shards: &[(String, Shard)]) -> Result<(), (String, ShardError)> {
        let n = self.options.trajectories;
        let count = Sampler::blocks_of(n);
        for (name, shard) in shards {
            let refuse = |why| Err((name.clone(), why));
            if let Some(found) = shard.trajectories.filter(|found| *found != n) {
                return refuse(ShardError::Other {
                    what: "number of trajectories".into(),
                    found: found.to_string(),
                    expected: n.to_string(),
                });
            }
            for ((what, expected), (_, found)) in self.run.iter().zip(&shard.run) {
                if expected != found {
                    let (what, expected, found) = (what.clone(), expected.clone(), found.clone());
                    return refuse(ShardError::Other {
                        what,
                        found,
                        expected,
                    });
                }
            }
            if shard.run.len() != self.run.len()
                || shard
                    .blocks
                    .iter()
                    .any(|block| block.sums.len() != self.sampler.numbers())
            {
                let why = "its sums are not those of this run".into();
                return refuse(ShardError::Unreadable { why });
            }
            if shard.end() > count {
                return refuse(ShardError::Beyond {
                    block: shard.end() - 1,
                    trajectories: n,
                    blocks: count,
                });
            }
        }
        Ok(())
    }

    /// The report of the run that these shards, which [`ShardedComparison::check`] and [`in_order`] have passed, are
    /// all of.
    pub fn merged(&self, shards: &[(String, Shard)]) -> Comparison {
        let blocks = shards.iter().flat_map(|(_, shard)| &shard.blocks);
        let samples = self.sampler.added_up(blocks, self.options.trajectories);
        judge(
            &self.design,
            &samples,
            self.options.false_alarm,
            &self.options,
        )
    }
}

impl Shard {
    /// The number after its last block.
    pub fn end(&self) -> u64 {
        self.first.saturating_add(self.blocks.len() as u64)
    }
}

/// The shards by their blocks; errors with the name of the first that has a block of another one.
pub fn in_order(
    mut shards: Vec<(String, Shard)>,
) -> Result<Vec<(String, Shard)>, (String, ShardError)> {
    shards.sort_by_key(|(_, shard)| (shard.first, shard.end()));
    for pair in shards.windows(2) {
        let [(other, before), (name, after)] = pair else {
            continue;
        };
        if after.first < before.end() && !after.blocks.is_empty() {
            let (block, other) = (after.first, other.clone());
            return Err((name.clone(), ShardError::Overlap { block, other }));
        }
    }
    Ok(shards)
}

/// N of the run: what the shards say, and where they do not, that of all blocks up to the last.
///
/// Errors with the blocks that are missing. The shards are in their order.
pub fn trajectories_of(shards: &[(String, Shard)]) -> Result<u64, MissingBlocks> {
    let last = shards
        .iter()
        .map(|(_, shard)| shard.end())
        .max()
        .unwrap_or(0);
    let said = shards.iter().find_map(|(_, shard)| shard.trajectories);
    let n = said.unwrap_or(last.saturating_mul(Sampler::BLOCK));
    let mut missing = Vec::new();
    let mut next = 0;
    for (_, shard) in shards {
        if shard.first > next {
            missing.push(next..shard.first);
        }
        next = next.max(shard.end());
    }
    if next < Sampler::blocks_of(n) {
        missing.push(next..Sampler::blocks_of(n));
    }
    if missing.is_empty() {
        Ok(n)
    } else {
        Err(MissingBlocks(missing))
    }
}

/// What makes a run, by name.
fn run(
    mdp: &Mdp,
    (policy, behavior): (&Policy, Option<&Policy>),
    estimators: &[Estimator],
    resolved: &[Resolved<f64>],
    plan: &Plan,
) -> Vec<(String, String)> {
    let mut model = Fingerprint::default();
    model.text(&format_args!("{:?} {:?}", mdp.name(), mdp.criterion()));
    model.numbers(mdp.initial());
    for pair in 0..mdp.pairs() {
        model.text(&format_args!("{:?}", mdp.space().pair_names(pair)));
        for outcome in mdp.outcomes(pair) {
            model.text(&outcome.next);
            model.numbers(&[*outcome.probability, *outcome.reward]);
        }
    }
    let names: Vec<String> = estimators.iter().map(Estimator::to_string).collect();
    let mut numbers = Fingerprint::default();
    numbers.text(&format_args!("{resolved:?} {:?}", plan.differences));
    let behavior = behavior.map_or("none".into(), of_policy);
    let fields = [
        ("version", env!("CARGO_PKG_VERSION").into()),
        ("model", model.finish()),
        ("policy", of_policy(policy)),
        ("behavior", behavior),
        ("way of sampling", plan.sampling.to_string()),
        ("seed", plan.seed.to_string()),
        ("list of estimators", names.join(",")),
        ("critic or baseline", numbers.finish()),
    ];
    fields.map(|(name, value)| (name.to_string(), value)).into()
}

fn of_policy(policy: &Policy) -> String {
    let mut fingerprint = Fingerprint::default();
    fingerprint.numbers(policy.probabilities());
    let scores = policy.scores().rows;
    for pair in 0..scores.rows() {
        for (k, score) in scores.row(pair) {
            fingerprint.text(&k);
            fingerprint.numbers(&[*score]);
        }
    }
    fingerprint.finish()
}

/// A hash of whatever is written into it.
#[derive(Default)]
struct Fingerprint(Sha256);

impl std::fmt::Write for Fingerprint {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.0.update(text);
        Ok(())
    }
}

impl Fingerprint {
    fn text(&mut self, text: &dyn std::fmt::Display) {
        let _ = write!(self, "{text};"); // writing into a hash does not fail
    }

    fn numbers(&mut self, numbers: &[f64]) {
        for x in numbers {
            self.0.update(x.to_bits().to_le_bytes());
        }
    }

    /// Sixteen hexadecimal digits, enough to tell runs apart.
    fn finish(self) -> String {
        hexadecimal(&self.0.finalize()[..8])
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
