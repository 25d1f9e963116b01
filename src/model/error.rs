//! One thing wrong with a model, with its mend; and the same with its place in a text.

mod wording;

pub use wording::visible;
pub use wording::{DidYouMean, Found, NameList, NameOf, Rounding, Suggestion, SumMend};
pub(crate) use wording::{Short, Shown, visible_lines};

use std::fmt;

use miette::{Diagnostic, LabeledSpan, SourceSpan};

use crate::exchange::ExchangeError;
use crate::number::{Literal, LiteralError, Number};
use crate::yaml::{GridError, PolicyFileError};

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
    #[error("row {state}/{action} sums to {sum}, not 1")]
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
        help: &'static str,
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
    /// ρ₀(s) < 0.
    #[error("the initial weight of `{state}` is negative: {}", Literal(found))]
    NegativeInitial {
        /// s.
        state: String,
        /// ρ₀(s).
        found: Number,
    },
    /// Σ ρ₀ ≠ 1.
    #[error("`initial` sums to {sum}, not 1")]
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
        "a number is a finite `f64`, or a text: an integer, a decimal, a scientific literal or a fraction, \"9/10\""
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
        help: String,
    },
    /// A part that a model cannot do without.
    #[error("the {from} does not say {what}")]
    Missing {
        /// `file` or `draft`.
        from: &'static str,
        /// `where episodes start`, ….
        what: &'static str,
        /// The mend.
        #[help]
        help: &'static str,
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
                format!("sums to {sum}")
            }
            DraftError::NoAction { states, .. } => format!("nothing here about {states}"),
            DraftError::TerminalTransitions { .. } | DraftError::TerminalReward { .. } => {
                "terminal".into()
            }
            DraftError::NotInActionSet { .. } => "not in its transitions".into(),
            DraftError::InitialTerminal => "all terminal".into(),
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
            DraftError::Shape { .. }
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

