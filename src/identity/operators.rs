//! Evaluation and optimality operators, values, the resolvent (theory, section 1).

use nalgebra::{DMatrix, DVector};

use super::algebra::{ahead, backup, best, inner, largest, plus, random, spread};
use super::{Case, Discounted, Identity, Section, Sides, Skip};

const DENSE: usize = 150;

identities! { Operators;
"transition-operator" transition_operator {
    "p^π = πp and r^π = πr",
    "p^π(s'|s) = Σₐ π(a|s) p(s'|s,a): the assembled sparse matrix is applied to a random function, and so are p and π one after the other.",
    "Puterman 1994, section 5.6; theory, section 1 (1.1, 1.2)"
}
"operators-conjugate" conjugate {
    "π T^π x = T^π (πx)",
    "π(r + γpπx) = r^π + γp^π(πx): π carries the operator on pairs to the one on states.",
    "theory, section 1 (1.17)"
}
"evaluation-contraction" evaluation_contraction {
    "|T^π u − T^π w|∞ ≤ γ |u − w|∞",
    "T^π u − T^π w = γp^π(u − w), and the rows of p^π are probabilities.",
    "Denardo 1967; Puterman 1994, section 6.2 (1.17)"
}
"optimality-contraction" optimality_contraction {
    "|T* u − T* w|∞ ≤ γ |u − w|∞",
    "Maxima differ by no more than what they are taken of: |max x − max y| ≤ max |x − y|.",
    "Denardo 1967; Puterman 1994, section 6.2 (1.17)"
}
"operators-monotone" monotone {
    "u ≤ w implies T^π u ≤ T^π w and T* u ≤ T* w",
    "p ≥ 0 and π ≥ 0, and a maximum is monotone.",
    "Puterman 1994, section 6.2 (1.17)"
}
"constant-shift" constant_shift {
    "T(v + c1) = Tv + γc1, where nothing terminates",
    "p1 = 1, for T^π and T* alike.",
    "Puterman 1994, section 6.2 (1.17)"
}
"value-fixed-point" value_fixed_point {
    "v = r^π + γ p^π v",
    "The Bellman equation: v = (I − γp^π)⁻¹ r^π, put back into its system with p and π from the outcomes.",
    "Bellman 1957; theory, section 1 (1.3)"
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
"resolvent-m-matrix" m_matrix {
    "N = (I − γp^π)⁻¹ ≥ 0 with diagonal ≥ 1",
    "N = Σₜ (γp^π)ᵗ is a sum of matrices ≥ 0, the first of which is I.",
    "Berman & Plemmons 1979; theory, section 1 (1.19)"
}
"resolvent-inverse" resolvent_inverse {
    "N (I − γp^π) x = x",
    "A random x, through the operators first and the factors afterwards.",
    "theory, section 1"
}
"resolvent-row-sums" row_sums {
    "N1 = 1/(1 − γ), where nothing terminates",
    "(I − γp^π)1 = (1 − γ)1.",
    "theory, section 1 (1.18)"
}
"condition-number" condition_number {
    "‖I − γp^π‖∞ ‖N‖∞ = (1 + γ − 2γ minₛ p^π(s|s))/(1 − γ), where nothing terminates",
    "Row s of I − γp^π has the absolute sum 1 − γp(s|s) + γ(1 − p(s|s)), and the row sums of N are 1/(1 − γ).",
    "theory, section 8 (8.7)"
}
}

fn scale(d: &Discounted) -> f64 {
    d.reward_scale()
}

/// T^π u by states: π(r + γpu).
fn evaluate(case: &Case, d: &Discounted, u: &[f64]) -> Vec<f64> {
    case.average(&backup(&d.mdp, d.gamma, u))
}

/// A random function of the state, 0 on terminal states.
pub(super) fn state_function(d: &Discounted, stream: u64) -> Vec<f64> {
    let alive = d.chain.dynamics().alive().iter();
    let entries = random(stream, d.mdp.states()).into_iter().zip(alive);
    entries
        .map(|(x, &alive)| if alive { x } else { 0.0 })
        .collect()
}

fn transition_operator(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let u = state_function(d, 1);
    let dynamics = d.chain.dynamics();
    let size = largest(&u);
    let p = Sides::equal(
        &dynamics.p().mul(&u),
        &case.average(&ahead(&d.mdp, &u)),
        size,
        d.tolerance(0),
    );
    let r = case.average(d.mdp.r());
    Ok(p.and(Sides::equal(dynamics.r(), &r, scale(d), d.tolerance(0))))
}

fn conjugate(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let x = random(2, d.mdp.pairs());
    let dynamics = d.chain.dynamics();
    let left = evaluate(case, d, &case.average(&x));
    let right = plus(dynamics.r(), d.gamma, &dynamics.p().mul(&case.average(&x)));
    Ok(Sides::equal(
        &left,
        &right,
        scale(d) + largest(&x),
        d.tolerance(0),
    ))
}

fn evaluation_contraction(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let (u, w) = (state_function(d, 3), state_function(d, 4));
    let left = plus(&evaluate(case, d, &u), -1.0, &evaluate(case, d, &w));
    let right = d.gamma * largest(&plus(&u, -1.0, &w));
    Ok(Sides::at_most(
        &[largest(&left)],
        &[right],
        scale(d) + right,
        d.tolerance(0),
    ))
}

fn optimality_contraction(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let (u, w) = (state_function(d, 3), state_function(d, 4));
    let improve = |u: &[f64]| best(&d.mdp, &backup(&d.mdp, d.gamma, u));
    let left = plus(&improve(&u), -1.0, &improve(&w));
    let right = d.gamma * largest(&plus(&u, -1.0, &w));
    Ok(Sides::at_most(
        &[largest(&left)],
        &[right],
        scale(d) + right,
        d.tolerance(0),
    ))
}

fn monotone(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let u = state_function(d, 5);
    let above: Vec<f64> = state_function(d, 6).iter().map(|x| x.abs()).collect();
    let w = plus(&u, 1.0, &above);
    let improve = |u: &[f64]| best(&d.mdp, &backup(&d.mdp, d.gamma, u));
    let size = scale(d) + largest(&w);
    let on = Sides::at_most(
        &evaluate(case, d, &u),
        &evaluate(case, d, &w),
        size,
        d.tolerance(0),
    );
    Ok(on.and(Sides::at_most(
        &improve(&u),
        &improve(&w),
        size,
        d.tolerance(0),
    )))
}

fn constant_shift(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    Skip::unless(!d.terminates(), "there are terminal states")?;
    let u = state_function(d, 7);
    let ones = vec![1.0; u.len()];
    let shifted = plus(&u, 3.0, &ones);
    let improve = |u: &[f64]| best(&d.mdp, &backup(&d.mdp, d.gamma, u));
    let size = scale(d) + 3.0;
    let right = |x: Vec<f64>| plus(&x, 3.0 * d.gamma, &ones);
    let on = Sides::equal(
        &evaluate(case, d, &shifted),
        &right(evaluate(case, d, &u)),
        size,
        d.tolerance(0),
    );
    Ok(on.and(Sides::equal(
        &improve(&shifted),
        &right(improve(&u)),
        size,
        d.tolerance(0),
    )))
}

fn value_fixed_point(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let v = &d.evaluation.v;
    Ok(Sides::equal(
        v,
        &evaluate(case, d, v),
        scale(d),
        d.tolerance(1),
    ))
}

fn action_value(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let right = backup(&d.mdp, d.gamma, &d.evaluation.v);
    Ok(Sides::equal(
        &d.evaluation.q,
        &right,
        scale(d),
        d.tolerance(0),
    ))
}

fn action_value_fixed_point(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let q = &d.evaluation.q;
    let right = backup(&d.mdp, d.gamma, &case.average(q));
    Ok(Sides::equal(q, &right, scale(d), d.tolerance(1)))
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
        scale(d),
        d.tolerance(1) * m as f64,
    ))
}

