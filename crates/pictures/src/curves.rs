//! Curves over one axis, each with a color and a dash of its own.

use maud::{Markup, html};

use super::scale::{Kind, Scale, differ, range};
use super::shapes::shape;
use super::{At, LINE, Picture, WIDTH, broken, float, short, shown, title, width};

/// Curves to be drawn.
#[derive(Clone, Debug)]
pub struct Curves {
    /// What they show.
    pub title: String,
    /// What the horizontal axis is, and how its numbers lie.
    pub x: (String, Kind),
    /// What the vertical axis is, and how its numbers lie.
    pub y: (String, Kind),
    /// The curves.
    pub curves: Vec<Curve>,
    /// Levels across the picture.
    pub levels: Vec<Level>,
    /// Curves end at these heights, so that one does not flatten all others.
    pub window: (f64, f64),
}

/// One of them.
#[derive(Clone, Debug)]
pub struct Curve {
    /// What the legend calls it.
    pub name: String,
    /// Its points, from the left to the right.
    pub points: Vec<(f64, f64)>,
    /// What is shaded around it: x, from, to.
    pub band: Vec<(f64, f64, f64)>,
    /// Single numbers beside it.
    pub marks: Vec<(f64, f64)>,
}

/// A level across the picture.
#[derive(Clone, Debug)]
pub struct Level {
    /// What the legend calls it.
    pub name: String,
    /// Its height.
    pub height: f64,
    /// The curve that it belongs to, whose color it has, if it is that of one.
    pub of: Option<usize>,
}

impl From<(String, f64)> for Level {
    fn from((name, height): (String, f64)) -> Level {
        Level {
            name,
            height,
            of: None,
        }
    }
}

/// So many colors differ.
pub const LOOKS: usize = 8;
/// So many pairs of color and dash differ; further curves are told, and not drawn.
const MOST: usize = 2 * LOOKS;
/// So many dashes of levels that belong to no curve differ.
const DASHES: usize = 4;
/// The size of the letters of the legend, and the room for a line of it.
const SIZE: f64 = 12.0;
const ROOM: f64 = WIDTH - LEFT - 42.0;

/// Numbers of the axes: digits of those that are told apart by as many, and the size of their letters.
const DIGITS: usize = 3;
const SMALL: f64 = 11.0;

const LEFT: f64 = 58.0;
const RIGHT: f64 = WIDTH - 14.0;
const TOP: f64 = 24.0;
const BOTTOM: f64 = 220.0;

/// The axes of the picture.
struct Frame {
    /// Behind the numbers of the vertical axis.
    left: f64,
    x: Scale,
    y: Scale,
}

impl Frame {
    /// With room for numbers of many digits, as where a curve rises by little.
    fn of(x: Scale, y: Scale) -> Frame {
        let labels = y.labels(DIGITS).into_iter();
        let room = labels.map(|(_, label)| width(&label, SMALL) + 10.0);
        Frame {
            left: room.fold(LEFT, f64::max),
            x,
            y,
        }
    }

    fn place(&self, (x, y): (f64, f64)) -> (f64, f64) {
        (
            self.left + (RIGHT - self.left) * self.x.place(x),
            BOTTOM + (TOP - BOTTOM) * self.y.place(y),
        )
    }

    /// The numbers of the horizontal axis that stand apart and within the picture.
    fn apart(&self) -> Vec<(f64, String)> {
        const AIR: f64 = 4.0;
        let mut end = f64::NEG_INFINITY;
        let mut labels = self.x.labels(DIGITS);
        labels.retain(|(tick, label)| {
            let half = width(label, SMALL) / 2.0;
            let x = self.place((*tick, self.y.low)).0;
            let is_apart = x - half > end && x + half <= WIDTH;
            if is_apart {
                end = x + half + AIR;
            }
            is_apart
        });
        labels
    }

    fn path(&self, points: &[(f64, f64)]) -> String {
        let points = points.iter().map(|&point| self.place(point));
        let steps = points.enumerate().map(|(i, (x, y))| {
            let letter = if i == 0 { 'M' } else { 'L' };
            format!("{letter}{} {}", At(x), At(y))
        });
        steps.collect()
    }

