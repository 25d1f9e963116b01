//! Square linear systems, solved in both directions from one factorisation.
//!
//! Values solve A x = b with A = I − γp^π, occupancies solve Aᵀ x = b; Jacobians and moments
//! reuse the same [`Factors`] with more right-hand sides. The modules below know no MDP.

mod backend;
mod blocks;
mod csr;
mod dense;
mod dual;
mod exact;
mod gth;
mod krylov;
#[cfg(feature = "lapack")]
mod lapack;
mod least_squares;
mod lifting;
mod modular;
mod part;
mod preconditioner;
mod residual;
mod row_sum;
pub mod slack;
mod solvable;
mod solver;
mod sparse;
mod symmetric;
mod tiles;
mod vector;
mod verified;

pub use backend::{Backend, BackendFactors, System};
pub use blocks::Blocks;
pub use csr::Csr;
pub use dense::{DenseLu, dense_product};
pub use dual::DualFactors;
pub use exact::ExactLu;
pub use gth::{BlockedGth, Gth, SparseGth, Symbolic};
pub use krylov::{Krylov, inverse_norm_from};
#[cfg(feature = "lapack")]
pub use lapack::LapackLu;
pub(crate) use least_squares::LeastSquares;
pub use lifting::{Lifting, RationalFactors};
pub use preconditioner::Preconditioner;
pub use row_sum::RowSum;
pub use solvable::Solvable;
pub(crate) use solver::MODERATE;
pub use solver::{GTH_ROWS, Solver, SolverKind, SolverOptions};
pub use sparse::{Fill, SparseLu};
pub use symmetric::Symmetric;
pub use vector::{difference, distance, largest, largest_or_nan, moved, norm, scaled_norm};
pub(crate) use vector::{dot_in_order, strands};
pub use verified::VerifiedFactors;

use nalgebra::DMatrix;

use crate::field::Field;
use crate::memory;
use crate::mend::{Argument, Mend};

/// A factored square matrix A, or an iteration that stands for one.
pub trait Factors<F: Field>: Send + Sync {
    /// x with A x = b.
    ///
    /// Errors if an iterative solver could not certify its answer.
    fn solve(&self, b: &[F]) -> Result<Vec<F>, FactorError>;

    /// x with Aᵀ x = b, from the same factors.
    ///
    /// Errors if an iterative solver could not certify its answer.
    fn solve_transposed(&self, b: &[F]) -> Result<Vec<F>, FactorError>;

    /// [`Factors::solve`] for bounds on errors: an iteration may stop at a relative error of 1e-5 in its
    /// norm, and a sign that rounding has changed is left.
    fn solve_roughly(&self, b: &[F]) -> Result<Vec<F>, FactorError> {
        self.solve(b)
    }

    /// x with Aᵀ x = b for bounds on errors: an iteration may stop at a relative error of 1e-5 in its norm, and a sign that
    /// rounding has changed is left.
    fn solve_transposed_roughly(&self, b: &[F]) -> Result<Vec<F>, FactorError> {
        self.solve_transposed(b)
    }

    /// X with A X = B, column by column unless a solver knows better.
    fn solve_many(&self, b: DMatrix<F>) -> Result<DMatrix<F>, FactorError> {
        columns(b, |column| self.solve(column))
    }

    /// X with Aᵀ X = B, column by column unless a solver knows better.
    fn solve_transposed_many(&self, b: DMatrix<F>) -> Result<DMatrix<F>, FactorError> {
        columns(b, |column| self.solve_transposed(column))
    }

    /// A⁻¹, of so many rows; column by column unless a solver knows better.
    ///
    /// Errors if an iterative solver could not certify a column.
    fn inverse(&self, rows: usize) -> Result<DMatrix<F>, FactorError> {
        let entry = |i, j| if i == j { F::one() } else { F::zero() };
        self.solve_many(DMatrix::from_fn(rows, rows, entry))
    }

    /// The solver's name, as `--solver` and the reports spell it.
    fn name(&self) -> &'static str;

    /// Whether every answer to b ≥ 0 adds up numbers of one sign only, so that each component has
    /// a small relative error and one that is 0 comes out as 0 ([`Gth`]).
    fn is_componentwise(&self) -> bool {
        false
    }

    /// Whether a further solve costs little beside the factors, as it does unless it iterates.
    fn is_direct(&self) -> bool {
        true
    }
}

fn columns<F: Field>(
    b: DMatrix<F>,
    solve: impl Fn(&[F]) -> Result<Vec<F>, FactorError>,
) -> Result<DMatrix<F>, FactorError> {
    let (rows, columns) = b.shape();
    let mut x = Vec::with_capacity(rows * columns);
    for column in b.as_slice().chunks_exact(rows.max(1)) {
        x.extend(solve(column)?);
    }
    Ok(DMatrix::from_vec(rows, columns, x))
}

