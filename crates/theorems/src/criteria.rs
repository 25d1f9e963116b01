//! The finite horizon: value and measure paired time by time (theory, 2.2).

use super::algebra::{ahead, apply, apply_left, arrive, backup, derivatives, inner, largest, plus};
use super::case::have;
use super::{Case, Horizon, Identity, Section, Sides, Skip};
use exact_mdp::evaluation::FiniteHorizon;
use exact_mdp::field::Dual;
use exact_mdp::gradient::finite_horizon;

identities! { FiniteHorizon;
"horizon-values" values {
    "v_t = π(r + γ p v_{t+1}), v_T = 0",
    "Backward induction for a fixed policy, time by time. A model without a horizon is given T = 7.",
    "theory, 2.2 (2.1)"
}
"horizon-action-values" action_values {
    "q_t = r + γ p v_{t+1}; the last one is r",
    "The first outcome, then what follows with one step less.",
    "theory, 2.2 (2.1)"
}
"horizon-objective" objective {
    "J_T = ρ₀v₀ = Σ_{t<T} γᵗ p_t r^π",
    "Backward over values and forward over the law of S_t.",
    "theory, 2.2 (2.1)"
}
"horizon-occupancy" occupancy {
    "ρ_T = Σ_{t<T} γᵗ p_t",
    "p_{t+1} = p_t p^π, summed in the order of time.",
    "theory, 2.2"
}
"horizon-pairing" pairing {
    "∇J_T = Σ_{t<T} γᵗ p_t (q_t∇π)",
    "Unroll ∇v_t = q_t∇π + γp^π∇v_{t+1}: value and measure are paired time by time; ρ_T with the stationary q would be a bias.",
    "theory, 2.2 (2.2)"
}
"horizon-gradient-from-the-start" from_start {
    "∇J_T = ρ₀∇v₀",
    "The forward recursion of the Jacobian beside the adjoint.",
    "theory, 2.2 (2.2)"
}
"horizon-gradient-by-dual-numbers" dual {
    "∇J_T · w = d/dε J_T(θ + εw)",
    "The recursion of values over dual numbers.",
    "theory, 4.2 (4.9)"
}
"horizon-gradient-bellman" bellman {
    "∇v₀ = q₀∇π + γ p^π ∇v₁",
    "∇v₁ is the Jacobian of the horizon T − 1, over dual numbers.",
    "theory, 2.2 (2.2)"
}
"horizon-hessian" hessian {
    "∇²J_T w = d/dε ∇J_T(θ + εw)",
    "The pairing time by time over dual numbers.",
    "theory, 4.3"
}
"horizon-and-infinity" relation {
    "v₀ = v − (γp^π)^T v, T the horizon",
    "An endless sum less its tail.",
    "theory, 2.2 (2.3)"
}
}

pub(super) fn size(case: &Case, h: &Horizon, w: &[f64]) -> f64 {
    h.reward_scale() * h.mass() * case.slope() * largest(w)
}

fn values(case: &Case) -> Result<Sides, Skip> {
    let h = case.horizon()?;
    let v = &h.tables.v;
    let (mut left, mut right) = (Vec::new(), Vec::new());
    for t in 0..h.run.horizon() {
        left.extend(&v[t]);
        right.extend(case.average(&backup(&h.mdp, h.gamma, &v[t + 1])));
    }
    left.extend(&v[h.run.horizon()]);
    right.extend(vec![0.0; h.mdp.states()]);
    Ok(Sides::equal(&left, &right, h.reward_scale(), h.tolerance()))
}

fn action_values(case: &Case) -> Result<Sides, Skip> {
    let h = case.horizon()?;
    let (mut left, mut right) = (Vec::new(), Vec::new());
    for (t, q) in h.tables.q.iter().enumerate() {
        left.extend(q);
        right.extend(backup(&h.mdp, h.gamma, &h.tables.v[t + 1]));
    }
    Ok(Sides::equal(&left, &right, h.reward_scale(), h.tolerance()))
}

/// γᵗ p_t for t < T.
pub(super) fn masses(case: &Case, h: &Horizon) -> Vec<Vec<f64>> {
    weighted_masses(case, h, h.gamma)
}

/// cᵗ p_t for t < T.
pub(super) fn weighted_masses(case: &Case, h: &Horizon, c: f64) -> Vec<Vec<f64>> {
    let mut mass = h.run.dynamics().initial().to_vec();
    let mut all = Vec::new();
    for _ in 0..h.run.horizon() {
        let next = arrive(&h.mdp, &case.lift(&mass));
        all.push(std::mem::replace(
            &mut mass,
            next.iter().map(|x| c * x).collect(),
        ));
    }
    all
}

