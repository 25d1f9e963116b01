//! Preconditioned operators for Krylov iterations: A split as lower part, diagonal, upper part.
//!
//! With pivots d, E = D + L and F = D + U (L, U the strict triangles of A, D = diag(d)), the matrix
//! M = E D⁻¹ F approximates A. The iteration runs on Â = E⁻¹ A F⁻¹ D, and as
//! A = E + F + (diag(A) − 2D), one product with Â needs the two triangular solves and nothing else
//! (Eisenstat 1981): t = F⁻¹ D y, Â y = t + E⁻¹ (D y + (diag(A) − 2D) t).

use std::ops::Range;

use super::blocks::Halves;
use super::tiles::Tiles;
use super::{Blocks, Csr, FactorError};

/// Which system: A x = b, or Aᵀ x = b.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Columns: errors are measured in ‖·‖∞.
    Column,
    /// Rows, measures: errors are measured in ‖·‖₁, for which ‖A⁻ᵀ‖₁ = ‖A⁻¹‖∞.
    Row,
}

/// The preconditioner of a matrix.
#[derive(Clone, Debug)]
pub struct Preconditioner(Kind);

#[derive(Clone, Debug)]
enum Kind {
    /// diag(A).
    Diagonal(Vec<f64>),
    Split(Box<Split>),
}

/// What the triangular solves need.
#[derive(Clone, Debug)]
struct Split {
    /// Where the diagonal of each row stands among its entries, of those near the diagonal if there are
    /// tiles.
    place: Vec<u32>,
    /// d.
    pivot: Vec<f64>,
    /// 1/d.
    inverse: Vec<f64>,
    /// diag(A) − 2d.
    shift: Vec<f64>,
    /// What reads and writes a large matrix without locality in the caches.
    tiles: Option<Tiles>,
    /// How many of their pieces are swept as one.
    span: usize,
}

/// Rows with more entries than this on average are preconditioned by their diagonal alone:
/// products with them are faster than triangular solves. Where the two cross over is a choice.
const FULL_ROW: usize = 64;

/// The modified pivots are kept while diag(A)/d is at most this on average: it is about 2 on
/// gridworlds at any γ, and 4 to 300 on random graphs at γ = 0.99 to 0.9999.
const SPOILED: f64 = 3.0;

impl Preconditioner {
    /// Pivots of a square matrix, in O(stored).
    ///
    /// Modified incomplete factors (Gustafsson 1978; on a graph without triangles, as a grid is,
    /// the same as modified ILU(0)): d is such that M and A have the same row sums. For
    /// A = I − γP with stochastic P the constant vector is the slowest mode, A 1 = (1 − γ) 1, and
    /// M is exact on it: on gridworlds it takes a third of the iterations. On random graphs, whose
    /// fill falls far away, the pivots are spoiled, and d = diag(A) serves: symmetric Gauss-Seidel.
    ///
    /// Errors with [`FactorError::Singular`] on a zero on the diagonal.
    pub fn new(a: &Blocks<f64>) -> Result<Preconditioner, FactorError> {
        let narrow = a.entries() <= FULL_ROW * a.rows();
        let tiles = if narrow { Tiles::of(a) } else { None };
        if tiles.is_none() {
            // its rows are what is swept over
            a.whole();
        }
        let mut diagonal = Vec::with_capacity(a.rows());
        let (mut pivots, mut singular) = (Modified::new(a.rows()), None);
        a.each_in_halves(0..a.rows(), |row, halves| {
            let value = halves.diagonal.unwrap_or(0.0);
            if value == 0.0 || !value.is_finite() {
                singular = singular.or(Some(row));
            }
            if narrow {
                pivots.push(halves, value);
            }
            diagonal.push(value);
        });
        if let Some(column) = singular {
            return Err(FactorError::Singular { column });
        }
        Ok(Preconditioner(if narrow {
            Kind::Split(Box::new(Split::new(a, &diagonal, pivots, tiles)))
        } else {
            Kind::Diagonal(diagonal)
        }))
    }

    /// The matrix in tiles, if it is swept over in them.
    pub(super) fn tiles(&self) -> Option<&Tiles> {
        match &self.0 {
            Kind::Diagonal(_) => None,
            Kind::Split(split) => split.tiles.as_ref(),
        }
    }

    /// r ← E⁻¹ r, or E'⁻¹ r of the transposed system: the residual that the iteration sees.
    pub fn begin(&self, a: &Blocks<f64>, side: Side, r: &mut [f64]) {
        match (&self.0, side) {
            (Kind::Diagonal(_), _) => {}
            (Kind::Split(split), Side::Column) => split.lower(a, r),
            (Kind::Split(split), Side::Row) => split.upper_transposed(a, r),
        }
    }

