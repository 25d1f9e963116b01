//! Sums of estimators with a number of their own, which is found: Âₜ of any λ, n-step advantages, the return less a
//! constant.
//!
//! ```text
//! c_l = Σₜ wᵗ ψₜ δₜ₊ₗ        Σₜ wᵗ ψₜ Âₜ = Σ_l (γλ)ˡ c_l        n-step: Σ_{l < n} γˡ c_l
//! ```

use super::held::Claims;
use super::matched::Candidate;
use super::rows::{mean, times};
use super::score::Scored;
use crate::comparison::score_rank;
use crate::judge::{QUOTIENT, SINGLE};
use crate::linalg::dot_in_order;

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
/// Steps times lags that are summed; a choice.
const MOST: usize = 4_000_000;
/// Values of λ from which the best is improved.
const GRID: usize = 100;

/// What multiplies the scores, with the number that was found.
struct Found {
    name: String,
    psi: Vec<Vec<f64>>,
}

impl Claims<'_> {
    /// Those whose sums, with γᵗ or without, are the given numbers [N, d] or their mean [1, d].
    pub fn fitted_sums(&self, own: &[Vec<f64>], of: Of) -> Vec<Candidate<'static>> {
        let steps = &self.known.steps;
        let Some(score) = self.known.scores.first() else {
            return Vec::new();
        };
        // weighed sums are more than these; one equation says nothing of one unknown
        if steps.fixtures.ratios.is_some() || self.equations(of) < 2 {
            return Vec::new();
        }
        let weights = [(steps.discount, ""), (1.0, ":dropped")];
        let mut all = Vec::new();
        for (weight, suffix) in weights
            .into_iter()
            .take(1 + usize::from(steps.discount < 1.0))
        {
            let sums = Sums { score, weight, of };
            for (share, prefix) in self.shares(of) {
                for found in self.found(&times(own, 1.0 / share), sums) {
                    let rows = times(&sums.of(&found.psi), share);
                    let name = format!("{prefix}{}{suffix}", found.name);
                    all.push(Candidate {
                        name,
                        rows: rows.into(),
                    });
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
        let lengths = self.known.steps.fixtures.lengths.iter();
        match of {
            Of::Each => lengths.map(|length| rank.min(*length)).sum(),
            Of::Mean => rank.min(lengths.sum()),
        }
    }

    fn found(&self, own: &[Vec<f64>], sums: Sums) -> Vec<Found> {
        let steps = &self.known.steps;
        let count = match sums.of {
            Of::Each => FEW,
            Of::Mean => usize::MAX,
        };
        let some: Vec<f64> = own.iter().take(count).flatten().copied().collect();
        let mut all = Vec::new();
        if let Some(lags) = self.lags(sums, count) {
            all.extend(lags.lambda(steps.discount, &some).map(|lambda| Found {
                name: format!("gae:{lambda}"),
                psi: steps.each(|i| steps.gae(i, lambda)),
            }));
            all.extend(lags.window(steps.discount, &some).map(|n| Found {
                name: format!("n-step:{n}"),
                psi: steps.each(|i| steps.n_step(i, n)),
            }));
        }
        if let Some(lags) = self.lags(sums, count) {
            let values = steps.each(|i| steps.fixtures.v[i].clone());
            let rest = less(&some, &sums.some(&values, count).concat());
            all.extend(lags.lambda(steps.discount, &rest).map(|lambda| Found {
                name: format!("lambda-return:{lambda}"),
                psi: steps.each(|i| steps.lambda_return(i, lambda)),
            }));
            all.extend(lags.window(steps.discount, &rest).map(|n| Found {
                name: format!("n-step-return:{n}"),
                psi: steps.each(|i| {
                    let v = steps.fixtures.v[i].iter();
                    let of = steps.n_step(i, n).into_iter();
                    of.zip(v).map(|(x, v)| x + v).collect()
                }),
            }));
            // δₜ + γ(Âₜ₊₁): c₀ and γ Σ (γλ)ˡ c_{l + 1}
            let rest = lags
                .0
                .first()
                .map_or(some.clone(), |first| less(&some, first));
            all.extend(lags.after_first(steps.discount).and_then(|later| {
                let lambda = later.lambda(steps.discount, &rest);
                // with λ = 0 it is the sum of two δ
                let lambda = lambda.filter(|lambda| *lambda > 1e-5)?;
                Some(Found {
                    name: format!("one-step-of-lambda-return:{lambda}"),
                    psi: steps.each(|i| steps.one_more(i, lambda)),
                })
            }));
        }
        let returns = steps.each(|i| steps.returns(i, steps.discount));
        let ones = steps.each(|i| vec![1.0; steps.rewards(i).len()]);
        let flat = |psi: &[Vec<f64>]| sums.some(psi, count).concat();
        all.extend(
            constant(&flat(&returns), &flat(&ones), &some).map(|b| Found {
                name: format!("baseline:{b}"),
                psi: steps.each(|i| {
                    let returns = steps.returns(i, steps.discount);
                    returns.iter().map(|x| x - b).collect()
                }),
            }),
        );
        all
    }

    /// c_l of the first trajectories, or their mean; `None` where that is too much work.
    fn lags(&self, sums: Sums, count: usize) -> Option<Lags> {
        let steps = &self.known.steps;
        let residuals =
            steps.each(|i| steps.residuals(i, steps.discount, &steps.fixtures.v_next[i]));
        let taken = || residuals.iter().take(count).map(Vec::len);
        let work: usize = taken().map(|length| length.saturating_mul(length)).sum();
        let longest = taken().max()?;
        (work <= MOST).then_some(())?;
        let lag = |l: usize| {
            let later = residuals
                .iter()
                .map(|row| row.get(l..).unwrap_or(&[]).to_vec());
            sums.some(&later.collect::<Vec<_>>(), count).concat()
        };
        Some(Lags((0..longest).map(lag).collect()))
    }
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
    fn lambda(&self, discount: f64, given: &[f64]) -> Option<f64> {
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
            let rounded = (lambda * 1e4).round() / 1e4;
            let is_single = given.iter().all(|x| f64::from(*x as f32) == *x);
            let near = if is_single { 1e-5 } else { 1e-8 };
            let told = if (lambda - rounded).abs() < near {
                rounded
            } else {
                lambda
            };
            if is_small(&rest(told), given) {
                return Some(told);
            }
        }
        None
    }

    /// The least n > 1 of which Σ_{l < n} γˡ c_l is what is given.
    fn window(&self, discount: f64, given: &[f64]) -> Option<usize> {
        let mut sum = vec![0.0; given.len()];
        for (l, lag) in self.0.iter().enumerate() {
            let power = discount.powi(l as i32);
            sum.iter_mut()
                .zip(lag)
                .for_each(|(sum, x)| *sum += power * x);
            if l > 0 && is_small(&less(given, &sum), given) {
                return Some(l + 1);
            }
        }
        None
    }
}

/// The b of which x − b y is what is given.
fn constant(x: &[f64], y: &[f64], given: &[f64]) -> Option<f64> {
    let rest = less(x, given);
    let b = dot_in_order(&rest, y) / dot_in_order(y, y);
    let rounded = (b * 1e6).round() / 1e6;
    let told = [rounded, b].into_iter().find(|b| {
        let made: Vec<f64> = x.iter().zip(y).map(|(x, y)| x - b * y).collect();
        is_small(&less(given, &made), given)
    });
    told.filter(|b| *b != 0.0)
}

/// Whether nothing but rounding is left of what is given.
fn is_small(rest: &[f64], given: &[f64]) -> bool {
    let size = given.iter().fold(0.0, |most, x| f64::max(most, x.abs()));
    let is_single = given.iter().all(|x| f64::from(*x as f32) == *x);
    let most = if is_single { SINGLE / 2.0 } else { QUOTIENT };
    size > 0.0 && rest.iter().all(|x| x.abs() <= most * size)
}

fn less(x: &[f64], y: &[f64]) -> Vec<f64> {
    x.iter().zip(y).map(|(x, y)| x - y).collect()
}
