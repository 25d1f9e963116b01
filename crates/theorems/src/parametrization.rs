//! π, ∇π and ∇log π (theory, section 3).

use super::algebra::{derivatives, largest, spread, times};
use super::{Case, Identity, Section, Sides, Skip};
use exact_mdp::gradient::scales;
use exact_mdp::policy::Parametrization;

identities! { Parametrization;
"probabilities-sum-to-one" sum_to_one {
    "Σₐ π(a|s) = 1",
    "π(·|s) is a distribution over A(s).",
    "theory, section 3 (3.1)"
}
"derivatives-sum-to-zero" derivatives_sum {
    "Σₐ ∇π(a|s) = 0",
    "Differentiate Σₐ π(a|s) = 1.",
    "theory, section 3 (3.1)"
}
"second-derivatives-sum-to-zero" second_derivatives_sum {
    "Σₐ ∇²π(a|s) = 0",
    "Differentiate Σₐ π(a|s) = 1 twice; the second derivatives come from the closed forms.",
    "theory, section 3 (3.1)"
}
"derivative-of-probabilities" derivative {
    "∂_w π = ∇π · w",
    "The closed form of ∇π beside π over dual numbers at θ + εw, for a random direction w.",
    "theory, section 3 (3.2)"
}
"second-derivative-of-probabilities" second_derivative {
    "∂_w ∂_w π = wᵀ ∇²π w",
    "The closed form of ∇²π beside the derivative of ∇π · w over dual numbers.",
    "theory, section 3 (3.3)"
}
"nabla-log-trick" nabla_log {
    "∇π = π ∇log π",
    "The chain rule, where π > 0; where π = 0 it needs ∇π = 0.",
    "Williams 1992; theory, section 3 (3.2)"
}
"score-mean-zero" score_mean {
    "Σₐ π(a|s) ∇log π(a|s) = 0",
    "It is Σₐ ∇π(a|s) = 0 by the nabla-log trick.",
    "Williams 1992; theory, section 3 (3.4)"
}
"gauge" gauge {
    "π(θ + c1ₛ) = π(θ) (softmax), π(cθₛ) = π(θ) (escort): no derivative along it",
    "Softmax does not see a constant added to the logits of a state, escort no factor: ∇π has a null vector for every state.",
    "theory, 3.3 and 3.6 (3.5, 3.6)"
}
}

const EXACT: f64 = 64.0 * f64::EPSILON;

fn actions(case: &Case) -> f64 {
    let widths = (0..case.mdp.states()).map(|s| case.mdp.space().pairs_of(s).len());
    widths.max().unwrap_or(1).max(1) as f64
}

fn sum_to_one(case: &Case) -> Result<Sides, Skip> {
    let ones = vec![1.0; case.mdp.pairs()];
    let alive = |s| f64::from(u8::from(!case.mdp.space().is_terminal(s)));
    let expected: Vec<f64> = (0..case.mdp.states()).map(alive).collect();
    Ok(Sides::equal(
        &case.average(&ones),
        &expected,
        1.0,
        EXACT * actions(case),
    ))
}

fn derivatives_sum(case: &Case) -> Result<Sides, Skip> {
    let w = case.direction(30);
    let sums = case.effect_along(&vec![1.0; case.mdp.pairs()], &w);
    let size = case.slope() * largest(&w).max(1.0);
    let tolerance = EXACT * case.derivative.columns().min(1_000) as f64;
    Ok(Sides::equal(&sums, &vec![0.0; sums.len()], size, tolerance))
}

