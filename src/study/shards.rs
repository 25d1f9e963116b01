//! A comparison in parts, each in a process of its own, and what they come to together.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

use super::compare::Asked;
use super::{CompareRequest, Doing, Listener, Note, StudyError, Work};
use crate::comparison::{Shard, ShardedComparison, in_order, trajectories_of};
use crate::memory;
use crate::model::Model;
use crate::report::ComparisonReport;
use crate::sampling::Sampler;

/// Some blocks of the run that [`super::compare()`] makes of a request, summed for
/// [`compare_merged`]. `whole` says whether the request gives N of the whole run; otherwise as many
/// blocks belong to it as are merged. A listener who ends the work early gets the blocks that were
/// complete by then.
///
/// Errors where a choice does not fit the criterion, where a policy cannot be built, where an estimator has no such name
/// or no law, with [`StudyError::NoBlocks`] for blocks beyond N, [`StudyError::BlocksTooMany`], and with
/// [`StudyError::OpenRun`] where N decides how trajectories are drawn and is not given.
pub fn compare_blocks(
    model: &Model,
    request: &CompareRequest,
    blocks: Range<u64>,
    whole: bool,
    listener: &dyn Listener,
) -> Result<Shard, StudyError> {
    let asked = Asked::new(model, request, listener)?;
    let trajectories = asked.options.trajectories;
    let count = Sampler::blocks_of(trajectories);
    if whole && (blocks.end > count || blocks.is_empty()) {
        let size = Sampler::BLOCK;
        return Err(StudyError::NoBlocks {
            trajectories,
            blocks: count,
            size,
        });
    }
    let parts = asked.parts()?;
    if !whole && parts.depends_on_trajectories() {
        return Err(StudyError::OpenRun);
    }
    let number = blocks.end.saturating_sub(blocks.start);
    let bytes = number as f64 * parts.bytes_of_block();
    if !memory::suffices(bytes) {
        return Err(StudyError::BlocksTooMany {
            blocks: number,
            gigabytes: bytes / 1e9,
        });
    }
    let before = blocks.start.saturating_mul(Sampler::BLOCK);
    let of = number.saturating_mul(Sampler::BLOCK);
    listener.begin(Work::on(&asked.mdp, Doing::Comparing).of_length(of));
    let ended = AtomicBool::new(false);
    let shard = parts.shard(blocks, whole, &|done| {
        let flow = listener.advance(done.saturating_sub(before));
        if flow.is_break() {
            ended.store(true, Ordering::Relaxed);
        }
        flow
    });
    listener.end();
    let shard = shard?;
    if ended.into_inner() {
        let done = (shard.blocks.len() as u64).saturating_mul(Sampler::BLOCK);
        listener.note(Note::Stopped { done, of });
    }
    Ok(shard)
}

/// The report of the run whose blocks these shards are, each with the name of its file: to the last
/// byte that of [`super::compare()`] with as many trajectories.
///
/// Errors where a choice does not fit the criterion, where a policy cannot be built, where an estimator has no such name
/// or no law, with [`StudyError::Shard`] for a shard of another run or with a
/// block of another shard, and with [`StudyError::MissingBlocks`].
pub fn compare_merged(
    model: &Model,
    request: &CompareRequest,
    shards: Vec<(String, Shard)>,
    listener: &dyn Listener,
) -> Result<ComparisonReport, StudyError> {
    let refused = |(name, why)| StudyError::Shard { name, why };
    let shards = in_order(shards).map_err(refused)?;
    let mut asked = Asked::new(model, request, listener)?;
    let gaps = trajectories_of(&shards);
    if let Some(said) = shards.iter().find_map(|(_, shard)| shard.trajectories) {
        asked.options.trajectories = said;
    } else if let Ok(all) = gaps {
        asked.options.trajectories = all.max(1);
    }
    let parts = asked.parts()?;
    parts.check(&shards).map_err(refused)?;
    gaps?;
    let comparison = parts.merged(&shards);
    asked.report(model, request, comparison)
}

impl Asked {
    fn parts(&self) -> Result<ShardedComparison, StudyError> {
        let Asked {
            mdp,
            policy,
            estimators,
            options,
        } = self;
        Ok(ShardedComparison::new(mdp, policy, estimators, options)?)
    }
}
