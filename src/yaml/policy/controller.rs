//! The keys of policies by what is seen: `nodes`, `start`, `acts_on`, `laws`, and `theta` or `probabilities`
//! law by law.
//!
//! ```text
//! parametrization: observation
//! probabilities: {(start): listen, hear-left: {listen: 1/2, open-right: 1/2}, hear-right: listen}
//!
//! parametrization: controller
//! nodes: 2
//! start: 0
//! probabilities:
//!   actions: {0: listen, 1: {open-left: 1/2, open-right: 1/2}}
//!   successors: {0: {hear-left: 1, hear-right: 0}, 1: {hear-left: 0, hear-right: 0}}
//! ```

mod law;
mod reader;

use std::num::NonZeroU32;

use self::law::Outcomes;
use self::reader::Reader;
use super::block::Block;
use super::error::PolicyFileError;
use super::keys::{Author, Keys};
use super::report::{get, only_model};
use crate::model::error::NameList;
use crate::model::errors::Problems;
use crate::model::names::suggest;
use crate::number::Number;
use crate::policy::{
    ControllerPart, ControllerSpecification, Design, Kind, LawKind, Specification,
};
use crate::yaml::YamlError;
use crate::yaml::document::{Node, NodeKind};
use crate::yaml::read::{KeyPath, number, whole, word, wrong_type};

const ACTS_ON: [(&str, bool); 2] = [("node", false), ("observation", true)];
const LAWS: [(&str, LawKind); 2] = [("softmax", LawKind::Softmax), ("simplex", LawKind::Simplex)];

/// How many nodes the controller has that a policy file, a report or a model file describes; `None` if it does not
/// describe one.
pub(crate) fn nodes_of(root: Node<'_>) -> Option<NonZeroU32> {
    let root = only_model(root);
    let policy = get(root, "policy").unwrap_or(root);
    nodes_of_block(policy)
}

/// How many nodes the controller of a policy block has; `None` if it describes none.
pub(crate) fn nodes_of_block(policy: Node<'_>) -> Option<NonZeroU32> {
    match get(policy, "parametrization")?.text() {
        "observation" => Some(NonZeroU32::MIN),
        // a number that is wrong, or not there, is told where the policy is read: that needs a model
        "controller" => {
            let nodes = get(policy, "nodes").and_then(whole);
            let nodes = nodes.and_then(|nodes| u32::try_from(nodes).ok());
            Some(nodes.and_then(NonZeroU32::new).unwrap_or(NonZeroU32::MIN))
        }
        _ => None,
    }
}

/// Whether a policy block is by what is seen.
pub(crate) fn is_by_seen(policy: Node<'_>) -> bool {
    let kind = get(policy, "parametrization");
    kind.is_some_and(|kind| matches!(kind.text(), "observation" | "controller"))
}

impl Keys<'_> {
    /// What the controller consists of; nothing if it is none, or that cannot be read.
    pub(super) fn controller(&self, problems: &mut Problems) -> Option<ControllerSpecification> {
        let path = KeyPath::new("policy");
        let laws = match self.get("laws") {
            Some(node) => word(node, &path.join("laws"), &LAWS, problems)?,
            None => LawKind::Softmax,
        };
        if self.kind == Kind::Observation {
            return Some(ControllerSpecification::memoryless(laws));
        }
        let nodes = self.get("nodes")?;
        let expected = "a whole number of nodes, at least 1";
        let Some(count) = self.whole(nodes, |&count| count > 0) else {
            problems.push(wrong_type(nodes, &path.join("nodes"), expected));
            return None;
        };
        let start = self.get("start").map(|node| {
            let start = self.whole(node, |&start| start < count);
            if start.is_none() {
                let expected = "a node: a whole number from 0, below `nodes`";
                problems.push(wrong_type(node, &path.join("start"), expected));
            }
            start
        });
        let acts_on = self.get("acts_on");
        let acts_on_seen = match acts_on {
            Some(node) => word(node, &path.join("acts_on"), &ACTS_ON, problems)?,
            None => false,
        };
        Some(ControllerSpecification {
            nodes: count,
            start: match start {
                Some(start) => Some(start?),
                None => None,
            },
            acts_on_seen,
            laws,
        })
    }

    fn whole(&self, node: Node<'_>, fits: impl Fn(&u32) -> bool) -> Option<u32> {
        let found = u32::try_from(whole(node)?).ok();
        found.filter(fits)
    }
}