    /// The path between points as far as it lies in the frame: it ends at the edge and may come in again.
    fn within(&self, points: &[(f64, f64)]) -> String {
        let placed = points.iter().map(|&(x, y)| {
            (
                self.place((x, y)).0,
                BOTTOM + (TOP - BOTTOM) * self.y.reach(y),
            )
        });
        let placed: Vec<(f64, f64)> = placed.collect();
        if let [only] = placed[..] {
            return format!("M{} {}", At(only.0), At(only.1));
        }
        let (mut path, mut is_drawn) = (String::new(), false);
        for ends in placed.windows(2) {
            let (a, b) = (ends[0], ends[1]);
            let Some((from, to)) = inside(a.1, b.1) else {
                is_drawn = false;
                continue;
            };
            let at = |t: f64| match t {
                0.0 => a,
                1.0 => b,
                t => (a.0 + t * (b.0 - a.0), a.1 + t * (b.1 - a.1)),
            };
            if !is_drawn || from > 0.0 {
                path += &format!("M{} {}", At(at(from).0), At(at(from).1));
            }
            path += &format!("L{} {}", At(at(to).0), At(at(to).1));
            is_drawn = to == 1.0;
        }
        path
    }
}

/// An entry of the legend.
struct Key {
    /// The class of its line, if it has one.
    look: Option<String>,
    /// The curve whose mark it shows.
    marked: Option<usize>,
    /// What it says.
    lines: Vec<String>,
}

impl Key {
    fn new(look: Option<String>, marked: Option<usize>, words: &str) -> Key {
        Key {
            look,
            marked,
            lines: broken(words, SIZE, ROOM),
        }
    }
}

/// Which part of the way from one height to another lies in the frame, as parts of 1.
fn inside(a: f64, b: f64) -> Option<(f64, f64)> {
    // what rounding puts beyond the edge is at the edge
    let (top, bottom) = (TOP - 0.01, BOTTOM + 0.01);
    let at = |edge: f64| (edge - a) / (b - a);
    let (mut from, mut to) = (0.0, 1.0);
    for (edge, is_out) in [
        (top, &(|y: f64| y < top) as &dyn Fn(f64) -> bool),
        (bottom, &|y: f64| y > bottom),
    ] {
        match (is_out(a), is_out(b)) {
            (true, true) => return None,
            (true, false) => from = f64::max(from, at(edge)),
            (false, true) => to = f64::min(to, at(edge)),
            (false, false) => {}
        }
    }
    (from < to).then_some((from, to))
}

impl Curves {
    /// The picture.
    pub fn draw(&self) -> Picture {
        let frame = self.frame();
        let legend = BOTTOM + 44.0;
        let keys = self.keys();
        let rows: usize = keys.iter().map(|key| key.lines.len()).sum();
        let mut row = 0;
        let mut first_rows = keys.iter().map(|key| {
            row += key.lines.len();
            row - key.lines.len()
        });
        let marks = html! {
            (self.axes(&frame))
            @for (i, level) in self.levels.iter().enumerate() {
                @if self.shows(&self.y, level.height) {
                    path class=(self.look_of_level(i)) d=(frame.path(&[(frame.x.low, level.height), (frame.x.high, level.height)])) { (title(&format!("{}{} = {}", level.name, self.owner(level), float(level.height)))) }
                }
            }
            @for (i, curve) in self.drawn() {
                @if !curve.band.is_empty() { path class={ "band f" (i % LOOKS) } d=(self.band(&frame, curve)) { (title(&format!("{}: all runs", curve.name))) } }
            }
            @for (i, curve) in self.drawn() {
                @let points = self.shown(&curve.points);
                path class=(look(i)) d=(frame.within(&points)) { (title(&curve.name)) }
                // one point is no line
                @if let ([only], true) = (&points[..], curve.marks.is_empty()) { (mark(&frame, i, &curve.name, *only)) }
                @for point in self.shown(&curve.marks).into_iter().filter(|point| self.is_within(point.1)) { (mark(&frame, i, &curve.name, point)) }
            }
            @for key in &keys {
                @let y = legend + LINE * first_rows.next().unwrap_or(0) as f64;
                @if let Some(look) = &key.look { path class=(look) d=(format!("M{} {}h30", At(LEFT), At(y - 4.0))) {} }
                @if let Some(i) = key.marked { path class={ "pt f" (i % LOOKS) } d=(shape(i + i / LOOKS, (LEFT + 15.0, y - 4.0), 3.2)) {} }
                @for (k, line) in key.lines.iter().enumerate() { text x=(At(LEFT + 38.0)) y=(At(y + LINE * k as f64)) { (line) } }
            }
        };
        Picture {
            title: self.title.clone(),
            size: (WIDTH, legend + LINE * rows as f64 - 6.0),
            marks,
        }
    }

