//! Sums of estimators with a number of their own, which is found: Âₜ of any λ, n-step advantages, the return less a
//! constant.
//!
//! ```text
//! c_l = Σₜ wᵗ ψₜ δₜ₊ₗ        Σₜ wᵗ ψₜ Âₜ = Σ_l (γλ)ˡ c_l        n-step: Σ_{l < n} γˡ c_l
//! ```
//!
//! Where another policy acts ω₀ ⋯ ω_k stands before δ_k, and nothing else changes.

use super::constant::constant;
use super::held::Claims;
use super::matched::Candidate;
use super::rows::{mean, times};
use super::score::Scored;
use super::weighed::Weighed;
use super::written::{Own, Within};
use crate::comparison::score_rank;
use crate::judge::{NEARLY, QUOTIENT, SINGLE};
use crate::linalg::dot_in_order;
use crate::reference::Steps;

/// What the numbers are of.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Of {
    /// A sum for each trajectory.
    Each,
    /// Their mean.
    Mean,
}

/// Trajectories by whose sums a number is found; a choice.
pub(super) const FEW: usize = 32;
/// Trajectories by whose sums a number is found where those do not tell it; a choice.
const MORE: usize = 1024;
/// Steps times lags that are summed; a choice.
const MOST: usize = 4_000_000;
/// How far from a λ of four decimals one may be that stands for it.
const NEAR: f64 = 1e-5;
/// Values of λ from which the best is improved.
const GRID: usize = 100;

/// Sums of a user, over what they are divided by, and how exactly they came.
#[derive(Clone, Copy)]
struct Given<'a> {
    rows: &'a [Vec<f64>],
    precision: Precision,
}

/// How exactly sums came.
#[derive(Clone, Copy)]
struct Precision {
    /// What may be left of each, relative to the largest.
    relative: f64,
    /// What rounding to a few digits may have done to each; 0 where it did not.
    written: f64,
}

impl Precision {
    /// How exactly sums may have come that are written so, the closest first: those of 64 bits may be made of numbers of 32.
    fn tried(own: Within, share: f64) -> Vec<Precision> {
        let written = own.written / share;
        let of = |relative| Precision { relative, written };
        if own.is_single() {
            vec![of(SINGLE / 2.0)]
        } else {
            vec![of(QUOTIENT), of(NEARLY)]
        }
    }
}

impl Precision {
    /// Whether nothing but rounding is left of what is given.
    fn is_small(self, rest: &[f64], given: &[f64]) -> bool {
        let most = self.most(given);
        most > 0.0 && rest.iter().all(|x| x.abs() <= most)
    }

    /// What may be left.
    fn most(self, given: &[f64]) -> f64 {
        let size = given.iter().fold(0.0, |most, x| f64::max(most, x.abs()));
        (self.relative * size).max(if size > 0.0 { self.written } else { 0.0 })
    }

    /// The λ that may have been meant where this one fits best, most likely first.
    fn meant(self, lambda: f64) -> Vec<f64> {
        let nearest = |decimals: i32, beside: i32| {
            let power = 10f64.powi(decimals);
            let mut around: Vec<f64> = (-beside..=beside)
                .map(|k| ((lambda * power).round() + f64::from(k)) / power)
                .filter(|x| (0.0..=1.0).contains(x))
                .collect();
            around.sort_by(|x, y| (x - lambda).abs().total_cmp(&(y - lambda).abs()));
            around
        };
        if self.written > 0.0 {
            // what fits rounded numbers best is near what was meant
            let few = [nearest(1, 1), nearest(2, 3), nearest(3, 5), nearest(4, 1)];
            return few.into_iter().flatten().chain([lambda]).collect();
        }
        // one of four decimals, where it makes them as well
        let rounded = (lambda * 1e4).round() / 1e4;
        let near = (lambda - rounded).abs() < NEAR;
        near.then_some(rounded)
            .into_iter()
            .chain([lambda])
            .collect()
    }
}

/// What multiplies the scores, with the number that was found.
struct Found {
    name: String,
    psi: Vec<Vec<f64>>,
}

