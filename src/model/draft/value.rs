//! What a caller may give for a state, an action or a number.

use std::fmt;

use crate::mdp::Names;
use crate::number::Number;

/// A state or an action: its position, counted from 0, or its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    /// The position in the list of names.
    Position(i64),
    /// The name.
    Name(String),
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Key::Position(i) => i.fmt(f),
            Key::Name(name) => f.write_str(name),
        }
    }
}

impl From<usize> for Key {
    fn from(position: usize) -> Key {
        // beyond every list of names
        Key::Position(i64::try_from(position).unwrap_or(i64::MAX))
    }
}

impl From<u32> for Key {
    fn from(position: u32) -> Key {
        Key::Position(position.into())
    }
}

impl From<i32> for Key {
    fn from(position: i32) -> Key {
        Key::Position(position.into())
    }
}

impl From<&str> for Key {
    fn from(name: &str) -> Key {
        Key::Name(name.into())
    }
}

impl From<String> for Key {
    fn from(name: String) -> Key {
        Key::Name(name)
    }
}

/// A number as a caller has it: exact, a text (`"9/10"`, `"0.1"`, `"1e-3"`), an integer, or an
/// `f64`, which is exactly the binary fraction it holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Value(pub(super) Result<Number, String>);

impl From<Number> for Value {
    fn from(x: Number) -> Value {
        Value(Ok(x))
    }
}

impl From<&Number> for Value {
    fn from(x: &Number) -> Value {
        Value(Ok(x.clone()))
    }
}

impl From<f64> for Value {
    fn from(x: f64) -> Value {
        Value(Number::from_f64(x).ok_or_else(|| x.to_string()))
    }
}

impl From<i64> for Value {
    fn from(x: i64) -> Value {
        Value(Ok(x.into()))
    }
}

impl From<i32> for Value {
    fn from(x: i32) -> Value {
        Value(Ok(i64::from(x).into()))
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value(text.parse().map_err(|_| text.to_string()))
    }
}

impl From<String> for Value {
    fn from(text: String) -> Value {
        Value::from(text.as_str())
    }
}

impl From<usize> for Names {
    fn from(count: usize) -> Names {
        Names::Numbered(count)
    }
}

impl From<Vec<String>> for Names {
    fn from(names: Vec<String>) -> Names {
        Names::listed(names)
    }
}

impl From<&[&str]> for Names {
    fn from(names: &[&str]) -> Names {
        Names::listed(names.iter().map(|name| name.to_string()).collect())
    }
}

impl<const N: usize> From<[&str; N]> for Names {
    fn from(names: [&str; N]) -> Names {
        Names::from(names.as_slice())
    }
}
