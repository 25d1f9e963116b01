//! Where rounding may be all that there is: what is said then, and what is not lost to it.

use serde_json::Value;

use super::super::comparison::entry;
use super::super::{file, json};
use super::{number, numbers};

/// A walk on a grid of m by m, away from the corner that is left once in 10¹² steps; each step is paid 1.
fn drift(m: usize) -> String {
    let end = m * m;
    let start = end / 2;
    let mut model = format!("discount: 1\nstates: {}\nactions: 1\n", end + 1);
    model += &format!("initial: {start}\nterminal: [{end}]\ntransitions:\n");
    for s in 0..end {
        let (row, column) = (s / m, s % m);
        let rest = if s == 0 {
            "999999999999/1000000000000"
        } else {
            "1"
        };
        let far = |x: usize| (x + 1).min(m - 1);
        let nexts = [
            (far(row) * m + column, "0.45"),
            (row * m + far(column), "0.45"),
            (row.saturating_sub(1) * m + column, "0.05"),
            (row * m + column.saturating_sub(1), "0.05"),
        ];
        for (next, p) in nexts {
            let p = product(p, rest);
            model += &format!("- [{s}, 0, {next}, {p}, 1]\n");
        }
        if s == 0 {
            model += &format!("- [0, 0, {end}, 1e-12, 1]\n");
        }
    }
    model
}

fn product(p: &str, q: &str) -> exact_mdp::number::Rational {
    let [p, q] = [p, q].map(|x| x.parse::<exact_mdp::number::Number>().expect("a number"));
    p.to_rational() * q.to_rational()
}

/// 3·10²⁵ steps, found without subtraction: the residual's rounding, blown up by as many steps, is no correction
/// (it cost six digits). Held against a proven bound.
#[test]
fn a_refinement_does_not_spoil_what_was_found_without_subtraction() {
    let (_folder, path) = file("drift.yaml", &drift(8));
    let rounded = number(&json(&["evaluate", &path, "-q"])["j"]);
    let report = json(&["evaluate", &path, "--certify", "-q"]);
    let (proven, bound) = (number(&report["j"]), number(&report["bounds"]["j"]));
    assert!(bound < 1e-14 * proven, "{bound:e} of {proven:e}");
    assert!(
        (rounded / proven - 1.0).abs() <= 1e-13,
        "{rounded} {proven}"
    );
}

/// Two states of rewards up to 2000, at γ = 1 − 10⁻¹⁴ values of 10¹⁷ of which an estimator cut after one step takes
/// differences: ∇J · E ĝ is below 0, and was said to be above.
#[test]
fn an_ascent_that_rounding_decides_is_not_told() {
    let model = "discount: 99999999999999/100000000000000\nstates: 2\nactions: 3\ninitial: 0\ntransitions:\n\
        - [0, 0, 0, 5/9, -2]\n- [0, 0, 1, 4/9, -1]\n- [0, 1, 0, 1, 2]\n- [0, 2, 0, 5/7, 2]\n- [0, 2, 1, 2/7, 0]\n\
        - [1, 0, 0, 1/5, 1000]\n- [1, 0, 1, 4/5, 2000]\n- [1, 1, 0, 4/5, 1]\n- [1, 1, 1, 1/5, 3]\n\
        - [1, 2, 1, 5/6, 2]\n- [1, 2, 0, 1/6, 0]\n";
    let (_folder, path) = file("cut.yaml", model);
    let names = "baseline:v,q,reward-to-go";
    let common = [&path, "--truncation", "1", "--estimators", names, "-q"];
    let asked = [&["compare"], &common[..], &["-n", "10"]].concat();
    let report = json(&asked);
    let exact = json(&[&["reference"], &common[..], &["--exact"]].concat());
    for name in names.split(',') {
        let [found, right] = [&report, &exact].map(|report| entry(report, name));
        let right = numbers(&right["expectation"]);
        let found_means = numbers(&found["expectation"]);
        let size = right.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
        for (k, (x, y)) in found_means.iter().zip(&right).enumerate() {
            let bound = found["expectation_error"][k].as_f64().unwrap_or(0.0);
            assert!(
                (x - y).abs() <= f64::max(bound, 1e-9 * size),
                "{name} {x} {y}"
            );
        }
        // right in each case; where it cannot be told there is none
        assert_ne!(found["ascends"], true, "{name}");
        let bias = [&found["bias"], &entry(&exact, name)["bias"]].map(numbers);
        for (k, (x, y)) in bias[0].iter().zip(&bias[1]).enumerate() {
            let bound = found["bias_error"][k].as_f64().unwrap_or(0.0);
            let is_told = found["bias_verdict"] != "biased" || bound > 0.0;
            let close = (x - y).abs() <= f64::max(bound, 1e-9 * y.abs());
            assert!(
                is_told && close || (x - y).abs() <= 1e-9 * y.abs(),
                "{name} {x} {y} {bound}"
            );
        }
    }
}

