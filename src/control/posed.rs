//! The problem of a model, with the gains of its end components where these decide.

use super::proper::Problem;
use super::{ControlOptions, average};
use crate::error::Error;
use crate::linalg::Solvable;
use crate::mdp::Mdp;

impl<'a, F: Solvable> Problem<'a, F> {
    /// The problem of a model under the average reward, the gains of all states found by multichain policy iteration.
    pub fn new(mdp: &'a Mdp<F>) -> Result<Problem<'a, F>, Error> {
        Problem::with_gains(mdp, &|inside| {
            let optimum = average::solve(inside, &ControlOptions::default()).ok()?;
            let gain = optimum.gain?.iter().map(F::to_f64).collect();
            Some((gain, optimum.error_bound.unwrap_or(f64::INFINITY)))
        })
    }
}