    /// The curves that can be told apart.
    fn drawn(&self) -> impl Iterator<Item = (usize, &Curve)> {
        self.curves.iter().take(MOST).enumerate()
    }

    /// The legend: each curve, with its own levels below it, then the other levels.
    fn keys(&self) -> Vec<Key> {
        let level = |(i, level): (usize, &Level)| {
            let own = if level.of.is_some() { "its " } else { "" };
            let words = format!("{own}{} = {}", level.name, short(level.height, 4));
            Key::new(Some(self.look_of_level(i)), None, &words)
        };
        let of = |owner: Option<usize>| {
            let levels = self.levels.iter().enumerate();
            levels
                .filter(move |(_, level)| level.of == owner)
                .map(level)
        };
        let mut keys = Vec::new();
        for (i, curve) in self.drawn() {
            let marked =
                (!curve.marks.is_empty() || self.shown(&curve.points).len() == 1).then_some(i);
            keys.push(Key::new(Some(look(i)), marked, &curve.name));
            keys.extend(of(Some(i)));
        }
        keys.extend(of(None));
        let left_out = self.curves.len().saturating_sub(MOST);
        if left_out > 0 {
            keys.push(Key::new(
                None,
                None,
                &format!("and {left_out} more, which are not drawn"),
            ));
        }
        keys
    }

    /// Whose level it is, in words.
    fn owner(&self, level: &Level) -> String {
        let curve = level.of.and_then(|i| self.curves.get(i));
        curve.map_or_else(String::new, |curve| format!(" of {}", curve.name))
    }

    /// The class of a level: dots in the color of its curve, or a dash that no other level has.
    fn look_of_level(&self, i: usize) -> String {
        if let Some(curve) = self.levels[i].of {
            return format!("level c{} of", curve % LOOKS);
        }
        let before = self.levels[..i]
            .iter()
            .filter(|level| level.of.is_none())
            .count();
        let dotted = usize::from(self.levels.iter().any(|level| level.of.is_some()));
        format!("level l{}", (before + dotted) % DASHES)
    }

    fn shows(&self, (_, kind): &(String, Kind), value: f64) -> bool {
        value.is_finite() && (*kind != Kind::Logarithmic || value > 0.0)
    }

    fn band(&self, frame: &Frame, curve: &Curve) -> String {
        let within = |y: f64| y.clamp(self.window.0, self.window.1);
        let shown =
            |&&(x, low, _): &&(f64, f64, f64)| self.shows(&self.x, x) && self.shows(&self.y, low);
        let band: Vec<_> = curve.band.iter().filter(shown).collect();
        let lower = band.iter().map(|&&(x, low, _)| (x, within(low)));
        let upper = band.iter().rev().map(|&&(x, _, high)| (x, within(high)));
        frame.path(&lower.chain(upper).collect::<Vec<_>>()) + "z"
    }

    /// The points that the axes have, in the window or beyond it.
    fn shown(&self, points: &[(f64, f64)]) -> Vec<(f64, f64)> {
        let shown = |&&(x, y): &&(f64, f64)| self.shows(&self.x, x) && self.shows(&self.y, y);
        points.iter().filter(shown).copied().collect()
    }

