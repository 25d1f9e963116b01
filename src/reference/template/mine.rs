//! What your code says of the reference that exact-mdp wrote; the tests beside this folder compare it.
//!
//! This file is yours: `exact-mdp reference --for cargo` writes it once and never again.

use serde_json::Value;

/// What your code says, by the names of the reference; leave out what it does not compute.
///
/// `reference` has the model's `states`, `actions`, `pairs`, `criterion` and `policy`; see its
/// `conventions` for what the numbers mean.
pub fn mine(_reference: &Value) -> Vec<(&'static str, Vec<f64>)> {
    vec![
        // ("v", your_values(...)),
        // ("gradient", ...),
    ]
}
