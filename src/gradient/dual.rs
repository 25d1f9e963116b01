//! The dual-number route: J over x + εx', one parameter at a time.

use rayon::prelude::*;

use crate::chain::Chain;
use crate::error::Error;
use crate::field::Dual;
use crate::policy::Policy;
use crate::solved::Solved;

/// ∇J \[d\] by running policy, p^π, r^π and the solves over dual numbers. For the discounted and
/// the total reward the factors of the real chain serve all directions, since A x' = b' − A'x: a
/// direction costs O(nnz p) and four solves.
///
/// Errors if a solver did not certify a solution.
pub fn gradient(at: &Solved) -> Result<Vec<f64>, Error> {
    at.checks().dual(at)
}

/// [`gradient`] by the factors of the real chain.
pub(super) fn along(real: &Chain, at: &Solved) -> Result<Vec<f64>, Error> {
    let mdp = at.mdp().map(|&x| Dual::constant(x));
    derivatives(at.policy(), |policy| {
        let chain = Chain::along(&mdp, policy, real);
        Ok(chain.evaluate(&mdp, policy)?.j)
    })
}

/// ∂ₖ of any function of a policy, for all k \[d\], by dual numbers.
pub fn derivatives(
    policy: &Policy<f64>,
    function: impl Fn(&Policy<Dual>) -> Result<Dual, Error> + Sync,
) -> Result<Vec<f64>, Error> {
    directions(policy, |policy| Ok(function(policy)?.derivative))
}

/// What `function` makes of the policy at θ + εeₖ, for all k.
pub fn directions<T: Send>(
    policy: &Policy<f64>,
    function: impl Fn(&Policy<Dual>) -> Result<T, Error> + Sync,
) -> Result<Vec<T>, Error> {
    let theta: Vec<f64> = super::finite_difference::parameters(policy);
    let dual = policy.map(|&x| Dual::constant(x));
    let along = |k: usize| {
        if policy.is_as_written() {
            return function(&policy.along(k));
        }
        let mut lifted: Vec<Dual> = theta.iter().map(|&x| Dual::constant(x)).collect();
        lifted[k] = Dual::variable(theta[k]);
        function(&dual.with_theta(lifted)?)
    };
    (0..theta.len()).into_par_iter().map(along).collect()
}
