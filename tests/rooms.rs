//! The rooms of `src` know each other in one direction (docs/architecture.md).

mod graph;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use graph::{Graph, Module};

/// Which files each file names.
type Edges = BTreeMap<Module, BTreeSet<Module>>;

static EDGES: LazyLock<Edges> =
    LazyLock::new(|| Graph::of(&Path::new(crate::ROOT).join("src")).edges());

/// Which rooms each room names, itself left out.
fn known(edges: &Edges) -> BTreeMap<String, BTreeSet<String>> {
    let mut known: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (file, others) in edges {
        let Some(room) = file.first() else { continue };
        let named = others.iter().filter_map(|other| other.first());
        let named = named.filter(|other| *other != room).cloned();
        known.entry(room.clone()).or_default().extend(named);
    }
    known
}

#[test]
fn no_room_stands_in_a_circle() {
    let mut left = known(&EDGES);
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
fn no_file_stands_in_a_circle() {
    let found = graph::circles(&EDGES);
    assert!(
        found.is_empty(),
        "move what both need below both: {found:#?}"
    );
}

/// The figures of docs/architecture.md, of this `src` or of the one that `EXACT_MDP_SRC` names.
#[test]
#[ignore = "tells, and tests nothing"]
fn figures() {
    let other = std::env::var_os("EXACT_MDP_SRC").map(|src| Graph::of(Path::new(&src)).edges());
    let edges = other.as_ref().unwrap_or(&EDGES);
    let counts = |edges: &Edges| {
        let circles = graph::circles(edges);
        let sizes = circles.iter().map(Vec::len);
        let pairs = sizes.clone().filter(|size| *size == 2).count();
        let inside: usize = sizes.clone().sum();
        let (all, largest) = (edges.len(), sizes.max().unwrap_or(0));
        format!(
            "{inside} of {all} in {} circles, {pairs} of them pairs, the largest of {largest}",
            circles.len()
        )
    };
    println!("files: {}", counts(edges));
    let rooms = known(edges).into_iter();
    let rooms: Edges = rooms
        .map(|(room, knows)| (vec![room], knows.into_iter().map(|x| vec![x]).collect()))
        .collect();
    println!("rooms: {}", counts(&rooms));
}

/// What may be called the same in several places of the library: the list may only become shorter.
const NAMED_TWICE: &[&str] = &[];

#[test]
fn a_public_type_has_a_name_of_its_own() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../src");
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let files = graph::files(&src).into_iter();
    for file in files.filter(|file| !file.components().any(|x| x.as_os_str() == "tests")) {
        let text = fs::read_to_string(&file).unwrap();
        // only items at the margin: not associated types, nor those of modules of tests
        for line in text.lines() {
            let mut words = line.split(|c: char| !c.is_alphanumeric() && c != '_');
            let kinds = ["struct", "enum", "trait", "type", "union"];
            if words.next() == Some("pub") && words.next().is_some_and(|x| kinds.contains(&x)) {
                let name = words.next().unwrap().to_string();
                places
                    .entry(name)
                    .or_default()
                    .push(file.display().to_string());
            }
        }
    }
    assert!(places.len() > 300, "types were found");
    places.retain(|_, at| at.len() > 1);
    let allowed: BTreeSet<&str> = NAMED_TWICE.iter().copied().collect();
    let found: BTreeSet<&str> = places.keys().map(String::as_str).collect();
    assert_eq!(found, allowed, "one name, one thing: {places:#?}");
}

#[test]
fn groups_aliases_and_steps_up_are_seen() {
    let text = "use crate::{a::{self, B as C}, d};\nuse super::super::e; // use crate::f;\npub(in crate::g) fn h() {\n    \"crate::i\";\n}\n";
    let (imports, rest) = graph::imports(&graph::code(text));
    let paths = imports.iter().map(|import| import.path.join("::"));
    let names = imports.iter().map(|import| import.name.as_str());
    assert_eq!(
        paths.collect::<Vec<_>>(),
        ["crate::a", "crate::a::B", "crate::d", "super::super::e"]
    );
    assert_eq!(names.collect::<Vec<_>>(), ["a", "C", "d", "e"]);
    assert!(!rest.contains("crate"), "{rest}");
}

#[test]
fn every_room_is_in_the_table() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/architecture.md");
    let page = fs::read_to_string(page).unwrap();
    let missing: Vec<String> = known(&EDGES)
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
