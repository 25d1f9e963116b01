//! Systems over balls: an approximate solution, refined, and a proven bound on its error.
//!
//! ```text
//! x̂ ← x̂ + Â⁻¹ (b − A x̂)              residuals in twice the precision, Â⁻¹ in f64
//! ⟨A⟩ w ≥ |b − A x̂|,  w ≥ 0   ⇒   |x − x̂| ≤ w            componentwise
//! ```
//!
//! ⟨A⟩ is the comparison matrix: |aᵢᵢ| on the diagonal, −|aᵢⱼ| off it; for I − γP it is A itself. A
//! vector z > 0 with ⟨A⟩ z > 0, checked with rounding, proves ⟨A⟩ nonsingular with ⟨A⟩⁻¹ ≥ |A⁻¹|
//! (Ostrowski 1937; Neumaier 1999), at γ = 1 as well: it is the verified super-solution of theory,
//! section 8. w is Â⁻¹|b − A x̂|, which is sharp in every component, plus as much of z as the
//! check of w misses. All of it holds for every matrix and right-hand side within the balls.
//!
//! Where the row sums of A are known without a subtraction ([`VerifiedFactors::dominant`]), products with A
//! are taken by them, as [`super::slack`] does, and small ones do not drown.

use std::sync::{Arc, OnceLock};

use nalgebra::DMatrix;
use rayon::prelude::*;

use super::{
    Csr, FactorError, Factors, GTH_ROWS, Gth, Solver, SolverKind, SolverOptions, largest_or_nan,
    slack,
};
use crate::field::{Ball, Field};

/// A matrix of balls with what solves it approximately and what bounds its inverse.
#[derive(Debug)]
pub struct VerifiedFactors {
    matrix: Arc<Csr<Ball>>,
    /// ⟨A⟩.
    comparison: Arc<Csr<Ball>>,
    /// The row sums of A, where they are known by themselves and A is ⟨A⟩.
    slack: Option<Vec<Ball>>,
    approximate: Approximate,
    /// The same elimination in balls, where refinement has proven little.
    eliminated: OnceLock<Option<Gth<Ball>>>,
    /// z for A and for its transpose, each with lower bounds of ⟨A⟩ z.
    positive: [OnceLock<Option<Positive>>; 2],
}

#[derive(Debug)]
enum Approximate {
    /// Elimination without subtraction, its slacks from the balls.
    Gth(Gth<f64>),
    Solver(Box<Solver>),
}

/// z > 0 with ⟨A⟩ z ≥ `image` > 0.
#[derive(Debug)]
struct Positive {
    /// Exact, of twice the precision: at a condition of 1/u a plain one would not do.
    z: Vec<Ball>,
    image: Vec<f64>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Side {
    Direct,
    Transposed,
}

/// Where refinement does not prove so much of a number, elimination without subtraction is asked; a choice.
const PROVEN: f64 = 1e-10;
/// Refinements; each gains the digits that the approximate solver has. Their number is a choice.
const REFINEMENTS: usize = 12;

impl VerifiedFactors {
    /// Factors the midpoints. Errors if they are singular.
    pub fn new(
        matrix: Arc<Csr<Ball>>,
        options: &SolverOptions,
    ) -> Result<VerifiedFactors, FactorError> {
        Ok(VerifiedFactors {
            comparison: Arc::new(comparison(&matrix)),
            approximate: Approximate::new(&matrix, options)?,
            matrix,
            slack: None,
            eliminated: OnceLock::new(),
            positive: [OnceLock::new(), OnceLock::new()],
        })
    }

