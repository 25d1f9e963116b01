//! Direct parametrization: π(a|s) = θ(s,a) for all but the last action, which takes the rest
//! (theory, 3.1).

use super::family::{Family, Point};
use super::{Kind, PolicyError};
use crate::field::Field;
use crate::mdp::Space;

/// |A(s)| − 1 free probabilities per state; ∇π is constant, and on the boundary there are
/// actions without a score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Direct;

impl<F: Field> Family<F> for Direct {
    fn kind(&self) -> Kind {
        Kind::Direct
    }

    fn parameters(&self, space: &Space) -> usize {
        space.pairs() - space.alive_before(space.states())
    }

    fn probabilities(&self, space: &Space, theta: &[F]) -> Result<Vec<F>, PolicyError> {
        let mut pi = Vec::with_capacity(space.pairs());
        let mut free = theta.iter();
        for state in 0..space.states() {
            let actions = space.pairs_of(state).len();
            if actions == 0 {
                continue;
            }
            let mut rest = F::one();
            for x in free.by_ref().take(actions - 1) {
                rest -= x;
                pi.push(x.clone());
            }
            pi.push(without_rounding(rest, actions));
        }
        Ok(pi)
    }

    /// δ_ab for a free action, −1 everywhere for the last.
    fn derivative(&self, at: Point<F>, pair: usize, row: &mut Vec<(usize, F)>) {
        let state = at.space.state_of(pair);
        let block = at.space.pairs_of(state);
        // One parameter less than pairs for every alive state before this one.
        let first = block.start - at.space.alive_before(state);
        if pair + 1 < block.end {
            row.push((first + pair - block.start, F::one()));
        } else {
            row.extend((first..first + block.len() - 1).map(|k| (k, -F::one())));
        }
    }

    /// w_b − w_z, z the last action.
    fn pull_back(&self, at: Point<F>, weights: &[F]) -> Vec<F> {
        let mut out = Vec::with_capacity(weights.len());
        for state in 0..at.space.states() {
            if let Some((last, free)) = weights[at.space.pairs_of(state)].split_last() {
                out.extend(free.iter().map(|w| w.clone() - last));
            }
        }
        out
    }
}

/// Zero in place of a value that is only the rounding of a sum of probabilities, so that the
/// support of a policy does not depend on it; derivatives of dual numbers are kept.
pub(super) fn without_rounding<F: Field>(x: F, terms: usize) -> F {
    let noise = !F::EXACT && x.to_f64().abs() <= terms as f64 * f64::EPSILON;
    match x.to_number().filter(|_| noise) {
        Some(value) => x - F::from_number(&value),
        None => x,
    }
}
