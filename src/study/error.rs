//! Why a study has no answer.

use std::fmt::Display;

use miette::Diagnostic;

use super::{RouteName, SweepError};
use crate::comparison::{MissingBlocks, ShardError};
use crate::error::Error;
use crate::judge::GivenError;
use crate::mend::{Argument, Mend};
use crate::model::ModelErrors;
use crate::model::error::{DraftError, Shown, Suggestion};
use crate::policy::PolicyError;

/// Why a study has no answer.
///
/// The message says what was found, [`StudyError::mend`] what to do about it, for the front end to
/// word; as a [`Diagnostic`] it has the words of the command line.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StudyError {
    /// What the library says.
    #[error(transparent)]
    Library(#[from] Error),
    /// A reward that there is not.
    #[error(transparent)]
    Reward(#[from] DraftError),
    /// What is wrong with a user's numbers.
    #[error(transparent)]
    Given(#[from] GivenError),
    /// What is wrong with a file.
    #[error(transparent)]
    File(#[from] ModelErrors),
    /// A policy that cannot be built, and where it is written.
    #[error("in {name}")]
    Policy {
        /// The file.
        name: String,
        /// What is wrong with it.
        #[source]
        why: PolicyError,
    },
    /// A name of a policy that is none.
    #[error("{found}")]
    PolicyName {
        /// What is wrong with it.
        found: String,
    },
    /// A random policy over exact fractions.
    #[error("the softmax probabilities of `random:{seed}` are exp of its normal θ: no fractions")]
    RandomExact {
        /// Its seed.
        seed: u64,
    },
    /// A route that is a way to check floating point, over exact fractions.
    #[error("the route {route} is a check of floating point; over exact fractions there is none")]
    RouteOfFloats {
        /// Its name.
        route: &'static str,
    },
    /// A route that there is not.
    #[error("unknown route `{found}`")]
    UnknownRoute {
        /// What was asked for.
        found: String,
    },
    /// The entropy over exact fractions.
    #[error("the entropy consists of logarithms, which are no fractions")]
    EntropyExact,
    /// A derivative in the discount of the average reward.
    #[error("the average reward has no discount to differentiate with respect to")]
    NoDiscount,
    /// An argument that cannot mean anything here.
    #[error("{} changes nothing here: {why}", .argument)]
    Idle {
        /// The argument of the request.
        argument: Argument,
        /// Why, in words.
        why: &'static str,
    },
    /// A method of control that does not exist over exact fractions.
    #[error("over exact fractions the optimum is found by policy iteration")]
    MethodExact,
    /// Two arguments that exclude each other.
    #[error("{} and {} exclude each other", .0, .1)]
    Exclusive(Argument, Argument),
    /// An argument outside its range.
    #[error("{} is {expected}", .argument)]
    Range {
        /// The argument of the request.
        argument: Argument,
        /// The range.
        expected: &'static str,
    },
    /// Ways to sample that the average reward does not have.
    #[error(
        "under the average reward a run begins in the long run of the policy itself and takes {} steps",
        Argument::Truncation
    )]
    SampledOnAverage,
    /// Ways to end a trajectory that the horizon ends.
    #[error(
        "the finite horizon ends every trajectory; {} and {} are for discounted and total returns",
        Argument::Truncation,
        Argument::Geometric
    )]
    SampledOnHorizon,
    /// Whole covariances of too many parameters.
    #[error(
        "{} and {} need whole covariances: at most {limit} parameters, and this policy has {parameters}",
        Argument::Paired,
        Argument::Covariance
    )]
    ManyParameters {
        /// The most.
        limit: usize,
        /// Those there are.
        parameters: usize,
    },
    /// Blocks of a run that cannot be drawn before its length is known.
    #[error(
        "where this task is cut depends on the number of trajectories of the whole run, which is not given"
    )]
    OpenRun,
    /// Blocks that a run does not have.
    #[error("a run of {trajectories} trajectories has the blocks 0..{blocks}, of {size} each")]
    NoBlocks {
        /// N.
        trajectories: u64,
        /// How many there are.
        blocks: u64,
        /// Trajectories of one.
        size: u64,
    },
    /// Blocks whose sums are more than there is memory for.
    #[error("the sums of {blocks} blocks take about {gigabytes:.0} GB: more memory than is free")]
    BlocksTooMany {
        /// How many blocks.
        blocks: u64,
        /// What their sums take.
        gigabytes: f64,
    },
    /// Sums of blocks that do not belong to the run.
    #[error("`{name}`: {why}")]
    Shard {
        /// The file.
        name: String,
        /// What is wrong with it.
        why: ShardError,
    },
    /// An array of parameters that does not fit.
    #[error("`{name}` {why}")]
    Thetas {
        /// The file.
        name: String,
        /// What is wrong with it.
        why: String,
    },
    /// Blocks that are in no file.
    #[error(transparent)]
    MissingBlocks(#[from] MissingBlocks),
    /// An estimator for an ascent that samples nothing.
    #[error("{} belongs to the sampled methods", Argument::Estimator)]
    NothingSampled,
    /// Repeats of an ascent that samples nothing.
    #[error(
        "`{}` belongs to the sampled methods: the others are the same every time",
        Argument::Repeats
    )]
    NothingRepeated,
    /// An earlier report that cannot be gone on from.
    #[error("`{name}`: {why}")]
    Earlier {
        /// The file.
        name: String,
        /// What is wrong with it.
        why: String,
    },
    /// A state that the model does not have.
    #[error("unknown state `{}`", Shown(found))]
    UnknownState {
        /// What was asked for, as it was written.
        found: String,
        /// The mend, or the names there are.
        help: Suggestion,
    },
    /// What should be a bound on a reward.
    #[error("`{}` is no bound on a reward", Shown(found))]
    NoBound {
        /// As given.
        found: String,
    },
    /// Bounds that no policy keeps.
    #[error("no policy keeps all bounds{}", .alone.iter().map(|why| format!("; {why}")).collect::<String>())]
    Infeasible {
        /// What is wrong with those that no policy keeps alone.
        alone: Vec<String>,
    },
    /// Two rewards are asked for, and there are others.
    #[error("the front of two rewards is asked for, and {found} given")]
    NotTwo {
        /// How many.
        found: usize,
    },
    /// More corners than anybody reads.
    #[error("the front has more than {most} corners")]
    TooManyCorners {
        /// The most.
        most: usize,
    },
    /// Matrices of too many states.
    #[error("matrices of {states} states are too large: {most} states at most")]
    TooManyStates {
        /// The states of the model.
        states: usize,
        /// The most.
        most: usize,
    },
    /// A horizon that takes longer than anybody waits.
    #[error(
        "a horizon of {horizon} steps takes about {products:.0e} products on this model, more than 1e12, where what is asked for goes step by step"
    )]
    TooLong {
        /// T.
        horizon: usize,
        /// How many products, about.
        products: f64,
    },
    /// What is kept of all times of a horizon takes more memory than there may be.
    #[error("what is kept of {horizon} steps takes about {gigabytes:.0} GB of memory")]
    TooMuch {
        /// T.
        horizon: usize,
        /// The memory, about.
        gigabytes: f64,
    },
    /// No sweep.
    #[error(transparent)]
    Sweep(#[from] SweepError),
    /// An earlier report whose policy is not the one given now.
    #[error("cannot go on from `{name}`: {why}")]
    OtherPolicy {
        /// The file.
        name: String,
        /// What differs.
        why: String,
    },
}

