//! `ascend`: its JSON, its files, going on from an earlier run.

use super::{file, json, out, read, run};

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

/// What every method goes on from is the end of its own run, and the trace is counted on; sampled
/// steps draw what they would have drawn.
#[test]
fn several_methods_go_on_each_from_its_own_end() {
    let methods = "plain,projected,natural,reinforce";
    let run = ["ascend", LAKE, "--method", methods, "--trajectories", "20"];
    let whole = json(&[&run[..], &["-n", "6"]].concat());
    let half = json(&[&run[..], &["-n", "4"]].concat());
    let (_folder, path) = file("half.json", &half.to_string());
    let rest = json(&[&run[..], &["-n", "2", "--resume", &path]].concat());
    assert_eq!(rest["theta"], whole["theta"]);
    assert_eq!(rest["trace"][0]["iteration"], 4);
    assert_eq!(rest["trace"][2], whole["trace"][6]);
    for other in 0..3 {
        let (rest, whole) = (&rest["others"][other], &whole["others"][other]);
        assert_eq!(rest["method"], whole["method"]);
        assert_eq!(rest["theta"], whole["theta"], "{}", whole["method"]);
    }
}

/// θ alone is not a policy: with another temperature or mixture, another model or parametrization
/// an ascent does not go on.
#[test]
fn an_ascent_goes_on_from_the_same_policy_alone() {
    let own =
        "{parametrization: softmax, temperature: 2, theta: [1, 0, 0, 1], mix: {uniform: 0.1}}";
    let (_folder, own) = file("own.yaml", own);
    let run = [
        "ascend",
        "mdps/two-state.yaml",
        "--method",
        "plain",
        "-n",
        "3",
    ];
    let half = json(&[&run[..], &["--policy", &own]].concat());
    let resumed = |text: &str, arguments: &[&str]| {
        let (_folder, path) = file("half.json", text);
        super::run(&[arguments, &["--resume", &path]].concat())
    };
    let same = resumed(&half.to_string(), &[&run[..], &["--policy", &own]].concat());
    assert_eq!((same.code, same.err.as_str()), (Some(0), ""));
    let refused = |text: &str, arguments: &[&str], why: &str| {
        let found = resumed(text, arguments);
        assert_eq!(found.code, Some(2), "{why}");
        assert!(found.err.contains(why), "{}", found.err);
    };
    refused(&half.to_string(), &run, "θ has other probabilities");
    refused(
        &half.to_string(),
        &["ascend", LAKE],
        "is a report on the model",
    );
    let mut simplex = json(&["ascend", "mdps/two-state.yaml", "--method", "projected"]);
    let projected = ["ascend", "mdps/two-state.yaml", "--method", "projected"];
    for place in ["theta", "probabilities"] {
        simplex["policy"][place] = serde_json::json!([2.0, -1.0, 0.5, 0.5]);
    }
    refused(&simplex.to_string(), &projected, "is none in `cold`");
    let mut without = half.clone();
    without["policy"]["theta"] = serde_json::Value::Null;
    let arguments = [&run[..], &["--policy", &own]].concat();
    refused(&without.to_string(), &arguments, "no finite θ");
}

/// A controller's nodes and rules by time stand in the report that is gone on from: without the flag that
/// said them first the run is the same.
#[test]
fn the_kind_of_policy_is_that_of_the_earlier_run() {
    let tiger = "
discount: 0.95
states: [L, R]
actions: [listen, ol, or]
initial: uniform
transitions:
  L: {listen: L, ol: &w {L: 0.5, R: 0.5}, or: *w}
  R: {listen: R, ol: *w, or: *w}
rewards:
  L: {listen: -1, ol: -100, or: 10}
  R: {listen: -1, ol: 10, or: -100}
observations:
  L: {listen: {hl: 0.85, hr: 0.15}, ol: &n {hl: 0.5, hr: 0.5}, or: *n}
  R: {listen: {hl: 0.15, hr: 0.85}, ol: *n, or: *n}
";
    let (_folder, tiger) = file("tiger.yaml", tiger);
    let cases = [
        (
            tiger.as_str(),
            "{parametrization: controller, nodes: 2}",
            "",
        ),
        ("mdps/two-state.yaml", "{by_time: {}}", "--horizon=3"),
    ];
    for (model, policy, horizon) in cases {
        let mut run = vec!["ascend", model, "--method", "plain", "-q"];
        run.extend((!horizon.is_empty()).then_some(horizon));
        let named = [&run[..], &["--policy", policy]].concat();
        let half = json(&[&named[..], &["-n", "3"]].concat());
        let (_folder, path) = file("half.json", &half.to_string());
        let more = ["-n", "2", "--resume", &path];
        let rest = json(&[&run[..], &more].concat());
        assert_eq!(rest, json(&[&named[..], &more].concat()), "{model}");
        assert!(rest["trace"].as_array().expect("a trace").len() > 1);
    }
}

