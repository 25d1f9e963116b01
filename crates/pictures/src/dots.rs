//! Numbers as marks along one axis: a row for each name, a shape and a color for each series.

use maud::{Markup, html};

use super::curves::LOOKS;
use super::scale::{Kind, Scale, range};
use super::shapes::shape;
use super::{At, LINE, Name, Names, Picture, WIDTH, clipped, noted, shown, title, width};

/// Marks in rows.
#[derive(Clone, Debug)]
pub struct Dots {
    /// What they show.
    pub title: String,
    /// What the numbers are, and how they lie; what is not positive stands at the left end of a
    /// logarithmic axis.
    pub axis: (String, Kind),
    /// What each shape means.
    pub series: Vec<String>,
    /// The rows, from the top down.
    pub rows: Vec<Row>,
    /// What is shaded across all rows, from and to.
    pub shaded: Option<(f64, f64)>,
    /// Levels down through all rows, with what they are.
    pub levels: Vec<(String, f64)>,
}

/// A row.
#[derive(Clone, Debug)]
pub struct Row {
    /// What stands before it.
    pub name: String,
    /// The number that the name has where all that have one are counted, from 1 on.
    pub number: usize,
    /// Its marks.
    pub dots: Vec<Dot>,
    /// What stands in it where there is no mark.
    pub words: String,
}

/// A mark.
#[derive(Clone, Debug)]
pub struct Dot {
    /// Which shape.
    pub series: usize,
    /// Where.
    pub value: f64,
    /// Half the length of its whisker.
    pub error: Option<f64>,
    /// What it says in full.
    pub title: String,
}

const ROW: f64 = 22.0;
const RADIUS: f64 = 4.2;
/// So many characters of a name are shown, or more, up to the most, where names would be the same.
const NAME: usize = 22;
const MOST: usize = 34;
const RIGHT: f64 = WIDTH - 12.0;

/// Where marks stand.
struct Frame {
    left: f64,
    bottom: f64,
    scale: Scale,
}

impl Frame {
    fn x(&self, value: f64) -> f64 {
        self.left + (RIGHT - self.left) * self.scale.place(value)
    }
}

impl Frame {
    /// The ticks whose labels stand apart and within the picture.
    fn labels(&self) -> Vec<(f64, String)> {
        const AIR: f64 = 4.0;
        let mut end = f64::NEG_INFINITY;
        let mut labels = self.scale.labels(3);
        labels.retain(|(tick, label)| {
            let half = width(label, 11.0) / 2.0;
            let x = self.x(*tick);
            let is_apart = x - half > end && x + half <= WIDTH;
            if is_apart {
                end = x + half + AIR;
            }
            is_apart
        });
        labels
    }
}

impl Dots {
    /// Evenly from zero, or by logarithms where the numbers differ too much for that.
    pub fn spread(values: impl Iterator<Item = f64>) -> Kind {
        /// From so far apart the smallest could not be seen beside the largest.
        const FAR: f64 = 30.0;
        let range = range(values.filter(|x| *x > 0.0));
        if range.is_some_and(|(low, high)| high > FAR * low) {
            Kind::Logarithmic
        } else {
            Kind::Linear
        }
    }

    /// The picture.
    pub fn draw(&self) -> Picture {
        let names = self.rows.iter().map(|row| Name {
            number: row.number,
            name: &row.name,
        });
        let names = Names::of(&names.collect::<Vec<_>>(), NAME, MOST);
        let (names, key) = (names.shown, names.key);
        let frame = self.frame(&names);
        let legend = frame.bottom + 52.0;
        let keys = self.keys();
        let marks = html! {
            (self.axes(&frame))
            @for (i, row) in self.rows.iter().enumerate() { (self.row(row, &names[i], &frame, ROW * (i as f64 + 0.5) + 4.0)) }
            @for (i, (mark, words)) in keys.iter().enumerate() {
                @let y = legend + LINE * i as f64;
                @match mark {
                    Some(series) => path class={ "pt f" (series % LOOKS) } d=(shape(*series, (14.0, y - 4.0), RADIUS)) {},
                    None => path class="level" d=(format!("M4 {}h20", At(y - 4.0))) {},
                }
                text class="s" x="30" y=(At(y)) { (clipped(words, 50)) }
            }
        };
        let picture = Picture {
            title: self.title.clone(),
            size: (WIDTH, legend + LINE * keys.len() as f64 - 8.0),
            marks,
        };
        if key.is_empty() {
            return picture;
        }
        noted(picture, &key)
    }

