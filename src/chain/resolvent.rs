//! The resolvent (I − c p^π)⁻¹ as factors, and solutions of its equations in both directions.

use std::sync::{Arc, OnceLock};

use nalgebra::DMatrix;

use super::centre::Centre;
use crate::linalg::{Blocks, Csr, FactorError, Factors, Solvable, difference, largest};

/// A solution and how well it solves: ‖b − Ax‖∞.
#[derive(Clone, Debug, PartialEq)]
pub struct Solution<F> {
    /// x.
    pub x: Vec<F>,
    /// ‖b − Ax‖∞ as computed, in units of b; 0 in an exact field.
    pub residual: f64,
}

/// The resolvent (I − c p^π)⁻¹, or successor representation (Dayan 1993), as factors.
pub struct Resolvent<F: Solvable> {
    pub(super) matrix: Blocks<F>,
    /// The row sums of the matrix, with all their digits.
    pub(super) slack: Option<Vec<F>>,
    pub(super) factors: Arc<F::Factors>,
    pub(super) discount: F,
    /// Of long episodes, made when a solution is first asked for its last digits.
    pub(super) centre: Arc<OnceLock<Option<Centre<F>>>>,
}

impl<F: Solvable> Resolvent<F> {
    /// x = (I − c p^π)⁻¹ b, with its residual. Errors with [`FactorError::Size`] unless b has a number for each state, and
    /// if an iterative solver did not certify it.
    pub fn solve(&self, b: &[F]) -> Result<Solution<F>, FactorError> {
        FactorError::check_rows(self.matrix.rows(), b.len())?;
        let x = self.factors.solve(b)?;
        let residual = largest(&self.residual(b, &x));
        Ok(Solution { x, residual })
    }

    /// x = (I − c p^π)⁻¹ b \[S\], with its residual and what x lacks in its last digits: x + rest solves the system,
    /// up to a constant far better than x alone. Differences of values, as advantages are, keep
    /// their digits then also where the values are large (γ close to 1, an episode that almost
    /// never ends). Empty where it would add nothing, or cost an iteration.
    pub fn solve_finely(&self, b: &[F]) -> Result<(Solution<F>, Vec<F>), FactorError> {
        FactorError::check_rows(self.matrix.rows(), b.len())?;
        let mut x = self.factors.solve(b)?;
        let mut error = self.residual(b, &x);
        let small = 32.0 * f64::EPSILON * largest(b);
        // balls are refined already, and what is left of their equation is mostly radius
        let is_refined = F::EXACT || F::one().certified().is_some();
        if is_refined || !self.factors.is_direct() || largest(&error) <= small {
            let residual = largest(&error);
            return Ok((Solution { x, residual }, Vec::new()));
        }
        if let Some(centre) = self.centre() {
            let rest = centre.refine(b, &mut x)?;
            let residual = largest(&self.residual(b, &x));
            return Ok((Solution { x, residual }, rest));
        }
        let mut rest = self.factors.solve(&error)?;
        if self.factors.is_componentwise() && largest(&rest) > SPOILT * largest(&x) {
            // x is right to the last digits of A⁻¹|b|; it is the residual that has none
            let residual = largest(&error);
            return Ok((Solution { x, residual }, Vec::new()));
        }
        let credible = self.credible(b, &x, &rest)?;
        for (state, (x, rest)) in x.iter_mut().zip(&mut rest).enumerate() {
            if credible.as_ref().is_some_and(|credible| !credible[state]) {
                continue;
            }
            // what the sum has no room for (Dekker 1971)
            let sum = x.clone() + &*rest;
            *rest -= sum.clone() - &*x;
            *x = sum;
        }
        error = self.residual(b, &x);
        let residual = largest(&error);
        Ok((Solution { x, residual }, rest))
    }

    /// x = (I − c p^π)⁻¹ b \[S\], large and nearly the same everywhere, and what it lacks in its last digits, always asked for;
    /// 0 in a field that has no more. Errors if an iterative solver did not certify it.
    pub(crate) fn solve_level(&self, b: &[F]) -> Result<(Vec<F>, Vec<F>), FactorError> {
        let mut x = self.factors.solve(b)?;
        let rest = match self.centre() {
            // fractions lack nothing, and balls are refined already
            _ if F::EXACT || F::one().certified().is_some() => vec![F::zero(); b.len()],
            Some(centre) => centre.refine(b, &mut x)?,
            None => self.factors.solve(&self.residual(b, &x))?,
        };
        Ok((x, rest))
    }

    /// What keeps the digits of differences where episodes are too long for a residual to show them.
    pub(super) fn centre(&self) -> Option<&Centre<F>> {
        let is_refined = F::EXACT || F::one().certified().is_some();
        if is_refined || !self.factors.is_componentwise() {
            return None;
        }
        let make = || Centre::where_long(self.matrix(), self.slack()?, &self.factors);
        self.centre.get_or_init(make).as_ref()
    }

