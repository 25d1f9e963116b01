//! Where a small step of ∇J moves the policy of one state, all others held: arrows on the simplex of
//! its two or three actions.

use maud::{Markup, html};

use super::shapes::arrow;
use super::{At, LINE, Name, Names, Picture, WIDTH, broken, float, noted, shown, title};

/// The simplex of one state.
#[derive(Clone, Debug)]
pub struct Simplex {
    /// The state.
    pub state: (usize, String),
    /// Its actions, two or three, with the numbers of their parameters, from 1 on.
    pub actions: Vec<(usize, String)>,
    /// π(·|s) of the policy.
    pub at: Vec<f64>,
    /// π(·|s) of other policies, each with the direction that ∇J moves it in.
    pub field: Vec<(Vec<f64>, Vec<f64>)>,
}

/// The length of the longest arrow beside the distance of two points of the field.
const LONGEST: f64 = 26.0;
const MARGIN: f64 = 44.0;
const TOP: f64 = 40.0;
const SIDE: f64 = WIDTH - 2.0 * MARGIN;
/// The size of the letters.
const SIZE: f64 = 11.0;
/// So many characters of a name are shown, or more, up to the most, where names would be the same.
const NAME: usize = 20;
const MOST: usize = 24;

impl Simplex {
    /// The picture.
    pub fn draw(&self) -> Picture {
        let corners = self.corners();
        let height = if corners.len() == 2 {
            92.0
        } else {
            TOP + SIDE * 0.866 + 30.0
        };
        let outline = corners.iter().enumerate().map(|(i, (x, y))| {
            let letter = if i == 0 { 'M' } else { 'L' };
            format!("{letter}{} {}", At(*x), At(*y))
        });
        let outline: String = outline.collect();
        let longest = self.field.iter().map(|(at, to)| self.length(at, to));
        let longest = longest.fold(0.0, f64::max);
        let names = self.actions.iter();
        let names = names.map(|(number, name)| Name {
            number: *number,
            name,
        });
        let names = Names::of(&names.collect::<Vec<_>>(), NAME, MOST);
        let heading = format!("in {}, all other states as they are", self.state.1);
        let heading = broken(&heading, SIZE, WIDTH - 8.0);
        let below = LINE * (heading.len().max(1) - 1) as f64;
        let parts = html! {
            path class="side" d=(outline + "z") {}
            @for (at, to) in &self.field { (self.arrow(at, to, longest)) }
            (ends(&names.shown, &corners))
            (self.current())
        };
        let marks = html! {
            @for (i, line) in heading.iter().enumerate() { text class="m s" x="4" y=(At(14.0 + LINE * i as f64)) { (line) } }
            @if below > 0.0 { g transform=(format!("translate(0 {})", At(below))) { (parts) } } @else { (parts) }
        };
        let picture = Picture {
            title: format!("where ∇J moves the policy in {}", self.state.1),
            size: (WIDTH, height + below),
            marks,
        };
        if names.key.is_empty() {
            return picture;
        }
        noted(picture, &names.key)
    }

    /// The corners: an action each, the third on top.
    fn corners(&self) -> Vec<(f64, f64)> {
        let base = if self.actions.len() == 2 {
            56.0
        } else {
            TOP + SIDE * 0.866
        };
        let corners = [
            (MARGIN, base),
            (MARGIN + SIDE, base),
            (WIDTH / 2.0, base - SIDE * 0.866),
        ];
        corners[..self.actions.len().min(3)].to_vec()
    }

    fn place(&self, weights: &[f64]) -> (f64, f64) {
        let corners = self.corners();
        let of = |part: fn(&(f64, f64)) -> f64| {
            corners
                .iter()
                .zip(weights)
                .map(|(c, w)| part(c) * w)
                .sum::<f64>()
        };
        (of(|c| c.0), of(|c| c.1))
    }

    fn length(&self, _: &[f64], to: &[f64]) -> f64 {
        let (x, y) = self.place(to);
        x.hypot(y)
    }

    fn arrow(&self, at: &[f64], to: &[f64], longest: f64) -> Markup {
        let ((x, y), (dx, dy)) = (self.place(at), self.place(to));
        // lengths as their square roots, so that the small ones are seen
        let length = dx.hypot(dy);
        let share = if longest > 0.0 {
            (length / longest).sqrt()
        } else {
            0.0
        };
        let words = format!("at {}: dπ = {}", numbers(at), numbers(to));
        if share * LONGEST < 1.0 {
            return html! { circle class="still" cx=(At(x)) cy=(At(y)) r="1.5" { (title(&words)) } };
        }
        let path = arrow((x, y), (dx, dy), share * LONGEST);
        html! { path class="arrow t" d=(path) { (title(&words)) } }
    }

    fn current(&self) -> Markup {
        let (x, y) = self.place(&self.at);
        let words = format!(
            "the policy in {}: {}",
            shown(&self.state.1),
            numbers(&self.at)
        );
        html! { circle class="to f1" cx=(At(x)) cy=(At(y)) r="5.5" { (title(&words)) } }
    }
}

/// The names at the corners.
fn ends(names: &[String], corners: &[(f64, f64)]) -> Markup {
    html! {
        @for (i, ((x, y), name)) in corners.iter().zip(names).enumerate() {
            @let base = if i == 2 { y - 8.0 } else { y + 22.0 };
            text class={ "s" @if i == 2 { " mid" } @else if i == 1 { " end" } } x=(At(match i { 0 => 8.0, 1 => WIDTH - 8.0, _ => *x })) y=(At(base)) { (name) }
        }
    }
}

fn numbers(values: &[f64]) -> String {
    let values: Vec<String> = values.iter().map(|x| float(*x)).collect();
    format!("({})", values.join(", "))
}
