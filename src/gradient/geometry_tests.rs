//! Sections 4.5 to 4.10 of the theory: frozen measures, finite steps, entropy, the model's own
//! derivatives, and the derivative-free routes.

use super::entropy::SoftValues;
use super::evolution::{Evolution, Smoothing, leading_bias};
use super::greediness::{Excursion, tabular_gap};
use super::surrogate::{ImprovementBound, clipped_surrogate, performance_difference, surrogate};
use super::*;
use crate::arithmetic::Choice;
use crate::field::{Dual, Field, dot};
use crate::linalg::{Solvable, largest};
use crate::mdp::Criterion;
use crate::model::Model;
use crate::number::Rational;
use crate::policy::Kind;
use crate::test_models::{
    Case, Dice, corridor_policy, exact_cases, float_cases, ratio, short_corridor, worked_example,
    worked_policy,
};

/// Rounding of a few solves: n·ε·condition, with n ≤ 6 and 1/(1 − γ) ≤ 10 here.
fn close(x: f64, y: f64, scale: f64) {
    assert!((x - y).abs() < 1e-11 * scale.max(1.0), "{x} is not {y}");
}

fn tabular(case: &Case<Rational>) -> bool {
    case.policy.parametrization().kind() != Kind::LogLinear
}

/// Both forms of the performance difference lemma, exactly, between policies of different
/// parametrizations.
#[test]
fn performance_difference_is_exact() {
    let cases = exact_cases(0..4);
    for pair in cases
        .windows(2)
        .filter(|pair| pair[0].mdp.name() == pair[1].mdp.name())
    {
        let difference = &pair[1].evaluation.j - &pair[0].evaluation.j;
        let (new, old) = performance_difference(pair[0].at(), pair[1].at()).unwrap();
        assert_eq!(new, difference);
        assert_eq!(old, difference);
    }
}

/// The gradients of both surrogates at π' = π are ∇J, and the improvement bound holds.
#[test]
fn surrogates_touch_the_objective() {
    for (i, case) in float_cases(0..4).iter().enumerate() {
        let gradient = adjoint::gradient(case.at()).unwrap();
        let mdp = case.mdp.map(|&x| Dual::constant(x));
        let fixed = Case::new(mdp, case.policy.map(|&x| Dual::constant(x)));
        let epsilon = Dual::constant(0.2);
        let plain = dual::derivatives(&case.policy, |other| surrogate(fixed.at(), other));
        let clipped = dual::derivatives(&case.policy, |other| {
            clipped_surrogate(fixed.at(), other, &epsilon)
        });
        let size = gradient.iter().fold(0.0f64, |x, y| x.max(y.abs()));
        for ((x, y), z) in plain.unwrap().iter().zip(&clipped.unwrap()).zip(&gradient) {
            close(*x, *z, size);
            close(*y, *z, size);
        }
        if *case.mdp.criterion() != Criterion::Total {
            let uniform = Policy::uniform(case.mdp.space());
            let j = Case::new(case.mdp.clone(), uniform.clone()).evaluation.j;
            let bound = ImprovementBound::new(case.at(), &uniform).unwrap();
            assert!(j >= bound.by_total_variation - 1e-9, "case {i}");
            assert!(j >= bound.by_divergence - 1e-9, "case {i}");
            assert!(bound.by_total_variation <= bound.surrogate);
        }
    }
}

/// ρ^π(q∇π) = ∇J for q = q^π + b(s); the tabular condition is 0 there; and with q = q^π any ρ ≥ 0
/// gives an ascent direction of every v(s), exactly.
#[test]
fn greediness_gradient_and_its_condition() {
    for (i, case) in exact_cases(0..4).iter().enumerate() {
        let at = case.at();
        let space = case.mdp.space();
        let evaluation = at.evaluation();
        let shifted: Vec<Rational> = (0..space.pairs())
            .map(|pair| &evaluation.q[pair] + ratio(space.state_of(pair) as i64 * 7 - 3, 2))
            .collect();
        let found = greediness::gradient(at.policy(), &evaluation.occupancy, &shifted).unwrap();
        assert_eq!(found, adjoint::gradient(at).unwrap());
        let gap = tabular_gap(at, &evaluation.occupancy, &shifted).unwrap();
        assert!(gap.iter().all(|x| x.is_zero()));
        if tabular(case) {
            let dice = &mut Dice::new(i as u64);
            let measure: Vec<Rational> = (0..space.states())
                .map(|_| ratio(dice.whole(0, 5), 3))
                .collect();
            let direction = greediness::gradient(at.policy(), &measure, &evaluation.q).unwrap();
            let jacobian = at.jacobian().unwrap();
            for row in jacobian.row_iter() {
                let row: Vec<Rational> = row.iter().cloned().collect();
                assert!(dot(&row, &direction) >= Rational::ZERO);
            }
        }
    }
}

