//! The evolution strategy: a sampled gradient of the smoothed J, and how far that is from ∇J.

use std::io;

use serde::Serialize;

use crate::gradient::evolution::{Evolution, Smoothing};
#[cfg(feature = "cli")]
use crate::report::table::{self, Columns, View};
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

    #[cfg(feature = "cli")]
    pub(super) fn table(&self, gradient: &[Quantity], names: &[String], view: &View) -> String {
        let title = format!(
            "Evolution strategy: ∇J_σ from {} at σ = {}",
            table::count(self.samples, "antithetic pair"),
            self.sigma
        );
        let (shown, note) = view.rows(names.len());
        let value = |x: &Quantity| x.value().unwrap_or(0.0);
        let apart: Vec<f64> = self
            .mean
            .iter()
            .zip(gradient)
            .map(|(x, y)| value(x) - value(y))
            .collect();
        let sizes = |x: &[Quantity]| x[..shown].iter().map(table::size).collect();
        let mut columns = Columns::new()
            .text("parameter", names[..shown].to_vec())
            .numbers("∇J_σ", &self.mean[..shown], view.digits)
            .right("standard error", sizes(&self.standard_error))
            .right("∇J_σ − ∇J", sizes(&Quantity::all(&apart)));
        if let Some(bias) = &self.leading_bias {
            let rest = apart.iter().zip(bias).zip(&self.standard_error);
            let z = rest
                .map(|((apart, bias), error)| Quantity::from((apart - value(bias)) / value(error)));
            let z: Vec<Quantity> = z.take(shown).collect();
            columns = columns.right("bias (σ²/2)∇ΔJ", sizes(bias)).right(
                "z of the rest",
                z.iter().map(|z| table::short(z, 2)).collect(),
            );
        }
        format!(
            "\n{}\n{}{}∇J_σ is the gradient of E J(θ + σξ), not of J: its bias is (σ²/2)∇ΔJ + O(σ⁴)\n",
            view.title(&title),
            columns.render(),
            note.unwrap_or_default()
        )
    }
}
