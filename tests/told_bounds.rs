//! Bounds that every report tells where rounding shows. Values from closed forms.

use exact_mdp::model::Model;
use exact_mdp::report::Quantity;
use exact_mdp::study::{
    AscendRequest, BetweenRequest, EvaluateRequest, GradientRequest, Notes, RewardsRequest,
    StepRequest, ascend, between, evaluate, gradient, rewards, step,
};

/// 10¹² + 1/10 and −10¹² over three steps: at the second time 1/10 is left, of which rounding leaves three digits, while
/// all values of the first time are large.
#[test]
fn values_of_later_times_have_a_bound() {
    let text = "
horizon: 3
states: [s, t]
actions: [a]
initial: s
transitions: {s: {a: t}, t: {a: t}}
rewards: {s: {a: 1000000000000.1}, t: {a: -1000000000000}}
";
    let model = Model::parse("m", text).unwrap();
    let report = evaluate(&model, &EvaluateRequest::default(), &Notes::default()).unwrap();
    let v = report.v_by_time.as_ref().unwrap()[1][0].value().unwrap();
    let bound = report.value_error.expect("it shows");
    assert!((v - 0.1).abs() <= bound && bound < 1.0, "{v} {bound}");
    // ordinary rewards have all digits, and nothing is said
    let plain = text
        .replace("1000000000000.1", "4")
        .replace("-1000000000000", "-1");
    let model = Model::parse("m", &plain).unwrap();
    let report = evaluate(&model, &EvaluateRequest::default(), &Notes::default()).unwrap();
    assert_eq!(report.value_error, None);
}

/// J of a cycle whose rewards cancel, 10/19, has a bound wherever it is told, and so has ∇J where weights cancel.
#[test]
fn j_has_its_bound_in_other_reports() {
    let text = "
discount: 9/10
states: [s, t]
actions: [a, b]
initial: s
transitions: {s: {a: t, b: t}, t: {a: s}}
rewards: {s: {a: 9000000000000.1, b: 9000000000000.1}, t: {a: -10000000000000}}
";
    let model = Model::parse("m", text).unwrap();
    let notes = Notes::default();
    let covers = |j: &Quantity, error: Option<f64>| {
        let off = (j.value().unwrap() - 10.0 / 19.0).abs();
        assert!(off <= error.expect("it shows") && off > 1e-9);
    };
    let found = gradient(&model, &GradientRequest::default(), &notes).unwrap();
    covers(&found.j, found.j_error);
    assert!(found.gradient_error.is_some());
    let found = step(&model, &StepRequest::default(), &notes).unwrap();
    covers(&found.j, found.j_error);
    let found = between(&model, &BetweenRequest::default(), &notes).unwrap();
    covers(&found.j, found.j_error);
    let mut still = AscendRequest::default();
    still.options.iterations = 0;
    let found = ascend(&model, &still, &notes).unwrap().report.unwrap();
    covers(&found.first.j, found.first.j_error);
}

/// Two rewards of 10¹² that differ by quarters: what is paid of their difference is exact before it is rounded.
#[test]
fn combinations_are_paid_before_they_are_rounded() {
    let text = "
discount: 9/10
states: [s, u]
actions: [a, b]
initial: s
transitions:
  s: {a: {s: 1/3, u: 2/3}, b: u}
  u: {a: s, b: {s: 1/7, u: 6/7}}
rewards:
  ra:
    s: {a: 1000000000000.25, b: 1000000000001}
    u: {a: 1000000000000.5, b: 1000000000000}
  rb:
    s: {a: 1000000000000, b: 1000000000000.125}
    u: {a: 1000000000000.75, b: 999999999999}
";
    let model = Model::parse("m", text).unwrap();
    let request = RewardsRequest {
        combination: Some("ra - rb".into()),
        ..RewardsRequest::default()
    };
    let report = rewards(&model, &request, &Notes::default()).unwrap();
    let combination = report.combination.unwrap();
    // in fractions 1755/382
    assert!((combination.j.value().unwrap() - 1755.0 / 382.0).abs() < 1e-13);
    assert_eq!(combination.value_error, None);
}
