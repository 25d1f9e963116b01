//! `chain`: the Markov chain of a policy, against closed forms.

use serde_json::{Value, json as value};

use super::{file, json, run};

/// P = ((1 − a, a), (b, 1 − b)) with a = 9/20 and b = 1/4: everything is a fraction of a + b = 7/10.
#[test]
fn two_states_in_closed_form() {
    let report = json(&["chain", "mdps/two-state.yaml", "--exact"]);
    assert_eq!(report["kind"], "unichain");
    assert_eq!(report["stationary"], value!(["5/14", "9/14"]));
    assert_eq!(
        report["transition"],
        value!([["11/20", "9/20"], ["1/4", "3/4"]])
    );
    assert_eq!(
        report["limiting"],
        value!([["5/14", "9/14"], ["5/14", "9/14"]])
    );
    // D = ((a, −a), (−b, b)) / (a + b)²
    assert_eq!(
        report["deviation"],
        value!([["45/49", "-45/49"], ["-25/49", "25/49"]])
    );
    // 1/a, 1/b, and 1/μ on the diagonal
    assert_eq!(
        report["first_passage"],
        value!([["14/5", "20/9"], ["4", "14/9"]])
    );
    let class = &report["classes"][0];
    // 1/(a + b); the smaller state's way out
    assert_eq!(class["kemeny"], "10/7");
    assert_eq!(class["conductance"], "9/20");
    let real: Vec<f64> = serde_json::from_value(report["spectrum"]["real"].clone()).unwrap();
    assert_eq!(real[0], 1.0);
    assert!((real[1] - 0.3).abs() < 1e-15, "{real:?}");
}

/// The same numbers of each class stand in the table, with the number of the class: 1/(a + b), the smaller way out, a period of 1,
/// and where all ends.
#[test]
fn a_table_has_what_is_known_of_each_class() {
    let arguments = ["chain", "mdps/two-state.yaml", "--exact", "--format", "csv"];
    let table = run(&arguments).out;
    let lines: Vec<&str> = table.lines().collect();
    for line in [
        "period,,,,0,1",
        "class_absorption,,,,0,1",
        "kemeny,,,,0,10/7",
        "conductance,,,,0,9/20",
    ] {
        assert!(lines.contains(&line), "{line} in {}", table);
    }
}

/// The gambler's ruin among 1 … 5: up with probability i/6, over after i (6 − i) steps.
#[test]
fn first_passage_of_the_gambler() {
    let report = json(&[
        "chain",
        "mdps/random-walk-5.yaml",
        "--exact",
        "--to",
        "right-end",
    ]);
    let passage = &report["passage"];
    let ruin = value!(["0", "1/6", "1/3", "1/2", "2/3", "5/6", "1"]);
    assert_eq!(passage["probability"], ruin);
    // not sure to be reached from anywhere else
    let never = Value::Null;
    assert_eq!(
        passage["steps"],
        value!([never, never, never, never, never, never, "0"])
    );
    let both = [
        "chain",
        "mdps/random-walk-5.yaml",
        "--exact",
        "--to",
        "left-end,right-end",
    ];
    let steps = &json(&both)["passage"]["steps"];
    assert_eq!(*steps, value!(["0", "5", "8", "9", "8", "5", "0"]));
    let classes = report["classes"].as_array().unwrap();
    assert_eq!(classes.len(), 2);
    assert_eq!(classes[1]["absorption"], "1/2");
    assert_eq!(report["mixing_time"], Value::Null);
}

/// Two states that change places: P* is the mean of both, and −1 is an eigenvalue.
#[test]
fn a_periodic_chain_never_mixes() {
    let report = json(&["chain", "mdps/periodic-two-state.yaml"]);
    assert_eq!(report["spectrum"]["real"], value!([1.0, -1.0]));
    assert_eq!(report["spectrum"]["gap"], 0.0);
    assert_eq!(report["spectrum"]["relaxation_time"], Value::Null);
    assert_eq!(report["mixing_time"], Value::Null);
    assert_eq!(report["classes"][0]["period"], 2);
    assert_eq!(report["first_passage"], value!([[2.0, 1.0], [1.0, 2.0]]));
}

/// ½ · 0.999ᵗ ≤ ¼ from t = 693 on: ln 2 / −ln 0.999 = 692.8.
#[test]
fn the_mixing_time_of_a_slow_chain() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("slow.yaml");
    let text = "\
states: [a, b]
actions: [go]
initial: a
criterion: average
transitions:
  - [a, go, a, 0.9995, 0]
  - [a, go, b, 0.0005, 0]
  - [b, go, b, 0.9995, 0]
  - [b, go, a, 0.0005, 0]
