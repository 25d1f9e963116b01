//! Every example in the documents runs.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use exact_mdp::load::{controller_nodes, parse_policy, parse_rules};
use exact_mdp::model::{Model, Overrides};

/// The blocks of a document whose fence begins with these words, as (line, text).
fn blocks(document: &str, fence: &str) -> Vec<(usize, String)> {
    let path = Path::new(crate::ROOT).join(document);
    let text = std::fs::read_to_string(path).unwrap();
    let mut blocks: Vec<(usize, String)> = Vec::new();
    let mut open = None;
    for (line, content) in text.lines().enumerate() {
        if let Some(info) = content.strip_prefix("```") {
            open = (open.is_none() && info == fence)
                .then_some(line + 1)
                .or_else(|| {
                    // any other block is skipped up to its end
                    (open.is_none() && !info.is_empty()).then_some(0)
                });
            blocks.extend(
                open.filter(|line| *line > 0)
                    .map(|line| (line, String::new())),
            );
        } else if open.is_some_and(|line| line > 0)
            && let Some((_, block)) = blocks.last_mut()
        {
            *block += content;
            *block += "\n";
        }
    }
    blocks
}

#[test]
fn the_examples_of_the_format_load() {
    let models = blocks("docs/format.md", "yaml");
    assert!(models.len() >= 7, "{} models", models.len());
    for (line, text) in &models {
        let source = format!("docs/format.md, block in line {line}");
        Model::parse(&source, text).unwrap_or_else(|errors| panic!("{}", errors.plain()));
    }
    let two_state = Model::parse("two-state", &models[0].1).unwrap();
    let policies = blocks("docs/format.md", "yaml policy");
    assert!(policies.len() >= 3, "{} policies", policies.len());
    for (line, text) in &policies {
        let source = format!("docs/format.md, block in line {line}");
        parse_policy(&source, text, two_state.space())
            .unwrap_or_else(|errors| panic!("{}", errors.plain()));
    }
    let numbers = models
        .iter()
        .find(|(_, text)| text.contains("next: s + a/2"));
    let numbers = Model::parse("numbers", &numbers.unwrap().1).unwrap();
    for (line, text) in &blocks("docs/format.md", "yaml policy of numbers") {
        let source = format!("docs/format.md, block in line {line}");
        parse_policy(&source, text, numbers.space())
            .unwrap_or_else(|errors| panic!("{}", errors.plain()));
    }
    let [(_, seen)] = &blocks("docs/format.md", "yaml observations")[..] else {
        panic!("one model of what is seen");
    };
    for (line, text) in &blocks("docs/format.md", "yaml policy of what is seen") {
        let source = format!("docs/format.md, block in line {line}");
        let overrides = Overrides {
            controller: controller_nodes(text),
            ..Overrides::default()
        };
        let model = Model::parse_with("tiger", seen, &overrides).unwrap();
        parse_policy(&source, text, model.space())
            .unwrap_or_else(|errors| panic!("{}", errors.plain()));
    }
    let [(line, text)] = &blocks("docs/format.md", "yaml policy in time")[..] else {
        panic!("one policy in time");
    };
    let source = format!("docs/format.md, block in line {line}");
    let rules = parse_rules(&source, text, two_state.space(), 3);
    let rules = rules.unwrap_or_else(|errors| panic!("{}", errors.plain()));
    assert!(rules.is_some());
}

#[test]
fn the_model_of_the_readme_loads() {
    let models = blocks("README.md", "yaml");
    assert_eq!(models.len(), 1);
    let model = Model::parse("my-model", &models[0].1);
    let model = model.unwrap_or_else(|errors| panic!("{}", errors.plain()));
    assert!(model.warnings().is_empty());
}

/// The Markdown files of the repository that a document links to.
fn linked(document: &Path) -> Vec<PathBuf> {
    let text = std::fs::read_to_string(document).unwrap();
    let folder = document.parent().unwrap();
    let targets = text.split("](").skip(1);
    let files = targets.filter_map(|rest| rest.split([')', '#']).next());
    let pages = files.filter(|file| file.ends_with(".md") && !file.contains("://"));
    let paths = pages.map(|file| {
        let path = folder.join(file);
        path.canonicalize()
            .unwrap_or_else(|e| panic!("{} links to {file}: {e}", document.display()))
    });
    paths.collect()
}

