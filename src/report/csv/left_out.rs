//! What a table leaves out of a report.

use super::line::CsvLine;
use crate::report::entries::{Column, Entries, Values};
use crate::report::{Matrix, Quantity};

/// What says of what a report is, and how it was computed and checked: no results.
const ABOUT: [&str; 12] = [
    "policy",
    "criterion",
    "solver",
    "bounds",
    "normalized",
    "reward",
    "uncertainty",
    "routes",
    "max_disagreement",
    "tolerance",
    "false_alarm_rate",
    "truncation_bound",
];

/// The paths of numbers that no line writes, in the order of JSON.
pub(super) fn left_out(lines: &[CsvLine], entries: &Entries<'_>) -> Vec<String> {
    let mut paths = Vec::new();
    walk(lines, entries, (String::new(), String::new()), &mut paths);
    paths
}

/// Collects the paths of a group: as lines name it, and as it is told.
fn walk(
    lines: &[CsvLine],
    entries: &Entries<'_>,
    (prefix, told): (String, String),
    paths: &mut Vec<String>,
) {
    for entry in entries
        .0
        .iter()
        .filter(|entry| !ABOUT.contains(&entry.name))
    {
        let path = format!("{prefix}{}", entry.name);
        let name = format!("{told}{}", entry.name);
        if is_written(lines, &path) {
            continue;
        }
        match &entry.values {
            Values::Group(inner) if is_opened(lines, &path) => {
                walk(
                    lines,
                    inner,
                    (format!("{path}/"), format!("{name}/")),
                    paths,
                );
            }
            Values::Group(inner) if has_numbers(inner) => tell(paths, name),
            Values::List(groups) => match each(lines, &path) {
                Some(own) => groups.iter().for_each(|inner| {
                    walk(own, inner, (String::new(), format!("{name}/")), paths);
                }),
                None if groups.iter().any(has_numbers) => tell(paths, name),
                None => {}
            },
            values if are_numbers(values) => tell(paths, name),
            _ => {}
        }
    }
}

/// Once, however many things have it.
fn tell(paths: &mut Vec<String>, path: String) {
    if !paths.contains(&path) {
        paths.push(path);
    }
}

fn is_written(lines: &[CsvLine], path: &str) -> bool {
    lines.iter().any(|line| match *line {
        CsvLine::All(lines) => is_written(lines, path),
        CsvLine::Of(own, _)
        | CsvLine::In(own, ..)
        | CsvLine::Names(own, ..)
        | CsvLine::Count(own, _)
        | CsvLine::Text(own, ..)
        | CsvLine::Texts(own, ..) => own == path,
        CsvLine::Within(group, _, _, lines) => {
            let rest = path.strip_prefix(group);
            let rest = rest.and_then(|rest| rest.strip_prefix('/'));
            rest.is_some_and(|rest| is_written(lines, rest))
        }
        CsvLine::Each(..) | CsvLine::Placed(..) => false,
    })
}

/// Whether any line writes something of the group at a path.
fn is_opened(lines: &[CsvLine], group: &str) -> bool {
    let is_within = |path: &str| {
        let rest = path.strip_prefix(group);
        rest.is_some_and(|rest| rest.starts_with('/'))
    };
    lines.iter().any(|line| match *line {
        CsvLine::All(lines) => is_opened(lines, group),
        CsvLine::Of(own, _)
        | CsvLine::In(own, ..)
        | CsvLine::Names(own, ..)
        | CsvLine::Each(own, ..)
        | CsvLine::Placed(own, ..)
        | CsvLine::Count(own, _)
        | CsvLine::Text(own, ..)
        | CsvLine::Texts(own, ..) => is_within(own),
        CsvLine::Within(own, ..) => own == group || is_within(own),
    })
}

/// The lines of each group of the list at a path.
fn each(lines: &[CsvLine], path: &str) -> Option<&'static [CsvLine]> {
    lines.iter().find_map(|line| match *line {
        CsvLine::Each(own, _, _, lines) | CsvLine::Placed(own, _, lines) if own == path => {
            Some(lines)
        }
        CsvLine::All(lines) => each(lines, path),
        _ => None,
    })
}

fn has_numbers(entries: &Entries<'_>) -> bool {
    entries.0.iter().any(|entry| match &entry.values {
        Values::Group(inner) => has_numbers(inner),
        Values::List(groups) => groups.iter().any(has_numbers),
        values => are_numbers(values),
    })
}

/// Whether something is one number or several that are there.
fn are_numbers(values: &Values<'_>) -> bool {
    match values {
        Values::Number(x) => **x != Quantity::Undefined,
        Values::Numbers(x) => !x.is_empty(),
        Values::Made(x) => !x.is_empty(),
        Values::Rows(rows) => rows.iter().any(|row| !row.is_empty()),
        Values::Matrix(matrix) => {
            let (rows, columns): (usize, usize) = Matrix::shape(matrix);
            rows * columns > 0
        }
        Values::Floats(x) => !x.is_empty(),
        Values::FloatRows(rows) => rows.iter().any(|row| !row.is_empty()),
        Values::FloatTables(tables) => !tables.is_empty(),
        Values::Records(records) => records
            .0
            .iter()
            .any(|(_, column)| matches!(column, Column::Floats(x) if !x.is_empty())),
        _ => false,
    }
}
