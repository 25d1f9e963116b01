//! What dividing rows by their sums has changed.

use serde::Serialize;

/// How a model differs from its file, whose rows or ρ₀ did not sum to 1 and were divided by their
/// sums.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Normalization {
    /// How many rows of p were divided.
    pub rows: usize,
    /// Whether ρ₀ was.
    pub initial: bool,
    /// The largest |change| of a probability, in (0, 1).
    pub largest: f64,
    /// Where it is: `s/a → s'`, or `initial s`.
    pub at: String,
}

impl std::fmt::Display for Normalization {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let rows = match self.rows {
            0 => String::new(),
            1 => "1 row".to_string(),
            rows => format!("{rows} rows"),
        };
        let (and, initial) = match (self.rows, self.initial) {
            (_, false) => ("", ""),
            (0, true) => ("", "the initial distribution"),
            (_, true) => (" and ", "the initial distribution"),
        };
        write!(
            f,
            "{rows}{and}{initial} divided by the sum; the largest change of a probability is {:.2e}, of {}",
            self.largest, self.at
        )
    }
}
