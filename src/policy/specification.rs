//! A policy as written in a file: exact numbers, names already resolved to pairs.

use crate::number::Number;

/// Which parametrization, as files and flags spell it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Tabular softmax.
    #[default]
    Softmax,
    /// |A(s)| − 1 free probabilities per state.
    Direct,
    /// |A(s)| probabilities per state, on the simplex.
    Simplex,
    /// Softmax of features.
    LogLinear,
    /// Power transform.
    Escort,
}

/// A policy block with its numbers exact; what was left out is `None`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Specification {
    /// How θ makes probabilities.
    pub parametrization: Kind,
    /// τ > 0; softmax and log-linear.
    pub temperature: Option<Number>,
    /// β ≥ 1; escort.
    pub power: Option<Number>,
    /// θ [d], in the parametrization's order.
    pub theta: Option<Vec<Number>>,
    /// π(a|s) [SA].
    pub probabilities: Option<Vec<Number>>,
    /// φ [SA][d] and the features' names; log-linear.
    pub features: Option<Features>,
    /// ε of the mixture with the uniform policy, in [0, 1].
    pub mix: Option<Number>,
}

/// Features of a log-linear policy.
#[derive(Clone, Debug, PartialEq)]
pub struct Features {
    /// One name per feature, if they have names.
    pub names: Option<Vec<String>>,
    /// One row per pair, all of one length d.
    pub rows: Vec<Vec<Number>>,
}
