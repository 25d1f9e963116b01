//! Files and texts → models and policies, or all that is wrong with them at once.

use std::fs::File;
use std::io::Cursor;
use std::num::NonZeroU32;
use std::path::Path;

use crate::exchange::{ExchangeError, Format, arrays, cassandra, drn, foreign, petsc, prism, umb};
use crate::mdp::Space;
use crate::mend::Argument;
use crate::model::Model;
use crate::model::criterion::Overrides;
use crate::model::errors::{ModelErrors, ModelWarning, Problems};
use crate::model::file::{FileError, decode, read_bytes, stem, text};
pub use crate::model::file::{read_file, read_stream};
use crate::number::Number;
use crate::policy::Specification;
use crate::yaml::{check, state_features, state_function};

impl Model {
    /// Loads a model file, or a file of another program whose ending says so ([`Format::of`]).
    ///
    /// # Errors
    /// All that is wrong with the file, as far as it is independent of each other.
    pub fn load(path: impl AsRef<Path>) -> Result<Model, ModelErrors> {
        Model::load_with(path, &Overrides::default())
    }

    /// Loads a model file, with parts of its criterion replaced; the file may leave those out.
    ///
    /// ```
    /// use exact_mdp::model::{Model, Overrides};
    ///
    /// let patient = Overrides { discount: "0.99".parse().ok(), ..Overrides::default() };
    /// let model = Model::load_with("mdps/two-state.yaml", &patient)?;
    /// assert_eq!(model.mdp::<f64>().discount(), 0.99);
    /// # Ok::<(), exact_mdp::model::ModelErrors>(())
    /// ```
    ///
    /// # Errors
    /// All that is wrong with the file, and overrides that its criterion cannot have.
    pub fn load_with(path: impl AsRef<Path>, overrides: &Overrides) -> Result<Model, ModelErrors> {
        Model::load_as(path, None, overrides)
    }

    /// Reads a model from text; `source_name` stands in messages, and its stem is the model's
    /// name if the text gives none.
    ///
    /// # Errors
    /// All that is wrong with the text, each with its line.
    pub fn parse(source_name: &str, text: &str) -> Result<Model, ModelErrors> {
        Model::parse_with(source_name, text, &Overrides::default())
    }

    /// [`Model::parse`] with parts of the criterion replaced.
    ///
    /// # Errors
    /// All that is wrong with the text, and overrides that its criterion cannot have.
    pub fn parse_with(
        source_name: &str,
        text: &str,
        overrides: &Overrides,
    ) -> Result<Model, ModelErrors> {
        refuse_flags(source_name, overrides)?;
        let model = check::model(stem(source_name), text, overrides)
            .map_err(|problems| ModelErrors::new(source_name, text, problems))?;
        if !model.is_partly_seen() {
            refuse_nodes(source_name, overrides)?;
        }
        model.starting(overrides)
    }

    /// The same model paying what the overrides say, from where they start it, with their objective,
    /// and normalised if they say so.
    fn starting(mut self, overrides: &Overrides) -> Result<Model, ModelErrors> {
        if let Some(name) = &overrides.reward_model {
            self = self.with_reward_model(name);
        }
        if let Some(combination) = &overrides.reward {
            self = self.paying(combination).map_err(|error| {
                ModelErrors::new(
                    &Argument::Reward.to_string(),
                    "",
                    Problems::from(error.at(None)),
                )
            })?;
        }
        if let Some(objective) = overrides.objective {
            self = self.with_objective(objective);
        }
        if let Some(text) = &overrides.initial {
            let (weights, warnings) =
                check::start(text, self.space(), overrides).map_err(|problems| {
                    ModelErrors::new(&Argument::Initial.to_string(), text, problems)
                })?;
            self = self.starting_at(weights, warnings);
        }
        Ok(match overrides.normalize {
            Some(_) => self.normalized(),
            None => self,
        })
    }

