//! What a run gives: sampled means, variances and covariances.

use super::layout::Layout;

/// The sampled moments of one estimator.
#[derive(Clone, Debug, PartialEq)]
pub struct SampleMoments {
    /// X̄ \[d\].
    pub mean: Vec<f64>,
    /// The sample variance \[d\] of one trajectory's X, divisor N − 1; 0 if N = 1. A coordinate that
    /// never varies has a variance of 0 up to the rounding of its mean square, never below 0.
    pub variance: Vec<f64>,
    /// The sample covariance [d × d], row by row, with [`Spread::Covariance`](crate::sampling::Spread::Covariance).
    pub covariance: Option<Vec<f64>>,
}

/// What N trajectories gave.
#[derive(Clone, Debug, PartialEq)]
pub struct Samples {
    /// N; fewer than asked for if the run was stopped.
    pub trajectories: u64,
    /// Steps of the environment, in all.
    pub steps: u64,
    /// One for each estimator, in order.
    pub estimators: Vec<SampleMoments>,
    /// One for each of [`Plan::differences`](crate::sampling::Plan::differences), of the first minus the second.
    pub differences: Vec<SampleMoments>,
}

impl Samples {
    /// Nothing was sampled.
    pub fn none() -> Samples {
        Samples {
            trajectories: 0,
            steps: 0,
            estimators: Vec::new(),
            differences: Vec::new(),
        }
    }
}

impl SampleMoments {
    /// From the sums of one lane over n trajectories, in the order of a tally.
    pub(super) fn new(layout: &Layout, sums: &[f64], trajectories: u64) -> SampleMoments {
        let n = trajectories.max(1) as f64;
        let (own, products) = sums.split_at(2 * layout.coordinates());
        let mean: Vec<f64> = own.iter().step_by(2).map(|sum| sum / n).collect();
        let squares: Vec<f64> = own.iter().skip(1).step_by(2).copied().collect();
        let centered = layout.center(&mean, &squares, products, n);
        let variance = layout.variance(&centered).into_iter();
        SampleMoments {
            mean: layout.image(&mean),
            variance: variance.map(|x| x.max(0.0)).collect(),
            covariance: layout.covariance(&centered),
        }
    }
}
