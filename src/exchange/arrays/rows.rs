//! Matrices, dense or sparse, as compressed rows.

use super::archive::{Arrays, SHAPES, wrong};
use crate::model::error::ModelError;

/// Rows of a matrix without their zeros, columns increasing.
pub(super) struct Rows {
    pub columns: usize,
    /// Whether that is the width of the array, not only that of its last entry.
    pub is_wide: bool,
    stored: Stored,
}

/// How a matrix is stored.
enum Stored {
    /// All entries, row by row.
    Dense(Vec<f64>),
    Sparse(Sparse),
}

/// Those that are not 0 by nature.
struct Sparse {
    /// Entries of row i stand at `start[i]..start[i + 1]`.
    start: Vec<usize>,
    entries: Vec<(u32, f64)>,
}

/// Whether a sum of probabilities is 1, but for rounding.
fn is_one(sum: &f64) -> bool {
    (sum - 1.0).abs() < 1e-4
}

impl Rows {
    pub(super) fn len(&self) -> usize {
        match &self.stored {
            Stored::Dense(numbers) => numbers.len() / self.columns,
            Stored::Sparse(sparse) => sparse.start.len() - 1,
        }
    }

    /// Columns and entries of a row: those stored, or those that are not 0.
    pub(super) fn row(&self, row: usize) -> impl Iterator<Item = (u32, f64)> + Clone + '_ {
        let (dense, sparse) = match &self.stored {
            Stored::Dense(numbers) => (self.range(numbers, row), [].as_slice()),
            Stored::Sparse(sparse) => ([].as_slice(), sparse.row(row)),
        };
        let dense = (0u32..).zip(dense.iter().copied());
        dense
            .filter(|entry| entry.1 != 0.0)
            .chain(sparse.iter().copied())
    }

    fn range<'n>(&self, numbers: &'n [f64], row: usize) -> &'n [f64] {
        &numbers[row * self.columns..(row + 1) * self.columns]
    }

    /// How many entries there are.
    pub(super) fn entries(&self) -> usize {
        match &self.stored {
            Stored::Dense(numbers) => numbers.iter().filter(|x| **x != 0.0).count(),
            Stored::Sparse(sparse) => sparse.entries.len(),
        }
    }

    /// Whether a row has no entries.
    pub(super) fn is_empty(&self, row: usize) -> bool {
        self.row(row).next().is_none()
    }

    /// An entry; 0 where none is stored.
    pub(super) fn entry(&self, row: usize, column: u32) -> f64 {
        match &self.stored {
            Stored::Dense(numbers) => self.range(numbers, row)[column as usize],
            Stored::Sparse(sparse) => {
                let entries = sparse.row(row);
                let at = entries.binary_search_by_key(&column, |entry| entry.0);
                at.map_or(0.0, |at| entries[at].1)
            }
        }
    }

    /// Dense rows, of at least one column.
    pub(super) fn dense(columns: usize, numbers: Vec<f64>) -> Rows {
        Rows {
            columns,
            is_wide: true,
            stored: Stored::Dense(numbers),
        }
    }

    /// The axis, not the last, along which an array [x, y, z] of these rows sums to 1 where its rows
    /// do not.
    pub(super) fn sums_along(&self, shape: &[usize]) -> Option<usize> {
        let of_rows = (0..self.len()).map(|row| self.row(row).map(|x| x.1).sum::<f64>());
        if of_rows.into_iter().any(|sum| is_one(&sum)) {
            return None;
        }
        self.axis_of_ones(shape)
    }

    /// The axis, not the last, along which an array [x, y, z] of these rows sums to 1.
    pub(super) fn axis_of_ones(&self, shape: &[usize]) -> Option<usize> {
        let [first, second, third] = shape else {
            return None;
        };
        let mut sums = [vec![0.0; second * third], vec![0.0; first * third]];
        for row in 0..self.len() {
            for (column, x) in self.row(row) {
                sums[0][row % second * third + column as usize] += x;
                sums[1][row / second * third + column as usize] += x;
            }
        }
        sums.iter().position(|sums| sums.iter().all(is_one))
    }

    /// Puts more rows of the same width below these.
    fn append(&mut self, other: Rows) {
        match (&mut self.stored, other.stored) {
            (Stored::Dense(numbers), Stored::Dense(others)) if self.columns == other.columns => {
                numbers.extend(others);
            }
            (stored, others) => {
                let above = std::mem::replace(stored, Stored::Dense(Vec::new()));
                let mut above = above.sparse(self.columns);
                above.append(others.sparse(other.columns));
                *stored = Stored::Sparse(above);
            }
        }
    }
}

impl Stored {
    /// These rows without their zeros.
    fn sparse(self, columns: usize) -> Sparse {
        let numbers = match self {
            Stored::Dense(numbers) => numbers,
            Stored::Sparse(sparse) => return sparse,
        };
        let mut sparse = Sparse::default();
        for row in numbers.chunks_exact(columns) {
            let stored = (0u32..).zip(row).filter(|(_, x)| **x != 0.0);
            sparse
                .entries
                .extend(stored.map(|(column, x)| (column, *x)));
            sparse.start.push(sparse.entries.len());
        }
        sparse
    }
}

