//! The forms that libraries compute, as exact numbers on trajectories that are given.
//!
//! ```text
//! δₜ = Rₜ + γ v(Sₜ₊₁) − v(Sₜ)       Âₜ = δₜ + γλ Âₜ₊₁       Gₜ = Rₜ + γ Gₜ₊₁
//! ```
//!
//! v(Sₜ₊₁) is 0 at an end and v(S_T) at a cut, unless a form takes the cut for an end. Off policy
//! ωₜ = π/b at (Sₜ, Aₜ). Each form is one number for each step, what multiplies the score, or one
//! estimate \[d\] of all trajectories together. docs/libraries.md says which library computes which.

use super::Fixtures;
use crate::estimator::Psi;
use crate::mdp::{Criterion, Mdp};

/// Numbers as a library computes them.
#[derive(Clone, Debug, serde::Serialize)]
pub struct LibraryForm {
    /// Its name.
    pub name: String,
    /// What it is.
    pub says: String,
    /// One number for each step of each trajectory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub psi: Option<Vec<Vec<f64>>>,
    /// One estimate \[d\].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub estimate: Option<Vec<f64>>,
}

/// λ of the forms that have one; a choice.
const LAMBDA: f64 = 0.95;

/// What whitening adds to a standard deviation.
const EPSILON: f64 = 1e-8;

/// Trajectories with exact values.
pub(crate) struct Steps<'a> {
    pub fixtures: &'a Fixtures,
    /// γ of returns and residuals.
    pub discount: f64,
    /// What stands before every score: 1/T in a long run of T steps, and else 1.
    pub share: f64,
}

/// yₜ = xₜ + g yₜ₊₁, from y_T on.
pub(crate) fn backwards(terms: &[f64], g: f64, after: f64) -> Vec<f64> {
    let mut later = after;
    let sums = terms.iter().rev().map(|x| {
        later = x + g * later;
        later
    });
    let mut sums: Vec<f64> = sums.collect();
    sums.reverse();
    sums
}

/// The next entry of each, and `last` behind the last.
pub(crate) fn next(row: &[f64], last: f64) -> Vec<f64> {
    let later = row.iter().skip(1).copied().chain([last]);
    later.take(row.len()).collect()
}

impl Fixtures {
    /// What stands before every score of the estimates: 1/T in a long run of T steps, and else 1.
    pub(crate) fn share(&self, mdp: &Mdp) -> f64 {
        match (mdp.criterion(), self.lengths.iter().max()) {
            (Criterion::Average, Some(&steps)) => 1.0 / steps.max(1) as f64,
            _ => 1.0,
        }
    }

    /// What libraries compute on these trajectories, γ being that of the returns, and `share` what stands before every score
    /// of the estimates: 1/T in a long run of T steps, and else 1.
    pub fn forms(&self, discount: f64, share: f64) -> Vec<LibraryForm> {
        let of = Steps {
            fixtures: self,
            discount,
            share,
        };
        of.library()
    }
}

