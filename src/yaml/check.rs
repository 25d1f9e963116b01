//! A document → a model: the keys of the file, one after the other.

use std::sync::Arc;

use super::YamlError;
use super::axes::Axes;
use super::criterion::written;
use super::document::{Document, Node, NodeKind};
use super::dynamics;
use super::gymnasium::{self, Quick as Dictionary};
use super::initial::{initial, listed, starts_alive};
use super::lane::{Nested, Rows};
use super::names::found;
use super::observations::{Observations, Reader};
use super::read::{Fields, Path, word, wrong_type};
use super::transitions::Transitions;
use super::{garnet, grid, layout, players, policy as block};
use crate::mdp::{Names, Players, Space};
use crate::model::criterion::{Objective, Overrides, criterion};
use crate::model::distribution::uniform;
use crate::model::draft::Checked;
use crate::model::entries::Entries;
use crate::model::error::{NameList, NameOf};
use crate::model::errors::{ModelWarning, Problems};
use crate::model::names::Index;
use crate::model::rewards::Paid;
use crate::model::table::{self, Table};
use crate::model::{Model, Share};
use crate::number::Number;
use crate::policy::Specification;

/// The keys of a model file, in the order in which files are written.
pub(crate) const KEYS: [&str; 19] = [
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
    "observations",
    "terminal",
    "layout",
    "policy",
];

/// What `transitions`, `grid` or `garnet` make.
struct Made {
    table: Table,
    /// ρ₀, where the generator has one.
    initial: Option<Vec<Number>>,
}

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
    let (document, problems) = open(cut.rest()).ok()?;
    cut.is_at_its_place(document.root()).then_some(())?;
    read(stem, &document, Some(&cut), problems, overrides).ok()
}

/// A model from its document.
pub(crate) fn fully(stem: String, text: &str, overrides: &Overrides) -> Result<Model, Problems> {
    let (document, problems) = open(text)?;
    read(stem, &document, None, problems, overrides)
}

/// The numbers of a large file, cut from its text.
enum Cut<'t> {
    Rows(Rows<'t>),
    Nested(Nested<'t>),
    Dictionary(Dictionary<'t>),
}

impl Cut<'_> {
    /// The text without them.
    fn rest(&self) -> &str {
        match self {
            Cut::Rows(rows) => &rows.rest,
            Cut::Nested(nested) => &nested.rest,
            Cut::Dictionary(dictionary) => &dictionary.rest,
        }
    }

    /// Whether what stands in their place is the value of a key of the model, and not part of a
    /// text or of braces.
    fn is_at_its_place(&self, root: Node<'_>) -> bool {
        let keys = match self {
            Cut::Rows(rows) => std::slice::from_ref(&rows.key),
            Cut::Nested(nested) => &nested.keys,
            Cut::Dictionary(_) => return true,
        };
        let is_block = !self.rest()[root.place().offset()..].starts_with('{');
        let is_key = |at: &usize| root.entries().any(|(key, _)| key.place().offset() == *at);
        is_block && keys.iter().all(is_key)
    }

    fn nodes(&self) -> usize {
        match self {
            Cut::Rows(rows) => rows.nodes(),
            Cut::Nested(nested) => nested.nodes(),
            Cut::Dictionary(_) => 0,
        }
    }
}

fn read<'d>(
    stem: String,
    document: &'d Document<'d>,
    cut: Option<&Cut<'_>>,
    mut problems: Problems,
    overrides: &Overrides,
) -> Result<Model, Problems> {
    problems.allow(overrides);
    let root = document.root();
    let (fields, dictionary) = if gymnasium::is_bare(root) {
        (Fields::none(), Some(root))
    } else if root.entries().any(|(key, _)| key.text() == "P") {
        let keys = [KEYS.as_slice(), &["P"]].concat();
        let fields = Fields::read(root, "the model", &keys, &mut problems);
        let dictionary = fields.get("P");
        (fields, dictionary)
    } else {
        let fields = Fields::read(root, "the model", &KEYS, &mut problems);
        (fields, None)
    };
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
    let policy = file.policy(made.as_ref());
    file.report_missing();
    match (made, criterion, initial) {
        (Some(made), Some(criterion), Some(initial)) if file.problems.is_empty() => {
            let model = Model::of(Checked {
                name: name.unwrap_or(stem),
                description,
                made: made.table,
                initial,
                criterion,
                policy,
                warnings: file.warnings,
            });
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
            match file.observations {
                Some(observations) => Ok(observations.seen(&model, overrides.nodes)?),
                None => Ok(model),
            }
        }
        _ => Err(file.problems),
    }
}

