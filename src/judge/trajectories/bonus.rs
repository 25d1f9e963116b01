//! An entropy bonus beside sums, c Σₜ wᵗ ∇H(π(·|Sₜ)), as the loss of every actor-critic has it; and the entropy of rewards with
//! another weight than is said.

use super::fitted::{Of, Sums};
use super::held::Claims;
use super::matched::named;
use super::rows::times;
use super::score::Scored;
use super::written::Own;
use crate::judge::mistake::{self, short};
use crate::judge::search::Diagnosis;
use crate::judge::{QUOTIENT, RIGHT};
use crate::reference::Estimate;

/// A part that is smaller than this many times what rounding may do is none; a choice.
const SEEN: f64 = 20.0;

impl Claims<'_> {
    /// The sums beside which a multiple of the bonus makes the given numbers [N, d], or their mean [1, d]; either sign of all.
    pub fn with_bonus(&self, given: Own, of: Of) -> Vec<(Diagnosis, Vec<Vec<f64>>)> {
        let (steps, bench) = (&self.known.steps, self.known.bench);
        let mut all: Vec<(Diagnosis, Vec<Vec<f64>>)> = Vec::new();
        // c is one unknown, and so may λ be
        if steps.fixtures.ratios.is_some() || self.equations(of) < 3 || self.entropy != 0.0 {
            return all;
        }
        let score = Scored::of_entropy(bench, steps.fixtures, steps.share);
        let (own, close) = (given.rows, given.within.close);
        let count = self.first(of);
        let ones = steps.each(|i| vec![1.0; steps.rewards(i).len()]);
        let weights = [(steps.discount, "γᵗ"), (1.0, "")];
        let weights = &weights[usize::from(steps.discount >= 1.0)..];
        let sums = |weight| Sums {
            score: &score,
            weight,
            of,
        };
        let few = &own[..own.len().min(count)];
        let parts: Vec<Vec<Vec<f64>>> = weights
            .iter()
            .map(|(weight, _)| sums(*weight).some(&ones, count))
            .collect();
        self.each_sum(of, &mut |summed| {
            let asked = self.name.as_ref().is_none_or(|name| *name == summed.name);
            for (&(weight, power), part) in weights.iter().zip(&parts) {
                for sign in [1.0, -1.0] {
                    let Some(c) = along(&times(few, sign), &summed.rows, part, close) else {
                        continue;
                    };
                    let Some(plain) = self.whole(&summed, of).filter(|_| asked) else {
                        continue;
                    };
                    let mut rows = plain.rows.into_owned();
                    for (row, more) in rows.iter_mut().zip(sums(weight).of(&ones)) {
                        row.iter_mut().zip(more).for_each(|(x, y)| *x += c * y);
                    }
                    let says = format!(
                        "{}: Σ {power}∇H(π(·|Sₜ)) times {} stands beside {}",
                        mistake::says("entropy-bonus"),
                        short(c / summed.share),
                        summed.name
                    );
                    all.push((named("entropy-bonus", says), rows));
                }
            }
        });
        all
    }
}

impl Claims<'_> {
    /// The sums, or their mean, with an entropy of another weight in the rewards.
    pub fn sums_of_other_entropy(&self, own: Own, of: Of) -> Vec<(Diagnosis, Vec<Vec<f64>>)> {
        if self.equations(of) < 2 {
            return Vec::new();
        }
        self.entropy_of_other_weight(own, |estimate| match of {
            Of::Each => estimate.contributions.clone(),
            Of::Mean => vec![estimate.estimate.clone()],
        })
    }

    /// The numbers of estimators with an entropy of another weight in the rewards, in which they are linear, values too.
    pub fn entropy_of_other_weight(
        &self,
        own: Own,
        rows: impl Fn(&Estimate) -> Vec<Vec<f64>>,
    ) -> Vec<(Diagnosis, Vec<Vec<f64>>)> {
        let mut all = Vec::new();
        let mut wrong = self.known.wrong.iter();
        let Some((_, none)) = wrong.find(|(name, _)| *name == "entropy-forgotten") else {
            return all;
        };
        for estimate in self.estimates() {
            let mut same = none.estimates.iter();
            let Some(plain) = same.find(|one| one.name == estimate.name) else {
                continue;
            };
            let (plain, whole) = (rows(plain), rows(estimate));
            let both = whole.iter().zip(&plain);
            let part = both.map(|(x, y)| x.iter().zip(y).map(|(x, y)| x - y).collect());
            let part: Vec<Vec<f64>> = part.collect();
            // one equation says nothing of one unknown
            if part.iter().flatten().filter(|x| **x != 0.0).count() < 3 {
                continue;
            }
            for sign in [1.0, -1.0] {
                let Some(share) = along(&times(own.rows, sign), &plain, &part, own.within.close)
                else {
                    continue;
                };
                let row = |(x, y): (&Vec<f64>, &Vec<f64>)| {
                    let each = x.iter().zip(y);
                    each.map(|(x, y)| x + share * y).collect::<Vec<f64>>()
                };
                let made = plain.iter().zip(&part).map(row).collect();
                let name = match share {
                    share if share < 0.0 => "entropy-sign",
                    _ => "entropy-weight",
                };
                let says = format!(
                    "{}; its weight is {}, not {} (of {})",
                    mistake::says(name),
                    short(share * self.entropy),
                    short(self.entropy),
                    estimate.name
                );
                all.push((named(name, says), made));
            }
        }
        all
    }
}

/// The c ≠ 0 of which x + c y is what is given, to all digits or to as many as there are at least, relative to the largest.
fn along(given: &[Vec<f64>], x: &[Vec<f64>], y: &[Vec<f64>], close: f64) -> Option<f64> {
    let each = || {
        let plain = given.iter().flatten().zip(x.iter().flatten());
        plain.map(|(g, x)| g - x).zip(y.iter().flatten())
    };
    let square: f64 = each().map(|(_, y)| y * y).sum();
    let c = each().map(|(rest, y)| rest * y).sum::<f64>() / square;
    c.is_finite().then_some(())?;
    let size = given
        .iter()
        .flatten()
        .fold(0.0, |most, g| f64::max(most, g.abs()));
    let most = each().fold(0.0, |most, (_, y)| f64::max(most, (c * y).abs()));
    let left = each().fold(0.0, |left, (rest, y)| f64::max(left, (rest - c * y).abs()));
    let fits = |within: f64| left <= within * size && most > SEEN * within * size;
    [RIGHT, QUOTIENT, close].into_iter().any(fits).then_some(c)
}
