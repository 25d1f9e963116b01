//! Which objects can be held against their exact values, and the axes of their arrays.

use std::str::FromStr;

use crate::error::Error;
use crate::policy::Policy;

/// An object of the theory that can be judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Formula {
    /// v \[S\], for the average reward the bias.
    V,
    /// q \[SA\].
    Q,
    /// A \[SA\].
    Advantage,
    /// ρ^π(s) \[S\].
    Occupancy,
    /// ρ^π(s, a) \[SA\].
    PairOccupancy,
    /// ∂v/∂θ [S, d].
    Jacobian,
    /// ∇²J [d, d].
    Hessian,
    /// F [d, d].
    Fisher,
    /// F⁺∇J \[d\].
    Natural,
    /// The mean of an estimator on one trajectory \[d\].
    Mean,
    /// Its covariance [d, d].
    Covariance,
}

impl Formula {
    /// All quantities that can be judged.
    pub const ALL: [Formula; 11] = [
        Formula::V,
        Formula::Q,
        Formula::Advantage,
        Formula::Occupancy,
        Formula::PairOccupancy,
        Formula::Jacobian,
        Formula::Hessian,
        Formula::Fisher,
        Formula::Natural,
        Formula::Mean,
        Formula::Covariance,
    ];

    /// Its name, under which reports have it.
    pub fn name(self) -> &'static str {
        match self {
            Formula::V => "v",
            Formula::Q => "q",
            Formula::Advantage => "advantage",
            Formula::Occupancy => "occupancy",
            Formula::PairOccupancy => "pair_occupancy",
            Formula::Jacobian => "jacobian",
            Formula::Hessian => "hessian",
            Formula::Fisher => "fisher",
            Formula::Natural => "natural",
            Formula::Mean => "mean",
            Formula::Covariance => "covariance",
        }
    }

    /// What its rows are counted by, and its columns if it has any.
    pub fn axes(self) -> (FormulaAxis, Option<FormulaAxis>) {
        match self {
            Formula::V | Formula::Occupancy => (FormulaAxis::State, None),
            Formula::Q | Formula::Advantage | Formula::PairOccupancy => (FormulaAxis::Pair, None),
            Formula::Jacobian => (FormulaAxis::State, Some(FormulaAxis::Parameter)),
            Formula::Natural | Formula::Mean => (FormulaAxis::Parameter, None),
            Formula::Hessian | Formula::Fisher | Formula::Covariance => {
                (FormulaAxis::Parameter, Some(FormulaAxis::Parameter))
            }
        }
    }

    /// Whether it belongs to an estimator.
    pub fn is_of_a_law(self) -> bool {
        matches!(self, Formula::Mean | Formula::Covariance)
    }
}

/// What numbers are counted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormulaAxis {
    /// States.
    State,
    /// State-action pairs.
    Pair,
    /// Parameters.
    Parameter,
}

impl FormulaAxis {
    /// What has a name along it.
    pub(in crate::judge) fn called(self) -> &'static str {
        match self {
            FormulaAxis::State => "state",
            FormulaAxis::Pair => "pair of state and action",
            FormulaAxis::Parameter => "parameter",
        }
    }

    /// The names along it.
    pub fn labels(self, policy: &Policy) -> Vec<String> {
        let space = policy.space();
        self.names(policy, space.states(), space.pairs())
    }

    /// The names along it at one time of a horizon that is unrolled, as the model itself has them.
    pub(crate) fn labels_at_once(self, policy: &Policy) -> Vec<String> {
        let space = policy.space();
        self.names(policy, space.states_at_once(), space.pairs_at_once())
    }

    /// The first names along it, without a time where they are those of one time.
    fn names(self, policy: &Policy, states: usize, pairs: usize) -> Vec<String> {
        let space = policy.space();
        let name = |state: usize| {
            let name = space.state_names().get(state).into_owned();
            match name.strip_suffix("@0") {
                Some(name) if states < space.states() => name.to_string(),
                _ => name,
            }
        };
        match self {
            FormulaAxis::State => (0..states).map(name).collect(),
            FormulaAxis::Pair => {
                let pair = |pair| {
                    let (state, action) = (space.state_of(pair), space.action_of(pair));
                    format!("({}, {})", name(state), space.action_names().get(action))
                };
                (0..pairs).map(pair).collect()
            }
            FormulaAxis::Parameter => policy.labels(),
        }
    }
}

impl FromStr for Formula {
    type Err = Error;

    fn from_str(name: &str) -> Result<Formula, Error> {
        let found = Formula::ALL
            .into_iter()
            .find(|formula| formula.name() == name);
        found.ok_or_else(|| Error::Argument {
            name: "the formula",
            found: name.into(),
            expected: "v, q, advantage, occupancy, pair_occupancy, jacobian, hessian, fisher, natural, mean or covariance",
        })
    }
}
