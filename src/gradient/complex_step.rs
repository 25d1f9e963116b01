//! The complex step: ∂ₖJ = Im J(θ + ih eₖ)/h at h = 10⁻¹⁰⁰, exact to rounding.

use rayon::prelude::*;

use crate::error::Error;
use crate::evaluation::Prepared;
use crate::field::Complex;
use crate::linalg::SolverOptions;
use crate::mdp::Mdp;
use crate::policy::Policy;

/// ∇J \[d\] under the model's own criterion, with a complex elimination per parameter, O(n³ d): for
/// small models, as a route that shares no derivative formula with any other.
///
/// Errors where the model has no value, which a real evaluation says as well.
pub fn gradient(mdp: &Mdp<f64>, policy: &Policy<f64>) -> Result<Vec<f64>, Error> {
    const STEP: f64 = 1e-100;
    let mdp = mdp.map(|&x| Complex::new(x, 0.0));
    let theta = super::finite_difference::parameters(policy);
    let policy = policy.map(|&x| Complex::new(x, 0.0));
    let along = |k: usize| {
        let mut moved: Vec<Complex> = theta.iter().map(|&x| Complex::new(x, 0.0)).collect();
        moved[k].im = STEP;
        let policy = policy.with_theta(moved)?;
        let prepared = Prepared::new(&mdp, &policy, &SolverOptions::default())?;
        Ok(prepared.objective(&mdp)?.im / STEP)
    };
    (0..theta.len()).into_par_iter().map(along).collect()
}
