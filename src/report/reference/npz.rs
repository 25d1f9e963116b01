//! A report as NumPy's archive of arrays: one array for each name, `a/b` for b inside of a.
//!
//! Numbers are float64 (fractions rounded once, what does not exist NaN), names unicode. Lists of
//! different lengths are padded with NaN.

use std::io::{self, Cursor, Write};

use serde_json::Value;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::ReferenceReport;
use crate::number::Rational;

/// Names whose entries are text, although they may read like numbers.
const TEXTS: [&str; 6] = [
    "states",
    "actions",
    "pairs",
    "parameters",
    "greedy",
    "model",
];

/// The bytes of the archive.
pub fn bytes(report: &ReferenceReport) -> io::Result<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let value = serde_json::to_value(report)?;
    add(&mut zip, "", &value)?;
    Ok(zip.finish()?.into_inner())
}

type Zip = ZipWriter<Cursor<Vec<u8>>>;

fn add(zip: &mut Zip, path: &str, value: &Value) -> io::Result<()> {
    let below = |name: &str| match path {
        "" => name.to_string(),
        path => format!("{path}/{name}"),
    };
    match value {
        Value::Object(entries) => entries
            .iter()
            .try_for_each(|(name, value)| add(zip, &below(name), value)),
        Value::Array(entries) if entries.iter().any(Value::is_object) => {
            entries.iter().enumerate().try_for_each(|(i, entry)| {
                let name = entry["name"].as_str().map(String::from);
                add(zip, &below(&name.unwrap_or_else(|| i.to_string())), entry)
            })
        }
        Value::Null | Value::Bool(_) => Ok(()),
        leaves => {
            let array = Array::new(path, leaves);
            // a fixed date: the same input gives the same bytes
            let options = SimpleFileOptions::default()
                .compression_method(CompressionMethod::Deflated)
                .last_modified_time(zip::DateTime::default());
            zip.start_file(format!("{path}.npy"), options)?;
            zip.write_all(&array.npy())
        }
    }
}

/// A rectangular array in C order.
struct Array {
    shape: Vec<usize>,
    entries: Entries,
}

enum Entries {
    Numbers(Vec<f64>),
    Texts(Vec<String>),
}

impl Array {
    fn new(path: &str, value: &Value) -> Array {
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

    /// The format 1.0 (2.0 for long headers) of NumPy's `lib.format`.
    fn npy(&self) -> Vec<u8> {
        let (kind, data) = match &self.entries {
            Entries::Numbers(numbers) => {
                let bytes = numbers.iter().flat_map(|x| x.to_le_bytes());
                ("<f8".to_string(), bytes.collect())
            }
            Entries::Texts(texts) => unicode(texts),
        };
        let sizes: String = self.shape.iter().map(|n| format!("{n},")).collect();
        let mut header =
            format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': ({sizes}), }}");
        // magic (6), version (2), length (2), header, newline: a multiple of 64
        let unpadded = 10 + header.len() + 1;
        header.push_str(&" ".repeat(unpadded.next_multiple_of(64) - unpadded));
        header.push('\n');
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        let length = u16::try_from(header.len()).expect("a few dimensions fit");
        bytes.extend(length.to_le_bytes());
        bytes.extend(header.as_bytes());
        let data: Vec<u8> = data;
        bytes.extend(data);
        bytes
    }
}

/// UTF-32 of a fixed width, padded with zeros.
fn unicode(texts: &[String]) -> (String, Vec<u8>) {
    let longest = texts.iter().map(|text| text.chars().count()).max();
    let width = longest.unwrap_or(0).max(1);
    let mut bytes = Vec::with_capacity(4 * width * texts.len());
    for text in texts {
        let letters = text.chars().map(u32::from);
        let padded = letters.chain(std::iter::repeat(0)).take(width);
        bytes.extend(padded.flat_map(u32::to_le_bytes));
    }
    (format!("<U{width}"), bytes)
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
