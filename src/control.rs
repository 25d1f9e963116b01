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
//! asks for the soft optimum. [`exactly`] does the same over any field; over exact fractions its
//! bound is 0 and its ties are exact. [`enclosed`] turns an optimum in floating point into one with
//! a proven bound on every number.
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
mod finite_horizon;
mod flow;
mod informed;
mod kernel;
mod linear_program;
mod longest;
mod modified;
mod multichain;
pub mod pareto;
mod policy_iteration;
mod proper;
mod rounding;
mod rule;
pub mod sensitive;
mod soft;
#[cfg(test)]
mod tests;
mod value_iteration;

pub use enclosure::enclosed;
pub(crate) use finite_horizon::rules;
pub use informed::informed_bound;
pub use linear_program::DualSolution;
pub use proper::restricted;
pub use rule::DecisionRule;

use crate::error::Error;
use crate::evaluation::action_values;
use crate::field::dot;
use crate::linalg::{Solvable, SolverOptions};
use crate::mdp::{Criterion, Mdp};
use crate::policy::Policy;
use certificate::Certificate;
use proper::Problem;

/// How an optimum is found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// Chosen by criterion and size; the result names what was chosen.
    #[default]
    Auto,
    /// v ← T*v until the certified error is small enough (MacQueen 1966).
    ValueIteration,
    /// Evaluate exactly, improve where it certainly helps (Howard 1960).
    PolicyIteration,
    /// Improve, then evaluate by a few sweeps, or by a Krylov method where sweeps do not help
    /// (Puterman & Shin 1978).
    ModifiedPolicyIteration,
    /// The primal and the dual program, by the simplex method (d'Epenoux 1963).
    LinearProgram,
    /// v ← T*v backward in time: the finite horizon's only method.
    BackwardInduction,
}

impl Method {
    /// The name, as flags and reports spell it.
    pub fn name(self) -> &'static str {
        match self {
            Method::Auto => "auto",
            Method::ValueIteration => "value-iteration",
            Method::PolicyIteration => "policy-iteration",
            Method::ModifiedPolicyIteration => "modified-policy-iteration",
            Method::LinearProgram => "linear-program",
            Method::BackwardInduction => "backward-induction",
        }
    }
}

/// What is asked of [`solve`].
#[derive(Clone, Debug)]
pub struct Options {
    /// How; the default chooses.
    pub method: Method,
    /// The certified |v − v*|∞ at which to stop, in units of reward; `None`: as exact as the field
    /// allows.
    pub tolerance: Option<f64>,
    /// α > 0: every action also earns α times its surprise −log π(a|s), in units of reward; the
    /// optimum is then soft ([`Method`] plays no part). `None`: the ordinary optimum.
    pub entropy: Option<f64>,
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
            entropy: None,
            iterations: 1_000_000,
            trace: false,
            solver: SolverOptions::default(),
        }
    }
}

impl Options {
    /// Errors with [`Error::Argument`] for a tolerance or a weight of the entropy that is no finite number
    /// from 0 on.
    fn check(&self) -> Result<(), Error> {
        let given = [
            ("the tolerance", self.tolerance),
            ("the weight of the entropy", self.entropy),
        ];
        for (name, found) in given {
            if let Some(x) = found.filter(|x| !(x.is_finite() && *x >= 0.0)) {
                return Err(Error::Argument {
                    name,
                    found: x.to_string(),
                    expected: "a finite number from 0 on",
                });
            }
        }
        Ok(())
    }
}

/// Why a method stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stop {
    /// No action improves the policy by more than the certified error, which is small beside the
    /// values.
    Optimal,
    /// The certified error is within the tolerance.
    Tolerance,
    /// Rounding forbids a smaller error.
    Precision,
    /// The iterations that were allowed are used up.
    Iterations,
}

impl Stop {
    /// The name, as reports spell it.
    pub fn name(self) -> &'static str {
        match self {
            Stop::Optimal => "optimal",
            Stop::Tolerance => "tolerance",
            Stop::Precision => "precision",
            Stop::Iterations => "iterations",
        }
    }
}