fn value_average(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let right = case.average(&d.evaluation.q);
    Ok(Sides::equal(
        &d.evaluation.v,
        &right,
        scale(d),
        d.tolerance(1),
    ))
}

fn advantage_difference(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let right = plus(&d.evaluation.q, -1.0, &spread(&d.mdp, &d.evaluation.v));
    Ok(Sides::equal(
        &d.evaluation.advantage,
        &right,
        scale(d),
        d.tolerance(0),
    ))
}

fn advantage_centered(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let left = case.average(&d.evaluation.advantage);
    Ok(Sides::equal(
        &left,
        &vec![0.0; left.len()],
        scale(d),
        d.tolerance(1),
    ))
}

fn td_residual(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let v = &d.evaluation.v;
    let mean = |pair: usize| {
        let here = v[d.mdp.space().state_of(pair)];
        let delta =
            |o: crate::mdp::Outcome<f64>| o.probability * (o.reward + d.gamma * v[o.next] - here);
        d.mdp.outcomes(pair).map(delta).sum()
    };
    let left: Vec<f64> = (0..d.mdp.pairs()).map(mean).collect();
    let size = scale(d) + largest_reward(d);
    Ok(Sides::equal(
        &left,
        &d.evaluation.advantage,
        size,
        d.tolerance(1),
    ))
}

