//! Each command on small models: numbers against closed forms, tables as a whole.

use serde_json::{Value, json as value};

use super::{file, json, out, run};

const TWO_STATE: &str = "mdps/two-state.yaml";

/// The numbers of an array.
fn numbers(array: &Value) -> Vec<f64> {
    let entries = array.as_array().expect("an array").iter();
    entries.map(|x| x.as_f64().expect("a number")).collect()
}

/// Within a few roundings of numbers of size 10.
fn assert_close(found: &Value, expected: &[f64]) {
    let found = numbers(found);
    assert_eq!(found.len(), expected.len());
    for (x, y) in found.iter().zip(expected) {
        assert!((x - y).abs() <= 1e-13, "{found:?} is not {expected:?}");
    }
}

/// v = (405, 505)/73 and ρ = (325, 405)/73 by hand: I − γP = [[505, −405], [−225, 325]]/1000.
#[test]
fn evaluate_writes_the_names_and_numbers_of_the_contract() {
    let report = json(&["evaluate", TWO_STATE]);
    let keys: Vec<&String> = report.as_object().unwrap().keys().collect();
    let promised = "actions advantage criterion j model occupancy pair_occupancy pairs policy q \
                    solver states v";
    assert_eq!(keys, promised.split(' ').collect::<Vec<_>>());
    assert_eq!(report["model"], "two-state");
    assert_eq!(report["states"], value!(["cold", "hot"]));
    assert_eq!(report["actions"], value!(["wait", "heat"]));
    assert_eq!(
        report["pairs"],
        value!([
            ["cold", "wait"],
            ["cold", "heat"],
            ["hot", "wait"],
            ["hot", "heat"]
        ])
    );
    let criterion = value!({"kind": "discounted", "discount": 0.9, "horizon": null});
    assert_eq!(report["criterion"], criterion);
    assert_eq!(report["policy"]["parametrization"], "softmax");
    assert_eq!(
        report["policy"]["parameters"],
        value!([
            "theta[cold,wait]",
            "theta[cold,heat]",
            "theta[hot,wait]",
            "theta[hot,heat]"
        ])
    );
    assert_close(&report["policy"]["theta"], &[0.0; 4]);
    assert_close(&report["policy"]["probabilities"], &[0.5; 4]);
    let (cold, hot) = (405.0 / 73.0, 505.0 / 73.0);
    let q = [
        0.9 * cold,
        0.9 * (0.9 * hot + 0.1 * cold),
        1.0 + 0.45 * (cold + hot),
        1.0 + 0.9 * hot,
    ];
    assert_close(&report["v"], &[cold, hot]);
    assert_close(&report["q"], &q);
    assert_close(
        &report["advantage"],
        &[q[0] - cold, q[1] - cold, q[2] - hot, q[3] - hot],
    );
    let (at_cold, at_hot) = (325.0 / 73.0, 405.0 / 73.0);
    assert_close(&report["occupancy"], &[at_cold, at_hot]);
    let halves = [at_cold / 2.0, at_cold / 2.0, at_hot / 2.0, at_hot / 2.0];
    assert_close(&report["pair_occupancy"], &halves);
    assert_close(&value!([report["j"]]), &[cold]);
}

/// A finite horizon has its values at every time; v at time 0 stands on top.
#[test]
fn evaluate_holds_the_values_of_every_time_of_a_horizon() {
    let report = json(&["evaluate", TWO_STATE, "--horizon", "2", "--discount", "1"]);
    let criterion = value!({"kind": "finite-horizon", "discount": 1.0, "horizon": 2});
    assert_eq!(report["criterion"], criterion);
    // v₂ = 0, v₁ = r, v₀ = r + P r with r = (0, 1) and P = [[0.55, 0.45], [0.25, 0.75]]
    assert_close(&report["v_by_time"][2], &[0.0, 0.0]);
    assert_close(&report["v_by_time"][1], &[0.0, 1.0]);
    assert_close(&report["v_by_time"][0], &[0.45, 1.75]);
    assert_eq!(report["v"], report["v_by_time"][0]);
    assert_eq!(report["q"], report["q_by_time"][0]);
    assert_eq!(report["q_by_time"].as_array().map(Vec::len), Some(2));
    assert_close(&report["occupancy"], &[1.55, 0.45]);
}

