//! What `check` reports: sizes, criterion, structure and warnings of models, or what is wrong.

use std::io;

use super::entries::{Entries, Entry};
use super::{Head, Quantity, Report, csv};
use crate::chain::{NamedClass, NamedStructure};

/// The models that were checked, in the order they were given.
#[derive(Clone, Debug)]
pub struct CheckReport {
    /// One entry per file.
    pub models: Vec<CheckedFile>,
}

/// One model file.
#[derive(Clone, Debug)]
pub struct CheckedFile {
    /// The path as it was given.
    pub file: String,
    /// Whether it is a valid MDP with a policy that suits its criterion.
    pub valid: bool,
    /// What is wrong with it, a message each.
    pub errors: Vec<String>,
    /// What was accepted and should be known.
    pub warnings: Vec<String>,
    /// What is in the file, as far as it is valid.
    pub contents: Option<Contents>,
}

/// What is in a valid file.
#[derive(Clone, Debug)]
pub struct Contents {
    /// The model, the criterion, the policy.
    pub head: Head,
    /// The names of the rewards, where there are several, the one that counts first.
    pub rewards: Vec<String>,
    /// The file's description.
    pub description: Option<String>,
    /// How many there are of what.
    pub sizes: Sizes,
    /// Classes, periods and termination under the policy.
    pub structure: NamedStructure,
}

/// How many there are of what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

impl CheckedFile {
    fn entries(&self) -> Entries<'_> {
        let contents = self.contents.iter().flat_map(|x| x.entries().0);
        Entries::default()
            .and(Entry::text("file", &self.file))
            .and(Entry::flag("valid", self.valid))
            .and(Entry::texts("errors", &self.errors))
            .and(Entry::texts("warnings", &self.warnings))
            .with(contents)
    }
}

impl Contents {
    fn entries(&self) -> Entries<'_> {
        let sizes = self.sizes.named().into_iter();
        let sizes = sizes.map(|(name, size)| Entry::whole(name, size as u64));
        let description = self.description.as_deref();
        self.head
            .entries()
            .and(Entry::or_null("description", description, Entry::text))
            .and((!self.rewards.is_empty()).then(|| Entry::texts("rewards", &self.rewards)))
            .and(Entry::group("sizes", Entries(sizes.collect())))
            .and(Entry::group("structure", structure(&self.structure)))
    }
}

fn structure(structure: &NamedStructure) -> Entries<'_> {
    let classes = structure.recurrent_classes.iter().map(class).collect();
    Entries::default()
        .and(Entry::text("kind", structure.kind))
        .and(Entry::flag("proper", structure.proper))
        .and(Entry::list("recurrent_classes", classes))
        .and(Entry::texts("transient", &structure.transient))
        .and(Entry::texts("never_terminate", &structure.never_terminate))
        .and(Entry::texts("unreachable", &structure.unreachable))
}

fn class(class: &NamedClass) -> Entries<'_> {
    Entries::default()
        .and(Entry::texts("states", &class.states))
        .and(Entry::whole("period", class.period as u64))
        .and(Entry::flag("terminal", class.terminal))
        .and_some("absorption", class.absorption, Entry::float)
}

impl Report for CheckReport {
    fn entries(&self) -> Entries<'_> {
        let models = self.models.iter().map(CheckedFile::entries);
        Entries(vec![Entry::list("models", models.collect())])
    }

    /// Columns `file`, `quantity`, `word`, `value`: what is no number is a word.
    fn csv(&self, rows: &mut csv::CsvRows) -> io::Result<()> {
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