    /// Factors with a bound on ‖A⁻¹‖ for A = I − P with P ≥ 0, given its row sums with all their digits. Where a ball of P or of
    /// a row sum reaches below 0 they are not used.
    pub fn dominant(
        matrix: Arc<Csr<Ball>>,
        slack: &[Ball],
        options: &SolverOptions,
    ) -> Result<VerifiedFactors, FactorError> {
        let off_diagonal = |i: usize| matrix.row(i).filter(move |(j, _)| i != *j);
        let is_known = (0..matrix.rows())
            .all(|i| slack[i].lower() >= 0.0 && off_diagonal(i).all(|(_, x)| x.upper() <= 0.0));
        if !is_known {
            // there is a way out of every state: a pivot that vanishes is one that balls do not tell from 0
            return VerifiedFactors::new(matrix, options).map_err(|error| match error {
                FactorError::Singular { .. } => FactorError::Unverified,
                other => other,
            });
        }
        let rows = (0..matrix.rows()).map(|i| {
            let sum = off_diagonal(i).fold(slack[i], |sum, (_, x)| sum - x);
            let entry = move |(j, x): (usize, &Ball)| (j, if i == j { sum } else { *x });
            matrix.row(i).map(entry)
        });
        let matrix = Arc::new(Csr::from_rows(matrix.columns(), rows));
        Ok(VerifiedFactors {
            approximate: Approximate::dominant(&matrix, slack, options)?,
            comparison: Arc::clone(&matrix),
            matrix,
            slack: Some(slack.to_vec()),
            eliminated: OnceLock::new(),
            positive: [OnceLock::new(), OnceLock::new()],
        })
    }

    fn refine(&self, b: &[Ball], side: Side) -> Result<Vec<Ball>, FactorError> {
        let mut x: Vec<Ball> = vec![Ball::zero(); b.len()];
        let mut rest = b.to_vec();
        let mut size = largest_or_nan(&rest);
        for refinement in 0..REFINEMENTS {
            if rest.iter().all(|r| r.to_f64().abs() <= r.radius()) {
                break;
            }
            let better = self.refined(&x, &rest, side)?;
            let left = self.residual(b, &better, side);
            let left_size = largest_or_nan(&left);
            // the first is the solution of the approximate solver, whatever its residual
            if refinement > 0 && (left_size.is_nan() || left_size > size / 2.0) {
                break;
            }
            (x, rest, size) = (better, left, left_size);
        }
        let error = self.error(&rest, side)?;
        let balls = x.into_iter().zip(error);
        Ok(balls.map(|(x, error)| x.widened(error)).collect())
    }

    /// What refinement encloses, and where that proves little what elimination without subtraction does in
    /// balls: at a condition beyond 1/u² a residual has no digit left, and sums of one sign have all.
    fn enclose(&self, b: &[Ball], side: Side) -> Result<Vec<Ball>, FactorError> {
        let refined = self.refine(b, side);
        if refined.as_ref().is_ok_and(|x| is_proven(x)) {
            return refined;
        }
        let Some(eliminated) = self.eliminate(b, side) else {
            return refined;
        };
        let Ok(refined) = refined else {
            let is_told = eliminated.iter().all(|x| x.radius().is_finite());
            return is_told.then_some(eliminated).ok_or(FactorError::Unverified);
        };
        let both = refined.into_iter().zip(eliminated);
        let sharper = |(x, y): (Ball, Ball)| if y.radius() < x.radius() { y } else { x };
        Ok(both.map(sharper).collect())
    }

    /// A⁻¹ b⁺ − A⁻¹ b⁻, or those of Aᵀ, in balls; `None` where the row sums are not known, and of large systems.
    fn eliminate(&self, b: &[Ball], side: Side) -> Option<Vec<Ball>> {
        let slack = self.slack.as_ref().filter(|_| b.len() <= GTH_ROWS)?;
        let gth = self
            .eliminated
            .get_or_init(|| Gth::new(off_diagonal(&self.matrix, |x| -*x), slack.clone()).ok());
        let gth = gth.as_ref()?;
        let part = |negative: bool| -> Option<Vec<Ball>> {
            let own = |x: &Ball| (x.to_f64() < 0.0) == negative;
            let part = b.iter().map(|x| if own(x) { *x } else { Ball::zero() });
            let part: Vec<Ball> = part.collect();
            match side {
                Side::Direct => gth.solve(&part).ok(),
                Side::Transposed => gth.solve_transposed(&part).ok(),
            }
        };
        let both = part(false)?.into_iter().zip(part(true)?);
        Some(both.map(|(x, y)| x + y).collect())
    }

    fn enclose_many(&self, b: &DMatrix<Ball>, side: Side) -> Result<DMatrix<Ball>, FactorError> {
        let columns = b.as_slice().par_chunks(b.nrows().max(1));
        let solved: Result<Vec<Vec<Ball>>, FactorError> =
            columns.map(|column| self.enclose(column, side)).collect();
        let entries = solved?.concat();
        Ok(DMatrix::from_vec(b.nrows(), b.ncols(), entries))
    }

