//! Errors and their mends name a flag, an argument or a field: data that `src/mend` alone words.

use std::fs;
use std::path::Path;

use exact_mdp::mend::{Argument, Front};

/// Every file of the library but tests, with its path.
fn files(folder: &Path) -> Vec<(String, String)> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let mut all: Vec<(String, String)> = entries
        .flat_map(|entry| {
            let path = entry.path();
            if path.is_dir() {
                return files(&path);
            }
            let text = fs::read_to_string(&path).unwrap();
            vec![(path.display().to_string(), text)]
        })
        .collect();
    all.retain(|(path, _)| path.ends_with(".rs") && !path.contains("tests"));
    all
}

fn library() -> Vec<(String, String)> {
    files(&Path::new(crate::ROOT).join("src"))
}

/// Whether a line names a flag of the program; those of Storm and of cargo are theirs.
fn names_a_flag(line: &str) -> bool {
    let ours = line.split("storm --").next().unwrap_or_default();
    let ours = ours
        .replace("build with `--features", "")
        .replace("program with `--features", "");
    let mut rest = ours.as_str();
    while let Some((_, after)) = rest.split_once("--") {
        if after.starts_with(|c: char| c.is_ascii_lowercase()) {
            return true;
        }
        rest = after;
    }
    false
}

#[test]
fn no_flag_stands_in_the_library_but_where_mends_are_worded() {
    let mut found = Vec::new();
    for (path, text) in library() {
        if path.contains("src/mend") {
            continue;
        }
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        let lines = code.lines().enumerate();
        let code = lines.filter(|(_, line)| !line.trim_start().starts_with("//"));
        let named = code.filter(|(_, line)| names_a_flag(line));
        found.extend(named.map(|(i, line)| format!("{path}:{}: {}", i + 1, line.trim())));
    }
    assert!(found.is_empty(), "say `Argument`: {found:#?}");
    assert!(names_a_flag("\"leave --axes out\""), "flags are seen");
}

/// The text of a type from its name to the end of its body.
fn body<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    ["struct", "enum"].iter().find_map(|kind| {
        let (_, rest) = text.split_once(&format!("\npub {kind} {name} {{"))?;
        rest.split("\n}").next()
    })
}

#[test]
fn what_a_program_in_rust_is_told_to_set_is_there() {
    let library = library();
    for argument in Argument::ALL {
        let name = argument.worded(Front::Library);
        let there = match name.split_once("::") {
            None => library
                .iter()
                .any(|(_, text)| text.contains(&format!("\n    pub {name}: "))),
            Some(("study", function)) => {
                let head = format!("pub fn {function}");
                let mut files = library
                    .iter()
                    .filter(|(path, _)| path.contains("src/study/"));
                files.any(|(_, text)| text.contains(&head))
            }
            Some((of, part)) => library
                .iter()
                .filter_map(|(_, text)| body(text, of))
                .any(|body| {
                    let variant = body.contains(&format!("\n    {part},"));
                    variant || body.contains(&format!("\n    pub {part}: "))
                }),
        };
        // the flag of `convert` is an argument of `Model::export`
        assert!(there || argument == Argument::To, "there is no `{name}`");
    }
}
