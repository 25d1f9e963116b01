//! Numbers in columns: as many digits as say something, decimal points below each other.

mod decimal;

use exact_mdp::report::Quantity;

const UNDEFINED: &str = "–";

/// The cells of a column: fixed decimals that give the largest entry `digits` significant ones,
/// scientific notation with half as many for entries that would show fewer than two that way, and
/// with all of them where every entry is far from 1. Trailing zeros are left out where every entry is exactly what is then shown.
///
/// Fractions are shown as they are, beside a decimal of so many digits.
pub fn aligned(values: &[Quantity], digits: usize) -> Vec<String> {
    if values.iter().any(|x| matches!(x, Quantity::Exact(_))) {
        return values.iter().map(|x| exact_cell(x, digits)).collect();
    }
    // a 64-bit number has no more
    let digits = digits.min(17);
    let defined = || values.iter().filter_map(|x| x.value());
    let largest = defined().map(f64::abs).fold(0.0, f64::max);
    let exponent = match largest {
        0.0 => 0,
        x => x.log10().floor() as i32,
    };
    let scientific = !(-4..=(digits as i32 + 3)).contains(&exponent);
    let decimals = (digits as i32 - 1 - exponent).max(0) as usize;
    let decimals = enough_decimals(defined(), decimals);
    let cells = values.iter().map(|x| match x.value() {
        None => UNDEFINED.to_string(),
        Some(0.0) => "0".to_string(),
        Some(x) if scientific => mantissa(x, digits),
        Some(x) if x.abs() < smallest_fixed(decimals) && !is_shown(x, decimals) => {
            mantissa(x, digits.div_ceil(2))
        }
        Some(x) => format!("{x:.decimals$}"),
    });
    at_the_point(cells.collect())
}

fn exact_cell(x: &Quantity, digits: usize) -> String {
    match x {
        Quantity::Undefined => UNDEFINED.to_string(),
        Quantity::Float(x) | Quantity::Certified { value: x, .. } => x.to_string(),
        Quantity::Exact(x) => decimal::cell(x, digits),
    }
}

/// One number by itself, with at most so many significant digits.
pub fn short(value: &Quantity, digits: usize) -> String {
    aligned(std::slice::from_ref(value), digits)
        .remove(0)
        .trim_end()
        .to_string()
}

/// A large number in groups of three digits.
pub fn grouped(x: u64) -> String {
    let digits = x.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 state`, `2 states`.
pub fn count(n: usize, noun: &str) -> String {
    match n {
        1 => format!("1 {noun}"),
        n => format!("{n} {noun}s"),
    }
}

/// Scientific notation with so many digits, or fewer if they show the number exactly.
fn mantissa(x: f64, digits: usize) -> String {
    let decimals = digits.saturating_sub(1).min(significant(x));
    format!("{x:.decimals$e}")
}

/// Below this, fixed decimals would show fewer than two significant digits.
fn smallest_fixed(decimals: usize) -> f64 {
    10f64.powi(1 - decimals as i32)
}

/// The fewest decimals, at most `most`, that show every entry exactly; `most` if none does.
fn enough_decimals(values: impl Iterator<Item = f64>, most: usize) -> usize {
    let mut enough = 0;
    for x in values {
        while enough < most && !is_shown(x, enough) {
            enough += 1;
        }
    }
    enough
}

/// Whether fixed decimals show the number exactly.
fn is_shown(x: f64, decimals: usize) -> bool {
    format!("{x:.decimals$}").parse() == Ok(x)
}

/// Decimals of the mantissa that show the number exactly, at most 17.
fn significant(x: f64) -> usize {
    let shown = |decimals: &usize| format!("{x:.*e}", *decimals).parse() == Ok(x);
    (0..17).find(shown).unwrap_or(17)
}

/// Pads on the right so that right-aligned cells have their points below each other.
fn at_the_point(mut cells: Vec<String>) -> Vec<String> {
    let tail = |cell: &str| match cell.find(['.', 'e']) {
        Some(at) => cell.len() - at,
        None => 0,
    };
    let longest = cells.iter().map(|cell| tail(cell)).max().unwrap_or(0);
    for cell in &mut cells {
        let missing = longest - tail(cell);
        cell.extend(std::iter::repeat_n(' ', missing));
    }
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(values: &[f64]) -> Vec<String> {
        aligned(&Quantity::all(values), 6)
    }

    #[test]
    fn points_stand_below_each_other() {
        assert_eq!(cells(&[1.0, -14.0, -22.0]), ["1", "-14", "-22"]);
        assert_eq!(cells(&[0.5, 0.25, 0.0]), ["0.50", "0.25", "0   "]);
        assert_eq!(cells(&[1.0 / 3.0, 10.0]), ["0.3333", "10.0000"]);
    }

    #[test]
    fn small_entries_keep_their_digits() {
        let column = cells(&[1.0 / 3.0, 1.25e-9, 0.0]);
        assert_eq!(column, ["0.333333", "1.25e-9 ", "0       "]);
        assert_eq!(cells(&[1.5e-9]), ["1.5e-9"]);
        assert_eq!(cells(&[2.5e20]), ["2.5e20"]);
    }

    #[test]
    fn what_is_rounded_keeps_its_zeros() {
        assert_eq!(cells(&[-14.000000000000004, 3.0]), ["-14.0000", "3.0000"]);
    }

    #[test]
    fn what_is_undefined_is_a_dash() {
        let column = [Quantity::Undefined, Quantity::Float(0.5)];
        assert_eq!(aligned(&column, 6), ["–  ", "0.5"]);
    }
}
