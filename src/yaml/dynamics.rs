//! `dynamics:`: a model in continuous numbers, on the grid of its states and actions.
//!
//! ```text
//! states: {from: -2, to: 2, steps: 41}
//! actions: {from: -1, to: 1, steps: 41}
//! dynamics:
//!   next: 9/10*s + a/2 + w
//!   noise: {-1/10: 1/2, 1/10: 1/2}      # of w
//!   reward: -(s^2 + a^2/2)
//! ```
//!
//! Each next number is shared out among its two neighbours on the grid so that their mean is the number
//! (multilinearly where there are several axes): a Markov chain on the grid whose drift is that of the
//! formula (Kushner & Dupuis 2001, section 4.1; Munos & Moore 2002). Beyond the grid its end stands.

use miette::SourceSpan;

use super::axes::{Axes, Axis};
use super::document::{Node, NodeKind};
use super::formula::{Formula, Undefined};
use super::read::{Fields, KeyPath, is, number, wrong_type};
use super::{DynamicsError, YamlError};
use crate::memory;
use crate::model::distribution::Sum;
use crate::model::entries::{Entries, Entry};
use crate::model::error::{DidYouMean, Suggestion, SumMend};
use crate::model::errors::Problems;
use crate::model::names::{Index, suggest};
use crate::number::{Number, Rational};

/// Reads `dynamics`.
pub(super) struct Reader<'a, 'd> {
    pub states: &'a Index<'d>,
    pub actions: &'a Index<'d>,
    /// The grids under `states` and `actions`, where there are any.
    pub axes: (Option<&'a Axes>, Option<&'a Axes>),
    pub terminal: &'a [bool],
    pub problems: &'a mut Problems,
}

/// What `dynamics` says.
struct Rules {
    axes: Vec<Axis>,
    actions: Vec<Rational>,
    /// The formula of each axis.
    next: Vec<Formula>,
    reward: Option<Formula>,
    /// The values of w and their probabilities.
    noise: Vec<(Rational, Rational)>,
}

