//! Sparse matrices in compressed rows.

use std::ops::Range;
use std::sync::Arc;

use super::part::Part;
use crate::field::{Field, dot};

/// A sparse matrix in compressed rows; within a row the columns increase strictly.
#[derive(Clone, Debug, PartialEq)]
pub struct Csr<F> {
    columns: usize,
    start: Part<usize>,
    column: Part<u32>,
    value: Vec<F>,
}

impl<F: Field> Csr<F> {
    /// A matrix from its rows, given as (column, value) in any order; entries of the same column
    /// are added and zeros of the sum are kept (the pattern is the caller's).
    pub fn from_rows<R>(columns: usize, rows: impl IntoIterator<Item = R>) -> Csr<F>
    where
        R: IntoIterator<Item = (usize, F)>,
    {
        let mut matrix = Csr::empty(columns);
        let mut buffer: Vec<(usize, F)> = Vec::new();
        for row in rows {
            buffer.clear();
            buffer.extend(row);
            matrix.push_row(&mut buffer);
        }
        matrix
    }

    /// A matrix without rows, to be filled by [`Csr::push_row`].
    pub fn empty(columns: usize) -> Csr<F> {
        Csr {
            columns,
            start: vec![0].into(),
            column: Vec::new().into(),
            value: Vec::new(),
        }
    }

    /// A matrix without rows, and room for some.
    pub fn with_capacity(columns: usize, rows: usize, stored: usize) -> Csr<F> {
        let mut start = Vec::with_capacity(rows + 1);
        start.push(0);
        Csr {
            columns,
            start: start.into(),
            column: Vec::with_capacity(stored).into(),
            value: Vec::with_capacity(stored),
        }
    }

    /// Takes all rows away, and keeps their memory.
    pub(crate) fn clear(&mut self) {
        self.start.own().truncate(1);
        self.column.own().clear();
        self.value.clear();
    }

    /// Appends a row; drains `row`, adds up entries of the same column.
    pub fn push_row(&mut self, row: &mut Vec<(usize, F)>) {
        if !row.is_sorted_by(|a, b| a.0 < b.0) {
            row.sort_by_key(|entry| entry.0);
        }
        let (columns, values) = (self.column.own(), &mut self.value);
        let begin = columns.len();
        for (column, value) in row.drain(..) {
            debug_assert!(column < self.columns);
            if columns.len() > begin && columns[columns.len() - 1] == column as u32 {
                let last = values.len() - 1;
                values[last] += value;
            } else {
                columns.push(column as u32);
                values.push(value);
            }
        }
        self.end_row();
    }

    /// Appends a row of entries whose columns increase strictly.
    #[inline]
    pub(crate) fn push_sorted(&mut self, entries: impl Iterator<Item = (usize, F)>) {
        let (columns, values) = (self.column.own(), &mut self.value);
        for (column, value) in entries {
            columns.push(column as u32);
            values.push(value);
        }
        self.end_row();
    }

    /// Appends an entry of the row that is being filled, right of all others.
    pub(super) fn push_entry(&mut self, column: usize, value: F) {
        self.column.own().push(column as u32);
        self.value.push(value);
    }

    /// Ends the row that is being filled.
    #[inline]
    pub(super) fn end_row(&mut self) {
        self.start.own().push(self.column.len());
    }

    /// Appends a row in which every column is stored.
    pub(super) fn push_full(&mut self, row: &[F]) {
        self.column.own().extend(0..row.len() as u32);
        self.value.extend_from_slice(row);
        self.end_row();
    }

    /// All entries row by row, if all are stored.
    pub(crate) fn full(&self) -> Option<&[F]> {
        (self.stored() == self.rows() * self.columns).then_some(&self.value[..])
    }

    /// A matrix from its compressed parts: row starts, strictly increasing columns within each
    /// row, and values.
    ///
    /// # Panics
    /// If the parts do not fit together (a fault of the caller's, not of an input).
    pub fn from_parts(
        columns: usize,
        start: Vec<usize>,
        column: Vec<u32>,
        value: Vec<F>,
    ) -> Csr<F> {
        assert!(start.first() == Some(&0) && start.is_sorted());
        assert!(start.last() == Some(&column.len()) && column.len() == value.len());
        Csr {
            columns,
            start: start.into(),
            column: column.into(),
            value,
        }
    }

