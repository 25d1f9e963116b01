//! `exact-mdp convert`: a model from one written form to another.

use std::path::{Path, PathBuf};

use clap::Args;
use exact_mdp::model::{Form, Format};
use miette::{IntoDiagnostic, WrapErr};

use super::input::Replaced;
use super::{Shared, Verdict};
use crate::words::word;

/// Rewrite a model in another form, or in the format of another program
#[derive(Args, Debug)]
#[command(after_help = "\
Example: exact-mdp convert mdps/frozenlake-4x4.yaml frozenlake-explicit.yaml
Example: exact-mdp convert mdps/frozenlake-4x4.yaml frozenlake.drn
Example: exact-mdp convert frozenlake.drn frozenlake.json --discount 0.99

The endings choose the formats: .yaml (this program's), .json (Gymnasium's P), .npz (arrays, for
QuantEcon; --to pymdptoolbox for the other kind), .drn (Storm), .tra (PRISM, with .sta, .lab and .trew
beside it), .POMDP or .mdp (Cassandra's). Model files and .drn hold fractions exactly; what a format
cannot say is told on standard error. docs/exchange.md tells how each program writes and reads its
own.")]
pub struct Convert {
    /// The model, in any of the formats; `-` for standard input
    #[arg(value_name = "IN")]
    source: PathBuf,
    /// Where to write it; `-` for standard output
    #[arg(value_name = "OUT", default_value = "-", hide_default_value = true)]
    to_file: PathBuf,
    /// The format of IN: nested (a model file), gymnasium, pymdptoolbox, quantecon, drn, prism or
    /// cassandra [default: by its ending]
    #[arg(long, value_name = "FORMAT", hide_possible_values = true, value_parser = word::<Format>())]
    from: Option<Format>,
    /// The format of OUT: nested (by state and action, for people), rows (one per transition, for
    /// programs), gymnasium, pymdptoolbox, quantecon, drn, prism or cassandra [default: by its ending,
    /// else nested]
    #[arg(long, value_name = "FORMAT", hide_possible_values = true, value_parser = word::<Format>())]
    to: Option<Format>,
    #[command(flatten)]
    replaced: Replaced,
}

impl Convert {
    /// Runs the command.
    pub fn run(&self, shared: &Shared) -> miette::Result<Verdict> {
        let overrides = self.replaced.overrides();
        let model = super::input::load_as(&self.source, self.from, &overrides)?;
        super::input::warn(&model, &self.source, shared);
        let named = (self.to_file != Path::new("-")).then_some(&self.to_file);
        let target = named.or(shared.output.as_ref());
        let by_ending = target.and_then(|path| Format::of(path));
        let format = self.to.or(by_ending).unwrap_or(Format::Nested);
        let export = model.export(format)?;
        let as_rows = model.written_form(Form::Nested) == Form::Rows;
        if matches!(format, Format::Nested) && as_rows {
            shared.note(
                "note: written as rows: some (s, a, s') pays several rewards, and the nested form holds one",
            );
        }
        for loss in &export.losses {
            shared.note(&format!("note: {loss}"));
        }
        let mut files = export.files.iter();
        if let Some((_, bytes)) = files.next() {
            let shared = Shared {
                output: target.cloned(),
                ..shared.clone()
            };
            shared.write_bytes(bytes)?;
        }
        let Some(target) = target else {
            return Ok(Verdict::Fine);
        };
        for (ending, bytes) in files {
            let path = target.with_extension(ending);
            std::fs::write(&path, bytes)
                .into_diagnostic()
                .wrap_err_with(|| format!("cannot write `{}`", path.display()))?;
        }
        Ok(Verdict::Fine)
    }
}
