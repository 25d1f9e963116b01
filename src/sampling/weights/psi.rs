//! Ψₜ of a trajectory, and the sequences that several Ψ are made of.

use crate::estimator::{Table, Traced};
use crate::sampling::credit::{ahead, traced, values};
use crate::sampling::path::{PathSum, Paths};

/// A sequence that several Ψ are made of.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Source {
    /// Gₜ with the ratios of the behavior inside.
    Return { discount: f64 },
    /// Gₜ without them.
    Plain { discount: f64 },
    /// δₜ = Rₜ + γ uₜ₊₁(Sₜ₊₁) − uₜ(Sₜ).
    Residual { discount: f64, critic: Table<f64> },
}

/// Ψₜ over the sources.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Psi {
    Total {
        source: usize,
        discount: f64,
        baseline: f64,
    },
    Return {
        source: usize,
        baseline: Table<f64>,
    },
    Pair(Table<f64>),
    Residual {
        source: usize,
        decay: f64,
        window: Option<usize>,
    },
    Ahead {
        source: usize,
        /// What is added again where u(s) is not subtracted.
        critic: Option<Table<f64>>,
        decay: f64,
        future: f64,
    },
    Traced {
        discount: f64,
        of: Box<Traced<f64>>,
    },
    /// The ratio of the whole trajectory times a source.
    Whole {
        source: usize,
    },
    /// 1.
    One,
}

/// What a Ψ is told of the steps outside those that it is evaluated at: nothing where these are a whole trajectory.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Carried {
    /// What is summed from the end, at the step behind the last.
    pub behind: f64,
    /// The first number of the source at the beginning of the trajectory.
    pub first: Option<f64>,
    /// What the total return had been before, less the baseline, and γᵗ.
    pub before: Option<(f64, f64)>,
    /// The ratio of the whole trajectory.
    pub whole: Option<f64>,
}

impl Source {
    #[inline(always)]
    pub(super) fn evaluate_all(&self, paths: &Paths, row: &mut [f64]) {
        if let (Source::Return { discount }, false) = (self, paths.has_ratios()) {
            return paths.sum_returns(*discount, row);
        }
        for steps in paths.ranges() {
            self.evaluate(&paths.at(steps.clone()), 0.0, &mut row[steps]);
        }
    }

    /// From what is summed from the end behind the last step; gives that of the first.
    #[inline(always)]
    pub(super) fn evaluate(&self, path: &PathSum, behind: f64, row: &mut [f64]) -> f64 {
        match self {
            Source::Return { discount } => path.sum_backwards(path.rewards, *discount, behind, row),
            Source::Plain { discount } => {
                let mut later = behind;
                for (sum, reward) in row.iter_mut().zip(path.rewards).rev() {
                    later = reward + discount * later;
                    *sum = later;
                }
                later
            }
            Source::Residual { discount, critic } => {
                let here = values(critic, path.first, path.states);
                let next = values(critic, path.first + 1, path.next);
                let terms = path.rewards.iter().zip(here.zip(next));
                for (residual, (reward, (here, next))) in row.iter_mut().zip(terms) {
                    *residual = reward + discount * next - here;
                }
                0.0
            }
        }
    }
}

impl Psi {
    #[inline(always)]
    pub(super) fn evaluate_all<'a>(
        &self,
        paths: &Paths,
        source: impl Fn(usize) -> &'a [f64],
        row: &mut [f64],
    ) {
        for steps in paths.ranges().filter(|steps| !steps.is_empty()) {
            let of = |i| &source(i)[steps.clone()];
            let mut carried = Carried::default();
            let row = &mut row[steps.clone()];
            self.evaluate(&paths.at(steps.clone()), of, row, &mut carried);
        }
    }

    /// At some steps, of which `carried` is what they leave to others when this returns.
    #[inline(always)]
    pub(super) fn evaluate<'a>(
        &self,
        path: &PathSum,
        source: impl Fn(usize) -> &'a [f64],
        row: &mut [f64],
        carried: &mut Carried,
    ) {
        let behind = carried.behind;
        match self {
            Psi::Total {
                source: from,
                baseline,
                ..
            } if path.ratios.is_empty() => {
                let total = *carried.first.get_or_insert(source(*from)[0]);
                row.fill(total - baseline);
            }
            Psi::Total {
                source: from,
                discount,
                baseline,
            } => {
                // Σ_{k<t} γᵏ R_k − b, γᵗ
                let (mut before, mut power) = carried.before.unwrap_or((-baseline, 1.0));
                let later = source(*from).iter().zip(path.rewards);
                for (psi, (later, reward)) in row.iter_mut().zip(later) {
                    *psi = before + power * later;
                    before += power * reward;
                    power *= discount;
                }
                carried.before = Some((before, power));
            }
            Psi::Return {
                source: from,
                baseline,
            } => {
                let baseline = values(baseline, path.first, path.states);
                let both = source(*from).iter().zip(baseline);
                row.iter_mut()
                    .zip(both)
                    .for_each(|(psi, (g, b))| *psi = g - b);
            }
            Psi::Pair(value) => {
                let values = values(value, path.first, path.pairs);
                row.iter_mut().zip(values).for_each(|(psi, f)| *psi = f);
            }
            Psi::Residual {
                source: from,
                decay,
                window,
            } => match window {
                Some(n) if *n < row.len() => path.sum_windows(source(*from), *decay, *n, row),
                _ => carried.behind = path.sum_backwards(source(*from), *decay, behind, row),
            },
            Psi::Ahead {
                source: from,
                critic,
                decay,
                future,
            } => {
                let residuals = source(*from);
                let (terms, decays) = ((residuals, behind), (*decay, *future));
                carried.behind = ahead(path, terms, decays, critic.as_ref(), row);
            }
            Psi::Traced { discount, of } => {
                carried.behind = traced(path, *discount, of, behind, row);
            }
            Psi::Whole { source: from } => {
                let whole = carried.whole.unwrap_or_else(|| path.ratio());
                let returns = source(*from).iter();
                row.iter_mut()
                    .zip(returns)
                    .for_each(|(psi, g)| *psi = whole * g);
            }
            Psi::One => row.fill(1.0),
        }
    }
}
