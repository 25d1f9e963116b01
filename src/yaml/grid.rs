//! `grid:`: gridworlds from a map.
//!
//! A move goes ahead, or slips to a side or back, with the probabilities of `slip`. It pays
//! `step_reward`, plus `bump_reward` if it runs against a border or wall and stays put, plus the
//! `reward` of the cell it enters (its own again when it stays put). A teleporting cell sends
//! every action to one place for `step_reward` plus the teleport's reward plus that of the cell
//! it enters.

mod dynamics;
mod error;
mod map;
mod rules;

pub use error::GridError;

use self::rules::{ACTIONS, Rules};
use super::document::{Node, NodeKind};
use super::names::found;
use super::read::{Fields, KeyPath, is, number};
use crate::mdp::OutcomeTable;
use crate::memory;
use crate::model::Share;
use crate::model::distribution::Sum;
use crate::model::distribution::sum;
use crate::model::errors::{ModelWarning, Problems};
use crate::model::table::Table;
use crate::number::Number;

/// The pairs and outcomes under `grid:`, and ρ₀ from the legend, if it has initial weights.
pub(crate) fn read(
    node: Node<'_>,
    share: Option<Share>,
    problems: &mut Problems,
) -> Option<(Table, Option<Vec<Number>>)> {
    const KEYS: [&str; 5] = ["map", "slip", "step_reward", "bump_reward", "legend"];
    let path = KeyPath::new("grid");
    if !is(NodeKind::Mapping, node, &path, "a mapping", problems) {
        return None;
    }
    let before = problems.count();
    let mut warnings = Vec::new();
    let fields = Fields::read(node, "`grid`", &KEYS, problems);
    let mut reward = |key| match fields.get(key) {
        Some(value) => number(value, &path.join(key), problems).unwrap_or(Number::ZERO),
        None => Number::ZERO,
    };
    let (step_reward, bump_reward) = (reward("step_reward"), reward("bump_reward"));
    let slip = slip(fields.get("slip"), &mut warnings, problems);
    let Some(map) = fields.get("map") else {
        let at = node.place();
        problems.push(GridError::NoMap { at });
        return None;
    };
    let map = map::read(map, fields.get("legend"), problems)?;
    if problems.count() > before {
        return None;
    }
    let slip = slip?;
    let ways = slip.iter().filter(|p| !p.is_zero()).count();
    let kept = Share::kept(share, map.cell.len());
    if !fits(kept.len(), ways) {
        let (cells, at) = (map.cell.len(), node.place());
        problems.push(GridError::TooLarge { cells, ways, at });
        return None;
    }
    let rules = Rules {
        slip,
        step_reward,
        bump_reward,
    };
    let initial = map.initial();
    let (space, outcomes) = dynamics::make(map, &rules, &kept);
    let inexact = if warnings.is_empty() {
        Vec::new()
    } else {
        inexact(&outcomes)
    };
    let table = Table {
        space,
        outcomes,
        inexact,
        warnings,
    };
    Some((table, initial))
}

/// Whether there is memory for so many cells whose moves have so many outcomes each.
fn fits(cells: usize, ways: usize) -> bool {
    let pairs = cells as f64 * ACTIONS.len() as f64;
    memory::suffices(memory::bytes(pairs, pairs * ways as f64))
}

/// The pairs whose probabilities do not sum to 1; those that teleport do, whatever `slip` is.
fn inexact(outcomes: &OutcomeTable<Number>) -> Vec<usize> {
    let total = |pair| sum(outcomes.of(pair).map(|outcome| outcome.probability));
    let pairs = 0..outcomes.pairs();
    pairs.filter(|&pair| total(pair) != Number::ONE).collect()
}

/// `{ahead: 1/3, left: 1/3, right: 1/3}`, in the order of [`Rules::slip`].
fn slip(
    node: Option<Node<'_>>,
    warnings: &mut Vec<ModelWarning>,
    problems: &mut Problems,
) -> Option<[Number; 4]> {
    const KEYS: [&str; 4] = ["ahead", "left", "right", "back"];
    let none = || Number::ZERO;
    let Some(node) = node else {
        return Some([Number::ONE, none(), none(), none()]);
    };
    let before = problems.count();
    let path = KeyPath::new("grid");
    let path = path.join("slip");
    if node.kind() != NodeKind::Mapping {
        let (found, at) = (found(node), node.place());
        problems.push(GridError::NoSlips { found, at });
        return None;
    }
    let fields = Fields::read(node, "`slip`", &KEYS, problems);
    let slip = KEYS.map(|key| {
        let Some(value) = fields.get(key) else {
            return Number::ZERO;
        };
        let probability = number(value, &path.join(key), problems).unwrap_or(Number::ZERO);
        if probability.is_negative() {
            problems.push(GridError::NegativeSlip {
                direction: key,
                found: probability.clone(),
                at: value.place(),
            });
        }
        probability
    });
    if problems.count() > before {
        return None;
    }
    match Sum::of(slip.iter()) {
        Sum::One => {}
        Sum::Nearly(sum) => warnings.push(ModelWarning::InexactSlip { sum }),
        Sum::Wrong(sum, help) => {
            let at = node.place();
            problems.push(GridError::SlipSum { sum, help, at });
            return None;
        }
    }
    Some(slip)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A map of more cells than any machine holds; a larger one than 16 million outcomes is no longer too
    /// large by its number alone.
    #[test]
    fn a_grid_that_would_fill_the_memory_is_refused() {
        assert!(fits(1000, 4));
        assert!(!fits(1 << 44, 1));
    }
}
