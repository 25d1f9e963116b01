//! Which file of `src` names which, from its imports and its paths; what is passed on by `pub use` counts for
//! the file that defines it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A module by its names from the crate on.
pub type Module = Vec<String>;

/// The files of a folder and of those below it.
pub fn files(folder: &Path) -> Vec<PathBuf> {
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

/// The code of a file without texts, comments, the tests at its end, and who may see what.
pub fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    let mut code = String::new();
    for line in text.lines() {
        let mut rest = line;
        while let Some(at) = rest.find(['"', '/']) {
            code.push_str(&rest[..at]);
            rest = &rest[at..];
            if rest.starts_with("//") {
                rest = "";
            } else if let Some(end) = rest.strip_prefix('"').and_then(|text| text.find('"')) {
                rest = &rest[end + 2..];
            } else {
                code.push(' ');
                rest = &rest[1..];
            }
        }
        code.push_str(rest);
        code.push('\n');
    }
    let mut parts = code.split("pub(in ");
    let first = parts.next().unwrap_or_default().to_string();
    let seen = |part: &str| {
        part.split_once(')')
            .map_or(String::new(), |x| x.1.to_string())
    };
    parts.fold(first, |code, part| code + "pub" + &seen(part))
}

/// A name that a file imports, the path that it stands for, and whether it is passed on.
pub struct Import {
    pub name: String,
    pub path: Module,
    public: bool,
}

/// The paths of an import, a group's one after another.
fn leaves(tree: &str, before: &[String], all: &mut Vec<(Module, String)>) {
    let names = |text: &str| -> Module {
        let names = text.split("::").map(|name| name.trim().to_string());
        names.filter(|name| !name.is_empty()).collect()
    };
    if tree.trim().is_empty() {
        return;
    }
    if let Some((head, group)) = tree.split_once('{') {
        let before = [before, &names(head)].concat();
        let group = group.rsplit_once('}').map_or(group, |x| x.0);
        let (mut depth, mut start) = (0, 0);
        for (at, c) in group.char_indices().chain([(group.len(), ',')]) {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 0 => {
                    leaves(&group[start..at], &before, all);
                    start = at + 1;
                }
                _ => {}
            }
        }
        return;
    }
    let (path, own) = tree.split_once(" as ").unwrap_or((tree, ""));
    let mut path = [before, &names(path)].concat();
    if path.last().is_some_and(|last| last == "self") {
        path.pop();
    }
    if let Some(last) = path.last() {
        let name = if own.trim().is_empty() {
            last
        } else {
            own.trim()
        };
        all.push((path.clone(), name.to_string()));
    }
}

/// The imports of some code, and the code without them.
pub fn imports(code: &str) -> (Vec<Import>, String) {
    let (mut all, mut rest, mut open) = (Vec::new(), String::new(), None::<(String, bool)>);
    for line in code.lines() {
        if let Some((tree, _)) = &mut open {
            tree.push_str(line);
        } else {
            let bare = line.trim_start();
            let seen = bare.starts_with("pub");
            let bare = if seen {
                bare.split_once(' ').map_or("", |x| x.1)
            } else {
                bare
            };
            let bare = bare
                .trim_start_matches("(crate) ")
                .trim_start_matches("(super) ");
            match bare.strip_prefix("use ") {
                Some(tree) => open = Some((tree.to_string(), seen)),
                None => rest = rest + line + "\n",
            }
        }
        if let Some((tree, public)) = open.take_if(|(tree, _)| tree.contains(';')) {
            let mut paths = Vec::new();
            leaves(tree.split(';').next().unwrap_or_default(), &[], &mut paths);
            let import = |(path, name)| Import { name, path, public };
            all.extend(paths.into_iter().map(import));
        }
    }
    (all, rest)
}

/// All files of the library, and what each imports.
pub struct Graph {
    imports: BTreeMap<Module, Vec<Import>>,
    bodies: BTreeMap<Module, String>,
}

impl Graph {
    /// Of the files below a folder, which stands for the crate.
    pub fn of(src: &Path) -> Graph {
        let mut graph = Graph {
            imports: BTreeMap::new(),
            bodies: BTreeMap::new(),
        };
        for path in files(src) {
            let inside = path.strip_prefix(src).unwrap().with_extension("");
            let module: Module = inside.iter().map(|x| x.to_str().unwrap().into()).collect();
            let is_test = |name: &String| {
                name == "tests" || name.starts_with("test_") || name.ends_with("_tests")
            };
            if path.extension().is_none_or(|x| x != "rs") || module.iter().any(is_test) {
                continue;
            }
            let module = if module == ["lib"] {
                Vec::new()
            } else {
                module
            };
            let (imports, body) = imports(&code(&fs::read_to_string(&path).unwrap()));
            graph.imports.insert(module.clone(), imports);
            graph.bodies.insert(module, body);
        }
        graph
    }

