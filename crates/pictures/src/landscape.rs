//! J along one parameter of a policy, or over the plane of two, with its exact gradient.

use exact_mdp::solved::Solved;
use maud::{Markup, html};

use super::curves::{Curve, Curves};
use super::scale::{Kind, Scale};
use super::shapes::arrow;
use super::{At, LINE, Picture, WIDTH, clipped, float, headed, key, title};

/// A parameter, and from where to where.
#[derive(Clone, Debug)]
pub struct Axis {
    /// Its number.
    pub parameter: usize,
    /// What it is called.
    pub name: String,
    /// The range that is drawn.
    pub range: (f64, f64),
}

/// Points of a line, and cells along a side of a plane; every so many of them has an arrow.
const POINTS: usize = 61;
const CELLS: usize = 24;
const EVERY: usize = 3;

/// J and ∂J where these parameters have these values; `None` where there is no such policy or no J.
fn at(solved: &Solved<f64>, point: &[(&Axis, f64)]) -> Option<(f64, Vec<f64>)> {
    let mut theta = solved.policy().theta()?.to_vec();
    for (axis, x) in point {
        *theta.get_mut(axis.parameter)? = *x;
    }
    let moved = solved.with_theta(theta).ok()?;
    let gradient = moved.gradient().ok()?;
    let slopes = point.iter().map(|(axis, _)| gradient[axis.parameter]);
    Some((*moved.j(), slopes.collect()))
}

/// Where the policy itself stands.
fn own(solved: &Solved<f64>, axis: &Axis) -> Option<f64> {
    solved.policy().theta()?.get(axis.parameter).copied()
}

/// J and ∂J/∂θ along a parameter, all others held; `None` where J exists nowhere on it.
pub fn line(solved: &Solved<f64>, axis: &Axis) -> Option<Picture> {
    let (low, high) = axis.range;
    let places = (0..POINTS).map(|i| low + (high - low) * i as f64 / (POINTS - 1) as f64);
    let found: Vec<(f64, f64, f64)> = places
        .filter_map(|x| at(solved, &[(axis, x)]).map(|(j, slope)| (x, j, slope[0])))
        .collect();
    let own = own(solved, axis).filter(|x| (low..=high).contains(x));
    let own = own.and_then(|x| at(solved, &[(axis, x)]).map(|(j, slope)| (x, j, slope[0])));
    let curves = |words: &str, y: &str, of: fn(&(f64, f64, f64)) -> f64| Curves {
        title: format!("{words} along {}", axis.name),
        x: (axis.name.clone(), Kind::Linear),
        y: (y.to_string(), Kind::Linear),
        curves: vec![
            Curve {
                name: format!("{y}, all other parameters as they are"),
                points: found.iter().map(|point| (point.0, of(point))).collect(),
                band: Vec::new(),
                marks: Vec::new(),
            },
            Curve {
                name: "the policy".into(),
                points: Vec::new(),
                band: Vec::new(),
                marks: own.iter().map(|point| (point.0, of(point))).collect(),
            },
        ],
        levels: Vec::new(),
        window: (f64::NEG_INFINITY, f64::INFINITY),
    };
    let parts = vec![
        curves("J", "J", |point| point.1).draw(),
        curves("the derivative of J", "∂J/∂θ", |point| point.2).draw(),
    ];
    let words = format!("J along {}", axis.name);
    (!found.is_empty()).then(|| headed(&words, super::stacked(words.clone(), parts)))
}

const LEFT: f64 = 56.0;
const TOP: f64 = 24.0;
const SIDE: f64 = WIDTH - LEFT - 12.0;
const BOTTOM: f64 = TOP + SIDE;

/// A plane with J in every cell.
struct Plane<'a> {
    axes: &'a [Axis; 2],
    /// J and its gradient in the middle of each cell, row by row from the bottom.
    cells: Vec<Option<(f64, Vec<f64>)>>,
    scale: Scale,
}

/// J over the plane of two parameters, all others held, and where ∇J points on it; `None` where J
/// exists nowhere on it.
pub fn plane(solved: &Solved<f64>, axes: &[Axis; 2]) -> Option<Picture> {
    let middle = |axis: &Axis, i: usize| {
        let (low, high) = axis.range;
        low + (high - low) * (i as f64 + 0.5) / CELLS as f64
    };
    let [x, y] = axes;
    let cell = |k: usize| {
        at(
            solved,
            &[(x, middle(x, k % CELLS)), (y, middle(y, k / CELLS))],
        )
    };
    let cells: Vec<_> = (0..CELLS * CELLS).map(cell).collect();
    if cells.iter().all(Option::is_none) {
        return None;
    }
    let values: Vec<f64> = cells.iter().flatten().map(|(j, _)| *j).collect();
    let plane = Plane {
        axes,
        cells,
        scale: Scale::of_signed(values.iter().copied(), None),
    };
    let own = own(solved, x).zip(own(solved, y));
    let words = format!("J over {} and {}", x.name, y.name);
    let marks = html! {
        (plane.colors())
        (plane.frame())
        (plane.field())
        @if let Some(own) = own { (plane.policy(own, *solved.j())) }
        (key::key(&plane.scale, "J", (LEFT, LEFT + SIDE), BOTTOM + 2.0 * LINE))
        text class="m s" x="4" y=(At(BOTTOM + 2.0 * LINE + key::HEIGHT + 14.0)) {
            "arrows: ∇J, as long as the root of its size; disc: the policy"
        }
    };
    let picture = Picture {
        title: words.clone(),
        size: (WIDTH, BOTTOM + 2.0 * LINE + key::HEIGHT + 20.0),
        marks,
    };
    Some(headed(&words, picture))
}

