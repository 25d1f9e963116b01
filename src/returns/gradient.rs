//! The gradient of the variance of the return (theory, 2.5).

use super::scale::Scale;
use super::walk::{Level, Walk};
use crate::chain::Chain;
use crate::error::Error;
use crate::evaluation::FiniteHorizon;
use crate::gradient::greediness;
use crate::linalg::Solvable;
use crate::solved::Solved;

/// What ∇Var G is made of, in the unit of a walk.
pub(super) struct Parts<F> {
    /// ρ₂ \[S\].
    pub rho: Vec<F>,
    /// y \[S\].
    pub y: Vec<F>,
    /// C₂ \[SA\], up to what the actions of a state share.
    pub inner: Vec<F>,
    /// ∇Var G \[d\].
    pub gradient: Vec<F>,
}

impl<F: Solvable> Solved<F> {
    /// ∇Var G \[d\], by two transposed solves:
    ///
    /// ```text
    /// ∇Var G = ρ₂(C₂∇π) + y(q∇π),   ρ₂ = ρ₀(I − γ²P)⁻¹,   C₂ = E[δ² + γ²c₂(S') | s, a]
    /// y = (2ρ₀e + 2γ ρ₂ π p δ)(I − γP)⁻¹
    /// ```
    ///
    /// so that ∇(J − κ Var G) = ∇J − κ∇Var G is the mean–variance gradient. On a horizon both
    /// measures run forward in time.
    ///
    /// # Errors
    /// [`Error::Criterion`] for the average reward, [`Error::NotDifferentiable`] where J has no gradient,
    /// [`Error::Argument`] on a horizon of more than 2²² numbers by time, and if a solver did not certify a solution.
    pub fn variance_gradient(&self) -> Result<Vec<F>, Error> {
        let (scale, gradient) = self.scaled_gradient()?;
        scale.moments(&gradient, 2, "the gradient of the variance of the return")
    }

    /// ∇Var G \[d\] of rewards in a unit that floating point holds, and that unit.
    pub(super) fn scaled_gradient(&self) -> Result<(Scale<F>, Vec<F>), Error> {
        self.derivatives().check_differentiable(self, false)?;
        let gradient = self.moments().gradient(self)?;
        Ok((Scale::of(self.mdp()), gradient))
    }

    /// 2ρ₀(s)(v(s) − J) where the process is alive \[S\], in the unit of a walk.
    pub(super) fn start(&self, walk: &Walk<'_, F>) -> Vec<F> {
        let above = self.above(walk.low.as_deref());
        let initial = self.mdp().initial().iter().zip(above).enumerate();
        let of = |(s, (weight, e)): (usize, (&F, F))| {
            if walk.alive[s] {
                F::from_i64(2) * weight * &(e * &walk.scale.per_reward)
            } else {
                F::zero()
            }
        };
        initial.map(of).collect()
    }

    pub(super) fn endless_gradient(&self, chain: &Chain<F>) -> Result<Parts<F>, Error> {
        let (dynamics, v) = (chain.dynamics(), self.v());
        let walk = self.walk_on(chain)?;
        let own = walk
            .is_discounted()
            .then(|| walk.resolvent(2, chain, self))
            .transpose()?;
        let second = own.as_ref().unwrap_or_else(|| chain.resolvent());
        let rho = second.solve_transposed(dynamics.initial())?.x;
        let c2 = Level::solve(second, &walk.source(2, v, v, &Default::default()))?;
        let start = self.start(&walk);
        let mut owed = walk.owed(&rho, v, v);
        owed.iter_mut().zip(&start).for_each(|(y, x)| *y += x);
        let y = if chain.is_long()? {
            // v(s) − J has the mean 0
            let start = if self.starts_are_whole() {
                F::zero()
            } else {
                start.iter().fold(F::zero(), |sum, x| sum + x)
            };
            let sum = walk.owed_in_all(&rho, v, &owed, start);
            chain.resolvent().solve_transposed_summing(&owed, &sum)?
        } else {
            chain.resolvent().solve_transposed(&owed)?.x
        };
        let inner = walk.second_by_pair(v, &c2);
        let mut gradient = greediness::pulled_back(self.policy(), &rho, &inner);
        let advantage = walk.scaled(self.advantage());
        let rest = greediness::pulled_back(self.policy(), &y, &advantage);
        gradient.iter_mut().zip(&rest).for_each(|(x, y)| *x += y);
        Ok(Parts {
            rho,
            y,
            inner,
            gradient,
        })
    }

    pub(super) fn gradient_until(&self, run: &FiniteHorizon<F>) -> Result<Vec<F>, Error> {
        // by state and time: 32 MiB in `f64` a table
        const MOST: usize = 1 << 22;
        let numbers = run.horizon().saturating_mul(self.mdp().states());
        if numbers > MOST {
            return Err(Error::Argument {
                name: "the horizon, for the gradient of the variance of the return,",
                found: run.horizon().to_string(),
                expected: "one whose values at all times are at most 4,194,304 numbers",
            });
        }
        let dynamics = run.dynamics();
        let walk = self.walk(dynamics.alive());
        let square = walk.power(2);
        let mut backward = vec![(run.end(), run.end())];
        for _ in 0..run.horizon() {
            let (v, c2) = &backward[backward.len() - 1];
            let before = run.before(v);
            let mut own = walk.source(2, &before, v, &Default::default());
            for (own, later) in own.iter_mut().zip(dynamics.p().mul(c2)) {
                *own += square.clone() * &later;
            }
            backward.push((before, own));
        }
        let mut rho = dynamics.initial().to_vec();
        let mut y = self.start(&walk);
        let mut weights = vec![F::zero(); self.mdp().pairs()];
        for step in backward.windows(2).rev() {
            let ((after, c2), (v, _)) = (&step[0], &step[1]);
            let inner = walk.by_pair(v, after, |d, (_, next)| {
                d.clone() * d + square.clone() * &c2[next]
            });
            let q = walk.scaled(&crate::evaluation::q_of(self.mdp(), after));
            for (pair, weight) in weights.iter_mut().enumerate() {
                let state = self.mdp().space().state_of(pair);
                *weight += inner[pair].clone() * &rho[state] + q[pair].clone() * &y[state];
            }
            let owed = walk.owed(&rho, v, after);
            y = run.discounted().mul_transposed(&y);
            y.iter_mut().zip(&owed).for_each(|(y, x)| *y += x);
            rho = dynamics.p().mul_transposed(&rho);
            rho.iter_mut().for_each(|x| *x *= &square);
        }
        Ok(self.policy().pull_back(&weights))
    }
}
