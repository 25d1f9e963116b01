//! A model under a policy: p^π, r^π and one factorisation of I − γp^π used in both directions.
//!
//! ```text
//! p^π = π p        r^π = π r        N = (I − γp^π)⁻¹ = Σₜ (γp^π)ᵗ
//! ```
//!
//! All resolvents are taken over the alive states: rows and columns of terminal states are empty
//! in p^π, so that v and ρ vanish there (theory, sections 0 and 1).

mod excess;
pub(crate) mod graph;
mod long_run;
mod mixing;
mod passage;
mod restricted;
mod spectrum;
mod structure;
mod termination;

pub use long_run::LongRun;
pub use mixing::{MIXED, MixingTime, conductance};
pub use passage::Passage;
pub use spectrum::{Eigenvalue, spectrum};
pub use structure::{NamedClass, NamedStructure, RecurrentClass, StateList, Structure};
pub use termination::Termination;

use std::sync::Arc;

use nalgebra::DMatrix;

use crate::error::Error;
use crate::field::Dual;
use crate::linalg::{
    Csr, DualFactors, FactorError, Factors, RowSum, Solvable, SolverOptions, difference, largest,
    slack,
};
use crate::mdp::{Criterion, Mdp, Space};
use crate::policy::Policy;

/// p^π and r^π over alive states, and ρ₀ on them: everything but a factorisation.
#[derive(Clone, Debug)]
pub struct Dynamics<F: Solvable> {
    space: Arc<Space>,
    alive: Vec<bool>,
    p: Csr<F>,
    r: Vec<F>,
    initial: Vec<F>,
    /// 1 − Σ p^π(s, ·), summed from what leaves and not subtracted; `None` where the field is exact
    /// or nobody knows.
    exits: Option<Vec<F>>,
}

impl<F: Solvable> Dynamics<F> {
    /// p^π = π p [S, S], r^π = π r \[S\]; terminal rows and columns are empty.
    pub fn new(mdp: &Mdp<F>, policy: &Policy<F>) -> Dynamics<F> {
        Dynamics::without(mdp, policy, &[])
    }

    /// As [`Dynamics::new`], without the states whose total reward is undefined because the policy
    /// may never terminate from them; those states.
    ///
    /// Errors with [`Error::Improper`] if ρ₀ reaches one of them.
    pub fn proper(mdp: &Mdp<F>, policy: &Policy<F>) -> Result<(Dynamics<F>, Vec<usize>), Error> {
        let undefined = Termination::new(mdp, policy).undefined_or_improper(mdp)?;
        let dynamics = Dynamics::without(mdp, policy, &undefined);
        Ok((dynamics, undefined))
    }

    /// As [`Dynamics::new`], with further states taken out like terminal ones.
    fn without(mdp: &Mdp<F>, policy: &Policy<F>, undefined: &[usize]) -> Dynamics<F> {
        let space = mdp.space();
        let pi = policy.probabilities();
        let mut alive: Vec<bool> = (0..space.states()).map(|s| !space.is_terminal(s)).collect();
        for &state in undefined {
            alive[state] = false;
        }
        let mut p = Csr::with_capacity(space.states(), space.states(), mdp.p().stored());
        let mut r = Vec::with_capacity(space.states());
        let mut exits = Vec::with_capacity(space.states());
        let mut row = RowSum::new(space.states());
        for state in 0..space.states() {
            let mut reward = F::zero();
            if alive[state] {
                for pair in space.pairs_of(state).filter(|&pair| policy.supports(pair)) {
                    reward += pi[pair].clone() * &mdp.r()[pair];
                    row.add(&pi[pair], mdp.p(), pair);
                }
            }
            let lost = row.push_to(&mut p, &alive);
            exits.push(if alive[state] {
                lost + deficit(mdp, policy, state)
            } else {
                F::one()
            });
            r.push(reward);
        }
        let initial = mdp.initial().iter().zip(&alive);
        let initial = initial
            .map(|(x, &alive)| if alive { x.clone() } else { F::zero() })
            .collect();
        Dynamics {
            space: Arc::clone(space),
            alive,
            p,
            r,
            initial,
            exits: (!F::EXACT).then_some(exits),
        }
    }

    /// Whether a state has a row: neither terminal nor taken out as undefined \[S\].
    pub fn alive(&self) -> &[bool] {
        &self.alive
    }

    /// Dynamics that another module assembled: p [S, S], r [S], an initial measure [S] and, where
    /// it is known without a subtraction, 1 − Σ p(s, ·) [S].
    pub(crate) fn from_parts(
        space: &Arc<Space>,
        p: Csr<F>,
        r: Vec<F>,
        initial: Vec<F>,
        exits: Option<Vec<F>>,
    ) -> Self {
        Dynamics {
            alive: (0..p.rows()).map(|state| p.row(state).len() > 0).collect(),
            space: Arc::clone(space),
            p,
            r,
            initial,
            exits,
        }
    }