    /// Which corrections of x may be errors of x \[S\]; `None` where all may. What was solved without
    /// subtraction is off by 4n roundings of A⁻¹|b| at most; a larger correction is the rounding of the
    /// residual, blown up by long episodes: differences of values need it, the values themselves lose by it.
    fn credible(&self, b: &[F], x: &[F], rest: &[F]) -> Result<Option<Vec<bool>>, FactorError> {
        if !self.factors.is_componentwise() {
            return Ok(None);
        }
        let roundings = 4.0 * x.len() as f64 * f64::EPSILON;
        let within = |(x, rest): (&F, &F)| rest.to_f64().abs() <= roundings * x.to_f64().abs();
        let close: Vec<bool> = x.iter().zip(rest).map(within).collect();
        if close.iter().all(|close| *close) {
            return Ok(None);
        }
        let has = |sign: fn(f64) -> bool| b.iter().any(|b| sign(b.to_f64()));
        if !(has(|b| b < 0.0) && has(|b| b > 0.0)) {
            return Ok(Some(close)); // A⁻¹|b| is |x|
        }
        let sizes: Vec<F> = b.iter().map(F::abs).collect();
        let all = self.factors.solve(&sizes)?;
        Ok(Some(all.iter().zip(rest).map(within).collect()))
    }

    /// b − A x, by the slacks where they are known.
    pub(crate) fn residual(&self, b: &[F], x: &[F]) -> Vec<F> {
        self.matrix.residual(self.slack(), b, x)
    }

    /// x = b (I − c p^π)⁻¹, a row; from the same factors. Where the support of b does not lead, x
    /// is exactly 0. Errors if an iterative solver did not certify it.
    pub fn solve_transposed(&self, b: &[F]) -> Result<Solution<F>, FactorError> {
        FactorError::check_rows(self.matrix.rows(), b.len())?;
        let x = self.reached_alone(b, self.factors.solve_transposed(b)?);
        let residual = largest(&difference(b, &self.matrix.mul_transposed(&x)));
        Ok(Solution { x, residual })
    }

    /// x = b (I − c p^π)⁻¹, a row, for b of both signs that sums to `sum`. Near c = 1 the sum of b is what x multiplies,
    /// and rounded entries do not show it: what is left of the equation is taken by what flows from state to state, and
    /// made to sum to what is left of the sum. Errors if an iterative solver did not certify it.
    pub(crate) fn solve_transposed_summing(&self, b: &[F], sum: &F) -> Result<Vec<F>, FactorError> {
        // each pass leaves as many roundings of the length of an episode
        const PASSES: usize = 3;
        if let Some(centre) = self.centre() {
            return centre.solve_transposed(&self.factors, b, sum);
        }
        let mut x = self.solve_transposed(b)?.x;
        let mass = b.iter().fold(F::zero(), |mass, b| mass + b.abs());
        let Some(slack) = self
            .slack
            .as_deref()
            .filter(|_| !F::EXACT && !mass.is_zero())
        else {
            return Ok(x);
        };
        for _ in 0..PASSES {
            let mut rest = self.matrix.residual_transposed_by(slack, b, &x);
            let all = rest.iter().fold(F::zero(), |all, rest| all + rest);
            let ends = x
                .iter()
                .zip(slack)
                .fold(F::zero(), |ends, (x, slack)| ends + x.clone() * slack);
            let missing = (sum.clone() - ends - all) / &mass;
            for (rest, b) in rest.iter_mut().zip(b) {
                *rest += b.abs() * &missing;
            }
            let further = self.solve_transposed(&rest)?.x;
            x.iter_mut().zip(&further).for_each(|(x, more)| *x += more);
        }
        Ok(x)
    }

    /// Without what a solve leaves where the support of b does not lead: rounding, of either sign, which
    /// later divisions blow up.
    fn reached_alone(&self, b: &[F], mut x: Vec<F>) -> Vec<F> {
        if !self.factors.is_componentwise() {
            let visits = x.iter_mut().zip(reached(self.matrix.pattern(), b));
            visits
                .filter(|(_, reached)| !reached)
                .for_each(|(x, _)| *x = F::zero());
        }
        x
    }

    /// x of [`Resolvent::solve`] for bounds on errors, see [`Factors::solve_roughly`].
    pub(crate) fn solve_roughly(&self, b: &[F]) -> Result<Vec<F>, FactorError> {
        self.factors.solve_roughly(b)
    }

