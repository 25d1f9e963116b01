//! Sums of Ψₜ that nobody named, plain and whitened, (Ψ − mean)/(deviation + ε) over all steps: of the estimators that are tried,
//! and of Âₜ of every λ of two decimals.
//!
//! ```text
//! X = Σₜ wᵗ ψₜ Ψₜ        U = Σₜ wᵗ ψₜ        whitened (X − mean · U)/(deviation + ε)
//! ```

use super::batch::EPSILONS;
use super::fitted::{FEW, Of, Sums};
use super::held::{Claims, is_of_batch};
use super::matched::Candidate;
use super::noise::apart;
use super::rows::times;
use crate::judge::{RIGHT, SINGLE};

/// Steps up to which every λ of two decimals is tried, a parameter being worth as many as its sums are; a choice.
const FINE: usize = 300_000;
const WIDE: usize = 50;
/// The λ that are tried of more.
const USUAL: [f64; 8] = [0.8, 0.9, 0.92, 0.94, 0.96, 0.97, 0.98, 0.99];

/// A sum that somebody may have made, whole or of the first trajectories.
pub(super) struct Summed<'a> {
    pub name: String,
    psi: &'a [Vec<f64>],
    /// What is subtracted from each Ψₜ, and what the rest is divided by.
    white: Option<(f64, f64)>,
    /// What stands before step t is the t-th power of.
    pub weight: f64,
    /// What multiplies it all.
    pub share: f64,
    /// Of the first trajectories, or the mean.
    pub rows: Vec<Vec<f64>>,
}

