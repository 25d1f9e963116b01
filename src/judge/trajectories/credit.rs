//! What multiplies the score of each step, as libraries compute it and as people get it wrong, on
//! trajectories that are given.
//!
//! ```text
//! δₜ = Rₜ + γ v(Sₜ₊₁) − v(Sₜ)       Âₜ = δₜ + γλ Âₜ₊₁       Gₜ = Rₜ + γ Gₜ₊₁
//! ```
//!
//! v(Sₜ₊₁) is 0 at an end and v(S_T) at a cut.

use super::noise::Noise;
use super::written::{OF_NUMBERS, rounding};
use crate::judge::RIGHT;
use crate::judge::bench::Bench;
use crate::judge::mistake::{self, FORMS};
use crate::judge::recipe::{Recipe, SignalOf};
use crate::judge::signal::Signal;
use crate::reference::{Fixtures, Steps, backwards, next};

/// One way to credit every step.
#[derive(Clone, Debug)]
pub(super) struct Credit {
    /// Its name.
    pub name: String,
    /// What is done.
    pub says: String,
    /// Ψₜ of each step of each trajectory.
    pub psi: Vec<Vec<f64>>,
}

/// q(Sₜ, Aₜ) and the advantage as the recipes of ∇J get them wrong; none where a table of them by time is
/// too large.
pub(super) fn of_signals(bench: &Bench, fixtures: &Fixtures, noise: Noise) -> Vec<Credit> {
    let mut all = Vec::new();
    let right = (!bench.is_long()).then(|| bench.signal(SignalOf::default()));
    let right = right.flatten();
    let right = right.map(|signal| [false, true].map(|of| credited(bench, fixtures, &signal, of)));
    for form in FORMS.iter().filter(|_| !bench.is_long()) {
        let recipe = Recipe::default().with(form.change);
        let signal = recipe.map(|recipe| recipe.signal);
        let signal = signal.filter(|signal| *signal != SignalOf::default());
        let Some(signal) = signal.and_then(|signal| bench.signal(signal)) else {
            continue;
        };
        for advantage in [false, true] {
            let psi = credited(bench, fixtures, &signal, advantage);
            let right = right.as_ref().map(|both| &both[usize::from(advantage)]);
            if right.is_some_and(|right| noise.apart(&psi, right).0 <= RIGHT) {
                continue; // on these trajectories it is no mistake
            }
            let of = if advantage { "advantage" } else { "q" };
            all.push(Credit {
                name: form.name.to_string(),
                says: format!("{} (in {of})", mistake::says(form.name)),
                psi,
            });
        }
    }
    all
}

/// fₜ(Sₜ, Aₜ) of every step, for an advantage less its mean under π.
fn credited(bench: &Bench, fixtures: &Fixtures, signal: &Signal, advantage: bool) -> Vec<Vec<f64>> {
    let (space, pi) = (bench.mdp.space(), bench.policy.probabilities());
    let mean = |f: &[f64], state: usize| -> f64 {
        space.pairs_of(state).map(|pair| pi[pair] * f[pair]).sum()
    };
    let psi = |i: usize, t: usize, action: &usize| {
        let (f, state) = (signal.at(t), fixtures.states[i][t]);
        let own = space.pair(state, *action).map_or(0.0, |pair| f[pair]);
        own - if advantage { mean(f, state) } else { 0.0 }
    };
    let row = |(i, row): (usize, &Vec<usize>)| {
        let steps = row.iter().enumerate();
        steps.map(|(t, action)| psi(i, t, action)).collect()
    };
    fixtures.actions.iter().enumerate().map(row).collect()
}

