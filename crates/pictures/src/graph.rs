//! The transitions under a policy as a graph: lines as wide as they are probable, states colored by
//! their number.

use std::collections::HashSet;

use exact_mdp::mdp::GridLayout;
use maud::{Markup, html};

use super::curves::LOOKS;
use super::layout::{Point, layout};
use super::states::States;
use super::{At, Picture, WIDTH, clipped, float, key, noted, shown, title, width};

/// From so many states on nobody could read it.
pub const MOST: usize = 50;

/// The chain of a policy.
pub struct Graph<'a> {
    /// The states with the number that colors them.
    pub states: States<'a>,
    /// s, s', p^π(s'|s) > 0.
    pub edges: Vec<(usize, usize, f64)>,
    /// Whether each state is recurrent \[S\].
    pub recurrent: Vec<bool>,
    /// The recurrent class of each state \[S\], if classes are colored in place of numbers.
    pub classes: Option<Vec<Option<usize>>>,
}

const SIZE: Point = (2.0 * WIDTH, 400.0);
/// Characters of a name below a state.
const NAME: usize = 16;
/// Room between the states and the words on their classes.
const AIR: f64 = 8.0;
/// Up to so many states the graph is half as wide.
const FEW: usize = 5;

/// Places and sizes of what is drawn.
struct Plan {
    places: Vec<Point>,
    radius: f64,
}

