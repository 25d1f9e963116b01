//! Games of one matrix, by the simplex method (theory, 7.8).
//!
//! ```text
//! max Σ z   s.t.  M̃ z ≤ 1,  z ≥ 0       M̃ = M − min M + 1 > 0:   val M̃ = 1/Σ z,  y = z val M̃
//! ```
//!
//! with x from the multipliers (Dantzig 1951). The smallest index breaks ties (Bland 1977). Over
//! fractions all of it is exact.

use crate::error::Error;
use crate::field::Field;

/// The value of a matrix game, and mixed strategies that guarantee it.
#[derive(Clone, Debug)]
pub struct Saddle<F> {
    /// max min xᵀMy.
    pub value: F,
    /// x: who picks the row and gets M.
    pub row: Vec<F>,
    /// y: who picks the column and pays M.
    pub column: Vec<F>,
}

/// Reduced costs below this are rounding, in floating point: entries of M̃ lie between 1 and 2.
const ROUNDING: f64 = 1e-13;
/// Most exchanges: rounding may send floating point round in circles; a choice.
const LONGEST: usize = 10_000;

/// The value of a matrix \[rows\]\[columns\].
///
/// # Errors
/// [`Error::Length`] unless it has an entry and all rows are of one length, [`Error::Argument`] unless all are finite.
pub fn saddle<F: Field>(m: &[Vec<F>]) -> Result<Saddle<F>, Error> {
    let columns = m.first().map_or(0, Vec::len).max(1);
    Error::check_length("list of rows", m.len().max(1), m.len())?;
    for row in m {
        Error::check_numbers("row of a matrix game", columns, row)?;
    }
    Ok(solved(m))
}

/// The value of a matrix \[rows\]\[columns\] that has been checked.
pub(super) fn solved<F: Field>(m: &[Vec<F>]) -> Saddle<F> {
    pure(m).unwrap_or_else(|| mixed(m))
}

fn extreme<'a, F: Field>(of: impl Iterator<Item = &'a F>, largest: bool) -> F {
    let better = |x: &F, best: &F| if largest { x > best } else { x < best };
    let best = of.reduce(|best, x| if better(x, best) { x } else { best });
    best.cloned().unwrap_or_else(F::zero)
}

/// An entry that is least in its row and largest in its column.
fn pure<F: Field>(m: &[Vec<F>]) -> Option<Saddle<F>> {
    let (rows, columns) = (m.len(), m.first().map_or(0, Vec::len));
    let least: Vec<F> = m.iter().map(|row| extreme(row.iter(), false)).collect();
    let most = |j: usize| extreme(m.iter().map(|row| &row[j]), true);
    let most: Vec<F> = (0..columns).map(most).collect();
    let value = extreme(least.iter(), true);
    if value != extreme(most.iter(), false) {
        return None;
    }
    let only = |n: usize, at: Option<usize>| {
        let one = |i: usize| if Some(i) == at { F::one() } else { F::zero() };
        (0..n).map(one).collect()
    };
    Some(Saddle {
        row: only(rows, least.iter().position(|x| *x == value)),
        column: only(columns, most.iter().position(|x| *x == value)),
        value,
    })
}

fn mixed<F: Field>(m: &[Vec<F>]) -> Saddle<F> {
    let (rows, columns) = (m.len(), m.first().map_or(0, Vec::len));
    let least = extreme(m.iter().flatten(), false);
    let span = extreme(m.iter().flatten(), true) - &least;
    let scaled = |x: &F| (x.clone() - &least) / &span + F::one();
    // columns: z, the slacks, the right-hand side; the last row holds the reduced costs
    let width = columns + rows + 1;
    let mut table = vec![vec![F::zero(); width]; rows + 1];
    for (i, row) in m.iter().enumerate() {
        for (j, x) in row.iter().enumerate() {
            table[i][j] = scaled(x);
        }
        table[i][columns + i] = F::one();
        table[i][width - 1] = F::one();
    }
    for cost in &mut table[rows][..columns] {
        *cost = F::one();
    }
    let mut basis: Vec<usize> = (columns..columns + rows).collect();
    for _ in 0..LONGEST {
        let Some((leaving, entering)) = exchange(&table, &basis) else {
            break;
        };
        pivot(&mut table, leaving, entering);
        basis[leaving] = entering;
    }
    let total = -table[rows][width - 1].clone();
    let mut column = vec![F::zero(); columns];
    for (i, &j) in basis.iter().enumerate().filter(|(_, j)| **j < columns) {
        column[j] = table[i][width - 1].clone() / &total;
    }
    let row = (0..rows).map(|i| -table[rows][columns + i].clone() / &total);
    Saddle {
        row: distribution(row.collect()),
        column: distribution(column),
        value: (F::one() / &total - F::one()) * &span + &least,
    }
}

