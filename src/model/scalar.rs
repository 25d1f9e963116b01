//! Names, texts and numbers as YAML scalars.

use std::fmt;

/// A name: plain where that is safe, quoted otherwise.
pub(crate) struct Name<'a>(pub &'a str);

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.0;
        let inner = |c: char| c.is_alphanumeric() || "_-+.".contains(c);
        let first = |c: char| c.is_alphanumeric() || c == '_';
        // `null` would be a cell without a state in `layout`
        if name.starts_with(first) && name.chars().all(inner) && name != "null" {
            f.write_str(name)
        } else {
            quoted(name, f)
        }
    }
}

/// A text for people: plain where that is safe, quoted otherwise.
pub(crate) struct Text<'a>(pub &'a str);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0;
        let first = |c: char| c.is_alphanumeric();
        let inner = |c: char| c.is_alphanumeric() || " _-+.,()'/&;=".contains(c);
        if text.starts_with(first) && text.chars().all(inner) && !text.ends_with(' ') {
            f.write_str(text)
        } else {
            quoted(text, f)
        }
    }
}

/// In double quotes, everything but plain characters escaped.
fn quoted(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str("\"")?;
    for c in text.chars() {
        match c {
            '"' | '\\' => write!(f, "\\{c}")?,
            ' '..='~' => write!(f, "{c}")?,
            _ if c.is_alphanumeric() => write!(f, "{c}")?,
            _ => write!(f, "\\U{:08X}", u32::from(c))?,
        }
    }
    f.write_str("\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted_where_yaml_would_read_something_else() {
        for (name, written) in [
            ("cold", "cold"),
            ("a-b.c_1", "a-b.c_1"),
            ("é", "é"),
            ("1/2", "\"1/2\""),
            ("-x", "\"-x\""),
            ("a: b", "\"a: b\""),
            ("say \"no\"", "\"say \\\"no\\\"\""),
            ("null", "\"null\""),
            ("☃", "\"\\U00002603\""),
        ] {
            assert_eq!(Name(name).to_string(), written);
        }
    }
}
