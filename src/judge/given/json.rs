//! Numbers from JSON: lists, lists of lists, objects by label or by state and action.

use serde_json::{Map, Value};

use super::error::NUMBERS;
use super::unique::Unique;
use super::{Given, GivenError};
use crate::number::Number;

/// What a document may hold.
const EXPECTED: &str = "numbers";

/// What every report begins with.
const HEAD: [&str; 6] = ["model", "states", "actions", "pairs", "criterion", "policy"];

pub(super) fn parse(text: &str, quantity: &str) -> Result<Given, GivenError> {
    of_value(&read(text, NUMBERS)?, quantity)
}

/// A document, with `null` for Python's NaN.
pub(in crate::judge) fn read(text: &str, help: &'static str) -> Result<Value, GivenError> {
    let read = |text: &str| serde_json::from_str::<Unique>(text).map(|document| document.0);
    // Python writes NaN where JSON has no number
    let value = read(text).or_else(|error| {
        if text.contains("NaN") {
            read(&text.replace("NaN", "null"))
        } else {
            Err(error)
        }
    });
    value.map_err(|error| GivenError::NotJson {
        found: error.to_string(),
        help,
    })
}

pub(in crate::judge) fn of_value(value: &Value, quantity: &str) -> Result<Given, GivenError> {
    let by_time = by_time(quantity);
    match value {
        Value::Object(map) if map.contains_key(quantity) => of_value(&map[quantity], ""),
        Value::Object(map) if map.contains_key(&by_time) => of_value(&map[&by_time], ""),
        Value::Object(map) if is_report(map) => {
            let is_result = |name: &&String| !HEAD.contains(&name.as_str());
            Err(GivenError::NotReported {
                quantity: quantity.to_string(),
                names: map.keys().filter(is_result).cloned().collect(),
            })
        }
        Value::Object(map) => {
            let mut entries = Vec::new();
            for (key, value) in map {
                named(&mut vec![key.clone()], value, &mut entries)?;
            }
            Ok(Given::Named(entries))
        }
        Value::Array(_) => {
            let mut values = Vec::new();
            let shape = fill(value, &mut values, &mut Vec::new())?;
            Ok(Given::array(shape, values))
        }
        single => Ok(Given::array(vec![1], vec![number(single, "")?])),
    }
}

/// Whether an object is what a command wrote: the pairs of a model stand in it, or several models.
fn is_report(map: &Map<String, Value>) -> bool {
    let mut keys = ["pairs", "models"].into_iter();
    keys.any(|key| map.get(key).is_some_and(Value::is_array))
}

fn named(
    path: &mut Vec<String>,
    value: &Value,
    entries: &mut Vec<(Vec<String>, f64)>,
) -> Result<(), GivenError> {
    match value {
        Value::Object(map) if path.len() < 2 => {
            for (key, value) in map {
                path.push(key.clone());
                named(path, value, entries)?;
                path.pop();
            }
        }
        value => entries.push((path.clone(), number(value, &path.join("/"))?)),
    }
    Ok(())
}

/// Appends the entries of nested lists, and returns their shape.
fn fill(
    value: &Value,
    values: &mut Vec<f64>,
    place: &mut Vec<usize>,
) -> Result<Vec<usize>, GivenError> {
    let Value::Array(list) = value else {
        values.push(number(value, &format!("{place:?}"))?);
        return Ok(Vec::new());
    };
    let mut inner: Option<Vec<usize>> = None;
    for (i, entry) in list.iter().enumerate() {
        place.push(i);
        let shape = if place.len() > 8 {
            return Err(form(entry, &format!("{place:?}")));
        } else {
            fill(entry, values, place)?
        };
        if let Some(first) = inner.as_ref().filter(|first| **first != shape) {
            let length = |shape: &[usize]| shape.first().copied().unwrap_or(1);
            return Err(GivenError::Ragged {
                first: length(first),
                other: length(&shape),
                place: format!("{place:?}"),
            });
        }
        place.pop();
        inner = Some(shape);
    }
    let mut shape = vec![list.len()];
    shape.extend(inner.unwrap_or_default());
    Ok(shape)
}

/// A number, a fraction in quotes, or NaN for `null`.
fn number(value: &Value, place: &str) -> Result<f64, GivenError> {
    match value {
        Value::Null => Ok(f64::NAN),
        Value::Number(x) => x.as_f64().ok_or_else(|| form(value, place)),
        Value::String(text) => {
            let exact: Result<Number, _> = text.parse();
            exact.map(|x| x.to_f64()).map_err(|_| form(value, place))
        }
        other => Err(form(other, place)),
    }
}

fn form(value: &Value, place: &str) -> GivenError {
    GivenError::form(EXPECTED, value, place, NUMBERS)
}

/// The name under which reports have a quantity of all times of a horizon.
pub(super) fn by_time(quantity: &str) -> String {
    format!("{quantity}_by_time")
}