/// ρ₀ from a text that stands where `initial` would.
pub(crate) fn start(
    text: &str,
    space: &Space,
    overrides: &Overrides,
) -> Result<(Vec<Number>, Vec<ModelWarning>), Problems> {
    let (document, duplicates) = Document::parse(text)?;
    let mut problems = Problems::allowing(overrides);
    duplicates
        .into_iter()
        .for_each(|error| problems.push(error));
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

/// Reads a whole policy file.
pub(crate) fn policy(
    text: &str,
    space: &Space,
) -> Result<(Specification, Vec<ModelWarning>), Problems> {
    let (document, mut problems) = open(text)?;
    let mut warnings = Vec::new();
    let policy = block::found(document.root(), space, &mut warnings, &mut problems);
    match policy {
        Some(policy) if problems.is_empty() => Ok((policy, warnings)),
        _ => Err(problems),
    }
}

/// Reads what a policy file says of the times of a horizon; nothing if it does not speak of them.
pub(crate) fn rules(
    text: &str,
    times: (&Space, usize),
) -> Result<Option<(Specification, Vec<ModelWarning>)>, Problems> {
    if !block::may_be_in_time(text) {
        return Ok(None);
    }
    let (document, mut problems) = open(text)?;
    let mut warnings = Vec::new();
    let rules = block::rules(document.root(), times, &mut warnings, &mut problems);
    if problems.is_empty() {
        Ok(rules.map(|rules| (rules, warnings)))
    } else {
        Err(problems)
    }
}

fn open(text: &str) -> Result<(Document<'_>, Problems), Problems> {
    let (document, duplicates) = Document::parse(text)?;
    let mut problems = Problems::default();
    duplicates
        .into_iter()
        .for_each(|error| problems.push(error));
    let root = document.root();
    if root.kind() != NodeKind::Mapping {
        let (found, at) = (found(root), root.place());
        problems.push(YamlError::NotAMapping { found, at });
        return Err(problems);
    }
    Ok((document, problems))
}

/// A file being read.
struct File<'d, 'c> {
    fields: Fields<'d>,
    /// What the document lacks.
    cut: Option<&'c Cut<'c>>,
    /// Gymnasium's `P`, in a file that has one.
    dictionary: Option<Node<'d>>,
    /// The grids of numbers under `states` and `actions`.
    axes: (Option<&'d Axes>, Option<&'d Axes>),
    /// Where episodes start, if a flag says so.
    starts_elsewhere: Option<&'d str>,
    /// Whose rows of a grid or garnet are kept.
    share: Option<Share>,
    /// Nodes of the document.
    nodes: usize,
    missing: Vec<&'static str>,
    warnings: Vec<ModelWarning>,
    problems: Problems,
    /// Who plays and the names of the joint actions, in a file that says so; nothing where that is wrong.
    players: Option<Option<(Arc<Players>, &'d Names)>>,
    /// Rewards by name.
    named: Vec<(String, Paid)>,
    /// What is seen of the states, where that is not all.
    observations: Option<Observations>,
}

impl<'d> File<'d, '_> {
    /// A line of text for people.
    fn text(&mut self, key: &'static str) -> Option<String> {
        let node = self.fields.get(key)?;
        if node.kind() != NodeKind::Scalar {
            self.problems
                .push(wrong_type(node, &Path::new(key), "text"));
        }
        Some(node.text().to_string())
    }

    fn required(&mut self, key: &'static str) -> Option<Node<'d>> {
        let node = self.fields.get(key);
        if node.is_none() {
            self.missing.push(key);
        }
        node
    }

    /// The names under `states`, in a file that lists its model.
    fn states(&mut self) -> Option<Index<'d>> {
        let generated = |key| self.fields.get(key).is_some();
        if self.dictionary.is_some() || generated("grid") || generated("garnet") {
            return None;
        }
        let node = self.required("states")?;
        self.names(NameOf::State, node, self.axes.0)
    }

    /// The names under `states` or `actions`: listed, counted, or those of a grid. One that is wrong has
    /// been reported.
    fn names(&mut self, of: NameOf, node: Node<'d>, axes: Option<&'d Axes>) -> Option<Index<'d>> {
        match axes {
            Some(axes) => Some(Index::of_names(of, &axes.names)),
            None if node.kind() == NodeKind::Mapping => None,
            None => Index::read(of, node, self.nodes, &mut self.problems),
        }
    }

    /// The space and the outcomes.
    fn make(&mut self, states: Option<&Index<'d>>) -> Option<Made> {
        if let Some(node) = self.dictionary {
            return self.gymnasium(node);
        }
        if let Some(node) = self.fields.get("grid") {
            self.refuse_beside("grid", &["garnet"]);
            let (mut table, initial) = grid::read(node, self.share, &mut self.problems)?;
            self.warnings.append(&mut table.warnings);
            return Some(Made { table, initial });
        }
        if let Some(node) = self.fields.get("garnet") {
            self.refuse_beside("garnet", &[]);
            let table = garnet::read(node, self.share, &mut self.problems)?;
            let initial = Some(uniform(&table.space));
            return Some(Made { table, initial });
        }
        self.explicit(states)
    }

    /// The model of Gymnasium's `P`.
    fn gymnasium(&mut self, node: Node<'d>) -> Option<Made> {
        self.refuse(
            "P",
            &[
                "grid",
                "garnet",
                "players",
                "dynamics",
                "transitions",
                "rewards",
                "observations",
                "terminal",
            ],
        );
        let names = [self.fields.get("states"), self.fields.get("actions")];
        let cut = self.cut;
        // what is wrong with the flag is told where it takes the place of the file's ρ₀
        let flag = self
            .starts_elsewhere
            .and_then(|text| Document::parse(text).ok());
        let started = match &flag {
            Some((document, _)) => Some(document.root()),
            None => self.fields.get("initial"),
        };
        let problems = &mut self.problems;
        if let Some(Cut::Dictionary(cut)) = cut {
            let table = cut.table(names, started, node.place(), problems)?;
            return Some(self.made(table));
        }
        let read = gymnasium::read(node, names, started, problems)?;
        let states = Index::of_names(NameOf::State, &read.states);
        let actions = Index::of_names(NameOf::Action, &read.actions);
        let (at, terminal) = (node.place(), &read.terminal);
        let table = table::table(&states, &actions, terminal, read.entries, at, problems)?;
        Some(self.made(table))
    }

    /// A table, its warnings told.
    fn made(&mut self, mut table: Table) -> Made {
        self.warnings.append(&mut table.warnings);
        Made {
            table,
            initial: None,
        }
    }

    /// Errors for the keys that a generator makes itself.
    fn refuse_beside(&mut self, generator: &'static str, others: &[&'static str]) {
        let made = [
            "states",
            "actions",
            "players",
            "dynamics",
            "transitions",
            "rewards",
            "observations",
            "terminal",
            "layout",
        ];
        self.refuse(generator, &made);
        self.refuse(generator, others);
    }

    fn refuse(&mut self, generator: &'static str, keys: &[&'static str]) {
        for key in keys {
            if let Some(node) = self.fields.key(key) {
                let at = node.place();
                self.problems
                    .push(YamlError::GeneratedKey { generator, key, at });
            }
        }
    }

    /// The model of `states`, `actions`, `transitions`, `rewards`, `terminal` and `layout`.
    fn explicit(&mut self, states: Option<&Index<'d>>) -> Option<Made> {
        let actions = self.actions();
        let dynamics = self.fields.get("dynamics");
        let node = match dynamics {
            Some(node) => {
                self.refuse("dynamics", &["transitions", "rewards"]);
                Some(node)
            }
            None => self.required("transitions"),
        };
        let (states, actions) = (states?, actions?);
        let terminal = self.terminal(states);
        let layout = self.fields.get("layout");
        let layout = layout.and_then(|node| layout::layout(node, states, &mut self.problems));
        let node = node?;
        if let Some(cut) = self.cut {
            let mut table = self.of_lines(cut, states, &actions, &terminal)?;
            if let Some(layout) = layout {
                table.space = table.space.with_grid(layout);
            }
            return self.played(table);
        }
        let entries = match dynamics {
            Some(node) => self.moves(node, states, &actions, &terminal)?,
            None => self.transitions(node, states, &actions, &terminal),
        };
        self.observations = self.seen(states, &actions, &terminal);
        let key = self.fields.key("transitions").unwrap_or(node);
        let problems = &mut self.problems;
        let mut table = table::table(states, &actions, &terminal, entries, key.place(), problems)?;
        if let Some(layout) = layout {
            table.space = table.space.with_grid(layout);
        }
        self.played(table)
    }

    /// The outcomes under `transitions`, paying those under `rewards`.
    fn transitions(
        &mut self,
        node: Node<'d>,
        states: &Index<'d>,
        actions: &Index<'d>,
        terminal: &[bool],
    ) -> Entries {
        let mut transitions = Transitions {
            states,
            actions,
            terminal,
            problems: &mut self.problems,
        };
        let mut entries = transitions.read(node);
        if let Some(rewards) = self.fields.get("rewards") {
            match transitions.named(rewards) {
                Some(names) => self.named = transitions.named_rewards(&names, &mut entries),
                None => transitions.rewards(rewards, &Path::new("rewards"), &mut entries),
            }
        }
        entries
    }

    /// The outcomes of `dynamics`.
    fn moves(
        &mut self,
        node: Node<'d>,
        states: &Index<'d>,
        actions: &Index<'d>,
        terminal: &[bool],
    ) -> Option<Entries> {
        let mut reader = dynamics::Reader {
            states,
            actions,
            axes: self.axes,
            terminal,
            problems: &mut self.problems,
        };
        reader.read(node)
    }

    /// The names under `actions`, or of the joint actions of `players`.
    fn actions(&mut self) -> Option<Index<'d>> {
        if self.players.is_some() {
            self.refuse("players", &["actions"]);
            let why = "what players see of the states is out of scope";
            self.refuse_of_players("observations", why);
            self.refuse_of_players("objective", "every player has a reward to make large");
            let (_, joint) = self.players.clone().flatten()?;
            return Some(Index::of_names(NameOf::Action, joint));
        }
        let node = self.required("actions")?;
        self.names(NameOf::Action, node, self.axes.1)
    }

    fn refuse_of_players(&mut self, key: &'static str, help: &'static str) {
        if let Some(node) = self.fields.key(key) {
            let at = node.place();
            self.problems
                .push(YamlError::NotWithPlayers { key, help, at });
        }
    }

    /// A table whose actions are joint actions where there are players.
    fn played(&mut self, mut table: Table) -> Option<Made> {
        let players = self.players.clone().flatten();
        if let (Some((players, _)), Some(node)) = (players, self.fields.get("players")) {
            table.space = players::played(table.space, &players, node, &mut self.problems)?;
        }
        Some(self.made(table))
    }

    /// What a fast lane makes; `None` if the document must be read whole.
    fn of_lines(
        &mut self,
        cut: &Cut<'_>,
        states: &Index<'d>,
        actions: &Index<'d>,
        terminal: &[bool],
    ) -> Option<Table> {
        let has = |key| self.fields.get(key).is_some();
        if has("observations") {
            return None;
        }
        match cut {
            Cut::Rows(rows) if !has("rewards") => {
                rows.table(states, actions, terminal, &mut self.problems)
            }
            Cut::Nested(nested) if has("rewards") == nested.has_rewards() => {
                nested.table(states, actions, terminal, &mut self.problems)
            }
            _ => None,
        }
    }

    /// What is seen of the states.
    fn seen(
        &mut self,
        states: &Index<'d>,
        actions: &Index<'d>,
        terminal: &[bool],
    ) -> Option<Observations> {
        let (key, node) = (
            self.fields.key("observations")?,
            self.fields.get("observations")?,
        );
        let mut reader = Reader {
            states,
            actions,
            terminal,
            problems: &mut self.problems,
        };
        Some(reader.read(node, key.place()))
    }

    /// Which states are terminal.
    fn terminal(&mut self, states: &Index<'d>) -> Vec<bool> {
        let mut terminal = vec![false; states.len()];
        let Some(node) = self.fields.get("terminal") else {
            return terminal;
        };
        if node.kind() != NodeKind::Sequence {
            let expected = "a list of states";
            self.problems
                .push(wrong_type(node, &Path::new("terminal"), expected));
        }
        for item in node.items() {
            if let Some(state) = states.find(item, "terminal", &mut self.problems) {
                terminal[state as usize] = true;
            }
        }
        terminal
    }

    /// ρ₀ of the file; a flag in its place is read later ([`start`]).
    fn initial(&mut self, made: Option<&Made>, states: Option<&Index<'d>>) -> Option<Vec<Number>> {
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
    fn weights(&mut self, made: &Made) -> Option<Vec<Number>> {
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
    fn check_initial(&mut self, states: Option<&Index<'d>>) {
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

    fn refuse_initial(&mut self) {
        if let Some(key) = self.fields.key("initial") {
            self.problems.push(YamlError::GeneratedKey {
                generator: "grid",
                key: "initial",
                at: key.place(),
            });
        }
    }

    fn objective(&mut self) -> Option<Objective> {
        let node = self.fields.get("objective")?;
        let path = Path::new("objective");
        word(node, &path, &Objective::WORDS, &mut self.problems)
    }

    fn policy(&mut self, made: Option<&Made>) -> Option<Specification> {
        let node = self.fields.get("policy")?;
        let Some(made) = made else {
            block::check(node, &mut self.problems);
            return None;
        };
        block::specification(
            node,
            &made.table.space,
            &mut self.warnings,
            &mut self.problems,
        )
    }

    fn report_missing(&mut self) {
        let Some(first) = self.missing.first() else {
            return;
        };
        let help = match *first {
            _ if self.dictionary.is_some() => {
                "`P` does not say it: add --discount 0.9 and --initial uniform or --initial 0, or write {\"discount\": 0.9, \"initial\": [1.0, 0.0], \"P\": …}"
            }
            "states" => "name them, `states: [cold, hot]`, or count them, `states: 16`",
            "actions" => "name them in the order used everywhere, `actions: [wait, heat]`",
            "transitions" => {
                "write p(s' | s, a) as `transitions: {cold: {wait: cold, heat: {hot: 9/10, cold: 1/10}}}`"
            }
            "initial" => {
                "say where episodes start: `initial: uniform`, `initial: cold` or `initial: {cold: 1/2, hot: 1/2}`"
            }
            "horizon" => "say how many actions there are, `horizon: 100`",
            _ => "say what is maximised: `discount: 0.9`, `horizon: 100` or `criterion: average`",
        };
        let keys = NameList::of(self.missing.iter().copied());
        self.problems.push(YamlError::MissingKeys { keys, help });
    }
}