impl Steps<'_> {
    /// Something of each trajectory.
    pub fn each(&self, of: impl Fn(usize) -> Vec<f64>) -> Vec<Vec<f64>> {
        (0..self.fixtures.lengths.len()).map(of).collect()
    }

    pub fn rewards(&self, i: usize) -> &[f64] {
        &self.fixtures.rewards[i]
    }

    pub fn returns(&self, i: usize, g: f64) -> Vec<f64> {
        backwards(self.rewards(i), g, 0.0)
    }

    /// δₜ with g for γ and other numbers for v(Sₜ₊₁).
    pub fn residuals(&self, i: usize, g: f64, then: &[f64]) -> Vec<f64> {
        let here = self.fixtures.v[i].iter();
        let steps = self.rewards(i).iter().zip(here.zip(then));
        steps.map(|(r, (v, next))| r + g * next - v).collect()
    }

    /// Âₜ of λ.
    pub fn gae(&self, i: usize, lambda: f64) -> Vec<f64> {
        self.gae_with(i, lambda, &self.fixtures.v_next[i])
    }

    /// Âₜ with other numbers for v(Sₜ₊₁).
    pub fn gae_with(&self, i: usize, lambda: f64, then: &[f64]) -> Vec<f64> {
        let residuals = self.residuals(i, self.discount, then);
        backwards(&residuals, self.discount * lambda, 0.0)
    }

    /// v(Sₜ) + Âₜ, the λ-return.
    pub fn lambda_return(&self, i: usize, lambda: f64) -> Vec<f64> {
        let v = self.fixtures.v[i].iter();
        let advantages = self.gae(i, lambda).into_iter();
        advantages.zip(v).map(|(a, v)| a + v).collect()
    }

    /// δₜ + γ Âₜ₊₁: the λ-return of the next state takes the place of its value.
    pub fn one_more(&self, i: usize, lambda: f64) -> Vec<f64> {
        let residuals = self.residuals(i, self.discount, &self.fixtures.v_next[i]);
        let later = next(&self.gae(i, lambda), 0.0);
        let steps = residuals.iter().zip(later);
        steps.map(|(d, a)| d + self.discount * a).collect()
    }

    /// Σ γˡRₜ₊ₗ, and γⁿv(S_T) behind a cut.
    pub fn bootstrapped(&self, i: usize) -> Vec<f64> {
        let after = self.fixtures.v_next[i].last().copied().unwrap_or(0.0);
        backwards(self.rewards(i), self.discount, after)
    }

    /// 0 for v(Sₜ₊₁) at a cut.
    pub fn without_cuts(&self, i: usize) -> Vec<f64> {
        let cuts = self.fixtures.truncated[i].iter();
        let then = self.fixtures.v_next[i].iter().zip(cuts);
        then.map(|(v, cut)| if *cut { 0.0 } else { *v }).collect()
    }

    /// All forms with their usual numbers.
    fn library(&self) -> Vec<LibraryForm> {
        let by_step = |name: String, says: &str, psi| LibraryForm {
            name,
            says: says.to_string(),
            psi: Some(psi),
            estimate: None,
        };
        let gae = self.each(|i| self.gae(i, LAMBDA));
        let returns = self.each(|i| self.returns(i, self.discount));
        let cut = |lambda| self.each(|i| self.gae_with(i, lambda, &self.without_cuts(i)));
        let mut all = vec![
            by_step(
                "reward-to-go:bootstrapped".into(),
                "the return, with γⁿv(S_T) behind a cut",
                self.each(|i| self.bootstrapped(i)),
            ),
            by_step(
                format!("gae:{LAMBDA}:cut-as-end"),
                "Σ (γλ)ˡ δₜ₊ₗ with 0 for v(S_T) at a cut",
                cut(LAMBDA),
            ),
            by_step(
                "td-residual:cut-as-end".into(),
                "δₜ with 0 for v(S_T) at a cut",
                cut(0.0),
            ),
            by_step(
                format!("lambda-return:{LAMBDA}"),
                "v(Sₜ) + Σ (γλ)ˡ δₜ₊ₗ, a target for v and no advantage",
                self.each(|i| self.lambda_return(i, LAMBDA)),
            ),
            by_step(
                format!("one-step-of-lambda-return:{LAMBDA}"),
                "δₜ + γÂₜ₊₁, as brax has it, for δₜ + γλÂₜ₊₁",
                self.each(|i| self.one_more(i, LAMBDA)),
            ),
        ];
        let names = [
            ("reward-to-go".to_string(), returns),
            (format!("gae:{LAMBDA}"), gae),
        ];
        for (name, psi) in &names {
            for ddof in [0, 1] {
                let name = format!("whitened:{name}:ddof-{ddof}");
                let says = "less the mean over all steps, over their standard deviation + 1e-8";
                all.extend(whitened(psi, ddof).map(|psi| by_step(name, says, psi)));
            }
        }
        all.extend(self.off_policy());
        all.extend(self.estimates());
        all
    }

    /// The forms that weigh by ω; none on the policy itself.
    fn off_policy(&self) -> Vec<LibraryForm> {
        let Some(ratios) = &self.fixtures.ratios else {
            return Vec::new();
        };
        let by_step = |name: &str, says: &str, psi| LibraryForm {
            name: name.to_string(),
            says: says.to_string(),
            psi: Some(psi),
            estimate: None,
        };
        let whole = |i: usize| ratios[i].iter().product::<f64>();
        let count = ratios.len() as f64;
        let sum: f64 = (0..ratios.len()).map(whole).sum();
        let weighed = |factor: &dyn Fn(usize) -> f64| {
            self.each(|i| {
                let returns = self.returns(i, self.discount).into_iter();
                returns.map(|g| factor(i) * g).collect()
            })
        };
        vec![
            by_step(
                "importance:ordinary",
                "Gₜ times the ratio of the whole trajectory",
                weighed(&whole),
            ),
            by_step(
                "importance:self-normalised",
                "the same, divided by the mean of those ratios over the trajectories",
                weighed(&|i| whole(i) * count / sum),
            ),
            by_step(
                "importance:per-decision",
                "ω₀ ⋯ ωₜ times the return whose later rewards carry their own ratios",
                self.each(|i| self.per_decision(i, &ratios[i])),
            ),
            by_step(
                "v-trace:1:1",
                "min(1, ωₜ) (Rₜ + γ vsₜ₊₁ − v(Sₜ)), both clips at 1",
                self.each(|i| self.v_trace(i, &ratios[i], [1.0, 1.0])),
            ),
            by_step(
                "v-trace:inf:1",
                "ωₜ (Rₜ + γ vsₜ₊₁ − v(Sₜ)), ρ̄ = ∞ and c̄ = 1",
                self.each(|i| self.v_trace(i, &ratios[i], [f64::INFINITY, 1.0])),
            ),
            by_step(
                "retrace:1",
                "the target of q(Sₜ, Aₜ) with the traces min(1, ω), λ = 1",
                self.each(|i| self.retrace(i, &ratios[i], 1.0)),
            ),
        ]
    }

    /// ω₀ ⋯ ωₜ yₜ with yₜ = Rₜ + γ ωₜ₊₁ yₜ₊₁.
    fn per_decision(&self, i: usize, ratios: &[f64]) -> Vec<f64> {
        let (mut later, mut sums) = (0.0, Vec::with_capacity(ratios.len()));
        for (reward, ratio) in self.rewards(i).iter().zip(ratios).rev() {
            let own = reward + self.discount * later;
            sums.push(own);
            later = ratio * own;
        }
        sums.reverse();
        let mut product = 1.0;
        let steps = sums.iter().zip(ratios);
        steps
            .map(|(sum, ratio)| {
                product *= ratio;
                product * sum
            })
            .collect()
    }

    /// ρₜ (Rₜ + γ vsₜ₊₁ − v(Sₜ)) with vsₜ = v(Sₜ) + ρₜδₜ + γcₜ(vsₜ₊₁ − v(Sₜ₊₁)) (Espeholt et al. 2018).
    fn v_trace(&self, i: usize, ratios: &[f64], [rho, c]: [f64; 2]) -> Vec<f64> {
        let then = &self.fixtures.v_next[i];
        let here = &self.fixtures.v[i];
        let residuals = self.residuals(i, self.discount, then);
        let mut advantages = vec![0.0; ratios.len()];
        let mut excess = 0.0; // vsₜ₊₁ − v(Sₜ₊₁)
        for t in (0..ratios.len()).rev() {
            let clipped = ratios[t].min(rho);
            let follow = self.rewards(i)[t] + self.discount * (then[t] + excess) - here[t];
            advantages[t] = clipped * follow;
            excess = clipped * residuals[t] + self.discount * ratios[t].min(c) * excess;
        }
        advantages
    }

    /// q + Δₜ with Δₜ = Rₜ + γ v(Sₜ₊₁) − q(Sₜ, Aₜ) + γλ min(1, ωₜ₊₁) Δₜ₊₁ (Munos et al. 2016).
    pub(crate) fn retrace(&self, i: usize, ratios: &[f64], lambda: f64) -> Vec<f64> {
        let then = &self.fixtures.v_next[i];
        let q = &self.fixtures.q[i];
        let mut targets = vec![0.0; ratios.len()];
        let mut later = 0.0;
        for t in (0..ratios.len()).rev() {
            let own = self.rewards(i)[t] + self.discount * then[t] - q[t] + later;
            targets[t] = q[t] + own;
            later = self.discount * lambda * ratios[t].min(1.0) * own;
        }
        targets
    }

    /// What a mean over trajectories is times in the mean over all their steps; 1 of long runs, whose sums are over their
    /// steps already.
    pub fn by_steps(&self) -> f64 {
        if self.share != 1.0 {
            return 1.0;
        }
        let lengths = &self.fixtures.lengths;
        lengths.len() as f64 / lengths.iter().sum::<usize>().max(1) as f64
    }

    /// Forms of all trajectories together: the mean over steps, and baselines from the sample.
    fn estimates(&self) -> Vec<LibraryForm> {
        let of = |name: String, says: &str, estimate| LibraryForm {
            name,
            says: says.to_string(),
            psi: None,
            estimate: Some(estimate),
        };
        let share = self.by_steps();
        let mut all: Vec<LibraryForm> = self
            .fixtures
            .estimates
            .iter()
            // of what is a function of all trajectories itself there is none
            .filter(|one| {
                let mut kinds =
                    [Psi::PerStepMean, Psi::SelfNormalised, Psi::InSampleBaseline].into_iter();
                kinds.all(|psi| !one.name.starts_with(psi.name()))
            })
            .map(|one| {
                let estimate = one.estimate.iter().map(|x| share * x).collect();
                of(
                    format!("per-step-mean:{}", one.name),
                    "N/T times the estimate: the mean over all steps",
                    estimate,
                )
            })
            .collect();
        all.push(of(
            "in-sample-baseline:total-return".into(),
            "mean of (G₀ − bₖ) Σψₖ with bₖ = mean (Σψₖ)²G₀ / mean (Σψₖ)² over the same trajectories",
            self.reinforce(),
        ));
        all.push(of(
            "in-sample-baseline:reward-to-go".into(),
            "the same by time: Σₜ (γᵗRₜ − bₖₜ) Σ_{l≤t}ψₗₖ, as in GPOMDP",
            self.gpomdp(),
        ));
        all
    }

    fn parameters(&self) -> usize {
        let scores = self.fixtures.scores.iter().flatten();
        scores.map(Vec::len).next().unwrap_or(0)
    }

    fn reinforce(&self) -> Vec<f64> {
        let sums = self.each(|i| {
            let scores = self.fixtures.scores[i].iter();
            scores.fold(vec![0.0; self.parameters()], |sum, x| added(sum, x))
        });
        let returns: Vec<f64> = (0..sums.len())
            .map(|i| {
                self.returns(i, self.discount)
                    .first()
                    .copied()
                    .unwrap_or(0.0)
            })
            .collect();
        (0..self.parameters())
            .map(|k| {
                let of = || sums.iter().zip(&returns).map(|(sum, g)| (sum[k], *g));
                centred(of)
            })
            .collect()
    }

    fn gpomdp(&self) -> Vec<f64> {
        let longest = self.fixtures.lengths.iter().max().copied().unwrap_or(0);
        let mut estimate = vec![0.0; self.parameters()];
        let mut sums = vec![vec![0.0; self.parameters()]; self.fixtures.lengths.len()];
        let mut power = 1.0;
        for t in 0..longest {
            for (sum, scores) in sums.iter_mut().zip(&self.fixtures.scores) {
                if let Some(score) = scores.get(t) {
                    *sum = added(std::mem::take(sum), score);
                }
            }
            // trajectories that have ended take no part in the baseline of this time
            for (k, total) in estimate.iter_mut().enumerate() {
                let paid = self.fixtures.rewards.iter().zip(&sums);
                let of = || {
                    let alive = paid.clone().filter(|(rewards, _)| rewards.len() > t);
                    alive.map(|(rewards, sum)| (sum[k], power * rewards[t]))
                };
                let share = of().count() as f64 / self.fixtures.lengths.len() as f64;
                *total += share * centred(of);
            }
            power *= self.discount;
        }
        estimate
    }
}

