//! One command's output as the next one's input, and what is said in other words.

use std::path::Path;

use super::{file, json, out, program, run};

const EXAMPLE: &str = "mdps/two-state.yaml";
/// A policy with all that a softmax has.
const WARM: &str = "{temperature: 2, mix: {uniform: 0.1}, theta: [1, 0, -1, 0.5]}";

/// What a command writes to a file of this name.
fn written(name: &str, arguments: &[&str]) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder
        .path()
        .join(name)
        .to_str()
        .expect("a path")
        .to_string();
    let done = run(&[arguments, &["-o", &path, "--quiet"]].concat());
    assert_eq!(done.code, Some(0), "{arguments:?}: {}", done.err);
    (folder, path)
}

#[test]
fn every_report_with_a_policy_is_a_policy() {
    let evaluated = json(&["evaluate", EXAMPLE, "--policy", WARM]);
    for arguments in [
        &["evaluate", EXAMPLE, "--policy", WARM][..],
        &["gradient", EXAMPLE, "--policy", WARM],
        &["reference", EXAMPLE, "--policy", WARM],
        &["compare", EXAMPLE, "--policy", WARM, "-n", "1k"],
    ] {
        for name in ["r.json", "r.yaml"] {
            let (_folder, path) = written(name, arguments);
            let again = json(&["evaluate", EXAMPLE, "--policy", &path]);
            assert_eq!(again, evaluated, "{arguments:?} {name}");
        }
    }
}

#[test]
fn what_ascend_and_solve_write_is_a_policy() {
    let (_folder, path) = written("a.json", &["ascend", EXAMPLE, "-n", "3"]);
    let text = std::fs::read_to_string(&path).unwrap();
    let ascent: serde_json::Value = serde_json::from_str(&text).unwrap();
    let evaluated = json(&["evaluate", EXAMPLE, "--policy", &path]);
    assert_eq!(evaluated["policy"], ascent["policy"]);
    assert_eq!(evaluated["j"], ascent["j"]);
    let (_folder, path) = written("s.json", &["solve", EXAMPLE]);
    let optimal = json(&["evaluate", EXAMPLE, "--policy", "optimal"]);
    assert_eq!(
        json(&["evaluate", EXAMPLE, "--policy", &path])["v"],
        optimal["v"]
    );
}

#[test]
fn a_report_on_another_model_is_no_policy() {
    let (_folder, path) = written("r.json", &["evaluate", "mdps/frozenlake-4x4.yaml"]);
    let refused = run(&["evaluate", EXAMPLE, "--policy", &path]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.err.contains("`0/left`"), "{}", refused.err);
}

#[test]
fn critics_and_baselines_may_be_yaml_or_reports() {
    let judged = |critic: &str| {
        let arguments = ["compare", EXAMPLE, "-n", "500", "--truncation", "30"];
        let more = ["--estimators", "td-residual", "--critic", critic, "--quiet"];
        json(&[&arguments[..], &more].concat())["estimators"][0]["expectation"].clone()
    };
    let (_one, yaml) = file("c.yaml", "hot: 1/2\ncold: 0.25\n");
    let (_two, list) = file("c.json", "[0.25, 0.5]");
    assert_eq!(judged(&yaml), judged(&list));
    let (_folder, report) = written("v.yaml", &["evaluate", EXAMPLE]);
    assert_ne!(judged(&report), judged(&yaml));
    let (_three, wrong) = file("w.yaml", "cold: 1\nwarm: 2\n");
    let refused = run(&["compare", EXAMPLE, "--baseline-file", &wrong]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.err.contains("warm"), "{}", refused.err);
}

#[test]
fn counts_are_written_as_people_write_them() {
    for (text, count) in [("1e3", 1000), ("1_000", 1000), ("2k", 2000), ("1500", 1500)] {
        let report = json(&["compare", EXAMPLE, "-n", text, "--quiet"]);
        assert_eq!(report["trajectories"], count, "{text}");
    }
    let refused = run(&["compare", EXAMPLE, "-n", "1.5"]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.err.contains("100k"), "{}", refused.err);
}

#[test]
fn other_words_find_the_right_one() {
    let refused = run(&["evaluate", EXAMPLE, "--gamma", "0.5"]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.err.contains("--discount"), "{}", refused.err);
    let yml = EXAMPLE.replace(".yaml", ".yml");
    let refused = run(&["evaluate", &yml]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.err.contains(EXAMPLE), "{}", refused.err);
}

