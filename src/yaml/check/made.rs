//! The space and the outcomes of a file: listed, generated, of formulas, or Gymnasium's.

use super::cut::Cut;
use super::file::File;
use crate::model::distribution::uniform;
use crate::model::entries::Entries;
use crate::model::error::NameOf;
use crate::model::names::Index;
use crate::model::table::{self, PairTable};
use crate::number::Number;
use crate::yaml::document::{Document, Node};
use crate::yaml::needs::START;
use crate::yaml::observations::{Observations, Reader};
use crate::yaml::read::KeyPath;
use crate::yaml::transitions::Transitions;
use crate::yaml::{PlayersError, YamlError};
use crate::yaml::{dynamics, garnet, grid, gymnasium, layout, players};

/// What `transitions`, `grid` or `garnet` make.
pub(super) struct Made {
    pub(super) table: PairTable,
    /// ρ₀, where the generator has one.
    pub(super) initial: Option<Vec<Number>>,
}

impl<'d> File<'d, '_> {
    /// The space and the outcomes.
    pub(super) fn make(&mut self, states: Option<&Index<'d>>) -> Option<Made> {
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
    pub(super) fn gymnasium(&mut self, node: Node<'d>) -> Option<Made> {
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
            .and_then(|text| Document::parse(text, START).ok());
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
    pub(super) fn made(&mut self, mut table: PairTable) -> Made {
        self.warnings.append(&mut table.warnings);
        Made {
            table,
            initial: None,
        }
    }

    /// Errors for the keys that a generator makes itself.
    pub(super) fn refuse_beside(&mut self, generator: &'static str, others: &[&'static str]) {
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

    pub(super) fn refuse(&mut self, generator: &'static str, keys: &[&'static str]) {
        for key in keys {
            if let Some(node) = self.fields.key(key) {
                let at = node.place();
                self.problems
                    .push(YamlError::GeneratedKey { generator, key, at });
            }
        }
    }

    /// The model of `states`, `actions`, `transitions`, `rewards`, `terminal` and `layout`.
    pub(super) fn explicit(&mut self, states: Option<&Index<'d>>) -> Option<Made> {
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
    pub(super) fn transitions(
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
            let players = self.players.as_ref().and_then(Option::as_ref);
            let players = players.map(|(players, _)| players.as_ref());
            match transitions.named(rewards, players) {
                Some(names) => self.named = transitions.named_rewards(&names, &mut entries),
                None => transitions.rewards(rewards, &KeyPath::new("rewards"), &mut entries),
            }
        }
        entries
    }

    /// The outcomes of `dynamics`.
    pub(super) fn moves(
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

    pub(super) fn refuse_of_players(&mut self, key: &'static str, help: &'static str) {
        if let Some(node) = self.fields.key(key) {
            let at = node.place();
            self.problems
                .push(PlayersError::NotWithPlayers { key, help, at });
        }
    }

    /// A table whose actions are joint actions where there are players.
    pub(super) fn played(&mut self, mut table: PairTable) -> Option<Made> {
        let players = self.players.clone().flatten();
        if let (Some((players, _)), Some(node)) = (players, self.fields.get("players")) {
            table.space = players::played(table.space, &players, node, &mut self.problems)?;
        }
        Some(self.made(table))
    }

    /// What a fast lane makes; `None` if the document must be read whole.
    pub(super) fn of_lines(
        &mut self,
        cut: &Cut<'_>,
        states: &Index<'d>,
        actions: &Index<'d>,
        terminal: &[bool],
    ) -> Option<PairTable> {
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
    pub(super) fn seen(
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
}
