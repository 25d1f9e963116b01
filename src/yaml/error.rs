//! One thing wrong with a text in YAML.

mod dynamics;
mod observations;
mod players;

use miette::SourceSpan;

use crate::mend::Mend;
use crate::model::error::{Found, NameList, NameOf, Shown, Suggestion, TooLarge};
use crate::model::garnet::GarnetError;
use crate::number::LiteralError;

pub use dynamics::DynamicsError;
pub use observations::ObservationsError;
pub use players::PlayersError;

/// One thing wrong with a model file or a policy file, with its place and its mend; what is particular
/// to models by formulas, of observations and of players is a [`DynamicsError`], an
/// [`ObservationsError`] or a [`PlayersError`].
#[derive(Clone, Debug, PartialEq, thiserror::Error, miette::Diagnostic)]
pub enum YamlError {
    /// A name that a reward cannot have.
    #[error("`{}` cannot be the name of a reward", Shown(found))]
    #[diagnostic(help("a name has 1 to 128 characters, none of them a control character"))]
    BadRewardName {
        /// As written.
        found: String,
        /// Where in the text.
        #[label("not a name")]
        at: SourceSpan,
    },
    /// Longer than offsets reach.
    #[error(transparent)]
    #[diagnostic(transparent)]
    TooLarge(#[from] TooLarge),
    /// Nothing in it.
    #[error("the file is empty")]
    #[diagnostic(help("{needs}"))]
    Empty {
        /// What it should hold.
        needs: &'static str,
    },
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
        help: Mend,
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
        /// What would do in its place.
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
        /// Why it is none.
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
    /// A report without values, in place of a function of the state.
    #[error("this report holds no values `v`")]
    #[diagnostic(help("{}", Mend::report_with_values()))]
    ReportWithoutValues {
        /// Its top.
        #[label("a report without `v`")]
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
        /// Where the number stands.
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
    #[diagnostic(help("{}", Mend::made_twice(generator)))]
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
        problem: GarnetError,
        /// `garnet`.
        #[label("{problem}")]
        at: SourceSpan,
    },
    /// Where a probability cannot lie.
    #[error("`{path}`: {why}")]
    #[diagnostic(help(
        "write `next: [low, high]` with 0 ≤ low ≤ p ≤ high ≤ 1 for every state to which `transitions` leads there"
    ))]
    Interval {
        /// The keys down to it.
        path: String,
        /// What is wrong, in words.
        why: String,
        /// Where it stands.
        #[label("{why}")]
        at: SourceSpan,
    },
    /// Something in `layout:`.
    #[error("`layout` {problem}")]
    #[diagnostic(help(
        "`layout` is a list of rows, all of one length, of state names; `~` stands for a cell without a state"
    ))]
    Layout {
        /// What is wrong, in words.
        problem: &'static str,
        /// Where in the text.
        #[label("{problem}")]
        at: SourceSpan,
    },
}
