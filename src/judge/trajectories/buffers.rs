//! The classic mistakes of rollout buffers in Âₜ and in n-step advantages: the residual of every step is known of them, whatever λ is.
//!
//! ```text
//! Âₜ = δ'ₜ + γλÂₜ₊₁               δ'ₜ = Âₜ − γλÂₜ₊₁
//! Aₜ = Σ_{l<n} γˡδ'ₜ₊ₗ            δ'ₜ = Aₜ − γAₜ₊₁ + γⁿδ'ₜ₊ₙ
//! ```
//!
//! Within a trajectory δ' is δ, or what one mistake makes of it everywhere; behind its last step it says what was done there.

use super::credit::Credit;
use super::held::Claims;
use super::lasts::{JOINED, Lasts, Residuals};
use super::schemes::Scheme;
use super::written::{OF_NUMBERS, rounding};
use crate::estimator::{Estimator, Psi};
use crate::judge::SINGLE;
use crate::judge::mistake::says;
use crate::reference::next;

/// The n up to which one that is not named is sought; a choice.
const MOST: usize = 64;

impl Claims<'_> {
    /// The mistakes of buffers that make the given Ψₜ.
    pub fn of_buffers(&self, own: &[Vec<f64>]) -> Vec<Credit> {
        let (steps, least) = (&self.known.steps, self.least(own));
        let mut all = Vec::new();
        for residuals in self.residuals() {
            for scheme in self.schemes(own, &residuals.rows) {
                all.extend(Lasts::credits(own, scheme, &residuals, (steps, least)));
            }
        }
        all.extend(self.joined_steps(own));
        all.extend(self.shifted(own));
        all
    }

    /// The largest difference that says nothing.
    fn least(&self, own: &[Vec<f64>]) -> f64 {
        let size = own
            .iter()
            .flatten()
            .fold(0.0, |most, x| f64::max(most, x.abs()));
        (SINGLE * size).max(4.0 * rounding(own, OF_NUMBERS))
    }

    /// δₜ as it is, and as it is got wrong at every step.
    fn residuals(&self) -> Vec<Residuals> {
        let (steps, gamma) = (&self.known.steps, self.known.steps.discount);
        let with = |name, discount: f64, rewards: &dyn Fn(usize) -> Vec<f64>| {
            let row = |i: usize| {
                let plain = steps.residuals(i, discount, &steps.fixtures.v_next[i]);
                let paid = rewards(i).into_iter().zip(steps.rewards(i));
                let more = paid.map(|(other, own)| other - own);
                plain.iter().zip(more).map(|(x, more)| x + more).collect()
            };
            Residuals {
                name,
                rows: steps.each(row),
                discount,
            }
        };
        let paid = |i: usize| steps.rewards(i).to_vec();
        let early = |i: usize, twice: f64| {
            let rewards = steps.rewards(i);
            next(rewards, twice * rewards.last().copied().unwrap_or(0.0))
        };
        let late = |i: usize| {
            let rewards = steps.rewards(i);
            let earlier = rewards.iter().take(rewards.len().saturating_sub(1));
            std::iter::once(0.0)
                .chain(earlier.copied())
                .take(rewards.len())
                .collect()
        };
        let mut all = vec![with(None, gamma, &paid)];
        if gamma < 1.0 {
            all.push(with(Some("residual-undiscounted"), 1.0, &paid));
        }
        all.push(with(Some("reward-shifted"), gamma, &|i| early(i, 1.0)));
        all.push(with(Some("reward-shifted"), gamma, &|i| early(i, 0.0)));
        all.push(with(Some("reward-shifted"), gamma, &late));
        let mut wrong = self.known.wrong.iter();
        if let Some((name, other)) = wrong.find(|(name, _)| *name == "gain-forgotten") {
            all.push(with(Some(name), gamma, &|i| other.rewards[i].clone()));
        }
        all
    }

    /// The λ or n that is named, or of which such residuals within the trajectories make what is given.
    fn schemes(&self, own: &[Vec<f64>], residuals: &[Vec<f64>]) -> Vec<Scheme> {
        let named = self.name.as_ref().and_then(|name| name.parse().ok());
        let mut all = Vec::new();
        if let Some(named) = &named {
            let named: &Estimator = named;
            let lambda = named.lambda().map(|lambda| Scheme::Gae(lambda.to_f64()));
            all.extend(match (named.psi(), named.steps()) {
                (Psi::TdResidual, _) => Some(Scheme::Gae(0.0)),
                (Psi::Baseline, _) => Some(Scheme::Gae(1.0)),
                (_, Some(n)) => Some(Scheme::Steps(n)),
                (Psi::Gae, _) => lambda,
                _ => return all,
            });
        }
        if !matches!(all.first(), Some(Scheme::Steps(_))) {
            let found = self.lambda_within(own, residuals);
            let is_new = |lambda: &f64| {
                let known = all.iter();
                !known
                    .into_iter()
                    .any(|one| matches!(one, Scheme::Gae(x) if x == lambda))
            };
            all.extend(found.filter(is_new).map(Scheme::Gae));
        }
        if named.is_none() {
            let longest = own.iter().map(Vec::len).max().unwrap_or(0);
            all.extend((2..longest.min(MOST)).map(Scheme::Steps));
        }
        let least = self.least(own);
        let gamma = self.known.steps.discount;
        let fits = |scheme: &Scheme| {
            let mut within = 0;
            let mut rows = own.iter().zip(residuals);
            rows.all(|(own, exact)| {
                let found = scheme.residuals(own, gamma);
                let inner = own.len().saturating_sub(1);
                within += inner;
                let mut both = found[..inner].iter().zip(exact);
                both.all(|(x, y)| (x - y).abs() <= least)
            }) && within > 1
        };
        all.retain(fits);
        all
    }

    /// The median of (Âₜ − δₜ)/(γÂₜ₊₁) within the trajectories.
    fn lambda_within(&self, own: &[Vec<f64>], residuals: &[Vec<f64>]) -> Option<f64> {
        // so many say it as well as all; a choice
        const SOME: usize = 10_000;
        let size = own
            .iter()
            .flatten()
            .fold(0.0, |most, x| f64::max(most, x.abs()));
        let gamma = self.known.steps.discount;
        let rows = own.iter().zip(residuals);
        let each = rows.flat_map(|(own, exact)| {
            let pairs = own.windows(2).zip(exact);
            pairs
                .filter(|(pair, _)| pair[1].abs() > 0.05 * size)
                .map(|(pair, exact)| (pair[0] - exact) / (gamma * pair[1]))
        });
        let mut each: Vec<f64> = each.take(SOME).collect();
        each.sort_by(f64::total_cmp);
        let lambda = *each.get(each.len() / 2)?;
        let rounded = (lambda * 1e3).round() / 1e3;
        let is_near = (lambda - rounded).abs() <= (self.least(own) / size).min(4e-4);
        let lambda = if is_near { rounded } else { lambda };
        (0.0..=1.0).contains(&lambda).then_some(lambda + 0.0)
    }

    /// n-step advantages that run on into the next trajectory, its start standing behind the last step or not.
    fn joined_steps(&self, own: &[Vec<f64>]) -> Vec<Credit> {
        let steps = &self.known.steps;
        let named: Option<Estimator> = self.name.as_ref().and_then(|name| name.parse().ok());
        let windows = match named {
            Some(named) => named.steps().into_iter().collect(),
            None => (2..MOST).collect::<Vec<usize>>(),
        };
        let (least, flat) = (self.least(own), own.concat());
        let starts = |i: usize| {
            let mut then = steps.fixtures.v_next[i].clone();
            let v = steps.fixtures.v.get(i + 1).and_then(|row| row.first());
            if let (Some(last), Some(v)) = (then.last_mut(), v) {
                *last = *v;
            }
            steps.residuals(i, steps.discount, &then)
        };
        let right = |i: usize| steps.residuals(i, steps.discount, &steps.fixtures.v_next[i]);
        let mut all = Vec::new();
        for residuals in [steps.each(right).concat(), steps.each(starts).concat()] {
            for &n in &windows {
                let made = Scheme::Steps(n).sums(&residuals, steps.discount, 0.0);
                let mut both = made.iter().zip(&flat);
                if !both.all(|(x, y)| (x - y).abs() <= least) {
                    continue;
                }
                let mut made = made.into_iter();
                let rows = own
                    .iter()
                    .map(|row| made.by_ref().take(row.len()).collect());
                all.push(Credit {
                    name: "episodes-joined".into(),
                    says: format!("{} (of n-step:{n})", JOINED),
                    psi: rows.collect(),
                });
            }
        }
        all
    }

    /// What is credited, one step too late or too early; what stands at the free end is as given.
    fn shifted(&self, own: &[Vec<f64>]) -> Vec<Credit> {
        let steps = &self.known.steps;
        let residuals =
            steps.each(|i| steps.residuals(i, steps.discount, &steps.fixtures.v_next[i]));
        let inner = |late: bool| {
            let row = |row: &Vec<f64>| {
                if late {
                    row.get(1..).unwrap_or(&[]).to_vec()
                } else {
                    // what stands last is another's
                    row[..row.len().saturating_sub(1)].to_vec()
                }
            };
            own.iter().map(row).collect::<Vec<_>>()
        };
        let mut all = Vec::new();
        let least = self.least(own);
        for late in [true, false] {
            // Âₜ stands at t + 1, or at t − 1: δ of the step itself goes with it
            let moved = |row: &Vec<f64>| row.get(usize::from(!late)..).unwrap_or(&[]).to_vec();
            let theirs: Vec<Vec<f64>> = residuals.iter().map(moved).collect();
            let gae = self.lambda_within(&inner(late), &theirs).map(|lambda| {
                let rows = steps.each(|i| steps.gae(i, lambda));
                (format!("gae:{lambda}"), rows)
            });
            let plain = self.estimates().map(|one| {
                let name = one.name.trim_end_matches(":dropped").to_string();
                (name, one.psi.clone())
            });
            for (name, psi) in plain.chain(gae) {
                // Gₜ₊₁ has a name
                if psi.is_empty() || !late && name == "reward-to-go" {
                    continue;
                }
                let row = |(own, right): (&Vec<f64>, &Vec<f64>)| -> Vec<f64> {
                    let n = own.len().min(right.len());
                    match (late, n) {
                        (_, 0) => own.clone(),
                        (true, n) => own[..1].iter().chain(&right[..n - 1]).copied().collect(),
                        (false, n) => right[1..].iter().chain(&own[n - 1..]).copied().collect(),
                    }
                };
                let rows: Vec<Vec<f64>> = own.iter().zip(&psi).map(row).collect();
                let both = rows.iter().flatten().zip(own.iter().flatten());
                let is_near = both.clone().all(|(x, y)| (x - y).abs() <= least);
                let told = own
                    .iter()
                    .map(|row| row.len().saturating_sub(1))
                    .sum::<usize>();
                if is_near && told > 2 {
                    let which = if late { "late" } else { "early" };
                    all.push(Credit {
                        name: "credit-shifted".into(),
                        says: format!("{}: too {which} (of {name})", says("credit-shifted")),
                        psi: rows,
                    });
                    break;
                }
            }
        }
        all
    }
}
