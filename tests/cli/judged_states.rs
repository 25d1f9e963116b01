//! `judge --trajectories` where the states of the model that is judged on are not those of the user's file.

use serde_json::{Value, json};

use super::{Run, file, run};

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

/// v [T + 1][S], q [T][SA] and the discounted visits [T][SA] of two states with two actions each, by the
/// recursions; `rules[t][pair]`.
type Tables = (Vec<[f64; 2]>, Vec<[f64; 4]>, Vec<[f64; 4]>);

fn recursions(rules: &[[f64; 4]], gamma: f64) -> Tables {
    // the bundled `two-state`: heat in cold leads to hot in 9 of 10 and pays 0, in hot it stays
    const P: [[f64; 2]; 4] = [[1.0, 0.0], [0.1, 0.9], [0.5, 0.5], [0.0, 1.0]];
    const R: [f64; 4] = [0.0, 0.0, 1.0, 1.0];
    let (mut v, mut q) = (vec![[0.0; 2]], Vec::new());
    for rule in rules.iter().rev() {
        let then = v[v.len() - 1];
        let at = |k: usize| R[k] + gamma * (P[k][0] * then[0] + P[k][1] * then[1]);
        let values = [at(0), at(1), at(2), at(3)];
        let mean = |s: usize| (0..2).map(|a| rule[2 * s + a] * values[2 * s + a]).sum();
        v.push([mean(0), mean(1)]);
        q.push(values);
    }
    v.reverse();
    q.reverse();
    let (mut mass, mut visits) = ([1.0, 0.0], Vec::new());
    for rule in rules {
        let taken = std::array::from_fn(|k| mass[k / 2] * rule[k]);
        visits.push(taken);
        let next = |s: usize| gamma * (0..4).map(|k| taken[k] * P[k][s]).sum::<f64>();
        mass = [next(0), next(1)];
    }
    (v, q, visits)
}

/// Rules for three steps of `two-state`, as flags say them and as numbers.
const RULES: &str = "{by_time: [{probabilities: {cold: {wait: 1/8, heat: 7/8}, hot: {wait: 1/4, heat: 3/4}}}, \
     {}, {probabilities: {cold: {wait: 3/4, heat: 1/4}, hot: {wait: 7/8, heat: 1/8}}}]}";
const BY_TIME: [[f64; 4]; 3] = [
    [0.125, 0.875, 0.25, 0.75],
    [0.5; 4],
    [0.75, 0.25, 0.875, 0.125],
];
const ASKED: [&str; 4] = ["--horizon", "3", "--policy", RULES];

/// A file held against a formula under these rules.
fn held(formula: &str, path: &str) -> Run {
    let flags = ["--formula", formula, path, "--format", "json"];
    run(&[&["judge", ":two-state"][..], &ASKED, &flags].concat())
}

/// Numbers held against a formula under these rules.
fn judged_by_time(formula: &str, mine: &Value) -> Value {
    let (_folder, path) = file("mine.json", &mine.to_string());
    let done = held(formula, &path);
    serde_json::from_str(&done.out).unwrap_or_else(|_| panic!("{formula} {mine}: {}", done.err))
}

