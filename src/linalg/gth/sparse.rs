//! The elimination without subtraction on sparse rows, in a fill-reducing order.

use nalgebra::DMatrix;

use super::BlockedGth;
use super::symbolic::Symbolic;
use crate::linalg::{Csr, FactorError, Factors};

/// A = L U of a sparse diagonally dominant M-matrix in a symmetric order, made without
/// subtraction ([`Gth`](super::Gth)).
///
/// Rows are eliminated one after the other along the elimination tree (Gilbert & Peierls 1988;
/// Davis 2006, chapter 6). Where the rest has filled up it is one dense block.
#[derive(Clone, Debug)]
pub struct SparseGth {
    /// The state at each place of the order.
    order: Vec<u32>,
    /// The multipliers of each row in the columns that are eliminated sparsely.
    lower: Rows,
    /// What stands right of each sparse pivot, not negated.
    upper: Rows,
    /// The sparse pivots.
    pivots: Vec<f64>,
    /// The factors of the dense rest.
    rest: BlockedGth,
}

/// Right-hand sides that are solved for at once; a choice, of which no measurement is kept.
const AT_ONCE: usize = 8;

/// Sparse rows that are only read in order.
#[derive(Clone, Debug, Default)]
struct Rows {
    starts: Vec<usize>,
    entries: Vec<(u32, f64)>,
}

impl Rows {
    fn end_row(&mut self) {
        self.starts.push(self.entries.len());
    }

    fn row(&self, row: usize) -> &[(u32, f64)] {
        let start = if row == 0 { 0 } else { self.starts[row - 1] };
        &self.entries[start..self.starts[row]]
    }
}

impl SparseGth {
    /// Eliminates A = I − P given by its off-diagonal entries (its diagonal is ignored) and its
    /// slacks, in an order chosen before.
    ///
    /// Errors with [`FactorError::Singular`] if a pivot vanishes: no way out of some states.
    pub fn of(
        matrix: &Csr<f64>,
        slack: &[f64],
        symbolic: Symbolic,
    ) -> Result<SparseGth, FactorError> {
        let (n, sparse) = (matrix.rows(), symbolic.sparse());
        let dense = n - sparse;
        let mut elimination = Elimination {
            lower: Rows::default(),
            upper: Rows::default(),
            pivots: Vec::with_capacity(sparse),
            slack: Vec::with_capacity(n),
            values: vec![0.0; n],
            touched: vec![u32::MAX; n],
        };
        let mut reach = symbolic.reach();
        let mut rest = vec![0.0; dense * dense];
        let (mut below, mut right) = (Vec::new(), Vec::new());
        for i in 0..n {
            let state = symbolic.state(i);
            below.clear();
            right.clear();
            for (next, &x) in matrix.row(state).filter(|&(next, _)| next != state) {
                let j = symbolic.place(next);
                elimination.put(i, j, -x, &mut right);
                reach.climb(i, j, &mut below);
            }
            below.sort_unstable(); // what one column fills in, a later one must see
            let escape = elimination.row(i, slack[state], &below, &mut right);
            if i < sparse {
                elimination
                    .pivot(escape, &mut right)
                    .ok_or(FactorError::Singular { column: state })?;
            } else {
                elimination.slack.push(escape);
                for &j in &right {
                    let x = std::mem::take(&mut elimination.values[j as usize]);
                    rest[(j as usize - sparse) * dense + i - sparse] = -x;
                }
            }
        }
        let slack = elimination.slack.split_off(sparse);
        Ok(SparseGth {
            rest: BlockedGth::new(rest, slack).map_err(|error| match error {
                FactorError::Singular { column } => FactorError::Singular {
                    column: symbolic.state(sparse + column),
                },
                other => other,
            })?,
            order: symbolic.into_order(),
            lower: elimination.lower,
            upper: elimination.upper,
            pivots: elimination.pivots,
        })
    }

    /// x ← A⁻¹ x in the order of the elimination.
    fn apply<const K: usize>(&self, x: &mut [[f64; K]]) {
        for i in 0..x.len() {
            let mut own = x[i];
            for &(k, multiplier) in self.lower.row(i) {
                add_scaled(&mut own, &x[k as usize], multiplier);
            }
            x[i] = own;
        }
        self.apply_rest(x, BlockedGth::apply);
        for i in (0..self.pivots.len()).rev() {
            let mut own = x[i];
            for &(j, entry) in self.upper.row(i) {
                add_scaled(&mut own, &x[j as usize], entry);
            }
            x[i] = own.map(|x| x / self.pivots[i]);
        }
    }

