//! What serves a system: factorizations, iterations, and an iteration with a factorization behind.

use std::sync::{Arc, OnceLock};

use nalgebra::DMatrix;

use super::options::{SMALL, SolverKind, SolverOptions};
use crate::linalg::dense::DenseLu;
use crate::linalg::krylov::Krylov;
use crate::linalg::sparse::{Fill, SparseLu};
use crate::linalg::{
    BackendFactors, BlockedGth, Blocks, Csr, ExactLu, FactorError, Factors, Gth, SparseGth,
    Symbolic, System, columns,
};

/// What solves it.
#[derive(Debug)]
pub(super) enum Served {
    /// A factorization.
    Direct(Direct),
    /// An iteration, and nothing else: what it cannot certify is an error.
    Krylov(Krylov),
    /// An iteration while it certifies its answers, a factorization from the first that it does
    /// not.
    KrylovFirst(Krylov, Fallback),
    /// What a backend made.
    Given(BackendFactors),
}

/// A factorization of A.
#[derive(Debug)]
pub(super) enum Direct {
    /// Without subtraction, for a few dozen states.
    Gth(Gth<f64>),
    /// Without subtraction, for a few hundred states.
    BlockedGth(BlockedGth),
    /// Without subtraction, on sparse rows.
    SparseGth(Box<SparseGth>),
    /// Dense, for a few dozen states.
    Small(ExactLu<f64>),
    /// Dense, blocked.
    Dense(DenseLu),
    /// Sparse.
    Sparse(Box<SparseLu>),
    /// Dense, by LAPACK.
    #[cfg(feature = "lapack")]
    Lapack(crate::linalg::LapackLu),
}

/// The factorization behind an iteration, made when the iteration first fails.
#[derive(Debug)]
pub(super) struct Fallback {
    matrix: Blocks<f64>,
    /// The slacks of a diagonally dominant M-matrix.
    slack: Option<Vec<f64>>,
    direct: OnceLock<Result<Direct, FactorError>>,
}

/// Up to this many rows a factorization is a matter of milliseconds where rows are sparse and of a tenth of a second
/// where they are dense (22 ms for 1,000 and 340 ms for 3,000, docs/benchmarks.md), and no iteration is tried.
pub(crate) const MODERATE: usize = 2_000;
/// Up to this many rows the elimination without subtraction does not ask for zeros: 10⁷ multiplications; a choice.
pub const GTH_ROWS: usize = 300;
/// Up to this bound on ‖A⁻¹‖∞ an iteration that certifies 1e-12 leaves nine digits to differences
/// of its answers, as advantages are.
const WELL_CONDITIONED: f64 = 2e3;
/// Multiplications of an elimination that are always made for the sake of those digits: some
/// seconds.
const WORTHWHILE: f64 = 4e9;
/// A matrix with at least one entry in this many is treated as dense; a choice, of which no measurement is kept.
const DENSE_ONE_IN: usize = 8;
/// Multiplications of a sparse elimination above which an iteration is tried first; a choice.
const COSTLY: f64 = 1e8;
/// Iterations after which a factorization takes over from BiCGSTAB on a sparse matrix; a choice.
const ITERATIONS: usize = 500;
/// Up to this many rows a dense factorization costs no more than a dense iteration that converges; a choice, of
/// which no measurement is kept.
const DENSE_ROWS: usize = 400;
/// A dense iteration may take one step for this many rows: about what a factorization costs; a choice, of which no
/// measurement is kept.
const DENSE_ROWS_PER_ITERATION: usize = 64;
/// A dense factorization costs about as much as this many right-hand sides of an iteration; a choice, of which no
/// measurement is kept.
const DENSE_COLUMNS: usize = 4;
/// From this many right-hand sides on, a sparse factorization is weighed against iterations; a choice, of which no
/// measurement is kept.
const MANY_COLUMNS: usize = 16;
/// Operations that an iteration spends on one entry of the matrix until it has converged; a choice, of which no
/// measurement is kept.
const OPERATIONS_PER_ENTRY: f64 = 500.0;
/// Multiplications of an elimination without subtraction above which LU, which orders and blocks
/// better where the factors fill up, takes over from an iteration that failed; a choice.
const BEARABLE: f64 = 4e10;
/// Entries of factors that are never made for the sake of speed: 1.6 GB of them.
const LARGE: f64 = 2e8;

