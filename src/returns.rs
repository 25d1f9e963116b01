//! The law of the return G = Σₜ γᵗ Rₜ: its moments, their gradients, and its distribution
//! (theory, 2.5), and criteria made of it ([`Risk`]; theory, 2.6).
//!
//! Everything is centred, so that nothing cancels: with δ = R + γv(S') − v(S) and D = G − v(S₀),
//! D = δ + γD', and c_k(s) = E[Dᵏ | S₀ = s] solve a system at γᵏ each:
//!
//! ```text
//! c₂ = E[δ²] + γ² P c₂
//! c₃ = E[δ³ + 3γ²δ c₂(S')] + γ³ P c₃
//! c₄ = E[δ⁴ + 6γ²δ² c₂(S') + 4γ³δ c₃(S')] + γ⁴ P c₄
//! ```
//!
//! (Sobel 1982 for the second.) The start mixes them by e(s) = v(s) − J.
//!
//! ```
//! use exact_mdp::{bundled, model::Model, arithmetic::Choice};
//!
//! let model = Model::parse("retry-loop", bundled::text("retry-loop").unwrap())?;
//! let solved = model.solve(Choice::Own)?;
//! let moments = solved.return_moments()?;
//! assert!(moments.variance > 0.0 && moments.kurtosis() > Some(1.0));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod accuracy;
mod distribution;
mod exponential;
mod risk;
mod scale;
mod tail;
mod utility;

pub use distribution::{Distribution, Interval, Mass};
pub use risk::{Risk, RiskBound, RiskValue};
pub(crate) use scale::unheld;

use scale::{Scale, is_lost, no_number};

use std::sync::Arc;

use crate::chain::{Chain, Resolvent};
use crate::error::Error;
use crate::evaluation::{FiniteHorizon, Prepared};
use crate::field::dot;
use crate::gradient::greediness;
use crate::linalg::Solvable;
use crate::mdp::{Criterion, Mdp, Outcome};
use crate::policy::Policy;
use crate::solved::Solved;

/// The central moments of the return from ρ₀. In floating point those too large for it are infinite, and those too
/// small for all its digits NaN, never 0; what has no unit is known beside them.
#[derive(Clone, Debug, PartialEq)]
pub struct ReturnMoments<F = f64> {
    /// E G = J, in units of reward.
    pub mean: F,
    /// Var G, in units of reward squared.
    pub variance: F,
    /// E (G − J)³.
    pub third: F,
    /// E (G − J)⁴.
    pub fourth: F,
    /// Var[G | S₀ = s] \[S\]; 0 on terminal states and where v is undefined.
    pub variance_by_state: Vec<F>,
    /// Var G, E (G − J)³ and E (G − J)⁴ of rewards in a unit that floating point holds.
    scaled: [F; 3],
    scale: Scale<F>,
}

impl<F: Solvable> ReturnMoments<F> {
    /// √Var G, in units of reward; `None` if the root is not in the field.
    pub fn standard_deviation(&self) -> Option<F> {
        let root = self.root()?;
        Some(self.scale.moment(&root, 1))
    }

    fn root(&self) -> Option<F> {
        self.scaled[0].checked_pow(&(F::one() / F::from_i64(2)))
    }

    /// E (G − J)³/(Var G)^{3/2}; `None` if G does not vary, or the root is not in the field.
    pub fn skewness(&self) -> Option<F> {
        let [variance, third, _] = &self.scaled;
        let root = self.root()?;
        (*variance > F::zero()).then(|| third.clone() / variance / &root)
    }

    /// E (G − J)⁴/(Var G)², at least 1; 3 for a normal law. `None` if G does not vary.
    pub fn kurtosis(&self) -> Option<F> {
        let [variance, _, fourth] = &self.scaled;
        (*variance > F::zero()).then(|| fourth.clone() / variance / variance)
    }
}

/// c₂, c₃, c₄ \[S\] each.
type Central<F> = [Vec<F>; 3];

/// A model under a policy where the process is alive.
struct Walk<'a, F: Solvable> {
    mdp: &'a Mdp<F>,
    policy: &'a Policy<F>,
    alive: &'a [bool],
    discount: F,
    /// What the last digits of v lack \[S\], where v is the same before and after a step: δ is then summed from
    /// differences, which keep digits that values near γ = 1 have not. Empty: nothing is known.
    low: Option<Vec<F>>,
    /// δ is taken in this unit.
    scale: Scale<F>,
}