impl<'d> Block<'_, 'd> {
    /// The numbers of a controller, which says of what it consists.
    pub(super) fn by_laws(&mut self, scalars: Specification) -> Option<Specification> {
        let of = scalars.controller?;
        let kind = scalars.parametrization;
        let space = self.tables.space;
        let design = match Design::new(space, kind, of) {
            Ok(design) => design,
            Err(why) => {
                let at = self.keys.node.place();
                self.problems.push(PolicyFileError::Controller { why, at });
                return None;
            }
        };
        let sight = space.sight()?;
        let mut reader = Reader {
            sight,
            design: &design,
            problems: self.problems,
        };
        let mut read = |key| match self.keys.get(key) {
            Some(node) => reader.read(key, node).map(Some),
            None => Some(None),
        };
        let theta = read("theta")?;
        let mut probabilities = read("probabilities")?;
        // a report has π of the pairs there, and beside it that of the laws
        if self.keys.author == Author::Report && theta.is_none() {
            probabilities = read("law_probabilities")?;
        }
        let given = probabilities.as_ref();
        if let Some(Err(why)) = given.map(|given| design.check(given, false)) {
            let at = self.keys.get("probabilities").map(|node| node.place());
            let at = at.unwrap_or(self.keys.node.place());
            self.problems.push(PolicyFileError::Controller { why, at });
        }
        Some(Specification {
            theta,
            probabilities,
            ..scalars
        })
    }
}

