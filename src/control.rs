//! Optimal control: v*, an optimal policy, all optimal actions, and a bound on the error.
//!
//! ```text
//! v* = T*v*,   (T*v)(s) = maxₐ (r + γ p v)(s, a)
//! ```
//!
//! [`solve`] serves every criterion. Discounted and total reward: value iteration, policy
//! iteration, modified policy iteration or a linear program, each ending in a certificate that
//! holds whatever the method did ([`certificate`]). A finite horizon: one backward recursion, whose
//! policy depends on the time. The average reward: multichain policy iteration. [`exactly`] does
//! the same over any field; over exact fractions its bound is 0 and its ties are exact.
//!
//! At γ = 1 the optimum is over the policies that terminate (theory, section 7): states from which
//! none does have no value. Neither value iteration's nor modified policy iteration's greedy
//! policies improve step by step (theory, 7.2); what is returned is certified, not merely last.

mod average;
pub mod certificate;
mod finite_horizon;
mod kernel;
mod policy_iteration;
mod proper;
mod rounding;
mod rule;
#[cfg(test)]
mod tests;
mod value_iteration;

pub use rule::Rule;

use crate::error::Error;
use crate::evaluation::action_values;
use crate::field::{Field, dot};
use crate::linalg::SolverOptions;
use crate::mdp::{Criterion, Mdp};
use crate::policy::Policy;
use certificate::Certificate;
use proper::Problem;

/// How an optimum is found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// Chosen by criterion and size; the result names what was chosen.
    #[default]
    Auto,
    /// v ← T*v until the certified error is small enough (MacQueen 1966).
    ValueIteration,
    /// Evaluate exactly, improve where it certainly helps (Howard 1960).
    PolicyIteration,
    /// v ← T*v backward in time: the finite horizon's only method.
    #[cfg_attr(feature = "cli", value(skip))]
    BackwardInduction,
}

/// What is asked of [`solve`].
#[derive(Clone, Debug)]
pub struct Options {
    /// How; the default chooses.
    pub method: Method,
    /// The certified |v − v*|∞ at which to stop, in units of reward; `None`: as exact as the field
    /// allows.
    pub tolerance: Option<f64>,
    /// The most iterations to make.
    pub iterations: usize,
    /// Whether to record each iteration with the value of its greedy policy.
    pub trace: bool,
    /// How linear systems are solved.
    pub solver: SolverOptions,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            method: Method::Auto,
            tolerance: None,
            iterations: 1_000_000,
            trace: false,
            solver: SolverOptions::default(),
        }
    }
}

/// Why a method stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stop {
    /// No action improves the policy by more than the certified error.
    Optimal,
    /// The certified error is within the tolerance.
    Tolerance,
    /// Rounding forbids a smaller error.
    Precision,
    /// The iterations that were allowed are used up.
    Iterations,
}

/// One iteration, as `--trace` shows it.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Step {
    /// Counted from 1.
    pub iteration: usize,
    /// maxₛ |T*v − v|(s) before the iteration, in units of reward.
    pub residual: f64,
    /// J = ρ₀ v^π of the policy that is greedy for v, evaluated exactly; `None` where that policy
    /// never terminates at γ = 1.
    pub j_greedy: Option<f64>,
}