/// What is counted by states or pairs of the model may be that of t = 0, an occupancy its sum over time, in the
/// file that `evaluate` writes, as a list or by name; or rows by time.
#[test]
fn formulas_under_rules_by_time_are_those_of_evaluate_or_by_time() {
    let (v, q, visits) = recursions(&BY_TIME, 0.9);
    let sum = |f: &dyn Fn(usize) -> f64| (0..3).map(f).sum::<f64>();
    let pairs: Vec<f64> = (0..4).map(|k| sum(&|t| visits[t][k])).collect();
    let states = vec![pairs[0] + pairs[1], pairs[2] + pairs[3]];
    let advantage: Vec<f64> = (0..4).map(|k| q[0][k] - v[0][k / 2]).collect();
    let by_state = |x: &[f64]| json!({"cold": x[0], "hot": x[1]});
    let by_pair = |x: &[f64]| json!({"cold": {"wait": x[0], "heat": x[1]}, "hot": {"wait": x[2], "heat": x[3]}});
    for (formula, mine) in [
        ("v", json!(v[0])),
        ("v", by_state(&v[0])),
        ("v", json!(v)),
        ("v", json!(v[..3])),
        ("v", json!({ "v_by_time": v })),
        ("q", json!(q[0])),
        ("q", by_pair(&q[0])),
        ("q", json!([[q[0][0], q[0][1]], [q[0][2], q[0][3]]])),
        ("q", json!(q)),
        ("q", json!({ "q_by_time": q })),
        ("advantage", json!(advantage)),
        ("occupancy", json!(states)),
        ("occupancy", by_state(&states)),
        ("pair_occupancy", json!(pairs)),
        ("pair_occupancy", json!(visits)),
    ] {
        let report = judged_by_time(formula, &mine);
        assert_eq!(report["verdict"], "right", "{formula} {mine} {report}");
    }
    let flags = ["--format", "json"];
    let written = run(&[&["evaluate", ":two-state"][..], &ASKED, &flags].concat());
    let (_folder, path) = file("written.json", &written.out);
    for formula in ["v", "q", "advantage", "occupancy", "pair_occupancy"] {
        let done = held(formula, &path);
        assert_eq!(done.code, Some(0), "{formula}: {}", done.err);
    }
}

/// Visits without γ, a value that is another one, and numbers that have no meaning.
#[test]
fn what_is_wrong_under_rules_by_time_is_named() {
    let (_, _, visits) = recursions(&BY_TIME, 1.0);
    let of_state = |t: usize, s: usize| visits[t][2 * s] + visits[t][2 * s + 1];
    let visited = |s: usize| (0..3).map(|t| of_state(t, s)).sum::<f64>();
    let report = judged_by_time("occupancy", &json!([visited(0), visited(1)]));
    assert_eq!(report["diagnoses"][0]["name"], "gamma-dropped", "{report}");
    let (v, _, _) = recursions(&BY_TIME, 0.9);
    let report = judged_by_time("v", &json!([v[0][0], v[0][1] + 1.0]));
    assert_eq!(
        (&report["verdict"], &report["where"]),
        (&json!("wrong"), &json!("hot"))
    );
    let (_folder, path) = file("three.json", "[1, 2, 3]");
    let refused = held("v", &path);
    assert_eq!(refused.code, Some(2));
    for words in ["2 numbers are expected", "[4, 2]"] {
        assert!(refused.err.contains(words), "{}", refused.err);
    }
}

/// A hidden side that is looked for until the door is opened, which ends it; nothing is seen in the end.
const DOOR: &str = "
name: door
discount: 9/10
states: [left, right, over]
actions: [look, open]
initial: uniform
terminal: [over]
transitions:
  left: {look: left, open: over}
  right: {look: right, open: over}
rewards: {left: {open: 1}}
observations:
  left: {look: {hear-left: 4/5, hear-right: 1/5}, open: {hear-left: 1}}
  right: {look: {hear-left: 1/5, hear-right: 4/5}, open: {hear-left: 1}}
";

/// Where states are not seen, a terminal one is named as it is; the others with what was seen in them.
#[test]
fn terminal_states_are_named_without_what_is_seen() {
    let (folder, model) = file("door.yaml", DOOR);
    let judged = |next: &str| {
        let path = folder.path().join("runs.json");
        let runs = json!([{
            "states": ["left", "left|hear-left"],
            "actions": ["look", "open"],
            "rewards": [0, 1],
            "next_states": [next, "over"],
            "terminated": [false, true],
        }]);
        std::fs::write(&path, runs.to_string()).unwrap();
        let path = path.to_str().unwrap();
        run(&["judge", &model, "--nodes", "1", "--trajectories", path])
    };
    let right = judged("left|hear-left");
    assert_eq!(right.code, Some(0), "{}{}", right.out, right.err);
    let hidden = judged("left");
    assert_eq!(hidden.code, Some(2), "{}", hidden.out);
    let asked = hidden.err.contains("`left|hear-left`");
    assert!(asked, "{}", hidden.err);
}

