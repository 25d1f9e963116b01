//! The program as its users meet it: whole standard output, standard error and exit code.

mod apart;
mod ascent;
mod axes;
mod between;
mod certify;
mod chain;
mod commands;
mod compared_cuts;
mod comparison;
mod costs;
mod edges;
mod exact;
mod files;
mod gradient;
mod invariance;
mod judge;
mod judged_behind;
mod judged_buffers;
mod judged_causes;
mod judged_cut;
mod judged_entropy;
mod judged_laws;
mod judged_layouts;
mod judged_losses;
mod judged_multiples;
mod judged_named;
mod judged_power;
mod judged_precision;
mod judged_ratios;
mod judged_readings;
mod judged_rows;
mod judged_runs;
mod judged_saturated;
mod judged_simplex;
mod judged_simplices;
mod judged_states;
mod judged_sums;
mod judged_tables;
mod judged_underflow;
mod lump;
mod mends;
mod names;
mod paired;
mod pictures;
mod reference;
mod report;
mod rewards;
mod shards;
mod solve;
mod streams;
mod structure;
mod sweeps;
mod thetas;
mod usage;
mod verdicts;
mod verify;

use std::path::Path;
use std::process::Command;

/// What a run of the program left behind.
struct Run {
    out: String,
    err: String,
    code: Option<i32>,
}

/// The program with these arguments, ready to run at the root of the repository.
fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_exact-mdp"));
    command
        .args(arguments)
        .current_dir(crate::ROOT)
        .env_remove("NO_COLOR")
        .env("COLUMNS", "100");
    command
}

fn finished(mut command: Command) -> Run {
    let output = command.output().expect("the program starts");
    Run {
        out: String::from_utf8(output.stdout).expect("standard output is UTF-8"),
        err: String::from_utf8(output.stderr).expect("standard error is UTF-8"),
        code: output.status.code(),
    }
}

/// Runs the program at the root of the repository.
fn run(arguments: &[&str]) -> Run {
    finished(program(arguments))
}

/// Runs the program and returns its standard output; it must succeed in silence.
fn out(arguments: &[&str]) -> String {
    let run = run(arguments);
    assert_eq!((run.err.as_str(), run.code), ("", Some(0)), "{arguments:?}");
    run.out
}

/// Runs the program and reads the JSON it writes.
fn json(arguments: &[&str]) -> serde_json::Value {
    let arguments = [arguments, &["--format", "json"]].concat();
    serde_json::from_str(&out(&arguments)).expect("the output is JSON")
}

/// A file in a folder of its own, removed when the guard is dropped.
fn file(name: &str, text: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join(name);
    std::fs::write(&path, text).expect("the file is written");
    let path = path.to_str().expect("the path is UTF-8").to_string();
    (folder, path)
}

fn read(path: impl AsRef<Path>) -> String {
    std::fs::read_to_string(path).expect("the file is there")
}
