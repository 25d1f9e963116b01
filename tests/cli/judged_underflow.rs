//! `judge --samples` where γᵗ leaves variances that no float has: a corridor of 60 states at γ = 1/1000, γ²ᵗ = 10⁻³⁶⁰.

use serde_json::Value;

use super::judged_runs::{Draws, judge};

const LENGTH: usize = 60;
const GAMMA: f64 = 1e-3;

/// `on` goes on and is paid 1, `idle` is paid 3 and goes on half of the time.
fn corridor() -> String {
    let mut text = format!(
        "discount: 1/1000\nstates: {}\nactions: [on, idle]\ninitial: 0\nterminal: [{LENGTH}]\ntransitions:\n",
        LENGTH + 1
    );
    for i in 0..LENGTH {
        let next = i + 1;
        text += &format!(
            "- [{i}, on, {next}, 1, 1]\n- [{i}, idle, {next}, 1/2, 3]\n- [{i}, idle, {i}, 1/2, 3]\n"
        );
    }
    text
}

/// Σ γᵗ Gₜ (e(Sₜ, Aₜ) − ½), each row times a factor.
fn rows(count: usize, seed: u64, factor: f64) -> String {
    let mut draws = Draws(seed);
    let mut text = String::new();
    for _ in 0..count {
        let (mut state, mut steps) = (0, Vec::new());
        while state < LENGTH {
            let idle = draws.next() < 0.5;
            steps.push((state, idle));
            state += usize::from(!idle || draws.next() < 0.5);
        }
        let (mut sum, mut to_go) = (vec![0.0; 2 * LENGTH], 0.0);
        for (t, &(state, idle)) in steps.iter().enumerate().rev() {
            to_go = (if idle { 3.0 } else { 1.0 }) + GAMMA * to_go;
            let half = 0.5 * factor * GAMMA.powi(t as i32) * to_go;
            sum[2 * state + usize::from(idle)] += half;
            sum[2 * state + usize::from(!idle)] -= half;
        }
        let row: Vec<String> = sum.iter().map(|x| format!("{x:e}")).collect();
        text += &(row.join(",") + "\n");
    }
    text
}

/// No number takes part in a verdict whose variance is no float: 0 is not what does not vary.
#[test]
fn variances_below_the_least_float_raise_no_alarm() {
    let (_folder, model) = super::file("model.yaml", &corridor());
    for seed in [1, 2, 3] {
        let text = rows(2500, seed, 1.0);
        for more in [&["--as", "reward-to-go"][..], &[]] {
            let asked = [
                &[model.as_str(), "--samples", "FILE", "--format", "json"],
                more,
            ]
            .concat();
            let found = judge("mine.csv", &text, &asked);
            let report: Value = serde_json::from_str(&found.out).expect(&found.err);
            assert_eq!(report["verdict"], "consistent", "{seed} {more:?}");
            let all = report["estimators"].as_array().unwrap().iter();
            let own = all.clone().find(|one| one["name"] == "reward-to-go");
            assert_eq!(own.unwrap()["verdict"], "consistent", "{seed} {more:?}");
        }
        let text = rows(2500, seed, 1.5);
        let asked = [model.as_str(), "--samples", "FILE", "--as", "reward-to-go"];
        assert_eq!(judge("mine.csv", &text, &asked).code, Some(1), "{seed}");
    }
}
