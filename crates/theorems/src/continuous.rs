//! Actions in an order, two critics, rules between actions (theory, 4.13).

use std::sync::Arc;

use super::algebra::{inner, largest, random};
use super::bellman::{gradient_scale, terms};
use super::{Case, Identity, Section, Sides, Skip};
use exact_mdp::error::Error;
use exact_mdp::field::Dual;
use exact_mdp::gradient::deterministic::WeightedRule;
use exact_mdp::mdp::Mdp;
use exact_mdp::number::Number;
use exact_mdp::solved::Solved;

identities! { PolicyGradient;
"reparametrized-gradient" by_parts {
    "∇J = −ρ Σᵢ (q(aᵢ₊₁) − q(aᵢ)) ∇Fᵢ, Fᵢ = Σ_{j≤i} π(aⱼ|s)",
    "Summation by parts in Σₐ q∇π: the last F is 1, whose gradient is 0. Any order of the actions will do; here it is that of the model.",
    "Figurnov, Mohamed & Mnih 2018; theory, 4.13 (4.44)"
}
"reparametrized-samples" moved {
    "Σᵢ π(aᵢ|s) x(aᵢ) = Σₐ q∇π, x shares each jump among its two actions",
    "Each jump is given to its two actions over the sum of their probabilities, and so counts once in the mean.",
    "theory, 4.13 (4.45)"
}
"minimum-of-critics" minimum {
    "Q = q + δ(N − 1): β(s,a) = γ Σ p(s'|s,a) N(s'), N = (I − γp^π)⁻¹ 1",
    "Every later step adds the same δ = E min(e₁, e₂), discounted; the end adds none. Here N is the sum of the rows of the resolvent.",
    "Fujimoto, van Hoof & Meger 2018, section 4; theory, 4.13 (4.46)"
}
"squashing-jacobian" squashed {
    "H_u − H_a = −Σ π log(1 − tanh² u), and ∇E Σ γᵗ of it",
    "The density of a = tanh u; the other side is the objective that is paid it, over dual numbers.",
    "Haarnoja et al. 2018, appendix C; theory, 4.13 (4.56)"
}
"spline-rule" spline {
    "Σ ω = 1, Σ ω a = u, Σ ω (a − u)² = ¼ between the outer half steps, and ∂_uω by dual numbers",
    "The quadratic spline reproduces straight lines and spreads every point alike, so that a rule between actions costs the same variance everywhere.",
    "de Boor 1978, chapter IX; theory, 4.13 (4.47)"
}
}

/// The pairs of each state, in the order of the model.
fn order(case: &Case) -> Vec<Vec<usize>> {
    let space = case.mdp.space();
    (0..space.states())
        .map(|state| space.pairs_of(state).collect())
        .collect()
}

fn by_parts(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let rows = (case.formulas.by_parts)(&case.policy, &order(case), &d.evaluation.q)?;
    let left = rows.mul_transposed(&d.evaluation.occupancy);
    let terms = 1.0 + case.mdp.space().actions() as f64;
    let size = terms * gradient_scale(case, d, &[1.0]);
    Ok(Sides::equal(&left, &d.gradient, size, d.tolerance(1)))
}

fn moved(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let positive = case.probabilities.iter().all(|pi| *pi > 0.0);
    Skip::unless(positive, "an action has probability 0")?;
    let rows = (case.formulas.displaced)(&case.policy, &order(case), &d.evaluation.q)?;
    let w = random(91, rows.columns());
    let (along, slope) = (rows.mul(&w), case.derivative.mul(&w));
    let (mut left, mut right) = (Vec::new(), Vec::new());
    for pairs in order(case) {
        let pi = |pair: &usize| case.probabilities[*pair];
        left.push(pairs.iter().map(|pair| pi(pair) * along[*pair]).sum());
        let q = |pair: &usize| d.evaluation.q[*pair];
        right.push(pairs.iter().map(|pair| q(pair) * slope[*pair]).sum());
    }
    let terms = 1.0 + case.mdp.space().actions() as f64;
    let size = terms * largest(&d.evaluation.q) * (1.0 + case.slope()) * largest(&w).max(1.0);
    Ok(Sides::equal(&left, &right, size, d.tolerance(1)))
}

