//! X = (I − γp^π)⁻¹ B, and p X as far as it differs between the actions of a state.
//!
//! Near γ = 1 and where episodes are long a column of X is a large constant and small differences, and all that
//! derivatives take of it is Σₐ ∂π(a|s) (pX)(s, a), where Σₐ ∂π = 0: the constant leaves its rounding behind.

use super::jacobian::{Column, solve_columns, solve_columns_finely};
use crate::chain::Chain;
use crate::error::Error;
use crate::field::add_scaled;
use crate::linalg::Solvable;
use crate::mdp::Mdp;

/// X [S, width] by rows, so that a row of p combines contiguous rows of X.
pub(super) struct Responses<F> {
    pub width: usize,
    x: Vec<F>,
    /// What X lacks in its last digits, where differences of its rows would lose them.
    rest: Option<Vec<F>>,
}

impl<F: Solvable> Responses<F> {
    /// N times every column. Errors if a solver did not certify one.
    pub fn new(chain: &Chain<F>, columns: &[Column<F>]) -> Result<Responses<F>, Error> {
        let width = columns.len();
        let mut x = vec![F::zero(); chain.dynamics().p().rows() * width];
        let mut next = 0;
        if !chain.is_long()? {
            solve_columns(chain, columns, |_, solution| {
                set_column(&mut x, width, next, solution);
                next += 1;
            })?;
            return Ok(Responses {
                width,
                x,
                rest: None,
            });
        }
        let mut rest = x.clone();
        solve_columns_finely(chain, columns, |solution, lacking| {
            set_column(&mut x, width, next, solution);
            set_column(&mut rest, width, next, lacking);
            next += 1;
        })?;
        Ok(Responses {
            width,
            x,
            rest: Some(rest),
        })
    }

    /// p X [SA, width] by rows, up to what all actions of a state share: Σ p (X(s') − X(s)) less the deficit times X(s)
    /// where times are long.
    pub fn after(&self, mdp: &Mdp<F>) -> Vec<F> {
        let Some(rest) = &self.rest else {
            return F::product(mdp.p(), &self.x, self.width);
        };
        let mut after = vec![F::zero(); mdp.pairs() * self.width];
        for (pair, after) in after.chunks_exact_mut(self.width.max(1)).enumerate() {
            let state = mdp.space().state_of(pair);
            let (own, own_rest) = (self.row(&self.x, state), self.row(rest, state));
            for (next, p) in mdp.p().row(pair).filter(|(next, _)| *next != state) {
                let high = self.row(&self.x, next).iter().zip(own);
                let low = self.row(rest, next).iter().zip(own_rest);
                for (after, (high, low)) in after.iter_mut().zip(high.zip(low)) {
                    let rise = (high.0.clone() - high.1) + &(low.0.clone() - low.1);
                    *after += rise * p;
                }
            }
            if let Some(deficits) = mdp.deficits() {
                add_scaled(after, own, &-deficits[pair].clone());
            }
        }
        after
    }

    fn row<'a>(&self, x: &'a [F], state: usize) -> &'a [F] {
        &x[state * self.width..(state + 1) * self.width]
    }
}

fn set_column<F: Clone>(x: &mut [F], width: usize, column: usize, values: &[F]) {
    for (row, value) in x.chunks_exact_mut(width).zip(values) {
        row[column] = value.clone();
    }
}