";
    std::fs::write(&path, text).unwrap();
    let report = json(&["chain", path.to_str().unwrap()]);
    let time = &report["mixing_time"];
    assert_eq!(
        (&time["lower"], &time["upper"]),
        (&value!(693), &value!(693))
    );
}

/// All numbers of `--certify` hold what fractions say.
#[test]
fn bounds_hold_the_fractions() {
    let arguments = ["chain", "mdps/multichain-average.yaml", "--format", "json"];
    let exact = json(&[&arguments[..2], &["--exact"]].concat());
    let certified = json(&[&arguments[..2], &["--certify"]].concat());
    let fraction = |text: &Value| -> f64 {
        let text = text.as_str().unwrap();
        let (p, q) = text.split_once('/').unwrap_or((text, "1"));
        p.parse::<f64>().unwrap() / q.parse::<f64>().unwrap()
    };
    for name in ["stationary", "gain"] {
        let own = certified[name].as_array().unwrap();
        let bounds = certified["bounds"][name].as_array().unwrap();
        let truth = exact[name].as_array().unwrap();
        for ((x, bound), truth) in own.iter().zip(bounds).zip(truth) {
            let off = (x.as_f64().unwrap() - fraction(truth)).abs();
            let bound = bound.as_f64().unwrap();
            assert!(off <= bound + 1e-16 && bound < 1e-12, "{name}: {x} {truth}");
        }
    }
}

#[test]
fn what_cannot_be_is_said() {
    let unknown = run(&["chain", "mdps/two-state.yaml", "--to", "cld"]);
    assert_eq!(unknown.code, Some(2));
    assert!(
        unknown.err.contains("did you mean `cold`?"),
        "{}",
        unknown.err
    );
    let none = json(&["chain", "mdps/taxi.yaml", "--matrices", "no"]);
    assert_eq!(none["deviation"], Value::Null);
    // 500 of the game, and its end
    assert_eq!(none["stationary"].as_array().unwrap().len(), 501);
}

/// Steps from one state to the next, with probability 1/2 each, in another order: every state is a set of its own, and has
/// the eigenvalue 1/2; a Schur form of all would find some of modulus 0.6.
#[test]
fn states_that_are_left_one_by_one_have_their_own_eigenvalues() {
    let states = 24;
    let name = |i: usize| format!("s{}", i * 7 % states);
    let row = |i: usize| match i + 1 {
        next if next < states => format!(
            "  {}: {{go: {{{}: 0.5, {}: 0.5}}}}\n",
            name(i),
            name(i),
            name(next)
        ),
        _ => format!("  {}: {{go: {{{}: 0.5, end: 0.5}}}}\n", name(i), name(i)),
    };
    let names: Vec<String> = (0..states).map(|i| format!("s{i}")).collect();
    let text = format!(
        "name: ladder\ndiscount: 1\nstates: [{}, end]\nactions: [go]\nterminal: [end]\ninitial: s0\ntransitions:\n{}rewards: {{}}\n",
        names.join(", "),
        (0..states).map(row).collect::<String>(),
    );
    let file = tempfile::NamedTempFile::with_suffix(".yaml").unwrap();
    std::fs::write(file.path(), text).unwrap();
    let report = json(&["chain", file.path().to_str().unwrap()]);
    let real: Vec<f64> = serde_json::from_value(report["spectrum"]["real"].clone()).unwrap();
    assert_eq!(real, [&[1.0][..], &[0.5; 24]].concat());
    assert_eq!(report["spectrum"]["gap"], 0.5);
    assert_eq!(report["spectrum"]["relaxation_time"], 2.0);
}

/// A ring of 2,100 states that pays 0.1, 0.2 and −0.3 in turn earns nothing: what is left is rounding, and is told as such in large
/// models too.
#[test]
fn a_gain_that_is_rounding_alone_is_nothing_in_large_models_too() {
    let mut text =
        "criterion: average\nstates: 2100\nactions: 1\ninitial: 0\ntransitions:\n".to_string();
    for i in 0..2100 {
        let reward = ["0.1", "0.2", "-0.3"][i % 3];
        text += &format!("- [{i}, 0, {}, 1, {reward}]\n", (i + 1) % 2100);
    }
    let (_folder, ring) = file("ring.yaml", &text);
    let report = json(&["chain", &ring, "-q"]);
    let error = report["gain_error"].as_f64().expect("a bound");
    for gain in report["gain"].as_array().expect("gains") {
        let gain = gain.as_f64().expect("a number");
        assert!(gain.abs() <= error && error < 1e-12, "{gain} {error}");
    }
    let table = run(&["chain", &ring, "-q"]).out;
    let row = table
        .lines()
        .find(|line| line.trim_start().starts_with("1  "));
    assert_eq!(
        row.and_then(|row| row.split_whitespace().last()),
        Some("0"),
        "{table}"
    );
}
