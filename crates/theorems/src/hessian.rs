//! Second derivatives of J (theory, 4.3).

use nalgebra::DMatrix;

use super::algebra::{
    ahead, apply, apply_left, derivatives, dual_case, inner, largest, plus, spread, times,
};
use super::bellman::{gradient_scale, terms};
use super::case::have;
use super::operators::state_function;
use super::{Case, Discounted, Identity, Section, Sides, Skip};
use exact_mdp::gradient::{adjoint, scales};
use exact_mdp::policy::Parametrization;
use exact_mdp::solved::Solved;

identities! { Hessian;
"hessian-by-dual-numbers" dual {
    "∇²J w = d/dε ∇J(θ + εw)",
    "The adjoint gradient ρ(A∇π) over dual numbers, for a random direction w.",
    "theory, 4.3 (4.6)"
}
"hessian-symmetric" symmetric {
    "∂ₖ∂ₗJ = ∂ₗ∂ₖJ",
    "J is twice continuously differentiable.",
    "theory, 4.3 (4.6)"
}
"hessian-boxed" boxed {
    "wᵀ∇²J w = ρ[(∂²π)q + 2(∂π)(∂q)] along w, with ∂q = γp∂v",
    "Differentiate ∂v = (∂π)q + γp^π∂v once more and apply ρ₀N = ρ; ∂v comes from the claimed Jacobian.",
    "theory, 4.3 (4.6)"
}
"hessian-furmston" furmston {
    "∇²J = H₁ + H₂ + H₁₂ + H₁₂ᵀ with H₁ = ρπ(qψψᵀ), H₂ = ρπ(q∇²log π), H₁₂ = ρπ(ψ∇qᵀ)",
    "∇²π = π(ψψᵀ + ∇²log π); ∇²log π is the derivative of the scores over dual numbers.",
    "Furmston, Lever & Barber 2016; theory, 4.3 (4.7)"
}
"hessian-baseline-invariance" baseline {
    "q may be replaced by q − b(s), and ∂q by ∂q − b'(s)",
    "Σₐ ∂²π = 0 and Σₐ ∂π = 0; here b and b' are random.",
    "theory, 4.3 (4.7b, 4.7c)"
}
"hessian-by-differences" differences {
    "∇²J w ≈ (∇J(θ + hw) − ∇J(θ − hw))/2h",
    "Two steps h and h/2: a fourth of the error of the first remains in the second, so their difference bounds it.",
    "theory, 4.2 (4.10)"
}
"hessian-gauge" gauge {
    "∇²J 1ₛ = 0 (softmax), ∇²J θₛ = −∇ₛJ (escort)",
    "Differentiate the gauge of ∇J.",
    "theory, 4.3 (4.35, 4.36)"
}
"hessian-of-values" of_values {
    "∇²v(s) w = d/dε ∇v(s)(θ + εw), and ∇²J = Σₛ ρ₀(s) ∇²v(s)",
    "The second derivative of one value, by the row N(s, ·) in the place of ρ = ρ₀N; the other side is the Jacobian of v over dual numbers. J = ρ₀v.",
    "theory, 4.3"
}
}

/// The size of wᵀ∇²J.
fn scale(case: &Case, d: &Discounted, w: &[f64]) -> f64 {
    let slope = case.slope().max(1.0) * largest(w);
    gradient_scale(case, d, &[1.0]) * slope * d.inverse_norm.max(1.0)
}

fn dual(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let h = have(&d.hessian)?;
    let w = case.direction(60);
    let moving = dual_case(d, case.dual(&w)?)?;
    let right = derivatives(&adjoint::gradient(&moving)?);
    Ok(Sides::equal(
        &apply(h, &w),
        &right,
        scale(case, d, &w),
        d.tolerance(1) * terms(&w),
    ))
}

fn symmetric(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let h = have(&d.hessian)?;
    let size = scale(case, d, &[1.0]);
    Ok(Sides::equal(
        h.as_slice(),
        h.transpose().as_slice(),
        size,
        d.tolerance(1),
    ))
}