    fn refined(&self, x: &[Ball], rest: &[Ball], side: Side) -> Result<Vec<Ball>, FactorError> {
        let rest: Vec<f64> = rest.iter().map(Field::to_f64).collect();
        let step = self.approximate.solve(&rest, side)?;
        let moved = x.iter().zip(step);
        Ok(moved
            .map(|(x, d)| (*x + Ball::exact(d)).midpoint())
            .collect())
    }

    /// b − A x, or b − Aᵀ x.
    fn residual(&self, b: &[Ball], x: &[Ball], side: Side) -> Vec<Ball> {
        let image = self.times(&self.matrix, x, side);
        b.iter().zip(image).map(|(b, ax)| *b - ax).collect()
    }

    /// w ≥ |A⁻¹ r| for every r of the balls.
    fn error(&self, rest: &[Ball], side: Side) -> Result<Vec<f64>, FactorError> {
        let Positive { z, image } = self.positive(side)?;
        let needed: Vec<f64> = rest.iter().map(|r| r.magnitude()).collect();
        if needed.iter().all(|x| *x == 0.0) {
            return Ok(needed);
        }
        let mut w = self.approximate.solve(&needed, side)?;
        w.iter_mut()
            .for_each(|w| *w = if *w > 0.0 { *w } else { 0.0 });
        let exact: Vec<Ball> = w.iter().map(|w| Ball::exact(*w)).collect();
        let covered = self.image(&exact, side);
        let mut factor = 0.0;
        for ((needed, covered), image) in needed.iter().zip(covered).zip(image) {
            let missing = (needed - covered) / image;
            if !missing.is_finite() {
                return Err(FactorError::Unverified);
            }
            factor = f64::max(factor, missing);
        }
        // each line above and below rounds a few times
        const UP: f64 = 1.0 + 16.0 * f64::EPSILON;
        let sum = |(w, z): (&f64, &Ball)| (w + factor * UP * z.magnitude()) * UP;
        Ok(w.iter().zip(z).map(sum).collect())
    }

    /// Lower bounds of ⟨A⟩ w.
    fn image(&self, w: &[Ball], side: Side) -> Vec<f64> {
        let image = self.times(&self.comparison, w, side);
        image.into_iter().map(Ball::lower).collect()
    }

    /// A x or Aᵀ x, by the row sums where they are known.
    fn times(&self, matrix: &Csr<Ball>, x: &[Ball], side: Side) -> Vec<Ball> {
        match (side, &self.slack) {
            (Side::Direct, Some(slack)) => slack::product(matrix, slack, x),
            (Side::Direct, None) => matrix.mul(x),
            (Side::Transposed, _) => matrix.mul_transposed(x),
        }
    }

    fn positive(&self, side: Side) -> Result<&Positive, FactorError> {
        let found = self.positive[side as usize].get_or_init(|| self.find_positive(side));
        found.as_ref().ok_or(FactorError::Unverified)
    }

    /// A⁻¹ 1 nearly, refined twice.
    fn find_positive(&self, side: Side) -> Option<Positive> {
        let ones = vec![Ball::one(); self.matrix.rows()];
        let mut z = self
            .refined(&vec![Ball::zero(); ones.len()], &ones, side)
            .ok()?;
        for _ in 0..2 {
            let rest = self.residual(&ones, &z, side);
            z = self.refined(&z, &rest, side).ok()?;
        }
        let image = self.image(&z, side);
        let positive = |x: f64| x > 0.0 && x.is_finite();
        let found = z.iter().all(|z| positive(z.lower())) && image.iter().all(|x| positive(*x));
        found.then_some(Positive { z, image })
    }
}

impl Approximate {
    fn new(matrix: &Csr<Ball>, options: &SolverOptions) -> Result<Approximate, FactorError> {
        let small = matrix.rows() <= GTH_ROWS && options.solver == SolverKind::Auto;
        if let Some(gth) = small.then(|| without_subtraction(matrix)).flatten() {
            return Ok(Approximate::Gth(gth));
        }
        let nearest = Arc::new(matrix.map(Field::to_f64));
        Ok(Approximate::Solver(Box::new(Solver::new(
            nearest, options,
        )?)))
    }