    /// Loads a model in any format: the given one, or else the one that the file's ending says, or
    /// else a model file. Files that PRISM keeps beside a `.tra` file are read with it.
    ///
    /// # Errors
    /// All that is wrong with the file, endings of formats that are not read, and overrides that the format or the
    /// criterion cannot have.
    pub fn load_as(
        path: impl AsRef<Path>,
        format: Option<Format>,
        overrides: &Overrides,
    ) -> Result<Model, ModelErrors> {
        let path = path.as_ref();
        let source = path.display().to_string();
        if format.is_none() {
            foreign::refuse(path)
                .map_err(|error| ModelErrors::new(&source, "", Problems::from(error)))?;
        }
        let format = format
            .or_else(|| Format::of(path))
            .unwrap_or(Format::Nested);
        if format == Format::Petsc && overrides.share.is_some() {
            return Model::load_share(path, overrides);
        }
        let bytes = read_bytes(path, &source)?;
        if format != Format::Prism {
            return Model::parse_as(&source, &bytes, format, overrides);
        }
        let mut overrides = overrides.clone();
        let chosen = overrides.reward_model.clone();
        let beside = prism::beside(path, &mut overrides)?;
        let model = Model::parse_prism(&source, &bytes, &beside, &overrides)?;
        // what the name of a file has said already is no longer among the overrides
        Ok(match chosen {
            Some(name) => model.with_reward_model(&name),
            None => model,
        })
    }

    /// The rows of a share of the states, and no others, from a file of PETSc's.
    fn load_share(path: &Path, overrides: &Overrides) -> Result<Model, ModelErrors> {
        let source = path.display().to_string();
        refuse_nodes(&source, overrides)?;
        refuse_flags(&source, overrides)?;
        let file = File::open(path).map_err(|error| {
            let reason = error.to_string();
            ModelErrors::new(&source, "", FileError::Unreadable { reason }.into())
        })?;
        petsc::read(stem(&source), file, overrides)
            .map_err(|problems| ModelErrors::new(&source, "", problems))?
            .starting(overrides)
    }