    fn keys(&self) -> Vec<(Option<usize>, String)> {
        let series = self.series.iter().enumerate();
        let series = series.map(|(i, words)| (Some(i), words.clone()));
        let levels = self.levels.iter();
        let levels = levels.map(|(words, x)| (None, format!("{words} = {}", super::short(*x, 3))));
        series.chain(levels).collect()
    }

    fn frame(&self, names: &[String]) -> Frame {
        let names = names.iter().map(|name| width(name, 12.0));
        let dots = self.rows.iter().flat_map(|row| &row.dots);
        let ends = dots.flat_map(|dot| {
            let error = dot.error.unwrap_or(0.0);
            [dot.value - error, dot.value + error]
        });
        let shaded = self.shaded.iter().flat_map(|&(low, high)| [low, high]);
        let levels = self.levels.iter().map(|(_, level)| *level);
        Frame {
            left: names.fold(24.0, f64::max).ceil() + 14.0,
            bottom: ROW * self.rows.len() as f64 + 8.0,
            scale: self.scale(ends.chain(shaded).chain(levels)),
        }
    }

    fn scale(&self, values: impl Iterator<Item = f64>) -> Scale {
        let kind = self.axis.1;
        if kind == Kind::Logarithmic {
            let (low, high) = range(values.filter(|x| *x > 0.0)).unwrap_or((0.1, 1.0));
            return Scale {
                low: low / 3.0,
                high: high * 1.5,
                kind,
                rounding: 0.0,
            };
        }
        let scale = Scale::from_zero(values);
        let air = 0.03 * (scale.high - scale.low);
        Scale {
            low: if scale.low < 0.0 {
                scale.low - air
            } else {
                0.0
            },
            high: if scale.high > 0.0 {
                scale.high + air
            } else {
                0.0
            },
            kind,
            rounding: 0.0,
        }
    }

    fn axes(&self, frame: &Frame) -> Markup {
        let bottom = frame.bottom;
        html! {
            @if let Some((low, high)) = self.shaded {
                @let (a, b) = (frame.x(low), frame.x(high));
                rect class="shade" x=(At(a)) y="2" width=(At(b - a)) height=(At(bottom - 2.0)) {}
            }
            @for (tick, label) in frame.labels() {
                @let x = At(frame.x(tick));
                line class="grid" x1=(x) x2=(x) y1="2" y2=(At(bottom)) {}
                text class="m s mid" x=(x) y=(At(bottom + 15.0)) { (label) }
            }
            line class="axis" x1=(At(frame.left)) x2=(At(RIGHT)) y1=(At(bottom)) y2=(At(bottom)) {}
            text class="m s end" x=(At(RIGHT)) y=(At(bottom + 30.0)) { (shown(&self.axis.0)) }
            @for (name, level) in &self.levels {
                @let x = At(frame.x(*level));
                path class="level" d=(format!("M{x} 2V{}", At(bottom))) { (title(&format!("{name} = {}", super::float(*level)))) }
            }
        }
    }

    fn row(&self, row: &Row, name: &str, frame: &Frame, y: f64) -> Markup {
        html! {
            text class="end" x=(At(frame.left - 8.0)) y=(At(y + 4.0)) { (name) (title(&row.name)) }
            @if row.dots.is_empty() {
                text class="m s" x=(At(frame.left + 4.0)) y=(At(y + 4.0)) {
                    (clipped(&row.words, ((RIGHT - frame.left) / 6.0).max(4.0) as usize)) (title(&row.words))
                }
            }
            @for dot in &row.dots {
                @let x = frame.x(dot.value);
                g {
                    @if let Some(error) = dot.error {
                        path class="whisker" d=(format!("M{} {}H{}", At(frame.x(dot.value - error)), At(y), At(frame.x(dot.value + error)))) {}
                    }
                    path class={ "pt f" (dot.series % LOOKS) } d=(shape(dot.series, (x, y), RADIUS)) {}
                    (title(&dot.title))
                }
            }
        }
    }
}
