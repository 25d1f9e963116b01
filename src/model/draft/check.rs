//! A draft → a model, or all that is wrong with it.

use std::collections::HashSet;
use std::sync::Arc;

use miette::SourceSpan;

use super::still::{stays, still};
use super::{Draft, Places, Start};
use crate::mdp::Criterion;
use crate::mend::{Argument, Front, Mend};
use crate::model::Model;
use crate::model::chosen::{Written, criterion};
use crate::model::criterion::{CriterionKind, Objective, Overrides};
use crate::model::distribution::{Sum, sum, uniform};
use crate::model::entries::{Entries, Entry, Lacking};
use crate::model::error::{DraftError, NameList, NameOf, Placed};
use crate::model::errors::{ModelWarning, Problems};
use crate::model::named::NamedRewards;
use crate::model::names::Index;
use crate::model::scalar::Name;
use crate::model::table::{self, PairTable};
use crate::number::Number;
use crate::policy::Specification;

/// The parts of a model, each of which this room has checked.
pub(crate) struct Checked {
    pub name: String,
    pub description: Option<String>,
    pub made: PairTable,
    pub initial: Vec<Number>,
    pub criterion: Criterion<Number>,
    pub policy: Option<Specification>,
    /// Those beside the table's.
    pub warnings: Vec<ModelWarning>,
}

impl Model {
    /// A model of parts that have been checked.
    pub(crate) fn of(parts: Checked) -> Model {
        let Checked {
            made, mut warnings, ..
        } = parts;
        warnings.extend(made.warnings);
        Model {
            objective: Objective::default(),
            name: parts.name,
            description: parts.description,
            space: Arc::new(made.space),
            outcomes: made.outcomes,
            named: NamedRewards::default(),
            initial: parts.initial,
            criterion: parts.criterion,
            policy: parts.policy,
            warnings,
            inexact_rows: made.inexact,
            normalization: None,
            is_partly_seen: false,
            intervals: None,
            observing: None,
        }
        .warn_of_slack()
    }
}