    /// A matrix whose pattern, as of [`Csr::from_parts`], others have too.
    pub(crate) fn sharing(
        columns: usize,
        (start, column): (Arc<Vec<usize>>, Arc<Vec<u32>>),
        value: Vec<F>,
    ) -> Csr<F> {
        debug_assert!(start.last() == Some(&column.len()) && column.len() == value.len());
        Csr {
            columns,
            start: start.into(),
            column: column.into(),
            value,
        }
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.start.len() - 1
    }

    /// Number of columns.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Number of stored entries.
    pub fn stored(&self) -> usize {
        self.value.len()
    }

    /// The stored entries of a row as (column, value), columns increasing.
    pub fn row(&self, row: usize) -> impl ExactSizeIterator<Item = (usize, &F)> + Clone {
        let range = self.start[row]..self.start[row + 1];
        self.column[range.clone()]
            .iter()
            .map(|&column| column as usize)
            .zip(&self.value[range])
    }

    /// Where each row starts in [`Csr::column_indices`] and [`Csr::values`]; one longer than
    /// there are rows.
    pub fn row_starts(&self) -> &[usize] {
        &self.start
    }

    /// The columns of the stored entries, row by row.
    pub fn column_indices(&self) -> &[u32] {
        &self.column
    }

    /// The stored values, row by row.
    pub fn values(&self) -> &[F] {
        &self.value
    }

    /// The entry at (row, column), 0 if it is not stored.
    pub fn get(&self, row: usize, column: usize) -> F {
        let range = self.start[row]..self.start[row + 1];
        match self.column[range.clone()].binary_search(&(column as u32)) {
            Ok(at) => self.value[range.start + at].clone(),
            Err(_) => F::zero(),
        }
    }

    /// The columns of the stored entries of a row.
    pub(super) fn row_columns(&self, row: usize) -> &[u32] {
        self.slices(row).0
    }

    /// ‖A‖∞ = maxᵢ Σⱼ |A(i, j)|, at least: rounding of the sums is added.
    pub fn norm(&self) -> f64 {
        let row_sum = |row: usize| {
            let values = self.slices(row).1;
            let (chunks, rest) = values.as_chunks::<4>();
            let mut partial = [0.0; 4];
            for chunk in chunks {
                for lane in 0..4 {
                    partial[lane] += chunk[lane].to_f64().abs();
                }
            }
            let rest: f64 = rest.iter().map(|x| x.to_f64().abs()).sum();
            let sum = partial.iter().sum::<f64>() + rest;
            sum * (1.0 + (values.len() + 2) as f64 * f64::EPSILON)
        };
        (0..self.rows()).map(row_sum).fold(0.0, f64::max)
    }

    /// The columns and the values of a row.
    #[inline(always)]
    pub(super) fn slices(&self, row: usize) -> (&[u32], &[F]) {
        let range = self.start[row]..self.start[row + 1];
        (&self.column[range.clone()], &self.value[range])
    }

    /// A x, a column from the right.
    pub fn mul(&self, x: &[F]) -> Vec<F> {
        debug_assert_eq!(x.len(), self.columns);
        (0..self.rows()).map(|row| self.row_times(row, x)).collect()
    }

    /// Row of A times x.
    pub(crate) fn row_times(&self, row: usize, x: &[F]) -> F {
        let (columns, values) = self.slices(row);
        if let Some(range) = contiguous(columns) {
            return dot(values, &x[range]);
        }
        let mut sum = F::zero();
        for (&column, value) in columns.iter().zip(values) {
            sum += value.clone() * &x[column as usize];
        }
        sum
    }

    /// Row of A times (x − c), the differences taken entry by entry.
    #[inline(always)] // beside another product of the same row
    pub(crate) fn row_times_rise(&self, row: usize, x: &[F], c: &F) -> F {
        let (columns, values) = self.slices(row);
        if let Some(range) = contiguous(columns) {
            return rise(values, &x[range], c);
        }
        let mut rise = F::zero();
        for (&column, value) in columns.iter().zip(values) {
            rise += (x[column as usize].clone() - c) * value;
        }
        rise
    }

