//! A table, column by column.

use comfy_table::{CellAlignment, ContentArrangement, LineStyle, Table, TableStyle};

use super::digits::aligned;
use exact_mdp::report::Quantity;

/// A table that is built column by column.
#[derive(Clone, Debug, Default)]
pub struct Columns {
    columns: Vec<Column>,
}

#[derive(Clone, Debug)]
struct Column {
    header: String,
    cells: Vec<String>,
    alignment: CellAlignment,
}

impl Columns {
    /// A table without columns.
    pub fn new() -> Columns {
        Columns::default()
    }

    /// The table with one more column of text.
    pub fn text(self, header: &str, cells: Vec<String>) -> Columns {
        self.with(header, cells, CellAlignment::Left)
    }

    /// The table with one more column of numbers, their decimal points below each other.
    pub fn numbers(self, header: &str, values: &[Quantity], digits: usize) -> Columns {
        self.with(header, aligned(values, digits), CellAlignment::Right)
    }

    /// The table with one more column of ready cells, to the right.
    pub fn right(self, header: &str, cells: Vec<String>) -> Columns {
        self.with(header, cells, CellAlignment::Right)
    }

    /// As [`Columns::numbers`], with empty cells where there is nothing to say.
    pub fn some_numbers(
        self,
        header: &str,
        values: impl IntoIterator<Item = Option<Quantity>>,
        digits: usize,
    ) -> Columns {
        let values: Vec<_> = values.into_iter().collect();
        let said: Vec<Quantity> = values.iter().flatten().cloned().collect();
        let mut cells = aligned(&said, digits).into_iter();
        let cell = |value: &Option<Quantity>| value.as_ref().and_then(|_| cells.next());
        let cells = values.iter().map(cell).map(Option::unwrap_or_default);
        self.with(header, cells.collect(), CellAlignment::Right)
    }

    /// As [`Columns::render`], with a heading and the rows below it for each group; a blank line
    /// stands between groups. Cells are single lines.
    pub fn render_groups(&self, groups: &[(String, usize)]) -> String {
        let text = self.render();
        let mut lines = text.lines();
        let mut grouped: Vec<&str> = lines.by_ref().take(2).collect();
        for (number, (heading, rows)) in groups.iter().enumerate() {
            if number > 0 {
                grouped.push("");
            }
            grouped.push(heading);
            grouped.extend(lines.by_ref().take(*rows));
        }
        grouped.push("");
        grouped.join("\n")
    }

    fn with(mut self, header: &str, cells: Vec<String>, alignment: CellAlignment) -> Columns {
        self.columns.push(Column {
            header: header.to_string(),
            cells,
            alignment,
        });
        self
    }

    /// The text, each line ended.
    pub fn render(&self) -> String {
        const RULED: TableStyle =
            TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));
        let mut table = Table::new();
        table
            .load_style(RULED)
            .set_content_arrangement(ContentArrangement::Disabled)
            .set_header(self.columns.iter().map(|column| &column.header));
        let rows = self.columns.iter().map(|c| c.cells.len()).max();
        for row in 0..rows.unwrap_or(0) {
            let cell = |column: &Column| column.cells.get(row).cloned().unwrap_or_default();
            table.add_row(self.columns.iter().map(cell));
        }
        for (column, at) in self.columns.iter().zip(0..) {
            if let Some(shown) = table.column_mut(at) {
                shown.set_cell_alignment(column.alignment);
            }
        }
        let mut text = table.trim_fmt();
        text.push('\n');
        text
    }
}
