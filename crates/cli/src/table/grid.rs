//! A gridworld shown as its map.

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};

use super::View;
use super::wrap::width;
use crate::direction::Direction;
use exact_mdp::mdp::{GridLayout, Space};
use exact_mdp::report::Quantity;

/// Whether a map of this size is legible.
pub fn fits(grid: &GridLayout, view: &View) -> bool {
    /// A number and what surrounds it.
    const CELL: usize = 11;
    let narrow = view.width.is_some_and(|width| grid.columns * CELL >= width);
    grid.columns <= 16 && grid.rows <= 32 && !narrow
}

/// Whether maps that are made are no wider than the terminal: the numbers in them may be longer than usual.
pub fn is_whole(maps: &str, view: &View) -> bool {
    let mut lines = maps.lines().filter(|line| line.starts_with(['┌', '│']));
    view.width
        .is_none_or(|columns| lines.all(|line| width(line) <= columns))
}

/// A map with one cell of text per state, walls as `###`, each line ended.
pub fn on_grid(grid: &GridLayout, cell: impl Fn(usize) -> String) -> String {
    let mut table = Table::new();
    table
        .load_style(presets::UTF8_FULL_CONDENSED)
        .set_content_arrangement(ContentArrangement::Disabled);
    for row in grid.state.chunks(grid.columns.max(1)) {
        let cells = row.iter().map(|state| match state {
            Some(state) => cell(*state),
            None => "###".to_string(),
        });
        table.add_row(cells);
    }
    for column in table.column_iter_mut() {
        column.set_cell_alignment(CellAlignment::Right);
    }
    format!("{table}\n")
}

/// The most probable actions of a state, as arrows where they are named as directions.
pub fn arrows(space: &Space, probabilities: &[Quantity], state: usize) -> String {
    let pairs = space.pairs_of(state);
    let value = |pair: usize| probabilities[pair].value().unwrap_or(0.0);
    let most = pairs.clone().map(value).fold(0.0, f64::max);
    // softmax probabilities of equal parameters may differ in their last bits
    let tied = |pair: &usize| value(*pair) >= most * (1.0 - 1e-12);
    let names = pairs.filter(tied).map(|pair| {
        let name = space.pair_names(pair).1;
        let direction = Direction::of(&name);
        direction.map_or_else(
            || format!("{name} "),
            |direction| direction.arrow().to_string(),
        )
    });
    names.collect::<String>().trim_end().to_string()
}

#[cfg(test)]
mod tests {
    use super::{View, is_whole, on_grid};
    use exact_mdp::mdp::GridLayout;

    #[test]
    fn a_map_of_long_numbers_needs_a_wide_terminal() {
        let grid = GridLayout {
            rows: 1,
            columns: 2,
            state: vec![Some(0), Some(1)],
        };
        // │ 12345678 ┆ 12345678 │
        let map = on_grid(&grid, |_| "12345678".to_string());
        for (columns, expected) in [(22, false), (23, true)] {
            let view = View {
                width: Some(columns),
                ..View::default()
            };
            assert_eq!(
                is_whole(&format!("v(s), a long line of words\n{map}"), &view),
                expected
            );
        }
        assert!(is_whole(&map, &View::default()));
    }
}
