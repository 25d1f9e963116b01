//! What every report begins with: the model, its names and numbering, the criterion, the policy.

use std::sync::Arc;

use serde::{Serialize, Serializer};

use super::entries::{Axis, Entries, Entry, Values};
use super::{CriterionReport, Quantities, Quantity};
use crate::linalg::{Csr, Solvable};
use crate::mdp::{Mdp, Normalization, Space};
use crate::model::{Model, Objective};
use crate::number::Number;
use crate::policy::{
    ControllerSpecification, Factored, Kind, Labels, Parametrization, Policy, PolicyFactor,
};

/// The head of a report. In JSON it is six keys, `model`, `states`, `actions`, `pairs`,
/// `criterion`, `policy`, `reward` where the model has several, and `normalized` where rows were divided by their sums.
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
    /// What dividing rows by their sums has changed; left out of JSON where nothing has.
    pub normalized: Option<Arc<Normalization>>,
    /// Which of the model's rewards all is of, by name or as a combination; `None` of a model that has one, and where a
    /// report is of several.
    pub reward: Option<Arc<str>>,
    /// Whether that is a reward model of a file of another program.
    pub is_reward_model: bool,
}

impl Head {
    /// The head of a report on a policy in a model, whose J is to be large, or small.
    pub fn new<F: Solvable>(mdp: &Mdp<F>, policy: &Policy<F>, objective: Objective) -> Head {
        Head {
            model: mdp.name().to_string(),
            space: Arc::clone(mdp.space()),
            criterion: CriterionReport::new(mdp.criterion(), objective),
            policy: PolicyReport::new(policy),
            normalized: mdp.normalization().cloned(),
            reward: mdp.reward().cloned(),
            is_reward_model: mdp.pays_a_reward_model(),
        }
    }

    /// The head of a report on a model that is not rounded, γ alone being.
    pub fn of(model: &Model, policy: &Policy) -> Head {
        Head {
            model: model.name().to_string(),
            space: Arc::clone(model.space()),
            criterion: CriterionReport::new(
                &model.criterion().map(Number::to_f64),
                model.objective(),
            ),
            policy: PolicyReport::new(policy),
            normalized: model.normalization().cloned().map(Arc::new),
            reward: model.reward(),
            is_reward_model: model.pays_a_reward_model(),
        }
    }

    /// The head of a report that is of several rewards.
    pub(crate) fn of_all_rewards(self) -> Head {
        Head {
            reward: None,
            ..self
        }
    }

    /// The head of a report's entries: `model`, `states`, `actions`, `pairs`, `criterion`, `policy`.
    pub fn entries(&self) -> Entries<'_> {
        let space = &*self.space;
        Entries::default()
            .and(Entry::text("model", &self.model))
            .and(Entry::array(
                "states",
                &[Axis::State],
                Values::States(space),
            ))
            .and(Entry::array(
                "actions",
                &[Axis::Index],
                Values::Actions(space),
            ))
            .and(Entry::array(
                "pairs",
                &[Axis::Pair, Axis::Index],
                Values::Pairs(space),
            ))
            .and(Entry::group("criterion", self.criterion.entries()).unbounded())
            .and(Entry::group("policy", self.policy.entries()))
            .and_some("reward", self.reward.as_deref(), Entry::text)
            .and_some("normalized", self.normalized.as_deref(), |name, done| {
                Entry::group(name, normalized(done)).unbounded()
            })
    }
}

/// How rows that did not sum to 1 were changed.
fn normalized(done: &Normalization) -> Entries<'_> {
    Entries::default()
        .and(Entry::whole("rows", done.rows as u64))
        .and(Entry::flag("initial", done.initial))
        .and(Entry::float("largest", done.largest))
        .and(Entry::text("at", &done.at))
}

impl Serialize for Head {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.entries().serialize(serializer)
    }
}

/// The policy as reports show it.
#[derive(Clone, Debug, PartialEq)]
pub struct PolicyReport {
    /// The parametrization's name in policy files.
    pub parametrization: &'static str,
    /// The parameters' labels \[d\].
    pub parameters: Labels,
    /// θ \[d\].
    pub theta: Option<Quantities>,
    /// π(a|s) \[SA\].
    pub probabilities: Quantities,
    /// τ of a softmax or log-linear policy, unless it is 1.
    pub temperature: Option<Quantity>,
    /// β of an escort policy.
    pub power: Option<Quantity>,
    /// φ(s, a) \[SA\]\[d\] of a log-linear policy, φ(s) \[S\]\[k\] of a Gaussian one.
    pub features: Option<Vec<Vec<Quantity>>>,
    /// ε of the mixture with the uniform policy.
    pub mix: Option<Quantity>,
    /// Each player's own policy, of a factored one.
    pub players: Vec<PlayerReport>,
    /// Of what it consists, and the probabilities of its laws \[d\], of a policy by what is seen.
    pub controller: Option<(ControllerSpecification, Quantities)>,
    /// t, if this is the rule that is optimal at t on a horizon, followed at all times.
    pub rule_of_time: Option<u64>,
}

/// One player's own policy, over its own actions.
#[derive(Clone, Debug, PartialEq)]
pub struct PlayerReport {
    /// Who.
    pub name: String,
    /// Whether it does not learn.
    pub is_fixed: bool,
    /// What it does; θ and π in the order of its own pairs.
    pub policy: PolicyReport,
}

