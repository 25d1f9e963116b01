//! What can be wrong with a policy.

use super::Kind;
use crate::mend::{Argument, Mend};
use crate::number::Number;

/// Why a policy cannot be built.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PolicyError {
    /// A key that the parametrization does not take.
    #[error("a {parametrization} policy takes {taken}, not `{key}`")]
    NotTaken {
        /// The parametrization.
        parametrization: Kind,
        /// The key that was given.
        key: &'static str,
        /// The keys it takes.
        taken: &'static str,
    },
    /// θ and π are given both.
    #[error("a policy is given by `theta` or by `probabilities`, not by both")]
    Both,
    /// A log-linear policy without features.
    #[error("a log-linear policy needs `features`, one row per state-action pair")]
    NoFeatures,
    /// A feature without a name, or with one that cannot be shown.
    #[error(
        "{name:?} cannot be the name of a feature: it has a character at least, none of them a control character"
    )]
    FeatureName {
        /// The name.
        name: String,
    },
    /// Two features of one name.
    #[error("the feature {name:?} is listed twice; rename one of the two")]
    FeatureTwice {
        /// The name.
        name: String,
    },
    /// A factored policy on a model whose actions are not those of players.
    #[error("a factored policy is for a model with `players`")]
    NoPlayers,
    /// A policy by what is seen, where the states are.
    #[error(
        "a policy by {parametrization} is for a model with `observations`, seen by so many nodes; the states of this one are seen"
    )]
    NotPartlySeen {
        /// The parametrization.
        parametrization: Kind,
    },
    /// A controller of another number of nodes than the model's.
    #[error(
        "the controller has `nodes: {found}`, and the model is seen by {expected}; give the model {}, or nothing, or the policy {expected} nodes",
        Argument::Nodes.to(found)
    )]
    Nodes {
        /// The controller's.
        found: u32,
        /// The model's.
        expected: u32,
    },
    /// Laws on the simplex where states in which the same is known have different actions.
    #[error(
        "{label} belongs to states that have different actions, in which the same is known: its law has no probabilities of its own; use `laws: softmax`"
    )]
    UnequalActions {
        /// The parameter.
        label: String,
    },
    /// A negative probability in a law.
    #[error("the probability of {label} is {found}, below 0")]
    NegativeInLaw {
        /// The parameter.
        label: String,
        /// The probability.
        found: Number,
    },
    /// A law whose probabilities do not sum to 1.
    #[error("the probabilities of {label} and what else may be in its place sum to {found}, not 1")]
    LawSum {
        /// The first parameter of the law.
        label: String,
        /// Their sum, exactly.
        found: Number,
    },
    /// A softmax law given by probabilities, one of them 0.
    #[error("the probability of {label} is 0, which no softmax reaches; `laws: simplex` does")]
    ZeroInLaw {
        /// The parameter.
        label: String,
    },
    /// A list of the wrong length.
    #[error("`{key}` has {found} entries; {expected} were expected")]
    Count {
        /// The key.
        key: &'static str,
        /// How many it must have.
        expected: usize,
        /// How many it has.
        found: usize,
    },
    /// Rules of a policy in time that are of different kinds.
    #[error("the rule of t = {time} is of another `{key}` than that of t = 0")]
    RuleDiffers {
        /// t.
        time: usize,
        /// In what.
        key: &'static str,
    },
    /// A number outside its range.
    #[error("`{key}` is {found}; it must be {expected}")]
    Range {
        /// The key.
        key: &'static str,
        /// The number.
        found: Number,
        /// The range, in words.
        expected: &'static str,
    },
    /// An action that is no number.
    #[error("a gaussian policy needs actions that are numbers, and `{action}` is none")]
    NotNumbers {
        /// The action.
        action: String,
    },
    /// An infinite argument, or one that is not a number.
    #[error("`{key}` is not a finite number; it must be {expected}")]
    NoNumber {
        /// The key.
        key: &'static str,
        /// The range, in words.
        expected: &'static str,
    },
    /// A negative probability.
    #[error("the probability of `{action}` in `{state}` is {found}, below 0")]
    Negative {
        /// The state.
        state: String,
        /// The action.
        action: String,
        /// The probability.
        found: Number,
    },
    /// Probabilities of a state that do not sum to 1.
    #[error("the probabilities in `{state}` sum to {found}, not 1")]
    Sum {
        /// The state.
        state: String,
        /// Their sum, exactly.
        found: Number,
    },
    /// A softmax policy given by probabilities, one of them 0.
    #[error(
        "the probability of `{action}` in `{state}` is 0, which no softmax reaches; a direct or simplex policy does"
    )]
    Zero {
        /// The state.
        state: String,
        /// The action.
        action: String,
    },
    /// The escort transform divides by Σ|θ|ᵝ.
    #[error("all escort parameters of `{state}` are 0; one of them must not be")]
    Origin {
        /// The state.
        state: String,
    },
    /// |θ| has no derivative at 0.
    #[error("an escort policy of power 1 has no derivative where {label} is 0")]
    Kink {
        /// The parameter.
        label: String,
    },
    /// ∂²π does not exist: escort with 1 < β < 2 at θ = 0.
    #[error("an escort policy of power below 2 has no second derivative where {label} is 0")]
    NotTwiceDifferentiable {
        /// The parameter.
        label: String,
    },
    /// Over exact fractions the policy has no exact probabilities.
    #[error(
        "{function} of {number}, in `{state}`, is not a fraction, so this {parametrization} policy has no exact form; give `probabilities`, or a direct or simplex policy, or take {} for its digits",
        Argument::Certify
    )]
    Irrational {
        /// The parametrization.
        parametrization: Kind,
        /// The state.
        state: String,
        /// The function that leaves the fractions.
        function: &'static str,
        /// Its argument.
        number: Number,
    },
    /// A name that is no parameter's.
    #[error("the policy has no parameter `{found}`")]
    UnknownParameter {
        /// The name.
        found: String,
        /// The parameter that is most like it; `None` where there are none.
        near: Option<String>,
    },
    /// A parameter or a logit is infinite or not a number.
    #[error("the parameters of `{state}` are not finite numbers")]
    NotFinite {
        /// The state.
        state: String,
    },
}

impl PolicyError {
    /// What to do about it, where the sentence does not say it.
    pub fn mend(&self) -> Option<Mend> {
        match self {
            PolicyError::UnknownParameter { near, .. } => Some(match near {
                Some(near) => Mend::new(format!("parameters are called as `{near}`")),
                None => "the policy has no parameters".into(),
            }),
            PolicyError::NotNumbers { .. } => Some(
                "call the actions by their values, as `actions: [-1, 0, 1/2]`, or take another parametrization, as softmax"
                    .into(),
            ),
            _ => None,
        }
    }
}
