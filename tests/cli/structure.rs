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
    let rows = out(&["cone", ":two-state", "--format", "csv"]);
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