/// v₁ = (1/2, 1) and v₀(a) = 7/8 under the uniform policy, so that a x b x has the residuals 1 + ½·1 − 7/8 and 2 − 1.
const TWO_STEPS: &str = "
horizon: 2
discount: 1/2
states: [a, b]
actions: [x, y]
initial: a
transitions:
- [a, x, b, 1, 1]
- [a, y, a, 1, 0]
- [b, x, a, 1, 2]
- [b, y, b, 1, 0]
";

/// At the horizon nothing follows, whether or not the state there is given; before it something does.
#[test]
fn nothing_bootstraps_at_the_horizon() {
    let (folder, model) = file("two.yaml", TWO_STEPS);
    let rules = folder.path().join("rules.yaml");
    std::fs::write(&rules, "by_time: [{}, {}]\n").unwrap();
    let path = folder.path().join("runs.json");
    let verdict = |steps: usize, flags: Value, more: &[&str]| {
        let cut = |row: [f64; 2]| vec![row[..steps].to_vec()];
        let mut runs = json!({
            "states": cut([0.0, 1.0]), "actions": cut([0.0, 0.0]), "rewards": cut([1.0, 2.0]), "psi": cut([0.625, 1.0]),
        });
        for (name, flags) in flags.as_object().unwrap() {
            runs[name] = flags.clone();
        }
        std::fs::write(&path, runs.to_string()).unwrap();
        let asked = [
            "judge",
            &model,
            "--trajectories",
            path.to_str().unwrap(),
            "--format",
            "json",
        ];
        let found = run(&[&asked[..], &["--as", "td-residual"], more].concat());
        let report: Value = serde_json::from_str(&found.out).unwrap();
        report["verdict"].as_str().unwrap().to_string()
    };
    let by_time = ["--policy", rules.to_str().unwrap()];
    for more in [&[][..], &by_time] {
        for flags in [
            json!({}),
            json!({"truncated": [[0, 1]]}),
            json!({"done": [[0, 1]]}),
        ] {
            assert_eq!(verdict(2, flags.clone(), more), "right", "{flags} {more:?}");
        }
    }
    // before it the state that the one step leads to for certain
    assert_eq!(verdict(1, json!({}), &[]), "right");
}

/// ρₜ(s)π(a|s)(qₜ − vₜ): ½(3/2 − 7/8) at t = 0; with 1/4 before it ½(1 − ½) and ½(2 − 1) at t = 1.
#[test]
fn gradients_by_time_are_rectangles_too() {
    let (folder, model) = file("two.yaml", TWO_STEPS);
    let rules = folder.path().join("rules.yaml");
    std::fs::write(&rules, "by_time: [{}, {}]\n").unwrap();
    let path = folder.path().join("mine.json");
    let rows = "[0.3125, -0.3125], [0, 0], [0.0625, -0.0625], [0.125, -0.125]";
    let by_time = "[[[0.3125, -0.3125], [0, 0]], [[0.0625, -0.0625], [0.125, -0.125]]]";
    let flat = "[0.3125, -0.3125, 0, 0, 0.0625, -0.0625, 0.125, -0.125]";
    let wide = "[[0.3125, -0.3125, 0, 0], [0.0625, -0.0625, 0.125, -0.125]]";
    for given in [&format!("[{rows}]"), by_time, flat, wide] {
        std::fs::write(&path, given).unwrap();
        let asked = [
            "judge",
            &model,
            "--policy",
            rules.to_str().unwrap(),
            "--gradient",
            path.to_str().unwrap(),
        ];
        let found = run(&asked);
        assert_eq!(found.code, Some(0), "{given}: {}{}", found.out, found.err);
    }
}
