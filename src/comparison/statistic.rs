//! W = N Δᵀ Σ⁺ Δ with the rank of Σ as its degrees of freedom (theory, 6).
//!
//! Σ is scaled to correlations first, so that a coordinate that seldom matters counts as much as
//! any other and is not mistaken for a null one; then factored by Cholesky with diagonal pivoting,
//! which stops at the rank. The rank is at most that of the scores: every sample lies in their
//! span, whose dimension is structural (softmax scores of a state sum to 0).

use nalgebra::DMatrix;

use crate::linalg::dot_in_order;
use statrs::distribution::{ChiSquared, ContinuousCDF};

/// A positive semidefinite matrix P Σ Pᵀ = D L Lᵀ D, up to its rank.
#[derive(Clone, Debug)]
pub struct CovarianceFactor {
    /// Pivots first, then the coordinates that depend on them.
    order: Vec<usize>,
    /// Row i of L belongs to coordinate `order[i]`.
    rows: Vec<Vec<f64>>,
    /// √Σ_kk of all coordinates.
    deviation: Vec<f64>,
    rank: usize,
    tolerance: Vec<f64>,
}

/// Standard errors that are no chance.
pub(crate) const NO_CHANCE: f64 = 8.0;

/// W with its degrees of freedom, and what lies outside the range of Σ.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Statistic {
    /// W.
    pub value: f64,
    /// rank Σ.
    pub degrees_of_freedom: usize,
    /// P(χ²_r ≥ W); 1 if r = 0.
    pub p_value: f64,
    /// The largest component of Δ outside the range of Σ, in units of what rounding allows: above
    /// 1 it cannot be chance.
    pub outside: f64,
}

impl CovarianceFactor {
    /// Factors Σ [d, d] restricted to some coordinates, stopping at `most` pivots or where what
    /// remains of every scaled diagonal entry is at most its `tolerance` \[d\], the relative error to
    /// which it is known.
    pub fn new(
        sigma: &DMatrix<f64>,
        coordinates: &[usize],
        most: usize,
        tolerance: Vec<f64>,
    ) -> CovarianceFactor {
        let deviation: Vec<f64> = sigma.diagonal().iter().map(|x| x.max(0.0).sqrt()).collect();
        let active = coordinates.iter().copied().filter(|&k| deviation[k] > 0.0);
        let mut order: Vec<usize> = active.collect();
        let mut rows = vec![Vec::new(); order.len()];
        let mut left = vec![1.0; order.len()];
        let mut rank = 0;
        while rank < most.min(order.len()) {
            let candidates = (rank..order.len()).filter(|&i| left[i] > tolerance[order[i]]);
            let Some(best) = candidates.max_by(|&a, &b| left[a].total_cmp(&left[b])) else {
                break;
            };
            order.swap(rank, best);
            rows.swap(rank, best);
            left.swap(rank, best);
            let pivot = left[rank].sqrt();
            let pivot_row = rows[rank].clone();
            rows[rank].push(pivot);
            for i in rank + 1..order.len() {
                let (k, p) = (order[i], order[rank]);
                let correlation = sigma[(k, p)] / (deviation[k] * deviation[p]);
                let entry = (correlation - dot_in_order(&rows[i], &pivot_row)) / pivot;
                rows[i].push(entry);
                left[i] -= entry * entry;
            }
            rank += 1;
        }
        CovarianceFactor {
            order,
            rows,
            deviation,
            rank,
            tolerance,
        }
    }

    /// rank Σ.
    pub fn rank(&self) -> usize {
        self.rank
    }

    /// W of a deviation Δ \[d\] of the mean of N samples.
    pub fn statistic(&self, delta: &[f64], samples: f64) -> Statistic {
        let whitened = self.whiten(delta);
        let value = samples * dot_in_order(&whitened, &whitened);
        let dependent = self.order.iter().zip(&self.rows).skip(self.rank);
        let outside = dependent.map(|(&k, row)| {
            // what remains has at most this standard error
            let allowed = NO_CHANCE * (self.tolerance[k] / samples).sqrt();
            (delta[k] / self.deviation[k] - dot_in_order(row, &whitened)).abs() / allowed
        });
        Statistic {
            value,
            degrees_of_freedom: self.rank,
            p_value: upper_tail(value, self.rank),
            outside: outside.fold(0.0, f64::max),
        }
    }

    /// δᵀ Σ⁺ δ of one sample, the part outside the range of Σ left aside.
    pub fn distance(&self, delta: &[f64]) -> f64 {
        let whitened = self.whiten(delta);
        dot_in_order(&whitened, &whitened)
    }

    /// L⁻¹ D⁻¹ δ over the pivots.
    pub(crate) fn whiten(&self, delta: &[f64]) -> Vec<f64> {
        let mut whitened: Vec<f64> = Vec::with_capacity(self.rank);
        for (&k, row) in self.order.iter().zip(&self.rows).take(self.rank) {
            let known = dot_in_order(&row[..whitened.len()], &whitened);
            whitened.push((delta[k] / self.deviation[k] - known) / row[whitened.len()]);
        }
        whitened
    }
}

/// P(χ²_r ≥ x); 1 for r = 0.
pub fn upper_tail(x: f64, degrees_of_freedom: usize) -> f64 {
    match ChiSquared::new(degrees_of_freedom as f64) {
        // half of the least number is 0, which the incomplete Γ does not take
        Ok(_) if x < f64::MIN_POSITIVE => 1.0,
        Ok(law) if x.is_finite() => law.sf(x),
        Ok(_) => 0.0,
        Err(_) => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Σ = diag(1, 4) on two coordinates and their sum as a third: rank 2.
    #[test]
    fn a_singular_covariance_has_its_rank() {
        let rows = [1.0, 0.0, 1.0, 0.0, 4.0, 4.0, 1.0, 4.0, 5.0];
        let sigma = DMatrix::from_row_slice(3, 3, &rows);
        let factor = CovarianceFactor::new(&sigma, &[0, 1, 2], 3, vec![1e-14; 3]);
        assert_eq!(factor.rank(), 2);
        // Δ = (1, 2, 3): 1²/1 + 2²/4 = 2
        let inside = factor.statistic(&[1.0, 2.0, 3.0], 10.0);
        assert!((inside.value - 20.0).abs() < 1e-12 && inside.outside < 1.0);
        assert!(factor.statistic(&[1.0, 2.0, 3.5], 10.0).outside > 1e3);
    }

    /// A coordinate of variance 10⁻³⁰ is no null vector.
    #[test]
    fn rare_coordinates_count() {
        let sigma = DMatrix::from_row_slice(2, 2, &[1.0, 0.0, 0.0, 1e-30]);
        assert_eq!(
            CovarianceFactor::new(&sigma, &[0, 1], 2, vec![1e-14; 2]).rank(),
            2
        );
    }

    /// P(χ²₂ ≥ x) = e^{−x/2}.
    #[test]
    fn two_degrees_of_freedom_are_exponential() {
        assert!((upper_tail(20.0, 2) / (-10.0f64).exp() - 1.0).abs() < 1e-10);
        assert_eq!(upper_tail(3.0, 0), 1.0);
        assert_eq!(upper_tail(f64::from_bits(1), 2), 1.0);
    }
}
