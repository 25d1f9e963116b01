//! Finite steps between policies and other objectives (theory, 1, 4.5, 4.7 to 4.9).

use super::algebra::{
    DualCase, ahead, backup, best, derivatives, inner, largest, plus, random, spread,
};
use super::bellman::{gradient_scale, terms};
use super::operators::state_function;
use super::{Case, Discounted, Identity, Section, Sides, Skip};
use crate::chain::Chain;
use crate::control::Rule;
use crate::evaluation::Evaluation;
use crate::field::Dual;
use crate::gradient::entropy::Soft;
use crate::gradient::greediness::Excursion;
use crate::gradient::surrogate::{
    ImprovementBound, clipped_surrogate, performance_difference, surrogate,
};
use crate::gradient::{Evaluated, adjoint};
use crate::linalg::SolverOptions;
use crate::mdp::{Mdp, OutcomeTable, Parts};
use crate::policy::Policy;

identities! { Lemmas;
"performance-difference" difference_new {
    "J(π') − J(π) = Σ ρ^{π'}(s,a) A^π(s,a)",
    "J' − ρ₀u = ρ'(T^{π'}u − u) with u = v^π, and T^{π'}v^π − v^π = π'A^π. Here π' is a random softmax.",
    "Kakade & Langford 2002, lemma 6.1; theory, 4.5 (4.18)"
}
"performance-difference-by-old-measure" difference_old {
    "J(π') − J(π) = Σₛ ρ^π(s) Σₐ (π' − π)(a|s) q^{π'}(s,a)",
    "The same lemma from π' to π: measure and q belong to different policies.",
    "theory, 4.5 (4.19)"
}
"value-difference" value_difference {
    "(I − γp^{π'})(v^{π'} − v^π) = T^{π'} v^π − v^π",
    "The lemma from every state at once.",
    "theory, 4.5"
}
"policy-improvement" improvement {
    "π' greedy for q^π: v^{π'} ≥ T*v^π ≥ v^π",
    "T^{π'}v^π = T*v^π ≥ v^π, and T^{π'} is monotone.",
    "Bellman 1957; Howard 1960; theory, 4.5 (4.20)"
}
"excursion-gradient" excursion {
    "∇(d_b v) = d_b (I − γp^π)⁻¹ (q∇π)",
    "The theorem from another start d_b, random here; the other side is over dual numbers. Without the resolvent it is Degris, White & Sutton's direction, not the gradient.",
    "Imani, Graves & White 2018; theory, 4.7 (4.24)"
}
"surrogate-gradient" surrogate_gradient {
    "∇[J(π) + ρ^π π' A^π] = ∇J at π' = π",
    "Only π' is differentiated (over dual numbers); A for q changes nothing.",
    "Kakade & Langford 2002; Schulman et al. 2015; theory, 4.9 (4.26)"
}
"clipped-surrogate-gradient" clipped_gradient {
    "∇[ρ^π π min(wA, clip(w, 1 ± 0.2)A)] = ∇J at π' = π, w = π'/π",
    "The clip is inactive near w = 1.",
    "Schulman et al. 2017; theory, 4.9 (4.27)"
}
"trust-region-bound" trust_region {
    "J(π') ≥ L_π(π') − 4 ε_A γ D/(1 − γ)², D = max TV² or max KL",
    "The lemma's measure changes by no more than the policies do; π' is a step of 0.1 in a random direction.",
    "Schulman et al. 2015, theorem 1; theory, 4.9 (4.30)"
}
"entropy-gradient" entropy {
    "∇J_α = ρ((q − α log π)∇π), α = 0.1",
    "The policy gradient with the reward r − α log π, whose own derivative has mean 0; the other side is J_α over dual numbers.",
    "theory, 4.8 (4.31)"
}
"reward-scaling" scaling {
    "r ↦ 2r: J and ∇J are doubled",
    "Everything is linear in r; the scaled model is evaluated anew.",
    "theory, section 1"
}
"reward-shift" shift {
    "r ↦ r + c: J ↦ J + c Σρ; ∇J does not change where nothing terminates",
    "Every step pays c more. With termination c pays for time, and ∇J changes.",
    "theory, section 1 (1.21)"
}
"potential-shaping" shaping {
    "r + γF(s') − F(s), F = 0 at the end: v ↦ v − F, ∇J unchanged",
    "The shaping rewards telescope; the shaped model is evaluated anew, F is random.",
    "Ng, Harada & Russell 1999; theory, section 1 (1.20)"
}
}

/// A policy evaluated under the case's model, or the case's policy under another model.
struct Other {
    mdp: Mdp,
    policy: Policy,
    chain: Chain,
    evaluation: Evaluation,
}

