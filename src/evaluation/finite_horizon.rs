//! The finite horizon: T actions, values and advantages that depend on the time (theory, 2.2).
//!
//! ```text
//! v_T = 0,   q_t = r + γ p v_{t+1},   v_t = π q_t,   J_T = ρ₀ v₀,   p_t = ρ₀ Pᵗ
//! ```
//!
//! t is the time elapsed, also where the policy is stationary. γ = 1 is allowed always. Nothing is
//! solved: the recursions cost O(T nnz(p)), and O(S) memory unless the tables are asked for. Where T is
//! too large for the tables and the states are few, doubling costs O(S³ log T) instead.

use super::doubled::{self, Doubled, Stepped, Sums};
use super::{Evaluation, Residuals, RoundingBounds, Undefined, accuracy, advantages, over_pairs};
use crate::chain::Dynamics;
use crate::error::Error;
use crate::field::dot;
use crate::linalg::{Csr, Solvable};
use crate::mdp::{Criterion, Mdp};
use crate::policy::Policy;

/// A model under a policy for T steps.
#[derive(Clone, Debug)]
pub struct FiniteHorizon<F: Solvable = f64> {
    dynamics: Dynamics<F>,
    /// γP.
    discounted: Csr<F>,
    horizon: usize,
    /// 1 − Σ γP(s, ·) \[S\], where it is known without a subtraction.
    slack: Option<Vec<F>>,
    /// Whether sums over the time are doubled, not stepped through.
    doubles: bool,
}

/// Values and action values at every time.
#[derive(Clone, Debug, PartialEq)]
pub struct ValuesByTime<F> {
    /// v_t(s) [T+1]\[S\]; the last row is 0.
    pub v: Vec<Vec<F>>,
    /// q_t(s, a) \[T\]\[SA\].
    pub q: Vec<Vec<F>>,
}

/// What a step of the time-by-time pairing sees.
#[derive(Clone, Copy, Debug)]
pub struct Stage<'a, F> {
    /// The time elapsed, 0 ≤ t < T.
    pub t: usize,
    /// γᵗ p_t(s) \[S\], the discounted chance to be there.
    pub mass: &'a [F],
    /// v_t \[S\].
    pub v: &'a [F],
    /// v_{t+1} \[S\].
    pub v_next: &'a [F],
}

impl<F: Solvable> FiniteHorizon<F> {
    /// The name of what stands in place of a solver.
    pub const SOLVER: &'static str = "recursion";

    /// [`Evaluation::by_time`] is filled where both tables together hold at most this many numbers: 8 MiB of `f64`.
    pub const TABLE_LIMIT: usize = 1 << 20;

    /// Assembles P and r^π. Errors with [`Error::Criterion`] if the model has no horizon.
    pub fn new(mdp: &Mdp<F>, policy: &Policy<F>) -> Result<FiniteHorizon<F>, Error> {
        let Criterion::FiniteHorizon { discount, horizon } = mdp.criterion() else {
            return Err(Error::Criterion {
                needed: "finite-horizon",
                found: mdp.criterion().kind(),
            });
        };
        let dynamics = Dynamics::new(mdp, policy)?;
        let slack = dynamics.exits().map(|exits| {
            let slack = |x: &F| x.clone() * discount + mdp.discount_complement();
            exits.iter().map(slack).collect()
        });
        Ok(FiniteHorizon {
            discounted: dynamics.p().map(|p| discount.clone() * p),
            horizon: *horizon,
            doubles: FiniteHorizon::doubled_work(mdp).is_some(),
            slack,
            dynamics,
        })
    }

    /// Roughly how many operations sums over the time take where they are doubled: where tables do not
    /// fit and steps cost more. `None` where they are stepped through.
    pub(crate) fn doubled_work(mdp: &Mdp<F>) -> Option<f64> {
        let Criterion::FiniteHorizon { horizon, .. } = *mdp.criterion() else {
            return None;
        };
        let work = doubled::work::<F>(mdp.states(), mdp.p().stored(), horizon)?;
        (!fits(mdp, horizon)).then_some(work)
    }

    /// P, r^π and ρ₀ over alive states.
    pub fn dynamics(&self) -> &Dynamics<F> {
        &self.dynamics
    }