/// Why a system was not solved.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum FactorError {
    /// Elimination met a column without a usable pivot.
    #[error("the matrix is singular: no pivot in column {column}")]
    Singular {
        /// The column, counted from 0.
        column: usize,
    },
    /// An iterative solver stopped short of the certified error that was asked for.
    #[error(
        "{solver} stopped after {iterations} iterations at a residual of {residual:e}; {wanted:e} was asked for"
    )]
    NotConverged {
        /// Which solver.
        solver: &'static str,
        /// How many iterations were made.
        iterations: usize,
        /// The true residual ‖b − Ax‖∞ reached.
        residual: f64,
        /// The residual that would have certified the answer.
        wanted: f64,
    },
    /// No bound on ‖A⁻¹‖∞ was given, and none could be certified.
    #[error("no error bound could be certified for the iterative solver")]
    Uncertified,
    /// The inverse of a matrix of balls could not be bounded.
    #[error(
        "no error bound could be certified: the system is singular within its rounding, or too close to it, or its numbers are too large for floating point"
    )]
    Unverified,
    /// A⁻¹ ≥ 0 and b ≥ 0, but a component of x came out negative, and not by a little.
    #[error(
        "rounding has drowned the answer: component {row} is {value:e} where none is negative and the largest is {size:e}"
    )]
    Drowned {
        /// Which component, counted from 0.
        row: usize,
        /// x as computed.
        value: f64,
        /// maxᵢ |xᵢ|.
        size: f64,
    },
    /// A⁻¹ ≥ 0, and of the solution of A z = 1, which bounds ‖A⁻¹‖∞, so much is left that it bounds nothing.
    #[error(
        "rounding has drowned the answers of this solver: that to a right-hand side of ones leaves {residual:.1e} of it"
    )]
    Lost {
        /// ‖1 − A z‖∞, with what rounding may have done to that.
        residual: f64,
    },
    /// Fractions of so many states that their elimination takes longer than anybody waits.
    #[error(
        "a system of {rows} states in fractions takes about {products:.0e} products, more than 1e12"
    )]
    FractionsTooMany {
        /// The states.
        rows: usize,
        /// How many products, about.
        products: f64,
    },
    /// A right-hand side of another size than the system.
    #[error("a right-hand side has {found} rows; the system has {expected}")]
    Size {
        /// The rows of the system.
        expected: usize,
        /// Those of the right-hand side.
        found: usize,
    },
    /// A factorization does not fit into memory.
    #[error("the factorization is too large for the memory of this machine")]
    TooLarge,
    /// A [`Backend`] does not serve such systems.
    #[error("{why}")]
    Refused {
        /// What it serves instead.
        why: &'static str,
        /// What to do about it.
        mend: Box<Mend>,
    },
    /// The program was built without the solver.
    #[error("this build has no `{feature}` solver: build with `--features {feature}`")]
    NotBuilt {
        /// The feature to build with.
        feature: &'static str,
    },
}

impl FactorError {
    /// Errors with [`FactorError::FractionsTooMany`] where a system of so many rows is not solved in fractions in about twenty
    /// minutes.
    pub(crate) fn check_fractions(rows: usize) -> Result<(), FactorError> {
        // products of floating point in the time of what is done for each of rows³; an estimate
        const PRODUCTS: f64 = 4.0;
        const MOST: f64 = 1e12;
        let products = PRODUCTS * (rows as f64).powi(3);
        if products <= MOST {
            Ok(())
        } else {
            Err(FactorError::FractionsTooMany { rows, products })
        }
    }

    /// Errors with [`FactorError::Size`] unless a right-hand side has as many rows as the system.
    pub(crate) fn check_rows(expected: usize, found: usize) -> Result<(), FactorError> {
        if expected == found {
            Ok(())
        } else {
            Err(FactorError::Size { expected, found })
        }
    }

    /// Errors with [`FactorError::TooLarge`] where there is no memory for a dense matrix of so many rows, and for what is
    /// made of it.
    pub(crate) fn check_dense<F>(rows: usize, copies: usize) -> Result<(), FactorError> {
        // such as are made without asking how much memory there is; a choice
        const SMALL: usize = 1000;
        let numbers = (rows as f64).powi(2) * copies as f64;
        if rows <= SMALL || memory::suffices(numbers * size_of::<F>() as f64) {
            Ok(())
        } else {
            Err(FactorError::TooLarge)
        }
    }

    /// What to do about it.
    pub fn mend(&self) -> Option<Mend> {
        use Argument::{Certify, Exact, Solver};
        Some(match self {
            FactorError::Singular { .. } => {
                Mend::new("a state is left with a probability too small for floating point: try ")
                    .name(Exact)
                    .say(", or a policy and a discount further from the boundary")
            }
            FactorError::NotConverged { .. } => Mend::new("try another ").name(Solver),
            FactorError::Drowned { .. } | FactorError::Lost { .. } => {
                Mend::new("leave the solver to `")
                    .set(Solver, "auto")
                    .say("`, which subtracts nothing, or try ")
                    .name(Exact)
            }
            FactorError::Uncertified => Mend::new("try `")
                .set(Solver, "sparse")
                .say("` or `")
                .set(Solver, "dense")
                .say("`"),
            FactorError::Unverified => Mend::new("try `")
                .name(Exact)
                .say("`, or leave `")
                .name(Certify)
                .say("` out; scale rewards near 1e308 down"),
            FactorError::FractionsTooMany { .. } => {
                Mend::new("take a smaller model, or floating point: `")
                    .name(Certify)
                    .say("` proves bounds on it")
            }
            FactorError::TooLarge => Mend::new("try `").set(Solver, "krylov").say("`"),
            FactorError::Refused { mend, .. } => Mend::clone(mend),
            FactorError::NotBuilt { .. } | FactorError::Size { .. } => return None,
        })
    }
}
