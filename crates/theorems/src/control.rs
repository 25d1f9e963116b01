//! Optimal control (theory, section 7).

use super::algebra::{backup, best, inner, largest, plus, spread, times};
use super::case::have;
use super::{Case, Discounted, Identity, Section, Sides, Skip};
use exact_mdp::chain::Chain;
use exact_mdp::control::Optimum;
use exact_mdp::evaluation::Evaluation;
use exact_mdp::linalg::SolverOptions;

identities! { Control;
"optimality-equation" equation {
    "v* = T*v*",
    "Bellman's optimality equation, with the outcomes one at a time.",
    "Bellman 1957; theory, section 7 (7.1)"
}
"optimal-policy-attains" attains {
    "v^{π*} = v*",
    "The reported optimal policy, evaluated by its own linear system.",
    "Puterman 1994, section 6.2; theory, section 7 (7.2)"
}
"optimum-dominates" dominates {
    "v^π ≤ v*",
    "No policy beats v* in any state.",
    "theory, section 7 (7.2)"
}
"value-iteration-bounds" bounds {
    "w + γ min Δ/(1 − γ) ≤ v* ≤ w + γ max Δ/(1 − γ) with w = T*v^π, Δ = w − v^π",
    "One sweep of value iteration from v^π brackets v*; with terminal states their Δ = 0 counts.",
    "MacQueen 1966; Porteus 1971; theory, 7.1 (7.3)"
}
"suboptimality-gap" gap {
    "J* − J = Σ ρ*(s) π*(a|s) A^π(s,a)",
    "The performance difference lemma with π' = π*: an exact certificate of a policy.",
    "Kakade & Langford 2002; theory, 7.3 (7.9)"
}
"gap-bound" gap_bound {
    "0 ≤ J* − J ≤ max A^π · Σρ*",
    "Bound A by its maximum in the exact gap; where nothing terminates Σρ* = 1/(1 − γ).",
    "theory, 7.3 (7.8)"
}
"complementary-slackness" slackness {
    "ρ*(s,a) (v*(s) − q*(s,a)) = 0",
    "The dual linear program: what π* visits is optimal.",
    "d'Epenoux 1963; theory, 7.2 (7.7)"
}
"strong-duality" duality {
    "ρ₀v* = Σ ρ*(s,a) r(s,a)",
    "The values of the two linear programs are equal.",
    "d'Epenoux 1963; theory, 7.2 (7.7)"
}
"dual-feasibility" feasibility {
    "v*(s) ≥ r(s,a) + γ(pv*)(s,a)",
    "The constraints of the primal linear program.",
    "d'Epenoux 1963; theory, 7.2 (7.7)"
}
"soft-optimum-bounds" soft {
    "v* ≤ v*_α ≤ v* + α log|A|/(1 − γ), α = 0.1",
    "v*_α = α log Σ exp(q/α), iterated to its fixed point; log-sum-exp lies between max and max + α log|A|.",
    "theory, 7.4 (7.15, 7.17)"
}
}

/// The evaluation of the optimal policy.
pub(super) fn optimal(d: &Discounted, optimum: &Optimum) -> Result<(Evaluation, f64), Skip> {
    let policy = &optimum.policy;
    let chain = Chain::new(&d.mdp, policy, &SolverOptions::default())?;
    let evaluation = chain.evaluate(&d.mdp, policy)?;
    Ok((evaluation, chain.inverse_norm()?))
}

/// What rounding and the certified error of v* allow, relative to the scale.
pub(super) fn tolerance(d: &Discounted, optimum: &Optimum, norm: f64) -> Result<f64, Skip> {
    let error = optimum.error_bound;
    let error = error.ok_or_else(|| Skip::new("the optimum has no certificate"))?;
    let scale = scale(d, optimum);
    let relative = if scale > 0.0 {
        2.0 * error * norm / scale
    } else {
        0.0
    };
    Ok(d.tolerance(0) * norm.max(d.inverse_norm) + relative)
}

pub(super) fn scale(d: &Discounted, optimum: &Optimum) -> f64 {
    d.reward_scale() + largest(&optimum.v)
}

fn equation(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let o = have(&d.optimum)?;
    let right = best(&d.mdp, &backup(&d.mdp, d.gamma, &o.v));
    Ok(Sides::equal(
        &o.v,
        &right,
        scale(d, o),
        tolerance(d, o, 1.0)?,
    ))
}

fn attains(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let o = have(&d.optimum)?;
    let (evaluation, norm) = optimal(d, o)?;
    Ok(Sides::equal(
        &evaluation.v,
        &o.v,
        scale(d, o),
        tolerance(d, o, norm)?,
    ))
}

fn dominates(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let o = have(&d.optimum)?;
    Ok(Sides::at_most(
        &d.evaluation.v,
        &o.v,
        scale(d, o),
        tolerance(d, o, 1.0)?,
    ))
}

