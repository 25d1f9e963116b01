//! Which rewards have which optimal policies: the cone of a policy, potentials (theory, 7.9 and 7.10).

use std::sync::Arc;

use super::algebra::{backup, inner, largest, plus, spread};
use super::case::have;
use super::control::{scale, tolerance};
use super::operators::state_function;
use super::{Case, Discounted, Identity, Section, Sides, Skip};
use exact_mdp::chain::Chain;
use exact_mdp::cone::Cone;
use exact_mdp::control::{DecisionRule, Optimum};
use exact_mdp::linalg::SolverOptions;
use exact_mdp::policy::Policy;
use exact_mdp::solved::Solved;

identities! { Control;
"reward-cone" cone {
    "Σ c(s',b) r(s',b) = v*(s) − q*(s,a), c of the cone of π*",
    "v^π is linear in r, so that what makes π optimal is one inequality for each other action.",
    "Ng & Russell 2000, theorem 3; theory, 7.9 (7.50)"
}
"reward-cone-border" border {
    "at r − t sign(c) of the nearest inequality, t its slack over |c|₁, another action is as good, and none better",
    "A change of t in the max norm takes at most t|c|₁ from a slack, and this one takes all of it; the rewards are evaluated anew.",
    "theory, 7.9 (7.51)"
}
"cone-decides" decides {
    "max(0, −c r) ≤ v* − v^π ≤ max(0, −c r)/(1 − γ), c of the cone of π: it is optimal iff no inequality is violated; π takes the largest r",
    "The left side is T*v^π − v^π in its state, the right bound the distance of a fixed point of a contraction.",
    "Ng & Russell 2000, theorem 3; theory, 7.9 (7.53)"
}
"potential-found" potential {
    "of r and r + γpΦ − Φ the potential is Φ",
    "Averaged over any policy the equation has one solution, v_r − v_{r'}; Φ is random.",
    "Ng, Harada & Russell 1999; theory, 7.10 (7.52)"
}
}

/// The optimal policy, its cone, and how much rounding may do to it.
fn of_optimum(case: &Case) -> Result<(&Discounted, &Optimum, Solved, Cone, f64), Skip> {
    let d = case.discounted()?;
    let o = have(&d.optimum)?;
    Skip::beyond(d.mdp.pairs() * d.mdp.states(), 1_000_000, "coefficients")?;
    let solved = Solved::new(d.mdp.clone(), o.policy.clone())?;
    let norm = solved.chain()?.inverse_norm()?;
    let cone = (case.formulas.cone)(&solved)?;
    Skip::unless(!cone.others().is_empty(), "no state has a choice")?;
    Ok((d, o, solved, cone, norm))
}

fn cone(case: &Case) -> Result<Sides, Skip> {
    let (d, o, _, cone, norm) = of_optimum(case)?;
    let q = backup(&d.mdp, d.gamma, &o.v);
    let left = (0..cone.others().len())
        .filter_map(|which| Some(inner(&cone.inequality(which)?, d.mdp.r())));
    let right = cone.others().iter();
    let right = right.map(|&pair| o.v[d.mdp.space().state_of(pair)] - q[pair]);
    let (left, right): (Vec<f64>, Vec<f64>) = (left.collect(), right.collect());
    let size = scale(d, o) * norm;
    Ok(Sides::equal(
        &left,
        &right,
        size,
        4.0 * tolerance(d, o, norm)?,
    ))
}

fn border(case: &Case) -> Result<Sides, Skip> {
    let (d, o, solved, cone, norm) = of_optimum(case)?;
    let nearest = (case.formulas.cone_border)(&cone);
    let (pair, t) = nearest.ok_or_else(|| Skip::new("no state has a choice"))?;
    let which = cone.others().iter().position(|&other| other == pair);
    let row = which.and_then(|which| cone.inequality(which));
    let row = row.ok_or_else(|| Skip::new("no state has a choice"))?;
    let moved = d.mdp.r().iter().zip(&row);
    let moved = moved.map(|(r, c)| r - t * if *c == 0.0 { 0.0 } else { c.signum() });
    let there = solved.paying(moved.collect())?;
    let best = cone.others().iter().map(|&pair| there.advantage()[pair]);
    let best = best.fold(f64::NEG_INFINITY, f64::max);
    let size = scale(d, o) * norm;
    Ok(Sides::equal(
        &[best],
        &[0.0],
        size,
        4.0 * tolerance(d, o, norm)?,
    ))
}

fn decides(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    Skip::unless(d.gamma < 1.0, "the discount is 1")?;
    let o = have(&d.optimum)?;
    Skip::beyond(d.mdp.pairs() * d.mdp.states(), 1_000_000, "coefficients")?;
    let policy = DecisionRule::greedy(d.mdp.space(), d.mdp.r())?.policy(d.mdp.space())?;
    let solved = Solved::new(d.mdp.clone(), policy)?;
    let cone = (case.formulas.cone)(&solved)?;
    let mut violated = vec![0.0; d.mdp.states()];
    for (&pair, own) in cone.others().iter().zip(cone.slack()) {
        let state = d.mdp.space().state_of(pair);
        violated[state] = f64::max(violated[state], -own);
    }
    let gap = plus(&o.v, -1.0, solved.v());
    let most = largest(&violated) / (1.0 - d.gamma);
    let size = scale(d, o) + largest(solved.v()) + largest(&violated);
    let tolerance = 4.0 * tolerance(d, o, 1.0 / (1.0 - d.gamma))?;
    let below = Sides::at_most(&violated, &gap, size, tolerance);
    let above = Sides::at_most(&gap, &vec![most; gap.len()], size, tolerance);
    Ok(below.and(above))
}

fn potential(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let phi = state_function(d, 97);
    let uniform = Policy::usual(d.mdp.space());
    let chain = Chain::new(&d.mdp, &uniform, &SolverOptions::default())?;
    Skip::unless(
        chain.undefined().is_empty(),
        "the uniform policy need not end",
    )?;
    let norm = chain.inverse_norm()?.max(d.inverse_norm);
    let (here, next) = (spread(&d.mdp, &phi), d.mdp.p().mul(&phi));
    let shaped = (0..d.mdp.pairs()).map(|i| d.mdp.r()[i] + d.gamma * next[i] - here[i]);
    let found = (case.formulas.shaping)(&Arc::new(d.mdp.clone()), shaped.collect())?;
    let size = (largest(d.mdp.r()) + largest(&phi)) * norm;
    Ok(Sides::equal(
        &found,
        &phi,
        size,
        4.0 * d.tolerance(0) * norm,
    ))
}