/// One iteration, as `--trace` shows it.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Iteration {
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
pub struct Optimum<F: Solvable = f64> {
    /// v*(s) \[S\] within [`Optimum::error_bound`]; at t = 0 for a horizon, the bias for the average
    /// reward; 0 on terminal states and on [`Optimum::undefined`] ones.
    pub v: Vec<F>,
    /// q(s, a) = r + γ p v \[SA\]; for the average reward r − g + p h.
    pub q: Vec<F>,
    /// A deterministic optimal policy; at t = 0 for a horizon.
    pub policy: Policy<F>,
    /// All pairs that may be optimal: those whose q is within the certified error of the largest,
    /// exactly the optimal ones in an exact field; at t = 0 for a horizon. At γ = 1 only those that
    /// some terminating policy among them takes: waiting for nothing ties and never ends.
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
    /// g*(s) \[S\], for the average reward.
    pub gain: Option<Vec<F>>,
    /// v_t [T+1]\[S\], for a horizon, unless the table is too large
    /// ([`FiniteHorizon::TABLE_LIMIT`](crate::evaluation::FiniteHorizon::TABLE_LIMIT)).
    pub v_by_time: Option<Vec<Vec<F>>>,
    /// π_t \[T\]\[SA\], for a horizon, as [`Optimum::v_by_time`].
    pub policy_by_time: Option<Vec<Vec<F>>>,
    /// All pairs that may be optimal at each time \[T\], as [`Optimum::greedy`], for a horizon, as
    /// [`Optimum::v_by_time`].
    pub greedy_by_time: Option<Vec<Vec<usize>>>,
    /// The dual's solution, if the method was [`Method::LinearProgram`].
    pub dual: Option<DualSolution>,
    /// All iterations, if asked for.
    pub trace: Vec<Iteration>,
}

impl<F: Solvable> Optimum<F> {
    /// The optimum of the costs whose gains this is the optimum of: all values have the other sign.
    #[must_use]
    pub fn negated(self) -> Optimum<F> {
        let negated = |x: Vec<F>| x.into_iter().map(|x| -x).collect();
        let rows = |x: Vec<Vec<F>>| x.into_iter().map(negated).collect();
        let worth = |step: Iteration| Iteration {
            j_greedy: step.j_greedy.map(|j| -j),
            ..step
        };
        Optimum {
            v: negated(self.v),
            q: negated(self.q),
            j: -self.j,
            gain: self.gain.map(negated),
            v_by_time: self.v_by_time.map(rows),
            dual: self.dual.map(|dual| DualSolution {
                objective: -dual.objective,
                ..dual
            }),
            trace: self.trace.into_iter().map(worth).collect(),
            ..self
        }
    }
}

/// What a method for discounted and total reward hands back.
struct Found<F> {
    v: Vec<F>,
    rule: DecisionRule,
    iterations: usize,
    method: Method,
    stop: Stop,
    /// The method's own certificate, if it has one.
    certified: Option<Certified<F>>,
    trace: Vec<Iteration>,
}

/// A bound that came with the values.
struct Certified<F> {
    /// q(s, a) [SA] of the method's problem.
    q: Vec<F>,
    /// |v − v*|∞ is at most this.
    error_bound: f64,
    /// What rounding may have done to any q.
    rounding: f64,
}

/// Up to this many states a factorization is a matter of milliseconds.
const MODERATE: usize = 2_000;
/// A certified error above this part of the largest value says nothing about what is optimal.
const USELESS: f64 = 1e-3;
/// Up to this many it is a matter of microseconds.
const SMALL: usize = 64;

/// The optimum of a model in floating point.
///
/// [`Method::Auto`] is policy iteration for up to 64 states, modified policy iteration above;
/// where that does not meet a tolerance, or none is given, and there are at most 2,000 states,
/// policy iteration follows, so that the policy's values are those of a direct solve. A horizon and the average reward have one
/// method each.
///
/// Errors with [`Error::DiscountRounds`] if γ < 1 is 1 in floating point, with
/// [`Error::NoProperPolicy`] if γ = 1 and ρ₀ starts where no policy terminates, with
/// [`Error::Unbounded`] if total rewards grow for ever, with [`Error::Criterion`] if a soft optimum
/// is asked for under another criterion than discounted or total reward, with [`Error::Overflow`] if a
/// value is too large, and if a linear system was not solved.
///
/// ```
/// use exact_mdp::control::{Options, solve};
/// use exact_mdp::model::Model;
///
/// let mdp = Model::load("mdps/two-state.yaml")?.mdp();
/// let optimum = solve(&mdp, &Options::default())?;
/// // heat: 1 a step where it is hot, 810/91 where it is cold
/// assert!((optimum.v[0] - 810.0 / 91.0).abs() < 1e-12);
/// assert!((optimum.v[1] - 10.0).abs() < 1e-12);
/// assert!(optimum.error_bound.is_some_and(|bound| bound < 1e-12));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn solve(mdp: &Mdp<f64>, options: &Options) -> Result<Optimum, Error> {
    let optimum = found(mdp, options)?;
    if optimum.v.iter().chain([&optimum.j]).all(|x| x.is_finite()) {
        return Ok(optimum);
    }
    Err(Error::Overflow {
        quantity: "an optimal value",
    })
}

