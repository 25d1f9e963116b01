//! Which files of rewards are read: a model with several reward structures has a pair for each.
//!
//! PRISM puts their number before the ending, `model1.srew`, `model1.trew`, `model2.srew`, …, and
//! their name into the first lines, `# Reward structure "time"`; a single one has no number.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::super::reward_model::chosen;
use super::super::text::Piece;
use super::super::{ExchangeError, Overrides};
use super::file::{BESIDE, File};
use crate::model::errors::Problems;
use crate::model::file::read_bytes;
use crate::model::{ModelError, ModelErrors};

/// A file that may stand beside the transitions: its path and what is in it.
type Beside = Option<(String, Vec<u8>)>;

/// The files beside a `.tra` file, in the order of [`BESIDE`]; of several reward structures the
/// one that is asked for, which is then settled and taken out of `overrides`.
pub(crate) fn beside(tra: &Path, overrides: &mut Overrides) -> Result<[Beside; 4], ModelErrors> {
    let [sta, lab, srew, trew] = BESIDE;
    let file = |ending: &str| read(&tra.with_extension(ending));
    let mut rewards = [file(srew)?, file(trew)?];
    let refuse = |error| ModelErrors::new(&tra.display().to_string(), "", Problems::from(error));
    if let (Some((single, _)), Some(&number)) =
        (rewards.iter().flatten().next(), numbers(tra).first())
    {
        let [srew, trew] = [srew, trew].map(|ending| numbered_path(tra, number, ending));
        let other = if srew.exists() { srew } else { trew };
        return Err(refuse(ExchangeError::StrayRewards {
            single: single.clone(),
            other: other.display().to_string(),
        }));
    }
    if rewards.iter().all(Option::is_none) {
        let mut structures = numbered(tra)?;
        if !structures.is_empty() {
            let names: Vec<&str> = structures.iter().map(|one| one.name.as_str()).collect();
            let wanted = overrides.reward_model.take();
            let position = chosen(&names, wanted.as_deref(), None).map_err(refuse)?;
            rewards = structures.swap_remove(position).files;
        }
    }
    let [srew, trew] = rewards;
    Ok([file(sta)?, file(lab)?, srew, trew])
}

/// The files that are read with a `.tra` file: states, labels and rewards, also numbered ones.
pub fn files_beside(tra: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = BESIDE
        .iter()
        .map(|ending| tra.with_extension(ending))
        .filter(|path| path.exists())
        .collect();
    for number in numbers(tra) {
        let pair = ["srew", "trew"].map(|ending| numbered_path(tra, number, ending));
        found.extend(pair.into_iter().filter(|path| path.exists()));
    }
    found
}

/// The numbers of all files of rewards that have one, in order, but for those of other models: beside `model1.tra`,
/// `model12.srew` is the second of that one.
fn numbers(tra: &Path) -> Vec<usize> {
    let stem = tra.file_stem().unwrap_or_default().to_string_lossy();
    let number = |path: &Path| -> Option<usize> {
        let is_reward = path
            .extension()
            .is_some_and(|ending| ending == "srew" || ending == "trew");
        let digits = path.file_stem().filter(|_| is_reward)?.to_str()?;
        let digits = digits.strip_prefix(&*stem)?;
        let number = digits.parse::<usize>().ok()?;
        let of_other = |end: usize| tra.with_file_name(format!("{stem}{}.tra", &digits[..end]));
        let is_other = (1..=digits.len()).any(|end| of_other(end).exists());
        (number.to_string() == digits && !is_other).then_some(number)
    };
    let folder = match tra.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    // a folder that cannot be listed
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let found: BTreeSet<usize> = files.filter_map(|file| number(&file.path())).collect();
    found.into_iter().collect()
}

/// `model2.srew` of `model.tra`.
fn numbered_path(tra: &Path, number: usize, ending: &str) -> PathBuf {
    let stem = tra.file_stem().unwrap_or_default().to_string_lossy();
    tra.with_file_name(format!("{stem}{number}.{ending}"))
}

/// One of several reward structures.
struct Structure {
    /// Its name, or its number where it has none.
    name: String,
    /// Rewards of states and of transitions.
    files: [Beside; 2],
}

/// The numbered reward structures, unless the numbers belong to the names of other models.
fn numbered(tra: &Path) -> Result<Vec<Structure>, ModelErrors> {
    let mut structures = Vec::new();
    for number in numbers(tra) {
        let path = |ending: &str| numbered_path(tra, number, ending);
        let files = [read(&path("srew"))?, read(&path("trew"))?];
        let texts = files.iter().flatten();
        let name = texts.filter_map(|(_, bytes)| name(std::str::from_utf8(bytes).ok()?));
        let name = name.into_iter().next().unwrap_or(number.to_string());
        structures.push(Structure { name, files });
    }
    Ok(structures)
}

fn read(path: &Path) -> Result<Beside, ModelErrors> {
    let source = path.display().to_string();
    if path.exists() {
        Ok(Some((source.clone(), read_bytes(path, &source)?)))
    } else {
        Ok(None)
    }
}

/// The name in the comments at the top, `# Reward structure "time"`.
fn name(text: &str) -> Option<String> {
    let comments = Piece::whole(text).lines().map(|line| line.text);
    let mut comments = comments.take_while(|line| line.is_empty() || line.starts_with('#'));
    let title = comments.find(|line| line.to_ascii_lowercase().contains("reward structure"))?;
    let (_, quoted) = title.split_once('"')?;
    Some(quoted.rsplit_once('"')?.0.to_string())
}

/// An error where the files at hand are those of two reward structures, or one is asked for and they are those of another,
/// or have no name.
pub(super) fn named(
    tra: &File<'_>,
    rewards: [&Option<File<'_>>; 2],
    overrides: &Overrides,
) -> Result<(), ModelErrors> {
    if let [Some(srew), Some(trew)] = rewards
        && let (Some(states), Some(transitions)) = (name(srew.text), name(trew.text))
        && states != transitions
    {
        let error = ExchangeError::TwoStructures {
            states,
            transitions,
        };
        return Err(trew.blame(error));
    }
    let Some(wanted) = &overrides.reward_model else {
        return Ok(());
    };
    let mut names = rewards
        .into_iter()
        .flatten()
        .filter_map(|file| name(file.text));
    let Some(name) = names.next() else {
        let found = wanted.clone();
        let error = ExchangeError::NoRewardModels { found };
        return Err(tra.blame(ModelError::from(error)));
    };
    let chosen = chosen(&[&name], Some(wanted), None);
    chosen.map(drop).map_err(|error| tra.blame(error))
}
