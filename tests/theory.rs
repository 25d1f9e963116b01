//! Every number of the theory that a comment, a document or an identity cites is an anchor of
//! docs/theory.md.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use exact_mdp_theorems::citation::{Citation, Place};

fn root() -> &'static Path {
    Path::new(crate::ROOT)
}

/// The ids of docs/theory.md.
fn anchors() -> BTreeSet<String> {
    let page = std::fs::read_to_string(root().join("docs/theory.md")).expect("the theory is there");
    let ids = page.split("<a id=\"").skip(1);
    ids.map(|rest| rest.split('"').next().expect("a closing quote").to_string())
        .collect()
}

/// All Rust and Markdown files in a folder, the theory itself left out.
fn texts(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder of the repository") {
        let path = entry.expect("readable").path();
        let ending = path.extension().and_then(|e| e.to_str());
        if path.is_dir() {
            texts(&path, found);
        } else if matches!(ending, Some("rs" | "md")) && !path.ends_with("docs/theory.md") {
            found.push(path);
        }
    }
}

/// A text on one line, without the marks of comments.
fn joined(text: &str) -> String {
    let bare = text
        .lines()
        .map(|line| line.trim().trim_start_matches(['/', '!', '*']).trim());
    bare.collect::<Vec<_>>().join(" ")
}

#[test]
fn every_number_that_is_cited_can_be_opened() {
    let anchors = anchors();
    let mut files = Vec::new();
    for folder in ["src", "crates", "tests", "docs", "benches"] {
        texts(&root().join(folder), &mut files);
    }
    let (mut cited, mut missing) = (0, Vec::new());
    for path in files {
        let text = joined(&std::fs::read_to_string(&path).expect("UTF-8"));
        for citation in Citation::all(&text) {
            for place in citation.places() {
                cited += 1;
                // outside brackets a number may be that of a mark, where no section has it
                let known = match place {
                    Place::Section(number) => {
                        anchors.contains(number) || anchors.contains(&format!("m{number}"))
                    }
                    Place::Mark(number) => anchors.contains(&format!("m{number}")),
                };
                if !known {
                    missing.push(format!("{}: {place:?}", path.display()));
                }
            }
        }
    }
    assert!(cited > 400, "{cited} citations");
    assert!(missing.is_empty(), "no such place: {missing:#?}");
}

#[test]
fn every_identity_that_cites_the_theory_has_a_link_that_opens() {
    let anchors = anchors();
    let mut linked = 0;
    for identity in exact_mdp_theorems::all() {
        let Some(anchor) = identity.anchor() else {
            assert!(!identity.source.contains("theory,"), "{}", identity.name);
            continue;
        };
        linked += 1;
        assert!(anchors.contains(&anchor), "{}: #{anchor}", identity.name);
    }
    assert!(linked > 150, "{linked} identities");
}