/// ∇(d_b v) is the policy gradient of the model started from d_b; Degris' form is not.
#[test]
fn excursions_start_from_the_behavior() {
    for case in exact_cases(0..3) {
        let states = case.mdp.states();
        let alive: Vec<usize> = (0..states)
            .filter(|&s| !case.mdp.space().is_terminal(s))
            .collect();
        let mut behavior = vec![Rational::ZERO; states];
        let weights = Dice::new(5).distribution(alive.len());
        for (state, weight) in alive.into_iter().zip(weights) {
            behavior[state] = weight;
        }
        let excursion = Excursion::new(case.at(), &behavior).unwrap();
        let moved = case.mdp.clone().with_initial(behavior.clone()).unwrap();
        let moved = Case::new(moved, case.policy.clone());
        assert_eq!(excursion.j, moved.evaluation.j);
        assert_eq!(excursion.gradient, adjoint::gradient(moved.at()).unwrap());
    }
    let mdp = worked_example();
    let policy = worked_policy(&mdp, Kind::Direct);
    let case = Case::new(mdp, policy);
    let excursion = Excursion::new(case.at(), case.mdp.initial()).unwrap();
    assert_eq!(excursion.gradient, adjoint::gradient(case.at()).unwrap());
    assert_ne!(excursion.degris, excursion.gradient);
}

/// The derivative of J toward action b is the simplex gradient along e_b − π(·|s), exactly.
#[test]
fn derivative_toward_an_action_is_its_advantage() {
    for case in exact_cases(0..6) {
        if case.policy.parametrization().kind() != Kind::Simplex || case.policy.mix().is_some() {
            continue;
        }
        let space = case.mdp.space();
        let gradient = adjoint::gradient(case.at()).unwrap();
        let pi = case.policy.probabilities();
        for (pair, expected) in case.at().toward_actions().unwrap().into_iter().enumerate() {
            let block = space.pairs_of(space.state_of(pair));
            let back = dot(&gradient[block.clone()], &pi[block]);
            assert_eq!(&gradient[pair] - back, expected);
        }
    }
}

/// ∂J/∂r and ∂J/∂ρ₀ exactly, since J is linear in them.
#[test]
fn linear_sensitivities_are_exact() {
    for case in exact_cases(0..3).into_iter().step_by(5) {
        let sensitivity = case.at().sensitivity().unwrap();
        for (state, slope) in sensitivity.initial.iter().enumerate() {
            let mut initial = case.mdp.initial().to_vec();
            initial[state] += ratio(1, 1);
            let moved = Case::new(
                case.mdp.clone().with_initial(initial).unwrap(),
                case.policy.clone(),
            );
            assert_eq!(&moved.evaluation.j - &case.evaluation.j, *slope);
        }
        let stored = case.mdp.p().stored();
        for (pair, slope) in sensitivity.rewards.iter().enumerate() {
            let moved = Case::new(
                perturbed(&case.mdp, stored + pair, |x, here| {
                    x + ratio(here.into(), 1)
                }),
                case.policy.clone(),
            );
            assert_eq!(&moved.evaluation.j - &case.evaluation.j, *slope);
        }
    }
}

/// The model mapped by f, which is told whether a number is the one counted through p, then r.
fn perturbed<F: Solvable, G: Solvable>(
    mdp: &Mdp<F>,
    index: usize,
    f: impl Fn(&F, bool) -> G,
) -> Mdp<G> {
    let mut at = 0;
    mdp.map(|x| {
        at += 1;
        f(x, at == index + 1)
    })
}

