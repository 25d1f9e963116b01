//! Exact means and covariances of sampled estimators (theory, section 5).

use nalgebra::DMatrix;

use super::algebra::{ahead, apply, inner, largest, plus, spread, times};
use super::bellman::gradient_scale;
use super::case::have;
use super::occupancy::undiscounted;
use super::operators::{largest_reward, state_function};
use super::{Case, Discounted, Identity, Section, Sides, Skip};
use crate::estimator::{Detail, Estimator, Experiment, Form, Psi, Resolved, Sampling, Table};
use crate::linalg::SolverOptions;
use crate::policy::Parametrization;

identities! { Estimators;
"reward-to-go-mean" reward_to_go {
    "E Σ γᵗ ψ_t G_t = ∇J",
    "E[G_t | S_t, A_t] = q, and Σ γᵗ P(S_t = s) = ρ(s): the theorem under the nabla-log trick. REINFORCE.",
    "Williams 1992; theory, 5.1 (5.21, 5.31)"
}
"baselined-mean" baselined {
    "E Σ γᵗ ψ_t (G_t − v(S_t)) = ∇J",
    "E[ψ_t b(S_t)] = 0 for every b.",
    "Williams 1992; theory, 5.1 (5.21, 5.54)"
}
"q-mean" q_mean {
    "E Σ γᵗ ψ_t q(S_t, A_t) = ∇J",
    "q is the conditional mean of G_t.",
    "theory, 5.1 (5.21)"
}
"advantage-mean" advantage_mean {
    "E Σ γᵗ ψ_t A(S_t, A_t) = ∇J",
    "q less the baseline v.",
    "theory, 5.1 (5.21)"
}
"td-residual-estimator-mean" td_mean {
    "E Σ γᵗ ψ_t δ_t = ∇J",
    "E[δ_t | S_t, A_t] = A(S_t, A_t).",
    "theory, 5.1 (5.21)"
}
"gae-mean" gae_mean {
    "E Σ γᵗ ψ_t Σₗ (γλ)ˡ δ_{t+l} = ∇J, λ = 1/2",
    "Later residuals have mean 0 given the past, if the critic is exact.",
    "Schulman et al. 2016; theory, 5.1 (5.21)"
}
"n-step-mean" n_step_mean {
    "E Σ γᵗ ψ_t Σ_{l<n} γˡ δ_{t+l} = ∇J, n = 3",
    "As for GAE.",
    "theory, 5.1 (5.21)"
}
"total-return-mean" total_return {
    "E (Σ ψ_t) G₀ = ∇J for episodes",
    "Rewards before t are uncorrelated with ψ_t; G₀ carries the discounts, so no γᵗ stands before the score.",
    "Williams 1992; theory, 5.1 and 5.4 (5.34)"
}
"geometric-horizon-mean" geometric {
    "E Σ_{t<L} ψ_t Σ_{k≥t} R_k = ∇J, L geometric with parameter 1 − γ",
    "Surviving t steps has probability γᵗ: death stands for the discount, and nothing is truncated.",
    "theory, 5.5 (5.40)"
}
"geometric-critic-mean" geometric_critic {
    "E (1/(1 − γ)) Q̂ ψ = ∇J with Q̂ rolled out for Geom(1 − √γ) steps, √γ a step",
    "P(T' ≥ k) γ^{k/2} = γᵏ: 400 steps of the roll-out are summed, the rest is γ⁴⁰⁰ and less.",
    "Zhang, Koppel, Zhu & Başar 2020; theory, 5.5 (5.44)"
}
"dropped-discount-mean" dropped {
    "E Σ ψ_t G_t = η(q∇π), η the undiscounted visits",
    "Without γᵗ the scores are weighted by ρ₀ΣPᵗ: the wrong measure for q_γ.",
    "Thomas 2014; Nota & Thomas 2020; theory, 5.1 (5.32)"
}
"dropped-discount-bias" dropped_bias {
    "η(q∇π) − ∇J = (1 − γ) η p^π ∇v",
    "η(I − γp^π) = ρ₀ + (1 − γ)ηp^π, applied to ∇v = N(q∇π).",
    "theory, 5.1 (5.33)"
}
"wrong-critic-n-step-bias" n_step_bias {
    "n-step with critic v + e: bias γⁿ ρ((p(p^π)ⁿ⁻¹e)∇π), n = 3",
    "The residuals telescope to the return plus γⁿe(S_{t+n}) − e(S_t), and e(S_t) is a baseline. Here e is random.",
    "theory, 5.1 (5.24)"
}
"wrong-critic-gae-bias" gae_bias {
    "GAE(λ) with critic v + e: bias γ(1 − λ) ρ((p(I − γλp^π)⁻¹e)∇π), λ = 1/2",
    "The n-step biases, averaged with the weights (1 − λ)λⁿ⁻¹.",
    "Schulman et al. 2016; theory, 5.1 (5.25)"
}
"truncation-bias" truncation {
    "reward-to-go cut at 7 steps: mean ∇J₇",
    "A return that ends at T is that of the horizon; its bias is −∇(γ⁷ρ₀(p^π)⁷v).",
    "theory, 5.1 (5.28)"
}
"truncated-critic-bias" truncated_critic {
    "q cut at 7 steps: bias −γ⁷ ρ₀(p^π)⁷ ∇v",
    "Only the terms t ≥ 7 are missing: they are ∇v from S₇ on.",
    "theory, 5.1 (5.27)"
}
"advantage-covariance" covariance {
    "Cov = ρ_{γ²} E[zzᵀ + γ(z x'ᵀ + x' zᵀ)] − ∇J∇Jᵀ, z = ψA, x = ∇v",
    "X = z + γX': square it and apply the transposed resolvent at γ². x' is the claimed Jacobian at the next state.",
    "theory, 5.3 (5.22)"
}
"covariance-gauge" covariance_gauge {
    "Cov 1ₛ = 0 for a tabular softmax",
    "Each score sums to 0 over the actions of its state, so the estimate does too.",
    "theory, section 6 (6.1)"
}
"covariance-positive" covariance_positive {
    "wᵀ Cov w ≥ 0, Cov symmetric",
    "It is the variance of w·ĝ.",
    "theory, section 6"
}
"state-baseline-parabola" parabola {
    "tr Cov(b* + e) − tr Cov(b*) = Σₛ e(s)² K(s), K = ρ_{γ²} Σₐ π|ψ|²",
    "Score sums of different states are uncorrelated, so the trace is a diagonal parabola in b with its minimum at b*. Here e is random.",
    "theory, 5.7 (5.50, 5.51)"
}
"importance-sampling-mean" importance {
    "E_b of the per-decision estimator = ∇J_T, b uniform",
    "E_b[ω …] = E_π[…] step by step with ω = π/b.",
    "Precup, Sutton & Singh 2000; theory, 5.6 (5.47)"
}
}

