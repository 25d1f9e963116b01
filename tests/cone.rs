//! Cones of rewards whose slacks are what is left of large numbers, against closed forms.

use exact_mdp::cone::Cone;
use exact_mdp::model::Model;
use exact_mdp::report::{ConeReport, Quantity, Report};
use exact_mdp::study::{self, ConeRequest, Notes, PolicyName};

fn model(text: &str) -> Model {
    Model::parse("cone.yaml", text).expect("a model")
}

fn cone(model: &Model, policy: PolicyName) -> ConeReport {
    let mut request = ConeRequest::default();
    request.setting.policy = policy;
    study::cone(model, &request, &Notes::default()).expect("a cone")
}

fn value(x: &Quantity) -> f64 {
    x.value().expect("a number")
}

fn close(found: &Quantity, right: f64) {
    let found = value(found);
    assert!(
        (found - right).abs() <= 4.0 * f64::EPSILON * right.abs(),
        "{found} for {right}"
    );
}

/// Both actions of `s` lead to what is worth 10⁷; one costs a little more. An inequality has the weights 1 and −1.
fn beside_a_million(cost: &str) -> Model {
    model(&format!(
        "discount: 9/10\nstates: [s, u]\nactions: [a, b]\ninitial: s\ntransitions:\n  - [s, a, u, 1, 0]\n  \
         - [s, b, u, 1, -{cost}]\n  - [u, a, u, 1, 1000000]\n"
    ))
}

#[test]
fn a_small_slack_beside_large_values_is_told() {
    for cost in ["1e-5", "1e-6", "1e-8", "1e-40"] {
        let found = cone(&beside_a_million(cost), PolicyName::Own);
        assert_eq!(found.is_optimal, Some(true), "{cost}");
        assert_eq!(found.is_unique, Some(true), "{cost}");
        assert_eq!(found.is_degenerate, Some(false), "{cost}");
        let cost: f64 = cost.parse().expect("a number");
        close(&found.slack[1], cost);
        close(&found.max_norm.distance, cost / 2.0);
        assert_eq!(found.slack_error, None);
        assert!(found.tight.is_empty() && found.undecided.is_empty());
    }
}

/// The library's own floating point says what it does not know.
#[test]
fn what_rounding_hides_is_undecided() {
    let hidden = beside_a_million("1e-11");
    let solved = hidden
        .solve(exact_mdp::arithmetic::Choice::Optimal)
        .expect("a policy");
    let found = Cone::new(&solved).expect("a cone");
    let error = found.slack_errors().expect("an error")[0];
    assert!((found.slack()[0].abs() - 1e-11).abs() <= error, "{error}");
    assert!(error < 1e-6, "{error}");
    assert_eq!(found.signs(), [None]);
    assert_eq!(found.holds(), None);
}

/// At discount 0 what comes after does not matter, however large.
#[test]
fn at_discount_zero_successors_hide_nothing() {
    let text = "discount: 0\nstates: [s0, s1, end]\nactions: [a, b]\ninitial: s0\ntransitions:\n  - [s0, a, s1, 1, -8e-8]\n  \
                - [s0, b, end, 1, 0]\n  - [s1, a, end, 1, -5]\n  - [s1, b, end, 1, -500000000]\nterminal: [end]\n";
    let policy = "{parametrization: simplex, probabilities: {s0: {b: 1}, s1: {b: 1}}}";
    let model = model(text);
    let found = cone(&model, PolicyName::Text(policy.into()));
    close(&found.slack[0], 8e-8);
    assert!(found.tight.is_empty());
    let own = exact_mdp::load::parse_policy("policy", policy, model.space())
        .expect("a policy")
        .0;
    let solved = model.solve(own).expect("solved");
    let floats = Cone::new(&solved).expect("a cone");
    assert_eq!(floats.signs()[0], Some(std::cmp::Ordering::Greater));
    // rewards of a million that differ in the ninth digit
    let text = "discount: 0\nstates: [s, end]\nactions: [a, b]\ninitial: s\ntransitions:\n  - [s, a, end, 1, 1000000]\n  \
                - [s, b, end, 1, 999999.996]\nterminal: [end]\n";
    let found = cone(&self::model(text), PolicyName::Own);
    close(&found.slack[1], 0.004);
    close(&found.max_norm.distance, 0.002);
}

