//! A finite horizon under a policy that depends on the time (theory, 2.2).
//!
//! ```text
//! v_T = 0,   q_t = r + γ p v_{t+1},   v_t = π_t q_t,   p_{t+1} = (p_t π_t) p
//! ```

use super::finite_horizon::ValuesByTime;
use super::{Evaluation, FiniteHorizon, Residuals, Undefined, advantages, over_pairs, q_of};
use crate::error::Error;
use crate::field::dot;
use crate::linalg::Solvable;
use crate::mdp::{Criterion, Mdp};
use crate::policy::Policy;

impl<F: Solvable> Evaluation<F> {
    /// The evaluation over the model's horizon T of a policy with a rule for each time, which is a
    /// policy of the model unrolled in time ([`Model::in_time`](crate::model::Model::in_time)):
    /// v, q and A at t = 0, ρ = Σ_{t<T} γᵗ p_t, J = ρ₀ v₀, with the tables by time where they are
    /// within [`FiniteHorizon::TABLE_LIMIT`]. Nothing is unrolled: O(T nnz(p)).
    ///
    /// # Errors
    /// [`Error::Criterion`] without a horizon, [`Error::OtherSpace`] for a policy of other times or
    /// pairs, and [`Error::Overflow`].
    pub fn in_time(mdp: &Mdp<F>, policy: &Policy<F>) -> Result<Evaluation<F>, Error> {
        let Criterion::FiniteHorizon { horizon, .. } = mdp.criterion() else {
            return Err(Error::Criterion {
                needed: "finite-horizon",
                found: mdp.criterion().kind(),
            });
        };
        let own = (policy.space().states(), policy.space().pairs());
        let unrolled = ((horizon + 1) * mdp.states(), horizon * mdp.pairs());
        if own != unrolled {
            return Err(Error::OtherSpace {
                model: unrolled,
                policy: own,
            });
        }
        let rules: Vec<&[F]> = policy.probabilities().chunks(mdp.pairs().max(1)).collect();
        let (first, by_time) = backward(mdp, &rules);
        let (occupancy, pair_occupancy) = forward(mdp, &rules);
        let (v, q) = first;
        let evaluation = Evaluation {
            j: dot(mdp.initial(), &v),
            advantage: advantages(mdp, policy, &q, &v),
            rest: Vec::new(),
            v,
            q,
            occupancy,
            pair_occupancy,
            residuals: Residuals::NONE,
            undefined: Undefined::default(),
            gain: None,
            by_time,
            solver: FiniteHorizon::<F>::SOLVER,
        };
        evaluation.finite()
    }
}

/// (v₀, q₀), and the tables where they are small enough.
#[allow(clippy::type_complexity)] // two vectors, and two tables
fn backward<F: Solvable>(
    mdp: &Mdp<F>,
    rules: &[&[F]],
) -> ((Vec<F>, Vec<F>), Option<ValuesByTime<F>>) {
    let space = mdp.space();
    let numbers = rules.len() * (space.states() + space.pairs()) + space.states();
    let kept = numbers <= FiniteHorizon::<F>::TABLE_LIMIT;
    let (mut v, mut q) = (vec![F::zero(); space.states()], Vec::new());
    let mut tables = ValuesByTime {
        v: vec![v.clone()],
        q: Vec::new(),
    };
    for rule in rules.iter().rev() {
        q = q_of(mdp, &v);
        for (state, v) in v.iter_mut().enumerate() {
            let block = space.pairs_of(state);
            *v = dot(&rule[block.clone()], &q[block]);
        }
        if kept {
            tables.v.push(v.clone());
            tables.q.push(q.clone());
        }
    }
    tables.v.reverse();
    tables.q.reverse();
    ((v, q), kept.then_some(tables))
}

/// Σ γᵗ p_t \[S\] and Σ γᵗ p_t π_t \[SA\].
fn forward<F: Solvable>(mdp: &Mdp<F>, rules: &[&[F]]) -> (Vec<F>, Vec<F>) {
    let space = mdp.space();
    let gamma = mdp.discount();
    let alive = |state: usize, x: F| {
        if space.is_terminal(state) {
            F::zero()
        } else {
            x
        }
    };
    let start = mdp.initial().iter().cloned().enumerate();
    let mut mass: Vec<F> = start.map(|(state, x)| alive(state, x)).collect();
    let mut occupancy = vec![F::zero(); space.states()];
    let mut pairs = vec![F::zero(); space.pairs()];
    for rule in rules {
        occupancy
            .iter_mut()
            .zip(&mass)
            .for_each(|(sum, x)| *sum += x);
        let taken = over_pairs(mdp, |pair, state| mass[state].clone() * &rule[pair]);
        pairs.iter_mut().zip(&taken).for_each(|(sum, x)| *sum += x);
        let next = mdp.p().mul_transposed(&taken).into_iter().enumerate();
        mass = next.map(|(state, x)| alive(state, x * &gamma)).collect();
    }
    (occupancy, pairs)
}
