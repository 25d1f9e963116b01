//! What a table has of a report, line by line.

/// What is written of a report.
#[derive(Clone, Copy, Debug)]
pub enum CsvLine {
    /// The entry at a path, under the name of a quantity.
    Of(&'static str, &'static str),
    /// Lines that several reports have.
    All(&'static [CsvLine]),
    /// The entry at a path, with a text in a column.
    In(&'static str, &'static str, &'static str, &'static str),
    /// All entries of the group at a path, under one quantity, each with its name in a column.
    Names(&'static str, &'static str, &'static str),
    /// Lines of the group at a path, with a text in a column.
    Within(&'static str, &'static str, &'static str, &'static [CsvLine]),
    /// Lines of each group of the list at a path, with what the group's entry of a name says in a
    /// column.
    Each(&'static str, &'static str, &'static str, &'static [CsvLine]),
    /// Lines of each group of the list at a path, with its place in the list, counted from 0, in a column.
    Placed(&'static str, &'static str, &'static [CsvLine]),
    /// How many things stand at a path.
    Count(&'static str, &'static str),
    /// The text at a path, in a column; it has no value.
    Text(&'static str, &'static str, &'static str),
    /// All texts of the group at a path, as `name: text`, in a column.
    Texts(&'static str, &'static str, &'static str),
}
