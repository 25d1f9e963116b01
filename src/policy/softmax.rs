//! Tabular softmax with temperature: π(a|s) = exp(θ(s,a)/τ) / Σ_b exp(θ(s,b)/τ) (theory, 3.3).

use super::Scores;
use crate::field::{Field, Real};
use crate::linalg::Csr;
use crate::mdp::Space;

/// π [SA] from θ [SA]; the largest logit of a state is subtracted first, so none overflows.
pub(super) fn probabilities<F: Real>(space: &Space, theta: &[F], temperature: &F) -> Vec<F> {
    let mut pi = Vec::with_capacity(theta.len());
    for state in 0..space.states() {
        let block = &theta[space.pairs_of(state)];
        let mut largest = block.first().cloned().unwrap_or_else(F::zero);
        for x in block {
            if *x > largest {
                largest = x.clone();
            }
        }
        let mut total = F::zero();
        let begin = pi.len();
        for x in block {
            let weight = ((x.clone() - &largest) / temperature).exp();
            total += &weight;
            pi.push(weight);
        }
        for weight in &mut pi[begin..] {
            *weight = weight.clone() / &total;
        }
    }
    pi
}

/// ∂_b π_a = π_a (δ_ab − π_b)/τ, shape [SA, SA], block diagonal by state.
pub(super) fn derivative<F: Field>(space: &Space, pi: &[F], temperature: &F) -> Csr<F> {
    blocks(space, |a, b| pi[a].clone() * &score(pi, temperature, a, b))
}

/// ψ_b(a) = (δ_ab − π_b)/τ; exact to absolute precision also where π underflowed.
pub(super) fn scores<F: Field>(space: &Space, pi: &[F], temperature: &F) -> Scores<F> {
    Scores {
        rows: blocks(space, |a, b| score(pi, temperature, a, b)),
        missing: Vec::new(),
    }
}

fn score<F: Field>(pi: &[F], temperature: &F, a: usize, b: usize) -> F {
    let delta = if a == b { F::one() } else { F::zero() };
    (delta - &pi[b]) / temperature
}

/// A matrix over pairs × pairs with one dense block per state.
fn blocks<F: Field>(space: &Space, entry: impl Fn(usize, usize) -> F) -> Csr<F> {
    let entry = &entry;
    Csr::from_rows(
        space.pairs(),
        (0..space.pairs()).map(|a| {
            let block = space.pairs_of(space.state_of(a));
            block.map(move |b| (b, entry(a, b)))
        }),
    )
}
