//! `judge --trajectories`: rows that are cut where no state behind the last step is told, and numbers that are asked for and not
//! there.

use serde_json::{Value, json};

use super::judged_runs::judge;

/// Both states go on to either with probability ½, and the first pays 1: v = (3/2, 1/2), and δ = ±¼ as the next state is the
/// first or the second.
const PAIR: &str = "discount: 1/2\nstates: [a, b]\nactions: [x, y]\ninitial: {a: 1/2, b: 1/2}\ntransitions:\n\
                    - [a, x, a, 1/2, 1]\n- [a, x, b, 1/2, 1]\n- [a, y, a, 1/2, 1]\n- [a, y, b, 1/2, 1]\n\
                    - [b, x, a, 1/2, 0]\n- [b, x, b, 1/2, 0]\n- [b, y, a, 1/2, 0]\n- [b, y, b, 1/2, 0]\n";

const STATES: [[usize; 4]; 3] = [[0, 0, 1, 0], [1, 1, 0, 1], [0, 1, 1, 1]];
/// Where each went at last, which is told nowhere.
const BEHIND: [usize; 3] = [0, 1, 0];

/// Â = Σ (γλ)ˡ δ with λ = ½.
fn advantages() -> Vec<Vec<f64>> {
    let row = |states: &[usize; 4], behind: usize| {
        let mut next = states[1..].to_vec();
        next.push(behind);
        let mut sum = 0.0;
        let mut row: Vec<f64> = next
            .iter()
            .rev()
            .map(|next| {
                sum = if *next == 0 { 0.25 } else { -0.25 } + 0.25 * sum;
                sum
            })
            .collect();
        row.reverse();
        row
    };
    STATES
        .iter()
        .zip(BEHIND)
        .map(|(row_of, behind)| row(row_of, behind))
        .collect()
}

fn columns(more: &[(&str, Value)]) -> Value {
    let paid: Vec<Vec<usize>> = STATES
        .iter()
        .map(|row| row.iter().map(|s| 1 - s).collect())
        .collect();
    let mut all = json!({"states": STATES, "actions": vec![[0; 4]; 3], "rewards": paid});
    for (name, values) in more {
        all[name] = values.clone();
    }
    all
}

fn told(columns: &Value, more: &[&str]) -> (String, Option<i32>, String) {
    let (_folder, model) = super::file("model.yaml", PAIR);
    let asked = [&[model.as_str(), "--trajectories", "FILE"], more].concat();
    let found = judge("mine.json", &columns.to_string(), &asked);
    let first = found.out.lines().next().unwrap_or_default().to_string();
    (first, found.code, found.err)
}

/// A rollout buffer: what bootstraps at its cuts is told by the numbers themselves, but for which of two it was.
#[test]
fn advantages_of_rows_that_are_cut_are_judged() {
    let of = |change: &dyn Fn(f64) -> f64| {
        let rows = advantages();
        let rows: Vec<Vec<f64>> = rows
            .iter()
            .map(|row| row.iter().map(|x| change(*x)).collect())
            .collect();
        told(
            &columns(&[("advantages", json!(rows))]),
            &["--as", "gae:0.5"],
        )
    };
    let right = of(&|x| x);
    assert_eq!(right.1, Some(0), "{right:?}");
    assert!(right.0.starts_with("right"), "{right:?}");
    for wrong in [
        of(&|x| x + 5.0),
        of(&|_| 0.0),
        of(&|x| -x),
        of(&|x| 1.01 * x),
    ] {
        assert!(wrong.0.starts_with("wrong"), "{wrong:?}");
    }
    let negative = of(&|x| -x).0;
    assert!(
        negative.starts_with("wrong: psi as given: sign"),
        "{negative}"
    );
    // λ = 1 for ½
    let other = told(
        &columns(&[("advantages", json!(advantages()))]),
        &["--as", "gae:1"],
    );
    assert!(other.0.starts_with("wrong"), "{other:?}");
}

/// A column whose name is mistaken is no green test.
#[test]
fn an_estimator_of_which_nothing_is_given_is_refused() {
    let with = |name: &str| columns(&[(name, json!(advantages()))]);
    for (columns, named) in [
        (with("advantage"), "advantage"),
        (with("returns"), "returns"),
        (with("psis"), "psis"),
        (columns(&[]), ""),
    ] {
        let (_, code, says) = told(&columns, &["--as", "gae:0.5"]);
        assert_eq!(code, Some(2), "{says}");
        assert!(says.contains("gae:0.5") && says.contains(named), "{says}");
    }
    // of another estimator
    let other = columns(&[("estimates", json!({"gae:0.5": {"psi": advantages()}}))]);
    assert_eq!(told(&other, &["--as", "td-residual"]).1, Some(2));
    for more in [&["--critic", "noise:1:1"][..], &["--entropy", "0.1"]] {
        assert_eq!(told(&columns(&[]), more).1, Some(2), "{more:?}");
    }
    assert_eq!(told(&columns(&[]), &[]).1, Some(0));
}

