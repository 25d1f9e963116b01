//! `judge` of samples and logs of runs that are drawn here, by code of their own.

use serde_json::{Value, json};

use super::{Run, run};

/// SplitMix64 (Steele, Lea and Flood 2014), a number in [0, 1).
struct Draws(u64);

impl Draws {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// A file in a folder of its own, and what `judge` says of it.
fn judge(name: &str, content: &str, asked: &[&str]) -> Run {
    let (_folder, path) = super::file(name, content);
    let asked: Vec<&str> = asked
        .iter()
        .map(|&word| if word == "FILE" { path.as_str() } else { word })
        .collect();
    run(&[&["judge"], &asked[..]].concat())
}

/// Estimates 1/T Σₜ ψₜ Σ_{k≥t} (R_k − g) of runs of `steps` steps of `two-state` under the uniform policy from its
/// long run, which is in `hot` 9 times of 14 (0.45 lead there from `cold`, 0.25 back) and paid there.
fn estimates(steps: usize, rows: usize) -> String {
    const TO_HOT: [[f64; 2]; 2] = [[0.0, 0.9], [0.5, 1.0]];
    let mut draws = Draws(7);
    let mut text = String::new();
    for _ in 0..rows {
        let mut hot = usize::from(draws.next() < 9.0 / 14.0);
        let (mut seen, mut paid) = (Vec::new(), Vec::new());
        for _ in 0..steps {
            let heat = usize::from(draws.next() < 0.5);
            seen.push((hot, heat));
            paid.push(hot as f64 - 9.0 / 14.0);
            hot = usize::from(draws.next() < TO_HOT[hot][heat]);
        }
        let (mut sum, mut to_go) = ([0.0; 4], 0.0);
        for ((state, action), reward) in seen.into_iter().zip(paid).rev() {
            to_go += reward;
            sum[2 * state + action] += 0.5 * to_go / steps as f64;
            sum[2 * state + 1 - action] -= 0.5 * to_go / steps as f64;
        }
        text += &format!("{},{},{},{}\n", sum[0], sum[1], sum[2], sum[3]);
    }
    text
}

/// Runs of T steps have their law under the average reward, named or not; and T is what is said.
#[test]
fn runs_of_the_average_reward_are_as_long_as_is_said() {
    let text = estimates(5, 20_000);
    let held = |more: &[&str]| {
        let asked = [":two-state", "--criterion", "average", "--samples", "FILE"];
        judge("mine.csv", &text, &[&asked[..], more].concat())
    };
    let named = ["--as", "reward-to-go"];
    let own = held(&[&named[..], &["--truncation", "5"]].concat());
    assert_eq!(own.code, Some(0), "{}{}", own.out, own.err);
    let other = held(&[&named[..], &["--truncation", "2"]].concat());
    assert_eq!(other.code, Some(1), "{}{}", other.out, other.err);
    // the mean is not ∇J, and no factor is called a mistake: it is that of the cut
    let tried = held(&["--truncation", "5", "--format", "json"]);
    let report: Value = serde_json::from_str(&tried.out).unwrap();
    assert_eq!(report["verdict"], "inconsistent", "{report}");
    assert_eq!(report["diagnoses"], json!([]), "{report}");
    let estimators = report["estimators"].as_array().unwrap();
    let verdict = |name: &str| {
        let own = estimators.iter().find(|own| own["name"] == name);
        own.map(|own| own["verdict"].clone())
    };
    assert_eq!(
        verdict("reward-to-go"),
        Some(json!("consistent")),
        "{report}"
    );
    assert_eq!(
        verdict("total-return"),
        Some(json!("inconsistent")),
        "{report}"
    );
    let said = held(&["--truncation", "5"]).out;
    assert!(
        said.contains("consistent with the exact law of reward-to-go"),
        "{said}"
    );
}

/// A horizon ends every trajectory, and the error says so.
#[test]
fn samples_of_a_horizon_are_not_cut() {
    for more in [&["--as", "reward-to-go"][..], &[]] {
        let asked = [
            ":two-state",
            "--horizon",
            "3",
            "--samples",
            "FILE",
            "--truncation",
            "2",
        ];
        let refused = judge(
            "mine.csv",
            "0,0,0,0\n1,1,1,1\n",
            &[&asked[..], more].concat(),
        );
        assert_eq!(refused.code, Some(2));
        let words: Vec<&str> = refused.err.split_whitespace().collect();
        let said = words.join(" ").replace("│ ", "");
        assert!(said.contains("the horizon ends each"), "{said}");
    }
}
