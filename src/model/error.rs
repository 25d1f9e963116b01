//! One thing wrong with a model, with its mend; and the same with its place in a text.

mod wording;

pub use wording::{DidYouMean, Found, NameList, NameOf, Rounding, Suggestion, SumMend};
use wording::{Further, Total};
pub(crate) use wording::{Short, Shown, visible_lines};
pub use wording::{in_order, turns, visible};

use std::error::Error;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use miette::{Diagnostic, LabeledSpan, SourceSpan};

use crate::mend::{Front, Mend};
use crate::number::{Literal, Number};

/// One thing wrong with a model, whoever made it: which state and action, what was found, what was
/// expected, and (as [`Diagnostic::help`]) the mend.
#[derive(Clone, Debug, PartialEq, thiserror::Error, miette::Diagnostic)]
pub enum DraftError {
    /// p(s'|s, a) < 0.
    #[error(
        "the probability of {state}/{action} → {next} is negative: {}",
        Literal(found)
    )]
    NegativeProbability {
        /// s.
        state: String,
        /// a.
        action: String,
        /// s'.
        next: String,
        /// p(s'|s, a).
        found: Number,
    },
    /// Σ p(s'|s, a) ≠ 1.
    #[error("row {state}/{action} sums to {}, not 1", Total(sum))]
    RowSum {
        /// s.
        state: String,
        /// a.
        action: String,
        /// Σ p(s'|s, a).
        sum: Number,
        /// The mend.
        #[help]
        help: SumMend,
    },
    /// Alive states without actions.
    #[error("not terminal, but without an action: {states}")]
    NoAction {
        /// The states.
        states: NameList,
        /// The mend, in the words of the file's format.
        #[help]
        help: Mend,
    },
    /// A terminal state with transitions.
    #[error("the terminal state `{state}` has transitions")]
    #[diagnostic(help(
        "a terminal state has no actions: remove its transitions, or take it out of `terminal`"
    ))]
    TerminalTransitions {
        /// The state.
        state: String,
    },
    /// A terminal state with a reward of its own.
    #[error("the terminal state `{state}` has rewards")]
    #[diagnostic(help(
        "a terminal state pays nothing: put the reward on the transitions that enter it, as r(s, a, s')"
    ))]
    TerminalReward {
        /// The state.
        state: String,
    },
    /// A reward, policy entry or the like for an action outside A(s).
    #[error("the state `{state}` has no action `{action}`")]
    NotInActionSet {
        /// s.
        state: String,
        /// a.
        action: String,
        /// A(s), in words.
        #[help]
        help: Suggestion,
    },
    /// More rows like the one before them.
    #[error("{} off by rounding in the same way", Further(*count))]
    FurtherRows {
        /// How many.
        count: usize,
    },
    /// ρ₀(s) < 0.
    #[error("the initial weight of `{state}` is negative: {}", Literal(found))]
    NegativeInitial {
        /// s.
        state: String,
        /// ρ₀(s).
        found: Number,
    },
    /// Σ ρ₀ ≠ 1.
    #[error("`initial` sums to {}, not 1", Total(sum))]
    InitialSum {
        /// Σ ρ₀.
        sum: Number,
        /// The mend.
        #[help]
        help: SumMend,
    },
    /// ρ₀ on terminal states alone.
    #[error("`initial` starts in terminal states only, so nothing ever happens")]
    #[diagnostic(help("start in at least one state that is not terminal"))]
    InitialTerminal,
    /// No state has an action.
    #[error("all states are terminal, so that nothing ever happens")]
    AllTerminal {
        /// The mend.
        #[help]
        help: Mend,
    },
    /// γ outside [0, 1].
    #[error("the discount must lie in [0, 1], but is {}", Short(found))]
    DiscountRange {
        /// γ.
        found: Number,
    },
    /// T < 1 or not a whole number.
    #[error("the horizon must be a whole number of at least 1, but is {found}")]
    HorizonRange {
        /// T.
        found: String,
    },
    /// Keys that contradict each other.
    #[error("the criterion `{criterion}` does not go with {with}")]
    CriterionConflict {
        /// What is asked for.
        criterion: &'static str,
        /// What contradicts it.
        with: String,
        /// The mend.
        #[help]
        help: &'static str,
    },
    /// A name that no state or action has.
    #[error("unknown {of} `{}`", Shown(found))]
    UnknownName {
        /// State or action.
        of: NameOf,
        /// As written.
        found: String,
        /// The mend, or the names there are.
        #[help]
        help: Suggestion,
    },
    /// A name that cannot be one.
    #[error("`{}` cannot be the name of a {of}", Shown(found))]
    #[diagnostic(help(
        "a name has 1 to {} characters, none of them a control character",
        super::names::LONGEST
    ))]
    BadName {
        /// State or action.
        of: NameOf,
        /// As written.
        found: String,
    },
    /// `states: []`, `states: 0`.
    #[error("a model needs at least one {of}")]
    NoNames {
        /// State or action.
        of: NameOf,
    },
    /// Two states or actions of one name.
    #[error("the {of} `{}` is listed twice", Shown(name))]
    #[diagnostic(help("remove one of the two, or rename it"))]
    RepeatedName {
        /// State or action.
        of: NameOf,
        /// The name.
        name: String,
    },
    /// A terminal state that goes on or pays.
    #[error(
        "the terminal state `{}` has transitions that leave it or pay",
        Shown(state)
    )]
    #[diagnostic(help("let it stay where it is for a reward of 0, or do not mark it as terminal"))]
    TerminalMoves {
        /// Its name.
        state: String,
    },
    /// A probability, reward, weight or discount that is no number.
    #[error("{what} should be a number, but is `{}`", Shown(found))]
    #[diagnostic(help(
        "a number is a finite {}, or a text: an integer, a decimal, a scientific literal or a fraction, \"9/10\"",
        Front::speaking().choose("`f64`", "float", "`f64`")
    ))]
    NotANumber {
        /// What it would be, with state and action.
        what: String,
        /// As given.
        found: String,
    },
    /// Arrays whose sizes do not belong together.
    #[error("{what} has {found}, not {expected}")]
    #[diagnostic(help(
        "rows of p are [S, A, S], [A, S, S] or one for each pair; rewards r(s) [S], r(s, a) [S, A] or, in the layout of p, r(s, a, s')"
    ))]
    Shape {
        /// The array.
        what: &'static str,
        /// Its size.
        found: String,
        /// The size that would do.
        expected: String,
    },
    /// Several states are marked as the start.
    #[error("the file marks several states as initial, without weights: {states}")]
    SeveralStarts {
        /// The states.
        states: NameList,
        /// The mend.
        #[help]
        help: Mend,
    },
    /// A name that no reward has.
    #[error("the model has no reward `{}`", Shown(found))]
    UnknownReward {
        /// What was asked for, as it was written.
        found: String,
        /// The mend, or the names there are.
        #[help]
        help: Suggestion,
    },
    /// A reward is chosen where there is one.
    #[error("the model has one reward, without a name")]
    #[diagnostic(help(
        "name several in the model file, as `rewards: {{gain: {{hot: 1}}, risk: {{hot: {{heat: 2}}}}}}`"
    ))]
    OneReward,
    /// What should combine rewards does not.
    #[error("`{}` is no sum of rewards", Shown(found))]
    #[diagnostic(help("write it as `gain - 1/2*risk`, with spaces around + and −"))]
    BadRewardSum {
        /// As given.
        found: String,
    },
    /// A part that a model cannot do without.
    #[error("the {from} does not say {what}")]
    Missing {
        /// `file` or `draft`; `model` where Python speaks.
        from: &'static str,
        /// `where episodes start`, ….
        what: &'static str,
        /// The mend.
        #[help]
        help: Mend,
    },
}

