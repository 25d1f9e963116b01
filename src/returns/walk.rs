//! δ = R + γv(S') − v(S), by which a return moves from its value, and what moments sum of it.

use super::scale::Scale;
use crate::chain::{Chain, Resolvent};
use crate::error::Error;
use crate::field::dot;
use crate::linalg::Solvable;
use crate::mdp::{Mdp, Outcome};
use crate::policy::Policy;
use crate::solved::Solved;

/// c₂, c₃, c₄ \[S\] each.
pub(super) type Central<F> = [Vec<F>; 3];

/// A state and the next one.
type Move = (usize, usize);

/// A moment c(s) \[S\], large and nearly the same everywhere, and what it lacks in its last digits.
pub(super) struct Level<F> {
    pub at: Vec<F>,
    rest: Vec<F>,
}

impl<F: Solvable> Level<F> {
    /// c = (I − γᵏP)⁻¹ b. Errors if a solver did not certify it.
    pub fn solve(resolvent: &Resolvent<F>, b: &[F]) -> Result<Level<F>, Error> {
        let (at, rest) = resolvent.solve_level(b)?;
        Ok(Level { at, rest })
    }

    /// c(to) − c(from).
    fn rise(&self, from: usize, to: usize) -> F {
        let low = self.rest[to].clone() - &self.rest[from];
        self.at[to].clone() - &self.at[from] + low
    }
}