/// What starts anew is said.
#[test]
fn a_memory_that_starts_anew_is_said() {
    let run = ["ascend", LAKE, "--method", "adam", "-n", "3"];
    let (_folder, path) = file("half.json", &json(&run).to_string());
    let rest = super::run(&[&run[..], &["--resume", &path]].concat());
    assert_eq!(rest.code, Some(0));
    assert!(
        rest.err.contains("the memory of adam starts anew"),
        "{}",
        rest.err
    );
}

/// One method's failure takes nothing from another: what does not serve the policy is refused
/// before anything runs, and what goes wrong later leaves the path made so far.
#[test]
fn what_was_made_is_written_whatever_goes_wrong_later() {
    for method in ["nesterov", "reinforce"] {
        let run = [
            "ascend",
            "mdps/short-corridor.yaml",
            "--method",
            method,
            "-n",
            "60",
        ];
        let run = super::run(&[&run[..], &["--format", "json"]].concat());
        assert_eq!(run.code, Some(0), "{}", run.err);
        let report: serde_json::Value = serde_json::from_str(&run.out).unwrap();
        let stop = report["stop"].as_str().unwrap();
        assert!(["lost", "failed"].contains(&stop), "{stop}");
        assert!(report["trace"].as_array().unwrap().len() > 1);
    }
}

/// Ctrl-C: the path so far, as JSON, and the exit code of what was interrupted.
#[cfg(target_os = "linux")]
#[test]
fn an_interrupt_writes_what_there_is() {
    let arguments = [
        "ascend",
        "mdps/two-state.yaml",
        "--method",
        "adam",
        "--tolerance",
        "0",
    ];
    let arguments = [&arguments[..], &["-n", "1000000000", "--format", "json"]].concat();
    // tests may run where INT is ignored: in the background of a shell
    let mut child = std::process::Command::new("env")
        .args(["--default-signal=INT", env!("CARGO_BIN_EXE_exact-mdp")])
        .args(&arguments)
        .current_dir(crate::ROOT)
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("the program starts");
    let id = child.id().to_string();
    // the second bit of the caught signals: it listens for SIGINT
    let listens = || {
        let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
        let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
        caught.is_some_and(|mask| u64::from_str_radix(mask.trim(), 16).is_ok_and(|m| m & 2 != 0))
    };
    while !listens() {
        assert_eq!(child.try_wait().expect("it can be asked"), None);
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let kill = std::process::Command::new("kill")
        .args(["-INT", &id])
        .status();
    assert!(kill.expect("kill runs").success());
    let output = child.wait_with_output().expect("it ends");
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(130), "{said}");
    assert!(said.contains("Ctrl-C again ends at once"), "{said}");
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["stop"], "interrupted");
    let made = report["iterations"].as_u64().unwrap() as usize;
    assert_eq!(report["trace"].as_array().unwrap().len(), made + 1);
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
    let refused = run(&["ascend", LAKE, "--estimator", "q"]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.err.contains("belongs to the sampled methods"));
    // a critic's estimator without γᵗ, where death stands for the discount
    let run = run(&[
        "ascend",
        "mdps/two-state.yaml",
        "--method",
        "reinforce",
        "--estimator",
        "q:dropped",
    ]);
    assert_eq!(run.code, Some(2));
    assert!(run.err.contains("no γ^t to drop"), "{}", run.err);
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

/// The path that once took a process for every iterate.
#[test]
fn a_trace_in_json_or_npz_holds_every_iterate() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let arguments = [
        "ascend",
        "mdps/two-state.yaml",
        "--method",
        "plain,natural",
        "-n",
        "4",
    ];
    let whole = path("whole.json");
    let short = out(&arguments);
    assert_eq!(short, out(&[&arguments[..], &["--trace", &whole]].concat()));
    let whole: serde_json::Value = serde_json::from_str(&read(&whole)).unwrap();
    let other = &whole["others"][0];
    assert_eq!(
        (&whole["method"], &other["name"]),
        (&"plain".into(), &"natural".into())
    );
    for run in [&whole, other] {
        for (name, width) in [("theta", 4), ("probabilities", 4), ("v", 2)] {
            let rows = run[name].as_array().unwrap();
            assert_eq!(rows.len(), 5, "{name}");
            assert!(
                rows.iter()
                    .all(|row| row.as_array().unwrap().len() == width)
            );
        }
    }
    let report = json(&arguments);
    assert_eq!(whole["theta"][4], report["theta"]);
    assert_eq!(whole["j"][4], report["j"]);
    let archive = path("whole.npz");
    out(&[&arguments[..], &["--trace", &archive]].concat());
    let archive = std::fs::read(&archive).unwrap();
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(archive)).unwrap();
    for name in ["v.npy", "theta.npy", "others/natural/probabilities.npy"] {
        assert!(archive.by_name(name).is_ok(), "{name}");
    }
}

