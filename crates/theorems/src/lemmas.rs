//! Finite steps between policies and what bounds them (theory, 4.5, 4.9).

use std::sync::Arc;

use super::algebra::{ahead, backup, best, dual_case, inner, largest, plus};
use super::bellman::{gradient_scale, slopes};
use super::{Case, Discounted, Identity, Section, Sides, Skip};
use exact_mdp::control::DecisionRule;
use exact_mdp::error::Error;
use exact_mdp::field::Dual;
use exact_mdp::mdp::Mdp;
use exact_mdp::policy::Policy;
use exact_mdp::solved::Solved;

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
"clipped-surrogate-slope" clipped_slope {
    "∇[ρ^π π min(wA, clip(w, 1 ± ε)A)] = ρ^π(A 1[not clipped] ∇π') at π' ≠ π",
    "Pairs that are pushed over the bound drop out; beside dual numbers through the minimum, ε = 1/50.",
    "Schulman et al. 2017; theory, 4.9 (4.54)"
}
"trust-region-bound" trust_region {
    "J(π') ≥ L_π(π') − 4 ε_A γ D/(1 − γ)², D = max TV² or max KL",
    "The lemma's measure changes by no more than the policies do; π' is a step of 0.1 in a random direction.",
    "Schulman et al. 2015, theorem 1; theory, 4.9 (4.30)"
}
}

/// A policy solved on the case's model, or the case's policy on another model.
pub(super) struct Other {
    pub solved: Solved,
}

impl Other {
    pub(super) fn new(mdp: Mdp, policy: Policy) -> Result<Other, Skip> {
        let solved = Solved::new(mdp, policy)
            .map_err(|error| Skip::new(format!("the other policy: {error}")))?;
        Ok(Other { solved })
    }

    /// As the case's own, with the larger of both norms.
    pub(super) fn tolerance(&self, d: &Discounted) -> Result<f64, Skip> {
        let norm = self.solved.chain()?.inverse_norm()?.max(d.inverse_norm);
        Ok(d.tolerance(0) * norm)
    }
}

fn random_policy(d: &Discounted) -> Result<Other, Skip> {
    Other::new(d.mdp.clone(), Policy::random(d.mdp.space(), 80))
}

/// The size of J under either policy.
pub(super) fn size(d: &Discounted, other: &Other) -> f64 {
    let mass: f64 = other
        .solved
        .evaluation()
        .occupancy
        .iter()
        .map(|x| x.abs())
        .sum();
    let q = largest(&other.solved.evaluation().q);
    (d.mass() + mass) * (d.reward_scale() + q)
}

fn difference_new(case: &Case) -> Result<Sides, Skip> {
    difference(case, |(new, _)| new)
}

fn difference_old(case: &Case) -> Result<Sides, Skip> {
    difference(case, |(_, old)| old)
}

/// J(π') − J(π) beside one form of the lemma, by the measure of π' or of π.
fn difference(case: &Case, form: fn((f64, f64)) -> f64) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let other = random_policy(d)?;
    let lemma = form((case.formulas.performance_difference)(
        &d.at(),
        &other.solved,
    )?);
    let left = other.solved.evaluation().j - d.evaluation.j;
    Ok(Sides::equal(
        &[left],
        &[lemma],
        size(d, &other),
        other.tolerance(d)?,
    ))
}

fn value_difference(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let other = random_policy(d)?;
    let (v, after) = (&d.evaluation.v, &other.solved.evaluation().v);
    let mean = |x: &[f64]| -> Vec<f64> {
        let pi = other.solved.policy().probabilities();
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
    let rule = DecisionRule::greedy(d.mdp.space(), &d.evaluation.q)?;
    let other = Other::new(d.mdp.clone(), rule.policy(d.mdp.space())?)?;
    Skip::unless(
        other.solved.evaluation().undefined.states.is_empty(),
        "the greedy policy may never terminate",
    )?;
    let v = &d.evaluation.v;
    let improved = best(&d.mdp, &backup(&d.mdp, d.gamma, v));
    let size = size(d, &other);
    let tolerance = other.tolerance(d)?;
    let first = Sides::at_most(&improved, &other.solved.evaluation().v, size, tolerance);
    Ok(first.and(Sides::at_most(v, &improved, size, tolerance)))
}

fn surrogate_gradient(case: &Case) -> Result<Sides, Skip> {
    touching(case, 83, case.formulas.surrogate)
}

fn clipped_gradient(case: &Case) -> Result<Sides, Skip> {
    case.scores()?;
    let clipped = |at: &Solved<Dual>, other: &Policy<Dual>| {
        (case.formulas.clipped_surrogate)(at, other, &Dual::constant(0.2))
    };
    touching(case, 84, clipped)
}

fn clipped_slope(case: &Case) -> Result<Sides, Skip> {
    const EPSILON: f64 = 0.02;
    let d = case.discounted()?;
    case.scores()?;
    let w = case.direction(87);
    // from below π, so that what is good has been pushed up
    let steepest = largest(&d.gradient).max(f64::MIN_POSITIVE);
    let acted = case.moved(-0.2 / steepest, &d.gradient)?;
    let valid = acted
        .probabilities()
        .iter()
        .all(|&x| x > 0.0 && x.is_finite());
    Skip::unless(valid, "the step leaves the simplex")?;
    let at = Other::new(d.mdp.clone(), acted)?.solved;
    let found = (case.formulas.clipped_gradient)(&at, &case.policy, &EPSILON)?;
    let Some(gradient) = found.gradient else {
        return Err(Skip::new("a ratio is on the bound"));
    };
    let mdp = Arc::new(d.mdp.map(|&x| Dual::constant(x)));
    let frozen = Solved::along(&mdp, at.policy().map(|&x| Dual::constant(x)), &at)?;
    let clip = Dual::constant(EPSILON);
    let right = (case.formulas.clipped_surrogate)(&frozen, &case.dual(&w)?, &clip)?;
    let slope = inner(&gradient, &w);
    let size = gradient_scale(case, d, &w);
    Ok(slopes(d, slope, right.derivative, size, &w))
}

/// The derivative along a direction of a surrogate in π', π held where it is, beside that of J.
fn touching(
    case: &Case,
    stream: u64,
    surrogate: impl Fn(&Solved<Dual>, &Policy<Dual>) -> Result<Dual, Error>,
) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let w = case.direction(stream);
    let frozen = dual_case(d, case.policy.map(|&x| Dual::constant(x)))?;
    let left = surrogate(&frozen, &case.dual(&w)?)?.derivative;
    let right = inner(&d.gradient, &w);
    Ok(slopes(d, left, right, gradient_scale(case, d, &w), &w))
}

fn trust_region(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    Skip::unless(d.gamma < 1.0, "the discount is 1")?;
    let w = case.direction(85);
    let policy = case.moved(0.1 / largest(&w).max(1.0), &w)?;
    let valid = policy.probabilities().iter().all(|&x| x >= 0.0);
    Skip::unless(valid, "the step leaves the simplex")?;
    let bound = (case.formulas.improvement_bound)(&d.at(), &policy)?;
    let other = Other::new(d.mdp.clone(), policy)?;
    let mut bounds = vec![bound.by_total_variation];
    bounds.extend(Some(bound.by_divergence).filter(|x| x.is_finite()));
    let reached = vec![other.solved.evaluation().j; bounds.len()];
    Ok(Sides::at_most(
        &bounds,
        &reached,
        size(d, &other),
        other.tolerance(d)?,
    ))
}
