//! What is said of wrong input where something else than the usual is asked for.

use super::{file, run};

fn refused(asked: &[&str]) -> String {
    let found = run(asked);
    assert_eq!(found.code, Some(2), "{asked:?}: {}{}", found.out, found.err);
    found.err
}

#[test]
fn an_empty_file_says_what_it_should_hold() {
    let (_folder, path) = file("empty.yaml", "");
    for (asked, holds) in [
        (["check", &path].as_slice(), "a model needs at least"),
        (
            &["evaluate", ":two-state", "--policy", &path],
            "a policy is `parametrization`",
        ),
        (
            &["compare", ":two-state", "--behavior", &path],
            "a policy is `parametrization`",
        ),
        (
            &["critics", ":two-state", "--features", &path],
            "a row of features for each state",
        ),
        (
            &["compare", ":two-state", "--critic", &path],
            "a number for each state",
        ),
    ] {
        let said = refused(asked);
        assert!(said.contains("the file is empty"), "{asked:?}: {said}");
        assert!(said.contains(holds), "{asked:?}: {said}");
    }
}

#[test]
fn a_file_of_no_trajectories_is_told_what_these_are() {
    for text in ["[]", ""] {
        let (_folder, path) = file("nil.json", text);
        let said = refused(&["judge", ":two-state", "--trajectories", &path]);
        let words: Vec<&str> = said.split_whitespace().filter(|x| *x != "│").collect();
        let said = words.join(" ");
        assert!(
            said.contains("columns with a list for each trajectory"),
            "{said}"
        );
        assert!(!said.contains("labels of the parameters"), "{said}");
    }
}

#[test]
fn numbers_of_names_and_flags_are_told_what_they_must_be() {
    for nodes in ["0", "-1", "x"] {
        let said = refused(&["evaluate", ":two-state", "--nodes", nodes]);
        assert!(
            said.contains("expected a whole number, at least 1"),
            "{nodes}: {said}"
        );
    }
    for (name, expected) in [
        ("retrace:2", "λ is a number from 0 to 1"),
        ("v-trace:1", "as in v-trace:1:1"),
        ("lambda-return:2", "λ is a number from 0 to 1"),
    ] {
        let said = refused(&["compare", ":two-state", "--estimators", name]);
        assert!(said.contains("there is no estimator"), "{name}: {said}");
        assert!(
            said.replace("\n  │ ", " ").contains(expected),
            "{name}: {said}"
        );
    }
    let asked = [
        "players",
        ":matching-pennies",
        "--climb",
        "plain",
        "--every",
        "0",
    ];
    assert!(refused(&asked).contains("expected a whole number, at least 1"));
}

/// A step of a natural gradient to the border of a simplex: the policy that was given has no zero.
#[test]
fn a_climb_that_steps_to_the_border_is_told_of_its_step() {
    let simplex = "{parametrization: simplex, probabilities: {ask: {silent: 1/2, confess: 1/2}}}";
    let policy =
        format!("{{parametrization: factored, players: {{one: {simplex}, two: {simplex}}}}}");
    let asked = [
        "players",
        ":prisoners-dilemma",
        "--policy",
        &policy,
        "--climb",
        "natural",
        "--step",
        "5",
    ];
    let said = refused(&asked).replace("\n  │ ", " ");
    assert!(said.contains("the step of the climb is 5"), "{said}");
    assert!(said.contains("a smaller one"), "{said}");
    let asked = [&asked[..asked.len() - 1], &["0.01", "--iterations", "3"]].concat();
    let found = run(&asked);
    assert_eq!(found.code, Some(0), "{}{}", found.out, found.err);
}

#[test]
fn constrained_optima_of_an_average_model_are_told_of_horizons() {
    let said = refused(&[
        "constrained",
        "docs/rewards/machine.yaml",
        "--bound",
        "breakdowns<=1/2",
        "--criterion",
        "average",
    ]);
    assert!(said.contains("--horizon 100"), "{said}");
}

/// A thousand rows of zeros of a uniform policy: no logit is saturated.
#[test]
fn rows_that_never_vary_are_said_to() {
    let (_folder, path) = file("z.csv", &"0,0,0,0\n".repeat(1000));
    let found = run(&["judge", ":retry-loop", "--samples", &path]);
    assert_eq!(found.code, Some(1), "{}", found.err);
    let first = found.out.lines().next().unwrap_or_default();
    assert!(
        first.contains("1000 rows of which nothing varies"),
        "{first}"
    );
    assert!(!first.contains("saturated"), "{first}");
}

const BY_TIME: &str = "by_time: [{theta: {cold: {wait: 0, heat: 2}, hot: {wait: 0, heat: 1}}}, \
                       {theta: {cold: {wait: 1, heat: 0}, hot: {wait: 3, heat: 0}}}]\n";

/// The mean squared errors of estimators over a horizon of two steps.
fn variances(policy: &str, behavior: &[&str]) -> Vec<f64> {
    let asked = [
        "compare",
        ":two-state",
        "--horizon",
        "2",
        "--policy",
        policy,
    ];
    let laws = ["--trajectories", "100", "--format", "json"];
    let found = run(&[&asked[..], behavior, &laws].concat());
    assert_eq!(found.code, Some(0), "{behavior:?}: {}", found.err);
    let report: serde_json::Value = serde_json::from_str(&found.out).unwrap();
    let estimators = report["estimators"].as_array().unwrap().iter();
    let each = estimators.flat_map(|one| one["variance"].as_array().unwrap().clone());
    each.map(|x| x.as_f64().unwrap()).collect()
}

