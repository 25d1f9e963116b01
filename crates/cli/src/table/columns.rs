//! A table, column by column.

use super::View;
use super::aligned;
use super::wrap::width;
use exact_mdp::model::in_order;
use exact_mdp::report::Quantity;

/// A table that is built column by column.
#[derive(Clone, Debug, Default)]
pub struct Columns {
    columns: Vec<Column>,
}

/// Where a cell's text stands.
#[derive(Clone, Copy, Debug)]
enum Alignment {
    Left,
    Right,
}

#[derive(Clone, Debug)]
struct Column {
    header: String,
    cells: Vec<String>,
    alignment: Alignment,
    /// Whether a row is told from others by it.
    is_key: bool,
}

impl Columns {
    /// A table without columns.
    pub fn new() -> Columns {
        Columns::default()
    }

    /// The table with one more column of text.
    pub fn text(self, header: &str, cells: Vec<String>) -> Columns {
        self.with(header, cells, Alignment::Left)
    }

    /// The table with one more column of names that tell its rows apart, beside those of the first: each part of a table
    /// that is too wide has them all.
    pub fn key(self, header: &str, cells: Vec<String>) -> Columns {
        let mut columns = self.with(header, cells, Alignment::Left);
        if let Some(last) = columns.columns.last_mut() {
            last.is_key = true;
        }
        columns
    }

    /// The table with one more column of numbers, their decimal points below each other.
    pub fn numbers(self, header: &str, values: &[Quantity], digits: usize) -> Columns {
        self.with(header, aligned(values, digits), Alignment::Right)
    }

    /// The table with one more column of ready cells, to the right.
    pub fn right(self, header: &str, cells: Vec<String>) -> Columns {
        self.with(header, cells, Alignment::Right)
    }

    /// A column of numbers to so many significant digits, aligned at the point; cells are empty where there is nothing
    /// to say.
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
        self.with(header, cells.collect(), Alignment::Right)
    }

    /// The table as text, in the width of the view, with a heading and the rows below it for each group; a blank line
    /// stands between groups. Cells are single lines; where the terminal is too narrow for the last
    /// column, it is cut short, or left out where next to nothing of it would stand.
    pub fn render_groups(&self, view: &View, groups: &[(String, usize)]) -> String {
        let mut text = self.whole(PADDING);
        if let Some(columns) = view.width
            && widest(&text) > columns
        {
            text = self.cut(columns).whole(TIGHT);
        }
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

    /// This table with the last column cut to what so many columns leave of it.
    fn cut(&self, columns: usize) -> Columns {
        const LEAST: usize = 12;
        let mut narrow = self.clone();
        let Some(last) = narrow.columns.pop() else {
            return narrow;
        };
        let taken = widest(&narrow.whole(TIGHT)) + 2;
        let room = columns.saturating_sub(taken);
        if room < LEAST.max(width(&last.header)) {
            return narrow;
        }
        let shortened = |cell: &String| {
            if width(cell) <= room {
                return cell.clone();
            }
            let kept: String = cell.chars().take(room - 1).collect();
            format!("{}…", kept.trim_end())
        };
        narrow.columns.push(Column {
            cells: last.cells.iter().map(shortened).collect(),
            ..last
        });
        narrow
    }

    fn with(mut self, header: &str, cells: Vec<String>, alignment: Alignment) -> Columns {
        self.columns.push(Column {
            header: in_order(header.to_string()),
            cells: cells.into_iter().map(in_order).collect(),
            alignment,
            // of the first column, rows have their names
            is_key: self.columns.is_empty(),
        });
        self
    }

    /// The text, each line ended. Where it does not fit the terminal, the columns move together, and
    /// then stand in several tables below each other, each with the names of the rows; where these leave no room, with
    /// the numbers of the rows.
    pub fn render(&self, view: &View) -> String {
        let text = self.whole(PADDING);
        let Some(columns) = view.width.filter(|columns| widest(&text) > *columns) else {
            return text;
        };
        let tight = self.whole(TIGHT);
        if widest(&tight) <= columns {
            return tight;
        }
        let mut parts = self.parts(columns);
        let keys = self.columns.iter().filter(|column| column.is_key).count();
        let is_wide = |part: &Columns| widest(&part.whole(TIGHT)) > columns;
        if keys > 1 && parts.iter().any(is_wide) {
            parts = self.numbered().parts(columns);
        }
        let parts: Vec<String> = parts.iter().map(|part| part.whole(TIGHT)).collect();
        parts.join("\n")
    }

    /// The table with numbers of its rows for their names, which are ordinary columns then.
    fn numbered(&self) -> Columns {
        let rows = self.columns.iter().map(|column| column.cells.len()).max();
        let numbers = (1..=rows.unwrap_or(0)).map(|row| row.to_string());
        let numbers = Columns::new().right("row", numbers.collect());
        let named = self.columns.iter().cloned().map(|column| Column {
            is_key: false,
            ..column
        });
        Columns {
            columns: numbers.columns.into_iter().chain(named).collect(),
        }
    }

    /// Tables of the keys and as many others as fit, in their order.
    fn parts(&self, columns: usize) -> Vec<Columns> {
        let of = |others: &[usize]| Columns {
            columns: (self.columns.iter().enumerate())
                .filter(|(at, column)| column.is_key || others.contains(at))
                .map(|(_, column)| column.clone())
                .collect(),
        };
        let mut parts: Vec<Vec<usize>> = Vec::new();
        for (at, _) in (self.columns.iter().enumerate()).filter(|(_, column)| !column.is_key) {
            let with = |part: &[usize]| [part, &[at]].concat();
            match parts.last_mut() {
                Some(part) if widest(&of(&with(part)).whole(TIGHT)) <= columns => {
                    *part = with(part)
                }
                _ => parts.push(vec![at]),
            }
        }
        if parts.is_empty() {
            return vec![self.clone()];
        }
        parts.iter().map(|part| of(part)).collect()
    }

    /// The text in one piece, with so many blanks left and right of each cell.
    fn whole(&self, (left, right): (usize, usize)) -> String {
        let widths = self.columns.iter().map(Column::width);
        let widths: Vec<usize> = widths.collect();
        let line = |cell: &dyn Fn(&Column) -> String| {
            let cells = self.columns.iter().zip(&widths).map(|(column, &room)| {
                let text = cell(column);
                let blank = " ".repeat(room - width(&text));
                let (before, after) = match column.alignment {
                    Alignment::Left => ("", blank.as_str()),
                    Alignment::Right => (blank.as_str(), ""),
                };
                format!("{:left$}{before}{text}{after}{:right$}", "", "")
            });
            let line = cells.collect::<Vec<_>>().join(" ");
            line.trim_end().to_string() + "\n"
        };
        let total: usize = widths.iter().map(|room| room + left + right + 1).sum();
        let rule = "─".repeat(total.saturating_sub(1));
        let rows = self.columns.iter().map(|column| column.cells.len()).max();
        let rows = (0..rows.unwrap_or(0))
            .map(|row| line(&|column| column.cells.get(row).cloned().unwrap_or_default()));
        let header = line(&|column| column.header.clone());
        format!("{header}{rule}\n{}", rows.collect::<String>())
    }
}