impl StudyError {
    /// What to do about it.
    pub fn mend(&self) -> Option<Mend> {
        use Argument::*;
        Some(match self {
            StudyError::Library(error) => return error.mend(),
            StudyError::Sweep(error) => return error.mend(),
            StudyError::RandomExact { .. } => {
                Mend::new("give a policy file with `probabilities` as fractions, or use ")
                    .name(Certify)
                    .say(" for digits with proven bounds")
            }
            StudyError::RouteOfFloats { .. } => Mend::new("leave it out of ")
                .name(Routes)
                .say(", or leave out ")
                .name(Exact),
            StudyError::UnknownRoute { .. } => {
                let names = RouteName::ALL.map(RouteName::name);
                Mend::new(format!("expected {}", names.join(", ")))
            }
            StudyError::EntropyExact => Mend::new("leave out ")
                .name(Exact)
                .say(" or ")
                .name(Entropy),
            StudyError::NoDiscount => Mend::new("leave `discount` out, or add ")
                .set(Criterion, "discounted")
                .say(" ")
                .set(Discount, "0.99"),
            StudyError::Idle { .. } => Mend::new("leave it out"),
            StudyError::MethodExact => Mend::new("leave ").name(Method).say(" out"),
            StudyError::Exclusive(..) => Mend::new("leave one of them out"),
            StudyError::SampledOnAverage => Mend::new("leave ")
                .name(Geometric)
                .say(" and ")
                .name(Behavior)
                .say(" out, or compare under another criterion: ")
                .set(Discount, "0.99"),
            StudyError::SampledOnHorizon => Mend::new("leave ")
                .name(Truncation)
                .say(" and ")
                .name(Geometric)
                .say(" out, or choose another criterion with ")
                .name(Criterion)
                .say(" or ")
                .name(Discount),
            StudyError::UnknownState { help, .. } => Mend::new(help.to_string()),
            StudyError::TooManyStates { .. } => Mend::new("leave ")
                .name(Matrices)
                .say(" out, and ask for the first passage to some states with ")
                .name(To),
            StudyError::TooMuch { .. } => Mend::new("give a shorter ").name(Horizon),
            StudyError::TooLong { .. } => Mend::new("give a shorter ")
                .name(Horizon)
                .say(", or a criterion without steps: ")
                .set(Criterion, "average")
                .say(" or ")
                .set(Discount, "0.99"),
            StudyError::NoBound { .. } => Mend::new("write it as `risk<=1/2` or `gain>=3`"),
            StudyError::Infeasible { alone } if alone.is_empty() => {
                Mend::new("each can be kept alone: they exclude each other")
            }
            StudyError::NotTwo { .. } => {
                Mend::new("name two of them, each a reward or a combination: `gain,-risk`")
            }
            StudyError::TooManyCorners { .. } => {
                Mend::new("weigh the rewards yourself: ").set(Reward, "gain - 1/2*risk")
            }
            StudyError::OpenRun => Mend::new("give the number with ")
                .name(Trajectories)
                .say(", or the cut with ")
                .name(Truncation),
            StudyError::NoBlocks { .. } => {
                Mend::new("give the number of the whole run with ").name(Trajectories)
            }
            StudyError::BlocksTooMany { .. } => {
                Mend::new("sum fewer of them at once, each range into a file of its own")
            }
            StudyError::Shard {
                why: ShardError::Other { .. },
                ..
            } => {
                Mend::new("give the model and the flags that it was written with, or leave it out")
            }
            StudyError::Shard {
                why: ShardError::Overlap { .. },
                ..
            } => Mend::new("leave one of the two out"),
            StudyError::MissingBlocks(_) => Mend::new("add the files that have them"),
            StudyError::NothingSampled => Mend::new("leave it out, or sample with ")
                .set(Method, "reinforce")
                .say(" or actor-critic"),
            StudyError::NothingRepeated => {
                Mend::new("leave it out, or ascend by reinforce or actor-critic")
            }
            StudyError::OtherPolicy { .. } => Mend::new("give the same ")
                .name(Policy)
                .say(" as then, with its temperature and its mixture"),
            _ => return None,
        })
    }
}

impl Diagnostic for StudyError {
    fn help<'a>(&'a self) -> Option<Box<dyn Display + 'a>> {
        match self {
            StudyError::Library(error) => error.help(),
            StudyError::File(errors) => errors.help(),
            StudyError::Reward(error) => error.help(),
            StudyError::Given(error) => error.help(),
            other => Some(Box::new(other.mend()?)),
        }
    }

    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        match self {
            StudyError::File(errors) => errors.source_code(),
            _ => None,
        }
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        match self {
            StudyError::File(errors) => errors.related(),
            _ => None,
        }
    }
}