impl Served {
    /// What solves with this matrix: what the options name, or by its size, density and fill. Errors if it is singular, if
    /// LU does not fit into memory, if `Krylov` has no certificate, and if the build lacks `Lapack`.
    pub(super) fn new(matrix: Blocks<f64>, options: &SolverOptions) -> Result<Served, FactorError> {
        if let Some(given) = Served::given(options, &matrix, None) {
            return given;
        }
        match options.solver {
            SolverKind::Auto => Served::chosen(matrix, options),
            SolverKind::Dense => Ok(Served::Direct(Direct::dense(matrix.whole())?)),
            SolverKind::Sparse => Ok(Served::Direct(Direct::sparse(&matrix)?)),
            SolverKind::Krylov => {
                let krylov = Krylov::new(matrix, options, 10 * ITERATIONS)?;
                Ok(Served::Krylov(krylov))
            }
            #[cfg(feature = "lapack")]
            SolverKind::Lapack => {
                let lu = crate::linalg::LapackLu::new(matrix.whole())?;
                Ok(Served::Direct(Direct::Lapack(lu)))
            }
            #[cfg(not(feature = "lapack"))]
            SolverKind::Lapack => Err(FactorError::NotBuilt { feature: "lapack" }),
        }
    }

    /// What the backend makes of a system, if the options name one.
    fn given(
        options: &SolverOptions,
        matrix: &Blocks<f64>,
        slack: Option<&[f64]>,
    ) -> Option<Result<Served, FactorError>> {
        let backend = options.backend.as_ref()?;
        let system = System {
            matrix: Arc::clone(matrix.whole()),
            slack,
            inverse_norm: options.inverse_norm,
            tolerance: options.tolerance,
        };
        let factors = backend.factor(&system);
        Some(factors.map(|factors| Served::Given(BackendFactors(factors))))
    }

    /// What solves with I − P given by its slacks, none of which is negative: without subtraction where that is
    /// affordable. Errors if the matrix is singular or nothing certified an answer.
    pub(super) fn dominant(
        matrix: Blocks<f64>,
        slack: &[f64],
        options: &SolverOptions,
    ) -> Result<Served, FactorError> {
        if options.backend.is_some() || options.solver != SolverKind::Auto {
            return Served::refined(matrix, slack, options);
        }
        let well = options
            .inverse_norm
            .is_some_and(|norm| norm <= WELL_CONDITIONED);
        if well && !without_subtraction_is_free(&matrix) {
            // nothing drowns, and LU blocks better where the factors fill up
            return Served::refined(matrix, slack, options);
        }
        let limit = worthwhile(&matrix, well);
        match Direct::without_subtraction(matrix.whole(), slack, limit)? {
            Some(direct) => Ok(Served::Direct(direct)),
            None => Served::iterated(matrix, Some(slack.to_vec()), options),
        }
    }

    /// What solves with this matrix, by its size, density and fill; sparse LU takes residuals by the slacks. Errors if it
    /// is singular, does not fit into memory, or nothing certified an answer.
    pub(super) fn refined(
        matrix: Blocks<f64>,
        slack: &[f64],
        options: &SolverOptions,
    ) -> Result<Served, FactorError> {
        if let Some(given) = Served::given(options, &matrix, Some(slack)) {
            return given;
        }
        let mut served = Served::new(matrix, options)?;
        if let Served::Direct(Direct::Sparse(lu)) = &mut served {
            lu.refine_by(slack);
        }
        Ok(served)
    }

    fn chosen(matrix: Blocks<f64>, options: &SolverOptions) -> Result<Served, FactorError> {
        if !iterates_first(&matrix) {
            return Ok(Served::Direct(Direct::new(&matrix)?));
        }
        Served::iterated(matrix, None, options)
    }

    /// An iteration first, a factorization behind it.
    fn iterated(
        matrix: Blocks<f64>,
        slack: Option<Vec<f64>>,
        options: &SolverOptions,
    ) -> Result<Served, FactorError> {
        let fallback = Fallback {
            matrix: matrix.clone(),
            slack,
            direct: OnceLock::new(),
        };
        let iterations = if is_dense(&matrix) {
            matrix.rows() / DENSE_ROWS_PER_ITERATION
        } else {
            ITERATIONS
        };
        match Krylov::new(matrix, options, iterations) {
            Ok(krylov) => Ok(Served::KrylovFirst(krylov, fallback)),
            Err(_) => Ok(Served::Direct(fallback.factor()?)),
        }
    }

