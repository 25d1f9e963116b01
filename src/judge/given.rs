//! A user's numbers as they come: a list, a rectangle of states and actions, or by name, in JSON,
//! CSV or NumPy's formats → one number for each parameter.

mod along;
mod csv;
mod error;
mod json;
mod rows;
mod unique;

pub(super) use csv::cells;
pub use error::GivenError;
pub(super) use json::read as read_json;
pub use rows::{of as sample_of, sample};

use crate::mdp::Space;
use crate::npy::{self, Archive, Entries};
use crate::policy::{Kind, Policy};

/// Numbers of a user; what is absent (`null`, NaN) is NaN.
#[derive(Clone, Debug, PartialEq)]
pub enum Given {
    /// A rectangular array, row by row.
    Array {
        /// Its sizes.
        shape: Vec<usize>,
        /// Its entries.
        values: Vec<f64>,
    },
    /// Numbers by the labels of parameters, or by state and action.
    Named(Vec<(Vec<String>, f64)>),
}

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
    /// An array of any shape.
    pub fn array(shape: Vec<usize>, values: Vec<f64>) -> Given {
        Given::Array { shape, values }
    }

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

    fn of_nothing() -> Result<Given, GivenError> {
        Ok(Given::array(vec![0], Vec::new()))
    }

    /// The numbers of an array.
    pub(crate) fn of_array(array: npy::Array) -> Result<Given, GivenError> {
        let values = match array.entries {
            Entries::Numbers(numbers) => numbers,
            Entries::Integers(integers) => integers.into_iter().map(|x| x as f64).collect(),
            Entries::Booleans(_) => return Err(GivenError::NotNumbers { found: "booleans" }),
            Entries::Texts(_) => return Err(GivenError::NotNumbers { found: "texts" }),
        };
        Ok(Given::array(array.shape, values))
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
            Given::Array { shape, values } => {
                let picked = pick(shape, values, policy)?;
                complete(picked, |k| labels[k].clone())
            }
        }
    }

    /// Half a unit of the last decimal that was written, relative to the largest entry, or of the last bit of
    /// 16-bit numbers; 0 where the numbers have all their digits, or too few to be called rounded.
    pub fn rounding(&self) -> f64 {
        let values: Vec<f64> = match self {
            Given::Array { values, .. } => values.clone(),
            Given::Named(entries) => entries.iter().map(|(_, x)| *x).collect(),
        };
        let decimals = |x: &f64| {
            let text = format!("{x:e}");
            let (digits, exponent) = text.split_once('e')?;
            let exponent: i32 = exponent.parse().ok()?;
            let places = digits.split_once('.').map_or(0, |(_, after)| after.len());
            Some(places as i32 - exponent)
        };
        let finite = || values.iter().filter(|x| x.is_finite());
        let most = finite().filter_map(decimals).max().unwrap_or(0);
        let largest = finite().fold(0.0, |a: f64, x| a.max(x.abs()));
        let unit = 0.5 * 10f64.powi(-most) / largest;
        let bits = finite().map(|x| significant_bits(*x)).max().unwrap_or(0);
        if (10..=HALF).contains(&bits) {
            return 0.5f64.powi(HALF as i32);
        }
        if unit > 1e-12 && unit <= 1e-3 {
            unit
        } else {
            0.0
        }
    }
}

/// The significant bits of 16-bit numbers (IEEE 754, binary16).
const HALF: u32 = 11;

/// How many bits a number takes from the first that is 1 to the last.
fn significant_bits(x: f64) -> u32 {
    // of 53 significant bits the first is not stored (IEEE 754, binary64)
    const STORED: u32 = f64::MANTISSA_DIGITS - 1;
    match x.to_bits() & ((1 << STORED) - 1) {
        0 => u32::from(x != 0.0),
        stored => f64::MANTISSA_DIGITS - stored.trailing_zeros(),
    }
}

/// The name under which reports have a quantity of all times of a horizon.
fn by_time(quantity: &str) -> String {
    format!("{quantity}_by_time")
}

/// The text of a file, without a byte order mark.
pub(super) fn text(bytes: &[u8]) -> Result<String, GivenError> {
    String::from_utf8(unmarked(bytes).to_vec()).map_err(|error| GivenError::NotText {
        at: error.utf8_error().valid_up_to(),
    })
}

/// Every number finite, or an error that names the first which is not.
fn complete(values: Vec<f64>, label: impl Fn(usize) -> String) -> Result<Vec<f64>, GivenError> {
    match values.iter().position(|x| !x.is_finite()) {
        None => Ok(values),
        Some(k) => Err(GivenError::NotFinite {
            label: label(k),
            found: values[k],
        }),
    }
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

fn by_pair(policy: &Policy) -> bool {
    let kind = policy.parametrization().kind();
    kind.is_tabular() && kind != Kind::Direct
}

fn by_name(
    entries: &[(Vec<String>, f64)],
    policy: &Policy,
    labels: &[String],
) -> Result<Vec<f64>, GivenError> {
    let mut places = std::collections::HashMap::new();
    for (k, label) in labels.iter().enumerate() {
        places.insert(label.clone(), k);
    }
    let space = policy.space();
    let mut values = vec![f64::NAN; labels.len()];
    let mut seen = vec![false; labels.len()];
    for (name, x) in entries {
        let label = match name.as_slice() {
            [label] => label.clone(),
            parts => format!("theta[{}]", parts.join(",")),
        };
        match places.get(&label) {
            Some(&k) => {
                values[k] = *x;
                seen[k] = true;
            }
            // 0 for what a terminal state or an action outside A(s) cannot have
            None if *x == 0.0 && is_absent_pair(space, name) => {}
            None => {
                let nearest = nearest(&label, labels);
                return Err(GivenError::UnknownLabel {
                    found: label,
                    nearest,
                });
            }
        }
    }
    match seen.iter().position(|seen| !seen) {
        Some(k) => Err(GivenError::Absent {
            label: labels[k].clone(),
        }),
        None => complete(values, |k| labels[k].clone()),
    }
}

fn is_absent_pair(space: &Space, name: &[String]) -> bool {
    let [state, action] = name else {
        return false;
    };
    let known = |names: &crate::mdp::Names, name: &str| names.iter().any(|x| x == name);
    known(space.state_names(), state) && known(space.action_names(), action)
}

pub(super) fn nearest(found: &str, labels: &[String]) -> Option<String> {
    let distance = |label: &&String| strsim::damerau_levenshtein(found, label);
    let closest = labels.iter().take(10_000).min_by_key(distance)?;
    (strsim::damerau_levenshtein(found, closest) <= found.len() / 3).then(|| closest.clone())
}
