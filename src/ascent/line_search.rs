//! Backtracking along a direction (Armijo 1966), with differences of J taken seriously only above
//! the error to which J is known.

use super::{GoOn, HALVINGS, Iterate, StepRule};
use crate::error::Error;
use crate::field::dot;
use crate::linalg::{moved, norm};

/// σ: the part of the first-order gain that a step must keep; the usual one (Nocedal & Wright 2006, 3.1).
const SUFFICIENT: f64 = 1e-4;

/// Along ∇J; the first trial is twice the last step.
pub(super) struct Armijo {
    trial: Option<f64>,
}

impl Armijo {
    /// With a first trial; `None` for a move of length 1.
    pub fn new(trial: Option<f64>) -> Armijo {
        Armijo { trial }
    }
}

impl StepRule for Armijo {
    fn next(&mut self, at: &Iterate, _: &GoOn) -> Result<Option<(Iterate, f64)>, Error> {
        let length = norm(&at.gradient);
        if length == 0.0 {
            return Ok(None);
        }
        let first = self.trial.unwrap_or(1.0 / length);
        let found = search(at, &at.gradient, first)?;
        self.trial = found.as_ref().map(|(_, step)| 2.0 * step);
        Ok(found)
    }
}

/// The first θ + ηd, η = `first`, `first`/2, …, with J(θ') ≥ J(θ) + σ∇J·(θ' − θ) beyond the errors
/// of both; θ' is projected where θ lives on simplices. `None` if there is none.
pub(super) fn search(
    at: &Iterate,
    direction: &[f64],
    first: f64,
) -> Result<Option<(Iterate, f64)>, Error> {
    let mut step = first;
    for _ in 0..HALVINGS {
        if let Some(next) = at.trial(moved(at.theta(), direction, step))? {
            let way = moved(next.theta(), at.theta(), -1.0);
            let gain = next.j() - at.j();
            let needed = SUFFICIENT * dot(&at.gradient, &way);
            if gain >= needed && gain > at.error() + next.error() {
                return Ok(Some((next, step)));
            }
            // below this no difference of J can be told from rounding
            if dot(&at.gradient, &way).abs() < at.error() * SUFFICIENT {
                return Ok(None);
            }
        }
        step /= 2.0;
    }
    Ok(None)
}
