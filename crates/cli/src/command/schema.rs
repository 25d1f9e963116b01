//! `exact-mdp schema`: what an editor wants to know of model files.

use clap::Args;
use exact_mdp::yaml::json_schema;

use super::{Shared, Verdict};

/// The JSON Schema of the model file, for editors
#[derive(Args, Debug)]
#[command(after_help = "\
Example: exact-mdp schema -o model.schema.json

An editor with a YAML language server checks and completes a model that begins with
# yaml-language-server: $schema=model.schema.json")]
pub struct Schema {}

impl Schema {
    /// Runs the command.
    pub fn run(&self, shared: &Shared) -> miette::Result<Verdict> {
        let schema = format!("{:#}\n", json_schema());
        shared.write_bytes(schema.as_bytes())?;
        Ok(Verdict::Fine)
    }
}
