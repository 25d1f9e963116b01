//! Ψₜ of a long trajectory part by part, the same numbers as of the whole: first from the end, which leaves behind what is
//! summed from there, then from the beginning.

use super::psi::{Carried, Psi, Source};
use super::{Scratch, Weights};
use crate::sampling::path::PathSum;

/// A part of a trajectory.
#[derive(Clone, Copy)]
pub(in crate::sampling) struct Part<'a> {
    /// Its steps.
    pub path: PathSum<'a>,
    /// The same with those behind them that windows reach.
    pub longer: PathSum<'a>,
    /// Steps of the whole trajectory.
    pub whole: usize,
}

/// What parts leave to one another.
#[derive(Clone, Debug, Default)]
pub(in crate::sampling) struct Along {
    /// Of each part, the last one first: what is summed from the end, at the step behind it: of the sources, then of the Ψ.
    behind: Vec<Vec<f64>>,
    carried: Vec<Carried>,
    /// cᵗ of the first step.
    powers: Vec<f64>,
    /// ω₀ ⋯ ωₜ before it.
    product: f64,
}

impl Psi {
    /// Its window, where that ends before the trajectory does, with the source and the decay.
    fn window(&self, whole: usize) -> Option<(usize, f64, usize)> {
        match self {
            Psi::Residual {
                source,
                decay,
                window: Some(n),
            } if *n < whole => Some((*source, *decay, *n)),
            _ => None,
        }
    }

    /// Whether it is summed from the end.
    fn is_summed(&self, whole: usize) -> bool {
        let sums = matches!(
            self,
            Psi::Residual { .. } | Psi::Ahead { .. } | Psi::Traced { .. }
        );
        sums && self.window(whole).is_none()
    }
}

impl Weights {
    /// How many steps behind a part its windows reach.
    pub fn reach(&self, whole: usize) -> usize {
        let windows = self.psis.iter().filter_map(|psi| psi.window(whole));
        windows.map(|(_, _, n)| n).max().unwrap_or(0)
    }

    /// Whether the ratio of the whole trajectory is asked for.
    pub fn asks_ratio(&self) -> bool {
        let mut psis = self.psis.iter();
        psis.any(|psi| matches!(psi, Psi::Whole { .. }))
    }

    /// Nothing is known of a trajectory but its ratio, where that is asked for.
    pub fn begin(&self, ratio: Option<f64>) -> Along {
        let carried = Carried {
            whole: ratio,
            ..Carried::default()
        };
        Along {
            behind: vec![vec![0.0; self.sources.len() + self.psis.len()]],
            carried: vec![carried; self.psis.len()],
            powers: vec![1.0; self.bases.len()],
            product: 1.0,
        }
    }

    /// What a part leaves behind the one before it; the last part comes first.
    pub fn leave_behind(&self, part: &Part, along: &mut Along, scratch: &mut Scratch) {
        let mut behind = along.behind.last().cloned().unwrap_or_default();
        self.evaluate_sources(part, &mut behind, scratch);
        let steps = part.path.pairs.len();
        for (i, psi) in self.psis.iter().enumerate() {
            if !psi.is_summed(part.whole) {
                continue;
            }
            let left = &mut behind[self.sources.len() + i];
            let mut carried = Carried {
                behind: *left,
                ..Carried::default()
            };
            let source = |i: usize| &scratch.sources[i * steps..][..steps];
            let row = &mut scratch.psis[i * steps..][..steps];
            psi.evaluate(&part.path, source, row, &mut carried);
            *left = carried.behind;
        }
        along.behind.push(behind);
    }

    /// Begins anew, of what the parts have left: the first part has left what is behind nothing.
    pub fn turn(&self, along: &mut Along) {
        along.behind.pop();
    }

    /// Works out every Ψₜ of a part; the first part comes first.
    pub fn evaluate_part(&self, part: &Part, along: &mut Along, scratch: &mut Scratch) {
        let mut behind = along.behind.pop().unwrap_or_default();
        for (i, carried) in along.carried.iter_mut().enumerate() {
            carried.behind = behind[self.sources.len() + i];
        }
        self.evaluate_sources(part, &mut behind, scratch);
        scratch.extend_by_part(&self.bases, part, along);
        let steps = part.path.pairs.len();
        for (i, psi) in self.psis.iter().enumerate() {
            let row = &mut scratch.psis[i * steps..][..steps];
            if let Some((source, decay, n)) = psi.window(part.whole) {
                self.sum_windows(part, (source, decay, n), row);
                continue;
            }
            let source = |i: usize| &scratch.sources[i * steps..][..steps];
            psi.evaluate(&part.path, source, row, &mut along.carried[i]);
        }
    }

    fn sum_windows(&self, part: &Part, (source, decay, n): (usize, f64, usize), row: &mut [f64]) {
        let mut terms = vec![0.0; part.longer.pairs.len()];
        let mut sums = terms.clone();
        self.sources[source].evaluate(&part.longer, 0.0, &mut terms);
        part.longer.sum_windows(&terms, decay, n, &mut sums);
        row.copy_from_slice(&sums[..row.len()]);
    }

    fn evaluate_sources(&self, part: &Part, behind: &mut [f64], scratch: &mut Scratch) {
        let steps = part.path.pairs.len();
        scratch.steps = steps;
        scratch.sources.resize(self.sources.len() * steps, 0.0);
        scratch.psis.resize(self.psis.len() * steps, 0.0);
        let rows = scratch.sources.chunks_exact_mut(steps);
        for ((source, row), behind) in self.sources.iter().zip(rows).zip(behind) {
            *behind = Source::evaluate(source, &part.path, *behind, row);
        }
    }
}

impl Scratch {
    /// cᵗ and ω₀ ⋯ ωₜ of a part.
    fn extend_by_part(&mut self, bases: &[f64], part: &Part, along: &mut Along) {
        let steps = part.path.pairs.len();
        self.is_single = true;
        self.first = part.path.first;
        self.powers.resize(bases.len(), Vec::new());
        for ((powers, c), power) in self.powers.iter_mut().zip(bases).zip(&mut along.powers) {
            powers.clear();
            powers.extend((0..steps).map(|_| {
                let own = *power;
                *power *= c;
                own
            }));
        }
        self.products.clear();
        let product = &mut along.product;
        self.products.extend(part.path.ratios.iter().map(|ratio| {
            *product *= ratio;
            *product
        }));
    }
}
