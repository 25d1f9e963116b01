//! Escort (power) transform: π(a|s) = |θ(s,a)|ᵝ / Σ_b |θ(s,b)|ᵝ (theory, 3.6; Mei et al. 2020b).
//!
//! With w_b = sign(θ_b)|θ_b|^{β−1}/Z = π_b/θ_b and u_b = |θ_b|^{β−2}/Z, Z = Σ|θ|ᵝ, nothing is
//! divided by θ, and the formulas hold at θ_b = 0 as far as they have a limit there.

use super::family::{Family, Mean, Point, Seconds, Weighed, finite, label, of_others, state_name};
use super::{Kind, PolicyError};
use crate::field::Field;
use crate::mdp::Space;
use crate::number::Number;

/// One parameter per pair; scaling those of a state changes nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct Escort<F> {
    /// β ≥ 1.
    pub power: F,
}

impl<F: Field> Escort<F> {
    /// |θ|/M with M = max|θ| over the block, then M and Σ(|θ|/M)ᵝ; no power overflows.
    fn scaled(&self, block: &[F]) -> Option<(Vec<F>, F, F)> {
        let mut largest = F::zero();
        for x in block {
            if x.abs() > largest {
                largest = x.abs();
            }
        }
        let scaled: Vec<F> = block.iter().map(|x| x.abs() / &largest).collect();
        let mut total = F::zero();
        for x in &scaled {
            total += x.checked_pow(&self.power)?;
        }
        Some((scaled, largest, total))
    }

    /// w = π_b/θ_b of the actions of a state, continued by 0 at θ_b = 0.
    fn ratios(&self, at: Point<F>, state: usize) -> Vec<F> {
        let block = &at.theta.expect("escort has θ")[at.space.pairs_of(state)];
        let exponent = self.power.clone() - F::one();
        let powers = self.scaled(block).and_then(|(scaled, largest, total)| {
            let z = largest * &total;
            let power = |x: &F| Some(x.checked_pow(&exponent)? / &z);
            scaled.iter().map(power).collect::<Option<Vec<F>>>()
        });
        let powers = powers.expect("checked when the policy was built");
        let signed = |(x, w): (&F, F)| if *x < F::zero() { -w } else { w };
        block.iter().zip(powers).map(signed).collect()
    }

    /// u_b = |θ_b|^{β−2}/Z; errors where it is infinite.
    fn second_ratios(&self, at: Point<F>, state: usize) -> Result<Vec<F>, PolicyError> {
        let pairs = at.space.pairs_of(state);
        let exponent = self.power.clone() - F::from_i64(2);
        let (scaled, largest, total) = self
            .scaled(&at.theta.expect("escort has θ")[pairs.clone()])
            .expect("checked when the policy was built");
        let z = largest.clone() * &largest * &total;
        let power = |(x, pair): (&F, usize)| {
            let power = x.checked_pow(&exponent).map(|power| power / &z);
            power.ok_or_else(|| PolicyError::NotTwiceDifferentiable {
                label: label(at.space, pair),
            })
        };
        scaled.iter().zip(pairs).map(power).collect()
    }
}

impl<F: Field> Family<F> for Escort<F> {
    fn kind(&self) -> Kind {
        Kind::Escort
    }

    fn parameters(&self, space: &Space) -> usize {
        space.pairs()
    }

