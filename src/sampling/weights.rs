//! The numbers xₜ of X = Σₜ xₜ ψ(Sₜ, Aₜ): for each estimator, from trajectories one after the other.
//!
//! On the policy itself xₜ = cᵗ Ψₜ. Under a behavior policy b, with ωₜ = π/b at (Sₜ, Aₜ), the
//! per-decision form (theory, 5.6) weights what happens at time k by ω₀ ⋯ ω_k:
//!
//! ```text
//! xₜ = cᵗ ω₀ ⋯ ωₜ Ψₜ      with ωₜ₊₁ ⋯ ω_k before R_k and δ_k inside Ψₜ
//! ```
//!
//! and in the total return ψₜ R_k by ω₀ up to the later of t and k. What weighs by clipped ratios, or by
//! that of the whole trajectory, has all of them in Ψₜ.

mod along;
mod psi;

use std::ops::Range;

pub(super) use along::{Along, Part};
use psi::{Psi, Source};

use super::layout::Layout;
use super::path::Paths;
use crate::estimator::{Contribution, Resolved, Table};

/// Where the Ψₜ of an estimator stand.
#[derive(Clone, Copy, Debug)]
enum Row {
    /// They are a source as it is.
    Source(usize),
    /// Among the others.
    Psi(usize),
}

/// Which Ψ an estimator uses and which powers stand before it.
#[derive(Clone, Copy, Debug)]
struct Channel {
    row: Row,
    /// c, as an index into the powers.
    power: usize,
    /// Whether ω₀ ⋯ ωₜ goes with Ψₜ.
    weighed: bool,
}

/// All estimators of a run, with what they share worked out once.
#[derive(Clone, Debug)]
pub(super) struct Weights {
    sources: Vec<Source>,
    psis: Vec<Psi>,
    bases: Vec<f64>,
    channels: Vec<Channel>,
    /// b of each entry of the scores, for estimators whose parameters have baselines of their own.
    own: Vec<Option<Table<f64>>>,
}

/// What [`Weights`] works in; one for each thread.
#[derive(Clone, Debug, Default)]
pub(super) struct Scratch {
    steps: usize,
    /// cᵗ for each c, grown as trajectories get longer.
    powers: Vec<Vec<f64>>,
    /// The same at the steps of all trajectories, where there are several.
    powers_of_steps: Vec<Vec<f64>>,
    is_single: bool,
    sources: Vec<f64>,
    psis: Vec<f64>,
    /// ω₀ ⋯ ωₜ.
    products: Vec<f64>,
    /// The time of the first step: 0 but of a part of a long trajectory.
    first: usize,
}

fn index_of<T: PartialEq>(items: &mut Vec<T>, item: T) -> usize {
    items.iter().position(|x| *x == item).unwrap_or_else(|| {
        items.push(item);
        items.len() - 1
    })
}

impl Weights {
    /// Sorts out what the estimators share.
    pub fn new(estimators: &[Resolved<f64>]) -> Weights {
        let mut weights = Weights {
            sources: Vec::new(),
            psis: Vec::new(),
            bases: Vec::new(),
            channels: Vec::new(),
            own: Vec::new(),
        };
        for estimator in estimators {
            weights.own.push(match &estimator.form {
                Contribution::ReturnByParameter { baseline } => Some(baseline.clone()),
                _ => None,
            });
            let row = weights.row(estimator);
            let power = index_of(&mut weights.bases, estimator.weight);
            let weighed = !matches!(
                estimator.form,
                Contribution::Traced(_) | Contribution::Whole
            );
            weights.channels.push(Channel {
                row,
                power,
                weighed,
            });
        }
        weights
    }

    /// Whether ω₀ ⋯ ωₜ goes with the Ψₜ of an estimator.
    pub fn is_weighed(&self, estimator: usize) -> bool {
        self.channels[estimator].weighed
    }

    /// Whether each parameter of an estimator has a baseline of its own ([`Weights::own`]).
    pub fn has_own(&self, estimator: usize) -> bool {
        self.own[estimator].is_some()
    }

    /// Whether that is so for any.
    pub fn has_any_own(&self) -> bool {
        self.own.iter().any(Option::is_some)
    }