impl Claims<'_> {
    /// The whitened ones that are the given numbers [N, d] or their mean [1, d].
    pub fn whitened_sums(&self, own: &[Vec<f64>], of: Of) -> Vec<Candidate<'static>> {
        let mut all: Vec<Candidate> = Vec::new();
        if self.known.steps.fixtures.ratios.is_some() || self.equations(of) < 2 {
            return all;
        }
        let few = &own[..own.len().min(self.first(of))];
        self.each_sum(of, &mut |summed| {
            let is_new = summed.white.is_some() && all.iter().all(|one| one.name != summed.name);
            let opposite = || few.iter().map(|row| row.iter().map(|x| -x).collect());
            let could = |few: &[Vec<f64>]| apart(few, &summed.rows).0 <= 10.0 * SINGLE;
            if is_new && (could(few) || could(&opposite().collect::<Vec<_>>())) {
                all.extend(self.whole(&summed, of));
            }
        });
        all
    }

    /// How many trajectories are summed first: enough to tell by.
    pub fn first(&self, of: Of) -> usize {
        // entries of their sums; a choice
        const ENTRIES: usize = 4096;
        match of {
            Of::Each => (ENTRIES / self.known.bench.policy.parameters().max(1)).clamp(1, FEW),
            Of::Mean => usize::MAX,
        }
    }

    /// What was summed of the first trajectories, of all of them.
    pub fn whole(&self, summed: &Summed, of: Of) -> Option<Candidate<'static>> {
        let (weight, score) = (summed.weight, self.known.scores.first()?);
        let sums = Sums { score, weight, of };
        let rows = match summed.white {
            None => sums.of(summed.psi),
            Some((mean, divisor)) => {
                let white = |row: &Vec<f64>| row.iter().map(|x| (x - mean) / divisor).collect();
                sums.of(&summed.psi.iter().map(white).collect::<Vec<_>>())
            }
        };
        Some(Candidate {
            name: summed.name.clone(),
            rows: times(&rows, summed.share).into(),
        })
    }

    /// Goes through the sums, with γᵗ and without, plain and whitened by each usual ε and divisor.
    pub fn each_sum(&self, of: Of, tell: &mut dyn FnMut(Summed)) {
        let steps = &self.known.steps;
        let Some(score) = self.known.scores.first() else {
            return;
        };
        let count = self.first(of);
        let ones = steps.each(|i| vec![1.0; steps.rewards(i).len()]);
        let weights = [(steps.discount, ""), (1.0, ":dropped")];
        let weights = &weights[..1 + usize::from(steps.discount < 1.0)];
        let units = weights.iter().map(|&(weight, _)| {
            let sums = Sums { score, weight, of };
            sums.some(&ones, count)
        });
        let units: Vec<Vec<Vec<f64>>> = units.collect();
        self.each_plain(&mut |name, psi| {
            let spread = Spread::of(psi);
            for (&(weight, suffix), unit) in weights.iter().zip(&units) {
                let sums = Sums { score, weight, of };
                let plain = sums.some(psi, count);
                for (share, prefix) in self.shares(of) {
                    let summed = |name, white, rows| Summed {
                        name,
                        psi,
                        white,
                        weight,
                        share,
                        rows,
                    };
                    let own = format!("{prefix}{name}{suffix}");
                    tell(summed(own, None, times(&plain, share)));
                    let Some(spread) = &spread else { continue };
                    for (ddof, divisor) in spread.divisors() {
                        let row = |(x, u): (&Vec<f64>, &Vec<f64>)| {
                            let each = x.iter().zip(u);
                            each.map(|(x, u)| share * (x - spread.mean * u) / divisor)
                                .collect()
                        };
                        let own = format!("{prefix}whitened:{name}{suffix}:ddof-{ddof}");
                        let rows = plain.iter().zip(unit).map(row).collect();
                        tell(summed(own, Some((spread.mean, divisor)), rows));
                    }
                }
            }
        });
    }

    /// Goes through Ψₜ of the estimators that are tried, and Âₜ.
    fn each_plain(&self, tell: &mut dyn FnMut(&str, &[Vec<f64>])) {
        let steps = &self.known.steps;
        let mut known: Vec<(&str, &[Vec<f64>])> = Vec::new();
        for one in &steps.fixtures.estimates {
            let name = one.name.trim_end_matches(":dropped");
            let is_new = known.iter().all(|(own, _)| *own != name);
            if is_new && !one.psi.is_empty() && !is_of_batch(name) {
                known.push((name, &one.psi));
            }
        }
        for (name, psi) in &known {
            tell(name, psi);
        }
        let fine = (0..=100).map(|x| f64::from(x) / 100.0);
        let work = steps.fixtures.lengths.iter().sum::<usize>()
            + WIDE * self.known.bench.policy.parameters();
        let lambdas: Vec<f64> = if work <= FINE {
            fine.collect()
        } else {
            USUAL.to_vec()
        };
        for lambda in lambdas {
            let psi = steps.each(|i| steps.gae(i, lambda));
            // δₜ, or G − v where nothing is cut, have a name
            let same = |own: &&[Vec<f64>]| apart(own, &psi).0 <= RIGHT;
            let is_end = lambda == 0.0 || lambda == 1.0;
            if !(is_end && known.iter().any(|(_, own)| same(own))) {
                tell(&format!("gae:{lambda}"), &psi);
            }
        }
    }
}

/// The mean of numbers, and how they spread.
struct Spread {
    mean: f64,
    square: f64,
    count: f64,
}

impl Spread {
    /// `None` of fewer than two, or of those that do not spread.
    fn of(psi: &[Vec<f64>]) -> Option<Spread> {
        let all = || psi.iter().flatten();
        let count = all().count() as f64;
        let mean = all().sum::<f64>() / count;
        let square: f64 = all().map(|x| (x - mean).powi(2)).sum();
        (count >= 2.0 && square > 0.0).then_some(Spread {
            mean,
            square,
            count,
        })
    }

    /// What is subtracted from the count, and the deviation + ε.
    fn divisors(&self) -> impl Iterator<Item = (u8, f64)> + '_ {
        [0u8, 1].into_iter().flat_map(|ddof| {
            let deviation = (self.square / (self.count - f64::from(ddof))).sqrt();
            EPSILONS
                .iter()
                .map(move |epsilon| (ddof, deviation + epsilon))
        })
    }
}
