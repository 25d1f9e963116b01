//! `solve`: options that act or are refused, what JSON, CSV and tables hold.

use super::{file, json, out, run};

/// From `b` nothing terminates, and ρ₀ does not start there.
const UNDEFINED: &str = "
discount: 1
states: [a, b, end]
actions: [x, y]
initial: {a: 1}
terminal: [end]
transitions: {a: {x: end, y: b}, b: {x: b}}
rewards: {a: {x: 1}}
";

/// The linear programs leave out what never terminates; the dual's ρ is shown for all pairs.
#[test]
fn the_dual_of_a_model_with_undefined_states_is_over_all_pairs() {
    let (_folder, path) = file("undefined.yaml", UNDEFINED);
    let solve = ["solve", &path, "--method", "linear-program", "--quiet"];
    assert!(out(&solve).contains("dual program: 1,"));
    let report = json(&solve);
    assert_eq!(
        report["dual"]["pair_occupancy"],
        serde_json::json!([1.0, 0.0, 0.0])
    );
    assert_eq!(report["v"], serde_json::json!([1.0, null, 0.0]));
}

/// What stays is paid 1.7 for 2·10¹¹ steps: J* is 3/4 of 3.4·10¹¹ but for units, where a simplex method may see a program
/// without bounds (microlp did before 0.7).
#[test]
fn a_bounded_problem_is_not_called_unbounded() {
    let model = r#"{"states": ["s0", "s1", "e0"], "actions": ["x", "y", "z"], "initial": {"s0": "3/4", "s1": "1/4"},
        "discount": 1, "terminal": ["e0"], "transitions": [["s0", "x", "e0", "1/200000000001", "-17/10"],
        ["s0", "x", "s0", "200000000000/200000000001", "17/10"], ["s0", "z", "e0", "1/10000001", "-21/10"],
        ["s0", "z", "s1", "10000000/10000001", "-5/2"], ["s1", "y", "s1", "1/800000000001", "-3/10"],
        ["s1", "y", "e0", "800000000000/800000000001", "6/5"], ["s1", "z", "s1", "1/6000000000001", "1"],
        ["s1", "z", "e0", "6000000000000/6000000000001", "-7/5"]]}"#;
    let (_folder, path) = file("model.yaml", model);
    for method in ["linear-program", "policy-iteration"] {
        let j = json(&["solve", &path, "--method", method])["j"].as_f64();
        let off = j.expect("a number") / (0.75 * 1.7 * 2e11) - 1.0;
        assert!(off.abs() < 1e-9, "{method}: {off}");
    }
}

/// Rewards near 10⁹ and an exit of 1/700001: h₁ = 629999.2 + h₂ and 8/15 h₂ = 293997.66 by hand.
#[test]
fn the_bias_has_its_digits_or_a_bound_of_its_own() {
    let model = r#"{"states": ["s0", "s1", "s2"], "actions": ["x", "y", "z"], "criterion": "average",
        "initial": {"s0": "1/2", "s1": "1/6", "s2": "1/3"}, "transitions": [["s0", "x", "s0", 1, "4999999986/5"],
        ["s0", "y", "s0", 1, "5000000009/5"], ["s1", "x", "s2", "1/700001", 1000000001],
        ["s1", "x", "s1", "700000/700001", "10000000027/10"], ["s1", "z", "s1", 1, "9999999979/10"],
        ["s2", "x", "s0", "8/15", "4999999991/5"], ["s2", "x", "s1", "7/15", "10000000017/10"],
        ["s2", "y", "s0", "3/4", "2000000003/2"], ["s2", "y", "s1", "1/4", "4999999988/5"],
        ["s2", "z", "s2", "1/2", "9999999981/10"], ["s2", "z", "s0", "1/2", "4999999993/5"]]}"#;
    let (_folder, path) = file("model.yaml", model);
    let report = json(&["solve", &path]);
    // what all rewards share is taken away before they are rounded, so that twelve digits are left, or a bound is told
    let error = report["bias_error"].as_f64().unwrap_or(1e-6);
    for (state, right) in [(1, 1_181_244.812_5), (2, 551_245.612_5)] {
        let found = report["bias"][state].as_f64().expect("a number");
        assert!((found - right).abs() <= error, "{found} {right} {error}");
    }
    assert!(error < 1.0, "{error}");
    let report = json(&["solve", "mdps/howard-toymaker.yaml"]);
    assert_eq!(report["bias_error"], serde_json::Value::Null);
}

#[test]
fn a_soft_optimum_has_no_value_where_nothing_terminates() {
    let (_folder, path) = file("undefined.yaml", UNDEFINED);
    let report = json(&["solve", &path, "--entropy", "0.1", "--quiet"]);
    assert_eq!(report["v"], serde_json::json!([1.0, null, 0.0]));
}