    fn solve_by<X>(
        &self,
        solve: impl Fn(&dyn Factors<f64>) -> Result<X, FactorError>,
    ) -> Result<X, FactorError> {
        match self {
            Served::Direct(direct) => solve(direct.factors()),
            Served::Given(given) => solve(given.0.as_ref()),
            Served::Krylov(iteration) => solve(iteration),
            Served::KrylovFirst(iteration, fallback) => {
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
        let iterating = columns as f64 * OPERATIONS_PER_ENTRY * self.matrix.entries() as f64;
        let cheaper = |fill: Fill| fill.operations < iterating && fill.entries < LARGE;
        columns >= MANY_COLUMNS && Fill::of(self.matrix.whole()).is_some_and(cheaper)
    }

    fn direct(&self) -> Result<&Direct, FactorError> {
        let made = self.direct.get_or_init(|| self.factor());
        made.as_ref().map_err(FactorError::clone)
    }

    fn factor(&self) -> Result<Direct, FactorError> {
        if let Some(slack) = &self.slack
            && let Some(direct) = Direct::without_subtraction(self.matrix.whole(), slack, BEARABLE)?
        {
            return Ok(direct);
        }
        Direct::new(&self.matrix)
    }
}

/// How many multiplications an elimination without subtraction may take before an iteration is
/// tried instead.
fn worthwhile(matrix: &Blocks<f64>, well: bool) -> f64 {
    if well && is_dense(matrix) {
        dense_operations(DENSE_ROWS)
    } else {
        WORTHWHILE
    }
}

/// Whether the elimination without subtraction costs no more than LU.
fn without_subtraction_is_free(matrix: &Blocks<f64>) -> bool {
    let n = matrix.rows();
    n <= GTH_ROWS || (n <= DENSE_ROWS && is_dense(matrix))
}

/// Multiplications of a dense elimination.
fn dense_operations(rows: usize) -> f64 {
    (rows as f64).powi(3) / 3.0
}

/// Whether an iteration is tried before a factorization.
fn iterates_first(matrix: &Blocks<f64>) -> bool {
    if is_dense(matrix) {
        return matrix.rows() > DENSE_ROWS;
    }
    let costly = |fill: Option<Fill>| fill.is_none_or(|fill| fill.operations > COSTLY);
    matrix.rows() > MODERATE || costly(Fill::of(matrix.whole()))
}

/// Whether sparse factors are so full that for all columns of the inverse dense ones, which are blocked
/// and inverted as they stand, take less time.
fn fills_up(matrix: &Csr<f64>) -> bool {
    // of garnets of 1,500 states whose factors fill 4 to 50 % dense ones took half of the time (`gradient --jacobian`,
    // 0.2 s for 0.34 to 0.46, 29 November 2026), but they take n² numbers
    const FULL: f64 = 0.25;
    let full = FULL * (matrix.rows() as f64).powi(2);
    // factors have what the matrix has: a dense one need not be ordered to know
    let is_full = matrix.stored() as f64 > full;
    is_full || Fill::of(matrix).is_some_and(|fill| fill.entries > full)
}

fn is_dense(matrix: &Blocks<f64>) -> bool {
    is_dense_of(matrix.rows(), matrix.entries())
}

/// Whether a matrix of so many rows and entries is treated as dense.
fn is_dense_of(n: usize, entries: usize) -> bool {
    n <= SMALL || entries >= n * n / DENSE_ONE_IN
}

impl Direct {
    /// Dense or sparse, by density.
    fn new(matrix: &Blocks<f64>) -> Result<Direct, FactorError> {
        if is_dense(matrix) {
            Direct::dense(matrix.whole())
        } else {
            Direct::sparse(matrix)
        }
    }

    fn sparse(matrix: &Blocks<f64>) -> Result<Direct, FactorError> {
        let lu = SparseLu::new(Arc::clone(matrix.whole()))?;
        Ok(Direct::Sparse(Box::new(lu)))
    }

    /// The elimination for A = I − P with slacks; `None` where it takes more multiplications than
    /// `limit`.
    fn without_subtraction(
        matrix: &Csr<f64>,
        slack: &[f64],
        limit: f64,
    ) -> Result<Option<Direct>, FactorError> {
        let n = matrix.rows();
        let is_dense = is_dense_of(n, matrix.stored());
        Ok(if n <= SMALL {
            Some(Direct::Gth(Gth::of(matrix, slack)?))
        } else if n <= GTH_ROWS || (is_dense && dense_operations(n) <= limit) {
            Some(Direct::BlockedGth(BlockedGth::of(matrix, slack)?))
        } else if limit == 0.0 || is_dense {
            None
        } else if let Some(symbolic) = Symbolic::of(matrix, limit) {
            let gth = SparseGth::of(matrix, slack, symbolic)?;
            Some(Direct::SparseGth(Box::new(gth)))
        } else {
            None
        })
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
            Direct::SparseGth(gth) => gth.as_ref(),
            Direct::Small(lu) => lu,
            Direct::Dense(lu) => lu,
            Direct::Sparse(lu) => lu.as_ref(),
            #[cfg(feature = "lapack")]
            Direct::Lapack(lu) => lu,
        }
    }
}

impl Factors<f64> for Served {
    fn solve(&self, b: &[f64]) -> Result<Vec<f64>, FactorError> {
        self.solve_by(|factors| factors.solve(b))
    }

