//! Central differences of J, with the step and the error bound that the model's condition gives.
//!
//! ```text
//! |(J(θ+h) − J(θ−h))/2h − J'(θ)| ≤ h²M₃/6 + ε_J/h,   best h = (3ε_J/M₃)^{1/3}
//! ```
//!
//! ε_J is the absolute error of a computed J, not u|J|: it contains the condition of I − γp^π
//! (theory, 4.2). M₃ is the third derivative along the coordinate, from the Bellman equation
//! differentiated thrice, with absolute values so that it does not vanish by accident.

use rayon::prelude::*;

use crate::chain::Chain;
use crate::error::Error;
use crate::evaluation::{Prepared, q_of};
use crate::field::dot;
use crate::linalg::{SolverOptions, largest};
use crate::policy::{Gaussian, Parametrization, Policy};
use crate::solved::Solved;

/// Central differences of J and how wrong they may be.
#[derive(Clone, Debug, PartialEq)]
pub struct FiniteDifference {
    /// (J(θ + h eₖ) − J(θ − h eₖ))/2h \[d\].
    pub gradient: Vec<f64>,
    /// hₖ \[d\], in units of θ: powers of two.
    pub step: Vec<f64>,
    /// Bounds on the error of each entry \[d\]: truncation h²M₃/6, doubled since M₃ is taken at θ
    /// alone, and rounding ε_J/h.
    pub error_bound: Vec<f64>,
}

impl FiniteDifference {
    /// Two evaluations per parameter, each with a factorisation of its own, and two solves for
    /// the step; `None` where some θₖ is so large, or the temperature so small, that no step
    /// serves. Errors where a perturbed policy has no value, or a solve is not certified.
    pub fn new(at: &Solved) -> Result<Option<FiniteDifference>, Error> {
        let (policy, criterion) = (at.policy(), at.checks());
        let objective_error = criterion.objective_error(at)?;
        let (theta, scales) = (parameters(policy), scales(policy));
        let along = |k: usize| {
            let third = criterion.third_derivative(at, k, scales[k])?;
            Ok(step(theta[k], scales[k], objective_error, third))
        };
        let steps: Result<Vec<Option<(f64, f64)>>, Error> = (0..policy.parameters())
            .into_par_iter()
            .map(along)
            .collect();
        let Some(steps) = steps?.into_iter().collect::<Option<Vec<(f64, f64)>>>() else {
            return Ok(None);
        };
        let (step, error_bound): (Vec<f64>, Vec<f64>) = steps.into_iter().unzip();
        let gradient = central(policy, &step, |policy| objective(at, policy))?;
        Ok(Some(FiniteDifference {
            gradient,
            step,
            error_bound,
        }))
    }
}

/// hₖ and the bound on the error that it leaves. `None` where θₖ is not resolved to a millionth of
/// the length over which π changes, so that steps are lost in its rounding, and where the bound is
/// no number.
fn step(theta: f64, scale: f64, error: f64, third: f64) -> Option<(f64, f64)> {
    let ulp = theta.abs() * f64::EPSILON;
    if ulp > 1e-6 * scale {
        return None;
    }
    let cap = 0.25 * scale;
    let step = best_step(error, third).clamp(f64::max(cap * 1e-9, 4.0 * ulp), cap);
    let bound = step * step / 3.0 * third + error / step;
    bound.is_finite().then_some((step, bound))
}

/// (f(θ + hₖeₖ) − f(θ − hₖeₖ))/2hₖ for all k \[d\], for any function of a policy. The
/// denominator is the difference of the two parameters as rounded.
pub(super) fn central(
    policy: &Policy<f64>,
    step: &[f64],
    function: impl Fn(&Policy<f64>) -> Result<f64, Error> + Sync,
) -> Result<Vec<f64>, Error> {
    let theta = parameters(policy);
    let along = |k: usize| {
        let value = |x: f64| {
            let mut moved = theta.clone();
            moved[k] = x;
            function(&policy.with_theta(moved)?)
        };
        let (right, left) = (theta[k] + step[k], theta[k] - step[k]);
        Ok((value(right)? - value(left)?) / (right - left))
    };
    (0..theta.len()).into_par_iter().map(along).collect()
}

/// θ, which every policy over `f64` has.
pub(super) fn parameters(policy: &Policy<f64>) -> Vec<f64> {
    policy.theta().expect("θ is real over f64").to_vec()
}

/// (3ε/M)^{1/3}, rounded down to a power of two; infinite where M = 0.
pub fn best_step(error: f64, third: f64) -> f64 {
    if third == 0.0 {
        return f64::INFINITY;
    }
    (3.0 * error / third).cbrt().log2().floor().exp2()
}

/// J of a policy on the same model, prepared anew.
pub(super) fn objective(at: &Solved, policy: &Policy<f64>) -> Result<f64, Error> {
    Prepared::new(at.mdp(), policy, &SolverOptions::default())?.objective(at.mdp())
}

