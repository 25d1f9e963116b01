//! n-discount optimality: the terms of a value near discount 1, and who has the largest (theory, 7.12).
//!
//! Which of two terms is larger may hang on their last digit: where that is asked, the numbers of the model
//! are taken as fractions, as they are rounded, and rows of p are divided by their sums.

use super::algebra::{largest, plus};
use super::average::discounted;
use super::{Case, Identity, Section, Sides, Skip};
use exact_mdp::control::blackwell::near_one;
use exact_mdp::linalg::Csr;
use exact_mdp::mdp::Mdp;
use exact_mdp::number::{Number, Rational};
use exact_mdp::policy::Policy;

identities! { AverageReward;
"laurent-terms" terms {
    "(I + ϱD)(γv_γ − Σ_{k ≤ 2} ϱᵏy_k) = ϱ³y₃, ϱ = (1 − γ)/γ, y₋₁ the gain, y₀ the bias, y_k = −Dy_{k−1}",
    "What a Laurent series leaves after some terms, its geometric rest multiplied out.",
    "Miller & Veinott 1969; Puterman 1994, theorem 8.2.3; theory, 7.12 (7.59)"
}
"n-discount-dominates" dominates {
    "(y₋₁, …, y₂) of a 2-discount optimal policy is lexicographically at least that of π in every state",
    "The definition, against a policy that the search did not see; in fractions.",
    "Veinott 1969; theory, 7.12 (7.60)"
}
"blackwell-is-n-discount" blackwell {
    "a Blackwell-optimal policy has the largest (y₋₁, …, y₂)",
    "What is best at all discounts near 1 is best in each term; found by the signs of polynomials just below 1, in fractions.",
    "Blackwell 1962; Veinott 1969; theory, 7.12 (7.61)"
}
}

/// n.
const ORDER: usize = 2;
/// Pairs of a model that is taken in fractions; a choice.
const PAIRS: usize = 24;
/// Its deterministic policies, each of which is looked at; a choice.
const POLICIES: usize = 64;

fn terms(case: &Case) -> Result<Sides, Skip> {
    let l = case.long_term()?;
    let (gamma, v) = discounted(case, l)?;
    let rho = (1.0 - gamma) / gamma;
    let y = (case.formulas.expansion)(&l.mdp, &case.policy, ORDER + 1)?;
    let [y @ .., next] = y.as_slice() else {
        return Err(Skip::new("there are no terms"));
    };
    let mut size = l.reward_scale() + largest(&v);
    let mut rest: Vec<f64> = v.iter().map(|x| gamma * x).collect();
    for (term, power) in y.iter().zip(-1..) {
        let weight = rho.powi(power);
        rest = plus(&rest, -weight, term);
        size += weight * largest(term);
    }
    let moved = (case.formulas.deviation)(l.average.long_run(), &rest)?;
    let left = plus(&rest, rho, &moved);
    let right: Vec<f64> = next
        .iter()
        .map(|x| rho.powi(ORDER as i32 + 1) * x)
        .collect();
    size += largest(&moved) + largest(&right);
    let tolerance = 19.0 * l.tolerance(1) * l.inverse_norm;
    Ok(Sides::equal(&left, &right, size, tolerance))
}

/// x as it is rounded.
fn exact(x: f64) -> Result<Rational, Skip> {
    let number = Number::from_f64(x).ok_or_else(|| Skip::new("a number overflows"))?;
    Ok(number.to_rational())
}

/// Numbers divided by their sum.
fn law(numbers: impl Iterator<Item = f64>) -> Result<Vec<Rational>, Skip> {
    let own: Result<Vec<Rational>, Skip> = numbers.map(exact).collect();
    let own = own?;
    let sum = own.iter().fold(Rational::ZERO, |sum, x| sum + x);
    Skip::unless(sum > Rational::ZERO, "a row is empty")?;
    Ok(own.into_iter().map(|x| x / &sum).collect())
}

/// The model in fractions.
fn in_fractions(case: &Case) -> Result<Mdp<Rational>, Skip> {
    let (mdp, space) = (&case.mdp, case.mdp.space());
    Skip::beyond(mdp.pairs(), PAIRS, "pairs in fractions")?;
    let choices = (0..space.states()).map(|s| space.pairs_of(s).len().max(1));
    Skip::beyond(choices.product(), POLICIES, "deterministic policies")?;
    let losing = mdp.deficits().unwrap_or_default().iter();
    let losing = losing.fold(0.0, |most: f64, x| most.max(x.abs()));
    Skip::unless(losing < 1e-9, "rows do not sum to 1")?;
    let mut p = Csr::empty(mdp.states());
    for pair in 0..mdp.pairs() {
        let probabilities = law(mdp.p().row(pair).map(|(_, x)| *x))?;
        let nexts = mdp.p().row(pair).map(|(next, _)| next);
        let mut row: Vec<(usize, Rational)> = nexts.zip(probabilities).collect();
        p.push_row(&mut row);
    }
    let finite = mdp.r().iter().all(|x| x.is_finite());
    Skip::unless(finite, "a reward overflows")?;
    let fractions = mdp.map(|x| exact(*x).unwrap_or(Rational::ZERO));
    Ok(fractions.with_transitions(p)?)
}

/// The terms of a rule in fractions.
fn terms_of(mdp: &Mdp<Rational>, policy: &Policy<Rational>) -> Result<Vec<Vec<Rational>>, Skip> {
    Ok(exact_mdp::control::sensitive::expansion(
        mdp, policy, ORDER,
    )?)
}

/// The first term in which two differ in a state, as a difference; 0 if there is none.
fn first_difference(x: &[Vec<Rational>], y: &[Vec<Rational>], state: usize) -> f64 {
    let both = x.iter().zip(y).map(|(x, y)| x[state].clone() - &y[state]);
    let first = both.into_iter().find(|x| *x != Rational::ZERO);
    first.map_or(0.0, |x| x.to_f64().value())
}

fn dominates(case: &Case) -> Result<Sides, Skip> {
    let mdp = in_fractions(case)?;
    let best = (case.formulas.n_discount)(&mdp, ORDER as i32)?.terms;
    let space = mdp.space();
    let mut own = Vec::with_capacity(mdp.pairs());
    for state in 0..space.states() {
        let pairs = space.pairs_of(state);
        if !pairs.is_empty() {
            own.extend(law(pairs.map(|pair| case.probabilities[pair]))?);
        }
    }
    let own = terms_of(&mdp, &Policy::simplex(space, own)?)?;
    let ahead = (0..space.states()).map(|state| first_difference(&best, &own, state));
    let ahead: Vec<f64> = ahead.collect();
    Ok(Sides::at_most(&vec![0.0; ahead.len()], &ahead, 1.0, 0.0))
}

fn blackwell(case: &Case) -> Result<Sides, Skip> {
    let mdp = in_fractions(case)?;
    let best = (case.formulas.n_discount)(&mdp, ORDER as i32)?.terms;
    let mut own = vec![Rational::ZERO; mdp.pairs()];
    for pair in near_one(&mdp)? {
        own[pair] = Rational::ONE;
    }
    let own = terms_of(&mdp, &Policy::simplex(mdp.space(), own)?)?;
    let apart = (0..mdp.states()).map(|state| first_difference(&best, &own, state));
    let apart: Vec<f64> = apart.collect();
    Ok(Sides::equal(&apart, &vec![0.0; apart.len()], 1.0, 0.0))
}
