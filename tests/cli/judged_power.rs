//! `judge --samples` of an estimator whose exact law says little: its kurtosis is not known, or another policy acted; and of
//! rows that were rounded, which are as right as before.

use serde_json::Value;

use super::judged_runs::judge;

/// π(go|a) = 7/10, and J = p + ½(1 − p)J = 2p/(1 + p) for p = π(go|a).
const LOOP: &str = "discount: 1/2\nstates: [a, end]\nactions: [go, stay]\ninitial: a\nterminal: [end]\n\
                    transitions:\n- [a, go, end, 1, 1]\n- [a, stay, a, 1, 0]\n";
const UNIFORM: &str = "policy: {parametrization: softmax, theta: [0, 0]}\n";
const SEVEN: &str = "policy: {parametrization: softmax, theta: [0.8472978603872036, 0]}\n";

fn verdict(model: &str, rows: &[Vec<f64>], more: &[&str]) -> Value {
    let (_folder, model) = super::file("model.yaml", model);
    let rows = serde_json::to_string(rows).unwrap();
    let asked = [
        &[model.as_str(), "--samples", "FILE", "--format", "json"],
        more,
    ]
    .concat();
    let found = judge("mine.json", &rows, &asked);
    serde_json::from_str(&found.out).unwrap_or_else(|_| panic!("{}{}", found.out, found.err))
}

fn names(found: &Value) -> Vec<&str> {
    let all = found["diagnoses"].as_array().unwrap();
    all.iter()
        .map(|one| one["name"].as_str().unwrap())
        .collect()
}

/// Of 4,096 runs of k steps as many as uniform choices make on average, 2⁻ᵏ of them, with a row for each length.
fn typical(row: impl Fn(i32) -> f64) -> Vec<Vec<f64>> {
    typical_of(12, row)
}

/// The same of 2ⁿ runs.
fn typical_of(n: i32, row: impl Fn(i32) -> f64) -> Vec<Vec<f64>> {
    let runs = (1..=n).flat_map(|k| std::iter::repeat_n(k, 1 << (n - k)));
    runs.map(|k| vec![row(k), -row(k)]).collect()
}

/// v = 2/3: δ is −1/3 for `stay` and 1/3 for `go`, and two steps of δ are −1/3 + ½δ'. Scores are ±½.
fn two_steps(k: i32) -> f64 {
    let delta = |t: i32| if t + 1 == k { 1.0 / 3.0 } else { -1.0 / 3.0 };
    let psi = |t: i32| delta(t) + if t + 1 < k { 0.5 * delta(t + 1) } else { 0.0 };
    let score = |t: i32| if t + 1 == k { 0.5 } else { -0.5 };
    (0..k).map(|t| 0.5f64.powi(t) * score(t) * psi(t)).sum()
}

/// No kurtosis of `n-step` is known, and bounds alone see nothing; the covariance of the sample does.
#[test]
fn a_law_without_a_kurtosis_is_no_excuse() {
    let model = format!("{LOOP}{UNIFORM}");
    let of = |factor: f64| {
        let rows = typical(|k| factor * two_steps(k));
        verdict(&model, &rows, &["--as", "n-step:2"])
    };
    let right = of(1.0);
    assert_eq!(right["verdict"], "consistent", "{right}");
    assert!(right["detectable"].as_f64().unwrap() < 0.2, "{right}");
    let negated = of(-1.0);
    assert_eq!(negated["verdict"], "inconsistent", "{negated}");
    assert!(names(&negated).contains(&"sign"), "{negated}");
    assert_eq!(of(1.3)["verdict"], "inconsistent");
}

/// Chebyshev's bound of the mean is all that there is of 255 rows: P(|z| ≥ t) ≤ 1/t² is 1e-4 at t = 100, and −∇J has z = 70 here.
#[test]
fn few_rows_of_a_law_without_a_kurtosis_cannot_be_told() {
    let model = format!("{LOOP}{UNIFORM}");
    for factor in [1.0, -1.0, 3.0] {
        let rows = typical_of(8, |k| factor * two_steps(k));
        assert_eq!(rows.len(), 255);
        let found = verdict(&model, &rows, &["--as", "n-step:2"]);
        assert_eq!(found["verdict"], "cannot be told", "{found}");
        assert!(found["detectable"].as_f64().is_none_or(|seen| seen > 1.0));
    }
    let text = serde_json::to_string(&typical_of(8, two_steps)).unwrap();
    let (_folder, path) = super::file("model.yaml", &model);
    let asked = [&path, "--samples", "FILE", "--as", "n-step:2"];
    let table = judge("mine.json", &text, &asked);
    assert_eq!(table.code, Some(1));
    let first = table.out.lines().next().unwrap();
    assert!(
        first.starts_with("cannot be told with 255 trajectories")
            && first.contains("from 2000 trajectories on"),
        "{first}"
    );
    // of a law with a kurtosis bounds tell
    let to_go = |k: i32| {
        let score = |t: i32| if t + 1 == k { 0.5 } else { -0.5 };
        (0..k).map(|t| score(t) * 0.5f64.powi(k - 1)).sum()
    };
    let found = verdict(&model, &typical_of(9, to_go), &["--as", "reward-to-go"]);
    assert_eq!(found["verdict"], "consistent", "{found}");
}