    /// A path from the crate on, as a file writes it; `None` for what is not of this crate.
    fn absolute(&self, file: &Module, path: &[String]) -> Option<Module> {
        let mut base = file.clone();
        match path.first()?.as_str() {
            "crate" => return Some(path[1..].to_vec()),
            "self" => return Some([&base, &path[1..]].concat()),
            "super" => {
                let ups = path.iter().take_while(|x| *x == "super").count();
                base.truncate(base.len().checked_sub(ups)?);
                return Some([&base, &path[ups..]].concat());
            }
            _ => {}
        }
        base.push(path[0].clone());
        let is_child = self.imports.contains_key(&base);
        is_child.then(|| [&base, &path[1..]].concat())
    }

    /// The file that defines what a path leads to.
    fn defining(&self, path: &[String], depth: usize) -> Option<Module> {
        let known = (0..=path.len())
            .rev()
            .find(|&n| self.imports.contains_key(&path[..n]))?;
        let file = path[..known].to_vec();
        let passed = path.get(known).and_then(|name| {
            let mut own = self.imports[&file].iter();
            own.find(|import| import.name == *name && depth < 12)
        });
        match passed {
            None => Some(file),
            Some(import) => match self.absolute(&file, &import.path) {
                Some(on) if on != path => {
                    self.defining(&[&on, &path[known + 1..]].concat(), depth + 1)
                }
                _ => Some(file),
            },
        }
    }

    /// The paths that a file names outside its imports.
    fn named(&self, file: &Module) -> Vec<Module> {
        let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
        let paths = self.bodies[file].split(|c: char| !is_part(c));
        // what a type or a variant stands before is named where the type is imported
        let is_module = |c: char| c.is_ascii_lowercase() || c == '_';
        let paths = paths.filter(|path| path.contains("::") && path.starts_with(is_module));
        let names = |path: &str| -> Module { path.split("::").map(String::from).collect() };
        paths
            .filter_map(|path| {
                let path = names(path.trim_start_matches("::").trim_end_matches(':'));
                let import = self.imports[file]
                    .iter()
                    .find(|import| import.name == path[0]);
                let whole = match import {
                    Some(import) => [&import.path, &path[1..]].concat(),
                    None => path,
                };
                self.absolute(file, &whole)
            })
            .collect()
    }

    /// Which files a file knows. What a file passes on of its own children does not count.
    fn known_to(&self, file: &Module) -> BTreeSet<Module> {
        let of_import = |import: &Import| {
            let defining = self.defining(&self.absolute(file, &import.path)?, 0)?;
            let facade = import.public && defining.starts_with(file);
            (!facade).then_some(defining)
        };
        let imported = self.imports[file].iter().filter_map(of_import);
        let named = self.named(file).into_iter();
        let named = named.filter_map(|path| self.defining(&path, 0));
        imported
            .chain(named)
            .filter(|known| known != file)
            .collect()
    }

    /// Which files each file knows.
    pub fn edges(&self) -> BTreeMap<Module, BTreeSet<Module>> {
        let files = self.imports.keys();
        files
            .map(|file| (file.clone(), self.known_to(file)))
            .collect()
    }
}

/// The circles: files of which each leads to each other.
pub fn circles(edges: &BTreeMap<Module, BTreeSet<Module>>) -> BTreeSet<Vec<String>> {
    let files: Vec<&Module> = edges.keys().collect();
    let number = |file: &Module| files.binary_search(&file).unwrap();
    let known = |known: &BTreeSet<Module>| known.iter().map(number).collect();
    let next: Vec<Vec<usize>> = edges.values().map(known).collect();
    let reached: Vec<Vec<bool>> = (0..files.len()).map(|file| reached(file, &next)).collect();
    let circle = |file: usize| {
        let both = (0..files.len()).filter(|&other| reached[file][other] && reached[other][file]);
        both.map(|other| files[other].join("::"))
            .collect::<Vec<_>>()
    };
    let circles = (0..files.len()).map(circle);
    circles.filter(|circle| circle.len() > 1).collect()
}

/// Which files a file leads to.
fn reached(from: usize, next: &[Vec<usize>]) -> Vec<bool> {
    let mut reached = vec![false; next.len()];
    let mut left = next[from].clone();
    while let Some(file) = left.pop() {
        if !std::mem::replace(&mut reached[file], true) {
            left.extend(&next[file]);
        }
    }
    reached
}
