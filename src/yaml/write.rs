//! A model → a model file that reads back as the same model.
//!
//! What a generator made is written out; fractions stay fractions. Comments, and the parts of a
//! file that have no effect (rewards of outcomes that never happen), are not in a [`Model`] and
//! are not written.

mod observations;
mod policy;

use crate::model::scalar::{Name, Text};

use std::fmt::{self, Write};

use crate::mdp::{Criterion, Names, Outcome, Players};
use crate::model::distribution::uniform;
use crate::model::{Model, Objective};
use crate::number::{Literal, Number};
use crate::policy::Specification;

/// Which of the two written forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// By state, then action, then next state, as people write them.
    Nested,
    /// One row per outcome, as programs write them.
    Rows,
}

impl Model {
    /// The text of a model file that reads back as this model.
    ///
    /// The nested form has one reward per (s, a, s'); a model that pays several for one falls back
    /// to rows.
    pub fn write(&self, style: Style) -> String {
        let mut text = String::new();
        // writing to a string cannot fail
        let _ = self.write_to(style, &mut text);
        text
    }

    /// The form in which [`Model::write`] writes the model.
    pub fn written_form(&self, style: Style) -> Style {
        if self.has_one_reward_per_transition() {
            style
        } else {
            Style::Rows
        }
    }

    /// Whether its policy is a controller's whose nodes the model, written out state by state, does not speak of.
    pub(crate) fn has_unwritten_policy(&self) -> bool {
        let by_seen = |policy: &Specification| policy.parametrization.is_by_seen();
        self.policy().is_some_and(by_seen) && self.observed().is_none()
    }

    fn write_to(&self, style: Style, f: &mut String) -> fmt::Result {
        writeln!(f, "name: {}", Text(self.name()))?;
        if let Some(description) = self.description() {
            writeln!(f, "description: {}", Text(description))?;
        }
        self.write_criterion(f)?;
        if self.objective() == Objective::Minimize {
            writeln!(f, "objective: minimize")?;
        }
        write_names(f, "states", self.space().state_names())?;
        match self.space().players() {
            Some(players) => write_players(f, players)?,
            None => write_names(f, "actions", self.space().action_names())?,
        }
        self.write_initial(f)?;
        if self.written_form(style) == Style::Nested {
            self.write_nested(f)?;
        } else {
            self.write_rows(f)?;
        }
        if !self.reward_names().is_empty() {
            self.write_named_rewards(f)?;
        } else if self.written_form(style) == Style::Nested {
            self.write_rewards(f)?;
        }
        self.write_intervals(f)?;
        if let Some(seen) = self.observed() {
            self.write_observations(f, seen)?;
        }
        let terminal = (0..self.space().states()).filter(|&s| self.space().is_terminal(s));
        let terminal: Vec<String> = terminal.map(|s| self.state(s)).collect();
        if !terminal.is_empty() {
            writeln!(f, "terminal: [{}]", terminal.join(", "))?;
        }
        self.write_layout(f)?;
        match self.policy().filter(|_| !self.has_unwritten_policy()) {
            Some(specification) => policy::write(f, self.space(), specification),
            None => Ok(()),
        }
    }

    fn write_criterion(&self, f: &mut String) -> fmt::Result {
        match self.criterion() {
            Criterion::Discounted { discount } => writeln!(f, "discount: {}", Literal(discount)),
            Criterion::Total => writeln!(f, "discount: 1"),
            Criterion::Average => writeln!(f, "criterion: average"),
            Criterion::FiniteHorizon { discount, horizon } => {
                writeln!(f, "discount: {}\nhorizon: {horizon}", Literal(discount))
            }
        }
    }

    fn write_initial(&self, f: &mut String) -> fmt::Result {
        if *self.initial() == uniform(self.space()) {
            return writeln!(f, "initial: uniform");
        }
        let weights = self.initial().iter().enumerate();
        let written = weights.filter(|(_, weight)| !weight.is_zero());
        let written = written.map(|(s, weight)| (self.state(s), weight));
        write!(f, "initial: ")?;
        write_weights(f, written)?;
        writeln!(f)
    }

    fn has_one_reward_per_transition(&self) -> bool {
        (0..self.space().pairs()).all(|pair| {
            let next: Vec<usize> = self.outcomes().of(pair).map(|o| o.next).collect();
            next.is_sorted_by(|a, b| a < b)
        })
    }

    fn write_nested(&self, f: &mut String) -> fmt::Result {
        writeln!(f, "transitions:")?;
        for state in 0..self.space().states() {
            if self.space().is_terminal(state) {
                continue;
            }
            writeln!(f, "  {}:", self.state(state))?;
            for pair in self.space().pairs_of(state) {
                write!(f, "    {}: ", self.action(pair))?;
                let mut outcomes = self.outcomes().of(pair);
                match (outcomes.next(), outcomes.len()) {
                    (Some(only), 0) if *only.probability == Number::ONE => {
                        write!(f, "{}", self.state(only.next))?;
                    }
                    _ => {
                        let row = self.outcomes().of(pair);
                        write_weights(f, row.map(|o| (self.state(o.next), o.probability)))?;
                    }
                }
                writeln!(f)?;
            }
        }
        Ok(())
    }

    fn write_rewards(&self, f: &mut String) -> fmt::Result {
        let of = |pair| -> Vec<&Number> { self.outcomes().of(pair).map(|o| o.reward).collect() };
        if (0..self.space().pairs()).any(|pair| pays(&of(pair))) {
            writeln!(f, "rewards:")?;
        }
        self.write_paid(f, "  ", of)
    }

