//! Estimators that are functions of the sums of all trajectories together, on trajectories that are given: whitened
//! numbers, means over steps, ratios over their sum, and a baseline from the sample.

use super::given::Claim;
use super::noise::apart;
use super::written::{OF_NUMBERS, rounding};
use crate::error::Error;
use crate::estimator::{Estimator, Multiplier, Psi, WHITENING};
use crate::judge::SINGLE;
use crate::reference::{Estimate, Fixtures, Steps};

/// What is added to a standard deviation: as documented, and else what is usual.
pub(super) const EPSILONS: [f64; 6] = [WHITENING, 0.0, f32::EPSILON as f64, 1e-7, 1e-6, 1e-5];

/// The estimators of single trajectories that these are made of, themselves where they are such.
///
/// Errors with [`Error::Argument`] for what has no number for each trajectory, or none when another policy acts.
pub(super) fn parts(all: &[Estimator], acts_another: bool) -> Result<Vec<Estimator>, Error> {
    let mut parts: Vec<Estimator> = Vec::new();
    for estimator in all {
        if estimator.is_by_parameter() {
            return Err(Error::Argument {
                name: "the estimator of trajectories",
                found: estimator.to_string(),
                expected: "one that multiplies whole scores: with a baseline for each parameter there is no such number",
            });
        }
        let own = estimator.is_of_batch() && estimator.psi() != Psi::SelfNormalised;
        if acts_another && own {
            return Err(Error::Argument {
                name: "what acts",
                found: format!("another policy, for {estimator}"),
                expected: "the policy itself: of what is made of batches, importance:self-normalised alone has ratios",
            });
        }
        let part = part(estimator)?;
        if !parts.contains(&part) {
            parts.push(part);
        }
    }
    Ok(parts)
}

fn part(estimator: &Estimator) -> Result<Estimator, Error> {
    let of = match estimator.multiplier() {
        Multiplier::SelfNormalised => Estimator::of(Multiplier::Ordinary)?,
        Multiplier::InSampleBaseline => Estimator::new(Psi::TotalReturn),
        _ => {
            return match estimator.inner() {
                Some(of) => part(of),
                None => Ok(estimator.clone()),
            };
        }
    };
    Ok(of.with_discounting(estimator.discounting()))
}

/// Trajectories with the numbers of the parts.
pub(super) struct Batch<'a> {
    pub fixtures: &'a Fixtures,
    pub discount: f64,
    /// What stands before every score: 1/T in a long run of T steps.
    pub share: f64,
}

impl Batch<'_> {
    /// The numbers of an estimator of the whole batch; of whitened ones with the first usual ε that all that is claimed is of, as far
    /// as it is written, or else the nearest. `None` where there are too few steps, or no part.
    pub fn made(&self, estimator: &Estimator, claims: &[&Claim]) -> Option<Estimate> {
        let far = |made: &Estimate| {
            let each = claims.iter().flat_map(|claim| distances(claim, made));
            each.fold(0.0, f64::max)
        };
        let mut all = self.variants(estimator);
        let far: Vec<f64> = all.iter().map(far).collect();
        let nearest = (0..all.len()).min_by(|x, y| far[*x].total_cmp(&far[*y]))?;
        // of what is off by a factor every ε makes the direction
        let at = if far[nearest] <= SINGLE { nearest } else { 0 };
        Some(all.swap_remove(at))
    }

    fn variants(&self, estimator: &Estimator) -> Vec<Estimate> {
        let name = estimator.to_string();
        let plain = |of: &Estimator| {
            let of = of.to_string();
            let found = self.fixtures.estimates.iter().find(|one| one.name == of);
            found.cloned()
        };
        let whole = |i: usize| match &self.fixtures.ratios {
            Some(ratios) => ratios[i].iter().product::<f64>(),
            None => 1.0,
        };
        let lengths = &self.fixtures.lengths;
        match estimator.multiplier() {
            Multiplier::PerStepMean(of) => {
                let steps = Steps {
                    fixtures: self.fixtures,
                    discount: self.discount,
                    share: self.share,
                };
                let share = steps.by_steps();
                let all = if of.is_of_batch() {
                    self.variants(of)
                } else {
                    plain(of).into_iter().collect()
                };
                let all = all.into_iter().map(|one| Estimate {
                    name: name.clone(),
                    estimate: one.estimate.iter().map(|x| share * x).collect(),
                    ..one
                });
                all.collect()
            }
            Multiplier::Whitened { of, ddof } => {
                let sums = self.sums_of_scores(of.discounting());
                let each = plain(of).into_iter().flat_map(|of| {
                    let each = EPSILONS.iter().filter_map(|epsilon| {
                        whitened(&name, &of, &sums, (f64::from(*ddof), *epsilon))
                    });
                    each.collect::<Vec<_>>()
                });
                each.collect()
            }
            Multiplier::SelfNormalised => {
                let sum: f64 = (0..lengths.len()).map(whole).sum();
                let factor = lengths.len() as f64 / sum.max(f64::MIN_POSITIVE);
                let part = part(estimator).ok().and_then(|of| plain(&of));
                let times = |rows: &[Vec<f64>]| {
                    let row = |row: &Vec<f64>| row.iter().map(|x| factor * x).collect();
                    rows.iter().map(row).collect::<Vec<Vec<f64>>>()
                };
                let made = part.map(|of| {
                    Estimate::new(name.clone(), times(&of.contributions), times(&of.psi))
                });
                made.into_iter().collect()
            }
            Multiplier::InSampleBaseline => {
                let part = part(estimator).ok().and_then(|of| plain(&of));
                let sums = self.sums_of_scores(estimator.discounting());
                part.map(|of| less_own_baseline(name, &of, &sums))
                    .into_iter()
                    .collect()
            }
            _ => Vec::new(),
        }
    }

    /// Σₜ cᵗ ψₜ of each trajectory, c = γ or 1.
    fn sums_of_scores(&self, discounting: bool) -> Vec<Vec<f64>> {
        let c = if discounting { self.discount } else { 1.0 };
        let sum = |scores: &Vec<Vec<f64>>| {
            let mut sum = vec![0.0; scores.first().map_or(0, Vec::len)];
            let mut power = self.share;
            for score in scores {
                sum.iter_mut()
                    .zip(score)
                    .for_each(|(sum, x)| *sum += power * x);
                power *= c;
            }
            sum
        };
        self.fixtures.scores.iter().map(sum).collect()
    }
}

