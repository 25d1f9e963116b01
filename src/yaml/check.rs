//! A document → a model: the keys of the file, one after the other.

mod cut;
mod file;
mod made;
mod seen;
mod start;

use std::sync::Arc;

use super::YamlError;
use super::axes::Axes;
use super::criterion::written;
use super::document::{Document, Node, NodeKind};
use super::gymnasium::{self, Quick as Dictionary};
use super::intervals::intervals;
use super::lane::{Nested, Rows};
use super::names::found;
use super::needs::{MODEL, POLICY};
use super::read::Fields;
use super::{players, policy as block};
use crate::mdp::{Names, Space};
use crate::model::Model;
use crate::model::chosen::criterion;
use crate::model::criterion::{Objective, Overrides};
use crate::model::draft::Checked;
use crate::model::errors::{ModelWarning, Problems};
use crate::number::Number;
use crate::policy::Specification;
use cut::Cut;
use file::File;
pub(crate) use seen::controller_nodes;
use seen::seen;
pub(crate) use start::start;

/// The keys of a model file, in the order in which files are written.
pub(crate) const KEYS: [&str; 20] = [
    "name",
    "description",
    "discount",
    "horizon",
    "criterion",
    "objective",
    "grid",
    "garnet",
    "states",
    "actions",
    "players",
    "initial",
    "dynamics",
    "transitions",
    "rewards",
    "intervals",
    "observations",
    "terminal",
    "layout",
    "policy",
];

/// Reads a whole model file; `stem` is the name of a model that gives itself none.
pub(crate) fn model(stem: String, text: &str, overrides: &Overrides) -> Result<Model, Problems> {
    let quick = quickly(stem.clone(), text, overrides);
    quick.map_or_else(|| fully(stem, text, overrides), Ok)
}

/// A model whose rows, or whose `P`, are cut from the text; `None` where that does not do.
pub(crate) fn quickly(stem: String, text: &str, overrides: &Overrides) -> Option<Model> {
    let cut = Rows::find(text).map(Cut::Rows);
    let cut = cut.or_else(|| Nested::find(text).map(Cut::Nested));
    let cut = cut.or_else(|| Dictionary::find(text).map(Cut::Dictionary))?;
    let (document, problems) = open(cut.rest(), MODEL).ok()?;
    cut.is_at_its_place(document.root()).then_some(())?;
    read(stem, &document, Some(&cut), problems, overrides).ok()
}

/// The model with the intervals of a file. Errors with what is wrong with them.
fn within(model: Model, node: Node<'_>, overrides: &Overrides) -> Result<Model, Problems> {
    let mut problems = Problems::allowing(overrides);
    let found = intervals(node, &model, &mut problems);
    if problems.is_empty() {
        Ok(model.within(found))
    } else {
        Err(problems)
    }
}

/// A model from its document.
pub(crate) fn fully(stem: String, text: &str, overrides: &Overrides) -> Result<Model, Problems> {
    let (document, problems) = open(text, MODEL)?;
    read(stem, &document, None, problems, overrides)
}

fn read<'d>(
    stem: String,
    document: &'d Document<'d>,
    cut: Option<&Cut<'_>>,
    mut problems: Problems,
    overrides: &Overrides,
) -> Result<Model, Problems> {
    problems.allow(overrides);
    let (fields, dictionary) = keys(document.root(), &mut problems);
    let nodes = document.nodes() + cut.map_or(0, Cut::nodes);
    let players = fields.get("players");
    let players = players.map(|node| players::players(node, nodes, &mut problems).map(Arc::new));
    let joint = players.as_ref().and_then(Option::as_ref);
    let joint: Option<Names> = joint.map(|players| players.joint_names());
    let states = fields.get("states");
    let states = Axes::read(states, ("states", "s"), &mut problems);
    let actions = fields.get("actions");
    let actions = Axes::read(actions, ("actions", "a"), &mut problems);
    let mut file = File {
        has_chosen: overrides.criterion.is_some(),
        players: players.map(|players| players.zip(joint.as_ref())),
        fields,
        axes: (states.as_ref(), actions.as_ref()),
        dictionary,
        cut,
        starts_elsewhere: overrides.initial.as_deref(),
        share: overrides.share,
        nodes,
        missing: Vec::new(),
        warnings: Vec::new(),
        problems,
        named: Vec::new(),
        observations: None,
    };
    let (name, description) = (file.text("name"), file.text("description"));
    let written = written(&file.fields, &mut file.problems);
    let criterion = criterion(written, overrides, &mut file.problems);
    let criterion = criterion.unwrap_or_else(|missing| {
        file.missing.push(missing);
        None
    });
    let objective = file.objective();
    let states = file.states();
    let made = file.make(states.as_ref());
    let initial = file.initial(made.as_ref(), states.as_ref());
    let policy = file.policy(made.as_ref().map(|made| &made.table.space));
    file.report_missing();
    match (made, criterion, initial) {
        (Some(made), Some(criterion), Some(initial)) if file.problems.is_empty() => {
            let checked = Checked {
                name: name.unwrap_or(stem),
                description,
                made: made.table,
                initial,
                criterion,
                policy,
                warnings: std::mem::take(&mut file.warnings),
            };
            finished(Model::of(checked), file, objective, overrides)
        }
        _ => Err(file.problems),
    }
}

