//! States that behave alike → one state: the largest bisimulation of a model, and its quotient.
//!
//! Two states are bisimilar if both are terminal, or if they have the same actions and for each action
//! the same r(s, a) and the same probability of going to every class (Givan, Dean & Greig 2003):
//!
//! ```text
//! s ~ t   ⟹   r(s, a) = r(t, a)   and   Σ_{s'∈C} p(s'|s, a) = Σ_{s'∈C} p(s'|t, a)   for all a, C
//! ```
//!
//! A policy that is the same in all states of a class has the same v in them, and the model of the
//! classes has that v, the same J, and as ∂J/∂θ(C, a) the sum of ∂J/∂θ(s, a) over s ∈ C. Everything is
//! decided on the exact numbers of the file; no tolerance is involved.

mod refinement;

use std::collections::HashMap;
use std::sync::Arc;

use self::refinement::coarsest;
use super::Model;
use super::distribution::sum;
use super::named::NamedRewards;
use crate::mdp::{ExactOutcomes, Names, OutcomeTable, Space};
use crate::number::{Number, Rational};

/// A model in which states that behave alike are one.
#[derive(Clone, Debug)]
pub struct Lumping {
    /// The model of the classes; a class has the name of its first state.
    pub model: Model,
    /// The class of each state \[S\], numbered in the order of their first states.
    pub class: Vec<u32>,
    /// How many (class, action) pairs pay r(s, a) whatever follows, since their states agree in it but
    /// not in what they pay on the way: sampled returns then vary less than in the model itself.
    pub averaged: usize,
}

impl Model {
    /// The model of the classes of its largest bisimulation.
    ///
    /// The policy that the model carries and the map of a grid are left behind: they speak of states.
    ///
    /// ```
    /// use exact_mdp::model::Model;
    ///
    /// let model = Model::parse("twins.yaml", "
    /// discount: 1/2
    /// states: [start, left, right, end]
    /// actions: [go]
    /// initial: start
    /// terminal: [end]
    /// transitions:
    ///   start: {go: {left: 1/3, right: 2/3}}
    ///   left: {go: end}
    ///   right: {go: end}
    /// rewards: {left: 1, right: 1}
    /// ")?;
    /// let lumping = model.lumped();
    /// assert_eq!(lumping.class, [0, 1, 1, 2]);
    /// assert_eq!(lumping.model.space().states(), 3);
    /// # Ok::<(), exact_mdp::model::ModelErrors>(())
    /// ```
    pub fn lumped(&self) -> Lumping {
        let class = coarsest(self, initial_classes(self));
        let mut first = Vec::new();
        for (state, &class) in class.iter().enumerate() {
            if class as usize == first.len() {
                first.push(state);
            }
        }
        let quotient = Quotient {
            model: self,
            class: &class,
            first: &first,
        };
        let (outcomes, averaged) = quotient.outcomes();
        let model = Model {
            space: Arc::new(quotient.space()),
            initial: quotient.initial(),
            inexact_rows: quotient.inexact_rows(),
            outcomes,
            policy: None,
            intervals: None,
            named: NamedRewards {
                chosen: self.reward(),
                is_reward_model: self.pays_a_reward_model(),
                ..NamedRewards::default()
            },
            ..self.clone()
        };
        Lumping {
            model,
            class,
            averaged,
        }
    }

    /// r(s, a), exactly.
    pub(crate) fn expected_reward(&self, pair: usize) -> Rational {
        let outcomes = self.outcomes.of(pair);
        let mut rewards = outcomes.clone().map(|outcome| outcome.reward);
        if rewards.clone().all(Number::is_zero) {
            return Rational::ZERO;
        }
        let one = rewards.next().filter(|first| rewards.all(|r| r == *first));
        if let Some(reward) = one {
            let probabilities = outcomes.map(|outcome| outcome.probability);
            return reward.to_rational() * sum(probabilities).to_rational();
        }
        let paid = outcomes.map(|o| o.probability.to_rational() * o.reward.to_rational());
        paid.fold(Rational::ZERO, |sum, x| sum + x)
    }
}

/// Classes by actions and rewards alone \[S\], numbered as they appear.
fn initial_classes(model: &Model) -> Vec<u32> {
    let mut known: HashMap<Vec<(usize, Number)>, u32> = HashMap::new();
    let space = model.space();
    let class = |state| {
        let paid = space.pairs_of(state).map(|pair| {
            let reward = model.expected_reward(pair);
            (space.action_of(pair), Number::from(reward))
        });
        let next = known.len() as u32;
        *known.entry(paid.collect()).or_insert(next)
    };
    (0..space.states()).map(class).collect()
}

