//! Numbers from CSV: bare rows, or a column `value` beside names, as our own reports have it.

use super::{Given, GivenError};

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

/// The rows of a quantity, if there is such a column; names from `parameter` or `state`, `action`.
fn by_header(
    header: &[String],
    rows: impl Iterator<Item = (Vec<String>, usize)>,
    quantity: &str,
) -> Result<Given, GivenError> {
    let at = |name: &str| header.iter().position(|cell| cell == name);
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
    let names: Vec<usize> = match (at("parameter"), at("state"), at("action")) {
        (Some(parameter), _, _) => vec![parameter],
        (None, Some(state), Some(action)) => vec![state, action],
        _ => Vec::new(),
    };
    let (which, route) = (at("quantity"), at("route"));
    let mut entries = Vec::new();
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
        entries.push((names.iter().map(|&at| cell(at).to_string()).collect(), x));
    }
    Ok(if names.is_empty() {
        let values: Vec<f64> = entries
            .into_iter()
            .map(|(_, x): (Vec<String>, f64)| x)
            .collect();
        Given::array(vec![values.len()], values)
    } else {
        Given::Named(entries)
    })
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
