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
    let written: String = reference.chars().map(|c| template.letter(c)).collect();
    text.replace("REFERENCE_FILE", &written)
}

impl Template {
    /// A letter between double quotes of the language: itself, unless it would end the text, cannot be
    /// seen, or turns the direction of what follows.
    fn letter(self, c: char) -> String {
        let turns = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        match c {
            '"' | '\\' => format!("\\{c}"),
            c if !c.is_control() && !turns => c.to_string(),
            c => match self {
                Template::Pytest => format!("\\u{:04x}", u32::from(c)),
                Template::Cargo => format!("\\u{{{:x}}}", u32::from(c)),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_are_texts_of_the_language() {
        let name = "é\"\\\u{1b}\u{202e}😀.json";
        let python = test_file(Template::Pytest, name);
        assert!(python.contains(r#""é\"\\\u001b\u202e😀.json""#), "{python}");
        let rust = test_file(Template::Cargo, name);
        assert!(rust.contains(r#""é\"\\\u{1b}\u{202e}😀.json""#), "{rust}");
    }
}