/// The three rows with the state behind the last step.
fn whole(model: &str, made: &[(&str, Value)], more: &[&str]) -> Value {
    let row = |(row, behind): (&[usize; 4], usize)| [&row[..], &[behind]].concat();
    let states: Vec<Vec<usize>> = STATES.iter().zip(BEHIND).map(row).collect();
    let all = columns(&[&[("states", json!(states))], made].concat());
    let (_folder, model) = super::file("model.yaml", model);
    let asked = [
        &[model.as_str(), "--trajectories", "FILE", "--format", "json"],
        more,
    ];
    let found = judge("mine.json", &all.to_string(), &asked.concat());
    serde_json::from_str(&found.out).unwrap_or_else(|_| panic!("{}{}", found.out, found.err))
}

/// A number of each step, of its state and the next.
fn by_step(of: impl Fn(usize, usize) -> f64) -> Vec<Vec<f64>> {
    let row = |(states, behind): (&[usize; 4], usize)| {
        let next = states[1..].iter().chain([&behind]);
        states.iter().zip(next).map(|(s, t)| of(*s, *t)).collect()
    };
    STATES.iter().zip(BEHIND).map(row).collect()
}

/// Rewards of 1000 make δ = ±250, of which λ = 0.975 shows in the fourth decimal.
#[test]
fn a_lambda_of_three_decimals_is_found_in_rounded_numbers() {
    let delta = by_step(|_, next| if next == 0 { 250.0 } else { -250.0 });
    let row = |delta: &Vec<f64>| {
        let mut sum = 0.0;
        let back = delta.iter().rev().map(|x| {
            sum = x + 0.5 * 0.975 * sum;
            (sum * 1e4_f64).round() / 1e4
        });
        let mut row: Vec<f64> = back.collect();
        row.reverse();
        row
    };
    let psi: Vec<Vec<f64>> = delta.iter().map(row).collect();
    let model = PAIR.replace("1/2, 1]", "1/2, 1000]");
    let paid = by_step(|s, _| if s == 0 { 1000.0 } else { 0.0 });
    let found = whole(
        &model,
        &[("rewards", json!(paid)), ("psi", json!(psi))],
        &[],
    );
    assert_eq!(found["verdict"], "right", "{}", found["given"]);
    assert_eq!(found["given"][0]["matches"], json!(["gae:0.975"]));
}

const LEANING: [&str; 4] = [
    "--policy",
    "{parametrization: softmax, theta: [1, 0, 0, 1]}",
    "--behavior",
    "uniform",
];

/// A log keeps log μ(a|s) of who acted: log ½; that of the policy is −log(1 + e) + 1 or + 0.
#[test]
fn log_probabilities_may_be_those_of_who_acted() {
    let normal = (1.0 + 1f64.exp()).ln();
    let (own, acted) = ([1.0 - normal, -normal], [0.5f64.ln(); 2]);
    for (logs, expected) in [(own, "log π"), (acted, "log π of who acted")] {
        let rows = by_step(|s, _| logs[s]);
        let found = whole(PAIR, &[("log_probabilities", json!(rows))], &LEANING);
        assert_eq!(found["verdict"], "right", "{found}");
        assert_eq!(found["given"][0]["matches"], json!([expected]), "{found}");
    }
    let rows = by_step(|_, _| 0.4f64.ln());
    let found = whole(PAIR, &[("log_probabilities", json!(rows))], &LEANING);
    assert_eq!(found["verdict"], "wrong", "{found}");
}

/// q = v here, and ω = 2π is 2e/(1 + e), of which the trace is 1, or 2/(1 + e).
#[test]
fn retrace_of_any_lambda_is_found() {
    let delta = by_step(|_, next| if next == 0 { 0.25 } else { -0.25 });
    let trace = [1.0, 2.0 / (1.0 + 1f64.exp())];
    for lambda in [0.9, 0.8, 0.95] {
        let row = |(states, delta): (&[usize; 4], &Vec<f64>)| {
            let mut row = vec![0.0; 4];
            let mut later = 0.0;
            for t in (0..4).rev() {
                let sum = delta[t] + later;
                row[t] = [1.5, 0.5][states[t]] + sum;
                later = 0.5 * lambda * trace[states[t]] * sum;
            }
            row
        };
        let psi: Vec<Vec<f64>> = STATES.iter().zip(&delta).map(row).collect();
        let found = whole(PAIR, &[("psi", json!(psi))], &LEANING);
        assert_eq!(found["verdict"], "right", "{lambda}: {}", found["given"]);
        let name = format!("retrace:{lambda}");
        assert_eq!(found["given"][0]["matches"], json!([name]));
    }
}

/// Half of all steps pay 1, and h = ±½: R + h' − h is 1 where the next state is the first, and 0 elsewhere, with the gain ½ in it.
#[test]
fn the_gain_that_residuals_keep_is_named() {
    let model = PAIR.replace("discount: 1/2", "criterion: average");
    let of = |gain: f64| by_step(|_, next| if next == 0 { 1.0 - gain } else { -gain });
    for more in [&[][..], &["--as", "td-residual"]] {
        let found = whole(&model, &[("psi", json!(of(0.5)))], more);
        assert_eq!(found["verdict"], "right", "{found}");
        let found = whole(&model, &[("psi", json!(of(0.0)))], more);
        assert_eq!(found["verdict"], "wrong");
        let names = found["diagnoses"].as_array().unwrap();
        assert!(
            names.iter().any(|one| one["name"] == "gain-forgotten"),
            "{found}"
        );
    }
}