/// Rewards 40 orders apart: the policy that is taken as optimal is.
#[test]
fn the_optimal_policy_is_optimal() {
    let text = "discount: 999999/1000000\nstates: [s0, s1, s2, s3]\nactions: [a0, a1, a2]\ninitial: {s2: 1}\ntransitions:\n  \
                - [s0, a2, s0, 1, -1e-100]\n  - [s1, a0, s1, 1/4, -9e-100]\n  - [s1, a0, s3, 5/8, -9e-100]\n  \
                - [s1, a0, s2, 1/8, -9e-100]\n  - [s1, a1, s1, 1, -4e-140]\n  - [s1, a2, s2, 1, -9e-140]\n  \
                - [s2, a1, s1, 999999/1000000, 9e-140]\n  - [s2, a1, s3, 1/1000000, 9e-140]\nterminal: [s3]\n";
    let found = cone(&model(text), PolicyName::Own);
    assert_eq!(found.is_optimal, Some(true));
    assert_eq!(found.is_unique, Some(true));
}

/// A line of 400 states, too long for fractions unasked where each step may fail: two actions that are alike are not told
/// from such that are not, and what is known is said.
#[test]
fn large_models_say_what_rounding_may_have_done() {
    let mut text = String::from(
        "discount: 99/100\nstates: 401\nactions: [a, b]\ninitial: {0: 1}\ntransitions:\n",
    );
    for s in 0..400 {
        let next = s + 1;
        text += &format!(
            "  - [{s}, a, {next}, 1/2, 1]\n  - [{s}, a, {s}, 1/2, 1]\n  - [{s}, b, {next}, 1/2, 1]\n  - [{s}, b, {s}, 1/2, 1]\n"
        );
    }
    text += "terminal: [400]\n";
    let found = cone(&model(&text), PolicyName::Own);
    assert_eq!(found.is_optimal, None);
    assert_eq!(found.undecided.len(), 400);
    let error = found.slack_error.expect("an error");
    assert!(error < 1e-9);
    let slacks = found.slack.iter().map(value);
    slacks.for_each(|slack| assert!(slack.abs() <= error, "{slack}"));
    assert!(found.entries().get("slack_error").is_some());
}

/// A coefficient of 10⁻¹³ beside those of 1, which is what is left of two values near 10: all by fractions outside.
#[test]
fn small_coefficients_keep_their_digits() {
    let far = model(
        r#"{"discount": "9/10", "states": ["s0", "s1", "s2"], "actions": ["x", "y"], "initial": "s0", "transitions": [
        ["s0", "x", "s1", "1/90000000001", 1], ["s0", "x", "s0", "90000000000/90000000001", 1],
        ["s0", "y", "s0", "1/1000001", "-7/5"], ["s0", "y", "s2", "1000000/1000001", "-27/10"],
        ["s1", "x", "s1", "1/700000000001", 1], ["s1", "x", "s0", "700000000000/700000000001", "-1/5"],
        ["s1", "y", "s1", "1/600000000001", -1], ["s1", "y", "s0", "600000000000/600000000001", "2/5"],
        ["s2", "x", "s1", "1/80000000001", "1/5"], ["s2", "x", "s2", "30000000000/80000000001", "-1/2"],
        ["s2", "x", "s0", "50000000000/80000000001", "-3/10"]]}"#,
    );
    let found = cone(&far, PolicyName::Own);
    let inequalities = found.inequalities.as_deref().expect("few pairs");
    close(&inequalities[2][0], -2.142_857_142_832_295_8e-13);
    close(&inequalities[1][3], 8.301_888_490_433_57e-12);
    close(
        &found.increase.as_ref().expect("a cone")[0],
        2_800_000_000_012.977_5,
    );
    close(
        &found.decrease.as_ref().expect("a cone")[0],
        2.360_800_016_626_466_7,
    );
}

/// Over a horizon y pays three more everywhere, beside 10¹⁷ that leave floats no digit of it, or beside an end: the policy is
/// chosen from what is written. At the first time s pays 6 in place of 4, by four rewards of weight 1.
#[test]
fn over_a_horizon_the_optimal_policy_is_chosen_from_what_is_written() {
    for end in ["", "terminal: [e]\n"] {
        let (last, names) = if end.is_empty() {
            ("t", "s, t")
        } else {
            ("e", "s, t, e")
        };
        let found = cone(
            &model(&format!(
                "horizon: 2\ndiscount: 1\nstates: [{names}]\nactions: [x, y]\ninitial: s\n{end}transitions:\n  \
                 - [s, x, t, 1, \"100000000000000000\"]\n  - [s, y, s, 1, \"100000000000000003\"]\n  \
                 - [t, x, {last}, 1, \"100000000000000001\"]\n  - [t, y, {last}, 1, \"100000000000000004\"]\n"
            )),
            PolicyName::Own,
        );
        assert_eq!(found.is_optimal, Some(true), "{end}");
        assert_eq!(value(&found.max_norm.distance), 0.5, "{end}");
    }
}
