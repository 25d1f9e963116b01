//! `compare`: names, verdicts, the same bytes for any number of threads.

use serde_json::{Value, json as value};

use super::{file, json, out, run};

const SIGN_FLIP: &str = "mdps/two-step-sign-flip.yaml";
const FROZEN_LAKE: &str = "mdps/frozenlake-4x4.yaml";

fn entry(report: &Value, name: &str) -> Value {
    let estimators = report["estimators"].as_array().unwrap().iter();
    let mut found = estimators.filter(|e| e["name"] == name);
    found.next().unwrap_or_else(|| panic!("no {name}")).clone()
}

/// ∇J = x(1 − x)/4 = 1/16 and without γᵗ −x(1 − x)/2 = −1/8 at x = 1/2 (theory, 5.1).
#[test]
fn the_estimator_that_drops_the_discount_points_the_other_way() {
    let report = json(&["compare", SIGN_FLIP, "-n", "20000"]);
    assert_eq!(report["gradient"], value!([0.0625]));
    assert_eq!(report["trajectories"], 20000);
    let kept = entry(&report, "reward-to-go");
    assert_eq!(kept["psi"], "reward-to-go");
    assert_eq!(kept["discounting"], true);
    assert_eq!(kept["expectation"], value!([0.0625]));
    assert_eq!(kept["verdict"], "consistent");
    assert_eq!(kept["bias_verdict"], "unbiased");
    let dropped = entry(&report, "reward-to-go:dropped");
    assert_eq!(dropped["discounting"], false);
    assert_eq!(dropped["expectation"], value!([-0.125]));
    assert_eq!(dropped["bias"], value!([-0.1875]));
    assert_eq!(dropped["bias_verdict"], "biased");
    assert_eq!(dropped["ascends"], false);
    // z and standard error are what they are called
    let figure = |name: &str| dropped[name][0].as_f64().unwrap();
    let error = (figure("variance") / 20000.0).sqrt();
    assert!((figure("standard_error") - error).abs() <= 1e-15);
    assert!((figure("z") - (figure("mean") + 0.125) / error).abs() <= 1e-9);
}

/// Without an end the total return has no variance: words in place of numbers.
#[test]
fn what_has_no_variance_says_so() {
    let arguments = ["compare", "mdps/two-state.yaml", "-n", "1000"];
    let total = entry(&json(&arguments), "total-return");
    let verdict = total["verdict"].as_str().unwrap();
    assert!(verdict.contains("no finite variance"), "{verdict}");
    for figure in ["mean", "variance", "z", "statistic", "p_value"] {
        assert_eq!(total[figure], Value::Null, "{figure}");
    }
    let table = out(&arguments);
    assert!(
        table.contains("no finite variance on a continuing task"),
        "{table}"
    );
    assert!(table.contains("each cut after 94 steps"), "{table}");
}

#[test]
fn threads_change_nothing_and_the_seed_does() {
    let output = |threads: &str, seed: &str| {
        let flags = ["--threads", threads, "--seed", seed, "--format", "json"];
        out(&[&["compare", FROZEN_LAKE, "-n", "30000"], &flags[..]].concat())
    };
    assert_eq!(output("1", "0"), output("2", "0"));
    assert_ne!(output("1", "0"), output("1", "1"));
}

#[test]
fn estimators_critics_and_baselines_are_named() {
    let (_guard, path) = file("b.json", "{\"first\": 1, \"second\": 0.5}");
    let flags = [
        "--estimators",
        "q,gae:0.5,n-step:2:dropped",
        "--critic",
        "v+noise:3:0.1",
    ];
    let report = json(
        &[
            &["compare", SIGN_FLIP, "-n", "1000", "--baseline-file", &path],
            &flags[..],
        ]
        .concat(),
    );
    assert_eq!(entry(&report, "q")["critic"], "noise:3:0.1");
    assert_eq!(entry(&report, "gae:0.5")["lambda"], 0.5);
    assert_eq!(entry(&report, "n-step:2:dropped")["n"], 2);
    assert_eq!(entry(&report, "baseline:file")["baseline"], "file");
    assert_eq!(entry(&report, "baseline:file")["bias_verdict"], "unbiased");
}

#[test]
fn a_wrong_estimator_critic_or_baseline_is_an_error() {
    let (_guard, path) = file("b.json", "{\"third\": 1}");
    let wrong: [&[&str]; 6] = [
        &["--estimators", "reinforce"],
        &["--critic", "no-such-file.json"],
        &["--baseline-file", &path],
        &["--false-alarm", "2"],
        &["--trajectories", "1"],
        &["--truncation", "5", "--geometric"],
    ];
    for flags in wrong {
        let run = run(&[&["compare", SIGN_FLIP], flags].concat());
        assert_eq!((run.code, run.out.as_str()), (Some(2), ""), "{flags:?}");
        assert!(!run.err.is_empty());
    }
    let unknown = run(&["compare", SIGN_FLIP, "--baseline-file", &path]);
    assert!(
        unknown.err.contains("unknown state `third`"),
        "{}",
        unknown.err
    );
}

#[test]
fn the_table_ends_with_the_verdict() {
    let table = out(&["compare", SIGN_FLIP, "-n", "20000", "--power"]);
    insta::assert_snapshot!(table);
}