impl Claims<'_> {
    /// Those whose sums, with γᵗ or without, are the given numbers [N, d] or their mean [1, d].
    pub fn fitted_sums(&self, own: Own, of: Of) -> Vec<Candidate<'static>> {
        self.sums_of(&Weighed::whole(&self.known.steps), own, of)
    }

    /// Those whose sums these are where the ratios of another policy that acts are missing.
    pub fn sums_without_ratios(&self, own: Own, of: Of) -> Vec<Candidate<'static>> {
        let steps = &self.known.steps;
        match steps.fixtures.ratios {
            Some(_) => self.sums_of(&Weighed::plain(steps), own, of),
            None => Vec::new(),
        }
    }

    /// Whether all numbers are sought that would make given sums those of an estimator.
    pub fn seeks_numbers(&self, of: Of) -> bool {
        let count = match of {
            Of::Each => FEW,
            Of::Mean => usize::MAX,
        };
        let lengths = self.known.steps.fixtures.lengths.iter().copied();
        self.equations(of) > 1 && is_affordable(lengths.take(count))
    }

    fn sums_of(&self, weighed: &Weighed, own: Own, of: Of) -> Vec<Candidate<'static>> {
        let discount = self.known.steps.discount;
        let Some(score) = self.known.scores.first() else {
            return Vec::new();
        };
        // one equation says nothing of one unknown
        if self.equations(of) < 2 {
            return Vec::new();
        }
        let weights = [(discount, ""), (1.0, ":dropped")];
        let mut all = Vec::new();
        for (weight, suffix) in weights.into_iter().take(1 + usize::from(discount < 1.0)) {
            let sums = Sums { score, weight, of };
            for (share, prefix) in self.shares(of) {
                let rows = times(own.rows, 1.0 / share);
                let told = |precision: Precision, count: usize| {
                    let given = Given {
                        rows: &rows,
                        precision,
                    };
                    let found = self.found((given, count), sums, weighed).into_iter();
                    let candidates = found.map(|found| Candidate {
                        name: format!("{prefix}{}{suffix}{}", found.name, weighed.suffix),
                        rows: times(&sums.of(&found.psi), share).into(),
                    });
                    candidates.collect::<Vec<Candidate>>()
                };
                let noise = self.known.of_sums;
                let fits = |one: &Candidate| own.fits(noise.apart(own.rows, &one.rows));
                for precision in Precision::tried(own.within, share) {
                    let mut found = told(precision, FEW);
                    // what fits the first trajectories alone may be anything, if these do not depend on it
                    if own.rows.len() > FEW && !found.is_empty() && !found.iter().any(fits) {
                        found = told(precision, MORE);
                    }
                    let is_told = found.iter().any(fits);
                    all.extend(found);
                    if is_told {
                        break;
                    }
                }
            }
        }
        all
    }

    /// What sums may be divided by: trajectories, and of a mean also their steps.
    pub fn shares(&self, of: Of) -> Vec<(f64, &'static str)> {
        let share = self.known.steps.by_steps();
        let by_steps = of == Of::Mean && share != 1.0;
        let by_steps = by_steps.then_some((share, "per-step-mean:"));
        [(1.0, "")].into_iter().chain(by_steps).collect()
    }

    /// In how many numbers what is given could differ from a sum of another Ψ, at most.
    pub fn equations(&self, of: Of) -> usize {
        let bench = self.known.bench;
        let rank = score_rank(bench.mdp, bench.policy).unwrap_or(0);
        let weighed = Weighed::whole(&self.known.steps);
        // a step whose ratios are 0 adds nothing
        let counted = (0..self.known.steps.fixtures.lengths.len()).map(|i| weighed.counted(i));
        match of {
            Of::Each => counted.map(|steps| rank.min(steps)).sum(),
            Of::Mean => rank.min(counted.sum()),
        }
    }

    /// What fits the first trajectories.
    fn found(&self, (own, first): (Given, usize), sums: Sums, weighed: &Weighed) -> Vec<Found> {
        let steps = weighed.steps;
        let gamma = steps.discount;
        let count = match sums.of {
            Of::Each => first,
            Of::Mean => usize::MAX,
        };
        let some: Vec<f64> = own.rows.iter().take(count).flatten().copied().collect();
        let precision = own.precision;
        let of = |name: String, psi: &dyn Fn(usize) -> Vec<f64>| Found {
            name,
            psi: steps.each(psi),
        };
        let mut all = Vec::new();
        let residuals = steps.each(|i| weighed.residuals(i));
        if let Some(lags) = lags(&residuals, sums, count, |_, _| 1.0) {
            all.extend(
                lags.lambda(gamma, &some, precision)
                    .map(|lambda| of(format!("gae:{lambda}"), &|i| weighed.gae(i, lambda))),
            );
            all.extend(
                lags.window(gamma, &some, precision)
                    .map(|n| of(format!("n-step:{n}"), &|i| weighed.n_step(i, n))),
            );
            let values = steps.each(|i| weighed.values(i));
            let rest = less(&some, &sums.some(&values, count).concat());
            all.extend(lags.lambda(gamma, &rest, precision).map(|lambda| {
                of(format!("lambda-return:{lambda}"), &|i| {
                    weighed.lambda_return(i, lambda)
                })
            }));
            all.extend(lags.window(gamma, &rest, precision).map(|n| {
                of(format!("n-step-return:{n}"), &|i| {
                    weighed.n_step_return(i, n)
                })
            }));
            // δₜ + γ(Âₜ₊₁): c₀ and γ Σ (γλ)ˡ c_{l + 1}
            let rest = lags
                .0
                .first()
                .map_or(some.clone(), |first| less(&some, first));
            all.extend(lags.after_first(gamma).and_then(|later| {
                let lambda = later.lambda(gamma, &rest, precision);
                // with λ = 0 it is the sum of two δ
                let lambda = lambda.filter(|lambda| *lambda > 1e-5)?;
                let name = format!("one-step-of-lambda-return:{lambda}");
                Some(of(name, &|i| weighed.one_more(i, lambda)))
            }));
        }
        let flat = |psi: Vec<Vec<f64>>| sums.some(&psi, count).concat();
        let returns = flat(steps.each(|i| weighed.returns(i)));
        let ones = flat(steps.each(|i| weighed.ones(i)));
        let rest = less(&returns, &some);
        let b = constant(rest.into_iter().zip(ones), precision.most(&some));
        all.extend(b.map(|b| of(format!("baseline:{b}"), &|i| weighed.less(i, b))));
        if let (Some(ratios), "") = (&steps.fixtures.ratios, weighed.suffix) {
            let retraced = Retraced {
                steps,
                ratios,
                sums,
                count,
            };
            let psi = |i: usize, lambda: f64| steps.retrace(i, &ratios[i], lambda);
            let lambda = retraced.lambda(&some, precision);
            all.extend(lambda.map(|x| of(format!("retrace:{x}"), &|i| psi(i, x))));
        }
        all
    }
}

