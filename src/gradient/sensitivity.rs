//! Derivatives of J with respect to the model, from the same adjoint as the policy's.
//!
//! ```text
//! discounted, total   ∂J/∂r = ρ(s,a)   ∂J/∂p = γρ(s,a) v(s')                ∂J/∂γ = ρ p^π v
//! finite horizon      ∂J/∂r = ρ(s,a)   ∂J/∂p = Σₜ γᵗ⁺¹ pₜ(s)π(a|s) vₜ₊₁(s')   ∂J/∂γ = Σₜ γᵗ pₜ p^π vₜ₊₁
//! average             ∂J/∂r = ρ(s,a)   ∂J/∂p = π(a|s)[ρ(s) h(s') + (ρ₀D)(s) g(s')]
//! ```
//!
//! ∂J/∂ρ₀ is what ρ₀ is applied to: v, v₀, g. Wherever ∂J/∂p stands, r(s,a) is held fixed; where
//! rewards r(s,a,s') are, and move with the outcome, add ρ(s,a) r(s,a,s'). Only directions that
//! keep the rows of p sums of 1 stay within the models, so that a constant may be added to ∂J/∂p
//! in each row; for the average reward nothing else has a meaning.

use crate::chain::Chain;
use crate::error::Error;
use crate::evaluation::{Average, FiniteHorizon};
use crate::field::dot;
use crate::linalg::{Csr, Solvable};
use crate::solved::Solved;

/// ∂J with respect to r, p, ρ₀ and γ, the policy fixed.
#[derive(Clone, Debug, PartialEq)]
pub struct Sensitivity<F> {
    /// ∂J/∂r(s,a) = ρ(s,a) \[SA\], in visits.
    pub rewards: Vec<F>,
    /// ∂J/∂p(s'|s,a) on the stored entries of p [SA, S], in reward, with r(s,a) held fixed.
    pub transitions: Csr<F>,
    /// ∂J/∂ρ₀(s) \[S\]: v(s), v₀(s) for a horizon, g(s) for the average reward.
    pub initial: Vec<F>,
    /// ∂J/∂γ, in reward; for the total criterion the derivative from the left at γ = 1. `None`
    /// for the average reward, which has no discount.
    pub discount: Option<F>,
}

impl<F: Solvable> Solved<F> {
    /// ∂J with respect to r, p, ρ₀ and γ, the policy fixed: nothing beyond the evaluation, but a
    /// pass through a horizon, and for the average reward of a multichain model one solve.
    ///
    /// Errors if a solver did not certify a solution.
    pub fn sensitivity(&self) -> Result<Sensitivity<F>, Error> {
        self.derivatives().sensitivity(self)
    }
}

/// Products of ρ and v; no further solve.
pub(super) fn of_resolvent<F: Solvable>(chain: &Chain<F>, at: &Solved<F>) -> Sensitivity<F> {
    let evaluation = at.evaluation();
    let gamma = chain.discount();
    let transitions = on_entries(at.mdp().p(), |pair, next| {
        evaluation.pair_occupancy[pair].clone() * gamma * &evaluation.v[next]
    });
    let reached = chain.dynamics().p().mul(&evaluation.v);
    Sensitivity {
        rewards: evaluation.pair_occupancy.clone(),
        transitions,
        initial: evaluation.v.clone(),
        discount: Some(dot(&evaluation.occupancy, &reached)),
    }
}

pub(super) fn on_horizon<F: Solvable>(run: &FiniteHorizon<F>, at: &Solved<F>) -> Sensitivity<F> {
    let (mdp, policy, evaluation) = (at.mdp(), at.policy(), at.evaluation());
    let (p, pi, space) = (mdp.p(), policy.probabilities(), mdp.space());
    let mut discount = F::zero();
    // Σₜ γᵗ pₜ(s) vₜ₊₁(s') on the entries, before γ π(a|s)
    let mut paired = vec![F::zero(); p.stored()];
    run.for_each_step(|step| {
        let next_values = run.dynamics().p().mul(step.v_next);
        discount += dot(step.mass, &next_values);
        for pair in 0..p.rows() {
            let mass = &step.mass[space.state_of(pair)];
            if mass.is_zero() {
                continue;
            }
            let entries = p.row_starts()[pair]..p.row_starts()[pair + 1];
            for (sum, (next, _)) in paired[entries].iter_mut().zip(p.row(pair)) {
                *sum += step.v_next[next].clone() * mass;
            }
        }
    });
    let gamma = mdp.discount();
    let mut paired = paired.into_iter();
    let transitions = on_entries(p, |pair, _| {
        let sum = paired.next().unwrap_or_else(F::zero);
        sum * &gamma * &pi[pair]
    });
    Sensitivity {
        rewards: evaluation.pair_occupancy.clone(),
        transitions,
        initial: evaluation.v.clone(),
        discount: Some(discount),
    }
}

pub(super) fn in_the_long_run<F: Solvable>(
    run: &Average<F>,
    at: &Solved<F>,
) -> Result<Sensitivity<F>, Error> {
    let (mdp, policy, evaluation) = (at.mdp(), at.policy(), at.evaluation());
    let (rho, h, g) = (run.occupancy(), run.bias(), run.gain());
    let (pi, space) = (policy.probabilities(), mdp.space());
    // where g is constant its term is a constant of the row
    let drift = if run.long_run().structure().is_unichain() {
        vec![F::zero(); mdp.states()]
    } else {
        run.long_run().deviation_row(mdp.initial())?
    };
    let transitions = on_entries(mdp.p(), |pair, next| {
        let state = space.state_of(pair);
        (h[next].clone() * &rho[state] + g[next].clone() * &drift[state]) * &pi[pair]
    });
    Ok(Sensitivity {
        rewards: evaluation.pair_occupancy.clone(),
        transitions,
        initial: g.to_vec(),
        discount: None,
    })
}

/// A matrix of the shape of p with f(pair, next) on its stored entries, row by row.
fn on_entries<F: Solvable>(p: &Csr<F>, mut f: impl FnMut(usize, usize) -> F) -> Csr<F> {
    let mut values = Vec::with_capacity(p.stored());
    for pair in 0..p.rows() {
        values.extend(p.row(pair).map(|(next, _)| f(pair, next)));
    }
    let (starts, indices) = (p.row_starts().to_vec(), p.column_indices().to_vec());
    Csr::from_parts(p.columns(), starts, indices, values)
}
