//! Second moments of U(G − b), U = Σ cᵗψₜ, where returns lie so near b that E U²G² − 2b E U²G + b² E U² has no digits
//! left (theory, 5.4, *Centred*).
//!
//! Paid δ = r + γv(s') − v(s) in the place of r, as if shaped by −v (Ng, Harada & Russell 1999), a trajectory from s has
//! the return R̃ = G − v(s), whose mean is 0. So
//!
//! ```text
//! U(G − b) = Y + U(v(S₀) − b)        Y = UR̃
//! ```
//!
//! and nothing large enters: Y follows the recursion of a total return, and v(S₀) − b stands in the measures from which
//! it starts.

use nalgebra::DMatrix;

use super::adjoint::{self, PairWeights};
use super::assembly::Accumulator;
use super::centred::terms;
use super::conditional::{Conditional, Depth, View};
use super::critic::rounds;
use super::experiment::Experiment;
use super::kurtosis;
use super::moments::{self, Moments};
use super::process::{Order, Process};
use super::recursion::Recursion;
use super::{BatchKind, Contribution, Resolved, Table};
use crate::error::Error;
use crate::linalg::{Solvable, largest};

/// Relative errors of variances above this are worth another way; a choice.
const LOST: f64 = 1e-12;

/// What multiplies U and Y in a sum, by the state from which a trajectory starts: [2][S].
type Top<F> = [Vec<F>; 2];

/// U and Y, and what is above the level that returns are less.
struct Shaped<F: Solvable> {
    process: Process<F>,
    recursion: Recursion<F>,
    /// v(s) − ℓ \[S\].
    above: Vec<F>,
}

/// The moments of a total return, or of one with baselines from the sample, whose variances have lost digits to what is
/// subtracted; `None` for other estimators, where nothing is lost, under importance sampling and over a horizon.
///
/// Errors if a linear system is singular.
pub(super) fn moments<F: Solvable>(
    experiment: &Experiment<F>,
    resolved: &Resolved<F>,
    known: &Moments<F>,
) -> Result<Option<Moments<F>>, Error> {
    let (process, v) = (experiment.process(), experiment.v());
    let Some((weight, baseline)) = parts(resolved) else {
        return Ok(None);
    };
    if !serves(process) || !pays(process, (weight, baseline), v, &known.variance)? {
        return Ok(None);
    }
    let full = known.covariance.is_some();
    let shaped = Shaped::new(process, weight, baseline, v);
    let found = match baseline {
        Some(_) => shaped.of_constant(full)?,
        None => shaped.in_sample(full)?,
    };
    found.finite().map(Some)
}

/// The kurtoses \[d\] of a total return less a constant; `None` where [`moments`] has another way.
///
/// Errors if a linear system is singular.
pub(super) fn kurtosis<F: Solvable>(
    experiment: &Experiment<F>,
    resolved: &Resolved<F>,
) -> Result<Option<Vec<F>>, Error> {
    let process = experiment.process();
    let Some((weight, Some(baseline))) = parts(resolved).filter(|_| serves(process)) else {
        return Ok(None);
    };
    let shaped = Shaped::new(process, weight, Some(baseline), experiment.v());
    kurtosis::of_product(&shaped.process, &shaped.recursion, &shaped.above).map(Some)
}

/// c and b; without b where it is estimated from the sample.
fn parts<F: Solvable>(resolved: &Resolved<F>) -> Option<(&F, Option<&F>)> {
    match &resolved.form {
        Contribution::TotalReturn { baseline } => Some((&resolved.weight, Some(baseline))),
        Contribution::Batch(batch) if batch.kind == BatchKind::InSample => {
            Some((&batch.of.weight, None))
        }
        _ => None,
    }
}

fn serves<F: Solvable>(process: &Process<F>) -> bool {
    rounds::<F>() && process.horizon().is_none() && !process.is_weighted()
}

/// Whether the rounding of E U²(|G| + |b|)² shows in a variance.
fn pays<F: Solvable>(
    process: &Process<F>,
    (weight, baseline): (&F, Option<&F>),
    v: &Table<F>,
    variance: &[F],
) -> Result<bool, Error> {
    let square = weight.clone() * weight;
    let visits = process.solve_transposed(Order::First, &square, process.initial().to_vec())?;
    let size = largest(v.at(0)) + baseline.map_or(0.0, |b| b.to_f64().abs());
    let terms = terms(process, &visits, size);
    let mut known = terms.iter().zip(variance);
    Ok(known.any(|(terms, variance)| terms * f64::EPSILON > LOST * variance.to_f64()))
}

impl<F: Solvable> Shaped<F> {
    /// Returns less a constant, or else less the value of a state from which trajectories start.
    fn new(process: &Process<F>, weight: &F, baseline: Option<&F>, v: &Table<F>) -> Shaped<F> {
        let first = process.initial().iter().position(|p| !p.is_zero());
        let above = |s: usize| match baseline {
            Some(b) => {
                let rest = v.rest().map_or_else(F::zero, |rest| rest[s].clone());
                v.at(0)[s].clone() - b + &rest
            }
            None => v.apart(s, first.unwrap_or(s)),
        };
        let product = Contribution::TotalReturn {
            baseline: F::zero(),
        };
        Shaped {
            above: (0..process.states()).map(above).collect(),
            recursion: product.recursion(weight, process.discount()),
            process: process.shaped(v),
        }
    }