/// P = [[0.55, 0.45], [0.25, 0.75]] has the stationary distribution (5, 9)/14; g = 9/14.
#[test]
fn evaluate_knows_the_average_reward() {
    let report = json(&["evaluate", TWO_STATE, "--criterion", "average"]);
    let criterion = value!({"kind": "average", "discount": null, "horizon": null});
    assert_eq!(report["criterion"], criterion);
    assert_close(&report["gain"], &[9.0 / 14.0, 9.0 / 14.0]);
    assert_close(&report["occupancy"], &[5.0 / 14.0, 9.0 / 14.0]);
    assert_close(&value!([report["j"]]), &[9.0 / 14.0]);
    assert_eq!(report["bias"], report["v"]);
}

/// v(s) = −14, −20, −22 around the corners, from the book (Sutton & Barto 2018, Figure 4.1).
#[test]
fn evaluate_shows_a_gridworld_as_its_map() {
    insta::assert_snapshot!(without_residuals(&out(&[
        "evaluate",
        "mdps/gridworld-4x4.yaml"
    ])));
}

#[test]
fn evaluate_shows_one_row_per_pair() {
    insta::assert_snapshot!(without_residuals(&out(&["evaluate", TWO_STATE])));
}

/// Residuals are rounding: their digits are no contract.
fn without_residuals(text: &str) -> String {
    let lines = text
        .lines()
        .map(|line| match line.split_once(", residual ") {
            Some((solver, _)) => solver,
            None => line,
        });
    lines.map(|line| format!("{line}\n")).collect()
}

/// A million states would not fit on a screen: the table says what it leaves out.
#[test]
fn a_long_table_is_abbreviated_and_says_so() {
    let short = out(&["evaluate", "mdps/taxi.yaml"]);
    assert!(short.lines().count() < 60);
    assert!(short.contains(" more rows; --all shows them"), "{short}");
    assert!(
        out(&["evaluate", "mdps/taxi.yaml", "--all"])
            .lines()
            .count()
            > 3000
    );
}

#[test]
fn csv_is_one_tidy_table() {
    let table = out(&["evaluate", TWO_STATE, "--format", "csv"]);
    let mut lines = table.lines();
    assert_eq!(lines.next(), Some("quantity,time,state,action,value"));
    let report = json(&["evaluate", TWO_STATE]);
    let mut found = 0;
    for line in lines {
        let cells: Vec<&str> = line.split(',').collect();
        let [quantity, _, state, action, x] = cells[..] else {
            panic!("{line}")
        };
        let state = report["states"]
            .as_array()
            .unwrap()
            .iter()
            .position(|s| s == state);
        if quantity == "v" {
            // the very same number as in JSON
            assert_eq!(
                x.parse().ok(),
                report["v"][state.unwrap()].as_f64(),
                "{line}"
            );
            found += 1;
        }
        assert!(["", "wait", "heat"].contains(&action));
    }
    assert_eq!(found, 2);
}

/// By hand: ∇J = ρ(q∇π) and ∇π = ±1/4 at the uniform policy.
#[test]
fn gradient_writes_every_route() {
    let report = json(&[
        "gradient",
        TWO_STATE,
        "--jacobian",
        "--natural",
        "--fisher",
        "--hessian",
    ]);
    let evaluation = json(&["evaluate", TWO_STATE]);
    let (q, rho) = (numbers(&evaluation["q"]), numbers(&evaluation["occupancy"]));
    let (cold, hot) = (rho[0] * (q[1] - q[0]) / 4.0, rho[1] * (q[3] - q[2]) / 4.0);
    let gradient = [-cold, cold, -hot, hot];
    assert_close(&report["gradient"], &gradient);
    for route in ["bellman", "adjoint", "nabla-log", "dual"] {
        assert_close(&report["routes"][route], &gradient);
    }
    let differences = numbers(&report["routes"]["finite-difference"]);
    let bounds = numbers(&report["finite_difference_error_bound"]);
    for ((x, y), bound) in differences.iter().zip(&gradient).zip(bounds) {
        assert!((x - y).abs() <= bound && bound < 1e-7);
    }
    let (apart, tolerance) = (&report["max_disagreement"], &report["tolerance"]);
    assert!(apart.as_f64() <= tolerance.as_f64());
    assert_eq!(report["j"], evaluation["j"]);
    assert_eq!(report["policy"], evaluation["policy"]);
    let advantage = numbers(&evaluation["advantage"]);
    assert_close(&report["natural"], &advantage);
    for (matrix, rows) in [("jacobian", 2), ("fisher", 4), ("hessian", 4)] {
        let matrix = report[matrix].as_array().unwrap();
        assert_eq!((matrix.len(), numbers(&matrix[0]).len()), (rows, 4));
    }
}

