//! Derivatives of J with respect to the model, from the same adjoint ρ^π as the policy's.

use super::Evaluated;
use crate::field::{Field, dot};
use crate::linalg::Csr;

/// ∂J with respect to r, p, ρ₀ and γ, the policy fixed.
#[derive(Clone, Debug, PartialEq)]
pub struct Sensitivity<F> {
    /// ∂J/∂r(s,a) = ρ(s,a) \[SA\], in visits.
    pub rewards: Vec<F>,
    /// ∂J/∂p(s'|s,a) = γ ρ(s,a) v(s') on the stored entries of p [SA, S], in reward, with r(s,a)
    /// held fixed. Only directions that keep the rows of p sums of 1 stay within the models.
    pub transitions: Csr<F>,
    /// ∂J/∂ρ₀(s) = v(s) \[S\].
    pub initial: Vec<F>,
    /// ∂J/∂γ = ρ p^π v, in reward; for the total criterion the derivative from the left at γ = 1.
    pub discount: F,
}

impl<F: Field> Sensitivity<F> {
    /// Products of ρ and v; no further solve.
    pub fn new(at: Evaluated<'_, F>) -> Sensitivity<F> {
        let evaluation = at.evaluation;
        let gamma = at.chain.discount();
        let p = at.mdp.p();
        let values = (0..p.rows()).flat_map(|pair| {
            let visits = evaluation.pair_occupancy[pair].clone() * gamma;
            let next = p.row(pair).map(|(next, _)| next);
            next.map(move |next| visits.clone() * &evaluation.v[next])
        });
        let transitions = Csr::from_parts(
            p.columns(),
            p.row_starts().to_vec(),
            p.column_indices().to_vec(),
            values.collect(),
        );
        let reached = at.chain.dynamics().p().mul(&evaluation.v);
        Sensitivity {
            rewards: evaluation.pair_occupancy.clone(),
            transitions,
            initial: evaluation.v.clone(),
            discount: dot(&evaluation.occupancy, &reached),
        }
    }
}
