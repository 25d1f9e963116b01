//! A policy with a rule for each time of a horizon: `by_time:` in a policy file, `policy_by_time` in
//! a report, and a report on the model unrolled in time.

use crate::mdp::Space;
use crate::model::errors::{ModelWarning, Problems};
use crate::number::Number;
use crate::policy::{PolicyError, Specification};
use crate::yaml::document::{Node, NodeKind};
use crate::yaml::read::{Fields, KeyPath, number, wrong_type};

use super::block::{is_by_theta, read, scalars};
use super::error::PolicyFileError;
use super::keys::Author;
use super::report::{get, other_pairs, unmixed};

/// Whether a text may say something of the times of a horizon.
pub(crate) fn may_be_in_time(text: &str) -> bool {
    text.contains("by_time") || text.contains("@0")
}

/// What a policy file or a report says of the times of a horizon, as a policy of the model unrolled
/// in time; nothing, without a problem, where it does not speak of them.
pub(crate) fn rules(
    root: Node<'_>,
    (space, horizon): (&Space, usize),
    warnings: &mut Vec<ModelWarning>,
    problems: &mut Problems,
) -> Option<Specification> {
    if let Some(node) = get(root, "by_time") {
        Fields::read(root, "a policy in time", &["by_time"], problems);
        return written(node, (space, horizon), warnings, problems);
    }
    let (policy, pairs) = (get(root, "policy")?, get(root, "pairs")?);
    let unrolled = space.in_time(horizon);
    let first = pairs.items().next().and_then(|pair| pair.items().next());
    let is_unrolled = first.is_some_and(|name| name.text() == unrolled.state_names().get(0));
    if is_unrolled {
        if let Some(error) = other_pairs(pairs, &unrolled) {
            problems.push(error);
            return None;
        }
    } else if let Some(error) = other_pairs(pairs, space) {
        problems.push(error);
        return None;
    }
    let tables = get(root, "policy_by_time");
    let policy = match tables.filter(|_| !is_unrolled && !is_by_theta(policy, problems)) {
        None if !is_unrolled && tables.is_none() => return None,
        None => read(policy, Author::Report, &unrolled, warnings, problems)?,
        Some(rows) => Specification {
            probabilities: Some(numbers(rows, (space, horizon), problems)?),
            ..scalars(policy, problems)?
        },
    };
    Some(unmixed(policy, &unrolled))
}

/// Most memory that is given to one rule written for all times; a choice, as for fractions over a horizon.
const GIGABYTES: f64 = 4.0;

/// The bytes that `horizon` rules take, with the policy that is made of them: measured on two-state, whose 10⁶ steps
/// of four pairs took 438 MB.
fn kept(space: &Space, horizon: usize) -> f64 {
    const RULE: f64 = std::mem::size_of::<Specification>() as f64;
    const PAIR: f64 = 55.0;
    horizon as f64 * (RULE + PAIR * space.pairs() as f64)
}

/// `by_time:`, a block for each time, or one block for all of them.
fn written(
    node: Node<'_>,
    (space, horizon): (&Space, usize),
    warnings: &mut Vec<ModelWarning>,
    problems: &mut Problems,
) -> Option<Specification> {
    let rules = match node.kind() {
        NodeKind::Mapping => {
            let rule = read(node, Author::User, space, warnings, problems)?;
            let gigabytes = kept(space, horizon) / 1e9;
            if gigabytes > GIGABYTES {
                let at = node.place();
                problems.push(PolicyFileError::RulesTooMany {
                    horizon,
                    gigabytes,
                    at,
                });
                return None;
            }
            vec![rule; horizon]
        }
        NodeKind::Sequence => {
            check_count("by_time", node, horizon, problems)?;
            let rules = node.items();
            let rules = rules.map(|rule| read(rule, Author::User, space, warnings, problems));
            // every rule is read, so that every fault among them is reported
            let rules: Vec<Option<Specification>> = rules.collect();
            rules.into_iter().collect::<Option<_>>()?
        }
        _ => {
            let expected = "a list of policies, one for each time, or one policy for all";
            problems.push(wrong_type(node, &KeyPath::new("by_time"), expected));
            return None;
        }
    };
    let stacked = Specification::in_time(&rules, space, horizon);
    if let Err(PolicyError::RuleDiffers { time, key }) = stacked {
        let at = node.items().nth(time).unwrap_or(node).place();
        problems.push(PolicyFileError::RuleDiffers { time, key, at });
    }
    stacked.ok()
}

/// Errors unless there is one item for each time.
fn check_count(
    table: &'static str,
    node: Node<'_>,
    horizon: usize,
    problems: &mut Problems,
) -> Option<()> {
    let found = node.items().count();
    if found == horizon {
        return Some(());
    }
    problems.push(PolicyFileError::Count {
        table,
        found,
        expected: horizon,
        each: "one for each time of the horizon",
        at: node.place(),
    });
    None
}

/// π_t(a|s) [T·SA] of a report.
fn numbers(
    rows: Node<'_>,
    (space, horizon): (&Space, usize),
    problems: &mut Problems,
) -> Option<Vec<Number>> {
    check_count("policy_by_time", rows, horizon, problems)?;
    let path = KeyPath::new("policy_by_time");
    let mut numbers = Vec::with_capacity(horizon * space.pairs());
    for row in rows.items() {
        let found = row.items().count();
        if found != space.pairs() {
            problems.push(PolicyFileError::Count {
                table: "policy_by_time",
                found,
                expected: space.pairs(),
                each: "one per state-action pair, state by state",
                at: row.place(),
            });
            return None;
        }
        for item in row.items() {
            numbers.push(number(item, &path, problems)?);
        }
    }
    Some(numbers)
}
