//! Approximate inverses for Krylov iterations: modified ILU(0), or the diagonal.

use std::ops::Range;

use super::{Csr, FactorError};

/// M ≈ A with cheap solves in both directions.
#[derive(Clone, Debug)]
pub enum Preconditioner {
    /// M = L U on the pattern of A.
    Ilu(Ilu),
    /// M = diag(A), where rows are so full that L U would be a dense factorization.
    Diagonal(Vec<f64>),
}

/// Rows with more entries than this on average are preconditioned by their diagonal alone.
const FULL_ROW: usize = 64;

impl Preconditioner {
    /// Factors a square matrix incompletely, in O(stored · entries per row).
    ///
    /// Errors with [`FactorError::Singular`] on a zero pivot.
    pub fn new(a: &Csr<f64>) -> Result<Preconditioner, FactorError> {
        if a.stored() <= FULL_ROW * a.rows() {
            return Ok(Preconditioner::Ilu(Ilu::new(a)?));
        }
        let inverse = (0..a.rows()).map(|row| match a.get(row, row) {
            0.0 => Err(FactorError::Singular { column: row }),
            diagonal => Ok(1.0 / diagonal),
        });
        Ok(Preconditioner::Diagonal(inverse.collect::<Result<_, _>>()?))
    }

    /// x ← M⁻¹ x.
    pub fn apply(&self, x: &mut [f64]) {
        match self {
            Preconditioner::Ilu(ilu) => ilu.solve(x),
            Preconditioner::Diagonal(inverse) => scale(x, inverse),
        }
    }

    /// x ← M⁻ᵀ x.
    pub fn apply_transposed(&self, x: &mut [f64]) {
        match self {
            Preconditioner::Ilu(ilu) => ilu.solve_transposed(x),
            Preconditioner::Diagonal(inverse) => scale(x, inverse),
        }
    }
}

fn scale(x: &mut [f64], by: &[f64]) {
    for (x, by) in x.iter_mut().zip(by) {
        *x *= by;
    }
}

/// Incomplete LU on the pattern of A, modified (Gustafsson 1978) where that serves.
///
/// The modification adds what falls outside the pattern to the diagonal, so that L U and A have
/// the same row sums. For A = I − γP with stochastic P the constant vector is the slowest mode,
/// A 1 = (1 − γ) 1, and M becomes exact on it: on gridworlds it takes a third of the iterations.
/// On random graphs, where fill falls far away, it spoils the pivots instead.
#[derive(Clone, Debug)]
pub struct Ilu {
    start: Vec<usize>,
    column: Vec<u32>,
    value: Vec<f64>,
    /// Where the diagonal of each row stands.
    diagonal: Vec<usize>,
    /// 1 / U(i, i).
    inverse: Vec<f64>,
}

const ABSENT: usize = usize::MAX;

/// The modified factors are kept while A(i, i)/U(i, i) is at most this on average: it is about 2
/// on gridworlds at any γ, and 4 to 300 on random graphs at γ = 0.99 to 0.9999.
const SPOILED: f64 = 3.0;

impl Ilu {
    fn new(a: &Csr<f64>) -> Result<Ilu, FactorError> {
        match Ilu::factor(a, true) {
            Ok(modified) if modified.growth(a) <= SPOILED => Ok(modified),
            _ => Ilu::factor(a, false),
        }
    }

    fn factor(a: &Csr<f64>, modified: bool) -> Result<Ilu, FactorError> {
        let n = a.rows();
        let mut ilu = Ilu {
            start: a.row_starts().to_vec(),
            column: a.column_indices().to_vec(),
            value: a.values().to_vec(),
            diagonal: Vec::with_capacity(n),
            inverse: Vec::with_capacity(n),
        };
        let mut place = vec![ABSENT; n];
        for row in 0..n {
            let range = ilu.start[row]..ilu.start[row + 1];
            for at in range.clone() {
                place[ilu.column[at] as usize] = at;
            }
            let diagonal = place[row];
            if diagonal == ABSENT {
                return Err(FactorError::Singular { column: row });
            }
            let dropped = ilu.eliminate(range.start..diagonal, &place);
            if modified {
                ilu.value[diagonal] -= dropped;
            }
            let pivot = ilu.value[diagonal];
            if pivot == 0.0 || !pivot.is_finite() {
                return Err(FactorError::Singular { column: row });
            }
            ilu.diagonal.push(diagonal);
            ilu.inverse.push(1.0 / pivot);
            for at in range {
                place[ilu.column[at] as usize] = ABSENT;
            }
        }
        Ok(ilu)
    }

    /// Eliminates the entries `lower` of a row, whose columns stand at `place`; what falls outside
    /// the pattern is summed up and returned.
    fn eliminate(&mut self, lower: Range<usize>, place: &[usize]) -> f64 {
        let mut dropped = 0.0;
        for at in lower {
            let above = self.column[at] as usize;
            let factor = self.value[at] * self.inverse[above];
            self.value[at] = factor;
            for from in self.diagonal[above] + 1..self.start[above + 1] {
                let product = factor * self.value[from];
                match place[self.column[from] as usize] {
                    ABSENT => dropped += product,
                    to => self.value[to] -= product,
                }
            }
        }
        dropped
    }

    /// Mean of |A(i, i)/U(i, i)|.
    fn growth(&self, a: &Csr<f64>) -> f64 {
        let ratios = (self.diagonal.iter().zip(&self.inverse))
            .map(|(&at, inverse)| (a.values()[at] * inverse).abs());
        ratios.sum::<f64>() / a.rows() as f64
    }

    fn lower(&self, row: usize) -> impl Iterator<Item = (usize, f64)> {
        self.entries(self.start[row], self.diagonal[row])
    }

    fn upper(&self, row: usize) -> impl Iterator<Item = (usize, f64)> {
        self.entries(self.diagonal[row] + 1, self.start[row + 1])
    }

    fn entries(&self, from: usize, to: usize) -> impl Iterator<Item = (usize, f64)> {
        let columns = self.column[from..to].iter().map(|&column| column as usize);
        columns.zip(self.value[from..to].iter().copied())
    }

    fn solve(&self, x: &mut [f64]) {
        for row in 0..x.len() {
            let known: f64 = self
                .lower(row)
                .map(|(column, value)| value * x[column])
                .sum();
            x[row] -= known;
        }
        for row in (0..x.len()).rev() {
            let known: f64 = self
                .upper(row)
                .map(|(column, value)| value * x[column])
                .sum();
            x[row] = (x[row] - known) * self.inverse[row];
        }
    }

    fn solve_transposed(&self, x: &mut [f64]) {
        for row in 0..x.len() {
            x[row] *= self.inverse[row];
            let known = x[row];
            for (column, value) in self.upper(row) {
                x[column] -= value * known;
            }
        }
        for row in (0..x.len()).rev() {
            let known = x[row];
            for (column, value) in self.lower(row) {
                x[column] -= value * known;
            }
        }
    }
}