/// Every deterministic policy of two states with three and two actions is a corner that says where
/// it is, and the path begins and ends where JSON says.
#[test]
fn a_path_lies_among_the_values_of_all_policies() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("polytope.svg").display().to_string();
    let arguments = [
        "ascend",
        "mdps/dadashi-two-state.yaml",
        "-n",
        "5",
        "--polytope",
        &path,
    ];
    out(&arguments);
    let picture = read(&path);
    assert!(picture.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\""));
    let corners = picture.matches("class=\"vertex\"").count();
    let model = json(&["check", "mdps/dadashi-two-state.yaml"]);
    let pairs = model["models"][0]["sizes"]["pairs"].as_u64().unwrap() as usize;
    assert_eq!(corners, pairs / 2 * (pairs / 2));
    let start = json(&["evaluate", "mdps/dadashi-two-state.yaml"]);
    let words = format!("start = ({}, {})", start["v"][0], start["v"][1]);
    assert!(picture.contains(&words), "{words}");
    let refused = run(&["ascend", "mdps/short-corridor.yaml", "--polytope", &path]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.err.contains("discounted"), "{}", refused.err);
    let refused = run(&["ascend", LAKE, "--polytope", &path]);
    assert!(
        refused.err.contains("4194304 deterministic policies"),
        "{}",
        refused.err
    );
}

/// The drift with entropy is what `step --entropy` says of the first step.
#[test]
fn the_drift_may_be_of_entropy_too() {
    let common = [":retry-loop", "--entropy", "0.1", "--step", "0.5"];
    let sampled = [
        "--drift",
        "--method",
        "reinforce",
        "-n",
        "2",
        "--trajectories",
        "100",
    ];
    let ascent = json(&[&["ascend"], &common[..], &sampled].concat());
    let alone = ["-n", "100", "--estimators", "reward-to-go"];
    let step = json(&[&["step"], &common[..], &alone].concat());
    let drift = ascent["drift"]["expected_change"][0]
        .as_f64()
        .expect("a number");
    let text = step.to_string();
    assert!(
        text.contains(&format!("\"expected_change\":{drift}")),
        "{drift}: {text}"
    );
}

/// ‖∇J‖ of what is left of values of 10¹¹: √2 · 11.12962942248968, from the same rewards less 10⁹, which move no gradient. Where
/// an end keeps them from being taken away there is a bound.
#[test]
fn the_norm_at_the_end_has_its_digits_or_its_bound() {
    let text = "discount: 0.99\nstates: [s, t]\nactions: [x, y]\ninitial: s\n\
                transitions: [[s, x, t, 1, 1000000000], [s, y, s, 1, \"1000000000.5\"], [t, x, s, 1, 1000000000]]\n";
    let small_text = text
        .replace("1000000000.5", "0.5")
        .replace("1000000000", "0");
    let (_large, large) = file("model.yaml", text);
    let (_small, small) = file("model.yaml", &small_text);
    let ask = |model: &str| json(&["ascend", model, "--method", "plain", "-n", "0"]);
    let norm = |report: &serde_json::Value| {
        report["trace"][0]["gradient_norm"]
            .as_f64()
            .expect("a number")
    };
    let (found, right) = (ask(&large), ask(&small));
    assert!((norm(&found) / norm(&right) - 1.0).abs() < 1e-12);
    assert_eq!(found["gradient_norm_error"], serde_json::Value::Null);
    assert!((norm(&right) / (2f64.sqrt() * 11.129_629_422_489_68) - 1.0).abs() < 1e-12);
    assert_eq!(right["gradient_norm_error"], serde_json::Value::Null);
    let ending = |text: &str| format!("{}terminal: [end]\n", text.replace("[s, t]", "[s, t, end]"));
    let (_large, large) = file("model.yaml", &ending(text));
    let (_small, small) = file("model.yaml", &ending(&small_text));
    let (found, right) = (ask(&large), ask(&small));
    let error = found["gradient_norm_error"].as_f64().expect("a bound");
    assert!(
        (norm(&found) - norm(&right)).abs() <= error && error < 1.0,
        "{error}"
    );
}