/// M₃ along a coordinate where nothing better is known: the largest of three second differences of
/// W ∇π nearby, `weights` being those of a policy.
pub(super) fn third_by_slopes(
    at: &Solved,
    k: usize,
    scale: f64,
    weights: impl Fn(&Policy) -> Result<Vec<f64>, Error>,
) -> Result<f64, Error> {
    // an odd length, so that no probability comes to lie on 0
    let delta = 0.0137 * scale;
    let slope = |by: i32| -> Result<f64, Error> {
        let mut theta = parameters(at.policy());
        theta[k] += f64::from(by) * delta;
        let policy = at.policy().with_theta(theta)?;
        Ok(policy.pull_back(&weights(&policy)?)[k])
    };
    let slopes: Result<Vec<f64>, Error> = (-2..=2).map(slope).collect();
    let second = |x: &[f64]| (x[0] - 2.0 * x[1] + x[2]).abs() / (delta * delta);
    Ok(slopes?.windows(3).map(second).fold(0.0, f64::max))
}

/// ε_J = Σₛ ρ(s) |e(s)| with the residual e of v, as measured and as rounded: J̃ − J = ρ e.
///
/// What is rounded are the terms π(a|s) r(s, a) and γ π(a|s) p v before they are summed, which may
/// cancel, each by a few units for every term of its row; and π itself, which a logit −log π that
/// is rounded to u|log π| moves by as much relative to itself. The last probability of a direct
/// policy, 1 − Σθ, is rounded relative to 1.
pub(super) fn objective_error(chain: &Chain, at: &Solved) -> f64 {
    let visits = at.evaluation().occupancy.iter();
    let of_states = visits.zip(faults(chain, at));
    let error: f64 = of_states.map(|(rho, fault)| rho.abs() * fault).sum();
    error + off_the_simplex(at)
}

/// A bound on the error of any value: N |e|, which an iteration finds to a relative 1e-5.
pub(super) fn values_error(chain: &Chain, at: &Solved) -> Result<f64, Error> {
    let of_states = chain.resolvent().solve_roughly(&faults(chain, at))?;
    Ok(1.01 * largest(&of_states) + off_the_simplex(at))
}

/// |e(s)|, as measured and as rounded.
fn faults(chain: &Chain, at: &Solved) -> Vec<f64> {
    let unit = f64::EPSILON / 2.0;
    let (evaluation, space) = (at.evaluation(), at.mdp().space());
    let absolute = |x: &[f64]| -> Vec<f64> { x.iter().map(|x| x.abs()).collect() };
    let magnitude = absolute(&evaluation.v);
    let reached = at.mdp().p().mul(&magnitude);
    let gamma = at.mdp().discount();
    let size = |pair: usize| at.mdp().r()[pair].abs() + gamma * reached[pair];
    let direct = matches!(at.policy().parametrization(), Parametrization::Direct(_));
    let of_state = |state: usize| {
        let block = space.pairs_of(state);
        let terms = (chain.dynamics().p().row(state).len() + block.len() + 8) as f64;
        let mut rounded = terms * magnitude[state];
        if let (true, Some(last)) = (direct, block.clone().last()) {
            rounded += block.len() as f64 * size(last);
        }
        for pair in block {
            let pi = at.policy().probabilities()[pair].abs();
            let logit = if pi > 0.0 { pi.ln().abs() } else { 0.0 };
            rounded += pi * (terms + 2.0 * logit) * size(pair);
        }
        evaluation.residuals.v + unit * rounded
    };
    (0..space.states()).map(of_state).collect()
}

/// u n |v|∞ Σ|ρ| where a step leaves the simplices, because some π is 0 there: with a negative
/// entry of p^π elimination is right relative to the largest value, and no longer to each.
fn off_the_simplex(at: &Solved) -> f64 {
    let mut pi = at.policy().probabilities().iter();
    if !at.policy().parametrization().is_bounded() || pi.all(|&pi| pi > 0.0) {
        return 0.0;
    }
    let mass: f64 = at.evaluation().occupancy.iter().map(|rho| rho.abs()).sum();
    f64::EPSILON / 2.0 * (at.v().len() + 8) as f64 * largest(at.v()) * mass
}