impl Draft {
    /// Checks the draft as a model file is checked; the flags of a command line stand above what
    /// it says.
    pub(crate) fn finish<E: From<Placed>>(
        mut self,
        overrides: &Overrides,
    ) -> Result<Model, Problems<E>> {
        let mut problems = std::mem::take(&mut self.problems).map();
        problems.allow(overrides);
        let mut warnings = Vec::new();
        let criterion = self.combined(overrides, &mut problems);
        if self.lacks_states(&mut problems) {
            if matches!(self.initial, Start::Unknown) && overrides.initial.is_none() {
                self.no_initial(&mut problems);
            }
            if problems.is_empty() {
                problems.push(self.all_terminal().at(nowhere()));
            }
            return Err(problems);
        }
        let terminal = self.ended(&mut problems);
        if problems.is_empty() && self.made.is_none() && terminal.iter().all(|&ends| ends) {
            problems.push(self.all_terminal().at(nowhere()));
            return Err(problems);
        }
        let starts = Places::or_top(self.places.initial);
        let initial = self.started(overrides, &mut warnings, &mut problems);
        let made = self.table(&terminal, &mut problems);
        let (Some(made), Some(criterion)) = (made, criterion) else {
            return Err(problems);
        };
        let initial = initial.unwrap_or_else(|| uniform(&made.space));
        let alive = |s: &usize| !made.space.is_terminal(*s);
        let mut alive = (0..made.space.states()).filter(alive);
        if alive.all(|s| initial[s].is_zero()) {
            problems.push(DraftError::InitialTerminal.at(starts));
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(Model::of(Checked {
            name: self.name,
            description: self.description,
            initial,
            criterion,
            policy: None,
            warnings,
            made,
        }))
    }

    /// Whether there are more states than outcomes can be about: an error that takes no memory in
    /// proportion to a number that anybody can write.
    fn lacks_states<E: From<Placed>>(&self, problems: &mut Problems<E>) -> bool {
        let count = self.states.len();
        if count == 0 || self.actions.is_empty() {
            return true;
        }
        let flagged = self.terminal.as_ref().map_or(0, Vec::len);
        let ends = self.ends.as_ref().map_or(0, Vec::len);
        if self.made.is_some() || count <= self.entries.len() + flagged + ends {
            return false;
        }
        if !self.faulty.outcomes {
            let own = self.entries.iter().map(|entry| entry.state);
            let known: HashSet<u32> = own.chain(self.ends.iter().flatten().copied()).collect();
            let lacking =
                (0..count).filter(|&s| u32::try_from(s).is_ok_and(|s| !known.contains(&s)));
            let error = DraftError::NoAction {
                states: NameList::counted(lacking.map(|s| self.states.get(s)), count - known.len()),
                help: self.lacking.help(),
            };
            problems.push(error.at(nowhere()));
        }
        true
    }

    /// Pairs and outcomes.
    fn table<E: From<Placed>>(
        &mut self,
        terminal: &[bool],
        problems: &mut Problems<E>,
    ) -> Option<PairTable> {
        if let Some(made) = self.made.take() {
            return Some(made);
        }
        let mut list = std::mem::take(&mut self.entries);
        list.retain(|entry| !terminal[entry.state as usize]);
        if !list.is_sorted_by_key(Entry::pair) {
            list.sort_by_key(Entry::pair);
        }
        let states = Index::of_names(NameOf::State, &self.states);
        let actions = Index::of_names(NameOf::Action, &self.actions);
        let entries = Entries {
            list,
            lacking: self.lacking,
            incomplete: self.faulty.outcomes,
            ..Entries::default()
        };
        table::table(&states, &actions, terminal, entries, nowhere(), problems)
    }

    /// What is maximised: what the draft says, unless a flag says something else.
    fn combined<E: From<Placed>>(
        &self,
        overrides: &Overrides,
        problems: &mut Problems<E>,
    ) -> Option<Criterion<Number>> {
        use CriterionKind::{Average, FiniteHorizon, Total};
        let (mut wanted, mut discount) = (overrides.clone(), None);
        if !matches!(wanted.criterion, Some(Average | Total)) {
            match self.places.discount {
                Some(_) => discount = self.discount.clone(),
                None => wanted.discount = wanted.discount.or(self.discount.clone()),
            }
        }
        let at = Some(Places::or_top(self.places.discount));
        if wanted.criterion.is_none_or(|kind| kind == FiniteHorizon) {
            wanted.horizon = wanted.horizon.or(self.horizon);
        }
        wanted.criterion = wanted.criterion.or(self.criterion);
        let written = Written {
            discount: discount.map(|discount| (discount, at)),
            is_faulty: self.faulty.discount,
            ..Written::default()
        };
        criterion(written, &wanted, problems).unwrap_or_else(|_| {
            let help = if self.is_file() {
                Mend::new("say it with ")
                    .set(Argument::Discount, "0.9")
                    .say(", with ")
                    .set(Argument::Horizon, "100")
                    .say(" or with ")
                    .set(Argument::Criterion, "average")
            } else {
                const BUILDER: &str =
                    ".discount(\"0.9\"), .horizon(100) or .criterion(CriterionKind::Average)";
                const PYTHON: &str = "gamma=0.9, horizon=100 or criterion=\"average\"";
                Mend::new("say it with ").each(BUILDER, PYTHON, BUILDER)
            };
            self.missing("what is maximised", help, problems);
            None
        })
    }

    /// Whether the draft comes from a file.
    fn is_file(&self) -> bool {
        self.lacking != Lacking::Draft
    }

    fn missing<E: From<Placed>>(&self, what: &'static str, help: Mend, problems: &mut Problems<E>) {
        let draft = || Front::speaking().choose("draft", "model", "draft");
        let from = if self.is_file() { "file" } else { draft() };
        let error = DraftError::Missing { from, what, help };
        problems.push(error.at(None));
    }

    /// Which states are terminal.
    fn ended<E: From<Placed>>(&self, problems: &mut Problems<E>) -> Vec<bool> {
        let mut terminal = match (&self.terminal, &self.ends) {
            (Some(terminal), _) => terminal.clone(),
            (None, None) => return still(&self.entries, self.states.len()),
            (None, Some(_)) => vec![false; self.states.len()],
        };
        let ends = self.ends.iter().flatten();
        ends.for_each(|s| terminal[*s as usize] = true);
        let moves = |entry: &&Entry| terminal[entry.state as usize] && !stays(entry);
        let mut told = vec![false; terminal.len()];
        for entry in self.entries.iter().filter(moves) {
            if !std::mem::replace(&mut told[entry.state as usize], true) {
                let state = self.states.get(entry.state as usize).into_owned();
                let at: SourceSpan = (entry.at.0 as usize, entry.at.1 as usize).into();
                problems.push(DraftError::TerminalMoves { state }.at(at));
            }
        }
        terminal
    }

    /// ρ₀, where the draft has one and no flag stands above it; `None` for the uniform one.
    fn started<E: From<Placed>>(
        &mut self,
        overrides: &Overrides,
        warnings: &mut Vec<ModelWarning>,
        problems: &mut Problems<E>,
    ) -> Option<Vec<Number>> {
        if overrides.initial.is_some() || self.faulty.initial {
            return None;
        }
        let weights = match std::mem::replace(&mut self.initial, Start::Unknown) {
            Start::Uniform => return None,
            Start::Weights(weights) => weights,
            Start::Some(listed) => self.listed(listed),
            Start::Marked(starts) => self.starting_in(&starts, problems)?,
            Start::Unknown => {
                self.no_initial(problems);
                return None;
            }
        };
        if let Some(s) = weights.iter().position(Number::is_negative) {
            let error = DraftError::NegativeInitial {
                state: self.states.get(s).into_owned(),
                found: weights[s].clone(),
            };
            problems.push(error.at(Places::or_top(self.places.initial)));
            return None;
        }
        let weighty = weights.iter().filter(|weight| !weight.is_zero());
        match Sum::within(weighty, problems.allowed()) {
            Sum::One => {}
            Sum::Nearly(sum) => warnings.push(ModelWarning::InexactInitial { sum }),
            Sum::Wrong(sum, help) => {
                problems.push(
                    DraftError::InitialSum { sum, help }.at(Places::or_top(self.places.initial)),
                );
                return None;
            }
        }
        Some(weights)
    }

    /// ρ₀ \[S\] from the weights of some states; those of one state are added.
    fn listed(&self, listed: Vec<(u32, Number)>) -> Vec<Number> {
        let mut weights = vec![Number::ZERO; self.states.len()];
        for (state, weight) in listed {
            let before = &mut weights[state as usize];
            *before = sum([&*before, &weight].into_iter());
        }
        weights
    }

    /// ρ₀ of the one state that is marked; an error where there are several.
    fn starting_in<E: From<Placed>>(
        &self,
        starts: &[usize],
        problems: &mut Problems<E>,
    ) -> Option<Vec<Number>> {
        if let [start] = starts {
            let mut weights = vec![Number::ZERO; self.states.len()];
            weights[*start] = Number::ONE;
            return Some(weights);
        }
        let name = |s: &usize| self.states.get(*s).into_owned();
        let [first, second, ..] = starts else {
            self.no_initial(problems);
            return None;
        };
        let in_yaml = |s: &usize| Name(&name(s)).to_string();
        let error = DraftError::SeveralStarts {
            states: NameList::of(starts.iter().map(name)),
            help: Mend::new("say it with ")
                .set(Argument::Initial, in_yaml(first))
                .say(", or with weights, ")
                .set(
                    Argument::Initial,
                    format!("{{{}: 1/2, {}: 1/2}}", in_yaml(first), in_yaml(second)),
                ),
        };
        problems.push(error.at(None));
        None
    }

    /// The error where all states are terminal.
    fn all_terminal(&self) -> DraftError {
        let help = Mend::new(
            "a state that stays where it is for 0 counts as terminal: mend the transitions or the rewards",
        );
        let help = if self.is_file() {
            help.say(", or choose among several rewards with ")
                .name(Argument::RewardModel)
        } else {
            help
        };
        DraftError::AllTerminal { help }
    }

    fn no_initial<E: From<Placed>>(&self, problems: &mut Problems<E>) {
        let help = if self.is_file() {
            Mend::new("say it with ")
                .set(Argument::Initial, "uniform")
                .say(", ")
                .set(Argument::Initial, "0")
                .say(" or ")
                .set(Argument::Initial, "{0: 1/2, 5: 1/2}")
        } else {
            const BUILDER: &str = ".start(0), .start_with(0, \"1/2\") or .start_uniformly()";
            const PYTHON: &str =
                "initial=0, initial={0: \"1/2\", 1: \"1/2\"} or initial=\"uniform\"";
            Mend::new("say it with ").each(BUILDER, PYTHON, BUILDER)
        };
        self.missing("where episodes start", help, problems);
    }
}

/// The place of what stands nowhere in particular: the top of a text.
fn nowhere() -> SourceSpan {
    (0, 0).into()
}
