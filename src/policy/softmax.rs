//! Tabular softmax with temperature: π(a|s) = exp(θ(s,a)/τ) / Σ_b exp(θ(s,b)/τ) (theory, 3.3).

use super::family::{
    Family, Mean, Point, Seconds, Weighed, finite, log_softmax, of_others, softmax_of, state_name,
};
use super::{Kind, PolicyError};
use crate::field::Field;
use crate::mdp::Space;
use crate::number::Number;

/// One parameter per pair; adding a constant to all of a state changes nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct Softmax<F> {
    /// τ > 0.
    pub temperature: F,
}

impl<F: Field> Softmax<F> {
    /// ψ_b(a) = (δ_ab − π_b)/τ; exact to absolute precision also where π underflowed.
    fn entry(&self, at: Point<F>, a: usize, b: usize) -> F {
        let numerator = if a == b {
            of_others(at, a)
        } else {
            -at.sigma[b].clone()
        };
        numerator / &self.temperature
    }
}

impl<F: Field> Family<F> for Softmax<F> {
    fn kind(&self) -> Kind {
        Kind::Softmax
    }

    fn parameters(&self, space: &Space) -> usize {
        space.pairs()
    }

    fn probabilities(&self, space: &Space, theta: &[F]) -> Result<Vec<F>, PolicyError> {
        by_state(self, space, theta, &self.temperature)
    }

    /// ∂_b π_a = π_a (δ_ab − π_b)/τ.
    fn derivative(&self, at: Point<F>, pair: usize, row: &mut Vec<(usize, F)>) {
        let block = at.space.pairs_of(at.space.state_of(pair));
        row.extend(block.map(|b| (b, at.sigma[pair].clone() * &self.entry(at, pair, b))));
    }

    fn score(&self, at: Point<F>, pair: usize, row: &mut Vec<(usize, F)>) {
        let block = at.space.pairs_of(at.space.state_of(pair));
        row.extend(block.map(|b| (b, self.entry(at, pair, b))));
    }

    /// Σₐ wₐ ∂_b∂_c πₐ = −π_b π_c (w_b + w_c − 2w̄)/τ² for b ≠ c, (1 − 2π_b) π_b (w_b − w̄)/τ² for b = c, w̄ = Σ π w.
    fn curvature(&self, of: Weighed<F>, entries: &mut Seconds<F>) -> Result<(), PolicyError> {
        let Weighed { at, state, weights } = of;
        let block = at.space.pairs_of(state);
        let Some(mean) = Mean::new(at, state, weights) else {
            return Ok(());
        };
        let square = self.temperature.clone() * &self.temperature;
        let gap = |b: usize| mean.gap(&weights[b]);
        for b in block.clone() {
            let slope = at.sigma[b].clone() / &square;
            let bent = F::one() - at.sigma[b].clone() - &at.sigma[b];
            entries.push((b, b, slope.clone() * gap(b) * bent));
            for c in b + 1..block.end {
                let value = slope.clone() * &at.sigma[c] * (gap(b) + gap(c));
                entries.push((b, c, -value));
            }
        }
        Ok(())
    }

    /// π_b (w_b − w̄)/τ.
    fn pull_back(&self, at: Point<F>, weights: &[F]) -> Vec<F> {
        let mut out = Vec::with_capacity(weights.len());
        for state in 0..at.space.states() {
            let block = at.space.pairs_of(state);
            let Some(mean) = Mean::new(at, state, weights) else {
                continue;
            };
            out.extend(block.map(|b| mean.gap(&weights[b]) * &at.sigma[b] / &self.temperature));
        }
        out
    }

    fn log_probabilities(&self, at: Point<F>) -> Option<Vec<F>> {
        log_softmax(at.space, at.theta?, &self.temperature)
    }

    fn supports(&self, _: Point<F>, _: usize) -> bool {
        true
    }
}

/// exp(x/τ)/Σ exp(x/τ) over the pairs of each state, x the logits \[SA\] of a family.
pub(super) fn by_state<F: Field>(
    family: &impl Family<F>,
    space: &Space,
    logits: &[F],
    temperature: &F,
) -> Result<Vec<F>, PolicyError> {
    let mut pi = Vec::with_capacity(logits.len());
    for state in 0..space.states() {
        let block = &logits[space.pairs_of(state)];
        finite(space, state, block)?;
        softmax_of(block, temperature, &mut pi)
            .map_err(|gap| irrational(family, space, state, gap))?;
    }
    Ok(pi)
}

/// The error of a logit whose exponential is no fraction.
fn irrational<F: Field>(
    family: &impl Family<F>,
    space: &Space,
    state: usize,
    gap: F,
) -> PolicyError {
    PolicyError::Irrational {
        parametrization: family.kind(),
        state: state_name(space, state),
        function: "the exponential",
        number: gap.to_number().unwrap_or(Number::ZERO),
    }
}
