//! Optimal control: v*, an optimal policy, all optimal actions, and a bound on the error.
//!
//! ```text
//! v* = T*v*,   (T*v)(s) = maxₐ (r + γ p v)(s, a)
//! ```
//!
//! [`solve`] serves every criterion. Discounted and total reward: value iteration, policy
//! iteration, modified policy iteration or a linear program, each ending in a certificate that
//! holds whatever the method did ([`certificate`]). A finite horizon: one backward recursion, whose
//! policy depends on the time. The average reward: multichain policy iteration. An entropy weight
//! asks for the soft optimum. Over another field `arithmetic::Arithmetic::optimum_of` asks: over exact fractions
//! the bound is 0 and ties are exact, over balls every number has a proven bound.
//!
//! At γ = 1 the optimum is over the policies that terminate (theory, section 7): states from which
//! none does have no value. Neither value iteration's nor modified policy iteration's greedy
//! policies improve step by step (theory, 7.2); what is returned is certified, not merely last.

mod average;
pub mod blackwell;
pub mod certificate;
mod chosen;
pub mod constrained;
mod enclosure;
mod endless;
mod ends;
mod farsighted;
mod fine;
mod finish;
mod finite_horizon;
mod flow;
mod found;
mod front;
mod further;
mod improvement;
mod informed;
mod kernel;
mod levels;
mod linear_program;
mod longest;
mod modified;
mod multichain;
mod options;
pub mod pareto;
mod policy_iteration;
mod posed;
mod proper;
mod restricted;
mod rounding;
mod rule;
pub mod sensitive;
mod soft;
#[cfg(test)]
mod tests;
mod value_iteration;

pub(crate) use enclosure::enclosed;
pub(crate) use ends::EndComponents;
pub(crate) use finite_horizon::rules;
pub use found::{ControlStop, DualSolution, Iteration, Optimum, OptimumByTime};
pub use informed::informed_bound;
pub use options::{ControlMethod, ControlOptions};
pub use proper::terminable;
pub use restricted::restricted;
pub use rule::DecisionRule;

use crate::error::Error;
use crate::linalg::{MODERATE, Solvable};
use crate::mdp::{Criterion, Mdp};
use finish::finish;
use found::{Certified, Found};
use proper::Problem;

/// Up to this many it is a matter of microseconds.
const SMALL: usize = 64;

/// The optimum of a model in floating point.
///
/// [`ControlMethod::Auto`] is policy iteration for up to 64 states, modified policy iteration above;
/// where that does not meet a tolerance, or none is given, and there are at most 2,000 states,
/// policy iteration follows, so that the policy's values are those of a direct solve; in larger models where sweeps get no further and
/// tell little. A horizon and the average reward have one method each.
///
/// Errors with [`Error::DiscountRounds`] if γ < 1 is 1 in floating point, with
/// [`Error::NoProperPolicy`] if γ = 1 and ρ₀ starts where no policy terminates, with
/// [`Error::Unbounded`] if total rewards grow for ever, with [`Error::Criterion`] if a soft optimum
/// is asked for under another criterion than discounted or total reward, with [`Error::Overflow`] if a
/// value is too large, and if a linear system was not solved.
///
/// ```
/// use exact_mdp::control::{ControlOptions, solve};
/// use exact_mdp::model::Model;
///
/// let mdp = Model::load("mdps/two-state.yaml")?.mdp();
/// let optimum = solve(&mdp, &ControlOptions::default())?;
/// // heat: 1 a step where it is hot, 810/91 where it is cold
/// assert!((optimum.v[0] - 810.0 / 91.0).abs() < 1e-12);
/// assert!((optimum.v[1] - 10.0).abs() < 1e-12);
/// assert!(optimum.error_bound.is_some_and(|bound| bound < 1e-12));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn solve(mdp: &Mdp<f64>, options: &ControlOptions) -> Result<Optimum, Error> {
    let optimum = found(mdp, options)?;
    if optimum.v.iter().chain([&optimum.j]).all(|x| x.is_finite()) {
        return Ok(optimum);
    }
    Err(Error::Overflow {
        quantity: "an optimal value",
    })
}

/// What the method of a criterion finds, whatever became of its numbers.
fn found(mdp: &Mdp<f64>, options: &ControlOptions) -> Result<Optimum, Error> {
    check_discount(mdp)?;
    options.check()?;
    let stationary = matches!(
        mdp.criterion(),
        Criterion::Discounted { .. } | Criterion::Total
    );
    match (options.entropy, stationary) {
        (Some(alpha), true) => return soft::solve(mdp, alpha, options),
        (Some(alpha), false) if *mdp.criterion() == Criterion::Average => {
            return soft::average::solve(mdp, alpha, options);
        }
        (Some(_), false) => {
            return Err(Error::Criterion {
                needed: "discounted, total or average, or the model unrolled in time",
                found: mdp.criterion().kind(),
            });
        }
        (None, false) => return exactly(mdp, options),
        (None, true) => {}
    }
    let mut problem = Problem::new(mdp)?;
    let found = match options.method {
        ControlMethod::ValueIteration => value_iteration::iterate(&problem, options)?,
        ControlMethod::ModifiedPolicyIteration => {
            let found = modified::iterate(&problem, options)?;
            return further::finished(mdp, problem, found, options);
        }
        ControlMethod::LinearProgram => linear_program::iterate(&problem, options)?,
        ControlMethod::Auto if mdp.states() > SMALL => {
            let found = modified::iterate(&problem, options)?;
            if found.stop == ControlStop::Tolerance || mdp.states() > MODERATE {
                return further::finished(mdp, problem, found, options);
            }
            further::polished(&mut problem, found, options)?
        }
        _ => policy_iteration::iterate(&problem, options)?,
    };
    let dual = match options.method {
        ControlMethod::LinearProgram => {
            let dual =
                linear_program::dual(&problem.mdp, (&found.v, &found.rule), &options.solver)?;
            Some(match &problem.kept {
                Some(kept) => dual.scattered(kept, mdp.pairs()),
                None => dual,
            })
        }
        _ => None,
    };
    let optimum = finish(mdp, &problem, found, options)?;
    Ok(Optimum { dual, ..optimum })
}

/// Errors with [`Error::DiscountRounds`] if γ < 1 was rounded to 1: no bound of a contraction is
/// left, and what the other criteria have in its place needs γ = 1.
fn check_discount(mdp: &Mdp<f64>) -> Result<(), Error> {
    match mdp.criterion() {
        Criterion::Discounted { discount } if *discount >= 1.0 => Err(Error::DiscountRounds {
            complement: *mdp.discount_complement(),
        }),
        _ => Ok(()),
    }
}

/// The optimum of a model over any field: policy iteration, or the recursion of a horizon.
///
/// Errors with [`Error::NoProperPolicy`] if γ = 1 and ρ₀ starts where no policy terminates, with [`Error::Unbounded`] if
/// total rewards grow for ever, with [`Error::Criterion`] for an entropy that criterion or field do not have, and if a
/// linear system was not solved.
pub(crate) fn exactly<F: Solvable>(
    mdp: &Mdp<F>,
    options: &ControlOptions,
) -> Result<Optimum<F>, Error> {
    options.check()?;
    match mdp.criterion() {
        Criterion::FiniteHorizon { .. } => Ok(finite_horizon::solve(mdp)),
        Criterion::Average => average::solve(mdp, options),
        Criterion::Discounted { .. } | Criterion::Total => {
            let problem = Problem::new(mdp)?;
            let found = policy_iteration::iterate(&problem, options)?;
            finish(mdp, &problem, found, options)
        }
    }
}
