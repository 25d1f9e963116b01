//! The resolvent (I − γp^π)⁻¹ (theory, section 1).

use nalgebra::DMatrix;

use super::algebra::{ahead, largest, plus};
use super::operators::state_function;
use super::{Case, Identity, Section, Sides, Skip};

const DENSE: usize = 150;

identities! { Operators;
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

fn m_matrix(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let n = d.mdp.states();
    Skip::beyond(n, DENSE, "states")?;
    let inverse = d.chain().resolvent().solve_many(DMatrix::identity(n, n))?;
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
    let back = d.chain().resolvent().solve(&image)?.x;
    Ok(Sides::equal(&back, &x, largest(&x), d.tolerance(1)))
}

fn row_sums(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    Skip::unless(!d.terminates(), "there are terminal states")?;
    let sums = d.chain().resolvent().solve(&vec![1.0; d.mdp.states()])?.x;
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
    let norm = d.chain().resolvent().matrix().norm();
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
