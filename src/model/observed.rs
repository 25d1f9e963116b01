//! A partially observable model as a model of what is seen of it.
//!
//! After action a has led to s', o is seen with probability O(o|a, s'). A finite-state controller of N
//! nodes, of which N = 1 is a memoryless policy, knows its node n and what it saw last, and chooses its
//! next action and its next node together, by a table of its own for each (o, n):
//!
//! ```text
//! π(a, n' | o, n) = softmax(θ[o, n, ·])        p((s', o', n') | (s, o, n), (a, n')) = p(s'|s, a) O(o'|a, s')
//! ```
//!
//! That is a Markov decision process on the states (s, o, n) with the actions (a, n'), whose softmax
//! parameters are tied over s (theory, 4.11; Meuleau, Peshkin, Kim & Kaelbling 1999); all that is exact about it is
//! exact about the partially observable model. Before the first step nothing has been seen, which is an
//! observation of its own, and the node is the first.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::num::NonZeroU32;
use std::sync::Arc;

use super::Model;
use super::distribution::sum;
use super::named::NamedRewards;
use super::rewards::Paid;
use crate::mdp::{ExactOutcomes, Names, Sight, Space};
use crate::number::Number;
use crate::policy::{Features, Kind, Specification};

/// Most outcomes of the model that is made: as many as a garnet may have.
const OUTCOMES: usize = 10_000_000;
/// Most features of all its pairs, which are held densely: 2·10⁷ of them take half a gigabyte.
const FEATURES: usize = 20_000_000;
/// What has been seen before the first step.
const NOTHING: u32 = 0;

/// r(s, a, s', o).
pub(crate) type RewardOf<'a> = dyn Fn(u32, u32, u32, u32) -> Number + 'a;

/// A situation with another node; a terminal state has none.
fn at_node((state, seen, _): Situation, node: u32) -> Situation {
    match seen {
        NOTHING => (state, NOTHING, 0),
        seen => (state, seen, node),
    }
}

/// A model, what is seen of it, and who looks.
pub(crate) struct Observed<'a> {
    /// The model whose states are not seen. Its terminal states end a run, seen or not.
    pub model: &'a Model,
    /// What may be seen.
    pub observations: &'a Names,
    /// O(o|a, s') above 0 by (a, s'); every pair that is reached must be there.
    pub seen: &'a HashMap<(u32, u32), Vec<(u32, Number)>>,
    /// What is paid, if it depends on what is seen; else the model's own rewards.
    pub reward: Option<&'a RewardOf<'a>>,
    /// N ≥ 1.
    pub nodes: u32,
    /// Whether the model's own policy has laws of actions and of nodes, as policy files write controllers, and
    /// not a parameter for each (o, n, a, n').
    pub by_laws: bool,
}

/// Who looks at a model whose states are not seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seer {
    /// N ≥ 1.
    pub nodes: NonZeroU32,
    /// Whether it is the controller of a policy, with laws of actions and of nodes.
    pub by_laws: bool,
}

impl Seer {
    /// As many nodes as a flag says, or the policy that is asked for; nobody without either.
    ///
    /// Errors where they say different numbers.
    pub(crate) fn of(
        flag: Option<NonZeroU32>,
        policy: Option<NonZeroU32>,
    ) -> Result<Option<Seer>, OtherNodes> {
        match (flag, policy) {
            (Some(flag), Some(policy)) if flag != policy => Err(OtherNodes { flag, policy }),
            _ => Ok(flag.or(policy).map(|nodes| Seer {
                nodes,
                by_laws: policy.is_some(),
            })),
        }
    }
}

/// A controller of another number of nodes than a flag asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OtherNodes {
    /// The flag's.
    pub flag: NonZeroU32,
    /// Those of the policy.
    pub policy: NonZeroU32,
}

/// Why no model is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// It would have more than so many outcomes.
    Outcomes(usize),
    /// It would have more than so many features.
    Features(usize),
    /// Two of its states would have one name.
    Names,
}