    /// γP [S, S].
    pub fn discounted(&self) -> &Csr<F> {
        &self.discounted
    }

    /// The horizon T, in steps.
    pub fn horizon(&self) -> usize {
        self.horizon
    }

    /// 1 − Σ γP(s, ·) \[S\], where it is known without a subtraction.
    pub(crate) fn slack(&self) -> Option<&[F]> {
        self.slack.as_deref()
    }

    /// Sums over all T steps by doubling, with rewards r \[S\] and what of v_{t+1} is seen from where;
    /// `None` where steps cost less.
    pub(crate) fn doubled(&self, r: &[F]) -> Option<Sums<F>> {
        self.doubles
            .then(|| Doubled::sums(self.stepped(r), self.horizon, true))
    }

    /// Sums over T − 1 steps, unless they are stepped through.
    fn but_one(&self) -> Option<Sums<F>> {
        let steps = self.horizon.checked_sub(1).filter(|_| self.doubles)?;
        Some(Doubled::sums(self.stepped(self.dynamics.r()), steps, false))
    }

    /// One step, with rewards r \[S\].
    pub(super) fn stepped<'a>(&'a self, r: &'a [F]) -> Stepped<'a, F> {
        Stepped {
            discounted: &self.discounted,
            r,
            initial: self.dynamics.initial(),
            slack: self.slack.as_deref(),
        }
    }

    /// v, q, advantage at t = 0, the occupancy Σ_{t<T} γᵗ p_t and J_T = ρ₀ v₀, with the tables
    /// where they are within [`FiniteHorizon::TABLE_LIMIT`].
    pub(crate) fn evaluate(&self, mdp: &Mdp<F>, policy: &Policy<F>) -> Evaluation<F> {
        let (v_1, occupancy) = match self.but_one() {
            Some(sums) => (sums.v, visits(sums.occupancy, &sums.mass)),
            None => {
                let v_1 = (1..self.horizon).fold(self.end(), |v, _| self.before(&v));
                (v_1, self.occupancy())
            }
        };
        let (v, q) = (self.before(&v_1), super::q_of(mdp, &v_1));
        let pi = policy.probabilities();
        Evaluation {
            j: dot(self.dynamics.initial(), &v),
            rest: Vec::new(),
            advantage: advantages(mdp, policy, &q, &v),
            pair_occupancy: over_pairs(mdp, |pair, state| occupancy[state].clone() * &pi[pair]),
            by_time: fits(mdp, self.horizon).then(|| self.tables(mdp)),
            v,
            q,
            occupancy,
            residuals: Residuals::NONE,
            undefined: Undefined::default(),
            gain: None,
            solver: Self::SOLVER,
        }
    }

    /// What rounding may have done to an evaluation of the same model and policy.
    pub(super) fn rounding(
        &self,
        mdp: &Mdp<F>,
        policy: &Policy<F>,
        found: &Evaluation<F>,
    ) -> RoundingBounds {
        let sums = |r: &[F]| self.after_first(r);
        accuracy::over_steps(mdp, policy, self.horizon, sums, found)
    }

    /// Σ over T − 1 steps of rewards \[S\].
    fn after_first(&self, r: &[F]) -> Vec<F> {
        let steps = self.horizon.checked_sub(1).filter(|_| self.doubles);
        if let Some(steps) = steps {
            return Doubled::sums(self.stepped(r), steps, false).v;
        }
        (1..self.horizon).fold(self.end(), |v, _| self.paying(r, &v))
    }

    /// J_T = ρ₀ v₀.
    pub fn objective(&self) -> F {
        let v = match self.but_one() {
            Some(sums) => self.before(&sums.v),
            None => (0..self.horizon).fold(self.end(), |v, _| self.before(&v)),
        };
        dot(self.dynamics.initial(), &v)
    }

    /// Σ_{t<T} γᵗ p_t \[S\]; J_T = Σₛ of it times r^π.
    pub fn occupancy(&self) -> Vec<F> {
        if let Some(sums) = self.but_one() {
            return visits(sums.occupancy, &sums.mass);
        }
        let mut mass = self.dynamics.initial().to_vec();
        let mut occupancy = mass.clone();
        for _ in 1..self.horizon {
            mass = self.discounted.mul_transposed(&mass);
            occupancy
                .iter_mut()
                .zip(&mass)
                .for_each(|(sum, x)| *sum += x);
        }
        occupancy
    }

