//! A matrix as colored cells with names of rows and columns.

use exact_mdp::report::Quantity;
use maud::{Markup, html};

use super::scale::Scale;
use super::{
    At, LINE, Name, Names, Picture, WIDTH, digits, key, noted, short, shown, title, width,
};

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
    /// Whether columns have numbers for names, those of the rows, which have theirs before them then.
    pub is_square: bool,
    /// The names of the columns.
    pub columns: Vec<String>,
    /// The number at a row and a column with its place in the JSON, where there is one.
    pub entry: &'a dyn Fn(usize, usize) -> Option<(usize, &'a Quantity)>,
    /// The colors.
    pub scale: Scale,
}

/// Characters of the name of a row, and of that of a column that stands upright.
const NAME: usize = 14;
const HEAD: usize = 20;
const ROW: f64 = 24.0;
/// From this width on a cell holds its number, if that has room in three digits or in two.
const WITH_NUMBER: f64 = 36.0;
const DIGITS: [usize; 2] = [3, 2];

impl Matrix<'_> {
    /// The picture.
    pub fn draw(&self) -> Picture {
        let rows = self.rows.iter().enumerate();
        let rows = rows.map(|(row, (state, name))| Name {
            number: state.unwrap_or(row) + 1,
            name,
        });
        let rows: Vec<Name> = rows.collect();
        let Names { shown: rows, key } = if self.is_square {
            Names::numbered(&rows, NAME, 2 * NAME)
        } else {
            Names::of(&rows, NAME, 2 * NAME)
        };
        let names = rows.iter().map(|name| width(name, 12.0));
        let left = names.fold(24.0, f64::max).ceil() + 12.0;
        let side = (WIDTH - left - 8.0) / self.columns.len().max(1) as f64;
        let (heads, top, columns) = self.heads(left, side);
        let key: Vec<String> = key.into_iter().chain(columns).collect();
        let digits = self.digits(side);
        let bottom = top + ROW * self.rows.len() as f64;
        let x = |column: usize| left + side * column as f64;
        let marks = html! {
            (heads)
            g data-q=(self.source) {
                @for (row, (state, name)) in self.rows.iter().enumerate() {
                    @let name = if self.is_square { format!("{} {name}", row + 1) } else { name.clone() };
                    @let y = top + ROW * row as f64;
                    text class="end" x=(At(left - 6.0)) y=(At(y + ROW / 2.0 + 4.0)) { (rows[row]) }
                    @for column in 0..self.columns.len() {
                        @if let Some(entry) = (self.entry)(row, column) {
                            (self.cell((entry, digits), *state, (&name, &self.columns[column]), (x(column), y, side)))
                        }
                    }
                }
            }
            (key::key(&self.scale, self.letter, (left, WIDTH - 8.0), bottom))
        };
        let picture = Picture {
            title: self.title.clone(),
            size: (WIDTH, bottom + key::HEIGHT),
            marks,
        };
        if key.is_empty() {
            return picture;
        }
        noted(picture, &key)
    }

    /// With how many digits all numbers have room in cells of this width.
    fn digits(&self, side: f64) -> Option<usize> {
        const AIR: f64 = 2.0;
        let rows = 0..self.rows.len();
        let entries = rows.flat_map(|row| {
            let columns = 0..self.columns.len();
            columns.filter_map(move |column| {
                let (_, value) = (self.entry)(row, column)?;
                self.scale.seen(value).value()
            })
        });
        let entries: Vec<f64> = entries.collect();
        let has_room = |digits: &usize| {
            let mut numbers = entries.iter().map(|x| short(*x, *digits));
            numbers.all(|number| width(&number, 11.0) + AIR <= side)
        };
        let mut digits = DIGITS.into_iter().filter(|_| side >= WITH_NUMBER);
        digits.find(has_room)
    }

    /// The names of the columns, the height that they take and the key of their numbers: upright where they would
    /// touch otherwise, none where even that has no room.
    fn heads(&self, left: f64, side: f64) -> (Markup, f64, Vec<String>) {
        const LEAST: f64 = 14.0;
        let middle = |column: usize| left + side * (column as f64 + 0.5);
        if side < LEAST {
            return (html! {}, LINE, Vec::new());
        }
        // between words there is some air; of numbers the color of the cells is enough
        let room = |name: &str| width(name, 11.0) + if name.len() <= 2 { 0.5 } else { 5.0 };
        if self.columns.iter().all(|name| room(name) <= side) {
            let heads = html! {
                @for (column, name) in self.columns.iter().enumerate() {
                    text class="m s mid" x=(At(middle(column))) y="12" { (shown(name)) }
                }
            };
            return (heads, LINE, Vec::new());
        }
        let names = self.columns.iter().enumerate();
        let names = names.map(|(column, name)| Name {
            number: column + 1,
            name,
        });
        let Names { shown: names, key } = Names::of(&names.collect::<Vec<_>>(), HEAD, 2 * HEAD);
        let key = key.iter().map(|line| format!("column {line}"));
        let height = names
            .iter()
            .map(|name| width(name, 11.0))
            .fold(0.0, f64::max)
            + 8.0;
        let heads = html! {
            @for (column, name) in names.iter().enumerate() {
                @let (x, y) = (At(middle(column) + 4.0), At(height - 5.0));
                g transform=(format!("rotate(-90 {x} {y})")) {
                    text class="m s" x=(x) y=(y) { (name) (title(&self.columns[column])) }
                }
            }
        };
        (heads, height, key.collect())
    }

    fn cell(
        &self,
        ((index, value), places): ((usize, &Quantity), Option<usize>),
        state: Option<usize>,
        (row, column): (&str, &str),
        (x, y, side): (f64, f64, f64),
    ) -> Markup {
        let seen = self.scale.seen(value).value();
        let color = seen.map(|x| self.scale.color(x));
        let ink = color.map_or("t", |color| color.ink());
        let words = format!("{row}, {column}: {} = {}", self.letter, digits(value));
        html! {
            g data-s=[state] data-i=(index) {
                rect class={ "cell" @if color.is_none() { " none" } } x=(At(x)) y=(At(y)) width=(At(side)) height=(At(ROW)) fill=[color.map(|c| c.hex())] {}
                @if let Some(places) = places {
                    text class={ (ink) " n s mid" } x=(At(x + side / 2.0)) y=(At(y + ROW / 2.0 + 4.0)) {
                        @match seen { Some(x) => (short(x, places)), None => "–" }
                    }
                }
                (title(&words))
            }
        }
    }
}