/// What rounding has put below 0 is 0.
fn distribution<F: Field>(mut x: Vec<F>) -> Vec<F> {
    for x in x.iter_mut().filter(|x| **x < F::zero()) {
        *x = F::zero();
    }
    let total = x.iter().fold(F::zero(), |sum, x| sum + x);
    if !total.is_zero() && total != F::one() {
        x.iter_mut().for_each(|x| *x = x.clone() / &total);
    }
    x
}

/// The row that leaves the basis and the column that comes in; `None` at the optimum.
fn exchange<F: Field>(table: &[Vec<F>], basis: &[usize]) -> Option<(usize, usize)> {
    let (costs, rows) = table.split_last()?;
    let (right, costs) = costs.split_last().map(|(_, costs)| (costs.len(), costs))?;
    let positive = |x: &F| *x > F::zero() && (F::EXACT || x.to_f64() > ROUNDING);
    let entering = costs.iter().position(positive)?;
    let mut best: Option<(usize, F)> = None;
    for (i, row) in rows
        .iter()
        .enumerate()
        .filter(|(_, row)| positive(&row[entering]))
    {
        let ratio = row[right].clone() / &row[entering];
        let nearer = best
            .as_ref()
            .is_none_or(|(at, least)| ratio < *least || (ratio == *least && basis[i] < basis[*at]));
        if nearer {
            best = Some((i, ratio));
        }
    }
    best.map(|(leaving, _)| (leaving, entering))
}

fn pivot<F: Field>(table: &mut [Vec<F>], leaving: usize, entering: usize) {
    let by = table[leaving][entering].clone();
    for x in &mut table[leaving] {
        *x = x.clone() / &by;
    }
    let own = table[leaving].clone();
    for (i, row) in table.iter_mut().enumerate() {
        if i == leaving || row[entering].is_zero() {
            continue;
        }
        let factor = row[entering].clone();
        for (x, own) in row.iter_mut().zip(&own) {
            *x -= &(factor.clone() * own);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::number::Rational;
    use crate::test_models::Random;

    fn rational(m: &[&[i64]]) -> Vec<Vec<Rational>> {
        let row = |row: &&[i64]| row.iter().map(|&x| Rational::from(x)).collect();
        m.iter().map(row).collect()
    }

    /// x guarantees what y allows no more than: both prove the value.
    fn check<F: Field>(m: &[Vec<F>], slack: f64) -> Saddle<F> {
        let found = saddle(m).expect("a matrix");
        for row in m {
            let paid = row.iter().zip(&found.column);
            let paid = paid.fold(F::zero(), |sum, (x, y)| sum + x.clone() * y);
            assert!((paid - &found.value).to_f64() <= slack);
        }
        for j in 0..m[0].len() {
            let got = m.iter().zip(&found.row);
            let got = got.fold(F::zero(), |sum, (row, x)| sum + row[j].clone() * x);
            assert!((found.value.clone() - &got).to_f64() <= slack);
        }
        found
    }

    #[test]
    fn known_games_have_their_values() {
        let half = Rational::from(1) / Rational::from(2);
        let found = check(&rational(&[&[1, -1], &[-1, 1]]), 0.0);
        assert_eq!(
            (found.value, found.row),
            (Rational::ZERO, vec![half.clone(), half])
        );
        // von Neumann's off-diagonal rule: (3·1 − 0)/(3 + 1)
        let found = check(&rational(&[&[0, 3], &[1, 0]]), 0.0);
        assert_eq!(found.value, Rational::from(3) / Rational::from(4));
        // a saddle point
        let found = check(&rational(&[&[3, 1, 4], &[1, 0, 2]]), 0.0);
        assert_eq!(found.value, Rational::from(1));
        assert_eq!(found.column, rational(&[&[0, 1, 0]])[0]);
        // Colonel Blotto with 3 against 2 of Gale, Kuhn & Tucker's kind: optimal where checked both ways
        let blotto: &[&[i64]] = &[&[4, 2, 1], &[1, 3, 0], &[-2, 2, 2], &[0, 1, 4]];
        check(&rational(blotto), 0.0);
    }

    #[test]
    fn random_games_are_proven_by_their_strategies() {
        let mut random = Random(7);
        let mut draw = || random.below(7) as i64 - 3;
        for size in [(1, 1), (1, 4), (4, 1), (2, 2), (3, 5), (6, 4), (7, 7)] {
            for _ in 0..20 {
                let m: Vec<Vec<i64>> = (0..size.0)
                    .map(|_| (0..size.1).map(|_| draw()).collect())
                    .collect();
                let exact = m
                    .iter()
                    .map(|row| row.iter().map(|&x| Rational::from(x)).collect());
                let exact = check(&exact.collect::<Vec<Vec<Rational>>>(), 0.0);
                let float = m.iter().map(|row| row.iter().map(|&x| x as f64).collect());
                let float = check(&float.collect::<Vec<Vec<f64>>>(), 1e-12);
                assert!((float.value - exact.value.to_f64().value()).abs() < 1e-12);
            }
        }
    }
}
