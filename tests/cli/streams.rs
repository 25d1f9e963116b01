//! Where results and messages go: files, pipes, colors, broken input.

use std::io::Read;
use std::process::Stdio;

use super::{file, out, program, read, run};

const MODEL: &str = "mdps/two-state.yaml";

#[test]
fn the_ending_of_the_file_chooses_the_format() {
    let folder = tempfile::tempdir().unwrap();
    for (ending, format) in [("json", "json"), ("csv", "csv"), ("txt", "table")] {
        let path = folder.path().join(format!("result.{ending}"));
        let path = path.to_str().unwrap();
        assert_eq!(out(&["evaluate", MODEL, "-o", path]), "");
        assert_eq!(read(path), out(&["evaluate", MODEL, "--format", format]));
    }
    let path = folder.path().join("result.txt");
    let path = path.to_str().unwrap();
    out(&["evaluate", MODEL, "-o", path, "--format", "json"]);
    assert!(read(path).starts_with('{'));
}

/// Each command's archive holds the numbers of its JSON, under the same names.
#[test]
fn every_command_writes_an_archive() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("answers.npz");
    let path = path.to_str().unwrap();
    let commands: [(&[&str], &str, &str, usize); 7] = [
        (&["evaluate", MODEL], "v", "/v", 2),
        (&["gradient", MODEL], "gradient", "/gradient", 4),
        (&["solve", MODEL], "q", "/q", 4),
        (
            &["compare", MODEL, "-n", "50", "--estimators", "q"],
            "estimators/q/variance",
            "/estimators/0/variance",
            4,
        ),
        (&["ascend", MODEL, "-n", "3"], "trace/j", "", 4),
        (
            &["verify", MODEL, "-q"],
            "checks/value-fixed-point/tolerance",
            "",
            1,
        ),
        (&["chain", MODEL], "stationary", "", 0),
    ];
    for (command, name, pointer, count) in commands {
        out(&[command, &["-o", path]].concat());
        let mut archive = zip::ZipArchive::new(std::fs::File::open(path).unwrap()).unwrap();
        if count == 0 {
            assert!(archive.len() > 5, "{command:?}");
            continue;
        }
        let mut bytes = Vec::new();
        let mut entry = archive.by_name(&format!("{name}.npy")).unwrap();
        std::io::Read::read_to_end(&mut entry, &mut bytes).unwrap();
        let numbers: Vec<f64> = bytes[bytes.len() - 8 * count..]
            .chunks(8)
            .map(|x| f64::from_le_bytes(x.try_into().unwrap()))
            .collect();
        if pointer.is_empty() {
            assert!(numbers.iter().all(|x| x.is_finite()), "{command:?}");
            continue;
        }
        let json = out(&[command, &["--format", "json"]].concat());
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        let expected = json.pointer(pointer).unwrap().as_array().unwrap();
        let expected: Vec<f64> = expected.iter().map(|x| x.as_f64().unwrap()).collect();
        assert_eq!(numbers, expected, "{command:?}");
    }
}

/// Of long arrays a summary tells the shape and a few numbers, which are those of the whole.
#[test]
fn a_summary_is_short_and_says_what_the_whole_says() {
    let command = ["evaluate", "mdps/taxi.yaml", "--format", "json"];
    let parse = |text: String| serde_json::from_str::<serde_json::Value>(&text).unwrap();
    let short = out(&[&command[..], &["--summary"]].concat());
    assert!(short.len() < 4_000, "{}", short.len());
    let (short, whole) = (parse(short), parse(out(&command)));
    assert_eq!(short["j"], whole["j"]);
    assert_eq!(short["pairs"]["count"], 3000);
    let v: Vec<f64> = whole["v"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|x| x.as_f64())
        .collect();
    assert_eq!(short["v"]["shape"], serde_json::json!([v.len()]));
    let most = v.iter().copied().fold(f64::MIN, f64::max);
    assert_eq!(short["v"]["most"].as_f64().unwrap(), most);
    assert_eq!(short["v"]["undefined"], 0);
    let yaml = out(&[
        "evaluate",
        "mdps/taxi.yaml",
        "--format",
        "yaml",
        "--summary",
    ]);
    assert!(yaml.contains("\n    most: "));
    for format in ["table", "csv"] {
        let refused = run(&["evaluate", MODEL, "--summary", "--format", format]);
        assert_eq!(refused.code, Some(2));
        assert!(refused.err.contains("--format json"), "{}", refused.err);
    }
}

/// A Fisher matrix of a million entries and more is an array of its blocks' rows.
#[test]
fn a_large_fisher_matrix_is_written_by_its_blocks() {
    let text = "garnet: {states: 260, actions: 4, branching: 2}\ndiscount: 0.5\n";
    let (folder, model) = file("model.yaml", text);
    let path = folder.path().join("answers.npz");
    let path = path.to_str().unwrap();
    out(&[
        "gradient", &model, "--fisher", "--routes", "adjoint", "-o", path,
    ]);
    let archive = zip::ZipArchive::new(std::fs::File::open(path).unwrap()).unwrap();
    let has = |name: &str| archive.index_for_name(name).is_some();
    assert!(has("fisher_columns.npy") && has("fisher_values.npy"));
    assert!(!has("fisher.npy"));
    assert!(std::fs::metadata(path).unwrap().len() < 1_000_000);
}

#[test]
fn a_file_that_names_no_format_or_cannot_be_written_is_an_error() {
    let unknown = run(&["evaluate", MODEL, "-o", "result.doc"]);
    assert_eq!((unknown.code, unknown.out.as_str()), (Some(2), ""));
    assert!(
        unknown.err.contains(".json, .yaml, .csv, .npz"),
        "{}",
        unknown.err
    );
    let nowhere = run(&["evaluate", MODEL, "-o", "/no/such/folder/x.json"]);
    assert_eq!((nowhere.code, nowhere.out.as_str()), (Some(2), ""));
    assert!(
        nowhere.err.contains("/no/such/folder/x.json"),
        "{}",
        nowhere.err
    );
}

