//! Newton's method on the exact Hessian. J is not concave, so the eigenvalues are taken by their
//! size: the direction |H|⁺∇J ascends wherever ∇J ≠ 0.

use std::ops::ControlFlow;

use super::line_search::search;
use super::{GoOn, Iterate, StepRule};
use crate::error::Error;
use crate::field::dot;
use crate::linalg::{Symmetric, largest, norm};

/// Eigenvalues below this part of the largest count as this part: a flat direction asks for a step
/// that only the line search can judge.
const FLAT: f64 = 1e-8;

/// Newton steps with a line search; along ∇J where the second order does not help.
pub(super) struct Newton;

impl StepRule for Newton {
    fn next(&mut self, at: &Iterate, go_on: &GoOn) -> Result<Option<(Iterate, f64)>, Error> {
        let length = norm(&at.gradient);
        if length == 0.0 {
            return Ok(None);
        }
        let Some(direction) = direction(at, go_on)? else {
            return Ok(None);
        };
        if dot(&direction, &at.gradient) > 0.0
            && let Some(found) = search(at, &direction, 1.0)?
        {
            return Ok(Some(found));
        }
        search(at, &at.gradient, 1.0 / length)
    }
}

/// |H|⁺∇J \[d\]; `None` where whoever watches has ended it. Errors as the Hessian.
fn direction(at: &Iterate, go_on: &GoOn) -> Result<Option<Vec<f64>>, Error> {
    let hessian = at.solved.hessian()?;
    if go_on().is_break() {
        return Ok(None);
    }
    let ask: &dyn Fn() -> ControlFlow<()> = &|| go_on();
    let Some(mut of) = Symmetric::new(hessian, &at.gradient, ask) else {
        return Ok(None);
    };
    let least = (FLAT * largest(&of.eigenvalues)).max(f64::MIN_POSITIVE);
    let mut coordinates = std::mem::take(&mut of.coordinates);
    for (x, eigenvalue) in coordinates.iter_mut().zip(&of.eigenvalues) {
        *x /= eigenvalue.abs().max(least);
    }
    Ok(Some(of.vector(coordinates)))
}
