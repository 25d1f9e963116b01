//! How far the mean of a sample may be from ∇J by chance: by χ² where it is normal, by bounds where its
//! tails are heavy, and where it never varies by the chance of that.

use nalgebra::DMatrix;
use statrs::function::erf::erfc;

use super::hotelling::tail;
use super::rare::project_out;
use super::sums::Sample;
use crate::comparison::{self, CovarianceFactor, Design, NO_CHANCE, score_rank};
use crate::solved::Solved;

/// The mean of a sample against ∇J, by the sample's own covariance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MeanTest {
    /// T² = N Δᵀ S⁺ Δ.
    pub statistic: f64,
    /// rank S.
    pub degrees_of_freedom: usize,
    /// The probability of a larger statistic; with `by_bound` coordinates, a bound on it.
    pub p_value: f64,
    /// How many coordinates the statistic leaves out, which enter by bounds: their tails are too heavy for
    /// it, or they never vary.
    pub by_bound: usize,
}

/// Why a coordinate's mean is not tested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Untested {
    /// Its kurtosis, of the sample or of a law that the sample is consistent with, exceeds N/10.
    Tails,
    /// T² takes more rows than there are.
    Rows,
    /// It never varies, is not that of ∇J, and no exact law says what the chance of that is.
    Constant,
}

impl Untested {
    /// The reason in words.
    pub fn says(self) -> &'static str {
        match self {
            Untested::Tails => {
                "a few rows are all that is known of its spread (kurtosis above N/10)"
            }
            Untested::Rows => {
                "too few rows for T², which takes 20 more than the rank, of batch means 2"
            }
            Untested::Constant => {
                "it never varies, and no exact law says what the chance of that is"
            }
        }
    }
}

/// Where the sample kurtosis of a coordinate exceeds this part of N, its mean is not normal in the tail; a choice.
const HEAVY: f64 = 1e-3;
/// Up to this part a bound by normal tails holds with a larger standard error; a choice.
const MODERATE: f64 = 1.0 / 30.0;
/// Roundings of an estimate that is the same number on paper whatever happens; a choice.
const ROUNDINGS: f64 = 16.0;
/// Where it exceeds this part, a few of the rows are all that is known of its spread; a choice.
const UNKNOWN: f64 = 0.1;

/// The spread of a sample's mean.
pub(super) struct Spread {
    pub covariance: DMatrix<f64>,
    /// The covariance of the coordinates whose mean is normal, without what the sample may have missed.
    factor: CovarianceFactor,
    /// Orthonormal directions that the sample may have missed.
    missed: Vec<Vec<f64>>,
    /// The factor of the covariance of all coordinates, with those whose tails are heavy: good enough to tell mistakes apart.
    pub whole: CovarianceFactor,
    /// Coordinates with heavy tails, and their sample kurtosis.
    heavy: Vec<(usize, f64)>,
    /// Coordinates of which nothing is known: their tails are heavier still.
    unknown: Vec<usize>,
    /// Coordinates whose mean is normal.
    light: Vec<usize>,
    /// Coordinates that never vary and are off ∇J, and what the chance of that is at most.
    stuck: Vec<(usize, f64)>,
    pub samples: f64,
    /// Rows above the rank from which on T² is judged: few single trajectories have no normal mean, and may
    /// lie in a plane that the next ones leave; means of batches need no more than a covariance does.
    spare: f64,
}

