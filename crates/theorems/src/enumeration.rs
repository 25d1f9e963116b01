//! Moments of estimators from all trajectories of a few steps, each with its probability
//! (theory, 5.2–5.4, 5.8, 6).

pub(super) mod libraries;

use super::algebra::{apply, inner, largest, largest_reward};
use super::{Case, Identity, Section, Sides, Skip};
use exact_mdp::estimator::{Detail, Estimator, Experiment, Resolved, Sampling};
use exact_mdp::evaluation::{FiniteHorizon, ValuesByTime};
use exact_mdp::linalg::SolverOptions;
use exact_mdp::mdp::{Criterion, Mdp};
use exact_mdp::policy::Policy;

identities! { Covariances;
"returns-by-enumeration" returns {
    "mean and variance of Σ cᵗψ_t(G_t − b) · w over all trajectories of up to 4 steps, b = 0 and v_t, c = γ and 1",
    "The recursions of the joint moments of return and estimate, against the sum over all trajectories, each with its probability and its outcome rewards.",
    "Sobel 1982; theory, 5.2, 5.3 (5.1, 5.9, 5.10)"
}
"critics-by-enumeration" critics {
    "mean and variance of Σ γᵗψ_tΨ_t · w over all trajectories of up to 4 steps, Ψ = q_t, A_t, δ_t, GAE and n-step",
    "As for returns; GAE and n-step bootstrap with v at the end of the horizon, which is 0.",
    "theory, 5.2, 5.3 (5.1, 5.8)"
}
"total-return-by-enumeration" total_return {
    "mean and variance of (Σ cᵗψ_t) G₀ · w over all trajectories of up to 4 steps, c = 1 and γ",
    "The moments E[RᵃUʲ] of return and score sum, against the sum over all trajectories.",
    "theory, 5.4 (5.4, 5.6)"
}
"kurtosis-by-enumeration" kurtosis {
    "E(ĝ_k − μ_k)⁴/σ_k⁴ of reward-to-go over all trajectories of up to 4 steps",
    "The moments E[RᵃXᵇ], a + b ≤ 4, close under R = r + γR', X = ψR + cX'; k is the coordinate that varies most.",
    "theory, 5.8 (6.7)"
}
}

/// Trajectories that are worth their time; a choice.
const TRAJECTORIES: f64 = 4_000.0;
/// Parameters of a covariance matrix; a choice.
const PARAMETERS: usize = 80;

/// One step of a trajectory.
#[derive(Clone, Copy)]
struct Taken {
    pair: usize,
    reward: f64,
    next: usize,
}

/// The model cut to a horizon of which all trajectories are known.
pub(super) struct Enumerated<'a> {
    case: &'a Case,
    mdp: Mdp,
    tables: ValuesByTime<f64>,
    steps: usize,
    /// b, where another policy than π draws the trajectories.
    behavior: Option<Policy>,
}

/// A random direction, the scores along it, and their absolute sums for rounding.
struct Along {
    w: Vec<f64>,
    psi: Vec<f64>,
    reach: Vec<f64>,
}

