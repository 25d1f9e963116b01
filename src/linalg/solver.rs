//! Which solver serves an `f64` system, and the stated rule that chooses it.

use super::{Csr, ExactLu, FactorError, Factors};

/// A solver's name, as `--solver` spells it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
#[serde(rename_all = "kebab-case")]
pub enum SolverKind {
    /// Chosen by size and density.
    #[default]
    Auto,
    /// Dense LU with partial pivoting.
    Dense,
}

/// What a solve is asked for.
#[derive(Clone, Debug)]
pub struct SolverOptions {
    /// Which solver; the default chooses.
    pub solver: SolverKind,
    /// The certified ‖x − x̂‖∞ at which an iterative solver stops, relative to max(1, ‖x̂‖∞).
    pub tolerance: f64,
    /// An upper bound on ‖A⁻¹‖∞ (1/(1 − γ) for A = I − γP), which turns a residual into a
    /// certified error; `None` where none is known in advance.
    pub inverse_norm: Option<f64>,
}

impl Default for SolverOptions {
    fn default() -> SolverOptions {
        SolverOptions {
            solver: SolverKind::Auto,
            tolerance: 1e-12,
            inverse_norm: None,
        }
    }
}

/// The solver of an `f64` system.
#[derive(Debug)]
pub enum Solver {
    /// Dense LU.
    Dense(ExactLu<f64>),
}

impl Solver {
    /// Factors a matrix with the chosen solver.
    pub fn new(matrix: Csr<f64>, _: &SolverOptions) -> Result<Solver, FactorError> {
        Ok(Solver::Dense(ExactLu::new(matrix)?))
    }
}

impl Factors<f64> for Solver {
    fn solve(&self, b: &[f64]) -> Result<Vec<f64>, FactorError> {
        match self {
            Solver::Dense(lu) => lu.solve(b),
        }
    }

    fn solve_transposed(&self, b: &[f64]) -> Result<Vec<f64>, FactorError> {
        match self {
            Solver::Dense(lu) => lu.solve_transposed(b),
        }
    }

    fn name(&self) -> &'static str {
        "dense"
    }
}
