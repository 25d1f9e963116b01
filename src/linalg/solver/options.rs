//! What a solve of an `f64` system is asked for.

use std::sync::Arc;

use crate::linalg::Backend;

/// Up to this many rows the elimination of our own is faster than a blocked one; a choice, of which no measurement
/// is kept.
pub(super) const SMALL: usize = 64;

/// A solver's name, as `--solver` spells it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SolverKind {
    /// Chosen by size, density and fill; see [`Solver::new`](crate::linalg::Solver::new).
    #[default]
    Auto,
    /// Dense LU with partial pivoting.
    Dense,
    /// Sparse LU with a fill-reducing ordering.
    Sparse,
    /// BiCGSTAB with incomplete factors, stopped on a certified error.
    Krylov,
    /// Dense LU by the system's LAPACK; needs a build with `--features lapack`.
    Lapack,
}

/// What a solve is asked for.
#[derive(Clone, Debug)]
pub struct SolverOptions {
    /// Which solver; the default chooses.
    pub solver: SolverKind,
    /// The certified error at which an iterative solver stops, relative to the answer:
    /// ‖x̂ − x‖∞ ≤ tolerance · ‖x̂‖∞, in the 1-norm for transposed systems.
    pub tolerance: f64,
    /// An upper bound on ‖A⁻¹‖∞ (1/(1 − γ) for A = I − γP), which turns a residual into a
    /// certified error; `None` where none is known in advance.
    pub inverse_norm: Option<f64>,
    /// Who factors in place of the solvers here, whatever [`SolverOptions::solver`] says.
    pub backend: Option<Arc<dyn Backend>>,
}

impl Default for SolverOptions {
    fn default() -> SolverOptions {
        SolverOptions {
            solver: SolverKind::Auto,
            tolerance: 1e-12,
            inverse_norm: None,
            backend: None,
        }
    }
}

impl SolverOptions {
    /// Whether a system of so many rows may be given to an iteration, which needs a bound on
    /// ‖A⁻¹‖∞.
    pub fn may_iterate(&self, rows: usize) -> bool {
        match self.solver {
            _ if self.backend.is_some() => true,
            SolverKind::Auto => rows > SMALL,
            kind => kind == SolverKind::Krylov,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A bound on the inverse costs a solve: it is worked out where an iteration may want it.
    #[test]
    fn small_systems_and_factorizations_by_name_are_never_iterated() {
        let of = |solver| SolverOptions {
            solver,
            ..SolverOptions::default()
        };
        for (solver, small, large) in [
            (SolverKind::Auto, false, true),
            (SolverKind::Krylov, true, true),
            (SolverKind::Dense, false, false),
            (SolverKind::Sparse, false, false),
        ] {
            assert_eq!(of(solver).may_iterate(3), small, "{solver:?}");
            assert_eq!(of(solver).may_iterate(100_000), large, "{solver:?}");
        }
    }
}
