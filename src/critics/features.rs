//! Features of states.

use crate::error::Error;
use crate::linalg::Solvable;
use crate::mdp::Space;

/// Φ: k numbers for each state; those of terminal states, whose value is known, count as 0.
#[derive(Clone, Debug, PartialEq)]
pub struct FeatureMatrix<F> {
    count: usize,
    /// \[S, k\], row by row.
    rows: Vec<F>,
}

impl<F: Solvable> FeatureMatrix<F> {
    /// From a row for each state.
    ///
    /// Errors with [`Error::Length`] unless there is one for each state, and all are of one length of
    /// at least 1.
    pub fn new(space: &Space, rows: Vec<Vec<F>>) -> Result<FeatureMatrix<F>, Error> {
        Error::check_length(
            "features, one row for each state,",
            space.states(),
            rows.len(),
        )?;
        let count = rows.first().map_or(0, Vec::len).max(1);
        for row in &rows {
            Error::check_length("features of a state", count, row.len())?;
        }
        let known = |(state, row): (usize, Vec<F>)| {
            if space.is_terminal(state) {
                vec![F::zero(); count]
            } else {
                row
            }
        };
        let rows = rows.into_iter().enumerate().flat_map(known).collect();
        Ok(FeatureMatrix { count, rows })
    }

    /// The number of features, k.
    pub fn count(&self) -> usize {
        self.count
    }

    /// One feature of all states \[S\].
    pub(super) fn column(&self, j: usize) -> Vec<F> {
        let rows = self.rows.chunks_exact(self.count);
        rows.map(|row| row[j].clone()).collect()
    }

    /// Φw \[S\].
    pub fn times(&self, weights: &[F]) -> Vec<F> {
        let rows = self.rows.chunks_exact(self.count);
        rows.map(|row| crate::field::dot(row, weights)).collect()
    }
}
