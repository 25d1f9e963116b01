//! Numbers from CSV: bare rows, or a column `value` beside names, as our own reports have it.

use super::{Given, GivenError};
use crate::judge::formula::{Formula, FormulaAxis};

pub(super) fn parse(text: &str, quantity: &str) -> Result<Given, GivenError> {
    let lines = text.lines().zip(1..);
    let mut rows = lines
        .filter(|(line, _)| !line.trim().is_empty() && !line.starts_with('#'))
        .map(|(line, number)| (cells(line), number))
        .peekable();
    let is_header = |cells: &[String]| cells.iter().any(|cell| value(cell).is_none());
    match rows.next_if(|(cells, _)| is_header(cells)) {
        Some((header, _)) => by_header(&header, rows, quantity),
        None => bare(rows),
    }
}

fn bare(rows: impl Iterator<Item = (Vec<String>, usize)>) -> Result<Given, GivenError> {
    let (mut values, mut shape) = (Vec::new(), [0, 0]);
    for (cells, line) in rows {
        if shape[0] > 0 && cells.len() != shape[1] {
            return Err(GivenError::Ragged {
                first: shape[1],
                other: cells.len(),
                place: format!("line {line}"),
            });
        }
        shape = [shape[0] + 1, cells.len()];
        for cell in cells {
            values.push(value(&cell).ok_or(GivenError::Cell { line, found: cell })?);
        }
    }
    Ok(Given::array(shape.to_vec(), values))
}

/// The rows of a quantity, if there is such a column; names from the columns that its axes have.
fn by_header(
    header: &[String],
    rows: impl Iterator<Item = (Vec<String>, usize)>,
    quantity: &str,
) -> Result<Given, GivenError> {
    let at = |name: &str| {
        let mut cells = header.iter();
        cells.position(|cell| cell.eq_ignore_ascii_case(name))
    };
    let is_first = |(at, name): &(usize, &String)| {
        let before = &header[..*at];
        name.is_empty() || !before.iter().any(|other| other.eq_ignore_ascii_case(name))
    };
    if let Some((_, name)) = header.iter().enumerate().find(|cell| !is_first(cell)) {
        let name = name.clone();
        return Err(GivenError::SameColumns { name });
    }
    let last = header.len() - 1;
    let number = at("value").or_else(|| at(quantity)).or(match header.len() {
        1 => Some(0),
        _ => at("parameter").filter(|_| last == 1).map(|name| 1 - name),
    });
    let Some(number) = number else {
        return Err(GivenError::Header {
            found: header.join(", "),
        });
    };
    let naming = Naming::new(&at, quantity);
    let (which, route) = (at("quantity"), at("route"));
    let (mut entries, mut others) = (Vec::new(), vec![Vec::new(); header.len()]);
    for (cells, line) in rows {
        let cell = |at: usize| cells.get(at).map_or("", String::as_str);
        let other = which.is_some_and(|at| cell(at) != quantity);
        if other || route.is_some_and(|at| !cell(at).is_empty()) {
            continue;
        }
        let found = cell(number);
        let x = value(found).ok_or_else(|| GivenError::Cell {
            line,
            found: found.to_string(),
        })?;
        if naming.columns.is_empty() {
            let others = others.iter_mut().enumerate();
            others.for_each(|(at, column)| column.push(cell(at).to_string()));
        }
        entries.push((naming.names(&cell), x));
    }
    if naming.columns.is_empty() {
        let is_read = |at: usize| at == number || Some(at) == which || Some(at) == route;
        let mut unread = others.iter().enumerate().filter(|(at, _)| !is_read(*at));
        if let Some((at, _)) = unread.find(|(_, column)| orders(column)) {
            return Err(GivenError::Unread {
                column: header[at].clone(),
            });
        }
        let values: Vec<f64> = entries.into_iter().map(|(_, x)| x).collect();
        Ok(Given::array(vec![values.len()], values))
    } else {
        Ok(Given::Named(entries))
    }
}

/// The columns that name what a number is of.
struct Naming {
    columns: Vec<usize>,
    /// The column of the time, of what is by state.
    time: Option<usize>,
}

impl Naming {
    fn new(at: &dyn Fn(&str) -> Option<usize>, quantity: &str) -> Naming {
        let any = |names: &[&str]| names.iter().find_map(|name| at(name));
        let (state, action) = (
            any(&["state", "states", "s"]),
            any(&["action", "actions", "a"]),
        );
        let parameter = any(&["parameter", "parameters"]);
        let formula: Option<Formula> = quantity.parse().ok();
        let axes = formula.map_or((FormulaAxis::Parameter, None), Formula::axes);
        let together = |first: Option<usize>, second: Option<usize>| {
            first.zip(second).map(|(first, second)| vec![first, second])
        };
        let alone = |column: Option<usize>| column.map(|at| vec![at]);
        let columns = match axes {
            (FormulaAxis::State, None) => alone(state),
            (FormulaAxis::State, Some(_)) => together(state, parameter),
            (FormulaAxis::Parameter, Some(_)) => together(parameter, at("other_parameter")),
            (FormulaAxis::Pair, _) => together(state, action).or(alone(state)),
            (FormulaAxis::Parameter, None) => alone(parameter)
                .or(together(state, action))
                .or(alone(state)),
        };
        Naming {
            time: columns
                .as_ref()
                .filter(|columns| columns.first().copied() == state)
                .and(at("time")),
            columns: columns.unwrap_or_default(),
        }
    }

    /// The names of a row: those of states with the time that stands beside them.
    fn names<'a>(&self, cell: &dyn Fn(usize) -> &'a str) -> Vec<String> {
        let mut names: Vec<String> = self.columns.iter().map(|&at| cell(at).into()).collect();
        let time = self.time.map_or("", cell);
        if let Some(state) = names.first_mut().filter(|_| !time.is_empty()) {
            *state = format!("{state}@{time}");
        }
        names
    }
}

/// Whether a column that is not read may say which number a row is of: it has different texts, or whole numbers in
/// succession, in another order.
fn orders(column: &[String]) -> bool {
    let numbers: Option<Vec<f64>> = column.iter().map(|cell| value(cell)).collect();
    let Some(numbers) = numbers else {
        return column.iter().any(|cell| *cell != column[0]);
    };
    let mut sorted = numbers.clone();
    sorted.sort_by(f64::total_cmp);
    let mut steps = sorted.windows(2);
    sorted != numbers && numbers.len() > 1 && steps.all(|pair| pair[1] == pair[0] + 1.0)
}

/// A number; NaN for an empty cell.
fn value(cell: &str) -> Option<f64> {
    match cell.trim() {
        "" => Some(f64::NAN),
        cell => cell.parse().ok(),
    }
}

/// The cells of a line, of which those in quotes may hold commas.
pub(in crate::judge) fn cells(line: &str) -> Vec<String> {
    let (mut cells, mut cell, mut quoted) = (Vec::new(), String::new(), false);
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.next_if_eq(&'"').is_some() => cell.push('"'),
            '"' => quoted = !quoted,
            ',' | ';' | '\t' if !quoted => cells.push(std::mem::take(&mut cell).trim().to_string()),
            letter => cell.push(letter),
        }
    }
    cells.push(cell.trim().to_string());
    cells
}
