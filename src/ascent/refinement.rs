//! v and ρ along a path of policies, without a factorization at every step.
//!
//! ```text
//! v ← v + G (r^π + γp^π v − v)        ρ ← ρ + (ρ₀ + γ ρ p^π − ρ) G
//! ```
//!
//! A step changes A = I − γp^π little, so the inverse G of an earlier A corrects v and ρ until
//! their residuals are what rounding leaves of them. G may be rough, it is kept in single
//! precision; the answer is as accurate as its residual, which is in double precision (iterative
//! refinement: Higham 2002, section 12.1; theory, section 8). Both start where the last few steps
//! point, and a new G is made when corrections have cost as much as that.

use super::rows::both;
use crate::error::Error;
use crate::field::UNIT;
use crate::linalg::{DenseLu, Factors, largest_or_nan};

/// Residuals of so many u relative to the answer are rounding; a choice.
const ROUNDING: f64 = 8.0;
/// Corrections that a step costs anyway; a choice.
const USUAL: usize = 3;
/// What a path is continued by: its last points with these signs and weights, the newest first.
const CONTINUED: [&[f64]; 5] = [
    &[],
    &[1.0],
    &[2.0, -1.0],
    &[3.0, -3.0, 1.0],
    &[4.0, -6.0, 4.0, -1.0],
];

/// The two systems of a step.
pub(super) struct Systems<'a> {
    /// γ p^π [S, S], by rows.
    pub matrix: &'a [f64],
    /// r^π [S].
    pub r: &'a [f64],
    /// ρ₀ [S].
    pub initial: &'a [f64],
}

/// What is remembered of the path.
#[derive(Default)]
pub(super) struct Refinement {
    /// G [S, S], by rows; empty before the first step.
    inverse: Vec<f32>,
    v: Recent,
    occupancy: Recent,
    /// Corrections beyond the usual since G was made.
    overspent: usize,
}

impl Refinement {
    /// v and ρ [S] into what is given. Errors if A is singular to working precision.
    pub fn solve(
        &mut self,
        systems: &Systems<'_>,
        v: &mut [f64],
        occupancy: &mut [f64],
    ) -> Result<(), Error> {
        let states = v.len();
        let mut factors = None;
        // an inverse costs about as much as this many corrections
        if self.inverse.is_empty() || self.overspent > states / 8 {
            factors = Some(self.renew(systems)?);
        }
        self.v.continued(v);
        self.occupancy.continued(occupancy);
        loop {
            if self.corrected(systems, v, occupancy) {
                break;
            }
            match &factors {
                None => factors = Some(self.renew(systems)?),
                // single precision is too rough for G: the condition is 10⁷ or more
                Some(factors) => {
                    v.copy_from_slice(&factors.solve(systems.r)?);
                    occupancy.copy_from_slice(&factors.solve_transposed(systems.initial)?);
                    break;
                }
            }
        }
        self.v.remember(v);
        self.occupancy.remember(occupancy);
        Ok(())
    }

    /// Corrects until rounding is all that is left; whether it got there.
    fn corrected(&mut self, systems: &Systems<'_>, v: &mut [f64], occupancy: &mut [f64]) -> bool {
        let states = v.len();
        let (mut e, mut f) = (vec![0.0; states], vec![0.0; states]);
        let mut before = f64::INFINITY;
        for correction in 0.. {
            let error = systems.residuals(v, occupancy, &mut e, &mut f);
            if error <= ROUNDING * UNIT {
                return true;
            }
            // as far as it goes; the longer the sums, the sooner
            if error.is_nan() || error > 0.5 * before {
                return error <= (states + 8) as f64 * UNIT;
            }
            before = error;
            self.correct(&e, v, &f, occupancy);
            self.overspent += usize::from(correction >= USUAL);
        }
        unreachable!("every correction halves the error")
    }

    /// v ← v + G e, ρ ← ρ + f G.
    fn correct(&self, e: &[f64], v: &mut [f64], f: &[f64], occupancy: &mut [f64]) {
        let (e_size, e) = scaled(e);
        let (f_size, f) = scaled(f);
        let (mut right, mut left) = (vec![0f32; v.len()], vec![0f32; v.len()]);
        both(&self.inverse, (&e, &mut right), (&f, &mut left));
        let add = |x: &mut [f64], size: f64, by: &[f32]| {
            let moved = x.iter_mut().zip(by);
            moved.for_each(|(x, by)| *x += size * f64::from(*by));
        };
        add(v, e_size, &right);
        add(occupancy, f_size, &left);
    }