impl Other {
    fn new(mdp: Mdp, policy: Policy) -> Result<Other, Skip> {
        let chain = Chain::new(&mdp, &policy, &SolverOptions::default())
            .map_err(|error| Skip::new(format!("the other policy: {error}")))?;
        let evaluation = Evaluation::new(&mdp, &policy, &chain)?;
        Ok(Other {
            mdp,
            policy,
            chain,
            evaluation,
        })
    }

    fn at(&self) -> Evaluated<'_, f64> {
        Evaluated {
            mdp: &self.mdp,
            policy: &self.policy,
            chain: &self.chain,
            evaluation: &self.evaluation,
        }
    }

    /// As the case's own, with the larger of both norms.
    fn tolerance(&self, d: &Discounted) -> Result<f64, Skip> {
        let norm = self.chain.inverse_norm()?.max(d.inverse_norm);
        Ok(d.tolerance(0) * norm)
    }
}

fn random_policy(d: &Discounted) -> Result<Other, Skip> {
    Other::new(d.mdp.clone(), Policy::random(d.mdp.space(), 80))
}

fn size(d: &Discounted, other: &Other) -> f64 {
    let mass: f64 = other.evaluation.occupancy.iter().map(|x| x.abs()).sum();
    let q = largest(&other.evaluation.q);
    (d.mass() + mass) * (d.reward_scale() + q)
}

fn difference_new(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let other = random_policy(d)?;
    let (new, _) = performance_difference(d.at(&case.policy), other.at());
    let left = other.evaluation.j - d.evaluation.j;
    Ok(Sides::equal(
        &[left],
        &[new],
        size(d, &other),
        other.tolerance(d)?,
    ))
}

fn difference_old(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let other = random_policy(d)?;
    let (_, old) = performance_difference(d.at(&case.policy), other.at());
    let left = other.evaluation.j - d.evaluation.j;
    Ok(Sides::equal(
        &[left],
        &[old],
        size(d, &other),
        other.tolerance(d)?,
    ))
}

fn value_difference(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let other = random_policy(d)?;
    let (v, after) = (&d.evaluation.v, &other.evaluation.v);
    let mean = |x: &[f64]| -> Vec<f64> {
        let pi = other.policy.probabilities();
        let block = |s| d.mdp.space().pairs_of(s).map(|i| pi[i] * x[i]).sum();
        (0..d.mdp.states()).map(block).collect()
    };
    let change = plus(after, -1.0, v);
    let left = plus(&change, -d.gamma, &mean(&ahead(&d.mdp, &change)));
    let right = plus(&mean(&backup(&d.mdp, d.gamma, v)), -1.0, v);
    Ok(Sides::equal(
        &left,
        &right,
        size(d, &other),
        other.tolerance(d)?,
    ))
}

fn improvement(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let rule = Rule::greedy(d.mdp.space(), &d.evaluation.q);
    let other = Other::new(d.mdp.clone(), rule.policy(d.mdp.space()))?;
    Skip::unless(
        other.evaluation.undefined.states.is_empty(),
        "the greedy policy may never terminate",
    )?;
    let v = &d.evaluation.v;
    let improved = best(&d.mdp, &backup(&d.mdp, d.gamma, v));
    let size = size(d, &other);
    let tolerance = other.tolerance(d)?;
    let first = Sides::at_most(&improved, &other.evaluation.v, size, tolerance);
    Ok(first.and(Sides::at_most(v, &improved, size, tolerance)))
}

fn excursion(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let alive = d.chain.dynamics().alive().iter();
    let weights: Vec<f64> = random(81, d.mdp.states())
        .iter()
        .zip(alive)
        .map(|(x, &alive)| if alive { x.abs() } else { 0.0 })
        .collect();
    let total: f64 = weights.iter().sum();
    let behavior: Vec<f64> = weights.iter().map(|x| x / total).collect();
    let claimed = Excursion::new(d.at(&case.policy), &behavior)?;
    let w = case.direction(82);
    let moving = DualCase::new(d, case.dual(&w)?)?;
    let right = inner(&behavior, &derivatives(&moving.evaluation.v));
    let left = inner(&claimed.gradient, &w);
    let size = gradient_scale(case, d, &w) * d.inverse_norm;
    Ok(Sides::equal(
        &[left],
        &[right],
        size,
        d.tolerance(1) * terms(&w),
    ))
}

/// The case over dual numbers that do not move, and the policy that does.
fn frozen(case: &Case, d: &Discounted, w: &[f64]) -> Result<(DualCase, Policy<Dual>), Skip> {
    let still = case.policy.map(|&x| Dual::constant(x));
    Ok((DualCase::new(d, still)?, case.dual(w)?))
}

fn surrogate_gradient(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let w = case.direction(83);
    let (frozen, moving) = frozen(case, d, &w)?;
    let left = surrogate(frozen.at(), &moving).derivative;
    let right = inner(&d.gradient, &w);
    let size = gradient_scale(case, d, &w);
    Ok(Sides::equal(
        &[left],
        &[right],
        size,
        d.tolerance(1) * terms(&w),
    ))
}