    /// Parameters k and cᵗ ψₜₖ b_{k,t}(Sₜ), step by step in the order of the scores: what the sum of scores
    /// times cᵗ Ψₜ is to lose on one trajectory. After [`Weights::evaluate`].
    pub fn own<'a>(
        &'a self,
        estimator: usize,
        (layout, pairs): (&'a Layout, &'a [u32]),
        scratch: &'a Scratch,
    ) -> impl Iterator<Item = (usize, f64)> + 'a {
        let powers = &scratch.powers[self.channels[estimator].power];
        let table = self.own[estimator].iter();
        table.flat_map(move |table| {
            let steps = pairs.iter().zip(powers).enumerate();
            steps.flat_map(move |(t, (&pair, power))| {
                let (scores, entries) = layout.score(pair as usize);
                let both = scores.zip(&table.at(scratch.first + t)[entries]);
                both.map(move |((k, psi), b)| (k, power * psi * b))
            })
        })
    }

    /// Where the Ψₜ of an estimator stand: returns and residuals are sources, and are copied nowhere.
    fn row(&mut self, estimator: &Resolved<f64>) -> Row {
        let discount = estimator.discount;
        let psi = match &estimator.form {
            Contribution::Return { baseline: None } | Contribution::ReturnByParameter { .. } => {
                let source = Source::Return { discount };
                return Row::Source(index_of(&mut self.sources, source));
            }
            Contribution::Residual {
                critic,
                window: Some(1),
                ..
            } => {
                let critic = critic.clone();
                let source = Source::Residual { discount, critic };
                return Row::Source(index_of(&mut self.sources, source));
            }
            Contribution::TotalReturn { baseline } => Psi::Total {
                source: index_of(&mut self.sources, Source::Return { discount }),
                discount,
                baseline: *baseline,
            },
            Contribution::Return {
                baseline: Some(baseline),
            } => Psi::Return {
                source: index_of(&mut self.sources, Source::Return { discount }),
                baseline: baseline.clone(),
            },
            Contribution::Pair { value } => Psi::Pair(value.clone()),
            Contribution::Residual {
                critic,
                decay,
                window,
            } => {
                let critic = critic.clone();
                Psi::Residual {
                    source: index_of(&mut self.sources, Source::Residual { discount, critic }),
                    decay: *decay,
                    window: *window,
                }
            }
            Contribution::Ahead {
                critic,
                less,
                decay,
                future,
            } => {
                let own = (!less).then(|| critic.clone());
                let critic = critic.clone();
                Psi::Ahead {
                    source: index_of(&mut self.sources, Source::Residual { discount, critic }),
                    critic: own,
                    decay: *decay,
                    future: *future,
                }
            }
            Contribution::Traced(of) => Psi::Traced {
                discount,
                of: of.clone(),
            },
            Contribution::Whole => Psi::Whole {
                source: index_of(&mut self.sources, Source::Plain { discount }),
            },
            // the sums of a batch are those of other forms ([`super::batches`])
            Contribution::Batch(_) => Psi::One,
        };
        Row::Psi(index_of(&mut self.psis, psi))
    }

    /// Whether an estimator is the zero vector on every trajectory that pays nothing.
    pub fn needs_reward(&self, channel: usize) -> bool {
        if self.has_own(channel) {
            return false;
        }
        match self.channels[channel].row {
            Row::Source(source) => !matches!(self.sources[source], Source::Residual { .. }),
            Row::Psi(psi) => match &self.psis[psi] {
                Psi::Total { baseline, .. } => *baseline == 0.0,
                Psi::Whole { .. } => true,
                _ => false,
            },
        }
    }

    /// Whether any estimator asks in which states a path was.
    pub fn asks_states(&self) -> bool {
        let residual = |source: &Source| matches!(source, Source::Residual { .. });
        let baselined = |psi: &Psi| matches!(psi, Psi::Return { .. } | Psi::Traced { .. });
        self.sources.iter().any(residual) || self.psis.iter().any(baselined)
    }

    /// Works out every Ψₜ of trajectories.
    #[inline(always)]
    pub fn evaluate(&self, paths: &Paths, scratch: &mut Scratch) {
        let steps = paths.steps();
        scratch.steps = steps;
        scratch.extend_powers(&self.bases, paths);
        scratch.products.clear();
        if paths.has_ratios() {
            for range in paths.ranges() {
                let ratios = paths.at(range).ratios.iter();
                scratch.products.extend(ratios.scan(1.0, |product, ratio| {
                    *product *= ratio;
                    Some(*product)
                }));
            }
        }
        scratch.sources.resize(self.sources.len() * steps, 0.0);
        scratch.psis.resize(self.psis.len() * steps, 0.0);
        if steps == 0 {
            return;
        }
        let rows = scratch.sources.chunks_exact_mut(steps);
        for (source, row) in self.sources.iter().zip(rows) {
            source.evaluate_all(paths, row);
        }
        let sources = &scratch.sources;
        let rows = scratch.psis.chunks_exact_mut(steps);
        for (psi, row) in self.psis.iter().zip(rows) {
            psi.evaluate_all(paths, |i| &sources[i * steps..][..steps], row);
        }
    }

    /// cᵗ Ψₜ of an estimator at some steps of all trajectories, after [`Weights::evaluate`].
    #[inline(always)]
    pub fn weighted<'a>(
        &self,
        estimator: usize,
        scratch: &'a Scratch,
        steps: Range<usize>,
    ) -> impl Iterator<Item = f64> + 'a {
        let (psi, powers) = self.factors(estimator, scratch, steps);
        psi.iter().zip(powers).map(|(psi, power)| psi * power)
    }

    /// Ψₜ and cᵗ of an estimator at some steps of all trajectories, after [`Weights::evaluate`].
    #[inline(always)]
    pub fn factors<'a>(
        &self,
        estimator: usize,
        scratch: &'a Scratch,
        steps: Range<usize>,
    ) -> (&'a [f64], &'a [f64]) {
        let Channel { row, power, .. } = self.channels[estimator];
        let (rows, at) = match row {
            Row::Source(at) => (&scratch.sources, at),
            Row::Psi(at) => (&scratch.psis, at),
        };
        // what is the same at all steps is read at the first of them, which stay in the cache
        let first = 0..steps.len();
        let is_one = self.bases[power] == 1.0;
        let powers = if scratch.is_single || is_one {
            &scratch.powers[power]
        } else {
            &scratch.powers_of_steps[power]
        };
        let of_psi = if self.is_constant(row, scratch) {
            first.clone()
        } else {
            steps.clone()
        };
        (
            &rows[at * scratch.steps..][of_psi],
            &powers[if is_one { first } else { steps }],
        )
    }

    /// Whether Ψₜ is one number, since there is one trajectory.
    #[inline(always)]
    fn is_constant(&self, row: Row, scratch: &Scratch) -> bool {
        let Row::Psi(psi) = row else { return false };
        scratch.is_single
            && scratch.products.is_empty()
            && matches!(self.psis[psi], Psi::Total { .. })
    }
}

impl Scratch {
    /// ω₀ ⋯ ωₜ, which xₜ = cᵗ Ψₜ is to be multiplied by; empty on the policy itself.
    pub fn ratio_products(&self) -> &[f64] {
        &self.products
    }

    #[inline(always)]
    fn extend_powers(&mut self, bases: &[f64], paths: &Paths) {
        self.is_single = paths.trajectories() == 1;
        self.powers.resize(bases.len(), Vec::new());
        self.powers_of_steps.resize(bases.len(), Vec::new());
        let each = self.powers.iter_mut().zip(&mut self.powers_of_steps);
        for ((powers, of_steps), &c) in each.zip(bases) {
            if c == 1.0 {
                // 1 at every step: long enough is all that it need be
                powers.resize(paths.steps().max(powers.len()), 1.0);
                continue;
            }
            of_steps.clear();
            for range in paths.ranges() {
                while powers.len() < range.len() {
                    powers.push(powers.last().map_or(1.0, |power| power * c));
                }
                if !self.is_single {
                    of_steps.extend_from_slice(&powers[..range.len()]);
                }
            }
        }
    }
}
