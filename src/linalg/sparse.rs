//! Sparse LU with a fill-reducing ordering, by the matrix crate.
//!
//! The crate works on compressed columns. Compressed rows of A are compressed columns of Aᵀ, so
//! what it factors is Aᵀ, and its transposed solve is our solve.

use std::sync::Arc;

use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::matmul::matmul;
use faer::linalg::solvers::SolveCore;
use faer::sparse::linalg::solvers::{Lu, SymbolicLu};
use faer::sparse::linalg::{LuError, colamd, qr};
use faer::sparse::{SparseColMatRef, SymbolicSparseColMatRef};
use faer::{Accum, Conj, MatMut, MatRef, Par};
use nalgebra::DMatrix;

use super::dense::view;
use super::{Csr, FactorError, Factors, slack};

/// Bytes that factors leave of the addresses that a process may have (`ulimit -v`), and for each row; a choice.
const SPARE: usize = 64 << 20;
const SPARE_OF_ROW: usize = 400;

/// Lets this thread have the workspace that its products of matrices share: the crate takes it at the first of them,
/// and ends the process where the factors have left nothing.
fn make_workspace() {
    // smaller products do without
    const ROWS: usize = 32;
    let zeros = DMatrix::<f64>::zeros(ROWS, ROWS);
    let factor = MatRef::from_column_major_slice(zeros.as_slice(), ROWS, ROWS);
    let mut product = zeros.clone();
    let product = MatMut::from_column_major_slice_mut(product.as_mut_slice(), ROWS, ROWS);
    matmul(product, Accum::Replace, factor, factor, 1.0, Par::Seq);
}

/// Sparse LU over `f64`: columns ordered by COLAMD, partial pivoting.
///
/// Every solve is followed by one step of iterative refinement in working precision, which makes
/// the backward error small in every component (Skeel 1980).
#[derive(Debug)]
pub struct SparseLu {
    matrix: Arc<Csr<f64>>,
    /// 1 − Σⱼ P(i, j) of A = I − P, if known.
    slack: Option<Vec<f64>>,
    lu: Lu<u32, f64>,
}

impl SparseLu {
    /// Factors a square matrix.
    ///
    /// Errors with [`FactorError::Singular`] if a column has no pivot, and with
    /// [`FactorError::TooLarge`] if memory does not suffice.
    pub fn new(matrix: Arc<Csr<f64>>) -> Result<SparseLu, FactorError> {
        make_workspace();
        // what is made of the factors takes room too: they are made beside it, which costs nothing until it is used
        let mut room: Vec<u8> = Vec::new();
        let spare = SPARE + SPARE_OF_ROW * matrix.rows();
        room.try_reserve_exact(spare)
            .map_err(|_| FactorError::TooLarge)?;
        let lu = {
            let starts = starts(&matrix)?;
            let pattern = pattern(&matrix, &starts);
            let symbolic = SymbolicLu::try_new(pattern).map_err(|_| FactorError::TooLarge)?;
            let columns = SparseColMatRef::new(pattern, matrix.values());
            Lu::try_new_with_symbolic(symbolic, columns).map_err(|error| match error {
                LuError::SymbolicSingular { index } => FactorError::Singular { column: index },
                LuError::Generic(_) => FactorError::TooLarge,
            })?
        };
        drop(room);
        let slack = None;
        Ok(SparseLu { matrix, slack, lu })
    }

    /// Takes residuals of A = I − P from now on by its slacks, which keep digits that A has lost.
    pub(super) fn refine_by(&mut self, slack: &[f64]) {
        self.slack = Some(slack.to_vec());
    }

    fn apply(&self, x: &mut [f64], rows: usize) {
        self.lu
            .solve_transpose_in_place_with_conj(Conj::No, view(x, rows));
    }

    fn apply_transposed(&self, x: &mut [f64], rows: usize) {
        self.lu.solve_in_place_with_conj(Conj::No, view(x, rows));
    }
}

/// x ← x + (approximate A⁻¹)(b − Ax), for all columns of x and b.
pub(super) fn refine(
    x: &mut [f64],
    b: &[f64],
    rows: usize,
    multiply: impl Fn(&[f64]) -> Vec<f64>,
    solve: impl FnOnce(&mut [f64]),
) {
    let mut residual = b.to_vec();
    let columns = residual.chunks_exact_mut(rows.max(1));
    for (residual, x) in columns.zip(x.chunks_exact(rows.max(1))) {
        for (r, ax) in residual.iter_mut().zip(multiply(x)) {
            *r -= ax;
        }
    }
    solve(&mut residual);
    for (x, correction) in x.iter_mut().zip(residual) {
        *x += correction;
    }
}

