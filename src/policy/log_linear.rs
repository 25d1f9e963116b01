//! Softmax of features: π(a|s) ∝ exp(θ · φ(s,a)/τ) (theory, 3.4). Features shared between states
//! couple them: aliasing and state aggregation are of this form.

use std::sync::Arc;

use super::family::{Family, Mean, Point, Seconds, Weighed, log_softmax};
use super::softmax;
use super::{Kind, PolicyError};
use crate::field::Field;
use crate::linalg::Csr;
use crate::mdp::Space;

/// Sums of terms so many temperatures large may be off by 10⁻¹² of a probability; a choice.
pub(super) const LARGE: i64 = 4096;

/// Features so many times larger than what they differ by have lost digits to rounding; a choice.
const CANCELLED: i64 = 8;

/// One parameter per feature.
#[derive(Clone, Debug, PartialEq)]
pub struct LogLinear<F> {
    /// φ, shape [SA, d].
    pub features: Arc<Csr<F>>,
    /// What rounding of the written φ has left out, where it has, shape [SA, d].
    pub rest: Option<Arc<Csr<F>>>,
    /// Names of the features, if they have any.
    pub names: Option<Vec<String>>,
    /// τ > 0.
    pub temperature: F,
}

impl<F: Field> LogLinear<F> {
    /// Appends c · (φ(pair) − φ̄) as Σ_b c π_b (φ(pair) − φ_b), which is exactly 0 in a feature
    /// that all actions of the state share and keeps the digits of one that has an offset.
    fn centered(&self, at: Point<F>, pair: usize, c: &F, row: &mut Vec<(usize, F)>) {
        for other in at.space.pairs_of(at.space.state_of(pair)) {
            if other == pair {
                continue;
            }
            let weight = at.sigma[other].clone() * c;
            self.for_each_difference(pair, other, |k, x| row.push((k, weight.clone() * x)));
        }
    }

    /// φ · θ of each pair less that of the largest of its state \[SA\], summed up from differences between features: what all
    /// actions of a state share does not cost the others digits. Where terms are so large that rounding of them would show in a
    /// probability, finely from the features as they are written.
    pub(super) fn logits(&self, space: &Space, theta: &[F]) -> Vec<F> {
        let mut logits = self.features.mul(theta);
        for state in 0..space.states() {
            let block = space.pairs_of(state);
            let top = block.reduce(|x, y| if logits[y] > logits[x] { y } else { x });
            let Some(top) = top else { continue };
            let large = !F::EXACT && space.pairs_of(state).any(|pair| self.is_large(pair, theta));
            for pair in space.pairs_of(state) {
                let finely = large.then(|| self.fine_gap(pair, top, theta)).flatten();
                logits[pair] = finely.unwrap_or_else(|| {
                    let mut gap = F::zero();
                    self.for_each_difference(pair, top, |k, x| gap += x * &theta[k]);
                    gap
                });
            }
        }
        logits
    }

    /// Whether rounding of the terms of φ · θ would show in a probability.
    pub(super) fn is_large(&self, pair: usize, theta: &[F]) -> bool {
        let terms = self.features.row(pair);
        let size = terms.fold(F::zero(), |sum, (k, x)| sum + x.abs() * theta[k].abs());
        size > F::from_i64(LARGE) * &self.temperature
    }

    /// (φ(pair) − φ(other)) · θ from all products; `None` where a plain sum is as good, and where one leaves the field.
    fn fine_gap(&self, pair: usize, other: usize, theta: &[F]) -> Option<F> {
        if pair == other {
            return Some(F::zero());
        }
        let negative: Vec<F> = theta.iter().map(|x| -x.clone()).collect();
        let tables = [Some(&self.features), self.rest.as_ref()];
        let mut products = Vec::new();
        for table in tables.into_iter().flatten() {
            products.extend(table.row(pair).map(|(k, x)| (x, &theta[k])));
            products.extend(table.row(other).map(|(k, x)| (x, &negative[k])));
        }
        F::fine_sum(&products).filter(|gap| gap.to_f64().is_finite())
    }

    /// φ(pair) − φ(other) where either is not 0, columns increasing; of features that are large beside it, with what their rounding
    /// has left out.
    fn for_each_difference(&self, pair: usize, other: usize, mut f: impl FnMut(usize, F)) {
        let mut own = self.features.row(pair).peekable();
        let mut others = self.features.row(other).peekable();
        loop {
            match (own.peek(), others.peek()) {
                (Some((k, x)), Some((l, y))) if k == l => {
                    let mut gap = (*x).clone() - *y;
                    if let Some(rest) = &self.rest
                        && gap.abs() * F::from_i64(CANCELLED) < x.abs()
                    {
                        gap += rest.get(pair, *k) - rest.get(other, *k);
                    }
                    f(*k, gap);
                    own.next();
                    others.next();
                }
                (Some((k, x)), following) if following.is_none_or(|(l, _)| k < l) => {
                    f(*k, (*x).clone());
                    own.next();
                }
                (_, Some((l, y))) => {
                    f(*l, -(*y).clone());
                    others.next();
                }
                (_, None) => return,
            }
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
        let logits = self.logits(space, theta);
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

    /// Σ πₐ (wₐ − w̄) φₐ/τ, with φ less that of the likeliest action: the factors of φ sum to 0 in each state, up to rounding, which
    /// features with an offset would make large.
    fn pull_back(&self, at: Point<F>, weights: &[F]) -> Vec<F> {
        let mut out = vec![F::zero(); self.features.columns()];
        for state in 0..at.space.states() {
            let block = at.space.pairs_of(state);
            let likeliest = block
                .clone()
                .reduce(|x, y| if at.sigma[y] > at.sigma[x] { y } else { x });
            let (Some(mean), Some(top)) = (Mean::new(at, state, weights), likeliest) else {
                continue;
            };
            for pair in block.filter(|&pair| pair != top) {
                let moved = mean.gap(&weights[pair]) * &at.sigma[pair] / &self.temperature;
                self.for_each_difference(pair, top, |k, x| out[k] += x * &moved);
            }
        }
        out
    }

    fn log_probabilities(&self, at: Point<F>) -> Option<Vec<F>> {
        log_softmax(
            at.space,
            &self.logits(at.space, at.theta?),
            &self.temperature,
        )
    }

    fn supports(&self, _: Point<F>, _: usize) -> bool {
        true
    }
}