/// max |r(s, a, s')|.
pub(super) fn largest_reward(d: &Discounted) -> f64 {
    let outcomes = (0..d.mdp.pairs()).flat_map(|pair| d.mdp.outcomes(pair));
    outcomes.fold(0.0, |a: f64, o| a.max(o.reward.abs()))
}

fn neumann(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let mut term = case.average(d.mdp.r());
    let mut rest = d.evaluation.v.clone();
    let mut sum = vec![0.0; rest.len()];
    let step = |x: &[f64]| -> Vec<f64> {
        let next = case.average(&ahead(&d.mdp, x));
        next.iter().map(|x| d.gamma * x).collect()
    };
    for _ in 0..32 {
        sum = plus(&sum, 1.0, &term);
        term = step(&term);
        rest = step(&rest);
    }
    Ok(Sides::equal(
        &d.evaluation.v,
        &plus(&sum, 1.0, &rest),
        scale(d),
        32.0 * d.tolerance(1),
    ))
}

fn value_bounds(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    Skip::unless(d.gamma < 1.0, "the discount is 1")?;
    let start = if d.terminates() { 0.0 } else { d.mdp.r()[0] };
    let low = d.mdp.r().iter().fold(start, |a, &b| a.min(b)) / (1.0 - d.gamma);
    let high = d.mdp.r().iter().fold(start, |a, &b| a.max(b)) / (1.0 - d.gamma);
    let mut values = d.evaluation.q.clone();
    let alive = d.chain.dynamics().alive().iter().zip(&d.evaluation.v);
    values.extend(alive.filter(|(alive, _)| **alive).map(|(_, v)| v));
    let above = Sides::at_most(&values, &vec![high; values.len()], scale(d), d.tolerance(1));
    Ok(above.and(Sides::at_most(
        &vec![low; values.len()],
        &values,
        scale(d),
        d.tolerance(1),
    )))
}

fn m_matrix(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let n = d.mdp.states();
    Skip::beyond(n, DENSE, "states")?;
    let inverse = d.chain.resolvent().solve_many(DMatrix::identity(n, n))?;
    let diagonal: Vec<f64> = (0..n).map(|s| 1.0 - inverse[(s, s)]).collect();
    let below: Vec<f64> = inverse.iter().map(|x| -x).collect();
    let size = d.inverse_norm;
    let positive = Sides::at_most(&below, &vec![0.0; n * n], size, d.tolerance(1));
    Ok(positive.and(Sides::at_most(
        &diagonal,
        &vec![0.0; n],
        size,
        d.tolerance(1),
    )))
}

fn resolvent_inverse(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let x = state_function(d, 8);
    let image = plus(&x, -d.gamma, &case.average(&ahead(&d.mdp, &x)));
    let back = d.chain.resolvent().solve(&image)?.x;
    Ok(Sides::equal(&back, &x, largest(&x), d.tolerance(1)))
}

fn row_sums(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    Skip::unless(!d.terminates(), "there are terminal states")?;
    let sums = d.chain.resolvent().solve(&vec![1.0; d.mdp.states()])?.x;
    let expected = 1.0 / (1.0 - d.gamma);
    Ok(Sides::equal(
        &sums,
        &vec![expected; sums.len()],
        expected,
        d.tolerance(1),
    ))
}

fn condition_number(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    Skip::unless(!d.terminates(), "there are terminal states")?;
    let norm = d.chain.resolvent().matrix().norm();
    let mut stay = vec![0.0; d.mdp.states()];
    for pair in 0..d.mdp.pairs() {
        let state = d.mdp.space().state_of(pair);
        let loops = d.mdp.outcomes(pair).filter(|o| o.next == state);
        stay[state] += case.probabilities[pair] * loops.map(|o| o.probability).sum::<f64>();
    }
    let least = stay.into_iter().fold(1.0, f64::min);
    let right = (1.0 + d.gamma - 2.0 * d.gamma * least) / (1.0 - d.gamma);
    let left = norm * d.inverse_norm;
    Ok(Sides::equal(&[left], &[right], right, d.tolerance(1)))
}

/// Σ ρ(s, a) x(s, a), a shorthand of the other sections.
pub(super) fn weighted(d: &Discounted, x: &[f64]) -> f64 {
    inner(&d.evaluation.pair_occupancy, x)
}
