//! Values, action values, advantages (theory, section 1).

use nalgebra::{DMatrix, DVector};

use super::algebra::{backup, largest_reward, plus, spread};
use super::operators::{evaluate, unrolled};
use super::{Case, Discounted, Identity, Section, Sides, Skip};
use exact_mdp::mdp::Outcome;

const DENSE: usize = 150;

identities! { Operators;
"value-fixed-point" value_fixed_point {
    "v = r^π + γ p^π v",
    "The Bellman equation: v = (I − γp^π)⁻¹ r^π, put back into its system with p and π from the outcomes.",
    "Bellman 1957; theory, section 1 and 2.3 (1.3, 2.4)"
}
"action-value-from-value" action_value {
    "q = r + γ p v",
    "Condition on the first outcome: it pays r(s,a,s'), and v(s') is what follows.",
    "theory, section 1 (1.4)"
}
"action-value-fixed-point" action_value_fixed_point {
    "q = r + γ p π q",
    "q = r + γpv with v = πq: the Bellman equation over pairs, without v.",
    "theory, section 1 (1.4)"
}
"action-value-system" action_value_system {
    "q = (I − γpπ)⁻¹ r, the m × m system",
    "The dense m × m system is solved by LU; the library solves n × n and multiplies once.",
    "theory, section 1 (1.5)"
}
"value-averages-action-values" value_average {
    "v = πq",
    "The first action is drawn from π.",
    "theory, section 1 (1.5)"
}
"advantage-difference" advantage_difference {
    "A(s,a) = q(s,a) − v(s)",
    "The definition, from the claimed q and v.",
    "theory, section 1 (1.9)"
}
"advantage-centered" advantage_centered {
    "πA = 0",
    "πA = πq − v = 0.",
    "theory, section 1 (1.9)"
}
"td-residual-mean" td_residual {
    "E[R + γv(S') − v(s) | s, a] = A(s,a)",
    "Outcome by outcome, with v = 0 in terminal states.",
    "theory, section 1 (1.15)"
}
"neumann-series" neumann {
    "v = Σ_{t<K} (γp^π)ᵗ r^π + (γp^π)ᴷ v",
    "The partial sums of the Neumann series with the exact remainder, K = 32: v unrolled K times.",
    "theory, section 1 (1.19)"
}
"value-bounds" value_bounds {
    "min r/(1 − γ) ≤ v, q ≤ max r/(1 − γ)",
    "A discounted sum of numbers between min r and max r has mass 1/(1 − γ); with terminal states 0 is one of the numbers.",
    "theory, section 1"
}
}

fn value_fixed_point(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let v = &d.evaluation.v;
    Ok(Sides::equal(
        v,
        &evaluate(case, d, v),
        d.reward_scale(),
        d.tolerance(1),
    ))
}

fn action_value(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let right = backup(&d.mdp, d.gamma, &d.evaluation.v);
    Ok(Sides::equal(
        &d.evaluation.q,
        &right,
        d.reward_scale(),
        d.tolerance(0),
    ))
}

fn action_value_fixed_point(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let q = &d.evaluation.q;
    let right = backup(&d.mdp, d.gamma, &case.average(q));
    Ok(Sides::equal(q, &right, d.reward_scale(), d.tolerance(1)))
}

fn action_value_system(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let m = d.mdp.pairs();
    Skip::beyond(m, DENSE, "state-action pairs")?;
    let mut matrix = DMatrix::identity(m, m);
    for pair in 0..m {
        for outcome in d.mdp.outcomes(pair) {
            for then in d.mdp.space().pairs_of(outcome.next) {
                matrix[(pair, then)] -= d.gamma * outcome.probability * case.probabilities[then];
            }
        }
    }
    let solved = matrix.lu().solve(&DVector::from_column_slice(d.mdp.r()));
    let q = solved.ok_or_else(|| Skip::new("the m × m system is singular"))?;
    Ok(Sides::equal(
        &d.evaluation.q,
        q.as_slice(),
        d.reward_scale(),
        d.tolerance(1) * m as f64,
    ))
}

fn value_average(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let right = case.average(&d.evaluation.q);
    Ok(Sides::equal(
        &d.evaluation.v,
        &right,
        d.reward_scale(),
        d.tolerance(1),
    ))
}

fn advantage_difference(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let right = plus(&d.evaluation.q, -1.0, &spread(&d.mdp, &d.evaluation.v));
    Ok(Sides::equal(
        &d.evaluation.advantage,
        &right,
        d.reward_scale(),
        d.tolerance(0),
    ))
}

fn advantage_centered(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let left = case.average(&d.evaluation.advantage);
    Ok(Sides::equal(
        &left,
        &vec![0.0; left.len()],
        d.reward_scale(),
        d.tolerance(1),
    ))
}

/// E[R + γv(S') − v(s) | s, a] \[SA\], one outcome at a time.
pub(super) fn mean_residual(d: &Discounted) -> Vec<f64> {
    let v = &d.evaluation.v;
    let mean = |pair: usize| {
        let here = v[d.mdp.space().state_of(pair)];
        let delta = |o: Outcome<f64>| o.probability * (o.reward + d.gamma * v[o.next] - here);
        d.mdp.outcomes(pair).map(delta).sum()
    };
    (0..d.mdp.pairs()).map(mean).collect()
}

fn td_residual(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let left = mean_residual(d);
    let size = d.reward_scale() + largest_reward(&d.mdp);
    let advantage = &d.evaluation.advantage;
    Ok(Sides::equal(&left, advantage, size, d.tolerance(1)))
}

fn neumann(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let v = &d.evaluation.v;
    let right = unrolled(case, d, case.average(d.mdp.r()), v, 32);
    let tolerance = 32.0 * d.tolerance(1);
    Ok(Sides::equal(v, &right, d.reward_scale(), tolerance))
}

fn value_bounds(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    Skip::unless(d.gamma < 1.0, "the discount is 1")?;
    let start = if d.terminates() { 0.0 } else { d.mdp.r()[0] };
    let low = d.mdp.r().iter().fold(start, |a, &b| a.min(b)) / (1.0 - d.gamma);
    let high = d.mdp.r().iter().fold(start, |a, &b| a.max(b)) / (1.0 - d.gamma);
    let mut values = d.evaluation.q.clone();
    let alive = d.chain().dynamics().alive().iter().zip(&d.evaluation.v);
    values.extend(alive.filter(|(alive, _)| **alive).map(|(_, v)| v));
    let above = Sides::at_most(
        &values,
        &vec![high; values.len()],
        d.reward_scale(),
        d.tolerance(1),
    );
    Ok(above.and(Sides::at_most(
        &vec![low; values.len()],
        &values,
        d.reward_scale(),
        d.tolerance(1),
    )))
}