    /// x of [`Resolvent::solve_transposed`] for bounds on errors, see [`Factors::solve_roughly`].
    pub(crate) fn solve_transposed_roughly(&self, b: &[F]) -> Result<Vec<F>, FactorError> {
        Ok(self.reached_alone(b, self.factors.solve_transposed_roughly(b)?))
    }

    /// X = (I − c p^π)⁻¹ B, shape of B [S, k]. Errors if an iterative solver did not certify a column.
    pub fn solve_many(&self, b: DMatrix<F>) -> Result<DMatrix<F>, FactorError> {
        // no columns are those of any number of rows
        if b.ncols() > 0 {
            FactorError::check_rows(self.matrix.rows(), b.nrows())?;
        }
        self.factors.solve_many(b)
    }

    /// X = (I − c p^π)⁻¹ B [S, k] and what X lacks in its last digits, of each column as of one
    /// right-hand side. Errors if an iterative solver did not certify a column.
    pub(crate) fn solve_many_finely(
        &self,
        b: DMatrix<F>,
    ) -> Result<(DMatrix<F>, DMatrix<F>), FactorError> {
        let mut x = self.solve_many(b.clone())?;
        if let Some(centre) = self.centre() {
            let mut rest = b;
            for (mut rest, mut x) in rest.column_iter_mut().zip(x.column_iter_mut()) {
                let lacking = centre.refine(rest.as_slice(), x.as_mut_slice())?;
                rest.iter_mut()
                    .zip(lacking)
                    .for_each(|(rest, lacking)| *rest = lacking);
            }
            return Ok((x, rest));
        }
        let mut error = b;
        for (mut error, x) in error.column_iter_mut().zip(x.column_iter()) {
            let left = self.residual(error.as_slice(), x.as_slice());
            error.iter_mut().zip(left).for_each(|(e, left)| *e = left);
        }
        let mut rest = self.solve_many(error)?;
        for (x, rest) in x.iter_mut().zip(rest.iter_mut()) {
            let sum = x.clone() + &*rest; // Dekker 1971
            *rest -= sum.clone() - &*x;
            *x = sum;
        }
        Ok((x, rest))
    }

    /// N = (I − c p^π)⁻¹ itself, dense [S, S]. Errors if an iterative solver did not certify a column.
    pub fn inverse(&self) -> Result<DMatrix<F>, FactorError> {
        self.factors.inverse(self.matrix.rows())
    }

    /// The transposed solves of the columns of B [S, k]. Errors if an iterative solver did not certify one.
    pub fn solve_transposed_many(&self, b: DMatrix<F>) -> Result<DMatrix<F>, FactorError> {
        // no columns are those of any number of rows
        if b.ncols() > 0 {
            FactorError::check_rows(self.matrix.rows(), b.nrows())?;
        }
        self.factors.solve_transposed_many(b)
    }

    /// The weight c of (I − c p^π)⁻¹: γ, or 1.
    pub fn discount(&self) -> &F {
        &self.discount
    }

    /// I − c p^π itself; of a large model it is made when this is first asked for, a second copy of p^π.
    pub fn matrix(&self) -> &Csr<F> {
        self.matrix.whole()
    }

    /// I − c p^π to be read from end to end, which does not store it.
    pub(crate) fn blocks(&self) -> &Blocks<F> {
        &self.matrix
    }

    /// 1 − c Σ p^π(s, ·) \[S\], summed from what leaves, where that is known.
    pub fn slack(&self) -> Option<&[F]> {
        self.slack.as_deref()
    }

    /// The factors of I − c p^π.
    pub fn factors(&self) -> &F::Factors {
        &self.factors
    }
}

/// A correction beyond this, relative to the largest component, of what was solved without subtraction is
/// the rounding of its residual, blown up by episodes of 10¹⁵ steps and more.
const SPOILT: f64 = 1e-6;

/// The states that the support of a row vector reaches along the pattern of a square matrix; the
/// search stops once all are found.
pub(super) fn reached<F: Solvable>(matrix: &Csr<F>, from: &[F]) -> Vec<bool> {
    let mut reached: Vec<bool> = from.iter().map(|x| !x.is_zero()).collect();
    let mut stack: Vec<usize> = (0..reached.len()).filter(|&s| reached[s]).collect();
    let mut missing = reached.len() - stack.len();
    while let Some(state) = stack.pop().filter(|_| missing > 0) {
        for (next, _) in matrix.row(state) {
            if !std::mem::replace(&mut reached[next], true) {
                missing -= 1;
                stack.push(next);
            }
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_without_a_way_to_it_is_not_reached() {
        let p = Csr::from_rows(3, [vec![(1, 1.0)], vec![(0, 0.5)], vec![(0, 1.0)]]);
        assert_eq!(reached(&p, &[1.0, 0.0, 0.0]), [true, true, false]);
    }
}
