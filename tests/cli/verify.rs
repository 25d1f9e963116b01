//! `exact-mdp verify`: verdicts, formats, lists, exit codes.

use serde_json::Value;

use crate::cli::{file, json, out, run};

#[test]
fn one_model_has_its_checks_under_the_usual_head() {
    let report = json(&["verify", "mdps/two-state.yaml", "--only", "policy-gradient"]);
    assert_eq!(report["model"], "two-state");
    let checks = report["checks"].as_array().expect("checks");
    assert!(checks.len() >= 10);
    for check in checks {
        for key in [
            "name",
            "statement",
            "discrepancy",
            "tolerance",
            "passed",
            "source",
        ] {
            assert!(check.get(key).is_some(), "{key} in {check}");
        }
        match &check["passed"] {
            Value::Null => assert!(check["skipped"].is_string(), "{check}"),
            passed => assert_eq!(passed, true, "{check}"),
        }
    }
}

#[test]
fn several_models_stand_in_a_list() {
    let models = ["mdps/two-state.yaml", "mdps/howard-taxicab.yaml"];
    let report = json(&["verify", models[0], models[1], "--only", "operators"]);
    let models = report["models"].as_array().expect("models");
    let names: Vec<&Value> = models.iter().map(|model| &model["model"]).collect();
    assert_eq!(names, ["two-state", "howard-taxicab"]);
    let skipped = models[1]["checks"][0]["skipped"].as_str();
    assert_eq!(skipped, Some("the criterion is the average reward"));
}

#[test]
fn junit_has_a_suite_for_each_model() {
    let text = out(&[
        "verify",
        "mdps/two-state.yaml",
        "--only",
        "flow-equation,gauge",
        "--format",
        "junit",
    ]);
    let expected = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
        <testsuites name=\"exact-mdp verify\" tests=\"2\" failures=\"0\" skipped=\"0\">\n  \
        <testsuite name=\"two-state\" tests=\"2\" failures=\"0\" skipped=\"0\">\n    \
        <testcase classname=\"occupancy\" name=\"flow-equation\"/>\n    \
        <testcase classname=\"parametrization\" name=\"gauge\"/>\n  \
        </testsuite>\n</testsuites>\n";
    assert_eq!(text, expected);
    let refused = run(&["evaluate", "mdps/two-state.yaml", "--format", "junit"]);
    assert_eq!((refused.out.as_str(), refused.code), ("", Some(2)));
    assert!(refused.err.contains("only `verify` writes JUnit XML"));
}

#[test]
fn identities_are_listed_and_explained_without_a_model() {
    let list = out(&["verify", "--list"]);
    assert!(list.contains("policy-gradient-theorem"));
    assert!(list.ends_with(" identities\n"));
    let text = out(&["verify", "--explain", "policy-gradient-theorem"]);
    assert!(text.contains("Sutton et al. 2000, theorem 1"));
}

#[test]
fn checks_stand_below_the_heading_of_their_section() {
    let names = ["--only", "flow-equation,gauge,value-fixed-point"];
    for first in ["mdps/two-state.yaml", "--list"] {
        let text = out(&[&["verify", first][..], &names].concat());
        let lines: Vec<&str> = text.lines().collect();
        let at = |start: &str| lines.iter().position(|line| line.starts_with(start));
        let headings = [
            "Operators and values (operators)",
            "Occupancy and J (occupancy)",
        ];
        let [values, visits] = headings.map(|heading| at(heading).expect(heading));
        assert!(lines[values + 1].contains("value-fixed-point"), "{text}");
        assert!(
            lines[values + 2].is_empty() && visits == values + 3,
            "{text}"
        );
        assert!(lines[visits + 1].contains("flow-equation"), "{text}");
    }
}

/// J, ρ and ∇J exist under the total reward although nothing terminates from `t`, out of reach.
#[test]
fn what_is_out_of_reach_is_left_out_and_named() {
    let model = "{discount: 1, states: [s, t, end], actions: [a], initial: s, terminal: [end], \
        transitions: {s: {a: end}, t: {a: t}}, rewards: {s: {a: 1}}}";
    let (_folder, path) = file("reach.yaml", model);
    let path = path.as_str();
    let text = out(&["verify", path, "--only", "occupancy"]);
    let report = json(&["verify", path, "--only", "occupancy"]);
    let last = text.lines().last().expect("a line");
    assert!(last.ends_with("where values do not exist: t"), "{text}");
    assert_eq!(report["left_out"], serde_json::json!(["t"]));
    assert!(report["passed"].as_u64() > Some(5), "{report}");
    assert_eq!(report["states"], serde_json::json!(["s", "t", "end"]));
}

