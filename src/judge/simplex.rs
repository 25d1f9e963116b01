//! What no policy on simplices sees: a constant of each state in ∂J/∂π(a|s), which is taken away before numbers are judged.

use crate::policy::{Kind, Policy};

/// Numbers less what no policy sees, and how many times further off than those that came these may be.
pub(super) struct Tangential {
    pub numbers: Vec<f64>,
    pub rounding: f64,
}

/// A vector \[d\] less its mean in each state under the parametrization `simplex`, where ∂J/∂π(a|s) has a meaning up to a
/// constant of each state; `None` elsewhere.
pub(super) fn along_simplex(policy: &Policy, given: &[f64]) -> Option<Vec<f64>> {
    let space = policy.space();
    if policy.parametrization().kind() != Kind::Simplex || policy.parameters() != space.pairs() {
        return None;
    }
    let mut along = given.to_vec();
    for state in 0..space.states() {
        let block = along.get_mut(space.pairs_of(state))?;
        let mean = block.iter().sum::<f64>() / block.len().max(1) as f64;
        block.iter_mut().for_each(|x| *x -= mean);
    }
    Some(along)
}

/// How many times h a number is off at most that is less the mean of n numbers, each of them off by h: 2(n − 1)/n, of the state
/// with the most actions.
pub(super) fn rounding_less_mean(policy: &Policy) -> f64 {
    let space = policy.space();
    let actions = (0..space.states()).map(|state| space.pairs_of(state).len());
    let most = actions.max().unwrap_or(0).max(2) as f64;
    2.0 * (most - 1.0) / most
}

impl Tangential {
    /// A vector \[d\] under the parametrization `simplex`.
    pub fn of_vector(policy: &Policy, given: &[f64]) -> Option<Tangential> {
        Some(Tangential {
            numbers: along_simplex(policy, given)?,
            rounding: rounding_less_mean(policy),
        })
    }
}
