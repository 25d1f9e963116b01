//! `ascend`: its JSON, its files, going on from an earlier run.

use super::{file, json, out, run};

const LAKE: &str = "mdps/frozenlake-4x4.yaml";

#[test]
fn the_json_of_an_ascent_has_the_names_that_programs_read() {
    let report = json(&["ascend", LAKE, "-n", "40"]);
    let number = |name: &str| report[name].as_f64().unwrap();
    let trace = report["trace"].as_array().unwrap();
    let made = report["iterations"].as_u64().unwrap() as usize;
    assert_eq!(trace.len(), made + 1);
    for (k, step) in trace.iter().enumerate() {
        assert_eq!(step["iteration"], k);
        assert!(step["gradient_norm"].as_f64().unwrap() >= 0.0);
        assert_eq!(step["step"].as_f64().unwrap() > 0.0, k > 0);
    }
    assert_eq!(trace[made]["j"], report["j"]);
    assert_eq!(report["theta"], report["policy"]["theta"]);
    assert!((number("j_optimal") - 0.542025932).abs() < 1e-9);
    let gap = number("j_optimal") - number("j");
    assert!(gap < 1e-8 && number("gap_bound") >= gap);
    // the same as what `evaluate` and `solve` say
    assert_eq!(json(&["solve", LAKE])["j"], report["j_optimal"]);
}

#[test]
fn an_ascent_goes_on_from_the_json_of_an_earlier_one() {
    let plain = ["ascend", LAKE, "--method", "plain", "--step", "3"];
    let whole = json(&[&plain[..], &["-n", "20"]].concat());
    let half = json(&[&plain[..], &["-n", "12"]].concat());
    let (_folder, path) = file("half.json", &half.to_string());
    let rest = json(&[&plain[..], &["-n", "8", "--resume", &path]].concat());
    assert_eq!(rest["theta"], whole["theta"]);
    assert_eq!(rest["j"], whole["j"]);
}

#[test]
fn several_methods_share_a_table_a_picture_and_a_trace() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (plot, trace) = (path("ascent.svg"), path("trace.csv"));
    let arguments = [
        "ascend",
        "mdps/two-state.yaml",
        "--method",
        "natural,newton,ppo",
        "-n",
        "30",
        "--plot",
        &plot,
        "--trace",
        &trace,
    ];
    let table = out(&arguments);
    let picture = std::fs::read_to_string(&plot).unwrap();
    for name in ["natural", "newton", "proximal"] {
        assert!(table.contains(name) && picture.contains(name), "{name}");
    }
    let rows = std::fs::read_to_string(&trace).unwrap();
    assert!(rows.starts_with("method,iteration,j,gradient_norm,step,gap_bound,gap\nnatural,0,"));
    let others = json(&arguments[..6]);
    assert_eq!(others["others"].as_array().unwrap().len(), 2);
}

#[test]
fn what_a_method_does_not_serve_is_an_error() {
    let refused = run(&["ascend", "mdps/short-corridor.yaml", "--method", "mirror"]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.err.contains("log-linear"), "{}", refused.err);
    let refused = run(&["ascend", LAKE, "--step", "-1"]);
    assert_eq!(refused.code, Some(2));
}

/// The commands in docs/ascent.md.
#[test]
fn the_examples_of_the_document_run() {
    let text = include_str!("../../docs/ascent.md");
    let commands = text.lines().filter_map(|l| l.strip_prefix("exact-mdp "));
    let folder = tempfile::tempdir().unwrap();
    let plot = folder.path().join("ascent.svg").display().to_string();
    for command in commands {
        let command = command.replace("ascent.svg", &plot);
        out(&command.split(' ').collect::<Vec<&str>>());
    }
}
