//! `--certify`: every number has a bound, and the fraction that `--exact` gives is within it.

use exact_mdp::field::Field;
use exact_mdp::number::Rational;
use serde_json::Value;

use super::{file, json, out, run};

/// Checks every number under `bounds` against the exact one; how many there were.
fn check(at: &str, bounds: &Value, certified: &Value, exact: &Value) -> usize {
    match bounds {
        Value::Object(entries) => {
            let check = |(name, bounds): (&String, &Value)| {
                let at = format!("{at}.{name}");
                check(&at, bounds, &certified[name], &exact[name])
            };
            entries.iter().map(check).sum()
        }
        Value::Array(entries) => {
            let shape = certified.as_array().map(Vec::len);
            assert_eq!(shape, Some(entries.len()), "{at}: another shape");
            let check = |(i, bounds): (usize, &Value)| {
                check(&format!("{at}[{i}]"), bounds, &certified[i], &exact[i])
            };
            entries.iter().enumerate().map(check).sum()
        }
        Value::Number(bound) => {
            // θ = τ log π is no fraction
            let Some(exact) = exact.as_str() else {
                assert!(at.contains("theta"), "{at}: no exact number");
                return 0;
            };
            let exact: Rational = exact.parse().expect("a fraction");
            let float = |x: Option<f64>| Rational::try_from(x.expect("a number")).expect("finite");
            let error = Field::abs(&(float(certified.as_f64()) - &exact));
            assert!(
                error <= float(bound.as_f64()),
                "{at}: {certified} ± {bound}, but {exact}"
            );
            1
        }
        Value::Null => {
            assert_eq!(*certified, Value::Null, "{at}: a number without a bound");
            0
        }
        // what the bounds belong to
        name if at.ends_with(".name") => {
            assert_eq!(name, certified, "{at}");
            0
        }
        other => panic!("{at}: {other} is no bound"),
    }
}

fn agree(arguments: &[&str]) -> usize {
    let certified = json(&[arguments, &["--certify", "--quiet"]].concat());
    let exact = json(&[arguments, &["--exact", "--quiet"]].concat());
    let at = arguments.join(" ");
    check(&at, &certified["bounds"], &certified, &exact)
}

#[test]
fn every_fraction_is_within_its_bound() {
    let all = ["--jacobian", "--hessian", "--natural", "--fisher"];
    for model in ["appendix-c", "two-state", "retry-loop", "recycling-robot"] {
        let model = format!("mdps/{model}.yaml");
        assert!(agree(&["evaluate", &model]) > 10);
        assert!(agree(&[&["gradient", &model][..], &all].concat()) > 10);
        assert!(agree(&["solve", &model]) > 5);
        assert!(agree(&["reference", &model]) > 40);
    }
    for model in [
        "howard-taxicab",
        "frozenlake-4x4",
        "inventory-finite-horizon",
    ] {
        let model = format!("mdps/{model}.yaml");
        assert!(agree(&["evaluate", &model]) > 30);
        assert!(agree(&["gradient", &model, "--jacobian", "--routes", "adjoint"]) > 10);
        assert!(agree(&["solve", &model]) > 10);
    }
}

/// The gain differs between states: a policy's own and the optimal one.
#[test]
fn gains_that_differ_are_certified() {
    let model = "mdps/multichain-average.yaml";
    assert!(agree(&["evaluate", model]) > 10);
    assert!(agree(&["solve", model]) > 10);
    let table = out(&["solve", model, "--certify", "--quiet"]);
    assert!(!table.contains("without a bound"), "{table}");
}

#[test]
fn csv_has_a_column_of_bounds() {
    let table = out(&[
        "evaluate",
        "mdps/two-state.yaml",
        "--certify",
        "--format",
        "csv",
    ]);
    let mut rows = table.lines();
    assert_eq!(rows.next(), Some("quantity,time,state,action,value,bound"));
    for row in rows {
        let bound = row
            .rsplit(',')
            .next()
            .and_then(|cell| cell.parse::<f64>().ok());
        assert!(
            bound.is_some_and(|bound| (0.0..1e-14).contains(&bound)),
            "{row}"
        );
    }
}

/// γ closer to 1 than 32 digits can tell.
#[test]
fn what_cannot_be_certified_is_refused() {
    let nearly = |nines: usize| {
        let nines = "9".repeat(nines);
        format!(
            "discount: 0.{nines}\nstates: [s]\nactions: [a]\n\
             initial: s\ntransitions: {{s: {{a: s}}}}\nrewards: {{s: {{a: 1}}}}\n"
        )
    };
    // 1 − γ is known by itself
    let (_folder, path) = file("nearly-one.yaml", &nearly(37));
    let report = json(&["evaluate", &path, "--certify"]);
    assert_eq!(report["j"], 1e37);
    // balls do not tell 10⁻³⁰² from 0
    let (_folder, path) = file("nearly-one.yaml", &nearly(302));
    let refused = run(&["evaluate", &path, "--certify"]);
    assert_eq!(refused.code, Some(2), "{}", refused.err);
    assert!(refused.err.contains("--exact"), "{}", refused.err);
}

#[test]
fn derivatives_with_respect_to_the_model_have_bounds() {
    let asked = ["--with-respect-to", "p,r,discount,initial"];
    let checked = agree(&[&["gradient", "mdps/two-state.yaml"][..], &asked[..]].concat());
    let without = agree(&["gradient", "mdps/two-state.yaml"]);
    assert!(checked > without, "{checked} of {without}");
}

/// What stays in floating point is counted, and has no bound in JSON.
#[test]
fn what_is_not_certified_is_said() {
    let asked = [
        "gradient",
        "mdps/two-state.yaml",
        "--entropy",
        "1",
        "--certify",
        "--quiet",
    ];
    assert!(
        out(&asked).contains(", but 13 numbers without a bound, within"),
        "{}",
        out(&asked)
    );
    let bounds = &json(&asked)["bounds"]["entropy"];
    assert_eq!(bounds["gradient"][0], Value::Null);
    assert!(bounds.get("gradient").is_some());
    let asked = [
        "between",
        "mdps/two-state.yaml",
        "uniform",
        "random:1",
        "--certify",
        "--quiet",
    ];
    assert!(
        out(&asked).contains(", but 1 number without a bound, within"),
        "{}",
        out(&asked)
    );
}
