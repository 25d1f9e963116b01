//! Columns cleared of one another where they weigh most.
//!
//! Weights d of states enter the equations of learners as Φᵀ D x, where what a rarely met state says is lost beside a
//! frequent one. Any other basis of the columns of DΦ asks the same, and by Gaussian elimination with complete pivoting one is
//! found whose columns have no entries in the rows of those before them: a rare state's equation then stands alone, in
//! units of its own weight, and is known as well as any (Demmel, Gu, Eisenstat, Slapničar, Veselić & Drmač 1999).

use crate::field::UNIT;
use crate::linalg::Solvable;

/// Combinations of columns, each with a row of its own in which all later ones are 0.
pub(super) struct Echelon<F> {
    /// \[S\] each, as many as the rank.
    pub columns: Vec<Vec<F>>,
    /// The row of each.
    pub pivots: Vec<usize>,
}

impl<F: Solvable> Echelon<F> {
    /// Of columns \[S\] whose rows count as much as their weights \[S\] ≥ 0; rows without weight do not count. `noise` is
    /// what rounding may have done to the entries of a column, as a part of its largest.
    pub fn new(columns: &[Vec<F>], weights: &[f64], noise: f64) -> Echelon<F> {
        let mut left: Vec<Rounded<F>> = columns
            .iter()
            .map(|column| Rounded::new(column.clone(), noise))
            .collect();
        let mut done = Echelon {
            columns: Vec::new(),
            pivots: Vec::new(),
        };
        while let Some((at, row)) = heaviest(&left, weights) {
            let pivot = left.swap_remove(at);
            left.iter_mut().for_each(|other| other.clear(&pivot, row));
            done.columns.push(pivot.x);
            done.pivots.push(row);
        }
        done
    }

    /// The columns under their weights, each with 1 in its own row and nothing larger elsewhere.
    pub fn weighed(&self, weights: &[F]) -> Vec<Vec<F>> {
        let one = |(column, &pivot): (&Vec<F>, &usize)| {
            let most = weights[pivot].clone() * &column[pivot];
            let rows = column.iter().zip(weights);
            rows.map(|(x, d)| x.clone() * d / &most).collect()
        };
        self.columns.iter().zip(&self.pivots).map(one).collect()
    }
}

/// The column and the row of the largest entry under the weights; none if all are 0.
fn heaviest<F: Solvable>(columns: &[Rounded<F>], weights: &[f64]) -> Option<(usize, usize)> {
    let mut most = (0.0, None);
    for (at, column) in columns.iter().enumerate() {
        let rows = column.x.iter().zip(weights).enumerate();
        for (row, (x, weight)) in rows {
            let heavy = x.to_f64().abs() / column.size * weight;
            if heavy > most.0 {
                most = (heavy, Some((at, row)));
            }
        }
    }
    most.1
}

/// A column, and what rounding may have done to each of its entries: one that it may have made is 0.
struct Rounded<F> {
    x: Vec<F>,
    error: Vec<f64>,
    /// Its largest entry at first, in units of which it is compared with others.
    size: f64,
}

impl<F: Solvable> Rounded<F> {
    fn new(x: Vec<F>, noise: f64) -> Rounded<F> {
        let sizes = || x.iter().map(|x| x.to_f64().abs());
        let size = sizes().fold(0.0, f64::max);
        let error = sizes().map(|x| UNIT * x + noise * size).collect();
        let mut column = Rounded { x, error, size };
        column.forget_rounding();
        column
    }

    fn forget_rounding(&mut self) {
        if F::EXACT {
            return;
        }
        let entries = self.x.iter_mut().zip(&mut self.error);
        for (x, error) in entries.filter(|(x, error)| x.to_f64().abs() <= **error) {
            (*x, *error) = (F::zero(), 0.0);
        }
    }

    /// Takes as much of a pivot's column away as leaves nothing in its row.
    fn clear(&mut self, pivot: &Rounded<F>, row: usize) {
        if self.x[row].is_zero() {
            return;
        }
        let times = self.x[row].clone() / &pivot.x[row];
        let size = times.to_f64().abs();
        let own = pivot.x[row].to_f64().abs();
        let times_error = (self.error[row] + size * pivot.error[row]) / own + UNIT * size;
        for i in 0..self.x.len() {
            if pivot.x[i].is_zero() {
                continue;
            }
            let part = pivot.x[i].clone() * &times;
            let sizes = part.to_f64().abs() + self.x[i].to_f64().abs();
            self.x[i] -= part;
            self.error[i] += size * pivot.error[i]
                + times_error * pivot.x[i].to_f64().abs()
                + UNIT * 2.0 * sizes;
        }
        (self.x[row], self.error[row]) = (F::zero(), 0.0);
        self.forget_rounding();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_heavy_rows_say_alike_leaves_nothing_in_them() {
        // the first two rows are multiples of one another, in decimals that are no doubles
        let columns = [vec![0.1, 0.3, 3.0], vec![0.2, 0.6, 1.0]];
        let found = Echelon::new(&columns, &[0.5, 0.5, 1e-14], 0.0);
        assert_eq!(found.pivots, [1, 2]);
        assert_eq!(found.columns[1][..2], [0.0, 0.0]);
        let weighed = found.weighed(&[0.5, 0.5, 1e-14]);
        assert_eq!(weighed[1], [0.0, 0.0, 1.0]);
        assert_eq!(weighed[0][1], 1.0);
    }

    #[test]
    fn rows_without_weight_do_not_count() {
        let columns = [vec![1.0, 0.0], vec![1.0, 1.0]];
        assert_eq!(Echelon::new(&columns, &[1.0, 0.0], 0.0).pivots, [0]);
        let nothing = [vec![0.0, 0.0]];
        assert!(Echelon::new(&nothing, &[1.0, 1.0], 0.0).columns.is_empty());
    }
}
