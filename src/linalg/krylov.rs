//! BiCGSTAB, preconditioned, restarted from true residuals, stopped on a certified error.

mod goal;

use goal::Goal;

use super::preconditioner::{Preconditioner, Side};
use super::residual::{
    least_bounds, residual, residual_bound, residual_bound_in_tiles, residual_bound_transposed,
    residual_bound_transposed_in_tiles, residual_transposed, residual_transposed_in_tiles,
};
use super::{Blocks, Csr, FactorError, Factors, SolverOptions};
use crate::field::{add_scaled, dot};

/// An iterate with its true residual b − Ax.
struct Point {
    x: Vec<f64>,
    residual: Vec<f64>,
    size: f64,
}

/// The fixed vector that the method takes its inner products with: the residual, and as much again
/// in every component, with signs that look random. The residual alone is orthogonal to what comes
/// after it where it starts in one state of a sparse graph, and the method breaks down.
fn shadow(residual: &[f64], seed: usize) -> Vec<f64> {
    let size = (dot(residual, residual) / residual.len() as f64).sqrt();
    let signed = |(i, r): (usize, &f64)| {
        // Fibonacci hashing: the top bit of a multiple of 2⁶⁴/φ
        let mixed = ((i + seed) as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        if mixed >> 63 == 0 { r + size } else { r - size }
    };
    residual.iter().enumerate().map(signed).collect()
}

/// BiCGSTAB (van der Vorst 1992) on the preconditioned operator Â ([`Preconditioner`]).
///
/// The recursive residual of the method drifts, so the true residual e = b − Ax decides, computed
/// in twice the working precision: an answer leaves only with ‖e‖ · ‖A⁻¹‖∞ ≤ tolerance · ‖x‖
/// (theory, section 8), in the maximum norm for A x = b and in the 1-norm for Aᵀ x = b. Rounding
/// alone leaves a residual of some u · ‖x‖, so the tolerance is never taken below 64 u · ‖A⁻¹‖∞,
/// unless that certifies nothing of use (1e-6).
#[derive(Debug)]
pub struct Krylov {
    matrix: Blocks<f64>,
    preconditioner: Preconditioner,
    /// ‖A⁻¹‖∞ is at most this.
    inverse_norm: f64,
    tolerance: f64,
    /// Iterations allowed for one right-hand side, restarts included.
    iterations: usize,
    /// The most entries that a row has, and a column.
    longest: usize,
    fullest: usize,
    /// What rounding adds to a bound on the residual, relative to x, for A and for its transpose.
    rounding: [f64; 2],
}

/// 64 u with u = 2⁻⁵³: what the residual of a rounded x of size 1 may come to.
const ROUNDING: f64 = 32.0 * f64::EPSILON;
/// A certified relative error above this is none; a choice.
const USELESS: f64 = 1e-6;
/// After this many restarts in a row that did not halve the true residual, the iteration has met
/// rounding, or a wall; a choice.
const IDLE_RESTARTS: usize = 2;
/// The certified relative error of answers that are only told, or that bounds are made of; a choice.
const ROUGH: f64 = 1e-5;
/// Right-hand sides whose entries differ by less than this, relative to them, are taken for constants; a choice.
const FLAT: f64 = 1e-9;

impl Krylov {
    /// Factors a square matrix incompletely. Where no bound on ‖A⁻¹‖∞ is given, one is found by
    /// solving A z = 1 and certified ([`inverse_norm_from`]).
    ///
    /// Errors if the preconditioner does not exist, or if no bound can be certified.
    pub fn new(
        matrix: impl Into<Blocks<f64>>,
        options: &SolverOptions,
        iterations: usize,
    ) -> Result<Krylov, FactorError> {
        let matrix = matrix.into();
        let (longest, fullest) = (matrix.longest_row(), matrix.fullest_column());
        let mut krylov = Krylov {
            preconditioner: Preconditioner::new(&matrix)?,
            inverse_norm: options.inverse_norm.unwrap_or(f64::NAN),
            tolerance: options.tolerance,
            iterations,
            longest,
            fullest,
            rounding: least_bounds(&matrix, longest, fullest),
            matrix,
        };
        if options.inverse_norm.is_none() {
            krylov.inverse_norm = krylov.certify_inverse_norm()?;
        }
        let reachable = f64::min(ROUNDING * krylov.inverse_norm, USELESS);
        krylov.tolerance = f64::max(krylov.tolerance, reachable);
        Ok(krylov)
    }

    /// The certified bound on ‖A⁻¹‖∞.
    pub fn inverse_norm(&self) -> f64 {
        self.inverse_norm
    }

    /// The certified relative error at which the iteration stops.
    pub fn tolerance(&self) -> f64 {
        self.tolerance
    }

    fn certify_inverse_norm(&self) -> Result<f64, FactorError> {
        let ones = vec![1.0; self.matrix.rows()];
        // the bound is then a thousandth too large; a choice
        let z = self.iterate(Side::Column, &ones, Goal::Residual(1e-3))?;
        inverse_norm_from(self.matrix.whole(), &z).ok_or(FactorError::Uncertified)
    }

    fn certified(&self, side: Side, b: &[f64], tolerance: f64) -> Result<Vec<f64>, FactorError> {
        let goal = Goal::Error {
            inverse_norm: self.inverse_norm,
            tolerance,
        };
        if side == Side::Column
            && let Some(x) = self.constant(b)
            && goal.is_met(self.residual_bound(side, b, &x), norm(side, &x))
        {
            return Ok(x);
        }
        self.iterate(side, b, goal)
    }

    /// The constant vector that solves A x = b where all rows of A have one sum and all entries of b are
    /// the same, as of 1/(1 − γ), the expected time of an episode that nothing ends; `None` of other b.
    fn constant(&self, b: &[f64]) -> Option<Vec<f64>> {
        let first = *b.first()?;
        let is_flat = |x: &f64| (x - first).abs() <= FLAT * first.abs();
        if first == 0.0 || !b.iter().all(is_flat) {
            return None;
        }
        let mut sum = 0.0;
        let add = |_: usize, block: &Csr<f64>| block.values().iter().for_each(|a| sum += a);
        self.matrix.each(add);
        let x = b.iter().sum::<f64>() / sum;
        x.is_finite().then(|| vec![x; b.len()])
    }

    /// Iterates until the goal is met by the true residual e.
    fn iterate(&self, side: Side, b: &[f64], goal: Goal) -> Result<Vec<f64>, FactorError> {
        let enough = |residual: f64, x: f64| goal.is_met(residual, x);
        let mut at = Point {
            x: vec![0.0; b.len()],
            residual: b.to_vec(),
            size: norm(side, b),
        };
        let mut left = self.iterations;
        let mut idle = 0;
        while !enough(at.size, norm(side, &at.x)) && at.size != 0.0 {
            if left == 0 || idle == IDLE_RESTARTS {
                return Err(FactorError::NotConverged {
                    solver: "krylov",
                    iterations: self.iterations - left,
                    residual: at.size,
                    wanted: goal.wanted(norm(side, &at.x)),
                });
            }
            let (x, iterations) = self.cycle(side, &at, left, enough);
            left -= iterations;
            let length = norm(side, &x);
            // the bound is not asked for where its rounding alone is too much
            let least = self.rounding[side as usize] * length;
            if enough(least, length) && enough(self.residual_bound(side, b, &x), length) {
                return Ok(x);
            }
            let residual = match (side, self.preconditioner.tiles()) {
                (Side::Column, _) => residual(&self.matrix, b, &x),
                (Side::Row, None) => residual_transposed(&self.matrix, b, &x),
                (Side::Row, Some(tiles)) => residual_transposed_in_tiles(tiles, b, &x),
            };
            let size = norm(side, &residual);
            idle = if size <= at.size / 2.0 { 0 } else { idle + 1 };
            if size <= at.size {
                at = Point { x, residual, size };
            }
        }
        Ok(at.x)
    }

    /// ‖b − Ax‖ at most, by plain arithmetic and what its rounding may have done (Higham 2002, section 3.5):
    /// a fifth of the time of the residual itself.
    fn residual_bound(&self, side: Side, b: &[f64], x: &[f64]) -> f64 {
        let fullest = self.fullest;
        match (side, self.preconditioner.tiles()) {
            (Side::Column, None) => residual_bound(&self.matrix, b, x),
            (Side::Column, Some(tiles)) => residual_bound_in_tiles(tiles, self.longest, b, x),
            (Side::Row, None) => residual_bound_transposed(&self.matrix, fullest, b, x),
            (Side::Row, Some(tiles)) => residual_bound_transposed_in_tiles(tiles, fullest, b, x),
        }
    }

    /// One run of BiCGSTAB from a point, of at most `limit` iterations; their number. It stops
    /// where `enough` holds for the residual that it sees, E⁻¹ times the true one.
    fn cycle(
        &self,
        side: Side,
        from: &Point,
        limit: usize,
        enough: impl Fn(f64, f64) -> bool,
    ) -> (Vec<f64>, usize) {
        let n = from.x.len();
        let apply = |y: &[f64], along: &mut [f64], product: &mut Vec<f64>| {
            self.preconditioner
                .apply(&self.matrix, side, y, along, product);
        };
        let mut x = from.x.clone();
        let mut r = from.residual.clone();
        self.preconditioner.begin(&self.matrix, side, &mut r);
        let shadow = shadow(&r, limit);
        let (mut p, mut v, mut t) = (r.clone(), vec![0.0; n], vec![0.0; n]);
        let (mut along_p, mut along_r) = (vec![0.0; n], vec![0.0; n]);
        let mut rho = dot(&shadow, &r);
        for iteration in 1..=limit {
            apply(&p, &mut along_p, &mut v);
            let alpha = rho / dot(&shadow, &v);
            if !alpha.is_finite() {
                return (x, iteration);
            }
            add_scaled(&mut r, &v, &-alpha);
            apply(&r, &mut along_r, &mut t);
            let (along, square) = dots(&t, &r);
            let omega = along / square;
            if !omega.is_finite() || omega == 0.0 {
                add_scaled(&mut x, &along_p, &alpha);
                return (x, iteration);
            }
            for ((x, p), r) in x.iter_mut().zip(&along_p).zip(&along_r) {
                *x += alpha * p;
                *x += omega * r;
            }
            let rho_next = add_scaled_dot(&mut r, -omega, &t, &shadow);
            if enough(norm(side, &r), norm(side, &x)) {
                return (x, iteration);
            }
            let beta = (rho_next / rho) * (alpha / omega);
            rho = rho_next;
            for ((p, r), v) in p.iter_mut().zip(&r).zip(&v) {
                *p = r + beta * (*p - omega * v);
            }
        }
        (x, limit)
    }
}

/// Σᵢ xᵢ yᵢ and Σᵢ xᵢ², in the order of [`dot`].
fn dots(x: &[f64], y: &[f64]) -> (f64, f64) {
    let (x, x_rest) = x.as_chunks::<4>();
    let (y, y_rest) = y.as_chunks::<4>();
    let (mut products, mut squares) = ([0.0; 4], [0.0; 4]);
    for (x, y) in x.iter().zip(y) {
        for lane in 0..4 {
            products[lane] += x[lane] * y[lane];
            squares[lane] += x[lane] * x[lane];
        }
    }
    let (mut products, mut squares) = (added(products), added(squares));
    for (x, y) in x_rest.iter().zip(y_rest) {
        products += x * y;
        squares += x * x;
    }
    (products, squares)
}

/// y += c x, and Σᵢ zᵢ yᵢ of the new y.
fn add_scaled_dot(y: &mut [f64], c: f64, x: &[f64], z: &[f64]) -> f64 {
    let (y, y_rest) = y.as_chunks_mut::<4>();
    let (x, x_rest) = x.as_chunks::<4>();
    let (z, z_rest) = z.as_chunks::<4>();
    let mut products = [0.0; 4];
    for ((y, x), z) in y.iter_mut().zip(x).zip(z) {
        for lane in 0..4 {
            y[lane] += c * x[lane];
            products[lane] += z[lane] * y[lane];
        }
    }
    add_scaled(y_rest, x_rest, &c);
    let rest = z_rest.iter().zip(y_rest);
    rest.fold(added(products), |sum, (z, y)| sum + z * *y)
}

/// The sum of four.
fn added([a, b, c, d]: [f64; 4]) -> f64 {
    (a + b) + (c + d)
}

/// ‖A⁻¹‖∞ ≤ ‖z‖∞/δ for a Z-matrix A (no positive entry off the diagonal) and z ≥ 0 with
/// A z ≥ δ > 0: such a z certifies that A is an M-matrix, whose inverse is not negative, so that
/// A⁻¹ 1 ≤ z/δ (theory, section 8). δ is reduced by what rounding may have added to A z.
///
/// `None` if z certifies nothing.
pub fn inverse_norm_from(a: &Csr<f64>, z: &[f64]) -> Option<f64> {
    let mut delta = f64::INFINITY;
    for row in 0..a.rows() {
        let (mut sum, mut size) = (0.0, 0.0);
        for (column, &value) in a.row(row) {
            if column != row && value > 0.0 {
                return None;
            }
            sum += value * z[column];
            size += (value * z[column]).abs();
        }
        let rounding = (a.row(row).len() + 2) as f64 * f64::EPSILON * size;
        delta = f64::min(delta, sum - rounding);
    }
    let largest = z.iter().copied().fold(0.0, f64::max);
    let bound = largest / delta * (1.0 + 4.0 * f64::EPSILON);
    (delta > 0.0 && z.iter().all(|&z| z >= 0.0) && bound.is_finite()).then_some(bound)
}

/// ‖x‖∞ of columns, ‖x‖₁ of rows; NaN if an entry is. In lanes: each number waits for the one before it.
fn norm(side: Side, x: &[f64]) -> f64 {
    let (x, rest) = x.as_chunks::<4>();
    match side {
        Side::Column => {
            let (mut most, mut none) = ([0.0f64; 4], [false; 4]);
            for x in x {
                for lane in 0..4 {
                    let size = x[lane].abs();
                    most[lane] = if size > most[lane] { size } else { most[lane] };
                    none[lane] |= size.is_nan();
                }
            }
            let rest = super::largest_or_nan(rest);
            if none.contains(&true) || rest.is_nan() {
                return f64::NAN;
            }
            most.into_iter().fold(rest, f64::max)
        }
        Side::Row => {
            let mut sums = [0.0; 4];
            for x in x {
                for lane in 0..4 {
                    sums[lane] += x[lane].abs();
                }
            }
            added(sums) + rest.iter().map(|x| x.abs()).sum::<f64>()
        }
    }
}

impl Factors<f64> for Krylov {
    fn solve(&self, b: &[f64]) -> Result<Vec<f64>, FactorError> {
        self.certified(Side::Column, b, self.tolerance)
    }

    fn solve_transposed(&self, b: &[f64]) -> Result<Vec<f64>, FactorError> {
        self.certified(Side::Row, b, self.tolerance)
    }

    fn solve_roughly(&self, b: &[f64]) -> Result<Vec<f64>, FactorError> {
        self.certified(Side::Column, b, self.tolerance.max(ROUGH))
    }

    fn solve_transposed_roughly(&self, b: &[f64]) -> Result<Vec<f64>, FactorError> {
        self.certified(Side::Row, b, self.tolerance.max(ROUGH))
    }

    fn name(&self) -> &'static str {
        "krylov"
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    /// A = I/3 and z = 3 solves A z = 1: the bound is ‖A⁻¹‖∞ = 3 and rounding, never less.
    #[test]
    fn a_certified_norm_is_a_bound_whatever_is_rounded() {
        for (entry, z) in [(1.0, 1.0), (0.5, 2.0), (0.25, 4.0), (3.0, 1.0 / 3.0)] {
            let a = Csr::from_rows(1, [vec![(0, entry)]]);
            let bound = inverse_norm_from(&a, &[z]).expect("a bound");
            let norm = 1.0 / entry;
            assert!((norm..norm * (1.0 + 1e-14)).contains(&bound), "{bound:e}");
        }
        let positive = Csr::from_rows(2, [vec![(0, 1.0), (1, 0.5)], vec![(1, 1.0)]]);
        assert_eq!(inverse_norm_from(&positive, &[1.0, 1.0]), None);
    }

    /// 600 states that go to seven others each, γ = 0.95: x is known, b = A x and Aᵀ x.
    fn system() -> (Krylov, Vec<f64>) {
        let n = 600;
        let row = |i: usize| (0..7).map(move |k| ((i * 31 + k * k * 97 + 1) % n, 1.0 / 7.0));
        let p = Csr::from_rows(n, (0..n).map(row));
        let options = SolverOptions {
            inverse_norm: Some(1.0 / 0.05 * (1.0 + 1e-12)),
            ..SolverOptions::default()
        };
        let matrix = Arc::new(p.identity_minus_scaled(&0.95));
        let x = (0..n).map(|i| (i * i % 101) as f64 + 1.0).collect();
        (Krylov::new(matrix, &options, 500).unwrap(), x)
    }

    #[test]
    fn rough_answers_are_as_near_as_they_say() {
        let (krylov, x) = system();
        let apart = |side, y: &[f64]| {
            let apart: Vec<f64> = x.iter().zip(y).map(|(x, y)| x - y).collect();
            norm(side, &apart) / norm(side, y)
        };
        let b = krylov.matrix.whole().mul(&x);
        let found = krylov.solve_roughly(&b).unwrap();
        assert!(apart(Side::Column, &found) <= ROUGH);
        assert!(apart(Side::Column, &krylov.solve(&b).unwrap()) <= 1e-12);
        let b = krylov.matrix.mul_transposed(&x);
        let found = krylov.solve_transposed_roughly(&b).unwrap();
        assert!(apart(Side::Row, &found) <= ROUGH);
        let found = krylov.solve_transposed(&b).unwrap();
        assert!(apart(Side::Row, &found) <= 1e-12);
    }

    /// All rows sum to 1 − γ: 3 everywhere is 60 everywhere, found without an iteration; where one
    /// entry differs it is iterated for.
    #[test]
    fn a_constant_right_side_has_a_constant_answer() {
        let (krylov, _) = system();
        let none = Krylov {
            iterations: 0,
            ..krylov
        };
        for x in none.solve(&[3.0; 600]).unwrap() {
            assert!((x - 60.0).abs() <= 60e-12, "{x}");
        }
        let mut b = [3.0; 600];
        b[7] = 3.1;
        assert!(none.solve(&b).is_err());
    }

    /// Without an iteration nothing bounds ‖A⁻¹‖∞, and what was asked for is told although there is no bound yet.
    #[test]
    fn what_was_asked_for_is_a_number() {
        let n: usize = 50;
        let row = |i: usize| {
            let next = (i + 1 < n).then_some((i + 1, 0.5));
            [(i.max(1) - 1, 0.5)].into_iter().chain(next)
        };
        let p = Csr::from_rows(n, (0..n).map(row));
        let a = Arc::new(p.identity_minus_scaled(&1.0));
        let error = Krylov::new(a, &SolverOptions::default(), 0).unwrap_err();
        let FactorError::NotConverged { wanted, .. } = error else {
            panic!("{error}");
        };
        assert_eq!(wanted, 1e-3);
    }

    #[test]
    fn sums_made_together_are_those_made_one_by_one() {
        for n in [0, 1, 4, 7, 64, 66] {
            let vector = |k: usize| (0..n).map(move |i| ((i * i + k) % 13) as f64 / 7.0 - 0.9);
            let (x, z): (Vec<f64>, Vec<f64>) = (vector(1).collect(), vector(5).collect());
            let y: Vec<f64> = vector(3).collect();
            assert_eq!(dots(&x, &y), (dot(&x, &y), dot(&x, &x)));
            let (mut together, mut apart) = (y.clone(), y);
            let sum = add_scaled_dot(&mut together, 0.3, &x, &z);
            add_scaled(&mut apart, &x, &0.3);
            assert_eq!(together, apart);
            assert_eq!(sum, dot(&z, &apart));
            let most = x.iter().fold(0.0, |most, x| f64::max(most, x.abs()));
            assert_eq!(norm(Side::Column, &x), most);
            let size: f64 = x.iter().map(|x| x.abs()).sum();
            assert!((norm(Side::Row, &x) - size).abs() <= 1e-14 * size);
            for i in 0..n {
                let mut bad = x.clone();
                bad[i] = f64::NAN;
                assert!(norm(Side::Column, &bad).is_nan() && norm(Side::Row, &bad).is_nan());
            }
        }
    }
}
