//! `--sweep` beyond the discount: each number is that of the command alone, and what can be told otherwise is.

use serde_json::Value;

use super::{json, read, run};

const TWO: &str = "mdps/two-state.yaml";
const RETRY: &str = "mdps/retry-loop.yaml";

fn numbers(array: &Value) -> Vec<f64> {
    let array = array.as_array().expect("an array");
    let number = |x: &Value| x.as_f64().expect("a number");
    array.iter().map(number).collect()
}

/// The numbers of a curve, by its name.
fn curve(report: &Value, name: &str) -> Vec<f64> {
    let curves = report["curves"].as_array().expect("curves");
    let found = curves.iter().find(|curve| curve["name"] == name);
    numbers(&found.expect("the curve")["values"])
}

fn close(found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    for (x, y) in found.iter().zip(expected) {
        assert!((x - y).abs() <= 1e-12 * y.abs().max(1.0), "{x} against {y}");
    }
}

#[test]
fn along_a_parameter_stand_j_and_its_slope() {
    let report = json(&["gradient", TWO, "--sweep", "cold,heat=-1..1:3"]);
    assert_eq!(report["parameter"], "theta[cold,heat]");
    assert_eq!(numbers(&report["theta"]), [-1.0, 0.0, 1.0]);
    let alone = json(&["gradient", TWO, "--policy", "uniform"]);
    close(
        &numbers(&report["gradient"][1]),
        &numbers(&alone["gradient"]),
    );
    let values = numbers(&report["values"]);
    close(&values[1..2], &[405.0 / 73.0]);
    // a short sweep has the slope that is told in its middle
    let short = json(&["evaluate", TWO, "--sweep", "cold,heat=-1/1000..1/1000:3"]);
    let j = numbers(&short["values"]);
    let slope = (j[2] - j[0]) / 2e-3;
    let told = report["gradient"][1][1].as_f64().expect("a slope");
    assert!((slope - told).abs() < 1e-5, "{slope} against {told}");
}

#[test]
fn policies_that_are_no_tables_are_swept_one_by_one() {
    let temperature = "{parametrization: softmax, temperature: 2, theta: [0, 1, 0, 0]}";
    let report = json(&[
        "evaluate",
        TWO,
        "--policy",
        temperature,
        "--sweep",
        "cold,heat=0..2:3",
    ]);
    let alone = json(&["evaluate", TWO, "--policy", temperature]);
    close(
        &numbers(&report["values"])[1..2],
        &[alone["j"].as_f64().expect("J")],
    );
    let mixed = "{parametrization: softmax, mix: {uniform: 1/4}, theta: [0, 1, 0, 0]}";
    let report = json(&[
        "evaluate",
        TWO,
        "--policy",
        mixed,
        "--sweep",
        "cold,heat=0..2:3",
    ]);
    let alone = json(&["evaluate", TWO, "--policy", mixed]);
    close(
        &numbers(&report["values"])[1..2],
        &[alone["j"].as_f64().expect("J")],
    );
}

#[test]
fn discounts_have_gradients() {
    let report = json(&["gradient", TWO, "--sweep", "discount=1/2..9/10:2"]);
    for (k, discount) in ["1/2", "9/10"].into_iter().enumerate() {
        let alone = json(&["gradient", TWO, "--discount", discount]);
        assert_eq!(report["gradient"][k], alone["gradient"]);
        assert_eq!(report["values"][k], alone["j"]);
    }
}

/// The mean of n independent unbiased estimates has the error √(tr Σ/n), and GAE(1) with v is the baseline v.
#[test]
fn errors_of_estimators_follow_from_their_laws() {
    let report = json(&["compare", RETRY, "--sweep", "n=1..100:3"]);
    assert_eq!(numbers(&report["n"]), [1.0, 10.0, 100.0]);
    let errors = curve(&report, "q");
    let reference = json(&["reference", RETRY]);
    let laws = reference["estimators"].as_array().expect("laws");
    let law = laws.iter().find(|law| law["name"] == "q").expect("q");
    let trace: f64 = numbers(&law["variance"]).iter().sum();
    let expected: Vec<f64> = [1.0, 10.0, 100.0]
        .iter()
        .map(|n| (trace / n).sqrt())
        .collect();
    close(&errors, &expected);

    let report = json(&["compare", RETRY, "-n", "10", "--sweep", "lambda=0..1:2"]);
    let by_lambda = curve(&report, "gae, 10 trajectories");
    let of = |name: &str| {
        let list = [
            "compare",
            RETRY,
            "--estimators",
            name,
            "--sweep",
            "n=10..11:2",
        ];
        curve(&json(&list), name)[0]
    };
    close(&by_lambda, &[of("td-residual"), of("baseline:v")]);
}