impl Refused {
    /// What the model would have.
    pub(crate) fn in_words(self) -> String {
        match self {
            Refused::Outcomes(most) => format!("more than {most} outcomes"),
            Refused::Features(most) => format!("more than {most} features"),
            Refused::Names => "two states of one name".into(),
        }
    }
}

/// (s, o, n): a state, one more than the number of what was seen last, a node. Of a terminal state the
/// latter are 0.
type Situation = (u32, u32, u32);

impl Observed<'_> {
    /// The model of the situations that can be reached, with a uniform policy of the controller.
    pub(crate) fn seen(&self) -> Result<Model, Refused> {
        self.check_choices()?;
        let situations = self.reached()?;
        let number: HashMap<Situation, u32> = situations.iter().copied().zip(0..).collect();
        let space = Arc::new(self.space(&situations)?);
        let controller = if self.by_laws {
            Specification::of_controller(self.nodes)
        } else {
            self.controller(&situations, &space)?
        };
        let mut outcomes = ExactOutcomes::default();
        let mut inexact_rows = Vec::new();
        for &(state, ..) in &situations {
            for pair in self.model.space.pairs_of(state as usize) {
                for node in 0..self.nodes {
                    let row = self.row(pair, node);
                    if sum(row.iter().map(|(_, p, _)| p)) != Number::ONE {
                        inexact_rows.push(outcomes.pairs());
                    }
                    for (next, probability, reward) in row {
                        outcomes.push(number[&next] as usize, probability, reward);
                    }
                    outcomes.end_pair();
                }
            }
        }
        let mut initial = vec![Number::ZERO; situations.len()];
        for (state, weight) in (0..).zip(&self.model.initial) {
            if let Some(&at) = number.get(&(state, NOTHING, 0)) {
                initial[at as usize] = weight.clone();
            }
        }
        let rewards = self.named(&situations, &number);
        let model = Model {
            policy: Some(controller),
            is_partly_seen: true,
            intervals: None,
            named: NamedRewards::default(),
            space,
            initial,
            inexact_rows,
            outcomes: outcomes.finish(),
            ..self.model.clone()
        };
        Ok(if rewards.is_empty() {
            model
        } else {
            model.with_named(rewards)
        })
    }

    /// The rewards by name, of each situation, choice and next situation.
    fn named(
        &self,
        situations: &[Situation],
        number: &HashMap<Situation, u32>,
    ) -> Vec<(String, Paid)> {
        let mut all = Vec::new();
        for (which, name) in self.model.reward_names().iter().enumerate() {
            let mut paid = Paid::new();
            for (situation, &(state, ..)) in (0..).zip(situations) {
                for pair in self.model.space.pairs_of(state as usize) {
                    let rewards = self.model.named_rewards(which, pair);
                    let outcomes = self.model.outcomes.of(pair).zip(rewards);
                    for (outcome, reward) in outcomes.filter(|(_, reward)| !reward.is_zero()) {
                        for (node, next) in self.after(pair, outcome.next) {
                            let action = self.model.space.action_of(pair) as u32;
                            let choice = action * self.nodes + node;
                            paid.push(((situation, choice, number[&next]), reward.clone()));
                        }
                    }
                }
            }
            paid.sort_by_key(|(key, _)| *key);
            paid.dedup_by_key(|(key, _)| *key);
            all.push((name.clone(), paid));
        }
        all
    }

    /// Each next node, and each situation at it after a pair has led to a state.
    fn after(&self, pair: usize, next: usize) -> impl Iterator<Item = (u32, Situation)> {
        let action = self.model.space.action_of(pair) as u32;
        let seen = self.seen.get(&(action, next as u32)).into_iter().flatten();
        let is_terminal = self.model.space.is_terminal(next);
        seen.flat_map(move |(seen, _)| {
            (0..self.nodes).map(move |node| {
                let situation = (next as u32, seen + 1, node);
                (
                    node,
                    if is_terminal {
                        (next as u32, NOTHING, 0)
                    } else {
                        situation
                    },
                )
            })
        })
    }

    /// Errors where the controller has more choices than a model may have outcomes.
    fn check_choices(&self) -> Result<(), Refused> {
        let choices = self
            .model
            .space
            .actions()
            .saturating_mul(self.nodes as usize);
        if choices > OUTCOMES {
            Err(Refused::Outcomes(OUTCOMES))
        } else {
            Ok(())
        }
    }

    /// What follows each pair of a state, at the first node.
    fn rows_of(&self, state: u32) -> Vec<Vec<(Situation, Number, Number)>> {
        let pairs = self.model.space.pairs_of(state as usize);
        pairs.map(|pair| self.row(pair, 0)).collect()
    }

    /// All situations that can be reached, in the order of states, observations, nodes; what would be too
    /// many is counted before it is made.
    fn reached(&self) -> Result<Vec<Situation>, Refused> {
        let starts = (0..).zip(&self.model.initial);
        let starts = starts.filter(|(_, weight)| !weight.is_zero());
        let mut open: Vec<Situation> = starts.map(|(s, _)| (s, NOTHING, 0)).collect();
        let mut reached: BTreeSet<Situation> = open.iter().copied().collect();
        let mut outcomes: usize = 0;
        // what follows depends on the state alone: the first visit of each counts for all its nodes
        let mut follows: HashMap<u32, usize> = HashMap::new();
        while let Some((state, ..)) = open.pop() {
            let known = follows.get(&state).copied();
            let rows = match known {
                Some(_) => Vec::new(),
                None => self.rows_of(state),
            };
            let each = || rows.iter().map(Vec::len).sum::<usize>();
            let count = known.unwrap_or_else(|| each().saturating_mul(self.nodes as usize));
            outcomes = outcomes.saturating_add(count);
            if outcomes > OUTCOMES {
                return Err(Refused::Outcomes(OUTCOMES));
            }
            follows.insert(state, count);
            let goes_on = rows
                .iter()
                .flatten()
                .any(|((_, seen, _), ..)| *seen != NOTHING);
            if goes_on && (self.nodes as usize).saturating_mul(self.nodes as usize) > OUTCOMES {
                // each node of what follows goes on to each
                return Err(Refused::Outcomes(OUTCOMES));
            }
            for (next, ..) in rows.into_iter().flatten() {
                let fresh = (0..self.nodes).map(|node| at_node(next, node));
                open.extend(fresh.filter(|&next| reached.insert(next)));
            }
        }
        Ok(reached.into_iter().collect())
    }

    /// What follows a pair of the model where the controller goes on to a node: each situation with its
    /// probability and reward.
    fn row(&self, pair: usize, node: u32) -> Vec<(Situation, Number, Number)> {
        let space = &self.model.space;
        let (state, action) = (space.state_of(pair) as u32, space.action_of(pair) as u32);
        let mut row: BTreeMap<(Situation, Number), Vec<Number>> = BTreeMap::new();
        for outcome in self.model.outcomes.of(pair) {
            let next = outcome.next as u32;
            for (seen, chance) in self.seen.get(&(action, next)).into_iter().flatten() {
                let situation = if space.is_terminal(outcome.next) {
                    (next, NOTHING, 0)
                } else {
                    (next, seen + 1, node)
                };
                let reward = match self.reward {
                    Some(reward) => reward(state, action, next, *seen),
                    None => outcome.reward.clone(),
                };
                let probability = outcome.probability.to_rational() * chance.to_rational();
                let of = row.entry((situation, reward)).or_default();
                of.push(probability.into());
            }
        }
        let each = row.into_iter();
        each.map(|((situation, reward), chances)| (situation, sum(chances.iter()), reward))
            .collect()
    }

    fn space(&self, situations: &[Situation]) -> Result<Space, Refused> {
        let space = &self.model.space;
        let state_name = |&(state, seen, node): &Situation| {
            let name = space.state_names().get(state as usize);
            match (seen, self.nodes) {
                (NOTHING, _) => name.into_owned(),
                (seen, 1) => format!("{name}|{}", self.seen_name(seen)),
                (seen, _) => format!("{name}|{}:{node}", self.seen_name(seen)),
            }
        };
        let names: Vec<String> = situations.iter().map(state_name).collect();
        let distinct: HashSet<&String> = names.iter().collect();
        if distinct.len() < names.len() {
            return Err(Refused::Names);
        }
        let choice = |action| (0..self.nodes).map(move |node| action * self.nodes + node);
        let choices = situations.iter().map(|&(state, ..)| {
            let pairs = space.pairs_of(state as usize);
            let actions = pairs.map(|pair| space.action_of(pair) as u32);
            actions.flat_map(choice).collect()
        });
        let action_names = match self.nodes {
            1 => space.action_names().clone(),
            _ => Names::listed(self.choices()),
        };
        let choices: Vec<Vec<u32>> = choices.collect();
        let space = Space::assembled(Names::listed(names), action_names, choices);
        Ok(space.with_sight(self.sight(situations)))
    }

    /// What is known in each situation.
    fn sight(&self, situations: &[Situation]) -> Arc<Sight> {
        let known = situations.iter().map(|&(_, seen, node)| (seen, node));
        Arc::new(Sight::new(
            self.nodes,
            self.observations.clone(),
            self.model.space.action_names().clone(),
            known.collect(),
        ))
    }

    fn seen_name(&self, seen: u32) -> std::borrow::Cow<'_, str> {
        self.observations.get(seen as usize - 1)
    }

    /// (a, n') by name, in the order of their numbers.
    fn choices(&self) -> Vec<String> {
        let actions = self.model.space.action_names();
        let all = (0..actions.len()).flat_map(|a| (0..self.nodes).map(move |node| (a, node)));
        all.map(|(a, node)| match self.nodes {
            1 => actions.get(a).into_owned(),
            _ => format!("{}:{node}", actions.get(a)),
        })
        .collect()
    }

    /// The softmax policy whose parameters are those of (o, n), uniform.
    fn controller(
        &self,
        situations: &[Situation],
        space: &Space,
    ) -> Result<Specification, Refused> {
        let acts = |&&(state, ..): &&Situation| !self.model.space.is_terminal(state as usize);
        let acting: Vec<&Situation> = situations.iter().filter(acts).collect();
        let known: BTreeSet<(u32, u32)> = acting.iter().map(|(_, o, n)| (*o, *n)).collect();
        let block: HashMap<(u32, u32), usize> = known.iter().copied().zip(0..).collect();
        let choices = self.choices();
        let features = known.len() * choices.len();
        let mut rows = Vec::new();
        for &&(state, seen, node) in &acting {
            let first = block[&(seen, node)] * choices.len();
            for pair in self.model.space.pairs_of(state as usize) {
                let action = self.model.space.action_of(pair);
                for to in 0..self.nodes as usize {
                    if (rows.len() + 1) * features > FEATURES {
                        return Err(Refused::Features(FEATURES));
                    }
                    let mut row = vec![Number::ZERO; features];
                    row[first + action * self.nodes as usize + to] = Number::ONE;
                    rows.push(row);
                }
            }
        }
        let sight = space.sight();
        let situation = |&(seen, node): &(u32, u32)| {
            let seen = sight.map_or("".into(), |sight| sight.seen_name(seen));
            match self.nodes {
                1 => seen.into_owned(),
                _ => format!("{seen}:{node}"),
            }
        };
        let names = known.iter().map(situation);
        let names = names.flat_map(|known| choices.iter().map(move |to| format!("{known},{to}")));
        Ok(Specification {
            parametrization: Kind::LogLinear,
            features: Some(Features {
                names: Some(names.collect()),
                rows,
            }),
            ..Specification::default()
        })
    }
}
