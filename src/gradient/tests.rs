//! Sections 4.1 and 4.2 of the theory over models × parametrizations.

use super::*;
use crate::chain::Chain;
use crate::field::{Dual, Field};
use crate::linalg::SolverOptions;
use crate::mdp::{Criterion, Mdp, MdpParts, Names, OutcomeTable};
use crate::number::Rational;
use crate::policy::Kind;
use crate::test_models::{
    Case, exact_cases, float_cases, ratio, ratios, worked_example, worked_policy,
};

#[test]
fn routes_are_equal_over_fractions() {
    for case in exact_cases(0..6) {
        let at = case.at();
        let adjoint = adjoint::gradient(at).unwrap();
        assert_eq!(bellman::gradient(at).unwrap(), adjoint);
        let by_scores = nabla_log::gradient(at, &case.policy.unscored()).unwrap();
        assert_eq!(by_scores.unwrap(), adjoint);
        // the scores one after the other, and all at once
        let weights = at.derivatives().score_weights(at).unwrap();
        let scores = case.policy.scores();
        assert_eq!(scores.rows.mul_transposed(&weights), adjoint);
        // ρ₀ ∇v
        let jacobian = at.jacobian().unwrap();
        for (k, expected) in adjoint.iter().enumerate() {
            let column = jacobian.column(k);
            let started = case.mdp.initial().iter().zip(column.iter());
            let sum = started.fold(Rational::ZERO, |sum, (x, y)| sum + x * y);
            assert_eq!(sum, *expected);
        }
    }
}

#[test]
fn routes_agree_within_their_tolerances_over_floats() {
    for case in float_cases(0..6) {
        let gradient = case.at().gradient_by(&Route::ALL).unwrap();
        assert!(
            gradient.disagreement.agrees(),
            "{:?}",
            gradient.disagreement
        );
        assert!(gradient.disagreement.tolerance < 1e-8);
        let differences = gradient.finite_difference.unwrap();
        for (k, exact) in gradient.gradient.iter().enumerate() {
            let error = (differences.gradient[k] - exact).abs();
            assert!(error <= differences.error_bound[k], "{error:e} at {k}");
            assert!(differences.error_bound[k] < 1e-6, "the bound is useful");
        }
    }
}

/// Appendix C, direct parametrization: ∇J, ∇v.
#[test]
fn worked_example_has_its_gradient() {
    let mdp = worked_example();
    let policy = worked_policy(&mdp, Kind::Direct);
    let case = Case::new(mdp, policy);
    let at = case.at();
    let evaluation = at.evaluation();
    assert_eq!(evaluation.v, ratios(&[(262, 201), (316, 201)]));
    let q = ratios(&[(484, 201), (188, 201), (734, 201), (107, 201)]);
    assert_eq!(evaluation.q, q);
    let advantage = ratios(&[(74, 67), (-74, 201), (418, 201), (-209, 201)]);
    assert_eq!(evaluation.advantage, advantage);
    assert_eq!(evaluation.occupancy, ratios(&[(576, 469), (362, 469)]));
    assert_eq!(evaluation.j, ratio(1418, 1005));
    let gradient = ratios(&[(56832, 31423), (75658, 31423)]);
    assert_eq!(adjoint::gradient(at).unwrap(), gradient);
    assert_eq!(bellman::gradient(at).unwrap(), gradient);
    let jacobian = at.jacobian().unwrap();
    let expected = ratios(&[
        (75776, 31423),
        (28416, 31423),
        (35530, 31423),
        (135850, 31423),
    ]);
    assert_eq!(jacobian.as_slice(), expected);
}

