//! Colors, dashes and numbers of all plots.

use plotters::style::RGBColor;

/// Okabe & Ito (2008) without the yellow, which white paper swallows: color-blind readers tell them
/// apart, and most differ in lightness too.
pub(super) const COLORS: [RGBColor; 7] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(0, 0, 0),
    RGBColor(86, 180, 233),
    RGBColor(230, 159, 0),
];

/// Lengths of dashes and gaps in pixels; the first is a full line.
pub(super) const DASHES: [(u32, u32); 4] = [(0, 0), (9, 4), (3, 3), (22, 8)];

/// Corners of the markers around their point, in pixels: disc, square, triangle, diamond, cross.
pub(super) const MARKERS: [&[(i32, i32)]; 5] = [
    &[
        (4, 0),
        (3, 3),
        (0, 4),
        (-3, 3),
        (-4, 0),
        (-3, -3),
        (0, -4),
        (3, -3),
    ],
    &[(-4, -4), (4, -4), (4, 4), (-4, 4)],
    &[(0, -5), (5, 4), (-5, 4)],
    &[(0, -6), (5, 0), (0, 6), (-5, 0)],
    &[
        (-5, -2),
        (-2, -2),
        (-2, -5),
        (2, -5),
        (2, -2),
        (5, -2),
        (5, 2),
        (2, 2),
        (2, 5),
        (-2, 5),
        (-2, 2),
        (-5, 2),
    ],
];

/// A number of an axis or a bar: three digits, plain where that is short.
pub(super) fn number(x: f64) -> String {
    if x == 0.0 {
        return "0".to_string();
    }
    let exponent = format!("{:e}", x.abs())
        .rsplit('e')
        .next()
        .and_then(|e| e.parse().ok());
    let exponent: i32 = exponent.unwrap_or(0);
    if !(-4..6).contains(&exponent) {
        let mantissa = trimmed(&format!("{:.2}", x / 10f64.powi(exponent)));
        let power: String = exponent.to_string().chars().map(superscript).collect();
        return match mantissa.as_str() {
            "1" => format!("10{power}"),
            _ => format!("{mantissa}·10{power}"),
        };
    }
    let decimals = usize::try_from(2 - exponent).unwrap_or(0);
    trimmed(&format!("{x:.decimals$}"))
}

fn trimmed(text: &str) -> String {
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_string()
    } else {
        text.to_string()
    }
}

fn superscript(c: char) -> char {
    const DIGITS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    match c.to_digit(10) {
        Some(digit) => DIGITS[digit as usize],
        None => '⁻',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        let shown = [
            (0.0, "0"),
            (1.0, "1"),
            (0.001, "0.001"),
            (0.0123456, "0.0123"),
            (-12.5, "-12.5"),
            (10_000.0, "10000"),
            (100_000.0, "100000"),
            (1e6, "10⁶"),
            (1e-4, "0.0001"),
            (1e-5, "10⁻⁵"),
            (2.346e-7, "2.35·10⁻⁷"),
        ];
        for (x, text) in shown {
            assert_eq!(number(x), text);
        }
    }
}