    /// x ← A⁻ᵀ x in the order of the elimination.
    fn apply_transposed<const K: usize>(&self, x: &mut [[f64; K]]) {
        for i in 0..self.pivots.len() {
            let own = x[i].map(|x| x / self.pivots[i]);
            for &(j, entry) in self.upper.row(i) {
                add_scaled(&mut x[j as usize], &own, entry);
            }
            x[i] = own;
        }
        self.apply_rest(x, BlockedGth::apply_transposed);
        for i in (0..x.len()).rev() {
            let own = x[i];
            for &(k, multiplier) in self.lower.row(i) {
                add_scaled(&mut x[k as usize], &own, multiplier);
            }
        }
    }

    fn apply_rest<const K: usize>(
        &self,
        x: &mut [[f64; K]],
        apply: impl Fn(&BlockedGth, &mut [f64]),
    ) {
        let rest = &mut x[self.pivots.len()..];
        if rest.is_empty() {
            return;
        }
        let columns = (0..K).flat_map(|k| rest.iter().map(move |x| x[k]));
        let mut columns: Vec<f64> = columns.collect();
        apply(&self.rest, &mut columns);
        for (k, column) in columns.chunks_exact(rest.len()).enumerate() {
            rest.iter_mut().zip(column).for_each(|(x, y)| x[k] = *y);
        }
    }

    /// The columns of b, K at a time.
    fn solved<const K: usize>(
        &self,
        mut b: Vec<f64>,
        apply: impl Fn(&SparseGth, &mut [[f64; K]]),
    ) -> Vec<f64> {
        let n = self.order.len();
        let mut x = vec![[0.0; K]; n];
        for columns in b.chunks_mut((K * n).max(1)) {
            for (k, column) in columns.chunks_exact(n).enumerate() {
                let places = x.iter_mut().zip(&self.order);
                places.for_each(|(x, &state)| x[k] = column[state as usize]);
            }
            apply(self, &mut x);
            for (k, column) in columns.chunks_exact_mut(n).enumerate() {
                let places = x.iter().zip(&self.order);
                places.for_each(|(x, &state)| column[state as usize] = x[k]);
            }
        }
        b
    }
}

/// y += c x.
fn add_scaled<const K: usize>(y: &mut [f64; K], x: &[f64; K], c: f64) {
    y.iter_mut().zip(x).for_each(|(y, x)| *y += c * x);
}

/// The state of an elimination row by row.
struct Elimination {
    lower: Rows,
    upper: Rows,
    pivots: Vec<f64>,
    /// What leaves each eliminated row, its own and what flowed to it.
    slack: Vec<f64>,
    /// The row in hand; 0 where it has no entry.
    values: Vec<f64>,
    /// The last row that had an entry in each column.
    touched: Vec<u32>,
}

impl Elimination {
    /// Adds to the entry of row i in column j, and lists j if it is a new one that stays.
    fn put(&mut self, i: usize, j: usize, x: f64, right: &mut Vec<u32>) {
        let stays = j > i || (j != i && j >= self.pivots.len());
        if stays && self.touched[j] != i as u32 {
            self.touched[j] = i as u32;
            right.push(j as u32);
        }
        self.values[j] += x;
    }

    /// Eliminates the columns `below` from row i; what then leaves the row.
    fn row(&mut self, i: usize, own: f64, below: &[u32], right: &mut Vec<u32>) -> f64 {
        let mut escape = own;
        for &k in below {
            let k = k as usize;
            let entry = std::mem::take(&mut self.values[k]);
            if entry == 0.0 {
                continue;
            }
            let multiplier = entry / self.pivots[k];
            escape += multiplier * self.slack[k];
            let start = if k == 0 { 0 } else { self.upper.starts[k - 1] };
            for at in start..self.upper.starts[k] {
                let (j, x) = self.upper.entries[at];
                if j as usize != i {
                    self.put(i, j as usize, multiplier * x, right);
                }
            }
            self.lower.entries.push((k as u32, multiplier));
        }
        self.lower.end_row();
        escape
    }