impl PlayerReport {
    fn all<F: Solvable>(family: &Factored<F>) -> Vec<PlayerReport> {
        let players = family.players().names().iter().zip(family.factors());
        let report = |(name, factor): (&String, &PolicyFactor<F>)| PlayerReport {
            name: name.clone(),
            is_fixed: factor.is_fixed(),
            policy: PolicyReport::new(factor.policy()),
        };
        players.map(report).collect()
    }

    fn entries(&self) -> Entries<'_> {
        let of_own = |name, x| Entry::quantities(name, Axis::Index, x);
        let given = |name, x| Entry::number(name, x).unbounded();
        let policy = &self.policy;
        Entries::default()
            .and(Entry::text("name", self.name.as_str()))
            .and(Entry::text("parametrization", policy.parametrization))
            .and(Entry::or_null("theta", policy.theta.as_ref(), of_own))
            .and(of_own("probabilities", &policy.probabilities))
            .and_some("temperature", policy.temperature.as_ref(), given)
            .and_some("power", policy.power.as_ref(), given)
            .and_some("features", policy.features.as_deref(), |name, x| {
                Entry::matrix(name, [Axis::Index, Axis::Index], x).unbounded()
            })
            .and_some("mix", policy.mix.as_ref(), given)
            .and(self.is_fixed.then(|| Entry::flag("fixed", true)))
    }
}

impl PolicyReport {
    /// The report of a policy: all that a policy file says.
    pub fn new<F: Solvable>(policy: &Policy<F>) -> PolicyReport {
        let parametrization = policy.parametrization();
        let (temperature, power, features) = match parametrization {
            Parametrization::Softmax(own) => (Some(&own.temperature), None, None),
            Parametrization::LogLinear(own) => (Some(&own.temperature), None, Some(&*own.features)),
            Parametrization::Escort(own) => (None, Some(&own.power), None),
            Parametrization::Gaussian(own) => (None, None, own.features.as_deref()),
            Parametrization::Direct(_)
            | Parametrization::Simplex(_)
            | Parametrization::Controller(_)
            | Parametrization::Factored(_) => (None, None, None),
        };
        let is_told = |temperature: &&F| **temperature != F::one();
        PolicyReport {
            players: parametrization
                .factored()
                .map_or_else(Vec::new, PlayerReport::all),
            temperature: temperature.filter(is_told).map(Quantity::of),
            rule_of_time: None,
            controller: (parametrization.controller()).map(|own| {
                (
                    own.specification(),
                    Quantities::of(&Arc::new(own.law_probabilities())),
                )
            }),
            power: power.map(Quantity::of),
            features: features.map(dense),
            parametrization: parametrization.name(),
            parameters: Labels::of(policy),
            theta: policy.shared_theta().map(Quantities::of),
            probabilities: Quantities::of(policy.shared_probabilities()),
            mix: policy.mix().map(Quantity::of),
        }
    }

    /// What a policy by what is seen consists of.
    fn controller(&self) -> Entries<'_> {
        let Some((of, chances)) = &self.controller else {
            return Entries::default();
        };
        let is_controller = self.parametrization == Kind::Controller.name();
        let acts_on = if of.acts_on_seen {
            "observation"
        } else {
            "node"
        };
        let start = of.start.map(u64::from);
        Entries::default()
            .and(is_controller.then(|| Entry::whole("nodes", of.nodes.into())))
            .and_some("start", start, Entry::whole)
            .and(is_controller.then(|| Entry::text("acts_on", acts_on)))
            .and(Entry::text("laws", of.laws.name()))
            .and(Entry::quantities(
                "law_probabilities",
                Axis::Parameter,
                chances,
            ))
    }

    /// As a report holds it; the numbers that are given have no bounds.
    pub(super) fn entries(&self) -> Entries<'_> {
        let parameter = |name, x| Entry::quantities(name, Axis::Parameter, x);
        let given = |name, x| Entry::number(name, x).unbounded();
        // without θ, which does not exist then, there is nothing to bound
        let theta = Entry::or_null("theta", self.theta.as_ref(), parameter);
        Entries::default()
            .and(Entry::text("parametrization", self.parametrization))
            .and(Entry::array(
                "parameters",
                &[Axis::Parameter],
                Values::Labels(&self.parameters),
            ))
            .and(theta)
            .and(Entry::quantities(
                "probabilities",
                Axis::Pair,
                &self.probabilities,
            ))
            .and_some("temperature", self.temperature.as_ref(), given)
            .and_some("power", self.power.as_ref(), given)
            .and_some("features", self.features.as_deref(), |name, x| {
                let axes = if self.parametrization == Kind::Gaussian.name() {
                    [Axis::State, Axis::Index]
                } else {
                    [Axis::Pair, Axis::Parameter]
                };
                Entry::matrix(name, axes, x).unbounded()
            })
            .and_some("mix", self.mix.as_ref(), given)
            .and((!self.players.is_empty()).then(|| {
                let players = self.players.iter().map(PlayerReport::entries);
                Entry::list("players", players.collect())
            }))
            .with(self.controller().0)
            .and_some("rule_of_time", self.rule_of_time, Entry::whole)
    }
}

/// A matrix row by row, its zeros written out.
pub(super) fn dense<F: Solvable>(matrix: &Csr<F>) -> Vec<Vec<Quantity>> {
    let row = |i: usize| {
        let mut row = vec![Quantity::of(&F::zero()); matrix.columns()];
        matrix.row(i).for_each(|(k, x)| row[k] = Quantity::of(x));
        row
    };
    (0..matrix.rows()).map(row).collect()
}
