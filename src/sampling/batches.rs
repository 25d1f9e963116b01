//! Functions of the sums of all trajectories: means over steps, whitened numbers, self-normalised weights,
//! and baselines from the sample.

use super::layout::Layout;
use super::path::{PathSum, Paths};
use super::weights::{Scratch, Weights};
use crate::estimator::{BatchEstimator, BatchKind, Contribution, Resolved, WHITENING};

/// Several of them on the same trajectories.
pub(super) struct Batches {
    each: Vec<Sums>,
}

/// The sums that one is made of.
struct Sums {
    kind: BatchKind,
    /// cᵗΨ, Ψ and cᵗ of the estimator inside.
    weights: Weights,
    /// Its powers of c are those of these weights: no other's may work in it.
    scratch: Scratch,
    trajectories: f64,
    steps: f64,
    /// ΣX \[d\], and by kind Σcᵗψ, ΣUG or ΣU \[d\].
    estimates: Vec<f64>,
    others: Vec<f64>,
    /// ΣU² and ΣU²G \[d\].
    squares: Vec<f64>,
    weighed: Vec<f64>,
    /// ΣΨ and ΣΨ², or Σ of the ratios.
    sum: f64,
    square: f64,
}

impl Batches {
    pub fn new(batches: &[Resolved<f64>], parameters: usize) -> Batches {
        let each = batches.iter().filter_map(|resolved| match &resolved.form {
            Contribution::Batch(batch) => Some(Sums::new(batch, parameters)),
            _ => None,
        });
        Batches {
            each: each.collect(),
        }
    }

    /// Adds one trajectory.
    pub fn add(&mut self, one: &Paths, layout: &Layout) {
        let path = one.at(0..one.steps());
        for sums in &mut self.each {
            sums.weights.evaluate(one, &mut sums.scratch);
            sums.add(&path, layout);
        }
    }

    /// One estimate \[d\] of each.
    pub fn estimates(&self) -> Vec<Vec<f64>> {
        self.each.iter().map(Sums::estimate).collect()
    }
}

impl Sums {
    fn new(batch: &BatchEstimator<f64>, parameters: usize) -> Sums {
        let of = match batch.kind {
            // the ratios of the whole trajectory instead of those up to each reward
            BatchKind::SelfNormalised => Resolved {
                form: Contribution::Whole,
                ..batch.of.clone()
            },
            _ => batch.of.clone(),
        };
        let one = Resolved {
            form: Contribution::Batch(Box::new(batch.clone())),
            ..of.clone()
        };
        let zeros = || vec![0.0; parameters];
        Sums {
            kind: batch.kind,
            weights: Weights::new(&[of.clone(), of.without_weight(), one]),
            scratch: Scratch::default(),
            trajectories: 0.0,
            steps: 0.0,
            estimates: zeros(),
            others: zeros(),
            squares: zeros(),
            weighed: zeros(),
            sum: 0.0,
            square: 0.0,
        }
    }

    fn add(&mut self, path: &PathSum, layout: &Layout) {
        self.trajectories += 1.0;
        self.steps += path.pairs.len() as f64;
        let terms = |channel: usize| {
            self.weights
                .weighted(channel, &self.scratch, 0..path.pairs.len())
                .collect::<Vec<f64>>()
        };
        let scored = |x: &[f64]| layout.weighted_scores(path.pairs, x);
        let (own, bare, powers) = (terms(0), terms(1), terms(2));
        if self.kind == BatchKind::InSample {
            let total = bare.first().copied().unwrap_or(0.0);
            let sums = scored(&powers);
            for (k, u) in sums.iter().enumerate() {
                self.estimates[k] += u * total;
                self.others[k] += u;
                self.squares[k] += u * u;
                self.weighed[k] += u * u * total;
            }
            return;
        }
        add(&mut self.estimates, &scored(&own));
        match self.kind {
            BatchKind::SelfNormalised => self.sum += path.ratio(),
            BatchKind::Whitened { .. } => {
                add(&mut self.others, &scored(&powers));
                self.sum += bare.iter().sum::<f64>();
                self.square += bare.iter().map(|x| x * x).sum::<f64>();
            }
            _ => {}
        }
    }

    fn estimate(&self) -> Vec<f64> {
        let over = |divisor: f64| self.estimates.iter().map(|x| x / divisor).collect();
        match self.kind {
            BatchKind::PerStep => over(self.steps.max(1.0)),
            BatchKind::Mean => over(self.trajectories.max(1.0)),
            BatchKind::SelfNormalised => over(self.sum.max(f64::MIN_POSITIVE)),
            BatchKind::InSample => {
                let baseline = |k: usize| match self.squares[k] {
                    0.0 => 0.0,
                    square => self.weighed[k] / square,
                };
                let own = |k: usize| self.estimates[k] - baseline(k) * self.others[k];
                let all = (0..self.estimates.len()).map(own);
                all.map(|x| x / self.trajectories).collect()
            }
            BatchKind::Whitened { per_step, ddof } => {
                let mean = self.sum / self.steps;
                let squares = self.square - self.steps * mean * mean;
                let variance = squares.max(0.0) / (self.steps - f64::from(ddof)).max(1.0);
                let divisor = variance.sqrt() + WHITENING;
                let count = if per_step {
                    self.steps
                } else {
                    self.trajectories
                };
                let both = self.estimates.iter().zip(&self.others);
                both.map(|(x, b)| (x - mean * b) / divisor / count)
                    .collect()
            }
        }
    }
}

fn add(sum: &mut [f64], x: &[f64]) {
    sum.iter_mut().zip(x).for_each(|(sum, x)| *sum += x);
}
