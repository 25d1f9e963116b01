//! Whether the columns of steps belong together: as many rows and entries in each.

use super::columns::{Cell, Columns, TrajectoryColumn};
use crate::judge::given::GivenError;

/// Columns with one entry for each step, but for the names of episodes, which are counted where they are read.
fn is_of_steps(name: &str) -> bool {
    const OF_STEPS: [&str; 8] = [
        "states",
        "next_states",
        "actions",
        "rewards",
        "terminated",
        "truncated",
        "done",
        "log_probabilities",
    ];
    OF_STEPS.contains(&name) || name.rsplit('/').next() == Some("psi")
}

impl Columns {
    /// Errors with the columns and how long they are, where some entry of one has no action beside it, or some
    /// action no entry: a column that is cut short is no shorter sample but a fault of who wrote it.
    ///
    /// States may have one entry more, the state behind the last step (and one row more, in rectangles with time
    /// before trajectories); behind the last step any column may have padding. `lengths` says by itself which
    /// steps of a row count.
    pub(super) fn check_lengths(&self, actions: &TrajectoryColumn) -> Result<(), GivenError> {
        let rows = actions.rows();
        let columns = || self.by_name.iter().filter(|(name, _)| is_of_steps(name));
        let mut has_other_rows = columns().filter(|(name, column)| {
            let found = column.rows().len();
            found != rows.len() && !(*name == "states" && found == rows.len() + 1)
        });
        if has_other_rows.next().is_some() {
            let counts = columns().map(|(name, column)| (name.clone(), column.rows().len()));
            return Err(GivenError::Lengths {
                of: "rows",
                columns: counts.collect(),
                place: String::new(),
            });
        }
        let is_rows = matches!(actions, TrajectoryColumn::Rows(_));
        if is_rows && self.by_name.contains_key("lengths") {
            return Ok(());
        }
        for (i, row) in rows.iter().enumerate() {
            let entries =
                || columns().filter_map(|(name, column)| Some((name, *column.rows().get(i)?)));
            if entries().any(|(name, cells)| !fits(name, cells, row)) {
                let counts = entries().map(|(name, cells)| (name.clone(), cells.len()));
                return Err(GivenError::Lengths {
                    of: "entries",
                    columns: counts.collect(),
                    place: if is_rows {
                        format!("trajectory {i}")
                    } else {
                        String::new()
                    },
                });
            }
        }
        Ok(())
    }
}

/// Whether a column has an entry for each action, and no more.
fn fits(name: &str, cells: &[Cell], actions: &[Cell]) -> bool {
    let steps = without_padding(actions, Cell::is_padding);
    let behind = usize::from(name == "states");
    let is_absent = |cell: &Cell| match name {
        "states" | "next_states" => cell.is_padding(),
        _ => cell.number().is_some_and(f64::is_nan),
    };
    cells.len() >= steps
        && (cells.len() <= actions.len() + behind
            || without_padding(cells, is_absent) <= actions.len() + behind)
}

/// How many entries there are up to the last that is no padding.
fn without_padding(cells: &[Cell], is_padding: impl Fn(&Cell) -> bool) -> usize {
    let last = cells.iter().rposition(|cell| !is_padding(cell));
    last.map_or(0, |last| last + 1)
}
