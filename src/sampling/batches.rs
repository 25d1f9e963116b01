//! Functions of the sums of all trajectories: means over steps, whitened numbers, self-normalised weights,
//! and baselines from the sample.

use super::layout::Layout;
use super::long::{Drawn, Long};
use super::path::{PathSum, Paths};
use super::weights::{Scratch, Weights};
use crate::estimator::{BatchEstimator, BatchKind, Contribution, Resolved, WHITENING};

/// Several of them on the same trajectories.
pub(super) struct Batches {
    each: Vec<Sums>,
    long: Long,
}

/// What one trajectory adds.
#[derive(Clone, Debug)]
struct Own {
    /// Σ cᵗΨψ and, by kind, Σ cᵗψ \[d\].
    estimate: Vec<f64>,
    other: Vec<f64>,
    steps: usize,
    /// Ψ of the first step.
    first: Option<f64>,
    /// ΣΨ, ΣΨ² and the ratio.
    sum: f64,
    square: f64,
    ratio: f64,
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
            long: Long::default(),
        }
    }

    /// Adds one trajectory.
    pub fn add(&mut self, one: &Paths, layout: &Layout) {
        let path = one.at(0..one.steps());
        for sums in &mut self.each {
            sums.weights.evaluate(one, &mut sums.scratch);
            let mut own = Own::new(layout.parameters());
            own.add((sums.kind, &sums.weights), &path, &sums.scratch, layout);
            sums.add(&own);
        }
    }

    /// Adds one of more steps than are kept.
    pub fn add_long(&mut self, drawn: Drawn, layout: &Layout) {
        for sums in &mut self.each {
            let mut own = Own::new(layout.parameters());
            let of = (sums.kind, &sums.weights);
            let long = &mut self.long;
            long.each_part(drawn, of.1, |path, scratch| {
                own.add(of, path, scratch, layout)
            });
            sums.add(&own);
        }
    }

    /// One estimate \[d\] of each.
    pub fn estimates(&self) -> Vec<Vec<f64>> {
        self.each.iter().map(Sums::estimate).collect()
    }
}

impl Own {
    fn new(parameters: usize) -> Own {
        Own {
            estimate: vec![0.0; parameters],
            other: vec![0.0; parameters],
            steps: 0,
            first: None,
            sum: 0.0,
            square: 0.0,
            ratio: 1.0,
        }
    }

    /// Adds steps, which come in their order.
    fn add(
        &mut self,
        (kind, weights): (BatchKind, &Weights),
        path: &PathSum,
        scratch: &Scratch,
        layout: &Layout,
    ) {
        let steps = path.pairs.len();
        let terms = |channel| weights.weighted(channel, scratch, 0..steps);
        let (own, powers): (Vec<f64>, Vec<f64>) = (terms(0).collect(), terms(2).collect());
        self.steps += steps;
        self.first = self.first.or(terms(1).next());
        layout.add_weighted_scores(path.pairs, &own, &mut self.estimate);
        if matches!(kind, BatchKind::InSample | BatchKind::Whitened { .. }) {
            layout.add_weighted_scores(path.pairs, &powers, &mut self.other);
        }
        self.sum = terms(1).fold(self.sum, |sum, x| sum + x);
        self.square = terms(1).fold(self.square, |sum, x| sum + x * x);
        let ratios = path.ratios.iter();
        self.ratio = ratios.fold(self.ratio, |product, ratio| product * ratio);
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

    fn add(&mut self, own: &Own) {
        self.trajectories += 1.0;
        self.steps += own.steps as f64;
        if self.kind == BatchKind::InSample {
            let total = own.first.unwrap_or(0.0);
            for (k, u) in own.other.iter().enumerate() {
                self.estimates[k] += u * total;
                self.others[k] += u;
                self.squares[k] += u * u;
                self.weighed[k] += u * u * total;
            }
            return;
        }
        add(&mut self.estimates, &own.estimate);
        match self.kind {
            BatchKind::SelfNormalised => self.sum += own.ratio,
            BatchKind::Whitened { .. } => {
                add(&mut self.others, &own.other);
                self.sum += own.sum;
                self.square += own.square;
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