impl Plane<'_> {
    fn place(&self, (x, y): (f64, f64)) -> (f64, f64) {
        let share = |axis: &Axis, x: f64| (x - axis.range.0) / (axis.range.1 - axis.range.0);
        (
            LEFT + SIDE * share(&self.axes[0], x),
            BOTTOM - SIDE * share(&self.axes[1], y),
        )
    }

    /// The left upper corner of a cell.
    fn corner(k: usize) -> (f64, f64) {
        let side = SIDE / CELLS as f64;
        (
            LEFT + side * (k % CELLS) as f64,
            BOTTOM - side * (k / CELLS + 1) as f64,
        )
    }

    fn colors(&self) -> Markup {
        // a hair wider, so that no seam shows
        let side = SIDE / CELLS as f64 + 0.3;
        html! {
            @for (k, cell) in self.cells.iter().enumerate() {
                @let (x, y) = Plane::corner(k);
                @if let Some((j, _)) = cell {
                    rect class="patch" x=(At(x)) y=(At(y)) width=(At(side)) height=(At(side)) fill=(self.scale.color(*j).hex()) { (title(&self.words(k, *j))) }
                } @else {
                    rect class="none" x=(At(x)) y=(At(y)) width=(At(side)) height=(At(side)) { title { "no value" } }
                }
            }
        }
    }

    fn words(&self, k: usize, j: f64) -> String {
        let at = |axis: &Axis, i: usize| {
            let (low, high) = axis.range;
            float(low + (high - low) * (i as f64 + 0.5) / CELLS as f64)
        };
        format!(
            "at ({}, {}): J = {}",
            at(&self.axes[0], k % CELLS),
            at(&self.axes[1], k / CELLS),
            float(j)
        )
    }

    /// ∇J in every third cell of every third row.
    fn field(&self) -> Markup {
        let chosen =
            (0..CELLS * CELLS).filter(|k| k % CELLS % EVERY == 1 && k / CELLS % EVERY == 1);
        let known = chosen.filter_map(|k| self.cells[k].as_ref().map(|(j, slope)| (k, *j, slope)));
        let known: Vec<(usize, f64, &Vec<f64>)> = known.collect();
        let size = |slope: &[f64]| slope[0].hypot(slope[1]);
        let longest = known
            .iter()
            .map(|(_, _, slope)| size(slope))
            .fold(0.0, f64::max);
        let side = SIDE / CELLS as f64;
        html! {
            @for (k, j, slope) in known {
                @let (x, y) = Plane::corner(k);
                @let reach = (size(slope) / longest).sqrt() * side * (EVERY as f64 - 0.4);
                @let words = format!("{}, ∇J = ({}, {})", self.words(k, j), float(slope[0]), float(slope[1]));
                @let from = (x + side / 2.0, y + side / 2.0);
                @if reach >= 1.5 {
                    path class={ "arrow " (self.scale.color(j).ink()) } d=(arrow(from, self.direction(slope), reach)) { (title(&words)) }
                } @else {
                    circle class="still" cx=(At(from.0)) cy=(At(from.1)) r="1.5" { (title(&words)) }
                }
            }
        }
    }

    /// A direction of θ on the picture.
    fn direction(&self, slope: &[f64]) -> (f64, f64) {
        let unit = |axis: &Axis| SIDE / (axis.range.1 - axis.range.0);
        (
            slope[0] * unit(&self.axes[0]),
            -slope[1] * unit(&self.axes[1]),
        )
    }

    fn frame(&self) -> Markup {
        let ticks = |axis: &Axis| {
            let scale = Scale {
                low: axis.range.0,
                high: axis.range.1,
                kind: Kind::Linear,
                rounding: 0.0,
            };
            scale.labels(3)
        };
        let [x, y] = self.axes;
        html! {
            @for (tick, label) in ticks(x) {
                @let at = self.place((tick, y.range.0)).0;
                line class="axis" x1=(At(at)) x2=(At(at)) y1=(At(BOTTOM)) y2=(At(BOTTOM + 4.0)) {}
                text class="m s mid" x=(At(at)) y=(At(BOTTOM + 15.0)) { (label) }
            }
            @for (tick, label) in ticks(y) {
                @let at = self.place((x.range.0, tick)).1;
                line class="axis" x1=(At(LEFT - 4.0)) x2=(At(LEFT)) y1=(At(at)) y2=(At(at)) {}
                text class="m s end" x=(At(LEFT - 6.0)) y=(At(at + 3.5)) { (label) }
            }
            text class="m s" x="4" y="14" { (clipped(&y.name, 50)) }
            text class="m s end" x=(At(LEFT + SIDE)) y=(At(BOTTOM + 30.0)) { (clipped(&x.name, 44)) }
        }
    }

    fn policy(&self, own: (f64, f64), j: f64) -> Markup {
        let inside = |axis: &Axis, x: f64| x >= axis.range.0 && x <= axis.range.1;
        let (x, y) = self.place(own);
        let words = format!(
            "the policy at ({}, {}): J = {}",
            float(own.0),
            float(own.1),
            float(j)
        );
        html! {
            @if inside(&self.axes[0], own.0) && inside(&self.axes[1], own.1) {
                circle class="to f1" cx=(At(x)) cy=(At(y)) r="5.5" { (title(&words)) }
            }
        }
    }
}

/// The range of a parameter that is drawn unless it is said: four units of θ to either side of a
/// weight, all probabilities of a probability.
pub fn usual(theta: f64, is_probability: bool) -> (f64, f64) {
    if is_probability {
        (0.0, 1.0)
    } else {
        (theta - 4.0, theta + 4.0)
    }
}
