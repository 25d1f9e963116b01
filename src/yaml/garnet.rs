//! `garnet:`: the options of a random model.

use super::YamlError;
use miette::SourceSpan;

use super::document::{Node, NodeKind};
use super::read::{Fields, KeyPath, is, whole, word, wrong_type};
use crate::model::Share;
use crate::model::errors::Problems;
use crate::model::garnet::{GarnetOptions, RewardKind, outcomes};
use crate::model::table::PairTable;

/// The pairs and outcomes under `garnet:`, those of the share.
pub(crate) fn read(
    node: Node<'_>,
    share: Option<Share>,
    problems: &mut Problems,
) -> Option<PairTable> {
    let options = read_options(node, problems)?;
    match outcomes(&options, share) {
        Ok(made) => Some(made),
        Err(problem) => {
            let at: SourceSpan = node.place();
            problems.push(YamlError::Garnet { problem, at });
            None
        }
    }
}

fn read_options(node: Node<'_>, problems: &mut Problems) -> Option<GarnetOptions> {
    const KEYS: [&str; 6] = [
        "states",
        "actions",
        "branching",
        "seed",
        "terminal",
        "reward",
    ];
    let before = problems.count();
    let path = KeyPath::new("garnet");
    if !is(NodeKind::Mapping, node, &path, "a mapping", problems) {
        return None;
    }
    let fields = Fields::read(node, "`garnet`", &KEYS, problems);
    let needed = ["states", "actions", "branching"];
    if needed.iter().any(|key| fields.get(key).is_none()) {
        let expected = "a mapping with `states`, `actions` and `branching`";
        problems.push(wrong_type(node, &path, expected));
    }
    let mut size = |key: &'static str| {
        let value = fields.get(key)?;
        if whole(value).is_none() {
            problems.push(wrong_type(
                value,
                &path.join(key),
                "a whole number below 2^64",
            ));
        }
        whole(value)
    };
    let options = GarnetOptions {
        states: size("states").unwrap_or(1),
        actions: size("actions").unwrap_or(1),
        branching: size("branching").unwrap_or(1),
        seed: size("seed").unwrap_or(0) as u64,
        terminal: size("terminal").unwrap_or(0),
        reward: match fields.get("reward") {
            None => RewardKind::default(),
            Some(value) => {
                let words = [
                    ("normal", RewardKind::Normal),
                    ("uniform", RewardKind::Uniform),
                ];
                word(value, &path.join("reward"), &words, problems).unwrap_or_default()
            }
        },
    };
    (problems.count() == before).then_some(options)
}