/// wᵀ∇²π w [SA] by the closed forms.
fn curvature(case: &Case, w: &[f64]) -> Result<Vec<f64>, Skip> {
    let pair = |i| -> Result<f64, Skip> {
        let entries = (case.formulas.second_derivative)(&case.policy, i)?;
        let term =
            |(k, l, x): (usize, usize, f64)| x * w[k] * w[l] * if k == l { 1.0 } else { 2.0 };
        Ok(entries.into_iter().map(term).sum())
    };
    (0..case.mdp.pairs()).map(pair).collect()
}

/// γ p (∇v w) [SA].
fn moved_q(d: &Discounted, w: &[f64]) -> Result<Vec<f64>, Skip> {
    let carried = ahead(&d.mdp, &apply(have(&d.jacobian)?, w));
    Ok(carried.iter().map(|x| d.gamma * x).collect())
}

fn along(h: &DMatrix<f64>, w: &[f64]) -> f64 {
    inner(w, &apply(h, w))
}

fn second_order(case: &Case, d: &Discounted, w: &[f64], b: &[f64], c: &[f64]) -> Result<f64, Skip> {
    let q = plus(&d.evaluation.q, -1.0, &spread(&d.mdp, b));
    let slope_q = plus(&moved_q(d, w)?, -1.0, &spread(&d.mdp, c));
    let bent = times(&curvature(case, w)?, &q);
    let crossed = times(&case.slope_along(w), &slope_q);
    let rho = spread(&d.mdp, &d.evaluation.occupancy);
    Ok(inner(&rho, &bent) + 2.0 * inner(&rho, &crossed))
}

fn boxed(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let h = have(&d.hessian)?;
    let w = case.direction(61);
    let zero = vec![0.0; d.mdp.states()];
    let right = second_order(case, d, &w, &zero, &zero)?;
    let size = scale(case, d, &w) * largest(&w) * w.len() as f64;
    Ok(Sides::equal(
        &[along(h, &w)],
        &[right],
        size,
        d.tolerance(1),
    ))
}

fn baseline(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let h = have(&d.hessian)?;
    let w = case.direction(62);
    let (b, c) = (state_function(d, 63), state_function(d, 64));
    let right = second_order(case, d, &w, &b, &c)?;
    let size = scale(case, d, &w) * largest(&w) * w.len() as f64;
    let size = size + d.mass() * (largest(&b) + largest(&c)) * case.slope() * largest(&w).powi(2);
    Ok(Sides::equal(
        &[along(h, &w)],
        &[right],
        size,
        d.tolerance(1),
    ))
}

fn furmston(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let h = have(&d.hessian)?;
    let w = case.direction(65);
    let score = case.scores()?.mul(&w);
    let positive = case.probabilities.iter().all(|&x| x > 0.0);
    Skip::unless(positive, "an action has probability 0")?;
    // wᵀ∇²log π w: the derivative of the scores along w, times w
    let moving = case.dual(&w)?.scores().rows;
    let bend = |i| moving.row(i).map(|(k, x)| x.derivative * w[k]).sum();
    let bend: Vec<f64> = (0..d.mdp.pairs()).map(bend).collect();
    let visits = case.lift(&d.evaluation.occupancy);
    let q = &d.evaluation.q;
    let first = inner(&visits, &times(q, &times(&score, &score)));
    let second = inner(&visits, &times(q, &bend));
    let cross = inner(&visits, &times(&score, &moved_q(d, &w)?));
    let right = first + second + 2.0 * cross;
    let sharp = largest(&times(&score, &score)).max(largest(&bend));
    let size = scale(case, d, &w) * largest(&w) * w.len() as f64 + d.mass() * largest(q) * sharp;
    Ok(Sides::equal(
        &[along(h, &w)],
        &[right],
        size,
        d.tolerance(1),
    ))
}

