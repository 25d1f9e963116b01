//! Bounds where an episode takes a million steps and more: beside the same numbers in fractions they cover what rounding did,
//! and are no powers of that time.

use exact_mdp::arithmetic::Choice;
use exact_mdp::model::Model;
use exact_mdp::number::{Number, Rational};
use exact_mdp::report::{Quantity, StepsReport};
use exact_mdp::study::{
    BetweenRequest, EvaluateRequest, Notes, Numbers, PolicyName, StepRequest, between, evaluate,
    step,
};

/// `t` is left once in as many steps, for `s`, from where one comes back, and half as often for good.
fn model(steps: u64) -> Model {
    let (last, both) = (steps - 1, steps - 2);
    let text = format!(
        "discount: 1\nstates: [s, t, e]\nactions: [x, y]\ninitial: t\nterminal: [e]\ntransitions:\n  \
         - [s, x, t, 2/3, 2]\n  - [s, x, e, 1/3, -8]\n  - [s, y, e, 1, 5]\n  - [t, x, s, 1/{steps}, 1]\n  \
         - [t, x, t, {last}/{steps}, 5]\n  - [t, y, s, 1/{steps}, 1]\n  - [t, y, e, 1/{steps}, 1]\n  \
         - [t, y, t, {both}/{steps}, 1]\n"
    );
    Model::parse("slow", &text).expect("a model")
}

fn value(x: &Quantity) -> f64 {
    x.value().expect("a number")
}

/// |x − y| of a float and a fraction.
fn apart(x: f64, y: &Rational) -> f64 {
    let x = Number::from_f64(x).expect("a number").to_rational();
    (x - y.clone()).to_f64().value().abs()
}

#[test]
fn steps_keep_what_fractions_have() {
    for (steps, allowed) in [(10_000, 1e-7), (1_000_000, 1e-5), (100_000_000, 1e-2)] {
        let mut request = StepRequest {
            enumerate: false,
            ..StepRequest::default()
        };
        request.estimation.estimators = Some("advantage,reward-to-go,total-return".into());
        let notes = Notes::default();
        let found = step(&model(steps), &request, &notes).expect("a step");
        request.setting.numbers = Numbers::Exact;
        let right = step(&model(steps), &request, &notes).expect("a step");
        for (found, right) in found.estimators.iter().zip(&right.estimators) {
            for (name, x) in &found.numbers {
                let of = name
                    .strip_suffix("_error")
                    .filter(|_| *name != "mean_squared_error");
                let Some(of) = of else {
                    let (told, known) = (x.value(), right.number(name).value());
                    assert_eq!(told.is_some(), known.is_some(), "{steps} {name}");
                    continue;
                };
                let (at, error, right) = (found.number(of), value(x), value(&right.number(of)));
                let (at, name) = (value(&at), format!("{} {of}", found.name));
                let off = (at - right).abs();
                assert!(
                    off <= error + 1e-15 * at.abs(),
                    "{steps} {name}: {off:e} {error:e}"
                );
                // a bias of 0 stands beside a mean
                if of != "squared_bias" && right != 0.0 {
                    assert!(
                        error <= allowed * right.abs(),
                        "{steps} {name}: {error:e} {at:e}"
                    );
                }
            }
        }
    }
}

#[test]
fn hessians_and_jacobians_are_known() {
    for (steps, allowed) in [(1_000_000, 1e-7), (100_000_000, 1e-4)] {
        let model = model(steps);
        let at = model.solve(Choice::Uniform).expect("values");
        let exact = model.exact().expect("fractions");
        let exact = exact.solve(Choice::Uniform).expect("values");
        let pairs = [
            (at.hessian(), exact.hessian(), at.hessian_error()),
            (at.jacobian(), exact.jacobian(), at.jacobian_error()),
        ];
        for (found, right, error) in pairs {
            let (found, right) = (found.expect("one"), right.expect("one"));
            let error = error.expect("solved").expect("a bound");
            let largest = found.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
            assert!(error <= allowed * largest, "{steps}: {error:e} {largest:e}");
            for (x, y) in found.iter().zip(right.iter()) {
                assert!(apart(*x, y) <= error, "{steps}: {x} {error:e}");
            }
        }
    }
}