/// A deterministic direct policy has ∇π ≠ 0 where π = 0: there is no score.
#[test]
fn a_route_that_does_not_exist_is_null() {
    let text = "parametrization: direct\nprobabilities: {cold: {heat: 1}, hot: {heat: 1}}\n";
    let (_guard, policy) = file("policy.yaml", text);
    let report = json(&["gradient", TWO_STATE, "--policy", &policy]);
    assert_eq!(report["routes"]["nabla-log"], Value::Null);
    assert_eq!(report["routes"]["adjoint"], report["gradient"]);
    let table = out(&["gradient", TWO_STATE, "--policy", &policy]);
    assert!(table.contains("does not exist"), "{table}");
}

#[test]
fn the_policy_comes_from_a_flag_a_file_or_the_model() {
    let parametrization = |arguments: &[&str]| {
        let report = json(&[&["evaluate"], arguments].concat());
        report["policy"]["parametrization"]
            .as_str()
            .unwrap()
            .to_string()
    };
    assert_eq!(parametrization(&["mdps/short-corridor.yaml"]), "log-linear");
    assert_eq!(
        parametrization(&["mdps/short-corridor.yaml", "--policy", "uniform"]),
        "softmax"
    );
    let (_guard, path) = file(
        "policy.yaml",
        "parametrization: escort\nmix: {uniform: 0.5}\n",
    );
    let report = json(&["evaluate", TWO_STATE, "--policy", &path]);
    assert_eq!(report["policy"]["mix"], value!(0.5));
    let random = |seed: &str| json(&["evaluate", TWO_STATE, "--policy", seed])["policy"].clone();
    assert_eq!(random("random:7"), random("random:7"));
    assert_ne!(random("random:7"), random("random:8"));
}

#[test]
fn check_says_what_is_in_a_model() {
    insta::assert_snapshot!(out(&["check", TWO_STATE, "mdps/multichain-average.yaml"]));
    let report = json(&["check", "mdps/frozenlake-4x4.yaml"]);
    let model = &report["models"][0];
    assert_eq!(model["valid"], true);
    let sizes = value!({
        "states": 16, "terminal": 5, "actions": 4, "pairs": 44, "transitions": 128, "parameters": 44
    });
    assert_eq!(model["sizes"], sizes);
    assert_eq!(model["structure"]["proper"], true);
}

#[test]
fn check_reports_every_model_and_exits_2_if_one_is_not_valid() {
    let (_guard, wrong) = file("wrong.yaml", "discount: 0.9\nstates: [a]\nactions: [x]\n");
    let run = run(&["check", TWO_STATE, &wrong, "mdps/riverswim.yaml"]);
    assert_eq!(run.code, Some(2));
    assert!(run.err.contains("transitions"), "{}", run.err);
    assert!(
        run.out.contains("riverswim") && run.out.contains("3 models, 1 not valid"),
        "{}",
        run.out
    );
}

/// γ = 1 and a policy that never ends: no number, an error that names the state; the model is valid.
#[test]
fn a_policy_that_never_terminates_is_an_error_where_it_matters() {
    for command in ["check", "evaluate", "gradient"] {
        let run = run(&[command, TWO_STATE, "--criterion", "total"]);
        let valid = command == "check";
        assert_eq!(run.code, Some(if valid { 0 } else { 2 }), "{command}");
        assert!(run.err.contains("`cold`"), "{}", run.err);
        assert!(valid || run.out.is_empty());
    }
}

/// A row that sums to 1 + 1e-16 beside an exit of 1e-20: the sum of visits does not converge, and
/// the inverse, which exists, has negative ones.
#[test]
fn rows_that_outweigh_the_exit_are_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("excess.yaml");
    let text = "
name: excess
criterion: total
states: [x, y, end]
actions: [a]
terminal: [end]
initial: x
transitions:
  x: {a: {x: 0.5000000000000001, y: 0.5, end: 1e-20}}
  y: {a: {x: 0.5, y: 0.5}}
rewards: {x: {a: 1}, y: {a: 1}}
";
    std::fs::write(&path, text).unwrap();
    let path = path.to_str().unwrap();
    for command in ["evaluate", "gradient"] {
        let refused = run(&[command, path]);
        assert_eq!(
            (refused.code, refused.out.as_str()),
            (Some(2), ""),
            "{command}"
        );
        for words in ["sum to more than 1", "`x/a`", "as fractions"] {
            assert!(refused.err.contains(words), "{words}: {}", refused.err);
        }
    }
    assert!(run(&["evaluate", path, "--discount", "0.9"]).code == Some(0));
}

