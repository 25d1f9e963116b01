//! `compare` where nothing ends: what the program's own cut moves is no bias of an estimator; and what is a limit of many
//! trajectories is said to be one.

use serde_json::Value;

use super::run;

const ENDLESS: &str = "name: m\ndiscount: 3/10\nstates: [s0, s1]\nactions: [a, b]\ninitial: {s0: 1}\ntransitions:\n  \
                       - [s0, a, s1, 1/2, 1]\n  - [s0, a, s0, 1/2, 3]\n  - [s0, b, s1, 1, -1]\n  \
                       - [s1, a, s0, 1, 2]\n  - [s1, b, s1, 1, 0]\n";

const NAMES: &str = "importance:ordinary,importance:self-normalised,reward-to-go,per-step-mean:reward-to-go,\
                     in-sample-baseline:total-return";

fn compared(path: &str, names: &str, more: &[&str]) -> String {
    let asked = ["compare", path, "-n", "2000", "--seed", "1"];
    let found = run(&[&asked, &["--estimators", names][..], more].concat());
    assert_eq!(found.err, "");
    found.out
}

/// The verdict on the bias of each estimator, and whether its law is a limit.
fn told(path: &str, names: &str, more: &[&str]) -> Vec<(String, bool)> {
    let found = compared(path, names, &[more, &["--format", "json"]].concat());
    let report: Value = serde_json::from_str(&found).unwrap();
    let estimators = report["estimators"].as_array().unwrap().iter();
    let own = |own: &Value| {
        let verdict = own["bias_verdict"].as_str().unwrap().to_string();
        (verdict, own.get("expectation_is_limit").is_some())
    };
    estimators.map(own).collect()
}

/// Ordinary importance sampling has mean ∇J_T under a cut after T steps, and ∇J beyond; the mean over steps is of the
/// cut alone, N/T times that.
#[test]
fn the_programs_own_cut_makes_no_estimator_biased() {
    let (_folder, path) = super::file("m.yaml", ENDLESS);
    let unbiased = |is_limit: bool| ("unbiased".to_string(), is_limit);
    let expected = [
        unbiased(false),
        unbiased(true),
        unbiased(false),
        ("biased".to_string(), true),
        unbiased(true),
    ];
    assert_eq!(told(&path, NAMES, &[]), expected);
    // what is made of batches takes no other policy, but for the ratios
    let ratios = "importance:ordinary,importance:self-normalised";
    assert_eq!(
        told(&path, ratios, &["--behavior", "random:1"]),
        expected[..2]
    );
    let page = compared(&path, NAMES, &[]);
    let verdict = "Not the gradient, whatever N: per-step-mean:reward-to-go.\n";
    assert!(page.contains(verdict), "{page}");
    let limit = "the expectation of N is off it by the order of 1/N: importance:self-normalised, \
                 per-step-mean:reward-to-go, in-sample-baseline:total-return\n";
    assert!(page.contains(limit), "{page}");
}