/// What follows a pair, by class: p and r of each outcome, sorted, each (class, r) once.
type Joint = Vec<(u32, Number, Number)>;

/// A model seen through its classes.
struct Quotient<'m> {
    model: &'m Model,
    /// \[S\].
    class: &'m [u32],
    /// The first state of each class.
    first: &'m [usize],
}

impl Quotient<'_> {
    fn space(&self) -> Space {
        let space = self.model.space();
        let names = self
            .first
            .iter()
            .map(|&s| space.state_names().get(s).into_owned());
        let actions = self.first.iter().map(|&state| {
            let actions = space
                .pairs_of(state)
                .map(|pair| space.action_of(pair) as u32);
            actions.collect()
        });
        Space::assembled(
            Names::listed(names.collect()),
            space.action_names().clone(),
            actions.collect::<Vec<_>>(),
        )
    }

    /// Σ ρ₀ over each class.
    fn initial(&self) -> Vec<Number> {
        let mut weights: Vec<Vec<&Number>> = vec![Vec::new(); self.first.len()];
        for (&class, weight) in self.class.iter().zip(&self.model.initial) {
            if !weight.is_zero() {
                weights[class as usize].push(weight);
            }
        }
        weights
            .iter()
            .map(|weights| sum(weights.iter().copied()))
            .collect()
    }

    fn inexact_rows(&self) -> Vec<usize> {
        let space = self.model.space();
        let mut pair = 0;
        let mut inexact = Vec::new();
        for &state in self.first {
            for own in space.pairs_of(state) {
                if self.model.inexact_rows.binary_search(&own).is_ok() {
                    inexact.push(pair);
                }
                pair += 1;
            }
        }
        inexact
    }

    /// The outcomes of the classes, and how many pairs pay their mean.
    fn outcomes(&self) -> (OutcomeTable<Number>, usize) {
        let space = self.model.space();
        let agrees = self.agreement();
        let (mut outcomes, mut averaged) = (ExactOutcomes::default(), 0);
        for (&state, agrees) in self.first.iter().zip(agrees) {
            for pair in space.pairs_of(state) {
                let mut joint = self.joint(pair);
                if !agrees {
                    averaged += usize::from(self.average(pair, &mut joint));
                }
                for (next, reward, probability) in joint {
                    outcomes.push(next as usize, probability, reward);
                }
                outcomes.end_pair();
            }
        }
        (outcomes.finish(), averaged)
    }

    /// Whether the states of each class agree in what they pay on the way to each class.
    fn agreement(&self) -> Vec<bool> {
        let space = self.model.space();
        let mut agrees = vec![true; self.first.len()];
        for (state, &class) in self.class.iter().enumerate() {
            let first = self.first[class as usize];
            if first == state || !agrees[class as usize] {
                continue;
            }
            let mut pairs = space.pairs_of(state).zip(space.pairs_of(first));
            agrees[class as usize] = pairs.all(|(own, first)| self.joint(own) == self.joint(first));
        }
        agrees
    }

    fn joint(&self, pair: usize) -> Joint {
        let outcomes = self.model.outcomes.of(pair);
        let mut all: Vec<(u32, &Number, &Number)> = outcomes
            .map(|o| (self.class[o.next], o.reward, o.probability))
            .collect();
        all.sort_unstable();
        let same = all.chunk_by(|x, y| (x.0, x.1) == (y.0, y.1));
        same.map(|same| {
            let probability = sum(same.iter().map(|outcome| outcome.2));
            (same[0].0, same[0].1.clone(), probability)
        })
        .collect()
    }

    /// Outcomes that pay r(s, a) each; whether that changes them.
    fn average(&self, pair: usize, joint: &mut Joint) -> bool {
        if joint.iter().all(|outcome| outcome.1 == joint[0].1) {
            return false;
        }
        let total = sum(joint.iter().map(|outcome| &outcome.2)).to_rational();
        let reward = Number::from(self.model.expected_reward(pair) / total);
        let by_class = joint.chunk_by(|x, y| x.0 == y.0);
        *joint = by_class
            .map(|same| {
                let probability = sum(same.iter().map(|outcome| &outcome.2));
                (same[0].0, reward.clone(), probability)
            })
            .collect();
        true
    }
}
