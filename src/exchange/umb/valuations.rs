//! Values of variables as the names of states: `x=0 & y=1`, and `b` or `!b` for a Boolean.

use super::error::wrong;
use super::index::{Index, Kind};
use super::tar::Files;
use crate::model::error::ModelError;

/// A piece of a state's bits.
struct Piece {
    /// Of a variable; padding has none.
    name: Option<String>,
    kind: Kind,
    bits: usize,
    is_optional: bool,
    offset: i64,
}

/// The names; `None` where there are no variables or some of a kind beyond numbers.
pub(super) fn names(files: &Files, index: &Index) -> Result<Option<Vec<String>>, ModelError> {
    const FILE: &str = "valuations/states/valuations.bin";
    let Some(pieces) = index.valuations.as_ref().and_then(pieces) else {
        return Ok(None);
    };
    let bits = pieces.iter().map(|p| p.bits + usize::from(p.is_optional));
    let width = bits.sum::<usize>() / 8;
    let bytes = files.needed(FILE)?;
    if width == 0 || Some(bytes.len()) != width.checked_mul(index.states) {
        let problem = format!("has {} bytes for {} states", bytes.len(), index.states);
        return Err(wrong(FILE, problem));
    }
    let states = bytes.chunks_exact(width);
    Ok(Some(states.map(|state| name(&pieces, state)).collect()))
}

/// The pieces of the one class of valuations.
fn pieces(valuations: &serde_json::Value) -> Option<Vec<Piece>> {
    let [class] = &valuations.get("states")?.get("classes")?.as_array()?[..] else {
        return None;
    };
    let variables = class.get("variables")?.as_array()?;
    variables.iter().map(piece).collect()
}

fn piece(variable: &serde_json::Value) -> Option<Piece> {
    let padding = |bits: u64| Piece {
        name: None,
        kind: Kind {
            name: String::new(),
            size: None,
        },
        bits: bits as usize,
        is_optional: false,
        offset: 0,
    };
    if let Some(bits) = variable.get("padding") {
        return bits.as_u64().filter(|bits| *bits < 1 << 20).map(padding);
    }
    let kind = Kind {
        name: variable.get("type")?.get("type")?.as_str()?.into(),
        size: variable
            .get("type")?
            .get("size")
            .and_then(|x| x.as_u64()?.try_into().ok()),
    };
    let usual = match kind.name.as_str() {
        "bool" => 1,
        "int" | "uint" | "double" => 64,
        _ => return None,
    };
    let bits = kind.size.unwrap_or(usual) as usize;
    (1..=64).contains(&bits).then_some(())?;
    Some(Piece {
        name: Some(variable.get("name")?.as_str()?.into()),
        bits,
        is_optional: variable.get("is-optional").and_then(|x| x.as_bool()) == Some(true),
        offset: variable.get("offset").and_then(|x| x.as_i64()).unwrap_or(0),
        kind,
    })
}

/// The values of one state.
fn name(pieces: &[Piece], state: &[u8]) -> String {
    let mut at = 0;
    let mut take = |bits: usize| {
        let bit = |i: usize| u64::from(state[i / 8] >> (i % 8) & 1);
        let value = (at..at + bits.min(64))
            .rev()
            .fold(0, |value, i| value << 1 | bit(i));
        at += bits;
        value
    };
    let mut words = Vec::new();
    for piece in pieces {
        let is_there = !piece.is_optional || take(1) == 1;
        let value = take(piece.bits);
        if let (Some(name), true) = (&piece.name, is_there) {
            words.push(piece.word(name, value));
        }
    }
    words.join(" & ")
}

impl Piece {
    fn word(&self, name: &str, value: u64) -> String {
        let unused = 64 - self.bits as u32;
        match self.kind.name.as_str() {
            "bool" if value != 0 => name.to_string(),
            "bool" => format!("!{name}"),
            "double" => format!("{name}={}", f64::from_bits(value)),
            "int" => {
                let signed = ((value << unused) as i64) >> unused;
                format!("{name}={}", i128::from(signed) + i128::from(self.offset))
            }
            _ => format!("{name}={}", i128::from(value) + i128::from(self.offset)),
        }
    }
}