impl<F: Solvable> Walk<'_, F> {
    /// δ = r + γ v(S') − v(s) = r − (1 − γ) v(s) + γ (v(S') − v(s)).
    fn delta(&self, (state, o): (usize, &Outcome<'_, F>), v: &[F], after: &[F]) -> F {
        let (own, next) = (&v[state], &after[o.next]);
        let Some(low) = &self.low else {
            return self.discount.clone() * next + o.reward - own;
        };
        let mut rise = next.clone() - own;
        if let (Some(next), Some(own)) = (low.get(o.next), low.get(state)) {
            rise += next.clone() - own;
        }
        let lost = self.mdp.discount_complement().clone() * own;
        rise * &self.discount + o.reward - lost
    }

    /// E[f(δ, S') | s, a] \[SA\], δ = r + γ v(S') − v(s) in the unit, with v before and after the step.
    fn by_pair(&self, v: &[F], after: &[F], f: impl Fn(&F, usize) -> F) -> Vec<F> {
        let space = self.mdp.space();
        let of = |pair: usize| {
            let state = space.state_of(pair);
            if !self.alive[state] {
                return F::zero();
            }
            let term = |o: Outcome<'_, F>| {
                let delta = self.delta((state, &o), v, after);
                f(&(delta * &self.scale.per_reward), o.next) * o.probability
            };
            let outcomes = self.mdp.outcomes(pair);
            outcomes.map(term).fold(F::zero(), |sum, x| sum + x)
        };
        (0..space.pairs()).map(of).collect()
    }

    /// The same averaged over the actions \[S\].
    fn by_state(&self, v: &[F], after: &[F], f: impl Fn(&F, usize) -> F) -> Vec<F> {
        let (space, pi) = (self.mdp.space(), self.policy.probabilities());
        let by_pair = self.by_pair(v, after, f);
        let state = |s| dot(&pi[space.pairs_of(s)], &by_pair[space.pairs_of(s)]);
        (0..space.states()).map(state).collect()
    }

    /// Numbers in the unit.
    fn scaled(&self, x: &[F]) -> Vec<F> {
        let x = x.iter().cloned();
        x.map(|x| x * &self.scale.per_reward).collect()
    }

    /// γᵏ.
    fn power(&self, k: usize) -> F {
        (0..k).fold(F::one(), |power, _| power * &self.discount)
    }

    /// 1 − γᵏ = (1 − γ) Σ_{i<k} γⁱ, with the digits that γ has lost.
    fn rest_of_power(&self, k: usize) -> F {
        let sum = (0..k).fold(F::zero(), |sum, i| sum + self.power(i));
        sum * self.mdp.discount_complement()
    }

    /// (I − γᵏP)⁻¹.
    fn resolvent(&self, k: usize, chain: &Chain<F>, of: &Solved<F>) -> Result<Resolvent<F>, Error> {
        let (power, rest) = (self.power(k), self.rest_of_power(k));
        chain.dynamics().resolvent_at(&power, &rest, of.options())
    }

    /// What stands before γᵏPc_k in the system of c_k, from the lower moments after the step.
    fn source(&self, k: usize, v: &[F], after: &[F], c: &Central<F>) -> Vec<F> {
        let (two, three) = (self.power(2), self.power(3));
        let times = F::from_i64;
        self.by_state(v, after, |d, next| {
            let square = d.clone() * d;
            match k {
                2 => square,
                3 => square * d + times(3) * &two * d * &c[0][next],
                _ => {
                    let mixed = times(6) * &two * &square * &c[0][next];
                    square.clone() * &square + mixed + times(4) * &three * d * &c[1][next]
                }
            }
        })
    }

    /// 2γ Σ m(s) π p δ at each next state \[S\]: what the mean square of δ owes to v there.
    fn owed(&self, m: &[F], v: &[F], after: &[F]) -> Vec<F> {
        let (space, pi) = (self.mdp.space(), self.policy.probabilities());
        let mut owed = vec![F::zero(); space.states()];
        for pair in (0..space.pairs()).filter(|&pair| self.policy.supports(pair)) {
            let state = space.state_of(pair);
            if !self.alive[state] || m[state].is_zero() {
                continue;
            }
            let weight = F::from_i64(2) * &self.discount * &m[state] * &pi[pair];
            for o in self.mdp.outcomes(pair).filter(|o| self.alive[o.next]) {
                let delta = self.delta((state, &o), v, after);
                let delta = delta * &self.scale.per_reward;
                owed[o.next] += weight.clone() * o.probability * &delta;
            }
        }
        owed
    }
}

