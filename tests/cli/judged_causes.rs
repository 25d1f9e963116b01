//! `judge --trajectories`: a mistake is named where all that is impossible has this one cause, and flags are held
//! against the data wherever they stand.

use serde_json::{Value, json};

use super::Run;
use super::judged_runs::judge;

const LOOP: &str = "discount: 1/2\nstates: [a, end]\nactions: [go, stay]\ninitial: a\nterminal: [end]\n\
                    transitions:\n- [a, go, end, 1, 1]\n- [a, stay, a, 1, 0]\n";

fn asked(model: &str, file: &Value, more: &[&str]) -> Run {
    let (_folder, model) = super::file("model.yaml", model);
    let asked = [&[model.as_str(), "--trajectories", "FILE"], more].concat();
    judge("mine.json", &file.to_string(), &asked)
}

/// The verdict and the names of mistakes.
fn told(model: &str, file: &Value) -> (String, Vec<String>) {
    let found = asked(model, file, &["--format", "json"]);
    let found: Value =
        serde_json::from_str(&found.out).unwrap_or_else(|_| panic!("{}{}", found.out, found.err));
    let names = found["diagnoses"].as_array().into_iter().flatten();
    let names = names.map(|one| one["name"].as_str().unwrap().to_string());
    (
        found["verdict"].as_str().unwrap().to_string(),
        names.collect(),
    )
}

/// The rewards of these are right and there is one action: what is wrong is where the steps are said to lead.
#[test]
fn what_explains_a_part_is_not_named() {
    let chain = "discount: 9/10\nstates: [a, b, end]\nactions: [go]\ninitial: a\nterminal: [end]\ntransitions:\n\
                 - [a, go, a, 1/2, 0]\n- [a, go, b, 1/2, 1]\n- [b, go, end, 1, 1]\n";
    let own = json!({
        "states": [[0, 0, 1]], "actions": [[0, 0, 0]], "rewards": [[0, 1, 1]], "next_states": [[0, 0, 1]],
    });
    assert_eq!(told(chain, &own), ("wrong".into(), Vec::new()));
    // starts that are uniform, and cannot lead to c
    let starts = "discount: 9/10\nstates: [a, b, c, end]\nactions: [go]\ninitial: {a: 0.8, b: 0.1, c: 0.1}\n\
                  terminal: [end]\ntransitions:\n- [a, go, end, 1, 1]\n- [b, go, end, 1, 1]\n- [c, go, end, 1, 1]\n";
    let each = |x: Value| vec![json!([x]); 60];
    let states: Vec<Value> = (0..60).map(|i| json!([i % 3])).collect();
    let file = json!({
        "states": states, "actions": each(json!(0)), "rewards": each(json!(1)), "next_states": each(json!(2)),
        "truncated": each(json!(1)),
    });
    assert_eq!(told(starts, &file), ("wrong".into(), Vec::new()));
    // rewards that are one step late, and nothing else
    let late = json!({
        "states": [[0, 0, 1, 3], [0, 1, 3]], "actions": [[0, 0, 0], [0, 0]], "rewards": [[7, 0, 1], [7, 1]],
    });
    let paid = chain.replace("[a, b, end]", "[a, b, c, end]").replace(
        "- [b, go, end, 1, 1]",
        "- [b, go, end, 1, 5]\n- [c, go, end, 1, 0]",
    );
    assert_eq!(
        told(&paid, &late),
        ("wrong".into(), vec!["reward-shifted".into()])
    );
}

/// A step that is done ends its trajectory, and one that ends is done, in either column.
#[test]
fn done_is_held_against_the_data() {
    let file = |done: Value| {
        json!({
            "states": [0, 0, 0, 0], "actions": [1, 1, 1, 0], "rewards": [0, 0, 0, 1], "next_states": [0, 0, 0, 1],
            "done": done, "episode": [7, 7, 7, 7], "psi": [0.125, 0.25, 0.5, 1],
        })
    };
    assert_eq!(told(LOOP, &file(json!([0, 0, 0, 1]))).0, "right");
    assert_eq!(told(LOOP, &file(json!([0, 1, 0, 1]))).0, "wrong");
    assert_eq!(told(LOOP, &file(json!([0, 0, 0, 0]))).0, "wrong");
    let mut lengths = file(json!([0, 1, 0, 1]));
    lengths["lengths"] = json!([1, 3]);
    let both = asked(LOOP, &lengths, &[]);
    assert!(both.out.contains("`episode` is read"), "{}", both.out);
    lengths.as_object_mut().unwrap().remove("episode");
    lengths["lengths"] = json!([4]);
    assert_eq!(told(LOOP, &lengths).0, "wrong");
}

/// Of one row the transposed one is many trajectories of one step, in which hardly anything is impossible.
#[test]
fn one_row_has_no_axes_to_swap() {
    let file =
        json!({"states": [[0, 0, 0, 0]], "actions": [[0, 0, 0, 0]], "rewards": [[1, 1, 1, 1]]});
    let (verdict, names) = told(LOOP, &file);
    assert_eq!(verdict, "wrong");
    assert!(!names.contains(&"axes-swapped".to_string()), "{names:?}");
    let episodes = json!({
        "states": [[0, 0, 0, 0]], "actions": [[1, 0, 1, 0]], "rewards": [[0, 1, 0, 1]], "episode": [[0, 0, 1, 1]],
    });
    let refused = asked(LOOP, &episodes, &[]);
    assert_eq!(refused.code, Some(2), "{}", refused.out);
    assert!(refused.err.contains("`episode`"), "{}", refused.err);
}
