//! The evolution strategy: a sampled gradient of the smoothed J, and how far that is from ∇J.

use std::io;

use serde::Serialize;

use crate::gradient::evolution::{Evolution, Smoothing};
use crate::report::{Quantity, csv};

/// A sampled ∇J_σ.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EvolutionReport {
    /// σ, in units of θ.
    pub sigma: f64,
    /// Pairs of evaluations.
    pub samples: usize,
    /// The sampled ∇J_σ \[d\].
    pub mean: Vec<Quantity>,
    /// Its standard error \[d\].
    pub standard_error: Vec<Quantity>,
    /// (σ²/2)∇ΔJ \[d\], the bias ∇J_σ − ∇J up to O(σ⁴); `None` where it was too costly or ∇²J does
    /// not exist.
    pub leading_bias: Option<Vec<Quantity>>,
}

impl EvolutionReport {
    /// The report of a sample.
    pub fn new(
        smoothing: Smoothing,
        evolution: &Evolution,
        leading_bias: Option<&[f64]>,
    ) -> EvolutionReport {
        EvolutionReport {
            sigma: smoothing.sigma,
            samples: smoothing.samples,
            mean: Quantity::all(&evolution.mean),
            standard_error: Quantity::all(&evolution.standard_error),
            leading_bias: leading_bias.map(Quantity::all),
        }
    }

    pub(super) fn csv(&self, parameters: &[String], rows: &mut csv::Rows) -> io::Result<()> {
        let columns = [
            ("gradient", Some(&self.mean)),
            ("standard_error", Some(&self.standard_error)),
            ("leading_bias", self.leading_bias.as_ref()),
        ];
        for (quantity, values) in columns {
            for (k, x) in parameters.iter().zip(values.into_iter().flatten()) {
                rows.number(&[quantity, "evolution", "", k, ""], x)?;
            }
        }
        Ok(())
    }
}
