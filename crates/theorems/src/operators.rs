//! Evaluation and optimality operators (theory, section 1).

use super::algebra::{ahead, backup, best, largest, plus, random};
use super::{Case, Discounted, Identity, Section, Sides, Skip};

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
}

/// T^π u by states: π(r + γpu).
pub(super) fn evaluate(case: &Case, d: &Discounted, u: &[f64]) -> Vec<f64> {
    case.average(&backup(&d.mdp, d.gamma, u))
}

/// x, γp^πx, (γp^π)²x, … \[S\]; terms of a Neumann series, one outcome at a time.
pub(super) fn powers<'a>(
    case: &'a Case,
    d: &'a Discounted,
    x: Vec<f64>,
) -> impl Iterator<Item = Vec<f64>> + 'a {
    let step = |x: &Vec<f64>| {
        let next = case.average(&ahead(&d.mdp, x));
        Some(next.iter().map(|x| d.gamma * x).collect())
    };
    std::iter::successors(Some(x), step)
}

/// Σ_{t<K} (γp^π)ᵗ b + (γp^π)ᴷ x \[S\]: x itself if it solves x = b + γp^πx.
pub(super) fn unrolled(
    case: &Case,
    d: &Discounted,
    b: Vec<f64>,
    x: &[f64],
    steps: usize,
) -> Vec<f64> {
    let zero = vec![0.0; x.len()];
    let terms = powers(case, d, b).take(steps);
    let sum = terms.fold(zero, |sum, term| plus(&sum, 1.0, &term));
    let rest = powers(case, d, x.to_vec()).nth(steps);
    plus(&sum, 1.0, &rest.unwrap_or_default())
}

/// A random function of the state, 0 on terminal states.
pub(super) fn state_function(d: &Discounted, stream: u64) -> Vec<f64> {
    let alive = d.chain().dynamics().alive().iter();
    let entries = random(stream, d.mdp.states()).into_iter().zip(alive);
    entries
        .map(|(x, &alive)| if alive { x } else { 0.0 })
        .collect()
}

fn transition_operator(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let u = state_function(d, 1);
    let dynamics = d.chain().dynamics();
    let size = largest(&u);
    let p = Sides::equal(
        &dynamics.p().mul(&u),
        &case.average(&ahead(&d.mdp, &u)),
        size,
        d.tolerance(0),
    );
    let r = case.average(d.mdp.r());
    Ok(p.and(Sides::equal(
        dynamics.r(),
        &r,
        d.reward_scale(),
        d.tolerance(0),
    )))
}

fn conjugate(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let x = random(2, d.mdp.pairs());
    let dynamics = d.chain().dynamics();
    let left = evaluate(case, d, &case.average(&x));
    let right = plus(dynamics.r(), d.gamma, &dynamics.p().mul(&case.average(&x)));
    Ok(Sides::equal(
        &left,
        &right,
        d.reward_scale() + largest(&x),
        d.tolerance(0),
    ))
}

fn evaluation_contraction(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    contraction(d, |u| evaluate(case, d, u))
}

fn optimality_contraction(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    contraction(d, |u| best(&d.mdp, &backup(&d.mdp, d.gamma, u)))
}

/// |Tu − Tw|∞ ≤ γ |u − w|∞ of an operator.
fn contraction(d: &Discounted, operator: impl Fn(&[f64]) -> Vec<f64>) -> Result<Sides, Skip> {
    let (u, w) = (state_function(d, 3), state_function(d, 4));
    let left = plus(&operator(&u), -1.0, &operator(&w));
    let right = d.gamma * largest(&plus(&u, -1.0, &w));
    Ok(Sides::at_most(
        &[largest(&left)],
        &[right],
        d.reward_scale() + right,
        d.tolerance(0),
    ))
}

fn monotone(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let u = state_function(d, 5);
    let above: Vec<f64> = state_function(d, 6).iter().map(|x| x.abs()).collect();
    let w = plus(&u, 1.0, &above);
    let improve = |u: &[f64]| best(&d.mdp, &backup(&d.mdp, d.gamma, u));
    let size = d.reward_scale() + largest(&w);
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
    let size = d.reward_scale() + 3.0;
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
