//! BiCGSTAB, preconditioned, restarted from true residuals, stopped on a certified error.

use std::sync::Arc;

use super::preconditioner::{Preconditioner, Side};
use super::residual::{residual, residual_bound, residual_bound_transposed, residual_transposed};
use super::{Csr, FactorError, Factors, SolverOptions};
use crate::field::dot;

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
    matrix: Arc<Csr<f64>>,
    preconditioner: Preconditioner,
    /// ‖A⁻¹‖∞ is at most this.
    inverse_norm: f64,
    tolerance: f64,
    /// Iterations allowed for one right-hand side, restarts included.
    iterations: usize,
    /// The most entries that a column has.
    fullest: usize,
}

/// 64 u with u = 2⁻⁵³: what the residual of a rounded x of size 1 may come to.
const ROUNDING: f64 = 32.0 * f64::EPSILON;
/// A certified relative error above this is none.
const USELESS: f64 = 1e-6;
/// After this many restarts in a row that did not halve the true residual, the iteration has met
/// rounding, or a wall.
const IDLE_RESTARTS: usize = 2;

impl Krylov {
    /// Factors a square matrix incompletely. Where no bound on ‖A⁻¹‖∞ is given, one is found by
    /// solving A z = 1 and certified ([`inverse_norm_from`]).
    ///
    /// Errors if the preconditioner does not exist, or if no bound can be certified.
    pub fn new(
        matrix: Arc<Csr<f64>>,
        options: &SolverOptions,
        iterations: usize,
    ) -> Result<Krylov, FactorError> {
        let mut krylov = Krylov {
            preconditioner: Preconditioner::new(&matrix)?,
            inverse_norm: options.inverse_norm.unwrap_or(f64::NAN),
            tolerance: options.tolerance,
            iterations,
            fullest: matrix.fullest_column(),
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
        let roughly = |residual: f64, _: f64| residual <= 1e-3;
        let z = self.iterate(Side::Column, &ones, roughly)?;
        inverse_norm_from(&self.matrix, &z).ok_or(FactorError::Uncertified)
    }

    fn certified(&self, side: Side, b: &[f64]) -> Result<Vec<f64>, FactorError> {
        let enough = |residual: f64, x: f64| residual * self.inverse_norm <= self.tolerance * x;
        self.iterate(side, b, enough)
    }

    /// Iterates until `enough(‖e‖, ‖x‖)` holds for the true residual e.
    fn iterate(
        &self,
        side: Side,
        b: &[f64],
        enough: impl Fn(f64, f64) -> bool,
    ) -> Result<Vec<f64>, FactorError> {
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
                    wanted: self.tolerance * norm(side, &at.x) / self.inverse_norm,
                });
            }
            let (x, iterations) = self.cycle(side, &at, left, &enough);
            left -= iterations;
            if enough(self.residual_bound(side, b, &x), norm(side, &x)) {
                return Ok(x);
            }
            let residual = match side {
                Side::Column => residual(&self.matrix, b, &x),
                Side::Row => residual_transposed(&self.matrix, b, &x),
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
        match side {
            Side::Column => residual_bound(&self.matrix, b, x),
            Side::Row => residual_bound_transposed(&self.matrix, self.fullest, b, x),
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
            add_scaled(&mut r, -alpha, &v);
            apply(&r, &mut along_r, &mut t);
            let omega = dot(&t, &r) / dot(&t, &t);
            add_scaled(&mut x, alpha, &along_p);
            if !omega.is_finite() || omega == 0.0 {
                return (x, iteration);
            }
            add_scaled(&mut x, omega, &along_r);
            add_scaled(&mut r, -omega, &t);
            if enough(norm(side, &r), norm(side, &x)) {
                return (x, iteration);
            }
            let rho_next = dot(&shadow, &r);
            let beta = (rho_next / rho) * (alpha / omega);
            rho = rho_next;
            for ((p, r), v) in p.iter_mut().zip(&r).zip(&v) {
                *p = r + beta * (*p - omega * v);
            }
        }
        (x, limit)
    }
}

/// y += c x.
fn add_scaled(y: &mut [f64], c: f64, x: &[f64]) {
    for (y, x) in y.iter_mut().zip(x) {
        *y += c * x;
    }
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

fn norm(side: Side, x: &[f64]) -> f64 {
    match side {
        Side::Column => super::largest_or_nan(x),
        Side::Row => x.iter().map(|x| x.abs()).sum(),
    }
}

impl Factors<f64> for Krylov {
    fn solve(&self, b: &[f64]) -> Result<Vec<f64>, FactorError> {
        self.certified(Side::Column, b)
    }

    fn solve_transposed(&self, b: &[f64]) -> Result<Vec<f64>, FactorError> {
        self.certified(Side::Row, b)
    }

    fn name(&self) -> &'static str {
        "krylov"
    }
}

#[cfg(test)]
mod tests {
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
}
