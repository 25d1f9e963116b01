//! `exact-mdp convert`: a model from one written form to another.

use std::path::{Path, PathBuf};

use clap::Args;
use exact_mdp::exchange::{Format, files_beside};
use exact_mdp::model::{Model, Overrides};
use exact_mdp::study::{Agreement, Lumped, lump};
use exact_mdp::yaml::Style;
use miette::miette;

use super::files::{self, Files, shown};
use super::input::Replaced;
use super::{Shared, Verdict};
use crate::table::grouped;
use crate::words::word;

/// Rewrite a model in another form, or in the format of another program
#[derive(Args, Debug)]
#[command(after_help = "\
Example: exact-mdp convert mdps/frozenlake-4x4.yaml frozenlake-explicit.yaml
Example: exact-mdp convert mdps/frozenlake-4x4.yaml frozenlake.drn
Example: exact-mdp convert frozenlake.drn frozenlake.json --discount 0.99

The endings choose the formats: .yaml (this program's), .json (Gymnasium's P), .npz (arrays, for
QuantEcon; --to pymdptoolbox for the other kind), .drn (Storm), .tra (PRISM, with .sta, .lab and .trew
beside it), .POMDP or .mdp (Cassandra's), .petsc (PETSc's binary matrices). Model files and .drn hold fractions exactly; what a format
cannot say is told on standard error. docs/exchange.md tells how each program writes and reads its
own.")]
pub struct Convert {
    /// The model, in any of the formats; `-` for standard input
    #[arg(value_name = "IN")]
    source: PathBuf,
    /// Where to write it, as -o; `-` or nothing for standard output
    #[arg(value_name = "OUT")]
    to_file: Option<PathBuf>,
    /// The format of IN: nested (a model file), gymnasium, pymdptoolbox, quantecon, drn, prism,
    /// cassandra, umb or petsc [default: by its ending]
    #[arg(long, value_name = "FORMAT", hide_possible_values = true, value_parser = word::<Format>())]
    from: Option<Format>,
    /// The format of OUT: nested (by state and action, for people), rows (one per transition, for
    /// programs), gymnasium, pymdptoolbox, quantecon, drn, prism, cassandra, umb or petsc [default: by
    /// its ending, else nested]
    #[arg(long, value_name = "FORMAT", hide_possible_values = true, value_parser = word::<Format>())]
    to: Option<Format>,
    /// Make one state of those that behave alike: the model of the classes of the largest
    /// bisimulation, decided on the exact numbers; J and ∇J stay as they are
    #[arg(long)]
    lump: bool,
    #[command(flatten)]
    replaced: Replaced,
}

impl Convert {
    /// Runs the command.
    pub fn run(&self, shared: &Shared) -> miette::Result<Verdict> {
        let target = self.target(shared);
        let format = self.format(target)?;
        let overrides = Overrides {
            // formats that say what is seen
            keep_observations: !self.lump && format.says_what_is_seen(),
            ..self.replaced.overrides()
        };
        let model = super::input::load_as(&self.source, self.from, &overrides)?;
        super::input::warn(&model, &self.source, shared);
        let model = if self.lump {
            lumped(&model, shared)
        } else {
            model
        };
        let export = model.export(format)?;
        let as_rows = model.written_form(Style::Nested) == Style::Rows;
        if matches!(format, Format::Nested) && as_rows {
            shared.note(
                "note: written as rows: some (s, a, s') pays several rewards, and the nested form holds one",
            );
        }
        for loss in &export.losses {
            shared.note(&format!("note: {loss}"));
        }
        match target {
            Some(target) => {
                let named = export.files.iter().enumerate();
                let named = named.map(|(i, (ending, bytes))| {
                    let beside = (i > 0).then(|| target.with_extension(ending));
                    (beside.unwrap_or_else(|| target.to_path_buf()), &bytes[..])
                });
                files::write_together(&named.collect::<Vec<_>>())?;
            }
            None => match &export.files[..] {
                [(_, bytes)] => shared.write_bytes(bytes)?,
                _ => {
                    return Err(miette!(
                        help = "name the first of them, as model.tra; the others are written beside it",
                        "this format is several files, of which standard output is none"
                    ));
                }
            },
        }
        Ok(Verdict::Fine)
    }