/// Advantages at γ = 0 do not vary where one reward follows each action: variances of −10⁻¹⁸ had no root.
#[test]
fn variances_are_not_below_zero() {
    let model = "discount: 0\nstates: 3\nactions: 2\ninitial: 0\ntransitions:\n\
        - [0, 0, 0, 5/14, 2]\n- [0, 0, 2, 4/14, -1]\n- [0, 0, 1, 5/14, -3]\n\
        - [0, 1, 2, 4/10, -1]\n- [0, 1, 0, 4/10, 0]\n- [0, 1, 1, 2/10, 2]\n\
        - [1, 0, 1, 4/7, 2]\n- [1, 0, 0, 3/7, 0]\n- [1, 1, 1, 4/9, 0]\n- [1, 1, 2, 5/9, 3000]\n\
        - [2, 0, 2, 1/10, -1000]\n- [2, 0, 0, 4/10, 2000]\n- [2, 0, 1, 5/10, 1000]\n- [2, 1, 1, 1, 2000]\n";
    let (_folder, path) = file("constant.yaml", model);
    let report = json(&["reference", &path, "--estimators", "advantage", "-q"]);
    let law = entry(&report, "advantage");
    assert!(numbers(&law["variance"]).iter().all(|x| *x >= 0.0), "{law}");
    let rows = law["covariance"].as_array().expect("rows");
    for (k, row) in rows.iter().enumerate() {
        assert!(number(&row[k]) >= 0.0, "{row}");
    }
}

/// What lies behind a step of 5·10⁻¹⁴ is visited as rarely: the means of its scores have all their digits.
#[test]
fn what_is_seldom_reached_has_its_digits() {
    let model = "discount: 9/10\nstates: 4\nactions: 2\ninitial: 0\nterminal: [3]\ntransitions:\n\
        - [0, 0, 2, 1/20000000000000, 73]\n- [0, 0, 3, 1/200, 73]\n\
        - [0, 0, 0, 19899999999999/20000000000000, 73]\n- [1, 0, 3, 1/8000000, 75]\n\
        - [1, 0, 0, 7999990/8000000, 75]\n- [1, 0, 2, 9/8000000, 75]\n- [2, 0, 1, 1/1000, 37]\n\
        - [2, 0, 3, 999/1000, 37]\n- [2, 1, 1, 1, -88]\n";
    let (_folder, path) = file("seldom.yaml", model);
    let names = "reward-to-go,q,advantage";
    let asked = ["reference", &path, "--estimators", names, "-q"];
    let report = json(&asked);
    let exact = json(&[&asked[..], &["--exact", "--policy", "uniform"]].concat());
    for name in names.split(',') {
        let [found, right] = [&report, &exact].map(|report| entry(report, name));
        for what in ["expectation", "variance"] {
            let right = numbers(&right[what]);
            for (x, y) in numbers(&found[what]).iter().zip(&right) {
                assert!((x - y).abs() <= 1e-9 * y.abs(), "{name} {what} {x} {y}");
            }
        }
    }
}