fn objective(case: &Case) -> Result<Sides, Skip> {
    let h = case.horizon()?;
    let backward = inner(h.mdp.initial(), &h.tables.v[0]);
    let r = case.average(h.mdp.r());
    let forward: f64 = masses(case, h).iter().map(|mass| inner(mass, &r)).sum();
    let size = h.reward_scale() * h.mass();
    let sides = Sides::equal(&[h.j], &[backward], size, h.tolerance());
    Ok(sides.and(Sides::equal(&[h.j], &[forward], size, h.tolerance())))
}

fn occupancy(case: &Case) -> Result<Sides, Skip> {
    let h = case.horizon()?;
    let zero = vec![0.0; h.mdp.states()];
    let sum = masses(case, h)
        .iter()
        .fold(zero, |sum, mass| plus(&sum, 1.0, mass));
    Ok(Sides::equal(&h.occupancy, &sum, h.mass(), h.tolerance()))
}

fn pairing(case: &Case) -> Result<Sides, Skip> {
    let h = case.horizon()?;
    let mut sum = vec![0.0; h.gradient.len()];
    for (mass, q) in masses(case, h).iter().zip(&h.tables.q) {
        sum = plus(&sum, 1.0, &case.pairing(mass, q));
    }
    Ok(Sides::equal(
        &h.gradient,
        &sum,
        size(case, h, &[1.0]),
        h.tolerance(),
    ))
}

fn from_start(case: &Case) -> Result<Sides, Skip> {
    let h = case.horizon()?;
    let right = apply_left(h.mdp.initial(), have(&h.jacobian)?);
    let steps = h.run.horizon() as f64;
    let size = size(case, h, &[1.0]) * steps;
    Ok(Sides::equal(&h.gradient, &right, size, h.tolerance()))
}

fn moving(case: &Case, h: &Horizon, w: &[f64]) -> Result<FiniteHorizon<Dual>, Skip> {
    let mdp = h.mdp.map(|&x| Dual::constant(x));
    Ok(FiniteHorizon::new(&mdp, &case.dual(w)?)?)
}

fn dual(case: &Case) -> Result<Sides, Skip> {
    let h = case.horizon()?;
    let w = case.direction(90);
    let right = moving(case, h, &w)?.objective().derivative;
    let left = inner(&h.gradient, &w);
    let size = size(case, h, &w) * h.run.horizon() as f64 * w.len().max(1) as f64;
    Ok(Sides::equal(&[left], &[right], size, h.tolerance()))
}

fn bellman(case: &Case) -> Result<Sides, Skip> {
    let h = case.horizon()?;
    let w = case.direction(91);
    let left = apply(have(&h.jacobian)?, &w);
    let dual = h.mdp.map(|&x| Dual::constant(x));
    let v_1 = moving(case, h, &w)?.tables(&dual).v.swap_remove(1);
    let carried = case.average(&ahead(&h.mdp, &derivatives(&v_1)));
    let right = plus(&case.effect_along(&h.tables.q[0], &w), h.gamma, &carried);
    let size = size(case, h, &w) * h.run.horizon() as f64 * w.len().max(1) as f64;
    Ok(Sides::equal(&left, &right, size, h.tolerance()))
}

fn hessian(case: &Case) -> Result<Sides, Skip> {
    let h = case.horizon()?;
    let claimed = have(&h.hessian)?;
    let w = case.direction(92);
    let mdp = h.mdp.map(|&x| Dual::constant(x));
    let policy = case.dual(&w)?;
    let run = FiniteHorizon::new(&mdp, &policy)?;
    let moved = policy.pull_back(&finite_horizon::weights(&run, &mdp)?);
    let steps = h.run.horizon() as f64;
    let size = size(case, h, &w) * steps * case.slope().max(1.0) * w.len().max(1) as f64;
    Ok(Sides::equal(
        &apply(claimed, &w),
        &derivatives(&moved),
        size,
        h.tolerance(),
    ))
}

fn relation(case: &Case) -> Result<Sides, Skip> {
    let (d, h) = (case.discounted()?, case.horizon()?);
    let mut tail = d.evaluation.v.clone();
    for _ in 0..h.run.horizon() {
        let next = case.average(&ahead(&d.mdp, &tail));
        tail = next.iter().map(|x| d.gamma * x).collect();
    }
    let right = plus(&d.evaluation.v, -1.0, &tail);
    let tolerance = h.tolerance() + d.tolerance(1);
    Ok(Sides::equal(
        &h.tables.v[0],
        &right,
        d.reward_scale() + h.reward_scale(),
        tolerance,
    ))
}
