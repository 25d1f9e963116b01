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
mod metrics;
mod names;
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

use std::fmt;

use exact_mdp::model::{in_order, turns};
use exact_mdp::report::Quantity;
use maud::{Markup, PreEscaped, html};

pub use arrange::{headed, noted, stacked, tiled};
pub use metrics::{broken, width};
pub use names::{Name, Names, clipped};
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
                (PreEscaped(in_order(self.marks.0.clone())))
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
        in_order(markup.into_string()) + "\n"
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
    let is_sign = |c: char| !c.is_control() && !turns(c) && c != '\u{fffe}' && c != '\u{ffff}';
    let sign = |c: char| if is_sign(c) { c } else { '\u{fffd}' };
    text.chars().map(sign).collect()
}

/// What a mark shows, in full.
pub fn title(text: &str) -> Markup {
    html! { title { (shown(text)) } }
}