/// With one feature that is the same everywhere a learner knows a number, w (1 − γ) = mean reward: 1 − γ is that of
/// the file, not of γ as it is rounded.
#[test]
fn learners_near_discount_one_have_their_digits() {
    let model = "discount: 999999999999/1000000000000\nstates: 3\nactions: 2\ninitial: 0\ntransitions:\n\
        - [0, 0, 0, 1/2, -1]\n- [0, 0, 1, 1/2, 2]\n- [0, 1, 2, 1, 3]\n- [1, 0, 1, 9/10, -2]\n\
        - [1, 0, 0, 1/10, -3]\n- [1, 1, 2, 1, -3]\n- [2, 0, 1, 1/3, -1]\n- [2, 0, 2, 2/3, -2]\n- [2, 1, 0, 1, 5]\n";
    let (_folder, path) = file("near.yaml", model);
    let (_other, features) = file("features.yaml", "{0: 3, 1: 3, 2: 3}\n");
    let policy = "{parametrization: simplex, probabilities: {0: {0: 1/5, 1: 4/5}, 1: {0: 3/10, 1: 7/10}, 2: {0: 1/2, 1: 1/2}}}";
    let (_third, policy) = file("policy.yaml", policy);
    let asked = [
        "critics",
        &path,
        "--policy",
        &policy,
        "--features",
        &features,
        "--lambda",
        "0,0.5,1",
        "-q",
    ];
    let float = json(&asked);
    let exact = json(&[&asked[..], &["--exact"]].concat());
    let learners =
        |report: &serde_json::Value| report["critics"].as_array().expect("learners").clone();
    let (found, right) = (learners(&float), learners(&exact));
    assert!(found.len() > 5 && found.len() == right.len());
    for (found, right) in found.iter().zip(&right) {
        for (x, y) in numbers(&found["weights"])
            .iter()
            .zip(numbers(&right["weights"]))
        {
            assert!(
                (x - y).abs() <= 1e-11 * y.abs(),
                "{} {x} {y}",
                found["name"]
            );
        }
    }
}

/// Rewards beside a constant of 10¹² that cannot be taken away: where an end is, and where only some rewards have it. What is told of
/// ∇J, of finite differences, of steps and of best replies is within its bound of what fractions say.
#[test]
fn what_a_constant_leaves_is_within_its_bound() {
    let rest = "1000000000003";
    let endless = format!(
        "discount: 0.9\nstates: 3\nactions: 2\ninitial: 0\ntransitions:\n- [0, 0, 1, 1/3, {rest}]\n- [0, 0, 2, 2/3, 1000000000001]\n\
         - [0, 1, 2, 1, 1000000000002]\n- [1, 0, 2, 1, {rest}]\n- [1, 1, 0, 1, 1000000000001]\n- [2, 0, 0, 1, {rest}]\n- [2, 1, 1, 1, 1000000000004]\n"
    );
    let ends = endless
        .replace("states: 3", "states: 4")
        .replace("initial: 0", "initial: 0\nterminal: [3]");
    let ends = ends.replace("[1, 0, 2, 1, ", "[1, 0, 3, 1, ");
    let mixed = endless.replace("1000000000001", "1");
    for text in [endless, ends, mixed] {
        let (_folder, path) = file("constant.yaml", &text);
        let both = |command: &[&str]| {
            let command = [&command[..1], &[&path, "-q"], &command[1..]].concat();
            [json(&command), json(&[&command[..], &["--exact"]].concat())]
        };
        let within = |x: f64, y: f64, bound: &Value| {
            let bound = bound.as_f64().unwrap_or(0.0).max(1e-9 * y.abs());
            assert!((x - y).abs() <= bound, "{x} {y} {bound}\n{text}");
        };
        let [found, exact] = both(&["gradient"]);
        let right = numbers(&exact["gradient"]);
        for (x, y) in numbers(&found["gradient"]).iter().zip(&right) {
            within(*x, *y, &found["gradient_error"]);
        }
        let differences = numbers(&found["routes"]["finite-difference"]);
        let bounds = found["finite_difference_error_bound"]
            .as_array()
            .expect("bounds");
        for ((x, y), bound) in differences.iter().zip(&right).zip(bounds) {
            within(*x, *y, bound);
        }
        let [found, exact] = both(&["step"]);
        let each = found["estimators"].as_array().expect("estimators");
        for (one, right) in each
            .iter()
            .zip(exact["estimators"].as_array().expect("estimators"))
        {
            for name in ["slope", "curvature", "noise"] {
                let bound = &one[format!("{name}_error")];
                within(number(&one[name]), number(&right[name]), bound);
            }
        }
    }
}
