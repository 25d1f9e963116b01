//! Numbers that are rounding alone are 0 in tables, beside the bound that says so: each model's are 0 in fractions.

use super::super::comparison::entry;
use super::super::{file, json, out};
use super::numbers;

/// Three rewards that sum to 0 as they are written, and not in floating point.
const CIRCLE: &str = "criterion: average\nstates: 3\nactions: 3\ninitial: 0\ntransitions:\n\
    - [0, 0, 1, 1, 0.1]\n- [0, 1, 1, 1, 0.2]\n- [0, 2, 1, 1, -0.3]\n\
    - [1, 0, 2, 1, 0.1]\n- [2, 0, 0, 1, -0.1]\n";

/// The rows of a table that hold digits of rounding, as 2.8e-17.
fn noise(table: &str) -> Vec<&str> {
    let rows = table
        .lines()
        .filter(|line| !line.contains("bound on rounding"));
    rows.filter(|line| line.contains("e-1") && !line.contains('±'))
        .collect()
}

#[test]
fn rewards_and_gains_of_a_chain() {
    let (_folder, path) = file("circle.yaml", CIRCLE);
    let exact = json(&["chain", &path, "-q", "--exact"]);
    assert!(numbers(&exact["gain"]).iter().all(|x| *x == 0.0), "{exact}");
    assert_eq!(numbers(&exact["reward"])[0], 0.0);
    let found = json(&["chain", &path, "-q"]);
    let bound = found["reward_error"].as_f64().expect("a bound");
    let reward = numbers(&found["reward"])[0];
    assert!(
        reward != 0.0 && reward.abs() <= bound && bound < 1e-14,
        "{reward} {bound}"
    );
    let bound = found["gain_error"].as_f64().expect("a bound");
    for gain in numbers(&found["gain"]) {
        assert!(gain.abs() <= bound && bound < 1e-13, "{gain} {bound}");
    }
    let table = out(&["chain", &path, "-q"]);
    let states: Vec<&str> = table
        .lines()
        .skip_while(|line| !line.contains("long run"))
        .collect();
    assert!(
        noise(&states.join("\n"))
            .iter()
            .all(|line| line.contains("spectrum")),
        "{table}"
    );
    assert!(table.contains("reward: what is at most"), "{table}");
}

/// A symmetric walk that starts in its middle, paid −1 at one end and 1 at the other, is worth 0 to both.
#[test]
fn values_of_players() {
    let states: Vec<String> = (0..21).map(|s| s.to_string()).collect();
    let mut text = format!(
        "discount: 1\nstates: [{}]\nplayers: {{row: [l, r], column: [u]}}\ninitial: '10'\nterminal: ['0', '20']\ntransitions:\n",
        states
            .iter()
            .map(|s| format!("'{s}'"))
            .collect::<Vec<_>>()
            .join(", ")
    );
    for s in 1..20 {
        text += &format!("  '{s}': {{l+u: '{}', r+u: '{}'}}\n", s - 1, s + 1);
    }
    text += "rewards:\n";
    for (player, sign) in [("row", ""), ("column", "-")] {
        text += &format!(
            "  {player}:\n    '1': {{l+u: {}1}}\n    '19': {{r+u: {sign}1}}\n",
            if sign.is_empty() { "-" } else { "" }
        );
    }
    let (_folder, path) = file("walk.yaml", &text);
    let exact = json(&["players", &path, "-q", "--exact"]);
    let found = json(&["players", &path, "-q"]);
    let of = |report: &serde_json::Value, i: usize| report["players"][i].clone();
    for i in 0..2 {
        assert_eq!(of(&exact, i)["j"], "0");
        let (j, bound) = (
            of(&found, i)["j"].as_f64(),
            of(&found, i)["value_error"].as_f64(),
        );
        let (j, bound) = (j.unwrap(), bound.unwrap());
        assert!(j.abs() <= bound && bound < 1e-11, "{j} {bound}");
    }
    let table = out(&["players", &path, "-q"]);
    for name in ["row", "column"] {
        let row = table
            .lines()
            .map(|line| line.split_whitespace().collect::<Vec<_>>());
        let row = row.into_iter().find(|words| words.first() == Some(&name));
        assert_eq!(row.expect("a row")[1], "0", "{table}");
    }
}

/// The first choice is between three actions of one worth: advantages of 0, whose estimates do not vary.
#[test]
fn estimates_that_do_not_vary() {
    let text = "discount: 0.9\nstates: 3\nactions: 3\ninitial: 0\nterminal: [2]\ntransitions:\n- [0, 0, 1, 1, 0.1]\n\
        - [0, 1, 1, 1, 0.1]\n- [0, 2, 1, 1, 0.1]\n- [1, 0, 2, 1, 0.1]\n- [1, 1, 2, 1, 0.2]\n";
    let (_folder, path) = file("alike.yaml", text);
    let arguments = [
        "compare",
        &path,
        "-q",
        "-n",
        "100",
        "--estimators",
        "q,advantage",
    ];
    let exact = json(&[
        "reference",
        &path,
        "-q",
        "--estimators",
        "advantage",
        "--exact",
    ]);
    let law = entry(&exact, "advantage");
    assert_eq!(numbers(&law["expectation"])[..3], [0.0; 3]);
    assert_eq!(numbers(&law["variance"])[..3], [0.0; 3]);
    let table = out(&arguments);
    assert!(noise(&table).is_empty(), "{table}");
    for name in ["expectation", "standard error"] {
        let line = format!("{name}: what is no larger than its own bound on rounding");
        assert!(table.contains(&line), "{table}");
    }
}