#[test]
fn options_that_cannot_mean_anything_are_refused() {
    let horizon = "mdps/inventory-finite-horizon.yaml";
    let average = "mdps/howard-toymaker.yaml";
    let lake = "mdps/frozenlake-4x4.yaml";
    let cases: [&[&str]; 7] = [
        &[horizon, "--method", "value-iteration"],
        &[horizon, "--tolerance", "1"],
        &[horizon, "--trace"],
        &[average, "--method", "linear-program"],
        &[average, "--tolerance", "0.1"],
        &[lake, "--entropy", "0.1", "--method", "value-iteration"],
        &[lake, "--method", "linear-program", "--trace"],
    ];
    for case in cases {
        let run = run(&[&["solve"], case].concat());
        assert_eq!(run.code, Some(2), "{case:?}");
        assert!(run.err.contains("changes nothing here"), "{}", run.err);
    }
}

/// A discount that floating point cannot tell from 1 leaves no bound, and no way to one.
#[test]
fn a_discount_that_rounds_to_one_is_refused() {
    let discount = format!("0.{}", "9".repeat(20));
    let solve = ["solve", "mdps/two-state.yaml", "--discount", &discount];
    let refused = run(&solve);
    assert_eq!(refused.code, Some(2));
    assert!(refused.err.contains("--exact"), "{}", refused.err);
    assert_eq!(run(&[&solve[..], &["--exact"]].concat()).code, Some(0));
    // nothing ends, and γᵗ never becomes small: no place to cut a trajectory
    for model in ["mdps/two-state.yaml", "mdps/riverswim.yaml"] {
        let compare = ["compare", model, "-n", "100", "--discount", &discount];
        let refused = run(&compare);
        assert_eq!(refused.code, Some(2), "{model}: {}", refused.err);
        assert!(refused.err.contains("1 − 1e-20"), "{}", refused.err);
        assert!(refused.err.contains("--truncation"), "{}", refused.err);
        let cut = run(&[&compare[..], &["--truncation", "10"]].concat());
        assert_eq!(cut.code, Some(0), "{}", cut.err);
    }
    let head = run(&["evaluate", "mdps/two-state.yaml", "--discount", &discount]);
    assert!(head.out.contains("γ < 1 that floats"), "{}", head.out);
}

/// γ within 10⁻⁸ of 1: rounding of values of 10⁸ hides whether they are within 1/10.
#[test]
fn a_tolerance_is_claimed_only_where_it_is_met() {
    for method in ["value-iteration", "modified-policy-iteration", "auto"] {
        let solve = ["solve", "mdps/garnet.yaml", "--discount", "0.99999999"];
        let options = ["--tolerance", "0.1", "--method", method, "--quiet"];
        let report = json(&[&solve[..], &options].concat());
        let bound = report["error_bound"].as_f64().unwrap();
        assert!(report["stop"] != "tolerance" || bound <= 0.1, "{report}");
    }
}

#[test]
fn the_csv_of_an_optimum_holds_all_of_it() {
    let csv = |arguments: &[&str]| out(&[&["solve"], arguments, &["--format", "csv"]].concat());
    let trace = csv(&[
        "mdps/value-iteration-counterexample.yaml",
        "--method",
        "value-iteration",
        "--trace",
    ]);
    assert!(trace.contains("\niterations,,,,"), "{trace}");
    assert!(trace.contains("\nj_greedy,1,,,1"), "{trace}");
    assert!(trace.contains("\nresidual,1,,,"), "{trace}");
    let program = csv(&["mdps/two-state.yaml", "--method", "linear-program"]);
    assert!(program.contains("\ndual,,cold,heat,"), "{program}");
    assert!(csv(&["mdps/howard-toymaker.yaml"]).contains("\nbias,,good,,"));
    let times = csv(&["mdps/inventory-finite-horizon.yaml"]);
    assert!(times.contains("\ngreedy_by_time,0,0,order-3,"), "{times}");
}

/// Fault: one margin for all states, from values of 10⁹ elsewhere, listed an action of −2 beside one of 0. State 1
/// leaves with 10⁻⁹ and is not connected with state 0, whose actions 1 and 2 end at once.
#[test]
fn large_values_elsewhere_make_no_tie() {
    let text = "
discount: 1
states: 3
actions: 3
initial: 0
terminal: [2]
transitions:
  - [0, 0, 0, 1, 0]
  - [0, 1, 2, 1, -2]
  - [0, 2, 2, 1, 0]
  - [1, 0, 1, 999999999/1000000000, -1]
  - [1, 0, 2, 1/1000000000, 0]
  - [1, 1, 1, 1, -2]
  - [1, 2, 1, 1, 0]
";
    let (_folder, path) = super::file("apart.yaml", text);
    let report = super::json(&["solve", &path]);
    let listed = report["greedy"].as_array().unwrap().iter();
    let of_first: Vec<&serde_json::Value> = listed.filter(|pair| pair[0] == "0").collect();
    assert!(of_first.iter().all(|pair| pair[1] != "1"), "{of_first:?}");
    assert!(of_first.iter().any(|pair| pair[1] == "2"), "{of_first:?}");
}

/// The block `policy` of a report is a policy by itself, as the whole report is.
#[test]
fn the_policy_of_a_report_is_one_by_itself() {
    let asked = ["evaluate", ":retry-loop", "--policy", "random:1"];
    let report = super::json(&asked);
    let (_folder, path) = super::file("mine.json", &report["policy"].to_string());
    let again = super::json(&["evaluate", ":retry-loop", "--policy", &path]);
    assert_eq!(again["v"], report["v"]);
}