fn differences(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let h = have(&d.hessian)?;
    Skip::beyond(d.mdp.states(), 120, "states")?;
    let w = case.direction(66);
    // in units of the lengths over which π changes
    let lengths = scales(&case.policy);
    let rates: Vec<f64> = w
        .iter()
        .zip(lengths)
        .map(|(x, length)| x / length)
        .collect();
    let unit = 1.0 / largest(&rates).max(f64::MIN_POSITIVE);
    // and of those over which N does: γ‖∂p^π‖‖N‖ of a step is far below 1
    let moves: Vec<f64> = case.slope_along(&w).iter().map(|x| x.abs()).collect();
    let block = |s| moves[d.mdp.space().pairs_of(s)].iter().sum();
    let moves: Vec<f64> = (0..d.mdp.states()).map(block).collect();
    let bend = d.gamma * largest(&moves) * d.inverse_norm;
    let unit = unit.min(1.0 / bend.max(f64::MIN_POSITIVE));
    let slope = |step: f64| -> Result<Vec<f64>, Skip> {
        let at = |by: f64| -> Result<Vec<f64>, Skip> {
            let policy = case.moved(by, &w)?;
            let at = Solved::new(d.mdp.clone(), policy)?;
            Ok(at.policy().pull_back(&at.pair_weights()?))
        };
        let both = plus(&at(step)?, -1.0, &at(-step)?);
        Ok(both.iter().map(|x| x / (2.0 * step)).collect())
    };
    let step = 1e-3 * unit;
    let (coarse, fine) = (slope(step)?, slope(step / 2.0)?);
    let size = scale(case, d, &w);
    let size = if size > 0.0 { size } else { 1.0 };
    let remains = largest(&plus(&coarse, -1.0, &fine));
    // a step beside a large θ is rounded to a multiple of its last digit
    let moved = step * largest(&w).max(f64::MIN_POSITIVE);
    let swallowed = f64::EPSILON * largest(case.theta()) / moved;
    let rounding = swallowed + d.tolerance(1) * gradient_scale(case, d, &[1.0]) / (step * size);
    Ok(Sides::equal(
        &apply(h, &w),
        &fine,
        size,
        remains / size + rounding,
    ))
}

fn gauge(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let h = have(&d.hessian)?;
    let (direction, gradient) = match (case.policy.parametrization(), case.policy.theta()) {
        (Parametrization::Softmax(_), _) => (vec![1.0; d.gradient.len()], false),
        (Parametrization::Escort(_), Some(theta)) => (theta.to_vec(), true),
        _ => {
            return Err(Skip::new(
                "the parametrization is neither softmax nor escort",
            ));
        }
    };
    let (mut left, mut right) = (Vec::new(), Vec::new());
    for s in 0..d.mdp.states() {
        let block = d.mdp.space().pairs_of(s);
        let mut unit = vec![0.0; direction.len()];
        let mut expected = vec![0.0; direction.len()];
        for k in block {
            unit[k] = direction[k];
            expected[k] = if gradient { -d.gradient[k] } else { 0.0 };
        }
        left.extend(apply(h, &unit));
        right.extend(expected);
    }
    Ok(Sides::equal(
        &left,
        &right,
        scale(case, d, &direction),
        d.tolerance(1),
    ))
}

fn of_values(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let h = have(&d.hessian)?;
    let entries = case.policy.parameters() * d.mdp.states();
    Skip::beyond(entries, 2_000, "entries of ∇v")?;
    let w = case.direction(67);
    let moving = dual_case(d, case.dual(&w)?)?.jacobian()?;
    let size = scale(case, d, &w);
    let tolerance = d.tolerance(1) * terms(&w);
    let alive = (0..d.mdp.states()).filter(|&s| !d.mdp.space().is_terminal(s));
    let moved = moving.map(|x| x.derivative);
    let total = apply_left(d.mdp.initial(), &moved);
    let mut sides = Sides::equal(&apply(h, &w), &total, size, tolerance);
    // each state has a transposed solve of its own
    for s in alive.take(3) {
        let bent = apply(&(case.formulas.value_hessian)(&d.at(), s)?, &w);
        let moved: Vec<f64> = moved.row(s).iter().copied().collect();
        sides = sides.and(Sides::equal(&bent, &moved, size, tolerance));
    }
    Ok(sides)
}