#[test]
fn steps_and_their_batches_are_those_of_the_command_alone() {
    let expected = |step: &str, n: &str| {
        let alone = json(&["step", RETRY, "--step", step, "-n", n]);
        alone["estimators"][0]["expected_change"]
            .as_f64()
            .expect("a change")
    };
    let report = json(&["step", RETRY, "-n", "5", "--sweep", "step=1/4..4:3"]);
    close(
        &curve(&report, "reward-to-go"),
        &[expected("1/4", "5"), expected("1", "5"), expected("4", "5")],
    );
    let report = json(&["step", RETRY, "--step", "2", "--sweep", "n=1..9:3"]);
    close(
        &curve(&report, "reward-to-go"),
        &[expected("2", "1"), expected("2", "3"), expected("2", "9")],
    );
}

#[test]
fn ascents_end_where_they_end_alone() {
    let methods = ["ascend", TWO, "--method", "plain,natural", "-n", "7"];
    let report = json(&[&methods[..], &["--sweep", "step=1/4..4:2"]].concat());
    for (k, step) in ["0.25", "4"].into_iter().enumerate() {
        let alone = json(&[&methods[..], &["--step", step]].concat());
        assert_eq!(curve(&report, "plain")[k], alone["j"].as_f64().expect("J"));
        let other = alone["others"][0]["j"].as_f64().expect("J");
        assert_eq!(curve(&report, "natural")[k], other);
    }
}

#[test]
fn critics_are_swept_over_their_traces() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let features = folder.path().join("features.yaml");
    std::fs::write(
        &features,
        "[[1, 0], [1, 1], [1, 2], [1, 3], [1, 4], [1, 5], [1, 6]]",
    )
    .expect("a file");
    let features = features.display().to_string();
    let walk = [
        "critics",
        "mdps/random-walk-5.yaml",
        "--features",
        &features,
    ];
    let report = json(&[&walk[..], &["--sweep", "lambda=0..1:3"]].concat());
    let alone = json(&[&walk[..], &["--lambda", "0,1/2,1"]].concat());
    let critics = alone["critics"].as_array().expect("critics");
    let error = |name: &str| {
        let found = critics.iter().find(|critic| critic["name"] == name);
        found.expect("the critic")["error"]
            .as_f64()
            .expect("an error")
    };
    close(
        &curve(&report, "td"),
        &[error("td:0"), error("td:0.5"), error("td:1")],
    );
}

#[test]
fn pictures_and_columns_of_sweeps() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let plot = folder.path().join("e.svg").display().to_string();
    let table = folder.path().join("e.csv").display().to_string();
    let sweep = [
        "compare",
        RETRY,
        "--sweep",
        "n=1..100:3",
        "--estimators",
        "q,advantage",
    ];
    json(&[&sweep[..], &["--plot", &plot]].concat());
    assert!(read(&plot).contains("root mean squared error against trajectories n"));
    run(&[&sweep[..], &["-o", &table]].concat());
    let rows = read(&table);
    assert_eq!(rows.lines().next(), Some("n,q,advantage"));
    assert_eq!(rows.lines().count(), 4);
}