fn options() -> SolverOptions {
    SolverOptions::default()
}

fn claimed<'a>(d: &'a Discounted, name: &str) -> Result<&'a [f64], Skip> {
    let means = have(&d.means)?;
    let found = means.iter().find(|(known, _)| known == name);
    let reason = "episodes may never end, so this estimator has no mean";
    found
        .map(|(_, mean)| mean.as_slice())
        .ok_or_else(|| Skip::new(reason))
}

fn unbiased(case: &Case, name: &str) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    case.scores()?;
    let mean = claimed(d, name)?;
    Ok(Sides::equal(
        mean,
        &d.gradient,
        gradient_scale(case, d, &[1.0]),
        d.tolerance(1),
    ))
}

fn reward_to_go(case: &Case) -> Result<Sides, Skip> {
    unbiased(case, "reward-to-go")
}

fn baselined(case: &Case) -> Result<Sides, Skip> {
    unbiased(case, "baseline:v")
}

fn q_mean(case: &Case) -> Result<Sides, Skip> {
    unbiased(case, "q")
}

fn advantage_mean(case: &Case) -> Result<Sides, Skip> {
    unbiased(case, "advantage")
}

fn td_mean(case: &Case) -> Result<Sides, Skip> {
    unbiased(case, "td-residual")
}

