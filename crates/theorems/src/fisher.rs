//! The Fisher matrix, the natural gradient, compatible approximation (theory, 4.4).

use super::algebra::{apply, derivatives, inner, largest, plus, random, spread, times};
use super::bellman::gradient_scale;
use super::case::have;
use super::{Case, Discounted, Identity, Section, Sides, Skip};
use exact_mdp::field::Dual;
use exact_mdp::policy::{Parametrization, Policy, Softmax};

identities! { Fisher;
"fisher-is-kl-hessian" kl {
    "F w = −d/dε Σ ρ(s,a) ψ(θ + εw): the Hessian of ρ KL(π‖π') at π' = π, ρ frozen",
    "∇²KL(π‖π') = −Σ π ∇²log π' at π' = π; the derivative of the scores is taken over dual numbers.",
    "Kakade 2002; theory, 4.4 (4.28)"
}
"fisher-is-reverse-kl-hessian" reverse_kl {
    "F w = d/dε ∇' Σ ρ(s) KL(π(θ + εw)‖π): the Hessian of ρ KL(π'‖π) at π' = π, ρ frozen",
    "∇' KL(π'‖π) = Σ ∇π' (log π' − log π), and at π' = π only the logarithm's derivative is left: ∇π ∂_w log π, with log π over dual numbers.",
    "theory, 4.4 (4.29)"
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
"natural-gradient-shortest" shortest {
    "Σₐ w(s,a) = 0 (softmax), Σₐ θ(s,a)w(s,a) = 0 (escort) for the natural gradient w",
    "F⁺ maps into the range of F, and so at a right angle to the directions in which π is constant: of all solutions of F w = ∇J it is the shortest.",
    "theory, 4.4 (4.11)"
}
"natural-gradient-softmax" natural {
    "F (τA + c(s)) = ∇J for a tabular softmax and every c(s)",
    "(diag π − ππᵀ)A = πA − π(πA) = πA, and F1ₛ = 0.",
    "Agarwal et al. 2021, section 5.3; theory, 4.4 (4.11, 4.12)"
}
"natural-step-softmax" step {
    "θ + η(τA + c(s)) gives π' ∝ π exp(ηA), whatever c(s) and τ",
    "The exponent moves by ηA and a constant per state. Checked for the natural gradient itself, for a random c, and at twice the temperature; η = 1/max(1, max|A|).",
    "Kakade 2002; Agarwal et al. 2021, section 5.3; theory, 4.4 (4.14)"
}
"natural-gradient-direct" direct {
    "F(πA) = ∇J for the direct parametrization: the natural gradient is π(a|s)A(s,a)",
    "F(s) = ρ(s)(diag(1/π) + 11ᵀ/π_z) over the free actions; the replicator field, also in the last action, since ΣπA = 0.",
    "theory, 4.4 (4.15)"
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

/// The size of F times the natural gradient w. What A is off by, u|q|, makes ψ·w off by as much
/// times |ψ|: w is A over a score, or less, and F weighs it by π|ψ|, of order 1 where |ψ| is 1/π.
fn natural_scale(case: &Case, d: &Discounted, w: &[f64]) -> Result<f64, Skip> {
    let score = largest(case.scores()?.values()).max(case.slope());
    let rounded = d.mass() * score * d.reward_scale() * terms(case);
    Ok(gradient_scale(case, d, &[1.0]) + scale(case, d, w)? + rounded)
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
    let size = natural_scale(case, d, w)?;
    Ok(Sides::equal(
        &apply(f, w),
        &d.gradient,
        size,
        d.tolerance(1) * terms(case),
    ))
}

fn shortest(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let w = have(&d.natural)?;
    Skip::unless(case.policy.mix().is_none(), "the policy is mixed")?;
    // with the length over which π changes: w is that times an advantage
    let (null, length) = match (case.policy.parametrization(), case.policy.theta()) {
        (Parametrization::Softmax(family), _) => (vec![1.0; w.len()], family.temperature),
        (Parametrization::Escort(family), Some(theta)) => {
            (theta.to_vec(), largest(theta) / family.power)
        }
        _ => {
            return Err(Skip::new(
                "the parametrization is neither softmax nor escort",
            ));
        }
    };
    let left = sums(case, &times(w, &null));
    let size = largest(&null) * (largest(w) + length * largest(&d.evaluation.advantage));
    let tolerance = 64.0 * f64::EPSILON * terms(case);
    Ok(Sides::equal(&left, &vec![0.0; left.len()], size, tolerance))
}

fn natural(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let tau = tabular(case)?;
    let f = have(&d.fisher)?;
    let c = random(73, d.mdp.states());
    let shift = spread(&d.mdp, &c);
    let w = plus(&shift, tau, &d.evaluation.advantage);
    let size = natural_scale(case, d, &w)?;
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
    let size = natural_scale(case, d, w)?;
    Ok(Sides::equal(
        &d.gradient,
        &right,
        size,
        d.tolerance(1) * terms(case),
    ))
}

fn reverse_kl(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let f = have(&d.fisher)?;
    let positive = case.probabilities.iter().all(|&x| x > 0.0);
    Skip::unless(positive, "an action has probability 0")?;
    let w = case.direction(74);
    let logs = case.dual(&w)?.log_probabilities();
    let logs: Option<Vec<Dual>> = logs.into_iter().collect();
    let logs = logs.ok_or_else(|| Skip::new("an action has probability 0"))?;
    let right = case.pairing(&d.evaluation.occupancy, &derivatives(&logs));
    let size = scale(case, d, &w)?;
    Ok(Sides::equal(&apply(f, &w), &right, size, d.tolerance(1)))
}

fn step(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let tau = tabular(case)?;
    let natural = have(&d.natural)?;
    let (space, a) = (d.mdp.space(), &d.evaluation.advantage);
    let eta = 1.0 / largest(a).max(1.0);
    // π exp(ηA), normalised
    let weights: Vec<f64> = case
        .probabilities
        .iter()
        .zip(a)
        .map(|(pi, a)| pi * (eta * a).exp())
        .collect();
    let total = spread(&d.mdp, &sums(case, &weights));
    let expected: Vec<f64> = weights.iter().zip(&total).map(|(x, sum)| x / sum).collect();
    let theta = case.theta();
    let moved = |temperature: f64, w: &[f64]| -> Result<Vec<f64>, Skip> {
        let same: Vec<f64> = theta.iter().map(|x| x * temperature / tau).collect();
        let policy = Policy::softmax(space, plus(&same, eta, w), temperature)?;
        Ok(policy.probabilities().to_vec())
    };
    let shift = spread(&d.mdp, &random(75, d.mdp.states()));
    let shifted = plus(&shift, tau, a);
    let doubled: Vec<f64> = a.iter().map(|a| 2.0 * tau * a).collect();
    // exponents are rounded relative to their size
    let exponent = (largest(theta) + largest(&shift)) / tau + 2.0;
    let tolerance = 64.0 * f64::EPSILON * (exponent + terms(case).sqrt());
    let equal = |left: &[f64], right: &[f64]| Sides::equal(left, right, 1.0, tolerance);
    // where ρ(s) = 0 the natural gradient is 0
    let visited = spread(&d.mdp, &d.evaluation.occupancy);
    let seen = |x: &[f64]| -> Vec<f64> {
        let pairs = x.iter().zip(&visited);
        pairs
            .map(|(x, visits)| if *visits > 0.0 { *x } else { 0.0 })
            .collect()
    };
    let sides = equal(&seen(&moved(tau, natural)?), &seen(&expected));
    let sides = sides.and(equal(&moved(tau, &shifted)?, &expected));
    Ok(sides.and(equal(&moved(2.0 * tau, &doubled)?, &expected)))
}

/// Σₐ x(s, a) [S].
fn sums(case: &Case, x: &[f64]) -> Vec<f64> {
    let block = |s| x[case.mdp.space().pairs_of(s)].iter().sum();
    (0..case.mdp.states()).map(block).collect()
}

fn direct(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let direct = matches!(case.policy.parametrization(), Parametrization::Direct(_));
    Skip::unless(direct, "the parametrization is not direct")?;
    Skip::unless(case.policy.mix().is_none(), "the policy is mixed")?;
    let (f, natural) = (have(&d.fisher)?, have(&d.natural)?);
    let space = d.mdp.space();
    let replicator = times(&case.probabilities, &d.evaluation.advantage);
    let last = |i: &usize| i + 1 == space.pairs_of(space.state_of(*i)).end;
    let free = || (0..d.mdp.pairs()).filter(|i| !last(i));
    let w: Vec<f64> = free().map(|i| replicator[i]).collect();
    let visited = free().map(|i| d.evaluation.occupancy[space.state_of(i)] > 0.0);
    let seen: Vec<f64> = visited
        .zip(&w)
        .map(|(seen, w)| if seen { *w } else { 0.0 })
        .collect();
    let closed = Sides::equal(natural, &seen, d.reward_scale(), d.tolerance(1));
    let size = natural_scale(case, d, &w)?;
    Ok(closed.and(Sides::equal(
        &apply(f, &w),
        &d.gradient,
        size,
        d.tolerance(1),
    )))
}
