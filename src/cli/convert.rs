//! `exact-mdp convert`: a model from one written form to another.

use std::path::{Path, PathBuf};

use clap::Args;
use exact_mdp::model::{Form, Overrides};

use super::{Shared, Verdict};

/// Rewrite a model in nested or row form; generators become the explicit model they make
#[derive(Args, Debug)]
#[command(after_help = "\
Example: exact-mdp convert mdps/frozenlake-4x4.yaml frozenlake-explicit.yaml

The numbers stay exact: fractions are written as fractions.")]
pub struct Convert {
    /// The model, a YAML file; `-` for standard input
    #[arg(value_name = "IN")]
    from: PathBuf,
    /// Where to write it; `-` for standard output
    #[arg(value_name = "OUT", default_value = "-", hide_default_value = true)]
    to_file: PathBuf,
    /// nested (by state and action, for people) or rows (one per transition, for programs)
    #[arg(
        long = "to",
        value_name = "FORM",
        default_value = "nested",
        hide_possible_values = true
    )]
    form: Form,
}

impl Convert {
    /// Runs the command.
    pub fn run(&self, shared: &Shared) -> miette::Result<Verdict> {
        let model = super::input::load(&self.from, &Overrides::default())?;
        super::input::warn(&model, &self.from, shared);
        let text = model.write(self.form);
        let to_file = self.to_file != Path::new("-");
        let shared = Shared {
            output: to_file
                .then(|| self.to_file.clone())
                .or(shared.output.clone()),
            ..shared.clone()
        };
        shared.write_bytes(text.as_bytes())?;
        Ok(Verdict::Fine)
    }
}
