//! What `check` reports: sizes, criterion, structure and warnings of models, or what is wrong.

use std::io;

use serde::Serialize;

#[cfg(feature = "cli")]
use super::table::{self, View};
use super::{Head, Report, csv};
#[cfg(feature = "cli")]
use crate::chain::NamedClass;
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
    /// Columns `file`, `quantity`, `value`.
    fn csv(&self, rows: &mut csv::Rows) -> io::Result<()> {
        rows.row(&["file", "quantity", "value"])?;
        for model in &self.models {
            let file = model.file.as_str();
            let mut say = |quantity: &str, value: &str| rows.row(&[file, quantity, value]);
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
            for (quantity, size) in sizes.named() {
                say(quantity, &size.to_string())?;
            }
            say("structure", structure.kind)?;
            say(
                "recurrent_classes",
                &structure.recurrent_classes.len().to_string(),
            )?;
            say("transient", &structure.transient.len().to_string())?;
            say("unreachable", &structure.unreachable.len().to_string())?;
        }
        Ok(())
    }

    #[cfg(feature = "cli")]
    fn table(&self, view: &View) -> String {
        let blocks: Vec<String> = self.models.iter().map(|model| block(model, view)).collect();
        let mut text = blocks.join("\n");
        if self.models.len() > 1 {
            let invalid = self.models.iter().filter(|model| !model.valid).count();
            let verdict = match invalid {
                0 => view.verdict("all valid", true),
                some => view.verdict(&format!("{some} not valid"), false),
            };
            text += &format!(
                "\n{}, {verdict}\n",
                table::count(self.models.len(), "model")
            );
        }
        text
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

/// One model: its title, its description, its structure, the verdict.
#[cfg(feature = "cli")]
fn block(model: &Checked, view: &View) -> String {
    let verdict = match model.valid {
        true => view.verdict("valid", true),
        false => view.verdict("not valid", false),
    };
    let Some(Contents {
        head,
        description,
        sizes,
        structure,
    }) = &model.contents
    else {
        let errors: String = model
            .errors
            .iter()
            .map(|error| format!("  {error}\n"))
            .collect();
        return format!("{}: {verdict}\n{errors}", view.title(&model.file));
    };
    let mut text = table::title(head, view);
    if let Some(description) = description {
        text += &format!("{}\n", description.trim());
    }
    let transitions = table::count(sizes.transitions, "transition");
    text += &format!(
        "{}, {transitions} of positive probability\n",
        table::count(sizes.actions, "action")
    );
    text += &structure_in_words(structure, view);
    for warning in &model.warnings {
        text += &format!("warning: {warning}\n");
    }
    for error in &model.errors {
        text += &format!("error: {error}\n");
    }
    text + &format!("{}: {verdict}\n", model.file)
}

#[cfg(feature = "cli")]
fn structure_in_words(structure: &NamedStructure, view: &View) -> String {
    let classes = &structure.recurrent_classes;
    let ends = match classes.iter().any(|class| class.terminal) {
        false => "nothing terminates",
        true if structure.proper => "the policy terminates from every state",
        true => "the policy does not terminate from every state",
    };
    let mut text = format!("under this policy: {}, {ends}\n", structure.kind);
    let (shown, note) = view.rows(classes.len());
    for class in &classes[..shown] {
        text += &format!("  {}\n", class_in_words(class, classes.len() == 1));
    }
    text += &note.unwrap_or_default();
    let continuing = !classes.iter().any(|class| class.terminal);
    let never = if continuing {
        &[][..]
    } else {
        &structure.never_terminate
    };
    let groups = [
        ("transient", &structure.transient[..]),
        ("never terminate", never),
        ("not reached from ρ₀", &structure.unreachable),
    ];
    for (name, states) in groups.into_iter().filter(|(_, states)| !states.is_empty()) {
        text += &format!("  {name} ({}): {}\n", states.len(), some_of(states));
    }
    text
}

#[cfg(feature = "cli")]
fn class_in_words(class: &NamedClass, only: bool) -> String {
    let chance = match class.absorption {
        Some(x) if !only => format!(", reached with probability {}", table::short(&x.into(), 6)),
        _ => String::new(),
    };
    let states = some_of(&class.states);
    if class.terminal {
        return format!("terminal{chance}: {states}");
    }
    let period = match class.period {
        1 => "aperiodic".to_string(),
        period => format!("period {period}"),
    };
    let size = table::count(class.states.len(), "state");
    format!("recurrent class of {size}, {period}{chance}: {states}")
}

/// The first names, and how many follow.
#[cfg(feature = "cli")]
fn some_of(names: &[String]) -> String {
    const SHOWN: usize = 12;
    let shown = names[..names.len().min(SHOWN)].join(", ");
    match names.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
