//! What should be known beside an answer.

use crate::ascent;
use crate::error::Error;
use crate::evaluation::Evaluation;
use crate::gradient::{Route, open_rank};
use crate::linalg::Solvable;
use crate::mdp::{Mdp, Space};
use crate::mend::{Argument, Front};
use crate::model::{Model, ModelWarning};
use crate::policy::Policy;

/// Something that should be known beside an answer, and is no error.
#[derive(Clone, Debug, PartialEq)]
pub enum Note {
    /// Something was accepted in a policy file.
    PolicyFile {
        /// Which file.
        file: String,
        /// What was accepted.
        warning: ModelWarning,
    },
    /// The optimal policy of a horizon is followed as if it did not depend on the time.
    OptimalAtStart,
    /// What is optimal sees the states, which the policies of this model do not.
    SeesStates,
    /// What is optimal is chosen by one for all players.
    ForAllPlayers,
    /// θ of an exact policy is no fraction.
    NoExactTheta,
    /// States without a value.
    Undefined {
        /// The first of them.
        states: Vec<String>,
        /// How many more.
        more: usize,
    },
    /// Which features count is a question of rounding.
    OpenRank {
        /// The rank of their differences as they are written.
        written: usize,
        /// The same by the digits of floating point.
        counted: usize,
    },
    /// Two rewards are one number in floating point: sums that differ as they are written count as one.
    AlikeRewards {
        /// As they are written.
        rewards: [String; 2],
        /// What is counted.
        what: &'static str,
        /// Whether fractions serve it.
        exactly: bool,
    },
    /// Numbers that are not 0 are below what floating point has.
    Vanished {
        /// Which.
        quantity: &'static str,
        /// The first states, or pairs, of which they are.
        of: Vec<String>,
        /// How many more.
        more: usize,
    },
    /// What is swept is γ, and a parameter is called as it is.
    SweptDiscount,
    /// A critic says something of a terminal state, after which nothing comes.
    TerminalCritic {
        /// Which file.
        file: String,
        /// The first such state.
        state: String,
    },
    /// A baseline says something of a terminal state, in which nothing is done.
    TerminalBaseline {
        /// Which file.
        file: String,
        /// The first such state.
        state: String,
    },
    /// Values are small beside the rewards that they are sums of.
    LostValues {
        /// What they may be off by.
        error: f64,
        /// The largest of them.
        size: f64,
    },
    /// Advantages are small beside the values that they are differences of.
    LostAdvantages {
        /// What they may be off by.
        error: f64,
        /// The largest of them.
        size: f64,
    },
    /// Rounding may have taken digits of shares of time in the long run, and of where the process ends.
    LostChances {
        /// A bound on the error of any.
        error: f64,
    },
    /// Numbers without any bound, and without another way to one.
    NoBound {
        /// Which.
        quantity: &'static str,
    },
    /// Numbers in floating point of whose rounding nothing is known.
    UnknownRounding {
        /// What they are.
        quantity: &'static str,
    },
    /// A bound on rounding is beyond the numbers.
    BeyondBounds {
        /// Of what.
        quantity: &'static str,
    },
    /// A policy of a valid model has no value.
    NoValue(Error),
    /// A usual route that would take long.
    CostlyRoute(Route),
    /// What was asked for does not exist here.
    Absent {
        /// What was asked for.
        quantity: &'static str,
        /// Why there is none.
        why: Error,
    },
    /// The evolution strategy among all routes does not exist here.
    NoEvolution(Error),
    /// The bias of the evolution strategy would take long.
    CostlyEvolutionBias,
    /// What takes more than two seconds.
    Long {
        /// What that is, in words.
        what: String,
        /// How long it takes, about.
        minutes: f64,
    },
    /// Fractions that grow long over a horizon.
    CostlyFractions {
        /// T.
        horizon: usize,
        /// How many digits their denominators have at the end, at most.
        digits: f64,
        /// How long it takes, about.
        minutes: f64,
    },
    /// The bias of the evolution strategy does not exist.
    NoEvolutionBias(Error),
    /// A reference has no laws of estimators, which were not asked for by name.
    NoLaws(Error),
    /// The Jacobian of a reference would be too large.
    NoJacobian,
    /// Estimators that are 0 on every fixture, of one seed or of all that were tried.
    Vacuous {
        /// The names of the estimators.
        estimators: Vec<String>,
        /// How many seeds were tried.
        seeds: usize,
    },
    /// The seed of fixtures that say something.
    AnotherSeed(u64),
    /// A state from which no policy terminates.
    NeverTerminates {
        /// The state.
        state: String,
    },
    /// A state, which the start never reaches, from which some policy is paid for ever.
    PaidForEver {
        /// The state.
        state: String,
    },
    /// The tables of an optimum by time are too large.
    NoTablesByTime,
    /// No bound on the error of an optimum.
    NoErrorBound,
    /// An estimator that is named more than once.
    Repeated {
        /// The name of the estimator.
        estimator: String,
    },
    /// A comparison that was ended early.
    Stopped {
        /// Trajectories that were sampled.
        done: u64,
        /// Trajectories that were asked for.
        of: u64,
    },
    /// J* is not known.
    NoOptimum(Error),
    /// A method goes on from an earlier run without what it remembered.
    MemoryLost(ascent::AscentMethod),
    /// A method that does not serve the policy.
    MethodLeftOut {
        /// The method.
        method: ascent::AscentMethod,
        /// Why, in words.
        why: Error,
    },
    /// An ascent that was ended early.
    AscentStopped {
        /// Its method.
        method: ascent::AscentMethod,
        /// Steps that were made.
        done: usize,
        /// Steps that were allowed.
        of: usize,
    },
    /// Why a sampled ascent gains little: what its next step does, to second order.
    Stalls {
        /// Its method.
        method: ascent::AscentMethod,
        /// α and n of its steps.
        step: f64,
        /// Trajectories of a step.
        trajectories: u64,
        /// E J(θ + αĝ) − J.
        change: f64,
        /// A step without noise.
        noiseless: f64,
        /// The α of the largest expected change, where there is one.
        best_step: Option<f64>,
        /// From how many trajectories on a step gains; `None` if from none.
        break_even: Option<f64>,
    },
    /// A method whose steps leave out how the policy changes which class of states is reached.
    UnseenBySteps(ascent::AscentMethod),
    /// The same of the natural gradient.
    UnseenByFisher,
    /// An ascent whose next step failed.
    AscentFailed {
        /// Its method.
        method: ascent::AscentMethod,
        /// Steps that were made.
        done: usize,
        /// What the next one met.
        why: Error,
    },
}

