//! Matrices and vectors of PETSc's binary files, as far as they are asked for.

use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::ops::Range;

use crate::exchange::ExchangeError;
use crate::mend::Mend;
use crate::model::error::ModelError;

/// What begins a matrix.
pub(super) const MATRIX: i64 = 1_211_216;
/// What begins a vector.
pub(super) const VECTOR: i64 = 1_211_214;
/// In place of the number of entries: all of them, row by row.
const DENSE: i64 = -1;

/// What is wrong with an object.
pub(super) fn wrong(name: &str, problem: impl Into<String>) -> ModelError {
    ModelError::from(ExchangeError::Array {
        name: name.into(),
        problem: problem.into(),
        help: "docs/exchange.md says which objects are read, in which order".into(),
    })
}

/// A file, read from where it stands.
pub(super) struct Objects<R> {
    source: R,
    /// Bytes of the file.
    size: u64,
    /// Bytes of an integer.
    width: u64,
}

/// The beginning of a matrix, and where its parts stand.
pub(super) struct Header {
    pub rows: usize,
    pub columns: usize,
    /// Entries, or [`DENSE`].
    entries: i64,
    /// The lengths of the rows, unless it is dense.
    lengths: Vec<i64>,
    /// Where the columns, or the entries of a dense matrix, begin.
    at: u64,
    /// Where it ends, within the file.
    pub end: u64,
}

/// Whether columns stand beside the entries.
fn entries_are_listed(header: &Header) -> bool {
    header.entries != DENSE
}

impl Header {
    fn check_lengths(&self, name: &str) -> Result<(), ModelError> {
        let total: i128 = self.lengths.iter().map(|x| i128::from(*x)).sum();
        let least = self.lengths.iter().min().copied().unwrap_or(0);
        if least < 0 || total != i128::from(self.entries) {
            let problem = format!(
                "has rows of {total} entries, and announces {}",
                self.entries
            );
            return Err(wrong(name, problem));
        }
        Ok(())
    }
}

/// Some rows of a matrix; entries of row i stand at `start[i]..start[i + 1]`.
pub(super) struct Matrix {
    start: Vec<usize>,
    columns: Vec<u32>,
    values: Vec<f64>,
}

impl Matrix {
    /// How many entries there are.
    pub(super) fn entries(&self) -> usize {
        self.values.len()
    }

    /// The entries of a row, counted from the first that was read.
    pub(super) fn row(&self, row: usize) -> impl Iterator<Item = (u32, f64)> + '_ {
        let range = self.start[row]..self.start[row + 1];
        let columns = self.columns[range.clone()].iter();
        columns.copied().zip(self.values[range].iter().copied())
    }
}

impl<R: Read + Seek> Objects<R> {
    /// A file from its beginning.
    pub(super) fn new(mut source: R) -> Result<Objects<R>, ModelError> {
        let size = source.seek(SeekFrom::End(0)).map_err(unreadable)?;
        source.rewind().map_err(unreadable)?;
        let mut objects = Objects {
            source,
            size,
            width: 4,
        };
        let mut first = [0; 8];
        if objects.source.read_exact(&mut first).is_ok() && i64::from_be_bytes(first) == MATRIX {
            objects.width = 8;
        }
        objects.go_to(0)?;
        Ok(objects)
    }

    /// Goes on from there.
    pub(super) fn go_to(&mut self, at: u64) -> Result<(), ModelError> {
        self.source
            .seek(SeekFrom::Start(at))
            .map(drop)
            .map_err(unreadable)
    }

    /// The header of the matrix that stands here.
    pub(super) fn matrix(&mut self, name: &str) -> Result<Header, ModelError> {
        let [class, rows, columns, entries] = [0; 4].map(|_: i32| self.integer());
        match class {
            Ok(MATRIX) => {}
            Ok(class) => {
                let problem =
                    format!("begins with {class}: a matrix of PETSc's begins with {MATRIX}");
                return Err(wrong(name, problem));
            }
            Err(_) => return Err(wrong(name, "is not in the file")),
        }
        let size = |x: io::Result<i64>| x.ok().and_then(|x| u32::try_from(x).ok());
        let at = self.source.stream_position().map_err(unreadable)?;
        let mut header = match (size(rows), size(columns), entries) {
            (Some(rows), Some(columns), Ok(entries)) if entries >= DENSE => Header {
                rows: rows as usize,
                columns: columns as usize,
                entries,
                lengths: Vec::new(),
                at,
                end: 0,
            },
            _ => return Err(wrong(name, "has a size that no matrix has")),
        };
        header.end = self.end_of(&header, name)?;
        if entries_are_listed(&header) {
            header.lengths = self.integers(header.rows)?;
            header.at += header.rows as u64 * self.width;
            header.check_lengths(name)?;
        }
        Ok(header)
    }

    /// Where a matrix ends; an error where the file ends before.
    fn end_of(&self, header: &Header, name: &str) -> Result<u64, ModelError> {
        let (rows, columns) = (header.rows as u128, header.columns as u128);
        let bytes = match header.entries {
            DENSE => rows * columns * 8,
            entries => rows * u128::from(self.width) + entries as u128 * u128::from(self.width + 8),
        };
        let end = u128::from(header.at) + bytes;
        match u64::try_from(end) {
            Ok(end) if end <= self.size => Ok(end),
            _ => Err(self.cut_off(name, end)),
        }
    }

    fn cut_off(&self, name: &str, end: u128) -> ModelError {
        let problem = format!("would end at byte {end}, and the file has {}", self.size);
        wrong(name, problem)
    }

