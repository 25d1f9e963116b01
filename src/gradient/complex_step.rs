//! The complex step: ∂ₖJ = Im J(θ + ih eₖ)/h with h 10¹⁰⁰ times below the length over
//! which π changes, exact to rounding.

use rayon::prelude::*;

use super::finite_difference::scales;
use crate::error::Error;
use crate::evaluation::Prepared;
use crate::field::Complex;
use crate::linalg::{SolverOptions, largest};
use crate::mdp::Mdp;
use crate::policy::Policy;

/// ∇J \[d\] under the model's own criterion, with a complex elimination per parameter, O(n³ d): for
/// small models, as a route that shares no derivative formula with any other.
///
/// The step is in units of that length and the rewards are taken in units of the largest, so that
/// neither scale makes the imaginary part underflow.
///
/// Errors where the model has no value, which a real evaluation says as well.
pub fn gradient(mdp: &Mdp<f64>, policy: &Policy<f64>) -> Result<Vec<f64>, Error> {
    // leaves out h² = 10⁻²⁰⁰ of the derivative, and h times numbers of size 1 is far from underflow
    const STEP: f64 = 1e-100;
    let unit = match largest(mdp.r()) {
        0.0 => 1.0,
        reward => reward.log2().floor().exp2(), // a power of two: nothing is rounded
    };
    let rewards = mdp.r().iter().map(|r| r / unit).collect();
    let mdp = mdp.clone().with_rewards(rewards)?;
    let mdp = mdp.map(|&x| Complex::new(x, 0.0));
    let lengths = scales(policy);
    let theta = super::finite_difference::parameters(policy);
    let policy = policy.map(|&x| Complex::new(x, 0.0));
    let along = |k: usize| {
        let mut moved: Vec<Complex> = theta.iter().map(|&x| Complex::new(x, 0.0)).collect();
        let step = STEP * lengths[k];
        moved[k].im = step;
        let policy = policy.with_theta(moved)?;
        let prepared = Prepared::new(&mdp, &policy, &SolverOptions::default())?;
        Ok(prepared.objective(&mdp)?.im / step * unit)
    };
    (0..theta.len()).into_par_iter().map(along).collect()
}
