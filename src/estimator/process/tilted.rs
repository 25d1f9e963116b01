//! Moments under importance weights without a subtraction, also where the weights of a state sum to more than 1.
//!
//! 1 − c Σ P(s, ·) is negative where Σₐ πⁿ/bⁿ⁻¹ exceeds 1 by more than ends there. With d ≈ (I − cP)⁻¹ 1 > 0 the matrix
//! D⁻¹(I − cP)D has row sums about 1/d (a Doob transform), which are positive and keep their digits, being
//!
//! ```text
//! 1 − c Σ P̃(s, ·) = (1 − c) + c (exit(s) + Σ P(s, s') (d(s) − d(s'))/d(s))        P̃ = D⁻¹PD
//! ```
//!
//! for whatever d there is: its own errors do not matter.

use nalgebra::DMatrix;

use crate::chain::{Dynamics, Resolvent};
use crate::error::Error;
use crate::estimator::rows::Rows;
use crate::linalg::{Csr, Factors, Solvable, SolverOptions};

/// D, and (D⁻¹(I − cP)D)⁻¹ as factors.
pub(super) struct Tilted<F: Solvable> {
    scale: Vec<F>,
    resolvent: Resolvent<F>,
}

impl<F: Solvable> Tilted<F> {
    /// `None` where no row sum of I − cP is negative, or no D makes all of them positive; 1 − c is given with all its
    /// digits.
    ///
    /// Errors if I − cP is singular.
    pub fn new(
        dynamics: &Dynamics<F>,
        (c, complement): (&F, &F),
        options: &SolverOptions,
    ) -> Result<Option<Tilted<F>>, Error> {
        let Some(exits) = dynamics.exits() else {
            return Ok(None);
        };
        let stays = |exit: &F| exit.clone() * c + complement >= F::zero();
        if exits.iter().all(stays) {
            return Ok(None);
        }
        let ones = vec![F::one(); exits.len()];
        let scale = dynamics
            .resolvent_at(c, complement, options)?
            .solve(&ones)?
            .x;
        let is_scale = |x: &F| x.to_f64().is_finite() && *x > F::zero();
        if !scale.iter().all(is_scale) {
            return Ok(None);
        }
        let (mut p, mut row) = (Csr::empty(scale.len()), Vec::new());
        let mut tilted = exits.to_vec();
        for (state, own) in scale.iter().enumerate() {
            for (next, x) in dynamics.p().row(state) {
                let apart = (own.clone() - &scale[next]) / own;
                tilted[state] += apart * x;
                row.push((next, x.clone() * &scale[next] / own));
            }
            p.push_row(&mut row);
        }
        if !tilted.iter().all(stays) {
            return Ok(None);
        }
        let (r, initial) = (dynamics.r().to_vec(), dynamics.initial().to_vec());
        let dynamics = Dynamics::from_parts(dynamics.space(), p, r, initial, Some(tilted));
        let resolvent = dynamics.resolvent_at(c, complement, options)?;
        Ok(Some(Tilted { scale, resolvent }))
    }

    /// D b.
    fn times(&self, b: &[F]) -> Vec<F> {
        let entries = b.iter().zip(&self.scale);
        entries.map(|(b, d)| b.clone() * d).collect()
    }

    /// D⁻¹ b.
    fn over(&self, b: &[F]) -> Vec<F> {
        let entries = b.iter().zip(&self.scale);
        entries.map(|(b, d)| b.clone() / d).collect()
    }

    /// (I − cP)⁻¹ b.
    pub fn solve(&self, b: &[F]) -> Result<Vec<F>, Error> {
        Ok(self.times(&self.resolvent.solve(&self.over(b))?.x))
    }

    /// b (I − cP)⁻¹.
    pub fn solve_transposed(&self, b: &[F]) -> Result<Vec<F>, Error> {
        let x = self.resolvent.solve_transposed(&self.times(b))?.x;
        Ok(self.over(&x))
    }

    /// (I − cP)⁻¹ B for a B given by rows [S][d].
    pub fn solve_rows(&self, b: &Rows<F>) -> Result<Rows<F>, Error> {
        let mut columns = b.to_matrix();
        self.each_column(&mut columns, Tilted::over);
        let mut x = self.resolvent.solve_many(columns)?;
        self.each_column(&mut x, Tilted::times);
        Ok(Rows::of(&x))
    }

    /// (I − cP)⁻¹, [S][S].
    pub fn inverse(&self) -> Result<Rows<F>, Error> {
        let n = self.scale.len();
        let inverse = self.resolvent.factors().inverse(n)?;
        let entry = |i: usize, j: usize| inverse[(i, j)].clone() * &self.scale[i] / &self.scale[j];
        Ok(Rows::of(&DMatrix::from_fn(n, n, entry)))
    }

    fn each_column(&self, x: &mut DMatrix<F>, scaled: impl Fn(&Self, &[F]) -> Vec<F>) {
        for mut column in x.column_iter_mut() {
            let of: Vec<F> = column.iter().cloned().collect();
            let of = scaled(self, &of);
            column.iter_mut().zip(of).for_each(|(entry, x)| *entry = x);
        }
    }
}