    /// t = F⁻¹ D y and Â y; an iterate moves along t when the iteration moves along y.
    pub fn apply(
        &self,
        a: &Blocks<f64>,
        side: Side,
        y: &[f64],
        t: &mut [f64],
        product: &mut Vec<f64>,
    ) {
        let split = match &self.0 {
            Kind::Split(split) => split,
            Kind::Diagonal(diagonal) => {
                for ((t, y), diagonal) in t.iter_mut().zip(y).zip(diagonal) {
                    *t = y / diagonal;
                }
                *product = match side {
                    Side::Column => a.whole().mul(t),
                    Side::Row => a.whole().mul_transposed(t),
                };
                return;
            }
        };
        match side {
            Side::Column => split.upper_scaled(a, y, t, product),
            Side::Row => split.lower_transposed_scaled(a, y, t, product),
        }
        self.begin(a, side, product);
        for (product, t) in product.iter_mut().zip(t) {
            *product += *t;
        }
    }
}

impl Split {
    fn new(a: &Blocks<f64>, diagonal: &[f64], pivots: Modified, tiles: Option<Tiles>) -> Split {
        let pivot = pivots.unspoiled().unwrap_or_else(|| diagonal.to_vec());
        let inverse = pivot.iter().map(|d| 1.0 / d).collect();
        let shift = diagonal.iter().zip(&pivot).map(|(a, d)| a - 2.0 * d);
        let shift = shift.collect();
        let swept = tiles.as_ref().map_or_else(|| &**a.whole(), Tiles::near);
        let place = |row: usize| {
            let columns = swept.row_columns(row);
            columns.partition_point(|&column| (column as usize) < row) as u32
        };
        Split {
            span: tiles.as_ref().map_or(1, Tiles::span),
            place: (0..a.rows()).map(place).collect(),
            pivot,
            inverse,
            shift,
            tiles,
        }
    }

    /// How many pieces vectors are swept in.
    fn blocks(&self) -> usize {
        self.tiles.as_ref().map_or(1, Tiles::blocks)
    }

    /// The rows of a piece.
    fn range(&self, block: usize, rows: usize) -> Range<usize> {
        let tiles = self.tiles.as_ref();
        tiles.map_or(0..rows, |tiles| tiles.range(block))
    }

    /// The rows whose entries within a piece are the matrix's.
    fn near<'a>(&'a self, a: &'a Blocks<f64>) -> &'a Csr<f64> {
        self.tiles
            .as_ref()
            .map_or_else(|| &**a.whole(), Tiles::near)
    }

    /// Where the diagonal of a row stands among all entries.
    fn diagonal(&self, a: &Csr<f64>, row: usize) -> usize {
        a.row_starts()[row] + self.place[row] as usize
    }

    /// Pieces next to one another that are swept as one, the first ones first.
    fn spans(&self) -> impl DoubleEndedIterator<Item = Range<usize>> {
        let (blocks, span) = (self.blocks(), self.span);
        let first = (0..blocks).step_by(span);
        first.map(move |first| first..usize::min(first + span, blocks))
    }

    /// What another piece of x adds to the rows of some, one of them after the other while it is in a cache.
    fn gather(&self, blocks: Range<usize>, other: usize, x: &mut [f64]) {
        if let Some(tiles) = &self.tiles {
            blocks.for_each(|block| tiles.gather(block, other, x));
        }
    }

    /// What the rows of some pieces add to another piece of x, one of them after the other.
    fn spread(&self, blocks: impl Iterator<Item = usize>, other: usize, x: &mut [f64]) {
        if let Some(tiles) = &self.tiles {
            blocks.for_each(|block| tiles.spread(block, other, x));
        }
    }

    /// x ← (D + L)⁻¹ x.
    fn lower(&self, a: &Blocks<f64>, x: &mut [f64]) {
        for span in self.spans() {
            (0..span.start).for_each(|other| self.gather(span.clone(), other, x));
            for block in span.clone() {
                (span.start..block).for_each(|other| self.gather(block..block + 1, other, x));
                self.lower_rows(self.near(a), self.range(block, x.len()), x);
            }
        }
    }

    fn lower_rows(&self, a: &Csr<f64>, rows: Range<usize>, x: &mut [f64]) {
        for row in rows {
            let known = times(a, a.row_starts()[row]..self.diagonal(a, row), x);
            x[row] = (x[row] - known) * self.inverse[row];
        }
    }

