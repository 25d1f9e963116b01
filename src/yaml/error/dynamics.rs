//! What is wrong with a model given by formulas.

use miette::SourceSpan;

use crate::model::error::{Shown, SumMend};
use crate::number::Number;

/// What is wrong with a model given by formulas.
#[derive(Clone, Debug, PartialEq, thiserror::Error, miette::Diagnostic)]
pub enum DynamicsError {
    /// `dynamics` without numbers to speak of.
    #[error("`dynamics` speaks of numbers, and these `{key}` are none")]
    #[diagnostic(help(
        "write `{key}: {{from: -1, to: 1, steps: 41}}`, or a list of numbers in increasing order"
    ))]
    NoNumbers {
        /// `states` or `actions`.
        key: &'static str,
        /// `dynamics`.
        #[label("in numbers")]
        at: SourceSpan,
    },
    /// A formula that cannot be read.
    #[error("`{path}` is no formula: {}", Shown(why))]
    #[diagnostic(help(
        "a formula is made of numbers, the variables, + - * / ^ and functions: `9/10*s + a/2 + w`"
    ))]
    Formula {
        /// Where, by the keys that lead there.
        path: String,
        /// What is wrong with it.
        why: String,
        /// The formula.
        #[label("here")]
        at: SourceSpan,
    },
    /// An axis of the states without a formula.
    #[error("`{path}` has no formula for the axis `{}`", Shown(axis))]
    #[diagnostic(help(
        "every axis of the states has a formula under its name; `{axis}: {axis}` leaves it as it is"
    ))]
    NoFormula {
        /// Where, by the keys that lead there.
        path: String,
        /// The axis.
        axis: String,
        /// The formulas of the others.
        #[label("`{axis}` is not here")]
        at: SourceSpan,
    },
    /// A formula without a value.
    #[error("`{key}` {why}, in `{}` under `{}`", Shown(state), Shown(action))]
    #[diagnostic(help("change the formula, or the grid, so that it has a value at every point"))]
    Undefined {
        /// `next` or `reward`.
        key: &'static str,
        /// s.
        state: String,
        /// a.
        action: String,
        /// In words.
        why: String,
        /// `dynamics`.
        #[label("here")]
        at: SourceSpan,
    },
    /// Probabilities of the noise that are no distribution.
    #[error("`dynamics.noise` sums to {sum}, not 1")]
    NoiseSum {
        /// What they sum to.
        sum: Number,
        /// The mend.
        #[help]
        help: Option<SumMend>,
        /// The noise.
        #[label("sums to {sum}")]
        at: SourceSpan,
    },
    /// A grid that would fill the memory.
    #[error("the grid's outcomes take about {bytes:.1e} bytes: more memory than is free")]
    #[diagnostic(help("take fewer steps"))]
    LargeDynamics {
        /// What they take, about.
        bytes: f64,
        /// `dynamics`.
        #[label("on this grid")]
        at: SourceSpan,
    },
}
