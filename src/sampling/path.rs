//! One trajectory as arrays, and sums along it.

use crate::trajectory::{Event, Simulator};

/// A trajectory, array by array.
#[derive(Clone, Debug, Default)]
pub(super) struct Path {
    /// (Sₜ, Aₜ).
    pub pairs: Vec<u32>,
    /// Sₜ; empty unless asked for.
    pub states: Vec<u32>,
    /// Sₜ₊₁; empty unless asked for.
    pub next: Vec<u32>,
    /// Rₜ₊₁.
    pub rewards: Vec<f64>,
    /// ωₜ; empty on the policy itself.
    pub ratios: Vec<f64>,
}

impl Path {
    /// Takes in a trajectory, its states only if somebody asks for them; `ratios` are π/b by pair.
    #[inline(always)]
    pub fn read(
        &mut self,
        simulator: &Simulator,
        events: impl ExactSizeIterator<Item = Event>,
        states: bool,
        ratios: Option<&[f64]>,
    ) {
        let steps = events.len();
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
        } else {
            for (event, (pair, reward)) in events.zip(places) {
                (*pair, *reward) = (event.pair, event.reward);
            }
        }
        if let Some((_, before)) = self.next.split_last() {
            self.states.push(simulator.state_of(self.pairs[0]));
            self.states.extend(before);
        }
        if let Some(ratios) = ratios {
            let of = |&pair: &u32| ratios[pair as usize];
            self.ratios.extend(self.pairs.iter().map(of));
        }
    }

    /// ω₀ ω₁ ⋯ of the whole trajectory.
    pub fn ratio(&self) -> f64 {
        self.ratios.iter().product()
    }

    pub fn steps(&self) -> usize {
        self.pairs.len()
    }

    /// yₜ = zₜ + g ωₜ₊₁ yₜ₊₁.
    #[inline(always)]
    pub fn sum_backwards(&self, terms: &[f64], g: f64, sums: &mut [f64]) {
        let mut later = 0.0;
        if self.ratios.is_empty() {
            for (sum, term) in sums.iter_mut().zip(terms).rev() {
                later = term + g * later;
                *sum = later;
            }
            return;
        }
        for (t, (sum, term)) in sums.iter_mut().zip(terms).enumerate().rev() {
            *sum = term + g * later;
            later = self.ratios.get(t).map_or(*sum, |ratio| ratio * *sum);
        }
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