impl Default for Sparse {
    fn default() -> Sparse {
        Sparse {
            start: vec![0],
            entries: Vec::new(),
        }
    }
}

impl Sparse {
    fn row(&self, row: usize) -> &[(u32, f64)] {
        &self.entries[self.start[row]..self.start[row + 1]]
    }

    fn append(&mut self, other: Sparse) {
        let before = self.entries.len();
        let starts = other.start[1..].iter().map(|start| before + start);
        self.start.extend(starts);
        self.entries.extend(other.entries);
    }
}

impl Arrays<'_> {
    /// The rows of a matrix of known width: `name`, dense with any leading dimensions, or
    /// `name/data`, `name/indices` and `name/indptr`.
    pub(super) fn rows(&mut self, name: &str) -> Result<(Vec<usize>, Rows), ModelError> {
        if !self.archive.has(name) {
            let rows = self.sparse(name)?;
            return Ok((vec![rows.len(), rows.columns], rows));
        }
        let (shape, numbers) = self.numbers(name)?;
        match shape.last() {
            Some(&columns)
                if shape.len() > 1 && !numbers.is_empty() && columns <= u32::MAX as usize =>
            {
                Ok((shape, Rows::dense(columns, numbers)))
            }
            _ => Err(wrong(name, format!("has the shape {shape:?}"), SHAPES)),
        }
    }

    /// A list of square matrices, one for each action, below each other: `name` [A, S, S] or
    /// `name0`, `name1`, ….
    pub(super) fn stack(&mut self, name: &str) -> Result<(usize, Rows), ModelError> {
        if self.archive.has(name) {
            let (shape, rows) = self.rows(name)?;
            return match shape[..] {
                [actions, states, columns] if states == columns => Ok((actions, rows)),
                _ => Err(wrong(name, format!("has the shape {shape:?}"), SHAPES)),
            };
        }
        let mut stacked: Option<Rows> = None;
        let mut actions = 0;
        while self.holds(&format!("{name}{actions}")) {
            let part = format!("{name}{actions}");
            let (_, rows) = self.rows(&part)?;
            let columns = stacked.as_ref().map_or(rows.len(), |rows| rows.columns);
            if rows.len() != columns || rows.columns > columns {
                let problem = format!("is no square matrix of {columns} states");
                return Err(wrong(&part, problem, SHAPES));
            }
            match &mut stacked {
                Some(stacked) => stacked.append(rows),
                None => stacked = Some(Rows { columns, ..rows }),
            }
            actions += 1;
        }
        let stacked = stacked.ok_or_else(|| wrong(name, "is not in the archive", SHAPES))?;
        Ok((actions, stacked))
    }

    /// Compressed rows; entries stored twice are added, as SciPy does. Its width is that of its
    /// last entry.
    fn sparse(&mut self, name: &str) -> Result<Rows, ModelError> {
        let part = |part: &str| format!("{name}/{part}");
        let (_, data) = self.numbers(&part("data"))?;
        let indices = self.indices(&part("indices"))?;
        let start = self.indices(&part("indptr"))?;
        let is_sound = start.first() == Some(&0)
            && start.last() == Some(&data.len())
            && start.is_sorted()
            && start.len() > 1
            && indices.len() == data.len()
            && indices.iter().all(|&column| column < u32::MAX as usize);
        if !is_sound {
            let help =
                "write the arrays `data`, `indices` and `indptr` of a scipy.sparse.csr_matrix";
            return Err(wrong(name, "is no matrix in compressed rows", help));
        }
        let used = indices.iter().max().map_or(0, |last| last + 1);
        let columns = self.width(name, start.len() - 1, used)?;
        let mut sparse = Sparse::default();
        sparse.entries.reserve(data.len());
        for range in start.windows(2).map(|ends| ends[0]..ends[1]) {
            let columns = indices[range.clone()].iter().map(|&column| column as u32);
            let mut row: Vec<(u32, f64)> = columns.zip(data[range].iter().copied()).collect();
            row.sort_by_key(|entry| entry.0);
            for same in row.chunk_by(|a, b| a.0 == b.0) {
                let sum = same.iter().fold(0.0, |sum, entry| sum + entry.1);
                sparse.entries.push((same[0].0, sum));
            }
            sparse.start.push(sparse.entries.len());
        }
        Ok(Rows {
            columns: columns.unwrap_or(used),
            is_wide: columns.is_some(),
            stored: Stored::Sparse(sparse),
        })
    }

    /// The width of a sparse matrix that `name/shape` says, if it is there.
    fn width(&mut self, name: &str, rows: usize, used: usize) -> Result<Option<usize>, ModelError> {
        let key = format!("{name}/shape");
        if !self.archive.has(&key) {
            return Ok(None);
        }
        match self.indices(&key)?[..] {
            [height, width] if height == rows && width >= used => Ok(Some(width)),
            ref shape => {
                let problem =
                    format!("is {shape:?}, for {rows} rows whose last column is number {used}");
                Err(wrong(
                    &key,
                    problem,
                    "write the `shape` of the matrix, or leave it out",
                ))
            }
        }
    }
}
