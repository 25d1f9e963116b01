//! Softmax of features: π(a|s) ∝ exp(θ · φ(s,a)/τ) (theory, 3.4). Features shared between states
//! couple them: aliasing and state aggregation are of this form.

use std::sync::Arc;

use super::family::{Family, Mean, Point, Seconds, Weighed, log_softmax};
use super::softmax;
use super::{Kind, PolicyError};
use crate::field::Field;
use crate::linalg::Csr;
use crate::mdp::Space;

/// One parameter per feature.
#[derive(Clone, Debug, PartialEq)]
pub struct LogLinear<F> {
    /// φ, shape [SA, d].
    pub features: Arc<Csr<F>>,
    /// Names of the features, if they have any.
    pub names: Option<Vec<String>>,
    /// τ > 0.
    pub temperature: F,
}

impl<F: Field> LogLinear<F> {
    /// Appends c · (φ(pair) − φ̄) as Σ_b c π_b (φ(pair) − φ_b), which is exactly 0 in a feature
    /// that all actions of the state share.
    fn centered(&self, at: Point<F>, pair: usize, c: &F, row: &mut Vec<(usize, F)>) {
        for other in at.space.pairs_of(at.space.state_of(pair)) {
            if other == pair {
                continue;
            }
            let weight = at.sigma[other].clone() * c;
            let own = self.features.row(pair);
            row.extend(own.map(|(k, x)| (k, weight.clone() * x)));
            let others = self.features.row(other);
            row.extend(others.map(|(k, x)| (k, -(weight.clone() * x))));
        }
    }
}

impl<F: Field> Family<F> for LogLinear<F> {
    fn kind(&self) -> Kind {
        Kind::LogLinear
    }

    fn parameters(&self, _: &Space) -> usize {
        self.features.columns()
    }

    fn probabilities(&self, space: &Space, theta: &[F]) -> Result<Vec<F>, PolicyError> {
        let logits = self.features.mul(theta);
        softmax::by_state(self, space, &logits, &self.temperature)
    }

    /// ∇π_a = π_a (φ_a − φ̄)/τ.
    fn derivative(&self, at: Point<F>, pair: usize, row: &mut Vec<(usize, F)>) {
        let c = at.sigma[pair].clone() / &self.temperature;
        self.centered(at, pair, &c, row);
    }

    fn score(&self, at: Point<F>, pair: usize, row: &mut Vec<(usize, F)>) {
        self.centered(at, pair, &(F::one() / &self.temperature), row);
    }

    /// Σₐ wₐ ∂²πₐ = Σₐ πₐ (wₐ − w̄) ψₐψₐᵀ, since ∂²πₐ = πₐ (ψₐψₐᵀ − Σ_b π_b ψ_bψ_bᵀ).
    fn curvature(&self, of: Weighed<F>, entries: &mut Seconds<F>) -> Result<(), PolicyError> {
        let Weighed { at, state, weights } = of;
        let block = at.space.pairs_of(state);
        let Some(mean) = Mean::new(at, state, weights) else {
            return Ok(());
        };
        for pair in block {
            let mut scores = Csr::empty(self.features.columns());
            let mut row = Vec::new();
            self.score(at, pair, &mut row);
            scores.push_row(&mut row);
            let weight = mean.gap(&weights[pair]) * &at.sigma[pair];
            for (k, x) in scores.row(0) {
                let upper = scores.row(0).filter(|(l, _)| *l >= k);
                entries.extend(upper.map(|(l, y)| (k, l, weight.clone() * x * y)));
            }
        }
        Ok(())
    }

    /// Σ πₐ (wₐ − w̄) φₐ/τ.
    fn pull_back(&self, at: Point<F>, weights: &[F]) -> Vec<F> {
        let mut moved = Vec::with_capacity(weights.len());
        for state in 0..at.space.states() {
            let block = at.space.pairs_of(state);
            let Some(mean) = Mean::new(at, state, weights) else {
                continue;
            };
            moved.extend(block.map(|b| mean.gap(&weights[b]) * &at.sigma[b] / &self.temperature));
        }
        self.features.mul_transposed(&moved)
    }

    fn log_probabilities(&self, at: Point<F>) -> Option<Vec<F>> {
        log_softmax(at.space, &self.features.mul(at.theta?), &self.temperature)
    }

    fn supports(&self, _: Point<F>, _: usize) -> bool {
        true
    }
}
