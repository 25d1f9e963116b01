//! Other objectives, other rewards, and derivatives in the model (theory, 1, 4.7, 4.8, 4.10).

use super::algebra::{
    apply, apply_left, arrive, derivatives, dual_case, inner, largest, plus, random, spread,
};
use super::bellman::{estimate_scale, gradient_scale, slopes, terms};
use super::case::{ALPHA, have};
use super::lemmas::{Other, size};
use super::operators::state_function;
use super::{Case, Discounted, Identity, Section, Sides, Skip};
use exact_mdp::chain::Chain;
use exact_mdp::evaluation::Prepared;
use exact_mdp::field::Dual;
use exact_mdp::gradient::entropy::{SoftValues, Softened};
use exact_mdp::gradient::{adjoint, deterministic};
use exact_mdp::linalg::{Csr, SolverOptions};
use exact_mdp::mdp::{Criterion, Mdp, MdpParts, OutcomeTable};
use exact_mdp::policy::{Parametrization, Policy};

identities! { Lemmas;
"excursion-gradient" excursion {
    "∇(d_b v) = d_b (I − γp^π)⁻¹ (q∇π)",
    "The theorem from another start d_b, random here; the other side is over dual numbers. Without the resolvent it is Degris, White & Sutton's direction, not the gradient.",
    "Imani, Graves & White 2018; theory, 4.7 (4.24)"
}
"excursion-without-resolvent" degris {
    "∇(d_b v) − d_b(q∇π) = γ d_b p^π ∇v",
    "Apply d_b to ∇v = q∇π + γp^π∇v: what Degris, White & Sutton's direction leaves out is the future of the states that follow.",
    "Degris, White & Sutton 2012; Imani, Graves & White 2018; theory, 4.7 (4.25)"
}
"entropy-gradient" entropy {
    "∇J_α = ρ((q − α log π)∇π), α = 0.1",
    "The policy gradient with the reward r − α log π, whose own derivative has mean 0; the other side is J_α over dual numbers.",
    "theory, 4.8 (4.31)"
}
"entropy-hessian" entropy_hessian {
    "∇²J_α = ∇²J(r − α log π frozen) − αF, α = 0.1",
    "∂_φ of what −α log π_φ pays is 0 at φ = θ for every θ; the other side is ∇J_α over dual numbers.",
    "theory, 4.8 (4.55)"
}
"entropy-objective" entropy_objective {
    "J_α = J + α Σₛ ρ(s) H(π(·|s)), v = π(q − α log π), α = 0.1",
    "The entropy of a state is one more reward of being there; the soft values solve their own system.",
    "theory, 4.8"
}
"deterministic-rule" fixed_weights {
    "∇J = ρ(∇u ∂_uq(s,u)) for π(a|s) = ω_a(u_θ(s)), q(s,u) = Σₐ ω_a(u) q(s,a)",
    "The chain rule in ρ(q∇π), ∇π = ∂_uω ∇u: Silver's form with fixed weights. u_θ is random and affine, ω interpolates between neighbouring actions; the other side is J over dual numbers.",
    "Silver et al. 2014, theorem 1; theory, 4.10 (4.33)"
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
"reward-sensitivity" reward_sensitivity {
    "∂J/∂r(s,a) = ρ(s,a), under the model's own criterion",
    "J = ρ r is linear in r, and ρ does not depend on r: J(r + δ) − J(r) = ρδ for a random δ.",
    "theory, section 1 and 2"
}
"initial-sensitivity" initial_sensitivity {
    "∂J/∂ρ₀(s) = v(s), v₀(s) on a horizon, g(s) for the average reward",
    "J is linear in ρ₀: from another start, random here, it is that start times ∂J/∂ρ₀; the other side is ρr^π with the visits ρ from there.",
    "theory, section 1 and 2"
}
"transition-sensitivity" transition_sensitivity {
    "∂J/∂p(s'|s,a) = γρ(s,a)v(s'); time by time on a horizon, π(ρ h + (ρ₀D) g) for the average reward",
    "∂N = γN(π∂p)N with r(s,a) held fixed; along a random direction that keeps the rows sums of 1, against J over dual numbers.",
    "theory, section 4 and 2.4 (2.15)"
}
}

/// A random distribution over the states that act.
fn behavior(d: &Discounted) -> Vec<f64> {
    let alive = d.chain().dynamics().alive().iter();
    let weights: Vec<f64> = random(81, d.mdp.states())
        .iter()
        .zip(alive)
        .map(|(x, &alive)| if alive { x.abs() } else { 0.0 })
        .collect();
    let total: f64 = weights.iter().sum();
    weights.iter().map(|x| x / total).collect()
}

fn excursion(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let behavior = behavior(d);
    let claimed = (case.formulas.excursion)(&d.at(), &behavior)?;
    let w = case.direction(82);
    let moving = dual_case(d, case.dual(&w)?)?;
    let right = inner(&behavior, &derivatives(&moving.evaluation().v));
    let left = inner(&claimed.gradient, &w);
    let size = gradient_scale(case, d, &w) * d.inverse_norm;
    Ok(slopes(d, left, right, size, &w))
}

fn degris(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let behavior = behavior(d);
    let claimed = (case.formulas.excursion)(&d.at(), &behavior)?;
    let left = plus(&claimed.gradient, -1.0, &claimed.degris);
    let next = arrive(&d.mdp, &case.lift(&behavior));
    let moved = apply_left(&next, have(&d.jacobian)?);
    let right: Vec<f64> = moved.iter().map(|x| d.gamma * x).collect();
    let size = gradient_scale(case, d, &[1.0]) * d.inverse_norm;
    Ok(Sides::equal(&left, &right, size, d.tolerance(1)))
}

/// max |log π|, where π > 0.
fn surprise(case: &Case) -> f64 {
    let logs = case.policy.log_probabilities().into_iter().flatten();
    logs.fold(0.0, |a: f64, x| a.max(x.abs()))
}

/// What a rounding u of π makes of log π, in units of u: logits and powers round π relative to
/// itself, but 1 − Σθ, the last probability of a direct policy, is rounded relative to 1.
fn logarithm_error(case: &Case) -> f64 {
    let Parametrization::Direct(_) = case.policy.parametrization() else {
        return 1.0;
    };
    let positive = case.probabilities.iter().filter(|&&x| x > 0.0);
    positive.fold(1.0, |a: f64, x| a.max(1.0 / x))
}

fn entropy(case: &Case) -> Result<Sides, Skip> {
    case.scores()?;
    let d = case.discounted()?;
    let soft = have(&d.soft)?;
    let w = case.direction(86);
    let moving = dual_case(d, case.dual(&w)?)?;
    let moved = SoftValues::new(&moving, &Dual::constant(ALPHA))?
        .j
        .derivative;
    let left = inner(&soft.gradient, &w);
    // the weights are q − α log π, with log π as far off as π is relative to itself
    let weight = largest(&soft.q) + ALPHA * (surprise(case) + logarithm_error(case));
    let size = gradient_scale(case, d, &w)
        + weight * d.mass() * case.slope() * largest(&w) * d.inverse_norm;
    Ok(slopes(d, left, moved, size, &w))
}

fn entropy_hessian(case: &Case) -> Result<Sides, Skip> {
    case.scores()?;
    let d = case.discounted()?;
    let w = case.direction(93);
    let soft = Softened::new(d.at(), ALPHA)?;
    let h = (case.formulas.soft_hessian)(&soft)?;
    let moving = dual_case(d, case.dual(&w)?)?;
    let moved = SoftValues::new(&moving, &Dual::constant(ALPHA))?.gradient;
    let weight = largest(soft.paid().q()) + ALPHA * (surprise(case) + logarithm_error(case));
    let first = gradient_scale(case, d, &[1.0]) + weight * d.mass() * case.slope();
    let bent = case.slope().max(1.0) * largest(&w) * d.inverse_norm.max(1.0);
    // F is of the size 1/π on simplices
    let metric = ALPHA * largest(&apply(&soft.plain().fisher()?, &w)) * d.inverse_norm.max(1.0);
    let size = first * bent * logarithm_error(case) + metric;
    let tolerance = d.tolerance(1) * terms(&w);
    Ok(Sides::equal(
        &apply(&h, &w),
        &derivatives(&moved),
        size,
        tolerance,
    ))
}

fn entropy_objective(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let soft = have(&d.soft)?;
    let pi = &case.probabilities;
    let log = |&x: &f64| if x > 0.0 { x.ln() } else { 0.0 };
    let surprise: Vec<f64> = pi.iter().map(|x| -log(x)).collect();
    let paid = inner(&d.evaluation.occupancy, &case.average(&surprise));
    let averaged = case.average(&plus(&soft.q, ALPHA, &surprise));
    // the logarithm of a π near 1 is rounded relative to 1
    let entropy = 1.0 + largest(&case.average(&surprise));
    let size = d.mass() * (d.reward_scale() + ALPHA * entropy);
    let j = d.evaluation.j + ALPHA * paid;
    let objective = Sides::equal(&[soft.j], &[j], size, d.tolerance(1));
    Ok(objective.and(Sides::equal(&soft.v, &averaged, size, d.tolerance(1))))
}

fn fixed_weights(case: &Case) -> Result<Sides, Skip> {
    const PARAMETERS: usize = 3;
    let d = case.discounted()?;
    let (space, states) = (d.mdp.space(), d.mdp.states());
    Skip::unless(d.mdp.pairs() > states, "no state has a choice of actions")?;
    // u = u₀ + φθ at θ = 0, u₀ away from the kinks
    let features = random(88, states * PARAMETERS);
    let jacobian = features.chunks_exact(PARAMETERS);
    let jacobian = Csr::from_rows(
        PARAMETERS,
        jacobian.map(|row| row.iter().copied().enumerate()),
    );
    let between = |(state, x): (usize, f64)| {
        let pieces = space.pairs_of(state).len().saturating_sub(1) as f64;
        let place = (0.5 + 0.4 * x.sin()) * pieces;
        place.floor() + place.fract().clamp(0.1, 0.9)
    };
    let u: Vec<f64> = random(89, states)
        .into_iter()
        .enumerate()
        .map(between)
        .collect();
    let rule = deterministic::WeightedRule::interpolated(space, &u)?;
    let policy = Policy::simplex(space, rule.weights.clone())?;
    let other = Other::new(d.mdp.clone(), policy)?;
    let claimed = (case.formulas.deterministic)(&rule, &other.solved, &jacobian)?;
    let w = random(90, PARAMETERS);
    let slope = jacobian.mul(&w);
    let moving = u.iter().zip(&slope);
    let moving = moving.map(|(&value, &derivative)| Dual { value, derivative });
    let moving = deterministic::WeightedRule::interpolated(space, &moving.collect::<Vec<_>>())?;
    let dual = d.mdp.map(|&x| Dual::constant(x));
    let policy = Policy::simplex(space, moving.weights)?;
    let chain = Chain::along(&dual, &policy, other.solved.chain()?);
    let right = chain.evaluate(&dual, &policy)?.j.derivative;
    let norm = other.solved.chain()?.inverse_norm()?;
    let steepest = largest(&slope) * largest(&w).max(1.0);
    Ok(Sides::equal(
        &[inner(&claimed, &w)],
        &[right],
        size(d, &other) * steepest * norm,
        other.tolerance(d)?,
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
    let mdp = Mdp::new(MdpParts {
        name: d.mdp.name().to_string(),
        space: d.mdp.space().clone(),
        outcomes,
        initial: d.mdp.initial().to_vec(),
        criterion: d.mdp.criterion().clone(),
    })?;
    Other::new(mdp, case.policy.clone())
}

/// ∇J of the model with other rewards beside the claimed one.
fn same_gradient(case: &Case, d: &Discounted, other: &Other) -> Result<Sides, Skip> {
    let gradient = adjoint::gradient(&other.solved)?;
    let size = estimate_scale(case, d)
        + largest(&other.solved.evaluation().q) * d.mass() * case.slope() * d.inverse_norm;
    Ok(Sides::equal(&gradient, &d.gradient, size, d.tolerance(1)))
}

fn scaling(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let other = rewarded(case, d, |_, _, r| 2.0 * r)?;
    let twice: Vec<f64> = d.gradient.iter().map(|x| 2.0 * x).collect();
    let gradient = adjoint::gradient(&other.solved)?;
    let size_j = size(d, &other);
    let size = 2.0 * estimate_scale(case, d);
    let j = Sides::equal(
        &[other.solved.evaluation().j],
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
        &[other.solved.evaluation().j],
        &[expected],
        size(d, &other),
        d.tolerance(1),
    );
    if d.terminates() {
        return Ok(j);
    }
    Ok(j.and(same_gradient(case, d, &other)?))
}

fn shaping(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let f = state_function(d, 87);
    let here = spread(&d.mdp, &f);
    let other = rewarded(case, d, |pair, next, r| r + d.gamma * f[next] - here[pair])?;
    let expected = plus(&d.evaluation.v, -1.0, &f);
    let v = Sides::equal(
        &other.solved.evaluation().v,
        &expected,
        size(d, &other),
        d.tolerance(1),
    );
    Ok(v.and(same_gradient(case, d, &other)?))
}

/// J, its size and its tolerance under the model's own criterion.
pub(super) fn own_objective(case: &Case) -> Result<(f64, f64, f64), Skip> {
    Ok(match case.mdp.criterion() {
        Criterion::Discounted { .. } | Criterion::Total => {
            let d = case.discounted()?;
            let size = d.mass() * d.reward_scale() * d.inverse_norm;
            (d.evaluation.j, size, d.tolerance(1))
        }
        Criterion::FiniteHorizon { .. } => {
            let h = case.horizon()?;
            let steps = h.run.horizon() as f64;
            (h.j, h.reward_scale() * h.mass() * steps, h.tolerance())
        }
        Criterion::Average => {
            let l = case.long_term()?;
            let j = inner(l.mdp.initial(), &l.gain);
            (j, l.reward_scale() * l.inverse_norm, l.tolerance(1))
        }
    })
}

fn reward_sensitivity(case: &Case) -> Result<Sides, Skip> {
    let (j, size, tolerance) = own_objective(case)?;
    let claimed = have(&case.sensitivity)?;
    let change = random(93, case.mdp.pairs());
    let richer = case
        .mdp
        .clone()
        .with_rewards(plus(case.mdp.r(), 1.0, &change))?;
    let moved = Prepared::new(&richer, &case.policy, &SolverOptions::default())?;
    let moved = moved.objective(&richer)?;
    let steeper = largest(&change) / largest(case.mdp.r()).max(f64::MIN_POSITIVE);
    Ok(Sides::equal(
        &[moved - j],
        &[inner(&claimed.rewards, &change)],
        size * (1.0 + steeper),
        tolerance,
    ))
}

fn initial_sensitivity(case: &Case) -> Result<Sides, Skip> {
    let (_, size, tolerance) = own_objective(case)?;
    let claimed = have(&case.sensitivity)?;
    let mut start = random(95, case.mdp.states());
    for (s, weight) in start.iter_mut().enumerate() {
        let terminal = case.mdp.space().is_terminal(s);
        *weight = if terminal { 0.0 } else { weight.abs() };
    }
    let total: f64 = start.iter().sum();
    start.iter_mut().for_each(|weight| *weight /= total);
    let left = inner(&start, &claimed.initial);
    let moved = case.mdp.clone().with_initial(start)?;
    let prepared = Prepared::new(&moved, &case.policy, &SolverOptions::default())?;
    let visits = prepared.evaluate(&moved, &case.policy)?.occupancy;
    let right = inner(&visits, &case.average(moved.r()));
    Ok(Sides::equal(&[left], &[right], size, tolerance))
}

fn transition_sensitivity(case: &Case) -> Result<Sides, Skip> {
    let (_, size, tolerance) = own_objective(case)?;
    let p = case.mdp.p();
    Skip::beyond(p.stored(), 200_000, "entries of p")?;
    let claimed = have(&case.sensitivity)?;
    let mut direction = random(94, p.stored());
    for (entries, pair) in p.row_starts().windows(2).zip(0..) {
        let row = &mut direction[entries[0]..entries[1]];
        let mean: f64 = row.iter().sum();
        let total: f64 = p.row(pair).map(|(_, probability)| probability).sum();
        // relative to p, so that no probability leaves its order of magnitude; rows may sum to nearly 1
        for (x, (_, probability)) in row.iter_mut().zip(p.row(pair)) {
            *x -= mean * (probability / total);
        }
    }
    let mut entries = direction.iter();
    let moving = p.map(|&value| Dual {
        value,
        derivative: entries.next().copied().unwrap_or(0.0),
    });
    let mdp: Mdp<Dual> = case
        .mdp
        .map(|&x| Dual::constant(x))
        .with_transitions(moving)?;
    let policy = case.policy.map(|&x| Dual::constant(x));
    let prepared = Prepared::new(&mdp, &policy, &SolverOptions::default())?;
    let right = prepared.objective(&mdp)?.derivative;
    Ok(Sides::equal(
        &[inner(claimed.transitions.values(), &direction)],
        &[right],
        size * largest(&direction),
        tolerance,
    ))
}