    /// The same, given 1 − Σ p(s, ·) \[S\] with all its digits.
    pub(crate) fn leaving(self, exits: Vec<F>) -> Self {
        Dynamics {
            exits: Some(exits),
            ..self
        }
    }

    /// 1 − Σ p(s, ·) \[S\], where it is known without a subtraction.
    pub(crate) fn exits(&self) -> Option<&[F]> {
        self.exits.as_deref()
    }

    /// p^π [S, S]; substochastic where states terminate.
    pub fn p(&self) -> &Csr<F> {
        &self.p
    }

    /// r^π \[S\].
    pub fn r(&self) -> &[F] {
        &self.r
    }

    /// ρ₀ \[S\], zero on terminal states.
    pub fn initial(&self) -> &[F] {
        &self.initial
    }

    /// The states that ρ₀ reaches \[S\], by graph search on the pattern of p^π.
    pub fn reached(&self) -> Vec<bool> {
        reached(&self.p, &self.initial)
    }

    /// The model's space.
    pub fn space(&self) -> &Arc<Space> {
        &self.space
    }

    /// (I − c p^π)⁻¹ as factors; moments of estimators need it at c = γ² and others.
    ///
    /// Errors if I − c p^π is singular, as it is for c = 1 without termination.
    pub fn resolvent(&self, c: &F, options: &SolverOptions) -> Result<Resolvent<F>, Error> {
        self.resolvent_at(c, &(F::one() - c), options)
    }

    /// The same, given 1 − c with digits that the difference has lost.
    pub(crate) fn resolvent_at(
        &self,
        c: &F,
        complement: &F,
        options: &SolverOptions,
    ) -> Result<Resolvent<F>, Error> {
        let mut options = options.clone();
        if options.inverse_norm.is_none() && options.may_iterate(self.p.rows()) {
            options.inverse_norm = self.inverse_norm(c);
        }
        let matrix = Arc::new(self.p.identity_minus_scaled(c));
        let slack = self.slack(c, complement);
        let factors = Arc::new(match &slack {
            Some(slack) => F::factor_dominant(Arc::clone(&matrix), slack, &options)?,
            None => F::factor(Arc::clone(&matrix), &options)?,
        });
        Ok(Resolvent {
            matrix,
            slack,
            factors,
            discount: c.clone(),
        })
    }

    /// 1 − c Σ p^π(s, ·) = (1 − c) + c · exits \[S\].
    fn slack(&self, c: &F, complement: &F) -> Option<Vec<F>> {
        let exits = self.exits.as_ref()?;
        let slack = exits.iter().map(|exit| exit.clone() * c + complement);
        Some(slack.collect())
    }

    /// ‖(I − cP)⁻¹‖∞ ≤ 1/(1 − β) with β = c maxₛ Σ P(s, ·), if β < 1 (theory, section 8).
    fn inverse_norm(&self, c: &F) -> Option<f64> {
        let beta = c.to_f64().abs() * self.p.norm();
        (beta < 1.0).then(|| 1.0 / (1.0 - beta))
    }
}

/// 1 − Σₐ π Σ p(·|s, a) of a state: 0, unless the written numbers are rounded ones.
pub(crate) fn deficit<F: Solvable>(mdp: &Mdp<F>, policy: &Policy<F>, state: usize) -> F {
    let mut deficit = policy.deficit(state).cloned().unwrap_or_else(F::zero);
    if let Some(deficits) = mdp.deficits() {
        for pair in mdp.space().pairs_of(state) {
            deficit += policy.probabilities()[pair].clone() * &deficits[pair];
        }
    }
    deficit
}

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
    matrix: Arc<Csr<F>>,
    /// The row sums of the matrix, with all their digits.
    slack: Option<Vec<F>>,
    factors: Arc<F::Factors>,
    discount: F,
}

impl<F: Solvable> Resolvent<F> {
    /// x = (I − c p^π)⁻¹ b, with its residual. Errors if an iterative solver did not certify it.
    pub fn solve(&self, b: &[F]) -> Result<Solution<F>, FactorError> {
        let x = self.factors.solve(b)?;
        let residual = largest(&self.residual(b, &x));
        Ok(Solution { x, residual })
    }