#[test]
fn what_is_not_swept_is_refused_before_anything_is_written() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("out.json").display().to_string();
    let plot = folder.path().join("out.svg").display().to_string();
    for (arguments, said) in [
        (
            &[
                "evaluate",
                TWO,
                "--policy",
                "optimal",
                "--sweep",
                "cold,heat=0..1",
            ][..],
            "on the simplex no parameter moves alone",
        ),
        (
            &["solve", TWO, "--sweep", "n=1..4"][..],
            "does not sweep `n`",
        ),
        (
            &["evaluate", TWO, "--sweep", "step=1..4"],
            "does not sweep `step`",
        ),
        (
            &["evaluate", TWO, "--sweep", "hot,cool=0..1"],
            "no parameter `hot,cool`",
        ),
        (
            &["gradient", TWO, "--over", "nothing", "--plot", &plot],
            "no parameter `nothing`",
        ),
    ] {
        let refused = run(&[arguments, &["-o", &path]].concat());
        assert_eq!(refused.code, Some(2), "{arguments:?}");
        assert!(refused.err.contains(said), "{}", refused.err);
        assert!(!std::path::Path::new(&path).exists(), "{arguments:?}");
    }
}

/// At discount 1 it is episodes that have to end, as without the sweep; a policy by time is no reason to ask
/// for a horizon that is there.
#[test]
fn sweeps_of_the_discount_say_what_is_amiss() {
    for command in ["evaluate", "solve", "gradient"] {
        let report = json(&[command, TWO, "--sweep", "discount=0.5..1:2"]);
        assert!(report["values"][1].is_null(), "{command}");
        let why = report["absent"][0].as_str().expect("why");
        assert!(why.contains("terminates from `cold`"), "{command}: {why}");
    }
    let rules = "{by_time: {}}";
    let refused = run(&[
        "gradient",
        TWO,
        "--horizon",
        "3",
        "--policy",
        rules,
        "--sweep",
        "discount=0.5..0.9:3",
    ]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.err.contains("finite-horizon"), "{}", refused.err);
}

/// Rules by time are no part of a model file, which says where they belong.
#[test]
fn rules_by_time_in_a_model_file_are_told_their_place() {
    let text = format!(
        "{}policy: {{by_time: {{}}}}\n",
        read(format!("{}/{TWO}", crate::ROOT))
    );
    let (_folder, path) = super::file("own.yaml", &text);
    let refused = run(&["evaluate", &path, "--horizon", "3"]);
    assert_eq!(refused.code, Some(2));
    let told = refused.err.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains("at the top of a file of its own"), "{told}");
}

/// A feature may be called as γ is: then it is said which of the two is swept, and the other has a name too.
#[test]
fn a_feature_that_is_called_as_the_discount_has_another_name() {
    let policy = "{parametrization: log-linear, theta: [0, 0], features: {\
                  cold: {wait: {bias: 1, discount: 0}, heat: {bias: 1, discount: 1}}, \
                  hot: {wait: {bias: 1, discount: 0}, heat: {bias: 1, discount: 0}}}}";
    for command in ["evaluate", "gradient"] {
        let asked = [command, TWO, "--policy", policy, "--sweep"];
        let of_discount = run(&[&asked[..], &["discount=1/2..9/10:2"]].concat());
        assert_eq!(of_discount.code, Some(0), "{}", of_discount.err);
        let said = of_discount.err.replace("\n", " ");
        assert!(said.contains("swept as `theta[discount]`"), "{said}");
        let report = json(&[&asked[..], &["theta[discount]=-1..1:3"]].concat());
        assert_eq!(report["parameter"], "discount");
        assert_eq!(numbers(&report["theta"]), [-1.0, 0.0, 1.0]);
        // heat in the cold by e^θ/(1 + e^θ), as the parameter of that pair does
        let table = json(&[command, TWO, "--sweep", "cold,heat=-1..1:3"]);
        close(&numbers(&report["values"]), &numbers(&table["values"]));
    }
}

#[test]
fn a_policy_that_is_none_is_an_error_and_no_gap() {
    for command in ["evaluate", "gradient"] {
        let policy = "{parametrization: softmax, theta: [0, 1]}";
        let found = run(&[
            command,
            TWO,
            "--policy",
            policy,
            "--sweep",
            "discount=1/2..9/10:2",
        ]);
        assert_eq!(found.code, Some(2), "{}", found.out);
        assert!(found.err.contains("the policy given"), "{}", found.err);
    }
}
