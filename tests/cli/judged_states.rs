//! `judge --trajectories` where the states of the model that is judged on are not those of the user's file.

use serde_json::{Value, json};

use super::{file, run};

/// Two states that take turns, whatever is done; a reward of 1 for `up` in `on`.
const TURNS: &str = "
horizon: 3
states: [off, on]
actions: [up, down]
initial: off
transitions: {off: {up: on, down: on}, on: {up: off, down: off}}
rewards: {on: {up: 1}}
";

/// Every sequence of three actions once, as Gymnasium's time limit ends it.
fn every_run(state: impl Fn(usize) -> Value, wrong: bool) -> Value {
    let runs = (0..8).map(|bits: usize| {
        let down: Vec<usize> = (0..3).map(|t| bits >> t & 1).collect();
        let on = |t: usize| if wrong { 0 } else { t % 2 };
        json!({
            "states": (0..4).map(|t| state(on(t))).collect::<Vec<_>>(),
            "actions": down,
            "rewards": [0, 1 - down[1], 0],
            "terminated": [false, false, false],
            "truncated": [false, false, true],
        })
    });
    runs.collect()
}

/// Under rules by time states are those of the file: the place of a row is its time, and the horizon may be called
/// a cut.
#[test]
fn rules_by_time_are_judged_on_the_states_of_the_file() {
    let (folder, model) = file("turns.yaml", TURNS);
    let policy = folder.path().join("rules.yaml");
    std::fs::write(&policy, "by_time: [{}, {}, {}]\n").unwrap();
    let judged = |runs: &Value| {
        let path = folder.path().join("runs.json");
        std::fs::write(&path, runs.to_string()).unwrap();
        let (path, policy) = (path.to_str().unwrap(), policy.to_str().unwrap());
        let asked = ["judge", &model, "--policy", policy, "--trajectories", path];
        let asked = [&asked[..], &["--format", "json"]].concat();
        let report: Value = serde_json::from_str(&run(&asked).out).unwrap();
        report["verdict"].clone()
    };
    let names = ["off", "on"];
    assert_eq!(judged(&every_run(|s| json!(s), false)), "consistent");
    assert_eq!(judged(&every_run(|s| json!(names[s]), false)), "consistent");
    assert_eq!(judged(&every_run(|s| json!(s), true)), "wrong");
}

/// Where states are not seen, what was seen stands beside them; without it nothing is called wrong.
#[test]
fn states_that_are_not_seen_are_asked_for_with_what_was_seen() {
    let (folder, model) = file("tiger.yaml", crate::observations::TIGER);
    let judged = |states: [&str; 3]| {
        let path = folder.path().join("runs.json");
        let runs = json!([{
            "states": states,
            "actions": ["listen", "listen"],
            "rewards": [-1, -1],
            "truncated": [false, true],
        }]);
        std::fs::write(&path, runs.to_string()).unwrap();
        let path = path.to_str().unwrap();
        run(&["judge", &model, "--nodes", "1", "--trajectories", path])
    };
    let whole = judged([
        "tiger-left",
        "tiger-left|hear-left",
        "tiger-left|hear-right",
    ]);
    assert_eq!(whole.code, Some(0), "{}", whole.err);
    let hidden = judged(["tiger-left"; 3]);
    assert_eq!(hidden.code, Some(2));
    assert!(
        hidden.err.contains("`tiger-left|hear-left`"),
        "{}",
        hidden.err
    );
}
