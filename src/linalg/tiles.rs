//! A large matrix without locality, cut into square tiles.
//!
//! A row of a random graph reads a vector in places all over it, and each read waits for memory once
//! the vector is larger than a core's own cache. A tile reads and writes two short pieces of
//! vectors. That of its rows stays in the cache from one tile of a row of tiles to the next; that of its columns
//! is new to each, so that entries stand by groups of neighbouring columns, and go through it once, from its
//! first to its last number. In a group they stand row by row: what is added to a number is added in the order
//! of the rows of the matrix.

use std::ops::Range;

use super::blocks::CACHED;
use super::{Blocks, Csr};

/// The entries of a square matrix tile by tile, those of the tiles on the diagonal row by row.
#[derive(Clone, Debug)]
pub struct Tiles {
    rows: usize,
    /// A tile has 2ᵇ rows and columns.
    bits: u32,
    /// A group has 2ᵍ columns.
    group: u32,
    /// Tile (i, j) off the diagonal lies in `start[i · blocks + j]..`, up to the next one's start.
    start: Vec<usize>,
    /// Row and column within the tile, sixteen bits each.
    place: Vec<u32>,
    value: Vec<f64>,
    near: Csr<f64>,
}

/// 2¹⁵ rows: two pieces of vectors take 512 kB. Of a garnet of 10⁶ states, ten entries a row, a product
/// takes 22 ms with them, 27 ms with 2¹⁴ and 33 ms with 2¹³ rows, whose tiles have few entries.
const BITS: u32 = 15;
/// A tile has 2⁸ groups of columns, whose numbers, 1 or 2 kB, stay in the nearest cache.
const GROUPS: u32 = 8;
/// Where vectors are larger than the last cache: 4 MB of pieces that stay in it. Of a random matrix of 10⁷ rows, ten
/// entries each, solving takes four fifths of the time that it takes with one piece at a time.
const SPAN: usize = 8;

impl Tiles {
    /// `None` where vectors are short, or more than half of the entries lie near the diagonal as they
    /// are.
    pub fn of(a: &Blocks<f64>) -> Option<Tiles> {
        if a.rows() <= CACHED {
            return None;
        }
        // tiles of a very large matrix would be nearly empty
        let bits = BITS + u32::from(a.rows() > 1 << 22);
        let pattern = a.pattern();
        let near = |row: usize| {
            let columns = pattern.row_columns(row).iter();
            columns
                .filter(|&&c| c as usize >> bits == row >> bits)
                .count()
        };
        let near: usize = (0..a.rows()).map(near).sum();
        (2 * near < pattern.stored()).then(|| Tiles::cut(a, bits))
    }

    /// Tiles of 2ᵇ rows and columns, b ≤ 16.
    pub(super) fn cut(a: &Blocks<f64>, bits: u32) -> Tiles {
        let mut tiles = Tiles {
            rows: a.rows(),
            bits,
            group: bits.saturating_sub(GROUPS),
            start: vec![0],
            place: Vec::with_capacity(a.entries()),
            value: Vec::with_capacity(a.entries()),
            near: Csr::empty(a.rows()),
        };
        let mut next = Vec::new();
        for block in 0..tiles.blocks() {
            tiles.push(a, block, &mut next);
        }
        tiles
    }

    /// Appends a row of tiles.
    fn push(&mut self, a: &Blocks<f64>, block: usize, next: &mut Vec<usize>) {
        let rows = self.range(block);
        self.make_room(a.pattern(), rows.clone(), block, next);
        let (bits, group, first) = (self.bits, self.group, rows.start);
        a.each_in_halves(rows, |row, halves| {
            let mut put = |(column, value): (u32, f64)| {
                let column = column as usize;
                let beside = column >> bits;
                if beside == block {
                    return self.near.push_entry(column, value);
                }
                let at = &mut next[column >> group];
                self.place[*at] = ((row - first) as u32) << 16 | (column - (beside << bits)) as u32;
                self.value[*at] = value;
                *at += 1;
            };
            halves.lower().for_each(&mut put);
            let diagonal = halves.diagonal.map(|value| (row as u32, value));
            diagonal.into_iter().chain(halves.upper()).for_each(put);
            self.near.end_row();
        });
    }