/// A model under a policy where the process is alive.
pub(super) struct Walk<'a, F: Solvable> {
    pub mdp: &'a Mdp<F>,
    pub policy: &'a Policy<F>,
    pub alive: &'a [bool],
    pub discount: F,
    /// What the last digits of v lack \[S\], where v is the same before and after a step: δ is then summed from
    /// differences, which keep digits that values near γ = 1 have not. Empty: nothing is known.
    pub low: Option<Vec<F>>,
    /// δ is taken in this unit.
    pub scale: Scale<F>,
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
    pub fn by_pair(&self, v: &[F], after: &[F], f: impl Fn(&F, Move) -> F) -> Vec<F> {
        let space = self.mdp.space();
        let of = |pair: usize| {
            let state = space.state_of(pair);
            if !self.alive[state] {
                return F::zero();
            }
            let term = |o: Outcome<'_, F>| {
                let delta = self.delta((state, &o), v, after);
                f(&(delta * &self.scale.per_reward), (state, o.next)) * o.probability
            };
            let outcomes = self.mdp.outcomes(pair);
            outcomes.map(term).fold(F::zero(), |sum, x| sum + x)
        };
        (0..space.pairs()).map(of).collect()
    }

    /// E[f(δ, S') | s] \[S\], averaged over the actions.
    pub fn by_state(&self, v: &[F], after: &[F], f: impl Fn(&F, Move) -> F) -> Vec<F> {
        let (space, pi) = (self.mdp.space(), self.policy.probabilities());
        let by_pair = self.by_pair(v, after, f);
        let state = |s| dot(&pi[space.pairs_of(s)], &by_pair[space.pairs_of(s)]);
        (0..space.states()).map(state).collect()
    }

    /// Numbers in the unit.
    pub fn scaled(&self, x: &[F]) -> Vec<F> {
        let x = x.iter().cloned();
        x.map(|x| x * &self.scale.per_reward).collect()
    }

    /// γᵏ.
    pub fn power(&self, k: usize) -> F {
        (0..k).fold(F::one(), |power, _| power * &self.discount)
    }

    /// 1 − γᵏ = (1 − γ) Σ_{i<k} γⁱ, with the digits that γ has lost.
    fn rest_of_power(&self, k: usize) -> F {
        let sum = (0..k).fold(F::zero(), |sum, i| sum + self.power(i));
        sum * self.mdp.discount_complement()
    }

    /// Whether γ < 1, also where it is rounded to 1.
    pub fn is_discounted(&self) -> bool {
        !self.mdp.discount_complement().is_zero()
    }

    /// (I − γᵏP)⁻¹.
    pub fn resolvent(
        &self,
        k: usize,
        chain: &Chain<F>,
        of: &Solved<F>,
    ) -> Result<Resolvent<F>, Error> {
        let (power, rest) = (self.power(k), self.rest_of_power(k));
        chain.dynamics().resolvent_at(&power, &rest, of.options())
    }

    /// What stands before γᵏPc_k in the system of c_k, from the lower moments after the step.
    pub fn source(&self, k: usize, v: &[F], after: &[F], c: &Central<F>) -> Vec<F> {
        let (two, three) = (self.power(2), self.power(3));
        let times = F::from_i64;
        self.by_state(v, after, |d, (_, next)| {
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

    /// What stands before γ³Pc₃ by differences of c₂: E_s[δ c₂(s)] is c₂(s) v(s) times the deficit.
    pub fn third_source(&self, v: &[F], second: &Level<F>) -> Vec<F> {
        let factor = F::from_i64(3) * &self.power(2);
        let mut source = self.by_state(v, v, |d, (state, next)| {
            d.clone() * d * d + factor.clone() * d * &second.rise(state, next)
        });
        if let Some(deficits) = self.mdp.deficits() {
            let (space, pi) = (self.mdp.space(), self.policy.probabilities());
            for (state, source) in source
                .iter_mut()
                .enumerate()
                .filter(|(s, _)| self.alive[*s])
            {
                let lost = dot(&pi[space.pairs_of(state)], &deficits[space.pairs_of(state)]);
                let value = v[state].clone() * &self.scale.per_reward;
                *source += factor.clone() * &second.at[state] * value * lost;
            }
        }
        source
    }

    /// E[δ² + γ²c₂(S') | s, a] \[SA\] less γ²c₂(s), which all actions share.
    pub fn second_by_pair(&self, v: &[F], second: &Level<F>) -> Vec<F> {
        let square = self.power(2);
        let mut inner = self.by_pair(v, v, |d, (state, next)| {
            d.clone() * d + square.clone() * &second.rise(state, next)
        });
        if let Some(deficits) = self.mdp.deficits() {
            for (pair, inner) in inner.iter_mut().enumerate() {
                let own = &second.at[self.mdp.space().state_of(pair)];
                *inner -= square.clone() * own * &deficits[pair];
            }
        }
        inner
    }

    /// 2γ Σ m(s) π p δ at each next state \[S\]: what the mean square of δ owes to v there.
    pub fn owed(&self, m: &[F], v: &[F], after: &[F]) -> Vec<F> {
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

    /// What the measure `owed` of [`Walk::owed`] and of a start, whose sum is given, sums to, whose own entries nearly
    /// cancel: Σ π p δ of a state is what its rows lack times v, and what leads to no further state is not owed. The sum of
    /// the entries, where so much ends that this is no better.
    pub fn owed_in_all(&self, m: &[F], v: &[F], owed: &[F], start: F) -> F {
        let (space, pi) = (self.mdp.space(), self.policy.probabilities());
        let mut sum = start;
        let mut size = F::zero();
        for pair in (0..space.pairs()).filter(|&pair| self.policy.supports(pair)) {
            let state = space.state_of(pair);
            if !self.alive[state] || m[state].is_zero() {
                continue;
            }
            let weight =
                F::from_i64(2) * &self.discount * &m[state] * &pi[pair] * &self.scale.per_reward;
            if let Some(deficits) = self.mdp.deficits() {
                let kept = weight.clone() * &deficits[pair] * &v[state];
                size += kept.abs();
                sum += kept;
            }
            for o in self.mdp.outcomes(pair).filter(|o| !self.alive[o.next]) {
                let weight = weight.clone() * o.probability;
                size += weight.clone() * (o.reward.abs() + v[state].abs());
                sum -= weight * self.delta((state, &o), v, v);
            }
        }
        let entries = owed.iter().fold(F::zero(), |sum, x| sum + x.abs());
        if size < entries {
            sum
        } else {
            owed.iter().fold(F::zero(), |sum, x| sum + x)
        }
    }
}
