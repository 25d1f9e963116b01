//! One thing wrong with a file of another program, with its place and its mend.

use miette::SourceSpan;

use crate::mend::{Argument, Mend};
use crate::model::error::{NameList, Shown};

/// One thing wrong with a model in another program's format.
#[derive(Clone, Debug, PartialEq, thiserror::Error, miette::Diagnostic)]
pub enum ExchangeError {
    /// A word where another belongs.
    #[error("expected {expected}, found {}", quoted(found))]
    Unexpected {
        /// What would do in its place.
        expected: &'static str,
        /// What stands there; nothing at the end of a line or file.
        found: String,
        /// The mend.
        #[help]
        help: Option<&'static str>,
        /// The word.
        #[label("here")]
        at: SourceSpan,
    },
    /// A number of a state, action or row beyond those that there are.
    #[error("{what} {} is not one of the {count} there are (0 to {})", Shown(found), count.saturating_sub(1))]
    OutOfRange {
        /// `state`, `choice`, ….
        what: &'static str,
        /// As written.
        found: String,
        /// How many there are.
        count: usize,
        /// Where the number stands.
        #[label("beyond the last")]
        at: Option<SourceSpan>,
    },
    /// A count at the top that the rest does not bear out.
    #[error("the file announces {announced} {what}, but has {found}")]
    #[diagnostic(help("correct the number, or see whether the file is cut off"))]
    Count {
        /// `states`, `choices`, ….
        what: &'static str,
        /// As written.
        announced: u64,
        /// How many there are.
        found: usize,
        /// Where the count stands.
        #[label("announced here")]
        at: Option<SourceSpan>,
    },
    /// A name that is no state, action, label or reward model.
    #[error("unknown {what} `{}`", Shown(found))]
    UnknownName {
        /// `state`, `action`, ….
        what: &'static str,
        /// As written.
        found: String,
        /// The names there are.
        #[help]
        help: String,
        /// Where the name stands.
        #[label("unknown")]
        at: Option<SourceSpan>,
    },
    /// A part of the format beyond finite MDPs with numbers.
    #[error("{what} is more than a finite MDP with known numbers")]
    Unsupported {
        /// `a partially observable model`, ….
        what: &'static str,
        /// The mend.
        #[help]
        help: Mend,
        /// Where it begins.
        #[label("here")]
        at: Option<SourceSpan>,
    },
    /// Intervals of probabilities between whose ends there is no distribution.
    #[error("the intervals of `{state}/{action}` hold no distribution: {why}")]
    #[diagnostic(help(
        "0 ≤ low ≤ high ≤ 1 in each, the low ends sum to at most 1 and the high ends to at least 1"
    ))]
    Intervals {
        /// The state of the row.
        state: String,
        /// Its action.
        action: String,
        /// What is wrong, in words.
        why: String,
        /// The first outcome of the row.
        #[label("of this row")]
        at: Option<SourceSpan>,
    },
    /// Something that the format does not say or that this file leaves out.
    #[error("the file does not say {what}")]
    Missing {
        /// `the discount`, ….
        what: &'static str,
        /// The mend.
        #[help]
        help: Mend,
    },
    /// Several reward models, and none was chosen.
    #[error("the file has several reward models: {names}")]
    #[diagnostic(help("choose one of them with {}", Argument::RewardModel))]
    SeveralRewards {
        /// The names that are meant.
        names: NameList,
    },
    /// A file to be written whose ending is that of no format.
    #[error("the ending of `{}` names no format of models", Shown(name))]
    #[diagnostic(help(
        "end the name in .yaml, .json (Gymnasium's P), .npz, .drn, .umb, .tra, .petsc or .POMDP, or say the format"
    ))]
    NoFormat {
        /// The file.
        name: String,
    },
    /// Several reward models of the name that was chosen.
    #[error("several reward models have the name `{}`", Shown(name))]
    #[diagnostic(help("give them different names"))]
    SameRewards {
        /// The name.
        name: String,
    },
    /// Files of rewards beside each other that no model has.
    #[error(
        "`{}` stands beside `{}`: the rewards of one structure have no number, those of several have one",
        Shown(other),
        Shown(single)
    )]
    #[diagnostic(help("take the files away that are not of this model, or number all of them"))]
    StrayRewards {
        /// The file without a number.
        single: String,
        /// One with a number.
        other: String,
    },
    /// Two files of rewards that do not belong together.
    #[error(
        "the rewards of states are those of `{}`, and the rewards of transitions those of `{}`",
        Shown(states),
        Shown(transitions)
    )]
    #[diagnostic(help("take the file away that is not of this model"))]
    TwoStructures {
        /// The name in `.srew`.
        states: String,
        /// The name in `.trew`.
        transitions: String,
    },
    /// A reward model is asked for where none can be chosen.
    #[error(
        "there is no reward model `{}`: the file has one reward and no names",
        Shown(found)
    )]
    #[diagnostic(help(
        "leave {} out; it chooses among the named reward models of .drn and .umb files and PRISM's reward structures",
        Argument::RewardModel
    ))]
    NoRewardModels {
        /// What was asked for, as it was written.
        found: String,
    },
    /// The axes of an array are asked for where there is no such array.
    #[error(
        "{} says how the array `P` of an .npz archive lies, and this file has none",
        Argument::Axes
    )]
    #[diagnostic(help("leave {} out", Argument::Axes))]
    NoAxes,
    /// Numbers in brackets that are not one for each reward model.
    #[error("{found} rewards in brackets for {expected}")]
    #[diagnostic(help(
        "the names below @reward_models stand between single blanks, an unnamed one is empty; each has one number in the brackets"
    ))]
    Brackets {
        /// How many stand there.
        found: usize,
        /// The reward models.
        expected: String,
        /// The brackets.
        #[label("{found} here")]
        at: SourceSpan,
    },
    /// A file of a kind that is not read.
    #[error("{kind} is not read")]
    Foreign {
        /// The kind, with its ending.
        kind: &'static str,
        /// What makes a file that is, and which are.
        #[help]
        help: String,
    },
    /// A file of a kind that is not written.
    #[error("{kind} is not written")]
    #[diagnostic(help(
        "write .yaml, .json (Gymnasium's P), .npz, .drn, .umb, .tra, .POMDP or .petsc, or name the format with {}",
        Argument::To
    ))]
    NotWritten {
        /// The kind, with its ending.
        kind: &'static str,
    },
    /// Costs are said to be costs once more, which would make the dearest policy optimal.
    #[error(
        "the file says `values: cost`, and its costs are read as rewards below 0: {} would look for the largest cost",
        Argument::Minimize
    )]
    #[diagnostic(help("leave {} out", Argument::Minimize))]
    CostsMinimized,
    /// Something given twice.
    #[error("{what} is given twice, first in line {line}")]
    #[diagnostic(help("remove one of the two; which of them is meant the format does not say"))]
    Twice {
        /// What that is, in words.
        what: String,
        /// The line of the first one.
        line: usize,
        /// The first one.
        #[label("first here")]
        first: SourceSpan,
        /// The second one.
        #[label(primary, "again here")]
        at: SourceSpan,
    },
    /// Wildcards or matrices that stand for far more transitions than the file has words.
    #[error("the file stands for more than {limit} transitions, far more than it holds")]
    #[diagnostic(help("write the transitions out one by one"))]
    TooManyTransitions {
        /// Most that a file of this size may stand for.
        limit: usize,
        /// Where it became too much.
        #[label("too much by here")]
        at: SourceSpan,
    },
    /// What is seen after an action has led to a state is no distribution.
    #[error("the observations after {action} has led to {state} sum to {found}, not 1")]
    #[diagnostic(help("give `O: {action} : {state}` a probability for each observation"))]
    ObservationSum {
        /// The action.
        action: String,
        /// The state that is entered.
        state: String,
        /// The sum.
        found: String,
        /// The row, or where the observations are listed.
        #[label("here")]
        at: SourceSpan,
    },
    /// A controller was asked for where every state is seen.
    #[error(
        "{} is for models with observations, and this one has none",
        Argument::Nodes
    )]
    #[diagnostic(help("leave it out: policies see the states"))]
    NoObservations,
    /// A model as a controller sees it is not made.
    #[error("as a controller of {nodes} nodes sees it, the model would have {why}")]
    #[diagnostic(help("ask for fewer nodes"))]
    TooManyNodes {
        /// How many nodes.
        nodes: u32,
        /// What there would be.
        why: String,
    },
    /// An archive or array that cannot be read.
    #[error("{problem}")]
    Archive {
        /// What is wrong, in words.
        problem: String,
        /// The mend.
        #[help]
        help: Mend,
    },
    /// A file in an archive that is not there or does not fit the others.
    #[error("`{}` in the archive {problem}", Shown(part))]
    #[diagnostic(help("write the file again; docs/exchange.md says what is read"))]
    Part {
        /// Its path.
        part: String,
        /// What is wrong, in words.
        problem: String,
    },
    /// An array that is not there, or has another shape or type than it should.
    #[error("the array `{}` {problem}", Shown(name))]
    Array {
        /// Its name.
        name: String,
        /// What is wrong, in words.
        problem: String,
        /// The mend.
        #[help]
        help: Mend,
    },
}

fn quoted(found: &str) -> String {
    match found {
        "" => "nothing".to_string(),
        found => format!("`{}`", Shown(found)),
    }
}

/// Why a model cannot be written in a format.
#[derive(Clone, Debug, PartialEq, thiserror::Error, miette::Diagnostic)]
pub enum ExportError {
    /// The format has the same actions in all states.
    #[error(
        "the state `{state}` has no action `{action}`, and in {format} every state has every action"
    )]
    #[diagnostic(help(
        "write it for QuantEcon ({}), Storm (.drn) or PRISM (.tra), which have action sets",
        Argument::To.to("quantecon")
    ))]
    ActionSets {
        /// The format.
        format: &'static str,
        /// s.
        state: String,
        /// a.
        action: String,
    },
    /// The archive could not be made.
    #[error("cannot make the archive: {problem}")]
    Archive {
        /// Why, in words.
        problem: String,
    },
}
