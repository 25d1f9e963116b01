//! The complex step: ∂ₖJ = Im J(θ + ih eₖ)/h at h = 10⁻¹⁰⁰, exact to rounding.

use rayon::prelude::*;

use super::Evaluated;
use crate::chain::Chain;
use crate::error::Error;
use crate::field::{Complex, dot};
use crate::linalg::SolverOptions;

/// ∇J \[d\] with a complex factorisation per parameter, O(n³ d): for small models, as a route that
/// shares no derivative formula with any other.
///
/// Errors where the model has no value, which a real evaluation says as well.
pub fn gradient(at: Evaluated<'_, f64>) -> Result<Vec<f64>, Error> {
    const STEP: f64 = 1e-100;
    let mdp = at.mdp.map(|&x| Complex::new(x, 0.0));
    let policy = at.policy.map(|&x| Complex::new(x, 0.0));
    let theta = super::finite_difference::parameters(at.policy);
    let along = |k: usize| {
        let mut moved: Vec<Complex> = theta.iter().map(|&x| Complex::new(x, 0.0)).collect();
        moved[k].im = STEP;
        let policy = policy.with_theta(moved)?;
        let chain = Chain::new(&mdp, &policy, &SolverOptions::default())?;
        let v = chain.resolvent().solve(chain.dynamics().r())?;
        Ok(dot(chain.dynamics().initial(), &v.x).im / STEP)
    };
    (0..theta.len()).into_par_iter().map(along).collect()
}
