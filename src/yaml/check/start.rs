//! Where episodes start: `initial`, a generator's ρ₀, a flag.

use super::file::File;
use super::made::Made;
use crate::mdp::Space;
use crate::model::criterion::Overrides;
use crate::model::distribution::uniform;
use crate::model::error::NameOf;
use crate::model::errors::{ModelWarning, Problems};
use crate::model::names::Index;
use crate::number::Number;
use crate::yaml::YamlError;
use crate::yaml::document::{Document, NodeKind};
use crate::yaml::initial::{initial, listed, starts_alive};
use crate::yaml::needs::START;

/// ρ₀ from a text that stands where `initial` would.
pub(crate) fn start(
    text: &str,
    space: &Space,
    overrides: &Overrides,
) -> Result<(Vec<Number>, Vec<ModelWarning>), Problems> {
    let mut problems = Problems::allowing(overrides);
    let document = Document::read(text, START, &mut problems)?;
    let states = Index::of_names(NameOf::State, space.state_names());
    let mut warnings = Vec::new();
    let weights = initial(
        document.root(),
        &states,
        Some(space),
        &mut warnings,
        &mut problems,
    )
    .filter(|weights| starts_alive(weights, space, document.root().place(), &mut problems));
    match weights {
        Some(weights) if problems.is_empty() => Ok((weights, warnings)),
        _ => Err(problems),
    }
}

impl<'d> File<'d, '_> {
    /// ρ₀ of the file; a flag in its place is read later ([`start`]).
    pub(super) fn initial(
        &mut self,
        made: Option<&Made>,
        states: Option<&Index<'d>>,
    ) -> Option<Vec<Number>> {
        if self.starts_elsewhere.is_some() {
            return made.map(|made| uniform(&made.table.space));
        }
        let Some(made) = made else {
            self.check_initial(states);
            return None;
        };
        let weights = self.weights(made)?;
        let generator = || {
            self.fields
                .key("grid")
                .or_else(|| self.fields.key("garnet"))
        };
        let written = self.fields.get("initial").or_else(generator)?;
        let (space, at) = (&made.table.space, written.place());
        starts_alive(&weights, space, at, &mut self.problems).then_some(weights)
    }

    /// ρ₀ from `initial`, or from the generator.
    pub(super) fn weights(&mut self, made: &Made) -> Option<Vec<Number>> {
        let Some(node) = self.fields.get("initial") else {
            if made.initial.is_none() {
                self.missing.push("initial");
            }
            return made.initial.clone();
        };
        if self.fields.get("grid").is_some() && made.initial.is_some() {
            self.refuse_initial();
        }
        let states = Index::of_names(NameOf::State, made.table.space.state_names());
        let problems = &mut self.problems;
        if self.dictionary.is_some() && node.kind() == NodeKind::Sequence {
            return listed(node, &made.table.space, &mut self.warnings, problems);
        }
        let space = Some(&made.table.space);
        initial(node, &states, space, &mut self.warnings, problems)
    }

    /// The errors of `initial` in a model that is wrong elsewhere.
    pub(super) fn check_initial(&mut self, states: Option<&Index<'d>>) {
        let is_generated = ["grid", "garnet"]
            .iter()
            .any(|key| self.fields.get(key).is_some());
        match (self.fields.get("initial"), states) {
            (Some(node), Some(states)) => {
                initial(node, states, None, &mut self.warnings, &mut self.problems);
            }
            (None, _) if !is_generated => self.missing.push("initial"),
            _ => {}
        }
    }

    pub(super) fn refuse_initial(&mut self) {
        if let Some(key) = self.fields.key("initial") {
            self.problems.push(YamlError::GeneratedKey {
                generator: "grid",
                key: "initial",
                at: key.place(),
            });
        }
    }
}
