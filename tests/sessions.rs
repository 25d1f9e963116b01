//! Every session shown in the README and in docs/ is run, and must print what it shows.
//!
//! A session is a `console` block: lines that begin with `$ ` are commands, what follows a command
//! is its standard output, whole, up to rounding. A line `…` stands for any lines; `# exit 1` for
//! the exit code.
//! `UPDATE_DOCUMENTS=1 cargo test --test it sessions` writes the outputs anew.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The program's own commands; others in a session (`cargo`, `git`) are for the reader to run.
const PROGRAM: &str = "exact-mdp ";

fn documents() -> Vec<PathBuf> {
    let root = Path::new(crate::ROOT);
    let docs = std::fs::read_dir(root.join("docs")).expect("docs/ is there");
    let paths = docs.map(|entry| entry.expect("readable").path());
    let mut found: Vec<PathBuf> = paths
        .filter(|path| path.extension().is_some_and(|e| e == "md"))
        .collect();
    found.sort();
    found.insert(0, root.join("README.md"));
    found
}

/// The words of a command line, where single quotes hold one together.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for (i, part) in line.split('\'').enumerate() {
        if i % 2 == 1 {
            words.last_mut().expect("never empty").push_str(part);
            continue;
        }
        for c in part.chars() {
            if c.is_whitespace() {
                words.push(String::new());
            } else {
                words.last_mut().expect("never empty").push(c);
            }
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// The standard output and exit code of one command line, run from the root of the project.
fn run(line: &str) -> (String, i32) {
    let scratch = tempfile::tempdir().expect("a folder for what the command writes");
    let words = words(line);
    let pairs = words.iter().zip(words.iter().skip(1));
    // pictures are not written into the project
    let placed = pairs.map(|(before, word)| match before.as_str() {
        "--plot" => scratch.path().join(word).into_os_string(),
        _ => word.into(),
    });
    let output = Command::new(env!("CARGO_BIN_EXE_exact-mdp"))
        .args(placed)
        .current_dir(crate::ROOT)
        .output()
        .expect("the program runs");
    let text = String::from_utf8(output.stdout).expect("UTF-8 on standard output");
    (text, output.status.code().unwrap_or(-1))
}

/// Whether `actual` is `shown`, where a line `…` in `shown` stands for any lines.
fn matches(shown: &[&str], actual: &[&str]) -> bool {
    match shown.split_first() {
        None => actual.is_empty(),
        Some((&"…", rest)) => (0..=actual.len()).any(|skip| matches(rest, &actual[skip..])),
        Some((line, rest)) => {
            actual.first().is_some_and(|first| same(line, first)) && matches(rest, &actual[1..])
        }
    }
}

/// Whether two lines say the same, field by field where they have commas: an empty field of CSV is one.
fn same(shown: &str, actual: &str) -> bool {
    let (mut shown, mut actual) = (shown.split(','), actual.split(','));
    loop {
        match (shown.next(), actual.next()) {
            (None, None) => return true,
            (Some(shown), Some(actual)) if alike(shown, actual) => {}
            _ => return false,
        }
    }
}

/// Whether two texts say the same: words alike, numbers to nine digits, and what is rounding in
/// one is rounding in the other. Processors differ in the last digits, never in more.
fn alike(shown: &str, actual: &str) -> bool {
    let words = |line: &str| -> Vec<String> {
        let split = line.split(|c: char| c.is_whitespace() || "[]".contains(c));
        split.filter(|w| !w.is_empty()).map(String::from).collect()
    };
    let (shown, actual) = (words(shown), words(actual));
    let alike = |(x, y): (&String, &String)| match (x.parse::<f64>(), y.parse::<f64>()) {
        (Ok(x), Ok(y)) => (x - y).abs() <= 1e-9 * x.abs().max(y.abs()).max(1e-2),
        _ => x == y,
    };
    shown.len() == actual.len() && shown.iter().zip(&actual).all(alike)
}

/// A session with its outputs as they are now; where they match what is shown, that stays.
fn replay(session: &str) -> String {
    let mut out = String::new();
    let mut lines = session.lines().peekable();
    while let Some(line) = lines.next() {
        writeln!(out, "{line}").expect("writing to a string");
        let Some(command) = line.strip_prefix("$ ") else {
            continue;
        };
        if !command.starts_with(PROGRAM) {
            continue;
        }
        let mut shown = Vec::new();
        while let Some(next) = lines.next_if(|next| !next.starts_with("$ ")) {
            shown.push(next);
        }
        let (text, code) = run(command);
        let exit = format!("# exit {code}");
        let mut actual: Vec<&str> = text.lines().map(str::trim_end).collect();
        if code != 0 {
            actual.push(&exit);
        }
        let kept = if matches(&shown, &actual) {
            &shown
        } else {
            &actual
        };
        for line in kept {
            writeln!(out, "{line}").expect("writing to a string");
        }
    }
    out
}

/// The document with its sessions replayed.
fn replayed(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("```console\n") {
        let (session, tail) = after.split_once("```").expect("the block ends");
        write!(out, "{before}```console\n{}```", replay(session)).expect("writing to a string");
        rest = tail;
    }
    out + rest
}

#[test]
fn lines_differ_by_an_empty_field_and_not_by_rounding() {
    assert!(same("theta[0],,1.0000000000001", "theta[0],,1"));
    assert!(!same("theta[0],1", "theta[0],,1"));
    assert!(!same("theta[0],1", "theta[0],1,"));
    assert!(!same("theta[0],1", "theta[0],2"));
}

#[test]
fn sessions_print_what_the_documents_show() {
    let update = std::env::var_os("UPDATE_DOCUMENTS").is_some();
    let mut sessions = 0;
    let mut stale = String::new();
    for path in documents() {
        let text = std::fs::read_to_string(&path).expect("readable");
        sessions += text.matches("```console\n").count();
        let new = replayed(&text);
        if new == text {
            continue;
        }
        if update {
            std::fs::write(&path, &new).expect("writable");
        }
        let changed = text.lines().zip(new.lines()).find(|(old, new)| old != new);
        writeln!(stale, "{}: {changed:?}", path.display()).expect("writing to a string");
    }
    assert!(sessions > 0, "no session was found");
    assert!(
        stale.is_empty() || update,
        "shown and printed differ:\n{stale}"
    );
}
