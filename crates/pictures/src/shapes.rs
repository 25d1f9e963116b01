//! Shapes that tell series of marks apart where colors do not, and arrows.

use super::At;

/// The outline of the i-th shape around a point.
pub fn shape(i: usize, (x, y): (f64, f64), radius: f64) -> String {
    let (r, d) = (radius, 0.86 * radius);
    let corners: &[(f64, f64)] = match i % 8 {
        0 => {
            let (left, twice) = (At(x - r), At(2.0 * r));
            return format!(
                "M{left} {y}a{r} {r} 0 1 0 {twice} 0a{r} {r} 0 1 0 -{twice} 0z",
                y = At(y),
                r = At(r)
            );
        }
        1 => &[(-d, -d), (d, -d), (d, d), (-d, d)],
        2 => &[
            (0.0, -1.3 * r),
            (1.3 * r, 0.0),
            (0.0, 1.3 * r),
            (-1.3 * r, 0.0),
        ],
        3 => &[(0.0, -1.2 * r), (1.2 * r, d), (-1.2 * r, d)],
        4 => &[(0.0, 1.2 * r), (1.2 * r, -d), (-1.2 * r, -d)],
        5 => &[(-1.2 * r, 0.0), (d, -1.2 * r), (d, 1.2 * r)],
        6 => &[(1.2 * r, 0.0), (-d, -1.2 * r), (-d, 1.2 * r)],
        _ => &[
            (-0.5 * r, -1.3 * r),
            (0.5 * r, -1.3 * r),
            (0.5 * r, 1.3 * r),
            (-0.5 * r, 1.3 * r),
        ],
    };
    let steps = corners.iter().enumerate().map(|(k, (dx, dy))| {
        let letter = if k == 0 { 'M' } else { 'L' };
        format!("{letter}{} {}", At(x + dx), At(y + dy))
    });
    steps.collect::<String>() + "z"
}

/// An arrow from a point in a direction, so long.
pub fn arrow(from: (f64, f64), (dx, dy): (f64, f64), reach: f64) -> String {
    let length = dx.hypot(dy);
    let head = (0.35 * reach).min(5.0);
    headed(from, (dx / length, dy / length), reach, (head, 0.6 * head))
}

/// A line in a direction of length 1, so long, with a head of two strokes backwards from the tip: so far back and so far
/// to each side.
pub fn headed(
    (x, y): (f64, f64),
    (dx, dy): (f64, f64),
    length: f64,
    (back, across): (f64, f64),
) -> String {
    let tip = (x + dx * length, y + dy * length);
    let wing = |side: f64| {
        let across = side * across;
        (
            tip.0 - dx * back - dy * across,
            tip.1 - dy * back + dx * across,
        )
    };
    let (a, b) = (wing(1.0), wing(-1.0));
    format!(
        "M{} {}L{} {}M{} {}L{} {} {} {}",
        At(x),
        At(y),
        At(tip.0),
        At(tip.1),
        At(a.0),
        At(a.1),
        At(tip.0),
        At(tip.1),
        At(b.0),
        At(b.1)
    )
}
