//! The classic mistakes of rollout buffers in Âₜ and in n-step advantages: the residual of every step is known of them, whatever λ is.
//!
//! ```text
//! Âₜ = δ'ₜ + γλÂₜ₊₁               δ'ₜ = Âₜ − γλÂₜ₊₁
//! Aₜ = Σ_{l<n} γˡδ'ₜ₊ₗ            δ'ₜ = Aₜ − γAₜ₊₁ + γⁿδ'ₜ₊ₙ
//! ```
//!
//! Within a trajectory δ' is δ, or what one mistake makes of it everywhere; behind its last step it says what was done there.

use std::collections::BTreeSet;

use super::credit::Credit;
use super::held::Claims;
use super::written::{OF_NUMBERS, rounding};
use crate::estimator::{Estimator, Psi};
use crate::judge::SINGLE;
use crate::judge::mistake::{rank, says, short};
use crate::reference::{backwards, next};

/// How residuals are summed.
#[derive(Clone, Copy)]
enum Scheme {
    Gae(f64),
    Steps(usize),
}

/// The n up to which one that is not named is sought; a choice.
const MOST: usize = 64;

impl Scheme {
    fn name(self) -> String {
        match self {
            Scheme::Gae(lambda) => format!("gae:{lambda}"),
            Scheme::Steps(n) => format!("n-step:{n}"),
        }
    }

    /// The residuals of which a row is the sums.
    fn residuals(self, row: &[f64], discount: f64) -> Vec<f64> {
        let mut all = vec![0.0; row.len()];
        for t in (0..row.len()).rev() {
            let later = row.get(t + 1).copied().unwrap_or(0.0);
            all[t] = match self {
                Scheme::Gae(lambda) => row[t] - discount * lambda * later,
                Scheme::Steps(n) => {
                    let behind = all.get(t + n).copied().unwrap_or(0.0);
                    row[t] - discount * later + discount.powi(n as i32) * behind
                }
            };
        }
        all
    }

    /// The sums of residuals, `after` standing behind the last of Âₜ.
    fn sums(self, residuals: &[f64], discount: f64, after: f64) -> Vec<f64> {
        match self {
            Scheme::Gae(lambda) => backwards(residuals, discount * lambda, after),
            Scheme::Steps(n) => {
                let mut all = vec![0.0; residuals.len()];
                for t in (0..all.len()).rev() {
                    let later = all.get(t + 1).copied().unwrap_or(0.0);
                    let behind = residuals.get(t + n).copied().unwrap_or(0.0);
                    all[t] = residuals[t] + discount * later - discount.powi(n as i32) * behind;
                }
                all
            }
        }
    }
}

/// What stands behind the last step of a trajectory.
#[derive(Clone, Copy, PartialEq)]
enum Behind {
    /// 0 for v(S_T) of a cut.
    Nothing,
    /// This value of a terminal state.
    Worth(f64),
    /// v(S₀) of the next trajectory.
    Start,
    /// Its Â₀ as well.
    Joined,
    /// Both.
    JoinedStart,
}

/// Residuals, all of which one mistake may have made.
struct Residuals {
    name: Option<&'static str>,
    rows: Vec<Vec<f64>>,
    /// What stands before v(Sₜ₊₁) in them.
    discount: f64,
}

