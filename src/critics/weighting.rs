//! How much each state counts.

use crate::chain::{Dynamics, LongRun};
use crate::error::Error;
use crate::linalg::{Solvable, SolverOptions};
use crate::mdp::Mdp;
use crate::policy::Policy;

/// Which weights d the states have; all of them sum to 1, terminal states have none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Weighting {
    /// The stationary law of a policy that goes on for ever, the visits of one that ends.
    #[default]
    OnPolicy,
    /// ρ₀ Σ (γP)ᵗ: the discounted occupancy.
    Occupancy,
    /// All alike.
    Uniform,
}

/// d \[S\] under the policy that acts.
///
/// A policy that may end and may go on counts where it goes on. Errors with [`Error::Improper`] where
/// the occupancy is infinite, with [`Error::Argument`] where no state that acts is visited, and if a linear system is not solved.
pub fn weights<F: Solvable>(
    mdp: &Mdp<F>,
    behavior: &Policy<F>,
    weighting: Weighting,
    options: &SolverOptions,
) -> Result<Vec<F>, Error> {
    let space = mdp.space();
    let raw = match weighting {
        Weighting::OnPolicy => on_policy(mdp, behavior, options)?,
        Weighting::Occupancy => visits(mdp, behavior, &mdp.discount(), options)?,
        Weighting::Uniform => vec![F::one(); space.states()],
    };
    let alive = raw.into_iter().enumerate().map(|(state, weight)| {
        if space.is_terminal(state) {
            F::zero()
        } else {
            weight
        }
    });
    let alive: Vec<F> = alive.collect();
    let total = alive.iter().fold(F::zero(), |sum, x| sum + x);
    if total.is_zero() {
        return Err(Error::Argument {
            name: "the weights of the states",
            found: "0 in every state that acts".into(),
            expected: "a policy that visits one: it may start where everything has ended",
        });
    }
    Ok(alive.into_iter().map(|x| x / &total).collect())
}

/// The stationary law, or the visits of an episode.
fn on_policy<F: Solvable>(
    mdp: &Mdp<F>,
    behavior: &Policy<F>,
    options: &SolverOptions,
) -> Result<Vec<F>, Error> {
    let long_run = LongRun::new(mdp, behavior, options)?;
    let limit = long_run.limit_row(mdp.initial())?;
    let mut alive = (0..limit.len()).filter(|&state| !mdp.space().is_terminal(state));
    if alive.any(|state| !limit[state].is_zero()) {
        return Ok(limit);
    }
    visits(mdp, behavior, &F::one(), options)
}

/// ρ₀ (I − cP)⁻¹; below c = 1 also of a policy that never ends.
fn visits<F: Solvable>(
    mdp: &Mdp<F>,
    behavior: &Policy<F>,
    c: &F,
    options: &SolverOptions,
) -> Result<Vec<F>, Error> {
    let dynamics = if *c < F::one() {
        Dynamics::new(mdp, behavior)?
    } else {
        Dynamics::proper(mdp, behavior)?.0
    };
    let resolvent = dynamics.resolvent(c, options)?;
    Ok(resolvent.solve_transposed(dynamics.initial())?.x)
}