    /// Makes G the inverse of this A.
    fn renew(&mut self, systems: &Systems<'_>) -> Result<DenseLu, Error> {
        let states = systems.r.len();
        let entry = |row: usize, column: usize| {
            f64::from(u8::from(row == column)) - systems.matrix[row * states + column]
        };
        let factors = DenseLu::from_entries(states, entry)?;
        let inverse = factors.inverse(states)?;
        self.inverse.resize(states * states, 0.0);
        for row in 0..states {
            for column in 0..states {
                self.inverse[row * states + column] = inverse[(row, column)] as f32;
            }
        }
        self.overspent = 0;
        Ok(factors)
    }
}

impl Systems<'_> {
    /// e = r^π + γp^π v − v and f = ρ₀ + γρp^π − ρ; the larger of ‖e‖∞/‖v‖∞ and ‖f‖₁/‖ρ‖₁.
    fn residuals(&self, v: &[f64], occupancy: &[f64], e: &mut [f64], f: &mut [f64]) -> f64 {
        let difference = |x: &mut [f64], a: &[f64], b: &[f64]| {
            let entries = x.iter_mut().zip(a.iter().zip(b));
            entries.for_each(|(x, (a, b))| *x = a - b);
        };
        difference(e, self.r, v);
        difference(f, self.initial, occupancy);
        both(self.matrix, (v, e), (occupancy, f));
        let sum = |x: &[f64]| x.iter().map(|x| x.abs()).sum::<f64>();
        f64::max(
            relative(largest_or_nan(e), largest_or_nan(v)),
            relative(sum(f), sum(occupancy)),
        )
    }
}

/// x/of; 0 if both are 0, and NaN if either is.
fn relative(x: f64, of: f64) -> f64 {
    if x == 0.0 && of == 0.0 { 0.0 } else { x / of }
}

/// ‖x‖∞ and x divided by it, in single precision; 0 and zeros if it is 0.
fn scaled(x: &[f64]) -> (f64, Vec<f32>) {
    let size = largest_or_nan(x);
    let scale = if size == 0.0 { 0.0 } else { 1.0 / size };
    (size, x.iter().map(|x| (x * scale) as f32).collect())
}

/// The last few points of a path, the newest first.
#[derive(Default)]
struct Recent {
    points: Vec<Vec<f64>>,
}

impl Recent {
    /// Where a polynomial through the last points leads next.
    fn continued(&self, x: &mut [f64]) {
        x.fill(0.0);
        for (point, weight) in self.points.iter().zip(CONTINUED[self.points.len()]) {
            x.iter_mut().zip(point).for_each(|(x, y)| *x += weight * y);
        }
    }

    fn remember(&mut self, x: &[f64]) {
        if self.points.len() + 1 < CONTINUED.len() {
            self.points.push(x.to_vec());
        }
        self.points.rotate_right(1);
        self.points[0].copy_from_slice(x);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A path of matrices: the same answers as by a factorization of each, also where the path
    /// jumps and where γ is so near 1 that single precision cannot invert.
    #[test]
    fn refined_answers_are_those_of_a_factorization() {
        let n = 60;
        for gamma in [0.5, 0.99, 1.0 - 1e-9] {
            let mut refinement = Refinement::default();
            for step in 0..30 {
                let shift = if step < 20 {
                    1e-3 * step as f64
                } else {
                    step as f64
                };
                let weight = |i: usize, j: usize| 1.1 + ((3 * i + 7 * j) as f64 + shift).sin();
                let total = |i: usize| (0..n).map(|j| weight(i, j)).sum::<f64>();
                let entry = |k: usize| gamma * weight(k / n, k % n) / total(k / n);
                let matrix: Vec<f64> = (0..n * n).map(entry).collect();
                let r: Vec<f64> = (0..n).map(|i| (i as f64).cos()).collect();
                let initial = vec![1.0 / n as f64; n];
                let systems = Systems {
                    matrix: &matrix,
                    r: &r,
                    initial: &initial,
                };
                let (mut v, mut rho) = (vec![0.0; n], vec![0.0; n]);
                refinement.solve(&systems, &mut v, &mut rho).unwrap();
                let (mut e, mut f) = (vec![0.0; n], vec![0.0; n]);
                let left = systems.residuals(&v, &rho, &mut e, &mut f);
                assert!(left <= (n + 8) as f64 * UNIT, "{gamma} {step}: {left}");
            }
        }
    }
}
