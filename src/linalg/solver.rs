//! Which solver serves an `f64` system, and the stated rule that chooses it.

use std::sync::{Arc, OnceLock};

use nalgebra::DMatrix;

use super::dense::DenseLu;
use super::krylov::Krylov;
use super::sparse::{Fill, SparseLu};
use super::{Backend, BlockedGth, Csr, ExactLu, FactorError, Factors, Given, Gth, System};

/// A solver's name, as `--solver` spells it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SolverKind {
    /// Chosen by size, density and fill; see [`Solver::new`].
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

    /// What the backend makes of a system, if there is one.
    fn given(
        &self,
        matrix: &Arc<Csr<f64>>,
        slack: Option<&[f64]>,
    ) -> Option<Result<Solver, FactorError>> {
        let system = System {
            matrix: Arc::clone(matrix),
            slack,
            inverse_norm: self.inverse_norm,
            tolerance: self.tolerance,
        };
        let factors = self.backend.as_ref()?.factor(&system);
        Some(factors.map(|factors| Solver::Given(Given(factors))))
    }
}

/// The solver of an `f64` system.
#[derive(Debug)]
pub enum Solver {
    /// A factorization.
    Direct(Direct),
    /// An iteration, and nothing else: what it cannot certify is an error.
    Krylov(Krylov),
    /// An iteration while it certifies its answers, a factorization from the first that it does
    /// not.
    KrylovFirst(Krylov, Fallback),
    /// What a [`Backend`] made.
    Given(Given),
}

/// A factorization of A.
#[derive(Debug)]
pub enum Direct {
    /// Without subtraction, for a few dozen states.
    Gth(Gth<f64>),
    /// Without subtraction, for a few hundred states.
    BlockedGth(BlockedGth),
    /// Dense, for a few dozen states.
    Small(ExactLu<f64>),
    /// Dense, blocked.
    Dense(DenseLu),
    /// Sparse.
    Sparse(Box<SparseLu>),
    /// Dense, by LAPACK.
    #[cfg(feature = "lapack")]
    Lapack(super::lapack::LapackLu),
}

/// The factorization behind an iteration, made when the iteration first fails.
#[derive(Debug)]
pub struct Fallback {
    matrix: Arc<Csr<f64>>,
    direct: OnceLock<Result<Direct, FactorError>>,
}

/// Up to this many rows the elimination of our own is faster than a blocked one.
const SMALL: usize = 64;
/// Up to this many rows a factorization is a matter of milliseconds, and no iteration is tried.
const MODERATE: usize = 2_000;
/// Up to this many rows a system whose slacks are known is eliminated without subtraction: about
/// 2 ms where LU takes 1.
pub const GTH_ROWS: usize = 300;
/// A matrix with at least one entry in this many is treated as dense.
const DENSE_ONE_IN: usize = 8;
/// Multiplications of a sparse elimination above which an iteration is tried first.
const COSTLY: f64 = 1e8;
/// Iterations after which a factorization takes over from BiCGSTAB on a sparse matrix.
const ITERATIONS: usize = 500;
/// Up to this many rows a dense factorization costs no more than a dense iteration that converges.
const DENSE_ROWS: usize = 400;
/// A dense iteration may take one step for this many rows: about what a factorization costs.
const DENSE_ROWS_PER_ITERATION: usize = 64;
/// A dense factorization costs about as much as this many right-hand sides of an iteration.
const DENSE_COLUMNS: usize = 4;
/// From this many right-hand sides on, a sparse factorization is weighed against iterations.
const MANY_COLUMNS: usize = 16;
/// Operations that an iteration spends on one entry of the matrix until it has converged.
const OPERATIONS_PER_ENTRY: f64 = 500.0;
/// Entries of factors that are never made for the sake of speed: 1.6 GB of them.
const LARGE: f64 = 2e8;

impl Solver {
    /// Factors a matrix with the chosen solver.
    ///
    /// `Auto` takes, for a matrix of n rows,
    /// - dense LU, if n ≤ 64, or if n ≤ 400 and an eighth of the entries or more are stored;
    /// - sparse LU, if n ≤ 2000 and the symbolic fill promises at most 10⁸ multiplications;
    /// - else BiCGSTAB, as long as it certifies its answers within 500 iterations (n/64 if dense);
    ///   from the first that it does not, and where there are so many right-hand sides that this
    ///   costs less, dense or sparse LU takes over.
    ///
    /// Errors if the matrix is singular, if LU does not fit into memory, if `Krylov` was asked for
    /// and has no certificate, and if the build lacks `Lapack`.
    pub fn new(matrix: Arc<Csr<f64>>, options: &SolverOptions) -> Result<Solver, FactorError> {
        if let Some(given) = options.given(&matrix, None) {
            return given;
        }
        match options.solver {
            SolverKind::Auto => Solver::chosen(matrix, options),
            SolverKind::Dense => Ok(Solver::Direct(Direct::dense(&matrix)?)),
            SolverKind::Sparse => Ok(Solver::Direct(Direct::Sparse(Box::new(SparseLu::new(
                matrix,
            )?)))),
            SolverKind::Krylov => {
                let krylov = Krylov::new(matrix, options, 10 * ITERATIONS)?;
                Ok(Solver::Krylov(krylov))
            }
            #[cfg(feature = "lapack")]
            SolverKind::Lapack => {
                let lu = super::lapack::LapackLu::new(&matrix)?;
                Ok(Solver::Direct(Direct::Lapack(lu)))
            }
            #[cfg(not(feature = "lapack"))]
            SolverKind::Lapack => Err(FactorError::NotBuilt { feature: "lapack" }),
        }
    }

