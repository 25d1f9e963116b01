//! Direct parametrization on the product of simplices: π = θ (theory, 3.2).
//!
//! θ off the hyperplanes Σ_b θ(s,b) = 1 is moved to them along their normals,
//! π_a = θ_a + (1 − Σ_b θ_b)/|A(s)|. This extension of J is polynomial in θ, its gradient is the
//! tangential part ρ(s)(q − mean q), the only part that is intrinsic, and every route can
//! differentiate it as it stands.

use super::direct::without_rounding;
use super::family::{Family, Point};
use super::{Kind, PolicyError};
use crate::field::Field;
use crate::mdp::Space;

/// One parameter per pair; on the boundary there are actions without a score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Simplex;

impl<F: Field> Family<F> for Simplex {
    fn kind(&self) -> Kind {
        Kind::Simplex
    }

    fn parameters(&self, space: &Space) -> usize {
        space.pairs()
    }

    fn probabilities(&self, space: &Space, theta: &[F]) -> Result<Vec<F>, PolicyError> {
        let mut pi = theta.to_vec();
        for state in 0..space.states() {
            let block = &mut pi[space.pairs_of(state)];
            let mut rest = F::one();
            for x in block.iter() {
                rest -= x;
            }
            let rest = without_rounding(rest, block.len());
            if !rest.is_zero() {
                let share = rest / F::from_i64(block.len() as i64);
                for x in block {
                    *x += &share;
                }
            }
        }
        Ok(pi)
    }

    /// δ_ab − 1/|A(s)|.
    fn derivative(&self, at: Point<F>, pair: usize, row: &mut Vec<(usize, F)>) {
        let block = at.space.pairs_of(at.space.state_of(pair));
        let share = F::one() / F::from_i64(block.len() as i64);
        row.extend(block.map(|b| {
            let delta = if b == pair { F::one() } else { F::zero() };
            (b, delta - &share)
        }));
    }

    /// w_b − mean w.
    fn pull_back(&self, at: Point<F>, weights: &[F]) -> Vec<F> {
        let mut out = Vec::with_capacity(weights.len());
        for state in 0..at.space.states() {
            let block = &weights[at.space.pairs_of(state)];
            let mut average = F::zero();
            for w in block {
                average += w;
            }
            average = average / F::from_i64(block.len().max(1) as i64);
            out.extend(block.iter().map(|w| w.clone() - &average));
        }
        out
    }
}
