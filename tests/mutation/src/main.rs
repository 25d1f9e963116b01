//! Rewrites a copy of exact-mdp so that it holds many mutants at once: each runs where the
//! environment variable `MUTANT` holds its number. One build then serves them all, where
//! `cargo mutants` builds anew for each (a minute, against seconds for the tests).
//!
//! `mutation MUTANTS.json COPY [SKIPPED.txt]`: the list that `cargo mutants --list --json` prints,
//! or a sample of it, each mutant's number being its place in the list; the tree to rewrite; and
//! the numbers to leave out, those that do not compile. Prints the numbers that were placed.

mod mutant;
mod rewrite;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::{env, error, fs};

use mutant::Mutant;
use rewrite::Rewrite;

/// What every rewritten file asks.
const SWITCH: &str = r#"
#[doc(hidden)]
pub mod mutation {
    pub static ACTIVE: std::sync::LazyLock<usize> = std::sync::LazyLock::new(|| {
        std::env::var("MUTANT").ok().and_then(|number| number.parse().ok()).unwrap_or(usize::MAX)
    });
}
"#;

fn main() -> Result<(), Box<dyn error::Error>> {
    let arguments: Vec<PathBuf> = env::args_os().skip(1).map(PathBuf::from).collect();
    let [list, copy, skipped @ ..] = arguments.as_slice() else {
        return Err("usage: mutation MUTANTS.json COPY [SKIPPED.txt]".into());
    };
    let mutants: Vec<Mutant> = serde_json::from_str(&fs::read_to_string(list)?)?;
    let skipped: Vec<usize> = match skipped.first() {
        Some(file) => {
            let text = fs::read_to_string(file)?;
            text.split_whitespace()
                .map(str::parse)
                .collect::<Result<_, _>>()?
        }
        None => Vec::new(),
    };
    let mut files: BTreeMap<&str, Vec<(usize, &Mutant)>> = BTreeMap::new();
    for (number, mutant) in mutants.iter().enumerate() {
        if !skipped.contains(&number) {
            files
                .entry(&mutant.file)
                .or_default()
                .push((number, mutant));
        }
    }
    for (file, mutants) in files {
        let path = copy.join(file);
        let mut tree = syn::parse_file(&fs::read_to_string(&path)?)?;
        let placed = Rewrite::new(&mutants).apply(&mut tree);
        fs::write(&path, prettyplease::unparse(&tree))?;
        placed.iter().for_each(|number| println!("{number}"));
    }
    let root = copy.join("src/lib.rs");
    let text = fs::read_to_string(&root)? + SWITCH;
    Ok(fs::write(root, text)?)
}