fn minimum(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let claimed = (case.formulas.minimum_bias)(&d.at())?;
    let alive = d.chain().dynamics().alive().iter();
    let ones: Vec<f64> = alive.map(|&alive| f64::from(u8::from(alive))).collect();
    let steps = d.chain().resolvent().solve(&ones)?.x;
    let later = |pair| {
        let outcomes = d.mdp.outcomes(pair);
        d.gamma * outcomes.map(|o| o.probability * steps[o.next]).sum::<f64>()
    };
    let right: Vec<f64> = (0..d.mdp.pairs()).map(later).collect();
    let size = 1.0 + d.inverse_norm;
    Ok(Sides::equal(&claimed.q, &right, size, d.tolerance(2)))
}

fn squashed(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let claimed = (case.formulas.squashing)(&d.at())?;
    let space = d.mdp.space();
    let lost = |pair| {
        let name = space.pair_names(pair).1;
        let number: Option<Number> = name.parse().ok();
        number.map(|u| -(1.0 - u.to_f64().tanh().powi(2)).ln())
    };
    let lost: Option<Vec<f64>> = (0..space.pairs()).map(lost).collect();
    Skip::unless(lost.is_some(), "the actions are not called numbers")?;
    let lost = lost.unwrap_or_default();
    let w = case.direction(94);
    let by_state = case.average(&lost);
    let paid = Mdp::clone(&d.mdp).with_rewards(lost).map_err(Error::from)?;
    let paid = Arc::new(paid.map(|&x| Dual::constant(x)));
    let j = *Solved::along(&paid, case.dual(&w)?, &d.solved)?.j();
    let mut left = claimed.entropy.clone();
    left.extend([claimed.j, inner(&claimed.gradient, &w)]);
    let mut right = by_state;
    right.extend([j.value, j.derivative]);
    let size = largest(
        paid.r()
            .iter()
            .map(|x| x.value)
            .collect::<Vec<_>>()
            .as_slice(),
    );
    let slope = 1.0 + case.slope() * largest(&w) * d.inverse_norm;
    let size = (1.0 + size) * d.mass().max(1.0) * slope;
    Ok(Sides::equal(
        &left,
        &right,
        size,
        d.tolerance(1) * terms(&w),
    ))
}

fn spline(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let space = d.mdp.space();
    let many = |state: &usize| space.pairs_of(*state).len() >= 3;
    let states: Vec<usize> = (0..space.states()).filter(many).collect();
    Skip::unless(!states.is_empty(), "no state has three actions")?;
    let inside = |(state, x): (usize, f64)| {
        let last = space.pairs_of(state).len().saturating_sub(1) as f64;
        (last / 2.0 + (last / 2.0 - 0.5).max(0.0) * x.sin()).max(0.0)
    };
    let u: Vec<f64> = random(92, space.states())
        .into_iter()
        .enumerate()
        .map(inside)
        .collect();
    let rule = (case.formulas.spline)(space, &u)?;
    let moving: Vec<Dual> = u
        .iter()
        .map(|&value| Dual {
            value,
            derivative: 1.0,
        })
        .collect();
    let moving = WeightedRule::spline(space, &moving)?;
    let (mut left, mut right) = (Vec::new(), Vec::new());
    for state in states {
        let pairs = space.pairs_of(state);
        let weights = &rule.weights[pairs.clone()];
        let moment = |power: i32| -> f64 {
            let places = weights.iter().enumerate();
            places
                .map(|(i, w)| w * (i as f64 - u[state]).powi(power))
                .sum()
        };
        left.extend([moment(0), moment(1), moment(2)]);
        right.extend([1.0, 0.0, 0.25]);
        left.extend(&rule.slopes[pairs.clone()]);
        right.extend(moving.weights[pairs].iter().map(|w| w.derivative));
    }
    let scale = 1.0 + space.actions() as f64;
    Ok(Sides::equal(&left, &right, scale, 64.0 * f64::EPSILON))
}