#[test]
fn convert_writes_models_that_are_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows.yaml");
    let path = path.to_str().unwrap();
    for model in [
        "mdps/frozenlake-4x4.yaml",
        TWO_STATE,
        "mdps/short-corridor.yaml",
    ] {
        let evaluation = out(&["evaluate", model, "--format", "json"]);
        for form in ["nested", "rows"] {
            assert_eq!(out(&["convert", model, path, "--to", form]), "");
            assert_eq!(out(&["evaluate", path, "--format", "json"]), evaluation);
        }
    }
    assert!(out(&["convert", path]).contains("short-corridor"));
    assert_eq!(out(&["convert", path, "-"]), out(&["convert", path]));
}

#[test]
fn the_number_of_threads_changes_nothing() {
    for command in ["evaluate", "gradient"] {
        let output = |threads| {
            let arguments = [command, "mdps/frozenlake-4x4.yaml", "--format", "json"];
            out(&[&arguments[..], &["--threads", threads]].concat())
        };
        assert_eq!(output("1"), output("2"));
    }
}

/// Under a horizon and the average reward the natural gradient solves F w = ∇J as well.
#[test]
fn second_order_quantities_are_there_under_other_criteria() {
    for flags in [&["--horizon", "3"][..], &["--criterion", "average"]] {
        let asked = ["gradient", TWO_STATE, "--natural", "--fisher", "--jacobian"];
        let report = json(&[&asked[..], flags].concat());
        let direction = numbers(&report["natural"]);
        let rows = report["fisher"].as_array().unwrap().iter().map(numbers);
        let product = rows.map(|row| row.iter().zip(&direction).map(|(x, y)| x * y).sum());
        assert_close(&report["gradient"], &product.collect::<Vec<f64>>());
        assert_eq!(report["jacobian"].as_array().unwrap().len(), 2);
    }
    for flags in [["--horizon", "3"], ["--criterion", "average"]] {
        let hessian = json(&[&["gradient", TWO_STATE, "--hessian"][..], &flags].concat());
        assert_eq!(hessian["hessian"].as_array().unwrap().len(), 4);
    }
}

/// γ = 1/2 and a self-loop that pays 1: v = 2 without any rounding. That the residual is 0 is said;
/// where nothing is solved in floating point there is none to speak of.
#[test]
fn a_residual_of_zero_is_shown() {
    let model = "discount: 1/2\nstates: [a]\nactions: [x]\ninitial: a\n\
                 transitions: {a: {x: a}}\nrewards: {a: {x: 1}}\n";
    let (_folder, path) = file("model.yaml", model);
    let solved = |flags: &[&str]| {
        let table = out(&[&["evaluate", &path], flags].concat());
        let line = table.lines().find(|line| line.starts_with("solver: "));
        line.expect("a solver").to_string()
    };
    assert!(solved(&[]).ends_with(", residual 0"), "{}", solved(&[]));
    assert_eq!(solved(&["--exact"]), "solver: exact");
    assert_eq!(solved(&["--horizon", "3"]), "solver: recursion");
}

#[test]
fn every_command_says_what_a_horizon_is() {
    for command in ["evaluate", "convert"] {
        let refused = run(&[command, TWO_STATE, "--horizon", "-1"]);
        assert_eq!(refused.code, Some(2));
        assert!(refused.err.contains("at least 1"), "{}", refused.err);
    }
}

/// The cell A teleports with probability 1 whatever `slip` sums to: --exact does not name it.
#[test]
fn exact_refuses_only_the_rows_that_do_not_sum_to_one() {
    let model = "discount: 0.9\ninitial: uniform\ngrid:\n  map: |\n    A.\n  \
                 slip: {ahead: 0.3333333333, left: 0.3333333333, right: 0.3333333333}\n  \
                 legend: {A: {teleport: {to: [0, 1]}}}\n";
    let (_folder, path) = file("model.yaml", model);
    let refused = run(&["evaluate", &path, "--exact", "--quiet"]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.err.contains("`1/left`"), "{}", refused.err);
    assert!(!refused.err.contains("`0/"), "{}", refused.err);
}

/// Sutton & Barto 2018, example 13.1, right with p = 1/2: (4 − 2p)/(p(1 − p)) = 12 steps.
#[test]
fn evaluate_says_how_long_an_episode_takes() {
    const CORRIDOR: &str = "mdps/short-corridor.yaml";
    let exact = json(&["evaluate", CORRIDOR, "--policy", "uniform", "--exact"]);
    assert_eq!(exact["episode_length"], "12");
    let table = out(&["evaluate", CORRIDOR, "--policy", "uniform"]);
    assert!(
        table.contains("an episode takes 12 steps on average"),
        "{table}"
    );
    let discounted = json(&["evaluate", TWO_STATE]);
    assert_eq!(discounted.get("episode_length"), None);
}
