//! A fast lane for long lists of rows.
//!
//! A file of fifty megabytes is a few lines about the model and a million rows
//! `- [state, action, next state, probability, reward]`. Where all of them are of the plainest kind
//! they are cut from the text without a parser, and the document is read without them. The lane makes
//! the model that the document would make, or nothing: at the first thing that it does not know, and
//! at any fault, the file is read again as a whole, with its messages.

use miette::SourceSpan;

use crate::model::entries::{Entries, Entry, Lacking};
use crate::model::errors::Problems;
use crate::model::names::Index;
use crate::model::table::{self, Ends, Table};
use crate::number::Number;

/// The key above the rows, at the begin of a line.
const KEY: &str = "transitions:";

/// What stands in place of the rows in the document without them.
const NONE: &str = " []";

/// The rows of a text, cut out.
pub(crate) struct Rows<'t> {
    rows: &'t str,
    /// What stands before each dash.
    indent: usize,
    /// How many there are.
    count: usize,
    /// The text with an empty list in their place.
    pub rest: String,
    /// Where the key stands in it.
    pub key: usize,
}

impl<'t> Rows<'t> {
    /// The rows of a text that has many and may be read without them.
    pub(crate) fn find(text: &'t str) -> Option<Rows<'t>> {
        if u32::try_from(text.len()).is_err() {
            return None;
        }
        let key = if text.starts_with(KEY) {
            0
        } else {
            text.find("\ntransitions:")? + 1
        };
        let after = &text[key + KEY.len()..];
        let begin = after.find('\n')? + 1;
        if !after[..begin]
            .trim_end_matches(['\r', '\n'])
            .bytes()
            .all(|b| b == b' ')
        {
            return None;
        }
        let rows = &after[begin..];
        let indent = rows.bytes().take_while(|b| *b == b' ').count();
        let bytes = rows.as_bytes();
        let (mut end, mut count) = (0, 0);
        while is_row(&bytes[end..], indent) {
            count += 1;
            end = match bytes[end..].iter().position(|b| *b == b'\n') {
                Some(at) => end + at + 1,
                None => bytes.len(),
            };
        }
        if count == 0 {
            return None;
        }
        let (rows, tail) = rows.split_at(end);
        if !tail.is_empty()
            && !tail.starts_with(|c: char| c.is_ascii_alphabetic() || "#\r\n".contains(c))
        {
            return None;
        }
        let head = &text[..key + KEY.len()];
        Some(Rows {
            rows,
            indent,
            count,
            rest: [head, NONE, "\n", tail].concat(),
            key,
        })
    }

    /// At most as many nodes as the rows have in a document.
    pub(crate) fn nodes(&self) -> usize {
        5 * self.count
    }

    /// The table of the rows; `None` if some are none that this lane knows, or wrong.
    pub(crate) fn table(
        &self,
        states: &Index<'_>,
        actions: &Index<'_>,
        terminal: &[bool],
        problems: &mut Problems,
    ) -> Option<Table> {
        let key = SourceSpan::from((0, 0));
        let ends = Ends {
            terminal,
            incomplete: false,
            mend: Lacking::Model.help(),
            key,
        };
        let mut table = table::Rows::new(states, actions, false);
        // a row may be wrong because its pair comes again
        let mut found = Problems::allowing_as(problems);
        let (mut row, mut is_in_order) = (Vec::<Entry>::new(), true);
        let is_read = self.each(states, actions, terminal, |entry| {
            if let Some(last) = row.last()
                && last.pair() != entry.pair()
            {
                is_in_order = last.pair() < entry.pair();
                table.push(&mut row, &mut found);
                row.clear();
            }
            row.push(entry);
            is_in_order &= found.is_empty();
            is_in_order
        });
        if is_read.is_some() {
            table.push(&mut row, &mut found);
            if found.is_empty() {
                return table.finish(&ends, problems);
            }
        } else if is_in_order {
            return None;
        }
        drop(table);
        let mut list = Vec::with_capacity(self.count);
        self.each(states, actions, terminal, |entry| {
            list.push(entry);
            true
        })?;
        list.sort_by_key(Entry::pair);
        let entries = Entries {
            list,
            ..Entries::default()
        };
        table::table(states, actions, terminal, entries, key, problems)
    }

    /// Reads one row after the other, until one is not taken or cannot be read.
    fn each(
        &self,
        states: &Index<'_>,
        actions: &Index<'_>,
        terminal: &[bool],
        mut take: impl FnMut(Entry) -> bool,
    ) -> Option<()> {
        let mut cells = Cells {
            text: self.rows,
            at: 0,
        };
        let mut state = Last::of(states);
        let (mut action, mut next) = (Last::of(actions), Last::of(states));
        while cells.at < self.rows.len() {
            cells.at += self.indent + "- [".len();
            let (state, action) = (state.find(cells.next()?)?, action.find(cells.next()?)?);
            let next = next.find(cells.next()?)?;
            let probability: Number = cells.next()?.parse().ok()?;
            let reward = if cells.is_end() {
                Number::ZERO
            } else {
                cells.next()?.parse().ok()?
            };
            cells.end_row()?;
            if probability.is_negative() || terminal[state as usize] {
                return None;
            }
            let entry = Entry {
                state,
                action,
                next,
                probability: Some(probability),
                reward,
                at: (0, 0),
            };
            take(entry).then_some(())?;
        }
        Some(())
    }
}

/// Whether a line begins with a dash and a bracket behind so many blanks.
fn is_row(line: &[u8], indent: usize) -> bool {
    line.len() > indent
        && line[indent..].starts_with(b"- [")
        && line[..indent].iter().all(|b| *b == b' ')
}

/// A name is often the one before.
struct Last<'i, 'd, 't> {
    names: &'i Index<'d>,
    last: Option<(&'t str, u32)>,
}

impl<'i, 'd, 't> Last<'i, 'd, 't> {
    fn of(names: &'i Index<'d>) -> Self {
        Last { names, last: None }
    }

