//! Weighted sums of sparse rows, as p^π = π p takes them.

use super::Csr;
use crate::field::Field;

/// A row under construction: Σ weight · row. What it stores is the union of the patterns.
#[derive(Clone, Debug)]
pub struct RowSum<F> {
    sum: Vec<F>,
    held: Vec<bool>,
    /// The held columns in the order they came, unless a slice of them came at once.
    columns: Vec<u32>,
    sliced: bool,
    /// Whether a row with all columns was added.
    full: bool,
}

impl<F: Field> RowSum<F> {
    /// An empty row.
    pub fn new(columns: usize) -> RowSum<F> {
        RowSum {
            sum: vec![F::zero(); columns],
            held: vec![false; columns],
            columns: Vec::new(),
            sliced: false,
            full: false,
        }
    }

    /// Adds weight · (row of a matrix).
    pub fn add(&mut self, weight: &F, matrix: &Csr<F>, row: usize) {
        matrix.add_row_scaled(row, weight, &mut self.sum);
        let columns = matrix.row_columns(row);
        if columns.len() == self.sum.len() {
            self.full = true;
            return;
        }
        if columns.len() > self.sum.len() / 8 {
            self.sliced = true;
            columns
                .iter()
                .for_each(|&column| self.held[column as usize] = true);
            return;
        }
        for &column in columns {
            if !std::mem::replace(&mut self.held[column as usize], true) {
                self.columns.push(column);
            }
        }
    }

    /// Appends the row to a matrix, without the columns that are not to be kept, and empties it.
    pub fn push_to(&mut self, matrix: &mut Csr<F>, keep: &[bool]) {
        if std::mem::take(&mut self.full) {
            self.columns.clear();
            self.sliced = false;
            self.held.fill(false);
            if keep.iter().all(|&keep| keep) {
                matrix.push_full(&self.sum);
            } else {
                let cells = self.sum.iter().cloned().enumerate();
                matrix.push_sorted(cells.filter(|(column, _)| keep[*column]));
            }
            self.sum.fill(F::zero());
            return;
        }
        if std::mem::take(&mut self.sliced) {
            self.columns.clear();
            return self.push_all_to(matrix, keep);
        }
        if !self.columns.is_sorted() {
            self.columns.sort_unstable();
        }
        let entries = self.columns.drain(..).map(|column| {
            let at = column as usize;
            self.held[at] = false;
            (at, std::mem::replace(&mut self.sum[at], F::zero()))
        });
        matrix.push_sorted(entries.filter(|(column, _)| keep[*column]));
    }

    fn push_all_to(&mut self, matrix: &mut Csr<F>, keep: &[bool]) {
        let cells = self
            .held
            .iter_mut()
            .zip(&mut self.sum)
            .zip(keep)
            .enumerate();
        matrix.push_sorted(cells.filter_map(|(column, ((held, sum), &keep))| {
            let held = std::mem::take(held);
            let sum = std::mem::replace(sum, F::zero());
            (held && keep).then_some((column, sum))
        }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_of_narrow_and_wide_rows_keep_the_union_of_the_patterns() {
        for columns in [3, 30] {
            let rows = [vec![(2, 1.0), (0, 2.0)], vec![(1, 0.0), (2, 4.0)]];
            let matrix = Csr::from_rows(columns, rows);
            let mut out = Csr::empty(columns);
            let mut sum = RowSum::new(columns);
            let all = vec![true; columns];
            let full = Csr::from_rows(
                columns,
                [(0..columns).map(|c| (c, 2.0)).collect::<Vec<_>>()],
            );
            sum.add(&0.5, &matrix, 0);
            sum.add(&0.25, &matrix, 1);
            sum.push_to(&mut out, &all);
            sum.push_to(&mut out, &all);
            sum.add(&1.0, &matrix, 1);
            sum.push_to(&mut out, &[vec![true, false], all.clone()].concat());
            for keep in [all.clone(), [vec![true, false], all.clone()].concat()] {
                sum.add(&0.5, &matrix, 0);
                sum.add(&0.5, &full, 0);
                sum.push_to(&mut out, &keep[..columns]);
            }
            sum.push_to(&mut out, &all);
            let row = |row| out.row(row).map(|(c, x)| (c, *x)).collect::<Vec<_>>();
            assert_eq!(row(0), [(0, 1.0), (1, 0.0), (2, 1.5)]);
            assert_eq!(row(1), []);
            assert_eq!(row(2), [(2, 4.0)]);
            let mut whole: Vec<(usize, f64)> = (0..columns).map(|c| (c, 1.0)).collect();
            (whole[0].1, whole[2].1) = (2.0, 1.5);
            assert_eq!(row(3), whole);
            whole.remove(1);
            assert_eq!(row(4), whole);
            assert_eq!(row(5), []);
        }
    }
}
