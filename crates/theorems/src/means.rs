//! Estimators whose mean is ∇J (theory, 5.1, 5.5, 5.6).

use super::algebra::{ahead, largest, plus, times};
use super::bellman::{estimate_scale, gradient_scale};
use super::case::have;
use super::occupancy::undiscounted;
use super::{Case, Discounted, Identity, Section, Sides, Skip};
use exact_mdp::estimator::{Estimator, Experiment, Psi, Sampling};
use exact_mdp::linalg::SolverOptions;

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
"importance-sampling-mean" importance {
    "E_b of the per-decision estimator = ∇J_T, b uniform",
    "E_b[ω …] = E_π[…] step by step with ω = π/b.",
    "Precup, Sutton & Singh 2000; theory, 5.6 (5.47)"
}
}

pub(super) fn claimed<'a>(d: &'a Discounted, name: &str) -> Result<&'a [f64], Skip> {
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
        estimate_scale(case, d),
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
    let eta = undiscounted(case, d)?;
    let size = gradient_scale(case, d, &[1.0]) + d.reward_scale() * eta.mass() * case.slope();
    Ok(Sides::equal(
        mean,
        &d.gradient,
        size,
        d.tolerance(1) * eta.inverse_norm,
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

fn importance(case: &Case) -> Result<Sides, Skip> {
    let h = case.horizon()?;
    case.scores()?;
    Skip::beyond(case.policy.parameters(), 300, "parameters")?;
    let behavior = exact_mdp::policy::Policy::uniform(h.mdp.space());
    let sampling = Sampling::FiniteHorizon(h.run.horizon());
    let (policy, behavior) = (&case.policy, Some(&behavior));
    let experiment = Experiment::off_policy(
        &h.mdp,
        policy,
        behavior,
        sampling,
        &SolverOptions::default(),
    )?;
    let resolved = experiment.resolve(&Estimator::new(Psi::RewardToGo))?;
    let mean = (case.formulas.mean)(&experiment, &resolved)?;
    let size = h.reward_scale() * h.mass() * case.slope() * h.run.horizon() as f64;
    Ok(Sides::equal(&mean, &h.gradient, size, h.tolerance()))
}
