//! `cone` and `shaping` as a user sees them.

use super::{json, out, run};

#[test]
fn a_cone_is_told_in_fractions_and_for_people() {
    let cone = json(&["cone", ":two-state", "--exact"]);
    assert_eq!(cone["max_norm"]["distance"], "45/272");
    assert_eq!(cone["max_norm"]["nearest"][0][0], "hot");
    assert_eq!(cone["is_unique"], true);
    assert_eq!(cone["inequalities"][0][1], "10/91");
    assert_eq!(cone["decrease"][0], serde_json::Value::Null);
    assert_eq!(cone["increase"][0], "81/91");
    let table = out(&["cone", ":two-state"]);
    assert!(table.contains("the only optimal policy"), "{table}");
    let rows = out(&["cone", ":two-state", "--format", "csv", "--quiet"]);
    assert!(rows.contains("increase,cold,wait,0.89"), "{rows}");
    let certified = json(&["cone", ":two-state", "--certify"]);
    assert!(
        certified["bounds"]["max_norm"]["distance"]
            .as_f64()
            .is_some_and(|x| x < 1e-14)
    );
    // of costs the mirror image: the same distances
    let costs = json(&["cone", ":two-state", "--exact", "--minimize"]);
    assert_eq!(costs["is_optimal"], true);
    assert_eq!(costs["rewards"][2], "1");
}

#[test]
fn a_policy_that_is_not_optimal_lies_outside() {
    let other = "{parametrization: simplex, probabilities: {cold: {wait: 1, heat: 0}, hot: {wait: 0, heat: 1}}}";
    let cone = json(&["cone", ":two-state", "--exact", "--policy", other]);
    assert_eq!(cone["is_optimal"], false);
    assert_eq!(cone["violated"][0][1], "heat");
    assert_eq!(cone["max_norm"]["distance"], serde_json::Value::Null);
    assert_eq!(cone["decrease"], serde_json::Value::Null);
    // v = (0, 10): c of cold/heat is 9.1 and −8.1 on what is taken, of hot/wait −4.5 and 5.5; s = (−8.1, 4.5).
    // In the max norm the first alone is tight, 8.1/(9.1 + 8.1 + 1); by squares both are: s + CCᵀλ = 0
    let to_cone = &cone["to_cone"];
    assert_eq!(to_cone["max_norm"], "81/182");
    assert_eq!(to_cone["euclidean_squared"], "4293/9622");
    assert_eq!(to_cone["euclidean"], serde_json::Value::Null);
    let table = out(&["cone", ":two-state", "--policy", other]);
    assert!(
        table.contains("distance to the rewards that make it optimal, max norm:"),
        "{table}"
    );
}

#[test]
fn what_has_no_cone_says_why() {
    let said = |arguments: &[&str]| {
        let done = run(arguments);
        assert_eq!(done.code, Some(2), "{arguments:?}");
        done.err
    };
    assert!(
        said(&["cone", ":two-state", "--policy", "uniform"]).contains("several actions in `cold`")
    );
    assert!(said(&["cone", ":two-state", "--criterion", "average"]).contains("average"));
    let other = said(&["shaping", ":two-state", ":retry-loop"]);
    assert!(other.contains("other states"), "{other}");
    let horizon = json(&["cone", ":two-state", "--horizon", "3", "--exact"]);
    assert_eq!(horizon["is_optimal"], true);
}

