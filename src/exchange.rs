//! Models in the formats of other programs: Gymnasium, pymdptoolbox, QuantEcon, Storm, PRISM,
//! PETSc and Cassandra's (`docs/exchange.md`).
//!
//! Reading ends in the same checks as a model file: every row sums to 1, every state has an action,
//! and an error says where, what and the mend. Texts are read exactly, as decimals and fractions;
//! arrays hold exactly the `f64` in them.

pub(crate) mod arrays;
pub(crate) mod cassandra;
pub(crate) mod drn;
mod error;
mod export;
pub(crate) mod foreign;
mod gymnasium;
mod lane;
mod mean;
pub(crate) mod petsc;
pub(crate) mod prism;
mod reward_model;
mod text;
pub(crate) mod umb;
mod within;

pub use error::{ExchangeError, ExportError};
pub use export::{Export, Loss};
pub use prism::files_beside;

use std::path::Path;

use crate::model::Model;
use crate::model::criterion::Overrides;
use crate::yaml::Style;

/// A format that a model can be read from and written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    /// UMB, the binary format of Storm and umbi.
    Umb,
    /// PETSc's binary objects, transitions and rewards as madupite has them.
    Petsc,
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
            "umb" => Some(Format::Umb),
            "petsc" => Some(Format::Petsc),
            _ => None,
        }
    }

    /// The format in which a file of this name is written: the one that its ending says, else a model file.
    ///
    /// # Errors
    /// With [`ExchangeError::NotWritten`] where the ending is that of another program's format, which is not written, and
    /// with [`ExchangeError::NoFormat`] where it is none that is known.
    pub fn to_write(path: &Path) -> Result<Format, ExchangeError> {
        foreign::refuse_to_write(path)?;
        let ending = path.extension().and_then(|ending| ending.to_str());
        let is_model =
            ending.is_none_or(|x| ["yaml", "yml"].contains(&x.to_ascii_lowercase().as_str()));
        match Format::of(path) {
            Some(format) => Ok(format),
            None if is_model => Ok(Format::Nested),
            None => Err(ExchangeError::NoFormat {
                name: path.display().to_string(),
            }),
        }
    }

    /// Whether it can say what is seen of the states.
    pub fn says_what_is_seen(self) -> bool {
        matches!(self, Format::Nested | Format::Rows | Format::Cassandra)
    }
}

impl Model {
    /// The model in a format.
    ///
    /// # Errors
    /// If the format cannot hold it.
    ///
    /// ```
    /// use exact_mdp::exchange::Format;
    /// use exact_mdp::model::Model;
    ///
    /// let model = Model::load("mdps/two-state.yaml")?;
    /// let export = model.export(Format::Drn)?;
    /// assert_eq!(export.files[0].0, "drn");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn export(&self, format: Format) -> Result<Export, ExportError> {
        let losses = || {
            let unsaid = self.has_unwritten_policy().then_some(Loss::Policy);
            let seen = Loss::of(self, &[Loss::SeenRewards]);
            unsaid.into_iter().chain(seen).collect()
        };
        let file = |form| Export::single("yaml", self.write(form).into_bytes(), losses());
        let mut export = match format {
            Format::Nested => return Ok(file(Style::Nested)),
            Format::Rows => return Ok(file(Style::Rows)),
            Format::Gymnasium => gymnasium::write(self),
            Format::Pymdptoolbox => arrays::write_toolbox(self)?,
            Format::Quantecon => arrays::write_quantecon(self)?,
            Format::Drn => drn::write(self),
            Format::Prism => prism::write(self),
            Format::Cassandra => cassandra::write(self)?,
            Format::Umb => umb::write(self),
            Format::Petsc => petsc::write(self)?,
        };
        let probabilities = match format {
            Format::Drn => Loss::OwnProbabilities,
            _ => Loss::Intervals,
        };
        let possible = [
            Loss::Objective,
            Loss::OtherRewards,
            Loss::Players,
            probabilities,
        ];
        export.losses.extend(Loss::of(self, &possible));
        Ok(export)
    }
}
