//! Rows that sum to more than 1: within the accepted slack, and still without meaning where they
//! bring back more than leaves.

use crate::error::Error;
use crate::linalg::Solvable;
use crate::mdp::{Criterion, Mdp};

impl<F: Solvable> Mdp<F> {
    /// [`Mdp::check_row`] of some pairs, which are not even asked for where every row sums to 1.
    pub(crate) fn check_rows(&self, mut pairs: impl Iterator<Item = usize>) -> Result<(), Error> {
        if self.deficits().is_none() {
            return Ok(());
        }
        pairs.try_for_each(|pair| self.check_row(pair))
    }

    /// Errors with [`Error::ExcessRow`] if a row grows at each return to its own state, whatever
    /// else happens:
    ///
    /// ```text
    /// γ < 1:   γ Σ p(·|s, a) ≥ 1              γ = 1:   p(s|s, a) ≥ 1 beside a way out
    /// ```
    ///
    /// Then Σₜ (γp)ᵗ does not converge. Rows are off by at most the accepted slack, so that this
    /// takes γ or an exit as close to the edge.
    fn check_row(&self, pair: usize) -> Result<(), Error> {
        let Some(deficits) = self.deficits() else {
            return Ok(());
        };
        let (deficit, zero) = (&deficits[pair], F::zero());
        let outweighs = *deficit < zero
            && match self.criterion() {
                Criterion::Discounted { discount } => {
                    deficit.clone() * discount + self.discount_complement() <= zero
                }
                Criterion::Total => {
                    let own = self.space().state_of(pair);
                    let others = self.p().row(pair).filter(|&(next, _)| next != own);
                    let others = others.fold(zero.clone(), |sum, (_, p)| sum + p);
                    !others.is_zero() && others + deficit <= zero
                }
                _ => false,
            };
        if outweighs {
            Err(self.excess(pair))
        } else {
            Ok(())
        }
    }

    /// The error that names a row and what it sums to beyond 1.
    fn excess(&self, pair: usize) -> Error {
        let space = self.space();
        let state = space.state_names().get(space.state_of(pair));
        let action = space.action_names().get(space.action_of(pair));
        Error::ExcessRow {
            state: state.into_owned(),
            action: action.into_owned(),
            excess: self.deficits().map_or(0.0, |d| -d[pair].to_f64()),
        }
    }

    /// Of some pairs the row with the largest sum, as an error, if that is more than 1: what a
    /// singular or a negative resolvent is due to.
    pub(crate) fn largest_excess(&self, pairs: impl Iterator<Item = usize>) -> Option<Error> {
        let deficits = self.deficits()?;
        let lowest = pairs.min_by(|&a, &b| deficits[a].to_f64().total_cmp(&deficits[b].to_f64()));
        let fat = lowest.filter(|&pair| deficits[pair] < F::zero());
        fat.map(|pair| self.excess(pair))
    }
}