fn gae_mean(case: &Case) -> Result<Sides, Skip> {
    unbiased(case, "gae:0.5")
}

fn n_step_mean(case: &Case) -> Result<Sides, Skip> {
    unbiased(case, "n-step:3")
}

fn total_return(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let mean = claimed(d, "total-return")?;
    let longest = undiscounted(case, d)?.iter().sum::<f64>().max(1.0);
    let size = gradient_scale(case, d, &[1.0]) + d.reward_scale() * longest * case.slope();
    Ok(Sides::equal(
        mean,
        &d.gradient,
        size,
        d.tolerance(1) * longest,
    ))
}

fn geometric(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    Skip::unless(d.gamma < 1.0, "the discount is 1: nobody dies")?;
    unbiased(case, "geometric")
}

fn geometric_critic(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    Skip::unless(d.gamma < 1.0, "the discount is 1")?;
    Skip::beyond(d.mdp.p().stored(), 20_000, "entries of p")?;
    let step = d.gamma.sqrt();
    let (mut weight, mut survival) = (1.0, 1.0);
    let mut reward = d.mdp.r().to_vec();
    let mut q = vec![0.0; reward.len()];
    for _ in 0..400 {
        q = plus(&q, weight * survival, &reward);
        weight *= step;
        survival *= step;
        reward = ahead(&d.mdp, &case.average(&reward));
    }
    let visits = times(&case.lift(&d.evaluation.occupancy), &q);
    let right = case.scores()?.mul_transposed(&visits);
    let size = gradient_scale(case, d, &[1.0]) + d.mass() * largest(&q) * case.slope();
    let rest = d.gamma.powi(400) * d.inverse_norm * largest(d.mdp.r()) * d.mass() * case.slope();
    let tolerance = 400.0 * d.tolerance(0) + if size > 0.0 { rest / size } else { 0.0 };
    Ok(Sides::equal(
        &d.gradient,
        &right,
        size,
        tolerance + d.tolerance(1),
    ))
}

fn dropped(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let mean = claimed(d, "reward-to-go:dropped")?;
    let eta = undiscounted(case, d)?;
    let right = case.pairing(&eta, &d.evaluation.q);
    let longest = eta.iter().sum::<f64>().max(1.0);
    let size = d.reward_scale() * longest * case.slope();
    Ok(Sides::equal(mean, &right, size, d.tolerance(1) * longest))
}

fn dropped_bias(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let jacobian = have(&d.jacobian)?;
    let eta = undiscounted(case, d)?;
    let left = plus(&case.pairing(&eta, &d.evaluation.q), -1.0, &d.gradient);
    let next = super::algebra::arrive(&d.mdp, &case.lift(&eta));
    let moved = super::algebra::apply_left(&next, jacobian);
    let right: Vec<f64> = moved.iter().map(|x| (1.0 - d.gamma) * x).collect();
    let longest = eta.iter().sum::<f64>().max(1.0);
    let size = gradient_scale(case, d, &[1.0]) + d.reward_scale() * longest * case.slope();
    Ok(Sides::equal(&left, &right, size, d.tolerance(1) * longest))
}

/// The bias of a residual estimator whose critic is v + e.
fn wrong_critic(
    case: &Case,
    d: &Discounted,
    e: &[f64],
    decay: f64,
    window: Option<usize>,
) -> Result<Vec<f64>, Skip> {
    Skip::beyond(case.policy.parameters(), 300, "parameters")?;
    let experiment = Experiment::new(&d.mdp, &case.policy, d.sampling(), &options())?;
    let critic = Table::stationary(plus(&d.evaluation.v, 1.0, e));
    let resolved = Resolved {
        weight: d.gamma,
        discount: d.gamma,
        form: Form::Residual {
            critic,
            decay,
            window,
        },
    };
    Ok(plus(&experiment.mean(&resolved)?, -1.0, &d.gradient))
}

