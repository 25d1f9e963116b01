//! What is in a model, for people.

use exact_mdp::chain::{NamedClass, NamedStructure, StateList};
use exact_mdp::model::visible;
use exact_mdp::report::{CheckReport, CheckedFile, Contents};

use crate::table::{self, Readable, View};

impl Readable for CheckReport {
    fn table(&self, view: &View) -> String {
        if view.brief {
            return self.models.iter().map(|model| line(model, view)).collect();
        }
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

/// One model in one line: the verdict and the sizes, or the first of its errors.
fn line(model: &CheckedFile, view: &View) -> String {
    let says = match &model.contents {
        Some(Contents { head, sizes, .. }) if model.valid => format!(
            "{}: {}, {}, {}",
            view.verdict("valid", true),
            table::count(sizes.states, "state"),
            table::count(sizes.pairs, "state-action pair"),
            head.criterion,
        ),
        _ => {
            let first = model.errors.first().map_or("", String::as_str);
            let first = first.lines().next().unwrap_or_default();
            format!("{}: {first}", view.verdict("not valid", false))
        }
    };
    format!("{}: {says}\n", visible(&model.file))
}

/// One model: its title, its description, its structure, the verdict.
fn block(model: &CheckedFile, view: &View) -> String {
    let verdict = if model.valid {
        view.verdict("valid", true)
    } else {
        view.verdict("not valid", false)
    };
    let Some(Contents {
        head,
        rewards,
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
        return format!("{}: {verdict}\n{errors}", view.title(&visible(&model.file)));
    };
    let mut text = table::title(head, view);
    if let Some(description) = description {
        for line in description.trim().lines() {
            text += &format!("{}\n", visible(line));
        }
    }
    if !rewards.is_empty() {
        let names: Vec<String> = rewards
            .iter()
            .map(|name| visible(name).to_string())
            .collect();
        text += &format!("rewards: {}\n", names.join(", "));
    }
    let transitions = table::count(sizes.transitions, "transition");
    text += &format!(
        "{}, {transitions} of positive probability\n",
        table::count(sizes.actions, "action")
    );
    text += &structure_in_words(structure, view);
    // the title has said it
    let normalized = head
        .normalized
        .as_ref()
        .map(|done| format!("normalised: {done}"));
    for warning in (model.warnings.iter()).filter(|warning| Some(*warning) != normalized.as_ref()) {
        text += &format!("warning: {warning}\n");
    }
    for error in &model.errors {
        text += &format!("error: {error}\n");
    }
    text + &format!("{}: {verdict}\n", visible(&model.file))
}

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
    let ends = classes.iter().any(|class| class.terminal);
    let groups = [
        ("transient", Some(&structure.transient)),
        (
            "never terminate",
            ends.then_some(&structure.never_terminate),
        ),
        ("not reached from ρ₀", Some(&structure.unreachable)),
    ];
    let groups = groups
        .into_iter()
        .filter_map(|(name, states)| Some((name, states?)));
    for (name, states) in groups.filter(|(_, states)| !states.is_empty()) {
        text += &format!("  {name} ({}): {}\n", states.len(), some_of(states));
    }
    text
}

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
fn some_of(states: &StateList) -> String {
    const SHOWN: usize = 12;
    let shown: Vec<_> = states.names().take(SHOWN).collect();
    let shown = shown.join(", ");
    match states.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
