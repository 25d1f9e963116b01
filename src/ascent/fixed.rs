//! Fixed steps.

use super::{GoOn, Iterate, StepRule};
use crate::error::Error;
use crate::linalg::moved;

/// θ + η∇J, projected where θ lives on simplices.
pub(super) struct Fixed {
    /// η.
    pub step: f64,
}

impl StepRule for Fixed {
    fn next(&mut self, at: &Iterate, _: &GoOn) -> Result<Option<(Iterate, f64)>, Error> {
        let theta = moved(at.theta(), &at.gradient, self.step);
        Ok(Some((at.at(theta)?, self.step)))
    }

    fn shrink(&mut self) -> bool {
        self.step /= 2.0;
        true
    }
}