fn second_derivatives_sum(case: &Case) -> Result<Sides, Skip> {
    Skip::beyond(case.policy.parameters(), 300, "parameters")?;
    let ones = vec![1.0; case.mdp.pairs()];
    let (mut sums, mut size) = (Vec::new(), 0.0f64);
    for s in 0..case.mdp.states() {
        let mut total = std::collections::BTreeMap::new();
        for (k, l, x) in (case.formulas.curvature)(&case.policy, s, &ones)? {
            *total.entry((k, l)).or_insert(0.0) += x;
        }
        for pair in case.mdp.space().pairs_of(s) {
            let entries = (case.formulas.second_derivative)(&case.policy, pair)?;
            size = entries.iter().fold(size, |a, (_, _, x)| a.max(x.abs()));
        }
        sums.extend(total.into_values());
    }
    let tolerance = EXACT * actions(case);
    Ok(Sides::equal(&sums, &vec![0.0; sums.len()], size, tolerance))
}

fn derivative(case: &Case) -> Result<Sides, Skip> {
    let w = case.direction(31);
    let moving = derivatives(case.dual(&w)?.probabilities());
    let size = case.slope() * largest(&w);
    let tolerance = EXACT * case.policy.parameters().min(1_000) as f64;
    Ok(Sides::equal(
        &case.slope_along(&w),
        &moving,
        size,
        tolerance,
    ))
}

fn second_derivative(case: &Case) -> Result<Sides, Skip> {
    Skip::beyond(case.policy.parameters(), 300, "parameters")?;
    let w = case.direction(32);
    let moving = case.dual(&w)?;
    // as `Case::slope`, twice over: the terms of which ∂²π is the difference are of size π/ℓₖℓₗ
    let lengths = scales(&case.policy).into_iter().zip(&w);
    let steep = lengths.fold(0.0f64, |a, (length, x)| a.max((x / length).abs()));
    let mut size = steep * steep;
    let (mut left, mut right) = (Vec::new(), Vec::new());
    for pair in 0..case.mdp.pairs() {
        let entries = (case.formulas.second_derivative)(&case.policy, pair)?;
        let closed = entries.into_iter().map(|(k, l, x)| {
            let twice = if k == l { 1.0 } else { 2.0 };
            let term = twice * x * w[k] * w[l];
            size = size.max(term.abs());
            term
        });
        left.push(closed.sum::<f64>());
        let row = moving.derivative().row(pair);
        right.push(row.map(|(k, x)| x.derivative * w[k]).sum::<f64>());
    }
    let tolerance = EXACT * (actions(case) + case.policy.parameters() as f64);
    Ok(Sides::equal(&left, &right, size, tolerance))
}

fn nabla_log(case: &Case) -> Result<Sides, Skip> {
    let w = case.direction(33);
    let along = case.scores()?.mul(&w);
    let right = times(&case.probabilities, &along);
    let size = case.slope() * largest(&w);
    let tolerance = EXACT * case.policy.parameters().min(1_000) as f64;
    Ok(Sides::equal(&case.slope_along(&w), &right, size, tolerance))
}

fn score_mean(case: &Case) -> Result<Sides, Skip> {
    let w = case.direction(34);
    let along = case.scores()?.mul(&w);
    let mean = case.average(&along);
    let size = case.slope() * largest(&w) + largest(&times(&case.probabilities, &along));
    let tolerance = EXACT * (actions(case) + case.policy.parameters().min(1_000) as f64);
    Ok(Sides::equal(&mean, &vec![0.0; mean.len()], size, tolerance))
}

fn gauge(case: &Case) -> Result<Sides, Skip> {
    let factors = super::algebra::random(35, case.mdp.states());
    let factors = spread(&case.mdp, &factors);
    let w = match (case.policy.parametrization(), case.policy.theta()) {
        (Parametrization::Softmax(_), _) => factors,
        (Parametrization::Escort(_), Some(theta)) => times(&factors, theta),
        _ => {
            return Err(Skip::new(
                "the parametrization is neither softmax nor escort",
            ));
        }
    };
    let moved = case.slope_along(&w);
    let size = case.slope() * largest(&w);
    Ok(Sides::equal(
        &moved,
        &vec![0.0; moved.len()],
        size,
        EXACT * actions(case),
    ))
}