impl<F: Solvable> Solved<F> {
    /// Mean, variance, third and fourth central moment of the return G from ρ₀; one system at γ²,
    /// γ³ and γ⁴ each, or one recursion over a horizon.
    ///
    /// # Errors
    /// [`Error::Criterion`] for the average reward, and if a solver did not certify a solution.
    pub fn return_moments(&self) -> Result<ReturnMoments<F>, Error> {
        let (alive, central) = match self.prepared() {
            Prepared::Resolvent(chain) => (chain.dynamics().alive(), self.endless(chain)?),
            Prepared::FiniteHorizon(run) => (run.dynamics().alive(), self.until(run)),
            Prepared::Average(_) => return Err(self.no_return()),
        };
        let has_lost = central[0].iter().any(is_lost);
        // where a variance is 0 or next to it, whether it is 0
        let moved = match self.prepared() {
            _ if !has_lost => vec![F::zero(); central[0].len()],
            Prepared::Resolvent(chain) => self.moved(chain)?,
            Prepared::FiniteHorizon(run) => self.moved_until(run),
            Prepared::Average(_) => return Err(self.no_return()),
        };
        Ok(self.mixed(self.walk(alive).scale, central, &moved))
    }

    /// E Σ γᵗ|δₜ| from each state \[S\], in the unit of a walk: 0 where the return does not vary.
    fn moved(&self, chain: &Chain<F>) -> Result<Vec<F>, Error> {
        let (walk, v) = (self.walk(chain.dynamics().alive()), self.v());
        let own = walk.by_state(v, v, |delta, _| delta.abs());
        Ok(chain.resolvent().solve(&own)?.x)
    }

    /// The same over a horizon.
    fn moved_until(&self, run: &FiniteHorizon<F>) -> Vec<F> {
        let walk = self.walk(run.dynamics().alive());
        let (mut v, mut moved) = (run.end(), run.end());
        for _ in 0..run.horizon() {
            let before = run.before(&v);
            let later = run.discounted().mul(&moved);
            moved = walk.by_state(&before, &v, |delta, _| delta.abs());
            moved.iter_mut().zip(&later).for_each(|(x, y)| *x += y);
            v = before;
        }
        moved
    }

    fn no_return(&self) -> Error {
        Error::Criterion {
            needed: "discounted, total or finite-horizon",
            found: self.mdp().criterion().kind(),
        }
    }

    fn walk<'a>(&'a self, alive: &'a [bool]) -> Walk<'a, F> {
        Walk {
            mdp: self.mdp(),
            policy: self.policy(),
            alive,
            discount: self.mdp().discount(),
            low: None,
            scale: Scale::of(self.mdp()),
        }
    }

    /// A walk of values that do not depend on the time.
    fn walk_on<'a>(&'a self, chain: &'a Chain<F>) -> Result<Walk<'a, F>, Error> {
        let dynamics = chain.dynamics();
        let low = if F::EXACT {
            None
        } else {
            Some(chain.resolvent().solve_finely(dynamics.r())?.1)
        };
        Ok(Walk {
            low,
            ..self.walk(dynamics.alive())
        })
    }

    fn endless(&self, chain: &Chain<F>) -> Result<Central<F>, Error> {
        let (walk, v) = (self.walk_on(chain)?, self.v());
        let mut c = [Vec::new(), Vec::new(), Vec::new()];
        for k in 2..=4 {
            let source = walk.source(k, v, v, &c);
            c[k - 2] = if walk.discount == F::one() {
                chain.resolvent().solve(&source)?.x
            } else {
                walk.resolvent(k, chain, self)?.solve(&source)?.x
            };
        }
        Ok(c)
    }

    fn until(&self, run: &FiniteHorizon<F>) -> Central<F> {
        let walk = self.walk(run.dynamics().alive());
        let (mut v, mut c) = (run.end(), [run.end(), run.end(), run.end()]);
        for _ in 0..run.horizon() {
            let before = run.before(&v);
            let step = |k: usize| {
                let mut own = walk.source(k, &before, &v, &c);
                let later = run.dynamics().p().mul(&c[k - 2]);
                let power = walk.power(k);
                for (own, later) in own.iter_mut().zip(later) {
                    *own += power.clone() * &later;
                }
                own
            };
            c = [step(2), step(3), step(4)];
            v = before;
        }
        c
    }

    /// The moments from ρ₀ of those from each state, in units of reward. Where something moves the return a
    /// variance of 0 is one too small for floating point.
    fn mixed(&self, scale: Scale<F>, [c2, c3, c4]: Central<F>, moved: &[F]) -> ReturnMoments<F> {
        let times = F::from_i64;
        let (mut variance, mut third, mut fourth) = (F::zero(), F::zero(), F::zero());
        let mut varies = false;
        for (s, weight) in self.mdp().initial().iter().enumerate() {
            let e = (self.v()[s].clone() - self.j()) * &scale.per_reward;
            let square = e.clone() * &e;
            variance += (square.clone() + &c2[s]) * weight;
            third += (square.clone() * &e + times(3) * &e * &c2[s] + &c3[s]) * weight;
            let mixed = times(4) * &e * &c3[s] + times(6) * &square * &c2[s];
            fourth += (square.clone() * &square + mixed + &c4[s]) * weight;
            let moves = !e.is_zero() || !moved[s].is_zero();
            varies |= moves && !weight.is_zero();
        }
        let known = |x: &F, moved: bool| {
            if moved && is_lost(x) {
                no_number()
            } else {
                x.clone()
            }
        };
        let by_state = c2.iter().zip(moved);
        let by_state = by_state.map(|(x, moved)| known(x, !moved.is_zero()));
        let variance_by_state = by_state.map(|x| scale.moment(&x, 2)).collect();
        let scaled = [known(&variance, varies), third, known(&fourth, varies)];
        ReturnMoments {
            mean: self.j().clone(),
            variance: scale.moment(&scaled[0], 2),
            third: scale.moment(&scaled[1], 3),
            fourth: scale.moment(&scaled[2], 4),
            variance_by_state,
            scaled,
            scale,
        }
    }

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

