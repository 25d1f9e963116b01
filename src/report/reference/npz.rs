//! A report as NumPy's archive of arrays: one array for each name, `a/b` for b inside of a.
//!
//! Numbers are float64 (fractions rounded once, what does not exist NaN), names unicode, flags
//! booleans. Lists of different lengths are padded with NaN.

use std::io;

use serde_json::Value;

use super::ReferenceReport;
use crate::npy::{Array, Entries, Writer};
use crate::number::Rational;

/// Names whose entries are text, although they may read like numbers.
const TEXTS: [&str; 9] = [
    "states",
    "actions",
    "pairs",
    "parameters",
    "greedy",
    "model",
    "version",
    "source",
    "model_hash",
];

/// The bytes of the archive.
pub fn bytes(report: &ReferenceReport) -> io::Result<Vec<u8>> {
    let mut writer = Writer::new();
    let value = serde_json::to_value(report)?;
    add(&mut writer, "", &value)?;
    writer.finish()
}

fn add(writer: &mut Writer, path: &str, value: &Value) -> io::Result<()> {
    let below = |name: &str| match path {
        "" => name.to_string(),
        path => format!("{path}/{name}"),
    };
    match value {
        Value::Object(entries) => entries
            .iter()
            .try_for_each(|(name, value)| add(writer, &below(name), value)),
        Value::Array(entries) if entries.iter().any(Value::is_object) => {
            entries.iter().enumerate().try_for_each(|(i, entry)| {
                let name = entry["name"].as_str().map(String::from);
                add(
                    writer,
                    &below(&name.unwrap_or_else(|| i.to_string())),
                    entry,
                )
            })
        }
        Value::Null => Ok(()),
        Value::Bool(flag) => writer.add(path, &Array::flag(*flag)),
        leaves => writer.add(path, &array(path, leaves)),
    }
}

fn array(path: &str, value: &Value) -> Array {
    let mut shape = Vec::new();
    measure(value, 0, &mut shape);
    let mut leaves = Vec::new();
    fill(value, &shape, &mut leaves);
    let name = path.rsplit('/').next().unwrap_or(path);
    // sampled trajectories hold indices under the names of states and actions
    let named = TEXTS.contains(&name) && !path.starts_with("fixtures/");
    let numbers: Option<Vec<f64>> = match named {
        true => None,
        false => leaves.iter().map(|leaf| number(leaf)).collect(),
    };
    let entries = match numbers {
        Some(numbers) => Entries::Numbers(numbers),
        None => Entries::Texts(leaves.iter().map(|leaf| text(leaf)).collect()),
    };
    Array { shape, entries }
}

/// The largest length at each depth.
fn measure(value: &Value, depth: usize, shape: &mut Vec<usize>) {
    let Value::Array(entries) = value else { return };
    if shape.len() == depth {
        shape.push(0);
    }
    shape[depth] = shape[depth].max(entries.len());
    for entry in entries {
        measure(entry, depth + 1, shape);
    }
}

/// The leaves in C order, `Null` where a list is shorter than another.
fn fill<'a>(value: &'a Value, shape: &[usize], leaves: &mut Vec<&'a Value>) {
    const NOTHING: &Value = &Value::Null;
    match shape.split_first() {
        None => leaves.push(value),
        Some((length, inner)) => {
            for i in 0..*length {
                fill(value.get(i).unwrap_or(NOTHING), inner, leaves);
            }
        }
    }
}

fn number(leaf: &Value) -> Option<f64> {
    match leaf {
        Value::Null => Some(f64::NAN),
        Value::String(fraction) => fraction
            .parse::<Rational>()
            .ok()
            .map(|x| x.to_f64().value()),
        other => other.as_f64(),
    }
}

fn text(leaf: &Value) -> String {
    match leaf {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