impl Claims<'_> {
    /// The mistakes of buffers that make the given Ψₜ.
    pub fn of_buffers(&self, own: &[Vec<f64>]) -> Vec<Credit> {
        let mut all = Vec::new();
        for residuals in self.residuals() {
            for scheme in self.schemes(own, &residuals.rows) {
                all.extend(self.behind(own, scheme, &residuals));
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

    /// What was done behind the last steps, if that and the residuals within make what is given, and something is wrong.
    fn behind(&self, own: &[Vec<f64>], scheme: Scheme, residuals: &Residuals) -> Vec<Credit> {
        let least = self.least(own);
        let steps = &self.known.steps;
        // at the last step the inverse is the number itself
        let rows = own.iter().zip(&residuals.rows);
        let off = rows.map(|(own, exact)| {
            let last = own.last().zip(exact.last());
            last.map_or(0.0, |(own, exact)| own - exact)
        });
        let off: Vec<f64> = off.collect();
        if off.iter().any(|x| !x.is_finite()) {
            return Vec::new();
        }
        let wrong: Vec<usize> = (0..off.len()).filter(|&i| off[i].abs() > least).collect();
        let gamma = residuals.discount;
        let is_cut = |i: usize| steps.fixtures.truncated[i].last() == Some(&true);
        let is_end = |i: usize| steps.fixtures.terminated[i].last() == Some(&true);
        let follows = |i: usize| (i + 1) % own.len();
        let behind = |i: usize| steps.fixtures.v_next[i].last().copied().unwrap_or(0.0);
        let start = |i: usize| {
            let v = steps.fixtures.v[follows(i)].first().copied();
            gamma * (v.unwrap_or(0.0) - behind(i))
        };
        let carried = |psi: Option<f64>| match scheme {
            Scheme::Gae(lambda) => Some(steps.discount * lambda * psi?),
            Scheme::Steps(_) => None,
        };
        let joined = |i: usize| carried(own[follows(i)].first().copied());
        let expected = |i: usize, what: Behind| match what {
            Behind::Nothing => is_cut(i).then(|| -gamma * behind(i)),
            Behind::Worth(c) => is_end(i).then_some(gamma * c),
            Behind::Start => Some(start(i)),
            Behind::Joined => joined(i),
            Behind::JoinedStart => Some(joined(i)? + start(i)),
        };
        let fits = |i: usize, what: Behind| {
            expected(i, what).is_some_and(|x| (x - off[i]).abs() <= 2.0 * least)
        };
        let whats = [
            Behind::Nothing,
            Behind::Start,
            Behind::Joined,
            Behind::JoinedStart,
        ];
        // one number explains one step: a state that is worth something is so wherever it ends a trajectory
        let last = |i: usize| steps.fixtures.states[i].last();
        let finals: BTreeSet<_> = wrong.iter().map(|&i| last(i)).collect();
        let mut ended = (0..own.len()).filter(|&i| is_end(i) && finals.contains(&last(i)));
        let is_everywhere = wrong.len() > 1 && ended.all(|i| off[i].abs() > least);
        let worth = wrong.first().filter(|_| is_everywhere);
        let worth = worth.map(|&i| Behind::Worth(off[i] / gamma));
        let one = whats.into_iter().chain(worth);
        let one = one.filter(|&what| wrong.iter().all(|&i| fits(i, what)));
        let mut ways: Vec<Vec<Behind>> = one.map(|what| vec![what; wrong.len()]).collect();
        if ways.is_empty() {
            let each = |&i: &usize| whats.into_iter().find(|what| fits(i, *what));
            ways.extend(wrong.iter().map(each).collect::<Option<Vec<Behind>>>());
        }
        if wrong.is_empty() {
            let is_wrong = residuals.name.is_some();
            ways = if is_wrong {
                vec![Vec::new()]
            } else {
                Vec::new()
            };
        }
        let made = |way: Vec<Behind>| {
            let mut psi: Vec<Vec<f64>> = vec![Vec::new(); own.len()];
            let mut done: Vec<Option<Behind>> = vec![None; own.len()];
            wrong
                .iter()
                .zip(&way)
                .for_each(|(&i, what)| done[i] = Some(*what));
            for i in (0..own.len()).rev() {
                let mut row = residuals.rows[i].clone();
                let mut after = 0.0;
                if let (Some(what), Some(last)) = (done[i], row.last_mut()) {
                    match what {
                        Behind::Joined => {}
                        Behind::JoinedStart => *last += start(i),
                        what => *last += expected(i, what).unwrap_or(0.0),
                    }
                    if matches!(what, Behind::Joined | Behind::JoinedStart) {
                        let made = psi[follows(i)].first();
                        let first = made.or(own[follows(i)].first());
                        after = first.copied().unwrap_or(0.0);
                    }
                }
                psi[i] = scheme.sums(&row, steps.discount, after);
            }
            let whats = wrong.iter().zip(&way);
            let whats: BTreeSet<(usize, &str, String)> = whats
                .map(|(&i, what)| told(*what, is_cut(i)))
                .map(|(name, says)| (rank(name), name, says))
                .collect();
            let mut names: Vec<&str> = residuals.name.into_iter().collect();
            let mut sentence: Vec<String> =
                names.iter().map(|name| says(name).to_string()).collect();
            for (_, name, says) in &whats {
                if !names.contains(name) {
                    names.push(*name);
                    sentence.push(says.clone());
                }
            }
            let of = match wrong.len() {
                0 => scheme.name(),
                n => format!(
                    "{}, behind {n} of {} trajectories",
                    scheme.name(),
                    own.len()
                ),
            };
            Credit {
                name: names.join("+"),
                says: format!("{} (of {of})", sentence.join("; ")),
                psi,
            }
        };
        // more than two at once is no explanation
        let credits = ways.into_iter().map(made);
        credits
            .filter(|credit| credit.name.matches('+').count() < 2)
            .collect()
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

const JOINED: &str = "the sum runs on into the next trajectory: it is not masked where one is over";

/// The name, and what was done.
fn told(what: Behind, is_cut: bool) -> (&'static str, String) {
    match (what, is_cut) {
        (Behind::Nothing, _) => ("cut-as-end", says("cut-as-end").to_string()),
        (Behind::Worth(c), _) => {
            let ended = says("end-bootstrapped");
            ("end-bootstrapped", format!("{ended}; it is {}", short(c)))
        }
        (Behind::Start, true) => (
            "autoreset-same-step",
            "v of the first state of the next trajectory stands behind a cut, as where `next_obs` of vector environments with \
             autoreset is bootstrapped: take v of `final_observation` there"
                .into(),
        ),
        (Behind::Start, false) => {
            let ended = says("end-bootstrapped");
            let detail = "it is v of the first state of the next trajectory";
            ("end-bootstrapped", format!("{ended}; {detail}"))
        }
        (Behind::Joined | Behind::JoinedStart, _) => ("episodes-joined", JOINED.to_string()),
    }
}
