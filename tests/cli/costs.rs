//! Rewards that are costs: what is optimal is small; values and gradients stay what they are.

use super::{file, json, run};

/// A machine that is cheap to run worn but dear to break: costs as a model file and as gains.
fn machine(objective: &str, sign: &str) -> String {
    format!(
        "name: machine\ndiscount: 0.9\n{objective}states: [new, worn]\nactions: [run, mend]\n\
         initial: new\ntransitions:\n  new: {{run: {{new: 0.4, worn: 0.6}}, mend: new}}\n  \
         worn: {{run: worn, mend: new}}\nrewards:\n  new: {{run: {sign}1, mend: {sign}4}}\n  \
         worn: {{run: {sign}3, mend: {sign}5}}\n"
    )
}

fn negated(x: &serde_json::Value) -> Vec<f64> {
    let numbers = x.as_array().unwrap().iter();
    numbers.map(|x| 0.0 - x.as_f64().unwrap()).collect()
}

/// Run it new, mend it worn: v(new) = 1 + 0.9 (0.4 v(new) + 0.6 v(worn)), v(worn) = 5 + 0.9 v(new).
/// Never mending costs 30 once worn, always mending 40.
#[test]
fn the_least_cost_is_the_largest_gain_with_the_other_sign() {
    let (_one, costs) = file("costs.yaml", &machine("objective: minimize\n", ""));
    let (_two, gains) = file("gains.yaml", &machine("", "-"));
    let (cost, gain) = (json(&["solve", &costs]), json(&["solve", &gains]));
    assert_eq!(cost["v"], serde_json::json!(negated(&gain["v"])));
    assert_eq!(cost["greedy"], gain["greedy"]);
    assert_eq!(cost["criterion"]["objective"], "minimize");
    assert!(gain["criterion"].get("objective").is_none());
    let found = cost["v"][0].as_f64().unwrap();
    let best = (1.0 + 0.54 * 5.0) / (1.0 - 0.36 - 0.54 * 0.9);
    assert!((found - best).abs() < 1e-9, "{found} {best}");
}

#[test]
fn the_flag_says_what_the_key_says() {
    let (_one, key) = file("m.yaml", &machine("objective: minimize\n", ""));
    let (_two, plain) = file("m.yaml", &machine("", ""));
    for command in ["solve", "evaluate", "gradient"] {
        let flagged = json(&[command, &plain, "--minimize", "--quiet"]);
        assert_eq!(json(&[command, &key, "--quiet"]), flagged, "{command}");
    }
    let optimal = json(&["evaluate", &plain, "--minimize", "--policy", "optimal"]);
    let solved = json(&["solve", &plain, "--minimize"]);
    let off = optimal["j"].as_f64().unwrap() - solved["j"].as_f64().unwrap();
    assert!(off.abs() < 1e-9);
    let exact = json(&["solve", &plain, "--minimize", "--exact"]);
    let certified = json(&["solve", &plain, "--minimize", "--certify"]);
    assert!(exact["j"].is_string());
    assert_eq!(certified["j"], solved["j"]);
}

#[test]
fn values_and_gradients_are_those_of_the_costs() {
    let (_one, costs) = file("m.yaml", &machine("objective: minimize\n", ""));
    let (_two, plain) = file("m.yaml", &machine("", ""));
    for command in ["evaluate", "gradient"] {
        let mut cost = json(&[command, &costs]);
        cost["criterion"]
            .as_object_mut()
            .unwrap()
            .remove("objective");
        assert_eq!(cost, json(&[command, &plain]), "{command}");
    }
}

