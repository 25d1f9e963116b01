//! A square matrix that is read a block of rows at a time: stored, or I − cP made from P as it is read.
//!
//! Next to p^π the matrix I − γp^π is a second copy of the same numbers. Where there are millions of
//! rows, and what solves the system keeps its entries in an order of its own, that copy would be read a few
//! times from end to end and nothing else: a block of it is made for each of these times instead.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use super::{Csr, slack};
use crate::field::Field;

/// A square matrix A, whole or as I − cP; cheap to clone.
#[derive(Clone, Debug)]
pub struct Blocks<F>(Arc<Held<F>>);

#[derive(Debug)]
struct Held<F> {
    /// P and c of A = I − cP, unless A came as it is.
    made_of: Option<(Arc<Csr<F>>, F)>,
    whole: OnceLock<Arc<Csr<F>>>,
    /// The most entries that a row has.
    longest: OnceLock<usize>,
}

/// Entries of a row of A, or of P where A = I − cP is made of it: those beside the diagonal say all of A's.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entries<'a, F> {
    columns: &'a [u32],
    values: &'a [F],
    /// c, where they are P's.
    scale: Option<&'a F>,
}

impl<'a, F: Field> Entries<'a, F> {
    /// The column of each, and its magnitude in A, wrong on the diagonal.
    pub(crate) fn magnitudes(self) -> impl Iterator<Item = (usize, f64)> + 'a {
        let size = move |value: &F| match self.scale {
            Some(c) => (c.clone() * value).to_f64().abs(),
            None => value.to_f64().abs(),
        };
        let columns = self.columns.iter().map(|&column| column as usize);
        columns.zip(self.values.iter().map(size))
    }
}

/// Whether no column might be left out between the first and the last of a row, were the diagonal among them.
fn may_be_contiguous(columns: &[u32]) -> bool {
    match (columns.first(), columns.last()) {
        (Some(first), Some(last)) => (last - first) as usize <= columns.len(),
        _ => true,
    }
}

/// Up to this many rows a vector fits into the second-level cache, and the matrix is made at once.
pub(super) const CACHED: usize = 1 << 17;
/// Rows of a block: of ten entries a row it stays, with what is read to make it, in a core's own cache.
const ROWS: usize = 1 << 9;

impl<F: Field> Blocks<F> {
    /// I − cP, which is not stored unless somebody asks for all of it ([`Blocks::whole`]), if it is large.
    pub fn identity_minus_scaled(p: &Arc<Csr<F>>, c: &F) -> Blocks<F> {
        if p.rows() <= CACHED {
            return Blocks::from(Arc::new(p.identity_minus_scaled(c)));
        }
        Blocks(Arc::new(Held {
            made_of: Some((Arc::clone(p), c.clone())),
            whole: OnceLock::new(),
            longest: OnceLock::new(),
        }))
    }

    /// All of A, made when first asked for and then kept.
    pub fn whole(&self) -> &Arc<Csr<F>> {
        let make = || match &self.0.made_of {
            Some((p, c)) => p.identity_minus_scaled(c),
            // whatever is not made of another came whole
            None => Csr::empty(0),
        };
        self.0.whole.get_or_init(|| Arc::new(make()))
    }

    /// A as it is stored, or P and c.
    fn held(&self) -> Result<&Csr<F>, (&Csr<F>, &F)> {
        match (self.0.whole.get(), &self.0.made_of) {
            (None, Some((p, c))) => Err((p, c)),
            _ => Ok(self.whole()),
        }
    }

    /// A matrix with A's pattern, but perhaps for the diagonal.
    pub(crate) fn pattern(&self) -> &Csr<F> {
        self.held().unwrap_or_else(|(p, _)| p)
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.pattern().rows()
    }

    /// Number of entries; no more than as many as there are rows too large where A is not stored.
    pub(super) fn entries(&self) -> usize {
        self.held()
            .map_or_else(|(p, _)| p.stored() + p.rows(), Csr::stored)
    }

    /// Whether all entries are stored.
    pub(super) fn is_full(&self) -> bool {
        self.held().is_ok_and(|a| a.full().is_some())
    }

    /// Visits all rows in order, all at once where the matrix is stored: the number of the first row of a block, and the
    /// block, of all columns.
    pub(crate) fn each(&self, mut visit: impl FnMut(usize, &Csr<F>)) {
        let (p, c) = match self.held() {
            Ok(whole) => return visit(0, whole),
            Err(made_of) => made_of,
        };
        // one piece of memory for all of them
        let mut block = Csr::empty(p.columns());
        for first in (0..p.rows()).step_by(ROWS) {
            block.clear();
            let range = first..usize::min(first + ROWS, p.rows());
            range.for_each(|row| block.push_identity_minus_scaled(p, row, c));
            visit(first, &block);
        }
    }

