//! The Fisher matrix, the natural gradient, compatible approximation (theory, 4.4).

use super::algebra::{apply, inner, largest, plus, times};
use super::bellman::gradient_scale;
use super::case::have;
use super::{Case, Discounted, Identity, Section, Sides, Skip};
use crate::policy::{Parametrization, Softmax};

identities! { Fisher;
"fisher-is-kl-hessian" kl {
    "F w = −d/dε Σ ρ(s,a) ψ(θ + εw): the Hessian of ρ KL(π‖π') at π' = π, ρ frozen",
    "∇²KL(π‖π') = −Σ π ∇²log π' at π' = π; the derivative of the scores is taken over dual numbers.",
    "Kakade 2002; theory, 4.4 (4.28)"
}
"fisher-quadratic-form" quadratic {
    "wᵀFw = Σ ρ(s,a) (ψ·w)² ≥ 0",
    "F is the second moment of the score under ρ, with the mass of ρ.",
    "theory, 4.4"
}
"fisher-softmax" softmax {
    "F(s) = ρ(s)(diag π − ππᵀ)/τ² for a tabular softmax",
    "ψ_b(a) = (δ_ab − π_b)/τ.",
    "theory, 4.4 (4.13)"
}
"natural-gradient-equation" equation {
    "F w = ∇J for the natural gradient w = F⁺∇J",
    "∇J lies in the range of F always.",
    "Kakade 2002; theory, 4.4 (4.17)"
}
"natural-gradient-softmax" natural {
    "F (τA + c(s)) = ∇J for a tabular softmax and every c(s)",
    "(diag π − ππᵀ)A = πA − π(πA) = πA, and F1ₛ = 0.",
    "Agarwal et al. 2021, section 5.3; theory, 4.4 (4.11, 4.12)"
}
"compatible-approximation" compatible {
    "Σₛ ρ(s) Σₐ (ψ·w) ∇π = ∇J with w = F⁺∇J",
    "w minimises ρπ(A − ψ·w)²: ψ·w in place of q leaves the gradient exact.",
    "Sutton et al. 2000, theorem 2; theory, 4.4 (4.16)"
}
}

fn scale(case: &Case, d: &Discounted, w: &[f64]) -> Result<f64, Skip> {
    // a score of a mixed policy may vanish, but not the rounding of the π/ℓ that it comes from
    let score = largest(case.scores()?.values()).max(case.slope());
    Ok(d.mass() * score * score * largest(w) * terms(case))
}

fn terms(case: &Case) -> f64 {
    case.policy.parameters().max(1) as f64
}

fn kl(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let f = have(&d.fisher)?;
    let positive = case.probabilities.iter().all(|&x| x > 0.0);
    Skip::unless(positive, "an action has probability 0")?;
    let w = case.direction(70);
    let moving = case.dual(&w)?.scores().rows;
    let visits = case.lift(&d.evaluation.occupancy);
    let mut right = vec![0.0; w.len()];
    for (pair, visits) in visits.iter().enumerate() {
        for (k, x) in moving.row(pair) {
            right[k] -= visits * x.derivative;
        }
    }
    Ok(Sides::equal(
        &apply(f, &w),
        &right,
        scale(case, d, &w)?,
        d.tolerance(1),
    ))
}

fn quadratic(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let f = have(&d.fisher)?;
    let w = case.direction(71);
    let score = case.scores()?.mul(&w);
    let left = inner(&w, &apply(f, &w));
    let visits = case.lift(&d.evaluation.occupancy);
    let right = inner(&visits, &times(&score, &score));
    let size = scale(case, d, &w)? * largest(&w);
    let sides = Sides::equal(&[left], &[right], size, d.tolerance(1));
    Ok(sides.and(Sides::at_most(&[-left], &[0.0], size, d.tolerance(1))))
}

fn tabular(case: &Case) -> Result<f64, Skip> {
    let Parametrization::Softmax(Softmax { temperature }) = case.policy.parametrization() else {
        return Err(Skip::new("the parametrization is not softmax"));
    };
    Skip::unless(case.policy.mix().is_none(), "the policy is mixed")?;
    Ok(*temperature)
}

fn softmax(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let tau = tabular(case)?;
    let f = have(&d.fisher)?;
    let w = case.direction(72);
    let pi = &case.probabilities;
    let mean = case.average(&w);
    let mut right = vec![0.0; w.len()];
    for pair in 0..w.len() {
        let s = d.mdp.space().state_of(pair);
        let visits = d.evaluation.occupancy[s];
        right[pair] = visits / (tau * tau) * pi[pair] * (w[pair] - mean[s]);
    }
    Ok(Sides::equal(
        &apply(f, &w),
        &right,
        scale(case, d, &w)?,
        d.tolerance(1),
    ))
}

fn equation(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let (f, w) = (have(&d.fisher)?, have(&d.natural)?);
    let size = gradient_scale(case, d, &[1.0]) + scale(case, d, w)?;
    Ok(Sides::equal(
        &apply(f, w),
        &d.gradient,
        size,
        d.tolerance(1) * terms(case),
    ))
}

fn natural(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let tau = tabular(case)?;
    let f = have(&d.fisher)?;
    let c = super::algebra::random(73, d.mdp.states());
    let shift = super::algebra::spread(&d.mdp, &c);
    let w = plus(&shift, tau, &d.evaluation.advantage);
    let size = gradient_scale(case, d, &[1.0]) + scale(case, d, &w)?;
    Ok(Sides::equal(
        &apply(f, &w),
        &d.gradient,
        size,
        d.tolerance(1),
    ))
}

fn compatible(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let w = have(&d.natural)?;
    let fitted = case.scores()?.mul(w);
    let right = case.pairing(&d.evaluation.occupancy, &fitted);
    let size = gradient_scale(case, d, &[1.0]) + scale(case, d, w)?;
    Ok(Sides::equal(
        &d.gradient,
        &right,
        size,
        d.tolerance(1) * terms(case),
    ))
}