/// Who acts may have a rule for each time, or one for all of them, where the policy has a rule for each.
#[test]
fn who_acts_beside_rules_by_time_has_rules_or_one() {
    let rule = "{theta: {cold: {wait: 0, heat: 2}, hot: {wait: 0, heat: 1}}}";
    let (_first, by_time) = file("bt.yaml", BY_TIME);
    let (_second, one) = file("bs.yaml", &rule[1..rule.len() - 1]);
    let (_third, twice) = file("b2.yaml", &format!("by_time: [{rule}, {rule}]\n"));
    // all ratios are 1
    let own = variances(&by_time, &["--behavior", &by_time]);
    let plain = variances(&by_time, &[]);
    let apart = |x: &[f64], y: &[f64]| {
        let each = x.iter().zip(y).map(|(x, y)| (x - y).abs());
        each.fold(0.0, f64::max)
    };
    assert_eq!(own.len(), plain.len());
    assert!(apart(&own, &plain) < 1e-12, "{own:?} {plain:?}");
    let other = variances(&by_time, &["--behavior", &one]);
    let same = variances(&by_time, &["--behavior", &twice]);
    assert!(apart(&other, &same) < 1e-12, "{other:?} {same:?}");
    assert!(apart(&other, &plain) > 1e-6, "{other:?}");
    // under one rule for all times parameters are those of all times
    let asked = [
        "compare",
        ":two-state",
        "--horizon",
        "2",
        "--policy",
        &one,
        "--behavior",
        &by_time,
    ];
    let said = refused(&asked);
    assert!(!said.contains("the model has none"), "{said}");
    assert!(
        said.replace("\n  │ ", " ")
            .contains("a rule for all times is taken"),
        "{said}"
    );
}

/// A policy of one action in each state: there is nothing to be held.
#[test]
fn a_policy_without_parameters_is_no_panic() {
    let model = "discount: 1/2\nstates: [a, b]\nactions: [go]\ninitial: a\ntransitions: {a: {go: b}, b: {go: a}}\n\
                 rewards: {a: {go: 1}}\npolicy: {parametrization: direct}\n";
    let (_folder, model) = file("mrp.yaml", model);
    let (_other, nothing) = file("nil.json", "[]");
    for formula in ["fisher", "natural", "hessian"] {
        let found = run(&["judge", &model, "--formula", formula, &nothing]);
        assert_eq!(found.code, Some(1), "{formula}: {}{}", found.out, found.err);
        assert!(
            found.out.starts_with("cannot be told"),
            "{formula}: {}",
            found.out
        );
    }
    // the head of an .npy of shape [5, 0]
    let head = "{'descr': '<f8', 'fortran_order': False, 'shape': (5, 0), }";
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    let padded = format!("{head:<117}\n");
    bytes.extend((padded.len() as u16).to_le_bytes());
    bytes.extend(padded.as_bytes());
    let path = std::path::Path::new(&nothing).with_file_name("e50.npy");
    std::fs::write(&path, bytes).unwrap();
    let said = refused(&["judge", &model, "--samples", path.to_str().unwrap()]);
    assert!(said.contains("the policy has no parameters"), "{said}");
}

/// G = 3.7, 3 and 3 at scores ½, −½ and −½, mean −½ (1, −1): negated is no multiple of other estimators, which in one
/// direction everything is.
#[test]
fn a_sign_explains_what_a_factor_would_as_well() {
    let model = "discount: 9/10\nstates: [s, e]\nactions: [x, y]\ninitial: s\nterminal: [e]\n\
                 transitions: [[s, x, s, 1/2, 1], [s, x, e, 1/2, 1], [s, y, e, 1, 3]]\n";
    let numbers = r#"{"states": [["s", "s", "e"], ["s", "e"]], "actions": [["x", "y"], ["y"]],
        "rewards": [[1, 3], [3]], "terminated": [[false, true], [true]], "estimate": [0.5, -0.5]}"#;
    let (_folder, model) = file("model.yaml", model);
    let (_other, numbers) = file("mine.json", numbers);
    let found = run(&[
        "judge",
        &model,
        "--trajectories",
        &numbers,
        "--format",
        "json",
    ]);
    let report: serde_json::Value = serde_json::from_str(&found.out).unwrap();
    let diagnoses = report["diagnoses"].as_array().unwrap();
    let named = |name: &str| diagnoses.iter().any(|one| one["name"] == name);
    assert!(named("sign") && !named("scale"), "{diagnoses:?}");
}

/// A discount beside a horizon is one of the horizon, which the command line may say itself.
#[test]
fn another_criterion_than_that_of_a_horizon_is_chosen_by_name() {
    for (model, horizon) in [
        (":inventory-finite-horizon", &[][..]),
        (":two-state", &["--horizon", "5"]),
    ] {
        let asked = ["gradient", model, "--excursion", "uniform"];
        let said = refused(&[&asked[..], horizon].concat()).replace("\n        ", " ");
        let mend = "--criterion discounted --discount 0.9, without --horizon";
        assert!(said.contains(mend), "{said}");
        let mended = ["--criterion", "discounted", "--discount", "0.9"];
        let found = run(&[&asked[..], &mended].concat());
        assert_eq!(found.code, Some(0), "{}", found.err);
    }
}