impl Spread {
    /// The covariance factored.
    pub fn new(solved: &Solved, sample: &Sample, of: &Apart, unseen: Unseen) -> Spread {
        let covariance = without_rounding(sample.covariance(), &sample.mean(), of.errors);
        let samples = sample.rows() as f64;
        let mut kurtosis = sample.kurtosis();
        let known = kurtosis.iter_mut().zip(&unseen.tails);
        known.for_each(|(own, tail)| *own = own.max(*tail));
        let varying = (0..kurtosis.len()).filter(|&k| covariance[(k, k)] > 0.0);
        let (light, heavy): (Vec<usize>, Vec<usize>) =
            varying.partition(|&k| !unseen.is_wary && kurtosis[k] <= HEAVY * samples.max(5e3));
        let heavy = heavy.into_iter().map(|k| (k, kurtosis[k]));
        let (heavy, unknown): (Vec<(usize, f64)>, Vec<_>) =
            heavy.partition(|(_, x)| *x <= UNKNOWN * samples);
        let mut known = light.clone();
        known.extend(heavy.iter().map(|(k, _)| *k));
        known.sort_unstable();
        // what a wrong score spans may be larger than what the right one does
        let most = score_rank(solved.mdp(), solved.policy());
        let most = most.map_or(known.len(), |rank| rank.max(known.len()));
        let tolerance = of.tolerance(&covariance, samples);
        let factor = |covariance: &DMatrix<f64>, of: &[usize]| {
            CovarianceFactor::new(covariance, of, most, tolerance.clone())
        };
        let seen = without(&covariance, &unseen.directions);
        // of a coordinate that lies in those directions rounding is left
        let left = |k: &usize| seen[(*k, *k)] > 1e-9 * covariance[(*k, *k)];
        let within: Vec<usize> = light.iter().copied().filter(left).collect();
        Spread {
            factor: factor(&seen, &within),
            whole: factor(&covariance, &known),
            missed: unseen.directions,
            heavy,
            unknown: unknown.into_iter().map(|(k, _)| k).collect(),
            light,
            stuck: of.stuck(&covariance, samples),
            spare: if of.batch > 1.0 { 2.0 } else { 20.0 },
            covariance,
            samples,
        }
    }

    /// Whether a mean that is not refuted has been tested.
    pub fn tells(&self) -> bool {
        self.is_normal() || !self.heavy.is_empty()
    }

    /// Whether rows enough are there for T².
    fn is_normal(&self) -> bool {
        let rank = self.factor.rank();
        rank > 0 && self.samples >= rank as f64 + self.spare
    }

    /// The coordinates that no test asks, in order, and why.
    pub fn untested(&self) -> Vec<(usize, Untested)> {
        let unknown = self.unknown.iter().map(|&k| (k, Untested::Tails));
        let few = self.light.iter().filter(|_| !self.is_normal());
        let few = few.map(|&k| (k, Untested::Rows));
        let stuck = self.stuck.iter().filter(|(_, chance)| *chance >= 1.0);
        let stuck = stuck.map(|&(k, _)| (k, Untested::Constant));
        let mut all: Vec<_> = unknown.chain(few).chain(stuck).collect();
        all.sort_by_key(|(k, _)| *k);
        all
    }

    /// How many coordinates enter by bounds.
    fn by_bound(&self) -> usize {
        let known = self.stuck.iter().filter(|(_, chance)| *chance < 1.0);
        self.heavy.len() + known.count()
    }

    /// Whether the mean could be off by Δ by chance: T² of the coordinates whose mean is normal,
    /// P(|z| ≥ t) ≤ E z⁴/t⁴ of those with heavy tails, and the chance that some never vary; the least of
    /// these, each at its share of the rate.
    pub fn test(&self, delta: &[f64]) -> MeanTest {
        let found = self.factor.statistic(&self.seen(delta), self.samples);
        MeanTest {
            statistic: found.value,
            degrees_of_freedom: found.degrees_of_freedom,
            p_value: self.chance(delta, &self.stuck).unwrap_or(1.0),
            by_bound: self.by_bound(),
        }
    }

    /// The probability of a mean that is off what it is held against by so much or more, whatever this spread was made
    /// beside; `None` where there is no test.
    pub fn against(&self, apart: &Apart) -> Option<f64> {
        let stuck = apart.stuck(&self.covariance, self.samples);
        self.chance(apart.delta, &stuck)
    }

    fn chance(&self, delta: &[f64], stuck: &[(usize, f64)]) -> Option<f64> {
        let found = self.factor.statistic(&self.seen(delta), self.samples);
        let rank = found.degrees_of_freedom;
        let normal = tail(found.value, rank, rank, self.samples);
        let normal = normal.map(|p| if found.outside > 1.0 { 0.0 } else { p });
        let heavy = self.heavy.iter().map(|&(k, x)| self.bound(delta[k], k, x));
        let chances = stuck.iter().map(|(_, chance)| *chance);
        let of = |p: f64, count: usize| (count > 0).then_some(p * count as f64);
        let tests = [
            normal.filter(|_| self.is_normal()),
            of(heavy.fold(1.0, f64::min), self.heavy.len()),
            of(chances.fold(1.0, f64::min), stuck.len()),
        ];
        let shares = tests.iter().flatten().count();
        let least = tests.into_iter().flatten().reduce(f64::min)?;
        Some((shares as f64 * least).min(1.0))
    }

