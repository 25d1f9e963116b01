//! Finite steps between policies: the performance difference lemma and the surrogates that
//! trust-region methods maximise (theory, 4.5, 4.9).

use super::greediness;
use crate::field::dot;
use crate::linalg::Solvable;
use crate::policy::Policy;
use crate::solved::Solved;

/// J(π') − J(π) by both forms of the performance difference lemma (Kakade & Langford 2002, lemma
/// 6.1): ρ^{π'} π' A^π and ρ^π (π' − π) q^{π'}. Measure and advantage belong to different
/// policies.
pub fn performance_difference<F: Solvable>(at: &Solved<F>, other: &Solved<F>) -> (F, F) {
    let new = dot(
        &other.evaluation().pair_occupancy,
        &at.evaluation().advantage,
    );
    let space = at.mdp().space();
    let (before, after) = (at.policy().probabilities(), other.policy().probabilities());
    let mut old = F::zero();
    for (pair, q) in other.evaluation().q.iter().enumerate() {
        let visits = at.evaluation().occupancy[space.state_of(pair)].clone();
        old += visits * q * (after[pair].clone() - &before[pair]);
    }
    (new, old)
}

/// L_π(π') = J(π) + ρ^π π' A^π (Kakade & Langford 2002; Schulman et al. 2015): its gradient at
/// π' = π is ∇J.
pub fn surrogate<F: Solvable>(at: &Solved<F>, other: &Policy<F>) -> F {
    let space = at.mdp().space();
    let (before, after) = (at.policy().probabilities(), other.probabilities());
    let mut value = at.evaluation().j.clone();
    // π A^π sums to 0: what both have in common is left out, and its rounding
    for (pair, pi) in after.iter().enumerate() {
        let visits = &at.evaluation().occupancy[space.state_of(pair)];
        value += (pi.clone() - &before[pair]) * &at.evaluation().advantage[pair] * visits;
    }
    value
}

/// ∇_θ L_π(π') = ρ^π(A^π ∇π') \[d\] at any π', in its own parameters: measure and advantages stay those of π
/// (Schulman et al. 2015).
pub fn surrogate_gradient<F: Solvable>(at: &Solved<F>, other: &Policy<F>) -> Vec<F> {
    let evaluation = at.evaluation();
    greediness::gradient(other, &evaluation.occupancy, &evaluation.advantage)
}

/// ρ^π π min(w A, clip(w, 1 ± ε) A) with w = π'/π (PPO, Schulman et al. 2017); pairs of
/// probability 0 under π are never sampled and count 0. Its gradient at π' = π is ∇J.
pub fn clipped_surrogate<F: Solvable>(at: &Solved<F>, other: &Policy<F>, epsilon: &F) -> F {
    let (low, high) = (F::one() - epsilon, F::one() + epsilon);
    let pi = at.policy().probabilities();
    let mut value = F::zero();
    for (pair, visits) in at.evaluation().pair_occupancy.iter().enumerate() {
        if pi[pair].is_zero() {
            continue;
        }
        let ratio = other.probabilities()[pair].clone() / &pi[pair];
        let clipped = match &ratio {
            w if *w < low => low.clone(),
            w if *w > high => high.clone(),
            w => w.clone(),
        };
        let advantage = &at.evaluation().advantage[pair];
        let (plain, clipped) = (ratio * advantage, clipped * advantage);
        let smaller = if clipped < plain { clipped } else { plain };
        // as above
        value += (smaller - advantage) * visits;
    }
    value
}

/// What a trust region guarantees: J(π') ≥ L_π(π') − 4 ε_A γ D/(1 − γ)² (Schulman et al. 2015,
/// theorem 1), for γ < 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ImprovementBound {
    /// L_π(π').
    pub surrogate: f64,
    /// maxₛ ½ Σₐ |π − π'|.
    pub total_variation: f64,
    /// maxₛ KL(π‖π'), in nats; infinite where π' gives up an action of π.
    pub divergence: f64,
    /// The bound with D the squared total variation.
    pub by_total_variation: f64,
    /// The bound with D the divergence.
    pub by_divergence: f64,
}

impl ImprovementBound {
    /// The bound for a step to `other`; −∞ at γ = 1, where it says nothing.
    pub fn new(at: &Solved, other: &Policy<f64>) -> ImprovementBound {
        let space = at.mdp().space();
        let (pi, new) = (at.policy().probabilities(), other.probabilities());
        let (mut total_variation, mut divergence) = (0.0f64, 0.0f64);
        for state in 0..space.states() {
            let block = space.pairs_of(state);
            let moved: f64 = block.clone().map(|i| (pi[i] - new[i]).abs()).sum();
            let taken = block.filter(|&i| pi[i] > 0.0);
            let kl: f64 = taken.map(|i| pi[i] * (pi[i] / new[i]).ln()).sum();
            total_variation = total_variation.max(moved / 2.0);
            divergence = divergence.max(kl);
        }
        let advantage = &at.evaluation().advantage;
        let largest = advantage.iter().fold(0.0f64, |x, y| x.max(y.abs()));
        let gamma = at.mdp().discount();
        let factor = 4.0 * largest * gamma / (1.0 - gamma).powi(2);
        let surrogate = surrogate(at, other);
        let bound = |d: f64| match d {
            0.0 => surrogate,
            d => surrogate - factor * d,
        };
        ImprovementBound {
            surrogate,
            total_variation,
            divergence,
            by_total_variation: bound(total_variation * total_variation),
            by_divergence: bound(divergence),
        }
    }
}