/// ∂J/∂p and ∂J/∂γ against dual numbers in the model.
#[test]
fn sensitivities_are_those_of_dual_numbers() {
    for case in float_cases(0..6).into_iter().step_by(7) {
        let sensitivity = case.at().sensitivity().unwrap();
        let policy = case.policy.map(|&x| Dual::constant(x));
        let j = |mdp: Mdp<Dual>| Case::new(mdp, policy.clone()).evaluation.j.derivative;
        for (i, slope) in sensitivity.transitions.values().iter().enumerate() {
            let mdp = perturbed(&case.mdp, i, |&x, here| Dual {
                value: x,
                derivative: f64::from(u8::from(here)),
            });
            // the row sums to 1 + ε then
            let pair = mdp.p().row_starts().partition_point(|&start| start <= i) - 1;
            let mut deficits = vec![Dual::constant(0.0); mdp.pairs()];
            deficits[pair].derivative = -1.0;
            let complement = *mdp.discount_complement();
            close(
                j(mdp.with_slacks(complement, Some(deficits)).unwrap()),
                *slope,
                1e3,
            );
        }
        let mdp = case.mdp.map(|&x| Dual::constant(x));
        let discount = Dual::variable(case.mdp.discount());
        if let Criterion::Discounted { .. } = case.mdp.criterion() {
            let moved = mdp.under(Criterion::Discounted { discount });
            close(j(moved), sensitivity.discount.unwrap(), 1e3);
        }
    }
}

/// v = π(q − α log π), α = 0 gives the plain values, and ∇J_α is that of dual numbers.
#[test]
fn soft_values_and_their_gradient() {
    for case in float_cases(0..4) {
        let at = case.at();
        let alpha = 0.7;
        let soft = SoftValues::new(at, &alpha).unwrap();
        let space = case.mdp.space();
        let pi = case.policy.probabilities();
        for state in 0..space.states() {
            let block = space.pairs_of(state);
            let terms = block.map(|i| pi[i] * (soft.q[i] - alpha * pi[i].ln()));
            close(soft.v[state], terms.sum(), 1e2);
        }
        let plain = SoftValues::new(at, &0.0).unwrap();
        assert_eq!(plain.v, case.evaluation.v);
        let mdp = std::sync::Arc::new(case.mdp.map(|&x| Dual::constant(x)));
        let by_dual = dual::derivatives(&case.policy, |policy| {
            let along = Solved::along(&mdp, policy.clone(), at)?;
            Ok(SoftValues::new(&along, &Dual::constant(alpha))?.j)
        });
        for (x, y) in by_dual.unwrap().iter().zip(&soft.gradient) {
            close(*x, *y, 1e2);
        }
    }
    let mdp = worked_example().map(Field::to_f64);
    let boundary = Policy::simplex(mdp.space(), vec![0.0, 1.0, 0.5, 0.5]).unwrap();
    let case = Case::new(mdp.clone(), boundary);
    assert!(matches!(
        SoftValues::new(case.at(), &0.1),
        Err(Error::SteepEntropy { .. })
    ));
    // an underflowed probability is not zero: its logarithm comes from the logits
    let steep = Policy::softmax(mdp.space(), vec![0.0, -1000.0, 0.0, 0.0], 1.0).unwrap();
    assert_eq!(steep.log_probabilities()[1], Some(-1000.0));
}

#[test]
fn complex_step_is_exact_to_rounding() {
    for case in float_cases(0..6) {
        let gradient = adjoint::gradient(case.at()).unwrap();
        let by_step = complex_step::gradient(&case.mdp, &case.policy).unwrap();
        let size = gradient.iter().fold(0.0f64, |x, y| x.max(y.abs()));
        for (x, y) in by_step.iter().zip(&gradient) {
            close(*x, *y, size);
        }
    }
}

