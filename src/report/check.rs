//! What `check` reports: sizes, criterion, structure and warnings of models, or what is wrong.

use std::io;

use serde::Serialize;

use super::{Head, Quantity, Report, csv};
use crate::chain::NamedStructure;

/// The models that were checked, in the order they were given.
#[derive(Clone, Debug, Serialize)]
pub struct CheckReport {
    /// One entry per file.
    pub models: Vec<Checked>,
}

/// One model file.
#[derive(Clone, Debug, Serialize)]
pub struct Checked {
    /// The path as it was given.
    pub file: String,
    /// Whether it is a valid MDP with a policy that suits its criterion.
    pub valid: bool,
    /// What is wrong with it, a message each.
    pub errors: Vec<String>,
    /// What was accepted and should be known.
    pub warnings: Vec<String>,
    /// What is in the file, as far as it is valid.
    #[serde(flatten)]
    pub contents: Option<Contents>,
}

/// What is in a valid file.
#[derive(Clone, Debug, Serialize)]
pub struct Contents {
    /// The model, the criterion, the policy.
    #[serde(flatten)]
    pub head: Head,
    /// The file's description.
    pub description: Option<String>,
    /// How many there are of what.
    pub sizes: Sizes,
    /// Classes, periods and termination under the policy.
    pub structure: NamedStructure,
}

/// How many there are of what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Sizes {
    /// States, terminal ones included.
    pub states: usize,
    /// Terminal states.
    pub terminal: usize,
    /// Named actions.
    pub actions: usize,
    /// State-action pairs.
    pub pairs: usize,
    /// Non-zero entries of p.
    pub transitions: usize,
    /// Parameters of the policy.
    pub parameters: usize,
}

impl Report for CheckReport {
    /// Columns `file`, `quantity`, `word`, `value`: what is no number is a word.
    fn csv(&self, rows: &mut csv::Rows) -> io::Result<()> {
        rows.row(&["file", "quantity", "word", "value"])?;
        for model in &self.models {
            let file = model.file.as_str();
            let mut say = |quantity: &str, word: &str| {
                rows.number(&[file, quantity, word], Quantity::Undefined)
            };
            say("valid", &model.valid.to_string())?;
            for error in &model.errors {
                say("error", error)?;
            }
            for warning in &model.warnings {
                say("warning", warning)?;
            }
            let Some(Contents {
                head,
                sizes,
                structure,
                ..
            }) = &model.contents
            else {
                continue;
            };
            say("model", &head.model)?;
            say("criterion", head.criterion.kind)?;
            say("structure", structure.kind)?;
            let parts = [
                ("recurrent_classes", structure.recurrent_classes.len()),
                ("transient", structure.transient.len()),
                ("unreachable", structure.unreachable.len()),
            ];
            for (quantity, size) in sizes.named().into_iter().chain(parts) {
                rows.row(&[file, quantity, "", &size.to_string()])?;
            }
        }
        Ok(())
    }
}

impl Sizes {
    fn named(&self) -> [(&'static str, usize); 6] {
        [
            ("states", self.states),
            ("terminal", self.terminal),
            ("actions", self.actions),
            ("pairs", self.pairs),
            ("transitions", self.transitions),
            ("parameters", self.parameters),
        ]
    }
}
