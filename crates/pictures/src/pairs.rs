//! A number of every pair as a matrix of states and actions.

use exact_mdp::report::Quantity;

use super::matrix::Matrix;
use super::scale::{Kind, Scale};
use super::{Picture, Scene};

/// Up to so many rows and columns a matrix is legible.
pub const ROWS: usize = 40;
/// Columns of it.
pub const COLUMNS: usize = 12;

/// The colors of probabilities.
pub const PROBABILITIES: Scale = Scale {
    low: 0.0,
    high: 1.0,
    kind: Kind::Linear,
    rounding: 0.0,
};

/// The numbers \[SA\] called `letter`, which JSON holds as `source`; `None` where they would not be
/// legible.
pub fn matrix(
    scene: &Scene,
    letter: &str,
    source: &str,
    values: &[Quantity],
    scale: Scale,
) -> Option<Picture> {
    let space = &scene.space;
    let acting: Vec<usize> = (0..space.states())
        .filter(|&s| !space.is_terminal(s))
        .collect();
    if acting.len() > ROWS || space.actions() > COLUMNS || acting.is_empty() {
        return None;
    }
    let entry = |row: usize, action: usize| {
        let pair = space.pair(acting[row], action)?;
        Some((pair, &values[pair]))
    };
    let name = |&state: &usize| (Some(state), scene.name(state).into_owned());
    let matrix = Matrix {
        title: format!("{letter} of every action in every state"),
        source,
        letter,
        rows: acting.iter().map(name).collect(),
        is_square: false,
        columns: space.action_names().iter().map(String::from).collect(),
        entry: &entry,
        scale,
    };
    Some(matrix.draw())
}