#[test]
fn a_potential_is_found_or_refuted() {
    let folder = std::env::temp_dir().join(format!("shaping-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let (plain, shaped, other) = (
        folder.join("plain.yaml"),
        folder.join("shaped.yaml"),
        folder.join("other.yaml"),
    );
    let text = |rewards: &str| {
        format!(
            "discount: 1/2\nstates: [a, b, end]\nactions: [stay, go]\ninitial: a\nterminal: [end]\ntransitions: {{a: {{stay: a, go: {{b: 1/2, end: 1/2}}}}, b: {{stay: a, go: end}}}}\nrewards: {rewards}\n"
        )
    };
    // Φ = (2, −1, 0), c = 3: stay in a: 3·1 − 1; go: to b 0 − 1/2 − 2, to the end 0 − 2; b stay: 3·2 + 1 + 1; go: 1
    std::fs::write(&plain, text("{a: {stay: 1}, b: {stay: 2}}")).expect("written");
    std::fs::write(
        &shaped,
        text("{a: {stay: 2, go: {b: -5/2, end: -2}}, b: {stay: 8, go: 1}}"),
    )
    .expect("written");
    std::fs::write(
        &other,
        text("{a: {stay: 2, go: {b: -5/2, end: -2}}, b: {stay: 8, go: 2}}"),
    )
    .expect("written");
    let path = |x: &std::path::Path| x.to_str().expect("UTF-8").to_string();
    let found = json(&["shaping", &path(&plain), &path(&shaped), "--exact"]);
    assert_eq!(found["verdict"], "scaled");
    assert_eq!(found["scale"], "3");
    assert_eq!(found["potential"], serde_json::json!(["2", "-1", "0"]));
    assert_eq!(found["by_outcome"], true);
    assert_eq!(found["values"]["v_difference"], "0");
    assert_eq!(found["values"]["gradient_difference"], "0");
    // over a horizon the potential is of each state and time, for no policy in particular
    let twice = [
        "shaping",
        ":two-state",
        ":two-state",
        "--horizon",
        "3",
        "--exact",
    ];
    assert_eq!(json(&twice)["verdict"], "shaped");
    let refuted = run(&["shaping", &path(&plain), &path(&other), "--exact"]);
    assert_eq!(refuted.code, Some(1));
    assert!(
        refuted.out.contains("refuted: no potential"),
        "{}",
        refuted.out
    );
    let certified = json(&["shaping", &path(&plain), &path(&shaped), "--certify"]);
    assert_eq!(certified["verdict"], "undecided");
    std::fs::remove_dir_all(&folder).expect("removed");
}

#[test]
fn intervals_of_a_file_are_those_of_the_robust_values() {
    const FILE: &str = "docs/structure/intervals.yaml";
    let found = json(&["robust", FILE, "--exact"]);
    // nature at its worst heats with 7/10 and lets three quarters of the heat out: v(hot) = 9/10 · 10,
    // v(cold) = 9/10 (7/10 · 9 + 3/10 v(cold))
    assert_eq!(found["robust"]["v"], serde_json::json!(["567/73", "9"]));
    assert_eq!(found["uncertainty"]["kind"], "intervals");
    assert_eq!(
        found["robust"]["kernel"][1],
        serde_json::json!(["3/10", "7/10"])
    );
    assert_eq!(found["robust"]["error_bound"], "0");
    let written = out(&["convert", FILE, "--to", "nested"]);
    assert!(
        written.contains("intervals:\n  cold:\n    heat: {cold: [0.05, 0.3], hot: [0.7, 0.95]}"),
        "{written}"
    );
    let certified = json(&["robust", FILE, "--certify"]);
    assert!(
        certified["bounds"]["robust"]["j"]
            .as_f64()
            .is_some_and(|x| x < 1e-13)
    );
    let costs = json(&["robust", FILE, "--exact", "--minimize"]);
    let both = ["robust", "optimistic"].map(|part| costs[part]["j"].as_str().map(str::to_string));
    assert_eq!(both, [Some("0".to_string()), Some("0".to_string())]);
}

#[test]
fn intervals_that_are_none_are_told() {
    let said = |interval: &str| {
        let text = std::fs::read_to_string(
            std::path::Path::new(crate::ROOT).join("docs/structure/intervals.yaml"),
        )
        .expect("the model");
        let text = text.replace("{hot: [0.7, 0.95], cold: [0.05, 0.3]}", interval);
        let path = std::env::temp_dir().join(format!("intervals-{}.yaml", std::process::id()));
        std::fs::write(&path, text).expect("written");
        let done = run(&["check", path.to_str().expect("UTF-8")]);
        assert_eq!(done.code, Some(2), "{interval}");
        std::fs::remove_file(&path).expect("removed");
        done.err + &done.out
    };
    assert!(said("{hot: [0.7, 0.95]}").contains("has no interval"));
    assert!(said("{hot: [0.7, 0.8], cold: [0.05, 0.3]}").contains("does not hold the 9/10"));
    assert!(said("{hot: [0.95, 0.7], cold: [0.05, 0.3]}").contains("upwards"));
    assert!(said("{hot: [0.7, 1.5], cold: [0.05, 0.3]}").contains("[0, 1]"));
    assert!(said("{hot: [0.7], cold: [0.05, 0.3]}").contains("not two numbers"));
    assert!(said("{hott: [0.7, 1], cold: [0.05, 0.3]}").contains("hott"));
}

#[test]
fn n_discount_optimality_is_told() {
    let found = json(&["solve", ":two-state", "--n-discount", "0"]);
    assert_eq!(found["terms"][0], serde_json::json!(["1", "1"]));
    assert_eq!(found["levels"][1]["order"], "0");
    assert_eq!(found["deterministic_policies"], 4);
    let refused = run(&["solve", ":two-state", "--n-discount", "-2"]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.err.contains("-1 to 100"), "{}", refused.err);
    let missing = run(&["robust", ":two-state"]);
    assert!(missing.err.contains("intervals"), "{}", missing.err);
}
