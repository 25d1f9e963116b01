//! Trajectories as they come: columns by name from JSON, CSV or NumPy's archive.

use std::collections::BTreeMap;

use serde_json::Value;

use super::names::{NotRead, canonical, key, rank};
use crate::judge::given::{COLUMNS, Encoding, GivenError, cells, read_json, text};
use crate::npy::{Archive, Array, Entries};
use crate::number::Number;

/// One entry of a column.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// A number; a flag is 0 or 1, what is absent is NaN.
    Number(f64),
    /// A name of a state or an action, or a number as text.
    Text(String),
}

impl Cell {
    /// A whole number; as text where no `f64` is it, so that two names of episodes stay two.
    pub fn whole(x: i128) -> Cell {
        if x.unsigned_abs() <= 1 << f64::MANTISSA_DIGITS {
            Cell::Number(x as f64)
        } else {
            Cell::Text(x.to_string())
        }
    }

    /// Its number, if it is one of 0, 1, 2, ….
    pub(super) fn natural(&self) -> Option<usize> {
        let x = self.number()?;
        (x.fract() == 0.0 && (0.0..1e15).contains(&x)).then_some(x as usize)
    }

    /// Its number; NaN where it is absent.
    pub(super) fn number(&self) -> Option<f64> {
        match self {
            Cell::Number(x) => Some(*x),
            Cell::Text(text) => match text.trim() {
                "" | "null" => Some(f64::NAN),
                "true" | "True" => Some(1.0),
                "false" | "False" => Some(0.0),
                other => match other.parse() {
                    Ok(x) => Some(x),
                    Err(_) => other.parse::<Number>().ok().map(|x| x.to_f64()),
                },
            },
        }
    }

    /// Whether nothing stands here: NaN, `null`, an empty cell, −1 for a state or an action.
    pub(super) fn is_padding(&self) -> bool {
        self.number().is_some_and(|x| x.is_nan() || x < 0.0)
    }
}

/// A column: one row of entries for each trajectory (or environment), or one entry for each step.
#[derive(Clone, Debug, PartialEq)]
pub enum TrajectoryColumn {
    /// One entry after the other.
    Flat(Vec<Cell>),
    /// Rows of entries, of any lengths.
    Rows(Vec<Vec<Cell>>),
}

impl TrajectoryColumn {
    /// A row for each trajectory; a flat column is one row.
    pub(super) fn rows(&self) -> Vec<&[Cell]> {
        match self {
            TrajectoryColumn::Flat(cells) => vec![cells],
            TrajectoryColumn::Rows(rows) => rows.iter().map(Vec::as_slice).collect(),
        }
    }

    /// Calls `f` of every entry.
    pub(super) fn each(&mut self, f: &mut impl FnMut(&mut Cell)) {
        match self {
            TrajectoryColumn::Flat(cells) => cells.iter_mut().for_each(f),
            TrajectoryColumn::Rows(rows) => rows.iter_mut().flatten().for_each(f),
        }
    }

    /// Rows and their length, where all have the same.
    fn size(&self) -> Option<(usize, usize)> {
        let TrajectoryColumn::Rows(rows) = self else {
            return None;
        };
        let width = rows.first()?.len();
        let is_rectangle = width > 0 && rows.iter().all(|row| row.len() == width);
        is_rectangle.then_some((rows.len(), width))
    }

    /// A rectangle with its rows as columns.
    fn transposed(&self) -> TrajectoryColumn {
        let rows = self.rows();
        let width = rows.first().map_or(0, |row| row.len());
        let column = |k: usize| rows.iter().map(|row| row[k].clone()).collect();
        TrajectoryColumn::Rows((0..width).map(column).collect())
    }

    /// A rectangle of numbers, row by row; of one dimension it is flat.
    pub fn numbers(shape: &[usize], numbers: impl IntoIterator<Item = f64>) -> TrajectoryColumn {
        let mut cells = numbers.into_iter().map(Cell::Number);
        TrajectoryColumn::shaped(shape, &mut cells)
    }

    fn shaped(shape: &[usize], cells: &mut dyn Iterator<Item = Cell>) -> TrajectoryColumn {
        match shape {
            [] | [_] => TrajectoryColumn::Flat(cells.collect()),
            [rows, rest @ ..] => {
                let width: usize = rest.iter().product();
                let row = |_| cells.take(width).collect();
                TrajectoryColumn::Rows((0..*rows).map(row).collect())
            }
        }
    }