impl<'a> Enumerated<'a> {
    /// The longest horizon of at most 4 steps with few enough trajectories.
    pub fn new(case: &'a Case) -> Result<Enumerated<'a>, Skip> {
        Enumerated::drawn(case, None)
    }

    /// The longest horizon of at most 4 steps with few enough trajectories that `behavior` draws, which is π where there is none.
    fn drawn(case: &'a Case, behavior: Option<Policy>) -> Result<Enumerated<'a>, Skip> {
        case.scores()?;
        Skip::beyond(case.policy.parameters(), PARAMETERS, "parameters")?;
        let h = case.horizon()?;
        let acting = behavior
            .as_ref()
            .map_or(&case.probabilities[..], Policy::probabilities);
        let longest = (1..=4).take_while(|&t| count(acting, &h.mdp, t) <= TRAJECTORIES);
        let steps = longest.last().unwrap_or(0);
        Skip::unless(steps >= 2, "too many trajectories of two steps")?;
        let mdp = h.mdp.clone().with_criterion(Criterion::FiniteHorizon {
            discount: h.gamma,
            horizon: steps,
        })?;
        Ok(Enumerated {
            tables: FiniteHorizon::new(&mdp, &case.policy)?.tables(&mdp),
            case,
            mdp,
            steps,
            behavior,
        })
    }

    /// The probabilities with which actions are taken \[SA\].
    fn acting(&self) -> &[f64] {
        let behavior = self.behavior.as_ref();
        behavior.map_or(&self.case.probabilities[..], Policy::probabilities)
    }

    fn experiment(&self) -> Result<Experiment<'_, f64>, Skip> {
        let sampling = Sampling::FiniteHorizon(self.steps);
        let options = SolverOptions::default();
        let (policy, behavior) = (&self.case.policy, self.behavior.as_ref());
        Ok(Experiment::off_policy(
            &self.mdp, policy, behavior, sampling, &options,
        )?)
    }

    /// The model cut to the horizon of the trajectories.
    pub fn mdp(&self) -> &Mdp {
        &self.mdp
    }

    /// What a return may amount to.
    pub fn largest(&self) -> f64 {
        largest_reward(&self.mdp) * self.steps as f64
    }

    /// Calls `f` with the probability, the pairs and the returns G₀, G₁, … of each trajectory.
    pub fn each_return(&self, f: &mut impl FnMut(f64, &[usize], &[f64])) {
        self.each(&mut |probability, steps| {
            let pairs: Vec<usize> = steps.iter().map(|step| step.pair).collect();
            let path = Path { at: self, steps };
            let returns: Vec<f64> = (0..steps.len()).map(|t| path.to_go(t)).collect();
            f(probability, &pairs, &returns);
        });
    }

    /// Calls `f` with the probability and the steps of each trajectory.
    fn each(&self, f: &mut impl FnMut(f64, &[Taken])) {
        let mut steps = Vec::with_capacity(self.steps);
        for (start, &probability) in self.mdp.initial().iter().enumerate() {
            if probability > 0.0 {
                self.extend(start, probability, &mut steps, f);
            }
        }
    }

    fn extend(
        &self,
        state: usize,
        probability: f64,
        steps: &mut Vec<Taken>,
        f: &mut impl FnMut(f64, &[Taken]),
    ) {
        if steps.len() == self.steps || self.mdp.space().is_terminal(state) {
            return f(probability, steps);
        }
        for pair in self.mdp.space().pairs_of(state) {
            let pi = self.acting()[pair];
            for o in self.mdp.outcomes(pair) {
                let probability = probability * pi * o.probability;
                if probability > 0.0 {
                    let (reward, next) = (*o.reward, o.next);
                    steps.push(Taken { pair, reward, next });
                    self.extend(next, probability, steps, f);
                    steps.pop();
                }
            }
        }
    }

    fn along(&self, w: Vec<f64>) -> Result<Along, Skip> {
        let scores = self.case.scores()?;
        let reach = |i| scores.row(i).map(|(k, x)| (x * w[k]).abs()).sum();
        Ok(Along {
            psi: scores.mul(&w),
            reach: (0..self.mdp.pairs()).map(reach).collect(),
            w,
        })
    }

    /// Mean and variance along w by the recursions beside those over all trajectories.
    fn compare(&self, along: &Along, name: &str, psi: PsiOf) -> Result<Sides, Skip> {
        let experiment = self.experiment()?;
        let estimator: Estimator = name.parse::<Estimator>()?;
        let resolved: Resolved<f64> = experiment.resolve(&estimator)?;
        let moments = (self.case.formulas.moments)(&experiment, &resolved, Detail::Covariance)?;
        let (mut first, mut second) = (0.0, 0.0);
        let (mut size, mut square) = (0.0, 0.0);
        let c = resolved.weight;
        self.each(&mut |probability, steps| {
            let path = Path { at: self, steps };
            let (mut x, mut reach, mut weight) = (0.0, 0.0, 1.0);
            for (t, step) in steps.iter().enumerate() {
                x += weight * along.psi[step.pair] * psi(path, t);
                reach += weight * along.reach[step.pair];
                weight *= c;
            }
            // what a return and its critics may amount to
            reach *= path.largest();
            first += probability * x;
            second += probability * x * x;
            size += probability * reach;
            square += probability * reach * reach;
        });
        let mean = inner(&moments.mean, &along.w);
        let covariance = moments.covariance.as_ref();
        let covariance = covariance.ok_or_else(|| Skip::new("no covariance was computed"))?;
        let variance = inner(&along.w, &apply(covariance, &along.w));
        let tolerance = self.tolerance();
        let sides = Sides::equal(&[mean], &[first], size, tolerance);
        let spread = second - first * first;
        Ok(sides.and(Sides::equal(&[variance], &[spread], square, tolerance)))
    }

    /// 16 T ((z + d + 16) u + slack) with z outcomes of the fullest pair: T steps follow one another.
    pub fn tolerance(&self) -> f64 {
        let outcomes = (0..self.mdp.pairs()).map(|i| self.mdp.outcomes(i).count());
        let terms = outcomes.max().unwrap_or(0) + self.case.policy.parameters() + 16;
        let eta = terms as f64 * f64::EPSILON / 2.0 + super::slack(&self.mdp);
        16.0 * self.steps as f64 * eta
    }
}

/// How many trajectories of so many steps there are.
fn count(acting: &[f64], mdp: &Mdp, steps: usize) -> f64 {
    let mut paths = vec![1.0; mdp.states()];
    for _ in 0..steps {
        let state = |s: usize| {
            if mdp.space().is_terminal(s) {
                1.0
            } else {
                let taken = mdp.space().pairs_of(s).filter(|&i| acting[i] > 0.0);
                let outcomes = taken.flat_map(|i| mdp.outcomes(i).filter(|o| *o.probability > 0.0));
                outcomes.map(|o| paths[o.next]).sum()
            }
        };
        paths = (0..mdp.states()).map(state).collect();
    }
    let started = mdp.initial().iter().zip(&paths).filter(|(x, _)| **x > 0.0);
    started.map(|(_, paths)| paths).sum()
}

/// A trajectory and the values of its model.
#[derive(Clone, Copy)]
struct Path<'a> {
    at: &'a Enumerated<'a>,
    steps: &'a [Taken],
}