/// An optimum: values, policy, ties and how far all of it can be wrong.
#[derive(Clone, Debug)]
pub struct Optimum<F: Field = f64> {
    /// v*(s) [S] within [`Optimum::error_bound`]; at t = 0 for a horizon, the bias for the average
    /// reward; 0 on terminal states and on [`Optimum::undefined`] ones.
    pub v: Vec<F>,
    /// q(s, a) = r + γ p v [SA]; for the average reward r − g + p h.
    pub q: Vec<F>,
    /// A deterministic optimal policy; at t = 0 for a horizon.
    pub policy: Policy<F>,
    /// All pairs that may be optimal: those whose q is within the certified error of the largest,
    /// exactly the optimal ones in an exact field; at t = 0 for a horizon.
    pub greedy: Vec<usize>,
    /// ρ₀ v, for the average reward ρ₀ g.
    pub j: F,
    /// Iterations made.
    pub iterations: usize,
    /// |v − v*|∞ is at most this, rounding and the rounding of the model's numbers included; for
    /// the average reward a bound on |g − g*|∞. `None` where none could be certified.
    pub error_bound: Option<f64>,
    /// What was used.
    pub method: Method,
    /// Why it stopped.
    pub stop: Stop,
    /// States from which no policy terminates, at γ = 1; ρ₀ starts in none of them.
    pub undefined: Vec<usize>,
    /// g*(s) [S], for the average reward.
    pub gain: Option<Vec<F>>,
    /// v_t [T+1][S], for a horizon, unless the table is too large
    /// ([`FiniteHorizon::TABLE_LIMIT`](crate::evaluation::FiniteHorizon::TABLE_LIMIT)).
    pub v_by_time: Option<Vec<Vec<F>>>,
    /// π_t [T][SA], for a horizon, as [`Optimum::v_by_time`].
    pub policy_by_time: Option<Vec<Vec<F>>>,
    /// All iterations, if asked for.
    pub trace: Vec<Step>,
}

/// What a method for discounted and total reward hands back.
struct Found<F> {
    v: Vec<F>,
    rule: Rule,
    iterations: usize,
    method: Method,
    stop: Stop,
    trace: Vec<Step>,
}

/// The optimum of a model in floating point.
///
/// [`Method::Auto`] is policy iteration. Errors with [`Error::NoProperPolicy`] if γ = 1 and ρ₀
/// starts where no policy terminates, with [`Error::Unbounded`] if total rewards grow for ever,
/// and if a linear system was not solved.
pub fn solve(mdp: &Mdp<f64>, options: &Options) -> Result<Optimum, Error> {
    match (mdp.criterion(), options.method) {
        (Criterion::Discounted { .. } | Criterion::Total, Method::ValueIteration) => {
            let problem = Problem::new(mdp)?;
            let found = value_iteration::iterate(&problem, options)?;
            finish(mdp, problem, found, options)
        }
        _ => exactly(mdp, options),
    }
}

/// The optimum of a model over any field: policy iteration, or the recursion of a horizon.
///
/// Errors as [`solve`].
pub fn exactly<F: Field>(mdp: &Mdp<F>, options: &Options) -> Result<Optimum<F>, Error> {
    match mdp.criterion() {
        Criterion::FiniteHorizon { .. } => Ok(finite_horizon::solve(mdp)),
        Criterion::Average => average::solve(mdp, options),
        Criterion::Discounted { .. } | Criterion::Total => {
            let problem = Problem::new(mdp)?;
            let found = policy_iteration::iterate(&problem, options)?;
            finish(mdp, problem, found, options)
        }
    }
}

/// Certifies what was found and carries it back from the problem to the model.
fn finish<F: Field>(
    mdp: &Mdp<F>,
    problem: Problem<'_, F>,
    found: Found<F>,
    options: &Options,
) -> Result<Optimum<F>, Error> {
    let certificate = Certificate::new(&problem.mdp, &found.v, &found.rule, &options.solver);
    let kept = |pair: usize| problem.kept.as_ref().map_or(pair, |kept| kept[pair]);
    let optimal = certificate.optimal.iter().map(|&pair| kept(pair));
    let rule = found.rule.map(kept);
    Ok(Optimum {
        q: action_values(mdp, &found.v),
        policy: rule.policy(mdp.space()),
        greedy: optimal.collect(),
        j: dot(mdp.initial(), &found.v),
        v: found.v,
        iterations: found.iterations,
        error_bound: certificate.error_bound,
        method: found.method,
        stop: found.stop,
        undefined: problem.undefined,
        gain: None,
        v_by_time: None,
        policy_by_time: None,
        trace: found.trace,
    })
}