/// ∇J_σ by quadrature over ξ (the trapezoidal rule, which converges geometrically for a
/// Gaussian): its distance to ∇J + leading bias falls as σ⁴, and the samples scatter around it.
#[test]
fn smoothing_biases_as_its_series_says() {
    let mdp = short_corridor().map(Field::to_f64);
    let policy = corridor_policy(&mdp, 0.4);
    let theta = policy.theta().unwrap().to_vec();
    let gradient_at = |theta: Vec<f64>| {
        let moved = policy.with_theta(theta).unwrap();
        adjoint::gradient(Case::new(mdp.clone(), moved).at()).unwrap()
    };
    let smoothed = |sigma: f64| {
        let (mut sum, mut mass) = ([0.0; 2], 0.0);
        for i in -16..=16 {
            for j in -16..=16 {
                let (x, y) = (f64::from(i) / 2.5, f64::from(j) / 2.5);
                let weight = (-(x * x + y * y) / 2.0).exp();
                let g = gradient_at(vec![theta[0] + sigma * x, theta[1] + sigma * y]);
                mass += weight;
                sum = [sum[0] + weight * g[0], sum[1] + weight * g[1]];
            }
        }
        sum.map(|x| x / mass)
    };
    let case = Case::new(mdp.clone(), policy.clone());
    let exact = adjoint::gradient(case.at()).unwrap();
    let remainder = |sigma: f64| {
        let bias = leading_bias(&mdp, &policy, sigma).unwrap();
        smoothed(sigma)[0] - exact[0] - bias[0]
    };
    let ratio = remainder(0.1) / remainder(0.05);
    assert!(
        (ratio - 16.0).abs() < 1.0,
        "σ⁴ halves to 1/16, not to 1/{ratio}"
    );
    let smoothing = Smoothing {
        sigma: 0.1,
        samples: 2000,
        seed: 7,
    };
    let evolution = Evolution::new(&mdp, &policy, smoothing).unwrap();
    for (k, expected) in smoothed(0.1).into_iter().enumerate() {
        let error = (evolution.mean[k] - expected).abs();
        assert!(error < 5.0 * evolution.standard_error[k]);
    }
}

/// The uniform policy of states with two actions each has the entropy ln 2 everywhere: it adds a constant to v, and
/// ∇J_α = ∇J, which fractions know. Near γ = 1 that constant is α ln 2/(1 − γ).
#[test]
fn entropy_gradients_keep_their_digits_near_discount_1() {
    for nines in [2, 6, 9, 12] {
        let text = format!(
            "discount: 0.{}\nstates: [cold, hot]\nactions: [wait, heat]\ninitial: cold\ntransitions:\n- [cold, wait, cold, 1, 0]\n- [cold, heat, hot, 9/10, 0]\n- [cold, heat, cold, 1/10, 0]\n- [hot, wait, cold, 1/2, 1]\n- [hot, wait, hot, 1/2, 1]\n- [hot, heat, hot, 1, 1]\n",
            "9".repeat(nines)
        );
        let model = Model::parse("heater", &text).expect("a valid model");
        let exact = model.exact().expect("fractions").solve(Choice::Uniform);
        let exact = exact.expect("solved");
        let expected: Vec<f64> = exact
            .gradient()
            .expect("a gradient")
            .iter()
            .map(Field::to_f64)
            .collect();
        let solved = model.solve(Choice::Uniform).expect("solved");
        let found = solved.entropy(&0.5).expect("soft values").gradient;
        let size = largest(&expected);
        for (x, y) in found.iter().zip(&expected) {
            assert!((x - y).abs() <= 1e-11 * size, "{nines}: {x:e} for {y:e}");
        }
    }
}

/// Stay for nothing with probability 1 − p, or go for 1: J_α = 1 + H(p)/p, H = −p ln p − (1 − p) ln(1 − p), and its slope
/// in θ(stay) tends to 1. Beside 1 the surprise of staying is nothing, of an episode it is 1.
#[test]
fn the_entropy_of_what_is_all_but_certain_counts() {
    let text = "discount: 1\nstates: [s, end]\nactions: [go, stay]\ninitial: s\nterminal: [end]\ntransitions:\n- [s, go, end, 1, 1]\n- [s, stay, s, 1, 0]\n";
    let model = Model::parse("one", text).expect("a valid model");
    for theta in [1.0f64, 10.0, 20.0, 30.0, 36.0, 40.0] {
        let policy = Policy::softmax(model.space(), vec![0.0, theta], 1.0).expect("a policy");
        let found = model.solve(policy).expect("solved").entropy(&1.0);
        let found = found.expect("soft values");
        // −ln(1 − p) = ln(1 + e^−θ), (1 − p)/p = e^θ, −ln p = θ + ln(1 + e^−θ)
        let surprise = (-theta).exp().ln_1p();
        let j = 1.0 + theta + surprise + theta.exp() * surprise;
        assert!(
            (found.j - j).abs() <= 1e-13 * j,
            "{theta}: {} for {j}",
            found.j
        );
        // dJ/dθ = 1 − p + e^θ surprise − (1 − p)
        let slope = theta.exp() * surprise;
        let off = (found.gradient[1] - slope).abs() + (found.gradient[0] + slope).abs();
        assert!(off <= 1e-12, "{theta}: {:?} for {slope}", found.gradient);
    }
}
