//! What can be wrong with a policy block.

use miette::SourceSpan;

use crate::mend::Argument;
use crate::model::error::{NameList, SumMend};
use crate::number::{Literal, Number};
use crate::policy::PolicyError;

/// One thing wrong with a policy.
#[derive(Clone, Debug, PartialEq, thiserror::Error, miette::Diagnostic)]
pub enum PolicyFileError {
    /// A key that the parametrization does not have.
    #[error("the parametrization `{parametrization}` does not take `{key}`")]
    KeyNotTaken {
        /// The key.
        key: &'static str,
        /// The parametrization.
        parametrization: &'static str,
        /// The keys it takes.
        #[help]
        help: Takes,
        /// The key.
        #[label("not for `{parametrization}`")]
        at: SourceSpan,
    },
    /// A model file that has no policy.
    #[error("this is a model file without `policy`")]
    #[diagnostic(help(
        "name a file that says what the policy is, or leave the policy out: the uniform one is meant then"
    ))]
    NoPolicy {
        /// What only models have.
        #[label("of a model")]
        at: SourceSpan,
    },
    /// `theta` and `probabilities`.
    #[error("the policy has `theta` and `probabilities`")]
    #[diagnostic(help("each says what the policy is: give one of them"))]
    ThetaAndProbabilities {
        /// `probabilities`.
        #[label(primary, "probabilities")]
        at: SourceSpan,
        /// `theta`.
        #[label("theta")]
        theta: SourceSpan,
    },
    /// `theta` and a part of it.
    #[error("the policy has `theta` and `{key}`")]
    #[diagnostic(help("`theta` lists the means and then every log σ: give it or them"))]
    ThetaBeside {
        /// `mean` or `log_sigma`.
        key: &'static str,
        /// Its value.
        #[label(primary, "`{key}`")]
        at: SourceSpan,
        /// `theta`.
        #[label("theta")]
        theta: SourceSpan,
    },
    /// A controller that does not fit the model, or whose laws are none.
    #[error("{why}")]
    Controller {
        /// Why, in words.
        why: PolicyError,
        /// The block, or its probabilities.
        #[label("here")]
        at: SourceSpan,
    },
    /// Laws of a controller that nothing is said of.
    #[error("`{table}` says nothing about {missing}")]
    #[diagnostic(help(
        "give a law for each node, and for all that may have been seen last, `(start)` before the first step; what a law of probabilities leaves out is 0"
    ))]
    LawsMissing {
        /// `theta` or `probabilities`.
        table: &'static str,
        /// Parameters.
        missing: NameList,
        /// The table.
        #[label("incomplete")]
        at: SourceSpan,
    },
    /// Formulas in states that are no numbers.
    #[error("features by formula need states that are numbers")]
    #[diagnostic(help("give every state a row, `features: {{cold: [1, 0], hot: [0, 1]}}`"))]
    NoNumbers {
        /// The features.
        #[label("in numbers")]
        at: SourceSpan,
    },
    /// A key that the parametrization cannot do without.
    #[error("the parametrization `{parametrization}` needs `{key}`")]
    Missing {
        /// The key.
        key: &'static str,
        /// The parametrization.
        parametrization: &'static str,
        /// The block.
        #[label("no `{key}` here")]
        at: SourceSpan,
    },
    /// A policy of players for a model without them.
    #[error("a factored policy is for a model with `players`, and this one has none")]
    #[diagnostic(help(
        "a game names its players: `players: {{row: [heads, tails], column: [heads, tails]}}`"
    ))]
    NoPlayers {
        /// The block.
        #[label("of players")]
        at: SourceSpan,
    },
    /// A policy in time for a model without a horizon.
    #[error("a policy with a rule for each time needs a horizon, and the model has none")]
    #[diagnostic(help(
        "add `{}`, or `horizon: {rules}` to the model",
        Argument::Horizon.to(rules)
    ))]
    InTime {
        /// How many rules there are.
        rules: usize,
        /// `by_time`.
        #[label("for a horizon")]
        at: SourceSpan,
    },
    /// One rule for each of more times than there is memory for.
    #[error("a rule for each of {horizon} steps takes about {gigabytes:.0} GB of memory")]
    #[diagnostic(help(
        "give a shorter horizon; without a policy every step has the uniform one, which takes no memory"
    ))]
    RulesTooMany {
        /// T.
        horizon: usize,
        /// What the rules take.
        gigabytes: f64,
        /// The rule.
        #[label("for each time")]
        at: SourceSpan,
    },
    /// Rules of a policy in time that are of different kinds.
    #[error("the rule of t = {time} is of another `{key}` than that of t = 0")]
    #[diagnostic(help(
        "all rules have one parametrization, temperature, power and mixture, and are given by `theta` or all by `probabilities`"
    ))]
    RuleDiffers {
        /// t.
        time: usize,
        /// In what.
        key: &'static str,
        /// The rule.
        #[label("of another `{key}`")]
        at: SourceSpan,
    },
    /// A report on another model.
    #[error(
        "the report is on other states and actions: it has {found} where the model has {expected}"
    )]
    #[diagnostic(help("a policy in a report lists its numbers in the order of its own pairs"))]
    OtherPairs {
        /// What stands in the report.
        found: String,
        /// What the model has in its place.
        expected: String,
        /// The pair.
        #[label("not the model's")]
        at: SourceSpan,
    },
    /// A list in the order of another model.
    #[error(
        "the list goes by the states and actions of its own file, which has {found} where the model has {expected}"
    )]
    #[diagnostic(help("give the numbers by name: {{state: {{action: number, ...}}, ...}}"))]
    OtherOrder {
        /// What the file has.
        found: String,
        /// What the model has in its place.
        expected: String,
        /// The list.
        #[label("in another order")]
        at: SourceSpan,
    },
    /// States or pairs left out of a table.
    #[error("`{table}` says nothing about {missing}")]
    #[diagnostic(help("give every pair of a state that is not terminal an entry"))]
    Incomplete {
        /// `theta`, `probabilities` or `features`.
        table: &'static str,
        /// States or pairs.
        missing: NameList,
        /// The table.
        #[label("incomplete")]
        at: SourceSpan,
    },
    /// A state of the policy that is terminal.
    #[error("the terminal state `{state}` has no policy")]
    #[diagnostic(help("remove it"))]
    Terminal {
        /// The state.
        state: String,
        /// Its key.
        #[label("terminal")]
        at: SourceSpan,
    },
    /// A flat list of the wrong length.
    #[error("`{table}` has {found} instead of {expected} entries: {each}")]
    Count {
        /// `theta`, `probabilities` or `features`.
        table: &'static str,
        /// Entries in the file.
        found: usize,
        /// Entries needed.
        expected: usize,
        /// What an entry stands for.
        each: &'static str,
        /// The list.
        #[label("{found} instead of {expected}")]
        at: SourceSpan,
    },
    /// π(a|s) < 0.
    #[error(
        "the probability of `{action}` in `{state}` is negative: {}",
        Literal(found)
    )]
    Negative {
        /// s.
        state: String,
        /// a.
        action: String,
        /// π(a|s).
        found: Number,
        /// Where the number stands.
        #[label("below 0")]
        at: SourceSpan,
    },
    /// Σ π(a|s) ≠ 1.
    #[error("the probabilities in `{state}` sum to {sum}, not 1")]
    Sum {
        /// s.
        state: String,
        /// Σ π(a|s).
        sum: Number,
        /// The mend.
        #[help]
        help: SumMend,
        /// The probabilities of the state.
        #[label("sum to {sum}")]
        at: SourceSpan,
    },
    /// The free parameters of `direct` leave less than nothing for the last action.
    #[error("the parameters of `{state}` sum to {sum}, which leaves {rest} for its last action")]
    #[diagnostic(help(
        "the parameters of `direct` are the probabilities of all actions but the last: at least 0, together at most 1"
    ))]
    Rest {
        /// s.
        state: String,
        /// Their sum.
        sum: Number,
        /// 1 − sum.
        rest: Number,
        /// The list.
        #[label("no distribution in `{state}`")]
        at: SourceSpan,
    },
    /// τ ≤ 0, β < 1, ε outside [0, 1].
    #[error("`{key}` must be {expected}, but is {}", Literal(found))]
    Range {
        /// The key.
        key: &'static str,
        /// What would do in its place.
        expected: &'static str,
        /// As written.
        found: Number,
        /// Where the number stands.
        #[label("out of range")]
        at: SourceSpan,
    },
    /// Feature rows of unequal length.
    #[error("the features of {pair} are {found}, those of {first} are {expected}")]
    #[diagnostic(help("every pair has the same number of features"))]
    FeatureLength {
        /// The pair.
        pair: String,
        /// Its features.
        found: usize,
        /// The first pair.
        first: String,
        /// Its features.
        expected: usize,
        /// The row.
        #[label("{found} features")]
        at: SourceSpan,
    },
    /// A feature that θ, given by names, has no number for.
    #[error("`theta` lacks {missing}")]
    #[diagnostic(help("θ has one number for each feature"))]
    WeightMissing {
        /// The features' names.
        missing: NameList,
        /// θ.
        #[label("lacks {missing}")]
        at: SourceSpan,
    },
    /// A feature left out of a row with names.
    #[error("the features of {pair} lack {missing}")]
    #[diagnostic(help("every pair names the same features; write 0 where one is absent"))]
    FeatureMissing {
        /// The pair.
        pair: String,
        /// The names.
        missing: NameList,
        /// The row.
        #[label("lacks {missing}")]
        at: SourceSpan,
    },
}

/// The keys of a parametrization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Takes(pub NameList);

impl std::fmt::Display for Takes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "it takes {}", self.0)
    }
}