/// The targets of Retrace of the first trajectories, whose terms have the traces of the steps behind them.
struct Retraced<'a> {
    steps: &'a Steps<'a>,
    ratios: &'a [Vec<f64>],
    sums: Sums<'a>,
    count: usize,
}

impl Retraced<'_> {
    /// The λ of which the given numbers are the sums.
    fn lambda(&self, given: &[f64], precision: Precision) -> Option<f64> {
        let steps = self.steps;
        let own = |i: usize| steps.fixtures.q[i].clone();
        let first = |i: usize| {
            let targets = steps
                .retrace(i, &self.ratios[i], 0.0)
                .into_iter()
                .zip(own(i));
            targets.map(|(x, q)| x - q).collect()
        };
        let owns = self.sums.some(&steps.each(own), self.count).concat();
        let trace = |i: usize, t: usize| self.ratios[i][t].min(1.0);
        let lags = lags(&steps.each(first), self.sums, self.count, trace)?;
        lags.lambda(steps.discount, &less(given, &owns), precision)
    }
}

/// Whether all lags of trajectories of these lengths are summed.
fn is_affordable(lengths: impl Iterator<Item = usize>) -> bool {
    let work = lengths.map(|length| length.saturating_mul(length));
    work.fold(0, usize::saturating_add) <= MOST
}

/// c_l of the first trajectories, or their mean, of terms before which stand the traces of the steps behind that which is
/// credited; `None` where that is too much work.
fn lags(
    terms: &[Vec<f64>],
    sums: Sums,
    count: usize,
    trace: impl Fn(usize, usize) -> f64,
) -> Option<Lags> {
    let taken = || terms.iter().take(count).map(Vec::len);
    let longest = taken().max()?;
    is_affordable(taken()).then_some(())?;
    let mut all = Vec::with_capacity(longest);
    let mut later: Vec<Vec<f64>> = terms.iter().take(count).cloned().collect();
    for _ in 0..longest {
        all.push(sums.some(&later, count).concat());
        for (i, row) in later.iter_mut().enumerate() {
            // those of step t + 1 become those of step t, by what is behind it
            for t in 1..row.len() {
                row[t - 1] = trace(i, t) * row[t];
            }
            row.pop();
        }
    }
    Some(Lags(all))
}

