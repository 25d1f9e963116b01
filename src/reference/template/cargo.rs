//! Compares an implementation with the reference values that exact-mdp wrote.
//!
//! Fill in `mine` in MINE_FILE, then run `cargo test`. Needs `serde_json` among the
//! dev-dependencies, and the reference beside this file. This file may be written anew
//! (`exact-mdp reference … --for cargo --force`); MINE_FILE stays as it is.

use serde_json::Value;

#[path = "MINE_FILE"]
mod filled_in;

use filled_in::mine;

/// Of the largest entry of a quantity. A choice.
const TOLERANCE: f64 = 1e-9;

fn load() -> Value {
    serde_json::from_str(include_str!("REFERENCE_FILE")).expect("the reference is JSON")
}

/// All numbers of nested lists, in order; fractions are strings, what does not exist is `None`.
fn flat(x: &Value) -> Vec<Option<f64>> {
    match x {
        Value::Array(entries) => entries.iter().flat_map(flat).collect(),
        Value::String(fraction) => vec![Some(quotient(fraction))],
        number => vec![number.as_f64()],
    }
}

/// p/q, which may have far more than the 308 digits of an `f64` above and below.
fn quotient(fraction: &str) -> f64 {
    let (p, q) = fraction.split_once('/').unwrap_or((fraction, "1"));
    let ((p, p_digits), (q, q_digits)) = (leading(p), leading(q));
    format!("{}e{}", p / q, p_digits - q_digits).parse().expect("a number")
}

/// The first digits of an integer, and how many follow.
fn leading(integer: &str) -> (f64, i64) {
    let (first, rest) = integer.split_at(integer.len().min(20));
    (first.parse().expect("an integer"), rest.len() as i64)
}

#[test]
fn the_reference_is_read() {
    let reference = load();
    let states = reference["states"].as_array().expect("names").len();
    assert_eq!(flat(&reference["v"]).len(), states);
}

#[test]
fn mine_agrees_with_the_reference() {
    let reference = load();
    for (name, found) in mine(&reference) {
        let names: Vec<&String> = reference.as_object().expect("names").keys().collect();
        let expected = reference.get(name);
        let expected = flat(expected.unwrap_or_else(|| panic!("no `{name}`, only {names:?}")));
        assert_eq!(found.len(), expected.len(), "{name}");
        let largest = expected.iter().flatten().fold(0.0, |m: f64, x| m.max(x.abs()));
        let scale = if largest == 0.0 { 1.0 } else { largest };
        for (i, (x, y)) in found.iter().zip(expected).enumerate() {
            if let Some(y) = y {
                assert!((x - y).abs() <= TOLERANCE * scale, "{name}[{i}] is {x}, not {y}");
            }
        }
    }
}