fn n_step_bias(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    case.scores()?;
    let e = state_function(d, 110);
    let left = wrong_critic(case, d, &e, d.gamma, Some(3))?;
    let later = (1..3).fold(e.clone(), |e, _| case.average(&ahead(&d.mdp, &e)));
    let field = case.pairing(&d.evaluation.occupancy, &ahead(&d.mdp, &later));
    let right: Vec<f64> = field.iter().map(|x| d.gamma.powi(3) * x).collect();
    let size = gradient_scale(case, d, &[1.0]) + largest(&e) * d.mass() * case.slope();
    Ok(Sides::equal(&left, &right, size, d.tolerance(1)))
}

fn gae_bias(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    case.scores()?;
    let e = state_function(d, 111);
    let lambda = 0.5;
    let left = wrong_critic(case, d, &e, d.gamma * lambda, None)?;
    let resolvent = d
        .chain
        .dynamics()
        .resolvent(&(d.gamma * lambda), &options())?;
    let later = resolvent.solve(&e)?.x;
    let field = case.pairing(&d.evaluation.occupancy, &ahead(&d.mdp, &later));
    let right: Vec<f64> = field.iter().map(|x| d.gamma * (1.0 - lambda) * x).collect();
    let size = gradient_scale(case, d, &[1.0]) + largest(&e) * d.mass() * case.slope();
    Ok(Sides::equal(&left, &right, size, d.tolerance(1)))
}

const CUT: usize = 7;

fn truncated(case: &Case, d: &Discounted, psi: Psi) -> Result<Vec<f64>, Skip> {
    case.scores()?;
    Skip::beyond(case.policy.parameters(), 300, "parameters")?;
    let sampling = Sampling::Truncated(CUT);
    let experiment = Experiment::new(&d.mdp, &case.policy, sampling, &options())?;
    Ok(experiment.mean(&experiment.resolve(&Estimator::new(psi))?)?)
}

fn truncation(case: &Case) -> Result<Sides, Skip> {
    let (d, h) = (case.discounted()?, case.horizon()?);
    Skip::unless(h.run.horizon() == CUT, "the model has a horizon of its own")?;
    let left = truncated(case, d, Psi::RewardToGo)?;
    let size = gradient_scale(case, d, &[1.0]) + h.reward_scale() * h.mass() * case.slope();
    Ok(Sides::equal(
        &left,
        &h.gradient,
        size,
        d.tolerance(1) + h.tolerance(),
    ))
}

fn truncated_critic(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let jacobian = have(&d.jacobian)?;
    let left = plus(&truncated(case, d, Psi::Q)?, -1.0, &d.gradient);
    let mut mass = d.chain.dynamics().initial().to_vec();
    for _ in 0..CUT {
        let next = super::algebra::arrive(&d.mdp, &case.lift(&mass));
        mass = next.iter().map(|x| d.gamma * x).collect();
    }
    let missing: Vec<f64> = mass.iter().map(|x| -x).collect();
    let right = super::algebra::apply_left(&missing, jacobian);
    Ok(Sides::equal(
        &left,
        &right,
        gradient_scale(case, d, &[1.0]),
        d.tolerance(1),
    ))
}

fn second_moment_scale(case: &Case, d: &Discounted) -> Result<f64, Skip> {
    let score = largest(case.scores()?.values());
    let size = (largest(&d.evaluation.advantage) * score).powi(2) * d.mass();
    Ok(size + gradient_scale(case, d, &[1.0]).powi(2))
}

fn covariance(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let (cov, jacobian) = (have(&d.covariance)?, have(&d.jacobian)?);
    let (scores, c) = (case.scores()?, d.gamma);
    let w = case.direction(112);
    let psi = scores.mul(&w);
    // along w everything is a number: z = (ψ·w)A, x' = ∇v(s')·w
    let x = apply(jacobian, &w);
    let z = times(&psi, &d.evaluation.advantage);
    let cross = ahead(&d.mdp, &x);
    let inside = plus(&times(&z, &z), 2.0 * c, &times(&z, &cross));
    let resolvent = d.chain.dynamics().resolvent(&(c * c), &options())?;
    let rho = resolvent.solve_transposed(d.chain.dynamics().initial())?.x;
    let mean = inner(&d.gradient, &w);
    let right = inner(&rho, &case.average(&inside)) - mean * mean;
    let left = inner(&w, &apply(cov, &w));
    let size = second_moment_scale(case, d)? * (largest(&w) * w.len() as f64).powi(2);
    Ok(Sides::equal(&[left], &[right], size, d.tolerance(1)))
}