/// Σₛ ρ Σₐ (|∂³π||A| + 3|∂²π||∂A| + 3|∂π||∂²A|) along coordinate k, with
/// ∂v = N(∂π q) and ∂²v = N(∂²π q + 2 ∂π ∂q).
pub(super) fn third_derivative(
    chain: &Chain,
    at: &Solved,
    k: usize,
    scale: f64,
) -> Result<f64, Error> {
    let space = at.mdp().space();
    let [first, second, third] = along(at.policy(), k, scale)?;
    let resolvent = chain.resolvent();
    let sum = |terms: &dyn Fn(usize) -> f64| -> Vec<f64> {
        let state = |s| match chain.undefined().binary_search(&s) {
            Ok(_) => 0.0,
            Err(_) => space.pairs_of(s).map(terms).sum(),
        };
        (0..space.states()).map(state).collect()
    };
    let zero_reward = |v: &[f64]| -> Vec<f64> {
        let q = q_of(at.mdp(), v);
        q.iter().zip(at.mdp().r()).map(|(q, r)| q - r).collect()
    };
    let q = &at.evaluation().q;
    let v1 = resolvent.solve(&sum(&|i| first[i] * q[i]))?.x;
    let q1 = zero_reward(&v1);
    let v2 = resolvent
        .solve(&sum(&|i| second[i] * q[i] + 2.0 * first[i] * q1[i]))?
        .x;
    let q2 = zero_reward(&v2);
    let bound = sum(&|i| {
        let state = space.state_of(i);
        third[i].abs() * at.evaluation().advantage[i].abs()
            + 3.0 * second[i].abs() * (q1[i] - v1[state]).abs()
            + 3.0 * first[i].abs() * (q2[i] - v2[state]).abs()
    });
    Ok(dot(&at.evaluation().occupancy, &bound))
}

/// ∂ₖπ, ∂ₖ²π and ∂ₖ³π [SA]; the higher two from differences of the first, which is enough for a
/// step.
fn along(policy: &Policy<f64>, k: usize, scale: f64) -> Result<[Vec<f64>; 3], Error> {
    let pairs = policy.space().pairs();
    let slope = |policy: &Policy<f64>| -> Vec<f64> {
        let mut unit = vec![0.0; policy.parameters()];
        unit[k] = 1.0;
        policy.derivative().mul(&unit)
    };
    let first = slope(policy);
    if let Parametrization::Direct(_) | Parametrization::Simplex(_) = policy.parametrization() {
        return Ok([first, vec![0.0; pairs], vec![0.0; pairs]]);
    }
    // small beside the length over which π changes; a choice
    let delta = 1e-3 * scale;
    let moved = |by: f64| -> Result<Vec<f64>, Error> {
        let mut theta = parameters(policy);
        theta[k] += by;
        Ok(slope(&policy.with_theta(theta)?))
    };
    let (right, left) = (moved(delta)?, moved(-delta)?);
    let second = (0..pairs).map(|i| (right[i] - left[i]) / (2.0 * delta));
    let third = (0..pairs).map(|i| (right[i] - 2.0 * first[i] + left[i]) / (delta * delta));
    Ok([first.clone(), second.collect(), third.collect()])
}

/// The lengths of θₖ \[d\] over which π changes by its own order: τ, τ/max|φₖ|, max|θ| of the
/// state, or 1.
pub fn scales(policy: &Policy<f64>) -> Vec<f64> {
    let d = policy.parameters();
    match policy.parametrization() {
        Parametrization::Softmax(family) => vec![family.temperature; d],
        Parametrization::LogLinear(family) => {
            let mut largest = vec![0.0f64; d];
            for pair in 0..family.features.rows() {
                for (k, x) in family.features.row(pair) {
                    largest[k] = largest[k].max(x.abs());
                }
            }
            let length = |x: f64| {
                if x == 0.0 {
                    1.0
                } else {
                    family.temperature / x
                }
            };
            largest.into_iter().map(length).collect()
        }
        Parametrization::Factored(family) => {
            let learners = family.factors().iter().filter(|factor| !factor.is_fixed());
            learners
                .flat_map(|factor| scales(factor.policy()))
                .collect()
        }
        Parametrization::Escort(_) => {
            let (theta, space) = (parameters(policy), policy.space());
            let largest = |s| {
                theta[space.pairs_of(s)]
                    .iter()
                    .fold(0.0, |x: f64, y| x.max(y.abs()))
            };
            let of = |s| std::iter::repeat_n(largest(s), space.pairs_of(s).len());
            (0..space.states()).flat_map(of).collect()
        }
        // of softmaxes at temperature 1, or of probabilities
        Parametrization::Controller(_) => vec![1.0; d],
        Parametrization::Gaussian(family) => gaussian_scales(policy, family),
        Parametrization::Direct(_) | Parametrization::Simplex(_) => vec![1.0; d],
    }
}

/// σ of the narrowest state over the largest feature for a mean, 1 over it for a log σ.
fn gaussian_scales(policy: &Policy<f64>, family: &Gaussian<f64>) -> Vec<f64> {
    let (theta, space) = (parameters(policy), policy.space());
    let means = family.means(space);
    let mut scales = vec![f64::INFINITY; 2 * means];
    for state in (0..space.states()).filter(|&state| !space.is_terminal(state)) {
        let [_, log_sigma] = family.mean_and_log_sigma(space, &theta, state);
        for (k, x) in family.features_of(space, state) {
            scales[k] = scales[k].min(log_sigma.exp() / x.abs());
            scales[means + k] = scales[means + k].min(1.0 / x.abs());
        }
    }
    let usable = |x: f64| if x.is_normal() { x } else { 1.0 };
    scales.into_iter().map(usable).collect()
}
