//! A policy along one of its parameters, where θ alone does not say what it is.

use std::sync::Arc;

use super::Policy;
use crate::field::Dual;

impl Policy<f64> {
    /// π + ε ∂ₖπ over dual numbers, of a π that is not that of θ in floating point ([`Policy::is_as_written`]).
    pub(crate) fn along(&self, k: usize) -> Policy<Dual> {
        let mut along = self.map(|&x| Dual::constant(x));
        let mut probabilities = along.probabilities.to_vec();
        let keep = self.mix().map_or(1.0, |epsilon| 1.0 - epsilon);
        for (pair, probability) in probabilities.iter_mut().enumerate() {
            let slopes = self.slopes(pair).filter(|(own, _)| *own == k);
            let slope: f64 = slopes.map(|(_, slope)| slope).sum();
            probability.derivative = slope;
            if let Some(mix) = along.mix.as_mut().filter(|_| keep > 0.0) {
                mix.sigma[pair].derivative = slope / keep;
            }
        }
        along.probabilities = Arc::new(probabilities);
        if let Some(theta) = along.theta.as_mut() {
            Arc::make_mut(theta)[k].derivative = 1.0;
        }
        along
    }
}
