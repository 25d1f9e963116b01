//! How many features count: their rank as they are written, beside that by the digits of floating point, which directions of the
//! natural gradient go by.

use super::pseudo_inverse::noise;
use crate::field::Field;
use crate::linalg::{Csr, LeastSquares};
use crate::number::{Number, Rational};
use crate::policy::{LogLinear, Parametrization, Policy};

/// Most features, and most entries of their table, of which the rank as written is sought: fractions grow with each that is
/// eliminated. A choice, some tenths of a second.
const FEATURES: usize = 64;
const ENTRIES: usize = 4096;

/// What is left of features as written beside what two floats hold of them, relative to the largest of a column: 2⁻⁹⁰.
const ALIKE: f64 = 8e-28;

/// The ranks of the differences of features within states, as they are written and as floating point counts them, where they are two:
/// then it is a question of rounding which features move anything.
///
/// `None` too of policies without features, and of more than [`FEATURES`] and [`ENTRIES`].
pub(crate) fn open_rank(policy: &Policy) -> Option<(usize, usize)> {
    let Parametrization::LogLinear(family) = policy.parametrization() else {
        return None;
    };
    let (d, pairs) = (family.features.columns(), family.features.rows());
    if d > FEATURES || d * pairs > ENTRIES {
        return None;
    }
    let space = policy.space();
    let mut rows: Vec<Vec<Rational>> = Vec::new();
    for state in 0..space.states() {
        let mut own = space.pairs_of(state).map(|pair| written(family, pair));
        let Some(first) = own.next() else { continue };
        let gap = |row: Vec<Rational>| -> Vec<Rational> {
            row.iter().zip(&first).map(|(x, y)| x - y).collect()
        };
        rows.extend(own.map(gap));
    }
    let size = |k: usize| {
        let entries = rows.iter().map(|row| Field::to_f64(&row[k]).abs());
        entries.fold(0.0, f64::max)
    };
    let sizes: Vec<f64> = (0..d).map(size).collect();
    let mut rounded = LeastSquares::new(&sizes);
    for row in &rows {
        rounded.push(row.iter().map(Field::to_f64).enumerate(), 0.0);
    }
    let counted = rounded.shortest(noise(d)).1;
    let written = rank(rows, &sizes);
    (written != counted).then_some((written, counted))
}

/// φ(s, a) \[d\], with what rounding has left out.
fn written(family: &LogLinear<f64>, pair: usize) -> Vec<Rational> {
    let mut row = vec![Rational::ZERO; family.features.columns()];
    let tables = [Some(&family.features), family.rest.as_ref()];
    for table in tables.into_iter().flatten() {
        let table: &Csr<f64> = table;
        for (k, x) in table.row(pair) {
            row[k] += Number::from_f64(*x).map_or(Rational::ZERO, |x| x.to_rational());
        }
    }
    row
}

/// The rank, by elimination with the largest pivots of all; what is alike up to [`ALIKE`] is alike.
fn rank(mut rows: Vec<Vec<Rational>>, sizes: &[f64]) -> usize {
    let relative = |x: &Rational, k: usize| Field::to_f64(x).abs() / sizes[k];
    let mut rank = 0;
    while rank < rows.len() {
        let mut best = (ALIKE, None);
        for (i, row) in rows.iter().enumerate().skip(rank) {
            for (k, x) in row.iter().enumerate().filter(|(_, x)| !x.is_zero()) {
                let size = relative(x, k);
                if size > best.0 {
                    best = (size, Some((i, k)));
                }
            }
        }
        let Some((found, column)) = best.1 else { break };
        rows.swap(rank, found);
        let pivot = rows[rank].clone();
        for row in rows.iter_mut().skip(rank + 1) {
            if row[column].is_zero() {
                continue;
            }
            let factor = &row[column] / &pivot[column];
            let entries = row.iter_mut().zip(&pivot);
            entries.for_each(|(x, y)| *x -= &factor * y);
        }
        rank += 1;
    }
    rank
}
