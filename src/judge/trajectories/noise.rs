//! What rounding alone makes of numbers that are differences of larger ones: an advantage that is 0 on paper is the
//! last digit of q − v.

use crate::judge::bench::Bench;
use crate::judge::score_rounding::score_rounding;
use crate::reference::{Steps, backwards};

/// Roundings of a sum of terms of this size; a choice.
const ROUNDINGS: f64 = 64.0;
/// What a sum in 32 bits may be off by, relative to its terms; a choice.
const SINGLE: f64 = 1e-6;

/// The size of what numbers were made of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Noise {
    scale: f64,
}

impl Noise {
    /// Of numbers that are made of others of this size.
    pub fn of(scale: f64) -> Noise {
        Noise { scale }
    }

    /// Of Ψₜ: the largest |v|, |q| and Σ γˡ|Rₜ₊ₗ|.
    pub fn of_credits(steps: &Steps) -> Noise {
        let fixtures = steps.fixtures;
        let sizes = |rows: &[Vec<f64>]| {
            let finite = rows.iter().flatten().filter(|x| x.is_finite());
            finite.fold(0.0, |most, x| f64::max(most, x.abs()))
        };
        let values = [&fixtures.v, &fixtures.v_next, &fixtures.q];
        let values = values.map(|rows| sizes(rows));
        let paid = fixtures.rewards.iter().map(|row| {
            let row: Vec<f64> = row.iter().map(|x| x.abs()).collect();
            backwards(&row, steps.discount, 0.0)
        });
        let returns = sizes(&paid.collect::<Vec<_>>());
        Noise::of(values.into_iter().fold(returns, f64::max))
    }

    /// Of sums of such Ψₜ times scores, each times `share`: by the largest Σₜ max |ψₜ| of a trajectory, or of what these are
    /// the difference of.
    pub fn of_sums(bench: &Bench, steps: &Steps, share: f64) -> Noise {
        let largest = |score: &Vec<f64>| score.iter().fold(0.0, |most, x| f64::max(most, x.abs()));
        let (fixtures, space) = (steps.fixtures, bench.mdp.space());
        let bounds = score_rounding(bench.policy);
        let of = |i: usize, t: usize| {
            let pair = space.pair(fixtures.states[i][t], fixtures.actions[i][t]);
            pair.map_or(0.0, |pair| bounds[pair] / (ROUNDINGS * f64::EPSILON))
        };
        let sums = fixtures.scores.iter().enumerate().map(|(i, row)| {
            let steps = row.iter().enumerate();
            steps
                .map(|(t, score)| largest(score).max(of(i, t)))
                .sum::<f64>()
        });
        Noise::of(Noise::of_credits(steps).scale * share * sums.fold(0.0, f64::max))
    }

    /// Whether exact numbers are 0, but for rounding.
    pub fn is_all_of(&self, exact: &[Vec<f64>]) -> bool {
        let most = ROUNDINGS * f64::EPSILON * self.scale;
        exact.iter().flatten().all(|x| x.abs() <= most)
    }

    /// [`apart`], but relative to what the numbers were made of where no more than rounding lies between: that of 32 bits
    /// where all given ones, not all of them 0, are numbers of 32 bits.
    pub fn apart(&self, given: &[Vec<f64>], exact: &[Vec<f64>]) -> (f64, f64, Vec<usize>) {
        let (relative, most, place) = apart(given, exact);
        let numbers = || given.iter().flatten();
        let is_single =
            numbers().any(|x| *x != 0.0) && numbers().all(|x| f64::from(*x as f32) == *x);
        let unit = if is_single {
            SINGLE
        } else {
            ROUNDINGS * f64::EPSILON
        };
        if self.scale > 0.0 && most <= unit * self.scale {
            return (relative.min(most / self.scale), most, place);
        }
        (relative, most, place)
    }
}

/// The largest difference, relative and absolute, and its place.
pub(super) fn apart(given: &[Vec<f64>], exact: &[Vec<f64>]) -> (f64, f64, Vec<usize>) {
    let (mut most, mut size, mut place) = (0.0, 0.0f64, Vec::new());
    for (i, (x, y)) in given.iter().zip(exact).enumerate() {
        for (t, (x, y)) in x.iter().zip(y).enumerate() {
            size = size.max(y.abs()).max(x.abs());
            let difference = (x - y).abs();
            // NaN is a difference as well, the first of all
            if difference > most || (difference.is_nan() && !f64::is_nan(most)) {
                (most, place) = (difference, vec![i, t]);
            }
        }
    }
    match most {
        0.0 => (0.0, 0.0, place),
        most => (most / size.max(f64::MIN_POSITIVE), most, place),
    }
}