    fn find(&mut self, name: &'t str) -> Option<u32> {
        if let Some((same, position)) = self.last
            && same == name
        {
            return Some(position);
        }
        let position = self.names.get(name)?;
        self.last = Some((name, position));
        Some(position)
    }
}

/// Cells between brackets.
struct Cells<'t> {
    text: &'t str,
    at: usize,
}

/// What a plain cell may be made of: no sign that means something to YAML, and no more of the others
/// than names are made of.
const PLAIN: [bool; 256] = {
    let mut plain = [false; 256];
    let letters = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_.+-/() ";
    let mut i = 0;
    while i < letters.len() {
        plain[letters[i] as usize] = true;
        i += 1;
    }
    plain
};

impl<'t> Cells<'t> {
    fn byte(&self) -> u8 {
        self.text.as_bytes().get(self.at).copied().unwrap_or(0)
    }

    fn skip_blanks(&mut self) {
        while self.byte() == b' ' {
            self.at += 1;
        }
    }

    /// The next cell and the comma behind it; `None` at the bracket, or where it is of another kind.
    fn next(&mut self) -> Option<&'t str> {
        self.skip_blanks();
        let cell = match self.byte() {
            quote @ (b'"' | b'\'') => self.quoted(quote)?,
            _ => self.plain()?,
        };
        match self.byte() {
            b',' => self.at += 1,
            b']' => {}
            _ => return None,
        }
        Some(cell)
    }

    fn plain(&mut self) -> Option<&'t str> {
        let begin = self.at;
        while PLAIN[usize::from(self.byte())] {
            self.at += 1;
        }
        let cell = self.text[begin..self.at].trim_end_matches(' ');
        let is_safe = match cell.as_bytes() {
            [b'-', second, ..] => second.is_ascii_digit() || *second == b'.',
            [first, ..] => {
                first.is_ascii_alphanumeric() || matches!(first, b'_' | b'.' | b'+' | b'(')
            }
            [] => false,
        };
        is_safe.then_some(cell)
    }

    fn quoted(&mut self, quote: u8) -> Option<&'t str> {
        let begin = self.at + 1;
        self.at = begin;
        while self.byte() != quote {
            if !(0x20..0x7f).contains(&self.byte()) || self.byte() == b'\\' {
                return None;
            }
            self.at += 1;
        }
        let cell = &self.text[begin..self.at];
        self.at += 1;
        self.skip_blanks();
        Some(cell)
    }

    /// Whether no cell is left.
    fn is_end(&mut self) -> bool {
        self.skip_blanks();
        self.byte() == b']'
    }

    /// The bracket and the end of the line.
    fn end_row(&mut self) -> Option<()> {
        self.is_end().then_some(())?;
        self.at += 1;
        self.skip_blanks();
        if self.byte() == b'\r' {
            self.at += 1;
        }
        let is_end = self.byte() == b'\n' || self.at == self.text.len();
        self.at += 1;
        is_end.then_some(())
    }
}

#[cfg(test)]
mod tests {
    use crate::model::{Model, Overrides};
    use crate::yaml::check::{fully, quickly};

    /// Numbers one after the other.
    struct Random(u64);

    impl Random {
        fn below(&mut self, n: usize) -> usize {
            self.0 = self
                .0
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (self.0 >> 33) as usize % n
        }

