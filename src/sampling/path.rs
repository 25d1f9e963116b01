//! Trajectories as arrays, and sums along them.

use std::ops::Range;

use crate::trajectory::{Event, Simulator};

/// Several trajectories one after the other, array by array: so many that what the end of one costs, a
/// mispredicted branch for each loop over its steps, is paid once for all of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Paths {
    /// Where each ends among the steps of all.
    ends: Vec<usize>,
    /// (Sₜ, Aₜ).
    pairs: Vec<u32>,
    /// Sₜ; empty unless asked for.
    states: Vec<u32>,
    /// Sₜ₊₁; empty unless asked for.
    next: Vec<u32>,
    /// Rₜ₊₁.
    rewards: Vec<f64>,
    /// ωₜ; empty on the policy itself.
    ratios: Vec<f64>,
}

/// One of them.
#[derive(Clone, Copy, Debug)]
pub(super) struct PathSum<'a> {
    /// (Sₜ, Aₜ).
    pub pairs: &'a [u32],
    /// Sₜ; empty unless asked for.
    pub states: &'a [u32],
    /// Sₜ₊₁; empty unless asked for.
    pub next: &'a [u32],
    /// Rₜ₊₁.
    pub rewards: &'a [f64],
    /// ωₜ; empty on the policy itself.
    pub ratios: &'a [f64],
    /// The time of its first step: 0 but of a part of a long one.
    pub first: usize,
}

/// Those of an array that has one number for each step, or none at all.
fn part<T>(all: &[T], steps: Range<usize>) -> &[T] {
    all.get(steps).unwrap_or_default()
}

impl Paths {
    /// Takes in trajectories that end where `ends` says, their states only if somebody asks for them; `ratios`
    /// are π/b by pair.
    #[inline(always)]
    pub fn read(
        &mut self,
        simulator: &Simulator,
        (events, ends): (impl ExactSizeIterator<Item = Event>, &[usize]),
        states: bool,
        ratios: Option<&[f64]>,
    ) {
        let steps = events.len();
        self.ends.clear();
        self.ends.extend_from_slice(ends);
        self.pairs.resize(steps, 0);
        self.rewards.resize(steps, 0.0);
        self.next.resize(if states { steps } else { 0 }, 0);
        self.states.clear();
        self.ratios.clear();
        let places = self.pairs.iter_mut().zip(&mut self.rewards);
        if states {
            for ((event, (pair, reward)), next) in events.zip(places).zip(&mut self.next) {
                (*pair, *reward, *next) = (event.pair, event.reward, event.next);
            }
            let of = |&pair: &u32| simulator.state_of(pair);
            self.states.extend(self.pairs.iter().map(of));
        } else {
            for (event, (pair, reward)) in events.zip(places) {
                (*pair, *reward) = (event.pair, event.reward);
            }
        }
        if let Some(ratios) = ratios {
            let of = |&pair: &u32| ratios[pair as usize];
            self.ratios.extend(self.pairs.iter().map(of));
        }
    }

    /// How many steps they have together.
    pub fn steps(&self) -> usize {
        self.pairs.len()
    }

    /// How many there are.
    pub fn trajectories(&self) -> usize {
        self.ends.len()
    }

    /// (Sₜ, Aₜ) of all, one trajectory after the other.
    pub fn pairs(&self) -> &[u32] {
        &self.pairs
    }

    /// Whether another policy acted.
    pub fn has_ratios(&self) -> bool {
        !self.ratios.is_empty()
    }

    /// Where the steps of each stand among those of all.
    #[inline(always)]
    pub fn ranges(&self) -> impl Iterator<Item = Range<usize>> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, &end)| start..end)
    }

    /// The one whose steps stand there.
    #[inline(always)]
    pub fn at(&self, steps: Range<usize>) -> PathSum<'_> {
        PathSum {
            pairs: &self.pairs[steps.clone()],
            states: part(&self.states, steps.clone()),
            next: part(&self.next, steps.clone()),
            rewards: &self.rewards[steps.clone()],
            ratios: part(&self.ratios, steps),
            first: 0,
        }
    }

    /// Gₜ = Rₜ₊₁ + γ Gₜ₊₁ of all, without ratios.
    #[inline(always)]
    pub fn sum_returns(&self, discount: f64, sums: &mut [f64]) {
        for steps in self.ranges() {
            let mut later = 0.0;
            let terms = &self.rewards[steps.clone()];
            for (sum, reward) in sums[steps].iter_mut().zip(terms).rev() {
                later = reward + discount * later;
                *sum = later;
            }
        }
    }
}

impl PathSum<'_> {
    /// ω₀ ω₁ ⋯ of the whole trajectory.
    pub fn ratio(&self) -> f64 {
        self.ratios.iter().product()
    }

    /// yₜ = zₜ + g ωₜ₊₁ yₜ₊₁, from ω y of the step behind the last, 0 where there is none; gives that of the first.
    #[inline(always)]
    pub fn sum_backwards(&self, terms: &[f64], g: f64, behind: f64, sums: &mut [f64]) -> f64 {
        let mut later = behind;
        if self.ratios.is_empty() {
            for (sum, term) in sums.iter_mut().zip(terms).rev() {
                later = term + g * later;
                *sum = later;
            }
            return later;
        }
        for (t, (sum, term)) in sums.iter_mut().zip(terms).enumerate().rev() {
            *sum = term + g * later;
            later = self.ratios.get(t).map_or(*sum, |ratio| ratio * *sum);
        }
        later
    }

    /// yₜ = Σ_{l<n} gˡ ωₜ₊₁ ⋯ ωₜ₊ₗ zₜ₊ₗ, each sum on its own: nothing is subtracted.
    #[inline(always)]
    pub fn sum_windows(&self, terms: &[f64], g: f64, n: usize, sums: &mut [f64]) {
        if self.ratios.is_empty() {
            sums.fill(0.0);
            for l in (0..n.min(terms.len())).rev() {
                for (sum, term) in sums.iter_mut().zip(&terms[l..]) {
                    *sum = term + g * *sum;
                }
            }
            return;
        }
        for (t, sum) in sums.iter_mut().enumerate() {
            let end = terms.len().min(t.saturating_add(n));
            *sum = 0.0;
            for k in (t..end).rev() {
                let ratio = self.ratios.get(k + 1).copied().unwrap_or(1.0);
                let later = if k + 1 < end { ratio * *sum } else { 0.0 };
                *sum = terms[k] + g * later;
            }
        }
    }
}
