//! A model file being read: what is known so far, and its keys one by one.

use std::sync::Arc;

use super::cut::Cut;
use crate::mdp::{Names, Players, Space};
use crate::mend::{Argument, Mend};
use crate::model::Share;
use crate::model::criterion::Objective;
use crate::model::error::{NameList, NameOf};
use crate::model::errors::{ModelWarning, Problems};
use crate::model::names::Index;
use crate::model::rewards::Paid;
use crate::policy::Specification;
use crate::yaml::YamlError;
use crate::yaml::axes::Axes;
use crate::yaml::document::{Node, NodeKind};
use crate::yaml::observations::Observations;
use crate::yaml::policy as block;
use crate::yaml::read::{Fields, KeyPath, word, wrong_type};

/// A file being read.
pub(super) struct File<'d, 'c> {
    pub(super) fields: Fields<'d>,
    /// What the document lacks.
    pub(super) cut: Option<&'c Cut<'c>>,
    /// Gymnasium's `P`, in a file that has one.
    pub(super) dictionary: Option<Node<'d>>,
    /// The grids of numbers under `states` and `actions`.
    pub(super) axes: (Option<&'d Axes>, Option<&'d Axes>),
    /// Where episodes start, if a flag says so.
    pub(super) starts_elsewhere: Option<&'d str>,
    /// Whose rows of a grid or garnet are kept.
    pub(super) share: Option<Share>,
    /// Whether it was the user, not the file, who said which criterion counts.
    pub(super) has_chosen: bool,
    /// Nodes of the document.
    pub(super) nodes: usize,
    pub(super) missing: Vec<&'static str>,
    pub(super) warnings: Vec<ModelWarning>,
    pub(super) problems: Problems,
    /// Who plays and the names of the joint actions, in a file that says so; nothing where that is wrong.
    pub(super) players: Option<Option<(Arc<Players>, &'d Names)>>,
    /// Rewards by name.
    pub(super) named: Vec<(String, Paid)>,
    /// What is seen of the states, where that is not all.
    pub(super) observations: Option<Observations>,
}

impl<'d> File<'d, '_> {
    /// A line of text for people.
    pub(super) fn text(&mut self, key: &'static str) -> Option<String> {
        let node = self.fields.get(key)?;
        if node.kind() != NodeKind::Scalar {
            self.problems
                .push(wrong_type(node, &KeyPath::new(key), "text"));
        }
        Some(node.text().to_string())
    }

    pub(super) fn required(&mut self, key: &'static str) -> Option<Node<'d>> {
        let node = self.fields.get(key);
        if node.is_none() {
            self.missing.push(key);
        }
        node
    }

    /// The names under `states`, in a file that lists its model.
    pub(super) fn states(&mut self) -> Option<Index<'d>> {
        let generated = |key| self.fields.get(key).is_some();
        if self.dictionary.is_some() || generated("grid") || generated("garnet") {
            return None;
        }
        let node = self.required("states")?;
        self.names(NameOf::State, node, self.axes.0)
    }

    /// The names under `actions`, or of the joint actions of `players`.
    pub(super) fn actions(&mut self) -> Option<Index<'d>> {
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

    /// The names under `states` or `actions`: listed, counted, or those of a grid. One that is wrong has
    /// been reported.
    pub(super) fn names(
        &mut self,
        of: NameOf,
        node: Node<'d>,
        axes: Option<&'d Axes>,
    ) -> Option<Index<'d>> {
        match axes {
            Some(axes) => Some(Index::of_names(of, &axes.names)),
            None if node.kind() == NodeKind::Mapping => None,
            None => Index::read(of, node, self.nodes, &mut self.problems),
        }
    }

    /// Which states are terminal.
    pub(super) fn terminal(&mut self, states: &Index<'d>) -> Vec<bool> {
        let mut terminal = vec![false; states.len()];
        let Some(node) = self.fields.get("terminal") else {
            return terminal;
        };
        if node.kind() != NodeKind::Sequence {
            let expected = "a list of states";
            self.problems
                .push(wrong_type(node, &KeyPath::new("terminal"), expected));
        }
        for item in node.items() {
            if let Some(state) = states.find(item, "terminal", &mut self.problems) {
                terminal[state as usize] = true;
            }
        }
        terminal
    }

    pub(super) fn objective(&mut self) -> Option<Objective> {
        let node = self.fields.get("objective")?;
        let path = KeyPath::new("objective");
        word(node, &path, &Objective::WORDS, &mut self.problems)
    }

    pub(super) fn policy(&mut self, space: Option<&Space>) -> Option<Specification> {
        let node = self.fields.get("policy")?;
        let Some(space) = space else {
            block::check(node, &mut self.problems);
            return None;
        };
        if self.observations.is_some() && block::is_by_seen(node) {
            // it is read where it is known what is seen
            block::check(node, &mut self.problems);
            return None;
        }
        block::specification(node, space, &mut self.warnings, &mut self.problems)
    }

    pub(super) fn report_missing(&mut self) {
        let Some(first) = self.missing.first() else {
            return;
        };
        if self.dictionary.is_some() {
            let help = Mend::new("`P` does not say it: add ")
                .set(Argument::Discount, "0.9")
                .say(" and ")
                .set(Argument::Initial, "uniform")
                .say(" or ")
                .set(Argument::Initial, "0")
                .say(", or write {\"discount\": 0.9, \"initial\": [1.0, 0.0], \"P\": …}");
            let keys = NameList::of(self.missing.iter().copied());
            self.problems.push(YamlError::MissingKeys { keys, help });
            return;
        }
        let named = |argument, value| Mend::new("say it with ").set(argument, value);
        let help: Mend = match *first {
            "discount" if self.has_chosen => named(Argument::Discount, "0.9"),
            "horizon" if self.has_chosen => named(Argument::Horizon, "100"),
            other => written_mend(other).into(),
        };
        let keys = NameList::of(self.missing.iter().copied());
        self.problems.push(YamlError::MissingKeys { keys, help });
    }
}

/// How a key that is missing is written.
fn written_mend(key: &str) -> &'static str {
    match key {
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
    }
}