    fn probabilities(&self, space: &Space, theta: &[F]) -> Result<Vec<F>, PolicyError> {
        let mut pi = Vec::with_capacity(theta.len());
        for state in 0..space.states() {
            let pairs = space.pairs_of(state);
            let block = &theta[pairs.clone()];
            finite(space, state, block)?;
            let zero = |x: &F| x.to_f64() == 0.0;
            if !block.is_empty() && block.iter().all(zero) {
                let state = state_name(space, state);
                return Err(PolicyError::Origin { state });
            }
            let kink = pairs.zip(block).find(|(_, x)| zero(x));
            if let Some((pair, _)) = kink.filter(|_| self.power == F::one()) {
                let label = label(space, pair);
                return Err(PolicyError::Kink { label });
            }
            let weights = self.scaled(block).and_then(|(scaled, _, total)| {
                let power = |x: &F| Some(x.checked_pow(&self.power)? / &total);
                scaled.iter().map(power).collect::<Option<Vec<F>>>()
            });
            pi.extend(weights.ok_or_else(|| PolicyError::Irrational {
                parametrization: Kind::Escort,
                state: state_name(space, state),
                function: "the power",
                number: self.power.to_number().unwrap_or(Number::ZERO),
            })?);
        }
        Ok(pi)
    }

    /// ∂_b π_a = β (δ_ab w_a − π_a w_b); by θ_a itself β w_a (1 − π_a).
    fn derivative(&self, at: Point<F>, pair: usize, row: &mut Vec<(usize, F)>) {
        let state = at.space.state_of(pair);
        let ratios = self.ratios(at, state).into_iter();
        row.extend(at.space.pairs_of(state).zip(ratios).map(|(b, w)| {
            let share = if b == pair {
                of_others(at, pair)
            } else {
                -at.sigma[pair].clone()
            };
            (b, w * share * &self.power)
        }));
    }

    /// ψ_b(a) = β (δ_ab/θ_a − w_b), for θ_a ≠ 0; by θ_a itself β (1 − π_a)/θ_a.
    fn score(&self, at: Point<F>, pair: usize, row: &mut Vec<(usize, F)>) {
        let state = at.space.state_of(pair);
        let theta = &at.theta.expect("escort has θ")[pair];
        let ratios = self.ratios(at, state).into_iter();
        row.extend(at.space.pairs_of(state).zip(ratios).map(|(b, w)| {
            if b == pair {
                (b, of_others(at, pair) * &self.power / theta)
            } else {
                (b, -(w * &self.power))
            }
        }));
    }

    /// Σₐ yₐ ∂_b∂_c πₐ = β (β−1) δ_bc u_b (y_b − ȳ) − β² w_b w_c (y_b + y_c − 2ȳ), ȳ = Σ π y.
    fn curvature(&self, of: Weighed<F>, entries: &mut Seconds<F>) -> Result<(), PolicyError> {
        let Weighed { at, state, weights } = of;
        let block = at.space.pairs_of(state);
        let Some(mean) = Mean::new(at, state, weights) else {
            return Ok(());
        };
        let w = self.ratios(at, state);
        let square = self.power.clone() * &self.power;
        let gap = |b: usize| mean.gap(&weights[b]);
        if self.power != F::one() {
            let factor = square.clone() - &self.power;
            let u = self.second_ratios(at, state)?;
            let diagonal = block.clone().zip(u);
            entries.extend(diagonal.map(|(b, u)| (b, b, u * &factor * gap(b))));
        }
        for b in block.clone() {
            for c in b..block.end {
                let value = w[b - block.start].clone() * &w[c - block.start] * &square;
                entries.push((b, c, -(value * (gap(b) + gap(c)))));
            }
        }
        Ok(())
    }

    /// β w_b (y_b − ȳ).
    fn pull_back(&self, at: Point<F>, weights: &[F]) -> Vec<F> {
        let mut out = Vec::with_capacity(weights.len());
        for state in 0..at.space.states() {
            let block = at.space.pairs_of(state);
            let Some(mean) = Mean::new(at, state, weights) else {
                continue;
            };
            let ratios = self.ratios(at, state).into_iter();
            out.extend(
                block
                    .zip(ratios)
                    .map(|(b, w)| mean.gap(&weights[b]) * &w * &self.power),
            );
        }
        out
    }

    fn supports(&self, at: Point<F>, pair: usize) -> bool {
        !at.theta.expect("escort has θ")[pair].is_zero()
    }
}
