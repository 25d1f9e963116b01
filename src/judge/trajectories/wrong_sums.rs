//! Sums Σₜ wᵗ ψₜ Ψₜ of trajectories with the Ψₜ, the score or the weight of a mistake, or without a step.

use super::score::Scored;
use crate::judge::search::Diagnosis;

/// What contributions are summed of otherwise.
pub(super) struct Wrong<'a> {
    pub explained: Diagnosis,
    pub psi: &'a [Vec<f64>],
    pub score: &'a Scored,
    /// What stands before step t is its t-th power.
    pub weight: f64,
    /// Which steps are left out.
    pub left_out: Option<LeftOut>,
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum LeftOut {
    First,
    Last,
}

impl Wrong<'_> {
    /// The contributions of the first trajectories, or of all.
    pub fn rows(&self, count: usize) -> impl Iterator<Item = Vec<f64>> + '_ {
        let rows = self.psi.iter().enumerate().take(count);
        rows.map(|(i, psi)| {
            let mut psi = psi.clone();
            let lost = match self.left_out {
                Some(LeftOut::First) => psi.first_mut(),
                Some(LeftOut::Last) => psi.last_mut(),
                None => None,
            };
            if let Some(lost) = lost {
                *lost = 0.0;
            }
            self.score.sum(i, &psi, self.weight)
        })
    }

    /// Their mean \[d\].
    pub fn mean(&self) -> Vec<f64> {
        let mut sum = Vec::new();
        for row in self.rows(usize::MAX) {
            sum.resize(row.len(), 0.0);
            sum.iter_mut().zip(row).for_each(|(sum, x)| *sum += x);
        }
        let n = self.psi.len().max(1) as f64;
        sum.into_iter().map(|x| x / n).collect()
    }
}