        fn of<'x>(&mut self, list: &[&'x str]) -> &'x str {
            list[self.below(list.len())]
        }
    }

    /// A valid file of rows, its words and places chosen at random.
    fn rows(random: &mut Random) -> String {
        let states = random.of(&["3", "[a, b, c]", "['0,0', \"x y\", end]", "[a b, -1, (2)]"]);
        let names: Vec<String> = match states {
            "3" => ["0", "1", "2"].map(String::from).to_vec(),
            "[a, b, c]" => ["a", "b", "c"].map(String::from).to_vec(),
            "[a b, -1, (2)]" => ["a b", "-1", "\"(2)\""].map(String::from).to_vec(),
            _ => ["'0,0'", "x y", "\"end\""].map(String::from).to_vec(),
        };
        let indent = random.of(&["", "  "]);
        let shares = [
            ["1", "0", "0"],
            ["0.5", "1/2", "0"],
            ["1e-1", "0.30", "0.6"],
        ];
        let mut rows = Vec::new();
        for s in &names {
            for a in 0..2 {
                let share = shares[random.below(3)];
                for (next, p) in names.iter().zip(share) {
                    let reward = random.of(&["", ", 1", ", -0.25 ", ", 2e3", ", 1/3"]);
                    rows.push(format!("{indent}- [{s}, {a},{next}, {p}{reward}]\n"));
                }
            }
        }
        for _ in 0..random.below(2) * random.below(4) {
            let (i, j) = (random.below(rows.len()), random.below(rows.len()));
            rows.swap(i, j);
        }
        let head = format!(
            "discount: 0.9\nstates: {states}\nactions: 2\ninitial: {}\n",
            names[0]
        );
        let tail = random.of(&["", "name: x\n", "\n# end\nname: 'y'\n"]);
        format!("{head}transitions:\n{}{tail}", rows.concat())
    }

    /// The same for Gymnasium.
    fn dictionary(random: &mut Random) -> String {
        let count = 2 + random.below(4);
        let mut states = Vec::new();
        for s in 0..count {
            let mut actions = Vec::new();
            for a in 0..2 {
                let p = random.of(&[
                    "[1.0, N, 0.0, E]",
                    "[0.5, N, 1, E], [0.5, N, -1e-3, E]",
                    "[1, N.0, 0, E]",
                ]);
                let mut p = p.to_string();
                while p.contains('N') {
                    p = p.replacen('N', &random.below(count).to_string(), 1);
                    p = p.replacen('E', random.of(&["true", "false", "false", "0", "1"]), 1);
                }
                actions.push(format!("\"{a}\": [{p}]"));
            }
            states.push(format!("\"{s}\": {{{}}}", actions.join(", ")));
        }
        let blank = random.of(&["", " ", "\n "]);
        let dictionary = format!("{{{}}}", states.join(&format!(",{blank}")));
        match random.below(3) {
            0 => dictionary,
            1 => format!("{{\"discount\": 0.9, \"initial\": \"0\", \"P\": {dictionary}}}"),
            _ => format!(
                "{{\"P\":{blank}{dictionary}, \"actions\": [\"l\", \"r\"], \"name\": \"n\"}}"
            ),
        }
    }

    /// Pieces that mean something to YAML.
    const PIECES: [&str; 34] = [
        "#",
        " #",
        "- ",
        "- [",
        "]",
        "[",
        "{",
        "}",
        ",",
        ":",
        ": ",
        "\n",
        "\n\n",
        "\r",
        "\t",
        "'",
        "\"",
        "\\",
        "&a ",
        "*a",
        "!",
        "|",
        ">",
        "?",
        "-",
        ".",
        "0",
        "-1",
        "NaN",
        "é",
        "---\n",
        "  ",
        "transitions:\n",
        "true",
    ];

    fn changed(random: &mut Random, text: &str) -> String {
        let mut text = text.to_string();
        for _ in 0..1 + random.below(2) {
            let places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
            let at = places[random.below(places.len())];
            match random.below(3) {
                0 => text.insert_str(at, random.of(&PIECES)),
                1 => drop(text.remove(at)),
                _ => {
                    let lines: Vec<&str> = text.split_inclusive('\n').collect();
                    let (from, to) = (random.below(lines.len()), random.below(lines.len() + 1));
                    let mut lines = lines.clone();
                    let line = lines.remove(from);
                    lines.insert(to.min(lines.len()), line);
                    text = lines.concat();
                }
            }
            if text.is_empty() {
                break;
            }
        }
        text
    }

    fn same(text: &str) -> bool {
        let overrides = Overrides {
            discount: Some("1/2".parse().unwrap()),
            initial: text.starts_with('{').then(|| "uniform".to_string()),
            ..Overrides::default()
        };
        let quick: Option<Model> = quickly("m".into(), text, &overrides);
        if let Some(quick) = &quick {
            let full = fully("m".into(), text, &overrides);
            assert_eq!(full.as_ref().ok(), Some(quick), "{text}");
        }
        quick.is_some()
    }

    /// Both lanes agree on valid files, which all go by the fast one, and on what is left of them after
    /// changes that mean something to YAML.
    #[test]
    fn the_fast_lane_makes_the_same_model_or_none() {
        let mut random = Random(7);
        let mut quick = [0, 0];
        for round in 0..1_000 {
            let text = match round % 2 {
                0 => rows(&mut random),
                _ => dictionary(&mut random),
            };
            let overrides = Overrides {
                initial: text.starts_with('{').then(|| "uniform".to_string()),
                discount: Some("1/2".parse().unwrap()),
                ..Overrides::default()
            };
            let is_valid = fully("m".into(), &text, &overrides).is_ok();
            assert_eq!(same(&text), is_valid, "{text}");
            quick[0] += usize::from(is_valid);
            for _ in 0..6 {
                quick[1] += usize::from(same(&changed(&mut random, &text)));
            }
        }
        assert!(quick[0] > 500 && quick[1] > 300, "{quick:?}");
    }
}
