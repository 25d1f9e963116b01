//! Ready test files that load a reference and compare it with what their reader computes.

use crate::model::turns;

/// The kind of a test file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Template {
    /// Python, for pytest or by itself; the standard library suffices.
    Pytest,
    /// Rust, for the `tests` folder of a crate with `serde_json`.
    Cargo,
}

/// A file that is written beside a reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beside {
    /// Its name, from the folder of the reference on.
    pub name: String,
    /// What stands in it.
    pub text: String,
}

impl Template {
    /// The test of the reference `stem.json`, which reads it from its own folder.
    pub fn test(self, stem: &str) -> Beside {
        let text = match self {
            Template::Pytest => include_str!("template/pytest.py"),
            Template::Cargo => include_str!("template/cargo.rs"),
        };
        let written: String = stem.chars().map(|c| self.letter(c)).collect();
        let text = text.replace("REFERENCE_FILE", &format!("{written}.json"));
        let word = word(stem);
        Beside {
            name: match self {
                Template::Pytest => format!("test_{word}.py"),
                Template::Cargo => format!("{word}_reference.rs"),
            },
            text: text.replace("MINE_FILE", &self.function(stem).name),
        }
    }

    /// The function that the test asks, for its reader to fill in: a file of theirs, never written over.
    /// Of a crate it stands in a folder, since each file of `tests` is a program.
    pub fn function(self, stem: &str) -> Beside {
        let word = word(stem);
        let (name, text) = match self {
            Template::Pytest => (format!("mine_{word}.py"), include_str!("template/mine.py")),
            Template::Cargo => (
                format!("{word}_mine/mod.rs"),
                include_str!("template/mine.rs"),
            ),
        };
        Beside {
            name,
            text: text.into(),
        }
    }
}

/// A name that both languages take.
fn word(stem: &str) -> String {
    let letter = |c: char| if c.is_alphanumeric() { c } else { '_' };
    stem.chars().map(letter).collect()
}

impl Template {
    /// A letter between double quotes of the language: itself, unless it would end the text, cannot be
    /// seen, or turns the direction of what follows.
    fn letter(self, c: char) -> String {
        match c {
            '"' | '\\' => format!("\\{c}"),
            c if !c.is_control() && !turns(c) => c.to_string(),
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
        let stem = "é\"\\\u{1b}\u{202e}😀";
        let python = Template::Pytest.test(stem).text;
        assert!(python.contains(r#""é\"\\\u001b\u202e😀.json""#), "{python}");
        let rust = Template::Cargo.test(stem).text;
        assert!(rust.contains(r#""é\"\\\u{1b}\u{202e}😀.json""#), "{rust}");
    }

    #[test]
    fn tests_name_the_file_that_is_filled_in() {
        let named = |template: Template| {
            let function = template.function("my ref");
            assert!(
                template
                    .test("my ref")
                    .text
                    .contains(&format!("\"{}\"", function.name))
            );
            assert!(function.text.contains("mine("));
            function.name
        };
        assert_eq!(named(Template::Pytest), "mine_my_ref.py");
        assert_eq!(named(Template::Cargo), "my_ref_mine/mod.rs");
    }
}