#[test]
fn every_document_is_reachable_from_the_readme() {
    let root = Path::new(crate::ROOT).canonicalize().unwrap();
    let mut reached = BTreeSet::new();
    let mut ahead = vec![root.join("README.md")];
    while let Some(page) = ahead.pop() {
        if reached.insert(page.clone()) {
            ahead.extend(linked(&page));
        }
    }
    for path in pages(&root) {
        assert!(reached.contains(&path), "{}", path.display());
    }
}

/// The Markdown files that git knows; where there is no git, those of docs/.
fn pages(root: &Path) -> Vec<PathBuf> {
    let git = std::process::Command::new("git")
        .args(["ls-files", "*.md"])
        .current_dir(root)
        .output();
    let listed = git.ok().filter(|git| git.status.success());
    let listed = listed.and_then(|git| String::from_utf8(git.stdout).ok());
    let tracked: Vec<PathBuf> = match &listed {
        Some(files) if !files.is_empty() => files.lines().map(|file| root.join(file)).collect(),
        _ => {
            let entries = std::fs::read_dir(root.join("docs")).unwrap();
            let paths = entries.map(|entry| entry.unwrap().path());
            paths
                .filter(|path| path.extension().is_some_and(|end| end == "md"))
                .collect()
        }
    };
    assert!(tracked.len() > 20, "{tracked:?}");
    tracked
}

/// The Rust files of a folder and of those below it, with their texts.
fn sources(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("target") {
            sources(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            found.push((path, text));
        }
    }
}

/// All Rust of the repository but its tests.
fn all_sources() -> Vec<(PathBuf, String)> {
    let root = Path::new(crate::ROOT).canonicalize().unwrap();
    let mut found = Vec::new();
    for folder in ["src", "crates", "python/src", "fuzz"] {
        sources(&root.join(folder), &mut found);
    }
    assert!(found.len() > 500, "{} files", found.len());
    found
}

/// What a doc-comment says it says itself: nobody reads three pages to know shape, range and errors.
#[test]
fn no_doc_comment_sends_the_reader_elsewhere() {
    let openings = ["As [", "Like [", "Errors as ["];
    for (file, text) in all_sources() {
        // an end of a sentence, a line break and the errors behind it belong together
        let mut before = "";
        for (number, line) in text.lines().enumerate() {
            let said = line.trim_start();
            let said = said
                .strip_prefix("/// ")
                .or_else(|| said.strip_prefix("//! "))
                .unwrap_or_default();
            let mut sends = openings.iter().any(|opening| said.starts_with(opening));
            sends |= said.contains("Errors as [");
            sends |= before.ends_with("Errors as") && said.starts_with('[');
            assert!(!sends, "{}:{}: {line}", file.display(), number + 1);
            before = said;
        }
    }
}

#[test]
fn code_that_the_documents_name_is_there() {
    let root = Path::new(crate::ROOT).canonicalize().unwrap();
    let sources = all_sources();
    let is_of_name = |c: char| c.is_alphanumeric() || c == '_';
    let names = sources
        .iter()
        .flat_map(|(_, text)| text.split(|c| !is_of_name(c)));
    let known: BTreeSet<&str> = names.collect();
    let is_of_path = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    let mut found = 0;
    // the changelog names what is gone
    for page in pages(&root)
        .into_iter()
        .filter(|page| !page.ends_with("CHANGELOG.md"))
    {
        let text = std::fs::read_to_string(&page).unwrap();
        for span in text.split('`').skip(1).step_by(2) {
            for path in span.split(|c| !is_of_path(c)).filter(|x| x.contains("::")) {
                found += 1;
                for name in path.split(':').filter(|name| !name.is_empty()) {
                    assert!(known.contains(name), "{}: `{path}`", page.display());
                }
            }
        }
    }
    assert!(found > 40, "{found} paths");
}

/// Whoever merges two lines of work may take an entry twice.
#[test]
fn the_changelog_says_everything_once() {
    let text = std::fs::read_to_string(Path::new(crate::ROOT).join("CHANGELOG.md")).unwrap();
    let mut seen = BTreeSet::new();
    for entry in text.lines().filter(|line| line.starts_with("- ")) {
        assert!(seen.insert(entry), "twice: {entry}");
    }
    assert!(seen.len() > 100, "{} entries", seen.len());
}