fn clipped_gradient(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    case.scores()?;
    let w = case.direction(84);
    let (frozen, moving) = frozen(case, d, &w)?;
    let left = clipped_surrogate(frozen.at(), &moving, &Dual::constant(0.2)).derivative;
    let right = inner(&d.gradient, &w);
    let size = gradient_scale(case, d, &w);
    Ok(Sides::equal(
        &[left],
        &[right],
        size,
        d.tolerance(1) * terms(&w),
    ))
}

fn trust_region(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    Skip::unless(d.gamma < 1.0, "the discount is 1")?;
    let w = case.direction(85);
    let policy = case.moved(0.1 / largest(&w).max(1.0), &w)?;
    let valid = policy.probabilities().iter().all(|&x| x >= 0.0);
    Skip::unless(valid, "the step leaves the simplex")?;
    let bound = ImprovementBound::new(d.at(&case.policy), &policy);
    let other = Other::new(d.mdp.clone(), policy)?;
    let mut bounds = vec![bound.by_total_variation];
    bounds.extend(Some(bound.by_divergence).filter(|x| x.is_finite()));
    let reached = vec![other.evaluation.j; bounds.len()];
    Ok(Sides::at_most(
        &bounds,
        &reached,
        size(d, &other),
        other.tolerance(d)?,
    ))
}

fn entropy(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let soft = Soft::new(d.at(&case.policy), &0.1)?;
    let w = case.direction(86);
    let moving = DualCase::new(d, case.dual(&w)?)?;
    let moved = Soft::new(moving.at(), &Dual::constant(0.1))?.j.derivative;
    let left = inner(&soft.gradient, &w);
    let size = gradient_scale(case, d, &w)
        + largest(&soft.q) * d.mass() * case.slope() * largest(&w) * d.inverse_norm;
    Ok(Sides::equal(
        &[left],
        &[moved],
        size,
        d.tolerance(1) * terms(&w),
    ))
}

/// The model with other rewards r(pair, next, reward), the same policy.
fn rewarded(
    case: &Case,
    d: &Discounted,
    f: impl Fn(usize, usize, f64) -> f64,
) -> Result<Other, Skip> {
    let mut outcomes = OutcomeTable::default();
    for pair in 0..d.mdp.pairs() {
        for o in d.mdp.outcomes(pair) {
            outcomes.push(o.next, *o.probability, f(pair, o.next, *o.reward));
        }
        outcomes.end_pair();
    }
    let mdp = Mdp::new(Parts {
        name: d.mdp.name().to_string(),
        space: d.mdp.space().clone(),
        outcomes,
        initial: d.mdp.initial().to_vec(),
        criterion: d.mdp.criterion().clone(),
    });
    Other::new(mdp, case.policy.clone())
}

fn scaling(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let other = rewarded(case, d, |_, _, r| 2.0 * r)?;
    let twice: Vec<f64> = d.gradient.iter().map(|x| 2.0 * x).collect();
    let gradient = adjoint::gradient(other.at());
    let size_j = size(d, &other);
    let size = 2.0 * gradient_scale(case, d, &[1.0]);
    let j = Sides::equal(
        &[other.evaluation.j],
        &[2.0 * d.evaluation.j],
        size_j,
        d.tolerance(1),
    );
    Ok(j.and(Sides::equal(&gradient, &twice, size, d.tolerance(1))))
}

fn shift(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let c = 0.7;
    let other = rewarded(case, d, |_, _, r| r + c)?;
    let mass: f64 = d.evaluation.occupancy.iter().sum();
    let expected = d.evaluation.j + c * mass;
    let j = Sides::equal(
        &[other.evaluation.j],
        &[expected],
        size(d, &other),
        d.tolerance(1),
    );
    if d.terminates() {
        return Ok(j);
    }
    let gradient = adjoint::gradient(other.at());
    let size = gradient_scale(case, d, &[1.0])
        + largest(&other.evaluation.q) * d.mass() * case.slope() * d.inverse_norm;
    Ok(j.and(Sides::equal(&gradient, &d.gradient, size, d.tolerance(1))))
}

fn shaping(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let f = state_function(d, 87);
    let here = spread(&d.mdp, &f);
    let other = rewarded(case, d, |pair, next, r| r + d.gamma * f[next] - here[pair])?;
    let expected = plus(&d.evaluation.v, -1.0, &f);
    let v = Sides::equal(
        &other.evaluation.v,
        &expected,
        size(d, &other),
        d.tolerance(1),
    );
    let gradient = adjoint::gradient(other.at());
    let size = gradient_scale(case, d, &[1.0])
        + largest(&other.evaluation.q) * d.mass() * case.slope() * d.inverse_norm;
    Ok(v.and(Sides::equal(&gradient, &d.gradient, size, d.tolerance(1))))
}