/// The keys of a file, and Gymnasium's `P` where it has one.
fn keys<'d>(root: Node<'d>, problems: &mut Problems) -> (Fields<'d>, Option<Node<'d>>) {
    if gymnasium::is_bare(root) {
        return (Fields::none(), Some(root));
    }
    if root.entries().any(|(key, _)| key.text() == "P") {
        let keys = [KEYS.as_slice(), &["P"]].concat();
        let fields = Fields::read(root, "the model", &keys, problems);
        let dictionary = fields.get("P");
        return (fields, dictionary);
    }
    (Fields::read(root, "the model", &KEYS, problems), None)
}

/// The model with its rewards, players, intervals and observations.
fn finished(
    model: Model,
    file: File<'_, '_>,
    objective: Option<Objective>,
    overrides: &Overrides,
) -> Result<Model, Problems> {
    let model = if file.named.is_empty() {
        model
    } else {
        model.with_named(file.named)
    };
    let model = model.with_objective(objective.unwrap_or_default());
    let model = match file.fields.get("players") {
        Some(node) => players::paid(model, node)?,
        None => model,
    };
    let model = match file.fields.get("intervals") {
        Some(node) => within(model, node, overrides)?,
        None => model,
    };
    match file.observations {
        Some(observations) => seen(observations, &model, file.fields.get("policy"), overrides),
        None => Ok(model),
    }
}

/// Reads a whole policy file.
pub(crate) fn policy(
    text: &str,
    space: &Space,
) -> Result<(Specification, Vec<ModelWarning>), Problems> {
    let (document, mut problems) = open(text, POLICY)?;
    let list = block::by_order(document.root());
    if let Some(list) = list {
        let own = own_space(text, document.root())?;
        let error = block::other_order(list, &own, space);
        error.into_iter().for_each(|error| problems.push(error));
    }
    let mut warnings = Vec::new();
    let policy = block::found(document.root(), space, &mut warnings, &mut problems);
    match policy {
        Some(policy) if problems.is_empty() => Ok((policy, warnings)),
        _ => Err(problems),
    }
}

/// The states and actions of a model file that is given for its policy, wherever it starts and whatever it discounts.
fn own_space(text: &str, root: Node<'_>) -> Result<Arc<Space>, Problems> {
    let mut keys = root.entries().map(|(key, _)| key.text());
    let has_criterion = keys.any(|key| matches!(key, "discount" | "horizon" | "criterion"));
    let overrides = Overrides {
        initial: Some("uniform".into()),
        discount: (!has_criterion).then(|| Number::ratio(1, 2)).flatten(),
        ..Overrides::default()
    };
    Ok(model(String::new(), text, &overrides)?.space().clone())
}

/// Reads what a policy file says of the times of a horizon; nothing if it does not speak of them.
pub(crate) fn rules(
    text: &str,
    times: (&Space, usize),
) -> Result<Option<(Specification, Vec<ModelWarning>)>, Problems> {
    if !block::may_be_in_time(text) {
        return Ok(None);
    }
    let (document, mut problems) = open(text, POLICY)?;
    let mut warnings = Vec::new();
    let rules = block::rules(document.root(), times, &mut warnings, &mut problems);
    if problems.is_empty() {
        Ok(rules.map(|rules| (rules, warnings)))
    } else {
        Err(problems)
    }
}

fn open<'t>(text: &'t str, needs: &'static str) -> Result<(Document<'t>, Problems), Problems> {
    let mut problems = Problems::default();
    let document = Document::read(text, needs, &mut problems)?;
    let root = document.root();
    if root.kind() != NodeKind::Mapping {
        let (found, at) = (found(root), root.place());
        problems.push(YamlError::NotAMapping { found, at });
        return Err(problems);
    }
    Ok((document, problems))
}