    /// What is read and written beside `-o`.
    pub fn files(&self, shared: &Shared) -> miette::Result<Files> {
        shared.refuse_format("a model", "; --to chooses the format of a model")?;
        if let (Some(named), Some(other)) = (&self.to_file, &shared.output) {
            return Err(miette!(
                help = "leave out one of them",
                "`{}` and -o `{}` both name the place of the one model that is written",
                shown(named),
                shown(other)
            ));
        }
        let files = Files::default().models([self.source.as_path()]);
        let Some(target) = self.target(shared) else {
            return Ok(files);
        };
        // what -o names is written by every command
        let files = files.write(shared.file().is_none().then_some(target));
        if self.format(Some(target))? != Format::Prism {
            return Ok(files);
        }
        refuse_foreign(target)?;
        let beside = files::PRISM_WRITES.map(|ending| target.with_extension(ending));
        Ok(beside
            .iter()
            .fold(files, |files, path| files.write(Some(path))))
    }

    /// The file that is written; none where the model goes to standard output.
    fn target<'a>(&'a self, shared: &'a Shared) -> Option<&'a Path> {
        let named = self.to_file.as_deref().or(shared.output.as_deref());
        named.filter(|path| *path != Path::new("-"))
    }

    fn format(&self, target: Option<&Path>) -> miette::Result<Format> {
        match (self.to, target) {
            (Some(format), _) => Ok(format),
            (None, Some(target)) => Ok(Format::to_write(target)?),
            (None, None) => Ok(Format::Nested),
        }
    }
}

/// The model of the classes; what became of the states, and what they have in common, is told.
fn lumped(model: &Model, shared: &Shared) -> Model {
    let Lumped { lumping, agreement } = lump(model);
    let states = |model: &Model| grouped(model.space().states() as u64);
    let (before, after) = (states(model), states(&lumping.model));
    let found = match agreement {
        _ if before == after => "no two states behave alike".to_string(),
        None => "not compared in numbers".to_string(),
        Some(found) => told(&found),
    };
    shared.note(&format!("note: {before} states, {after} classes; {found}"));
    if lumping.averaged > 0 {
        shared.note(&format!(
            "note: {} pairs pay their mean: sampled returns vary less than in the model itself",
            grouped(lumping.averaged as u64)
        ));
    }
    if model.policy().is_some() {
        shared.note("note: the policy is left out: it speaks of the states, not of the classes");
    }
    if model.space().players().is_some() {
        shared
            .note("note: the players are left out: what reads it sees one who chooses all actions");
    }
    if model.intervals().is_some() {
        shared.note("note: the intervals are left out: `robust` needs them");
    }
    if model.reward_names().len() > 1 {
        shared.note(
            "note: the other rewards are left out: the classes are those of the one that counts",
        );
    }
    lumping.model
}

/// How far J and ∇J are apart.
fn told(found: &Agreement) -> String {
    let [own, lumped] = found.j;
    match (found.exact, own == lumped && found.gradient == 0.0) {
        (true, true) => format!("J = {own} and ∇J of the uniform policy are the same fractions"),
        _ => format!(
            "under a random softmax J = {own:e} and {lumped:e}, ∇J differs by {:.0e} of itself",
            found.gradient
        ),
    }
}

/// Errors if files beside a `.tra` file that is to be written would be read with it, but are not
/// written with it, or belong to nothing that is to be replaced.
fn refuse_foreign(tra: &Path) -> miette::Result<()> {
    let is_ours = |path: &PathBuf| {
        let ending = path.extension().unwrap_or_default();
        tra.is_file()
            && files::PRISM_WRITES.iter().any(|one| ending == *one)
            && path.file_stem() == tra.file_stem()
    };
    let found = files_beside(tra).into_iter().find(|path| !is_ours(path));
    found.map_or(Ok(()), |path| {
        Err(miette!(
            help = "remove it, or write to another name",
            "`{}` is there already, and would be lost or read as part of `{}`",
            shown(&path),
            shown(tra)
        ))
    })
}
