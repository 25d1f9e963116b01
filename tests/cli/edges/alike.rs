//! Rewards that are different as they are written and one float.

use super::super::{file, json, run};

const ALIKE: &str = "discount: 0\nstates: 2\nactions: 1\ninitial: 0\nterminal: [1]\ntransitions:\n\
    - [0, 0, 1, 1/2, 100000000000000001]\n- [0, 0, 1, 1/2, 100000000000000002]\n";

#[test]
fn returns_that_count_as_one_are_told() {
    let (_folder, path) = file("alike.yaml", ALIKE);
    // the two returns are 1 apart: a variance of 1/4
    let exact = json(&["evaluate", &path, "-q", "--exact", "--return"]);
    assert_eq!(exact["return"]["variance"], "1/4");
    let words = "the rewards 100000000000000001 and 100000000000000002 are one number";
    let told = run(&["evaluate", &path, "--return"]);
    assert!(
        told.err.contains(words) && told.err.contains("--exact tells"),
        "{}",
        told.err
    );
    assert!(
        !run(&["evaluate", &path, "--return", "--exact"])
            .err
            .contains(words)
    );
    assert!(!run(&["evaluate", &path]).err.contains(words));
}

#[test]
fn estimates_that_count_as_one_are_told() {
    let text = ALIKE.replace("actions: 1", "actions: 2") + "- [0, 1, 1, 1, 3]\n";
    let (_folder, path) = file("alike.yaml", &text);
    let words = "are one number in floating point: estimates that differ";
    let command = ["step", &path, "--trajectories", "2"];
    let told = run(&command);
    let has = json(&[&command[..], &["-q"]].concat())["estimators"][0]["enumerated"].is_object();
    assert_eq!(told.err.contains(words), has, "{}", told.err);
    assert!(has);
}