    /// x without what the sample may have missed.
    fn seen(&self, x: &[f64]) -> Vec<f64> {
        let mut seen = x.to_vec();
        project_out(&self.missed, &mut seen);
        seen
    }

    /// Coordinates that never vary, which chance does not explain at this rate.
    pub fn fixed(&self, level: f64) -> Vec<usize> {
        let fixed = self.stuck.iter().filter(|(_, chance)| *chance < level);
        fixed.map(|(k, _)| *k).collect()
    }

    /// E z⁴/z⁴ with E z⁴ = 3 + (κ − 3)/N (theory, 6); the standard error is taken three of its own
    /// standard errors, ½√(κ/N) of it each, above the sample's. Up to κ = N/30 also the tail of a normal z whose
    /// standard error is six of its own above: of what happens ν = N/κ times in all rows, by the law of Poisson, it
    /// raises alarms at less than the rate, for rates from 10⁻² to 10⁻⁵ and ν from 30 to 3,000.
    fn bound(&self, delta: f64, k: usize, kurtosis: f64) -> f64 {
        let error = (self.covariance[(k, k)] / self.samples).sqrt();
        let part = (kurtosis / self.samples).sqrt();
        let z = delta / (error * (1.0 + 1.5 * part));
        let always = (3.0 + kurtosis / self.samples) / z.powi(4);
        if kurtosis > MODERATE * self.samples {
            return always;
        }
        let z = delta / (error * (1.0 + 3.0 * part));
        always.min(erfc(z.abs() / std::f64::consts::SQRT_2))
    }

    /// The ε for which a mean (1 + ε)∇J would be seen with probability 0.9.
    pub fn detectable(&self, exact: &[f64], level: f64) -> Option<f64> {
        let level = match self.by_bound() {
            0 => level,
            _ => level / 3.0,
        };
        let distance = self.factor.distance(&self.seen(exact));
        let rank = self.factor.rank();
        let needed = self
            .is_normal()
            .then(|| comparison::trajectories_to_detect(distance, rank, level, 0.9))
            .flatten();
        let whole = needed.map(|needed| (needed / self.samples).sqrt());
        let by_margins = self.seen_by_margins(exact, level);
        whole.into_iter().chain(by_margins).reduce(f64::min)
    }

    /// The ε that would be seen, by the margins for one coordinate: erfc(z/√2) is a `level`-th of one for each at z = t (1 + 3√(κ/N)), and nine of ten
    /// means are above that where they are off by z + 1.2816 standard errors.
    fn seen_by_margins(&self, exact: &[f64], level: f64) -> Option<f64> {
        let level = level / self.heavy.len().max(1) as f64;
        let (mut low, mut high) = (0.0, 40.0);
        while high - low > 1e-9 {
            let middle = 0.5 * (low + high);
            if erfc(middle / std::f64::consts::SQRT_2) <= level {
                high = middle
            } else {
                low = middle
            }
        }
        let heavy = self.heavy.iter();
        let known = heavy.filter(|(k, x)| *x <= MODERATE * self.samples && exact[*k] != 0.0);
        let seen = known.map(|&(k, kurtosis)| {
            let error = (self.covariance[(k, k)] / self.samples).sqrt();
            let wider = 1.0 + 3.0 * (kurtosis / self.samples).sqrt();
            (high * wider + 1.2816) * error / exact[k].abs()
        });
        let least = seen.reduce(f64::min)?;
        // rows that are too long spread more, too
        (least < 1.0).then(|| least / (1.0 - least))
    }
}

/// What a sample that missed what is rare does not show of the spread of its coordinates.
#[derive(Default)]
pub(super) struct Unseen {
    /// Kurtoses that the coordinates may have besides those of the sample \[d\]; empty if nothing is known.
    pub tails: Vec<f64>,
    /// Orthonormal directions along which the sample may lack rows.
    pub directions: Vec<Vec<f64>>,
    /// Whether every coordinate is held to the margins of heavy tails, and none to T².
    pub is_wary: bool,
}

