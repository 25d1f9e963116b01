//! Many states as thin columns, the largest number first.

use maud::{Markup, html};

use super::scale::Scale;
use super::states::{MARKS, States};
use super::{At, Picture, WIDTH, title};

/// Thin columns of states.
pub struct Columns<'a> {
    /// The numbers.
    pub states: &'a States<'a>,
    /// The states from the left to the right.
    pub order: Vec<usize>,
}

/// A column that is not 0 is at least so wide.
const SEEN: f64 = 1.5;
const TOP: f64 = 8.0;
const BOTTOM: f64 = 168.0;
const LEFT: f64 = 52.0;
const RIGHT: f64 = WIDTH - 6.0;

impl Columns<'_> {
    /// The picture: a mark for each state, or a line of them all where they are too many.
    pub fn draw(&self) -> Picture {
        let scale = Scale::from_zero(self.order.iter().filter_map(|&s| self.value(s)));
        let y = |x: f64| BOTTOM + (TOP - BOTTOM) * scale.place(x);
        let states = &self.states;
        let marks = html! {
            @for (tick, label) in scale.labels(3) {
                line class="grid" x1=(At(LEFT)) x2=(At(RIGHT)) y1=(At(y(tick))) y2=(At(y(tick))) {}
                text class="m s end" x=(At(LEFT - 5.0)) y=(At(y(tick) + 3.5)) { (label) }
            }
            g data-q=(states.source) {
                @if self.order.len() > MARKS { (self.line(&y)) } @else { (self.columns(&y)) }
            }
            line class="axis" x1=(At(LEFT)) x2=(At(RIGHT)) y1=(At(y(0.0))) y2=(At(y(0.0))) {}
            text class="m s" x=(At(LEFT)) y=(At(BOTTOM + 20.0)) {
                (states.letter) " of " (self.order.len()) " states, the largest first"
            }
        };
        Picture {
            title: states.caption(),
            size: (WIDTH, BOTTOM + 30.0),
            marks,
        }
    }

    fn value(&self, state: usize) -> Option<f64> {
        self.states.scale.seen(&self.states.values[state]).value()
    }

    fn columns(&self, y: &dyn Fn(f64) -> f64) -> Markup {
        let width = (RIGHT - LEFT) / self.order.len().max(1) as f64;
        let zero = y(0.0);
        html! {
            @for (i, &state) in self.order.iter().enumerate() {
                @let end = y(self.value(state).unwrap_or(0.0));
                rect class="bar" data-s=(state) x=(At(LEFT + width * i as f64)) y=(At(zero.min(end))) width=(At(width.max(if end == zero { 0.3 } else { SEEN }))) height=(At((end - zero).abs().max(0.5))) {
                    (title(&self.states.title(state)))
                }
            }
        }
    }

    /// As many points as there are pixels.
    fn line(&self, y: &dyn Fn(f64) -> f64) -> Markup {
        let pixels = (RIGHT - LEFT) as usize;
        let last = self.order.len() - 1;
        let point = |pixel: usize| {
            let state = self.order[pixel * last / pixels];
            (LEFT + pixel as f64, y(self.value(state).unwrap_or(0.0)))
        };
        let points: Vec<String> = (0..=pixels)
            .map(point)
            .map(|(x, y)| format!("{},{}", At(x), At(y)))
            .collect();
        html! {
            polyline class="curve" points=(points.join(" ")) { (title(&self.states.caption())) }
        }
    }
}