    fn solve_transposed(&self, b: &[f64]) -> Result<Vec<f64>, FactorError> {
        self.solve_by(|factors| factors.solve_transposed(b))
    }

    fn solve_roughly(&self, b: &[f64]) -> Result<Vec<f64>, FactorError> {
        self.solve_by(|factors| factors.solve_roughly(b))
    }

    fn solve_transposed_roughly(&self, b: &[f64]) -> Result<Vec<f64>, FactorError> {
        self.solve_by(|factors| factors.solve_transposed_roughly(b))
    }

    fn solve_many(&self, b: DMatrix<f64>) -> Result<DMatrix<f64>, FactorError> {
        match self {
            Served::Direct(lu) => lu.factors().solve_many(b),
            Served::Given(given) => given.0.solve_many(b),
            Served::KrylovFirst(_, fallback) if fallback.pays(b.ncols()) => {
                fallback.direct()?.factors().solve_many(b)
            }
            _ => columns(b, |column| self.solve(column)),
        }
    }

    fn solve_transposed_many(&self, b: DMatrix<f64>) -> Result<DMatrix<f64>, FactorError> {
        match self {
            Served::Direct(lu) => lu.factors().solve_transposed_many(b),
            Served::Given(given) => given.0.solve_transposed_many(b),
            Served::KrylovFirst(_, fallback) if fallback.pays(b.ncols()) => {
                fallback.direct()?.factors().solve_transposed_many(b)
            }
            _ => columns(b, |column| self.solve_transposed(column)),
        }
    }

    fn inverse(&self, rows: usize) -> Result<DMatrix<f64>, FactorError> {
        match self {
            Served::Direct(Direct::Gth(gth)) => Ok(gth.inverse_by_blocks()),
            Served::Direct(Direct::Small(lu)) => Ok(lu.inverse_by_blocks()),
            Served::Direct(lu) => lu.factors().inverse(rows),
            Served::Given(given) => given.0.inverse(rows),
            Served::KrylovFirst(iteration, fallback) if fallback.pays(rows) => {
                let well = iteration.inverse_norm() <= WELL_CONDITIONED;
                if well && fills_up(fallback.matrix.whole()) {
                    return DenseLu::new(fallback.matrix.whole())?.inverse(rows);
                }
                fallback.direct()?.factors().inverse(rows)
            }
            _ => self.solve_many(DMatrix::identity(rows, rows)),
        }
    }

    fn is_componentwise(&self) -> bool {
        match self {
            Served::Direct(lu) => lu.factors().is_componentwise(),
            Served::Given(given) => given.0.is_componentwise(),
            _ => false,
        }
    }

    fn is_direct(&self) -> bool {
        match self {
            Served::Direct(_) => true,
            Served::Given(given) => given.0.is_direct(),
            _ => false,
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Served::Direct(Direct::Small(_)) => "dense",
            Served::Direct(lu) => lu.factors().name(),
            Served::Given(given) => given.0.name(),
            Served::Krylov(krylov) => krylov.name(),
            Served::KrylovFirst(krylov, fallback) => match fallback.direct.get() {
                None => krylov.name(),
                Some(Ok(Direct::Sparse(_))) => "sparse after krylov",
                Some(Ok(Direct::SparseGth(_))) => "sparse-gth after krylov",
                Some(_) => "dense after krylov",
            },
        }
    }
}