    /// t ← (D + U)⁻¹ D y, and product ← D y + (diag(A) − 2D) t; piece by piece, each while it is in
    /// a cache. Sums begin with the nearest piece, the last that is known: no span is swept as one.
    fn upper_scaled(&self, a: &Blocks<f64>, y: &[f64], t: &mut [f64], product: &mut [f64]) {
        for block in (0..self.blocks()).rev() {
            let rows = self.range(block, y.len());
            self.scale(rows.clone(), y, t, product);
            for other in block + 1..self.blocks() {
                self.gather(block..block + 1, other, t);
            }
            self.upper_rows(self.near(a), rows.clone(), t);
            self.add_shifted(rows, t, product);
        }
    }

    /// D y of some rows, twice.
    fn scale(&self, rows: Range<usize>, y: &[f64], t: &mut [f64], product: &mut [f64]) {
        let scaled = y[rows.clone()].iter().zip(&self.pivot[rows.clone()]);
        let both = t[rows.clone()].iter_mut().zip(&mut product[rows]);
        for ((t, product), (y, pivot)) in both.zip(scaled) {
            *t = y * pivot;
            *product = *t;
        }
    }

    /// product += (diag(A) − 2D) t in some rows.
    fn add_shifted(&self, rows: Range<usize>, t: &[f64], product: &mut [f64]) {
        let added = self.shift[rows.clone()].iter().zip(&t[rows.clone()]);
        for (product, (shift, t)) in product[rows].iter_mut().zip(added) {
            *product += shift * t;
        }
    }

    fn upper_rows(&self, a: &Csr<f64>, rows: Range<usize>, x: &mut [f64]) {
        for row in rows.rev() {
            let known = times(a, self.diagonal(a, row) + 1..a.row_starts()[row + 1], x);
            x[row] = (x[row] - known) * self.inverse[row];
        }
    }

    /// x ← (D + U)⁻ᵀ x.
    fn upper_transposed(&self, a: &Blocks<f64>, x: &mut [f64]) {
        for span in self.spans() {
            for block in span.clone() {
                self.upper_rows_transposed(self.near(a), self.range(block, x.len()), x);
                (block + 1..span.end).for_each(|other| self.spread(block..block + 1, other, x));
            }
            (span.end..self.blocks()).for_each(|other| self.spread(span.clone(), other, x));
        }
    }

    fn upper_rows_transposed(&self, a: &Csr<f64>, rows: Range<usize>, x: &mut [f64]) {
        for row in rows {
            x[row] *= self.inverse[row];
            let above = self.diagonal(a, row) + 1..a.row_starts()[row + 1];
            spread(a, above, x[row], x);
        }
    }

    /// t ← (D + L)⁻ᵀ D y, and product ← D y + (diag(A) − 2D) t; piece by piece, each while it is in a cache.
    fn lower_transposed_scaled(
        &self,
        a: &Blocks<f64>,
        y: &[f64],
        t: &mut [f64],
        product: &mut [f64],
    ) {
        self.scale(0..y.len(), y, t, product);
        for span in self.spans().rev() {
            for block in span.clone().rev() {
                let rows = self.range(block, y.len());
                self.lower_rows_transposed(self.near(a), rows.clone(), t);
                (span.start..block).for_each(|other| self.spread(block..block + 1, other, t));
                self.add_shifted(rows, t, product);
            }
            (0..span.start).for_each(|other| self.spread(span.clone().rev(), other, t));
        }
    }

    fn lower_rows_transposed(&self, a: &Csr<f64>, rows: Range<usize>, x: &mut [f64]) {
        for row in rows.rev() {
            x[row] *= self.inverse[row];
            spread(a, a.row_starts()[row]..self.diagonal(a, row), x[row], x);
        }
    }
}

/// Σ over some entries of a row: value · x[column].
#[inline]
fn times(a: &Csr<f64>, entries: Range<usize>, x: &[f64]) -> f64 {
    let columns = &a.column_indices()[entries.clone()];
    let values = &a.values()[entries];
    let products = columns
        .iter()
        .zip(values)
        .map(|(&column, value)| value * x[column as usize]);
    products.sum()
}

/// x[column] −= value · y over some entries of a row.
#[inline]
fn spread(a: &Csr<f64>, entries: Range<usize>, y: f64, x: &mut [f64]) {
    let columns = &a.column_indices()[entries.clone()];
    let values = &a.values()[entries];
    for (&column, value) in columns.iter().zip(values) {
        x[column as usize] -= value * y;
    }
}