    /// The same for A = I − P with P ≥ 0, given also by its slacks 1 − Σⱼ P(i, j): `Auto` takes the
    /// elimination without subtraction ([`Gth`]), accurate in every component, if n ≤ 300 and no
    /// slack is negative (as one is where written probabilities sum to more than 1); sparse LU
    /// refines its answers by them.
    ///
    /// Errors as [`Solver::new`].
    pub fn dominant(
        matrix: Arc<Csr<f64>>,
        slack: &[f64],
        options: &SolverOptions,
    ) -> Result<Solver, FactorError> {
        if let Some(given) = options.given(&matrix, Some(slack)) {
            return given;
        }
        let small = options.solver == SolverKind::Auto && matrix.rows() <= GTH_ROWS;
        if small && is_dominant(&matrix, slack) {
            return Ok(Solver::Direct(if matrix.rows() <= SMALL {
                Direct::Gth(Gth::of(&matrix, slack)?)
            } else {
                Direct::BlockedGth(BlockedGth::of(&matrix, slack)?)
            }));
        }
        let mut solver = Solver::new(matrix, options)?;
        if let Solver::Direct(Direct::Sparse(lu)) = &mut solver {
            lu.refine_by(slack);
        }
        Ok(solver)
    }

    fn chosen(matrix: Arc<Csr<f64>>, options: &SolverOptions) -> Result<Solver, FactorError> {
        if !iterates_first(&matrix) {
            return Ok(Solver::Direct(Direct::new(matrix)?));
        }
        let fallback = Fallback {
            matrix: Arc::clone(&matrix),
            direct: OnceLock::new(),
        };
        let iterations = if is_dense(&matrix) {
            matrix.rows() / DENSE_ROWS_PER_ITERATION
        } else {
            ITERATIONS
        };
        match Krylov::new(matrix, options, iterations) {
            Ok(krylov) => Ok(Solver::KrylovFirst(krylov, fallback)),
            Err(_) => Ok(Solver::Direct(Direct::new(fallback.matrix)?)),
        }
    }

    fn solve_by<X>(
        &self,
        solve: impl Fn(&dyn Factors<f64>) -> Result<X, FactorError>,
    ) -> Result<X, FactorError> {
        match self {
            Solver::Direct(direct) => solve(direct.factors()),
            Solver::Given(given) => solve(given.0.as_ref()),
            Solver::Krylov(iteration) => solve(iteration),
            Solver::KrylovFirst(iteration, fallback) => {
                if fallback.direct.get().is_none()
                    && let Ok(x) = solve(iteration)
                {
                    return Ok(x);
                }
                solve(fallback.direct()?.factors())
            }
        }
    }
}

impl Fallback {
    /// Whether for so many right-hand sides a factorization costs less than iterations.
    fn pays(&self, columns: usize) -> bool {
        if is_dense(&self.matrix) {
            return columns >= DENSE_COLUMNS;
        }
        let iterating = columns as f64 * OPERATIONS_PER_ENTRY * self.matrix.stored() as f64;
        let cheaper = |fill: Fill| fill.operations < iterating && fill.entries < LARGE;
        columns >= MANY_COLUMNS && Fill::of(&self.matrix).is_some_and(cheaper)
    }

    fn direct(&self) -> Result<&Direct, FactorError> {
        let made = self
            .direct
            .get_or_init(|| Direct::new(Arc::clone(&self.matrix)));
        made.as_ref().map_err(FactorError::clone)
    }
}

/// Whether an iteration is tried before a factorization.
fn iterates_first(matrix: &Csr<f64>) -> bool {
    if is_dense(matrix) {
        return matrix.rows() > DENSE_ROWS;
    }
    let costly = |fill: Option<Fill>| fill.is_none_or(|fill| fill.operations > COSTLY);
    matrix.rows() > MODERATE || costly(Fill::of(matrix))
}

/// Whether A = I − P with P ≥ 0 off the diagonal and no row sum of P above 1.
fn is_dominant(matrix: &Csr<f64>, slack: &[f64]) -> bool {
    let row = |i: usize| matrix.row(i).all(|(j, &x)| j == i || x <= 0.0);
    slack.iter().all(|&slack| slack >= 0.0) && (0..matrix.rows()).all(row)
}

fn is_dense(matrix: &Csr<f64>) -> bool {
    let n = matrix.rows();
    n <= SMALL || matrix.stored() >= n * n / DENSE_ONE_IN
}

impl Direct {
    /// Dense or sparse, by density.
    fn new(matrix: Arc<Csr<f64>>) -> Result<Direct, FactorError> {
        if is_dense(&matrix) {
            Direct::dense(&matrix)
        } else {
            Ok(Direct::Sparse(Box::new(SparseLu::new(matrix)?)))
        }
    }

