//! Where in the theory a text points to: `theory, 5.1 (5.34)` is section 5.1, mark 5.34.

/// A place in docs/theory.md.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place<'a> {
    /// A section or an appendix: `5`, `5.1`, `A`.
    Section(&'a str),
    /// A statement that was verified, by its number: `5.34`.
    Mark(&'a str),
}

impl Place<'_> {
    /// The anchor in docs/theory.md, without `#`.
    pub fn anchor(self) -> String {
        match self {
            Place::Section(number) => number.to_uppercase(),
            Place::Mark(number) => format!("m{number}"),
        }
    }
}

/// The text that follows the word *theory*, as far as it may be numbers.
#[derive(Clone, Copy, Debug)]
pub struct Citation<'a>(&'a str);

/// Words that may stand among the numbers.
const BETWEEN: [&str; 8] = [
    "section", "sections", "appendix", "mark", "marks", "and", "to", "–",
];

impl<'a> Citation<'a> {
    /// All citations of a text, in their order.
    pub fn all(text: &'a str) -> impl Iterator<Item = Citation<'a>> {
        text.match_indices("heory").filter_map(move |(at, word)| {
            let before = text[..at].chars().next_back()?;
            let rest = &text[at + word.len()..];
            let parted = rest.starts_with([',', ' ']);
            (matches!(before, 't' | 'T') && parted).then_some(Citation(rest))
        })
    }

    /// What it points to: the numbers, those in brackets being marks, up to the first other word.
    pub fn places(self) -> Vec<Place<'a>> {
        let mut places = Vec::new();
        let (mut in_brackets, mut appendix) = (false, false);
        for word in self.0.split([' ', ',']) {
            in_brackets |= word.starts_with('(');
            let bare = word.trim_matches(['(', ')', '.', ':', ';', '`']);
            for number in bare.split('–').filter(|part| !part.is_empty()) {
                let lower = number.to_lowercase();
                if BETWEEN.contains(&lower.as_str()) {
                    appendix = lower == "appendix";
                } else if is_number(number) || (appendix && is_letter(number)) {
                    places.push(if in_brackets {
                        Place::Mark(number)
                    } else {
                        Place::Section(number)
                    });
                } else {
                    return places;
                }
            }
            // the sentence or the bracket around the citation ends here
            let closed = word.contains(')') && !in_brackets;
            if closed || word.ends_with(['.', ';', ':']) {
                return places;
            }
            in_brackets &= !word.contains(')');
        }
        places
    }
}

/// `5`, `5.1`, `4.7b`.
fn is_number(word: &str) -> bool {
    let digits = word.trim_end_matches(['a', 'b', 'c']);
    let mut parts = digits.split('.');
    let whole = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    parts.by_ref().take(2).all(whole) && parts.next().is_none()
}

/// The name of an appendix.
fn is_letter(word: &str) -> bool {
    matches!(word, "A" | "B" | "C" | "D")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(text: &str) -> Vec<Place<'_>> {
        Citation::all(text).flat_map(Citation::places).collect()
    }

    #[test]
    fn sections_stand_before_brackets_and_marks_in_them() {
        use Place::{Mark, Section};
        let cases: [(&str, &[Place]); 8] = [
            ("theory, 5.1 (5.34)", &[Section("5.1"), Mark("5.34")]),
            (
                "(theory, 2.2, 5.1). The 3 others",
                &[Section("2.2"), Section("5.1")],
            ),
            (
                "theory, section 1 and 2.3 (1.3, 2.4)",
                &[Section("1"), Section("2.3"), Mark("1.3"), Mark("2.4")],
            ),
            (
                "theory, 2.4 (2.11–2.13)",
                &[Section("2.4"), Mark("2.11"), Mark("2.13")],
            ),
            ("theory, section 8; Higham 2002", &[Section("8")]),
            ("theory, appendix C: two states", &[Section("C")]),
            (
                "theory, 4.3 (4.7b, 4.7c)",
                &[Section("4.3"), Mark("4.7b"), Mark("4.7c")],
            ),
            ("the theory under its policy", &[]),
        ];
        for (text, expected) in cases {
            assert_eq!(places(text), expected, "{text}");
        }
    }
}
