//! Weighted sums of sparse rows, as p^π = π p takes them.

use super::Csr;
use super::csr::contiguous;
use crate::field::Field;

/// A row under construction: Σ weight · row. What it stores is the union of the patterns.
#[derive(Clone, Debug)]
pub struct RowSum<F> {
    /// Made where a row is not narrow.
    sum: Vec<F>,
    held: Vec<bool>,
    width: usize,
    /// The entries in the order they came, unless many of them came at once.
    entries: Vec<(u32, F)>,
    /// Whether two of them may be of one column.
    repeats: bool,
    sliced: bool,
}

/// Rows with at most so many entries are put in order entry by entry.
const NARROW: usize = 8;

impl<F: Field> RowSum<F> {
    /// An empty row.
    pub fn new(columns: usize) -> RowSum<F> {
        RowSum {
            sum: Vec::new(),
            held: Vec::new(),
            width: columns,
            entries: Vec::new(),
            repeats: false,
            sliced: false,
        }
    }

    /// Adds weight · (row of a matrix).
    pub fn add(&mut self, weight: &F, matrix: &Csr<F>, row: usize) {
        let (columns, values) = matrix.slices(row);
        let wide = columns.len() > NARROW.max(self.width / 8);
        if !self.sliced && !wide {
            if (1..=NARROW).contains(&self.entries.len()) {
                return self.add_to_few(weight, columns, values);
            }
            self.repeats |= !self.entries.is_empty();
            let products = values.iter().map(|x| F::zero() + x.clone() * weight);
            return self.entries.extend(columns.iter().copied().zip(products));
        }
        self.slice();
        matrix.add_row_scaled(row, weight, &mut self.sum);
        match contiguous(columns) {
            Some(range) => self.held[range].fill(true),
            None => columns.iter().for_each(|&at| self.held[at as usize] = true),
        }
    }

    /// Adds to what is there where there is so little of it that looking is faster than putting in order.
    fn add_to_few(&mut self, weight: &F, columns: &[u32], values: &[F]) {
        let few = self.entries.len();
        for (&column, x) in columns.iter().zip(values) {
            let product = F::zero() + x.clone() * weight;
            match self.entries[..few]
                .iter_mut()
                .find(|entry| entry.0 == column)
            {
                Some(entry) => entry.1 += product,
                None => self.entries.push((column, product)),
            }
        }
    }

    /// Goes on with a cell for each column.
    fn slice(&mut self) {
        self.sum.resize(self.width, F::zero());
        self.held.resize(self.width, false);
        self.sliced = true;
        for (column, x) in self.entries.drain(..) {
            self.sum[column as usize] += x;
            self.held[column as usize] = true;
        }
    }

    /// Appends the row to a matrix, without the columns that are not to be kept, and empties it;
    /// the sum of what was not kept.
    pub fn push_to(&mut self, matrix: &mut Csr<F>, keep: &[bool]) -> F {
        let mut lost = F::zero();
        if std::mem::take(&mut self.sliced) {
            self.repeats = false;
            self.push_all_to(matrix, keep, &mut lost);
            return lost;
        }
        // stable, so that entries of one column are added in the order they came
        if !self.entries.is_sorted_by_key(|entry| entry.0) {
            self.entries.sort_by_key(|entry| entry.0);
        }
        if std::mem::take(&mut self.repeats) {
            self.entries.dedup_by(|later, first| {
                let same = later.0 == first.0;
                if same {
                    first.1 += &later.1;
                }
                same
            });
        }
        let entries = self
            .entries
            .drain(..)
            .map(|(column, x)| (column as usize, x));
        matrix.push_sorted(entries.filter(|(column, x)| kept(keep[*column], x, &mut lost)));
        lost
    }

    fn push_all_to(&mut self, matrix: &mut Csr<F>, keep: &[bool], lost: &mut F) {
        if keep
            .iter()
            .zip(&self.held)
            .all(|(&keep, &held)| keep && held)
        {
            matrix.push_full(&self.sum);
            self.sum.fill(F::zero());
            self.held.fill(false);
            return;
        }
        let cells = self
            .held
            .iter_mut()
            .zip(&mut self.sum)
            .zip(keep)
            .enumerate();
        matrix.push_sorted(cells.filter_map(|(column, ((held, sum), &keep))| {
            let held = std::mem::take(held);
            let sum = std::mem::replace(sum, F::zero());
            (held && kept(keep, &sum, lost)).then_some((column, sum))
        }));
    }
}

fn kept<F: Field>(keep: bool, x: &F, lost: &mut F) -> bool {
    if !keep {
        *lost += x;
    }
    keep
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_of_narrow_and_wide_rows_keep_the_union_of_the_patterns() {
        for columns in [3, 30, 300] {
            let rows = [vec![(2, 1.0), (0, 2.0)], vec![(1, 0.0), (2, 4.0)]];
            let matrix = Csr::from_rows(columns, rows);
            let mut out = Csr::empty(columns);
            let mut sum = RowSum::new(columns);
            let all = vec![true; columns];
            sum.add(&0.5, &matrix, 0);
            sum.add(&0.25, &matrix, 1);
            sum.push_to(&mut out, &all);
            sum.push_to(&mut out, &all);
            sum.add(&1.0, &matrix, 1);
            let lost = sum.push_to(&mut out, &[vec![true, false], all].concat());
            assert_eq!(lost, 0.0);
            sum.add(&0.5, &matrix, 0);
            assert_eq!(
                sum.push_to(&mut Csr::empty(columns), &vec![false; columns]),
                1.5
            );
            let row = |row| out.row(row).map(|(c, x)| (c, *x)).collect::<Vec<_>>();
            assert_eq!(row(0), [(0, 1.0), (1, 0.0), (2, 1.5)]);
            assert_eq!(row(1), []);
            assert_eq!(row(2), [(2, 4.0)]);
        }
    }

    #[test]
    fn wide_rows_go_by_slices_beside_narrow_ones() {
        let wide = (0..9).map(|column| (column, 1.0)).collect();
        let matrix = Csr::from_rows(10, [wide, vec![(9, 2.0), (0, 4.0)]]);
        let mut out = Csr::empty(10);
        let mut sum = RowSum::new(10);
        sum.add(&0.5, &matrix, 1);
        sum.add(&0.25, &matrix, 0);
        let keep: Vec<bool> = (0..10).map(|column| column != 3).collect();
        assert_eq!(sum.push_to(&mut out, &keep), 0.25);
        assert_eq!(out.stored(), 9);
        assert_eq!(
            (out.get(0, 0), out.get(0, 9), out.get(0, 3)),
            (2.25, 1.0, 0.0)
        );
    }
}
