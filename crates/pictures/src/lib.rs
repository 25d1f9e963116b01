//! Pictures as values: SVG whose every mark says in a `<title>` what it shows, with all digits.
//!
//! A [`Picture`] stands in a page ([`Picture::inline`]) or in a file of its own
//! ([`Picture::file`]); its looks are those of `style.css`, light or dark as the reader
//! likes. A mark of a state has `data-s`, the state's number; a group of marks has `data-q`, the
//! command and the name under which its JSON holds the numbers, at the place `data-i` or, without
//! one, `data-s`. What is colored is also told by a number, a place, a shape or a dash.

mod arrange;
pub mod ascents;
pub mod bars;
pub mod between;
pub mod color;
pub mod columns;
pub mod comparison;
pub mod curves;
pub mod direction;
pub mod dots;
pub mod fields;
pub mod graph;
pub mod grid;
mod key;
pub mod landscape;
mod layout;
pub mod letters;
pub mod matrix;
pub mod numerals;
pub mod pairs;
#[cfg(feature = "pixels")]
pub mod pixels;
pub mod players;
pub mod polytope;
pub mod quarters;
mod raster;
mod routes;
pub mod scale;
mod scene;
mod shapes;
pub mod simplex;
pub mod spectrum;
pub mod states;
pub mod studies;
pub mod sweeps;

use std::collections::HashSet;
use std::fmt;

use exact_mdp::report::Quantity;
use maud::{Markup, PreEscaped, html};

pub use arrange::{headed, noted, stacked, tiled};
pub use scene::Scene;

/// The width of a picture that also fits a phone, in CSS pixels; the others are this wide twice.
pub const WIDTH: f64 = 360.0;
/// The height of a line of text.
pub const LINE: f64 = 18.0;

/// The looks of all pictures.
pub const STYLE: &str = include_str!("style.css");

/// A drawn picture.
#[derive(Clone, Debug)]
pub struct Picture {
    /// What it shows, in a sentence, for those who do not see it.
    pub title: String,
    /// Width and height in CSS pixels.
    pub size: (f64, f64),
    /// What is drawn.
    pub marks: Markup,
}

impl Picture {
    /// The picture as a part of a page that has [`STYLE`].
    pub fn inline(&self) -> Markup {
        let (width, height) = self.size;
        let view = format!("0 0 {} {}", At(width), At(height));
        html! {
            svg viewBox=(view) width=(At(width)) height=(At(height)) role="img" aria-label=(shown(&self.title)) {
                (self.marks)
            }
        }
    }
}

impl Picture {
    /// The picture as a file of its own, light or dark as the viewer likes.
    pub fn file(&self) -> String {
        self.document(STYLE)
    }

    /// The picture as a file of its own with these looks.
    fn document(&self, looks: &str) -> String {
        let (width, height) = self.size;
        let view = format!("0 0 {} {}", At(width), At(height));
        let markup = html! {
            svg xmlns="http://www.w3.org/2000/svg" viewBox=(view) width=(At(width)) height=(At(height)) role="img" {
                title { (shown(&self.title)) }
                style { (PreEscaped(looks)) }
                rect class="paper" width="100%" height="100%" {}
                (self.marks)
            }
        };
        markup.into_string() + "\n"
    }
}

/// A coordinate: a decimal at most.
#[derive(Clone, Copy, Debug)]
pub struct At(pub f64);

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tenths = (self.0 * 10.0).round();
        // −0 is 0
        write!(f, "{}", (tenths + 0.0) / 10.0)
    }
}

impl maud::Render for At {
    fn render_to(&self, out: &mut String) {
        use fmt::Write;
        // a String takes everything
        let _ = write!(out, "{self}");
    }
}

/// A number with all its digits, as JSON has it.
pub fn digits(x: &Quantity) -> String {
    match x {
        Quantity::Undefined => "undefined".to_string(),
        Quantity::Exact(x) => x.to_string(),
        Quantity::Float(x) | Quantity::Certified { value: x, .. } => float(*x),
    }
}

/// A floating-point number with all its digits, as JSON has it.
pub fn float(x: f64) -> String {
    serde_json::Number::from_f64(x + 0.0).map_or_else(|| "undefined".to_string(), |x| x.to_string())
}