/// (1/3, 2/3; 1/5, 4/5) beside the uniform policy.
#[test]
fn differences_and_advantages_are_known() {
    let to = "{parametrization: direct, probabilities: {s: {x: 1/3, y: 2/3}, t: {x: 1/5, y: 4/5}}}";
    let mut request = BetweenRequest::default();
    request.setting.policy = PolicyName::Uniform;
    request.to = PolicyName::Text(to.into());
    let (model, notes) = (model(1_000_000), Notes::default());
    let found = between(&model, &request, &notes).expect("a difference");
    request.setting.numbers = Numbers::Exact;
    let right = between(&model, &request, &notes).expect("a difference");
    let off = (value(&found.difference) - value(&right.difference)).abs();
    assert!(off <= 1e-12 * value(&right.difference).abs());
    assert_eq!(
        (found.difference_error, found.contribution_error),
        (None, None)
    );
    let found = evaluate(&model, &EvaluateRequest::default(), &notes).expect("values");
    assert_eq!(found.advantage_error, None);
}

/// Exits once in 10⁴⁰ steps and more, beside rewards of both signs: derivatives of the first and second order and ∇Var G keep
/// their digits.
#[test]
fn derivatives_keep_their_digits_where_an_episode_never_seems_to_end() {
    let (last, all) = ("9".repeat(41), format!("1{}", "0".repeat(41)));
    let text = format!(
        "discount: 1\nstates: [s, t, e]\nactions: [x, y]\ninitial: {{s: 1/4, t: 3/4}}\nterminal: [e]\ntransitions:\n  \
         - [s, x, s, {last}/{all}, 32/7]\n  - [s, x, e, 1/{all}, 32/7]\n  - [s, y, s, 1199/1200, 0]\n  \
         - [s, y, t, 1/1200, 0]\n  - [t, x, t, 1/50, -5]\n  - [t, x, s, 49/50, -5]\n  - [t, y, s, 1/8000000, -46/7]\n  \
         - [t, y, t, 7999999/8000000, -46/7]\n"
    );
    let model = Model::parse("endless", &text).expect("a model");
    let found = model.solve(Choice::Uniform).expect("values");
    let exact = model.exact().expect("fractions").solve(Choice::Uniform);
    let exact = exact.expect("values");
    let near = |found: &[f64], exact: &[Rational]| {
        let largest = found.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
        for (x, y) in found.iter().zip(exact) {
            assert!(apart(*x, y) <= 1e-10 * largest, "{x} {largest}");
        }
    };
    near(found.gradient().expect("∇J"), exact.gradient().expect("∇J"));
    near(
        found.hessian().expect("H").as_slice(),
        exact.hessian().expect("H").as_slice(),
    );
    near(
        &found.variance_gradient().expect("∇Var"),
        &exact.variance_gradient().expect("∇Var"),
    );
    let error = found.gradient_error().expect("a bound");
    let largest = found.gradient().expect("∇J")[0].abs();
    assert!(error <= 1e-6 * largest, "{error:e} {largest:e}");
}

/// An exit of 10⁻¹⁷ is beside 1 no float: the curvature along reward-to-go is −8.8 · 10⁻¹³, comes out as 0, and has a bound.
#[test]
fn a_curvature_that_comes_out_as_0_has_a_bound() {
    let text = "discount: 9/10\nstates: 3\nactions: 2\ninitial: {0: 1}\nterminal: [2]\ntransitions:\n  \
                - [0, 0, 0, 79999999999999999/80000000000000000, 7/50000000]\n  \
                - [0, 0, 1, 1/80000000000000000, 7/50000000]\n  - [0, 1, 0, 1, -95/7]\n  - [1, 0, 0, 1, 5]\n";
    let model = Model::parse("hidden", text).expect("a model");
    let mut request = StepRequest::default();
    request.estimation.estimators = Some("reward-to-go".into());
    let notes = Notes::default();
    let found = step(&model, &request, &notes).expect("a step");
    request.setting.numbers = Numbers::Exact;
    let right = step(&model, &request, &notes).expect("a step");
    let number = |report: &StepsReport, name| value(&report.estimators[0].number(name));
    for (name, error) in [("curvature", "curvature_error"), ("noise", "noise_error")] {
        let off = (number(&found, name) - number(&right, name)).abs();
        let error = number(&found, error);
        assert!(off > 0.0 && off <= error, "{name} {off:e} {error:e}");
    }
}
