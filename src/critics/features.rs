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
    /// at least 1, and with [`Error::Argument`] where a feature is not finite.
    pub fn new(space: &Space, rows: Vec<Vec<F>>) -> Result<FeatureMatrix<F>, Error> {
        Error::check_length(
            "features, one row for each state,",
            space.states(),
            rows.len(),
        )?;
        let count = rows.first().map_or(0, Vec::len).max(1);
        for row in &rows {
            Error::check_numbers("features of a state", count, row)?;
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

    /// The number of states, S.
    pub(super) fn states(&self) -> usize {
        self.rows.len() / self.count
    }

    /// One feature of all states \[S\].
    pub(super) fn column(&self, j: usize) -> Vec<F> {
        let rows = self.rows.chunks_exact(self.count);
        rows.map(|row| row[j].clone()).collect()
    }

    /// The first features of which no other is a combination, a basis of what Φ can say; and for each a state, in
    /// which they differ.
    pub(super) fn independent(&self) -> (Vec<usize>, Vec<usize>) {
        let largest = |x: &[F]| {
            x.iter()
                .fold(0.0, |most: f64, x| most.max(x.to_f64().abs()))
        };
        let mut kept = Vec::new();
        let mut basis: Vec<(usize, Vec<F>)> = Vec::new();
        for j in 0..self.count {
            let mut left = self.column(j);
            let size = largest(&left);
            for (pivot, known) in &basis {
                let times = left[*pivot].clone() / &known[*pivot];
                let both = left.iter_mut().zip(known);
                both.for_each(|(x, known)| *x -= known.clone() * &times);
                left[*pivot] = F::zero();
            }
            let sizes = left.iter().map(|x| x.to_f64().abs()).enumerate();
            let pivot = sizes.max_by(|x, y| x.1.total_cmp(&y.1));
            // what an elimination in floating point leaves of a combination
            let nothing = if F::EXACT { 0.0 } else { 1e-12 * size };
            if let Some((pivot, _)) = pivot.filter(|(_, most)| *most > nothing) {
                kept.push(j);
                basis.push((pivot, left));
            }
        }
        (kept, basis.into_iter().map(|(pivot, _)| pivot).collect())
    }

    /// The features that are no combination of those before them.
    pub fn rank(&self) -> Vec<usize> {
        self.independent().0
    }

    /// Φw \[S\].
    pub fn times(&self, weights: &[F]) -> Vec<F> {
        let rows = self.rows.chunks_exact(self.count);
        rows.map(|row| crate::field::dot(row, weights)).collect()
    }
}