    /// Room for the tiles of one row of blocks; where each of their groups starts.
    fn make_room(&mut self, a: &Csr<f64>, rows: Range<usize>, block: usize, next: &mut Vec<usize>) {
        let groups = 1 << (self.bits - self.group);
        let mut counts = vec![0; self.blocks() * groups];
        for row in rows {
            let columns = a.row_columns(row).iter();
            columns.for_each(|&column| counts[column as usize >> self.group] += 1);
        }
        counts[block * groups..][..groups].fill(0);
        next.clear();
        let mut end = self.place.len();
        for tile in counts.chunks(groups) {
            for count in tile {
                next.push(end);
                end += count;
            }
            self.start.push(end);
        }
        self.place.resize(end, 0);
        self.value.resize(end, 0.0);
    }

    /// How many tiles stand in a row.
    pub fn blocks(&self) -> usize {
        self.rows.div_ceil(1 << self.bits)
    }

    /// How many pieces of a vector, neighbours all, one that lies outside of them is read for at a time.
    pub fn span(&self) -> usize {
        if self.bits > BITS { SPAN } else { 1 }
    }

    /// The rows of a row of tiles.
    pub fn range(&self, block: usize) -> Range<usize> {
        block << self.bits..usize::min((block + 1) << self.bits, self.rows)
    }

    /// The rows of the tiles on the diagonal.
    pub fn near(&self) -> &Csr<f64> {
        &self.near
    }

    /// xᵢ −= A(i, j) xⱼ for the pieces i and j of x, i ≠ j.
    pub fn gather(&self, i: usize, j: usize, x: &mut [f64]) {
        let (places, values) = self.tile(i, j);
        let (own, other) = pieces(x, self.range(i), self.range(j));
        for (&place, value) in places.iter().zip(values) {
            own[place as usize >> 16] -= value * other[place as usize & 0xffff];
        }
    }

    /// xⱼ −= A(i, j)ᵀ xᵢ for the pieces i and j of x, i ≠ j.
    pub fn spread(&self, i: usize, j: usize, x: &mut [f64]) {
        let (places, values) = self.tile(i, j);
        let (own, other) = pieces(x, self.range(i), self.range(j));
        for (&place, value) in places.iter().zip(values) {
            other[place as usize & 0xffff] -= value * own[place as usize >> 16];
        }
    }

    /// Visits the entries of a row of tiles, those of each row from the first column to the last: the row within the
    /// piece, the column, the entry.
    #[inline(always)]
    pub(super) fn each_of_rows(&self, i: usize, mut visit: impl FnMut(usize, usize, f64)) {
        let first = self.range(i).start;
        for j in 0..self.blocks() {
            let column = self.range(j).start;
            if i == j {
                self.each_near(i, |row, column, value| visit(row - first, column, value));
            }
            let (places, values) = self.tile(i, j);
            for (&place, &value) in places.iter().zip(values) {
                let (row, own) = (place as usize >> 16, place as usize & 0xffff);
                visit(row, column + own, value);
            }
        }
    }

    /// Visits the entries of a column of tiles, those of each column from the first row to the last: the row, the
    /// column within the piece, the entry.
    #[inline(always)]
    pub(super) fn each_of_columns(&self, j: usize, mut visit: impl FnMut(usize, usize, f64)) {
        let first = self.range(j).start;
        for i in 0..self.blocks() {
            let row = self.range(i).start;
            if i == j {
                self.each_near(i, |row, column, value| visit(row, column - first, value));
            }
            let (places, values) = self.tile(i, j);
            for (&place, &value) in places.iter().zip(values) {
                let (own, column) = (place as usize >> 16, place as usize & 0xffff);
                visit(row + own, column, value);
            }
        }
    }

