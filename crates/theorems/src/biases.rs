//! Estimators whose mean is something else, exactly known (theory, 5.1).

use super::algebra::{ahead, apply_left, arrive, largest, plus};
use super::bellman::{estimate_scale, gradient_scale};
use super::case::have;
use super::means::claimed;
use super::occupancy::undiscounted;
use super::operators::state_function;
use super::{Case, Discounted, Identity, Section, Sides, Skip};
use exact_mdp::estimator::{Contribution, Estimator, Experiment, Psi, Resolved, Sampling, Table};
use exact_mdp::linalg::SolverOptions;

identities! { Estimators;
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
"dropped-discount-mixture" mixture {
    "E Σ ψ_t G_t = Σ w(s) ∇v(s), w = ρ₀ + (1 − γ) η p^π ≥ 0",
    "The mean without γᵗ is a mixture of the gradients of all starts: it raises v of some state with w > 0 unless it is 0, though J may fall for every γ.",
    "theory, 5.1 (5.64)"
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
"td-residual-without-discount" undiscounted_residual {
    "R_t + v(S_{t+1}) − v(S_t) for Ψ_t: bias (1 − γ) ρ((pv)∇π)",
    "It is the TD residual and (1 − γ)v(S_{t+1}), whose mean given S_t and A_t is (1 − γ)pv.",
    "theory, 5.1 and appendix A (9.4)"
}
"dropped-discount-growth" growth {
    "Σ_{t<T} E ψ_t q(S_t, A_t) = T μ(q∇π) + ρ₀(I − Pᵀ)D(q∇π), μ = ρ₀P*",
    "Σ_{t<T} Pᵗ = T P* + (I − Pᵀ)D: without γᵗ each further step of a continuing task adds, in the limit, the biased gradient of the gain. Here T = 7.",
    "theory, 5.1 (5.62)"
}
"truncation-bias-bound" bound {
    "|∂_k J_T − ∂_k J| ≤ γᵀ (L_k/2) sp(r) [T/(1 − γ) + 1/(1 − γ)²], T = 7, L_k = maxₛ Σₐ |∂_kπ|",
    "The tail −∇(γᵀρ₀(p^π)ᵀv): T steps move the law of S_T, each by L_k/2 at most, and then v itself moves.",
    "theory, 5.1 (5.29)"
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
}

fn dropped(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let mean = claimed(d, "reward-to-go:dropped")?;
    let eta = undiscounted(case, d)?;
    let right = case.pairing(&eta.visits, &d.evaluation.q);
    let size = d.reward_scale() * eta.mass() * case.slope();
    let tolerance = d.tolerance(1) * eta.inverse_norm;
    Ok(Sides::equal(mean, &right, size, tolerance))
}

fn dropped_bias(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let jacobian = have(&d.jacobian)?;
    let eta = undiscounted(case, d)?;
    let field = case.pairing(&eta.visits, &d.evaluation.q);
    let left = plus(&field, -1.0, &d.gradient);
    let next = arrive(&d.mdp, &case.lift(&eta.visits));
    let moved = apply_left(&next, jacobian);
    let right: Vec<f64> = moved.iter().map(|x| (1.0 - d.gamma) * x).collect();
    let size = estimate_scale(case, d) + d.reward_scale() * eta.mass() * case.slope();
    let tolerance = d.tolerance(1) * eta.inverse_norm;
    Ok(Sides::equal(&left, &right, size, tolerance))
}

fn mixture(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let (mean, jacobian) = (claimed(d, "reward-to-go:dropped")?, have(&d.jacobian)?);
    let eta = undiscounted(case, d)?;
    let next = arrive(&d.mdp, &case.lift(&eta.visits));
    let weights = plus(d.mdp.initial(), 1.0 - d.gamma, &next);
    let right = apply_left(&weights, jacobian);
    let size = estimate_scale(case, d) + d.reward_scale() * eta.mass() * case.slope();
    let tolerance = d.tolerance(1) * eta.inverse_norm;
    let equal = Sides::equal(mean, &right, size, tolerance);
    let (below, zeros) = (weights.iter().map(|w| -w), vec![0.0; weights.len()]);
    let below: Vec<f64> = below.collect();
    Ok(equal.and(Sides::at_most(&below, &zeros, eta.mass(), 0.0)))
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
    let experiment = d.experiment(&case.policy)?;
    let critic = Table::stationary(plus(&d.evaluation.v, 1.0, e));
    let resolved = Resolved {
        weight: d.gamma,
        discount: d.gamma,
        form: Contribution::Residual {
            critic,
            decay,
            window,
        },
    };
    Ok(plus(
        &(case.formulas.mean)(&experiment, &resolved)?,
        -1.0,
        &d.gradient,
    ))
}

fn n_step_bias(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    case.scores()?;
    let e = state_function(d, 110);
    let left = wrong_critic(case, d, &e, d.gamma, Some(3))?;
    let later = (1..3).fold(e.clone(), |e, _| case.average(&ahead(&d.mdp, &e)));
    let field = case.pairing(&d.evaluation.occupancy, &ahead(&d.mdp, &later));
    let right: Vec<f64> = field.iter().map(|x| d.gamma.powi(3) * x).collect();
    let size = estimate_scale(case, d) + largest(&e) * d.mass() * case.slope();
    Ok(Sides::equal(&left, &right, size, d.tolerance(1)))
}

fn gae_bias(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    case.scores()?;
    let e = state_function(d, 111);
    let lambda = 0.5;
    let left = wrong_critic(case, d, &e, d.gamma * lambda, None)?;
    let resolvent = d
        .chain()
        .dynamics()
        .resolvent(&(d.gamma * lambda), &SolverOptions::default())?;
    let later = resolvent.solve(&e)?.x;
    let field = case.pairing(&d.evaluation.occupancy, &ahead(&d.mdp, &later));
    let right: Vec<f64> = field.iter().map(|x| d.gamma * (1.0 - lambda) * x).collect();
    let size = estimate_scale(case, d) + largest(&e) * d.mass() * case.slope();
    Ok(Sides::equal(&left, &right, size, d.tolerance(1)))
}

const CUT: usize = 7;

fn truncated(case: &Case, d: &Discounted, psi: Psi) -> Result<Vec<f64>, Skip> {
    case.scores()?;
    Skip::beyond(case.policy.parameters(), 300, "parameters")?;
    let sampling = Sampling::Truncated(CUT);
    let experiment = Experiment::new(&d.mdp, &case.policy, sampling, &SolverOptions::default())?;
    let resolved = experiment.resolve(&Estimator::new(psi))?;
    Ok((case.formulas.mean)(&experiment, &resolved)?)
}

fn truncation(case: &Case) -> Result<Sides, Skip> {
    let (d, h) = (case.discounted()?, case.horizon()?);
    Skip::unless(h.run.horizon() == CUT, "the model has a horizon of its own")?;
    let left = truncated(case, d, Psi::RewardToGo)?;
    let size = estimate_scale(case, d) + h.reward_scale() * h.mass() * case.slope();
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
    let mut mass = d.chain().dynamics().initial().to_vec();
    for _ in 0..CUT {
        let next = arrive(&d.mdp, &case.lift(&mass));
        mass = next.iter().map(|x| d.gamma * x).collect();
    }
    let missing: Vec<f64> = mass.iter().map(|x| -x).collect();
    let right = apply_left(&missing, jacobian);
    Ok(Sides::equal(
        &left,
        &right,
        gradient_scale(case, d, &[1.0]),
        d.tolerance(1),
    ))
}

fn undiscounted_residual(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    case.scores()?;
    Skip::beyond(case.policy.parameters(), 300, "parameters")?;
    Skip::unless(d.gamma < 1.0, "the discount is 1")?;
    let experiment = d.experiment(&case.policy)?;
    let v = &d.evaluation.v;
    let resolved = Resolved {
        weight: d.gamma,
        discount: 1.0,
        form: Contribution::Residual {
            critic: Table::stationary(v.clone()),
            decay: 0.0,
            window: None,
        },
    };
    let left = plus(
        &(case.formulas.mean)(&experiment, &resolved)?,
        -1.0,
        &d.gradient,
    );
    let field = case.pairing(&d.evaluation.occupancy, &ahead(&d.mdp, v));
    let right: Vec<f64> = field.iter().map(|x| (1.0 - d.gamma) * x).collect();
    let size = estimate_scale(case, d) + largest(v) * d.mass() * case.slope();
    Ok(Sides::equal(&left, &right, size, d.tolerance(1)))
}

fn growth(case: &Case) -> Result<Sides, Skip> {
    let (d, l) = (case.discounted()?, case.long_term()?);
    case.scores()?;
    Skip::beyond(case.policy.parameters(), 300, "parameters")?;
    let sampling = Sampling::Truncated(CUT);
    let options = SolverOptions::default();
    let experiment = Experiment::new(&d.mdp, &case.policy, sampling, &options)?;
    let estimator = Estimator::new(Psi::Q).dropped();
    let left = (case.formulas.mean)(&experiment, &experiment.resolve(&estimator)?)?;
    // ρ₀Pᵀ over all states, terminal ones leading to themselves
    let p = l.average.long_run().p();
    let start = l.mdp.initial();
    let law = (0..CUT).fold(start.to_vec(), |law, _| p.mul_transposed(&law));
    let moved = l
        .average
        .long_run()
        .deviation_row(&plus(start, -1.0, &law))?;
    let visits = plus(&moved, CUT as f64, &l.occupancy);
    let right = case.pairing(&visits, &d.evaluation.q);
    let size = largest(&d.evaluation.q) * case.slope() * (CUT as f64 + largest(&moved));
    let size = size * (d.mdp.states() as f64).sqrt();
    let tolerance = d.tolerance(0) + l.tolerance(2);
    Ok(Sides::equal(&left, &right, size, tolerance))
}

fn bound(case: &Case) -> Result<Sides, Skip> {
    let (d, h) = (case.discounted()?, case.horizon()?);
    Skip::unless(d.gamma < 1.0, "the discount is 1")?;
    Skip::unless(h.run.horizon() == CUT, "the model has a horizon of its own")?;
    let bound = (case.formulas.truncation_bound)(&d.mdp, &case.policy, CUT)?;
    let bias = plus(&h.gradient, -1.0, &d.gradient);
    let bias: Vec<f64> = bias.iter().map(|x| x.abs()).collect();
    let size = estimate_scale(case, d) + h.reward_scale() * h.mass() * case.slope();
    let tolerance = d.tolerance(1) + h.tolerance();
    Ok(Sides::at_most(&bias, &bound, size, tolerance))
}