    /// Whether the row of P has a number on the diagonal, as each row of A has.
    fn has_diagonal(p: &Csr<F>, row: usize) -> bool {
        // a few columns are looked at all at once
        const FEW: usize = 16;
        let columns = p.row_columns(row);
        if columns.len() > FEW {
            return columns.binary_search(&(row as u32)).is_ok();
        }
        let own = columns.iter().filter(|&&column| column as usize == row);
        own.count() > 0
    }

    /// The most entries that a row has.
    pub(crate) fn longest_row(&self) -> usize {
        let added = |row| match self.held() {
            Ok(_) => 0,
            Err((p, _)) => usize::from(!Blocks::has_diagonal(p, row)),
        };
        let length = |row| self.pattern().row_columns(row).len() + added(row);
        let longest = || (0..self.rows()).map(length).max().unwrap_or(0);
        *self.0.longest.get_or_init(longest)
    }

    /// The most entries that a column has.
    pub(super) fn fullest_column(&self) -> usize {
        let p = match self.held() {
            Ok(whole) => return whole.fullest_column(),
            Err((p, _)) => p,
        };
        let mut counts = p.column_counts();
        for (row, count) in counts.iter_mut().enumerate() {
            *count += u32::from(!Blocks::has_diagonal(p, row));
        }
        counts.into_iter().max().unwrap_or(0) as usize
    }

    /// Aᵀ x.
    pub(crate) fn mul_transposed(&self, x: &[F]) -> Vec<F> {
        let mut y = vec![F::zero(); self.rows()];
        let (p, c) = match self.held() {
            Ok(a) => {
                for row in (0..a.rows()).filter(|&row| !x[row].is_zero()) {
                    a.add_row_scaled(row, &x[row], &mut y);
                }
                return y;
            }
            Err(made_of) => made_of,
        };
        for (row, x) in x.iter().enumerate().filter(|(_, x)| !x.is_zero()) {
            let (columns, values) = p.slices(row);
            let mut diagonal = F::one();
            for (&column, value) in columns.iter().zip(values) {
                let a = -(c.clone() * value);
                if column as usize == row {
                    diagonal += a;
                } else {
                    y[column as usize] += a * x;
                }
            }
            y[row] += diagonal * x;
        }
        y
    }

    /// b − A x, by the slacks of A ([`slack`]) where they are known.
    pub(crate) fn residual(&self, slack: Option<&[F]>, b: &[F], x: &[F]) -> Vec<F> {
        let mut rest = Vec::with_capacity(b.len());
        self.each_residual(slack, b, x, |_, _, own| rest.push(own));
        rest
    }

    /// Visits all rows in order, each with its entries: its number, the entries, perhaps without the one on the
    /// diagonal, its component of [`Blocks::residual`].
    pub(crate) fn each_residual(
        &self,
        slack: Option<&[F]>,
        b: &[F],
        x: &[F],
        mut visit: impl FnMut(usize, Entries<'_, F>, F),
    ) {
        if let (Some(slack), Err((p, c))) = (slack, self.held()) {
            let mut made = Csr::empty(p.columns());
            for (row, b) in b.iter().enumerate() {
                let product = if may_be_contiguous(p.row_columns(row)) {
                    made.clear();
                    made.push_identity_minus_scaled(p, row, c);
                    slack[row].clone() * &x[row] + made.row_times_rise(0, x, &x[row])
                } else {
                    slack[row].clone() * &x[row] + p.row_times_fall(row, x, (&x[row], c))
                };
                let (columns, values) = p.slices(row);
                let entries = Entries {
                    columns,
                    values,
                    scale: Some(c),
                };
                visit(row, entries, b.clone() - product);
            }
            return;
        }
        self.each(|first, block| {
            for row in 0..block.rows() {
                let own = first + row;
                let product = match slack {
                    Some(slack) => slack::row(block, row, &slack[own], x, &x[own]),
                    None => block.row_times(row, x),
                };
                let (columns, values) = block.slices(row);
                let entries = Entries {
                    columns,
                    values,
                    scale: None,
                };
                visit(own, entries, b[own].clone() - product);
            }
        });
    }

    /// b − xA, a row, by the slacks of A = I − P: x(i) P(i, j) leaves i and comes to j, with one rounding.
    pub(crate) fn residual_transposed_by(&self, slack: &[F], b: &[F], x: &[F]) -> Vec<F> {
        let ends = b.iter().zip(x.iter().zip(slack));
        let mut rest: Vec<F> = ends
            .map(|(b, (x, slack))| b.clone() - x.clone() * slack)
            .collect();
        self.each(|first, block| {
            for (own, x) in (first..).zip(&x[first..first + block.rows()]) {
                for (next, a) in block.row(own - first).filter(|(next, _)| *next != own) {
                    let flow = x.clone() * a;
                    rest[own] += &flow;
                    rest[next] -= flow;
                }
            }
        });
        rest
    }
}

impl<F> From<Arc<Csr<F>>> for Blocks<F> {
    fn from(matrix: Arc<Csr<F>>) -> Blocks<F> {
        Blocks(Arc::new(Held {
            made_of: None,
            whole: OnceLock::from(matrix),
            longest: OnceLock::new(),
        }))
    }
}

/// A row of A cut at the diagonal: columns and values to its left and to its right, which are A's times `scale`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Halves<'a> {
    below: (&'a [u32], &'a [f64]),
    /// A's own.
    pub diagonal: Option<f64>,
    above: (&'a [u32], &'a [f64]),
    scale: f64,
}