/// PSP, P the projection onto what is orthogonal to all of some orthonormal directions.
fn without(covariance: &DMatrix<f64>, directions: &[Vec<f64>]) -> DMatrix<f64> {
    let mut seen = covariance.clone();
    if !directions.is_empty() {
        for _ in 0..2 {
            for mut column in seen.column_iter_mut() {
                project_out(directions, column.as_mut_slice());
            }
            seen.transpose_mut();
        }
    }
    seen
}

/// How far a sample's mean is from ∇J, and the exact laws of estimators with that mean.
pub(super) struct Apart<'a> {
    /// X̄ − ∇J \[d\].
    pub delta: &'a [f64],
    /// The standard errors that the rounding of the rows stands for \[d\], eight of which it never exceeds.
    pub errors: &'a [f64],
    /// max |∇J|.
    pub size: f64,
    pub design: Option<&'a Design>,
    /// Trajectories of which each row is the mean.
    pub batch: f64,
}

/// Coordinates that vary by the last digits of their mean alone do not vary.
fn without_rounding(mut covariance: DMatrix<f64>, mean: &[f64], errors: &[f64]) -> DMatrix<f64> {
    for (k, (mean, error)) in mean.iter().zip(errors).enumerate() {
        let rounding = error.max(ROUNDINGS * f64::EPSILON * mean.abs());
        if covariance[(k, k)] <= rounding * rounding {
            covariance.row_mut(k).fill(0.0);
            covariance.column_mut(k).fill(0.0);
        }
    }
    covariance
}

impl Apart<'_> {
    /// Whether a coordinate of the mean is off ∇J by more than rounding.
    fn is_off(&self, k: usize) -> bool {
        self.delta[k].abs() > f64::max(1e-9 * self.size, NO_CHANCE * self.errors[k])
    }

    /// Whether the mean is ∇J to rounding.
    pub fn is_none(&self) -> bool {
        (0..self.delta.len()).all(|k| !self.is_off(k))
    }

    /// The relative error to which each variance of a row is known \[d\]: beside that of sums, what rounding
    /// moves the mean of N rows by is no direction of its own.
    fn tolerance(&self, covariance: &DMatrix<f64>, samples: f64) -> Vec<f64> {
        let of = |(k, error): (usize, &f64)| match covariance[(k, k)] {
            variance if variance > 0.0 => f64::max(1e-9, samples * error * error / variance),
            _ => 1e-9,
        };
        self.errors.iter().enumerate().map(of).collect()
    }

    /// Coordinates that never vary and are off ∇J, and what the chance of that is at most: 1 where no law
    /// says.
    fn stuck(&self, covariance: &DMatrix<f64>, samples: f64) -> Vec<(usize, f64)> {
        let off = |k: &usize| covariance[(*k, *k)] <= 0.0 && self.is_off(*k);
        let stuck = (0..self.delta.len()).filter(off);
        stuck.map(|k| (k, self.chance(k, samples))).collect()
    }

    /// The chance that N rows are one number c: with Y = X − c at most exp(−N P(Y ≠ 0)), and
    ///
    /// ```text
    /// P(Y ≠ 0) ≥ (E Y²)²/E Y⁴        E Y² = σ² + δ²        E Y⁴ ≤ 8 (κσ⁴ + δ⁴)
    /// ```
    ///
    /// (Paley and Zygmund 1932); the largest of all laws.
    fn chance(&self, k: usize, samples: f64) -> f64 {
        let delta = self.delta[k] * self.delta[k];
        let laws = self.design.iter().flat_map(|design| &design.estimators);
        let laws = laws.filter_map(|exact| exact.law.as_ref().ok());
        let chances = laws.filter_map(|law| {
            let kurtosis = 3.0 + (law.kurtosis.as_ref()?.values[k] - 3.0) / self.batch;
            let variance = law.exact.variance[k] / self.batch;
            let square = variance + delta;
            let fourth = 8.0 * (kurtosis.max(1.0) * variance * variance + delta * delta);
            Some((-samples * (square * square / fourth)).exp())
        });
        chances.reduce(f64::max).unwrap_or(1.0)
    }
}
