//! Features of states: a list of rows in the order of the states, or a map from states to rows.

use super::YamlError;
use super::document::{Document, Node, NodeKind};
use super::needs::FEATURES;
use super::policy::PolicyFileError;
use super::read::{KeyPath, is, number, wrong_type};
use crate::mdp::Space;
use crate::model::error::{NameList, NameOf};
use crate::model::errors::Problems;
use crate::model::names::Index;
use crate::number::Number;

/// A row of numbers for each state, all of one length; terminal states may be left out of a map.
pub(crate) fn read(text: &str, space: &Space) -> Result<Vec<Vec<Number>>, Problems> {
    let mut problems = Problems::default();
    let document = Document::read(text, FEATURES, &mut problems)?;
    let root = document.root();
    let under = root.entries().find(|(key, _)| key.text() == "features");
    let root = under.map_or(root, |(_, value)| value);
    let rows = match root.kind() {
        NodeKind::Sequence => listed(root, space, &mut problems),
        NodeKind::Mapping => mapped(root, space, &mut problems),
        _ => {
            let expected =
                "a list with a row of features for each state, or a map from states to rows";
            problems.push(wrong_type(root, &KeyPath::new("features"), expected));
            Vec::new()
        }
    };
    let rows = even(rows, root, &mut problems);
    if problems.is_empty() {
        Ok(rows)
    } else {
        Err(problems)
    }
}

/// In the order of the states.
fn listed(node: Node<'_>, space: &Space, problems: &mut Problems) -> Vec<Option<Vec<Number>>> {
    let (found, expected) = (node.items().count(), space.states());
    if found != expected {
        problems.push(PolicyFileError::Count {
            table: "the list",
            found,
            expected,
            each: "one row per state, terminal ones too",
            at: node.place(),
        });
        return Vec::new();
    }
    let path = KeyPath::new("features");
    node.items()
        .map(|item| row(item, &path, problems))
        .collect()
}

/// By the names of the states.
fn mapped(node: Node<'_>, space: &Space, problems: &mut Problems) -> Vec<Option<Vec<Number>>> {
    let states = Index::of_names(NameOf::State, space.state_names());
    let mut rows = vec![None; space.states()];
    let path = KeyPath::new("features");
    for (key, value) in node.entries() {
        let state = states.find(key, "features", problems);
        let read = row(value, &path.join(key.text()), problems);
        if let (Some(state), Some(read)) = (state, read) {
            rows[state as usize] = Some(read);
        }
    }
    let missing = (0..rows.len()).filter(|&s| rows[s].is_none() && !space.is_terminal(s));
    let missing: Vec<String> = missing.map(|s| states.name(s as u32)).collect();
    if !missing.is_empty() && problems.is_empty() {
        let (missing, at) = (NameList::of(missing), node.place());
        problems.push(YamlError::StatesWithoutNumber { missing, at });
    }
    rows
}

/// A list of numbers, or one number for a single feature.
fn row(node: Node<'_>, path: &KeyPath<'_>, problems: &mut Problems) -> Option<Vec<Number>> {
    if node.kind() == NodeKind::Scalar {
        return Some(vec![number(node, path, problems)?]);
    }
    if !is(
        NodeKind::Sequence,
        node,
        path,
        "a list of numbers",
        problems,
    ) {
        return None;
    }
    node.items()
        .map(|item| number(item, path, problems))
        .collect()
}

/// Rows of one length; a state that was left out has features 0.
fn even(
    rows: Vec<Option<Vec<Number>>>,
    node: Node<'_>,
    problems: &mut Problems,
) -> Vec<Vec<Number>> {
    let count = rows.iter().flatten().map(Vec::len).max().unwrap_or(0);
    let odd = rows
        .iter()
        .flatten()
        .find(|row| row.len() != count || row.is_empty());
    if let Some(odd) = odd {
        problems.push(PolicyFileError::Count {
            table: "a row of features",
            found: odd.len(),
            expected: count.max(1),
            each: "as many as the longest row",
            at: node.place(),
        });
    }
    let or_zero = |row: Option<Vec<Number>>| row.unwrap_or_else(|| vec![Number::ZERO; count]);
    rows.into_iter().map(or_zero).collect()
}
