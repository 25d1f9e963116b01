//! Curves over one axis, each with a color and a dash of its own.

use maud::{Markup, html};

use super::scale::{Kind, Scale, range};
use super::shapes::shape;
use super::{At, LINE, Picture, WIDTH, clipped, float, short, shown, title};

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
    /// Levels across the picture, with what they are.
    pub levels: Vec<(String, f64)>,
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

/// So many pairs of color and dash differ.
pub const LOOKS: usize = 8;

const LEFT: f64 = 58.0;
const RIGHT: f64 = WIDTH - 14.0;
const TOP: f64 = 24.0;
const BOTTOM: f64 = 220.0;

/// The axes of the picture.
struct Frame {
    x: Scale,
    y: Scale,
}

impl Frame {
    fn place(&self, (x, y): (f64, f64)) -> (f64, f64) {
        (
            LEFT + (RIGHT - LEFT) * self.x.place(x),
            BOTTOM + (TOP - BOTTOM) * self.y.place(y),
        )
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
                LEFT + (RIGHT - LEFT) * self.x.place(x),
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
        let rows = self.curves.len() + self.levels.len();
        let marks = html! {
            (self.axes(&frame))
            @for (name, level) in &self.levels {
                @if self.shows(&self.y, *level) {
                    path class="level" d=(frame.path(&[(frame.x.low, *level), (frame.x.high, *level)])) { (title(&format!("{name} = {}", float(*level)))) }
                }
            }
            @for (i, curve) in self.curves.iter().enumerate() {
                @if !curve.band.is_empty() { path class={ "band f" (i % LOOKS) } d=(self.band(&frame, curve)) { (title(&format!("{}: all runs", curve.name))) } }
            }
            @for (i, curve) in self.curves.iter().enumerate() {
                path class=(look(i)) d=(frame.within(&self.shown(&curve.points))) { (title(&curve.name)) }
                @for point in self.shown(&curve.marks).into_iter().filter(|point| self.is_within(point.1)) { (mark(&frame, i, &curve.name, point)) }
            }
            @for (row, (class, name)) in self.names().into_iter().enumerate() {
                @let y = legend + LINE * row as f64;
                path class=(class) d=(format!("M{} {}h30", At(LEFT), At(y - 4.0))) {}
                @if self.curves.get(row).is_some_and(|curve| !curve.marks.is_empty()) {
                    path class={ "pt f" (row % LOOKS) } d=(shape(row, (LEFT + 15.0, y - 4.0), 3.2)) {}
                }
                text x=(At(LEFT + 38.0)) y=(At(y)) { (clipped(&name, 40)) }
            }
        };
        Picture {
            title: self.title.clone(),
            size: (WIDTH, legend + LINE * rows as f64 - 6.0),
            marks,
        }
    }

    fn names(&self) -> Vec<(String, String)> {
        let curves = self.curves.iter().enumerate();
        let curves = curves.map(|(i, curve)| (look(i), curve.name.clone()));
        let levels = self.levels.iter();
        let levels =
            levels.map(|(name, level)| ("level".into(), format!("{name} = {}", short(*level, 4))));
        curves.chain(levels).collect()
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
            let points = curves.flat_map(|c| [self.reach(&c.points), self.reach(&c.marks)]);
            points.flatten().collect()
        };
        let levels = self.levels.iter().map(|(_, level)| *level);
        let levels = levels.filter(|level| self.shows(&self.y, *level));
        let x = range(points.iter().map(|p| p.0)).unwrap_or((1.0, 10.0));
        let y = range(points.iter().map(|p| p.1).chain(levels)).unwrap_or((0.1, 1.0));
        Frame {
            x: Scale {
                low: x.0,
                high: x.1,
                kind: self.x.1,
            },
            y: padded(y, self.y.1),
        }
    }

    fn axes(&self, frame: &Frame) -> Markup {
        html! {
            @for (tick, label) in frame.y.labels(3) {
                @let y = frame.place((frame.x.low, tick)).1;
                line class="grid" x1=(At(LEFT)) x2=(At(RIGHT)) y1=(At(y)) y2=(At(y)) {}
                text class="m s end" x=(At(LEFT - 6.0)) y=(At(y + 3.5)) { (label) }
            }
            @for (tick, label) in frame.x.labels(3) {
                @let x = frame.place((tick, frame.y.low)).0;
                line class="axis" x1=(At(x)) x2=(At(x)) y1=(At(BOTTOM)) y2=(At(BOTTOM + 4.0)) {}
                text class="m s mid" x=(At(x)) y=(At(BOTTOM + 15.0)) { (label) }
            }
            line class="axis" x1=(At(LEFT)) x2=(At(RIGHT)) y1=(At(BOTTOM)) y2=(At(BOTTOM)) {}
            text class="m s" x="4" y="12" { (shown(&self.y.0)) }
            text class="m s end" x=(At(RIGHT)) y=(At(BOTTOM + 28.0)) { (shown(&self.x.0)) }
        }
    }
}

/// A single number beside the i-th curve.
fn mark(frame: &Frame, i: usize, name: &str, (x, y): (f64, f64)) -> Markup {
    let words = format!("{name}, {} = {}", float(x), float(y));
    html! { path class={ "pt f" (i % LOOKS) } d=(shape(i, frame.place((x, y)), 3.2)) { (title(&words)) } }
}

/// The class of a curve.
fn look(i: usize) -> String {
    format!("curve c{}", i % LOOKS)
}

/// An axis with some air at both ends.
fn padded((low, high): (f64, f64), kind: Kind) -> Scale {
    let (low, high) = match kind {
        Kind::Logarithmic => (low / 1.3, high * 1.3),
        _ if high > low => (low - 0.04 * (high - low), high + 0.04 * (high - low)),
        _ => (
            low - 0.5 * low.abs().max(1e-3),
            high + 0.5 * high.abs().max(1e-3),
        ),
    };
    Scale { low, high, kind }
}