    /// Makes the row in hand the next of U; `None` if nothing leads out of it.
    fn pivot(&mut self, escape: f64, right: &mut [u32]) -> Option<()> {
        right.sort_unstable();
        let mut pivot = escape;
        for &j in right.iter() {
            let x = std::mem::take(&mut self.values[j as usize]);
            pivot += x;
            self.upper.entries.push((j, x));
        }
        self.upper.end_row();
        self.slack.push(escape);
        self.pivots.push(pivot);
        (pivot > 0.0).then_some(())
    }
}

impl Factors<f64> for SparseGth {
    fn solve(&self, b: &[f64]) -> Result<Vec<f64>, FactorError> {
        Ok(self.solved::<1>(b.to_vec(), SparseGth::apply))
    }

    fn solve_transposed(&self, b: &[f64]) -> Result<Vec<f64>, FactorError> {
        Ok(self.solved::<1>(b.to_vec(), SparseGth::apply_transposed))
    }

    fn solve_many(&self, b: DMatrix<f64>) -> Result<DMatrix<f64>, FactorError> {
        let (rows, columns) = b.shape();
        let x = self.solved::<AT_ONCE>(b.data.into(), SparseGth::apply);
        Ok(DMatrix::from_vec(rows, columns, x))
    }

    fn solve_transposed_many(&self, b: DMatrix<f64>) -> Result<DMatrix<f64>, FactorError> {
        let (rows, columns) = b.shape();
        let x = self.solved::<AT_ONCE>(b.data.into(), SparseGth::apply_transposed);
        Ok(DMatrix::from_vec(rows, columns, x))
    }

    fn name(&self) -> &'static str {
        "sparse-gth"
    }

    fn is_componentwise(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linalg::Gth;

    /// A walk on a ring with leaps, which fills up, and slacks of 10⁻¹⁴: every component of every
    /// answer to b ≥ 0 as by the dense elimination, which only adds in another order.
    #[test]
    fn every_component_is_right_whatever_the_slack_and_the_fill() {
        for (n, leaps) in [(1, 0), (2, 1), (60, 0), (90, 3), (150, 9), (250, 1)] {
            let leap = |i: usize, l: usize| ((i * i + 31 * l + 1) % n, 0.1 / (l + 1) as f64);
            let row = |i: usize| {
                let leaps = (0..leaps).map(move |l| leap(i, l));
                let all = leaps.chain([((i + 1) % n, 0.25)]);
                let off = all.filter(move |&(j, _)| j != i).map(|(j, x)| (j, -x));
                off.chain([(i, 1.0)])
            };
            let slack: Vec<f64> = (0..n)
                .map(|i| if i % 31 == 0 { 1e-14 } else { 0.0 })
                .collect();
            let matrix = Csr::from_rows(n, (0..n).map(row));
            let dense = Gth::of(&matrix, &slack).unwrap();
            let symbolic = Symbolic::of(&matrix, f64::INFINITY).unwrap();
            let gth = SparseGth::of(&matrix, &slack, symbolic).unwrap();
            let b: Vec<f64> = (0..n).map(|i| (i % 3) as f64 + 1.0).collect();
            let nine = DMatrix::from_fn(n, 9, |i, k| b[i] * (k + 1) as f64);
            let cases = [
                (gth.solve(&b), gth.solve_many(nine.clone()), dense.solve(&b)),
                (
                    gth.solve_transposed(&b),
                    gth.solve_transposed_many(nine),
                    dense.solve_transposed(&b),
                ),
            ];
            for (one, many, expected) in cases {
                let (one, many) = (one.unwrap(), many.unwrap());
                for (i, y) in expected.unwrap().into_iter().enumerate() {
                    for x in [one[i], many[(i, 0)], many[(i, 8)] / 9.0] {
                        assert!((x - y).abs() <= 1e-13 * y, "{n}, {i}: {x} and {y}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_class_without_a_way_out_is_singular_in_both_parts() {
        for n in [2, 80] {
            let row = |i: usize| {
                let others = (0..n).filter(move |&j| j != i);
                let off = others.map(move |j| (j, -1.0 / (n - 1) as f64));
                off.chain([(i, 1.0)])
            };
            let matrix = Csr::from_rows(n, (0..n).map(row));
            let symbolic = Symbolic::of(&matrix, f64::INFINITY).unwrap();
            let error = SparseGth::of(&matrix, &vec![0.0; n], symbolic).unwrap_err();
            assert!(matches!(error, FactorError::Singular { .. }), "{error:?}");
        }
    }
}