/// What the method of a criterion finds, whatever became of its numbers.
fn found(mdp: &Mdp<f64>, options: &Options) -> Result<Optimum, Error> {
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
        Method::ValueIteration => value_iteration::iterate(&problem, options)?,
        Method::ModifiedPolicyIteration => modified::iterate(&problem, options)?,
        Method::LinearProgram => linear_program::iterate(&problem, options)?,
        Method::Auto if mdp.states() > SMALL => {
            let found = modified::iterate(&problem, options)?;
            if found.stop == Stop::Tolerance || mdp.states() > MODERATE {
                found
            } else {
                polished(&mut problem, found, options)?
            }
        }
        _ => policy_iteration::iterate(&problem, options)?,
    };
    let dual = match options.method {
        Method::LinearProgram => {
            let dual = linear_program::dual(&problem.mdp, &found.v, &options.solver)?;
            Some(match &problem.kept {
                Some(kept) => dual.scattered(kept, mdp.pairs()),
                None => dual,
            })
        }
        _ => None,
    };
    let optimum = finish(mdp, problem, found, options)?;
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

/// Policy iteration from where another method stopped; from the problem's own start if that
/// method's policy, greedy among ties, never terminates.
fn polished(
    problem: &mut Problem<'_, f64>,
    found: Found<f64>,
    options: &Options,
) -> Result<Found<f64>, Error> {
    let start = std::mem::replace(&mut problem.start, found.rule);
    let polished = policy_iteration::iterate(problem, options).or_else(|_| {
        problem.start = start;
        policy_iteration::iterate(problem, options)
    })?;
    Ok(Found {
        iterations: found.iterations + polished.iterations,
        method: found.method,
        trace: [found.trace, polished.trace].concat(),
        ..polished
    })
}

/// The optimum of a model over any field: policy iteration, or the recursion of a horizon.
///
/// Errors as [`solve`].
pub fn exactly<F: Solvable>(mdp: &Mdp<F>, options: &Options) -> Result<Optimum<F>, Error> {
    options.check()?;
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

/// Certifies what was found, if the method did not, and carries it back from the problem to the
/// model.
fn finish<F: Solvable>(
    mdp: &Mdp<F>,
    problem: Problem<'_, F>,
    found: Found<F>,
    options: &Options,
) -> Result<Optimum<F>, Error> {
    let kept = |pair: usize| problem.kept.as_ref().map_or(pair, |kept| kept[pair]);
    let total = *mdp.criterion() == Criterion::Total;
    let rule = found.rule;
    let (q, error_bound, greedy) = match found.certified {
        Some(known) if problem.kept.is_none() => {
            let margin = 2.0 * (mdp.discount().to_f64() * known.error_bound + known.rounding);
            let greedy = rule::tied(mdp.space(), &known.q, margin);
            (known.q, Some(known.error_bound), greedy)
        }
        _ => {
            let certificate = Certificate::new(&problem.mdp, &found.v, &rule, &options.solver);
            let optimal = certificate.optimal.iter().map(|&pair| kept(pair));
            let q = action_values(mdp, &found.v);
            (q, certificate.error_bound, optimal.collect())
        }
    };
    let size = found.v.iter().map(|v| v.to_f64().abs()).fold(0.0, f64::max);
    let useless = error_bound.is_none_or(|bound| bound > USELESS * size && bound > 0.0);
    let stop = if useless && found.stop == Stop::Optimal {
        Stop::Precision
    } else {
        found.stop
    };
    Ok(Optimum {
        q,
        policy: rule.map(kept).policy(mdp.space()),
        greedy: if total {
            endless::without_waiting(mdp, greedy)
        } else {
            greedy
        },
        j: dot(mdp.initial(), &found.v),
        v: found.v,
        iterations: found.iterations,
        error_bound,
        method: found.method,
        stop,
        undefined: problem.undefined,
        gain: None,
        v_by_time: None,
        policy_by_time: None,
        greedy_by_time: None,
        dual: None,
        trace: found.trace,
    })
}