/// One thing wrong with a model file or a policy file.
#[derive(Clone, Debug, PartialEq, thiserror::Error, miette::Diagnostic)]
pub enum ModelError {
    /// The file could not be read.
    #[error("cannot read the file: {reason}")]
    Unreadable {
        /// What the system says.
        reason: String,
    },
    /// The bytes are not UTF-8.
    #[error("the file is not UTF-8 text: byte {offset} (line {line}) does not belong there")]
    #[diagnostic(help("save the file as UTF-8"))]
    NotUtf8 {
        /// Bytes before the first wrong one.
        offset: usize,
        /// Its line, from 1.
        line: usize,
    },
    /// Longer than offsets reach.
    #[error("the file has {bytes} bytes; a model file may have 4 GiB")]
    FileTooLarge {
        /// Its size.
        bytes: usize,
    },
    /// Nothing in it.
    #[error("the file is empty")]
    #[diagnostic(help(
        "a model needs at least `states`, `actions`, `transitions`, `initial` and `discount`; see docs/format.md"
    ))]
    Empty,
    /// Not YAML.
    #[error("this is not YAML: {problem}")]
    Syntax {
        /// What is often the cause.
        #[help]
        help: Option<&'static str>,
        /// What the parser says.
        problem: String,
        /// Where it stopped.
        #[label("here")]
        at: SourceSpan,
    },
    /// Collections in collections in collections.
    #[error("more than {limit} lists or mappings inside each other; a model needs five")]
    TooDeep {
        /// Most that are read.
        limit: usize,
        /// The first beyond it.
        #[label("here")]
        at: SourceSpan,
    },
    /// A second document.
    #[error("a second document starts here; a model file holds one")]
    #[diagnostic(help("put each model into a file of its own"))]
    SeveralDocuments {
        /// The second `---`.
        #[label("second document")]
        at: SourceSpan,
    },
    /// A YAML tag.
    #[error("the tag `{tag}` means nothing in a model file")]
    #[diagnostic(help("remove it"))]
    Tag {
        /// As written.
        tag: String,
        /// The tagged node.
        #[label("tagged")]
        at: SourceSpan,
    },
    /// A list or mapping as a key.
    #[error("a key must be a name, not a list or a mapping")]
    CollectionAsKey {
        /// The key.
        #[label("used as a key")]
        at: SourceSpan,
    },
    /// An alias inside its own anchor.
    #[error("this alias stands inside what it stands for")]
    RecursiveAlias {
        /// The alias.
        #[label("endless")]
        at: SourceSpan,
    },
    /// Aliases that copy far more than the file holds.
    #[error("the aliases of this file stand for far more than the file holds")]
    #[diagnostic(help("write the parts out, or let a program write them"))]
    TooManyAliases {
        /// The first alias beyond the limit.
        #[label("too much by here")]
        at: SourceSpan,
    },
    /// A key twice in one mapping.
    #[error("the key `{}` appears twice", Shown(key))]
    #[diagnostic(help("remove one of the two"))]
    DuplicateKey {
        /// The key.
        key: String,
        /// The second one.
        #[label(primary, "again")]
        at: SourceSpan,
        /// The first one.
        #[label("first")]
        first: SourceSpan,
    },
    /// A key that the format does not have.
    #[error("unknown key `{}` in {within}", Shown(found))]
    UnknownKey {
        /// As written.
        found: String,
        /// The mapping: `the model`, `grid`, ….
        within: String,
        /// The mend, or the keys there are.
        #[help]
        help: Suggestion,
        /// The key.
        #[label("unknown")]
        at: SourceSpan,
    },
    /// Required keys left out.
    #[error("the model has no {keys}")]
    MissingKeys {
        /// The keys.
        keys: NameList,
        /// How to write the first of them.
        #[help]
        help: &'static str,
    },
    /// A list or a scalar at the top.
    #[error("the file should hold keys with values, but is {found}")]
    NotAMapping {
        /// What stands there.
        found: Found,
        /// Where it begins.
        #[label("{found}")]
        at: SourceSpan,
    },
    /// A value of the wrong kind.
    #[error("`{path}` should be {expected}, but is {found}")]
    WrongType {
        /// Keys from the top down.
        path: String,
        /// What would do.
        expected: &'static str,
        /// What stands there.
        found: Found,
        /// The value.
        #[label("{found}")]
        at: SourceSpan,
    },
    /// A scalar that is not a number.
    #[error("`{path}` should be a number, but `{}` is {reason}", Shown(found))]
    BadNumber {
        /// How numbers are written, where that is the fault.
        #[help]
        help: Option<&'static str>,
        /// Keys from the top down.
        path: String,
        /// As written.
        found: String,
        /// Why not.
        reason: LiteralError,
        /// The value.
        #[label("{reason}")]
        at: SourceSpan,
    },
    /// A word that is not one of the words that may stand here.
    #[error("`{path}` cannot be `{}`", Shown(found))]
    UnknownWord {
        /// Keys from the top down.
        path: String,
        /// As written.
        found: String,
        /// The mend, or the words there are.
        #[help]
        help: Suggestion,
        /// The value.
        #[label("unknown")]
        at: SourceSpan,
    },
    /// Two states or actions of one name.
    #[error("the {of} `{}` is listed twice", Shown(name))]
    #[diagnostic(help("remove one of the two, or rename it"))]
    RepeatedName {
        /// State or action.
        of: NameOf,
        /// The name.
        name: String,
        /// The second one.
        #[label(primary, "again")]
        at: SourceSpan,
        /// The first one.
        #[label("first")]
        first: SourceSpan,
    },
    /// A function of the state that says nothing about some.
    #[error("there is no number for {missing}")]
    #[diagnostic(help("only terminal states may be left out"))]
    StatesWithoutNumber {
        /// The states.
        missing: NameList,
        /// The mapping.
        #[label("incomplete")]
        at: SourceSpan,
    },
    /// `states: 10000000000` with a handful of transitions.
    #[error("{found} {of}s are more than a file with {nodes} entries describes")]
    #[diagnostic(help("every state needs transitions or must be listed under `terminal`"))]
    TooManyNames {
        /// State or action.
        of: NameOf,
        /// As written.
        found: String,
        /// Keys, names and numbers in the file.
        nodes: usize,
        /// The number.
        #[label("more than the file describes")]
        at: SourceSpan,
    },
    /// A row that is neither four nor five entries long.
    #[error(
        "a transition is [state, action, next state, probability] or, with its reward, [state, action, next state, probability, reward]; this one has {found} entries"
    )]
    RowLength {
        /// Entries.
        found: usize,
        /// The row.
        #[label("{found} entries")]
        at: SourceSpan,
    },
    /// Rewards in the rows and under `rewards`.
    #[error("rewards stand in the rows of `transitions` and under `rewards`")]
    #[diagnostic(help("give them in one of the two places"))]
    RewardsTwice {
        /// `rewards`.
        #[label(primary, "rewards here")]
        at: SourceSpan,
        /// The first row with a reward.
        #[label("and here")]
        row: SourceSpan,
    },
    /// A key that a generator makes itself.
    #[error("`{generator}` makes `{key}`, so the file cannot give it too")]
    #[diagnostic(help(
        "remove one of the two; `exact-mdp convert` writes down what `{generator}` makes"
    ))]
    GeneratedKey {
        /// `grid` or `garnet`.
        generator: &'static str,
        /// The other key.
        key: &'static str,
        /// The other key.
        #[label("also made by `{generator}`")]
        at: SourceSpan,
    },
    /// Generator sizes out of reach.
    #[error("garnet: {problem}")]
    Garnet {
        /// What is wrong with the options.
        problem: crate::model::garnet::GarnetError,
        /// `garnet`.
        #[label("{problem}")]
        at: SourceSpan,
    },
    /// Something in `grid:`.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Grid(#[from] GridError),
    /// Something in `layout:`.
    #[error("`layout` {problem}")]
    #[diagnostic(help(
        "`layout` is a list of rows, all of one length, of state names; `~` stands for a cell without a state"
    ))]
    Layout {
        /// What is wrong.
        problem: &'static str,
        /// Where.
        #[label("{problem}")]
        at: SourceSpan,
    },
    /// Something in the policy.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Policy(#[from] PolicyFileError),
    /// Something wrong with the model itself.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Draft(#[from] Placed),
    /// Something in a file of another program.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Exchange(#[from] ExchangeError),
}
