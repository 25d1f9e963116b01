//! Models in the formats of other programs: Gymnasium, pymdptoolbox, QuantEcon, Storm, PRISM and
//! Cassandra's (`docs/exchange.md`).
//!
//! Reading ends in the same checks as a model file: every row sums to 1, every state has an action,
//! and an error says where, what and the mend. Texts are read exactly, as decimals and fractions;
//! arrays hold exactly the `f64` in them.

mod arrays;
mod cassandra;
mod draft;
mod drn;
mod error;
mod export;
pub(super) mod gymnasium;
mod prism;
mod text;
mod vocabulary;

pub use error::{ExchangeError, ExportError};
pub use export::{Export, Loss};

use std::path::Path;

use super::check::stem;
use super::criterion::Overrides;
use super::errors::Problems;
use super::{Form, Model, ModelErrors, decode, read_bytes};
use crate::mdp::Outcome;
use crate::number::{Number, Rational};

/// A format that a model can be read from and written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum Format {
    /// A model file, by state and action, for people.
    Nested,
    /// A model file, one row per transition, for programs.
    Rows,
    /// JSON with Gymnasium's `P`.
    Gymnasium,
    /// An archive of arrays, P [A, S, S] and R, for pymdptoolbox.
    Pymdptoolbox,
    /// An archive of arrays, R and Q, for QuantEcon.
    Quantecon,
    /// Storm's direct encoding.
    Drn,
    /// PRISM's explicit files.
    Prism,
    /// Cassandra's format.
    Cassandra,
}

impl Format {
    /// The format that a file's ending says; `None` for endings of model files and others.
    pub fn of(path: &Path) -> Option<Format> {
        let ending = path.extension()?.to_str()?.to_ascii_lowercase();
        match ending.as_str() {
            "json" => Some(Format::Gymnasium),
            "npz" => Some(Format::Quantecon),
            "drn" => Some(Format::Drn),
            "tra" => Some(Format::Prism),
            "mdp" | "pomdp" => Some(Format::Cassandra),
            _ => None,
        }
    }
}

impl Model {
    /// Loads a model in any format: the given one, or else the one that the file's ending says, or
    /// else a model file. Files that PRISM keeps beside a `.tra` file are read with it.
    ///
    /// # Errors
    /// Like [`Model::load`].
    pub fn load_as(
        path: &Path,
        format: Option<Format>,
        overrides: &Overrides,
    ) -> Result<Model, ModelErrors> {
        let source = path.display().to_string();
        let bytes = read_bytes(path, &source)?;
        let format = format
            .or_else(|| Format::of(path))
            .unwrap_or(Format::Nested);
        if format != Format::Prism {
            return Model::parse_as(&source, &bytes, format, overrides);
        }
        let mut beside: [Option<(String, Vec<u8>)>; 4] = Default::default();
        for (slot, ending) in beside.iter_mut().zip(prism::BESIDE) {
            let path = path.with_extension(ending);
            let source = path.display().to_string();
            if path.exists() {
                *slot = Some((source.clone(), read_bytes(&path, &source)?));
            }
        }
        Model::parse_prism(&source, &bytes, &beside, overrides)
    }

    /// Reads a model in a format; `source_name` stands in messages, and its stem is the model's
    /// name if there is no other. Of PRISM's files only the transitions.
    ///
    /// # Errors
    /// Like [`Model::load`].
    pub fn parse_as(
        source_name: &str,
        bytes: &[u8],
        format: Format,
        overrides: &Overrides,
    ) -> Result<Model, ModelErrors> {
        let name = stem(source_name);
        let in_text = |read: fn(String, &str, &Overrides) -> Result<Model, Problems>| {
            let text = text(source_name, bytes)?;
            let read = read(name.clone(), text, overrides);
            read.map_err(|problems| ModelErrors::new(source_name, text, problems))
        };
        let model = match format {
            Format::Nested | Format::Rows | Format::Gymnasium => {
                let text = decode(source_name, bytes)?;
                return Model::parse_with(source_name, text, overrides);
            }
            Format::Pymdptoolbox | Format::Quantecon => arrays::read(name, bytes, overrides)
                .map_err(|problems| ModelErrors::new(source_name, "", problems)),
            Format::Drn => in_text(drn::read),
            Format::Cassandra => in_text(cassandra::read),
            Format::Prism => {
                let beside = Default::default();
                return Model::parse_prism(source_name, bytes, &beside, overrides);
            }
        };
        model?.starting(overrides)
    }

