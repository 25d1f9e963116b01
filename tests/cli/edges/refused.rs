//! What cannot be done is refused before it begins, with its cost, or done in time that does not grow.

use super::super::{file, json, run};

/// One state that is left once in 10¹² steps.
const LONG: &str = "
discount: 1
states: [a, end]
actions: [x, y]
initial: a
terminal: [end]
transitions:
  a: {x: {a: 0.999999999999, end: 1e-12}, y: {a: 0.999999999999, end: 1e-12}}
rewards:
  a: {x: 1}
";

/// 10⁸ steps of the first episode were walked before that was given up.
#[test]
fn episodes_that_take_for_ever_are_not_begun() {
    let (folder, path) = file("long.yaml", LONG);
    let written = folder.path().join("r.json");
    let written = written.to_str().unwrap();
    for arguments in [
        &["compare", &path, "-n", "10"][..],
        &["compare", &path, "-n", "10", "--sequential"],
        &["ascend", &path, "--method", "reinforce", "-n", "3"],
        &["ascend", &path, "--method", "actor-critic", "-n", "3"],
        &["reference", &path, "--trajectories", "5", "-o", written],
    ] {
        let refused = run(arguments);
        assert_eq!(refused.code, Some(2), "{arguments:?}: {}", refused.err);
        let said = refused.err.replace("\n  │ ", " ");
        let cost = "a trajectory takes 1.0e12 steps in expectation";
        assert!(said.contains(cost), "{arguments:?}: {said}");
    }
    let cut = run(&["compare", &path, "-n", "10", "--truncation", "100"]);
    assert_ne!(cut.code, Some(2), "{}", cut.err);
}

#[test]
fn more_steps_than_anybody_waits_for_are_not_begun() {
    let refused = run(&["compare", "mdps/retry-loop.yaml", "-n", "100000000000000"]);
    assert_eq!(refused.code, Some(2));
    let said = "each of 100000000000000 trajectories takes";
    assert!(refused.err.contains(said), "{}", refused.err);
}

/// A model that is unrolled in time has a state for each time: gigabytes of them, and linear programs of their square.
#[test]
fn models_unrolled_over_very_long_horizons_are_refused_with_their_cost() {
    let two = "discount: 1\nhorizon: 1000000\nstates: [a, b]\nactions: [x, y]\ninitial: a\ntransitions:\n  a: {x: a, y: b}\n  b: {x: b, y: a}\nrewards:\n  one: {a: {x: 1}}\n  two: {b: {y: 1}}\n";
    let (_folder, path) = file("two.yaml", two);
    let one = two
        .replace("one: {a: {x: 1}}", "a: {x: 1}")
        .replace("two: {b: {y: 1}}", "b: {y: 1}");
    let (_other, single) = file("one.yaml", &one);
    for arguments in [
        &["pareto", &path][..],
        &["constrained", &path, "--bound", "two>=1"],
        &["shaping", &single, &single],
        &["solve", &single, "--entropy", "1"],
    ] {
        let refused = run(arguments);
        assert_eq!(refused.code, Some(2), "{arguments:?}: {}", refused.err);
        let said = refused.err.replace("\n  │ ", " ");
        let cost = said.contains("takes about 2 GB of memory") || said.contains("1000000 steps");
        assert!(cost, "{arguments:?}: {said}");
    }
}

/// A tabular softmax has a score for each pair of actions of a state: 4·10⁷ here, and gigabytes with them.
#[test]
fn scores_of_very_many_actions_are_refused_and_the_rest_is_answered() {
    let model = "discount: 0.9\ngarnet: {states: 10, actions: 2000, branching: 1, seed: 1}\n";
    let (_folder, path) = file("wide.yaml", model);
    for command in ["compare", "verify", "reference"] {
        let refused = run(&[command, &path, "-q"]);
        assert_eq!(refused.code, Some(2), "{command}: {}", refused.err);
        let said = "the matrix of scores would have 20000 × 2000 numbers";
        assert!(refused.err.contains(said), "{command}: {}", refused.err);
    }
    let answered = json(&["solve", &path, "-q"]);
    let best = answered["v"][0].as_f64().unwrap();
    let uniform = json(&["evaluate", &path, "-q"])["v"][0].as_f64().unwrap();
    assert!(best >= uniform);
}

/// Values settle after some 40/(1 − γ) steps, and so does their bound: a horizon of 10⁹ steps is that of ever.
/// The sum over 5·10⁵ steps, kept step by step, is the same but for γᵀ v.
#[test]
fn a_horizon_beyond_which_nothing_changes_costs_nothing() {
    const MODEL: &str = "mdps/two-state.yaml";
    let values = |arguments: &[&str]| {
        let report = json(&[&["solve", MODEL, "-q"], arguments].concat());
        let v: Vec<f64> = report["v"]
            .as_array()
            .unwrap()
            .iter()
            .map(|x| x.as_f64().unwrap())
            .collect();
        (v, report["error_bound"].as_f64().unwrap())
    };
    let (for_ever, near) = values(&[]);
    for horizon in ["1000", "1000000", "1000000000"] {
        let (v, bound) = values(&["--horizon", horizon]);
        assert!(bound < 1e-12, "{horizon}: {bound:e}");
        for (x, y) in v.iter().zip(&for_ever) {
            assert!((x - y).abs() <= bound + near, "{horizon}: {x} {y}");
        }
    }
    let long = [
        "solve",
        MODEL,
        "--horizon",
        "10000000000",
        "--discount",
        "1",
    ];
    let refused = run(&long);
    assert_eq!(refused.code, Some(2), "{}", refused.err);
    assert!(refused.err.contains("a horizon of 10000000000 steps"));
}

/// What does not depend on the time is doubled, the fourth moments of a product too; a table by time is not, and
/// says what it costs.
#[test]
fn laws_over_many_steps_are_doubled_or_say_what_they_cost() {
    const MODEL: &str = "mdps/two-state.yaml";
    let doubled = ["reference", MODEL, "--horizon", "100000", "--estimators"];
    let report = json(&[&doubled[..], &["total-return,reward-to-go"]].concat());
    let for_ever = json(&["gradient", MODEL, "-q"]);
    for estimator in report["estimators"].as_array().unwrap() {
        let found = estimator["expectation"].as_array().unwrap();
        for (x, y) in found.iter().zip(for_ever["gradient"].as_array().unwrap()) {
            let (x, y) = (x.as_f64().unwrap(), y.as_f64().unwrap());
            assert!((x - y).abs() < 1e-9, "{x} {y}");
        }
    }
    let wide = "horizon: 300000\ngarnet: {states: 30, actions: 4, branching: 3, seed: 1}\n";
    let (_folder, path) = file("wide.yaml", wide);
    let refused = run(&["reference", &path, "--estimators", "advantage", "-q"]);
    assert_eq!(refused.code, Some(2), "{}", refused.err);
    assert!(
        refused.err.contains("a horizon of 300000 steps"),
        "{}",
        refused.err
    );
}
