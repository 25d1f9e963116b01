//! The value polytope on the plane of two states, with the paths of ascents.

use exact_mdp::polytope::Polytope;
use maud::{Markup, html};

use super::curves::LOOKS;
use super::scale::{Kind, Scale, differ, range};
use super::{At, LINE, Picture, Scene, WIDTH, clipped, float, title};

/// A polytope with what lies in it.
pub struct Plane<'a> {
    /// The states.
    pub scene: &'a Scene,
    /// The values of all policies.
    pub polytope: &'a Polytope,
    /// Paths by their names: the values at both states of every iterate.
    pub paths: Vec<(String, Vec<[f64; 2]>)>,
}

const LEFT: f64 = 64.0;
const RIGHT: f64 = 2.0 * WIDTH - 16.0;
const TOP: f64 = 26.0;
const BOTTOM: f64 = 470.0;

/// Where values stand.
struct Axes {
    x: Scale,
    y: Scale,
}

impl Axes {
    fn place(&self, [x, y]: [f64; 2]) -> (f64, f64) {
        (
            LEFT + (RIGHT - LEFT) * self.x.place(x),
            BOTTOM + (TOP - BOTTOM) * self.y.place(y),
        )
    }

    fn path(&self, points: impl Iterator<Item = [f64; 2]>) -> String {
        let points = points.map(|point| self.place(point)).enumerate();
        let steps = points.map(|(i, (x, y))| {
            let letter = if i == 0 { 'M' } else { 'L' };
            format!("{letter}{} {}", At(x), At(y))
        });
        steps.collect()
    }
}

impl Plane<'_> {
    /// The picture.
    pub fn draw(&self) -> Picture {
        let axes = self.axes();
        let legend = BOTTOM + 48.0;
        let marks = html! {
            (self.frame(&axes))
            @if !self.polytope.faces.is_empty() { path class="face" d=(self.faces(&axes)) { title { "the values of all policies" } } }
            g class="lines" { @for ends in &self.polytope.lines { (self.line(&axes, ends)) } }
            @for (i, (name, points)) in self.paths.iter().enumerate() { (path(&axes, i, name, points)) }
            @for vertex in &self.polytope.vertices { (self.vertex(&axes, vertex)) }
            @for (i, (name, points)) in self.paths.iter().enumerate() {
                @let y = legend + LINE * i as f64;
                path class={ "curve c" (i % LOOKS) } d=(format!("M{} {}h34", At(LEFT), At(y - 4.0))) {}
                text x=(At(LEFT + 44.0)) y=(At(y)) { (clipped(name, 40)) ", " (points.len().saturating_sub(1)) " steps, from the ring to the disc" }
            }
        };
        let [one, other] = self.names();
        Picture {
            title: format!("the values of all policies in {one} and {other}"),
            size: (2.0 * WIDTH, legend + LINE * self.paths.len() as f64 - 4.0),
            marks,
        }
    }

    fn names(&self) -> [String; 2] {
        self.polytope
            .states
            .map(|state| self.scene.name(state).into_owned())
    }

    fn axes(&self) -> Axes {
        let paths = self
            .paths
            .iter()
            .flat_map(|(_, points)| points.iter().copied());
        let points = self
            .polytope
            .vertices
            .iter()
            .map(|vertex| vertex.v)
            .chain(paths);
        let points: Vec<[f64; 2]> = points.collect();
        let axis = |i: usize| {
            let (low, high) = range(points.iter().map(|point| point[i])).unwrap_or((0.0, 1.0));
            let air = if differ(low, high) {
                0.06 * (high - low)
            } else {
                0.5 * high.abs().max(1e-3)
            };
            Scale {
                low: low - air,
                high: high + air,
                kind: Kind::Linear,
                rounding: 0.0,
            }
        };
        Axes {
            x: axis(0),
            y: axis(1),
        }
    }

    fn frame(&self, axes: &Axes) -> Markup {
        let [one, other] = self.names();
        html! {
            @for (tick, label) in axes.y.labels(4) {
                @let y = axes.place([axes.x.low, tick]).1;
                line class="grid" x1=(At(LEFT)) x2=(At(RIGHT)) y1=(At(y)) y2=(At(y)) {}
                text class="m s end" x=(At(LEFT - 7.0)) y=(At(y + 4.0)) { (label) }
            }
            @for (tick, label) in axes.x.labels(4) {
                @let x = axes.place([tick, axes.y.low]).0;
                line class="grid" x1=(At(x)) x2=(At(x)) y1=(At(TOP)) y2=(At(BOTTOM)) {}
                text class="m s mid" x=(At(x)) y=(At(BOTTOM + 16.0)) { (label) }
            }
            text class="m" x="6" y="14" { "v(" (clipped(&other, 24)) ")" }
            text class="m end" x=(At(RIGHT)) y=(At(BOTTOM + 32.0)) { "v(" (clipped(&one, 24)) ")" }
        }
    }

    /// All quadrangles in one path, each turned the same way, so that none is a hole in another.
    fn faces(&self, axes: &Axes) -> String {
        let corner = |&i: &usize| self.polytope.vertices[i].v;
        let faces = self
            .polytope
            .faces
            .iter()
            .flat_map(|face| pieces(face.each_ref().map(corner)));
        faces
            .map(|piece| axes.path(turned(piece).into_iter()) + "z")
            .collect()
    }

    fn line(&self, axes: &Axes, ends: &[usize; 2]) -> Markup {
        let points = ends.map(|i| self.polytope.vertices[i].v);
        html! { path class="side" d=(axes.path(points.into_iter())) {} }
    }

    fn vertex(&self, axes: &Axes, vertex: &exact_mdp::polytope::Vertex) -> Markup {
        let (x, y) = axes.place(vertex.v);
        let choices = vertex.pairs.iter().map(|&pair| {
            let (state, action) = self.scene.space.pair_names(pair);
            format!("{state}: {action}")
        });
        let choices: Vec<String> = choices.collect();
        let words = format!(
            "{} = ({}, {})",
            choices.join(", "),
            float(vertex.v[0]),
            float(vertex.v[1])
        );
        html! { circle class="vertex" cx=(At(x)) cy=(At(y)) r="4.2" { (title(&words)) } }
    }
}