impl DraftError {
    /// The error, and where in a text.
    pub(crate) fn at(self, at: impl Into<Option<SourceSpan>>) -> Placed {
        Placed {
            error: self,
            at: at.into(),
        }
    }

    /// What stands beside the place.
    fn label(&self) -> String {
        match self {
            DraftError::NegativeProbability { .. } | DraftError::NegativeInitial { .. } => {
                "below 0".into()
            }
            DraftError::RowSum { sum, .. } | DraftError::InitialSum { sum, .. } => {
                format!("sums to {}", Total(sum))
            }
            DraftError::NoAction { states, .. } => format!("nothing here about {states}"),
            DraftError::TerminalTransitions { .. } | DraftError::TerminalReward { .. } => {
                "terminal".into()
            }
            DraftError::NotInActionSet { .. } => "not in its transitions".into(),
            DraftError::InitialTerminal | DraftError::AllTerminal { .. } => "all terminal".into(),
            DraftError::DiscountRange { .. } => "outside [0, 1]".into(),
            DraftError::HorizonRange { .. } => "not a number of steps".into(),
            DraftError::CriterionConflict { criterion, .. } => {
                format!("contradicts `{criterion}`")
            }
            DraftError::UnknownName { of, .. } => format!("not in `{}`", of.key()),
            DraftError::BadName { .. } => "not a name".into(),
            DraftError::NoNames { .. } => "none here".into(),
            DraftError::TerminalMoves { .. } => "leaves or pays".into(),
            DraftError::RepeatedName { .. } => "again".into(),
            DraftError::NotANumber { .. } => "no number".into(),
            DraftError::UnknownReward { .. }
            | DraftError::FurtherRows { .. }
            | DraftError::OneReward
            | DraftError::BadRewardSum { .. }
            | DraftError::Shape { .. }
            | DraftError::SeveralStarts { .. }
            | DraftError::Missing { .. } => "here".into(),
        }
    }
}

