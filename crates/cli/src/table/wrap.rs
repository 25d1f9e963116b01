//! Lines that fit a terminal.

use unicode_width::UnicodeWidthChar;

/// The columns that a text takes; colors take none.
pub fn width(text: &str) -> usize {
    let (mut columns, mut escape) = (0, false);
    for c in text.chars() {
        match (escape, c) {
            (true, 'm') => escape = false,
            (true, _) => {}
            (false, '\u{1b}') => escape = true,
            (false, c) => columns += c.width().unwrap_or(0),
        }
    }
    columns
}

/// The text with lines of at most so many columns, broken between words; a line that goes on is
/// indented by two. A rule ends where the terminal does.
pub fn wrapped(text: &str, columns: usize) -> String {
    let mut lines = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let said = line.trim_end_matches('\n');
        if width(said) <= columns {
            lines.push_str(line);
        } else if said.chars().all(|c| c == '─') {
            lines.push_str(&"─".repeat(columns));
            lines.push('\n');
        } else {
            lines.push_str(&broken(line, columns));
        }
    }
    lines
}

fn broken(line: &str, columns: usize) -> String {
    let (mut text, mut filled) = (String::new(), 0);
    for (i, word) in line.trim_end_matches('\n').split(' ').enumerate() {
        let room = width(word) + usize::from(i > 0);
        if i > 0 && filled + room > columns && !text.trim().is_empty() {
            text.truncate(text.trim_end().len());
            text.push_str("\n  ");
            filled = 2;
        } else if i > 0 {
            text.push(' ');
            filled += 1;
        }
        text.push_str(word);
        filled += width(word);
    }
    text + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_broken_between_words() {
        let text = "one two three four\n ok\n\n\u{1b}[1mbold\u{1b}[0m words here\n";
        let expected = "one two\n  three\n  four\n ok\n\n\u{1b}[1mbold\u{1b}[0m\n  words\n  here\n";
        assert_eq!(wrapped(text, 9), expected);
        assert_eq!(wrapped(text, 80), text);
        assert_eq!(
            wrapped("name  what\n──────────\n", 8),
            "name\n  what\n────────\n"
        );
    }
}
