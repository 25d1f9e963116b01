//! The parts of messages: names, what was found, and what to do about it.

use std::borrow::Cow;
use std::fmt;

use crate::mend::Argument;
use crate::number::{Literal, Number};

/// The name that was probably meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DidYouMean(pub String);

impl fmt::Display for DidYouMean {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "did you mean `{}`?", self.0)
    }
}

/// Some of many names, for a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameList {
    shown: Vec<String>,
    more: usize,
}

impl NameList {
    /// The first eight names, and how many follow.
    pub fn of(names: impl IntoIterator<Item = impl Into<String>>) -> NameList {
        let mut names = names.into_iter();
        let shown: Vec<String> = names.by_ref().take(8).map(Into::into).collect();
        let more = names.count();
        NameList { shown, more }
    }

    /// The first eight of so many names; the others are not looked at.
    pub(crate) fn counted(
        names: impl Iterator<Item = impl Into<String>>,
        count: usize,
    ) -> NameList {
        let shown: Vec<String> = names.take(8).map(Into::into).collect();
        let more = count.saturating_sub(shown.len());
        NameList { shown, more }
    }
}

impl fmt::Display for NameList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, name) in self.shown.iter().enumerate() {
            let separator = if i == 0 { "" } else { ", " };
            write!(f, "{separator}`{}`", Shown(name))?;
        }
        match self.more {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

/// What stands for a character that a terminal would obey: the picture of a control character,
/// ␛ for an escape, or `U+FFFD` where there is none.
fn picture(c: char) -> char {
    match c {
        '\0'..='\x1f' => {
            char::from_u32(0x2400 + u32::from(c)).unwrap_or(char::REPLACEMENT_CHARACTER)
        }
        '\x7f' => '\u{2421}',
        c if c.is_control() || turns(c) => char::REPLACEMENT_CHARACTER,
        c => c,
    }
}

/// Whether a character, of those that names may have, moves what stands around it: begins a line, or turns the direction
/// of what follows.
pub fn turns(c: char) -> bool {
    matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A text as a terminal and a page may show it where names may have any character but those of control.
pub fn in_order(text: String) -> String {
    if text.contains(turns) {
        text.replace(turns, "\u{fffd}")
    } else {
        text
    }
}

/// A text without characters that a terminal would obey: ␛ stands for an escape. For names of files,
/// and whatever else a message quotes.
pub fn visible(text: &str) -> Cow<'_, str> {
    if text.contains(|c: char| c.is_control() || turns(c)) {
        Cow::Owned(text.chars().map(picture).collect())
    } else {
        Cow::Borrowed(text)
    }
}

/// A text of lines without characters that a terminal would obey, and after which bytes of the text it
/// is how many bytes longer than the text; `None` where it is the text.
pub(crate) fn visible_lines(text: &str) -> Option<(String, Vec<(usize, usize)>)> {
    let is_obeyed = |c: char| turns(c) || (c.is_control() && !matches!(c, '\n' | '\r' | '\t'));
    if !text.contains(is_obeyed) {
        return None;
    }
    let (mut shown, mut longer) = (String::with_capacity(text.len() + 16), Vec::new());
    for (at, c) in text.char_indices() {
        if is_obeyed(c) {
            shown.push(picture(c));
            let end = at + c.len_utf8();
            longer.push((end, shown.len() - end));
        } else {
            shown.push(c);
        }
    }
    Some((shown, longer))
}

/// A text from the file, cut where it is too long for a message.
pub(crate) struct Shown<'a>(pub &'a str);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // what leaves the rest of a line of 80 to the message
        const LONGEST: usize = 60;
        let mut rest = self.0.chars();
        for c in rest.by_ref().take(LONGEST) {
            write!(f, "{}", picture(c))?;
        }
        if rest.next().is_some() {
            write!(f, "…")?;
        }
        Ok(())
    }
}

/// Whether a name is one of a state or of an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameOf {
    /// Of a state.
    State,
    /// Of an action.
    Action,
}

impl NameOf {
    /// The key that lists the names.
    pub fn key(self) -> &'static str {
        match self {
            NameOf::State => "states",
            NameOf::Action => "actions",
        }
    }
}

impl fmt::Display for NameOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            NameOf::State => "state",
            NameOf::Action => "action",
        })
    }
}

/// What stands where something else was expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// No value.
    Nothing,
    /// A scalar.
    Scalar(String),
    /// A list, and whether it is empty.
    Sequence {
        /// `[]`.
        empty: bool,
    },
    /// A mapping, and whether it is empty.
    Mapping {
        /// `{}`.
        empty: bool,
    },
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Found::Nothing => f.write_str("empty"),
            Found::Scalar(text) => write!(f, "`{}`", Shown(text)),
            Found::Sequence { empty: true } => f.write_str("an empty list"),
            Found::Sequence { empty: false } => f.write_str("a list"),
            Found::Mapping { empty: true } => f.write_str("an empty mapping"),
            Found::Mapping { empty: false } => f.write_str("a mapping"),
        }
    }
}