    /// U.
    fn sum(&self) -> Top<F> {
        let states = self.process.states();
        [vec![F::one(); states], vec![F::zero(); states]]
    }

    /// Z = Y + U(v(S₀) − ℓ).
    fn product(&self) -> Top<F> {
        [self.above.clone(), vec![F::one(); self.process.states()]]
    }

    fn view(&self) -> View<'_, F> {
        View {
            process: &self.process,
            recursion: &self.recursion,
            time: 0,
        }
    }

    /// E Z = E Y \[d\], since E_s[U] = 0.
    fn mean(&self) -> Result<Vec<F>, Error> {
        let top = [F::zero(), F::one()];
        moments::mean(&self.process, &self.recursion, &top)
    }

    /// E[X X̃ᵀ] for X and X̃ given by their tops.
    fn second(
        &self,
        known: &Conditional<F>,
        (left, right): (&Top<F>, &Top<F>),
        full: bool,
    ) -> Result<Accumulator<F>, Error> {
        let initial = self.process.initial();
        let measure = |a: &Vec<F>, b: &Vec<F>| -> Vec<F> {
            let tops = a.iter().zip(b).zip(initial);
            tops.map(|((a, b), p)| a.clone() * b * p).collect()
        };
        let row = |a: &Vec<F>| right.iter().map(|b| measure(a, b)).collect();
        let seeds: PairWeights<F> = left.iter().map(row).collect();
        let weights = adjoint::pairs_from(&self.process, &self.recursion, seeds)?;
        let mut sum = Accumulator::zero(self.process.parameters(), full);
        sum.add(self.view(), known, &weights);
        Ok(sum)
    }

    /// Of Z itself.
    fn of_constant(&self, full: bool) -> Result<Moments<F>, Error> {
        let known = Conditional::stationary(self.view(), Depth::All)?;
        let z = self.product();
        let second = self.second(&known, (&z, &z), full)?;
        let sizes = self.sizes(&known)?;
        Ok(self.less_mean(second.diagonal(), second, sizes, self.mean()?))
    }

    /// E Y² + E (U(v(S₀) − ℓ))² \[d\], of which E Z² is a difference where returns of what is rare lie near ℓ and far from
    /// v.
    fn sizes(&self, known: &Conditional<F>) -> Result<Vec<F>, Error> {
        let nothing = || vec![F::zero(); self.process.states()];
        let [above, ones] = self.product();
        let parts = [[nothing(), ones], [above, nothing()]];
        let of = |top: &Top<F>| Ok::<_, Error>(self.second(known, (top, top), false)?.diagonal());
        let [own, other] = [of(&parts[0])?, of(&parts[1])?];
        Ok(own.into_iter().zip(other).map(|(x, y)| x + y).collect())
    }

    /// Of Z_k − b̃_kU_k with b̃_k = E U_kZ_k / E U_k², 0 where nothing scores.
    fn in_sample(&self, full: bool) -> Result<Moments<F>, Error> {
        let known = Conditional::stationary(self.view(), Depth::All)?;
        let (u, z) = (self.sum(), self.product());
        let of = |left, right| self.second(&known, (left, right), full);
        let (squares, crossed, sums) = (of(&z, &z)?, of(&u, &z)?, of(&u, &u)?);
        let (zz, uz, uu) = (squares.diagonal(), crossed.diagonal(), sums.diagonal());
        let least = |k: usize| {
            if uu[k].is_zero() {
                F::zero()
            } else {
                uz[k].clone() / &uu[k]
            }
        };
        let b: Vec<F> = (0..uu.len()).map(least).collect();
        let product = |k: usize, l: usize, (zz, uz, zu, uu): (&F, &F, &F, &F)| {
            let own = zz.clone() - b[k].clone() * uz - b[l].clone() * zu;
            own + b[k].clone() * &b[l] * uu
        };
        let raw = (0..b.len()).map(|k| product(k, k, (&zz[k], &uz[k], &uz[k], &uu[k])));
        let raw: Vec<F> = raw.collect();
        // what is subtracted once more
        let square = |k: usize| b[k].clone() * &b[k] * &uu[k];
        let sizes = self.sizes(&known)?.into_iter().enumerate();
        let sizes = sizes.map(|(k, size)| size + square(k)).collect();
        let second = match (squares, crossed, sums) {
            (Accumulator::Full(zz), Accumulator::Full(uz), Accumulator::Full(uu)) => {
                let entry = |k: usize, l: usize| {
                    product(k, l, (&zz[(k, l)], &uz[(k, l)], &uz[(l, k)], &uu[(k, l)]))
                };
                Accumulator::Full(DMatrix::from_fn(zz.nrows(), zz.ncols(), entry))
            }
            _ => Accumulator::Diagonal(raw.clone()),
        };
        Ok(self.less_mean(raw, second, sizes, self.mean()?))
    }

    /// Second moments less those of the mean; `sizes` is what they are differences of.
    fn less_mean(
        &self,
        raw: Vec<F>,
        second: Accumulator<F>,
        sizes: Vec<F>,
        mean: Vec<F>,
    ) -> Moments<F> {
        let covariance = second.whole().map(|z| moments::centered(z, &mean, &mean));
        let entries = raw.iter().zip(&mean);
        Moments {
            variance: entries.map(|(raw, m)| moments::variance(raw, m)).collect(),
            covariance: covariance.map(moments::without_negative_variances),
            mean,
            raw: sizes,
            centred: None,
            shaped: true,
        }
    }
}