impl Reader<'_> {
    /// A list in the order of the parameters, or a mapping of laws; of laws that are left out the uniform ones.
    fn read(&mut self, key: &'static str, node: Node<'_>) -> Option<Vec<Number>> {
        let path = KeyPath::new("policy");
        let path = path.join(key);
        match node.kind() {
            NodeKind::Sequence => self.listed(key, node, &path),
            NodeKind::Mapping => self.nested(key, node, &path),
            _ => {
                let expected =
                    "a mapping of what is known to laws, or a list in the order of the parameters";
                self.problems.push(wrong_type(node, &path, expected));
                None
            }
        }
    }

    fn listed(
        &mut self,
        key: &'static str,
        node: Node<'_>,
        path: &KeyPath<'_>,
    ) -> Option<Vec<Number>> {
        let (found, expected) = (node.items().count(), self.design.parts.len());
        if found != expected {
            self.problems.push(PolicyFileError::Count {
                table: key,
                found,
                expected,
                each: "one per parameter",
                at: node.place(),
            });
            return None;
        }
        let numbers = node.items().map(|item| number(item, path, self.problems));
        numbers.collect::<Vec<_>>().into_iter().collect()
    }

    fn nested(
        &mut self,
        key: &'static str,
        node: Node<'_>,
        path: &KeyPath<'_>,
    ) -> Option<Vec<Number>> {
        let before = self.problems.count();
        let mut given: Vec<Option<Number>> = vec![None; self.design.parts.len()];
        let is_theta = key == "theta";
        if self.design.kind == Kind::Observation {
            let by_seen = |seen| {
                move |action| ControllerPart::Action {
                    node: 0,
                    seen: Some(seen),
                    action,
                }
            };
            self.seen(node, path, &mut |reader, seen, law, path| {
                reader.law(
                    law,
                    path,
                    Outcomes::Actions,
                    &by_seen(seen),
                    &mut given,
                    is_theta,
                );
            });
            self.complete(key, node, &given, |_| true);
        } else {
            self.parts_of_controller((key, node, path), &mut given, is_theta);
        }
        let uniform = |part: &ControllerPart| {
            let same = self
                .design
                .parts
                .iter()
                .filter(|other| other.law() == part.law());
            let count = same.count() as u64;
            if is_theta {
                Number::ZERO
            } else {
                Number::ratio(1, count).unwrap_or(Number::ONE)
            }
        };
        let parts = self.design.parts.iter();
        let all = given
            .into_iter()
            .zip(parts)
            .map(|(given, part)| given.unwrap_or_else(|| uniform(part)));
        let all = all.collect();
        (self.problems.count() == before).then_some(all)
    }

    /// `start`, `actions` and `successors`, each of which may be left out.
    fn parts_of_controller(
        &mut self,
        (key, node, path): (&'static str, Node<'_>, &KeyPath<'_>),
        given: &mut [Option<Number>],
        is_theta: bool,
    ) {
        for (name, value) in node.entries() {
            let path = path.join(name.text());
            match name.text() {
                "start" if self.design.of.start.is_none() => {
                    let part = |node| ControllerPart::Start { node };
                    self.law(value, &path, Outcomes::Nodes, &part, given, is_theta);
                    self.complete(key, value, given, |part| {
                        matches!(part, ControllerPart::Start { .. })
                    });
                }
                "actions" => {
                    self.nodes(value, &path, &mut |reader, node, value, path| {
                        reader.actions(node, value, path, given, is_theta);
                    });
                    self.complete(key, value, given, |part| {
                        matches!(part, ControllerPart::Action { .. })
                    });
                }
                "successors" => {
                    self.nodes(value, &path, &mut |reader, node, value, path| {
                        reader.seen(value, path, &mut |reader, seen, law, path| {
                            let part = |to| ControllerPart::Successor { node, seen, to };
                            reader.law(law, path, Outcomes::Nodes, &part, given, is_theta);
                        });
                    });
                    self.complete(key, value, given, |part| {
                        matches!(part, ControllerPart::Successor { .. })
                    });
                }
                found => {
                    let known: &[&str] = match self.design.of.start {
                        None => &["start", "actions", "successors"],
                        Some(_) => &["actions", "successors"],
                    };
                    self.problems.push(YamlError::UnknownKey {
                        found: found.into(),
                        within: format!("`{key}`"),
                        help: suggest(found, known),
                        at: name.place(),
                    });
                }
            }
        }
    }

    /// The law of actions of a node, or one for each observation.
    fn actions(
        &mut self,
        node: u32,
        value: Node<'_>,
        path: &KeyPath<'_>,
        given: &mut [Option<Number>],
        is_theta: bool,
    ) {
        if !self.design.of.acts_on_seen {
            let part = |action| ControllerPart::Action {
                node,
                seen: None,
                action,
            };
            return self.law(value, path, Outcomes::Actions, &part, given, is_theta);
        }
        self.seen(value, path, &mut |reader, seen, law, path| {
            let part = |action| ControllerPart::Action {
                node,
                seen: Some(seen),
                action,
            };
            reader.law(law, path, Outcomes::Actions, &part, given, is_theta);
        });
    }

    /// Each entry of a mapping of what was seen.
    fn seen(
        &mut self,
        node: Node<'_>,
        path: &KeyPath<'_>,
        each: &mut dyn FnMut(&mut Self, u32, Node<'_>, &KeyPath<'_>),
    ) {
        if node.kind() != NodeKind::Mapping {
            let expected = "a mapping of what was seen last, `(start)` for nothing yet, to laws";
            return self.problems.push(wrong_type(node, path, expected));
        }
        for (name, law) in node.entries() {
            match self.sight.seen(name.text()) {
                Some(seen) => each(self, seen, law, &path.join(name.text())),
                None => {
                    let mut known = vec![self.sight.seen_name(0)];
                    known.extend(self.sight.observations().iter());
                    let known: Vec<&str> = known.iter().map(|name| &**name).collect();
                    self.unknown(name, path, suggest(name.text(), &known));
                }
            }
        }
    }

    /// Each entry of a mapping of nodes.
    fn nodes(
        &mut self,
        node: Node<'_>,
        path: &KeyPath<'_>,
        each: &mut dyn FnMut(&mut Self, u32, Node<'_>, &KeyPath<'_>),
    ) {
        if node.kind() != NodeKind::Mapping {
            let expected = "a mapping of nodes, `{0: …, 1: …}`";
            return self.problems.push(wrong_type(node, path, expected));
        }
        for (name, value) in node.entries() {
            match self.node(name) {
                Some(node) => each(self, node, value, &path.join(name.text())),
                None => self.unknown(name, path, self.nodes_there_are()),
            }
        }
    }

    /// An error for the parameters of some kind that nothing was said of.
    fn complete(
        &mut self,
        table: &'static str,
        node: Node<'_>,
        given: &[Option<Number>],
        of: impl Fn(&ControllerPart) -> bool,
    ) {
        let lacks = |k: &usize| given[*k].is_none() && of(&self.design.parts[*k]);
        let missing = (0..given.len()).filter(lacks);
        let missing: Vec<String> = missing.map(|k| self.design.labels[k].clone()).collect();
        if !missing.is_empty() && self.problems.is_empty() {
            self.problems.push(PolicyFileError::LawsMissing {
                table,
                missing: NameList::of(missing),
                at: node.place(),
            });
        }
    }
}
