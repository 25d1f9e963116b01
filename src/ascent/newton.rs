//! Newton's method on the exact Hessian. J is not concave, so the eigenvalues are taken by their
//! size: the direction |H|⁺∇J ascends wherever ∇J ≠ 0.

use nalgebra::{DVector, SymmetricEigen};

use super::line_search::search;
use super::{GoOn, Iterate, StepRule, norm};
use crate::error::Error;
use crate::field::dot;

/// Eigenvalues below this part of the largest count as this part: a flat direction asks for a step
/// that only the line search can judge.
const FLAT: f64 = 1e-8;

/// Newton steps with a line search; along ∇J where the second order does not help.
pub(super) struct Newton;

impl StepRule for Newton {
    fn next(&mut self, at: &Iterate, _: &GoOn) -> Result<Option<(Iterate, f64)>, Error> {
        let length = norm(&at.gradient);
        if length == 0.0 {
            return Ok(None);
        }
        let direction = direction(at)?;
        if dot(&direction, &at.gradient) > 0.0
            && let Some(found) = search(at, &direction, 1.0)?
        {
            return Ok(Some(found));
        }
        search(at, &at.gradient, 1.0 / length)
    }
}

/// |H|⁺∇J [d]. Errors as the Hessian.
fn direction(at: &Iterate) -> Result<Vec<f64>, Error> {
    let hessian = at.solved.hessian()?;
    let eigen = SymmetricEigen::new(hessian);
    let largest = eigen.eigenvalues.amax();
    let mut coordinates = eigen
        .eigenvectors
        .tr_mul(&DVector::from_column_slice(&at.gradient));
    for (x, eigenvalue) in coordinates.iter_mut().zip(&eigen.eigenvalues) {
        *x /= eigenvalue.abs().max(FLAT * largest).max(f64::MIN_POSITIVE);
    }
    let direction = eigen.eigenvectors * coordinates;
    Ok(direction.as_slice().to_vec())
}
