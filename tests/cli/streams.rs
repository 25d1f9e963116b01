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

#[test]
fn a_file_that_names_no_format_or_cannot_be_written_is_an_error() {
    let unknown = run(&["evaluate", MODEL, "-o", "result.doc"]);
    assert_eq!((unknown.code, unknown.out.as_str()), (Some(2), ""));
    assert!(
        unknown.err.contains(".json, .yaml, .csv, .txt"),
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

#[test]
fn the_model_can_come_from_standard_input() {
    let model = std::fs::File::open(std::path::Path::new(crate::ROOT).join("mdps/two-state.yaml"));
    let mut command = program(&["evaluate", "-"]);
    command.stdin(model.unwrap());
    assert_eq!(super::finished(command).out, out(&["evaluate", MODEL]));
}
