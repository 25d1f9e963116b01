//! What every report begins with: the model, its names and numbering, the criterion, the policy.

use std::sync::Arc;

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use super::{Bounds, CriterionReport, Quantity};
use crate::field::Field;
use crate::mdp::{Mdp, Space};
use crate::policy::Policy;

/// The head of a report. In JSON it is six keys: `model`, `states`, `actions`, `pairs`,
/// `criterion`, `policy`.
#[derive(Clone, Debug)]
pub struct Head {
    /// The model's name.
    pub model: String,
    /// States, actions and pairs, in the order of every vector of the report.
    pub space: Arc<Space>,
    /// What is maximised.
    pub criterion: CriterionReport,
    /// The policy.
    pub policy: PolicyReport,
}

impl Head {
    /// The head of a report on a policy in a model.
    pub fn new<F: Field>(mdp: &Mdp<F>, policy: &Policy<F>) -> Head {
        Head {
            model: mdp.name().to_string(),
            space: Arc::clone(mdp.space()),
            criterion: CriterionReport::new(mdp.criterion()),
            policy: PolicyReport::new(policy),
        }
    }

    /// The bounds of the policy's numbers, which others follow.
    pub fn proven(&self) -> Bounds {
        let policy = Bounds::default()
            .some_vector("theta", self.policy.theta.as_ref())
            .vector("probabilities", &self.policy.probabilities);
        Bounds::default().object("policy", policy)
    }
}

impl Serialize for Head {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut head = serializer.serialize_struct("Head", 6)?;
        head.serialize_field("model", &self.model)?;
        head.serialize_field("states", &StateNames(&self.space))?;
        head.serialize_field("actions", &ActionNames(&self.space))?;
        head.serialize_field("pairs", &PairNames(&self.space))?;
        head.serialize_field("criterion", &self.criterion)?;
        head.serialize_field("policy", &self.policy)?;
        head.end()
    }
}

// The names are written from the space one by one: a large model has no copy of them.
struct StateNames<'a>(&'a Space);
struct ActionNames<'a>(&'a Space);
struct PairNames<'a>(&'a Space);

impl Serialize for StateNames<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.state_names().iter())
    }
}

impl Serialize for ActionNames<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.action_names().iter())
    }
}

impl Serialize for PairNames<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq((0..self.0.pairs()).map(|pair| self.0.pair_names(pair)))
    }
}

/// The policy as reports show it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PolicyReport {
    /// The parametrization's name in policy files.
    pub parametrization: &'static str,
    /// The parameters' labels \[d\].
    pub parameters: Vec<String>,
    /// θ \[d\].
    pub theta: Option<Vec<Quantity>>,
    /// π(a|s) \[SA\].
    pub probabilities: Vec<Quantity>,
    /// ε of the mixture with the uniform policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mix: Option<Quantity>,
}

impl PolicyReport {
    /// The report of a policy.
    pub fn new<F: Field>(policy: &Policy<F>) -> PolicyReport {
        PolicyReport {
            parametrization: policy.parametrization().name(),
            parameters: policy.labels(),
            theta: policy.theta().map(Quantity::all),
            probabilities: Quantity::all(policy.probabilities()),
            mix: policy.mix().map(Quantity::of),
        }
    }
}