/// The pivots d(i) = A(i,i) − Σ_{k<i} A(i,k)/d(k) · Σ_{j>k} A(k,j), row by row.
struct Modified {
    pivot: Vec<f64>,
    /// Σ_{j>k} A(k,j)/d(k); 0 of rows that have not come yet.
    ahead: Vec<f64>,
    growth: f64,
}

impl Modified {
    fn new(rows: usize) -> Modified {
        Modified {
            pivot: Vec::with_capacity(rows),
            ahead: vec![0.0; rows],
            growth: 0.0,
        }
    }

    /// The next row, and its diagonal entry; not looked at where the pivots are spoiled already.
    fn push(&mut self, row: Halves, diagonal: f64) {
        if !self.is_sound() {
            return;
        }
        let known = row
            .lower()
            .map(|(column, value)| value * self.ahead[column as usize]);
        let pivot = diagonal - known.sum::<f64>();
        let upper: f64 = row.upper().map(|(_, value)| value).sum();
        self.ahead[self.pivot.len()] = upper / pivot;
        self.growth += (diagonal / pivot).abs();
        self.pivot.push(pivot);
    }

    /// All pivots, unless they are spoiled, or one is 0 or not a number.
    fn unspoiled(self) -> Option<Vec<f64>> {
        self.is_sound().then_some(self.pivot)
    }

    /// Whether the pivots that have come so far would not be too small, were theirs the growth of all.
    fn is_sound(&self) -> bool {
        self.growth <= SPOILED * self.ahead.len() as f64
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn line() -> Csr<f64> {
        let p = Csr::from_rows(
            3,
            [vec![(1, 1.0)], vec![(0, 0.5), (2, 0.5)], vec![(1, 1.0)]],
        );
        p.identity_minus_scaled(&0.5)
    }

    /// On a line incomplete factors are complete: Â = D, and t = A⁻¹ (start of D y).
    #[test]
    fn on_a_line_the_factors_are_those_of_the_matrix() {
        let matrix = Arc::new(line());
        let a = Blocks::from(Arc::clone(&matrix));
        let preconditioner = Preconditioner::new(&a).unwrap();
        for side in [Side::Column, Side::Row] {
            let b = [1.0, -2.0, 4.0];
            let mut y = b.to_vec();
            preconditioner.begin(&a, side, &mut y);
            let (mut t, mut product) = (vec![0.0; 3], vec![0.0; 3]);
            preconditioner.apply(&a, side, &y, &mut t, &mut product);
            for (product, y) in product.iter().zip(&y) {
                assert!((product - y).abs() < 1e-15);
            }
            let back = match side {
                Side::Column => matrix.mul(&t),
                Side::Row => matrix.mul_transposed(&t),
            };
            for (back, b) in back.iter().zip(&b) {
                assert!((back - b).abs() < 1e-14);
            }
        }
    }

    /// A random graph cut into tiles of four rows, and the same rows as they are: one operator, up to the
    /// order of its sums. How many tiles are swept as one changes not even that.
    #[test]
    fn tiles_change_nothing_but_the_order_of_sums() {
        let n = 22;
        let row = |i: usize| (0..4).map(move |k| ((i * 7 + k * k * 5) % n, 0.2 + 0.01 * k as f64));
        let a = Csr::from_rows(n, (0..n).map(row)).identity_minus_scaled(&0.9);
        let a = Blocks::from(Arc::new(a));
        let diagonal: Vec<f64> = (0..n).map(|i| a.whole().get(i, i)).collect();
        let of = |tiles, span| {
            let spoiled = Modified {
                growth: f64::INFINITY,
                ..Modified::new(n)
            };
            let split = Split::new(&a, &diagonal, spoiled, tiles);
            Preconditioner(Kind::Split(Box::new(Split { span, ..split })))
        };
        let tiled = [1, 2, 4, 9].map(|span| of(Some(Tiles::cut(&a, 2)), span));
        let plain = of(None, 1);
        for side in [Side::Column, Side::Row] {
            let y: Vec<f64> = (0..n).map(|i| (i * i % 11) as f64 - 3.0).collect();
            let answer = |preconditioner: &Preconditioner| {
                let (mut t, mut product) = (vec![0.0; n], vec![0.0; n]);
                preconditioner.apply(&a, side, &y, &mut t, &mut product);
                t.extend(product);
                t
            };
            let answers = tiled.each_ref().map(answer);
            for (x, y) in answer(&plain).iter().zip(&answers[0]) {
                assert!((x - y).abs() < 1e-12, "{side:?}: {x} {y}");
            }
            assert!(answers.iter().all(|other| *other == answers[0]), "{side:?}");
        }
    }
}
