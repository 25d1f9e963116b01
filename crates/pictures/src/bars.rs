//! Bars with names and numbers, from zero; whiskers for errors.

use exact_mdp::report::Quantity;
use maud::{Markup, html};

use super::scale::Scale;
use super::{At, LINE, Name, Names, Picture, WIDTH, noted, shown, title, width};
use crate::numerals;

/// Bars, from the top down.
#[derive(Clone, Debug)]
pub struct Bars {
    /// What they show.
    pub title: String,
    /// The command and the name under which its JSON holds the numbers.
    pub source: String,
    /// What the numbers are.
    pub axis: String,
    /// One for each bar.
    pub rows: Vec<Row>,
}

/// One bar.
#[derive(Clone, Debug)]
pub struct Row {
    /// The state that it belongs to.
    pub state: Option<usize>,
    /// Its place in the JSON.
    pub index: usize,
    /// What stands before it.
    pub name: String,
    /// How long it is.
    pub value: Quantity,
    /// Half the length of its whisker, which is drawn where it can be seen.
    pub error: Option<f64>,
    /// What it says in full.
    pub title: String,
}

/// Thickness of a bar and of its row.
const BAR: f64 = 12.0;
const ROW: f64 = 20.0;
/// So many characters of a name are shown, or more, up to the most, where names would be the same.
const NAME: usize = 20;
const MOST: usize = 30;

/// Where the columns of the picture begin and end.
struct Frame {
    left: f64,
    right: f64,
    scale: Scale,
}

impl Frame {
    fn x(&self, value: f64) -> f64 {
        self.left + (self.right - self.left) * self.scale.place(value)
    }

    /// Whether a whisker of this half length is longer than its own ends are thick.
    fn shows(&self, error: f64) -> bool {
        let pixel = (self.scale.high - self.scale.low) / (self.right - self.left);
        error >= pixel
    }
}

impl Bars {
    /// The picture.
    pub fn draw(&self) -> Picture {
        let names = self.rows.iter().map(|row| Name {
            number: row.index + 1,
            name: &row.name,
        });
        let names = Names::of(&names.collect::<Vec<_>>(), NAME, MOST);
        let (names, key) = (names.shown, names.key);
        let room = names
            .iter()
            .map(|name| width(name, 12.0))
            .fold(0.0, f64::max)
            .ceil();
        let numbers: Vec<Quantity> = self.rows.iter().map(|row| row.value.clone()).collect();
        let numbers = numerals::aligned(&numbers, 4);
        let numbers: Vec<&str> = numbers.iter().map(|number| number.trim()).collect();
        let widest = numbers
            .iter()
            .map(|number| width(number, 12.0))
            .fold(0.0, f64::max)
            .ceil();
        let ends = self.rows.iter().flat_map(|row| {
            let (x, error) = (row.value.value().unwrap_or(0.0), row.error.unwrap_or(0.0));
            [x - error, x + error]
        });
        let frame = Frame {
            left: 4.0 + room + 8.0,
            right: (WIDTH - widest - 10.0).max(room + 40.0),
            scale: Scale::from_zero(ends),
        };
        let height = ROW * self.rows.len() as f64 + LINE + 10.0;
        let zero = frame.x(0.0);
        // further left where long names leave it too little room
        let axis = shown(&self.axis);
        let axis_at = frame.left.min(WIDTH - 4.0 - width(&axis, 11.0)).max(4.0);
        let marks = html! {
            g data-q=(self.source) {
                @for (i, (row, number)) in self.rows.iter().zip(&numbers).enumerate() {
                    (self.bar(row, (&names[i], number), &frame, 4.0 + ROW * i as f64))
                }
            }
            line class="axis" x1=(At(zero)) x2=(At(zero)) y1="2" y2=(At(height - LINE - 4.0)) {}
            text class="m s" x=(At(axis_at)) y=(At(height - 6.0)) { (axis) }
        };
        let picture = Picture {
            title: self.title.clone(),
            size: (WIDTH, height),
            marks,
        };
        if key.is_empty() {
            return picture;
        }
        noted(picture, &key)
    }

    fn bar(&self, row: &Row, (name, number): (&str, &str), frame: &Frame, top: f64) -> Markup {
        let value = row.value.value();
        let (from, to) = (frame.x(0.0), frame.x(value.unwrap_or(0.0)));
        let base = top + ROW / 2.0 + 4.0;
        let class = if value.is_some_and(|x| x < 0.0) {
            "bar minus"
        } else {
            "bar"
        };
        html! {
            g data-s=[row.state] data-i=(row.index) {
                rect class="row" x="0" y=(At(top)) width=(At(WIDTH)) height=(At(ROW)) {}
                text class="end" x=(At(frame.left - 6.0)) y=(At(base)) { (name) }
                rect class=(class) x=(At(from.min(to))) y=(At(top + (ROW - BAR) / 2.0)) width=(At((to - from).abs().max(1.0))) height=(At(BAR)) {}
                @if let (Some(x), Some(error)) = (value, row.error.filter(|e| frame.shows(*e))) { (whisker(frame, x, error, top + ROW / 2.0)) }
                text class="n end" x=(At(WIDTH - 4.0)) y=(At(base)) { (number) }
                (title(&row.title))
            }
        }
    }
}

fn whisker(frame: &Frame, x: f64, error: f64, y: f64) -> Markup {
    let (a, b) = (frame.x(x - error), frame.x(x + error));
    let path = format!(
        "M{a} {t}V{u}M{b} {t}V{u}M{a} {y}H{b}",
        a = At(a),
        b = At(b),
        t = At(y - 4.0),
        u = At(y + 4.0),
        y = At(y)
    );
    html! { path class="whisker" d=(path) {} }
}