#[test]
fn a_bundled_model_needs_no_file() {
    let bundled = json(&["evaluate", ":two-state"]);
    assert_eq!(bundled, json(&["evaluate", EXAMPLE]));
    let mut elsewhere = program(&["solve", ":taxi", "--format", "json"]);
    let folder = tempfile::tempdir().unwrap();
    elsewhere.current_dir(folder.path());
    assert_eq!(super::finished(elsewhere).code, Some(0));
    let refused = run(&["evaluate", ":taxo"]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.err.contains(":taxi"), "{}", refused.err);
}

#[test]
fn many_models_are_one_line_each() {
    let (_folder, wrong) = file("wrong.yaml", "discount: 2\n");
    let models = [EXAMPLE, "mdps/appendix-c.yaml", wrong.as_str()];
    let checked = run(&[&["check", "-q"][..], &models].concat());
    assert_eq!(checked.code, Some(2));
    let lines: Vec<&str> = checked.out.lines().collect();
    assert_eq!(lines.len(), 3, "{}", checked.out);
    assert!(lines[0].starts_with(EXAMPLE) && lines[0].contains(": valid"));
    assert!(lines[2].contains("not valid"));
    let failures = run(&[&["check", "-q", "--failures"][..], &models].concat());
    assert_eq!(failures.out.lines().collect::<Vec<_>>(), lines[2..]);
    let verified = run(&["verify", "-q", EXAMPLE, "mdps/appendix-c.yaml"]);
    assert_eq!(verified.out.lines().count(), 2, "{}", verified.out);
    let failures = run(&[
        "verify",
        "-q",
        "--failures",
        EXAMPLE,
        "mdps/appendix-c.yaml",
    ]);
    assert_eq!((failures.out.as_str(), failures.code), ("", Some(0)));
}

/// The cells of a column.
fn column(csv: &str, name: &str) -> Vec<String> {
    let mut lines = csv.lines();
    let header = lines.next().expect("a header");
    let at = header.split(',').position(|own| own == name).expect(name);
    // names with commas are quoted; the value stands after all of them
    let from_end = header.split(',').count() - at;
    let cell = |line: &str| line.rsplit(',').nth(from_end - 1).unwrap_or("").to_string();
    lines.map(cell).collect()
}

#[test]
fn the_values_of_csv_are_numbers() {
    let paired = [
        "compare",
        EXAMPLE,
        "-n",
        "200",
        "--paired",
        "--covariance",
        "--quiet",
    ];
    for arguments in [
        &["check", EXAMPLE][..],
        &["evaluate", EXAMPLE],
        &["solve", EXAMPLE, "--horizon", "3"],
        &["reference", EXAMPLE],
        &paired,
    ] {
        let csv = out(&[arguments, &["--format", "csv"]].concat());
        for value in column(&csv, "value") {
            assert!(
                value.is_empty() || value.parse::<f64>().is_ok(),
                "{arguments:?}: {value}"
            );
        }
    }
}

#[test]
fn all_methods_that_serve_the_policy_ascend() {
    let done = run(&[
        "ascend", EXAMPLE, "--method", "all", "-n", "2", "--format", "json",
    ]);
    assert_eq!(done.code, Some(0), "{}", done.err);
    let report: serde_json::Value = serde_json::from_str(&done.out).unwrap();
    assert_eq!(report["others"].as_array().unwrap().len(), 11);
    let mixed = run(&[
        "ascend", EXAMPLE, "--policy", WARM, "--method", "all", "-n", "1",
    ]);
    assert_eq!(mixed.code, Some(0), "{}", mixed.err);
    assert!(mixed.err.contains("mirror is left out"), "{}", mixed.err);
}

#[test]
fn completions_know_the_estimators() {
    let script = out(&["completions", "bash"]);
    assert!(script.contains("td-residual") && script.contains("baseline:optimal-state"));
}