#[test]
fn what_cannot_be_read_is_named() {
    let missing = run(&["evaluate", "mdps/two-stat.yaml"]);
    assert_eq!((missing.code, missing.out.as_str()), (Some(2), ""));
    assert!(
        missing.err.contains("mdps/two-stat.yaml"),
        "{}",
        missing.err
    );
    let folder = run(&["evaluate", "mdps"]);
    assert_eq!((folder.code, folder.out.as_str()), (Some(2), ""));
    assert!(folder.err.contains("mdps"), "{}", folder.err);
    let (_guard, path) = file("wrong.yaml", "states: [a\n");
    assert_eq!(run(&["evaluate", &path]).code, Some(2));
}

/// `| head`: the reader goes away, the program ends in silence.
#[test]
fn a_broken_pipe_is_no_error() {
    let mut child = program(&["evaluate", "mdps/frozenlake-8x8.yaml", "--format", "csv"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut err = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut err)
        .unwrap();
    assert_eq!((child.wait().unwrap().code(), err.as_str()), (Some(0), ""));
}

#[test]
fn color_is_there_only_where_it_is_wanted() {
    let escape = '\u{1b}';
    assert!(!out(&["evaluate", MODEL]).contains(escape));
    assert!(out(&["evaluate", MODEL, "--color", "always"]).contains(escape));
    assert!(!out(&["evaluate", MODEL, "--color", "never"]).contains(escape));
}

/// A verdict has a color, green or red, and the words say it without.
#[test]
fn verdicts_are_colored_and_said() {
    let plain = |text: &str| {
        let mut letters = String::new();
        let mut pieces = text.split('\u{1b}');
        letters += pieces.next().unwrap_or_default();
        for piece in pieces {
            letters += piece.split_once('m').map_or("", |(_, rest)| rest);
        }
        letters
    };
    let folder = tempfile::tempdir().unwrap();
    let wrong = folder.path().join("wrong.yaml");
    std::fs::write(&wrong, "discount: 2\n").unwrap();
    let wrong = wrong.to_str().unwrap();
    for (args, green, red) in [
        (&["check", MODEL][..], "valid", None),
        (&["check", MODEL, wrong][..], "valid", Some("not valid")),
        (&["verify", MODEL][..], "none fails", None),
        (&["gradient", MODEL][..], "agrees", None),
        (&["compare", MODEL, "-n", "200"][..], "consistent", None),
    ] {
        let shown = |color: &str| {
            let args = [args, &["--color", color, "--quiet"]].concat();
            super::finished(program(&args)).out
        };
        let colored = shown("always");
        assert_eq!(plain(&colored), shown("never"), "{args:?}");
        assert!(colored.contains(&format!("\u{1b}[32m{green}")), "{colored}");
        if let Some(red) = red {
            assert!(colored.contains(&format!("\u{1b}[31m{red}")), "{colored}");
        }
    }
}

#[test]
fn the_model_can_come_from_standard_input() {
    let model = std::fs::File::open(std::path::Path::new(crate::ROOT).join("mdps/two-state.yaml"));
    let mut command = program(&["evaluate", "-"]);
    command.stdin(model.unwrap());
    assert_eq!(super::finished(command).out, out(&["evaluate", MODEL]));
}

/// What stands in a pipe can be read once.
#[cfg(unix)]
#[test]
fn a_policy_may_come_from_a_pipe() {
    let command = ["evaluate", MODEL, "--format", "json"];
    let piped = [&command[..], &["--policy", "/dev/stdin"]].concat();
    let mut child = program(&piped)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    std::io::Write::write_all(&mut input, b"parametrization: softmax\n").unwrap();
    drop(input);
    let answer = child.wait_with_output().unwrap();
    // θ = 0 is the uniform policy
    let expected = out(&[&command[..], &["--policy", "uniform"]].concat());
    assert_eq!(String::from_utf8(answer.stdout).unwrap(), expected);
}

/// A table that lacks numbers of the JSON says which, unless nothing is to be said.
#[test]
fn what_csv_leaves_out_is_said() {
    let climb = [
        "players",
        ":matching-pennies",
        "--climb",
        "plain",
        "--iterations",
        "3",
    ];
    for (arguments, expected) in [
        (&climb[..], &["climb", "zero_sum/strategies"][..]),
        (&["cone", MODEL], &["inequalities"]),
        (&["evaluate", MODEL, "--return"], &["return/distribution"]),
        (&["evaluate", MODEL], &[]),
    ] {
        let told = run(&[arguments, &["--format", "csv"]].concat());
        assert_eq!(told.code, Some(0), "{}", told.err);
        let names = told.err.split("CSV leaves out ").nth(1).unwrap_or("");
        let names = names.split(": JSON").next().unwrap();
        let names: Vec<&str> = names.split(", ").filter(|name| !name.is_empty()).collect();
        assert!(
            expected.iter().all(|name| names.contains(name)),
            "{}",
            told.err
        );
        assert_eq!(names.is_empty(), expected.is_empty(), "{}", told.err);
        let report = super::json(arguments);
        for name in names {
            let mut at = &report;
            for part in name.split('/') {
                at = if at.is_array() {
                    &at[0][part]
                } else {
                    &at[part]
                };
            }
            assert!(!at.is_null(), "{name}");
        }
        let quiet = run(&[arguments, &["--format", "csv", "--quiet"]].concat());
        assert_eq!((quiet.err.as_str(), &quiet.out), ("", &told.out));
    }
}