    fn of_array(array: Array) -> TrajectoryColumn {
        let shape = array.shape;
        let number = |x| Cell::Number(x);
        match array.entries {
            Entries::Numbers(x) => TrajectoryColumn::shaped(&shape, &mut x.into_iter().map(number)),
            Entries::Integers(x) => {
                TrajectoryColumn::shaped(&shape, &mut x.into_iter().map(|x| Cell::whole(x.into())))
            }
            Entries::Booleans(x) => {
                TrajectoryColumn::shaped(&shape, &mut x.into_iter().map(|x| number(f64::from(x))))
            }
            Entries::Texts(x) => {
                TrajectoryColumn::shaped(&shape, &mut x.into_iter().map(Cell::Text))
            }
        }
    }

    fn of_value(value: &Value) -> Option<TrajectoryColumn> {
        let Value::Array(entries) = value else {
            return None;
        };
        if entries.iter().any(Value::is_array) {
            let row = |value: &Value| match value {
                Value::Array(cells) => cells.iter().map(cell).collect(),
                _ => None,
            };
            return entries
                .iter()
                .map(row)
                .collect::<Option<_>>()
                .map(TrajectoryColumn::Rows);
        }
        let cells: Option<Vec<Cell>> = entries.iter().map(cell).collect();
        cells.map(TrajectoryColumn::Flat)
    }
}

fn cell(value: &Value) -> Option<Cell> {
    match value {
        Value::Null => Some(Cell::Number(f64::NAN)),
        Value::Bool(flag) => Some(Cell::Number(f64::from(*flag))),
        Value::Number(x) => x
            .as_i128()
            .map(Cell::whole)
            .or(x.as_f64().map(Cell::Number)),
        Value::String(text) => Some(Cell::Text(text.clone())),
        Value::Array(_) | Value::Object(_) => None,
    }
}

/// Columns by the names that we write. Those of an estimator's numbers stand under `estimates/NAME/…`, as in our own
/// archives.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Columns {
    pub(super) by_name: BTreeMap<String, TrajectoryColumn>,
    given_as: BTreeMap<String, String>,
    pub(super) not_read: Vec<NotRead>,
}

impl Columns {
    /// Adds a column under one of the names that are known; one of another name, and a second one of the same
    /// meaning, is not read, and named where the judgment says so.
    pub fn with(mut self, name: &str, column: TrajectoryColumn) -> Columns {
        self.add(name, column);
        self
    }

    fn add(&mut self, name: &str, column: TrajectoryColumn) {
        let Some(key) = key(name) else {
            return self.leave(name);
        };
        match self.given_as.get(&key) {
            // of two columns of one meaning the one that is called as we call it
            Some(read) if rank(read) <= rank(name) => {
                self.not_read.push(NotRead::beside(name, read));
            }
            read => {
                let other = read.map(|read| NotRead::beside(read, name));
                self.not_read.extend(other);
                self.given_as.insert(key.clone(), name.to_string());
                self.by_name.insert(key, column);
            }
        }
    }

    /// Remembers a column that is not read.
    fn leave(&mut self, name: &str) {
        // of an index that has no name nobody thinks that it is read
        if !name.is_empty() && !name.starts_with("Unnamed:") {
            self.not_read.push(NotRead::unknown(name));
        }
    }

    /// The columns with time before trajectories, rectangles [T, N] for [N, T], whose states may have one
    /// row more; `None` of one row, and where the columns of steps are no rectangles.
    pub fn transposed(&self) -> Option<Columns> {
        let (rows, width) = self.by_name.get("actions")?.size()?;
        // a row of steps, as so many trajectories of one step each, is hardly ever impossible
        (rows > 1).then_some(())?;
        let of_steps = |name: &str| {
            let part = name.rsplit('/').next().unwrap_or(name);
            !["contributions", "estimate", "lengths"].contains(&part)
        };
        let turned = |(name, column): (&String, &TrajectoryColumn)| {
            let column = match column.size() {
                _ if !of_steps(name) => column.clone(),
                Some((_, n)) if n == width => column.transposed(),
                _ => return None,
            };
            Some((name.clone(), column))
        };
        Some(Columns {
            by_name: self.by_name.iter().map(turned).collect::<Option<_>>()?,
            ..self.clone()
        })
    }

    /// Whether a column of this name is one of those that are read.
    pub fn knows(name: &str) -> bool {
        key(name).is_some()
    }

    /// Reads the columns of a file.
    ///
    /// Errors with what cannot be read, and where.
    pub fn parse(bytes: &[u8], encoding: Encoding) -> Result<Columns, GivenError> {
        match encoding {
            Encoding::Json => of_json(&text(bytes)?),
            Encoding::Csv => of_csv(&text(bytes)?),
            Encoding::Npz => of_archive(bytes),
            Encoding::Npy => Err(GivenError::OneArray),
        }
    }
}

