//! Solutions around one state that all others lead to, where episodes are so long that refining has no digits left.
//!
//! With c cut out of A = I − P by a row of the identity, y = A_c⁻¹ b for b(c) = 0, and u(s) what of a unit is lost on the
//! way from s to c,
//!
//! ```text
//! x(s) − x(c) = y(s) − u(s) x(c)                  x = A⁻¹ b
//! x = b A_c⁻¹ + (Σ b − Σ b(s) u(s)) N(c, ·)        x = b A⁻¹, b and the first term without c
//! ```
//!
//! y, u and N(c, ·) are sums of one sign for b ≥ 0, so that differences of x are known to a few roundings of
//! (A_c⁻¹|b|)(s) + u(s) (A⁻¹|b|)(c), whatever the length of an episode. What is left of A x = b, by which x is refined
//! elsewhere, has roundings of the last digits of x, which become larger than differences from 10¹⁵ steps on.

use std::sync::Arc;

use crate::linalg::{Csr, FactorError, Factors, Solvable, SolverOptions};

/// Episodes of so many steps are solved around a state; a choice, where refining still has half of its digits.
pub(super) const LONG: f64 = 1e9;

/// I − cP with the row of one state cut out.
pub(super) struct Centre<F: Solvable> {
    /// c.
    state: usize,
    factors: F::Factors,
    /// u \[S\].
    lost: Vec<F>,
}

impl<F: Solvable> Centre<F> {
    /// Around the state that is visited most from all together, for a matrix with known slacks.
    ///
    /// Errors where the cut matrix is singular in floating point.
    pub(super) fn new(
        matrix: &Csr<F>,
        slack: &[F],
        factors: &F::Factors,
    ) -> Result<Centre<F>, FactorError> {
        let states = slack.len();
        let visits = factors.solve_transposed_roughly(&vec![F::one(); states])?;
        let visits = visits.iter().map(F::to_f64).enumerate();
        let (state, _) = visits.fold((0, 0.0), |most, at| if at.1 > most.1 { at } else { most });
        let own = [(state, F::one())];
        let rows = (0..states).map(|s| {
            let row = matrix.row(s).map(|(next, a)| (next, a.clone()));
            let (row, own) = if s == state {
                (None, Some(own.clone()))
            } else {
                (Some(row), None)
            };
            row.into_iter().flatten().chain(own.into_iter().flatten())
        });
        let cut = Arc::new(Csr::from_rows(states, rows));
        let (mut slack, mut lost) = (slack.to_vec(), slack.to_vec());
        (slack[state], lost[state]) = (F::one(), F::zero());
        let factors = F::factor_dominant(cut, &slack, &SolverOptions::default())?;
        let lost = factors.solve(&lost)?;
        Ok(Centre {
            state,
            factors,
            lost,
        })
    }

    /// Around that state where episodes are so long that it is needed, from factors that subtract nothing.
    pub(super) fn where_long(
        matrix: &Csr<F>,
        slack: &[F],
        factors: &F::Factors,
    ) -> Option<Centre<F>> {
        if !is_long(slack, factors)? {
            return None;
        }
        let centre = Centre::new(matrix, slack, factors).ok()?;
        let is_known =
            centre.factors.is_componentwise() && centre.lost.iter().all(|u| u.to_f64().is_finite());
        is_known.then_some(centre)
    }

    pub(super) fn state(&self) -> usize {
        self.state
    }

    /// u \[S\].
    pub(super) fn lost(&self) -> &[F] {
        &self.lost
    }

    /// A_c⁻¹ b, b with what it has at c.
    pub(super) fn solve(&self, b: &[F]) -> Result<Vec<F>, FactorError> {
        self.factors.solve(b)
    }

    /// Makes x of A x = b that of the differences, and tells what it then lacks in its last digits: x + rest is
    /// x(c) + (x(s) − x(c)) without a rounding. Where more than half is lost before c, x has its digits already.
    pub(super) fn refine(&self, b: &[F], x: &mut [F]) -> Result<Vec<F>, FactorError> {
        let mut before = b.to_vec();
        before[self.state] = F::zero();
        let before = self.factors.solve(&before)?;
        let common = x[self.state].clone();
        let mut rest = vec![F::zero(); x.len()];
        for (state, (x, rest)) in x.iter_mut().zip(&mut rest).enumerate() {
            let lost = &self.lost[state];
            if lost.to_f64() > 0.5 || state == self.state {
                continue;
            }
            let rise = before[state].clone() - lost.clone() * &common;
            // Knuth's sum of two: whichever is larger
            let sum = common.clone() + &rise;
            let shared = sum.clone() - &common;
            let own = common.clone() - &(sum.clone() - &shared);
            *rest = own + &(rise - &shared);
            *x = sum;
        }
        Ok(rest)
    }

