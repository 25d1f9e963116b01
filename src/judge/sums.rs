//! Sums over the rows of a sample, of which mean, covariance and kurtoses are made.

use nalgebra::DMatrix;

use super::written::Written;
use crate::error::Error;

/// Sums over the rows of a sample, as they come.
#[derive(Clone, Debug)]
pub struct Sample {
    rows: u64,
    /// What is subtracted from every row, so that the sums stay small.
    shift: Vec<f64>,
    sum: Vec<f64>,
    cube: Vec<f64>,
    fourth: Vec<f64>,
    /// Σ xxᵀ [d, d].
    products: DMatrix<f64>,
    written: Written,
}

impl Sample {
    /// An empty sample of d coordinates.
    ///
    /// Errors with [`Error::TooLarge`] where d² numbers are too many.
    pub fn new(parameters: usize) -> Result<Sample, Error> {
        Error::check_size("covariance of a sample", parameters, parameters)?;
        Ok(Sample {
            rows: 0,
            shift: Vec::new(),
            sum: vec![0.0; parameters],
            cube: vec![0.0; parameters],
            fourth: vec![0.0; parameters],
            products: DMatrix::zeros(parameters, parameters),
            written: Written::new(),
        })
    }

    /// Adds rows of d numbers each, one after the other. Errors with the row and the coordinate of
    /// the first number that is not finite.
    pub fn push(&mut self, rows: &[f64]) -> Result<(), Unusable> {
        self.push_as(rows, rows)
    }

    /// Adds rows that were made of others, `written`, d numbers each.
    pub(super) fn push_as(&mut self, rows: &[f64], written: &[f64]) -> Result<(), Unusable> {
        let d = self.sum.len();
        if d == 0 || rows.is_empty() {
            return Ok(());
        }
        if let Some(at) = rows.iter().position(|x| !x.is_finite()) {
            return Err(Unusable {
                row: self.rows + (at / d) as u64,
                coordinate: at % d,
            });
        }
        self.written.see(written);
        if self.shift.is_empty() {
            let count = rows.len() / d;
            let mean = |k: usize| rows.iter().skip(k).step_by(d).sum::<f64>() / count as f64;
            self.shift = (0..d).map(mean).collect();
        }
        for rows in rows.chunks(d * BLOCK) {
            self.block(rows);
        }
        Ok(())
    }

    fn block(&mut self, rows: &[f64]) {
        let d = self.sum.len();
        let mut block = DMatrix::from_column_slice(d, rows.len() / d, rows);
        for mut row in block.column_iter_mut() {
            for (k, x) in row.iter_mut().enumerate() {
                *x -= self.shift[k];
                let square = *x * *x;
                self.sum[k] += *x;
                self.cube[k] += square * *x;
                self.fourth[k] += square * square;
            }
        }
        self.products.gemm(1.0, &block, &block.transpose(), 1.0);
        self.rows += block.ncols() as u64;
    }

    /// d.
    pub(super) fn parameters(&self) -> usize {
        self.sum.len()
    }

    /// How exactly its numbers are written.
    pub(super) fn written(&self) -> &Written {
        &self.written
    }

    /// N, the number of rows.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// X̄ \[d\].
    pub fn mean(&self) -> Vec<f64> {
        let n = self.rows.max(1) as f64;
        let sums = self.sum.iter().enumerate();
        sums.map(|(k, sum)| self.shift.get(k).unwrap_or(&0.0) + sum / n)
            .collect()
    }

    /// The sample covariance [d, d] of a row, divisor N − 1.
    pub fn covariance(&self) -> DMatrix<f64> {
        let n = self.rows as f64;
        let divisor = (n - 1.0).max(1.0);
        DMatrix::from_fn(self.sum.len(), self.sum.len(), |i, j| {
            (self.products[(i, j)] - self.sum[i] * self.sum[j] / n.max(1.0)) / divisor
        })
    }

    /// The sample kurtosis \[d\] of a row; 0 where nothing varies, ∞ where fourth moments are no floats and nothing is known of it.
    pub fn kurtosis(&self) -> Vec<f64> {
        let n = self.rows.max(1) as f64;
        let of = |k: usize| {
            let (mean, square) = (self.sum[k] / n, self.products[(k, k)] / n);
            let variance = square - mean * mean;
            let fourth = self.fourth[k] / n - 4.0 * mean * self.cube[k] / n
                + 6.0 * mean * mean * square
                - 3.0 * mean.powi(4);
            match variance * variance {
                _ if variance <= 0.0 => 0.0,
                // below the least normal float digits are lost
                squared if squared < f64::MIN_POSITIVE / f64::EPSILON => f64::INFINITY,
                squared => fourth / squared,
            }
        };
        (0..self.sum.len()).map(of).collect()
    }
}

/// Rows that are multiplied at once; a choice.
const BLOCK: usize = 1024;

/// A number of a sample that is not finite.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("row {row} has no finite number at coordinate {coordinate}")]
pub struct Unusable {
    /// The row, from 0.
    pub row: u64,
    /// The coordinate, from 0.
    pub coordinate: usize,
}
