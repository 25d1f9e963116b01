//! The evolution strategy: a sampled gradient of the smoothed J, and how far that is from ∇J.

use crate::gradient::evolution::{Evolution, Smoothing};
use crate::report::Quantity;
use crate::report::entries::{Axis, Entries, Entry};

/// A sampled ∇J_σ.
#[derive(Clone, Debug, PartialEq)]
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

    /// As a report holds it.
    pub(super) fn entries(&self) -> Entries<'_> {
        let vector = |name, x| Entry::vector(name, Axis::Parameter, x);
        Entries::default()
            .and(Entry::float("sigma", self.sigma))
            .and(Entry::whole("samples", self.samples as u64))
            .and(vector("mean", &self.mean))
            .and(vector("standard_error", &self.standard_error))
            .and(Entry::or_null(
                "leading_bias",
                self.leading_bias.as_deref(),
                vector,
            ))
    }
}
