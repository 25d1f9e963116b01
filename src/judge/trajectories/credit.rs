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
use crate::judge::bench::Bench;
use crate::judge::mistake::{self, FORMS};
use crate::judge::recipe::{Recipe, SignalOf};
use crate::judge::signal::Signal;
use crate::judge::{RIGHT, SINGLE};
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

    /// The forms of libraries: the return with v(S_T) behind a cut, and with the λ that fits the
    /// given numbers best Âₜ, the λ-return and δₜ + γÂₜ₊₁; the n-step advantage of some n, and the return less a
    /// constant.
    pub(super) fn fitted(&self, given: &[Vec<f64>]) -> Vec<Credit> {
        let of = |name: String, says: &str, psi| Credit {
            name,
            says: says.to_string(),
            psi,
        };
        let written = rounding(given, OF_NUMBERS);
        let mut all = vec![of(
            "reward-to-go:bootstrapped".into(),
            "the return, with γⁿv(S_T) behind a cut",
            self.each(|i| self.bootstrapped(i)),
        )];
        type Of<'a> = &'a dyn Fn(usize, f64) -> Vec<f64>;
        let families: [(&str, &str, Of); 3] = [
            ("gae", "Σ (γλ)ˡ δₜ₊ₗ", &|i, x| self.gae(i, x)),
            (
                "lambda-return",
                "v(Sₜ) + Σ (γλ)ˡ δₜ₊ₗ, a target for v and no advantage",
                &|i, x| self.lambda_return(i, x),
            ),
            (
                "one-step-of-lambda-return",
                "δₜ + γÂₜ₊₁, as brax has it, for δₜ + γλÂₜ₊₁",
                &|i, x| self.one_more(i, x),
            ),
        ];
        for (name, says, psi) in families {
            if let Some(lambda) = self.lambda(given, psi, written) {
                all.push(of(
                    format!("{name}:{lambda}"),
                    says,
                    self.each(|i| psi(i, lambda)),
                ));
            }
        }
        if let Some(ratios) = &self.fixtures.ratios {
            let psi = |i: usize, lambda: f64| self.retrace(i, &ratios[i], lambda);
            if let Some(lambda) = self.lambda(given, &psi, written) {
                let rows = self.each(|i| psi(i, lambda));
                let says = "q(Sₜ, Aₜ) + Σ (γλ)ˡ Π min(1, ω) δₜ₊ₗ";
                all.push(of(format!("retrace:{lambda}"), says, rows));
            }
        }
        all.extend(self.windows(given, written));
        if let Some(b) = self.constant(given, written) {
            let less = |i: usize| {
                let returns = self.returns(i, self.discount);
                returns.iter().map(|x| x - b).collect()
            };
            let says = "the return less one number at all steps";
            all.push(of(format!("baseline:{b}"), says, self.each(less)));
        }
        all
    }

    /// n-step advantages and returns of the n that fits.
    fn windows(&self, given: &[Vec<f64>], written: f64) -> Vec<Credit> {
        let mut all = Vec::new();
        if let Some(n) = self.window(given, written, &|i, n| self.n_step(i, n)) {
            all.push(Credit {
                name: format!("n-step:{n}"),
                says: "Σ γˡ δₜ₊ₗ over l < n".into(),
                psi: self.each(|i| self.n_step(i, n)),
            });
        }
        let targets = |i: usize, n: usize| {
            let v = self.fixtures.v[i].iter();
            let steps = self.n_step(i, n).into_iter();
            steps.zip(v).map(|(x, v)| x + v).collect::<Vec<f64>>()
        };
        if let Some(n) = self.window(given, written, &targets).filter(|n| *n > 1) {
            all.push(Credit {
                name: format!("n-step-return:{n}"),
                says: "v(Sₜ) + Σ γˡ δₜ₊ₗ over l < n, a target for v and no advantage".into(),
                psi: self.each(|i| targets(i, n)),
            });
        }
        all
    }

    /// Σ_{l < n} γˡ δₜ₊ₗ, which ends with the trajectory.
    pub(super) fn n_step(&self, i: usize, n: usize) -> Vec<f64> {
        let residuals = self.residuals(i, self.discount, &self.fixtures.v_next[i]);
        let from = |t: usize| {
            let some = &residuals[t..residuals.len().min(t + n)];
            some.iter()
                .rev()
                .fold(0.0, |sum, x| x + self.discount * sum)
        };
        (0..residuals.len()).map(from).collect()
    }

    /// The least n whose n-step advantages, or targets, are the given numbers, by some of them.
    fn window(
        &self,
        given: &[Vec<f64>],
        written: f64,
        of: &dyn Fn(usize, usize) -> Vec<f64>,
    ) -> Option<usize> {
        let longest = given.iter().take(SOME).map(Vec::len).max()?;
        (1..=longest.min(SOME)).find(|&n| {
            let mut rows = given.iter().enumerate().take(SOME);
            rows.all(|(i, row)| is_near(&of(i, n), row, written))
        })
    }

    /// The b of which the returns less b are the given numbers.
    fn constant(&self, given: &[Vec<f64>], written: f64) -> Option<f64> {
        let rows = given.iter().enumerate();
        let rest = rows.flat_map(|(i, row)| {
            let returns = self.returns(i, self.discount).into_iter().zip(row);
            returns.map(|(x, own)| x - own).collect::<Vec<f64>>()
        });
        let rest: Vec<f64> = rest.collect();
        let b = rest.iter().sum::<f64>() / rest.len() as f64;
        let size = given
            .iter()
            .flatten()
            .fold(b.abs(), |most, x| most.max(x.abs()));
        let is_single = given.iter().flatten().all(|x| f64::from(*x as f32) == *x);
        let most = (size * if is_single { SINGLE } else { RIGHT }).max(written);
        let is_one = rest.iter().all(|x| (x - b).abs() <= most);
        // as it was written, if it has few decimals
        let rounded = (0..=6).map(|decimals| {
            let power = 10f64.powi(decimals);
            (b * power).round() / power
        });
        let mut short = rounded.filter(|short| (b - short).abs() <= most);
        let told = short.next().unwrap_or(b);
        (rest.len() > 1 && is_one && told != 0.0).then_some(told)
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

    /// The λ in [0, 1] of which the last steps on which it has a say make what is given.
    /// Of numbers with a few digits the first of two decimals, or else of three, that makes them.
    fn lambda(
        &self,
        given: &[Vec<f64>],
        psi: &dyn Fn(usize, f64) -> Vec<f64>,
        written: f64,
    ) -> Option<f64> {
        if written > 0.0 {
            let of = |n: i32| (0..=n).map(move |x| f64::from(x) / f64::from(n));
            let mut lambdas = of(100).chain(of(1000));
            return lambdas.find(|&lambda| {
                let mut rows = given.iter().enumerate().take(SOME);
                rows.all(|(i, row)| is_near(&psi(i, lambda), row, written))
            });
        }
        for (i, row) in given.iter().enumerate().take(1000) {
            let (none, whole) = (psi(i, 0.0), psi(i, 1.0));
            let differ = |t: &usize| (none[*t] - whole[*t]).abs() > 1e-6 * (1.0 + none[*t].abs());
            // the last step that λ changes is linear in it
            let Some(t) = (0..row.len()).rev().find(differ) else {
                continue;
            };
            let lambda = (row[t] - none[t]) / (whole[t] - none[t]);
            let rounded = (lambda * 1e4).round() / 1e4;
            let is_single = row.iter().all(|x| f64::from(*x as f32) == *x);
            let near = if is_single { 1e-5 } else { 1e-9 };
            let lambda = if (lambda - rounded).abs() < near {
                rounded
            } else {
                lambda
            };
            return (-1e-9..=1.0 + 1e-9)
                .contains(&lambda)
                .then_some(lambda.clamp(0.0, 1.0) + 0.0); // not −0
        }
        None
    }
}

/// Trajectories, and steps, by which an n is found; a choice.
const SOME: usize = 100;

/// Whether two rows are one, to the precision of 32 bits or as far as the second is written.
fn is_near(x: &[f64], y: &[f64], written: f64) -> bool {
    let size = y.iter().fold(0.0f64, |most, y| most.max(y.abs()));
    let most = (2e-5 * size).max(written);
    x.len() == y.len() && x.iter().zip(y).all(|(x, y)| (x - y).abs() <= most)
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
