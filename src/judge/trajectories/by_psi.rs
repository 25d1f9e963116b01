//! What libraries compute with a number of their own, the λ, n or b that makes given Ψₜ: without ratios, and where another
//! policy acts with them.

use super::constant::constant;
use super::credit::Credit;
use super::weighed::{WITH_WEIGHT, Weighed};
use super::written::{OF_NUMBERS, rounding};
use crate::judge::{RIGHT, SINGLE};
use crate::reference::Steps;

/// Trajectories, and steps, by which an n is found; a choice.
const SOME: usize = 100;

/// δₜ + γÂₜ₊₁.
const ONE_MORE: &str = "one-step-of-lambda-return";

/// Ψₜ of a trajectory by a λ.
type ByLambda<'a> = &'a dyn Fn(usize, f64) -> Vec<f64>;

/// The forms of libraries: the return with v(S_T) behind a cut, and with the λ that fits the given numbers best Âₜ, the
/// λ-return, δₜ + γÂₜ₊₁ and, where another policy acts, the targets of Retrace; the n-step advantage of some n, and the return
/// less a constant.
pub(super) fn fitted(steps: &Steps, given: &[Vec<f64>]) -> Vec<Credit> {
    let written = rounding(given, OF_NUMBERS);
    let mut all = Vec::new();
    for weighed in Weighed::ways(steps) {
        let sought = Sought::new(&weighed, given, written);
        all.extend(sought.forms());
        if steps.discount < 1.0 {
            all.extend(sought.with_weight().forms());
        }
    }
    if let Some(ratios) = &steps.fixtures.ratios {
        let psi = |i: usize, lambda: f64| steps.retrace(i, &ratios[i], lambda);
        let plain = Weighed::plain(steps);
        if let Some(lambda) = Sought::new(&plain, given, written).lambda(&psi) {
            all.push(Credit {
                name: format!("retrace:{lambda}"),
                says: "q(Sₜ, Aₜ) + Σ (γλ)ˡ Π min(1, ω) δₜ₊ₗ".into(),
                psi: steps.each(|i| psi(i, lambda)),
            });
        }
    }
    all
}

/// Given Ψₜ, and one way to weigh those of estimators.
struct Sought<'a> {
    weighed: &'a Weighed<'a>,
    given: &'a [Vec<f64>],
    /// Half a unit of the last digit that is written.
    written: f64,
    /// What stands before Ψₜ is its t-th power: 1, or γ where that is part of what multiplies the score.
    weight: f64,
}

impl<'a> Sought<'a> {
    fn new(weighed: &'a Weighed<'a>, given: &'a [Vec<f64>], written: f64) -> Sought<'a> {
        Sought {
            weighed,
            given,
            written,
            weight: 1.0,
        }
    }

    /// With the γᵗ of each step in the given numbers.
    fn with_weight(&self) -> Sought<'a> {
        Sought {
            weight: self.weighed.steps.discount,
            ..*self
        }
    }

    /// wᵗ times a row.
    fn times(&self, row: Vec<f64>) -> Vec<f64> {
        if self.weight == 1.0 {
            return row;
        }
        let steps = row.into_iter().enumerate();
        steps.map(|(t, x)| self.before(t) * x).collect()
    }

    fn before(&self, t: usize) -> f64 {
        self.weight.powi(i32::try_from(t).unwrap_or(i32::MAX))
    }

    fn forms(&self) -> Vec<Credit> {
        let weighed = self.weighed;
        let with_weight = if self.weight == 1.0 { "" } else { WITH_WEIGHT };
        let of = |name: String, says: &str, psi: &dyn Fn(usize) -> Vec<f64>| Credit {
            name: name + weighed.suffix + with_weight,
            says: says.to_string(),
            psi: weighed.steps.each(|i| self.times(psi(i))),
        };
        let mut all = vec![of(
            "reward-to-go:bootstrapped".into(),
            "the return, with γⁿv(S_T) behind a cut",
            &|i| weighed.bootstrapped(i),
        )];
        let families: [(&str, &str, ByLambda); 3] = [
            ("gae", "Σ (γλ)ˡ δₜ₊ₗ", &|i, x| weighed.gae(i, x)),
            (
                "lambda-return",
                "v(Sₜ) + Σ (γλ)ˡ δₜ₊ₗ, a target for v and no advantage",
                &|i, x| weighed.lambda_return(i, x),
            ),
            (
                ONE_MORE,
                "δₜ + γÂₜ₊₁, as brax has it, for δₜ + γλÂₜ₊₁",
                &|i, x| weighed.one_more(i, x),
            ),
        ];
        for (name, says, psi) in families {
            // with λ = 0 it is the sum of two δ
            let is_its_own = |lambda: &f64| name != ONE_MORE || *lambda > 0.0;
            if let Some(lambda) = self.lambda(psi).filter(is_its_own) {
                all.push(of(format!("{name}:{lambda}"), says, &|i| psi(i, lambda)));
            }
        }
        if let Some(n) = self.window(&|i, n| weighed.n_step(i, n)) {
            let says = "Σ γˡ δₜ₊ₗ over l < n";
            all.push(of(format!("n-step:{n}"), says, &|i| weighed.n_step(i, n)));
        }
        let targets = |i: usize, n: usize| weighed.n_step_return(i, n);
        if let Some(n) = self.window(&targets).filter(|n| *n > 1) {
            let says = "v(Sₜ) + Σ γˡ δₜ₊ₗ over l < n, a target for v and no advantage";
            all.push(of(format!("n-step-return:{n}"), says, &|i| targets(i, n)));
        }
        if let Some(b) = self.constant() {
            let says = "the return less one number at all steps";
            all.push(of(format!("baseline:{b}"), says, &|i| weighed.less(i, b)));
        }
        all
    }

