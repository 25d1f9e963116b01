//! A matrix as colored cells with names of rows and columns.

use exact_mdp::report::Quantity;
use maud::{Markup, html};

use super::scale::Scale;
use super::{At, LINE, Picture, WIDTH, clipped, digits, key, short, shown, title, width};

/// A matrix to be drawn.
pub struct Matrix<'a> {
    /// What it shows.
    pub title: String,
    /// The command and the name under which its JSON holds the numbers.
    pub source: &'a str,
    /// What the numbers are called.
    pub letter: &'a str,
    /// The rows: the state that each belongs to, if any, and its name.
    pub rows: Vec<(Option<usize>, String)>,
    /// The names of the columns.
    pub columns: Vec<String>,
    /// The number at a row and a column with its place in the JSON, where there is one.
    pub entry: &'a dyn Fn(usize, usize) -> Option<(usize, &'a Quantity)>,
    /// The colors.
    pub scale: Scale,
}

const NAME: usize = 14;
const ROW: f64 = 24.0;
/// From this width on a cell holds its number.
const WITH_NUMBER: f64 = 36.0;

impl Matrix<'_> {
    /// The picture.
    pub fn draw(&self) -> Picture {
        let names = self
            .rows
            .iter()
            .map(|(_, name)| width(&clipped(name, NAME), 12.0));
        let left = names.fold(24.0, f64::max) + 12.0;
        let side = (WIDTH - left - 8.0) / self.columns.len().max(1) as f64;
        let room = (side / 6.6).floor().max(1.0) as usize;
        let bottom = LINE + ROW * self.rows.len() as f64;
        let x = |column: usize| left + side * column as f64;
        let marks = html! {
            @for (column, name) in self.columns.iter().enumerate() {
                @if side >= 14.0 { text class="m s mid" x=(At(x(column) + side / 2.0)) y="12" { (clipped(name, room)) title { (shown(name)) } } }
            }
            g data-q=(self.source) {
                @for (row, (state, name)) in self.rows.iter().enumerate() {
                    @let y = LINE + ROW * row as f64;
                    text class="end" x=(At(left - 6.0)) y=(At(y + ROW / 2.0 + 4.0)) { (clipped(name, NAME)) }
                    @for column in 0..self.columns.len() {
                        @if let Some(entry) = (self.entry)(row, column) {
                            (self.cell(entry, *state, (name, &self.columns[column]), (x(column), y, side)))
                        }
                    }
                }
            }
            (key::key(&self.scale, self.letter, (left, WIDTH - 8.0), bottom))
        };
        Picture {
            title: self.title.clone(),
            size: (WIDTH, bottom + key::HEIGHT),
            marks,
        }
    }

    fn cell(
        &self,
        (index, value): (usize, &Quantity),
        state: Option<usize>,
        (row, column): (&str, &str),
        (x, y, side): (f64, f64, f64),
    ) -> Markup {
        let color = value.value().map(|x| self.scale.color(x));
        let ink = color.map_or("t", |color| color.ink());
        let words = format!("{row}, {column}: {} = {}", self.letter, digits(value));
        html! {
            g data-s=[state] data-i=(index) {
                rect class={ "cell" @if color.is_none() { " none" } } x=(At(x)) y=(At(y)) width=(At(side)) height=(At(ROW)) fill=[color.map(|c| c.hex())] {}
                @if side >= WITH_NUMBER {
                    text class={ (ink) " n s mid" } x=(At(x + side / 2.0)) y=(At(y + ROW / 2.0 + 4.0)) {
                        @match value.value() { Some(x) => (short(x, 3)), None => "–" }
                    }
                }
                (title(&words))
            }
        }
    }
}
