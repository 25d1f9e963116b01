//! All errors that the library returns and all warnings that it gives.
//!
//! ```
//! use exact_mdp::error::Error;
//! use exact_mdp::model::Model;
//! use exact_mdp::policy::Policy;
//!
//! // nothing ends here, so that without a discount there is no return
//! let text = "
//! criterion: total
//! states: [here]
//! actions: [stay]
//! initial: here
//! transitions: {here: {stay: here}}
//! rewards: {here: 1}
//! ";
//! let model = Model::parse("endless", text)?;
//! let error = Error::from(model.solve(Policy::uniform(model.space())).unwrap_err());
//! assert!(matches!(error, Error::Improper { .. }));
//! // what to do about it is data, which each front end words
//! assert!(error.mend().is_some());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod divergence;
mod limits;
mod mends;
mod space;

pub use divergence::Divergence;

use crate::linalg::FactorError;
use crate::mdp::MdpError;
use crate::number::Number;
use crate::policy::PolicyError;

/// Why an answer was not computed.
///
/// The message says what was found; [`Diagnostic::help`](miette::Diagnostic::help) says the mend.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Error {
    /// A game that is not of the kind that is needed.
    #[error("this needs {needed}, and was given {found}")]
    Game {
        /// What is needed.
        needed: &'static str,
        /// What there is in its place.
        found: String,
    },
    /// γ = 1 and the policy does not terminate from some state that ρ₀ reaches.
    #[error(
        "at discount 1 the policy never terminates from {}: it stays there by {}",
        list(.states),
        list_pairs(.actions)
    )]
    Improper {
        /// The states from which no terminal state is reached.
        states: Vec<String>,
        /// The (state, action) pairs the policy takes there; they keep the process there.
        actions: Vec<(String, String)>,
        /// A pair that would leave those states, but that the policy never takes.
        way_out: Option<(String, String)>,
        /// Whether the model has a terminal state at all.
        terminal: bool,
    },
    /// γ = 1 and no policy terminates from some state that ρ₀ starts in.
    #[error("at discount 1 no policy terminates from {}", list(.states))]
    NoProperPolicy {
        /// The states.
        states: Vec<String>,
    },
    /// Within sets of probabilities, at γ = 1: policy and nature may stay for ever, so that no sum is known; or,
    /// under the average reward, keep away from every state.
    #[error("{}", trapped(.states, .criterion))]
    Trapped {
        /// The states in which they may stay.
        states: Vec<String>,
        /// The criterion's name.
        criterion: &'static str,
    },
    /// γ = 1 and going round and round pays: the total reward has no upper bound.
    #[error(
        "at discount 1 the total reward is unbounded: a policy that never leaves {} is paid for ever",
        list(.states)
    )]
    Unbounded {
        /// The states in which such a policy stays.
        states: Vec<String>,
    },
    /// γ < 1 as written, and 1 in floating point.
    #[error(
        "the discount is 1 − {complement:e}, which floating point cannot tell from 1: discounted values cannot be certified, nor trajectories cut"
    )]
    DiscountRounds {
        /// 1 − γ.
        complement: f64,
    },
    /// A row that sums to more than 1 returns more often than it is left: Σ (γp)ᵗ does not converge.
    #[error(
        "`{state}/{action}` sums to 1 + {excess:e}, and rows that sum to more than 1 outweigh every way out here"
    )]
    ExcessRow {
        /// The state of the row.
        state: String,
        /// Its action.
        action: String,
        /// Σ p(·|s, a) − 1.
        excess: f64,
    },
    /// A value lies outside what rewards and time allow: rounding has left no digit.
    #[error(
        "rounding has left no digit of the values: `{state}` would be worth {value:e}, where rewards and discount allow at most {most:e}"
    )]
    Drowned {
        /// The state.
        state: String,
        /// v(s) as computed.
        value: f64,
        /// max |r| / (1 − γ).
        most: f64,
    },
    /// Rounding may explain all of it: no bound on its error could be certified.
    #[error(
        "nothing is certain of {quantity} in floating point: episodes are too long, exits too small, or going round costs next to nothing"
    )]
    Uncertain {
        /// The quantity, in words.
        quantity: &'static str,
    },
    /// An iteration that rounding keeps from its end.
    #[error(
        "rounding leaves no digit of {quantity}: episodes are too long, exits too small, or rewards of sizes too different"
    )]
    Unsettled {
        /// The quantity, in words.
        quantity: &'static str,
    },
    /// A number is too large for `f64`.
    #[error("{quantity} is too large for floating point")]
    Overflow {
        /// The quantity, in words.
        quantity: &'static str,
    },
    /// An entry of ∇J is too large for `f64`, or ρ(s)A(s, a) on the way to it.
    #[error(
        "the gradient, or ρA on the way to it, is too large for floating point{}",
        at_temperature(.temperature)
    )]
    GradientOverflow {
        /// τ of the policy, if it is below 1: ∇π grows as 1/τ.
        temperature: Option<f64>,
    },
    /// A number made of a baseline or a critic that a user gave is too large for `f64`.
    #[error("{quantity} is too large for floating point, with {given}")]
    GivenOverflow {
        /// The quantity, in words.
        quantity: &'static str,
        /// The baseline or the critic.
        given: String,
    },
    /// Moments over so many steps would take memory out of proportion.
    #[error(
        "exact moments over {steps} steps take memory for each of them; with {states} states, at most {limit} steps"
    )]
    TooLong {
        /// The steps of a trajectory.
        steps: usize,
        /// The states of the model.
        states: usize,
        /// The most steps.
        limit: usize,
    },
    /// No policy keeps the bounds of a constrained problem.
    #[error("no policy keeps all bounds")]
    Infeasible,
    /// The simplex method failed.
    #[error("the linear program was not solved: {found}")]
    LinearProgram {
        /// What it says.
        found: String,
    },
    /// The quantity is defined for other criteria only.
    #[error("this needs the criterion {needed}; the model's is {found}")]
    Criterion {
        /// What would do in its place.
        needed: &'static str,
        /// What the model has.
        found: &'static str,
    },
    /// No estimator has this name.
    #[error("unknown estimator `{found}`")]
    UnknownEstimator {
        /// What was asked for.
        found: String,
        /// The name of one that is near, if any is.
        nearest: Option<String>,
    },
    /// No critic has this name.
    #[error("unknown critic `{found}`")]
    UnknownCritic {
        /// What was asked for.
        found: String,
    },
    /// A method of ascent that does not serve the policy.
    #[error("{method} needs {needed}; the policy is {found}")]
    Ascent {
        /// The method.
        method: &'static str,
        /// What would do in its place.
        needed: &'static str,
        /// What the policy has.
        found: &'static str,
    },
    /// A route that moves θ in every direction, where θ is bounded.
    #[error(
        "θ + σξ leaves the simplex, where a {parametrization} policy has no probabilities: the smoothed J does not exist. Give the policy as softmax, log-linear or escort"
    )]
    Bounded {
        /// The parametrization's name.
        parametrization: &'static str,
    },
    /// A score-function estimator where the policy has no score: π(a|s) = 0 but ∇π(a|s) ≠ 0.
    #[error(
        "no score exists for {}: its probability is 0 and its derivative is not, so every score-function estimator is wrong there",
        list_pairs(.pairs)
    )]
    NoScore {
        /// The (state, action) pairs without one.
        pairs: Vec<(String, String)>,
    },
    /// The entropy rises without bound: π(a|s) = 0 but ∇π(a|s) ≠ 0, and the derivative of −π log π is infinite.
    #[error(
        "the entropy has no derivative at {}: its probability is 0 and its derivative is not",
        list_pairs(.pairs)
    )]
    SteepEntropy {
        /// The (state, action) pairs of probability 0.
        pairs: Vec<(String, String)>,
    },
    /// J jumps: a parameter gives weight to actions that lead to where nothing terminates.
    #[error(
        "J has no derivative: at discount 1 any weight on {} leads to states that never terminate",
        list_pairs(.pairs)
    )]
    NotDifferentiable {
        /// The (state, action) pairs of probability 0.
        pairs: Vec<(String, String)>,
    },
    /// Under the average reward P* jumps: a parameter gives weight to actions that join recurrent
    /// classes, or leave one for good.
    #[error(
        "the gain has no derivative: under the average reward any weight on {} changes where the process ends up",
        list_pairs(.pairs)
    )]
    GainJumps {
        /// The (state, action) pairs of probability 0.
        pairs: Vec<(String, String)>,
    },
    /// Rewards so small that products of them vanish.
    #[error("{quantity} is too small for floating point")]
    Underflow {
        /// The quantity, in words.
        quantity: &'static str,
    },
    /// The argument of an estimator is outside its range.
    #[error("there is no estimator `{found}`: {expected}")]
    EstimatorRange {
        /// What was asked for.
        found: String,
        /// The range.
        expected: &'static str,
    },
    /// A dense table that would take memory out of proportion.
    #[error(
        "the {quantity} would have {rows} × {columns} numbers; at most {limit} are made at once"
    )]
    TooLarge {
        /// The quantity, in words.
        quantity: &'static str,
        /// Its rows.
        rows: usize,
        /// Its columns.
        columns: usize,
        /// The most numbers in one table.
        limit: usize,
    },
    /// A vector of another length than the model has.
    #[error("the {quantity} has {found} numbers; {expected} are expected")]
    Length {
        /// The quantity, in words.
        quantity: &'static str,
        /// How many there should be.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// Exact arithmetic on a model whose numbers are rounded.
    #[error(
        "exact arithmetic takes every number as it is written, and {} not sum to 1",
        do_not_sum(.sums)
    )]
    Inexact {
        /// What should sum to 1, and what it sums to.
        sums: Vec<(String, Number)>,
    },
    /// The parts make no MDP.
    #[error(transparent)]
    Mdp(#[from] MdpError),
    /// The policy cannot be built.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// Importance sampling where the behavior policy never takes a pair that the policy takes.
    #[error("the behavior policy never takes {}, which the policy does", list_pairs(.pairs))]
    NoSupport {
        /// Those (state, action) pairs.
        pairs: Vec<(String, String)>,
    },
    /// The optimal baselines are computed for sampling on policy only.
    #[error("the optimal baselines are known on policy only")]
    OffPolicyBaseline,
    /// A sample that takes longer than anybody waits for.
    #[error(
        "{} {length:.1e} steps in expectation; more than {most:.0e} are not begun",
        each(*.trajectories)
    )]
    CostlySample {
        /// N; 1 where a single one is too long.
        trajectories: u64,
        /// E L, the expected steps of each.
        length: f64,
        /// The most steps in all.
        most: f64,
    },
    /// An episode went on for longer than the sampler was told to follow it.
    #[error("trajectory {trajectory} had not ended after {steps} steps")]
    Overlong {
        /// Its number, from 0.
        trajectory: u64,
        /// The steps it was followed for.
        steps: usize,
    },
    /// Whoever watches a sample ended it before any of it was whole.
    #[error("interrupted before the first block of trajectories was whole")]
    Interrupted,
    /// The policy acts on other states and actions than the model has.
    #[error(
        "the policy is one for {} states with {} pairs of state and action; the model has {} with {}, or others",
        .policy.0, .policy.1, .model.0, .model.1
    )]
    OtherSpace {
        /// States and pairs of the model.
        model: (usize, usize),
        /// States and pairs of the policy.
        policy: (usize, usize),
    },
    /// A function of the state with another number of states than the model has.
    #[error("{quantity} has {found} numbers, and the model has {states} states")]
    States {
        /// The quantity, in words.
        quantity: &'static str,
        /// How many numbers it has.
        found: usize,
        /// The states of the model.
        states: usize,
    },
    /// An argument outside its range.
    #[error("{name} is {found}; expected {expected}")]
    Argument {
        /// What it is.
        name: &'static str,
        /// What was given.
        found: String,
        /// The range.
        expected: &'static str,
    },
    /// What some arithmetic does not have.
    #[error("{quantity} does not exist over {field}")]
    NotInField {
        /// What was asked for.
        quantity: String,
        /// The arithmetic.
        field: &'static str,
    },
    /// An estimator without a finite variance.
    #[error("`{estimator}`: {why}")]
    Divergence {
        /// The name of the estimator.
        estimator: String,
        /// Why it has none.
        why: Divergence,
    },
    /// A linear system was not solved.
    #[error(transparent)]
    Factor(#[from] FactorError),
}