impl Steps<'_> {
    /// v(S₀) of the next trajectory for v(Sₜ₊₁) at an end.
    fn joined(&self, i: usize) -> Vec<f64> {
        let first = self.fixtures.v.get(i + 1).and_then(|row| row.first());
        let ends = self.fixtures.terminated[i].iter();
        let then = self.fixtures.v_next[i].iter().zip(ends);
        let value = |(v, end): (&f64, &bool)| {
            if *end {
                first.copied().unwrap_or(0.0)
            } else {
                *v
            }
        };
        then.map(value).collect()
    }

    /// Returns that run on into the next trajectory.
    fn run_on(&self) -> Vec<Vec<f64>> {
        let whole = self.fixtures.rewards.concat();
        let mut sums = backwards(&whole, self.discount, 0.0).into_iter();
        let rows = self.fixtures.rewards.iter();
        rows.map(|row| sums.by_ref().take(row.len()).collect())
            .collect()
    }

    fn shifted(&self, i: usize) -> Vec<f64> {
        let rewards = self.rewards(i);
        let last = rewards.last().copied().unwrap_or(0.0);
        backwards(&next(rewards, last), self.discount, 0.0)
    }

    /// Âₜ of a recursion that runs on into the next trajectory.
    fn gae_run_on(&self, lambda: f64) -> Vec<Vec<f64>> {
        let residuals = self.each(|i| self.gae(i, 0.0)).concat();
        let mut sums = backwards(&residuals, self.discount * lambda, 0.0).into_iter();
        let rows = self.fixtures.rewards.iter();
        rows.map(|row| sums.by_ref().take(row.len()).collect())
            .collect()
    }

    /// The mistakes that there are whatever λ was, or of this one; not those that make of these trajectories what is right, as a cut
    /// that is taken for an end where nothing is cut.
    pub(super) fn mistakes(&self, noise: Noise, own: f64) -> Vec<Credit> {
        let gamma = self.discount;
        let less = |row: Vec<f64>, v: &[f64]| row.iter().zip(v).map(|(x, v)| x - v).collect();
        let returns = self.each(|i| self.returns(i, gamma));
        let advantages = self.each(|i| less(self.returns(i, gamma), &self.fixtures.v[i]));
        let residuals = self.each(|i| self.gae(i, 0.0));
        let mut all = Vec::new();
        let mut of = |name: &str, right: &[Vec<f64>], psi: Vec<Vec<f64>>| {
            if noise.apart(&psi, right).0 > RIGHT {
                all.push(Credit {
                    name: name.to_string(),
                    says: mistake::says(name).to_string(),
                    psi,
                });
            }
        };
        let shifted_back = |i: usize| next(&self.returns(i, gamma), 0.0);
        let discounted = |i: usize| shifted_back(i).iter().map(|x| gamma * x).collect();
        let shifted = |i: usize| less(self.shifted(i), &self.fixtures.v[i]);
        let of_next = |i: usize| less(self.returns(i, gamma), &self.fixtures.v_next[i]);
        let undiscounted = |i: usize| self.residuals(i, 1.0, &self.fixtures.v_next[i]);
        of("return-from-next", &returns, self.each(shifted_back));
        of("return-from-next", &returns, self.each(discounted));
        of("reward-shifted", &returns, self.each(|i| self.shifted(i)));
        of("reward-shifted", &advantages, self.each(shifted));
        let rewards = self.each(|i| self.rewards(i).to_vec());
        of("reward-only", &returns, rewards);
        for (name, g) in [
            ("values-undiscounted", 1.0),
            ("values-twice-discounted", gamma * gamma),
        ] {
            of(name, &returns, self.each(|i| self.returns(i, g)));
        }
        of("episodes-joined", &returns, self.run_on());
        of("baseline-of-next", &advantages, self.each(of_next));
        of("residual-undiscounted", &residuals, self.each(undiscounted));
        let joined = self.run_on();
        let joined = joined.into_iter().zip(&self.fixtures.v);
        let joined = joined.map(|(row, v)| less(row, v)).collect();
        of("episodes-joined", &advantages, joined);
        let right = self.each(|i| self.gae(i, own));
        let c = gamma * own;
        let paid_early = |i: usize| {
            let rewards = self.rewards(i);
            let early = next(rewards, rewards.last().copied().unwrap_or(0.0));
            let more = early.iter().zip(rewards).map(|(x, own)| x - own);
            let residuals = self.gae(i, 0.0).into_iter().zip(more);
            backwards(
                &residuals.map(|(x, more)| x + more).collect::<Vec<_>>(),
                c,
                0.0,
            )
        };
        of("episodes-joined", &right, self.gae_run_on(own));
        of("reward-shifted", &right, self.each(paid_early));
        let undiscounted = |i: usize| backwards(&undiscounted(i), c, 0.0);
        of("residual-undiscounted", &right, self.each(undiscounted));
        let mut lambdas = vec![0.0, 0.9, 0.95, 1.0];
        if !lambdas.contains(&own) {
            lambdas.push(own);
        }
        for lambda in lambdas {
            let right = self.each(|i| self.gae(i, lambda));
            let cut = |i| self.gae_with(i, lambda, &self.without_cuts(i));
            let joined = |i| self.gae_with(i, lambda, &self.joined(i));
            of("cut-as-end", &right, self.each(cut));
            of("end-bootstrapped", &right, self.each(joined));
        }
        all
    }

    /// Whitened Âₜ of a λ of two decimals: up to a factor and a constant the given numbers are that.
    pub(super) fn whitened_gae(&self, given: &[Vec<f64>]) -> Option<Credit> {
        // 101 values of λ on so many steps are 200,000 steps of a recursion: some milliseconds
        const STEPS: usize = 2000;
        let mut rows = 0;
        let some = given.iter().take_while(|row| {
            rows += row.len();
            rows < STEPS || rows == row.len()
        });
        let some: Vec<Vec<f64>> = some.cloned().collect();
        let written = rounding(given, OF_NUMBERS);
        let lambda = (0..=100).map(|x| f64::from(x) / 100.0).find(|lambda| {
            let psi = (0..some.len()).map(|i| self.gae(i, *lambda));
            is_affine(&psi.collect::<Vec<_>>().concat(), &some.concat(), written)
        })?;
        let psi = self.each(|i| self.gae(i, lambda));
        whitened(&format!("gae:{lambda}"), &psi, given)
    }
}