fn covariance_gauge(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let cov = have(&d.covariance)?;
    let softmax = matches!(case.policy.parametrization(), Parametrization::Softmax(_));
    Skip::unless(softmax, "the parametrization is not softmax")?;
    let factors = super::algebra::random(113, d.mdp.states());
    let moved = apply(cov, &spread(&d.mdp, &factors));
    let size = second_moment_scale(case, d)? * largest(&factors) * moved.len() as f64;
    Ok(Sides::equal(
        &moved,
        &vec![0.0; moved.len()],
        size,
        d.tolerance(1),
    ))
}

fn covariance_positive(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let cov: &DMatrix<f64> = have(&d.covariance)?;
    let w = case.direction(114);
    let variance = inner(&w, &apply(cov, &w));
    let size = second_moment_scale(case, d)? * (largest(&w) * w.len() as f64).powi(2);
    let sides = Sides::at_most(&[-variance], &[0.0], size, d.tolerance(1));
    let transposed = cov.transpose();
    Ok(sides.and(Sides::equal(
        cov.as_slice(),
        transposed.as_slice(),
        size,
        d.tolerance(1),
    )))
}

fn parabola(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let scores = case.scores()?;
    Skip::beyond(case.policy.parameters(), 80, "parameters")?;
    let experiment = Experiment::new(&d.mdp, &case.policy, d.sampling(), &options())?;
    let named: Estimator = "baseline:optimal-state".parse::<Estimator>()?;
    let best = experiment.resolve(&named)?;
    let Form::Return {
        baseline: Some(table),
    } = &best.form
    else {
        return Err(Skip::new("there is no optimal baseline"));
    };
    let e = state_function(d, 115);
    let beside = Resolved {
        form: Form::Return {
            baseline: Some(Table::stationary(plus(table.at(0), 1.0, &e))),
        },
        ..best.clone()
    };
    let trace = |resolved: &Resolved<f64>| -> Result<f64, Skip> {
        Ok(experiment.moments(resolved, Detail::Variances)?.trace())
    };
    let lowest = trace(&best)?;
    let left = trace(&beside)? - lowest;
    let norm = |i| scores.row(i).map(|(_, x)| x * x).sum();
    let norms: Vec<f64> = (0..d.mdp.pairs()).map(norm).collect();
    let square = d.gamma * d.gamma;
    let resolvent = d.chain.dynamics().resolvent(&square, &options())?;
    let rho = resolvent.solve_transposed(d.chain.dynamics().initial())?.x;
    let k = times(&rho, &case.average(&norms));
    let right = inner(&k, &times(&e, &e));
    let rewards = largest_reward(d) * d.inverse_norm + d.reward_scale() + largest(&e);
    let size = d.mass() * largest(&norms) * rewards.powi(2) * d.inverse_norm;
    Ok(Sides::equal(&[left], &[right], size, d.tolerance(1)))
}

fn importance(case: &Case) -> Result<Sides, Skip> {
    let h = case.horizon()?;
    case.scores()?;
    Skip::beyond(case.policy.parameters(), 300, "parameters")?;
    let behavior = crate::policy::Policy::uniform(h.mdp.space());
    let sampling = Sampling::FiniteHorizon(h.run.horizon());
    let (policy, behavior) = (&case.policy, Some(&behavior));
    let experiment = Experiment::off_policy(&h.mdp, policy, behavior, sampling, &options())?;
    let mean = experiment.mean(&experiment.resolve(&Estimator::new(Psi::RewardToGo))?)?;
    let size = h.reward_scale() * h.mass() * case.slope() * h.run.horizon() as f64;
    Ok(Sides::equal(&mean, &h.gradient, size, h.tolerance()))
}
