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
mod certain;
mod criterion;
mod distribution;
mod exponential;
mod gradient;
mod risk;
mod scale;
mod tail;
mod utility;
mod walk;

pub use accuracy::ReturnErrors;
pub use distribution::{Distribution, Interval, Mass};
pub use risk::{Risk, RiskBound, RiskValue};
pub(crate) use scale::unheld;

use certain::Certain;
use scale::{Scale, is_lost, is_rounded, no_number};
use walk::{Central, Level, Walk};

use std::sync::Arc;

use crate::chain::Chain;
use crate::error::Error;
use crate::evaluation::FiniteHorizon;
use crate::field::dot;
use crate::linalg::Solvable;
use crate::mdp::{Criterion, Mdp};
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

impl<F: Solvable> Solved<F> {
    /// Mean, variance, third and fourth central moment of the return G from ρ₀; one system at γ²,
    /// γ³ and γ⁴ each, or one recursion over a horizon.
    ///
    /// # Errors
    /// [`Error::Criterion`] for the average reward, and if a solver did not certify a solution.
    pub fn return_moments(&self) -> Result<ReturnMoments<F>, Error> {
        let (mut central, mut above) = self.moments().central(self)?;
        let has_lost = central[0].iter().any(is_lost);
        // where a variance is 0 or next to it, whether it is 0
        let mut moved = if has_lost {
            self.moments().moved(self)?
        } else {
            vec![F::zero(); central[0].len()]
        };
        if let Some(certain) = self.certain(&central[0], |s| !moved[s].is_zero()) {
            let unmoved = (0..moved.len()).filter(|&s| certain.states[s]);
            for s in unmoved {
                moved[s] = F::zero();
                central.iter_mut().for_each(|c| c[s] = F::zero());
            }
            if certain.whole {
                above.fill(F::zero());
            }
        }
        Ok(self.mixed(&above, central, &moved))
    }

    /// Where the graph says that the return does not vary, if a variance c₂ is so small that it may be rounding, or 0
    /// where something seems to move the return.
    fn certain(&self, second: &[F], moves: impl Fn(usize) -> bool) -> Option<Certain> {
        /// Deviations from values that are this small beside these are looked at; a choice.
        const SMALL: f64 = 1e-10;
        let scale = Scale::of(self.mdp()).per_reward.to_f64();
        let size = 1.0
            + scale
                * self
                    .v()
                    .iter()
                    .fold(0.0, |most: f64, v| most.max(v.to_f64().abs()));
        let is_small = |(s, x): (usize, &F)| {
            let seems = !x.is_zero() || moves(s);
            is_rounded(x) && seems && x.to_f64().sqrt() <= SMALL * size
        };
        let doubtful = second.iter().enumerate().any(is_small);
        doubtful.then(|| Certain::new(self.mdp(), self.policy()))
    }

    /// E Σ γᵗ|δₜ| from each state \[S\], in the unit of a walk: 0 where the return does not vary.
    fn moved(&self, chain: &Chain<F>) -> Result<Vec<F>, Error> {
        let (walk, v) = (self.walk(chain.dynamics().alive()), self.v());
        let own = walk.by_state(v, v, |delta, _| delta.abs());
        Ok(chain.resolvent().solve(&own)?.x)
    }

    /// E Σ γᵗ|δₜ| from each state \[S\] over a horizon, in the unit of a walk.
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

    /// The central moments from each state, and v(s) − J where ρ₀ starts.
    fn endless(&self, chain: &Chain<F>) -> Result<(Central<F>, Vec<F>), Error> {
        let (walk, v) = (self.walk_on(chain)?, self.v());
        let is_long = chain.is_long()?;
        let mut c = [Vec::new(), Vec::new(), Vec::new()];
        let mut second = None;
        for k in 2..=4 {
            let own = walk
                .is_discounted()
                .then(|| walk.resolvent(k, chain, self))
                .transpose()?;
            let resolvent = own.as_ref().unwrap_or_else(|| chain.resolvent());
            let source = match &second {
                Some(second) if k == 3 => walk.third_source(v, second),
                _ => walk.source(k, v, v, &c),
            };
            c[k - 2] = resolvent.solve(&source)?.x;
            if k == 2 && is_long {
                second = Some(Level::solve(resolvent, &source)?);
            }
        }
        let low = walk.low.filter(|_| is_long);
        Ok((c, self.above(low.as_deref())))
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

    /// v(s) − J where ρ₀ starts \[S\], from differences of values and of the last digits that they lack, where these are
    /// known.
    fn above(&self, low: Option<&[F]>) -> Vec<F> {
        let (initial, v) = (self.mdp().initial(), self.v());
        let plain = |s: usize| v[s].clone() - self.j();
        let first = initial.iter().position(|weight| !weight.is_zero());
        let (Some(low), Some(first)) = (low.filter(|_| self.starts_are_whole()), first) else {
            return (0..v.len()).map(plain).collect();
        };
        let rest = |s: usize| low.get(s).cloned().unwrap_or_else(F::zero);
        let rise = |s: usize| v[s].clone() - &v[first] + (rest(s) - rest(first));
        let rises: Vec<F> = (0..v.len()).map(rise).collect();
        let mean = dot(initial, &rises);
        rises.into_iter().map(|rise| rise - &mean).collect()
    }

    /// Whether ρ₀ sums to 1 but for rounding.
    fn starts_are_whole(&self) -> bool {
        let initial = self.mdp().initial();
        let sum: f64 = initial.iter().map(F::to_f64).sum();
        (sum - 1.0).abs() <= initial.len() as f64 * f64::EPSILON
    }

    /// The moments from ρ₀ of those from each state, in units of reward. Where something moves the return a
    /// variance of 0 is one too small for floating point.
    fn mixed(&self, above: &[F], [c2, c3, c4]: Central<F>, moved: &[F]) -> ReturnMoments<F> {
        let (times, scale) = (F::from_i64, Scale::of(self.mdp()));
        let (mut variance, mut third, mut fourth) = (F::zero(), F::zero(), F::zero());
        let mut varies = false;
        for (s, (weight, above)) in self.mdp().initial().iter().zip(above).enumerate() {
            let e = above.clone() * &scale.per_reward;
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