/// A [`DraftError`] and where in a text it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Placed {
    /// What is wrong.
    pub error: DraftError,
    /// Where, if it stands in a text.
    pub at: Option<SourceSpan>,
}

impl fmt::Display for Placed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl std::error::Error for Placed {}

impl Diagnostic for Placed {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.error.help()
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let label = |at| LabeledSpan::new_with_span(Some(self.error.label()), at);
        Some(Box::new(self.at.map(label).into_iter()))
    }
}

/// One thing wrong with a file: of its bytes ([`FileError`](super::FileError)), of its YAML
/// ([`YamlError`](crate::yaml::YamlError)), of a format of another program
/// ([`ExchangeError`](crate::exchange::ExchangeError)), or of the model that it describes ([`Placed`]).
///
/// It reads as any of them, with place and mend; [`ModelError::of`] asks which it is.
#[derive(Clone)]
pub struct ModelError(Arc<dyn Diagnostic + Send + Sync>);

impl ModelError {
    /// The error itself, if it is one of this kind.
    pub fn of<E: Error + 'static>(&self) -> Option<&E> {
        let error: &(dyn Error + 'static) = &*self.0;
        error.downcast_ref()
    }
}

impl<E: Diagnostic + Send + Sync + 'static> From<E> for ModelError {
    fn from(error: E) -> ModelError {
        ModelError(Arc::new(error))
    }
}

impl Deref for ModelError {
    type Target = dyn Diagnostic + Send + Sync;

    fn deref(&self) -> &Self::Target {
        &*self.0
    }
}

impl fmt::Debug for ModelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for ModelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// A text longer than offsets reach.
#[derive(Clone, Debug, PartialEq, thiserror::Error, miette::Diagnostic)]
#[error("the file has {bytes} bytes; a model file may have 4 GiB")]
pub struct TooLarge {
    /// Its size.
    pub bytes: usize,
}