    /// The least n whose n-step advantages, or targets, are the given numbers, by some of them.
    fn window(&self, of: &dyn Fn(usize, usize) -> Vec<f64>) -> Option<usize> {
        let longest = self.given.iter().take(SOME).map(Vec::len).max()?;
        (1..=longest.min(SOME)).find(|&n| {
            let mut rows = self.given.iter().enumerate().take(SOME);
            rows.all(|(i, row)| is_near(&self.times(of(i, n)), row, self.written))
        })
    }

    /// The b of which the returns less b, times wᵗ, are the given numbers.
    fn constant(&self) -> Option<f64> {
        let weighed = self.weighed;
        let rows = self.given.iter().enumerate();
        let rest = rows.flat_map(|(i, row)| {
            let returns = self.times(weighed.returns(i)).into_iter();
            returns
                .zip(row)
                .enumerate()
                .map(|(t, (x, own))| (x - own, self.before(t) * weighed.own(i, t)))
                .collect::<Vec<_>>()
        });
        let rest: Vec<(f64, f64)> = rest.collect();
        let numbers = self.given.iter().flatten();
        let size = numbers.chain(rest.iter().map(|(x, _)| x)).map(|x| x.abs());
        let size = size.fold(0.0, f64::max);
        let given = self.given.iter().flatten();
        let is_single = given.copied().all(|x| f64::from(x as f32) == x);
        let most = (size * if is_single { SINGLE } else { RIGHT }).max(self.written);
        // one number is always some b
        let free = rest.iter().filter(|(_, weight)| *weight != 0.0).count();
        (free > 1)
            .then(|| constant(rest.into_iter(), most))
            .flatten()
    }

    /// The λ in [0, 1] of which the last steps on which it has a say make what is given.
    /// Of numbers with a few digits the first of two decimals, or else of three, that makes them.
    fn lambda(&self, psi: ByLambda) -> Option<f64> {
        let given = self.given;
        if self.written > 0.0 {
            let of = |n: i32| (0..=n).map(move |x| f64::from(x) / f64::from(n));
            let mut lambdas = of(100).chain(of(1000));
            return lambdas.find(|&lambda| {
                let mut rows = given.iter().enumerate().take(SOME);
                rows.all(|(i, row)| is_near(&self.times(psi(i, lambda)), row, self.written))
            });
        }
        for (i, row) in given.iter().enumerate().take(1000) {
            let (none, whole) = (self.times(psi(i, 0.0)), self.times(psi(i, 1.0)));
            let differ = |t: &usize| {
                let least = 1e-6 * (self.before(*t) * self.weighed.own(i, *t) + none[*t].abs());
                (none[*t] - whole[*t]).abs() > least
            };
            // the last step that λ changes is linear in it
            let Some(t) = (0..row.len()).rev().find(differ) else {
                continue;
            };
            let lambda = (row[t] - none[t]) / (whole[t] - none[t]);
            let rounded = (lambda * 1e4).round() / 1e4;
            let makes_all = |lambda: f64, relative: f64| {
                let mut rows = given.iter().enumerate().take(SOME);
                rows.all(|(i, row)| is_within(&self.times(psi(i, lambda)), row, (relative, 0.0)))
            };
            // numbers of 64 bits may be made of some of 32
            let apart = (lambda - rounded).abs();
            let is_told = || makes_all(lambda, RIGHT);
            let is_meant = apart < 1e-9 || apart < 1e-5 && !is_told() && makes_all(rounded, SINGLE);
            let lambda = if is_meant { rounded } else { lambda };
            return (-1e-9..=1.0 + 1e-9)
                .contains(&lambda)
                .then_some(lambda.clamp(0.0, 1.0) + 0.0); // not −0
        }
        None
    }
}

/// Whether two rows are one, to the precision of 32 bits or as far as the second is written.
fn is_near(x: &[f64], y: &[f64], written: f64) -> bool {
    is_within(x, y, (SINGLE, written))
}

/// Whether two rows are one up to so much, relative to the largest of the second or absolutely.
fn is_within(x: &[f64], y: &[f64], (relative, written): (f64, f64)) -> bool {
    let size = y.iter().fold(0.0f64, |most, y| most.max(y.abs()));
    let most = (relative * size).max(written);
    x.len() == y.len() && x.iter().zip(y).all(|(x, y)| (x - y).abs() <= most)
}