/// How far all that is claimed is from what is made; 0 of what no more than the digits that it is written with lie between.
fn distances(claim: &Claim, made: &Estimate) -> impl Iterator<Item = f64> {
    let beyond = |own: &[Vec<f64>], made: &[Vec<f64>]| {
        let (relative, most, _) = apart(own, made);
        if most <= rounding(own, OF_NUMBERS) {
            0.0
        } else {
            relative
        }
    };
    let psi = claim.psi.as_ref().map(|own| beyond(own, &made.psi));
    let sums = claim.contributions.as_ref();
    let sums = sums.map(|own| beyond(own, &made.contributions));
    let estimate = claim.estimate.as_ref().map(|own| {
        let (own, made) = (std::slice::from_ref(own), &made.estimate);
        beyond(own, std::slice::from_ref(made))
    });
    psi.into_iter().chain(sums).chain(estimate)
}

/// (Ψ − mean)/(standard deviation + ε) over all steps, and its sums with U = Σₜ cᵗ ψₜ; `None` of fewer than two steps.
fn whitened(
    name: &str,
    of: &Estimate,
    sums: &[Vec<f64>],
    (ddof, epsilon): (f64, f64),
) -> Option<Estimate> {
    let all = || of.psi.iter().flatten();
    let n = all().count() as f64;
    (n >= 2.0).then_some(())?;
    let mean = all().sum::<f64>() / n;
    let square: f64 = all().map(|x| (x - mean).powi(2)).sum();
    let divisor = (square / (n - ddof)).sqrt() + epsilon;
    (divisor > 0.0).then_some(())?;
    let psi = |row: &Vec<f64>| row.iter().map(|x| (x - mean) / divisor).collect();
    let sum = |(x, u): (&Vec<f64>, &Vec<f64>)| {
        let each = x.iter().zip(u);
        each.map(|(x, u)| (x - mean * u) / divisor).collect()
    };
    let contributions = of.contributions.iter().zip(sums).map(sum);
    let psi = of.psi.iter().map(psi).collect();
    Some(Estimate::new(name.into(), contributions.collect(), psi))
}

/// (G₀ − bₖ)Uₖ with bₖ = mean Uₖ²G₀ / mean Uₖ², which has no Ψ.
fn less_own_baseline(name: String, of: &Estimate, sums: &[Vec<f64>]) -> Estimate {
    let returns = of.psi.iter().map(|row| row.first().copied().unwrap_or(0.0));
    let returns: Vec<f64> = returns.collect();
    let parameters = sums.iter().map(Vec::len).max().unwrap_or(0);
    let baseline = |k: usize| {
        let each = || sums.iter().zip(&returns).filter(|(u, _)| !u.is_empty());
        let square: f64 = each().map(|(u, _)| u[k] * u[k]).sum();
        let weighed: f64 = each().map(|(u, g)| u[k] * u[k] * g).sum();
        if square > 0.0 { weighed / square } else { 0.0 }
    };
    let baselines: Vec<f64> = (0..parameters).map(baseline).collect();
    let row = |(u, x): (&Vec<f64>, &Vec<f64>)| {
        let each = u.iter().zip(&baselines);
        // of no step nothing is summed
        let less = each.map(|(u, b)| u * b).chain(std::iter::repeat(0.0));
        x.iter().zip(less).map(|(x, less)| x - less).collect()
    };
    let rows = sums.iter().zip(&of.contributions).map(row).collect();
    Estimate::new(name, rows, Vec::new())
}