impl Column {
    fn width(&self) -> usize {
        let cells = self.cells.iter().map(|cell| width(cell));
        cells.fold(width(&self.header), usize::max)
    }
}

/// Blanks left and right of a cell.
const PADDING: (usize, usize) = (1, 1);
/// Blanks left and right of a cell where there is little room.
const TIGHT: (usize, usize) = (0, 1);

/// The columns of the widest line.
fn widest(text: &str) -> usize {
    text.lines().map(width).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Columns {
        let cells = |text: &str| vec![text.to_string(), text.to_string()];
        Columns::new()
            .text("estimator", cells("total-return"))
            .right("statistic", cells("12.345"))
            .right("p-value", cells("0.123"))
            .text("sample", cells("consistent"))
    }

    #[test]
    fn a_table_fits_the_terminal() {
        let view = |width| View {
            width,
            ..View::default()
        };
        let whole = table().render(&view(None));
        assert_eq!(table().render(&view(Some(80))), whole);
        for columns in [26, 30, 40, 45] {
            let text = table().render(&view(Some(columns)));
            assert!(widest(&text) <= columns, "{columns}\n{text}");
            for cell in ["12.345", "0.123", "consistent"] {
                assert_eq!(text.matches(cell).count(), 2, "{text}");
            }
        }
    }
    #[test]
    fn the_last_column_of_groups_is_cut_or_left_out() {
        let view = |columns| View {
            width: Some(columns),
            ..View::default()
        };
        let groups = [("Heading".to_string(), 2)];
        let long = |text: &str| vec![text.repeat(9), text.to_string()];
        let table = table().text("statement", long("J = ρ₀ᵀ v "));
        for columns in [45, 55, 60, 80] {
            let text = table.render_groups(&view(columns), &groups);
            assert!(widest(&text) <= columns, "{columns}\n{text}");
            assert_eq!(text.contains("statement"), columns > 55, "{text}");
        }
    }

    #[test]
    fn each_part_of_a_split_table_tells_its_rows_apart() {
        let view = |width| View {
            width: Some(width),
            ..View::default()
        };
        let cells = |text: [&str; 3]| text.map(String::from).to_vec();
        let table = |state: &str| {
            Columns::new()
                .key("state", cells([state, "", "b"]))
                .right("v(s)", cells(["1.25", "", "2.5"]))
                .key("action", cells(["left", "right", "left"]))
                .right("q(s,a)", cells(["-1.5", "1.75", "3.5"]))
                .right("A(s,a)", cells(["-0.5", "0.25", "1.5"]))
        };
        // state and action take 6 + 7 and two blanks
        let text = table("a").render(&view(24));
        assert_eq!(
            text,
            "state  v(s)  action\n────────────────────\na      1.25  left\n             right\nb       2.5  left\n\n\
             state  action  q(s,a)\n──────────────────────\na      left      -1.5\n       right     1.75\nb      left       3.5\n\n\
             state  action  A(s,a)\n──────────────────────\na      left      -0.5\n       right     0.25\nb      left       1.5\n"
        );
        // names that leave no room for a number: the rows are numbered
        let text = table("a long name of a state").render(&view(30));
        assert!(widest(&text) <= 30, "{text}");
        assert!(text.contains("row  v(s)  action  q(s,a)"), "{text}");
        assert!(text.contains("  2        right     1.75"), "{text}");
    }
}