/// Whether y = a x + b with a > 0, to the precision of 32 bits.
fn is_affine(x: &[f64], y: &[f64], written: f64) -> bool {
    let n = x.len() as f64;
    let mean = |x: &[f64]| x.iter().sum::<f64>() / n;
    let (m, center) = (mean(x), mean(y));
    let pairs = || x.iter().zip(y).map(|(x, y)| (x - m, y - center));
    let square: f64 = pairs().map(|(x, _)| x * x).sum();
    let slope = pairs().map(|(x, y)| x * y).sum::<f64>() / square;
    let size = pairs().fold(0.0f64, |most, (_, y)| most.max(y.abs()));
    let apart = pairs().fold(0.0f64, |most, (x, y)| most.max((y - slope * x).abs()));
    x.len() > 3 && slope > 0.0 && apart <= (2e-5 * size).max(2.0 * written)
}

/// Given numbers as whitened ones: (Ψ − mean)/(standard deviation + ε) over all steps.
pub(super) fn whitened(name: &str, psi: &[Vec<f64>], given: &[Vec<f64>]) -> Option<Credit> {
    let (x, y) = (psi.concat(), given.concat());
    let n = x.len() as f64;
    if n < 3.0 {
        return None;
    }
    let mean = |x: &[f64]| x.iter().sum::<f64>() / n;
    let (m, center) = (mean(&x), mean(&y));
    let square = |x: &[f64], m: f64| x.iter().map(|x| (x - m).powi(2)).sum::<f64>();
    let (spread, own) = (square(&x, m), square(&y, center));
    let written = rounding(given, OF_NUMBERS);
    if center.abs() > written.max(1e-4) || spread <= 0.0 || own <= 0.0 {
        return None;
    }
    let divisor = (spread / own).sqrt(); // standard deviation + ε
    let deviation = |ddof: f64| (spread / (n - ddof)).sqrt();
    let eps = |ddof: f64| divisor - deviation(ddof);
    // the one whose ε is nearest to 0 from above
    let sized = |eps: f64| (eps > -written.max(1e-6) * divisor && eps < 0.1).then_some(eps.abs());
    let (ddof, eps) = match (sized(eps(0.0)), sized(eps(1.0))) {
        (Some(a), Some(b)) if b < a => (1, b),
        (Some(a), _) => (0, a),
        (None, Some(b)) => (1, b),
        (None, None) => return None,
    };
    Some(Credit {
        name: format!("whitened:{name}:ddof-{ddof}"),
        says: format!(
            "less the mean of the batch, over its standard deviation (ddof {ddof}) + {eps:.0e}"
        ),
        psi: psi
            .iter()
            .map(|row| row.iter().map(|x| (x - m) / divisor).collect())
            .collect(),
    })
}
