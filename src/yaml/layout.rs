//! `layout:`: where the states of an explicit model lie on a grid, for reports.

use super::YamlError;
use super::document::{Node, NodeKind};
use crate::mdp::GridLayout;
use crate::model::errors::Problems;
use crate::model::names::Index;

/// Reads rows of state names, `~` or `null` for a cell without a state.
pub(crate) fn layout(
    node: Node<'_>,
    states: &Index<'_>,
    problems: &mut Problems,
) -> Option<GridLayout> {
    let before = problems.count();
    let mut wrong = |problem, node: Node<'_>| {
        let at = node.place();
        problems.push(YamlError::Layout { problem, at });
    };
    let rows: Vec<Node<'_>> = node.items().collect();
    let columns = rows.first().map_or(0, |row| row.items().count());
    if columns == 0 {
        wrong("has no cells", node);
        return None;
    }
    let mut state = Vec::new();
    let mut placed = vec![false; states.len()];
    for row in &rows {
        if row.items().count() != columns {
            wrong("has rows of different lengths", *row);
        }
        for cell in row.items() {
            let plain = cell.is_plain() && ["~", "null"].contains(&cell.text());
            if cell.kind() == NodeKind::Nothing || plain {
                state.push(None);
                continue;
            }
            let found = states
                .get(cell.text())
                .filter(|_| cell.kind() == NodeKind::Scalar);
            match found {
                None => wrong("names a state that is not in `states`", cell),
                Some(s) if std::mem::replace(&mut placed[s as usize], true) => {
                    wrong("names a state twice", cell);
                }
                Some(s) => state.push(Some(s as usize)),
            }
        }
    }
    (problems.count() == before).then_some(GridLayout {
        rows: rows.len(),
        columns,
        state,
    })
}
