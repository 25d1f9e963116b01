//! One law of a controller: numbers by outcome, or the outcome that is sure.

use super::reader::Reader;
use crate::model::Suggestion;
use crate::model::error::NameList;
use crate::model::names::suggest;
use crate::number::Number;
use crate::policy::ControllerPart;
use crate::yaml::document::{Node, NodeKind};
use crate::yaml::read::{KeyPath, number, wrong_type};

/// Of what a law is one.
#[derive(Clone, Copy)]
pub(super) enum Outcomes {
    Actions,
    Nodes,
}

impl Reader<'_> {
    /// One law: numbers by outcome, or the name of the outcome that is sure.
    pub(super) fn law(
        &mut self,
        node: Node<'_>,
        path: &KeyPath<'_>,
        of: Outcomes,
        part: &dyn Fn(u32) -> ControllerPart,
        given: &mut [Option<Number>],
        is_theta: bool,
    ) {
        let mut told = Vec::new();
        match node.kind() {
            NodeKind::Scalar if !is_theta => {
                told.extend(self.outcome(node, path, of).map(|i| (i, node, Number::ONE)));
            }
            NodeKind::Mapping => {
                for (name, value) in node.entries() {
                    let outcome = self.outcome(name, path, of);
                    let number = number(value, &path.join(name.text()), self.problems);
                    told.extend(outcome.zip(number).map(|(i, x)| (i, name, x)));
                }
            }
            _ => {
                let expected = if is_theta {
                    "a mapping of outcomes to parameters"
                } else {
                    "a mapping of outcomes to probabilities, or the outcome that is sure"
                };
                return self.problems.push(wrong_type(node, path, expected));
            }
        }
        let law = told.first().map(|&(outcome, ..)| part(outcome).law());
        if !is_theta {
            // what a law does not name is impossible
            let own = self.design.parts.iter().zip(given.iter_mut());
            let own = own.filter(|(part, _)| Some(part.law()) == law);
            own.for_each(|(_, given)| *given = Some(Number::ZERO));
        }
        for (outcome, name, number) in told {
            match self.design.parts.binary_search(&part(outcome)) {
                Ok(k) => given[k] = Some(number),
                // of what is never known, or never possible there, nothing is asked
                Err(_) if self.design.parts.iter().all(|part| Some(part.law()) != law) => {}
                Err(_) => {
                    let own = self
                        .design
                        .parts
                        .iter()
                        .filter(|part| Some(part.law()) == law);
                    let names = own.map(|part| self.outcome_name(*part));
                    let help = Suggestion::OneOf(NameList::of(names.collect::<Vec<_>>()));
                    self.unknown(name, path, help);
                }
            }
        }
    }

    /// The number of an action, or of a node.
    fn outcome(&mut self, name: Node<'_>, path: &KeyPath<'_>, of: Outcomes) -> Option<u32> {
        let found = match of {
            Outcomes::Nodes => self.node(name),
            Outcomes::Actions => {
                let mut actions = self.sight.actions().iter();
                actions
                    .position(|action| action == name.text())
                    .map(|a| a as u32)
            }
        };
        if found.is_none() {
            let help = match of {
                Outcomes::Nodes => self.nodes_there_are(),
                Outcomes::Actions => {
                    let known: Vec<_> = self.sight.actions().iter().collect();
                    let known: Vec<&str> = known.iter().map(|name| &**name).collect();
                    suggest(name.text(), &known)
                }
            };
            self.unknown(name, path, help);
        }
        found
    }

    fn outcome_name(&self, part: ControllerPart) -> String {
        match part {
            ControllerPart::Start { node } => node.to_string(),
            ControllerPart::Successor { to, .. } => to.to_string(),
            ControllerPart::Action { action, .. } => {
                self.sight.actions().get(action as usize).into_owned()
            }
        }
    }
}
