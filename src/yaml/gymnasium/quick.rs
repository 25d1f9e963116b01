//! A fast lane for large `P`s in JSON.
//!
//! A `P` of fifty megabytes as Python's `json` writes it is read in two passes over its text: the first
//! counts the states and finds which end, the second makes the rows. States are `"0"`, `"1"`, … in this order, the
//! actions of each increase. The lane makes the model that the document would make, or nothing: at the
//! first thing that it does not know, and at any fault, the file is read again as a whole.

use miette::SourceSpan;

use super::Ending;
use crate::mdp::Names;
use crate::model::entries::{Entry, Lacking};
use crate::model::error::NameOf;
use crate::model::errors::Problems;
use crate::model::names::Index;
use crate::model::table::{Ends, PairTable, Rows};
use crate::number::Number;
use crate::yaml::document::Node;

/// A `P`, cut out.
pub(crate) struct Dictionary<'t> {
    /// From its brace to its brace.
    text: &'t str,
    /// What stands in the file beside it, with an empty `P` in its place.
    pub rest: String,
}

/// One outcome as written.
struct Written<'t> {
    state: u32,
    action: u32,
    next: u32,
    probability: &'t str,
    reward: &'t str,
    terminated: bool,
}

impl Written<'_> {
    /// Whether its probability is 0: of all texts of numbers the digits of 0 alone have no other digit before an exponent.
    fn is_never(&self) -> bool {
        let digits = self.probability.split(['e', 'E']).next().unwrap_or("");
        !digits.contains(|c: char| c.is_ascii_digit() && c != '0')
    }
}

/// What the first pass finds.
struct Seen {
    sizes: Sizes,
    ending: Ending,
}

/// How many states and actions there are.
struct Sizes {
    states: u32,
    actions: u32,
}

impl<'t> Dictionary<'t> {
    /// The `P` of a text that begins as JSON.
    pub(crate) fn find(text: &'t str) -> Option<Dictionary<'t>> {
        if u32::try_from(text.len()).is_err() {
            return None;
        }
        let mut json = Json { text, at: 0 };
        json.skip_blanks();
        let top = json.at;
        json.take(b'{')?;
        loop {
            json.skip_blanks();
            let key = json.string()?;
            if key == "0" {
                // the keys of a bare `P` are its states
                let text = &text[top..];
                let rest = "{\"0\": {}}".into();
                return Some(Dictionary { text, rest });
            }
            json.take(b':')?;
            json.skip_blanks();
            let begin = json.at;
            json.skip_value()?;
            if key == "P" {
                let (head, tail) = (&text[..begin], &text[json.at..]);
                return Some(Dictionary {
                    text: &text[begin..json.at],
                    rest: [head, "{}", tail].concat(),
                });
            }
            json.skip_blanks();
            json.take(b',')?;
        }
    }

    /// The table of the `P`, with the names and the start that stand beside it.
    pub(crate) fn table(
        &self,
        names: [Option<Node<'_>>; 2],
        started: Option<Node<'_>>,
        key: SourceSpan,
        problems: &mut Problems,
    ) -> Option<PairTable> {
        let Seen { sizes, ending } = self.seen()?;
        let named = |of, count: u32, listed| {
            let numbers: Vec<String> = (0..count).map(|i| i.to_string()).collect();
            let mut vocabulary = super::Vocabulary::default();
            numbers.iter().for_each(|number| {
                vocabulary.number(number);
            });
            super::named(vocabulary, of, listed, &mut Problems::default())
        };
        let (mut states, _) = named(NameOf::State, sizes.states, names[0])?;
        let (actions, _) = named(NameOf::Action, sizes.actions, names[1])?;
        if states.len() < sizes.states as usize || actions.len() < sizes.actions as usize {
            return None;
        }
        let mut ended = ending.ended(super::starts(started, &states));
        let mut strays = false;
        let table = self.rows(&states, &actions, &ended, key, problems, &mut strays);
        if !strays {
            return table;
        }
        ended.add_end(&mut states);
        self.rows(&states, &actions, &ended, key, problems, &mut strays)
    }

    /// The table; `None` also where an outcome strays for the first time.
    fn rows(
        &self,
        states: &Names,
        actions: &Names,
        ended: &super::Ended,
        key: SourceSpan,
        problems: &mut Problems,
        strays: &mut bool,
    ) -> Option<PairTable> {
        let has_end = *strays;
        let states = Index::of_names(NameOf::State, states);
        let actions = Index::of_names(NameOf::Action, actions);
        let mut table = Rows::new(&states, &actions, false);
        let mut row = Vec::<Entry>::new();
        self.each(|x| {
            let probability: Number = x.probability.parse().ok()?;
            let reward: Number = x.reward.parse().ok()?;
            if probability.is_negative() {
                return None;
            }
            if ended.terminal[x.state as usize] {
                return Some(());
            }
            let is_stray = ended.strays(x.state, x.next, x.terminated);
            let astray = is_stray && !probability.is_zero();
            *strays |= astray;
            (has_end || !astray).then_some(())?;
            let next = if astray { ended.end } else { x.next };
            let pair = (x.state, x.action);
            if row.last().is_some_and(|last| last.pair() != pair) {
                table.push(&mut row, problems);
                row.clear();
            }
            row.push(Entry {
                state: x.state,
                action: x.action,
                next,
                probability: Some(probability),
                reward,
                at: (0, 0),
            });
            problems.is_empty().then_some(())
        })?;
        table.push(&mut row, problems);
        let ends = Ends {
            terminal: &ended.terminal,
            incomplete: false,
            mend: Lacking::Gymnasium,
            key,
        };
        table.finish(&ends, problems)
    }

    /// The states, which are 0, 1, …, the actions, each of which some state has, and what ends.
    fn seen(&self) -> Option<Seen> {
        let (mut states, mut most, mut ending) = (0, 0, Ending::default());
        let length = self.text.len();
        let mut seen: Vec<bool> = Vec::new();
        let counted = self.each(|x| {
            states = states.max(x.state + 1);
            most = most.max(x.next + 1);
            let action = x.action as usize;
            if seen.len() <= action {
                seen.resize(action.min(1 << 16) + 1, false);
            }
            *seen.get_mut(action)? = true;
            // each state has an outcome of its own
            ((x.next as usize) < length).then_some(())?;
            let is_idle = x.state == x.next && x.terminated && {
                let reward: Option<Number> = x.reward.parse().ok();
                reward.is_some_and(|reward| reward.is_zero())
            };
            if !x.is_never() {
                ending.see(x.state as usize, x.next as usize, x.terminated, is_idle);
            }
            Some(())
        });
        let all = counted.is_some() && most <= states && seen.iter().all(|seen| *seen);
        all.then_some(Seen {
            sizes: Sizes {
                states,
                actions: seen.len() as u32,
            },
            ending,
        })
    }

    /// Reads one outcome after the other, until one is not taken or cannot be read.
    fn each(&self, mut take: impl FnMut(Written<'t>) -> Option<()>) -> Option<()> {
        let mut json = Json {
            text: self.text,
            at: 0,
        };
        json.take(b'{')?;
        let mut expected = 0;
        loop {
            json.skip_blanks();
            let state = json.index()?;
            (state == expected).then_some(())?;
            expected += 1;
            json.take(b'{')?;
            let mut least = 0;
            loop {
                json.skip_blanks();
                let action = json.index()?;
                (action >= least).then_some(())?;
                least = action + 1;
                json.take(b'[')?;
                json.outcomes(state, action, &mut take)?;
                if json.is_last(b'}')? {
                    break;
                }
            }
            if json.is_last(b'}')? {
                break;
            }
        }
        json.skip_blanks();
        (json.at == self.text.len()).then_some(())
    }
}

/// A text read byte by byte.
struct Json<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Json<'t> {
    fn byte(&self) -> u8 {
        self.text.as_bytes().get(self.at).copied().unwrap_or(0)
    }

    fn skip_blanks(&mut self) {
        while matches!(self.byte(), b' ' | b'\n') {
            self.at += 1;
        }
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        let is_there = self.byte() == byte;
        self.at += 1;
        is_there.then_some(())
    }

    /// Whether a bracket closes a list; otherwise the comma before the next item is taken.
    fn is_last(&mut self, bracket: u8) -> Option<bool> {
        self.skip_blanks();
        let byte = self.byte();
        self.at += 1;
        (byte == bracket || byte == b',').then_some(byte == bracket)
    }

    /// A text in quotes, of letters that need no escape.
    fn string(&mut self) -> Option<&'t str> {
        self.take(b'"')?;
        let begin = self.at;
        while self.byte() != b'"' {
            (self.byte() >= 0x20 && self.byte() != b'\\').then_some(())?;
            self.at += 1;
        }
        self.at += 1;
        Some(&self.text[begin..self.at - 1])
    }

    /// A whole number in quotes, as it is written, the colon and the blanks behind it.
    fn index(&mut self) -> Option<u32> {
        let number = whole(self.string()?)?;
        self.take(b':')?;
        self.skip_blanks();
        Some(number)
    }

    /// A number or a word.
    fn word(&mut self) -> &'t str {
        self.skip_blanks();
        let begin = self.at;
        while matches!(self.byte(), b'0'..=b'9' | b'a'..=b'z' | b'E' | b'.' | b'+' | b'-') {
            self.at += 1;
        }
        &self.text[begin..self.at]
    }