/// The path of an ascent, with a ring where it starts and a disc where it ends.
fn path(axes: &Axes, i: usize, name: &str, points: &[[f64; 2]]) -> Markup {
    let ends = points.first().zip(points.last());
    html! {
        path class={ "curve c" (i % LOOKS) } d=(axes.path(points.iter().copied())) { (title(name)) }
        @if let Some((first, last)) = ends {
            @let (a, b) = (axes.place(*first), axes.place(*last));
            circle class={ "from c" (i % LOOKS) } cx=(At(a.0)) cy=(At(a.1)) r="6" { (title(&format!("{name}: start = ({}, {})", float(first[0]), float(first[1])))) }
            circle class={ "to f" (i % LOOKS) } cx=(At(b.0)) cy=(At(b.1)) r="5" { (title(&format!("{name}: end = ({}, {})", float(last[0]), float(last[1])))) }
        }
    }
}

/// A quadrangle as pieces without crossings: itself, or two triangles if two of its sides cross.
fn pieces(corners: [[f64; 2]; 4]) -> Vec<Vec<[f64; 2]>> {
    let [a, b, c, d] = corners;
    if let Some(x) = crossing([a, b], [c, d]) {
        return vec![vec![a, x, d], vec![b, c, x]];
    }
    if let Some(x) = crossing([b, c], [d, a]) {
        return vec![vec![a, b, x], vec![c, d, x]];
    }
    vec![corners.to_vec()]
}

/// Where two segments cross inside of both.
fn crossing([a, b]: [[f64; 2]; 2], [c, d]: [[f64; 2]; 2]) -> Option<[f64; 2]> {
    let minus = |p: [f64; 2], q: [f64; 2]| [p[0] - q[0], p[1] - q[1]];
    let cross = |p: [f64; 2], q: [f64; 2]| p[0] * q[1] - p[1] * q[0];
    let (r, s) = (minus(b, a), minus(d, c));
    let turn = cross(r, s);
    let (t, u) = (cross(minus(c, a), s) / turn, cross(minus(c, a), r) / turn);
    let inside = |x: f64| x > 0.0 && x < 1.0;
    (inside(t) && inside(u)).then(|| [a[0] + t * r[0], a[1] + t * r[1]])
}

/// The same corners counterclockwise.
fn turned(mut corners: Vec<[f64; 2]>) -> Vec<[f64; 2]> {
    let next = |i: usize| corners[(i + 1) % corners.len()];
    let area = (0..corners.len()).map(|i| corners[i][0] * next(i)[1] - next(i)[0] * corners[i][1]);
    if area.sum::<f64>() < 0.0 {
        corners.reverse();
    }
    corners
}

#[cfg(test)]
mod tests {
    use super::{crossing, pieces, turned};

    #[test]
    fn a_quadrangle_whose_sides_cross_is_two_triangles() {
        let bow = [[0.0, 0.0], [1.0, 1.0], [1.0, 0.0], [0.0, 1.0]];
        let parts = pieces(bow);
        assert_eq!(parts.len(), 2);
        assert!(parts.iter().all(|part| part.contains(&[0.5, 0.5])));
        assert_eq!(
            pieces([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]).len(),
            1
        );
        assert_eq!(
            crossing([[0.0, 0.0], [1.0, 0.0]], [[0.0, 1.0], [1.0, 1.0]]),
            None
        );
    }

    #[test]
    fn corners_are_turned_one_way() {
        let one = vec![[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]];
        let other: Vec<[f64; 2]> = one.iter().rev().copied().collect();
        assert_eq!(turned(other), turned(one));
    }
}