/// Ψ_t of a trajectory.
type PsiOf = fn(Path<'_>, usize) -> f64;

impl Path<'_> {
    fn gamma(&self) -> f64 {
        self.at.mdp.discount()
    }

    fn state(&self, t: usize) -> usize {
        self.at.mdp.space().state_of(self.steps[t].pair)
    }

    /// G_t.
    fn to_go(self, t: usize) -> f64 {
        let rewards = self.steps[t..].iter().rev();
        rewards.fold(0.0, |later, step| step.reward + self.gamma() * later)
    }

    /// v_t(S_t); v_{t+1}(S_{t+1}) after the last step too.
    fn v(self, t: usize) -> f64 {
        let state = if t < self.steps.len() {
            self.state(t)
        } else {
            self.steps[t - 1].next
        };
        self.at.tables.v[t][state]
    }

    /// q_t(S_t, A_t).
    fn q(self, t: usize) -> f64 {
        self.at.tables.q[t][self.steps[t].pair]
    }

    /// R_t + γv_{t+1}(S_{t+1}) − v_t(S_t).
    fn residual(self, t: usize) -> f64 {
        self.steps[t].reward + self.gamma() * self.v(t + 1) - self.v(t)
    }

    /// Σₗ gˡ δ_{t+l} over at most `window` residuals.
    fn residuals(self, t: usize, g: f64, window: usize) -> f64 {
        let last = self.steps.len().min(t.saturating_add(window));
        let deltas = (t..last).rev().map(|t| self.residual(t));
        deltas.fold(0.0, |later, delta| delta + g * later)
    }

    /// What Ψ may amount to, for rounding.
    fn largest(&self) -> f64 {
        let rewards = largest_reward(&self.at.mdp) * self.at.steps as f64;
        let values = self.at.tables.v.iter().map(|v| largest(v));
        (rewards + 2.0 * values.fold(0.0, f64::max)) * libraries::largest_ratio(self.at)
    }
}