impl Graph<'_> {
    /// The picture.
    pub fn draw(&self) -> Picture {
        let states = self.recurrent.len();
        let links: Vec<(usize, usize)> = self.edges.iter().map(|&(a, b, _)| (a, b)).collect();
        let links: Vec<(usize, usize)> = links.into_iter().filter(|(a, b)| a != b).collect();
        let radius = if states <= 12 { 18.0 } else { 12.0 };
        // a few states have room on a phone
        let size = if states <= FEW { (WIDTH, SIZE.1) } else { SIZE };
        let (places, height) = match self.states.scene.grid() {
            Some(grid) => on_grid(grid, states, size),
            None => layout(states, &links, size, 3.0 * radius),
        };
        let plan = Plan { places, radius };
        // what stands inside meets nothing
        let all_fit = (0..states).all(|state| self.fits(state, radius));
        let is_numbered = !all_fit && self.labels_meet(&plan);
        let sign = self.sign();

        let marks = html! {
            g class="edges" {
                @for &(from, to, p) in &self.edges { (self.edge(&plan, from, to, p)) }
            }
            g data-q=(self.states.source) {
                @for state in 0..states { (self.node(&plan, state, is_numbered.then_some(sign), all_fit)) }
            }
            @if self.classes.is_none() { (key::key(&self.states.scale, self.states.letter, (8.0, size.0 - 8.0), height)) }
        };
        let picture = Picture {
            title: "transitions under the policy, lines as wide as they are probable".to_string(),
            size: (
                size.0,
                height
                    + if self.classes.is_none() {
                        key::HEIGHT
                    } else {
                        AIR
                    },
            ),
            marks,
        };
        let mut notes = Vec::new();
        if self.classes.is_some() {
            notes.push(self.classes_in_words());
        }
        if is_numbered {
            let names =
                (0..states).map(|s| format!("{sign}{}\u{a0}{}", s + 1, self.states.scene.name(s)));
            notes.push(names.collect::<Vec<_>>().join(", "));
        }
        if notes.is_empty() {
            return picture;
        }
        noted(picture, &notes)
    }

    /// What the marks of a chain with colored classes mean.
    fn classes_in_words(&self) -> String {
        let space = &self.states.scene.space;
        let ends = (0..self.recurrent.len()).any(|s| space.is_terminal(s));
        let ends = if ends {
            "; a square: an end, a class of its own"
        } else {
            ""
        };
        let colored = (0..self.recurrent.len()).filter(|&s| !space.is_terminal(s));
        let class = |s: usize| self.classes.as_ref().and_then(|classes| classes[s]);
        let classes = colored.filter_map(class).collect::<HashSet<_>>().len();
        let again = if classes > LOOKS {
            format!(", of which {classes} share {LOOKS} colors")
        } else {
            String::new()
        };
        format!("a color and a second ring: a recurrent class{again}{ends}; else: transient")
    }

    /// Whether the name of a state stands inside its mark.
    fn is_inside(&self, state: usize, radius: f64) -> bool {
        let class = self.classes.as_ref().and_then(|classes| classes[state]);
        class.is_none() && self.fits(state, radius)
    }

    /// Whether the name of a state has room inside its mark.
    fn fits(&self, state: usize, radius: f64) -> bool {
        width(&shown(&self.states.scene.name(state)), 11.0) <= 1.8 * radius
    }

    /// What stands before the number of a state, so that it is not the name of another one.
    fn sign(&self) -> &'static str {
        let names = (0..self.recurrent.len()).map(|s| self.states.scene.name(s));
        if names.into_iter().any(|name| name.parse::<u64>().is_ok()) {
            "#"
        } else {
            ""
        }
    }

    /// Whether names below their states would be the same, or stand on each other or on other states.
    fn labels_meet(&self, plan: &Plan) -> bool {
        let r = plan.radius;
        let half = |state: usize| {
            let name = clipped(&self.states.scene.name(state), NAME);
            width(&name, 11.0) / 2.0
        };
        let outside = (0..plan.places.len()).filter(|&s| !self.is_inside(s, r));
        let outside: Vec<(usize, f64)> = outside.map(|s| (s, half(s))).collect();
        let names = outside
            .iter()
            .map(|&(state, _)| self.states.scene.name(state));
        let names: Vec<String> = names.map(|name| clipped(&name, NAME)).collect();
        let different = names.iter().collect::<HashSet<_>>().len();
        different < names.len()
            || outside.iter().any(|&(a, wide)| {
                let (x, y) = plan.places[a];
                let on_name = |&&(b, other): &&(usize, f64)| {
                    let (bx, by) = plan.places[b];
                    a != b && (bx - x).abs() < wide + other && (by - y).abs() < 12.0
                };
                let on_mark = |(b, &(bx, by)): (usize, &Point)| {
                    let below = y + r + 10.0;
                    a != b && (bx - x).abs() < wide + 0.7 * r && (by - below).abs() < 0.8 * r + 4.0
                };
                outside.iter().find(on_name).is_some()
                    || plan.places.iter().enumerate().any(on_mark)
            })
    }

    fn edge(&self, plan: &Plan, from: usize, to: usize, p: f64) -> Markup {
        let (line, head) = if from == to {
            plan.to_itself(from)
        } else {
            plan.curve(from, to)
        };
        let name = |state| self.states.scene.name(state);
        html! {
            g class="edge" {
                path d=(line) stroke-width=(At(0.8 + 3.2 * p)) {}
                path class="head" d=(head) {}
                (title(&format!("{} → {}: p^π(s'|s) = {}", name(from), name(to), float(p))))
            }
        }
    }

    /// A disc, with a second ring around a recurrent state; a terminal one is a square.
    fn node(&self, plan: &Plan, state: usize, sign: Option<&str>, all_fit: bool) -> Markup {
        let (scene, (x, y), r) = (self.states.scene, plan.places[state], plan.radius);
        let terminal = scene.space.is_terminal(state);
        let color = self.states.values[state]
            .value()
            .map(|x| self.states.scale.color(x));
        let color = color.filter(|_| !terminal && self.classes.is_none());
        let class = self.classes.as_ref().and_then(|classes| classes[state]);
        let fill = color.map(|color| color.hex());
        let (name, inside) = match sign {
            Some(sign) => (format!("{sign}{}", state + 1), true),
            None => (
                clipped(&scene.name(state), NAME),
                all_fit || self.is_inside(state, r),
            ),
        };
        let ink = color.filter(|_| inside).map_or("t", |color| color.ink());
        let base = if inside { y + 4.0 } else { y + r + 14.0 };
        let words = if terminal {
            scene.end_in_words(state)
        } else {
            self.states.title(state)
        };
        html! {
            g data-s=(state) class={ "node" @if terminal { " terminal" } } {
                @if scene.initial[state] > 0.0 {
                    path class="begin" d=(format!("M{} {}l-9 -5v10z", At(x - r - 4.0), At(y))) {}
                }
                @if terminal {
                    rect class="cell end-cell" x=(At(x - r)) y=(At(y - r)) width=(At(2.0 * r)) height=(At(2.0 * r)) {}
                    rect class="frame" x=(At(x - r + 3.0)) y=(At(y - r + 3.0)) width=(At(2.0 * r - 6.0)) height=(At(2.0 * r - 6.0)) {}
                } @else {
                    @if self.recurrent[state] { circle class="ring" cx=(At(x)) cy=(At(y)) r=(At(r + 3.5)) {} }
                    circle class={ "cell" @if let Some(class) = class { " f" (class % LOOKS) } @else if color.is_none() { " none" } } cx=(At(x)) cy=(At(y)) r=(At(r)) fill=[fill] {}
                }
                text class={ (ink) " s mid" @if !inside || class.is_some() { " halo" } } x=(At(x)) y=(At(base)) { (name) }
                (title(&words))
            }
        }
    }
}