/// The nearest word, or else the words there are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Suggestion {
    /// One that is spelt alike.
    Nearest(DidYouMean),
    /// All of them.
    OneOf(NameList),
    /// 0 up to this number.
    Numbers(usize),
    /// Where else it stands.
    Elsewhere(&'static str),
}

impl fmt::Display for Suggestion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Suggestion::Nearest(word) => word.fmt(f),
            Suggestion::OneOf(words) => write!(f, "possible here: {words}"),
            Suggestion::Numbers(last) => write!(f, "the names are `0` to `{last}`"),
            Suggestion::Elsewhere(place) => f.write_str(place),
        }
    }
}

/// A number as a literal: of an array's `f64` the shortest decimal that reads back as it, where
/// its fraction would be long.
pub(crate) struct Short<'a>(pub &'a Number);

impl fmt::Display for Short<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // 17 digits, a sign, a point and a zero
        const LONG: usize = 20;
        let literal = Literal(self.0).to_string();
        let x = self.0.to_f64();
        if literal.len() > LONG && Number::from_f64(x).as_ref() == Some(self.0) {
            write!(f, "{x}")
        } else {
            f.write_str(&literal)
        }
    }
}

/// How a distribution that does not sum to 1 might be mended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SumMend {
    /// Rounded decimals that stand for fractions: (as written, meant).
    Fractions(Vec<(Number, Number)>),
    /// So much is missing.
    Missing(Number),
    /// So much is too much.
    TooMuch(Number),
    /// Off by rounding: the mend by hand, and what rounded.
    Rounded(Box<SumMend>, Option<Rounding>),
    /// Off by more than is divided away: by how much, and how much may be.
    Beyond(Box<(Number, Number)>),
}

/// What probabilities were rounded to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rounding {
    /// Floating-point numbers of 32 bits.
    Single,
    /// So many digits behind the point.
    Decimals(u32),
}

impl fmt::Display for Rounding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Rounding::Single => f.write_str(
                "the numbers are float32, as JAX and torch have them: write them in float64, divided by their sums there, or",
            ),
            Rounding::Decimals(digits) => {
                write!(f, "the numbers seem to be rounded to {digits} decimals:")
            }
        }
    }
}

/// A sum that should be 1: by what it is off where it is so near that a fraction would not tell.
pub(super) struct Total<'a>(pub &'a Number);

impl fmt::Display for Total<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const NEAR: f64 = 1e-3;
        const SHORT: usize = 12;
        let text = self.0.to_string();
        let off = self.0.to_rational() - Number::ONE.to_rational();
        let off = off.to_f64().value();
        if text.chars().count() <= SHORT || off.abs() > NEAR {
            return f.write_str(&text);
        }
        let sign = if off < 0.0 { '−' } else { '+' };
        write!(f, "1 {sign} {:.2e}", off.abs())
    }
}

/// So many further rows, and the verb.
pub(super) struct Further(pub usize);

impl fmt::Display for Further {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            1 => f.write_str("1 further row is"),
            count => write!(f, "{count} further rows are"),
        }
    }
}

impl fmt::Display for SumMend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SumMend::Fractions(pairs) => {
                f.write_str("did you mean ")?;
                for (i, (written, meant)) in pairs.iter().enumerate() {
                    let separator = if i == 0 { "" } else { ", " };
                    write!(f, "{separator}{meant} for {}", Literal(written))?;
                }
                f.write_str("?")
            }
            SumMend::Rounded(mend, cause) => {
                let divides = "divides rows that are off by rounding by their sums";
                let normalize = Argument::Normalize;
                match (&**mend, cause) {
                    (SumMend::Fractions(_), _) => write!(f, "{mend} Or {normalize} {divides}"),
                    (_, Some(cause)) => write!(f, "{cause} {normalize} {divides}"),
                    (mend, None) => write!(f, "{mend}; {normalize} {divides}"),
                }
            }
            SumMend::Beyond(sizes) => write!(
                f,
                "{} off is more than {normalize} divides away, {}; if it is rounding, say {normalize} with a larger number",
                Literal(&sizes.0),
                Literal(&sizes.1),
                normalize = Argument::Normalize
            ),
            SumMend::Missing(x) if *x == Number::ONE => f.write_str(
                "1 is missing, as where nothing is written: give the row its probabilities, in a .POMDP file `T: ACTION : STATE`; there every action has a row in every state",
            ),
            SumMend::Missing(x) => {
                write!(f, "{x} is missing; probabilities may be fractions like 1/3")
            }
            SumMend::TooMuch(x) => write!(
                f,
                "{x} is too much; probabilities may be fractions like 1/3"
            ),
        }
    }
}