    /// An approximate inverse of a matrix that is I − P, given its row sums.
    fn dominant(
        matrix: &Csr<Ball>,
        slack: &[Ball],
        options: &SolverOptions,
    ) -> Result<Approximate, FactorError> {
        let n = matrix.rows();
        let slack: Vec<f64> = slack.iter().map(Field::to_f64).collect();
        if n <= GTH_ROWS && options.solver == SolverKind::Auto {
            let a = off_diagonal(matrix, |x| -x.to_f64());
            if let Ok(gth) = Gth::new(a, slack.clone()) {
                return Ok(Approximate::Gth(gth));
            }
        }
        let nearest = Arc::new(matrix.map(Field::to_f64));
        let solver = Solver::dominant(nearest, &slack, options)?;
        Ok(Approximate::Solver(Box::new(solver)))
    }

    fn factors(&self) -> &dyn Factors<f64> {
        match self {
            Approximate::Gth(gth) => gth,
            Approximate::Solver(solver) => solver.as_ref(),
        }
    }

    fn solve(&self, b: &[f64], side: Side) -> Result<Vec<f64>, FactorError> {
        match side {
            Side::Direct => self.factors().solve(b),
            Side::Transposed => self.factors().solve_transposed(b),
        }
    }
}

/// Whether all numbers are known to [`PROVEN`] of themselves; near 0, to as much of the part that is of the
/// largest.
fn is_proven(x: &[Ball]) -> bool {
    let size = x.iter().map(|x| x.to_f64().abs()).fold(0.0, f64::max);
    x.iter()
        .all(|x| x.radius() <= PROVEN * x.to_f64().abs().max(PROVEN * size))
}

/// The entries off the diagonal, row by row [n, n], mapped.
fn off_diagonal<F: Field>(matrix: &Csr<Ball>, map: impl Fn(&Ball) -> F) -> Vec<F> {
    let n = matrix.rows();
    let mut a = vec![F::zero(); n * n];
    for i in 0..n {
        for (j, x) in matrix.row(i).filter(|(j, _)| i != *j) {
            a[i * n + j] = map(x);
        }
    }
    a
}

/// The elimination of a matrix with nothing positive off the diagonal and row sums σ ≥ 0, taken
/// in twice the precision.
fn without_subtraction(matrix: &Csr<Ball>) -> Option<Gth<f64>> {
    let n = matrix.rows();
    let mut a = vec![0.0; n * n];
    let mut slack = Vec::with_capacity(n);
    for i in 0..n {
        let mut sum = Ball::zero();
        for (j, x) in matrix.row(i) {
            sum += x;
            if i != j {
                a[i * n + j] = -x.to_f64();
                if x.to_f64() > 0.0 {
                    return None;
                }
            }
        }
        slack.push(sum.to_f64().max(0.0));
    }
    Gth::new(a, slack).ok()
}

/// |aᵢᵢ| on the diagonal, −|aᵢⱼ| off it.
fn comparison(matrix: &Csr<Ball>) -> Csr<Ball> {
    let rows = (0..matrix.rows()).map(|i| {
        let entry = move |(j, x): (usize, &Ball)| if i == j { (j, x.abs()) } else { (j, -x.abs()) };
        matrix.row(i).map(entry)
    });
    Csr::from_rows(matrix.columns(), rows)
}

impl Factors<Ball> for VerifiedFactors {
    /// Errors with [`FactorError::Unverified`] where no super-solution was found.
    fn solve(&self, b: &[Ball]) -> Result<Vec<Ball>, FactorError> {
        self.enclose(b, Side::Direct)
    }

    fn solve_transposed(&self, b: &[Ball]) -> Result<Vec<Ball>, FactorError> {
        self.enclose(b, Side::Transposed)
    }

    /// Column by column, on all threads.
    fn solve_many(&self, b: DMatrix<Ball>) -> Result<DMatrix<Ball>, FactorError> {
        self.enclose_many(&b, Side::Direct)
    }

    fn solve_transposed_many(&self, b: DMatrix<Ball>) -> Result<DMatrix<Ball>, FactorError> {
        self.enclose_many(&b, Side::Transposed)
    }

    fn name(&self) -> &'static str {
        match &self.approximate {
            Approximate::Gth(gth) => gth.name(),
            Approximate::Solver(solver) => solver.name(),
        }
    }
}