#[test]
fn an_unknown_name_is_an_error() {
    let refused = run(&["verify", "mdps/two-state.yaml", "--only", "nonsense"]);
    assert_eq!((refused.out.as_str(), refused.code), ("", Some(2)));
    assert!(refused.err.contains("neither an identity nor a section"));
}

#[test]
fn a_misspelt_name_gets_the_nearest() {
    let refused = run(&["verify", "--explain", "policy-gradient-theorm"]);
    assert_eq!((refused.out.as_str(), refused.code), ("", Some(2)));
    let help = "did you mean `policy-gradient-theorem`?";
    assert!(refused.err.contains(help), "{}", refused.err);
}

#[test]
fn identities_are_listed_in_the_form_that_was_asked_for() {
    let list = json(&["verify", "--list", "--only", "gauge"]);
    let identities = list["identities"].as_array().expect("identities");
    assert_eq!(identities.len(), 1);
    assert_eq!(identities[0]["section"], "parametrization");
    let rows = out(&["verify", "--list", "--only", "gauge", "--format", "csv"]);
    assert!(rows.starts_with("section,name,statement,derivation,source\n"));
}

#[test]
fn a_model_that_cannot_be_read_leaves_the_others_their_checks() {
    let arguments = ["verify", "mdps/two-state.yaml", "mdps/none.yaml"];
    let options = ["--only", "operators", "--format", "json"];
    let found = run(&[&arguments[..], &options[..]].concat());
    assert_eq!(found.code, Some(2));
    assert!(found.err.contains("mdps/none.yaml"), "{}", found.err);
    let report: Value = serde_json::from_str(&found.out).expect("the output is JSON");
    let models = report["models"].as_array().expect("models");
    assert_eq!(models.len(), 1);
    assert_eq!(models[0]["failed"], 0);
}

/// Theorems do not fail where they claim nothing: no undiscounted visits where a row sums to more than 1, no bias beyond
/// the numbers, no direction in a row of one outcome; nor where products are below the numbers of floating point.
#[test]
fn what_is_not_claimed_does_not_fail() {
    let one = "states: [s, t]\nactions: [a, b]\ninitial: s\n";
    let often = format!(
        "discount: 0.999999\n{one}terminal: [t]\ntransitions: {{s: {{a: {{s: 1.0000000000000002, t: 1e-17}}, \
         b: {{s: 1.0000000000000002, t: 1e-17}}}}}}\nrewards: {{s: {{a: 1}}}}\n"
    );
    let small = "discount: 1/2\nstates: [s]\nactions: [a, b]\ninitial: s\n\
                 transitions: {s: {a: s, b: s}}\nrewards: {s: {a: 3e-310, b: 1e-310}}\n";
    let square = format!(
        "discount: 0\n{one}terminal: [t]\ntransitions: {{s: {{a: t, b: t}}}}\nrewards: {{s: {{a: -1e-163, b: 3e-163}}}}\n"
    );
    let large = format!("1{}1", "0".repeat(299));
    let seldom = format!(
        "criterion: average\nstates: [s, t, u]\nactions: [a, b]\ninitial: s\ntransitions:\n\
         - [s, a, t, 1, 0]\n- [t, a, t, 1, 1000000000000]\n- [t, b, s, 1/{large}, 0]\n- [t, b, t, {whole}/{large}, 0]\n\
         - [u, a, s, 1, 0]\n",
        whole = format_args!("1{}", "0".repeat(300)),
    );
    let single = "criterion: average\nstates: [s, t]\nactions: [a]\ninitial: s\n\
                  transitions: {s: {a: {t: 0.9999999999999999}}, t: {a: s}}\nrewards: {s: {a: 1}}\n";
    for model in [&often, small, &square, &seldom, single] {
        let (_folder, path) = file("model.yaml", model);
        let found = run(&["verify", &path, "--failures"]);
        assert_eq!(found.code, Some(0), "{model}\n{}{}", found.out, found.err);
    }
    let (_folder, path) = file("small.yaml", small);
    let report = json(&["gradient", &path, "-q"]);
    let number = |name: &str| report[name].as_f64().expect("a number");
    assert!(
        number("max_disagreement") <= number("tolerance"),
        "{report}"
    );
}
