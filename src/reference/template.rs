//! Ready test files that load a reference and compare it with what their reader computes.

/// The kind of a test file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Template {
    /// Python, for pytest or by itself; the standard library suffices.
    Pytest,
    /// Rust, for the `tests` folder of a crate with `serde_json`.
    Cargo,
}

impl Template {
    /// The test file's name beside a reference `stem.json`.
    pub fn file_name(self, stem: &str) -> String {
        let word = |c: char| if c.is_alphanumeric() { c } else { '_' };
        let stem: String = stem.chars().map(word).collect();
        match self {
            Template::Pytest => format!("test_{stem}.py"),
            Template::Cargo => format!("{stem}_reference.rs"),
        }
    }
}

/// The text of a test that reads the reference of this file name from its own folder.
pub fn test_file(template: Template, reference: &str) -> String {
    let text = match template {
        Template::Pytest => include_str!("template/pytest.py"),
        Template::Cargo => include_str!("template/cargo.rs"),
    };
    text.replace("REFERENCE_FILE", &reference.escape_default().to_string())
}