/// Theory 3.10: at π = (0, 1) the gradient is ρ(q₀ − q₁), and no score form gives it.
#[test]
fn boundary_has_a_gradient_and_no_score_form() {
    let mdp = worked_example().map(Field::to_f64);
    let pi = vec![0.0, 1.0, 0.25, 0.75];
    for direct in [false, true] {
        let simplex = Policy::simplex(mdp.space(), pi.clone()).unwrap();
        let policy = if direct {
            Policy::new(
                mdp.space(),
                crate::policy::Parametrization::Direct(crate::policy::Direct),
                vec![0.0, 0.25],
            )
            .unwrap()
        } else {
            simplex
        };
        let case = Case::new(mdp.clone(), policy);
        let gradient = case.at().gradient_by(&Route::ALL).unwrap();
        assert_eq!(gradient.unscored, [0]);
        assert_eq!(gradient.routes[2].gradient, None);
        assert!(gradient.disagreement.agrees());
        let q = &case.evaluation.q;
        let slope = case.evaluation.occupancy[0] * (q[0] - q[1]);
        let expected = if direct { slope } else { slope / 2.0 };
        assert!((gradient.gradient[0] - expected).abs() < 1e-14);
        let differences = gradient.finite_difference.unwrap();
        for k in 0..case.policy.parameters() {
            let error = (differences.gradient[k] - gradient.gradient[k]).abs();
            assert!(error <= differences.error_bound[k]);
        }
    }
}

/// Theory 3.3: ∂J/∂θ(s,a) = ρ(s)π(a|s)A(s,a)/τ; each block sums to 0. Theory 3.6: the escort
/// gradient is orthogonal to θ(s) in each state.
#[test]
fn gauge_directions_carry_no_gradient() {
    for case in exact_cases(0..4) {
        let space = case.mdp.space();
        let gradient = adjoint::gradient(case.at()).unwrap();
        let kind = case.policy.parametrization().kind();
        for state in 0..space.states() {
            let block = space.pairs_of(state);
            let sum: Rational = match kind {
                Kind::Softmax | Kind::Simplex => {
                    block.fold(Rational::ZERO, |sum, k| sum + &gradient[k])
                }
                Kind::Escort => {
                    let theta = case.policy.theta().unwrap();
                    block.fold(Rational::ZERO, |sum, k| sum + &theta[k] * &gradient[k])
                }
                _ => continue,
            };
            assert_eq!(sum, Rational::ZERO);
        }
    }
}

/// At γ = 0.9999 differences lose digits, and their bound says so; the exact routes stay within
/// theirs.
#[test]
fn step_and_bound_follow_the_condition() {
    let discount = 0.9999;
    let mdp = worked_example().map(Field::to_f64);
    let mdp = mdp.under(Criterion::Discounted { discount });
    let policy = Policy::random(mdp.space(), 3);
    let case = Case::new(mdp, policy);
    let gradient = case.at().gradient_by(&Route::ALL).unwrap();
    assert!(
        gradient.disagreement.agrees(),
        "{:?}",
        gradient.disagreement
    );
    let differences = gradient.finite_difference.unwrap();
    for (k, exact) in gradient.gradient.iter().enumerate() {
        let error = (differences.gradient[k] - exact).abs();
        let bound = differences.error_bound[k];
        assert!(
            error <= bound && bound < 1e-3 * exact.abs(),
            "{error:e} {bound:e}"
        );
    }
}

/// Short corridor (Sutton & Barto 2018, example 13.1): J(x) = −(4 − 2x)/(x(1 − x)) with
/// x = σ(θ_right − θ_left), so the gradient is ∓x(1 − x) J'(x).
#[test]
fn short_corridor_has_its_closed_form() {
    let mdp = crate::test_models::short_corridor().map(Field::to_f64);
    for x in [0.1, 0.5, 0.8] {
        let policy = crate::test_models::corridor_policy(&mdp, x);
        let case = Case::new(mdp.clone(), policy);
        let j = -(4.0 - 2.0 * x) / (x * (1.0 - x));
        assert!((case.evaluation.j - j).abs() < 1e-12 * j.abs());
        // d/dx of −(4 − 2x)/(x − x²)
        let w = x - x * x;
        let slope = 2.0 / w + (4.0 - 2.0 * x) * (1.0 - 2.0 * x) / (w * w);
        let expected = [-w * slope, w * slope];
        let gradient = case.at().gradient_by(&Route::ALL).unwrap();
        assert!(gradient.disagreement.agrees());
        for (found, expected) in gradient.gradient.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-11 * (1.0 + expected.abs()));
        }
    }
}

