//! Who solves linear systems, as `--solver` names them: the solvers of the library, and what is built into the program.

use std::sync::Arc;

use exact_mdp::linalg::{Backend, FactorError, Factors, SolverKind, SolverOptions, System};
use exact_mdp::mend::{Argument, Mend};

/// A solver, by its word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SolverName {
    /// Chosen by size, density and fill.
    Auto,
    /// Dense LU.
    Dense,
    /// Sparse LU.
    Sparse,
    /// BiCGSTAB.
    Krylov,
    /// LAPACK's dense LU.
    Lapack,
    /// PETSc, which divides the model by rows among processes (`command::distributed`).
    Distributed,
}

impl SolverName {
    /// What the library is asked for.
    pub fn options(self) -> SolverOptions {
        let (solver, backend): (_, Option<Arc<dyn Backend>>) = match self {
            SolverName::Auto => (SolverKind::Auto, None),
            SolverName::Dense => (SolverKind::Dense, None),
            SolverName::Sparse => (SolverKind::Sparse, None),
            SolverName::Krylov => (SolverKind::Krylov, None),
            SolverName::Lapack => (SolverKind::Lapack, None),
            // by name: nothing is chosen in its place
            SolverName::Distributed => (SolverKind::Dense, Some(Arc::new(ByRows))),
        };
        SolverOptions {
            solver,
            backend,
            ..SolverOptions::default()
        }
    }
}

/// Stands for a solver that wants a model by rows, where a command asks for a matrix.
#[derive(Debug)]
struct ByRows;

impl Backend for ByRows {
    fn factor(&self, _: &System<'_>) -> Result<Box<dyn Factors<f64>>, FactorError> {
        let mend = Mend::new("leave the ")
            .name(Argument::Solver)
            .say(" out, or build the program with `--features petsc`");
        Err(FactorError::Refused {
            why: "PETSc divides a model by rows: it serves the commands evaluate, gradient and solve",
            mend: Box::new(mend),
        })
    }
}