fn added(sum: Vec<f64>, x: &[f64]) -> Vec<f64> {
    sum.iter().zip(x).map(|(sum, x)| sum + x).collect()
}

/// The mean of (g − b)ψ with b = Σψ²g / Σψ².
fn centred<I: Iterator<Item = (f64, f64)>>(of: impl Fn() -> I) -> f64 {
    let square: f64 = of().map(|(psi, _)| psi * psi).sum();
    let weighed: f64 = of().map(|(psi, g)| psi * psi * g).sum();
    let baseline = if square > 0.0 { weighed / square } else { 0.0 };
    let count = of().count().max(1) as f64;
    of().map(|(psi, g)| (g - baseline) * psi).sum::<f64>() / count
}

/// (Ψ − mean)/(standard deviation + ε) over all steps; `None` of fewer than two.
fn whitened(psi: &[Vec<f64>], ddof: usize) -> Option<Vec<Vec<f64>>> {
    let all = || psi.iter().flatten();
    let n = all().count() as f64;
    if n < 2.0 {
        return None;
    }
    let mean = all().sum::<f64>() / n;
    let square: f64 = all().map(|x| (x - mean).powi(2)).sum();
    let divisor = (square / (n - ddof as f64)).sqrt() + EPSILON;
    let row = |row: &Vec<f64>| row.iter().map(|x| (x - mean) / divisor).collect();
    Some(psi.iter().map(row).collect())
}