fn of_archive(bytes: &[u8]) -> Result<Columns, GivenError> {
    let mut archive = Archive::new(bytes)?;
    let mut columns = Columns::default();
    let names = archive.names();
    let inside = names.iter().any(|name| name == "fixtures/states");
    for name in &names {
        let short = if inside {
            name.strip_prefix("fixtures/")
        } else {
            Some(name.as_str())
        };
        let Some(short) = short else { continue };
        if !Columns::knows(short) {
            columns.leave(short);
        } else if let Some(array) = archive.array(name)? {
            columns.add(short, TrajectoryColumn::of_array(array));
        }
    }
    Ok(columns)
}

fn of_csv(text: &str) -> Result<Columns, GivenError> {
    let lines = text.lines().zip(1..);
    let mut rows = lines
        .filter(|(line, _)| !line.trim().is_empty() && !line.starts_with('#'))
        .map(|(line, number)| (cells(line), number));
    let (header, _) = rows.next().unwrap_or_default();
    let mut columns: Vec<Vec<Cell>> = vec![Vec::new(); header.len()];
    for (cells, line) in rows {
        if cells.len() != header.len() {
            return Err(GivenError::Ragged {
                first: header.len(),
                other: cells.len(),
                place: format!("line {line}"),
            });
        }
        for (column, cell) in columns.iter_mut().zip(cells) {
            column.push(Cell::Text(cell));
        }
    }
    let named = header.iter().zip(columns);
    Ok(named.fold(Columns::default(), |all, (name, column)| {
        all.with(name.trim(), TrajectoryColumn::Flat(column))
    }))
}

fn of_json(text: &str) -> Result<Columns, GivenError> {
    let value = read_json(text, COLUMNS)?;
    match &value {
        Value::Object(map) => match map.get("fixtures").filter(|x| x.is_object()) {
            Some(Value::Object(fixtures)) => of_object(fixtures),
            _ => of_object(map),
        },
        Value::Array(list) if !list.is_empty() && list.iter().all(Value::is_object) => {
            of_list(list)
        }
        other => Err(form(
            "an object of columns, or a list of trajectories",
            other,
            "",
        )),
    }
}

fn form(expected: &'static str, found: &Value, place: &str) -> GivenError {
    GivenError::form(expected, found, place, COLUMNS)
}

fn of_object(map: &serde_json::Map<String, Value>) -> Result<Columns, GivenError> {
    let mut columns = Columns::default();
    let others = map.iter().filter(|(name, value)| {
        canonical(name).is_none() && name.as_str() != "estimates" && value.is_array()
    });
    others.for_each(|(name, _)| columns.leave(name));
    let mut add = |name: &str, value: &Value| match TrajectoryColumn::of_value(value) {
        Some(column) => {
            columns.add(name, column);
            Ok(())
        }
        None => Err(form("rows of numbers or of names", value, name)),
    };
    for (name, value) in map {
        if canonical(name).is_some() && !value.is_null() {
            add(name, value)?;
        }
    }
    let estimates: Vec<(String, &Value)> = match map.get("estimates") {
        Some(Value::Object(named)) => named.iter().map(|(k, v)| (k.clone(), v)).collect(),
        Some(Value::Array(list)) => {
            let name = |value: &Value| {
                value
                    .get("name")
                    .and_then(Value::as_str)
                    .map(str::to_string)
            };
            list.iter()
                .filter_map(|value| Some((name(value)?, value)))
                .collect()
        }
        _ => Vec::new(),
    };
    for (estimator, numbers) in estimates {
        let place = format!("estimates/{estimator}");
        let Value::Object(parts) = numbers else {
            let expected = "an object of `psi`, `contributions` or `estimate`";
            return Err(form(expected, numbers, &place));
        };
        let mut any = false;
        for (part, value) in parts.iter().filter(|(_, value)| !value.is_null()) {
            let part = canonical(part).filter(|part| PARTS.contains(part));
            if let Some(part) = part {
                add(&format!("{place}/{part}"), value)?;
                any = true;
            }
        }
        if !any {
            let expected = "`psi`, `contributions` or `estimate`";
            return Err(form(expected, numbers, &place));
        }
    }
    Ok(columns)
}

/// The numbers of an estimator.
const PARTS: [&str; 3] = ["psi", "contributions", "estimate"];

/// A list with an object for each trajectory, or for each step.
fn of_list(list: &[Value]) -> Result<Columns, GivenError> {
    let mut columns = Columns::default();
    let names = list
        .iter()
        .filter_map(Value::as_object)
        .flat_map(|map| map.keys());
    let names: std::collections::BTreeSet<&String> = names.collect();
    for name in names {
        if canonical(name).is_none() {
            columns.leave(name);
            continue;
        }
        let entries: Vec<Value> = list
            .iter()
            .map(|map| map.get(name).cloned().unwrap_or(Value::Null))
            .collect();
        let whole = Value::Array(entries);
        match TrajectoryColumn::of_value(&whole) {
            Some(column) => columns.add(name, column),
            None => return Err(form("the same in every trajectory", &whole, name)),
        }
    }
    Ok(columns)
}