    /// Row of −cA times (x − own), the differences taken entry by entry, of a row with columns left out.
    pub(super) fn row_times_fall(&self, row: usize, x: &[F], (own, c): (&F, &F)) -> F {
        let (columns, values) = self.slices(row);
        let mut rise = F::zero();
        for (&column, value) in columns.iter().zip(values) {
            rise += (x[column as usize].clone() - own) * -(c.clone() * value);
        }
        rise
    }

    /// Row of A times x, and row of A times (x − c).
    pub(crate) fn row_times_both(&self, row: usize, x: &[F], c: &F) -> (F, F) {
        let (columns, values) = self.slices(row);
        if let Some(range) = contiguous(columns) {
            return both(values, &x[range], c);
        }
        let (mut sum, mut rise) = (F::zero(), F::zero());
        for (&column, value) in columns.iter().zip(values) {
            let x = &x[column as usize];
            sum += value.clone() * x;
            rise += (x.clone() - c) * value;
        }
        (sum, rise)
    }

    /// x A, a row from the left: Aᵀ x.
    pub fn mul_transposed(&self, x: &[F]) -> Vec<F> {
        debug_assert_eq!(x.len(), self.rows());
        let mut y = vec![F::zero(); self.columns];
        for (row, x) in x.iter().enumerate() {
            if !x.is_zero() {
                self.add_row_scaled(row, x, &mut y);
            }
        }
        y
    }

    /// y += c · (row of A).
    pub(crate) fn add_row_scaled(&self, row: usize, c: &F, y: &mut [F]) {
        let (columns, values) = self.slices(row);
        if let Some(range) = contiguous(columns) {
            for (y, value) in y[range].iter_mut().zip(values) {
                *y += value.clone() * c;
            }
            return;
        }
        for (&column, value) in columns.iter().zip(values) {
            y[column as usize] += value.clone() * c;
        }
    }

    /// Aᵀ.
    pub fn transposed(&self) -> Csr<F> {
        let mut start = vec![0; self.columns + 1];
        for &column in &*self.column {
            start[column as usize + 1] += 1;
        }
        for column in 0..self.columns {
            start[column + 1] += start[column];
        }
        let mut next = start.clone();
        let mut column = vec![0; self.stored()];
        let mut value = vec![F::zero(); self.stored()];
        for row in 0..self.rows() {
            for (c, v) in self.row(row) {
                column[next[c]] = row as u32;
                value[next[c]] = v.clone();
                next[c] += 1;
            }
        }
        Csr {
            columns: self.rows(),
            start: start.into(),
            column: column.into(),
            value,
        }
    }

    /// The most entries that a column has.
    pub(super) fn fullest_column(&self) -> usize {
        if self.full().is_some() {
            return self.rows();
        }
        self.column_counts().into_iter().max().unwrap_or(0) as usize
    }

    /// How many entries each column has.
    pub(super) fn column_counts(&self) -> Vec<u32> {
        let mut counts = vec![0; self.columns];
        for &column in &*self.column {
            counts[column as usize] += 1;
        }
        counts
    }

    /// The same pattern with every value mapped.
    pub fn map<G: Field>(&self, f: impl FnMut(&F) -> G) -> Csr<G> {
        Csr {
            columns: self.columns,
            start: self.start.clone(),
            column: self.column.clone(),
            value: self.value.iter().map(f).collect(),
        }
    }

    /// I − c A for a square A; the diagonal is always stored.
    pub fn identity_minus_scaled(&self, c: &F) -> Csr<F> {
        debug_assert_eq!(self.rows(), self.columns);
        let rows = self.rows();
        let mut out = Csr::with_capacity(self.columns, rows, self.stored() + rows);
        (0..rows).for_each(|row| out.push_identity_minus_scaled(self, row, c));
        out
    }

