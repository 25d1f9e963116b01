//! What can be wrong with the parts of an MDP.

use crate::number::Number;

/// Why states, outcomes and rewards make no MDP.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum MdpError {
    /// Parts that do not fit together.
    #[error("{what}: {found} were given; {expected} were expected")]
    Shape {
        /// Which, and for what there must be one each.
        what: &'static str,
        /// How many were given.
        found: usize,
        /// How many there must be.
        expected: usize,
    },
    /// The actions of a state.
    #[error(
        "the actions of `{state}` are {found:?}; they must increase and be below {actions}, the number of actions"
    )]
    Actions {
        /// The state.
        state: String,
        /// Its actions.
        found: Vec<u32>,
        /// How many actions there are.
        actions: usize,
    },
    /// A next state that there is not.
    #[error("`{state}/{action}` leads to state {found}, and there are {states}, counted from 0")]
    NextState {
        /// The state.
        state: String,
        /// The action.
        action: String,
        /// The number of the next state.
        found: usize,
        /// How many states there are.
        states: usize,
    },
    /// A negative probability.
    #[error("{whose} has a probability of {}, below 0", .found.to_f64())]
    Negative {
        /// The row, or ρ₀.
        whose: String,
        /// The probability.
        found: Number,
    },
    /// A number that is infinite, or none.
    #[error("{whose} has a number that is infinite or not a number")]
    NotFinite {
        /// The row, ρ₀, or the discount.
        whose: String,
    },
    /// Probabilities that do not sum to 1.
    #[error("the probabilities of {whose} sum to {}, not 1", .found.to_f64())]
    Sum {
        /// The row, or ρ₀.
        whose: String,
        /// Their sum.
        found: Number,
    },
    /// γ outside its range.
    #[error("the discount is {}; under this criterion it must be {expected}", .found.to_f64())]
    Discount {
        /// γ.
        found: Number,
        /// The range, in words.
        expected: &'static str,
    },
    /// A horizon of no step.
    #[error("the horizon is 0; at least one step is needed")]
    Horizon,
}