/// How long something takes, roughly.
fn time(minutes: f64) -> String {
    if minutes < 1.5 {
        format!("{:.0} seconds", minutes * 60.0)
    } else if minutes < 90.0 {
        format!("{minutes:.0} minutes")
    } else {
        format!("{:.0} hours", minutes / 60.0)
    }
}

impl Note {
    /// The note on the states that have no value, if there are any.
    pub fn undefined<F: Solvable>(mdp: &Mdp<F>, evaluation: &Evaluation<F>) -> Option<Note> {
        // as many as errors name
        const NAMED: usize = 8;
        let states = &evaluation.undefined.states;
        let named = states.iter().take(NAMED);
        (!states.is_empty()).then(|| Note::Undefined {
            states: named.map(|&state| name(mdp.space(), state)).collect(),
            more: states.len().saturating_sub(NAMED),
        })
    }

    /// Which features count, where that is a question of rounding.
    pub(super) fn open_rank<F: Solvable>(policy: &Policy<F>) -> Option<Note> {
        if F::EXACT || F::one().certified().is_some() {
            return None;
        }
        let (written, counted) = open_rank(&policy.map(F::to_f64))?;
        Some(Note::OpenRank { written, counted })
    }

    /// Of whom the optimum of a model is, where that is not the one who acts.
    pub fn of_whom(model: &Model) -> Option<Note> {
        if model.is_partly_seen() {
            return Some(Note::SeesStates);
        }
        let players = model.space().players();
        players.is_some().then_some(Note::ForAllPlayers)
    }