/// A number in few digits, for the eye.
pub fn short(x: f64, digits: usize) -> String {
    numerals::short(&Quantity::from(x), digits)
}

/// A text as XML can hold it: what is no character there is replaced.
pub fn shown(text: &str) -> String {
    let is_sign = |c: char| !c.is_control() && c != '\u{fffe}' && c != '\u{ffff}';
    let sign = |c: char| if is_sign(c) { c } else { '\u{fffd}' };
    text.chars().map(sign).collect()
}

/// A text in at most so many characters, with its beginning and its end: names differ at the one or the other.
pub fn clipped(text: &str, most: usize) -> String {
    let text = shown(text);
    let length = text.chars().count();
    if length <= most {
        return text;
    }
    let kept = most.saturating_sub(1);
    let end = 2 * kept / 5;
    let first = text.chars().take(kept - end);
    let last = text.chars().skip(length - end);
    first.chain(['…']).chain(last).collect()
}

/// Names in at most `least` characters each, or in as many more, up to `most`, as it takes for different names to
/// stay different; beyond that they are numbered.
pub fn distinguished<'a>(
    names: impl Iterator<Item = &'a str> + Clone,
    least: usize,
    most: usize,
) -> Vec<String> {
    let different = |names: &mut dyn Iterator<Item = String>| names.collect::<HashSet<_>>().len();
    let all = different(&mut names.clone().map(shown));
    let cut = |letters| names.clone().map(move |name| clipped(name, letters));
    match (least..=most).find(|letters| different(&mut cut(*letters)) == all) {
        Some(letters) => cut(letters).collect(),
        None => {
            let names = cut(least.saturating_sub(4)).enumerate();
            names.map(|(k, name)| format!("{} {name}", k + 1)).collect()
        }
    }
}

/// The words in lines of so many characters, broken between words; a word that is too long is cut.
pub fn broken(words: &str, letters: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in words.split(' ') {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= letters => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_string()),
        }
    }
    lines.iter().map(|line| clipped(line, letters)).collect()
}

/// What a mark shows, in full.
pub fn title(text: &str) -> Markup {
    html! { title { (shown(text)) } }
}

/// The width of a text in CSS pixels, at this size of letters: what a wide sans-serif takes.
pub fn width(text: &str, size: f64) -> f64 {
    let letter = |letter: char| if is_wide(letter) { 1.0 } else { 0.6 };
    size * text.chars().map(letter).sum::<f64>()
}

/// Whether a letter is as wide as it is high: those of East Asia, and pictures.
fn is_wide(letter: char) -> bool {
    matches!(
        letter,
        '\u{1100}'..='\u{115f}'
            | '\u{2e80}'..='\u{a4cf}'
            | '\u{ac00}'..='\u{d7a3}'
            | '\u{f900}'..='\u{faff}'
            | '\u{fe30}'..='\u{fe6f}'
            | '\u{ff00}'..='\u{ff60}'
            | '\u{1f300}'..='\u{1faff}'
            | '\u{20000}'..='\u{3fffd}'
    )
}

#[cfg(test)]
mod tests {
    use super::{broken, distinguished, width};

    #[test]
    fn cut_names_stay_different() {
        let names = ["open-left:0", "open-left:1", "open-right:0"];
        let cut = |least, most| distinguished(names.into_iter(), least, most);
        assert_eq!(cut(12, 12), names);
        // five letters make two of them `ope…:0`
        assert_eq!(cut(6, 12), ["open-l…t:0", "open-l…t:1", "open-r…t:0"]);
        assert_eq!(cut(6, 6), ["1 o…", "2 o…", "3 o…"]);
    }

    #[test]
    fn letters_of_east_asia_take_their_height() {
        assert_eq!(width("电量高", 10.0), 30.0);
        assert!((width("abc γ", 10.0) - 30.0).abs() < 1e-9);
    }

    #[test]
    fn long_words_are_in_lines() {
        assert_eq!(broken("one two three", 7), ["one two", "three"]);
        assert_eq!(broken("abcdefghij k", 5), ["abc…j", "k"]);
    }
}