    fn is_within(&self, y: f64) -> bool {
        (self.window.0..=self.window.1).contains(&y)
    }

    /// How far the axes must reach: to the points, and no further than the window.
    fn reach(&self, points: &[(f64, f64)]) -> Vec<(f64, f64)> {
        let within = |&(x, y): &(f64, f64)| (x, y.clamp(self.window.0, self.window.1));
        let points: Vec<(f64, f64)> = points.iter().map(within).collect();
        self.shown(&points)
    }

    fn frame(&self) -> Frame {
        let points: Vec<(f64, f64)> = {
            let curves = self.curves.iter();
            let points = curves.flat_map(|curve| {
                let band = curve
                    .band
                    .iter()
                    .flat_map(|&(x, low, high)| [(x, low), (x, high)]);
                let band: Vec<(f64, f64)> = band.collect();
                [&curve.points, &curve.marks, &band].map(|points| self.reach(points))
            });
            points.flatten().collect()
        };
        let levels = self.levels.iter().map(|level| level.height);
        let levels = levels.filter(|level| self.shows(&self.y, *level));
        let x = range(points.iter().map(|p| p.0)).unwrap_or((1.0, 10.0));
        let y = range(points.iter().map(|p| p.1).chain(levels)).unwrap_or((0.1, 1.0));
        let x = Scale {
            low: x.0,
            high: x.1,
            kind: self.x.1,
            rounding: 0.0,
        };
        Frame::of(x, padded(y, self.y.1))
    }

    fn axes(&self, frame: &Frame) -> Markup {
        html! {
            @for (tick, label) in frame.y.labels(DIGITS) {
                @let y = frame.place((frame.x.low, tick)).1;
                line class="grid" x1=(At(frame.left)) x2=(At(RIGHT)) y1=(At(y)) y2=(At(y)) {}
                text class="m s end" x=(At(frame.left - 6.0)) y=(At(y + 3.5)) { (label) }
            }
            @for (tick, label) in frame.apart() {
                @let x = frame.place((tick, frame.y.low)).0;
                line class="axis" x1=(At(x)) x2=(At(x)) y1=(At(BOTTOM)) y2=(At(BOTTOM + 4.0)) {}
                text class="m s mid" x=(At(x)) y=(At(BOTTOM + 15.0)) { (label) }
            }
            line class="axis" x1=(At(frame.left)) x2=(At(RIGHT)) y1=(At(BOTTOM)) y2=(At(BOTTOM)) {}
            text class="m s" x="4" y="12" { (shown(&self.y.0)) }
            text class="m s end" x=(At(RIGHT)) y=(At(BOTTOM + 28.0)) { (shown(&self.x.0)) }
        }
    }
}

/// A single number beside the i-th curve.
fn mark(frame: &Frame, i: usize, name: &str, (x, y): (f64, f64)) -> Markup {
    let words = format!("{name}, {} = {}", float(x), float(y));
    html! { path class={ "pt f" (i % LOOKS) } d=(shape(i + i / LOOKS, frame.place((x, y)), 3.2)) { (title(&words)) } }
}

/// The class of a curve: a color with its own dash, in the second round with that of another color.
fn look(i: usize) -> String {
    let other = if i / LOOKS % 2 == 1 {
        format!(" e{}", i % LOOKS)
    } else {
        String::new()
    };
    format!("curve c{}{other}", i % LOOKS)
}

/// An axis with some air at both ends.
fn padded((low, high): (f64, f64), kind: Kind) -> Scale {
    let (low, high) = match kind {
        Kind::Logarithmic => (low / 1.3, high * 1.3),
        _ if differ(low, high) => {
            let air = 0.04 * high - 0.04 * low;
            ((low - air).max(f64::MIN), (high + air).min(f64::MAX))
        }
        _ => {
            let size = low.abs().max(high.abs());
            let air = if size > 0.0 { 0.5 * size } else { 5e-4 };
            ((low - air).max(f64::MIN), (high + air).min(f64::MAX))
        }
    };
    Scale {
        low,
        high,
        kind,
        rounding: 0.0,
    }
}