    /// x = b A⁻¹, a row, for b that sums to `sum`.
    pub(super) fn solve_transposed(
        &self,
        whole: &F::Factors,
        b: &[F],
        sum: &F,
    ) -> Result<Vec<F>, FactorError> {
        let mut before = b.to_vec();
        before[self.state] = F::zero();
        let lost = before.iter().zip(&self.lost);
        let lost = lost.fold(F::zero(), |sum, (b, u)| sum + b.clone() * u);
        let weight = sum.clone() - &lost;
        let mut own = vec![F::zero(); b.len()];
        own[self.state] = F::one();
        let mut x = self.factors.solve_transposed(&before)?;
        x[self.state] = F::zero();
        let from = whole.solve_transposed(&own)?;
        x.iter_mut()
            .zip(&from)
            .for_each(|(x, n)| *x += n.clone() * &weight);
        Ok(x)
    }
}

/// Whether ‖A⁻¹‖∞ is beyond [`LONG`]; `None` where it is not known.
fn is_long<F: Solvable>(slack: &[F], factors: &F::Factors) -> Option<bool> {
    let least = slack.iter().map(F::to_f64).fold(f64::INFINITY, f64::min);
    if least * LONG >= 1.0 {
        return Some(false);
    }
    let times = factors.solve(&vec![F::one(); slack.len()]).ok()?;
    let longest = times.iter().map(F::to_f64).fold(0.0, f64::max);
    Some(longest > LONG)
}

#[cfg(test)]
mod tests {
    use crate::arithmetic::Choice;
    use crate::field::Field;
    use crate::model::Model;
    use crate::number::Rational;

    /// Three states that lead to each other, discounted by 1 − 10⁻ᵏ.
    fn lasting(k: usize) -> Model {
        let text = format!(
            "discount: 0.{}\nstates: 3\nactions: 2\ninitial: {{0: 1/3, 1: 2/3}}\ntransitions:\n  - [0, 0, 1, 1/3, 2]\n  \
             - [0, 0, 0, 2/3, 2]\n  - [0, 1, 2, 1, -1]\n  - [1, 0, 0, 1, 1/7]\n  - [2, 0, 2, 999/1000, 5]\n  \
             - [2, 0, 1, 1/1000, 0]\n  - [2, 1, 0, 1/2, -3]\n  - [2, 1, 1, 1/2, 1]\n",
            "9".repeat(k)
        );
        Model::parse("lasting", &text).expect("a model")
    }

    fn are_near(found: &[f64], exact: &[Rational], bound: f64) {
        let exact: Vec<f64> = exact.iter().map(Field::to_f64).collect();
        let most = exact.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
        for (x, y) in found.iter().zip(&exact) {
            assert!((x - y).abs() <= bound * most, "{x} {y}");
        }
    }

    /// Differences of values, whose common part is 10ᵏ, beside fractions.
    #[test]
    fn differences_keep_their_digits_however_long_an_episode_is() {
        for k in [6, 9, 12, 20, 40, 100] {
            let model = lasting(k);
            let exact = model.exact().expect("fractions").solve(Choice::Uniform);
            let exact = exact.expect("values");
            let solved = model.solve(Choice::Uniform).expect("values");
            let chain = solved.chain().expect("a chain");
            assert_eq!(chain.resolvent().centre().is_some(), k > 9, "{k}");
            let r = chain.dynamics().r();
            let (x, rest) = chain.resolvent().solve_finely(r).expect("values");
            let rise = |s: usize| {
                let rest = rest.get(s).zip(rest.first()).map_or(0.0, |(x, y)| x - y);
                (x.x[s] - x.x[0]) + rest
            };
            let right: Vec<Rational> = exact
                .v()
                .iter()
                .map(|x| x.clone() - &exact.v()[0])
                .collect();
            are_near(&[rise(0), rise(1), rise(2)], &right, 1e-13);
            are_near(solved.advantage(), exact.advantage(), 1e-13);
            are_near(
                solved.hessian().expect("H").as_slice(),
                exact.hessian().expect("H").as_slice(),
                1e-12,
            );
            are_near(
                &solved.variance_gradient().expect("slopes"),
                &exact.variance_gradient().expect("slopes"),
                1e-12,
            );
        }
    }

    /// Rows of both signs that sum to 0 are not multiplied by the length of an episode.
    #[test]
    fn measures_that_cancel_stay_small_however_long_an_episode_is() {
        for k in [12, 40] {
            let model = lasting(k);
            let solved = model.solve(Choice::Uniform).expect("values");
            let exact = model.exact().expect("fractions").solve(Choice::Uniform);
            let exact = exact.expect("values");
            let b = [1.0, -3.0, 2.0];
            let chain = solved.chain().expect("a chain");
            let found = chain.resolvent().solve_transposed_summing(&b, &0.0);
            let chain = exact.chain().expect("a chain");
            let b = b.map(|x| Rational::from_i64(x as i64));
            let right = chain.resolvent().solve_transposed(&b).expect("a row").x;
            are_near(&found.expect("a row"), &right, 1e-13);
        }
    }
}