    /// As [`Resolvent::solve`], with what x lacks in its last digits: x + rest solves the system,
    /// up to a constant far better than x alone. Differences of values, as advantages are, keep
    /// their digits then also where the values are large (γ close to 1, an episode that almost
    /// never ends). Empty where it would add nothing, or cost an iteration.
    pub fn solve_finely(&self, b: &[F]) -> Result<(Solution<F>, Vec<F>), FactorError> {
        let mut x = self.factors.solve(b)?;
        let mut error = self.residual(b, &x);
        let small = 32.0 * f64::EPSILON * largest(b);
        // balls are refined already, and what is left of their equation is mostly radius
        let is_refined = F::EXACT || F::one().certified().is_some();
        if is_refined || !self.factors.is_direct() || largest(&error) <= small {
            let residual = largest(&error);
            return Ok((Solution { x, residual }, Vec::new()));
        }
        let mut rest = self.factors.solve(&error)?;
        if self.factors.is_componentwise() && largest(&rest) > SPOILT * largest(&x) {
            // x is right to the last digits of A⁻¹|b|; it is the residual that has none
            let residual = largest(&error);
            return Ok((Solution { x, residual }, Vec::new()));
        }
        for (x, rest) in x.iter_mut().zip(&mut rest) {
            // what the sum has no room for (Dekker 1971)
            let sum = x.clone() + &*rest;
            *rest -= sum.clone() - &*x;
            *x = sum;
        }
        error = self.residual(b, &x);
        let residual = largest(&error);
        Ok((Solution { x, residual }, rest))
    }

    /// b − A x, by the slacks where they are known.
    pub(crate) fn residual(&self, b: &[F], x: &[F]) -> Vec<F> {
        match &self.slack {
            Some(slack) => slack::residual(&self.matrix, slack, b, x),
            None => difference(b, &self.matrix.mul(x)),
        }
    }

    /// x = b (I − c p^π)⁻¹, a row; from the same factors. Where the support of b does not lead, x
    /// is exactly 0. Errors as [`Resolvent::solve`].
    pub fn solve_transposed(&self, b: &[F]) -> Result<Solution<F>, FactorError> {
        let x = self.reached_alone(b, self.factors.solve_transposed(b)?);
        let residual = largest(&difference(b, &self.matrix.mul_transposed(&x)));
        Ok(Solution { x, residual })
    }