fn trapped(states: &[String], criterion: &str) -> String {
    let there = list(states);
    if criterion == "average" {
        format!(
            "no state is reached from everywhere under every policy and every p within the sets: the process may stay in {there} for ever, so that several gains are possible"
        )
    } else {
        format!(
            "at discount 1 the process may stay in {there} for ever, under some policy and some p within the sets"
        )
    }
}

fn do_not_sum(sums: &[(String, Number)]) -> String {
    // a line or two of names; how many more there are is said
    const SHOWN: usize = 8;
    let shown = sums.iter().take(SHOWN);
    let shown: Vec<String> = shown
        .map(|(name, sum)| format!("{name} (sum {sum})"))
        .collect();
    let names = shown.join(", ");
    match sums.len() {
        1 => format!("{names} does"),
        all if all > SHOWN => format!("{names} and {} more do", all - SHOWN),
        _ => format!("{names} do"),
    }
}

fn each(trajectories: u64) -> String {
    match trajectories {
        1 => "a trajectory takes".into(),
        n => format!("each of {n} trajectories takes"),
    }
}

/// ` at temperature 1e-308`; nothing where the temperature is not to blame.
fn at_temperature(temperature: &Option<f64>) -> String {
    temperature.map_or_else(String::new, |tau| format!(" at temperature {tau:?}"))
}

fn list_pairs(pairs: &[(String, String)]) -> String {
    let names: Vec<String> = pairs.iter().map(|(s, a)| format!("{s}/{a}")).collect();
    list(&names)
}

fn list(names: &[String]) -> String {
    // a line or two of names; how many more there are is said
    const SHOWN: usize = 8;
    let shown: Vec<String> = names
        .iter()
        .take(SHOWN)
        .map(|name| format!("`{name}`"))
        .collect();
    match names.len().saturating_sub(SHOWN) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
