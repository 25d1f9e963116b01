//! A model → a model file that reads back as the same model.
//!
//! What a generator made is written out; fractions stay fractions. Comments, and the parts of a
//! file that have no effect (rewards of outcomes that never happen), are not in a [`Model`] and
//! are not written.

mod policy;
mod scalar;

use scalar::{Name, Text};

use std::fmt::{self, Write};

use crate::mdp::{Criterion, Names, Outcome};
use crate::model::distribution::uniform;
use crate::model::{Model, Objective};
use crate::number::{Literal, Number};

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
        write_names(f, "actions", self.space().action_names())?;
        self.write_initial(f)?;
        if self.written_form(style) == Style::Nested {
            self.write_nested(f)?;
            self.write_rewards(f)?;
        } else {
            self.write_rows(f)?;
        }
        let terminal = (0..self.space().states()).filter(|&s| self.space().is_terminal(s));
        let terminal: Vec<String> = terminal.map(|s| self.state(s)).collect();
        if !terminal.is_empty() {
            writeln!(f, "terminal: [{}]", terminal.join(", "))?;
        }
        self.write_layout(f)?;
        match self.policy() {
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

    /// The rewards that are not 0: one for the pair where all its outcomes pay the same.
    fn write_rewards(&self, f: &mut String) -> fmt::Result {
        let pays = |pair: usize| self.outcomes().of(pair).any(|o| !o.reward.is_zero());
        if !(0..self.space().pairs()).any(pays) {
            return Ok(());
        }
        writeln!(f, "rewards:")?;
        for state in 0..self.space().states() {
            let paying: Vec<usize> = self.space().pairs_of(state).filter(|&p| pays(p)).collect();
            if !paying.is_empty() {
                writeln!(f, "  {}:", self.state(state))?;
            }
            for pair in paying {
                write!(f, "    {}: ", self.action(pair))?;
                let mut rewards = self.outcomes().of(pair).map(|o| o.reward);
                let first = rewards.next();
                match first.filter(|first| rewards.all(|reward| reward == *first)) {
                    Some(reward) => write!(f, "{}", Literal(reward))?,
                    None => {
                        let row = self.outcomes().of(pair).filter(|o| !o.reward.is_zero());
                        write_weights(f, row.map(|o| (self.state(o.next), o.reward)))?;
                    }
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
                if !reward.is_zero() {
                    write!(f, ", {}", Literal(reward))?;
                }
                writeln!(f, "]")?;
            }
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

fn write_names(f: &mut String, key: &str, names: &Names) -> fmt::Result {
    match names {
        Names::Numbered(n) => writeln!(f, "{key}: {n}"),
        Names::Listed(names) => {
            let names: Vec<String> = names.iter().map(|name| Name(name).to_string()).collect();
            writeln!(f, "{key}: [{}]", names.join(", "))
        }
    }
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