impl<'a> Halves<'a> {
    fn of(a: &'a Csr<f64>, row: usize, scale: f64) -> Halves<'a> {
        let (columns, values) = a.slices(row);
        // a search among ten is guessed wrong every time, and looking at all of them costs less
        const FEW: usize = 16;
        let is_below = |column: u32| (column as usize) < row;
        let below = if columns.len() > FEW {
            columns.partition_point(|&column| is_below(column))
        } else {
            columns.iter().filter(|&&column| is_below(column)).count()
        };
        let stored = columns.get(below) == Some(&(row as u32));
        let above = below + usize::from(stored);
        Halves {
            below: (&columns[..below], &values[..below]),
            diagonal: values[below..above].first().map(|value| scale * value),
            above: (&columns[above..], &values[above..]),
            scale,
        }
    }

    /// Columns and entries to the left of the diagonal.
    pub(crate) fn lower(self) -> impl Iterator<Item = (u32, f64)> + 'a {
        let columns = self.below.0.iter().copied();
        columns.zip(self.below.1.iter().map(move |value| self.scale * value))
    }

    /// Columns and entries to the right of the diagonal.
    pub(crate) fn upper(self) -> impl Iterator<Item = (u32, f64)> + 'a {
        let columns = self.above.0.iter().copied();
        columns.zip(self.above.1.iter().map(move |value| self.scale * value))
    }
}

impl Blocks<f64> {
    /// Visits some rows in order, each by its number, cut at the diagonal.
    #[inline(always)]
    pub(crate) fn each_in_halves(&self, rows: Range<usize>, mut visit: impl FnMut(usize, Halves)) {
        match self.held() {
            Ok(whole) => rows.for_each(|row| visit(row, Halves::of(whole, row, 1.0))),
            Err((p, c)) => rows.for_each(|row| {
                let mut halves = Halves::of(p, row, -c);
                halves.diagonal = Some(halves.diagonal.unwrap_or(0.0) + 1.0);
                visit(row, halves);
            }),
        }
    }

    /// Whether no entry beside the diagonal is above 0, and none of them not a number.
    pub(super) fn is_z_matrix(&self) -> bool {
        match self.held() {
            Ok(whole) => holds_beside_diagonal(whole, |x| x <= 0.0),
            Err((p, c)) => {
                let negated = |x: f64| -(c * x) <= 0.0;
                // one on the diagonal of P need not be looked for where it is as the others
                holds(p.values(), negated) || holds_beside_diagonal(p, negated)
            }
        }
    }
}

/// Whether something holds for each; without a way out, which is several at a time.
fn holds(x: &[f64], what: impl Fn(f64) -> bool) -> bool {
    x.iter().fold(true, |all, &x| all & what(x))
}

