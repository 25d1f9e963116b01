//! A user's numbers as they come: a list, a rectangle of states and actions, or by name, in JSON,
//! CSV or NumPy's formats → one number for each parameter.

mod along;
mod csv;
mod digits;
mod error;
mod json;
mod labels;
mod numbers;
mod rows;
mod unique;

pub(super) use csv::cells;
pub(super) use digits::{HALF, LEAST_DIGITS, half_unit, has_digits, significant_bits};
pub(super) use error::COLUMNS;
pub use error::GivenError;
pub(super) use json::read as read_json;
pub(super) use labels::nearest;
pub use numbers::Given;
pub use rows::{of as sample_of, sample};

use self::json::by_time;
use self::labels::{by_name, by_pair, complete};
use crate::npy::{self, Archive};
use crate::policy::Policy;

/// The format of a file of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// JSON, as text on standard input is.
    Json,
    /// Comma-separated values, with or without a header.
    Csv,
    /// One NumPy array.
    Npy,
    /// An archive of NumPy arrays.
    Npz,
}

impl Encoding {
    /// By the ending of a file's name; by the first bytes where there is no name (`-`).
    pub fn of(ending: Option<&str>, bytes: &[u8]) -> Option<Encoding> {
        match ending.map(str::to_ascii_lowercase).as_deref() {
            Some("json") => Some(Encoding::Json),
            Some("csv" | "txt") => Some(Encoding::Csv),
            Some("npy") => Some(Encoding::Npy),
            Some("npz") => Some(Encoding::Npz),
            Some(_) => None,
            None if bytes.starts_with(b"\x93NUMPY") => Some(Encoding::Npy),
            None if bytes.starts_with(b"PK") => Some(Encoding::Npz),
            None if matches!(first_sign(bytes), Some(b'[' | b'{')) => Some(Encoding::Json),
            None => Some(Encoding::Csv),
        }
    }
}

/// What spreadsheets put before a text.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

fn unmarked(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes)
}

fn first_sign(bytes: &[u8]) -> Option<u8> {
    unmarked(bytes)
        .iter()
        .copied()
        .find(|b| !b.is_ascii_whitespace())
}

impl Given {
    /// Reads the numbers of one quantity (`gradient`) from the bytes of a file.
    ///
    /// Errors with what cannot be read, and where.
    pub fn parse(bytes: &[u8], encoding: Encoding, quantity: &str) -> Result<Given, GivenError> {
        match encoding {
            Encoding::Json => json::parse(&text(bytes)?, quantity),
            Encoding::Csv => csv::parse(&text(bytes)?, quantity),
            Encoding::Npy => Given::of_array(npy::parse(bytes)?),
            Encoding::Npz => {
                let mut archive = Archive::new(bytes)?;
                let names = archive.names();
                let named = |wanted: &str| names.iter().find(|name| name.as_str() == wanted);
                let name = match named(quantity).or_else(|| named(&by_time(quantity))) {
                    Some(name) => name,
                    None if names.len() == 1 => &names[0],
                    None => {
                        let quantity = quantity.to_string();
                        return Err(GivenError::NoArray { quantity, names });
                    }
                };
                let array = archive.array(name)?;
                array.map_or(Given::of_nothing(), Given::of_array)
            }
        }
    }

    /// The numbers of a JSON value.
    ///
    /// Errors with what is no number, and where.
    pub fn of_json(value: &serde_json::Value) -> Result<Given, GivenError> {
        json::of_value(value, "")
    }

    /// One number for each parameter of a policy \[d\].
    ///
    /// A rectangle `[S][A]` is taken where each pair has its parameter, with 0 or nothing where a state
    /// lacks the action; so is `[A][S]`, unless there are as many states as actions. Errors with the
    /// place of what is missing, superfluous or not finite.
    pub fn parameters(&self, policy: &Policy) -> Result<Vec<f64>, GivenError> {
        let labels = policy.labels();
        match self {
            Given::Named(entries) => by_name(entries, policy, &labels),
            Given::Array { shape, values, .. } => {
                let picked = pick(shape, values, policy)?;
                complete(picked, |k| labels[k].clone())
            }
        }
    }
}

/// The text of a file, without a byte order mark.
pub(super) fn text(bytes: &[u8]) -> Result<String, GivenError> {
    String::from_utf8(unmarked(bytes).to_vec()).map_err(|error| GivenError::NotText {
        at: error.utf8_error().valid_up_to(),
    })
}

/// The entries of an array that belong to parameters, in their order.
fn pick(shape: &[usize], values: &[f64], policy: &Policy) -> Result<Vec<f64>, GivenError> {
    let (space, d) = (policy.space(), policy.parameters());
    let (n, a) = (space.states(), space.actions());
    let sizes: Vec<usize> = shape.iter().copied().filter(|&size| size != 1).collect();
    let flat = sizes.len() <= 1;
    if values.len() == d && (flat || sizes == [n, a] || !by_pair(policy)) {
        return Ok(values.to_vec());
    }
    if by_pair(policy) && values.len() == n * a && (flat || sizes == [n, a] || sizes == [a, n]) {
        let across = sizes == [a, n] && n != a;
        return along::rectangle(values, space, n, |s, action| {
            if across {
                action * n + s
            } else {
                s * a + action
            }
        });
    }
    // rows by time of a horizon that is unrolled, whose last states have no pair
    let (once, before) = (space.states_at_once(), n - space.states_at_once());
    let times = n / once.max(1) - 1;
    let by_time = [vec![times, once, a], vec![before, a], vec![times, once * a]];
    let without_ones = |sizes: &Vec<usize>| -> Vec<usize> {
        let sizes = sizes.iter().copied();
        sizes.filter(|&size| size != 1).collect()
    };
    let is_by_time = by_time.iter().any(|own| without_ones(own) == sizes);
    if by_pair(policy) && before > 0 && values.len() == before * a && (flat || is_by_time) {
        return along::rectangle(values, space, before, |s, action| s * a + action);
    }
    if by_pair(policy) && values.len() == d && sizes == [times, space.pairs_at_once()] {
        return Ok(values.to_vec());
    }
    // the alive states alone, each with all actions
    let alive = space.alive_before(n);
    if by_pair(policy) && values.len() == d && sizes == [alive, a] {
        return Ok(values.to_vec());
    }
    let rectangle = by_pair(policy).then_some((n, a));
    Err(GivenError::Shape {
        found: shape.to_vec(),
        parameters: d,
        rectangle,
    })
}