    /// Visits the entries of a tile on the diagonal row by row.
    #[inline(always)]
    fn each_near(&self, i: usize, mut visit: impl FnMut(usize, usize, f64)) {
        for row in self.range(i) {
            for (column, &value) in self.near.row(row) {
                visit(row, column, value);
            }
        }
    }

    fn tile(&self, i: usize, j: usize) -> (&[u32], &[f64]) {
        let at = i * self.blocks() + j;
        let entries = self.start[at]..self.start[at + 1];
        (&self.place[entries.clone()], &self.value[entries])
    }
}

/// Two pieces of a vector that do not overlap.
fn pieces(x: &mut [f64], i: Range<usize>, j: Range<usize>) -> (&mut [f64], &mut [f64]) {
    if i.start < j.start {
        let (low, high) = x.split_at_mut(j.start);
        (&mut low[i], &mut high[..j.len()])
    } else {
        let (low, high) = x.split_at_mut(i.start);
        (&mut high[..i.len()], &mut low[j])
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    /// Rows and columns of tiles whose columns stand in groups of four are those of the matrix, in its order.
    #[test]
    fn entries_of_a_row_and_of_a_column_come_in_their_order() {
        let n = 2300;
        let row = |i: usize| (0..6).map(move |k| ((i * 7 + k * k * 501) % n, (i * 8 + k) as f64));
        let a = Csr::from_rows(n, (0..n).map(row));
        let tiles = Tiles::cut(&Blocks::from(Arc::new(a.clone())), 10);
        let (mut rows, mut columns) = (vec![Vec::new(); n], vec![Vec::new(); n]);
        for piece in 0..tiles.blocks() {
            let first = tiles.range(piece).start;
            tiles.each_of_rows(piece, |row, column, x| rows[first + row].push((column, x)));
            tiles.each_of_columns(piece, |row, column, x| {
                columns[first + column].push((row, x));
            });
        }
        for (matrix, found) in [(a.transposed(), columns), (a, rows)] {
            for (i, found) in found.into_iter().enumerate() {
                assert!(matrix.row(i).map(|(j, x)| (j, *x)).eq(found), "{i}");
            }
        }
    }

    /// A matrix of small whole numbers, whose products are exact in every order: the tiles off the
    /// diagonal and the rows on it are the whole of it, in both directions.
    #[test]
    fn tiles_and_the_rows_near_the_diagonal_are_the_matrix() {
        for n in [1, 4, 30, 33] {
            let row = |i: usize| (0..6).map(move |k| ((i * 7 + k * k * 5) % n, (i % 5 + k) as f64));
            let a = Csr::from_rows(n, (0..n).map(row));
            let tiles = Tiles::cut(&Blocks::from(Arc::new(a.clone())), 2);
            let x: Vec<f64> = (0..n).map(|i| (i * i % 11) as f64 - 3.0).collect();
            let (mut product, mut transposed) = (vec![0.0; n], vec![0.0; n]);
            for i in 0..tiles.blocks() {
                for j in (0..tiles.blocks()).filter(|&j| j != i) {
                    let mut y = x.clone();
                    tiles.gather(i, j, &mut y);
                    tiles.range(i).for_each(|s| product[s] += x[s] - y[s]);
                    let mut y = x.clone();
                    tiles.spread(i, j, &mut y);
                    tiles.range(j).for_each(|s| transposed[s] += x[s] - y[s]);
                }
            }
            let near = tiles.near();
            let add = |y: Vec<f64>, z: Vec<f64>| -> Vec<f64> {
                y.iter().zip(z).map(|(y, z)| y + z).collect()
            };
            assert_eq!(add(product, near.mul(&x)), a.mul(&x), "{n}");
            assert_eq!(
                add(transposed, near.mul_transposed(&x)),
                a.mul_transposed(&x),
                "{n}"
            );
        }
    }
}
