//! The Bellman equation on ∇v and the other derivatives of first order (theory, 4.1).

use super::algebra::{
    ahead, apply, apply_left, arrive, derivatives, dual_case, inner, largest, largest_reward, plus,
    times,
};
use super::case::have;
use super::operators::unrolled;
use super::{Case, Discounted, Identity, Section, Sides, Skip};

identities! { Bellman;
"gradient-bellman-equation" bellman {
    "∇v = q∇π + γ p^π ∇v",
    "Differentiate v = πq with q = r + γpv: ∇v = q∇π + π∇q, and π∇q = γp^π∇v. p, r and ρ₀ do not depend on θ.",
    "Sutton et al. 2000, theorem 1; theory, 4.1 (4.2)"
}
"value-gradient-by-dual-numbers" value_gradient {
    "∇v · w = d/dε v(θ + εw)",
    "The whole algebra over dual numbers: policy, p^π, r^π and the solve.",
    "theory, 4.2 (4.2, 4.9)"
}
"action-value-gradient" action_value_gradient {
    "∇q = γ p ∇v",
    "Differentiate q = r + γpv; the other side is q over dual numbers.",
    "theory, 4.1 (4.3)"
}
"occupancy-gradient" occupancy_gradient {
    "∂ρ = γ ρ (∂p^π) N",
    "∂N = γN(∂p^π)N. The other side is ρ over dual numbers.",
    "theory, 4.1 (4.4)"
}
"gradient-by-the-measure" by_measure {
    "∇J = (∇ρ) r^π + ρ(r∇π)",
    "The product rule on J = ρ r^π, with ∂ρ = γρ(∂p^π)N.",
    "theory, 4.1"
}
"gradient-from-the-start" from_start {
    "∇J = ρ₀ ∇v",
    "J = ρ₀v and ρ₀ does not depend on θ: forward solves beside the one transposed solve of the claimed gradient.",
    "theory, 4.1 (4.1)"
}
"reward-to-go-of-gradients" reward_to_go {
    "∇v = Σ_{t<K} (γp^π)ᵗ (q∇π) + (γp^π)ᴷ ∇v",
    "The Bellman equation on ∇v unrolled K = 16 times: q∇π is the reward of that equation.",
    "theory, 4.1 (4.2)"
}
}

/// mass·|q|·slope, the size of an entry of ∇v or ∇J.
pub(super) fn gradient_scale(case: &Case, d: &Discounted, w: &[f64]) -> f64 {
    let slope = case.slope() * largest(w);
    largest(&d.evaluation.q) * slope * d.mass().max(d.inverse_norm)
}

/// mass·(|q| slope + |r| slope), the size of a sum over outcomes, whose rewards may cancel within a pair.
pub(super) fn estimate_scale(case: &Case, d: &Discounted) -> f64 {
    let paid = largest_reward(&d.mdp) * d.mass() * case.slope();
    gradient_scale(case, d, &[1.0]) + paid
}

/// Two derivatives along a direction w, both of this size.
pub(super) fn slopes(d: &Discounted, left: f64, right: f64, size: f64, w: &[f64]) -> Sides {
    Sides::equal(&[left], &[right], size, d.tolerance(1) * terms(w))
}

/// w.len() as the number of terms of a product with a direction.
pub(super) fn terms(w: &[f64]) -> f64 {
    (w.len() as f64).max(1.0).sqrt()
}

fn bellman(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let w = case.direction(40);
    let moved = apply(have(&d.jacobian)?, &w);
    let carried = case.average(&ahead(&d.mdp, &moved));
    let right = plus(&case.effect_along(&d.evaluation.q, &w), d.gamma, &carried);
    Ok(Sides::equal(
        &moved,
        &right,
        gradient_scale(case, d, &w),
        d.tolerance(1) * terms(&w),
    ))
}

fn value_gradient(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let w = case.direction(41);
    let moving = dual_case(d, case.dual(&w)?)?;
    let left = apply(have(&d.jacobian)?, &w);
    let right = derivatives(&moving.evaluation().v);
    Ok(Sides::equal(
        &left,
        &right,
        gradient_scale(case, d, &w),
        d.tolerance(1) * terms(&w),
    ))
}

fn action_value_gradient(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let w = case.direction(42);
    let moving = dual_case(d, case.dual(&w)?)?;
    let carried = ahead(&d.mdp, &apply(have(&d.jacobian)?, &w));
    let left: Vec<f64> = carried.iter().map(|x| d.gamma * x).collect();
    let right = derivatives(&moving.evaluation().q);
    Ok(Sides::equal(
        &left,
        &right,
        gradient_scale(case, d, &w),
        d.tolerance(1) * terms(&w),
    ))
}

/// γ ρ (∂_w p^π) N [S].
fn moved_occupancy(case: &Case, d: &Discounted, w: &[f64]) -> Result<Vec<f64>, Skip> {
    let rho = super::algebra::spread(&d.mdp, &d.evaluation.occupancy);
    let flow = arrive(&d.mdp, &times(&rho, &case.slope_along(w)));
    let flow: Vec<f64> = flow.iter().map(|x| d.gamma * x).collect();
    Ok(d.chain().resolvent().solve_transposed(&flow)?.x)
}

fn occupancy_gradient(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let w = case.direction(43);
    let moving = dual_case(d, case.dual(&w)?)?;
    let left = moved_occupancy(case, d, &w)?;
    let right = derivatives(&moving.evaluation().occupancy);
    let size = d.mass() * case.slope() * largest(&w) * d.inverse_norm;
    Ok(Sides::equal(&left, &right, size, d.tolerance(1)))
}

fn by_measure(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let w = case.direction(44);
    let by_rho = inner(&moved_occupancy(case, d, &w)?, &case.average(d.mdp.r()));
    let by_pi = inner(&d.evaluation.occupancy, &case.effect_along(d.mdp.r(), &w));
    let left = inner(&d.gradient, &w);
    let size = gradient_scale(case, d, &w)
        + largest(d.mdp.r()) * d.mass() * case.slope() * largest(&w) * d.inverse_norm;
    Ok(Sides::equal(
        &[left],
        &[by_rho + by_pi],
        size,
        d.tolerance(1) * terms(&w),
    ))
}

fn from_start(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let right = apply_left(d.mdp.initial(), have(&d.jacobian)?);
    let size = gradient_scale(case, d, &[1.0]);
    Ok(Sides::equal(&d.gradient, &right, size, d.tolerance(1)))
}

fn reward_to_go(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let w = case.direction(45);
    let moved = apply(have(&d.jacobian)?, &w);
    let paid = case.effect_along(&d.evaluation.q, &w);
    let size = gradient_scale(case, d, &w);
    let tolerance = 16.0 * d.tolerance(1) * terms(&w);
    let right = unrolled(case, d, paid, &moved, 16);
    Ok(Sides::equal(&moved, &right, size, tolerance))
}
