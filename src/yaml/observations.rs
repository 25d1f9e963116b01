//! `observations`: what is seen where an action has led, O(o|a, s').
//!
//! ```text
//! observations:
//!   tiger-left:                        # by the state that is reached
//!     listen: {hear-left: 0.85, hear-right: 0.15}
//!     open: {hear-left: 1/2, hear-right: 1/2}
//!   tiger-right: hear-right            # whatever was done, and for sure
//! ```

use std::collections::{BTreeMap, HashMap};

use miette::SourceSpan;

use super::ObservationsError;
use super::document::{Node, NodeKind};
use super::read::{KeyPath, number, wrong_type};
use crate::mdp::Names;
use crate::model::Model;
use crate::model::distribution::Sum;
use crate::model::error::ModelError;
use crate::model::errors::Problems;
use crate::model::names::{Index, is_name};
use crate::model::observed::{Observed, Seer};
use crate::model::observing::Observing;
use crate::number::Number;

/// O(o|a, s') by (a, s').
type Rows = HashMap<(u32, u32), Vec<(u32, Number)>>;

/// What a file says of observations.
#[derive(Clone)]
pub(super) struct Observations {
    names: Vec<String>,
    rows: Rows,
    /// Where it says so.
    at: SourceSpan,
}

/// Reads `observations`.
pub(super) struct Reader<'a, 'd> {
    pub states: &'a Index<'d>,
    pub actions: &'a Index<'d>,
    pub terminal: &'a [bool],
    pub problems: &'a mut Problems,
}

const SEEN: &str = "what is seen: a name, or a mapping of names to probabilities";

impl<'d> Reader<'_, 'd> {
    /// The observations in the order in which they are named first.
    pub(super) fn read(&mut self, node: Node<'d>, at: SourceSpan) -> Observations {
        let path = KeyPath::new("observations");
        let (mut names, mut rows) = (Seen::default(), Rows::new());
        if node.kind() != NodeKind::Mapping {
            let error = wrong_type(node, &path, "a mapping of states");
            self.problems.push(error);
        }
        for (key, value) in node.entries() {
            let Some(state) = self.states.find(key, "observations", self.problems) else {
                continue;
            };
            let path = path.join(key.text());
            let is_action = |key: Node<'d>| self.actions.get(key.text()).is_some();
            let mut keys = value.entries().map(|(key, _)| key).peekable();
            let by_action = keys.peek().is_some() && keys.all(is_action);
            if by_action {
                for (key, value) in value.entries() {
                    let action = self.actions.find(key, "observations", self.problems);
                    let row = self.row(value, &path.join(key.text()), &mut names);
                    if let Some(action) = action {
                        rows.insert((action, state), row);
                    }
                }
            } else {
                let row = self.row(value, &path, &mut names);
                for action in 0..self.actions.len() as u32 {
                    rows.insert((action, state), row.clone());
                }
            }
        }
        self.terminal(&mut rows);
        Observations {
            names: names.names,
            rows,
            at,
        }
    }

    /// What is seen at the end of a run plays no part; it need not be said.
    fn terminal(&self, rows: &mut Rows) {
        for state in (0..self.terminal.len()).filter(|&s| self.terminal[s]) {
            for action in 0..self.actions.len() as u32 {
                let row = rows.entry((action, state as u32)).or_default();
                *row = vec![(0, Number::ONE)];
            }
        }
    }

    /// `hear-left` or `{hear-left: 0.85, hear-right: 0.15}`.
    fn row(
        &mut self,
        node: Node<'d>,
        path: &KeyPath<'_>,
        names: &mut Seen<'d>,
    ) -> Vec<(u32, Number)> {
        let mut row = BTreeMap::new();
        match node.kind() {
            NodeKind::Scalar => {
                row.insert(self.name(node, names), Number::ONE);
            }
            NodeKind::Mapping => {
                for (key, value) in node.entries() {
                    let seen = self.name(key, names);
                    match number(value, &path.join(key.text()), self.problems) {
                        Some(chance) if chance.is_negative() => {
                            let error =
                                wrong_type(value, path, "a probability, which is not negative");
                            self.problems.push(error);
                        }
                        Some(chance) if !chance.is_zero() => {
                            row.insert(seen, chance);
                        }
                        _ => {}
                    }
                }
            }
            _ => self.problems.push(wrong_type(node, path, SEEN)),
        }
        let row: Vec<(u32, Number)> = row.into_iter().collect();
        if let Sum::Wrong(sum, _) = Sum::within(row.iter().map(|(_, p)| p), self.problems.allowed())
            && self.problems.is_empty()
        {
            self.problems.push(ObservationsError::ObservationSum {
                path: path.to_string(),
                sum,
                at: node.place(),
            });
        }
        row
    }

    /// The number of an observation, by its name.
    fn name(&mut self, node: Node<'d>, names: &mut Seen<'d>) -> u32 {
        if !is_name(node.text()) {
            self.problems
                .push(wrong_type(node, &KeyPath::new("observations"), "a name"));
        }
        names.number(node.text())
    }
}

/// Names in the order in which they come.
#[derive(Default)]
struct Seen<'d> {
    names: Vec<String>,
    numbers: HashMap<&'d str, u32>,
}

impl<'d> Seen<'d> {
    fn number(&mut self, name: &'d str) -> u32 {
        *self.numbers.entry(name).or_insert_with(|| {
            self.names.push(name.into());
            self.names.len() as u32 - 1
        })
    }
}

impl Observations {
    /// The model with what is seen of it, to be written.
    pub(super) fn kept(self, model: Model) -> Result<Model, ModelError> {
        self.check(&model)?;
        Ok(model.observing(Observing {
            names: Names::listed(self.names),
            rows: self.rows,
            rewards: None,
        }))
    }

    /// The model as a controller of some nodes sees it.
    ///
    /// Errors where it is not said how many there are, where a state that is reached has no distribution
    /// of what is seen there, and where the model would be too large.
    pub(super) fn seen(self, model: &Model, seer: Option<Seer>) -> Result<Model, ModelError> {
        let Some(Seer { nodes, by_laws }) = seer else {
            return Err(ObservationsError::Unseen { at: self.at }.into());
        };
        self.check(model)?;
        let observed = Observed {
            model,
            observations: &Names::listed(self.names),
            seen: &self.rows,
            reward: None,
            nodes: nodes.get(),
            by_laws,
        };
        observed.seen().map_err(|why| {
            ModelError::from(ObservationsError::TooManyNodes {
                nodes: nodes.get(),
                why: why.in_words(),
            })
        })
    }

    /// Errors where it is not said what is seen in a state that is reached.
    fn check(&self, model: &Model) -> Result<(), ModelError> {
        let space = model.space();
        for pair in 0..space.pairs() {
            let action = space.action_of(pair) as u32;
            let mut next = model.outcomes().of(pair).map(|outcome| outcome.next);
            if let Some(next) = next.find(|&next| !self.rows.contains_key(&(action, next as u32))) {
                return Err(ObservationsError::NothingSeen {
                    state: space.state_names().get(next).into_owned(),
                    action: space.action_names().get(action as usize).into_owned(),
                    at: self.at,
                }
                .into());
            }
        }
        Ok(())
    }
}
