//! The rooms of `src` know each other in one direction (docs/architecture.md).

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The files of a folder and of those below it.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    entries
        .flat_map(|entry| {
            let path = entry.path();
            if path.is_dir() {
                files(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}

/// The code of a file, without comments and without the tests at its end.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    let uncommented = |line: &str| line.split("//").next().unwrap_or_default().to_string() + "\n";
    code.lines().map(uncommented).collect()
}

/// Which rooms each room names, itself left out.
fn known() -> BTreeMap<String, BTreeSet<String>> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../src");
    let mut known: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for path in files(&src) {
        let inside = path.strip_prefix(&src).unwrap().to_str().unwrap();
        if inside.contains("tests") || inside == "lib.rs" || inside == "test_models.rs" {
            continue;
        }
        let room = inside.split(['/', '.']).next().unwrap().to_string();
        let code = code(&path);
        let named = code.split("crate::").skip(1).map(|rest| {
            let end = rest.find(|c: char| !(c.is_ascii_lowercase() || c == '_'));
            rest[..end.unwrap_or(rest.len())].to_string()
        });
        let named: BTreeSet<String> = named.filter(|name| *name != room).collect();
        known.entry(room).or_default().extend(named);
    }
    known
}

#[test]
fn no_room_stands_in_a_circle() {
    let mut left = known();
    assert!(left.len() > 25, "rooms were found");
    loop {
        let names: BTreeSet<String> = left.keys().cloned().collect();
        let before = left.len();
        left.retain(|_, knows| !knows.is_disjoint(&names));
        if left.len() == before {
            break;
        }
    }
    assert!(left.is_empty(), "in a circle, or above one: {left:?}");
}

#[test]
fn every_room_is_in_the_table() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/architecture.md");
    let page = fs::read_to_string(page).unwrap();
    let missing: Vec<String> = known()
        .into_keys()
        .filter(|room| {
            !page
                .lines()
                .any(|line| line.starts_with('|') && line.contains(&format!("`{room}`")))
        })
        .collect();
    assert!(
        missing.is_empty(),
        "not in docs/architecture.md: {missing:?}"
    );
}