/// 1,023 rows that are 1.3 times too long are some six standard errors off: no bound by four moments excludes that, but the spread of
/// the rows with its margins does; −X and 1.1 X beside it, of which the latter is two of them off.
#[test]
fn errors_that_the_rows_themselves_show_are_seen_of_few() {
    let model = format!("{LOOP}{UNIFORM}");
    let of = |factor: f64| {
        let to_go = |k: i32| {
            let score = |t: i32| if t + 1 == k { 0.5 } else { -0.5 };
            (0..k).map(|t| factor * score(t) * 0.5f64.powi(k - 1)).sum()
        };
        verdict(&model, &typical_of(10, to_go), &["--as", "reward-to-go"])
    };
    let right = of(1.0);
    assert_eq!(right["verdict"], "consistent", "{right}");
    let seen = right["detectable"].as_f64().unwrap();
    assert!((0.2..0.35).contains(&seen), "{seen}");
    let longer = of(1.3);
    assert_eq!(longer["verdict"], "inconsistent", "{longer}");
    assert_eq!(of(-1.0)["verdict"], "inconsistent");
    assert_eq!(of(1.1)["verdict"], "consistent");
}

/// Rewards to go times scores of what uniform choices did, of which no ratio is taken: E = Σ ρᵇqᵇ∇log π, not ∇J.
#[test]
fn ratios_that_are_missing_are_named() {
    let p = 0.7;
    let row = |k: i32| {
        let score = |t: i32| if t + 1 == k { 1.0 - p } else { -p };
        let to_go = |t: i32| 0.5f64.powi(k - 1 - t);
        (0..k).map(|t| 0.5f64.powi(t) * score(t) * to_go(t)).sum()
    };
    let rows = typical(row);
    let model = format!("{LOOP}{SEVEN}");
    for more in [
        &["--behavior", "uniform"][..],
        &["--behavior", "uniform", "--as", "reward-to-go"],
    ] {
        let found = verdict(&model, &rows, more);
        assert_eq!(found["verdict"], "inconsistent", "{found}");
        assert_eq!(names(&found), ["ratios-missing"], "{found}");
        for own in found["estimators"].as_array().unwrap() {
            let unbiased = own["bias_verdict"] == "unbiased";
            assert!(!unbiased || own["verdict"] != "consistent", "{own}");
        }
    }
}

/// Two such states, of which `go` in the second pays 3: without γᵗ before the scores a row is 2⁻ᵏ or 3·2⁻ᵏ in its state.
#[test]
fn a_factor_of_the_estimator_that_is_named_is_called_so() {
    let model = "discount: 1/2\nstates: [a, b, end]\nactions: [go, stay]\ninitial: {a: 1/2, b: 1/2}\nterminal: [end]\n\
                 transitions:\n- [a, go, end, 1, 1]\n- [a, stay, a, 1, 0]\n- [b, go, end, 1, 3]\n- [b, stay, b, 1, 0]\n";
    let of = |factor: f64| {
        let rows = (1..=12).flat_map(|k| std::iter::repeat_n(k, 4096 >> k));
        let rows = rows.flat_map(|k| {
            let x = factor * 0.5f64.powi(k);
            [vec![x, -x, 0.0, 0.0], vec![0.0, 0.0, 3.0 * x, -3.0 * x]]
        });
        let rows: Vec<Vec<f64>> = rows.collect();
        verdict(model, &rows, &["--as", "reward-to-go:dropped"])
    };
    assert_eq!(of(1.0)["verdict"], "consistent");
    let longer = of(1.3);
    assert_eq!(names(&longer), ["scale"], "{longer}");
    let says = longer["diagnoses"][0]["says"].as_str().unwrap();
    assert!(
        says.contains("the estimator's mean") && says.contains("1.3"),
        "{says}"
    );
    assert_eq!(names(&of(-1.0)), ["sign"]);
}

/// Three features that differ by 2u between two actions: a row is 4.37u or 2.64u, whatever is done along one line; rounded, both
/// leave it, and their mean is off by up to half of the last decimal however many there are.
#[test]
fn decimals_of_rows_that_take_few_values_are_no_mistake() {
    let u = [0.3127, -0.7219, 1.1033];
    let model = "discount: 1/2\nstates: [s, end]\nactions: [l, r]\ninitial: s\nterminal: [end]\ntransitions:\n\
                 - [s, l, end, 1, 4.37]\n- [s, r, end, 1, -2.64]\npolicy:\n  parametrization: log-linear\n  features:\n    \
                 s: {l: [0.6254, -1.4438, 2.2066], r: [0, 0, 0]}\n  theta: [0, 0, 0]\n";
    let of = |count: usize, decimals: i32, factor: f64| {
        let power = 10f64.powi(decimals);
        let rounded = |x: f64| (factor * x * power).round() / power;
        let rows = (0..count).map(|i| {
            let credit = if i % 2 == 0 { 4.37 } else { 2.64 };
            u.iter().map(|u| rounded(credit * u)).collect()
        });
        let rows: Vec<Vec<f64>> = rows.collect();
        let found = verdict(model, &rows, &["--as", "reward-to-go"]);
        found["verdict"].as_str().unwrap().to_string()
    };
    for (count, decimals) in [(100, 2), (20_000, 2), (100, 3), (20_000, 3)] {
        assert_eq!(of(count, decimals, 1.0), "consistent", "{count} {decimals}");
    }
    assert_eq!(of(20_000, 2, 1.1), "inconsistent");
    assert_eq!(of(20_000, 2, -1.0), "inconsistent");
}