    /// Some rows of a matrix that the file holds whole.
    pub(super) fn rows(
        &mut self,
        header: &Header,
        name: &str,
        rows: Range<usize>,
    ) -> Result<Matrix, ModelError> {
        if !entries_are_listed(header) {
            return self.dense_rows(header, rows);
        }
        let lengths = &header.lengths;
        let before: i64 = lengths[..rows.start].iter().sum();
        let mut start = Vec::with_capacity(rows.len() + 1);
        start.push(0);
        let mut count = 0;
        for length in &lengths[rows] {
            count += *length as usize;
            start.push(count);
        }
        self.go_to(header.at + before as u64 * self.width)?;
        let columns = self.columns(header, name, count)?;
        let values_at = header.at + header.entries as u64 * self.width;
        self.go_to(values_at + before as u64 * 8)?;
        Ok(Matrix {
            start,
            columns,
            values: self.reals(count)?,
        })
    }

    /// The columns of so many entries, each one of the matrix.
    fn columns(
        &mut self,
        header: &Header,
        name: &str,
        count: usize,
    ) -> Result<Vec<u32>, ModelError> {
        let narrow = |column: i64| {
            let inside = usize::try_from(column).is_ok_and(|column| column < header.columns);
            inside.then_some(column as u32).ok_or(column)
        };
        let columns: Result<Vec<u32>, i64> =
            self.integers(count)?.into_iter().map(narrow).collect();
        columns.map_err(|column| {
            let problem = format!("has an entry in column {column} of {}", header.columns);
            wrong(name, problem)
        })
    }

    fn dense_rows(&mut self, header: &Header, rows: Range<usize>) -> Result<Matrix, ModelError> {
        let columns = header.columns;
        let before = rows.start as u64 * columns as u64;
        self.go_to(header.at + 8 * before)?;
        let mut matrix = Matrix {
            start: vec![0],
            columns: Vec::new(),
            values: Vec::new(),
        };
        for _ in rows {
            for (column, value) in self.reals(columns)?.into_iter().enumerate() {
                if value != 0.0 {
                    matrix.columns.push(column as u32);
                    matrix.values.push(value);
                }
            }
            matrix.start.push(matrix.values.len());
        }
        Ok(matrix)
    }

    /// The vector that stands here, of this length; `None` where the file ends.
    pub(super) fn vector(
        &mut self,
        name: &str,
        length: usize,
    ) -> Result<Option<Vec<f64>>, ModelError> {
        let at = self.source.stream_position().map_err(unreadable)?;
        if at == self.size {
            return Ok(None);
        }
        let (class, found) = (self.integer(), self.integer());
        match (class, found) {
            (Ok(VECTOR), Ok(found)) if usize::try_from(found) == Ok(length) => {}
            (Ok(VECTOR), Ok(found)) => {
                return Err(wrong(name, format!("has {found} entries, not {length}")));
            }
            _ => {
                let problem = format!("does not begin with {VECTOR}, as a vector of PETSc's does");
                return Err(wrong(name, problem));
            }
        }
        let end = at + 2 * self.width + 8 * length as u64;
        if end > self.size {
            return Err(self.cut_off(name, u128::from(end)));
        }
        self.reals(length).map(Some)
    }

    /// Errors unless the file ends here.
    pub(super) fn check_end(&mut self) -> Result<(), ModelError> {
        let at = self.source.stream_position().map_err(unreadable)?;
        if at == self.size {
            return Ok(());
        }
        let problem = format!("follows at byte {at}: nobody reads it");
        Err(wrong("something behind the last vector", problem))
    }

    fn integer(&mut self) -> io::Result<i64> {
        let mut bytes = [0; 8];
        let own = &mut bytes[..self.width as usize];
        self.source.read_exact(own)?;
        Ok(integer(own))
    }

    /// So many integers, which the file is known to hold.
    fn integers(&mut self, count: usize) -> Result<Vec<i64>, ModelError> {
        let width = self.width as usize;
        self.many(count, width, integer)
    }

    /// So many reals, which the file is known to hold.
    fn reals(&mut self, count: usize) -> Result<Vec<f64>, ModelError> {
        let real = |bytes: &[u8]| f64::from_bits(integer(bytes) as u64);
        self.many(count, 8, real)
    }

    fn many<T>(
        &mut self,
        count: usize,
        width: usize,
        number: impl Fn(&[u8]) -> T,
    ) -> Result<Vec<T>, ModelError> {
        // a buffer of 64 KiB of doubles
        const AT_ONCE: usize = 1 << 13;
        let mut numbers = Vec::with_capacity(count);
        let mut buffer = vec![0; AT_ONCE.min(count) * width];
        while numbers.len() < count {
            let now = (count - numbers.len()).min(AT_ONCE) * width;
            self.source
                .read_exact(&mut buffer[..now])
                .map_err(unreadable)?;
            numbers.extend(buffer[..now].chunks_exact(width).map(&number));
        }
        Ok(numbers)
    }
}

/// A big-endian integer of four or eight bytes.
fn integer(bytes: &[u8]) -> i64 {
    match (<[u8; 4]>::try_from(bytes), <[u8; 8]>::try_from(bytes)) {
        (Ok(bytes), _) => i64::from(i32::from_be_bytes(bytes)),
        (_, Ok(bytes)) => i64::from_be_bytes(bytes),
        _ => 0,
    }
}

fn unreadable(error: io::Error) -> ModelError {
    let problem = match error.kind() {
        ErrorKind::UnexpectedEof => "the file is cut off".to_string(),
        _ => format!("cannot read the file: {error}"),
    };
    ModelError::from(ExchangeError::Archive {
        problem,
        help: Mend::petsc_again(),
    })
}