    /// Without what a solve leaves where the support of b does not lead: rounding, of either sign, which
    /// later divisions blow up.
    fn reached_alone(&self, b: &[F], mut x: Vec<F>) -> Vec<F> {
        if !self.factors.is_componentwise() {
            let visits = x.iter_mut().zip(reached(&self.matrix, b));
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

    /// X = (I − c p^π)⁻¹ B, shape of B [S, k]. Errors as [`Resolvent::solve`].
    pub fn solve_many(&self, b: DMatrix<F>) -> Result<DMatrix<F>, FactorError> {
        self.factors.solve_many(b)
    }

    /// N = (I − c p^π)⁻¹ itself, dense [S, S]. Errors as [`Resolvent::solve`].
    pub fn inverse(&self) -> Result<DMatrix<F>, FactorError> {
        self.factors.inverse(self.matrix.rows())
    }

    /// The transposed solves of the columns of B [S, k]. Errors as [`Resolvent::solve`].
    pub fn solve_transposed_many(&self, b: DMatrix<F>) -> Result<DMatrix<F>, FactorError> {
        self.factors.solve_transposed_many(b)
    }

    /// c.
    pub fn discount(&self) -> &F {
        &self.discount
    }

    /// I − c p^π itself.
    pub fn matrix(&self) -> &Csr<F> {
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
fn reached<F: Solvable>(matrix: &Csr<F>, from: &[F]) -> Vec<bool> {
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

/// A model under a policy with the factors of I − γp^π.
pub struct Chain<F: Solvable = f64> {
    dynamics: Dynamics<F>,
    resolvent: Resolvent<F>,
    undefined: Vec<usize>,
}

impl<F: Solvable> Chain<F> {
    /// Assembles p^π and r^π and factors I − γp^π, for the discounted and the total criterion.
    ///
    /// At γ = 1 the policy must terminate from every state that ρ₀ reaches
    /// ([`Error::Improper`] names the states that never do, and the actions to blame); states
    /// elsewhere that may never terminate have no value ([`Chain::undefined`]). Errors with
    /// [`Error::ExcessRow`] where a row that sums to more than 1 outweighs every way out, and with
    /// [`Error::Criterion`] for the other criteria, which have evaluations of their own.
    pub fn new(
        mdp: &Mdp<F>,
        policy: &Policy<F>,
        options: &SolverOptions,
    ) -> Result<Chain<F>, Error> {
        let (dynamics, undefined) = match mdp.criterion() {
            Criterion::Discounted { .. } => (Dynamics::new(mdp, policy), Vec::new()),
            Criterion::Total => Dynamics::proper(mdp, policy)?,
            other => {
                return Err(Error::Criterion {
                    needed: "discounted or total",
                    found: other.kind(),
                });
            }
        };
        let taken = (0..mdp.pairs()).filter(|&pair| policy.supports(pair));
        taken.clone().try_for_each(|pair| mdp.check_row(pair))?;
        let complement = mdp.discount_complement();
        let resolvent = dynamics.resolvent_at(&mdp.discount(), complement, options);
        let resolvent = resolvent.map_err(|error| match error {
            Error::Factor(FactorError::Singular { .. }) => {
                mdp.largest_excess(taken).unwrap_or(error)
            }
            other => other,
        })?;
        Ok(Chain {
            dynamics,
            resolvent,
            undefined,
        })
    }

    /// The same chain, by the same factors, under other rewards r(s, a) \[SA\].
    pub(crate) fn paying(&self, r: &[F], policy: &Policy<F>) -> Chain<F> {
        let (space, alive) = (&self.dynamics.space, &self.dynamics.alive);
        let pi = policy.probabilities();
        let reward = |state: usize| {
            let pairs = space.pairs_of(state).filter(|_| alive[state]);
            let taken = pairs.filter(|&pair| policy.supports(pair));
            taken.fold(F::zero(), |sum, pair| sum + pi[pair].clone() * &r[pair])
        };
        Chain {
            dynamics: Dynamics {
                r: (0..space.states()).map(reward).collect(),
                ..self.dynamics.clone()
            },
            resolvent: Resolvent {
                matrix: Arc::clone(&self.resolvent.matrix),
                slack: self.resolvent.slack.clone(),
                factors: Arc::clone(&self.resolvent.factors),
                discount: self.resolvent.discount.clone(),
            },
            undefined: self.undefined.clone(),
        }
    }

    /// p^π, r^π and ρ₀.
    pub fn dynamics(&self) -> &Dynamics<F> {
        &self.dynamics
    }

    /// (I − γp^π)⁻¹.
    pub fn resolvent(&self) -> &Resolvent<F> {
        &self.resolvent
    }

    /// γ.
    pub fn discount(&self) -> &F {
        self.resolvent.discount()
    }

    /// ‖(I − γp^π)⁻¹‖∞ = maxₛ Σ N(s, ·), the largest expected discounted time to the end;
    /// 1/(1 − γ) when nothing terminates. One solve; errors as [`Resolvent::solve`].
    pub fn inverse_norm(&self) -> Result<F, FactorError> {
        let ones = vec![F::one(); self.dynamics.space.states()];
        let mut largest = F::zero();
        for time in self.resolvent.solve(&ones)?.x {
            if time > largest {
                largest = time;
            }
        }
        Ok(largest)
    }

    /// States whose value is undefined: at γ = 1, those from which the policy may never
    /// terminate, none of them reachable from ρ₀. Values and q stand at 0 there and are reported
    /// as `null`.
    pub fn undefined(&self) -> &[usize] {
        &self.undefined
    }
}

impl Chain<Dual> {
    /// The chain of a dual policy whose value part is the policy of `at`: its linear systems are
    /// solved by the factors of `at` (theory, section 4.2), nothing is factored again.
    pub fn along(mdp: &Mdp<Dual>, policy: &Policy<Dual>, at: &Chain<f64>) -> Chain<Dual> {
        let dynamics = Dynamics::without(mdp, policy, &at.undefined);
        let discount = Dual::constant(at.resolvent.discount);
        let matrix = dynamics.p.identity_minus_scaled(&discount);
        let slope = matrix.map(|x| x.derivative);
        let slack = dynamics.slack(&discount, mdp.discount_complement());
        let factors = Arc::clone(&at.resolvent.factors);
        let factors = DualFactors::new(factors, slope, slack.as_deref());
        Chain {
            dynamics,
            resolvent: Resolvent {
                matrix: Arc::new(matrix),
                slack,
                factors: Arc::new(factors),
                discount,
            },
            undefined: at.undefined.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_models;

    #[test]
    fn a_state_without_a_way_to_it_is_not_reached() {
        let p = Csr::from_rows(3, [vec![(1, 1.0)], vec![(0, 0.5)], vec![(0, 1.0)]]);
        assert_eq!(reached(&p, &[1.0, 0.0, 0.0]), [true, true, false]);
    }

    /// Where nothing terminates ‖(I − cP)⁻¹‖∞ = 1/(1 − c), so that the bound is attained.
    #[test]
    fn the_bound_on_the_inverse_is_attained_without_termination() {
        let mdp = test_models::worked_example();
        let policy = Policy::uniform(mdp.space());
        let dynamics = Dynamics::new(&mdp, &policy);
        let c = test_models::ratio(3, 4);
        let bound = dynamics.inverse_norm(&c).unwrap();
        assert!((4.0..4.0 + 1e-12).contains(&bound), "{bound}");
        assert_eq!(dynamics.inverse_norm(&crate::field::Field::one()), None);
    }
}
