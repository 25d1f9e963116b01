//! `compare` beyond single estimators: differences, and what does or does not exist.

use serde_json::{Value, json as value};

use super::comparison::entry;
use super::{json, run};

const SIGN_FLIP: &str = "mdps/two-step-sign-flip.yaml";

/// Var(a − b) = Var a + Var b − 2 Cov(a, b), and two estimators that are one at γ = 1 differ by 0.
#[test]
fn differences_on_the_same_trajectories_have_a_law_of_their_own() {
    let report = json(&[
        "compare",
        "mdps/retry-loop.yaml",
        "-n",
        "20000",
        "--estimators",
        "reward-to-go,baseline:v,baseline:textbook",
        "--paired",
        "--covariance",
    ]);
    let pairs = report["paired"].as_array().unwrap();
    assert_eq!(pairs.len(), 2);
    for pair in pairs {
        assert_eq!(pair["estimators"][1], "reward-to-go");
        assert_eq!(pair["verdict"], "consistent");
        let [left, right] = [0, 1].map(|i| entry(&report, pair["estimators"][i].as_str().unwrap()));
        for k in 0..pair["variance"].as_array().unwrap().len() {
            let figure = |of: &Value, name: &str| of[name][k].as_f64().unwrap();
            let cross = pair["cross_covariance"][k][k].as_f64().unwrap();
            let sum = figure(&left, "variance") + figure(&right, "variance");
            assert!((figure(pair, "variance") - (sum - 2.0 * cross)).abs() <= 1e-13 * sum);
            let difference = figure(&left, "mean") - figure(&right, "mean");
            assert!((figure(pair, "mean") - difference).abs() <= 1e-12);
            let own = left["covariance"][k][k].as_f64().unwrap();
            assert_eq!(own, figure(&left, "variance"));
        }
        assert!(pair["variance_ratio"].as_f64().unwrap() < 0.5);
    }
    let same = json(&[
        "compare",
        "mdps/short-corridor.yaml",
        "-n",
        "1000",
        "--estimators",
        "reward-to-go,reward-to-go:dropped",
        "--paired",
    ]);
    let pair = &same["paired"][0];
    assert_eq!(pair["variance"], value!([0.0, 0.0]));
    assert_eq!(pair["mean"], value!([0.0, 0.0]));
    assert_eq!(pair["verdict"], "consistent");
    let plain = json(&["compare", SIGN_FLIP, "-n", "1000"]);
    assert_eq!(plain.get("paired"), None);
    assert_eq!(plain["estimators"][0].get("covariance"), None);
}

/// Under the average reward a trajectory is a run from the long run; what would begin or act
/// otherwise is refused with the mend.
#[test]
fn the_average_reward_is_compared_over_runs() {
    let average = [
        "compare",
        "mdps/two-state.yaml",
        "--criterion",
        "average",
        "-n",
        "2000",
    ];
    let report = json(&average);
    assert_eq!(report["steps"], 200_000);
    assert_eq!(report["gain_spread"], 0.0);
    let of_gradient = json(&["gradient", "mdps/two-state.yaml", "--criterion", "average"]);
    assert_eq!(report["gradient"], of_gradient["gradient"]);
    let verdict = |name| entry(&report, name)["bias_verdict"].clone();
    assert_eq!(
        (verdict("reward-to-go"), verdict("advantage")),
        ("biased".into(), "unbiased".into())
    );
    let shorter = json(&[&average[..], &["--truncation", "7"]].concat());
    assert_eq!(
        (&shorter["steps"], &shorter["truncation"]),
        (&value!(14_000), &value!(7))
    );
    for more in [&["--geometric"][..], &["--behavior", "uniform"]] {
        let refused = run(&[&average[..], more].concat());
        assert_eq!((refused.code, refused.out.as_str()), (Some(2), ""));
        assert!(refused.err.contains("long run") && refused.err.contains("--discount"));
    }
    let apart = run(&["compare", "mdps/multichain-average.yaml", "-n", "1000"]);
    assert!(apart.out.contains("gains up to 2 apart"), "{}", apart.out);
}

/// A cut that the user asks for gives the total return a law; the program's own does not.
#[test]
fn the_total_return_of_a_cut_has_a_variance() {
    let arguments = [
        "compare",
        "mdps/two-state.yaml",
        "-n",
        "2000",
        "--estimators",
    ];
    let list = "total-return,total-return:optimal-constant";
    let own = json(&[&arguments[..], &[list]].concat());
    let asked = json(&[&arguments[..], &[list, "--truncation", "20"]].concat());
    for name in list.split(',') {
        assert_eq!(entry(&own, name)["variance"], Value::Null);
        let law = entry(&asked, name);
        assert_eq!(law["verdict"], "consistent");
        assert_eq!(law["truncation"], 20);
    }
    let trace = |name| {
        let law = entry(&asked, name);
        let variances = law["variance"].as_array().unwrap().iter();
        variances.map(|x| x.as_f64().unwrap()).sum::<f64>()
    };
    assert!(trace("total-return:optimal-constant") < 0.9 * trace("total-return"));
}

/// Where trajectories die instead of being discounted there is no γᵗ to drop.
#[test]
fn a_geometric_horizon_has_no_dropped_estimators() {
    let arguments = ["compare", SIGN_FLIP, "-n", "1000", "--estimators", "all"];
    let count = |more: &[&str]| {
        let report = json(&[&arguments[..], more].concat());
        report["estimators"].as_array().unwrap().len()
    };
    assert_eq!((count(&[]), count(&["--geometric"])), (19, 10));
}