    /// Appends a row of I − c A.
    #[inline]
    pub(super) fn push_identity_minus_scaled(&mut self, a: &Csr<F>, row: usize, c: &F) {
        let negated = |value: &F| -(c.clone() * value);
        let (columns, values) = a.slices(row);
        let below = columns.partition_point(|&column| (column as usize) < row);
        let stored = columns.get(below) == Some(&(row as u32));
        let above = below + usize::from(stored);
        let own = self.column.own();
        own.extend_from_slice(&columns[..below]);
        own.push(row as u32);
        own.extend_from_slice(&columns[above..]);
        self.value.extend(values[..below].iter().map(negated));
        let diagonal = values[below..above].iter().map(negated).next();
        self.value.push(match diagonal {
            Some(negated) => negated + F::one(),
            None => F::one(),
        });
        self.value.extend(values[above..].iter().map(negated));
        self.end_row();
    }
}

/// The columns as a range where no column between them is left out, as in the rows of a dense or
/// a banded matrix: those run at the speed of a slice.
pub(super) fn contiguous(columns: &[u32]) -> Option<Range<usize>> {
    let (first, last) = (*columns.first()? as usize, *columns.last()? as usize);
    (last - first + 1 == columns.len()).then_some(first..last + 1)
}

/// Σᵢ aᵢ (xᵢ − c), in four interleaved partial sums.
fn rise<F: Field>(a: &[F], x: &[F], c: &F) -> F {
    let (chunks, a_rest) = a.as_chunks::<4>();
    let (x, x_rest) = x.as_chunks::<4>();
    let mut rise = [F::zero(), F::zero(), F::zero(), F::zero()];
    for (a, x) in chunks.iter().zip(x) {
        for lane in 0..4 {
            rise[lane] += (x[lane].clone() - c) * &a[lane];
        }
    }
    for (rise, (a, x)) in rise.iter_mut().zip(a_rest.iter().zip(x_rest)) {
        *rise += (x.clone() - c) * a;
    }
    added(rise)
}

/// Σᵢ aᵢ xᵢ, and [`rise`], in four interleaved partial sums each.
fn both<F: Field>(a: &[F], x: &[F], c: &F) -> (F, F) {
    let (chunks, a_rest) = a.as_chunks::<4>();
    let (x, x_rest) = x.as_chunks::<4>();
    let zeros = || [F::zero(), F::zero(), F::zero(), F::zero()];
    let (mut sum, mut rise) = (zeros(), zeros());
    for (a, x) in chunks.iter().zip(x) {
        for lane in 0..4 {
            sum[lane] += a[lane].clone() * &x[lane];
            rise[lane] += (x[lane].clone() - c) * &a[lane];
        }
    }
    for (lane, (a, x)) in a_rest.iter().zip(x_rest).enumerate() {
        sum[lane] += a.clone() * x;
        rise[lane] += (x.clone() - c) * a;
    }
    (added(sum), added(rise))
}

fn added<F: Field>([a, b, c, d]: [F; 4]) -> F {
    (a + b) + (c + d)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 21 in exact numbers, by chunks and by what is left of a row; no less, and hardly more.
    #[test]
    fn the_norm_is_the_largest_sum_of_magnitudes() {
        let long = [1.0, -2.0, 3.0, -4.0, 5.0, -6.0].into_iter().enumerate();
        let rows = [long.collect(), vec![(3, -20.0)], vec![]];
        let norm = Csr::from_rows(6, rows).norm();
        assert!((21.0..21.0 + 1e-12).contains(&norm), "{norm}");
    }

    #[test]
    fn identity_minus_scaled_places_the_diagonal_in_order() {
        let p = Csr::from_rows(3, [vec![(2, 1.0)], vec![(0, 0.5), (1, 0.5)], vec![]]);
        let a = p.identity_minus_scaled(&0.5);
        let dense: Vec<f64> = (0..9).map(|i| a.get(i / 3, i % 3)).collect();
        assert_eq!(dense, [1.0, 0.0, -0.5, -0.25, 0.75, 0.0, 0.0, 0.0, 1.0]);
        assert_eq!(a.transposed().transposed(), a);
    }

    #[test]
    fn entries_of_one_column_are_added() {
        let a = Csr::from_rows(2, [vec![(1, 1.0), (0, 2.0), (1, 3.0)]]);
        assert_eq!(a.row(0).collect::<Vec<_>>(), [(0, &2.0), (1, &4.0)]);
    }
}