fn bounds(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    Skip::unless(d.gamma < 1.0, "the discount is 1")?;
    let o = have(&d.optimum)?;
    let v = &d.evaluation.v;
    let w = best(&d.mdp, &backup(&d.mdp, d.gamma, v));
    let delta = plus(&w, -1.0, v);
    let factor = d.gamma / (1.0 - d.gamma);
    let low = delta.iter().copied().fold(f64::INFINITY, f64::min) * factor;
    let high = delta.iter().copied().fold(f64::NEG_INFINITY, f64::max) * factor;
    let alive: Vec<f64> = d
        .chain()
        .dynamics()
        .alive()
        .iter()
        .map(|&a| f64::from(u8::from(a)))
        .collect();
    let t = tolerance(d, o, 1.0 / (1.0 - d.gamma))?;
    let below = Sides::at_most(&plus(&w, low, &alive), &o.v, scale(d, o), t);
    Ok(below.and(Sides::at_most(
        &o.v,
        &plus(&w, high, &alive),
        scale(d, o),
        t,
    )))
}

fn gap(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let o = have(&d.optimum)?;
    let (evaluation, norm) = optimal(d, o)?;
    let right = inner(&evaluation.pair_occupancy, &d.evaluation.advantage);
    let size = scale(d, o) * norm.max(1.0);
    Ok(Sides::equal(
        &[o.j - d.evaluation.j],
        &[right],
        size,
        tolerance(d, o, norm)?,
    ))
}

fn gap_bound(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let o = have(&d.optimum)?;
    let (evaluation, norm) = optimal(d, o)?;
    let improvable = best(&d.mdp, &d.evaluation.advantage);
    let most = improvable.iter().copied().fold(0.0, f64::max);
    let bound = most * evaluation.occupancy.iter().sum::<f64>();
    let gap = o.j - d.evaluation.j;
    let size = scale(d, o) * norm.max(1.0);
    let t = tolerance(d, o, norm)?;
    let below = Sides::at_most(&[gap], &[bound], size, t);
    Ok(below.and(Sides::at_most(&[-gap], &[0.0], size, t)))
}

fn slackness(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let o = have(&d.optimum)?;
    let (evaluation, norm) = optimal(d, o)?;
    let q = backup(&d.mdp, d.gamma, &o.v);
    let slack = plus(&spread(&d.mdp, &o.v), -1.0, &q);
    let product = times(&evaluation.pair_occupancy, &slack);
    let size = scale(d, o) * norm.max(1.0);
    Ok(Sides::equal(
        &product,
        &vec![0.0; product.len()],
        size,
        tolerance(d, o, norm)?,
    ))
}

fn duality(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let o = have(&d.optimum)?;
    let (evaluation, norm) = optimal(d, o)?;
    let primal = inner(d.mdp.initial(), &o.v);
    let dual = inner(&evaluation.pair_occupancy, d.mdp.r());
    let size = scale(d, o) * norm.max(1.0);
    Ok(Sides::equal(
        &[primal],
        &[dual],
        size,
        tolerance(d, o, norm)?,
    ))
}

fn feasibility(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let o = have(&d.optimum)?;
    let q = backup(&d.mdp, d.gamma, &o.v);
    let v = spread(&d.mdp, &o.v);
    Ok(Sides::at_most(&q, &v, scale(d, o), tolerance(d, o, 1.0)?))
}

fn soft(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    Skip::unless(d.gamma < 1.0, "the discount is 1")?;
    Skip::unless(
        d.gamma <= 0.995,
        "the iteration to the fixed point is too slow",
    )?;
    Skip::beyond(d.mdp.p().stored(), 5_000, "entries of p")?;
    let o = have(&d.optimum)?;
    let alpha = 0.1;
    let space = d.mdp.space();
    let sweep = |v: &[f64]| -> Vec<f64> {
        let q = backup(&d.mdp, d.gamma, v);
        let top = best(&d.mdp, &q);
        let state = |s: usize| {
            let sum: f64 = space
                .pairs_of(s)
                .map(|i| ((q[i] - top[s]) / alpha).exp())
                .sum();
            if space.is_terminal(s) {
                0.0
            } else {
                top[s] + alpha * sum.ln()
            }
        };
        (0..v.len()).map(state).collect()
    };
    let mut v = o.v.clone();
    let sweeps = ((1e-13f64).ln() / d.gamma.ln()).ceil() as usize;
    (0..sweeps.clamp(1, 6_000)).for_each(|_| v = sweep(&v));
    let actions = (0..v.len())
        .map(|s| space.pairs_of(s).len())
        .max()
        .unwrap_or(1);
    let above = alpha * (actions as f64).ln() / (1.0 - d.gamma);
    let high: Vec<f64> = o.v.iter().map(|x| x + above).collect();
    let size = scale(d, o) + above;
    let t = tolerance(d, o, 1.0 / (1.0 - d.gamma))? + 1e-12;
    Ok(Sides::at_most(&o.v, &v, size, t).and(Sides::at_most(&v, &high, size, t)))
}