impl SparseLu {
    fn refined(&self, b: &[f64], rows: usize) -> Result<Vec<f64>, FactorError> {
        let mut x = b.to_vec();
        self.apply(&mut x, rows);
        let multiply = |x: &[f64]| match &self.slack {
            Some(slack) => slack::product(&self.matrix, slack, x),
            None => self.matrix.mul(x),
        };
        refine(&mut x, b, rows, multiply, |r| self.apply(r, rows));
        finite(x)
    }

    fn refined_transposed(&self, b: &[f64], rows: usize) -> Result<Vec<f64>, FactorError> {
        let mut x = b.to_vec();
        self.apply_transposed(&mut x, rows);
        let multiply = |x: &[f64]| self.matrix.mul_transposed(x);
        refine(&mut x, b, rows, multiply, |r| {
            self.apply_transposed(r, rows)
        });
        finite(x)
    }
}

/// The crate divides by a zero pivot without a word; the answer then shows it.
fn finite(x: Vec<f64>) -> Result<Vec<f64>, FactorError> {
    match x.iter().position(|x| !x.is_finite()) {
        Some(column) => Err(FactorError::Singular { column }),
        None => Ok(x),
    }
}

impl Factors<f64> for SparseLu {
    fn solve(&self, b: &[f64]) -> Result<Vec<f64>, FactorError> {
        self.refined(b, b.len())
    }

    fn solve_transposed(&self, b: &[f64]) -> Result<Vec<f64>, FactorError> {
        self.refined_transposed(b, b.len())
    }

    fn solve_many(&self, b: DMatrix<f64>) -> Result<DMatrix<f64>, FactorError> {
        let (rows, columns) = b.shape();
        let x = self.refined(b.as_slice(), rows)?;
        Ok(DMatrix::from_vec(rows, columns, x))
    }

    fn solve_transposed_many(&self, b: DMatrix<f64>) -> Result<DMatrix<f64>, FactorError> {
        let (rows, columns) = b.shape();
        let x = self.refined_transposed(b.as_slice(), rows)?;
        Ok(DMatrix::from_vec(rows, columns, x))
    }

    fn name(&self) -> &'static str {
        "sparse"
    }
}

/// What a sparse factorization would cost, known from the pattern alone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fill {
    /// Entries of both factors, at most.
    pub entries: f64,
    /// Multiplications of the elimination, at most.
    pub operations: f64,
}

impl Fill {
    /// Orders the columns and counts the entries of the Cholesky factor of AᵀA, which bound those
    /// of L and U whatever the pivots (George & Ng 1985); `None` if memory does not suffice.
    pub fn of(matrix: &Csr<f64>) -> Option<Fill> {
        let n = matrix.rows();
        let row_starts = starts(matrix).ok()?;
        let transposed = matrix.transposed();
        let column_starts = starts(&transposed).ok()?;
        let columns = pattern(matrix, &row_starts);
        let rows = pattern(&transposed, &column_starts);
        let scratch = colamd::order_scratch::<u32>(n, n, matrix.stored())
            .or(qr::col_etree_scratch::<u32>(n, n))
            .or(qr::postorder_scratch::<u32>(n))
            .or(qr::column_counts_aat_scratch::<u32>(n, n));
        let mut memory = MemBuffer::try_new(scratch).ok()?;
        let stack = MemStack::new(&mut memory);
        let (mut order, mut inverse) = (vec![0; n], vec![0; n]);
        let control = colamd::Control::default();
        colamd::order(&mut order, &mut inverse, columns, control, stack).ok()?;
        let order = Some(faer::perm::PermRef::new_checked(&order, &inverse, n));
        let mut tree = vec![0; n];
        let tree = qr::col_etree(columns, order, &mut tree, stack);
        let mut post = vec![0; n];
        qr::postorder(&mut post, tree, stack);
        let (mut counts, mut first) = (vec![0; n], vec![0; n]);
        qr::column_counts_ata(&mut counts, &mut first, rows, order, tree, &post, stack);
        let counts = || counts.iter().map(|&count| f64::from(count));
        Some(Fill {
            entries: 2.0 * counts().sum::<f64>(),
            operations: counts().map(|count| count * count).sum(),
        })
    }
}

/// Row starts in the type of the column indices, as the matrix crate wants them.
pub(super) fn starts(a: &Csr<f64>) -> Result<Vec<u32>, FactorError> {
    if u32::try_from(a.stored()).is_err() {
        return Err(FactorError::TooLarge);
    }
    Ok(a.row_starts().iter().map(|&start| start as u32).collect())
}

/// The pattern of Aᵀ in compressed columns, without copying the columns of A.
pub(super) fn pattern<'a>(a: &'a Csr<f64>, starts: &'a [u32]) -> SymbolicSparseColMatRef<'a, u32> {
    SymbolicSparseColMatRef::new_checked(a.columns(), a.rows(), starts, None, a.column_indices())
}