    /// Reads PRISM's explicit files: the transitions, and beside them the states, labels, rewards
    /// of states and rewards of transitions (`.sta`, `.lab`, `.srew`, `.trew`), each with the name
    /// that messages call it.
    ///
    /// # Errors
    /// Like [`Model::load`].
    pub fn parse_prism(
        source_name: &str,
        transitions: &[u8],
        beside: &[Option<(String, Vec<u8>)>; 4],
        overrides: &Overrides,
    ) -> Result<Model, ModelErrors> {
        let tra = prism::File {
            source: source_name.into(),
            text: text(source_name, transitions)?,
        };
        let mut files: [Option<prism::File<'_>>; 4] = Default::default();
        for (slot, file) in files.iter_mut().zip(beside) {
            if let Some((source, bytes)) = file {
                *slot = Some(prism::File {
                    source: source.clone(),
                    text: text(source, bytes)?,
                });
            }
        }
        let model = prism::read(stem(source_name), &tra, &files, overrides)?;
        model.starting(overrides)
    }

    /// The model in a format.
    ///
    /// # Errors
    /// If the format cannot hold it.
    pub fn export(&self, format: Format) -> Result<Export, ExportError> {
        let file = |form| Export::single("yaml", self.write(form).into_bytes(), Vec::new());
        match format {
            Format::Nested => Ok(file(Form::Nested)),
            Format::Rows => Ok(file(Form::Rows)),
            Format::Gymnasium => Ok(gymnasium::write(self)),
            Format::Pymdptoolbox => arrays::write_toolbox(self),
            Format::Quantecon => arrays::write_quantecon(self),
            Format::Drn => Ok(drn::write(self)),
            Format::Prism => Ok(prism::write(self)),
            Format::Cassandra => cassandra::write(self),
        }
    }

    /// r(s, a), exactly: the one reward that all outcomes pay, or else the expectation.
    fn mean_reward(&self, pair: usize) -> Number {
        let outcomes: Vec<Outcome<'_, Number>> = self.outcomes.of(pair).collect();
        if let [first, rest @ ..] = &outcomes[..]
            && rest.iter().all(|outcome| outcome.reward == first.reward)
        {
            return first.reward.clone();
        }
        expected(&outcomes).into()
    }

    /// An error, unless the state is terminal.
    fn refuse_missing(
        &self,
        state: usize,
        action: usize,
        format: &'static str,
    ) -> Result<(), ExportError> {
        if self.space.is_terminal(state) {
            return Ok(());
        }
        Err(ExportError::ActionSets {
            format,
            state: self.space.state_names().get(state).into_owned(),
            action: self.space.action_names().get(action).into_owned(),
        })
    }
}

/// The text of a file whose lines are counted; longer than offsets reach is refused.
fn text<'b>(source: &str, bytes: &'b [u8]) -> Result<&'b str, ModelErrors> {
    let text = decode(source, bytes)?;
    if u32::try_from(text.len()).is_err() {
        let error = super::ModelError::FileTooLarge { bytes: text.len() };
        return Err(ModelErrors::new(source, "", Problems::from(error)));
    }
    Ok(text)
}

/// Σ p r.
fn expected(outcomes: &[Outcome<'_, Number>]) -> Rational {
    let zero = Rational::ZERO;
    outcomes.iter().fold(zero, |sum, outcome| {
        sum + outcome.probability.to_rational() * outcome.reward.to_rational()
    })
}

/// Outcomes of one next state as one: their expected reward, given that one of them happens, and
/// their probability.
fn merge(same: &[Outcome<'_, Number>]) -> (Number, Number) {
    if let [only] = same {
        return (only.reward.clone(), only.probability.clone());
    }
    let probability = super::read::sum(same.iter().map(|outcome| outcome.probability));
    let reward = expected(same) / probability.to_rational();
    (reward.into(), probability)
}