    /// v_t and q_t at every time; (T + 1) S + T · SA numbers, however many that are.
    pub fn tables(&self, mdp: &Mdp<F>) -> ValuesByTime<F> {
        let mut v = vec![self.end()];
        let mut q = Vec::with_capacity(self.horizon);
        for t in 0..self.horizon {
            q.push(super::q_of(mdp, &v[t]));
            v.push(self.before(&v[t]));
        }
        v.reverse();
        q.reverse();
        ValuesByTime { v, q }
    }

    /// Calls `step` for t = 0, …, T − 1 with γᵗ p_t beside v_t and v_{t+1}.
    ///
    /// p_t runs forward and v_t backward in time, so v is kept at every √T-th time and the stretch
    /// between is recomputed: O(S √T) memory.
    pub fn for_each_step(&self, mut step: impl FnMut(Stage<'_, F>)) {
        let stride = self.horizon.isqrt().max(1);
        let kept = self.every(stride);
        let mut mass = self.dynamics.initial().to_vec();
        for (block, begin) in (0..self.horizon).step_by(stride).enumerate() {
            let length = stride.min(self.horizon - begin);
            let mut v = vec![kept[block + 1].clone()];
            for _ in 0..length {
                v.push(self.before(&v[v.len() - 1]));
            }
            for (i, pair) in v.windows(2).rev().enumerate() {
                let (v_next, v) = (&pair[0], &pair[1]);
                step(Stage {
                    t: begin + i,
                    mass: &mass,
                    v,
                    v_next,
                });
                mass = self.discounted.mul_transposed(&mass);
            }
        }
    }

    /// v at the times 0, k, 2k, … below T, and at T.
    fn every(&self, k: usize) -> Vec<Vec<F>> {
        let mut v = self.end();
        let mut kept = vec![v.clone()];
        for t in (0..self.horizon).rev() {
            v = self.before(&v);
            if t % k == 0 {
                kept.push(v.clone());
            }
        }
        kept.reverse();
        kept
    }

    /// v_T = 0.
    pub(crate) fn end(&self) -> Vec<F> {
        vec![F::zero(); self.discounted.rows()]
    }

    /// v_t = r^π + γP v_{t+1}.
    pub(crate) fn before(&self, v_next: &[F]) -> Vec<F> {
        self.paying(self.dynamics.r(), v_next)
    }

    /// r + γP v_{t+1}.
    fn paying(&self, r: &[F], v_next: &[F]) -> Vec<F> {
        let mut v = self.discounted.mul(v_next);
        v.iter_mut().zip(r).for_each(|(v, r)| *v += r);
        v
    }
}

/// Whether tables of v and q at every time are within [`FiniteHorizon::TABLE_LIMIT`].
fn fits<F: Solvable>(mdp: &Mdp<F>, horizon: usize) -> bool {
    let row = mdp.states() + mdp.pairs();
    let numbers = horizon.saturating_mul(row).saturating_add(mdp.states());
    numbers <= FiniteHorizon::<F>::TABLE_LIMIT
}

/// The visits of n + 1 steps: those of n, and where the process is then.
fn visits<F: Solvable>(mut before: Vec<F>, last: &[F]) -> Vec<F> {
    before.iter_mut().zip(last).for_each(|(sum, x)| *sum += x);
    before
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::Field;
    use crate::test_models::worked_example;

    /// T rows of v and of q and the last v, of 2 states and 4 pairs: 6T + 2 numbers.
    #[test]
    fn tables_by_time_are_kept_up_to_the_limit() {
        let model = worked_example().map(Field::to_f64);
        let most = (FiniteHorizon::<f64>::TABLE_LIMIT - 2) / 6;
        for (horizon, kept) in [(most, true), (most + 1, false)] {
            let discount = 0.5;
            let mdp = model
                .clone()
                .under(Criterion::FiniteHorizon { discount, horizon });
            let policy = Policy::uniform(mdp.space());
            let run = FiniteHorizon::new(&mdp, &policy).unwrap();
            assert_eq!(run.evaluate(&mdp, &policy).by_time.is_some(), kept);
        }
    }
}