    /// The note as a front end says it.
    pub fn worded(&self, front: Front) -> String {
        match self {
            Note::PolicyFile { file, warning } => format!("warning: {file}: {warning}"),
            Note::OptimalAtStart => {
                "note: the optimal policy of a horizon depends on the time, and its rules are too many to be kept; this is that of t = 0, followed at all times".into()
            }
            Note::SeesStates => {
                "note: the optimum is that of policies that see the states: a bound for those that do not; the best of those is not looked for".into()
            }
            Note::ForAllPlayers => {
                "note: the optimum is that of one who chooses the actions of all players; `players` has best replies and values of games".into()
            }
            Note::NoExactTheta => {
                "θ = τ log π is no fraction and left out; everything else is exact".into()
            }
            Note::Undefined { states, more } => {
                let named: Vec<String> = states.iter().map(|name| format!("`{name}`")).collect();
                let more = match more {
                    0 => String::new(),
                    more => format!(" and {more} more"),
                };
                let named = named.join(", ");
                format!("warning: from {named}{more} the policy may never terminate; values there are undefined")
            }
            Note::OpenRank { written, counted } => format!(
                "warning: the features are of rank {written} as they are written and of rank {counted} by the digits of floating point, by which directions of the natural gradient go: what is left of a feature by the others is rounding in part"
            ),
            Note::AlikeRewards { rewards: [one, other], what, exactly } => {
                let apart = if *exactly {
                    format!("; {} tells them apart", Argument::Exact.worded(front))
                } else {
                    String::new()
                };
                format!(
                    "warning: the rewards {one} and {other} are one number in floating point: {what} that differ by them alone count as one{apart}"
                )
            }
            Note::Vanished { quantity, of, more } => {
                let named: Vec<String> = of.iter().map(|name| format!("`{name}`")).collect();
                let more = match more {
                    0 => String::new(),
                    more => format!(" and {more} more"),
                };
                let (named, exact) = (named.join(", "), Argument::Exact.worded(front));
                format!(
                    "warning: {quantity} of {named}{more} is not 0, but below 10⁻³⁰⁷, where floating point has no more digits or none; what is made of it has no more either; {exact} knows both where the policy is one of fractions"
                )
            }
            Note::SweptDiscount => "warning: what is swept is γ; the parameter `discount` of the policy is swept as `theta[discount]`".into(),
            Note::TerminalCritic { file, state } => format!(
                "warning: {file}: the terminal state `{state}` keeps the value 0, since nothing comes after it; what the file says of it is left out"
            ),
            Note::TerminalBaseline { file, state } => format!(
                "warning: {file}: nothing is done in the terminal state `{state}`, so that no baseline is subtracted there; what the file says of it is left out"
            ),
            Note::LostValues { error, size } => {
                let certify = Argument::Certify.worded(front);
                format!("warning: rounding may move values by up to {error:.1e}, where the largest is {size:.1e}; {certify} bounds each")
            }
            Note::LostAdvantages { error, size } => {
                let certify = Argument::Certify.worded(front);
                format!("warning: rounding may move advantages by up to {error:.1e}, where the largest is {size:.1e}; {certify} bounds each")
            }
            Note::LostChances { error } => {
                let certify = Argument::Certify.worded(front);
                format!("warning: rounding may move shares of time and the chances of where it ends by up to {error:.1e}; {certify} bounds each")
            }
            Note::UnknownRounding { quantity } => {
                let certify = Argument::Certify.worded(front);
                format!("note: nothing is known of the rounding of {quantity} in a model of this size; {certify} bounds it")
            }
            Note::NoBound { quantity } => {
                format!("note: no bound is known on what rounding did to {quantity}")
            }
            Note::BeyondBounds { quantity } => {
                let exact = Argument::Exact.worded(front);
                format!("warning: what rounding may have done to the {quantity}, and to what is made of it, is beyond 64 bits and not told; {exact} knows it")
            }
            Note::NoValue(why) => {
                format!("warning: {why}; the model is valid, this policy has no value")
            }
            Note::CostlyRoute(route) => {
                let routes = Argument::Routes.set_to(route.name(), front);
                format!("left out for its cost: {routes} computes it")
            }
            Note::Absent { quantity, why } => {
                format!("warning: the {quantity} does not exist: {why}")
            }
            Note::NoEvolution(why) => format!("no evolution strategy: {why}"),
            Note::CostlyEvolutionBias => {
                "left out for its cost: the bias of the evolution strategy".into()
            }
            Note::CostlyFractions {
                horizon,
                digits,
                minutes,
            } => {
                format!(
                    "over {horizon} steps the fractions grow to about {digits:.0} digits: some {} on one core; without {} it is done at once",
                    time(*minutes),
                    Argument::Exact.worded(front)
                )
            }
            Note::Long { what, minutes } => {
                format!("{what}: some {} on one core", time(*minutes))
            }
            Note::NoEvolutionBias(why) => format!("the bias of the evolution strategy: {why}"),
            Note::NoLaws(why) => format!("note: no laws of estimators: {why}"),
            Note::NoJacobian => {
                let jacobian = Argument::Jacobian.worded(front);
                format!("left out for its size: the Jacobian; `gradient {jacobian}` computes it")
            }
            Note::Vacuous {
                estimators,
                seeds: 1,
            } => format!(
                "warning: the fixtures say nothing about {}: all contributions are 0, and code that returns 0 would pass; look for another seed, or ask for more trajectories",
                estimators.join(", ")
            ),
            Note::Vacuous { estimators, seeds } => format!(
                "warning: on none of {seeds} seeds does every one of {} have an estimate that is not 0; ask for more trajectories",
                estimators.join(", ")
            ),
            Note::AnotherSeed(seed) => format!("note: the fixtures are those of seed {seed}"),
            Note::NeverTerminates { state } => format!(
                "warning: no policy terminates from `{state}` at discount 1; its value is null"
            ),
            Note::PaidForEver { state } => format!(
                "warning: from `{state}`, which is never reached from the start, a policy may be paid for ever at discount 1; its value is null"
            ),
            Note::NoTablesByTime => {
                "note: the tables by time are too large and left out; v and q are those at t = 0".into()
            }
            Note::NoErrorBound => "warning: no bound on the error could be certified".into(),
            Note::Repeated { estimator } => {
                let estimators = Argument::Estimators.worded(front);
                format!("note: {estimators} names {estimator} more than once; it is computed once")
            }
            Note::Stopped { done, of } => format!("stopped after {done} of {of} trajectories"),
            Note::NoOptimum(why) => format!("warning: J* is not known: {why}"),
            Note::MemoryLost(method) => {
                let name = method.name();
                format!("note: the policy goes on, the memory of {name} starts anew")
            }
            Note::MethodLeftOut { method, why } => {
                format!("note: {} is left out: {why}", method.name())
            }
            Note::AscentStopped { method, done, of } => {
                format!("{}: stopped after {done} of {of} steps", method.name())
            }
            Note::Stalls { .. } => self.stalls(),
            Note::UnseenBySteps(method) => format!(
                "warning: the classes reached have different gains, and the steps of {} do not see how the policy changes which is reached, as ∇J does: J may stand still or fall where line-search raises it",
                method.name()
            ),
            Note::UnseenByFisher => {
                "warning: the classes reached have different gains, and the natural gradient leaves out how the policy changes which is reached: in states that are left for ever ∇J has a part that the Fisher matrix of the long run does not hold".into()
            }
            Note::AscentFailed { method, done, why } => {
                format!("warning: {} ended after {done} steps: {why}", method.name())
            }
        }
    }
}

impl Note {
    /// One sentence on a step that gains little.
    fn stalls(&self) -> String {
        let Note::Stalls {
            method,
            step,
            trajectories,
            change,
            noiseless,
            best_step,
            break_even,
        } = self
        else {
            return String::new();
        };
        let name = method.name();
        let begin = format!(
            "note: {name}: at the last policy a step of {step:.2e} along {trajectories} trajectories changes J by {change:.2e} in expectation"
        );
        let best = match best_step {
            Some(best) => format!("the best step is {best:.2e}"),
            None => "no step gains".into(),
        };
        match break_even {
            _ if *change > 0.0 => format!("{begin}: the step is small, {best}"),
            Some(batch) => format!(
                "{begin}, {noiseless:.2e} without noise: from {:.0} trajectories on it would rise, and {best}",
                batch.ceil()
            ),
            None => format!(
                "{begin}, {noiseless:.2e} without noise: the step is too large for any batch, {best}"
            ),
        }
    }
}

pub(super) fn name(space: &Space, state: usize) -> String {
    space.state_names().get(state).into_owned()
}