/// γ = 1: putting weight on an action that leads to a trap makes J jump, and that is said.
#[test]
fn traps_behind_unused_actions_have_no_gradient() {
    use crate::mdp::{MdpParts, Names, OutcomeTable, Space};
    let listed = |n: &[&str]| Names::Listed(n.iter().map(|x| x.to_string()).collect());
    let sets = vec![vec![0, 1], vec![0], vec![]];
    let space = Space::new(listed(&["s", "trap", "end"]), listed(&["go", "fall"]), sets).unwrap();
    let mut outcomes = OutcomeTable::default();
    for next in [2, 1, 1] {
        outcomes.push(next, 1.0, 1.0);
        outcomes.end_pair();
    }
    let mdp = Mdp::new(MdpParts {
        name: "trap".into(),
        space: std::sync::Arc::new(space),
        outcomes,
        initial: vec![1.0, 0.0, 0.0],
        criterion: Criterion::Total,
    })
    .unwrap();
    let policy = Policy::simplex(mdp.space(), vec![1.0, 0.0, 1.0]).unwrap();
    let case = Case::new(mdp, policy);
    let error = case.at().gradient_by(&[Route::Adjoint]).unwrap_err();
    let pairs = vec![("s".to_string(), "fall".to_string())];
    assert_eq!(error, Error::NotDifferentiable { pairs });
}

/// The dual route uses the factors of the real chain, and equals factoring the dual one.
#[test]
fn shared_factors_change_nothing() {
    let case = &float_cases(1..2)[0];
    let mdp = case.mdp.map(|&x| Dual::constant(x));
    let by_factoring = dual::derivatives(&case.policy, |policy| {
        let chain = Chain::new(&mdp, policy, &SolverOptions::default())?;
        Ok(chain.evaluate(&mdp, policy)?.j)
    });
    assert_eq!(by_factoring.unwrap(), dual::gradient(case.at()).unwrap());
}

#[test]
fn routes_are_spelled_alike_everywhere() {
    for route in Route::ALL {
        let quoted = format!("\"{}\"", route.name());
        assert_eq!(serde_json::to_string(&route).unwrap(), quoted);
    }
}

/// States that the same action keeps or moves to their neighbour, whatever it is: x pays 1, y 0.
fn paid_for_x(states: usize, stay: f64, criterion: Criterion<f64>) -> Mdp<f64> {
    let mut outcomes = OutcomeTable::default();
    for pair in 0..2 * states {
        let (state, reward) = (pair / 2, if pair % 2 == 0 { 1.0 } else { 0.0 });
        for (next, p) in [(state, stay), ((state + 1) % states, 1.0 - stay)] {
            if p > 0.0 {
                outcomes.push(next, p, reward);
            }
        }
        outcomes.end_pair();
    }
    let sets = (0..states).map(|_| vec![0, 1]);
    let space = Space::new(Names::Numbered(states), Names::Numbered(2), sets).unwrap();
    Mdp::new(MdpParts {
        name: "paid for x".into(),
        space: std::sync::Arc::new(space),
        outcomes,
        initial: vec![1.0 / states as f64; states],
        criterion,
    })
    .unwrap()
}