    /// `[[1.0, 0, -1.0, false], …]` behind its first bracket.
    fn outcomes(
        &mut self,
        state: u32,
        action: u32,
        take: &mut impl FnMut(Written<'t>) -> Option<()>,
    ) -> Option<()> {
        loop {
            self.skip_blanks();
            self.take(b'[')?;
            let mut cells = [""; 4];
            for (i, cell) in cells.iter_mut().enumerate() {
                *cell = self.word();
                (self.is_last(b']')? == (i == 3)).then_some(())?;
            }
            let [probability, next, reward, terminated] = cells;
            take(Written {
                state,
                action,
                next: whole(next.strip_suffix(".0").unwrap_or(next))?,
                probability,
                reward,
                terminated: match terminated {
                    "false" | "0" | "0.0" => false,
                    "true" | "1" | "1.0" => true,
                    _ => return None,
                },
            })?;
            if self.is_last(b']')? {
                return Some(());
            }
        }
    }

    /// Over a value of any kind, to the byte behind it.
    fn skip_value(&mut self) -> Option<()> {
        let mut depth = 0usize;
        loop {
            match self.byte() {
                b'"' => {
                    self.string()?;
                }
                b'{' | b'[' => {
                    depth += 1;
                    self.at += 1;
                }
                b'}' | b']' => {
                    depth = depth.checked_sub(1)?;
                    self.at += 1;
                }
                0 | b'\\' | b'#' | 0x80.. => return None,
                b',' if depth == 0 => return None,
                _ => self.at += 1,
            }
            if depth == 0
                && !matches!(self.text.as_bytes().get(self.at)?, b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'.' | b'+' | b'-')
            {
                return Some(());
            }
        }
    }
}

/// A whole number as it is written.
fn whole(text: &str) -> Option<u32> {
    let is_canonical = text == "0" || !text.starts_with(['0', '+']);
    is_canonical.then(|| text.parse().ok())?
}