/// Whether something holds for all entries beside the diagonal, of each row in halves.
fn holds_beside_diagonal(a: &Csr<f64>, what: impl Fn(f64) -> bool + Copy) -> bool {
    // a search among ten is guessed wrong every time, and looking at all of them costs less
    const FEW: usize = 16;
    (0..a.rows()).all(|row| {
        let (columns, values) = a.slices(row);
        if columns.len() <= FEW {
            let all = columns.iter().zip(values);
            let held = |(&column, &x)| (column as usize == row) | what(x);
            return all.fold(true, |all, entry| all & held(entry));
        }
        let below = columns.partition_point(|&column| (column as usize) < row);
        let above = below + usize::from(columns.get(below) == Some(&(row as u32)));
        holds(&values[..below], what) && holds(&values[above..], what)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// P with a diagonal in every third row, and neighbours of it alone in some, so large that I − cP is made as it is
    /// read: whatever is asked of the blocks is bit by bit what the whole matrix says.
    #[test]
    fn blocks_are_the_matrix() {
        let n = CACHED + ROWS / 2;
        let row = |i: usize| {
            let to = move |k: usize| (i * 7 + k * k * 5003 + usize::from(!i.is_multiple_of(3))) % n;
            let own = i.is_multiple_of(3).then_some((i, 0.125));
            // i − 1, i + 1, i + 2, i + 3: with the diagonal none is left out between them
            let beside = move |k: usize| (i + n + k - if k == 1 { 2 } else { 1 }) % n;
            let to = move |k: usize| {
                if i.is_multiple_of(5) {
                    beside(k)
                } else {
                    to(k)
                }
            };
            (1..5).map(move |k| (to(k), 0.1 * k as f64)).chain(own)
        };
        let p = Arc::new(Csr::from_rows(n, (0..n).map(row)));
        let c = 0.9;
        let a = p.identity_minus_scaled(&c);
        let blocks = Blocks::identity_minus_scaled(&p, &c);
        assert!(blocks.held().is_err());
        let (mut next, mut stored) = (0, 0);
        blocks.each(|first, block| {
            assert_eq!(first, next);
            for row in 0..block.rows() {
                assert!(block.row(row).eq(a.row(first + row)));
            }
            next += block.rows();
            stored += block.stored();
        });
        assert_eq!((next, stored), (n, a.stored()));
        blocks.each_in_halves(0..n, |row, halves| {
            let diagonal = halves.diagonal.map(|x| (row as u32, x));
            let entries = halves.lower().chain(diagonal).chain(halves.upper());
            assert!(entries.eq(a.row(row).map(|(column, x)| (column as u32, *x))));
        });
        blocks.each_residual(None, &vec![0.0; n], &vec![0.0; n], |row, entries, _| {
            let sizes = entries.magnitudes();
            assert!(sizes.eq(a.row(row).map(|(column, x)| (column, x.abs()))));
        });
        assert!(blocks.entries() >= stored && blocks.entries() <= stored + n);
        assert_eq!(blocks.fullest_column(), a.fullest_column());
        assert_eq!(blocks.longest_row(), 5);
        assert!(blocks.is_z_matrix() && Blocks::from(Arc::new(a.clone())).is_z_matrix());
        let x: Vec<f64> = (0..n).map(|i| (i * i % 101) as f64 / 7.0).collect();
        let b: Vec<f64> = (0..n).map(|i| (i % 13) as f64).collect();
        let slack: Vec<f64> = (0..n).map(|i| 0.1 + (i % 5) as f64).collect();
        assert_eq!(blocks.mul_transposed(&x), a.mul_transposed(&x));
        let plain: Vec<f64> = b.iter().zip(a.mul(&x)).map(|(b, y)| b - y).collect();
        assert_eq!(blocks.residual(None, &b, &x), plain);
        let by_slacks = slack::residual(&a, &slack, &b, &x);
        assert_eq!(blocks.residual(Some(&slack), &b, &x), by_slacks);
        let mut sized = 0;
        blocks.each_residual(Some(&slack), &b, &x, |row, entries, rest| {
            assert_eq!(rest, by_slacks[row]);
            let beside = |(column, _): &(usize, f64)| *column != row;
            let whole = a.row(row).map(|(column, x)| (column, x.abs()));
            assert!(entries.magnitudes().filter(beside).eq(whole.filter(beside)));
            sized += 1;
        });
        assert_eq!(sized, n);
        let flows = blocks.residual_transposed_by(&slack, &b, &x);
        assert!(blocks.held().is_err());
        assert_eq!(**blocks.whole(), a);
        assert_eq!(blocks.residual_transposed_by(&slack, &b, &x), flows);
        assert_eq!(blocks.residual(Some(&slack), &b, &x), by_slacks);
    }

    /// What stands on the diagonal does not count, what stands beside it does: negative probabilities, and what is
    /// not a number.
    #[test]
    fn signs_are_those_beside_the_diagonal() {
        let n = CACHED + 1;
        let signs = |at: (usize, usize), x: f64| {
            let row = |i: usize| {
                let other = (i == at.0).then_some((at.1, x));
                [((i + 1) % n, 0.5)].into_iter().chain(other)
            };
            let p = Arc::new(Csr::from_rows(n, (0..n).map(row)));
            let made = Blocks::identity_minus_scaled(&p, &0.9);
            assert!(made.held().is_err());
            let whole = Blocks::from(Arc::clone(made.clone().whole()));
            let made = Blocks::identity_minus_scaled(&p, &0.9);
            (made.is_z_matrix(), whole.is_z_matrix())
        };
        let last = n - 1;
        assert_eq!(signs((last, last), -3.0), (true, true));
        for x in [-3.0, f64::NAN] {
            assert_eq!(signs((last, 7), x), (false, false));
            assert_eq!(signs((0, last), x), (false, false));
        }
        assert_eq!(signs((last, 7), 0.25), (true, true));
    }
}