fn all(case: &Case, stream: u64, estimators: &[(&str, PsiOf)]) -> Result<Sides, Skip> {
    let enumerated = Enumerated::new(case)?;
    let along = enumerated.along(case.direction(stream))?;
    let mut sides = Sides::equal(&[], &[], 1.0, enumerated.tolerance());
    for (name, psi) in estimators {
        sides = sides.and(enumerated.compare(&along, name, *psi)?);
    }
    Ok(sides)
}

fn returns(case: &Case) -> Result<Sides, Skip> {
    let baselined: PsiOf = |path, t| path.to_go(t) - path.v(t);
    let estimators: [(&str, PsiOf); 4] = [
        ("reward-to-go", |path, t| path.to_go(t)),
        ("reward-to-go:dropped", |path, t| path.to_go(t)),
        ("baseline:v", baselined),
        ("baseline:v:dropped", baselined),
    ];
    all(case, 120, &estimators)
}

fn critics(case: &Case) -> Result<Sides, Skip> {
    let estimators: [(&str, PsiOf); 5] = [
        ("q", |path, t| path.q(t)),
        ("advantage", |path, t| path.q(t) - path.v(t)),
        ("td-residual", |path, t| path.residual(t)),
        ("gae:0.5", |path, t| {
            path.residuals(t, 0.5 * path.gamma(), usize::MAX)
        }),
        ("n-step:2", |path, t| path.residuals(t, path.gamma(), 2)),
    ];
    all(case, 121, &estimators)
}

fn total_return(case: &Case) -> Result<Sides, Skip> {
    let whole: PsiOf = |path, _| path.to_go(0);
    let estimators = [("total-return", whole), ("total-return:discounted", whole)];
    all(case, 122, &estimators)
}

fn kurtosis(case: &Case) -> Result<Sides, Skip> {
    let enumerated = Enumerated::new(case)?;
    let experiment = enumerated.experiment()?;
    let resolved = experiment.resolve(&"reward-to-go".parse::<Estimator>()?)?;
    let moments = experiment.moments(&resolved, Detail::Variances)?;
    let widest = moments.variance.iter().copied().enumerate();
    let widest = widest
        .max_by(|x, y| x.1.total_cmp(&y.1))
        .filter(|x| x.1 > 0.0);
    let (k, variance) = widest.ok_or_else(|| Skip::new("nothing varies"))?;
    let claimed = (case.formulas.kurtosis)(&experiment, &resolved)?;
    let claimed = claimed.ok_or_else(|| Skip::new("there is no kurtosis"))?;
    let h = case.horizon()?;
    let most = (largest_reward(&h.mdp) * 4.0 + h.reward_scale()).powi(4);
    Skip::unless(most.is_finite(), "fourth powers of returns overflow")?;
    let scores = case.scores()?;
    let (mut fourth, mut reach) = (0.0, 0.0);
    enumerated.each(&mut |probability, steps| {
        let path = Path {
            at: &enumerated,
            steps,
        };
        let term = |t: usize| {
            let psi = resolved.weight.powi(t as i32) * scores.get(steps[t].pair, k);
            (psi * path.to_go(t), psi.abs() * path.largest())
        };
        let terms = || (0..steps.len()).map(term);
        let x: f64 = terms().map(|term| term.0).sum();
        let most: f64 = terms().map(|term| term.1).sum();
        fourth += probability * (x - moments.mean[k]).powi(4);
        reach += probability * (most + moments.mean[k].abs()).powi(4);
    });
    let (left, right) = (claimed.values[k], fourth / variance.powi(2));
    let size = reach / variance.powi(2);
    Ok(Sides::equal(
        &[left],
        &[right],
        size,
        4.0 * enumerated.tolerance(),
    ))
}