    /// Reads a model in a format; `source_name` stands in messages, and its stem is the model's
    /// name if there is no other. Of PRISM's files only the transitions.
    ///
    /// # Errors
    /// All that is wrong with the bytes, and overrides that the format or the criterion cannot have.
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
        let may_be_partial = matches!(format, Format::Cassandra | Format::Nested | Format::Rows);
        if !may_be_partial {
            refuse_nodes(source_name, overrides)?;
        }
        let (mut chosen, mut placed) = (overrides.clone(), overrides.clone());
        (chosen.axes, placed.reward_model) = (None, None);
        if !matches!(format, Format::Drn | Format::Prism | Format::Umb) {
            refuse_flags(source_name, &chosen)?;
        }
        if !matches!(format, Format::Pymdptoolbox | Format::Quantecon) {
            refuse_flags(source_name, &placed)?;
        }
        let model = match format {
            Format::Nested | Format::Rows | Format::Gymnasium => {
                let text = decode(source_name, bytes)?;
                return Model::parse_with(source_name, text, overrides);
            }
            Format::Pymdptoolbox | Format::Quantecon => arrays::read(name, bytes, overrides)
                .map_err(|problems| ModelErrors::new(source_name, "", problems)),
            Format::Umb => umb::read(name, bytes, overrides)
                .map_err(|problems| ModelErrors::new(source_name, "", problems)),
            Format::Petsc => petsc::read(name, Cursor::new(bytes), overrides)
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
    /// All that is wrong with the files, each named, and overrides that the criterion cannot have.
    pub fn parse_prism(
        source_name: &str,
        transitions: &[u8],
        beside: &[Option<(String, Vec<u8>)>; 4],
        overrides: &Overrides,
    ) -> Result<Model, ModelErrors> {
        refuse_nodes(source_name, overrides)?;
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
}

/// Loads a policy file for a space: the same block as `policy:` in a model file; with it what was
/// accepted and should be known.
///
/// # Errors
/// All that is wrong with the file.
pub fn load_policy(
    path: &Path,
    space: &Space,
) -> Result<(Specification, Vec<ModelWarning>), ModelErrors> {
    let name = path.display().to_string();
    parse_policy(&name, decode(&name, &read_bytes(path, &name)?)?, space)
}

/// Reads a policy from text, the block of `policy:` in a model file; `source_name` stands in messages.
///
/// # Errors
/// All that is wrong with the text.
pub fn parse_policy(
    source_name: &str,
    text: &str,
    space: &Space,
) -> Result<(Specification, Vec<ModelWarning>), ModelErrors> {
    check::policy(text, space).map_err(|problems| ModelErrors::new(source_name, text, problems))
}

/// How many nodes the controller has that the text of a policy file, or of a report, describes; `None` of other
/// policies, and of texts that are wrong.
pub fn controller_nodes(text: &str) -> Option<NonZeroU32> {
    let may_be = text.contains("controller") || text.contains("observation");
    may_be.then(|| check::controller_nodes(text)).flatten()
}

/// Loads a policy with a rule for each time of a horizon: `by_time:` in a policy file, or a report
/// that holds one. It is a policy of the model unrolled in time ([`Model::in_time`]); with it what
/// was accepted and should be known. `None` where the file does not speak of times.
///
/// # Errors
/// All that is wrong with the file.
pub fn load_rules(
    path: &Path,
    space: &Space,
    horizon: usize,
) -> Result<Option<(Specification, Vec<ModelWarning>)>, ModelErrors> {
    let name = path.display().to_string();
    let bytes = read_bytes(path, &name)?;
    parse_rules(&name, decode(&name, &bytes)?, space, horizon)
}

/// Reads a policy with a rule for each time of a horizon from text: `by_time:`, or a report that holds one; `source_name`
/// stands in messages. `None` where the text does not speak of times.
///
/// # Errors
/// All that is wrong with the text.
pub fn parse_rules(
    source_name: &str,
    text: &str,
    space: &Space,
    horizon: usize,
) -> Result<Option<(Specification, Vec<ModelWarning>)>, ModelErrors> {
    check::rules(text, (space, horizon))
        .map_err(|problems| ModelErrors::new(source_name, text, problems))
}

/// Loads a number for each state: a list in the order of the states, a map from states to numbers
/// (terminal states may be left out), or a report that holds values `v`. YAML or JSON.
///
/// # Errors
/// All that is wrong with the file.
pub fn load_state_function(path: &Path, space: &Space) -> Result<Vec<Number>, ModelErrors> {
    let name = path.display().to_string();
    let bytes = read_bytes(path, &name)?;
    let text = decode(&name, &bytes)?;
    state_function::read(text, space).map_err(|problems| ModelErrors::new(&name, text, problems))
}

/// Loads features of states: a list of rows in the order of the states, or a map from states to rows
/// (terminal states may be left out), bare or under the key `features`. YAML or JSON.
///
/// # Errors
/// All that is wrong with the file.
pub fn load_features(path: &Path, space: &Space) -> Result<Vec<Vec<Number>>, ModelErrors> {
    let name = path.display().to_string();
    let bytes = read_bytes(path, &name)?;
    let text = decode(&name, &bytes)?;
    state_features::read(text, space).map_err(|problems| ModelErrors::new(&name, text, problems))
}

/// An error where a controller of observations is asked for, in a format that has none.
fn refuse_nodes(source: &str, overrides: &Overrides) -> Result<(), ModelErrors> {
    match overrides.nodes {
        Some(_) => {
            let error = Problems::from(ExchangeError::NoObservations);
            Err(ModelErrors::new(source, "", error))
        }
        None => Ok(()),
    }
}

/// An error where a reward model, or axes, are asked for of a file that has none.
fn refuse_flags(source: &str, overrides: &Overrides) -> Result<(), ModelErrors> {
    match &overrides.reward_model {
        None => arrays::refuse_axes(overrides)
            .map_err(|error| ModelErrors::new(source, "", Problems::from(error))),
        Some(wanted) => {
            let found = wanted.clone();
            let error = ExchangeError::NoRewardModels { found };
            Err(ModelErrors::new(source, "", Problems::from(error)))
        }
    }
}