    /// The same of rewards in a unit that floating point holds.
    fn scaled_gradient(&self) -> Result<(Scale<F>, Vec<F>), Error> {
        self.derivatives().check_differentiable(self, false)?;
        let gradient = match self.prepared() {
            Prepared::Resolvent(chain) => self.endless_gradient(chain)?,
            Prepared::FiniteHorizon(run) => self.gradient_until(run)?,
            Prepared::Average(_) => return Err(self.no_return()),
        };
        Ok((Scale::of(self.mdp()), gradient))
    }

    /// 2ρ₀(s)(v(s) − J) where the process is alive \[S\], in the unit of a walk.
    fn start(&self, walk: &Walk<'_, F>) -> Vec<F> {
        let initial = self.mdp().initial().iter().enumerate();
        let of = |(s, weight): (usize, &F)| {
            if walk.alive[s] {
                let e = (self.v()[s].clone() - self.j()) * &walk.scale.per_reward;
                F::from_i64(2) * weight * &e
            } else {
                F::zero()
            }
        };
        initial.map(of).collect()
    }

    fn endless_gradient(&self, chain: &Chain<F>) -> Result<Vec<F>, Error> {
        let (dynamics, v) = (chain.dynamics(), self.v());
        let walk = self.walk_on(chain)?;
        let square = walk.power(2);
        let own = (walk.discount != F::one())
            .then(|| walk.resolvent(2, chain, self))
            .transpose()?;
        let second = own.as_ref().unwrap_or_else(|| chain.resolvent());
        let c2 = second.solve(&walk.source(2, v, v, &Default::default()))?.x;
        let rho = second.solve_transposed(dynamics.initial())?.x;
        let mut y = walk.owed(&rho, v, v);
        let start = self.start(&walk);
        y.iter_mut().zip(&start).for_each(|(y, x)| *y += x);
        let y = chain.resolvent().solve_transposed(&y)?.x;
        let inner = walk.by_pair(v, v, |d, next| d.clone() * d + square.clone() * &c2[next]);
        let mut gradient = greediness::gradient(self.policy(), &rho, &inner);
        let q = walk.scaled(&self.evaluation().q);
        let rest = greediness::gradient(self.policy(), &y, &q);
        gradient.iter_mut().zip(&rest).for_each(|(x, y)| *x += y);
        Ok(gradient)
    }

    fn gradient_until(&self, run: &FiniteHorizon<F>) -> Result<Vec<F>, Error> {
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
            let inner = walk.by_pair(v, after, |d, next| {
                d.clone() * d + square.clone() * &c2[next]
            });
            let q = walk.scaled(&crate::evaluation::action_values(self.mdp(), after));
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

    /// The distribution of the return from ρ₀: whole where it is finite, enclosed elsewhere.
    ///
    /// Errors with [`Error::Criterion`] for the average reward.
    pub fn return_distribution(&self) -> Result<Distribution<F>, Error> {
        if *self.mdp().criterion() == Criterion::Average {
            return Err(self.no_return());
        }
        Ok(Distribution::new(self.mdp(), self.policy()))
    }

    /// The distribution of the number of steps until a terminal state, or until the horizon: the
    /// return of the model that pays 1 a step. `None` for the average reward, and if nothing
    /// terminates.
    pub fn length_distribution(&self) -> Result<Option<Distribution<F>>, Error> {
        let space = self.mdp().space();
        let criterion = match self.mdp().criterion() {
            Criterion::Average => return Ok(None),
            Criterion::FiniteHorizon { horizon, .. } => Criterion::FiniteHorizon {
                discount: F::one(),
                horizon: *horizon,
            },
            _ if (0..space.states()).any(|s| space.is_terminal(s)) => Criterion::Total,
            _ => return Ok(None),
        };
        let counted = Mdp::clone(self.mdp()).with_rewards(vec![F::one(); space.pairs()])?;
        let counted = Arc::new(counted.under(criterion));
        Ok(Some(Distribution::new(&counted, self.policy())))
    }
}