impl<'d> Reader<'_, 'd> {
    /// All outcomes, sorted by pair; `None` with errors.
    pub(super) fn read(&mut self, node: Node<'d>) -> Option<Entries> {
        let before = self.problems.count();
        let rules = self.rules(node)?;
        if self.problems.count() > before {
            return None;
        }
        self.check_size(&rules, node);
        let mut entries = Entries::default();
        for state in (0..self.states.len()).filter(|&state| !self.terminal[state]) {
            for action in 0..self.actions.len() {
                if self.problems.count() > before {
                    return None;
                }
                self.row(&rules, (state, action), node, &mut entries);
            }
        }
        Some(entries)
    }

    fn rules(&mut self, node: Node<'d>) -> Option<Rules> {
        let path = KeyPath::new("dynamics");
        let expected = "a mapping with `next` and, beside it, `noise` and `reward`";
        if !is(NodeKind::Mapping, node, &path, expected, self.problems) {
            return None;
        }
        let keys = ["next", "noise", "reward"];
        let fields = Fields::read(node, "`dynamics`", &keys, self.problems);
        let (axes, actions) = (self.axes(node)?, self.numbers(node)?);
        let names = axes.iter().map(|axis| axis.name.as_str());
        let variables: Vec<&str> = names.chain(["a", "w"]).collect();
        let Some(next) = fields.get("next") else {
            self.problems.push(wrong_type(node, &path, expected));
            return None;
        };
        let next = self.next(next, &path.join("next"), &axes, &variables);
        let reward = fields
            .get("reward")
            .map(|reward| self.formula(reward, &path.join("reward"), &variables));
        let noise = self.noise(fields.get("noise"), &path.join("noise"));
        Some(Rules {
            next: next?,
            reward: match reward {
                Some(reward) => Some(reward?),
                None => None,
            },
            noise: noise?,
            axes,
            actions,
        })
    }

    /// The axes of the states.
    fn axes(&mut self, node: Node<'d>) -> Option<Vec<Axis>> {
        if let Some(axes) = self.axes.0 {
            return Some(axes.of.clone());
        }
        let names = self.states.names();
        let axis = Axes::of_names(&names, "s").and_then(|points| Axis::of_points(&points));
        if axis.is_none() {
            self.no_numbers("states", node);
        }
        axis.map(|axis| vec![axis])
    }

    /// The numbers of the actions.
    fn numbers(&mut self, node: Node<'d>) -> Option<Vec<Rational>> {
        let names = self.actions.names();
        let numbers = names
            .iter()
            .map(|name| Some(name.parse::<Number>().ok()?.to_rational()));
        let numbers: Option<Vec<Rational>> = numbers.collect();
        if numbers.is_none() {
            self.no_numbers("actions", node);
        }
        numbers
    }

    fn no_numbers(&mut self, key: &'static str, node: Node<'d>) {
        let at = node.place();
        self.problems.push(DynamicsError::NoNumbers { key, at });
    }

    /// The formula of every axis: of the only one, or by its name.
    fn next(
        &mut self,
        node: Node<'d>,
        path: &KeyPath<'_>,
        axes: &[Axis],
        variables: &[&str],
    ) -> Option<Vec<Formula>> {
        if let ([_], NodeKind::Scalar) = (axes, node.kind()) {
            return Some(vec![self.formula(node, path, variables)?]);
        }
        let expected = "a formula for every axis of the states, by its name";
        if !is(NodeKind::Mapping, node, path, expected, self.problems) {
            return None;
        }
        let names: Vec<&str> = axes.iter().map(|axis| axis.name.as_str()).collect();
        let mut meant = Vec::new();
        for (key, _) in node.entries() {
            if names.contains(&key.text()) {
                continue;
            }
            let help = suggest(key.text(), &names);
            if let Suggestion::Nearest(DidYouMean(nearest)) = &help {
                meant.push(nearest.clone());
            }
            self.problems.push(YamlError::UnknownKey {
                found: key.text().into(),
                within: format!("`{path}`"),
                help,
                at: key.place(),
            });
        }
        let of = |axis: &Axis| {
            let mut entries = node.entries();
            let found = entries.find(|(key, _)| key.text() == axis.name);
            let Some((_, formula)) = found else {
                // a misspelt key is the formula that lacks
                if !meant.contains(&axis.name) {
                    self.problems.push(DynamicsError::NoFormula {
                        path: path.to_string(),
                        axis: axis.name.clone(),
                        at: node.place(),
                    });
                }
                return None;
            };
            self.formula(formula, &path.join(&axis.name), variables)
        };
        axes.iter().map(of).collect()
    }

    fn formula(
        &mut self,
        node: Node<'d>,
        path: &KeyPath<'_>,
        variables: &[&str],
    ) -> Option<Formula> {
        if !is(NodeKind::Scalar, node, path, "a formula", self.problems) {
            return None;
        }
        let read = Formula::read(node.text(), variables);
        read.map_err(|why| {
            let (path, at) = (path.to_string(), node.place());
            self.problems.push(DynamicsError::Formula { path, why, at });
        })
        .ok()
    }

    /// `{-1/10: 1/2, 1/10: 1/2}`; without it w = 0.
    fn noise(
        &mut self,
        node: Option<Node<'d>>,
        path: &KeyPath<'_>,
    ) -> Option<Vec<(Rational, Rational)>> {
        let Some(node) = node else {
            return Some(vec![(Rational::ZERO, Rational::ONE)]);
        };
        let expected = "a mapping of numbers to their probabilities";
        if !is(NodeKind::Mapping, node, path, expected, self.problems) {
            return None;
        }
        let (mut values, mut chances) = (Vec::new(), Vec::new());
        for (key, value) in node.entries() {
            let chance = number(value, &path.join(key.text()), self.problems)?;
            if chance.is_negative() {
                self.problems.push(wrong_type(
                    value,
                    path,
                    "a probability, which is not negative",
                ));
            }
            values.push(number(key, path, self.problems)?.to_rational());
            chances.push(chance);
        }
        match Sum::of(chances.iter()) {
            Sum::One => {}
            Sum::Nearly(sum) => self.noise_sum(sum, None, node.place()),
            Sum::Wrong(sum, help) => self.noise_sum(sum, Some(help), node.place()),
        }
        let chances = chances.iter().map(Number::to_rational);
        Some(values.into_iter().zip(chances).collect())
    }

    fn noise_sum(&mut self, sum: Number, help: Option<SumMend>, at: SourceSpan) {
        self.problems
            .push(DynamicsError::NoiseSum { sum, help, at });
    }

    /// Errors where the outcomes would not fit into the memory.
    fn check_size(&mut self, rules: &Rules, node: Node<'d>) {
        let pairs = self.states.len() as f64 * self.actions.len() as f64;
        let each = rules.noise.len() as f64 * f64::from(1u32 << rules.axes.len().min(20));
        let bytes = memory::bytes(pairs, pairs * each);
        if !memory::suffices(bytes) {
            let at = node.place();
            self.problems
                .push(DynamicsError::LargeDynamics { bytes, at });
        }
    }

    /// The outcomes of a pair.
    fn row(
        &mut self,
        rules: &Rules,
        (state, action): (usize, usize),
        node: Node<'d>,
        entries: &mut Entries,
    ) {
        let place = node.place();
        let at = (place.offset() as u32, place.len() as u32);
        for (noise, chance) in &rules.noise {
            let outcome = rules.outcome(state, action, noise);
            let (next, reward) = match outcome {
                Ok(outcome) => outcome,
                Err((key, why)) => {
                    self.problems.push(DynamicsError::Undefined {
                        key,
                        state: self.states.name(state as u32),
                        action: self.actions.name(action as u32),
                        why: why.to_string(),
                        at: place,
                    });
                    return;
                }
            };
            entries
                .list
                .extend(next.into_iter().map(|(next, weight)| Entry {
                    state: state as u32,
                    action: action as u32,
                    next: next as u32,
                    probability: Some((weight * chance).into()),
                    reward: reward.clone(),
                    at,
                }));
        }
    }
}

/// Each point with its share, and the reward.
type Outcome = (Vec<(usize, Rational)>, Number);

impl Rules {
    fn outcome(
        &self,
        state: usize,
        action: usize,
        noise: &Rational,
    ) -> Result<Outcome, (&'static str, Undefined)> {
        let mut rest = state;
        let mut variables = vec![Rational::ZERO; self.axes.len()];
        for (axis, value) in self.axes.iter().zip(&mut variables).rev() {
            *value = axis.values[rest % axis.values.len()].clone();
            rest /= axis.values.len();
        }
        variables.extend([self.actions[action].clone(), noise.clone()]);
        let mut points = vec![(0, Rational::ONE)];
        for (axis, formula) in self.axes.iter().zip(&self.next) {
            let x = formula.value(&variables).map_err(|why| ("next", why))?;
            let neighbours = axis.weights(&x);
            let shared = |(point, share): (usize, Rational)| {
                let each = neighbours.iter();
                let each = each
                    .map(|(i, weight)| (point * axis.values.len() + i, weight.clone() * &share));
                each.collect::<Vec<_>>()
            };
            points = points.into_iter().flat_map(shared).collect();
        }
        let reward = match &self.reward {
            Some(formula) => formula.value(&variables).map_err(|why| ("reward", why))?,
            None => Rational::ZERO,
        };
        Ok((points, reward.into()))
    }
}