    /// Each reward under its name; one that is 0 everywhere in its first state, without which the name
    /// would be that of a state.
    fn write_named_rewards(&self, f: &mut String) -> fmt::Result {
        writeln!(f, "rewards:")?;
        let first = (0..self.space().states()).find(|&s| !self.space().is_terminal(s));
        for (which, name) in self.reward_names().iter().enumerate() {
            writeln!(f, "  {}:", Name(name))?;
            let of = |pair| -> Vec<&Number> { self.named_rewards(which, pair).iter().collect() };
            if !(0..self.space().pairs()).any(|pair| pays(&of(pair))) {
                writeln!(f, "    {}: 0", self.state(first.unwrap_or(0)))?;
            }
            self.write_paid(f, "    ", of)?;
        }
        Ok(())
    }

    /// The rewards that are not 0: one for the pair where all its outcomes pay the same.
    fn write_paid<'n>(
        &self,
        f: &mut String,
        indent: &str,
        of: impl Fn(usize) -> Vec<&'n Number>,
    ) -> fmt::Result {
        for state in 0..self.space().states() {
            let pairs = self.space().pairs_of(state);
            let paying: Vec<usize> = pairs.filter(|&pair| pays(&of(pair))).collect();
            if !paying.is_empty() {
                writeln!(f, "{indent}{}:", self.state(state))?;
            }
            for pair in paying {
                write!(f, "{indent}  {}: ", self.action(pair))?;
                let rewards = of(pair);
                if rewards.iter().all(|reward| *reward == rewards[0]) {
                    write!(f, "{}", Literal(rewards[0]))?;
                } else {
                    let row = self.outcomes().of(pair).zip(rewards);
                    let row = row.filter(|(_, reward)| !reward.is_zero());
                    write_weights(f, row.map(|(o, reward)| (self.state(o.next), reward)))?;
                }
                writeln!(f)?;
            }
        }
        Ok(())
    }

    fn write_rows(&self, f: &mut String) -> fmt::Result {
        writeln!(f, "transitions:")?;
        for pair in 0..self.space().pairs() {
            let (state, action) = (self.state(self.space().state_of(pair)), self.action(pair));
            for outcome in self.outcomes().of(pair) {
                let Outcome {
                    next,
                    probability,
                    reward,
                } = outcome;
                let next = self.state(next);
                let probability = Literal(probability);
                write!(f, "  - [{state}, {action}, {next}, {probability}")?;
                if !reward.is_zero() && self.reward_names().is_empty() {
                    write!(f, ", {}", Literal(reward))?;
                }
                writeln!(f, "]")?;
            }
        }
        Ok(())
    }

    /// Where p may lie, state by state.
    fn write_intervals(&self, f: &mut String) -> fmt::Result {
        let Some(intervals) = self.intervals() else {
            return Ok(());
        };
        writeln!(f, "intervals:")?;
        let mut before = None;
        for (pair, ends) in intervals.rows() {
            let state = self.space().state_of(*pair);
            if before.replace(state) != Some(state) {
                writeln!(f, "  {}:", self.state(state))?;
            }
            let ends = ends.iter().map(|(next, low, high)| {
                format!(
                    "{}: [{}, {}]",
                    self.state(*next),
                    Literal(low),
                    Literal(high)
                )
            });
            let ends: Vec<String> = ends.collect();
            writeln!(f, "    {}: {{{}}}", self.action(*pair), ends.join(", "))?;
        }
        Ok(())
    }

    fn write_layout(&self, f: &mut String) -> fmt::Result {
        let Some(grid) = self.space().grid() else {
            return Ok(());
        };
        writeln!(f, "layout:")?;
        for row in grid.state.chunks(grid.columns) {
            let name = |cell: &Option<usize>| cell.map_or("~".into(), |s| self.state(s));
            let cells: Vec<String> = row.iter().map(name).collect();
            writeln!(f, "  - [{}]", cells.join(", "))?;
        }
        Ok(())
    }

    fn state(&self, state: usize) -> String {
        Name(&self.space().state_names().get(state)).to_string()
    }

    fn action(&self, pair: usize) -> String {
        Name(&self.space().pair_names(pair).1).to_string()
    }
}

/// Whether one of these is not 0.
fn pays(rewards: &[&Number]) -> bool {
    rewards.iter().any(|reward| !reward.is_zero())
}

fn write_names(f: &mut String, key: &str, names: &Names) -> fmt::Result {
    match names {
        Names::Numbered(n) => writeln!(f, "{key}: {n}"),
        Names::Listed(names) => {
            let names: Vec<String> = names.iter().map(|name| Name(name).to_string()).collect();
            writeln!(f, "{key}: [{}]", names.join(", "))
        }
    }
}

fn write_players(f: &mut String, players: &Players) -> fmt::Result {
    writeln!(f, "players:")?;
    for (player, name) in players.names().iter().enumerate() {
        write_names(f, &format!("  {}", Name(name)), players.actions(player))?;
    }
    Ok(())
}

/// `{cold: 1/2, hot: 1/2}`.
fn write_weights<'n>(
    f: &mut String,
    weights: impl Iterator<Item = (String, &'n Number)>,
) -> fmt::Result {
    f.push('{');
    for (i, (name, weight)) in weights.enumerate() {
        let separator = if i == 0 { "" } else { ", " };
        write!(f, "{separator}{name}: {}", Literal(weight))?;
    }
    f.push('}');
    Ok(())
}