/// The tolerances of the horizon and of the average reward, term by term from their doc-comments, at
/// the uniform softmax: Σₐ|∂ₖπ| = 1/2 and ℓ = 1.
#[test]
fn tolerances_are_the_derived_ones() {
    let u = f64::EPSILON / 2.0;
    let discount = 0.5;
    let horizon = Criterion::FiniteHorizon {
        discount,
        horizon: 3,
    };
    let cases = [
        // η = (1 + 16)u, M = 1 + 1/2 + 1/4, V = M/2: ηM(1 + 2V)(3·3/2 + 1), twice
        (
            paid_for_x(1, 1.0, horizon),
            2.0 * 17.0 * u * 1.75 * 2.75 * 5.5,
        ),
        // η = (1 + 1 + 16)u, g = 1/2, h = 0, B = 2, K = 1: 4ηBD + ηB, twice
        (
            paid_for_x(1, 1.0, Criterion::Average),
            2.0 * 18.0 * u * (4.0 + 2.0),
        ),
        // η = (2 + 2 + 16)u, the same g, h and B, and K = 1/(1 − 3/4): 4ηK²BD + ηB, twice
        (
            paid_for_x(2, 0.75, Criterion::Average),
            2.0 * 20.0 * u * (4.0 * 16.0 + 2.0),
        ),
    ];
    for (mdp, expected) in cases {
        let policy = Policy::uniform(mdp.space());
        let solved = Solved::new(mdp.clone(), policy).unwrap();
        let found = solved.gradient_by(&[Route::Adjoint]).unwrap();
        let tolerance = found.disagreement.tolerance;
        assert!(
            (tolerance / expected - 1.0).abs() < 1e-12,
            "{:?}: {tolerance:e}, {expected:e}",
            mdp.criterion()
        );
    }
}

/// Counted by hand for two states of their own, four parameters, z = 4 entries: a solve takes
/// n² = 4, a factorisation n³/3 = 8/3, a horizon of five steps 5z = 20.
#[test]
fn work_is_counted_as_said() {
    let cases = [
        (
            Criterion::Discounted { discount: 0.9 },
            [
                8.0,
                4.0,
                4.0,
                4.0 * (4.0 + 16.0),
                8.0 * (4.0 + 8.0 / 3.0 + 12.0),
                16.0 * (4.0 + 8.0 / 3.0),
            ],
        ),
        (
            Criterion::FiniteHorizon {
                discount: 0.9,
                horizon: 5,
            },
            [
                40.0,
                4.0,
                4.0,
                4.0 * (4.0 + 80.0),
                56.0 * (4.0 + 60.0),
                16.0 * (4.0 + 20.0),
            ],
        ),
        (
            Criterion::Average,
            [
                8.0,
                4.0,
                4.0,
                4.0 * (4.0 + 4.0 * (8.0 / 3.0 + 4.0)),
                28.0 * (4.0 + 8.0 / 3.0 + 12.0),
                16.0 * (4.0 + 8.0 / 3.0),
            ],
        ),
    ];
    for (criterion, expected) in cases {
        let mdp = paid_for_x(2, 1.0, criterion);
        let policy = Policy::uniform(mdp.space());
        for (route, expected) in Route::ALL.into_iter().zip(expected) {
            let work = route.work(&mdp, &policy);
            assert!(
                (work - expected).abs() < 1e-9,
                "{route:?}: {work}, {expected}"
            );
        }
    }
}

/// γ = 0, A = ±1/2, ρπ = 1/2: w = 9/5 and 1/5 are both clipped at ε = 1/5, which gives
/// 1/2 · 6/5 · 1/2 − 1/2 · 4/5 · 1/2.
#[test]
fn surrogates_are_clipped_on_both_sides() {
    let mdp = paid_for_x(1, 1.0, Criterion::Discounted { discount: 0.0 });
    let case = Case::new(mdp.clone(), Policy::uniform(mdp.space()));
    let other = Policy::simplex(mdp.space(), vec![0.9, 0.1]).unwrap();
    let clipped = surrogate::clipped_surrogate(case.at(), &other, &0.2).unwrap();
    assert!((clipped - 0.1).abs() < 1e-15, "{clipped}");
}