#[test]
fn an_ascent_descends() {
    let (_one, costs) = file("m.yaml", &machine("objective: minimize\n", ""));
    let report = json(&["ascend", &costs, "-n", "20"]);
    let j = |step: &serde_json::Value| step["j"].as_f64().unwrap();
    let trace = report["trace"].as_array().unwrap();
    assert!(trace.windows(2).all(|pair| j(&pair[1]) <= j(&pair[0])));
    assert!(j(&trace[0]) > j(&trace[20]));
    let optimal = json(&["solve", &costs])["j"].as_f64().unwrap();
    assert!((report["j_optimal"].as_f64().unwrap() - optimal).abs() < 1e-9);
    assert!(report["j"].as_f64().unwrap() >= optimal - 1e-9);
}

#[test]
fn costs_are_written_and_their_loss_is_told() {
    let (_one, costs) = file("m.yaml", &machine("objective: minimize\n", ""));
    let written = run(&["convert", &costs]);
    assert!(
        written.out.contains("objective: minimize"),
        "{}",
        written.out
    );
    let drn = run(&["convert", &costs, "--to", "drn"]);
    assert!(drn.err.contains("--minimize"), "{}", drn.err);
    let wrong = machine("objective: minimise\n", "");
    let (_two, wrong) = file("w.yaml", &wrong);
    let refused = run(&["solve", &wrong]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.err.contains("minimize"), "{}", refused.err);
}

/// J_α of costs is J less α times the entropy, ρπ(r + α log π): that of the gains with the other sign, in
/// all that is asked of it; at the softly least cost ∇J_α = 0.
#[test]
fn an_entropy_is_taken_from_costs() {
    let (_one, costs) = file("costs.yaml", &machine("objective: minimize\n", ""));
    let (_two, gains) = file("gains.yaml", &machine("", "-"));
    let soft = ["--policy", "random:3", "--entropy", "0.5"];
    let both = |command: &[&str]| {
        let of = |model: &String| json(&[&[command[0], model], &command[1..], &soft].concat());
        (of(&costs), of(&gains))
    };
    let near = |x: &serde_json::Value, y: &serde_json::Value, what: &str| {
        for (x, y) in negated(x).iter().zip(y.as_array().unwrap()) {
            let y = y.as_f64().unwrap();
            assert!((x - y).abs() <= 1e-12 * y.abs().max(1.0), "{what}: {x} {y}");
        }
    };
    for command in [&["gradient"][..], &["reference"]] {
        let (cost, gain) = both(command);
        let (cost, gain) = (&cost["entropy"], &gain["entropy"]);
        assert_eq!(cost["alpha"], gain["alpha"]);
        near(
            &serde_json::json!([cost["j"]]),
            &serde_json::json!([gain["j"]]),
            "J",
        );
        near(&cost["gradient"], &gain["gradient"], command[0]);
    }
    let (cost, gain) = both(&["compare", "-n", "100"]);
    let estimators = cost["estimators"].as_array().unwrap().iter();
    let pairs = estimators.zip(gain["estimators"].as_array().unwrap());
    let with_laws: Vec<_> = pairs.filter(|(x, _)| !x["expectation"].is_null()).collect();
    assert!(with_laws.len() > 1);
    for (cost, gain) in with_laws {
        near(&cost["expectation"], &gain["expectation"], "compare");
    }
    let (folder, best) = file("best.json", "");
    let solved = run(&["solve", &costs, "--entropy", "0.5", "-o", &best]);
    assert_eq!(solved.code, Some(0), "{}", solved.err);
    let at = json(&["gradient", &costs, "--entropy", "0.5", "--policy", &best]);
    for x in negated(&at["entropy"]["gradient"]) {
        assert!(x.abs() < 1e-9, "{x}");
    }
    let mine = folder.path().join("mine.json");
    std::fs::write(&mine, gradient_of(&costs, &soft)).unwrap();
    let mine = mine.display().to_string();
    let judged = run(&[&["judge", &costs, "--gradient", &mine], &soft[..]].concat());
    assert_eq!(judged.code, Some(0), "{}{}", judged.out, judged.err);
}

fn gradient_of(model: &str, soft: &[&str]) -> String {
    let found = json(&[&["gradient", model], soft].concat());
    found["entropy"]["gradient"].to_string()
}