impl Plan {
    /// A line bent to the right of its way, so that there and back are two, and its head.
    fn curve(&self, from: usize, to: usize) -> (String, String) {
        let (a, b) = (self.places[from], self.places[to]);
        let (dx, dy) = (b.0 - a.0, b.1 - a.1);
        let length = dx.hypot(dy).max(1e-6);
        let bend = (0.12 * length).min(26.0);
        let middle = (
            (a.0 + b.0) / 2.0 - dy / length * bend,
            (a.1 + b.1) / 2.0 + dx / length * bend,
        );
        let begin = towards(a, middle, self.radius + 1.0);
        let end = towards(b, middle, self.radius + 9.0);
        let line = format!(
            "M{} {}Q{} {} {} {}",
            At(begin.0),
            At(begin.1),
            At(middle.0),
            At(middle.1),
            At(end.0),
            At(end.1)
        );
        (line, head(end, towards(b, middle, self.radius + 2.0)))
    }

    /// A loop above the node.
    fn to_itself(&self, node: usize) -> (String, String) {
        let (x, y) = self.places[node];
        let (w, h) = (0.55 * self.radius, self.radius);
        let top = y - 0.85 * h;
        let line = format!(
            "M{} {}C{} {} {} {} {} {}",
            At(x - w),
            At(top),
            At(x - 2.2 * w),
            At(top - 1.9 * h),
            At(x + 2.2 * w),
            At(top - 1.9 * h),
            At(x + w + 1.5),
            At(top - 6.0)
        );
        (
            line,
            head((x + w + 1.5, top - 7.0), (x + w - 0.5, top - 0.5)),
        )
    }
}

/// Each state in the middle of its cell of a map.
fn on_grid(grid: &GridLayout, states: usize, size: Point) -> (Vec<Point>, f64) {
    let side = (size.0 / grid.columns.max(1) as f64).min(100.0);
    let left = (size.0 - side * grid.columns as f64) / 2.0;
    let mut places = vec![(size.0 / 2.0, side / 2.0); states];
    for (place, state) in grid.state.iter().enumerate() {
        if let Some(state) = state {
            let (row, column) = (place / grid.columns, place % grid.columns);
            places[*state] = (
                left + side * (column as f64 + 0.5),
                side * (row as f64 + 0.5),
            );
        }
    }
    (places, side * grid.rows as f64)
}

/// The point at this distance from `from` on the way to another.
fn towards(from: Point, to: Point, distance: f64) -> Point {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let share = distance / dx.hypot(dy).max(1e-6);
    (from.0 + dx * share, from.1 + dy * share)
}

/// A triangle from its base to its tip.
fn head(base: Point, tip: Point) -> String {
    let (dx, dy) = (tip.0 - base.0, tip.1 - base.1);
    let (nx, ny) = (-dy * 0.55, dx * 0.55);
    format!(
        "M{} {}L{} {}L{} {}z",
        At(tip.0),
        At(tip.1),
        At(base.0 + nx),
        At(base.1 + ny),
        At(base.0 - nx),
        At(base.1 - ny)
    )
}