#[test]
fn an_optimal_policy_of_a_horizon_has_a_rule_for_each_time() {
    let arguments = ["evaluate", EXAMPLE, "--horizon", "4", "--policy", "optimal"];
    let table = run(&arguments);
    assert!(
        table.out.contains("a rule for each of 4 times"),
        "{}",
        table.out
    );
    let of = |arguments: &[&str]| json(&[arguments, &["--exact"]].concat());
    let (report, optimum) = (of(&arguments), of(&["solve", EXAMPLE, "--horizon", "4"]));
    for key in ["j", "v", "policy_by_time", "v_by_time"] {
        assert_eq!(report[key], optimum[key], "{key}");
    }
    let (_folder, path) = written("best.json", &["solve", EXAMPLE, "--horizon", "4"]);
    let again = of(&["evaluate", EXAMPLE, "--horizon", "4", "--policy", &path]);
    assert_eq!(again, report);
}

/// What every command says of a policy in time, on the model unrolled in time.
#[test]
fn a_policy_in_time_goes_through_every_command() {
    let policy = "{by_time: [{theta: [1, 0, 0, 1]}, {}, {theta: [0, 1, 2, 0]}]}";
    let task = [EXAMPLE, "--horizon", "3", "--policy", policy];
    let of = |command: &str, more: &[&str]| run(&[&[command], &task[..], more].concat());
    let fine = |command: &str, more: &[&str]| -> serde_json::Value {
        let done = of(command, &[more, &["--format", "json"]].concat());
        assert_eq!(done.code, Some(0), "{command}: {}", done.err);
        serde_json::from_str(&done.out).expect("JSON")
    };
    let j = fine("evaluate", &[])["j"].as_f64().unwrap();
    let gradient = fine(
        "gradient",
        &["--hessian", "--natural", "--fisher", "--jacobian"],
    );
    assert!((gradient["j"].as_f64().unwrap() - j).abs() < 1e-14);
    assert_eq!(gradient["gradient"].as_array().unwrap().len(), 12);
    assert_eq!(gradient["policy"]["parameters"][4], "theta[cold@1,wait]");
    let compared = fine("compare", &["-n", "20000", "--seed", "1"]);
    for estimator in compared["estimators"].as_array().expect("estimators") {
        assert_eq!(estimator["verdict"], "consistent", "{estimator}");
    }
    assert_eq!(fine("verify", &[])["failed"], 0);
    let reference = fine("reference", &["-n", "3"]);
    assert!((reference["j"].as_f64().unwrap() - j).abs() < 1e-14);
    let ascended = fine(
        "ascend",
        &["--method", "natural", "--step", "10", "-n", "20"],
    );
    let best = json(&["solve", EXAMPLE, "--horizon", "3"]);
    let reached = ascended["j"].as_f64().unwrap();
    assert!(
        reached > j && reached <= best["j"].as_f64().unwrap() + 1e-12,
        "{reached}"
    );
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("mine.json");
    std::fs::write(&file, gradient["gradient"].to_string()).expect("written");
    let judged = of("judge", &["--gradient", file.to_str().expect("a path")]);
    assert_eq!(judged.code, Some(0), "{} {}", judged.out, judged.err);
}

#[test]
fn one_route_does_not_agree_with_itself() {
    let table = out(&["gradient", EXAMPLE, "--routes", "adjoint"]);
    assert!(!table.contains("agree as far"), "{table}");
    assert!(table.contains("Only the adjoint route"), "{table}");
}

#[test]
fn an_archive_keeps_whole_numbers_and_the_model() {
    let (_folder, path) = written("r.npz", &["reference", EXAMPLE, "-n", "3"]);
    let file = std::fs::File::open(Path::new(&path)).unwrap();
    let mut archive = zip::ZipArchive::new(file).unwrap();
    let mut header = |name: &str| {
        let mut bytes = Vec::new();
        let mut entry = archive.by_name(name).unwrap_or_else(|_| panic!("{name}"));
        std::io::Read::read_to_end(&mut entry, &mut bytes).unwrap();
        String::from_utf8_lossy(&bytes[10..128]).into_owned()
    };
    for name in [
        "fixtures/states",
        "fixtures/actions",
        "fixtures/lengths",
        "fixtures/seed",
    ] {
        let found = header(&format!("{name}.npy"));
        assert!(found.contains("'<i8'"), "{name}: {found}");
    }
    assert!(header("p.npy").contains("'<f8'") && header("p.npy").contains("(4,2,)"));
    assert!(header("r.npy").contains("(4,)") && header("initial.npy").contains("(2,)"));
}