/// How Ψₜ are summed.
#[derive(Clone, Copy)]
pub(super) struct Sums<'a> {
    pub score: &'a Scored,
    /// What stands before step t is its t-th power.
    pub weight: f64,
    pub of: Of,
}

impl Sums<'_> {
    /// The sums of all trajectories, or their mean.
    pub fn of(&self, psi: &[Vec<f64>]) -> Vec<Vec<f64>> {
        self.some(psi, usize::MAX)
    }

    /// The sums of the first trajectories, or the mean of all.
    pub fn some(&self, psi: &[Vec<f64>], count: usize) -> Vec<Vec<f64>> {
        let rows = psi.iter().enumerate().take(count);
        let rows = rows.map(|(i, psi)| self.score.sum(i, psi, self.weight));
        let rows: Vec<Vec<f64>> = rows.collect();
        match self.of {
            Of::Each => rows,
            Of::Mean => vec![mean(&rows)],
        }
    }
}

/// c_l, l = 0, 1, …
struct Lags(Vec<Vec<f64>>);

impl Lags {
    /// Σ_l factor_l c_l.
    fn sum(&self, factor: impl Fn(usize) -> f64) -> Vec<f64> {
        let mut sum = vec![0.0; self.0.first().map_or(0, Vec::len)];
        for (l, lag) in self.0.iter().enumerate() {
            let factor = factor(l);
            sum.iter_mut()
                .zip(lag)
                .for_each(|(sum, x)| *sum += factor * x);
        }
        sum
    }

    /// γ c_{l + 1}; `None` where there is no later one.
    fn after_first(&self, discount: f64) -> Option<Lags> {
        let later = self.0.get(1..).filter(|later| !later.is_empty())?;
        let times = |lag: &Vec<f64>| lag.iter().map(|x| discount * x).collect();
        Some(Lags(later.iter().map(times).collect()))
    }

    /// The λ in [0, 1] of which Σ (γλ)ˡ c_l is what is given: the best of a grid, improved by Gauss and Newton's steps.
    fn lambda(&self, discount: f64, given: &[f64], precision: Precision) -> Option<f64> {
        let rest = |lambda: f64| {
            let sum = self.sum(|l| (discount * lambda).powi(l as i32));
            less(given, &sum)
        };
        let square = |lambda: f64| dot_in_order(&rest(lambda), &rest(lambda));
        let grid: Vec<f64> = (0..=GRID).map(|x| x as f64 / GRID as f64).collect();
        let squares: Vec<f64> = grid.iter().map(|lambda| square(*lambda)).collect();
        let is_least = |x: &usize| {
            let beside = [x.checked_sub(1), (*x < GRID).then_some(x + 1)];
            beside
                .into_iter()
                .flatten()
                .all(|y| squares[*x] <= squares[y])
        };
        for start in (0..=GRID).filter(is_least) {
            let mut lambda = grid[start];
            for _ in 0..20 {
                let slope = self.sum(|l| match l {
                    0 => 0.0,
                    l => l as f64 * discount * (discount * lambda).powi(l as i32 - 1),
                });
                let step = dot_in_order(&rest(lambda), &slope) / dot_in_order(&slope, &slope);
                if !step.is_finite() {
                    break; // what is given does not depend on λ
                }
                lambda = (lambda + step).clamp(0.0, 1.0);
            }
            let mut meant = precision.meant(lambda).into_iter();
            let told = meant.find(|lambda| precision.is_small(&rest(*lambda), given));
            if told.is_some() {
                return told;
            }
        }
        None
    }

    /// The least n > 1 of which Σ_{l < n} γˡ c_l is what is given.
    fn window(&self, discount: f64, given: &[f64], precision: Precision) -> Option<usize> {
        let mut sum = vec![0.0; given.len()];
        for (l, lag) in self.0.iter().enumerate() {
            let power = discount.powi(l as i32);
            sum.iter_mut()
                .zip(lag)
                .for_each(|(sum, x)| *sum += power * x);
            if l > 0 && precision.is_small(&less(given, &sum), given) {
                return Some(l + 1);
            }
        }
        None
    }
}

fn less(x: &[f64], y: &[f64]) -> Vec<f64> {
    x.iter().zip(y).map(|(x, y)| x - y).collect()
}