    fn dense(matrix: &Csr<f64>) -> Result<Direct, FactorError> {
        if matrix.rows() <= SMALL {
            Ok(Direct::Small(ExactLu::new(matrix)?))
        } else {
            Ok(Direct::Dense(DenseLu::new(matrix)?))
        }
    }

    fn factors(&self) -> &dyn Factors<f64> {
        match self {
            Direct::Gth(gth) => gth,
            Direct::BlockedGth(gth) => gth,
            Direct::Small(lu) => lu,
            Direct::Dense(lu) => lu,
            Direct::Sparse(lu) => lu.as_ref(),
            #[cfg(feature = "lapack")]
            Direct::Lapack(lu) => lu,
        }
    }
}

impl Factors<f64> for Solver {
    fn solve(&self, b: &[f64]) -> Result<Vec<f64>, FactorError> {
        self.solve_by(|factors| factors.solve(b))
    }

    fn solve_transposed(&self, b: &[f64]) -> Result<Vec<f64>, FactorError> {
        self.solve_by(|factors| factors.solve_transposed(b))
    }

    fn solve_many(&self, b: DMatrix<f64>) -> Result<DMatrix<f64>, FactorError> {
        match self {
            Solver::Direct(lu) => lu.factors().solve_many(b),
            Solver::Given(given) => given.0.solve_many(b),
            Solver::KrylovFirst(_, fallback) if fallback.pays(b.ncols()) => {
                fallback.direct()?.factors().solve_many(b)
            }
            _ => super::columns(b, |column| self.solve(column)),
        }
    }

    fn solve_transposed_many(&self, b: DMatrix<f64>) -> Result<DMatrix<f64>, FactorError> {
        match self {
            Solver::Direct(lu) => lu.factors().solve_transposed_many(b),
            Solver::Given(given) => given.0.solve_transposed_many(b),
            Solver::KrylovFirst(_, fallback) if fallback.pays(b.ncols()) => {
                fallback.direct()?.factors().solve_transposed_many(b)
            }
            _ => super::columns(b, |column| self.solve_transposed(column)),
        }
    }

    fn inverse(&self, rows: usize) -> Result<DMatrix<f64>, FactorError> {
        match self {
            Solver::Direct(Direct::Gth(gth)) => Ok(gth.inverse_by_blocks()),
            Solver::Direct(Direct::Small(lu)) => Ok(lu.inverse_by_blocks()),
            Solver::Direct(lu) => lu.factors().inverse(rows),
            Solver::Given(given) => given.0.inverse(rows),
            Solver::KrylovFirst(_, fallback) if fallback.pays(rows) => {
                fallback.direct()?.factors().inverse(rows)
            }
            _ => self.solve_many(DMatrix::identity(rows, rows)),
        }
    }

    fn is_componentwise(&self) -> bool {
        match self {
            Solver::Direct(lu) => lu.factors().is_componentwise(),
            Solver::Given(given) => given.0.is_componentwise(),
            _ => false,
        }
    }

    fn is_direct(&self) -> bool {
        match self {
            Solver::Direct(_) => true,
            Solver::Given(given) => given.0.is_direct(),
            _ => false,
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Solver::Direct(Direct::Small(_)) => "dense",
            Solver::Direct(lu) => lu.factors().name(),
            Solver::Given(given) => given.0.name(),
            Solver::Krylov(krylov) => krylov.name(),
            Solver::KrylovFirst(krylov, fallback) => match fallback.direct.get() {
                None => krylov.name(),
                Some(Ok(Direct::Sparse(_))) => "sparse after krylov",
                Some(_) => "dense after krylov",
            },
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

    /// A walk on a torus, too large for a factorization at once: one right side is iterated, for
    /// hundreds the factors pay.
    #[test]
    fn a_factorization_takes_over_where_many_right_sides_make_it_cheaper() {
        const SIDE: usize = 50;
        let row = |i: usize| {
            let (x, y) = (i % SIDE, i / SIDE);
            let at = |x: usize, y: usize| (x % SIDE + y % SIDE * SIDE, -0.95 / 4.0);
            let around = [
                at(x + 1, y),
                at(x + SIDE - 1, y),
                at(x, y + 1),
                at(x, y + SIDE - 1),
            ];
            around.into_iter().chain([(i, 1.0)])
        };
        let matrix = Csr::from_rows(SIDE * SIDE, (0..SIDE * SIDE).map(row));
        let solver = Solver::new(Arc::new(matrix), &SolverOptions::default()).unwrap();
        let ones = |columns| DMatrix::from_element(SIDE * SIDE, columns, 1.0);
        let few = solver.solve_many(ones(2)).unwrap();
        assert_eq!(solver.name(), "krylov");
        let many = solver.solve_many(ones(200)).unwrap();
        assert_eq!(solver.name(), "sparse after krylov");
        // rows sum to 1 − 0.95
        for x in few.iter().chain(many.iter()) {
            assert!((x - 20.0).abs() <= 1e-9, "{x}");
        }
    }
}
